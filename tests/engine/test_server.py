"""The server by itself, where a window in another process cannot look."""

from __future__ import annotations

import io
import queue
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest

from engine.check.check import check_expanded
from engine.document import history
from engine.document.graph import Graph, Place, Wire
from engine.document.messages import (
    Checked,
    Fault,
    Figure,
    Keep,
    ListRuns,
    Look,
    Mended,
    Metric,
    Pause,
    Refresh,
    Request,
    Restore,
    Run,
    SetGraph,
    Status,
    Step,
    Stop,
)
from engine.record import checkpoint
from engine.run.launch import Order
from engine.run.session import Session
from engine.serve.answers import Garbled
from engine.serve.outlet import Outlet
from engine.serve.server import _TABLE, Server
from tests.engine.toy import Listener, digits, fit, toy_library
from tests.running import launch


def test_every_request_has_a_row() -> None:
    assert {*get_args(Request), Garbled} == _TABLE.keys()


def test_a_run_is_on_the_device_that_was_chosen_during_the_one_before() -> None:
    server = Server(queue.SimpleQueue(), Outlet(io.BytesIO()))
    server.checking.library = toy_library()
    server._use_graph(SetGraph(graph=fit(10), seq=1))
    server.checking.made = Session(device="meta", library=server.checking.library)
    server.checking.read_on()
    assert str(server.checking.session.device) == "cpu"
    assert server.checking.session.program.of_role("trainer")


def recorded() -> tuple[Server, queue.SimpleQueue[object], list[object]]:
    """Return a server, its way in, and what it emits."""
    incoming: queue.SimpleQueue[object] = queue.SimpleQueue()
    server, said = Server(incoming, Outlet(io.BytesIO())), []
    server.checking.emit = said.append
    return server, incoming, said


def misfit(seq: int) -> SetGraph:
    """Return a graph of which two places refuse what another's parameter makes."""
    graph = digits()
    graph.nodes["decoder"].params["shape"] = [1, 28, 28]
    return SetGraph(graph=graph, seq=seq)


def test_the_answer_of_a_check_does_not_wait_for_mends() -> None:
    server, _, said = recorded()
    server._handle(misfit(3))
    (checked,) = (e for e in said if isinstance(e, Checked))
    refused = [p for p in checked.problems if p.level == "error"]
    assert refused and not any(p.fix for p in refused)
    assert not any(isinstance(e, Mended) for e in said)
    while server._use_quiet():
        pass
    mended = [e for e in said if isinstance(e, Mended)]
    assert [e.problem.sentence for e in mended] == [p.sentence for p in refused]
    assert all(e.seq == 3 and e.problem.fix for e in mended)


def test_each_try_is_one_check_and_gives_way_to_a_request(monkeypatch) -> None:
    server, incoming, said = recorded()
    server._handle(misfit(1))
    incoming.put(misfit(2))
    assert not server._use_quiet(), "the request comes first"
    server.turn()
    checks: list[object] = []
    counted = lambda *given: checks.append(1) or check_expanded(*given)  # noqa: E731
    monkeypatch.setattr("engine.run.session.check_expanded", counted)
    server._use_quiet()
    assert len(checks) == 1
    while server._use_quiet():
        pass
    assert {e.seq for e in said if isinstance(e, Mended)} == {2}


def test_weights_that_are_put_back_from_an_older_checkpoint_are_said_to_be(tmp_path: Path) -> None:
    server, _, said = recorded()
    server.emit = said.append  # type: ignore[method-assign]
    server._handle(SetGraph(graph=digits(steps=60), seq=1))
    order = Order(runs=tmp_path, threads=1, checkpoint_seconds=0.01, view_share=0.0)
    run = launch(server.checking.session, Listener(), order).folder
    newest, *older = checkpoint.newest_first(run)
    assert older
    newest.write_bytes(newest.read_bytes()[:-9])
    said.clear()
    server._handle(Restore(run=str(run)))
    (fault,) = (e.problem for e in said if isinstance(e, Fault))
    assert fault.level == "warning" and newest.name in fault.sentence
    kinds = [type(e) for e in said]
    assert kinds.index(Status) < kinds.index(Fault), "a run that is shown clears what was said"


def test_nothing_is_said_of_the_table_of_a_node_that_is_gone() -> None:
    server = Server(queue.SimpleQueue(), Outlet(io.BytesIO()))
    said: list[object] = []
    server.checking.emit = said.append
    server.checking.library = toy_library()
    server._use_graph(SetGraph(graph=fit(10), seq=1))
    said.clear()
    server._handle(Look(node="gone"))
    assert said == []


@pytest.mark.parametrize("request_", [Look(node="line"), Restore(run="gone"), Run(), Step()])
def test_what_needs_a_graph_gets_it_though_a_newer_one_waits(request_: object) -> None:
    incoming: queue.SimpleQueue[object] = queue.SimpleQueue()
    server = Server(incoming, Outlet(io.BytesIO()))
    server.checking.library = toy_library()
    incoming.put(request_)
    incoming.put(SetGraph(graph=fit(10), seq=2))
    server._handle(SetGraph(graph=fit(10), seq=1))
    assert server.checking.session is not None


def test_a_look_within_a_pull_waits_for_the_edit_before_it() -> None:
    server = Server(queue.SimpleQueue(), Outlet(io.BytesIO()))
    server.checking.library = toy_library()
    server._use_graph(SetGraph(graph=fit(10), seq=1))
    server.pending.extend([SetGraph(graph=fit(10), seq=2), Look(node="line"), ListRuns()])
    server._handle_within()
    assert [type(request) for request in server.pending] == [SetGraph, Look]


def kept(run: str, share: float) -> Keep:
    return Keep(run=run, node="cloud", step=1, values={"": share, "error": 0.1, "count": 24.0})


def test_what_the_user_measured_is_kept_while_it_runs_and_after(tmp_path: Path) -> None:
    server, incoming, _ = recorded()
    server.checking.library = toy_library()
    server._handle(SetGraph(graph=fit(10), seq=1))
    said: list[object] = []

    def emit(event: object) -> None:
        said.append(event)
        Server.emit(server, event)  # type: ignore[arg-type]
        if isinstance(event, Status) and event.status == "running":
            incoming.put(kept(event.run, 0.5))

    server.emit = emit  # type: ignore[method-assign]
    server._handle(Run(runs=str(tmp_path)))
    while server.launch is not None:
        server.turn()
    run = server.folder
    assert [m.values[""] for m in history.metrics_at(Path(run), 9) if m.node == "cloud"] == [0.5]
    server._handle(kept(run, 0.75))
    assert [e.values[""] for e in said if isinstance(e, Metric) and e.node == "cloud"] == [
        0.5,
        0.75,
    ]
    assert history.read_info(Path(run)).metrics["cloud"] == 0.75
    server._handle(kept(str(tmp_path / "gone"), 0.75))
    assert isinstance(said[-1], Fault)


def toy(graph: Graph) -> tuple[Server, queue.SimpleQueue[object], list[object]]:
    """Return a server with a graph of toy kinds, its way in, and what it emits."""
    incoming: queue.SimpleQueue[object] = queue.SimpleQueue()
    server, said = Server(incoming, Outlet(io.BytesIO())), []
    server.checking.library = toy_library()
    emit = server.emit
    server.emit = lambda event: (said.append(event), emit(event))[1]  # type: ignore[method-assign]
    server.checking.emit = server.emit
    incoming.put(SetGraph(graph=graph, seq=1))
    server.turn()
    return server, incoming, said


def ended(server: Server) -> None:
    """Turn until the run has ended."""
    server.turn()
    while server.launch is not None:
        server.turn()


def test_the_first_views_of_a_second_run_are_those_of_step_0(tmp_path: Path) -> None:
    server, incoming, said = toy(fit(10))
    for _ in range(2):
        said.clear()
        incoming.put(Run(runs=str(tmp_path), fresh=True))
        ended(server)
        steps = [e.step for e in said if isinstance(e, Figure) and e.node == "show"]
        assert (steps[0], steps[-1]) == (0, 10)


def test_a_step_right_behind_a_run_is_a_step_of_it() -> None:
    server, incoming, _ = toy(fit(10))
    incoming.put(Run())
    ended(server)
    incoming.put(Run(fresh=True))
    incoming.put(Step())
    while server.state != "paused":
        server.turn()
    assert server.checking.session.step == 1
    incoming.put(Stop())
    ended(server)


def slow() -> Graph:
    """Return a training with two views of samplers that never end."""
    made = fit(5)
    for name in ("a", "b"):
        made.nodes[f"slow_{name}"] = Place(kind="Slow", params={"steps": 10**9})
        made.nodes[name] = Place(kind="Show")
        made.wires += [Wire("twin", "y", f"slow_{name}", "x")]
        made.wires += [Wire(f"slow_{name}", "points", name, "points")]
    return made


def after_frames(server: Server, act: Callable[[], object], count: int = 20) -> None:
    """Do something once so many frames of samplers have been counted within pulls."""
    within, left = server.within, [count]

    def counted() -> None:
        left[0] -= 1
        if left[0] == 0:
            act()
        within()

    server.within = counted  # type: ignore[method-assign]


def test_a_stop_in_the_last_views_leaves_the_others_as_they_are() -> None:
    server, incoming, said = toy(slow())
    incoming.put(Run())
    server.turn()
    while server.checking.session.step < 5:
        server.turn()
    incoming.put(Stop())
    ended(server)
    assert [e.status for e in said if isinstance(e, Status)][-1] in ("done", "stopped")
    left = server.checking.session.shown.outdated()
    assert not {"a", "b"} & {*left}, "what takes long is not pulled again"


def test_after_a_stop_quick_views_are_pulled_once_nothing_else_is_asked_for() -> None:
    server, incoming, said = toy(fit(10**6))
    incoming.put(Run())
    server.turn()
    while server.checking.session.step < 5:
        server.turn()
    server.launch.run.last_look = 0.0  # as under load
    incoming.put(Stop())
    ended(server)
    while server._use_quiet():
        pass
    assert [e.step for e in said if isinstance(e, Figure)][-1] == server.checking.session.step


def test_a_stop_in_the_first_of_several_views_of_a_pause_ends_them_all() -> None:
    server, incoming, _ = toy(slow())
    incoming.put(Run())
    incoming.put(Pause())
    while server.state != "paused":
        server.turn()
    after_frames(server, lambda: incoming.put(Stop()))
    incoming.put(Refresh(nodes=["a", "b"]))
    ended(server)
    assert server.state == "idle"


def test_views_that_a_hand_moves_come_first_and_others_wait_until_it_rests(monkeypatch) -> None:
    made = Graph(nodes={"source": Place(kind="Prior", params={"count": 3})})
    for name in ("a", "b"):
        made.nodes[name] = Place(kind="Scatter")
        made.wires.append(Wire("source", "z", name, "points"))
    server, incoming, said = recorded()
    server.emit = said.append  # type: ignore[method-assign]
    monkeypatch.setattr("engine.serve.catching_up.REST", 30.0)
    server._handle(SetGraph(graph=made, seq=1, first=["b"]))

    def drawn() -> list[str]:
        return [e.node for e in said if isinstance(e, Figure)]

    while not drawn() and server._use_quiet():
        pass
    assert drawn() == ["b"]
    moved = SetGraph(graph=made, seq=2, first=["b"])
    server._imports = iter(())
    incoming.put(moved)
    server._catch_up()  # waits for the hand, and takes its move
    assert drawn() == ["b"] and [*server.pending] == [moved]
    monkeypatch.setattr("engine.serve.catching_up.REST", 0.0)
    server._handle(server.pending.popleft())
    while server._use_quiet():
        pass
    assert drawn() == ["b", "a"], "each once more only where it has changed"


def test_live_parameters_are_used_before_they_are_checked(monkeypatch) -> None:
    server, incoming, said = toy(fit(10**6))
    sent = iter(range(2, 9))

    def noisier(noise: float) -> SetGraph:
        g = fit(10**6)
        g.nodes["map"].params["noise"] = noise
        return SetGraph(graph=g, seq=next(sent))

    def noise() -> float:
        return server.checking.session.lives["map"].node.noise

    server._handle(noisier(1.0))
    assert noise() == 1.0 and said[-1].seq == 2 and server.checking.owes
    said.clear()
    while server._use_quiet():
        pass
    assert not server.checking.owes and not [e for e in said if isinstance(e, Checked)]

    incoming.put(Run())
    monkeypatch.setattr("engine.serve.server.REST", 1e9)
    while server.checking.session.step < 3:
        server.turn()
    program = server.checking.session.program
    incoming.put(noisier(2.0))
    while noise() != 2.0:
        server.turn()
    step = server.checking.session.step
    while server.checking.session.step < step + 3:
        server.turn()
    assert server.checking.owes, "the training goes on without a check"
    assert server.checking.session.program is program
    monkeypatch.setattr("engine.serve.server.REST", 0.0)
    server.turn()
    server.turn()
    assert not server.checking.owes and server.checking.session.program is program
    incoming.put(Stop())
    ended(server)
