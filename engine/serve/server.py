"""The server of a window: hold one document's session and handle requests.

Everything runs on one thread: no locks, one order of events. The server has one state, and
`_TABLE` says what each request does in it. A run is a generator of events: the server goes on with
it, pauses or stops it from its own loop. Only inside a pull, where Python is in a node's code, does
the run call the server (`within`). The server reports every exception as a `Fault` and survives it.
"""

from __future__ import annotations

import queue
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from engine.check.report import fault_of
from engine.document import history
from engine.document.errors import GaveWay, GraphRefused, Stopped
from engine.document.messages import (
    At,
    Event,
    Glance,
    Hello,
    Keep,
    ListRuns,
    Look,
    Metric,
    Pause,
    Quit,
    ReadRun,
    Refresh,
    Restore,
    Resume,
    Run,
    SetGraph,
    Status,
    Step,
    Stop,
)
from engine.record.record import add_metric
from engine.run.host import Events
from engine.run.launch import Launch, Order
from engine.run.refresh import refresh
from engine.serve import quiet
from engine.serve.answers import (
    Garbled,
    glance,
    ordered,
    past,
    refuse_protocol,
    restore,
    welcome,
    whole_run,
)
from engine.serve.catching_up import REST, CatchingUp
from engine.serve.checking import Checking
from engine.serve.outlet import Outlet
from nodes.library import find

PATIENCE = 0.3  # seconds that an edit waits for the pull of a view

State = Literal["idle", "running", "pausing", "paused", "stopping"]
"""A `Pause` makes "pausing", which becomes "paused" at the end of the step; a `Stop` "stopping"."""
Within = Literal["now", "cancel", "late", "after"]
"""Inside a pull a request is handled at once; it cancels the pull of a view, at once or where the
pull takes longer than `PATIENCE`, and is handled then; or it waits for the end of the pull."""


@dataclass
class Pull:
    """What the server does between two handled requests: a step, a pull, or both.

    `state`: that of the server at its beginning.
    """

    state: State
    since: float = 0.0

    def is_late(self) -> bool:
        """Return whether the pull has taken too long; the time counts from the first call."""
        self.since = self.since or time.monotonic()
        return time.monotonic() - self.since > PATIENCE


class Server:
    """Hold one document's session and handle requests.

    `pending`: requests taken from the queue and not handled yet, in order.
    """

    def __init__(self, incoming: queue.SimpleQueue[Any], outlet: Outlet) -> None:
        self.incoming = incoming
        self.outlet = outlet
        self.pending: deque[Any] = deque()
        self.checking = Checking(self.emit)
        self.state: State = "idle"
        self.quitting = False
        self.launch: Launch | None = None
        self.folder = ""
        self.runs = ""
        self._events: Events = iter(())
        self._pull = Pull("idle")
        self._pause_at: int | None = None
        self._stale = self._stale_before = False
        self.catching_up = CatchingUp()
        self._imports = quiet.imports()

    def serve(self) -> None:
        """Handle requests and go on with the run until `Quit`."""
        while self.launch is not None or not self.quitting:
            self.turn()

    def turn(self) -> None:
        """Handle a request, go on with the run, use a quiet moment, or wait for a request."""
        self._drain()
        if self.state == "stopping" or (
            self.state != "paused" and self.launch and not self.pending
        ):
            self._advance()
        elif self.pending:
            self._handle(self.pending.popleft())
        elif not self._use_quiet():
            self.pending.append(self.incoming.get())

    def _use_quiet(self) -> bool:
        """If no request waits, try a fix, pull a view or import; return False if all is done."""
        if self._drain():
            return False
        if not (self._stale or self.checking.owes):
            return any(True for _ in islice(self._imports, 1))
        with self._guarded():
            if not self.checking.go_on():
                self._catch_up()
        return True

    def _drain(self) -> bool:
        """Move requests from the queue to `pending`; return whether there are any."""
        while True:
            try:
                self.pending.append(self.incoming.get_nowait())
            except queue.Empty:
                return bool(self.pending)

    def _handle(self, request: Any) -> None:
        if isinstance(request, SetGraph) and self._superseded():
            return
        with self._guarded():
            _TABLE[type(request)].act(self.state)(self, request)

    def _superseded(self) -> bool:
        """Return whether a newer graph waits and no request before it needs this one."""
        self._drain()
        for request in self.pending:
            if isinstance(request, (Run, Step, Refresh, Restore, Look)):
                return False
            if isinstance(request, SetGraph):
                return True
        return False

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Emit exceptions as faults; a stop only ends the block."""
        try:
            yield
        except Stopped:
            pass
        except Exception as error:
            self.emit(fault_of(error))

    def emit(self, event: Event) -> None:
        """Send an event; a closed pipe stops the run and the server."""
        if isinstance(event, Status):
            self.folder = event.run
        self.outlet.put(event)
        if self.outlet.broken:
            self._quit(Quit())

    def _emit_all(self, events: Iterable[Event | None]) -> None:
        """Send the events up to the next None or the end."""
        for event in events:
            if event is None:
                return
            self.emit(event)

    def _launch(self, order: Order) -> None:
        self.launch = Launch(self.checking.session, self, order)
        self._events = self.launch.events()
        self.state = "running"
        self._stale_before, self._stale = self._stale, False  # the run shows all views

    def _advance(self) -> None:
        """Go on with the run to the next point at which requests may be handled."""
        with self._guarded():
            try:
                ended = self._forward()
                if self.state == "running" and self._is_due():
                    self.state = "pausing"
                if self.state == "pausing" and not ended:
                    ended = self._pause_run()
            except Exception:
                self._end()
                self._stale |= self._stale_before
                raise
            if ended:
                self._end()
            elif self.state == "running":
                self.checking.go_on(rest=REST)

    def _forward(self) -> bool:
        """Send the events of the run up to its next None; return whether the run has ended."""
        self._pull = Pull("running" if self.state == "pausing" else self.state)
        for event in self._events:
            if event is None:
                return False
            self.emit(event)
        return True

    def _pause_run(self) -> bool:
        """Let the run say that it is paused, and save; return whether it has ended instead."""
        assert self.launch is not None
        self.launch.pause()
        ended = self._forward()
        if not ended and self.state == "pausing":
            self.state, self._stale, self._pause_at = "paused", True, None
        return ended

    def _end(self) -> None:
        """Become idle and apply the edits that waited for the end of the run."""
        assert self.launch is not None
        ended, self.launch, self.state, self._pause_at = self.launch, None, "idle", None
        self._stale |= self.checking.settle(ended.session) or ended.left_behind
        self.checking.tell_weights()

    def _is_due(self) -> bool:
        """Return whether the run has made the steps after which it is to pause."""
        return self._pause_at is not None and self._place() >= self._pause_at

    def _place(self) -> int:
        """Return the progress of the run: training steps, or frames where nothing trains."""
        return self.checking.session.step + self.checking.session.frames

    def within(self) -> None:
        """Handle waiting requests; pause or stop where that was requested (see `Host.within`)."""
        if self._drain():
            self._handle_within()
        holds = self._pull.state != "paused" and self.launch is not None and self.launch.holds
        if self._gives_way(holds):
            raise GaveWay("What was asked comes first.")
        if not holds:
            return
        if self._is_due():
            self.state = "pausing"
        if self.state == "pausing":
            self._hold()
        if self.state == "stopping":
            raise Stopped("Stopped.")

    def _handle_within(self) -> None:
        """Handle, during a pull, the requests that do not change the graph."""
        for request in [*self._first()]:
            self.pending.remove(request)
            self._handle(request)
            if isinstance(request, (Stop, Quit)):
                self._pull.state = self.state
                raise Stopped("Stopped.")
        if self.launch is not None and any(map(_begins, self.pending)):
            self._stop_run()
            self._pull.state = self.state
            raise Stopped("Stopped.")

    def _first(self) -> Iterator[Any]:
        """Yield the requests that need not wait for the end of a pull.

        The order matters for some: a `Look` refers to the graph sent before it, and a `Pause`,
        `Resume` or `Stop` to the run requested before it.
        """
        now = {kind for kind, row in _TABLE.items() if row.within == "now"}
        for request in self.pending:
            if type(request) in now:
                yield request
            elif isinstance(request, SetGraph):
                now -= {Look}
            elif _begins(request) or (isinstance(request, (Run, Step)) and self.launch is None):
                now -= {Pause, Resume, Stop}

    def _gives_way(self, holds: bool) -> bool:
        """Return whether a pull must end early for a pause, a resume, a step or a waiting edit."""
        if not holds and self.state != self._pull.state:
            return True
        asked = {_TABLE[type(request)].within for request in self.pending}
        if "cancel" in asked and (self._pull.state in ("idle", "paused") or self._steps(holds)):
            return True
        late, drops = self._pull.is_late(), self.launch is None or self.launch.drops
        return "late" in asked and late and drops

    def _steps(self, holds: bool) -> bool:
        """Return whether a `Step` waits that cannot be handled inside the pull."""
        return not holds and any(isinstance(request, Step) for request in self.pending)

    def _hold(self) -> None:
        """Pause within a pull and show its frame until resumed; most edits cancel the pull."""
        assert self.launch is not None
        self._pause_at = None
        self.launch.show_frame()
        self.emit(Status(status="paused", run=self.folder))
        while self.state == "pausing":
            self._drain()
            request = self.pending.popleft() if self.pending else self.incoming.get()
            if isinstance(request, SetGraph):
                self._adjust(request)
                self.launch.show_frame()
            elif _TABLE[type(request)].within in ("now", "cancel"):
                self._handle(request)
        if self.state == "running":
            self.emit(Status(status="running", run=self.folder))

    def _adjust(self, request: SetGraph) -> None:
        if not self.checking.adjust(request):
            self.pending.appendleft(request)
            raise GaveWay("An edit came.")

    def _hello(self, request: Hello) -> None:
        refuse_protocol(request)
        self.checking.library = library = find(*map(Path, request.plugins))
        self.emit(welcome(library))

    def _use_graph(self, request: SetGraph) -> None:
        self.checking.take(request)
        self._stale = True
        self.catching_up.note_graph()

    def _edit_graph(self, request: SetGraph) -> None:
        """Use a graph during a run, as far as the training is unaffected."""
        self.checking.take(request, running=True)
        self._stale = self.state == "paused"

    def _run(self, request: Run) -> None:
        self.runs = request.runs
        self._pause_at = None
        self._stale |= self.checking.read_on()
        self._launch(ordered(request, self.runs))

    def _run_again(self, request: Run) -> None:
        """Resume the run, or stop it for the one that is requested."""
        if _begins(request):
            self._stop_run()
            self.pending.appendleft(request)  # handled after the current run
        else:
            self.state = "running"

    def _step(self, request: Step) -> None:
        """Start a run that is paused after its first step."""
        self._stale |= self.checking.read_on()
        session = self.checking.session
        session.step = session.frames = 0
        self.runs = request.runs or self.runs
        self._pause_at = 1
        self._launch(ordered(request, self.runs))

    def _step_on(self, request: Step) -> None:
        begun = self.launch is not None and self.launch.run is not None
        self._pause_at = max(self._place() if begun else 0, self._pause_at or 0) + 1
        self.state = "running"

    def _pause(self, request: Pause) -> None:
        self.state, self._pause_at = "pausing", None

    def _resume(self, request: Resume) -> None:
        self.state, self._pause_at = "running", None

    def _stop(self, request: Stop) -> None:
        self._stop_run()

    def _stop_run(self) -> None:
        if self.launch is not None:
            self.state = "stopping"
            self.launch.stop()

    def _quit(self, request: Quit) -> None:
        self.quitting = True
        self._stop_run()

    def _ignore(self, request: object) -> None:
        """Do nothing: the request has no effect in this state."""

    def _refresh(self, request: Refresh) -> None:
        program = self.checking.session.program
        self._show(request.nodes or program.of_role("view", "metric"))

    def _show(self, names: list[str]) -> None:
        self._pull = Pull(self.state)
        if self.launch is None:
            self._emit_all(refresh(self.checking.session, self, names))
            return
        state = self.state
        for name in names:
            if self.state == state:
                self._emit_all(self.launch.look(name))

    def _catch_up(self) -> None:
        """Pull one out-of-date view."""
        session, first = self.checking.session, self.checking.first
        names = session.shown.outdated()
        self._stale = bool(names)
        if names and not self.catching_up.waits(names, first, self.incoming, self.pending):
            self.catching_up.show_next(session, names, first, self._show)
            self._stale = session.shown.outdated() != names

    def _list_runs(self, request: ListRuns) -> None:
        folder = Path(request.runs or self.runs or "runs")
        for listed in history.run_list(folder).since(request.known):
            self.emit(listed)

    def _restore(self, request: Restore) -> None:
        self._pull = Pull(self.state)
        self._emit_all(restore(self.checking.session, self, request))
        self.checking.tell_weights()
        self._stale = True

    def _refuse_restore(self, request: Restore) -> None:
        raise GraphRefused("Weights cannot be put back during a run.", "Stop it first.")

    def _keep(self, request: Keep) -> None:
        """Record the user's measurement in the current run or in one that has ended."""
        metric = Metric(node=request.node, step=request.step, values=request.values)
        if self.launch and self.launch.run and request.run == self.folder:
            self._emit_all(self.launch.keep(metric))
            return
        add_metric(Path(request.run), metric)
        if request.run == self.folder:
            self.emit(metric)

    def _look(self, request: Look) -> None:
        self.checking.look(request)

    def _garbled(self, request: Garbled) -> None:
        self.emit(fault_of(request.error))


Handler = Callable[[Server, Any], None]


@dataclass(frozen=True)
class Row:
    """What a request does: while the server is idle, in a run and in a paused run.

    `within`: when it is handled where it comes inside a pull.
    """

    idle: Handler
    running: Handler
    paused: Handler
    within: Within

    def act(self, state: State) -> Handler:
        """Return the handler for a state of the server."""
        if state in ("idle", "stopping"):  # a run that stops takes no more requests
            return self.idle
        return self.paused if state in ("pausing", "paused") else self.running


def _same(handler: Handler, within: Within = "now") -> Row:
    return Row(handler, handler, handler, within)


def _answer(made: Callable[[Any], Event]) -> Handler:
    return lambda server, request: server.emit(made(request))


_OFF = Server._ignore
_TABLE: dict[type, Row] = {
    #              idle                running                paused                 inside a pull
    Hello: _same(Server._hello, "after"),
    SetGraph: Row(Server._use_graph, Server._edit_graph, Server._edit_graph, "late"),
    Run: Row(Server._run, Server._run_again, Server._run_again, "cancel"),
    Step: Row(Server._step, Server._step_on, Server._step_on, "cancel"),
    Pause: Row(_OFF, Server._pause, _OFF, "now"),
    Resume: Row(_OFF, Server._resume, Server._resume, "now"),
    Stop: _same(Server._stop),
    Refresh: Row(Server._refresh, _OFF, Server._refresh, "after"),  # a run shows its views itself
    Restore: Row(Server._restore, Server._refuse_restore, Server._refuse_restore, "after"),
    Keep: _same(Server._keep),
    Look: _same(Server._look),
    At: _same(_answer(past)),
    ListRuns: _same(Server._list_runs),
    ReadRun: _same(_answer(whole_run)),
    Glance: _same(_answer(glance)),
    Quit: _same(Server._quit),
    Garbled: _same(Server._garbled),
}


def _begins(request: Any) -> bool:
    """Return whether a request starts another run, even while one is running or paused."""
    return isinstance(request, Run) and (request.fresh or bool(request.resume))
