import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QPolygonF

from tests.workbench.plots.figures import digits, figure, latent, scatter
from tests.workbench.plots.test_base import pixels
from workbench.look.theme import DARK, DOT
from workbench.plots import picture
from workbench.plots.base import drawn
from workbench.plots.dots import LEAST, dot_in
from workbench.plots.look import Look
from workbench.plots.points import within_polygon

LOOK = Look(DARK)
AREA = QRectF(0, 0, 400, 300)


def test_a_lasso_holds_the_items_inside_it():
    shown = picture(scatter())
    places = shown.axes(AREA, LOOK).pixels(latent()[:1700])
    middle = QPointF(*places[5])
    loop = QPolygonF([middle + QPointF(*d) for d in ((-4, -4), (4, -4), (4, 4), (-4, 4))])
    held = shown.inside(loop, AREA, LOOK)
    assert 5 in held
    assert all(abs(places[k] - places[5]).max() <= 4 for k in held)


def test_data_behind_are_hidden_and_the_axes_stay(qapp):
    cloud, data = np.array([[0.0, 0.0]]), np.array([[1.0, 1.0], [-1.0, -1.0]])
    for kind in ({"points": cloud, "real": data}, {"points": data, "generated": cloud}):
        shown = picture(figure("points", {}, **kind))
        assert shown.has_data_behind
        bare = Look(DARK, bare=True)
        assert shown.axes(AREA, LOOK) == shown.axes(AREA, bare)
        at = shown.axes(AREA, LOOK).pixels(np.array([[0.0, 0.0], [1.0, 1.0]])).round().astype(int)
        for look, there in ((LOOK, [True, True]), (bare, [True, False])):
            seen = pixels(drawn(shown, AREA.size().toSize(), look))[..., 3]
            parts = [seen[y - 3 : y + 4, x - 3 : x + 4].any() for x, y in at]
            assert parts == there
    assert not picture(scatter()).has_data_behind


def test_a_polygon_may_be_hollow():
    square = np.array([[0, 0], [4, 0], [4, 4], [2, 1], [0, 4]], float)
    points = np.array([[2, 0.5], [2, 3], [0.5, 2], [9, 1]])
    assert within_polygon(points, square).tolist() == [True, False, True, False]


def test_the_nearest_point_is_told_with_its_class():
    shown = picture(scatter())
    place = shown.axes(AREA, LOOK).pixels(latent()[7:8])[0]
    hit = shown.hit(QPointF(*place), AREA, LOOK)
    assert hit.text.startswith(str(digits()[1][hit.index]))
    assert hit.id == hit.index


def test_classes_go_by_their_names_in_the_plot_and_in_its_table():
    names, labels = ["cat", "dog"], np.array([0, 1, 5])
    shown = picture(figure("points", {"classes": names}, points=np.eye(3, 2), labels=labels))
    assert [shown.class_name(n) for n in shown.classes()] == ["cat", "dog", "5"]
    table = shown.rows()
    assert [row[table.columns.index("class")] for row in table.rows] == ["cat", "dog", "5"]


def test_equal_axes_unless_told():
    axes = picture(scatter()).axes(AREA, LOOK)
    unit = (axes.x[1] - axes.x[0]) / axes.area.width()
    assert np.isclose(unit, (axes.y[1] - axes.y[0]) / axes.area.height())


def test_dots_are_as_large_as_the_theme_says(qapp):
    shown = picture(figure("points", {}, points=np.zeros((1, 2))))
    cover = pixels(drawn(shown, QSize(100, 100), Look(DARK, small=True)))[..., 3].sum() / 255
    assert 0.3 < cover / (np.pi / 4 * (DOT * 0.6) ** 2 * 0.62) < 1.8


def test_limits_that_are_held_move_no_point():
    small, large = latent()[:100] * 0.1, latent()[:100]
    held = picture(figure("points", {}, points=large)).limits()
    axes = picture(figure("points", {}, points=small)).axes(AREA, Look(DARK, limits=held))
    assert axes == picture(figure("points", {}, points=large)).axes(AREA, LOOK)


def test_shapes_differ_beyond_ten_classes():
    labels = np.array([3, 13, 23])
    layers = picture(figure("points", {}, points=np.eye(3, 2), labels=labels))._layers(
        np.ones(3, bool), LOOK
    )
    assert len({shape for shape, _, _ in layers}) == 3


def test_dots_shrink_with_a_small_picture_but_stay_dots():
    sizes = [dot_in(QRectF(0, 0, 800, side), LOOK) for side in (400, 200, 150, 60)]
    assert sizes[0] == sizes[1] == DOT > sizes[2] > sizes[3] == LEAST * DOT
