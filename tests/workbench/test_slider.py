"""The time slider, moved as one moves it, over a document's live state."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from engine.document.catalogue import Catalogue
from engine.document.lineage import Difference
from engine.document.messages import (
    At,
    Figure,
    History,
    ListRuns,
    Progress,
    ReadRun,
    RunInfo,
    Runs,
    Status,
    Unread,
)
from tests.workbench.plots.figures import scatter
from workbench.bench.live import Live
from workbench.shell.slider import TimeSlider
from workbench.words.runnames import run_name

RUN = "/runs/one"


@pytest.fixture
def live():
    return Live()


@pytest.fixture
def slider(qtbot, live):
    made = TimeSlider()
    qtbot.addWidget(made)
    made.resize(1200, 44)
    made.name_of = lambda info: run_name(info, Catalogue())
    made.show_live(live)
    made.show()
    made.wanted = []
    live.requested.connect(made.wanted.append)
    return made


def train(live: Live, *steps: int, total: int = 1000) -> None:
    live.receive(Status(status="running", run=RUN))
    live.receive(Progress(node="trainer", step=0, total=total, epoch=0.0, epochs=10.0))
    for step in steps:
        live.receive(Figure(node="scatter", step=step, figure=scatter(20)))


def history(path: str = RUN, steps=(0, 100, 200, 300), checkpoints=(100, 300)) -> History:
    info = RunInfo(
        path=path,
        name="vae",
        kinds={"scatter": "Scatter"},
        started="2026-11-22T14:02:00",
        number=3,
        origin=1,
        changes=[Difference(what="value", name="seed", before=0, after=1)],
    )
    return History(info=info, steps=list(steps), checkpoints=list(checkpoints))


def test_before_a_run_all_is_there_and_grey(slider):
    assert slider.isVisible() and slider.track.isVisible()
    assert not any(
        w.isEnabled() for w in (slider.track, slider.live_button, slider.play, slider.back)
    )
    assert "No run" in slider.words.text()


def test_runs_from_before_the_document_was_opened_are_named(slider, live, qtbot):
    live.receive(Runs(runs=[history("/runs/old").info]))
    qtbot.waitUntil(lambda: slider.words.text() == "No run shown")
    assert slider.run.text() == "Earlier runs"


def test_a_run_without_a_view_is_a_run(slider, live, qtbot):
    train(live)
    qtbot.waitUntil(lambda: slider.words.text() == "No view yet")


def test_a_run_moves_the_handle_with_it(slider, live, qtbot):
    train(live, 0, 100, 200)
    qtbot.waitUntil(lambda: slider.track.step == 200)
    assert slider.words.text() == "Step 200"
    assert slider.track.end == 1000 and slider.track.epoch == 100
    assert len(slider.track._ticks()) == 10
    assert slider.live_button.following and slider.live_button.running


def test_the_handle_stays_at_the_step_shown_where_the_record_is_thinned(slider, live, qtbot):
    train(live, 0, 400, 596, 880, 1001)
    qtbot.waitUntil(lambda: slider.track.step == 1001)
    slider.go_to(3)
    live.receive(Status(status="done", run=RUN))
    live.receive(history(steps=(0, 501, 1001), checkpoints=()))
    qtbot.waitUntil(lambda: 501 in slider.track.steps)
    assert live.past == slider.track.step == 880 and slider.words.text() == "Step 880"
    slider.navigate("back")
    assert live.past == slider.track.step


def test_a_run_that_is_set_back_takes_the_handle_along(slider, live, qtbot):
    train(live, 0, 100, 200)
    qtbot.waitUntil(lambda: slider.track.step == 200)
    train(live, 0)
    assert slider.track.step in (0, 200)
    slider.refresh()
    assert slider.track.step == 0


def test_dragging_leaves_the_run_and_the_pill_returns(slider, live, qtbot):
    train(live, 0, 100, 200)
    qtbot.waitUntil(lambda: slider.track.step == 200)
    track = slider.track
    place = QPoint(round(track._across(110)), track.height() // 2)
    QTest.mouseClick(track, Qt.MouseButton.LeftButton, pos=place)
    qtbot.waitUntil(lambda: live.past == 100)
    qtbot.waitUntil(lambda: slider.wanted[-1:] == [At(run=RUN, step=100)])
    assert slider.words.text() == "Step 100" and not slider.live_button.following
    train(live, 300)
    assert slider.track.step == 100, "what comes meanwhile does not move it"
    slider.live_button.click()
    assert live.past is None
    assert slider.track.step == 300 and slider.live_button.following


def test_keys_of_the_window_go_a_step_and_to_now(slider, live, qtbot):
    train(live, 0, 100, 200)
    qtbot.waitUntil(lambda: slider.track.step == 200)
    slider.navigate("back")
    slider.navigate("back")
    assert live.past == 0
    slider.navigate("back")
    assert live.past == 0
    slider.navigate("on")
    assert live.past == 100
    slider.navigate("live")
    assert live.past is None


def test_arrows_and_end_on_the_track(slider, live, qtbot):
    train(live, 0, 100, 200)
    qtbot.waitUntil(lambda: slider.track.step == 200)
    QTest.keyClick(slider.track, Qt.Key.Key_Left)
    qtbot.waitUntil(lambda: live.past == 100)
    QTest.keyClick(slider.track, Qt.Key.Key_End)
    assert live.past is None


def test_checkpoints_are_bookmarks(slider, live, qtbot):
    train(live, 0, 100, 200, 300)
    live.receive(Status(status="done", run=RUN))
    assert slider.wanted[-1] == ReadRun(run=RUN)
    live.receive(history())
    assert slider.track.bookmarks == [100, 300]
    slider.navigate("checkpoint_back")
    assert live.past == 100
    slider.navigate("checkpoint_back")
    assert live.past == 0
    slider.navigate("checkpoint_on")
    slider.navigate("checkpoint_on")
    assert live.past == 300
    slider.navigate("checkpoint_on")
    assert live.past is None


def test_another_run_is_opened_and_left(slider, live, qtbot):
    train(live, 0, 100)
    live.receive(Runs(runs=[history("/runs/old").info]))
    slider.run.menu().aboutToShow.emit()
    assert isinstance(slider.wanted[-1], ListRuns)
    action = next(a for a in slider.run.menu().actions() if "seed 1" in a.text())
    action.trigger()
    assert slider.wanted[-1] == ReadRun(run="/runs/old")
    live.receive(history("/runs/old", (0, 500, 900)))
    assert live.past == 900
    assert slider.run.text() == "Run 3 · seed 1"
    slider.navigate("live")
    assert live.history is None and live.past is None
    assert slider.track.steps == live.recorded


def test_the_open_menu_shows_runs_as_they_become_known(slider, live, qtbot):
    menu = slider.run.menu()
    menu.popup(slider.mapToGlobal(QPoint(0, 0)))
    assert listed(slider) == ["No runs yet", "All runs…"]
    live.receive(Runs(runs=[history("/runs/old").info]))
    assert listed(slider) == ["Run 3 · seed 1", "All runs…"]
    menu.close()


def listed(slider) -> list[str]:
    return [action.text() for action in slider.run.menu().actions() if not action.isSeparator()]


def test_the_menu_lists_the_runs_of_this_graph_alone(slider, live, qtbot):
    slider.owns = lambda info: info.path != "/runs/foreign"
    live.receive(Runs(runs=[history(path).info for path in ("/runs/foreign", "/runs/old")]))
    slider.run.menu().aboutToShow.emit()
    assert listed(slider) == ["Run 3 · seed 1", "All runs…"]
    with qtbot.waitSignal(slider.action_requested) as asked:
        slider.run.menu().actions()[-1].trigger()
    assert asked.args == ["view.runs"]


def test_the_run_in_progress_is_named_once_it_is_listed(slider, live):
    train(live, 0)
    assert slider.run.text() == "This run"
    live.receive(Runs(runs=[history().info]))
    assert slider.run.text() == "Run 3 · seed 1"


def test_a_run_in_the_bin_is_not_in_the_menu(slider, live):
    old = history("/runs/old").info
    old.binned = True
    live.receive(Runs(runs=[old]))
    slider.run.menu().aboutToShow.emit()
    assert listed(slider) == ["No runs yet", "All runs…"]


def test_a_run_that_goes_on_after_a_pause_moves_the_handle_again(slider, live, qtbot):
    train(live, 0, 100)
    live.receive(Status(status="paused", run=RUN))
    live.receive(history(RUN, (0, 100), (100,)))
    train(live, 200)
    qtbot.waitUntil(lambda: slider.track.step == 200)
    assert slider.track.bookmarks == [100]


def test_playing_stops_when_another_document_comes_to_the_front(slider, live, qtbot):
    train(live, 0, 100, 200)
    qtbot.waitUntil(lambda: slider.track.step == 200)
    slider.play.click()
    other = Live()
    slider.show_live(other)
    assert not slider._beat.isActive() and other.past is None
    slider.show_live(live)
    assert live.past == 0 and slider.track.step == 0


def test_a_run_that_is_read_late_is_shown_in_its_own_document(slider, live, qtbot):
    live.receive(Runs(runs=[history("/runs/old").info]))
    live.show_run("/runs/old")
    other = Live()
    slider.show_live(other)
    live.receive(history("/runs/old", (0, 500)))
    assert other.past is None and live.past == 500


def test_a_run_whose_folder_is_gone_is_left_and_said(slider, live, qtbot):
    train(live, 0, 100, 200)
    qtbot.waitUntil(lambda: slider.track.step == 200)
    live.show_run("/runs/old")
    live.receive(history("/runs/old", (0, 500)))
    with qtbot.waitSignal(live.run_lost) as lost:
        live.receive(Unread(run="/runs/old", sentence="Gone."))
    assert lost.args == ["Gone."]
    assert live.past is None and slider.track.step == 200
    live.show_step(100)
    live.receive(Unread(run=RUN, sentence="Gone."))
    assert live.past is None and not slider.track.isEnabled()


def test_playing_goes_through_the_past_to_now(slider, live, qtbot):
    train(live, 0, 100, 200)
    qtbot.waitUntil(lambda: slider.track.step == 200)
    seen = []
    slider.track.valueChanged.connect(lambda _: None)
    slider.play.click()
    assert live.past == 0
    qtbot.waitUntil(lambda: seen.append(live.past) or live.past is None, timeout=3000)
    assert 100 in seen
    assert not slider._beat.isActive()


def test_a_new_run_forgets_the_old_one(slider, live, qtbot):
    train(live, 0, 100, 200)
    qtbot.waitUntil(lambda: slider.track.step == 200)
    live.receive(Status(status="running", run="/runs/two"))
    assert slider.track.steps == [] and not slider.track.isEnabled()


@pytest.mark.parametrize("steps", [1, 3, 60_000, 10_000_000])
def test_ticks_have_room(slider, live, steps):
    slider.track.show_steps([0, steps], [], steps, 1.0)
    assert len(slider.track._ticks()) * 8 < slider.track.width()


def test_nothing_shown_is_survived(slider):
    slider.show_live(None)
    slider.navigate("back")
    slider.go_live()
    assert not slider.track.isEnabled()


def test_samplers_of_a_run_that_trains_nothing_are_on_their_way(slider, live, qtbot):
    slider.trains = lambda: False
    live.receive(Status(status="running", run=RUN))
    live.receive(Progress(node="sampler", step=30, total=120, within=True))
    live.receive(Figure(node="scatter", step=0, figure=scatter(20)))
    qtbot.waitUntil(lambda: slider.words.text() == "Way 25 %")
    assert slider.track.step == 25 and slider.track.end == 100
    live.receive(Progress(node="sampler", step=60, total=120, within=True))
    qtbot.waitUntil(lambda: slider.words.text() == "Way 50 %")
    live.receive(Status(status="done", run=RUN))
    qtbot.waitUntil(lambda: slider.words.text() == "Way 100 %")
    slider.navigate("back")
    assert live.past == 0 and slider.words.text() == "Way 100 %"
