"""The run bar: what it says at each state of a run, and seed and device as undoable edits."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from engine.document.catalogue import Catalogue, KindInfo, Problem
from engine.document.graph import Place
from engine.document.messages import (
    Checked,
    History,
    Metric,
    NodeState,
    Progress,
    RunInfo,
    Status,
    Weights,
    Welcome,
)
from tests.workbench.sample import CATALOGUE, vae
from tests.workbench.test_process import puppet
from workbench import edits
from workbench.bench.bench import Bench
from workbench.bench.document import Document
from workbench.bench.process import Engine
from workbench.bench.settings import UserSettings
from workbench.bench.training import choices
from workbench.shell.preferences import use_look
from workbench.shell.runbar import RunBar
from workbench.shell.topbar import RUN_BAR_WIDTH
from workbench.widgets.numbers import SeedEditor, StepsEditor
from workbench.words import language


@pytest.fixture
def bench(qtbot: QtBot) -> Bench:
    return Bench(Document(vae()), CATALOGUE, Engine(command=puppet()))


@pytest.fixture
def bar(bench: Bench, qtbot: QtBot) -> Iterator[RunBar]:
    made = RunBar(CATALOGUE)
    qtbot.addWidget(made)
    made.resize(1400, 48)
    made.show_bench(bench)
    made.show()
    made.redraw_now()
    yield made
    made.show_bench(None)


def test_one_primary_button_says_what_it_does_next(bar: RunBar, bench: Bench) -> None:
    said = []
    for status in ("idle", "starting", "running", "paused", "done", "stopped", "failed"):
        bench.live.receive(Status(status=status, run="r"))  # type: ignore[arg-type]
        bar.redraw()
        said.append((bar.primary.text(), bar.stop.isEnabled()))
    assert said == [
        ("Run", False),
        ("Pause", True),
        ("Pause", True),
        ("Go on", True),
        ("Run", False),
        ("Run", False),
        ("Run", False),
    ]


def test_the_primary_button_says_what_it_does_to_trained_weights(bar: RunBar, bench: Bench) -> None:
    assert bar.primary.text() == "Run" and bar.choices.isHidden()
    bench.live.receive(Status(status="running", run="r"))
    bench.live.receive(Progress(node="trainer", step=2640, total=2640))
    bench.live.receive(Status(status="done", run="r"))
    bench.live.receive(Weights(trained=True, anew=True))
    bar.redraw()
    assert bar.primary.text() == "Train again" and "new weights" in bar.primary.toolTip()
    assert choices(bench) == [
        ("run.longer", "Train longer: 2,640 more steps"),
        ("run.longer_by", "Train longer by…"),
        ("run.fresh", "Train again from new weights"),
    ]
    bench.live.receive(Weights(trained=True))
    bar.redraw()
    assert bar.primary.text() == "Run" and "new weights" not in bar.primary.toolTip()
    bench.live.receive(Status(status="running", run="r"))
    bar.redraw()
    assert bar.primary.text() == "Pause" and bar.choices.isHidden()


def trained(bench: Bench, bar: RunBar, status: str = "done") -> None:
    bench.live.receive(Status(status="running", run="r"))
    bench.live.receive(Progress(node="trainer", step=2640, total=2640))
    bench.live.receive(NodeState(node="trainer", state="done", seconds=38.0))
    bench.live.receive(Status(status=status, run="r"))  # type: ignore[arg-type]
    bench.live.receive(Weights(trained=True, anew=True))
    bar.redraw()


def test_beside_trained_it_offers_to_train_longer(bar: RunBar, bench: Bench, qtbot: QtBot) -> None:
    assert bar.longer.isHidden()
    trained(bench, bar)
    asked: list[str] = []
    bar.action_requested.connect(asked.append)
    bar.longer.click()
    assert bar.longer.isVisible() and asked == ["run.longer"]
    assert bar.longer.text() == "Train longer"
    bar.set_compact(True)

    def narrow() -> bool:
        bar.resize(500, 48)
        return bar.longer.text() == ""

    qtbot.waitUntil(narrow)
    assert "2,640 more steps" in bar.longer.toolTip()
    bench.live.receive(Status(status="running", run="r"))
    bar.redraw()
    assert bar.longer.isHidden()


def test_it_says_what_the_run_reached_in_as_many_words_as_fit(bar: RunBar, bench: Bench) -> None:
    distance = KindInfo(kind="Distance", title="Distance", category="Measures", role="metric")
    bench.catalogue = Catalogue(kinds=CATALOGUE.kinds | {"Distance": distance})
    bench.document.graph.nodes["w2"] = Place(kind="Distance", title="W₂")
    bench.live.receive(Status(status="running", run="r"))
    bench.live.receive(Progress(node="trainer", step=2640, total=2_640_000))
    bar.redraw()
    assert bar.count.minimumWidth() > 80
    bench.live.progress.clear()
    bench.live.recorded.append(2640)
    bench.live.receive(NodeState(node="trainer", state="done", seconds=38.0))
    bench.live.receive(Status(status="done", run="r"))
    bar.redraw()
    assert bar.details.text() == bar.details.shown == "2,640 steps in 38 s"
    bar.details.resize(60, 20)
    assert bar.details.shown == "", "neither a part of it nor a mark of what is cut"
    bench.live.receive(Metric(node="w2", step=100, values={"": 7.0}))
    bar.redraw()
    assert bar.details.text() == "2,640 steps in 38 s", "it was measured before the end"
    bench.live.receive(Metric(node="w2", step=2640, values={"": 0.4321, "error": 0.012}, unit="m"))
    bar.redraw()
    whole = "W₂ 0.432 ± 0.012 m · 2,640 steps in 38 s"
    assert bar.details.text() == whole
    layout = bar.layout()
    assert layout is not None
    use_look(UserSettings())
    bar.set_compact(True)
    bar.redraw()
    for width in range(bar.minimumSizeHint().width(), 1400, 40):
        bar.resize(width, 48)
        layout.activate()
        asked = [
            part for part in (bar.primary, bar.count) if part.width() < part.sizeHint().width()
        ]
        assert not asked, "what one must read has its room first"
    assert bar.count.minimumWidth() < 80, "no more than its words need"
    shown = []
    for width in range(400, 0, -1):
        bar.details.resize(width, 20)
        shown.append(bar.details.shown)
    assert [*dict.fromkeys(shown)] == [
        whole,
        "W₂ 0.432 ± 0.012 m",
        "W₂ 0.432 ± 0.012",
        "W₂ 0.432",
        "",
    ], "no figure stands without its name"


def test_only_a_run_that_was_stopped_on_its_way_goes_on(bench: Bench) -> None:
    bench.live.receive(Status(status="running", run="r"))
    bench.live.receive(Status(status="stopped", run="r"))
    assert not bench.can_resume, "nothing is known of its folder yet"
    for status, found, expected in (
        ("stopped", [5], True),
        ("stopped", [], False),
        ("done", [5], False),
    ):
        info = RunInfo(path="r", name="r", status=status)
        bench.live.receive(History(info=info, checkpoints=found))
        assert bench.can_resume is expected


def test_how_many_steps_more_is_asked(bar: RunBar, bench: Bench, qtbot: QtBot) -> None:
    bar.ask_steps()
    assert bar.findChild(StepsEditor) is None
    bench.live.receive(Status(status="running", run="r"))
    bench.live.receive(Progress(node="trainer", step=50, total=50))
    bench.live.receive(Status(status="done", run="r"))
    bench.live.receive(Weights(trained=True, anew=True))
    bar.ask_steps()
    editor = bar.findChild(StepsEditor)
    assert editor.field.text() == "50"
    editor.field.setText("0")
    editor.commit()
    assert not bench.document.can_undo and editor.field.property("bad")
    editor.field.setText("25")
    qtbot.keyClick(editor.field, Qt.Key.Key_Return)
    assert bench.document.graph.nodes["trainer"].params["steps"] == 75
    with qtbot.waitSignal(bench.stopped):
        bench.close()


def test_compact_a_stopped_run_has_room_for_its_words(bar: RunBar, bench: Bench) -> None:
    bar.set_compact(True)
    bench.live.receive(Checked(seq=0))
    bar.redraw()
    assert bar.problems.text() == "No problems"
    bench.live.receive(Status(status="stopped", run="r"))
    bar.redraw()
    assert bar.count.text() == "Stopped" and bar.problems.text() == ""


def test_no_figure_of_now_stands_beside_the_past(bar: RunBar, bench: Bench) -> None:
    bench.live.receive(Status(status="running", run="r"))
    bench.live.receive(Progress(node="trainer", step=70, total=100, rate=9, numbers={"loss": 1.5}))
    bench.live.show_step(30)
    bar.redraw()
    assert (bar.count.text(), bar.details.text()) == ("Step 70 of 100", "Step 30 is shown")
    bench.live.show_newest()
    bar.redraw()
    assert "loss 1.5" in bar.details.text()


def test_what_trains_nothing_is_done_and_not_trained(bar: RunBar, bench: Bench) -> None:
    bench.live.receive(Status(status="done", run="r"))
    bar.redraw()
    assert bar.count.text() == "Trained"
    bench.document.push(edits.remove(bench.document.graph, ["trainer"]))
    bench.live.receive(Status(status="done", run="r"))
    bar.redraw()
    assert bar.count.text() == "Done"


def test_progress_is_a_bar_a_count_a_speed_and_a_time(bar: RunBar, bench: Bench) -> None:
    bench.live.receive(Status(status="running", run="r"))
    bench.live.receive(
        Progress(node="trainer", step=7032, total=9380, epoch=14.2, epochs=20, rate=1240, left=2)
    )
    bar.redraw()
    assert bar.count.text() == "Step 7,032 of 9,380"
    assert bar.bar.value() == 750 and bar.bar.isVisible()
    assert bar.details.text() == "epoch 15 of 20   1,240 steps/s   2.0 s left"
    bench.live.receive(Progress(node="trainer", step=9, total=7000, epoch=0.1, epochs=7.470651013))
    bar.redraw()
    assert bar.details.text() == "epoch 1 of 7.47"


def test_of_two_stages_the_one_that_runs_is_shown(bar: RunBar, bench: Bench) -> None:
    bench.document.graph.nodes["second"] = bench.document.graph.nodes["trainer"]
    bench.live.receive(Status(status="running", run="r"))
    bench.live.receive(Progress(node="second", step=5, total=10))
    bench.live.receive(Progress(node="trainer", step=9, total=9))
    bench.live.receive(NodeState(node="second", state="running"))
    bar.redraw()
    assert bar.count.text() == "Step 5 of 10"


def test_no_time_is_left_where_only_the_last_measures_are_made(bar: RunBar, bench: Bench) -> None:
    bench.live.receive(Status(status="running", run="r"))
    bench.live.receive(Progress(node="trainer", step=9, total=9, rate=3, left=0))
    bench.live.receive(NodeState(node="trainer", state="running"))
    bar.redraw()
    assert "left" in bar.details.text()
    bench.live.receive(NodeState(node="trainer", state="done", seconds=3.0))
    bar.redraw()
    assert (bar.count.text(), bar.details.text()) == ("Step 9 of 9", "Finishing…")


def test_where_nothing_trains_the_work_within_a_pull_is_told(bar: RunBar, bench: Bench) -> None:
    word = Progress(node="decoder", step=12, total=200, numbers={"error": 0.0123}, within=True)
    bench.live.receive(Status(status="running", run="r"))
    bench.live.receive(word)
    bar.redraw()
    assert bar.count.text() == "Running"  # there is a trainer: it is its steps that count
    bench.document.push(edits.remove(bench.document.graph, ["trainer"]))
    bar.redraw()
    assert bar.count.text() == "Step 12 of 200" and bar.bar.value() == 60
    assert bar.details.text() == "Decoder   error 0.012"
    bar.set_compact(True)
    bar.redraw()
    assert bar.details.text() == "error 0.012"
    assert bar.count.text() == "12 / 200" and bar.count.width() >= bar.count.sizeHint().width()
    assert bar.problems.text() == "" and bar.problems.accessibleName() == "Not checked"
    bench.live.receive(NodeState(node="decoder", state="done", seconds=0.4))
    bar.redraw()
    assert bar.count.text() == "Running"


def test_problems_are_counted_and_lead_to_their_panel(
    bar: RunBar, bench: Bench, qtbot: QtBot
) -> None:
    assert bar.problems.text() == "8 nodes, not checked"
    bench.live.receive(Checked(seq=0))
    bar.redraw()
    assert bar.problems.text() == "8 nodes, no problems"
    bench.live.receive(Checked(seq=0, problems=[Problem(sentence="no"), Problem(sentence="off")]))
    bar.redraw()
    assert bar.problems.text() == "2 problems" and "no" in bar.problems.toolTip()
    with qtbot.waitSignal(bar.action_requested) as asked:
        qtbot.mouseClick(bar.problems, Qt.MouseButton.LeftButton)
    assert asked.args == ["view.problems"]


def test_the_seed_is_an_edit_that_can_be_undone(bar: RunBar, bench: Bench, qtbot: QtBot) -> None:
    qtbot.mouseClick(bar.seed, Qt.MouseButton.LeftButton)
    editor = bar.findChild(SeedEditor)
    editor.field.setText("x7")
    editor.commit()
    assert editor.isVisible() and editor.field.property("bad")
    editor.field.setText("42")
    qtbot.keyClick(editor.field, Qt.Key.Key_Return)
    bar.redraw()
    assert bench.document.graph.settings.seed == 42 and bar.seed.text() == "Seed 42"
    bench.document.undo()
    bar.redraw()
    assert bar.seed.text() == "Seed 0"


def test_the_device_is_named_as_a_person_names_it(bar: RunBar, bench: Bench) -> None:
    bench.live.receive(Welcome(catalogue=CATALOGUE, devices=["cpu"], threads=2))
    bar.redraw()
    assert bar.device.text() == "CPU, 2 cores"
    bench.live.receive(Welcome(catalogue=CATALOGUE, devices=["cpu", "cuda:0"], threads=2))
    bar.redraw()
    assert bar.device.text() == "GPU 0"
    bar._set_device("cpu")
    bar.redraw()
    assert bar.device.text() == "CPU, 2 cores" and bench.document.can_undo


def test_compact_it_fits_into_a_row_with_the_menus(bar: RunBar, bench: Bench) -> None:
    bench.live.receive(Status(status="running", run="r"))
    bench.live.receive(Progress(node="trainer", step=7032, total=9380, rate=1240, left=2))
    bar.set_compact(True)
    bar.redraw()
    assert bar.step.text() == "" and bar.step.accessibleName() == "Step"
    assert bar.minimumSizeHint().width() < 820


def test_a_run_that_is_over_says_what_it_came_to(bar: RunBar, bench: Bench) -> None:
    bench.live.receive(Status(status="running", run="r"))
    bench.live.recorded.append(2640)
    bench.live.receive(NodeState(node="trainer", state="done", seconds=21.0))
    bench.live.receive(Status(status="done", run="r"))
    bar.redraw()
    assert (bar.count.text(), bar.details.text()) == ("Trained", "2,640 steps in 21 s")
    recorded = RunInfo(path="r", name="r", seconds=45.0)  # of all its legs
    bench.live.receive(History(info=recorded, steps=[5280]))
    bar.redraw_now()
    assert bar.details.text() == "5,280 steps in 45 s"


def test_a_run_that_is_over_tells_no_time_read_while_it_ran(bar: RunBar, bench: Bench) -> None:
    bench.live.receive(Status(status="running", run="r"))
    bench.live.receive(History(info=RunInfo(path="r", name="r", seconds=0.04), steps=[]))
    bench.live.recorded.append(2089)
    bench.live.receive(Status(status="stopped", run="r"))
    bar.redraw()
    assert bar.details.text() == ""
    bench.live.receive(History(info=RunInfo(path="r", name="r", seconds=8.0), steps=[2089]))
    bar.redraw_now()
    assert bar.details.text() == "2,089 steps in 8.0 s"


@pytest.mark.parametrize("spoken", ["en", "fr"])
@pytest.mark.parametrize("problems", [0, 1, 3, 120])
def test_in_the_least_room_no_button_is_cut(
    bar: RunBar, bench: Bench, problems: int, spoken: str
) -> None:
    use_look(UserSettings())
    language.use(spoken)
    bar.set_compact(True)
    host = QWidget()  # alone it would be as wide as its words
    bar.setParent(host)
    host.show()
    bar.show()
    bar.resize(RUN_BAR_WIDTH, 48)
    for status in ("idle", "running", "paused", "done", "stopped", "failed"):
        bench.live.receive(Status(status=status, run="r"))  # type: ignore[arg-type]
        bench.live.receive(Weights(trained=True, anew=status in ("done", "stopped")))
        found = [Problem(sentence="x", node="encoder", level="error")] * problems
        bench.live.receive(Checked(seq=bench.live.seq, problems=found))
        bar.redraw()
        bar.layout().activate()
        shown = [button for button in bar.findChildren(QPushButton) if not button.isHidden()]
        cut = [b.text() for b in shown if b.width() < b.sizeHint().width()]
        assert cut == [], status
    language.use("en")
    bar.setParent(None)
