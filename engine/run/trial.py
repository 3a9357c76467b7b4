"""Time a few training steps on a temporary copy of a session, to choose a number of threads."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from engine.document.graph import Graph, copy
from engine.document.messages import Note
from engine.pull.evaluation import own_randomness
from engine.run.fingerprint import loaded
from engine.run.host import Host
from engine.run.session import Session
from nodes.errors import Refusal


class Trial:
    """Time training steps on a temporary copy of the session, made on the first call."""

    def __init__(self, session: Session, host: Host) -> None:
        self.session, self.host = session, host
        self.frames: Iterator[Any] | None = None

    def __call__(self, steps: int) -> float:
        """Make `steps` training steps and return the seconds they took."""
        with own_randomness(0):
            self.frames = self.frames or self._steps()
            start = time.perf_counter()
            for _ in range(steps):
                self.host.within()
                next(self.frames, None)
            return time.perf_counter() - start

    def _lend(self, trial: Session) -> None:
        """Share the loaded data with the copy: two copies may not fit into memory."""
        for name, live in trial.lives.items():
            for key, value in loaded(self.session.lives[name].node).items():
                inside, _, last = key.rpartition(".")
                setattr(live.node.get_submodule(inside), last, value)

    def _steps(self) -> Iterator[Any]:
        self.host.emit(Note(text="Timing a few steps with one thread and with more."))
        trial = Session(
            device=str(self.session.device),
            seed=self.session.given_seed,
            library=self.session.library,
        )
        trial.ground = self.session.ground
        trial.update_expanded(replace(self.session.expanded, graph=_endless(self.session)))
        self._lend(trial)
        trial.begin(fresh=True)
        for name in trial.program.of_role("trainer"):
            yield from _without_faults(trial.program.frames(name))


def _endless(session: Session) -> Graph:
    """Return a copy of the graph whose trainers do not end while they are timed."""
    graph = copy(session.graph)
    for place in graph.nodes.values():
        kind = session.catalogue.of(place)
        if kind and kind.role == "trainer" and kind.param("steps"):
            place.params["steps"] = 10**9
    return graph


def _without_faults(frames: Iterator[Any]) -> Iterator[Any]:
    """Yield the frames until training fails; the run itself reports the error."""
    try:
        yield from frames
    except Refusal:
        return
