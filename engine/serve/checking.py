"""The server's document: the latest graph and its session."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial

from msgspec.structs import replace

from engine.check.ground import Ground
from engine.document.catalogue import Problem
from engine.document.errors import GraphRefused
from engine.document.messages import Checked, Event, Look, Mended, Note, SetGraph, Weights
from engine.run.opening import layers_of
from engine.run.session import Session
from engine.serve.placing import device_of, device_problems, ground_of, is_placed
from nodes.library import Library
from nodes.sentences import listed, say


class Checking:
    """Pass the graphs of a document to its session and emit the results of checks.

    Fixes for problems of a check are tried after its answer: `trying` yields them.
    """

    def __init__(self, emit: Callable[[Event], None]) -> None:
        self.emit = emit
        self.library: Library | None = None
        self.given: SetGraph | None = None
        self.made: Session | None = None
        self.trying: Iterator[Problem | None] | None = None
        self.tuned_at = 0.0
        """When the last edit was used unchecked."""

    @property
    def session(self) -> Session:
        """Return the session of the latest graph; raise `GraphRefused` where there is none."""
        if self.made is None:
            raise GraphRefused("There is no graph yet.", "Send the graph first.")
        return self.made

    @property
    def seq(self) -> int:
        """Return the `seq` of the latest graph."""
        return self.given.seq if self.given else 0

    @property
    def first(self) -> list[str]:
        """Return the views that a hand moves."""
        return self.given.first if self.given else []

    def take(self, request: SetGraph, *, running: bool = False) -> None:
        """Check a graph and use it; during a run, only as far as training is unaffected.

        Live parameters are used at once, and checked later (`confirm`).
        """
        ground = ground_of(request)
        if self._tuned(request, ground):
            return
        self.given, self.trying = request, None
        if running:
            self.session.ground = ground
            self._answer(self.session.edit(request.graph, request.seq))
        else:
            self.made = session = self._session_for(request)
            session.ground = ground
            checked = session.update(request.graph, request.seq)
            checked.problems += device_problems(request)
            session.report.problems = checked.problems
            self._answer(checked)
            self.tell_weights()

    def _tuned(self, request: SetGraph, ground: Ground) -> bool:
        """Use a graph that differs from the last one in live parameters only; return whether so."""
        if self.made is None or ground != self.made.ground:
            return False
        checked = self.made.tune(request.graph, request.seq)
        if checked is None:
            return False
        self.given, self.tuned_at = request, time.monotonic()
        self.emit(checked)
        return True

    def confirm(self, *, rest: float = 0.0) -> bool:
        """Check what was used unchecked, if no edit has come for `rest` seconds.

        Return whether there was a check; it is told where it says anything else than before.
        """
        waits = self.made is not None and self.made.unconfirmed
        if not waits or time.monotonic() - self.tuned_at < rest:
            return False
        checked = self.session.confirm(self.seq)
        if checked is not None:
            self._answer(checked)
        return True

    def _answer(self, checked: Checked) -> None:
        self.emit(checked)
        self.trying = self.session.mends(checked.problems)

    @property
    def owes(self) -> bool:
        """Return whether there is something left to check or to try."""
        return self.trying is not None or (self.made is not None and self.made.unconfirmed)

    def go_on(self, *, rest: float = 0.0) -> bool:
        """Check what was used unchecked, or try a fix; return False where nothing is left."""
        return self.confirm(rest=rest) or self.try_mend()

    def try_mend(self) -> bool:
        """Try one fix for the problems of the last check; return False where none is left."""
        trying, self.trying = self.trying, None
        if trying is None:
            return False
        with suppress(StopIteration):
            problem = next(trying)
            self.trying = trying
            if problem is not None:
                self.emit(Mended(seq=self.seq, problem=problem))
        return True

    def _session_for(self, request: SetGraph) -> Session:
        """Return the session, a new one where the graph requests another device."""
        if self.made is not None and is_placed(self.made, request):
            return self.made
        return Session(device=device_of(request), library=self.library)

    def adjust(self, request: SetGraph) -> bool:
        """Use a graph while a pull is paused; return False where it must wait."""
        checked = self.session.adjust(request.graph, request.seq)
        if checked is None:
            return False
        self.given = request
        self._answer(checked)
        return True

    def read_on(self) -> bool:
        """Permit a run to read all files of its graph, and reload data whose files have changed.

        A change of the device during the last run takes effect here. Return whether the graph was
        checked again.
        """
        self.confirm()
        given, session = self.given, self.session
        again = given is not None and (session.report.held or not is_placed(session, given))
        if given is not None and again:
            self.take(replace(given, permitted=None))
        session = self.session
        for name in session.drop_outdated():
            files = listed(path.name for path in session.lives[name].node.files())
            text = say("{files} has changed since it was read: it is read anew.", files=files)
            self.emit(Note(text=text))
            self._answer(session.report.checked(self.seq))
        return bool(again)

    def settle(self, session: Session) -> bool:
        """Apply an edit that had to wait; return whether there was one."""
        checked = session.settle()
        if checked is not None:
            checked.seq = self.seq
            self._answer(checked)
        return checked is not None

    def look(self, request: Look) -> None:
        """Emit how a node reads its table, or the layers that it consists of."""
        session = self.session
        look = partial(layers_of, session) if request.layers else session.look
        looked = look(request.node)
        if looked is not None:
            self.emit(looked)

    def tell_weights(self) -> None:
        """Emit whether weights are trained and whether a run would replace them."""
        session = self.session
        self.emit(Weights(trained=bool(session.trained), anew=session.replaces()))
