"""A bench: edits reach the engine, what it says reaches `live`, and it may die."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from engine.document.catalogue import Problem
from engine.document.fixes import offered
from engine.document.graph import Change, Graph, Place, Put, Wire, copy
from engine.document.messages import (
    Fault,
    History,
    Restore,
    RunInfo,
    Runs,
    SetGraph,
    Status,
    Weights,
)
from tests.workbench.sample import CATALOGUE, vae
from tests.workbench.test_process import puppet
from workbench import edits
from workbench.bench.bench import Bench
from workbench.bench.document import Document
from workbench.bench.process import Engine
from workbench.bench.training import choices


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path) -> Iterator[Bench]:
    made = Bench(Document(vae()), CATALOGUE, Engine(command=puppet()), runs=str(tmp_path))
    yield made
    with qtbot.waitSignal(made.stopped):
        made.close()


def ready(bench: Bench, qtbot: QtBot) -> None:
    with qtbot.waitSignal(bench.live.checked_changed, timeout=10_000):
        bench.start()


def test_cheap_problems_come_at_once_and_without_an_engine(bench: Bench) -> None:
    bench.document.push(edits.disconnect(bench.document.graph, bench.document.graph.wires[3:4]))
    assert [p.port for p in bench.live.problems] == ["x"]
    bench.document.undo()
    assert bench.live.problems == []
    assert not bench.engine.alive


def _misfit() -> Graph:
    """Return a graph with a wire that a node placed between its ends would mend."""
    graph = vae()
    graph.nodes["cloud"] = Place(kind="Scatter")
    graph.layout.positions["cloud"] = [400.0, 400.0]
    graph.wires.append(Wire("encoder", "q", "cloud", "points"))
    return graph


def test_own_problems_are_those_of_the_document_after_every_edit(qtbot: QtBot) -> None:
    bench = Bench(Document(_misfit()), CATALOGUE, Engine(command=puppet()))
    document, found = bench.document, []
    graph = document.graph
    put = lambda *path, value: Change("Edit", (Put(path, value),))  # noqa: E731
    doings: list[Callable[[], object]] = [
        lambda: document.push(edits.set_param(graph, "encoder", "hidden", 32)),
        lambda: document.push(put("nodes", "encoder", "params", "hidden", value=-3)),
        lambda: document.push(put("nodes", "encoder", "params", "other", value=1)),
        lambda: document.push(edits.set_setting(graph, "seed", 3)),
        lambda: document.push(edits.move(graph, {"cloud": (800.0, 0.0)})),
        lambda: document.push(edits.set_param(graph, "trainer", "steps", 7)),
        lambda: document.push(edits.rename(graph, "encoder", "Coder")),
        lambda: document.push(edits.disconnect(graph, graph.wires[3:4])),
        lambda: document.push(edits.remove(graph, ["cloud"])),
    ]
    steps = [*doings, *[document.undo] * len(doings), *[document.redo] * len(doings)]
    for number, do in enumerate(steps):
        before = copy(graph.layout)
        do()
        right = offered(CATALOGUE.problems(graph), graph, CATALOGUE)
        if graph.layout == before or number % len(doings) == 0:  # a move alone changes no problem
            assert bench.live.own_problems == right, number
        found.append(len(right))
    assert max(found) > 2 and min(found) == 1


def test_a_value_without_fault_looks_at_no_other_node(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(Document(_misfit()), CATALOGUE, Engine(command=puppet()))
    bench.live.receive(Fault(problem=Problem(node="encoder", sentence="Of before.")))
    assert len(bench.live.problems) == 2
    monkeypatch.setattr(bench, "_find_own_problems", lambda _: pytest.fail("all were found again"))
    bench.document.push(edits.set_param(bench.document.graph, "encoder", "hidden", 32))
    assert [p.node for p in bench.live.problems] == ["cloud"]


def test_an_edit_is_checked_by_the_engine(bench: Bench, qtbot: QtBot) -> None:
    ready(bench, qtbot)
    assert bench.live.node_infos["encoder"].weights == 50_500
    bench.document.push(edits.set_setting(bench.document.graph, "seed", 13))
    qtbot.waitUntil(lambda: bool(bench.live.problems))
    assert "bad luck" in bench.live.problems[0].sentence


def test_many_edits_are_one_message_and_moving_a_node_none(
    bench: Bench, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(bench, qtbot)
    sent: list[object] = []
    send = bench.engine.send
    monkeypatch.setattr(bench.engine, "send", lambda r: sent.append(r) or send(r))
    for x in range(10):
        bench.document.push(edits.move(bench.document.graph, {"encoder": (x, 1.0)}), merge=True)
    assert not bench._settle.isActive()
    with qtbot.waitSignal(bench.live.checked_changed):
        for rate in range(10):
            change = edits.set_param(bench.document.graph, "optimizer", "rate", rate / 10)
            bench.document.push(change, merge=True)
    assert [type(r) for r in sent] == [SetGraph]


def test_it_runs_pauses_goes_on_and_stops(bench: Bench, qtbot: QtBot) -> None:
    bench.run()
    qtbot.waitUntil(lambda: "scatter" in bench.live.figures, timeout=10_000)
    assert bench.running and bench.unfinished
    bench.toggle()
    qtbot.waitUntil(lambda: bench.live.status.status == "paused")
    bench.toggle()
    qtbot.waitUntil(lambda: bench.running)
    bench.stop()
    qtbot.waitUntil(lambda: bench.live.status.status == "stopped")
    assert not bench.unfinished
    steps, values = bench.live.series["elbo.loss"]
    assert values[-1] < values[0] and steps == sorted(steps)


def trained(bench: Bench, qtbot: QtBot) -> str:
    """Run to the end and return the run's folder."""
    bench.run()
    qtbot.waitUntil(lambda: bench.live.weights.anew, timeout=10_000)
    assert bench.live.status.status == "done"
    return bench.live.status.run


def test_training_longer_is_an_edit_of_the_steps_and_goes_on(bench: Bench, qtbot: QtBot) -> None:
    assert bench.extendable is None
    run = trained(bench, qtbot)
    assert bench.extendable == ("trainer", 400)
    bench.train_longer()
    assert bench.document.graph.nodes["trainer"].params["steps"] == 800
    qtbot.waitUntil(lambda: bench.live.last_step == 800, timeout=10_000)
    qtbot.waitUntil(lambda: bench.live.weights.anew and not bench.unfinished)
    assert bench.live.status.run == run and bench.extendable == ("trainer", 800)
    assert bench.live.series["elbo.loss"][0] == list(range(1, 801))
    bench.train_longer(100)
    assert bench.document.graph.nodes["trainer"].params["steps"] == 900
    bench.document.undo()
    assert bench.document.graph.nodes["trainer"].params["steps"] == 800
    bench.document.undo()
    assert "steps" not in bench.document.graph.nodes["trainer"].params


def test_a_run_over_trained_weights_says_so_and_they_come_back(bench: Bench, qtbot: QtBot) -> None:
    told: list[bool] = []
    bench.weights_replaced.connect(told.append)
    first = trained(bench, qtbot)
    assert told == [] and bench.replaced == ""
    bench.step()
    qtbot.waitUntil(lambda: bench.live.status.status == "paused")
    assert told == [True] and bench.replaced == first
    bench.run()
    assert told == [True], "it goes on"
    bench.restore()
    qtbot.waitUntil(lambda: bench.live.status.run == first, timeout=10_000)
    qtbot.waitUntil(lambda: bench.live.status.status == "done")
    assert told == [True, False]


def test_a_run_that_failed_before_its_first_step_is_not_what_is_replaced(
    bench: Bench, qtbot: QtBot
) -> None:
    first = trained(bench, qtbot)
    bench.run(fresh=True)
    assert bench.replaced == first
    qtbot.waitUntil(lambda: bench.live.weights.anew and not bench.unfinished)
    bench.live.receive(Status(status="starting", run="b"))
    bench.live.receive(Status(status="failed", run="b"))
    bench.live.receive(Weights(trained=True, anew=True))
    bench.run()
    assert bench.replaced == first


def test_weights_that_are_not_put_back_are_not_said_to_be(bench: Bench, qtbot: QtBot) -> None:
    told: list[bool] = []
    first = trained(bench, qtbot)
    bench.run(fresh=True)
    qtbot.waitUntil(lambda: bench.live.weights.anew and bench.live.status.run != first)
    bench.weights_replaced.connect(told.append)
    bench.restore()
    bench._receive(Fault(problem=Problem(sentence="There is no checkpoint.")))
    assert told == [] and bench.replaced == first


def test_without_an_engine_the_past_is_left_and_said_why(bench: Bench, qtbot: QtBot) -> None:
    lost: list[object] = []
    bench.live.run_lost.connect(lost.append)
    bench.live.receive(Status(status="done", run="a"))
    bench.live.show_step(5)
    qtbot.waitUntil(lambda: len(lost) == 1)
    assert bench.live.past is None
    bench.live.show_run("b")
    assert len(lost) == 2


def test_going_on_with_another_run_keeps_what_is_trained_here(
    bench: Bench, qtbot: QtBot, tmp_path: Path
) -> None:
    run = trained(bench, qtbot)
    bench.resume(run)
    assert bench.replaced == "", "its own weights are trained on"
    qtbot.waitUntil(lambda: bench.live.weights.anew and not bench.unfinished)
    bench.resume(str(tmp_path / "another"))
    assert bench.replaced == run


@pytest.mark.parametrize("saved", [True, False])
def test_a_killed_engine_costs_nothing_and_the_run_is_resumed(
    bench: Bench, qtbot: QtBot, saved: bool
) -> None:
    bench.run()
    qtbot.waitUntil(lambda: bench.running, timeout=10_000)
    run = bench.live.status.run
    if saved:
        Path(run, "checkpoints").mkdir(parents=True)
        Path(run, "checkpoints", "100.safetensors").touch()
    before = bench.document.graph.nodes
    with qtbot.waitSignal(bench.engine_lost):
        os.kill(bench.engine.pid, 9)
    assert bench.lost and not bench.running and bench.document.graph.nodes == before
    bench.document.push(edits.set_setting(bench.document.graph, "seed", 3))
    ready(bench, qtbot)
    assert not bench.lost and bench._resume == (run if saved else "")


def test_closed_while_it_restarts_no_engine_is_left(bench: Bench, qtbot: QtBot) -> None:
    ready(bench, qtbot)
    bench.restart()
    with qtbot.waitSignal(bench.stopped):
        bench.close()
    assert not bench.engine.alive


def test_restarted_twice_it_starts_once(bench: Bench, qtbot: QtBot) -> None:
    ready(bench, qtbot)
    first = bench.engine.pid
    with qtbot.waitSignal(bench.engine.ready):
        bench.restart()
        bench.restart()
    assert bench.engine.alive and bench.engine.pid != first


@pytest.mark.parametrize("status", ["done", "stopped"])
def test_an_earlier_run_that_is_shown_is_the_one_to_take_up(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    kinds = {node: place.kind for node, place in bench.document.graph.nodes.items()}
    info = RunInfo(path="/r", name="vae", number=1, kinds=kinds, status=status)
    sent: list[object] = []
    monkeypatch.setattr(bench, "send", lambda request: sent.append(request) or True)
    bench.live.receive(Runs(runs=[info]))
    assert bench.earlier is None and choices(bench) == []
    bench.live.show_run("/r")
    bench.live.receive(History(info=info, steps=[0, 5], checkpoints=[5]))
    going_on = [("run.go_on", "Train on to the end")] if status == "stopped" else []
    assert choices(bench) == [*going_on, ("run.restore", "Take the weights of Run 1")]
    bench.restore()
    assert sent[-1] == Restore(run="/r") and bench.live.history is None
