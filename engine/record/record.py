"""Record a run into a folder of its own: curves, figures, metrics and checkpoints.

Events are buffered and committed once a second, so recording costs less than 1 % of a training at
1,500 steps per second. A full disk or a deleted folder ends the recording with a sentence, never
the run; `run.json` then says that recording failed. A damaged history is renamed and a new one
started.
"""

from __future__ import annotations

import contextlib
import math
import os
import platform
import re
import socket
import sqlite3
import time
from collections.abc import Callable, Sequence, Set
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy
import torch
from msgspec import Struct
from msgspec.structs import replace

from engine.document.catalogue import Problem
from engine.document.errors import GraphRefused, RunRefused
from engine.document.graph import Graph, dumps
from engine.document.history import (
    CHECKPOINTS,
    DATABASE,
    GRAPH_FILE,
    RUN_FILE,
    RunFile,
    kin_of,
    metric_names,
    read_file,
    read_info,
    run_list,
)
from engine.document.lineage import Difference, merged
from engine.document.messages import Fault, Figure, Metric, Progress, Scalars, Status
from engine.document.writing import write_atomically
from engine.record import checkpoint
from engine.record.checkpoint import Checkpoint
from engine.record.store import Store, is_damage, set_aside
from nodes.errors import told
from nodes.sentences import Text, reason, say

COMMIT_SECONDS = 1.0
TURN_SECONDS = 1.0  # between two changes of a value that count as one
FILE_SECONDS = 5.0
BLOCK = 4096  # bytes of a file system block
LOSS = ".loss"  # end of the names of losses
FIGURE_SHARE = 0.003  # share of the run's time for storing figures


class Recorder:
    """Record the events of a run. `begin` makes one for a new run, `resume` for an existing one.

    `sinks`: the ids of views and metrics, whose errors are noted. Raise `RunRefused` where the
    folder cannot be written.
    """

    def __init__(
        self, folder: Path, graph: Graph | None, facts: RunFile, *, sinks: Set[str] = frozenset()
    ) -> None:
        self.folder = folder
        self.facts = facts
        self.sinks = sinks
        self.broken = False
        self.lost: Text = ""
        """Why recording ended early; empty while it has not."""
        self.remarks: list[Text] = []
        """Sentences for the user: a damaged history, the end of recording."""
        self._steered: Graph | None = None
        self._turned = -math.inf  # time of the last change by hand
        self._started = time.monotonic() - facts.seconds
        self._opened = self._committed = self._filed = time.monotonic()
        self._stored = 0.0
        self._points: dict[str, tuple[list[int], list[float]]] = {}
        self._pictures: dict[str, Figure] = {}
        facts.host, facts.pid = socket.gethostname(), os.getpid()
        try:
            self._open(graph)
        except (OSError, sqlite3.Error, GraphRefused) as error:
            raise _refused(folder, error) from error

    def _open(self, graph: Graph | None) -> None:
        (self.folder / CHECKPOINTS).mkdir(parents=True, exist_ok=True)
        if graph is not None:
            write_atomically(self.folder / GRAPH_FILE, dumps(graph).encode())
        self.store = self._store()
        self._write_file()

    def _store(self) -> Store:
        """Open the history; rename a damaged one and start a new one."""
        file = self.folder / DATABASE
        try:
            return Store(file)
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            aside = set_aside(file)
            words = "The history of the run was damaged: it is kept as {path}."
            self.remarks.append(say(words, path=aside))
            return Store(file)

    def take(self, event: Struct | Checkpoint) -> None:
        """Record an event if it belongs to the history of a run."""
        taker = _TAKERS.get(type(event))
        if taker is None or self.broken:
            return
        taker(self, event)
        if time.monotonic() - self._committed > COMMIT_SECONDS:
            self._guarded(self._commit)

    def _take_scalars(self, event: Scalars) -> None:
        for name, (steps, values) in event.series.items():
            kept = self._points.setdefault(name, ([], []))
            kept[0].extend(steps)
            kept[1].extend(values)
            if name.endswith(LOSS) and values:
                self.facts.losses[name] = values[-1] if values[-1] == values[-1] else None
            self.facts.steps = max([self.facts.steps, *steps[-1:]])

    def _take_figure(self, event: Figure) -> None:
        if self.store.has_figure(event.node):
            self._pictures[event.node] = event
        else:
            self._guarded(lambda: self.store.add_figure(event))

    def _take_metric(self, event: Metric) -> None:
        self._guarded(lambda: self.store.add_metric(event.node, event.step, event.values))
        named = metric_names(event.node, event.values)
        self.facts.metrics |= {name: v if v == v else None for name, v in named.items()}

    def _take_status(self, event: Status) -> None:
        self.facts.status, self.facts.sentence = event.status, str(event.sentence)
        self._guarded(self._write_file)

    def note_fault(self, problem: Problem) -> None:
        """Record the first error of a view or metric; the run continues."""
        if problem.level == "error" and problem.node in self.sinks:
            words = str(told(problem.sentence, problem.hint))
            self.facts.faults.setdefault(problem.node, words)

    def _take_fault(self, event: Fault) -> None:
        self.note_fault(event.problem)

    def _take_progress(self, event: Progress) -> None:
        if not event.within:
            self.facts.steps = max(self.facts.steps, event.step)

    def note_steered(self, changes: Sequence[Difference], graph: Graph) -> None:
        """Record what a hand has changed of the training, and the graph that runs since."""
        now = time.monotonic()
        for change in changes:
            soon = now - self._turned < TURN_SECONDS
            self.facts.steered = merged(self.facts.steered, change, soon=soon)
            self._turned, self._steered = now, graph

    def flush(self) -> None:
        """Write all buffered events, including the latest figures."""
        self._guarded(lambda: self._commit(whole=True))

    def _commit(self, *, whole: bool = False) -> None:
        points, self._points = self._points, {}
        if self._steered is not None:
            write_atomically(self.folder / GRAPH_FILE, dumps(self._steered).encode())
            self._steered, whole = None, True
        self.store.begin()
        for name, (steps, values) in points.items():
            self.store.add_points(name, steps, values)
        self._store_pictures(whole)
        self.store.commit()
        self._committed = time.monotonic()
        if whole or self._committed - self._filed > FILE_SECONDS:
            self._write_file()

    def _store_pictures(self, whole: bool) -> None:
        """Store the queued figures within their share of the time."""
        for node in list(self._pictures):
            start = time.monotonic()
            if not whole and self._stored > FIGURE_SHARE * (start - self._opened):
                return
            self.store.add_figure(self._pictures.pop(node))
            self._stored += time.monotonic() - start

    def _write_file(self) -> None:
        self._filed = time.monotonic()
        self.facts.seconds = self._filed - self._started
        body = msgspec.json.format(msgspec.json.encode(self.facts), indent=2) + b"\n"
        file = self.folder / RUN_FILE
        try:
            write_atomically(file, body)
        except GraphRefused:
            if not _written_over(file, body):
                raise

    def _guarded(self, write: Callable[[], object]) -> None:
        """Call `write`; on failure report it once and stop recording."""
        if self.broken:
            return
        try:
            try:
                write()
            except sqlite3.DatabaseError as error:
                if not is_damage(error):
                    raise
                self.store.abandon()
                self.store = self._store()
        except (OSError, sqlite3.Error, GraphRefused) as error:
            self._end(error)

    def _end(self, error: Exception) -> None:
        """Stop recording and try to say so in `run.json`."""
        self.broken = True
        self.lost = say(
            "The run goes on without being recorded from step {step} on: {path} cannot be written "
            "({why}).",
            step=self.facts.steps,
            path=self.folder,
            why=reason(error),
        )
        self.remarks.append(self.lost)
        self._file_loss()

    def _file_loss(self) -> None:
        self.facts.status, self.facts.sentence = "failed", str(self.lost)
        with contextlib.suppress(GraphRefused):
            self._write_file()

    def _take_checkpoint(self, event: Checkpoint) -> None:
        """Save a state to resume from; only the newest checkpoints are kept."""
        self._guarded(lambda: self._save(event))

    def _save(self, event: Checkpoint) -> None:
        self.facts.steps = max(self.facts.steps, event.step)
        self._commit(whole=True)
        facts = {"step": event.step, "seconds": self.facts.seconds} | dict(event.facts)
        checkpoint.save(checkpoint.file_of(self.folder, event.step), event.state, facts)
        checkpoint.prune(self.folder)
        self._note_checkpoints()

    def _note_checkpoints(self) -> None:
        there = list(checkpoint.newest_first(self.folder))
        self.store.set_checkpoints(
            {checkpoint.step_of(p): f"{CHECKPOINTS}/{p.name}" for p in there}
        )

    def close(self, status: str = "", sentence: str = "") -> None:
        """Write the buffered events and close the history as a single file."""
        if self.lost:
            self._file_loss()
        else:
            self.facts.status = status or self.facts.status
            self.facts.sentence = sentence or self.facts.sentence
            self.flush()
        self.store.close()
        self.broken = True

    def rewind(self, step: int, seconds: float) -> None:
        """Delete everything recorded after a step."""
        for path in list(checkpoint.newest_first(self.folder)):
            if checkpoint.step_of(path) > step:
                path.unlink()
        self.store.rewind(step)
        self._note_checkpoints()
        self.facts.steps = step
        self.facts.steered = [replace(d, step=min(d.step, step)) for d in self.facts.steered]
        self._started = time.monotonic() - seconds


_TAKERS: dict[type, Callable[[Recorder, Any], None]] = {
    Scalars: Recorder._take_scalars,
    Figure: Recorder._take_figure,
    Metric: Recorder._take_metric,
    Status: Recorder._take_status,
    Progress: Recorder._take_progress,
    Fault: Recorder._take_fault,
    Checkpoint: Recorder._take_checkpoint,
}


def begin(
    runs: Path,
    graph: Graph,
    facts: RunFile,
    *,
    sinks: Set[str] = frozenset(),
    kin: Sequence[str] = (),
) -> Recorder:
    """Make a new run folder `<time>-<name>` in `runs` and return its recorder.

    The run gets the next number of its document and of its `kin`. Raise `RunRefused` where the
    folder cannot be written.
    """
    now = datetime.now().astimezone()
    facts.name = facts.name or graph.title or "untitled"
    own = [kin_of(facts.document, facts.name), *kin]
    facts.number, facts.origin = run_list(runs).next(graph, facts.seed, own)
    facts.started = now.isoformat(timespec="milliseconds")
    stem = re.sub(r"\W+", "-", facts.name.lower()).strip("-") or "untitled"
    return Recorder(
        _fresh_folder(Path(runs), f"{now:%Y%m%d-%H%M%S}-{stem[:60]}"), graph, facts, sinks=sinks
    )


def _fresh_folder(runs: Path, name: str) -> Path:
    number = 1
    while True:
        folder = runs / (name if number == 1 else f"{name}-{number}")
        try:
            folder.mkdir(parents=True)
            return folder
        except FileExistsError as error:
            if not runs.is_dir():
                raise _refused(folder, error) from error
            number += 1
        except OSError as error:
            raise _refused(folder, error) from error


def resume(
    folder: Path,
    step: int,
    seconds: float = 0.0,
    *,
    graph: Graph | None = None,
    sinks: Set[str] = frozenset(),
) -> Recorder:
    """Continue recording in a run folder from the step of a checkpoint, with the present graph.

    `seconds`: the duration of the run up to that step.
    """
    facts = read_file(folder)
    facts.status, facts.sentence = "starting", ""
    recorder = Recorder(folder, graph, facts, sinks=sinks)
    recorder.rewind(step, seconds)
    return recorder


def add_metric(folder: Path, metric: Metric) -> None:
    """Add a metric to the record of a run that has ended.

    Raise `RunRefused` where the run is still being recorded or cannot be written.
    """
    facts = read_file(folder)
    if read_info(folder).status in ("starting", "running", "paused"):
        raise RunRefused(
            "{path} is being recorded by another window.", "Wait till its run ends.", path=folder
        )
    recorder = Recorder(folder, None, facts)
    recorder.take(metric)
    recorder.close()
    if recorder.lost:
        raise RunRefused("{path} cannot be written.", "Free some space.", path=folder)


def versions() -> dict[str, str]:
    """Return the versions of the software that a run's numbers depend on."""
    return {
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "numpy": numpy.__version__,
        "platform": platform.platform(),
    }


def _refused(folder: Path, error: Exception) -> RunRefused:
    return RunRefused(
        "The run cannot be recorded in {path}: {why}.",
        "Choose another folder for runs, or free some space.",
        path=folder,
        why=reason(error),
    )


def _written_over(file: Path, body: bytes) -> bool:
    """Overwrite a file in place: on a full disk an atomic write has no space for a second file."""
    try:
        room = -(-file.stat().st_size // BLOCK) * BLOCK
        if len(body) > room:
            return False
        with file.open("r+b") as old:
            old.write(body)
            old.truncate()
        return True
    except OSError:
        return False
