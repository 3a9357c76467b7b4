"""The plot as one uses it: pointing, marking, zooming, taking it elsewhere."""

import csv

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest

from tests.workbench.plots.figures import curve, figure, grid, latent, scatter, text
from workbench.look.theme import DARK, appearance
from workbench.plots import export, picture
from workbench.plots.inside import graph_in
from workbench.plots.look import Look
from workbench.plots.menu import entries, make_menu, show_table
from workbench.plots.selection import MarkedItems
from workbench.plots.widget import Plot


@pytest.fixture
def plots(qtbot):
    """A scatter and the images of the same items, with one selection."""
    selection = MarkedItems()
    made = []
    for drawn in (scatter(), grid(64)):
        plot = Plot(selection)
        plot.resize(400, 300)
        qtbot.addWidget(plot)
        plot.draw(drawn, 7)
        plot.show()
        made.append(plot)
    return made


def place_of(plot: Plot, index: int) -> QPoint:
    axes = plot.read().axes(plot.area(), plot.look())
    return QPointF(*axes.pixels(latent()[index : index + 1])[0]).toPoint()


def test_only_the_newest_figure_is_read_and_only_when_seen(qtbot):
    plot = Plot()
    qtbot.addWidget(plot)
    asked = []
    for step in range(5):
        plot.draw(lambda step=step: asked.append(step) or scatter(), step)
    assert asked == []
    plot.show()
    qtbot.waitUntil(lambda: asked == [4])
    assert plot.step == 4 and "1,700" in plot.accessibleDescription()


def test_a_lasso_marks_in_all_views(plots):
    scatter_plot, images = plots
    middle = place_of(scatter_plot, 3)
    QTest.mousePress(scatter_plot, Qt.MouseButton.LeftButton, pos=middle + QPoint(-6, -6))
    for step in ((6, -6), (6, 6), (-6, 6), (-6, -6)):
        QTest.mouseMove(scatter_plot, middle + QPoint(*step))
    QTest.mouseRelease(scatter_plot, Qt.MouseButton.LeftButton, pos=middle + QPoint(-6, -6))
    assert 3 in images.selection.ids
    assert images.look().marked == scatter_plot.selection.ids
    QTest.keyClick(scatter_plot, Qt.Key.Key_Escape)
    assert not images.selection.ids


def test_a_click_marks_one_and_shift_adds(plots):
    images = plots[1]
    cells = images.read().cells(images.area(), images.look())
    first, second = (cells.cell(k).center().toPoint() for k in (4, 9))
    QTest.mouseClick(images, Qt.MouseButton.LeftButton, pos=first)
    QTest.mouseClick(
        images, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, pos=second
    )
    assert images.selection.ids == {4, 9}


def test_pointing_shows_the_same_item_elsewhere(plots):
    scatter_plot, images = plots
    before = images.grab().toImage()
    QTest.mouseMove(scatter_plot, place_of(scatter_plot, 12))
    assert scatter_plot.selection.hover is not None
    scatter_plot.selection.point_at(12)
    assert images.grab().toImage() != before


def test_the_wheel_zooms_about_the_pointer_and_a_double_click_shows_all(plots):
    plot = plots[0]
    whole = plot.read().axes(plot.area(), plot.look())
    place = QPointF(200, 120)
    there = whole.data(place)
    plot.zoom(0.5, place)
    near = plot.read().axes(plot.area(), plot.look())
    assert near.data(place) == pytest.approx(there)
    assert near.x[1] - near.x[0] == pytest.approx((whole.x[1] - whole.x[0]) / 2)
    QTest.mouseDClick(plot, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert plot.read().axes(plot.area(), plot.look()) == whole


def test_zoom_stays_when_the_next_figure_comes(plots):
    plot = plots[0]
    plot.zoom(0.5, QPointF(200, 150))
    near = plot.read().axes(plot.area(), plot.look())
    plot.draw(scatter(900), 8)
    assert plot.read().axes(plot.area(), plot.look()) == near


def test_the_theme_is_followed(plots, qapp):
    appearance.start(qapp)
    appearance.use("dark")
    dark = plots[0].grab().toImage()
    appearance.use("light")
    assert plots[0].grab().toImage() != dark


@pytest.mark.parametrize("weights", [None, np.linspace(0, 1, 4)])
def test_text_is_larger_where_it_has_room(weights):
    arrays = {} if weights is None else {"weights": weights}
    shown = picture(figure("text", {"text": "a b", "tokens": [*"a b\n"]}, **arrays))
    narrow, wide = (shown.length(QRectF(0, 0, w, 300), Look(DARK)) for w in (250, 532))
    assert 15 / 12 * 0.9 < wide / narrow < 15 / 12 * 1.1


def test_text_is_scrolled_by_keys(qtbot):
    plot = Plot()
    qtbot.addWidget(plot)
    plot.resize(200, 90)
    figure = text()
    figure.facts["texts"] = ["words " * 300]
    plot.draw(figure)
    plot.show()
    QTest.keyClick(plot, Qt.Key.Key_Down)
    assert plot.look().scroll > 0
    QTest.keyClick(plot, Qt.Key.Key_0)
    assert plot.look().scroll == 0


def test_a_saved_image_carries_its_graph(plots, tmp_path):
    plot = plots[0]
    plot.owner.graph = lambda: '{"nodes": "β ≥ 1"}'
    export.write(plot, tmp_path / "view.png")
    assert graph_in(tmp_path / "view.png") == '{"nodes": "β ≥ 1"}'
    with Image.open(tmp_path / "view.png") as image:
        assert image.text["genworkbench.graph"] == '{"nodes": "β ≥ 1"}'
        assert image.size[0] >= 800


def test_a_file_that_cannot_be_written_is_told(plots, tmp_path):
    for write in (export.write, export.save_csv):
        with pytest.raises(export.NotSaved):
            write(plots[0], tmp_path / "nowhere" / "view.png")


def test_a_view_that_shows_nothing_says_so(qtbot, tmp_path):
    plot = Plot()
    qtbot.addWidget(plot)
    plot.placeholder = "Run draws it."
    with pytest.raises(export.NotSaved, match="Run draws it"):
        export.write(plot, tmp_path / "view.pdf")
    plot.copy_image()
    assert not QGuiApplication.clipboard().image().isNull()


def test_data_and_image_go_to_the_clipboard(plots):
    export.copy_csv(plots[0])
    rows = list(csv.reader(QGuiApplication.clipboard().text().splitlines()))
    assert rows[0] == ["id", "x", "y", "class"]
    assert np.allclose(float(rows[1][1]), latent()[0, 0])
    plots[0].copy_image()
    assert isinstance(QGuiApplication.clipboard().image(), QImage)
    assert not QGuiApplication.clipboard().image().isNull()


def test_the_table_shows_what_is_drawn(plots, qtbot):
    show_table(plots[0])
    sheet = plots[0].findChildren(type(plots[0]).__mro__[1], "", Qt.FindDirectChildrenOnly)
    sheet = next(child for child in sheet if child.isWindow())
    assert sheet.model.rowCount() == 1700
    sheet.view.selectRow(0)
    assert len(sheet.selected_text().split("\t")) == 4
    sheet.close()


def test_the_menu_has_every_entry(plots):
    menu = make_menu(plots[0])
    titles = [entry.title for entry in entries() if entry.only(plots[0])]
    assert [a.text() for a in menu.actions() if a.text()] == titles


def test_a_dear_plot_is_painted_less_often(qtbot):
    plot = Plot()
    qtbot.addWidget(plot)
    plot.show()
    plot.draw(curve())
    qtbot.waitUntil(lambda: plot._painted is not None)
    plot._cost = 10.0
    plot.draw(scatter())
    assert plot._soon.isActive()
    plot.draw(scatter(), past=True)
    qtbot.waitUntil(lambda: plot.picture.figure.kind == "points")


def test_a_dear_plot_is_painted_at_once_while_nothing_trains(qtbot):
    plot = Plot()
    qtbot.addWidget(plot)
    plot.show()
    plot.draw(curve())
    qtbot.waitUntil(lambda: plot._painted is not None)
    plot._cost = 10.0
    plot.draw(scatter(), idle=True)
    assert not plot._soon.isActive()
    qtbot.waitUntil(lambda: plot.picture.figure.kind == "points")


def test_an_image_and_its_reconstruction_are_pointed_at_together():
    from tests.workbench.plots.figures import figure
    from workbench.plots import picture

    shown = picture(figure("images", {}, images=np.zeros((4, 8, 8)), ids=np.array([0, 1, 0, 1])))
    assert shown.places_of(1) == [1, 3]


def test_every_icon_of_the_menu_is_shipped():
    import resources

    assert all(resources.path("icons", f"{entry.icon}.svg").exists() for entry in entries())
