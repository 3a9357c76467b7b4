"""Record a run: curves, pictures, metrics and checkpoints, into a folder of its own.

What comes is buffered and committed once a second, so recording costs under a hundredth of a
training at 1,500 steps a second. A disk that is full, or a folder that is gone, ends the recording
with a sentence, never the run; `run.json` then says that the record failed. A history that is
damaged is set aside, and a new one begun.
"""

from __future__ import annotations

import contextlib
import os
import platform
import re
import socket
import sqlite3
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy
import torch
from msgspec import Struct
from torch import Tensor

from engine.document.errors import GraphRefused, RunRefused
from engine.document.graph import Graph, dumps, write_atomically
from engine.document.history import (
    CHECKPOINTS,
    DATABASE,
    GRAPH_FILE,
    RUN_FILE,
    RunFile,
    metric_names,
    read_file,
    read_info,
)
from engine.document.messages import Figure, Metric, Progress, Scalars, Status
from engine.record import checkpoint
from engine.record.store import Store, is_damage, set_aside
from nodes.sentences import Text, say

COMMIT_SECONDS = 1.0
FILE_SECONDS = 5.0
BLOCK = 4096  # bytes: what a file system gives a file at once
FIGURE_SHARE = 0.003  # of the run's time goes into storing pictures

Tell = Callable[[Text], None]


def _silent(text: Text) -> None:
    """Tell nobody."""


class Recorder:
    """Take events and write them down. `begin` makes one for a new run, `resume` for an old one.

    `tell` is called with a sentence where recording has to end.
    """

    def __init__(
        self, folder: Path, graph: Graph | None, facts: RunFile, *, tell: Tell = _silent
    ) -> None:
        self.folder = folder
        self.facts = facts
        self.tell = tell
        self.broken = False
        self.lost: Text = ""
        """Why the recording ended early; empty where it has not."""
        self.fingerprint: Callable[[], dict[str, str]] = dict
        """Asked once, at the first checkpoint, for the hashes of what nodes have loaded."""
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
        """Open the history; set a damaged one aside and begin a new one."""
        file = self.folder / DATABASE
        try:
            return Store(file)
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            aside = set_aside(file)
            self.tell(say("The history of the run was damaged: it is kept as {path}.", path=aside))
            return Store(file)

    # --- taking -----------------------------------------------------------------------------------

    def take(self, event: Struct) -> None:
        """Note an event down where it belongs to a run's history."""
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

    def note_fault(self, node: str, sentence: str) -> None:
        """Note what is wrong with a view or a metric; the run goes on."""
        self.facts.faults.setdefault(node, sentence)

    def _take_progress(self, event: Progress) -> None:
        self.facts.steps = max(self.facts.steps, event.step)

    # --- writing ----------------------------------------------------------------------------------

    def flush(self) -> None:
        """Write down all that came so far, the newest pictures too."""
        self._guarded(lambda: self._commit(whole=True))

    def _commit(self, *, whole: bool = False) -> None:
        points, self._points = self._points, {}
        self.store.begin()
        for name, (steps, values) in points.items():
            self.store.add_points(name, steps, values)
        self._store_pictures(whole)
        self.store.commit()
        self._committed = time.monotonic()
        if whole or self._committed - self._filed > FILE_SECONDS:
            self._write_file()

    def _store_pictures(self, whole: bool) -> None:
        """Store the waiting pictures as far as their share of the time goes."""
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
        """Write; where it cannot be done, say so once and record no more."""
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
        """Record no more, and say so in `run.json` if that can be written still."""
        self.broken = True
        self.lost = say(
            "The run goes on without being recorded from step {step} on: {path} cannot be written "
            "({why}).",
            step=self.facts.steps,
            path=self.folder,
            why=_reason(error),
        )
        self.tell(self.lost)
        self._file_loss()

    def _file_loss(self) -> None:
        self.facts.status, self.facts.sentence = "failed", str(self.lost)
        with contextlib.suppress(GraphRefused):
            self._write_file()

    # --- checkpoints and the end ------------------------------------------------------------------

    def checkpoint(self, step: int, state: Mapping[str, Tensor], facts: Mapping[str, Any]) -> None:
        """Save what a resumed run begins with; the newest few are kept."""
        self._guarded(lambda: self._checkpoint(step, state, facts))

    def _checkpoint(self, step: int, state: Mapping[str, Tensor], facts: Mapping[str, Any]) -> None:
        self.facts.steps = max(self.facts.steps, step)
        self.facts.data = self.facts.data or self.fingerprint()
        self._commit(whole=True)
        known = {"step": step, "seconds": self.facts.seconds}
        checkpoint.save(checkpoint.file_of(self.folder, step), state, known | dict(facts))
        checkpoint.prune(self.folder)
        self._note_checkpoints()

    def _note_checkpoints(self) -> None:
        there = list(checkpoint.newest_first(self.folder))
        self.store.set_checkpoints(
            {checkpoint.step_of(p): f"{CHECKPOINTS}/{p.name}" for p in there}
        )

    def close(self, status: str = "", sentence: str = "") -> None:
        """Write down the rest and leave a history of a single file."""
        if self.lost:
            self._file_loss()
        else:
            self.facts.status = status or self.facts.status
            self.facts.sentence = sentence or self.facts.sentence
            self.flush()
        self.store.close()
        self.broken = True

    def rewind(self, step: int, seconds: float) -> None:
        """Forget what was recorded after a step."""
        for path in list(checkpoint.newest_first(self.folder)):
            if checkpoint.step_of(path) > step:
                path.unlink()
        self.store.rewind(step)
        self._note_checkpoints()
        self.facts.steps = step
        self._started = time.monotonic() - seconds


_TAKERS: dict[type, Callable[[Recorder, Any], None]] = {
    Scalars: Recorder._take_scalars,
    Figure: Recorder._take_figure,
    Metric: Recorder._take_metric,
    Status: Recorder._take_status,
    Progress: Recorder._take_progress,
}


def begin(runs: Path, graph: Graph, facts: RunFile, *, tell: Tell = _silent) -> Recorder:
    """Make a new run folder below `runs`, `<time>-<name>`, and record in it."""
    now = datetime.now().astimezone()
    facts.name = facts.name or graph.title or "untitled"
    facts.started = now.isoformat(timespec="milliseconds")
    stem = re.sub(r"\W+", "-", facts.name.lower()).strip("-") or "untitled"
    return Recorder(
        _fresh_folder(Path(runs), f"{now:%Y%m%d-%H%M%S}-{stem[:60]}"), graph, facts, tell=tell
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
    tell: Tell = _silent,
) -> Recorder:
    """Go on recording in a run folder from a checkpoint's step, with the graph as it is now."""
    facts = read_file(folder)
    facts.status, facts.sentence = "starting", ""
    recorder = Recorder(folder, graph, facts, tell=tell)
    recorder.rewind(step, seconds)
    return recorder


def add_metric(folder: Path, metric: Metric) -> None:
    """Add a metric to the record of a run that has ended, or raise `RunRefused`."""
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
    """Return what a run's numbers depend on beside the graph."""
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
        why=_reason(error),
    )


def _written_over(file: Path, body: bytes) -> bool:
    """Write a file in its own place, where a full disk has no room for a second one."""
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


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error).rstrip(".")
