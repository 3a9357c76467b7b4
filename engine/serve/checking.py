"""What the server holds of a document: the graph sent last and its session."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

from msgspec.structs import replace

from engine.document.catalogue import Problem
from engine.document.errors import GraphRefused
from engine.document.messages import Checked, Event, Mended, Note, SetGraph, Weights
from engine.run.session import Session
from engine.serve.placing import device_of, device_problems, ground_of, is_placed
from nodes.library import Library
from nodes.sentences import listed, say


class Checking:
    """Take a document's graphs into its session and emit what checks find.

    Mends of what a check refuses are tried after its answer: `trying` gives them.
    """

    def __init__(self, emit: Callable[[Event], None]) -> None:
        self.emit = emit
        self.library: Library | None = None
        self.given: SetGraph | None = None
        self.made: Session | None = None
        self.trying: Iterator[Problem | None] | None = None

    @property
    def session(self) -> Session:
        """The session of the graph sent last; `GraphRefused` where none was."""
        if self.made is None:
            raise GraphRefused("There is no graph yet.", "Send the graph first.")
        return self.made

    @property
    def seq(self) -> int:
        return self.given.seq if self.given else 0

    def take(self, request: SetGraph, *, running: bool = False) -> None:
        """Check a graph and use it, during a run as far as training stays as it is."""
        self.given, self.trying = request, None
        ground = ground_of(request)
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

    def _answer(self, checked: Checked) -> None:
        self.emit(checked)
        self.trying = self.session.mends(checked.problems)

    def try_mend(self) -> bool:
        """Try one mend of what the last check refused; return False where none is left."""
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
        """Return the session, a new one where the graph asks for another device."""
        if self.made is not None and is_placed(self.made, request):
            return self.made
        return Session(device=device_of(request), library=self.library)

    def adjust(self, request: SetGraph) -> bool:
        """Use a graph while a pull stands still; return False where it must wait."""
        checked = self.session.adjust(request.graph, request.seq)
        if checked is None:
            return False
        self.given = request
        self._answer(checked)
        return True

    def read_on(self) -> bool:
        """Let a run read what its graph names, and read anew what has changed since.

        A device that was chosen during the last run is used from now on. Return whether the graph
        was checked again.
        """
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
        """Let an edit that had to wait take effect; return whether there was one."""
        checked = session.settle()
        if checked is not None:
            checked.seq = self.seq
            self._answer(checked)
        return checked is not None

    def look(self, node: str) -> None:
        """Say how a node reads its table."""
        looked = self.session.look(node)
        if looked is not None:
            self.emit(looked)

    def tell_weights(self) -> None:
        """Say whether weights are trained and whether a run would replace them."""
        session = self.session
        self.emit(Weights(trained=bool(session.trained), anew=session.replaces()))
