"""The server of a window: hold one document's session and handle requests.

Everything runs on one thread, between two frames of the current work: no locks, one order of
events. The server survives every exception and reports it as a `Fault`.
"""

from __future__ import annotations

import os
import queue
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engine.check import describe
from engine.check.report import fault_of, warning
from engine.document import history
from engine.document.errors import GaveWay, GraphRefused, RunRefused, Stopped
from engine.document.messages import (
    PROTOCOL,
    At,
    Event,
    Hello,
    Keep,
    ListRuns,
    Look,
    Metric,
    NodeState,
    Pause,
    Quit,
    ReadRun,
    Refresh,
    Restore,
    Resume,
    Run,
    Runs,
    SetGraph,
    Status,
    Step,
    Stop,
    Unread,
    Welcome,
)
from engine.record import checkpoint
from engine.record.record import add_metric, versions
from engine.run import devices
from engine.run.host import Pausable
from engine.run.launch import Order, launch
from engine.run.refresh import fetch, refresh
from engine.serve.checking import Checking
from engine.serve.outlet import Outlet
from nodes.errors import Refusal
from nodes.library import find
from nodes.sentences import Text

PATIENCE = 0.3  # seconds that an edit waits for the pull of a view


class Server:
    """Hold one document's session and handle requests.

    `pending`: requests taken from the queue and not handled yet, in order.
    """

    def __init__(self, incoming: queue.SimpleQueue[Any], outlet: Outlet) -> None:
        self.incoming = incoming
        self.outlet = outlet
        self.pending: deque[Any] = deque()
        self.checking = Checking(self.emit)
        self.work: Pausable | None = None
        self.folder = ""
        self.runs = ""
        self.running = self.paused = self.stopping = self.quitting = False
        self._pause_at: int | None = None
        self._stale = False
        self._standing = False  # a training is paused between two steps
        self._pulling = 0.0  # start time of the current pull of a view
        self._turns: dict[str, int] = {}

    def serve(self) -> None:
        """Handle requests until `Quit`."""
        while not self.quitting:
            if not self._use_quiet():
                self._handle(self._next())

    def _use_quiet(self) -> bool:
        """If no request waits, try a fix or pull a view; return False where none is left."""
        if self._drain() or not (self._stale or self.checking.trying):
            return False
        with self._guarded():
            if not self.checking.try_mend():
                self._catch_up()
        return True

    # --- requests ---------------------------------------------------------------------------------

    def _drain(self) -> bool:
        """Move requests from the queue to `pending`; return whether there are any."""
        while True:
            try:
                self.pending.append(self.incoming.get_nowait())
            except queue.Empty:
                return bool(self.pending)

    def _next(self) -> Any:
        """Wait for a request and return it."""
        self._drain()
        return self.pending.popleft() if self.pending else self.incoming.get()

    def _handle(self, request: Any) -> None:
        if isinstance(request, SetGraph) and self._superseded():
            return
        with self._guarded():
            _HANDLERS[type(request)](self, request)

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
        """Emit exceptions as faults; a `Stopped` is passed on to the current run."""
        try:
            yield
        except Stopped:
            if self.running:
                raise
        except Exception as error:
            self.emit(fault_of(error))

    def emit(self, event: Event) -> None:
        """Send an event; a closed pipe stops the run and the server."""
        if isinstance(event, Status):
            self.folder = event.run
        self.outlet.put(event)
        if self.outlet.broken:
            self.quitting = self.stopping = True

    # --- between two frames -----------------------------------------------------------------------

    def tick(self, nested: bool) -> None:
        """Handle waiting requests; pause or stop where that was requested (see `Host.tick`)."""
        if self._drain():
            self._handle_nested() if nested else self._handle_pending()
        holds = not self._standing and self.work is not None and self.work.holds
        if nested:
            if self._gives_way(holds):
                raise GaveWay("What was asked comes first.")
            if not holds:
                return
        else:
            self._pulling = 0.0
        if self._pause_at is not None and self._place() >= self._pause_at:
            self.paused, self._pause_at = True, None
        if self.paused and not self.stopping:
            self._hold() if nested else self._wait()
        if self.stopping:
            raise Stopped("Stopped.")
        if not nested:
            with self._guarded():
                self.checking.try_mend()

    def _place(self) -> int:
        """Return the progress of the run: training steps, or frames where nothing trains."""
        return self.checking.session.step + self.checking.session.frames

    def _handle_nested(self) -> None:
        """Handle, during a pull, the requests that do not change the graph."""
        for request in [*self._first()]:
            self.pending.remove(request)
            self._handle(request)
            if isinstance(request, (Stop, Quit)):
                raise Stopped("Stopped.")
        if self.running and any(map(_begins, self.pending)):
            raise Stopped("Stopped.")

    def _first(self) -> Iterator[Any]:
        """Yield the requests that need not wait for the end of a pull.

        The order matters for some: a `Look` refers to the graph sent before it, and a `Pause`,
        `Resume` or `Stop` to the run requested before it.
        """
        now = set(_ANYTIME)
        for request in self.pending:
            if type(request) in now:
                yield request
            elif isinstance(request, SetGraph):
                now -= {Look}
            elif _begins(request) or (isinstance(request, (Run, Step)) and not self.running):
                now -= {Pause, Resume, Stop}

    def _gives_way(self, holds: bool) -> bool:
        """Return whether a pull must end early for a pause, a resume, a step or a waiting edit."""
        self._pulling = self._pulling or time.monotonic()
        asked = {type(request) for request in self.pending}
        if not holds and (self.paused != self._standing or Step in asked):
            return True
        if Run in asked and (self._standing or not self.running):
            return True
        late = time.monotonic() - self._pulling > PATIENCE
        return SetGraph in asked and late and (self.work is None or self.work.drops)

    def _handle_pending(self) -> None:
        while self.pending and not self.stopping:
            self._handle(self.pending.popleft())

    def _wait(self) -> None:
        """Pause: emit the status, save, refresh views, handle requests until the run is resumed."""
        if self.work is not None:
            self.work.flush()
        self._say("paused")
        self._standing = self._stale = True
        try:
            if self.work is not None:
                self.work.save()
            self._stand()
        finally:
            self._standing = False
        if not self.stopping:
            self._say("running")

    def _stand(self) -> None:
        """Handle requests until the run is resumed; while none waits, pull views."""
        while self.paused and not self.stopping:
            if not self._use_quiet():
                self._handle(self._next())

    def _hold(self) -> None:
        """Pause within a pull and show its frame until resumed; most edits cancel the pull."""
        assert self.work is not None
        self.work.show_frame()
        self._say("paused")
        while self.paused and not self.stopping:
            request = self._next()
            if isinstance(request, SetGraph):
                self._adjust(request)
                self.work.show_frame()
            elif type(request) in _ANYTIME | {Run, Step}:
                self._handle(request)
        if not self.stopping:
            self._say("running")

    def _adjust(self, request: SetGraph) -> None:
        if not self.checking.adjust(request):
            self.pending.appendleft(request)
            raise GaveWay("An edit came.")

    def _say(self, status: Any) -> None:
        self.emit(Status(status=status, run=self.folder))

    # --- handlers ---------------------------------------------------------------------------------

    def _hello(self, request: Hello) -> None:
        if request.protocol != PROTOCOL:
            raise GraphRefused(
                "The window speaks protocol {asked}, this engine {known}.",
                "Install the same version on both sides.",
                asked=request.protocol,
                known=PROTOCOL,
            )
        self.checking.library = library = find(*map(Path, request.plugins))
        catalogue = describe.catalogue(library)
        self.emit(
            Welcome(
                catalogue=catalogue,
                versions=versions() | {"nodes": catalogue.version},
                devices=devices.available(),
                threads=devices.cores(),
                pid=os.getpid(),
            )
        )

    def _set_graph(self, request: SetGraph) -> None:
        self.checking.take(request, running=self.running)
        self._stale = not self.running or self.paused

    def _run(self, request: Run) -> None:
        if self.running and _begins(request):
            self.stopping = True
            self.pending.appendleft(request)  # handled after the current run
            return
        if self.running:
            self.paused = False
            return
        self.runs = request.runs
        self._pause_at = None
        self._stale |= self.checking.read_on()
        self._launch(
            Order(
                runs=Path(request.runs) if request.runs else None,
                resume=Path(request.resume) if request.resume else None,
                fresh=request.fresh,
                name=request.name,
                document=request.document,
            )
        )

    def _launch(self, order: Order) -> None:
        session = self.checking.session
        self.running, self.paused, self.stopping = True, False, False
        stale, self._stale = self._stale, False  # the run shows all views
        try:
            launch(session, self, order)
        except Refusal:
            self._stale = stale
            raise
        finally:
            self.running = self.paused = self.stopping = False
            self._pause_at = None
            self._stale |= self.checking.settle(session)
            self.checking.tell_weights()

    def _step(self, request: Step) -> None:
        self._pause_at = max(self._place(), self._pause_at or 0) + 1
        if self.running:
            self.paused = False
            return
        self._stale |= self.checking.read_on()
        session = self.checking.session
        session.step = session.frames = 0
        self.runs = request.runs or self.runs
        self._pause_at = 1
        runs = Path(self.runs) if self.runs else None
        self._launch(Order(runs=runs, name=request.name, document=request.document))

    def _pause(self, request: Pause) -> None:
        self.paused, self._pause_at = self.running, None

    def _resume(self, request: Resume) -> None:
        self.paused, self._pause_at = False, None

    def _stop(self, request: Stop) -> None:
        self.stopping = self.running

    def _quit(self, request: Quit) -> None:
        self.quitting, self.stopping = True, self.running

    def _refresh(self, request: Refresh) -> None:
        if self.running and not self.paused:
            return  # a run shows its views by itself
        program = self.checking.session.program
        self._show(request.nodes or program.of_role("view", "metric"))

    def _show(self, names: list[str]) -> None:
        self._pulling = 0.0
        if self.work is None:
            refresh(self.checking.session, self, names)
            return
        for name in names:
            self.work.look(name)

    def _catch_up(self) -> None:
        """Pull one out-of-date view: the one that has waited longest, metrics last."""
        session = self.checking.session
        names = session.outdated_views()
        self._stale = bool(names)
        if names:
            views = session.program.of_role("view")
            name = min(names, key=lambda n: (n not in views, self._turns.get(n, 0)))
            self._turns[name] = max(self._turns.values(), default=0) + 1
            self._show([name])
            self._stale = session.outdated_views() != names

    def _at(self, request: At) -> None:
        self._tell(request.run, lambda path: history.past(path, request.step))

    def _list_runs(self, request: ListRuns) -> None:
        self.emit(Runs(runs=history.list_runs(Path(request.runs or self.runs or "runs"))))

    def _read_run(self, request: ReadRun) -> None:
        self._tell(request.run, history.read_run)

    def _tell(self, run: str, read: Callable[[Path], Event]) -> None:
        """Send the content of a run folder, or `Unread` where it cannot be read."""
        try:
            self.emit(read(Path(run)))
        except RunRefused as error:
            self.emit(Unread(run=run, sentence=error.sentence))

    def _restore(self, request: Restore) -> None:
        session, folder = self.checking.session, Path(request.run)
        if self.running:
            raise GraphRefused("Weights cannot be put back during a run.", "Stop it first.")
        names = session.program.of_role("trainer", "view", "metric")
        fetch(session, self, names, patient=True)
        warnings: list[Text] = []
        state, _ = checkpoint.load_latest(folder, tell=warnings.append)
        session.restore(state)
        done = history.read_file(folder).status == "done"
        self.emit(Status(status="done" if done else "stopped", run=request.run))
        for text in warnings:
            self.emit(warning(text))
        for name in session.program.of_role("trainer") if done else ():
            self.emit(NodeState(node=name, state="done"))
        self.checking.tell_weights()
        self._stale = True

    def _keep(self, request: Keep) -> None:
        """Record the user's measurement in the current run or in one that has ended."""
        metric = Metric(node=request.node, step=request.step, values=request.values)
        if self.work is not None and request.run == self.folder:
            self.work.emit([metric])
            return
        add_metric(Path(request.run), metric)
        if request.run == self.folder:
            self.emit(metric)

    def _look(self, request: Look) -> None:
        self.checking.look(request.node)

    def _garbled(self, request: Garbled) -> None:
        self.emit(fault_of(request.error))


class Garbled:
    """A frame that could not be decoded, in the queue of requests."""

    def __init__(self, error: Exception) -> None:
        self.error = error


_HANDLERS: dict[type, Callable[[Server, Any], None]] = {
    Hello: Server._hello,
    SetGraph: Server._set_graph,
    Run: Server._run,
    Pause: Server._pause,
    Resume: Server._resume,
    Step: Server._step,
    Stop: Server._stop,
    Refresh: Server._refresh,
    At: Server._at,
    ListRuns: Server._list_runs,
    ReadRun: Server._read_run,
    Restore: Server._restore,
    Quit: Server._quit,
    Look: Server._look,
    Keep: Server._keep,
    Garbled: Server._garbled,
}
_ANYTIME = {Look, Keep, Pause, Resume, Stop, At, ListRuns, ReadRun, Quit, Garbled}


def _begins(request: Any) -> bool:
    """Return whether a request starts another run, even while one is running or paused."""
    return isinstance(request, Run) and (request.fresh or bool(request.resume))
