"""The blind test as one takes it: sorted by key and click, taken back, counted, kept."""

import math

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMainWindow

from tests.workbench.plots.figures import digits, figure
from tests.workbench.test_language import french  # noqa: F401
from workbench.plots import export
from workbench.plots.axes import number
from workbench.plots.blind import error, result_words
from workbench.plots.menu import show_table
from workbench.plots.widget import Plot

COUNT = 24
TRUTH = np.arange(4 * COUNT) % 2 == 0


def test_of(first: int):
    images = digits()[0][first : first + len(TRUTH), None]
    return figure("blind", {"count": COUNT}, images=images, real=TRUTH)


test_of.__test__ = False


@pytest.fixture
def window(qtbot):
    made = QMainWindow()
    qtbot.addWidget(made)
    made.resize(620, 420)
    made.setCentralWidget(Plot())
    made.show()
    made.centralWidget().draw(test_of(0), 5, origin="run")
    made.centralWidget().setFocus()
    qtbot.waitUntil(lambda: made.centralWidget().read() is not None)
    return made


@pytest.fixture
def plot(window):
    return window.centralWidget()


def place(plot: Plot, index: int, share: float) -> QPoint:
    cell = plot.read()._cell(index, plot.area(), plot.look())
    return QPoint(round(cell.left() + share * cell.width()), round(cell.center().y()))


def click(plot: Plot, where: QPoint) -> None:
    QTest.mouseClick(plot, Qt.MouseButton.LeftButton, pos=where)


def press_button(plot: Plot) -> None:
    click(plot, plot.read()._button(plot.area(), plot.look()).center().toPoint())


def sort_all(plot: Plot, wrong: int = 0) -> None:
    """Sort the rest by keys, the first `wrong` of them wrongly."""
    for index in range(len(plot.read().answers), COUNT):
        real = bool(plot.read().real[index]) != (index < wrong)
        QTest.keyClick(plot, Qt.Key.Key_R if real else Qt.Key.Key_M)


def test_keys_and_halves_sort(plot):
    QTest.keyClick(plot, Qt.Key.Key_R)
    QTest.keyClick(plot, Qt.Key.Key_Right)
    QTest.keyClick(plot, Qt.Key.Key_Left)
    click(plot, place(plot, 9, 0.75))
    click(plot, place(plot, 3, 0.25))
    click(plot, place(plot, 9, 0.25))
    assert plot.read().answers == {0: True, 1: False, 2: True, 3: True, 9: True}
    assert plot.read().current == 4


def test_undo_takes_back_the_last_and_not_what_the_window_would(window, plot):
    undone = []
    for keys in ("Ctrl+Z", "Backspace", "R", "M"):
        action = QAction(window, shortcut=QKeySequence(keys))
        action.triggered.connect(lambda: undone.append(1))
        window.addAction(action)
    for key in (Qt.Key.Key_R, Qt.Key.Key_M, Qt.Key.Key_M, Qt.Key.Key_R):
        QTest.keyClick(plot, key)
    QTest.keyClick(plot, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(plot, Qt.Key.Key_Backspace)
    assert plot.read().answers == {0: True, 1: False}
    press_button(plot)
    press_button(plot)
    QTest.keyClick(plot, Qt.Key.Key_Backspace)
    assert plot.read().answers == {} and undone == []


@pytest.mark.parametrize("wrong", [0, 1, 9, 24])
def test_the_share_and_its_error_are_those_of_a_hand(plot, qtbot, wrong):
    with qtbot.waitSignal(plot.result_ready) as told:
        sort_all(plot, wrong)
    origin, step, values = told.args
    right = [1] * (COUNT - wrong) + [0] * wrong
    by_hand = np.std(right) / math.sqrt(COUNT)
    assert (origin, step, values["count"]) == ("run", 5, COUNT)
    assert values[""] == pytest.approx(np.mean(right))
    assert values["error"] == pytest.approx(by_hand)
    assert plot.read().wrong() == list(range(wrong))
    assert f"Right: {COUNT - wrong} of 24" in plot.accessibleDescription()


def test_nine_wrong_of_24_are_62_and_a_half_per_cent_give_or_take_ten():
    assert error(0.625, 24) == pytest.approx(0.0988, abs=1e-4)
    words = f"Right: 15 of 24, {number(62.5)} % ± {number(9.9)} %."
    assert result_words({"": 0.625, "error": error(0.625, 24), "count": 24}) == words
    assert result_words({"": math.nan, "count": 24}) == result_words({}) == ""


def test_what_is_done_is_not_sorted_anew(plot):
    sort_all(plot, 3)
    before = dict(plot.read().answers)
    click(plot, place(plot, 4, 0.9))
    QTest.keyClick(plot, Qt.Key.Key_Backspace)
    QTest.keyClick(plot, Qt.Key.Key_R)
    assert plot.read().answers == before


def test_pictures_stay_while_new_figures_come_and_the_newest_is_next(plot):
    QTest.keyClick(plot, Qt.Key.Key_R)
    shown = plot.read()
    for step in (10, 15):
        plot.draw(test_of(step), step, origin="run")
        assert plot.read() is shown and plot.step == 5
    sort_all(plot)
    plot.draw(test_of(20), 20, origin="run")
    assert plot.read() is shown
    press_button(plot)
    assert plot.step == 20 and plot.read() is not shown
    assert not plot.read().answers and plot.read().test == 1, "the real ones were seen already"


def test_before_the_first_answer_the_newest_is_shown(plot):
    plot.draw(test_of(10), 10, origin="run")
    plot.read()
    assert plot.step == 10


@pytest.mark.parametrize("changes", [{"past": True}, {"origin": "another"}])
def test_a_test_ends_where_another_step_or_run_is_looked_at(plot, changes):
    QTest.keyClick(plot, Qt.Key.Key_R)
    plot.draw(test_of(10), 2, **{"origin": "run"} | changes)
    assert not plot.read().answers and plot.step == 2


def test_again_without_a_new_figure_is_another_draw(plot):
    seen = []
    for _ in range(4):
        seen.append(plot.read().images.tobytes())
        sort_all(plot)
        QTest.keyClick(plot, Qt.Key.Key_Return)
    assert len(set(seen)) == 4
    assert plot.read().images.tobytes() == seen[0]


def test_the_truth_is_told_when_all_are_sorted_and_not_before(plot):
    for _ in range(COUNT):
        text, described = export.as_csv(plot.read()), plot.accessibleDescription()
        assert "truth" not in text and "Wrong" not in described
        hit = plot.read().hit(place(plot, 3, 0.5).toPointF(), plot.area(), plot.look())
        assert "sorted as" not in hit.text and hit.id is None
        QTest.keyClick(plot, Qt.Key.Key_M)
    assert "truth" in export.as_csv(plot.read())
    assert (
        "sorted as"
        in plot.read().hit(place(plot, 3, 0.5).toPointF(), plot.area(), plot.look()).text
    )
    show_table(plot)


def test_every_picture_can_be_clicked_on_a_small_screen(plot, window):
    window.setMinimumSize(0, 0)
    plot.setMinimumSize(0, 0)
    window.resize(264, 150)
    while (index := plot.read().current) >= 0:
        cell = plot.read()._cell(index, plot.area(), plot.look())
        body = plot.read().body(plot.area(), plot.look())
        assert body.adjusted(-1, -1, 1, 1).contains(cell) and cell.width() >= 24
        click(plot, place(plot, index, 0.25))
    assert plot.read().done


def test_the_keys_are_those_of_the_language(plot, french):  # noqa: F811
    QTest.keyClick(plot, Qt.Key.Key_R)
    QTest.keyClick(plot, Qt.Key.Key_F)
    assert plot.read().answers == {0: True, 1: False}
    assert "fabriquée" in plot.read().summary()


@pytest.mark.parametrize("facts", [{}, {"count": 0}, {"count": 500}])
def test_odd_figures_are_shown_all_the_same(qtbot, facts):
    plot = Plot()
    qtbot.addWidget(plot)
    for count in (0, 1, 30):
        images = np.zeros((count, 1, 8, 8), np.uint8)
        plot.draw(figure("blind", facts, images=images, real=np.ones(count, bool)))
        plot.grab()
        assert plot.read().figure.kind == "blind"
