"""Read run folders: list them, and read curves, metrics and the figures of views at a step.

A run folder holds `graph.json` as run, `run.json` (`RunFile`), `history.sqlite` and `checkpoints/`.
Needs sqlite3 and msgspec, not torch. Reading never writes and never waits for a run that is being
recorded.
"""

from __future__ import annotations

import os
import socket
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct, field

from engine.document.errors import RunRefused
from engine.document.messages import Figure, FigureData, History, Metric, Past, RunInfo

GRAPH_FILE = "graph.json"
RUN_FILE = "run.json"
DATABASE = "history.sqlite"
CHECKPOINTS = "checkpoints"
FORMAT = "genworkbench.run"
VERSION = 1

_figures = msgspec.msgpack.Decoder(FigureData)


Whole = Annotated[int, Meta(ge=-(1 << 63), le=(1 << 63) - 1)]
"""An integer that a message can carry."""


class FileMark(Struct, kw_only=True):
    """A file that a node has read: its size, modification time and hash."""

    path: str
    size: int = 0
    modified: str = ""
    hash: str = ""


class RunFile(Struct, kw_only=True):
    """The content of `run.json`. `data`: node id to a hash of what it loaded; NaN metrics are null.

    `document`: the graph of the run, see `engine.document.source`. `faults`: errors of views and
    metrics, by id.

    `precision`: what the number format `auto` is, "" where no node asks; `times`: those of bfloat16
    over float32's by which it was chosen.

    `files`: the user's files that nodes have read, relative ones beside `home`. `remarks`: other
    facts about the run, such as a change of its data.
    """

    format: str = FORMAT
    version: int = VERSION
    name: str = ""
    document: str = ""
    status: str = "starting"
    sentence: str = ""
    seed: Whole = 0
    device: str = "cpu"
    threads: Whole = 1
    precision: str = ""
    times: dict[str, float] = field(default_factory=dict)
    started: str = ""
    seconds: float = 0.0
    steps: Whole = 0
    metrics: dict[str, float | None] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    data: dict[str, str] = field(default_factory=dict)
    files: dict[str, list[FileMark]] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    home: str = ""
    host: str = ""
    pid: Whole = 0


class _Kind(Struct):
    kind: str = ""


class _Sketch(Struct):
    """The part of a graph file that a list of runs needs."""

    nodes: dict[str, _Kind] = field(default_factory=dict)


def metric_names(node: str, values: dict[str, float]) -> dict[str, float]:
    """Return a metric's values by the names of tables and curves: `fid`, `fid.floor`."""
    return {f"{node}.{k}" if k and k != "value" else node: v for k, v in values.items()}


def read_file(path: Path) -> RunFile:
    """Read a run folder's `run.json`; raise `RunRefused` where it cannot be read."""
    file = path / RUN_FILE
    try:
        facts = msgspec.json.decode(file.read_bytes(), type=RunFile)
    except OSError as error:
        raise RunRefused(
            "{path} is no run folder: {file} cannot be read ({why}).",
            "Choose a folder below runs.",
            path=path,
            file=RUN_FILE,
            why=error.strerror or error,
        ) from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise RunRefused("{file} is damaged: {error}.", file=file, error=error) from error
    if facts.format != FORMAT:
        raise RunRefused("{file} is not of a run of this program.", file=file)
    return facts


def read_info(path: Path) -> RunInfo:
    """Return a run folder's entry in a list; raise `RunRefused` where it cannot be read."""
    facts = read_file(path)
    metrics = {k: float("nan") if v is None else v for k, v in facts.metrics.items()}
    return RunInfo(
        path=str(path),
        name=facts.name,
        document=facts.document,
        kinds=_kinds(path),
        status="interrupted" if _was_killed(facts) else facts.status,
        started=facts.started,
        steps=facts.steps,
        seconds=facts.seconds,
        seed=facts.seed,
        metrics=metrics,
    )


def _kinds(path: Path) -> dict[str, str]:
    """Return the kinds of the nodes of a run's graph; an empty dict where it cannot be read."""
    try:
        sketch = msgspec.json.decode((path / GRAPH_FILE).read_bytes(), type=_Sketch)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return {}
    return {node: known.kind for node, known in sketch.nodes.items()}


def _was_killed(facts: RunFile) -> bool:
    if facts.status not in ("starting", "running", "paused"):
        return False
    if facts.host != socket.gethostname() or os.name == "nt":
        return False  # unknown on this machine
    if facts.pid <= 0:
        return True
    try:
        os.kill(facts.pid, 0)
    except (ProcessLookupError, OverflowError):
        return True
    except OSError:
        return False
    return False


def list_runs(folder: Path) -> list[RunInfo]:
    """Return the runs in a folder, newest first; a damaged one has the status "damaged"."""
    found = [_listed(file.parent) for file in Path(folder).glob(f"*/{RUN_FILE}")]
    return sorted(found, key=lambda run: (run.started, run.path), reverse=True)


def _listed(path: Path) -> RunInfo:
    try:
        return read_info(path)
    except RunRefused:
        return RunInfo(path=str(path), name=path.name, status="damaged")


def read_run(path: Path) -> History:
    """Return a run's curves (including metrics), the steps with views, and its checkpoints."""
    info = read_info(Path(path))
    with _database(Path(path)) as db:
        series = _series(db, "SELECT name, step, value FROM scalars ORDER BY step, rowid")
        metrics = (
            (next(iter(metric_names(node, {name: value}))), step, value)
            for node, name, step, value in db.execute(
                "SELECT node, name, step, value FROM metrics ORDER BY step, rowid"
            )
        )
        for name, step, value in metrics:
            steps, values = series.setdefault(name, ([], []))
            steps.append(step)
            values.append(float("nan") if value is None else value)
        return History(
            info=info,
            series=series,
            steps=_column(db, "SELECT DISTINCT step FROM figures ORDER BY step"),
            checkpoints=_column(db, "SELECT DISTINCT step FROM checkpoints ORDER BY step"),
        )


def _series(db: sqlite3.Connection, query: str) -> dict[str, tuple[list[int], list[float]]]:
    series: dict[str, tuple[list[int], list[float]]] = {}
    for name, step, value in db.execute(query):
        steps, values = series.setdefault(name, ([], []))
        steps.append(step)
        values.append(float("nan") if value is None else value)  # sqlite stores NaN as NULL
    return series


def _column(db: sqlite3.Connection, query: str) -> list[int]:
    return [row[0] for row in db.execute(query)]


def figures_at(path: Path, step: int) -> list[Figure]:
    """Return each view's last figure at or before a step."""
    with _database(Path(path)) as db:
        # sqlite takes the other columns from the row that holds the maximum.
        rows = db.execute(
            "SELECT node, max(step), body FROM figures WHERE step <= ? GROUP BY node", (step,)
        ).fetchall()
    return [Figure(node=n, step=s, figure=unpacked(b, path)) for n, s, b in rows]


def metrics_at(path: Path, step: int) -> list[Metric]:
    """Return each metric's last values at or before a step."""
    with _database(Path(path)) as db:
        rows = db.execute(
            "SELECT node, step, name, value FROM metrics WHERE (node, step) IN"
            " (SELECT node, max(step) FROM metrics WHERE step <= ? GROUP BY node) ORDER BY rowid",
            (step,),
        ).fetchall()
    found: dict[str, Metric] = {}
    for node, at, name, value in rows:
        metric = found.setdefault(node, Metric(node=node, step=at))
        metric.values[name] = float("nan") if value is None else value
    return list(found.values())


def past(path: Path, step: int) -> Past:
    """Return all figures and metrics of a run folder at a step."""
    figures, metrics = figures_at(path, step), metrics_at(path, step)
    return Past(run=str(path), step=step, figures=figures, metrics=metrics)


def last_figures(path: Path) -> list[Figure]:
    """Return each view's last figure."""
    return figures_at(path, (1 << 62))


def packed(figure: FigureData) -> bytes:
    """Return a figure as it is stored in the database."""
    return zlib.compress(msgspec.msgpack.encode(figure), 1)


def unpacked(body: bytes, path: Path) -> FigureData:
    """Decode a figure encoded by `packed`; raise `RunRefused` where it is damaged."""
    try:
        return _figures.decode(zlib.decompress(body))
    except (zlib.error, msgspec.MsgspecError) as error:
        raise RunRefused(
            "{path} holds a damaged picture: {error}.", path=path, error=error
        ) from error


@contextmanager
def _database(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the history for reading; errors become `RunRefused`."""
    file = path / DATABASE
    try:
        with closing(_connected(file)) as db:
            yield db
    except (sqlite3.Error, OSError) as error:
        raise RunRefused("{path} cannot be read: {why}.", path=file, why=error) from error


def _connected(file: Path) -> sqlite3.Connection:
    uri = file.absolute().as_uri()
    db = sqlite3.connect(f"{uri}?mode=ro", uri=True)
    try:
        db.execute("SELECT count(*) FROM sqlite_schema")
    except sqlite3.OperationalError:
        # A write-ahead log needs a file beside it, impossible on a read-only disk.
        db.close()
        db = sqlite3.connect(f"{uri}?mode=ro&immutable=1", uri=True)
    return db
