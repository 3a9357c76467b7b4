"""Read run folders: list them, and read curves, metrics and the figures of views at a step.

A run folder has `graph.json` as run last, `run.json` (`RunFile`), `history.sqlite`, `checkpoints/`.
Needs sqlite3 and msgspec, not torch. Reading never writes and never waits for a run that is being
recorded.
"""

from __future__ import annotations

import os
import socket
import sqlite3
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import takewhile
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta, Struct, field
from msgspec.structs import replace

from engine.document.catalogue import Catalogue
from engine.document.errors import GraphRefused, RunRefused
from engine.document.expand import expand
from engine.document.graph import Graph, load
from engine.document.lineage import (
    Difference,
    Known,
    Part,
    Sketch,
    Told,
    nearest,
    tell_apart,
    traits_of,
    with_steered,
)
from engine.document.marking import MARKS_FILE, read_marking
from engine.document.messages import Figure, FigureData, History, Metric, Past, RunInfo, Runs
from nodes.sentences import reason

GRAPH_FILE = "graph.json"
RUN_FILE = "run.json"
DATABASE = "history.sqlite"
CHECKPOINTS = "checkpoints"
FORMAT = "genworkbench.run"
VERSION = 1
LINE = 200  # characters of a parameter that a list carries, at most

GLANCED, MOST_TRIED = 2, 6  # figures of a run in a list; views tried for them
ABSENT = (0, 0)  # time and size of a file that is not there

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

    `number` counts the runs of a document; `origin` is the folder of the run that it came from.

    `losses`: the last values of losses, by names as `elbo.loss`.

    `steered`: values that were changed while it ran, in turn; `graph.json` has the last of each.

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
    losses: dict[str, float | None] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    data: dict[str, str] = field(default_factory=dict)
    files: dict[str, list[FileMark]] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    steered: list[Difference] = field(default_factory=list)
    home: str = ""
    host: str = ""
    pid: Whole = 0
    number: Whole = 0
    origin: str = ""


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
            why=reason(error),
        ) from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise RunRefused("{file} is damaged: {error}.", file=file, error=error) from error
    if facts.format != FORMAT:
        raise RunRefused("{file} is not of a run of this program.", file=file)
    return facts


def read_info(path: Path) -> RunInfo:
    """Return a run folder's entry in a list, not told apart; raise `RunRefused` if unreadable."""
    return _entry(Path(path)).info


class _Entry(NamedTuple):
    """A run folder as read; it is read again once the size or time of one of its files differs."""

    files: tuple[tuple[int, int], ...]
    facts: RunFile
    info: RunInfo
    known: Known


def _entry(path: Path, files: tuple[tuple[int, int], ...] = ()) -> _Entry:
    facts, sketch, marking = read_file(path), _sketch(path), read_marking(path)
    metrics, losses = (
        {k: float("nan") if v is None else v for k, v in given.items()}
        for given in (facts.metrics, facts.losses)
    )
    info = RunInfo(
        path=str(path),
        name=facts.name,
        document=facts.document,
        kinds={node: part.kind for node, part in sketch.nodes.items()},
        status=_status(facts),
        started=facts.started,
        steps=facts.steps,
        seconds=facts.seconds,
        seed=facts.seed,
        metrics=metrics,
        losses=losses,
        params={node: kept for node, part in sketch.nodes.items() if (kept := _short(part))},
        note=marking.note,
        starred=marking.starred,
        binned=marking.binned,
    )
    of = kin_of(facts.document, facts.name)
    traits = traits_of(sketch, facts.seed, facts.steered)
    known = Known(path.name, of, sketch, facts.seed, traits, facts.number, facts.origin)
    return _Entry(files, facts, info, known)


def _sketch(path: Path) -> Sketch:
    """Return the outline of a run's graph; an empty one where it cannot be read."""
    try:
        return msgspec.json.decode((path / GRAPH_FILE).read_bytes(), type=Sketch)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return Sketch()


def _short(part: Part) -> dict[str, Any]:
    """Return a node's parameters that are numbers, ticks or short texts."""
    return {
        name: value
        for name, value in part.params.items()
        if isinstance(value, (bool, int, float)) or (isinstance(value, str) and len(value) <= LINE)
    }


def _status(facts: RunFile) -> str:
    return "interrupted" if _was_killed(facts) else facts.status


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


class RunList:
    """The runs of a folder. A folder that is unchanged since the last listing is not read again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._entries: dict[Path, _Entry] = {}
        self._known: list[Known] = []
        self._told: list[Told] = []
        self._last = Runs()

    def since(self, known: int) -> list[Runs]:
        """Return the runs, unless they are those of the answer with the stamp `known`."""
        found = self.read()
        if not self._last.stamp or found != self._last.runs:
            self._last = Runs(runs=found, stamp=time.time_ns())
        return [] if known == self._last.stamp else [self._last]

    def read(self) -> list[RunInfo]:
        """Return the runs, newest first; a damaged one has the status "damaged"."""
        before, self._entries, damaged = self._entries, {}, []
        for path in _run_folders(self.folder):
            files = _files(path)
            if files[0] == ABSENT:
                continue
            known = before.get(path)
            try:
                whole = known is not None and known.files == files
                self._entries[path] = known if known and whole else _entry(path, files)
            except RunRefused:
                damaged.append(_damaged(path))
        entries = sorted(self._entries.values(), key=lambda e: (e.info.started, e.info.path))
        self._tell([entry.known for entry in entries])
        found = [_told(entry, told) for entry, told in zip(entries, self._told, strict=True)]
        return [*reversed(found), *damaged]

    def next(self, graph: Graph, seed: int, kin: Sequence[str]) -> tuple[int, str]:
        """Return the number of a new run of these documents, and the folder that it comes from."""
        listed = {Path(run.path).name: run.number for run in self.read()}
        own = [place for place, run in enumerate(self._known) if run.document in kin]
        sketch = msgspec.convert(msgspec.to_builtins(graph), Sketch)
        origin = nearest(traits_of(sketch, seed), self._known, own)
        number = 1 + max((listed[self._known[place].folder] for place in own), default=0)
        return number, self._known[origin].folder if origin >= 0 else ""

    def _tell(self, known: list[Known]) -> None:
        """Tell runs apart; what is said of a run depends only on those before it."""
        pairs = takewhile(lambda pair: pair[0] is pair[1], zip(known, self._known, strict=False))
        self._told = tell_apart(known, self._told[: len(list(pairs))])
        self._known = known


def _run_folders(folder: Path) -> list[Path]:
    try:
        return [Path(found.path) for found in os.scandir(folder) if found.is_dir()]
    except OSError:
        return []


def _files(path: Path) -> tuple[tuple[int, int], ...]:
    """Return time and size of each file that a list reads."""
    found = []
    for name in (RUN_FILE, GRAPH_FILE, MARKS_FILE):
        try:
            state = os.stat(f"{path}/{name}")
            found.append((state.st_mtime_ns, state.st_size))
        except OSError:
            found.append(ABSENT)
    return tuple(found)


def _told(entry: _Entry, told: Told) -> RunInfo:
    return replace(
        entry.info,
        status=_status(entry.facts),
        number=told.number,
        origin=told.origin,
        changes=with_steered(told.changes, entry.facts.steered),
    )


def _damaged(path: Path) -> RunInfo:
    marking = read_marking(path)
    return RunInfo(
        path=str(path),
        name=path.name,
        status="damaged",
        note=marking.note,
        starred=marking.starred,
        binned=marking.binned,
    )


_lists: dict[Path, RunList] = {}


def list_runs(folder: Path) -> list[RunInfo]:
    """Return the runs in a folder, newest first; a damaged one has the status "damaged"."""
    return run_list(folder).read()


def run_list(folder: Path) -> RunList:
    """Return the list of a folder, kept for as long as the process."""
    return _lists.setdefault(Path(folder), RunList(Path(folder)))


def kin_of(document: str, name: str) -> str:
    """Return what runs are counted by: their document, or their name where they have none."""
    return document or f"name:{name}"


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


def steps_of(path: Path, node: str) -> list[int]:
    """Return the steps at which a view was recorded."""
    with _database(Path(path)) as db:
        query = "SELECT step FROM figures WHERE node = ? ORDER BY step"
        return [row[0] for row in db.execute(query, (node,))]


def figure_of(path: Path, node: str, step: int) -> FigureData:
    """Return a view as recorded at a step; raise `RunRefused` where it was not."""
    with _database(Path(path)) as db:
        query = "SELECT body FROM figures WHERE node = ? AND step = ?"
        row = db.execute(query, (node, step)).fetchone()
    if row is None:
        raise RunRefused("{path} has no picture of {node}.", path=path, node=node)
    return unpacked(row[0], path)


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


def glance(path: Path, nodes: Sequence[str]) -> list[Figure]:
    """Return the last figures of the first two of these views that have one.

    Without any of them those that the run's graph watches, else two that are no curves.
    """
    with _database(Path(path)) as db:
        steps = dict(db.execute("SELECT node, max(step) FROM figures GROUP BY node"))
        found = [node for node in [*nodes, *_watched(path)] if node in steps]
        shown = []
        for node in list(dict.fromkeys([*found, *steps]))[:MOST_TRIED]:
            where = "SELECT body FROM figures WHERE node = ? AND step = ?"
            (body,) = db.execute(where, (node, steps[node])).fetchone()
            figure = unpacked(body, path)
            if node in found or figure.kind != "curve":
                shown.append(Figure(node=node, step=steps[node], figure=figure))
            if len(shown) == GLANCED:
                break
    return shown


def _watched(path: Path) -> list[str]:
    """Return the views that a run's graph watches."""
    try:
        graph = load(path / GRAPH_FILE)
    except GraphRefused:
        return []
    picture = graph.extra.get("picture")
    rows = graph.layout.watch or [picture if isinstance(picture, list) else []]
    flat = expand(graph, Catalogue())  # a layout lists paths, a recording identities
    return [flat.id_of(node) for row in rows for node in row if isinstance(node, str)]


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
