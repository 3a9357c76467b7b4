"""Live: events in, news out, at most thirty rounds a second."""

from __future__ import annotations

import time
from typing import Any, get_args

import numpy as np
import pytest
from msgspec.structs import replace
from pytestqt.qtbot import QtBot

from engine.document.catalogue import Fix, Problem
from engine.document.graph import Graph, Place
from engine.document.messages import (
    Array,
    At,
    Checked,
    Event,
    Fault,
    Figure,
    FigureData,
    History,
    Mended,
    Metric,
    NodeInfo,
    NodeState,
    Note,
    Past,
    Progress,
    RunInfo,
    Scalars,
    Status,
    WireInfo,
)
from tests.workbench.sample import vae
from workbench.bench.live import _TAKES, Live


def figure(step: int) -> Figure:
    data = FigureData(kind="points", arrays={"points": Array.of(np.zeros((3, 2), "f4"))})
    return Figure(node="scatter", step=step, figure=data)


def past(step: int, run: str = "r", value: float = 0.0) -> Past:
    metric = Metric(node="fid", step=step, values={"": value})
    return Past(run=run, step=step, figures=[figure(step)], metrics=[metric])


@pytest.fixture
def live(qtbot: QtBot) -> Live:
    return Live()


def test_every_event_has_a_taker() -> None:
    assert set(get_args(Event)) == _TAKES.keys()


def test_a_check_fills_the_infos_and_an_old_one_says_nothing(live: Live) -> None:
    live.seq = 2
    live.receive(Checked(seq=1, problems=[Problem(sentence="old")]))
    assert live.checked is None
    info = WireInfo(node="digits", port="images", shape="b 1 8 8")
    live.receive(Checked(seq=2, wires=[info], nodes=[NodeInfo(node="encoder", weights=5)]))
    assert live.wire_infos["digits", "images"].shape == "b 1 8 8"
    assert live.node_infos["encoder"].weights == 5


def test_a_thousand_events_are_one_round_of_news(live: Live, qtbot: QtBot) -> None:
    told: list[str] = []
    live.progress_changed.connect(told.append)
    for step in range(1000):
        live.receive(Progress(node="trainer", step=step, total=1000))
        live.receive(Scalars(series={"elbo.loss": ([step], [1.0])}))
    with qtbot.waitSignal(live.series_changed):
        pass
    assert told == ["trainer"]
    assert live.progress["trainer"].step == 999
    assert live.series["elbo.loss"][0] == list(range(1000))


def test_the_past_hides_the_live_figures_until_it_is_left(live: Live, qtbot: QtBot) -> None:
    live.receive(Status(status="running", run="r"))
    asked: list[object] = []
    live.requested.connect(asked.append)
    live.receive(figure(100))
    with qtbot.waitSignal(live.requested):
        live.show_step(40)
        live.show_step(50)
    assert asked == [At(run="r", step=50)]
    live.receive(past(50))
    live.receive(figure(110))
    assert live.figures["scatter"].step == 50
    with qtbot.waitSignal(live.figure_changed):
        live.show_newest()
    assert live.figures["scatter"].step == 110
    live.receive(past(50))
    assert live.figures["scatter"].step == 110
    assert live.recorded == [100, 110]


def test_values_are_those_of_the_step_that_is_shown(live: Live) -> None:
    live.receive(Status(status="running", run="r"))
    live.receive(Scalars(series={"elbo.loss": ([10, 20, 30], [9.0, 8.0, 7.0])}))
    live.receive(Metric(node="fid", step=30, values={"": 3.0}))
    assert live.value("elbo.loss") == 7.0
    live.show_step(25)
    live.receive(past(25, value=2.0))
    live.receive(Metric(node="fid", step=40, values={"": 4.0}))
    live.receive(Scalars(series={"elbo.loss": ([40], [6.0])}))
    assert live.value("elbo.loss") == 8.0 and live.metric("fid").values == {"": 2.0}
    live.show_step(5)
    assert live.value("elbo.loss") is None
    live.receive(past(25, run="another"))
    assert live.metric("fid").values == {"": 2.0}, "an answer of a run that was left says nothing"
    live.show_newest()
    assert live.value("elbo.loss") == 6.0 and live.metric("fid").values == {"": 4.0}


def test_another_run_shows_its_values_and_none_of_this_one(live: Live) -> None:
    live.receive(Status(status="done", run="r"))
    live.receive(Scalars(series={"elbo.loss": ([1], [9.0]), "critic.loss": ([1], [1.0])}))
    live.receive(Metric(node="fid", step=30, values={"": 3.0}))
    live.receive(figure(100))
    info = RunInfo(path="old", name="old", metrics={"fid": 2.0})
    series = {"elbo.loss": ([1, 2], [5.0, 4.0]), "fid": ([2], [2.0])}
    live.show_run("old")
    live.receive(History(info=info, series=series, steps=[1, 2]))
    live.receive(Past(run="old", step=2))
    assert (live.past, live.value("elbo.loss"), live.value("critic.loss")) == (2, 4.0, None)
    assert live.metric("fid") is None and live.figures == {} and "fid" not in live.shown_curves
    live.show_newest()
    assert live.value("critic.loss") == 1.0 and live.figures["scatter"].step == 100
    assert live.history is None


def test_what_was_recorded_before_a_resume_joins_what_comes_after(live: Live) -> None:
    live.receive(Status(status="running", run="r"))
    live.receive(Scalars(series={"x": ([3, 4], [3.0, 4.0])}))
    live.receive(figure(4))
    recorded = {"x": ([1, 2, 3], [1.0, 2.0, 3.0])}
    info = RunInfo(path="r", name="r")
    live.receive(History(info=info, series=recorded, steps=[0, 2], checkpoints=[2]))
    assert live.series["x"] == ([1, 2, 3, 4], [1.0, 2.0, 3.0, 4.0])
    assert (live.steps, live.checkpoints, live.past) == ([0, 2, 4], [2], None)


def test_a_run_that_is_set_back_moves_the_steps_with_it(live: Live) -> None:
    live.receive(Status(status="running", run="r"))
    for step in (10, 20, 30, 15, 25):
        live.receive(figure(step))
    assert live.steps == [10, 15, 25]


def test_a_new_run_begins_with_nothing_of_the_old(live: Live) -> None:
    live.receive(Status(status="running", run="a"))
    live.receive(Scalars(series={"x": ([1], [1.0])}))
    live.receive(Metric(node="fid", step=1, values={"fid": 2.0}))
    live.receive(Fault(problem=Problem(sentence="broke", node="elbo")))
    live.receive(Status(status="paused", run="a"))
    live.receive(History(info=RunInfo(path="a", name="a")))
    assert live.series and live.metrics and live.problems and live.histories
    live.receive(Status(status="running", run="b"))
    assert not live.series and not live.metrics and not live.problems
    assert not live.histories, "curves of each run would be kept as long as the tab"


def test_problems_are_told_once_and_errors_first(live: Live) -> None:
    cheap = Problem(sentence="x needs a wire.", node="encoder", port="x")
    soft = Problem(sentence="small batch", node="digits", level="warning")
    live.set_own_problems([soft, cheap], vae())
    live.receive(Checked(seq=0, problems=[cheap]))
    assert [p.sentence for p in live.problems] == ["x needs a wire.", "small batch"]
    assert live.problems is live.problems, "each problem is translated once"


def test_an_edit_voids_what_was_said_of_the_nodes_it_touches(live: Live) -> None:
    live.receive(Fault(problem=Problem(sentence="broke", node="elbo", trace="Traceback")))
    live.receive(Checked(seq=0, problems=[Problem(sentence="gone", node="not there")]))
    live.set_own_problems([], vae())
    assert [p.sentence for p in live.problems] == ["broke"]
    live.set_own_problems([], vae(), touched=["elbo"])
    assert live.problems == []
    assert ("error", "Traceback") in [line[:2] for line in live.log]


def test_a_lost_engine_leaves_nothing_running(live: Live) -> None:
    live.receive(Status(status="running", run="a"))
    live.receive(NodeState(node="trainer", state="running"))
    live.receive(figure(1))
    live.engine_lost("The engine stopped.")
    assert not live.busy and live.states["trainer"].state == "idle"
    assert live.figures


@pytest.mark.parametrize("status", ["stopped", "failed", "done", "idle"])
def test_no_node_runs_when_the_run_is_over(live: Live, status: Any) -> None:
    live.receive(Status(status="running", run="a"))
    live.receive(NodeState(node="trainer", state="running"))
    live.receive(Progress(node="trainer", step=1, total=2))
    live.receive(Status(status=status, run="a"))
    assert live.states["trainer"].state == "idle" and not live.progress


def test_the_log_keeps_lines_for_panels_that_come_later(live: Live, qtbot: QtBot) -> None:
    with qtbot.waitSignal(live.log_line) as signal:
        live.receive(Note(text="hello", level="warning"))
    assert signal.args == ["warning", "hello"]
    (line,) = live.log
    assert line[:2] == ("warning", "hello") and abs(line.when - time.time()) < 60


def test_a_mend_that_comes_later_joins_its_problem_and_brings_none_back(live: Live) -> None:
    graph = Graph(nodes={"a": Place(kind="Map"), "b": Place(kind="Map")})
    found = [Problem(node="a", sentence="wrong"), Problem(node="b", sentence="wrong")]
    live.receive(Checked(seq=0, problems=found))
    live.set_own_problems([], graph, touched=["b"])
    fix = Fix(label="Set it right")
    for problem in found:
        live.receive(Mended(seq=0, problem=replace(problem, fix=fix)))
    assert [(p.node, str(p.fix.label)) for p in live.problems if p.fix] == [("a", "Set it right")]
    assert len(live.problems) == 1
    live.seq = 1
    live.receive(Checked(seq=1, problems=[Problem(node="a", sentence="wrong")]))
    live.receive(Mended(seq=0, problem=replace(found[0], fix=fix)))
    assert live.problems[0].fix is None, "it was tried on another graph"


def test_a_fault_of_no_node_is_void_after_an_edit(live: Live) -> None:
    live.receive(Fault(problem=Problem(sentence="There is nothing to run.")))
    live.set_own_problems([], vae())
    assert live.problems
    live.set_own_problems([], vae(), touched=[])
    assert not live.problems


def test_a_run_that_is_refused_for_what_the_check_says_adds_nothing(live: Live) -> None:
    problem = Problem(sentence="x needs a wire.", node="encoder", port="x")
    live.receive(Checked(seq=0, problems=[problem]))
    live.receive(Fault(problem=Problem(sentence="x needs a wire.", node="encoder")))
    assert [p.port for p in live.problems] == ["x"]
    live.receive(Checked(seq=0))
    assert not live.problems


@pytest.mark.parametrize("status", ["failed", "stopped"])
def test_a_run_that_never_began_leaves_the_one_before(live: Live, status: Any) -> None:
    live.receive(Status(status="running", run="a"))
    live.receive(figure(1))
    live.receive(Status(status="done", run="a"))
    live.receive(Status(status="starting"))
    live.receive(Status(status=status))
    assert live.shown_run == "a" and live.steps == [1]
    live.receive(Status(status="starting"))
    live.engine_lost("The engine stopped.")
    assert live.shown_run == "a"


def test_what_is_said_as_a_run_begins_is_told_at_once(live: Live, qtbot: QtBot) -> None:
    caution = Fault(problem=Problem(sentence="Other data.", hint="Run anew.", level="warning"))
    live.receive(Status(status="starting"))
    with qtbot.waitSignal(live.warned) as heard:
        live.receive(caution)
    assert heard.args == ["Other data. Run anew."]
    live.receive(Status(status="running"))
    with qtbot.assertNotEmitted(live.warned):
        live.receive(caution)
