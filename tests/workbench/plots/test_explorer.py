"""The views that pyqtgraph draws in windows of their own show what the plot holds."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QLocale, QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from tests.workbench.plots.figures import curve, density, figure, grid, scatter
from workbench.plots.pane import Pane
from workbench.plots.widget import Plot

HELD = {"x": (100.0, 900.0), "y": (120.0, 180.0)}


@pytest.fixture
def pane(qtbot: QtBot) -> Iterator[Pane]:
    made = Pane("view", Plot())
    qtbot.addWidget(made)
    made.resize(700, 420)
    made.show_floating(True)
    made.show()
    yield made


def explorer(pane: Pane):
    pane.exploring.show()
    return pane.exploring.explorer


def test_curves_are_drawn_with_their_names_and_data(pane: Pane) -> None:
    pane.plot.draw(curve(), idle=True)
    drawn = explorer(pane)
    lines = pane.plot.picture.lines
    assert len(drawn._lines) == len(lines) == 2
    for (raw, smooth), line in zip(drawn._lines, lines, strict=True):
        assert np.allclose(smooth.getOriginalDataset()[1], line.smooth * line.times)
        assert np.allclose(raw.getOriginalDataset()[1], line.y * line.times)
    assert drawn.space.getAxis("left").labelText == "nats"


def test_a_zoom_stays_while_a_run_goes_on_and_is_exported(pane: Pane) -> None:
    pane.plot.draw(curve(1000), 1, idle=True)
    drawn = explorer(pane)
    drawn.box.setRange(xRange=HELD["x"], yRange=HELD["y"], padding=0)
    drawn.box.sigRangeChangedManually.emit(drawn.box.state["mouseEnabled"])  # as the wheel does
    pane.plot.draw(curve(2000), 2, idle=True)
    assert explorer(pane) is drawn
    assert np.allclose(drawn.box.viewRange(), [HELD["x"], HELD["y"]])
    assert pane.plot.look().limits["x"] == pytest.approx(HELD["x"])
    assert len(drawn._lines[0][1].getOriginalDataset()[0]) == 2000
    QTest.mouseDClick(drawn.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(300, 200))
    explorer(pane)
    assert drawn.box.viewRange()[0][1] == pytest.approx(3000)


def test_the_plots_keys_zoom_here_too(pane: Pane) -> None:
    pane.plot.draw(curve(), idle=True)
    before = np.ptp(explorer(pane).box.viewRange()[0])
    QTest.keyClick(pane.plot, Qt.Key.Key_Plus)
    assert np.ptp(explorer(pane).box.viewRange()[0]) == pytest.approx(before / 1.15)


def test_levels_are_dragged_beside_the_histogram(pane: Pane) -> None:
    pane.plot.draw(density(), idle=True)
    drawn = explorer(pane)
    drawn.levels.region.setRegion((0.25, 0.5))
    assert pane.plot.look().limits["value"] == (0.25, 0.5)
    assert explorer(pane).image.getLevels().tolist() == [0.25, 0.5]
    pane.plot.fit()
    low, high = explorer(pane).levels.region.getRegion()
    assert (low, high) == pytest.approx((density().arrays["values"].numpy().min(), 1.0), abs=0.01)


def test_images_have_levels_and_are_marked_where_they_are_seen(pane: Pane) -> None:
    pane.plot.draw(grid(12), idle=True)
    drawn = explorer(pane)
    QTest.qWait(50)  # it is painted and laid out
    cells = drawn.cells(drawn.axes())
    middle = cells.cell(7).center()
    assert drawn.axes().area.contains(cells.whole.center())
    QTest.mouseClick(drawn.viewport(), Qt.MouseButton.LeftButton, pos=middle.toPoint())
    assert pane.plot.selection.ids == {7}
    x, y = drawn.box.mapSceneToView(middle).toTuple()
    shown = drawn.image.image[int(y), int(x)]
    assert shown == pane.plot.picture.images[7, 0, 4, 4]
    pane.plot.hold({"value": (0.0, 0.5)})
    assert explorer(pane).image.getLevels().tolist() == [0, 0.5]
    image = pane.plot.picture
    assert image._bytes((0.0, 0.5)).mean() > image._bytes().mean()


def test_images_in_colour_or_with_captions_have_our_painter(pane: Pane) -> None:
    pane.plot.draw(figure("images", {}, images=np.zeros((4, 3, 8, 8))), idle=True)
    assert explorer(pane) is None
    pane.plot.draw(grid(8, rows=["a", "b"], columns=4), idle=True)
    assert explorer(pane) is None


def test_the_menu_is_ours(pane: Pane, qtbot: QtBot) -> None:
    pane.plot.draw(density(), idle=True)
    drawn = explorer(pane)
    assert not drawn.box.menuEnabled() and not drawn.levels.getViewBox().menuEnabled()
    QTest.mouseClick(drawn.viewport(), Qt.MouseButton.RightButton, pos=QPoint(200, 200))
    assert not pane.window().findChildren(QMenu)
    at = QPoint(200, 200)
    drawn.contextMenuEvent(QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, at))
    (menu,) = pane.plot.findChildren(QMenu)
    assert any("Save picture" in action.text() for action in menu.actions())
    menu.close()


def test_numbers_are_in_the_windows_language(pane: Pane) -> None:
    pane.plot.draw(curve(), idle=True)
    axis = explorer(pane).space.getAxis("left")
    QLocale.setDefault(QLocale(QLocale.Language.French))
    try:
        assert axis.tickStrings([0.5, 1.0], 1.0, 0.5) == ["0,5", "1,0"]
    finally:
        QLocale.setDefault(QLocale(QLocale.Language.English))
    axis.setLogMode(y=True)
    assert axis.tickStrings([-1.0, 2.0], 1.0, 1.0) == ["0.1", "100"]


def test_logarithmic_axes_draw_logarithms(pane: Pane) -> None:
    x = np.array([1.0, 10.0, 100.0])
    pane.plot.draw(figure("curve", {"log": True, "x_log": True}, x=x, y=x**2), idle=True)
    across, up = explorer(pane)._lines[0][1].getOriginalDataset()
    assert across.tolist() == [0, 1, 2] and up.tolist() == [0, 2, 4]


def test_other_kinds_and_the_dock_have_their_painters(pane: Pane) -> None:
    pane.plot.draw(curve(), idle=True)
    assert explorer(pane) is not None
    pane.plot.draw(scatter(), idle=True)
    assert explorer(pane) is None
    pane.plot.draw(curve(), idle=True)
    assert explorer(pane) is not None
    pane.show_floating(False)
    assert pane.exploring is None


def test_the_plot_below_takes_no_click_or_drag(pane: Pane, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[object] = []
    for name in ("mousePressEvent", "mouseMoveEvent", "mouseReleaseEvent", "wheelEvent"):
        monkeypatch.setattr(Plot, name, lambda plot, event: taken.append(event))
    for made in (curve(), density(), grid(12)):
        pane.plot.draw(made, idle=True)
        port = explorer(pane).viewport()
        QTest.mousePress(port, Qt.MouseButton.LeftButton, pos=QPoint(200, 200))
        QTest.mouseMove(port, QPoint(230, 220))
        QTest.mouseRelease(port, Qt.MouseButton.LeftButton, pos=QPoint(230, 220))
    assert not taken
