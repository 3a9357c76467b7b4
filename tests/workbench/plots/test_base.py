"""Laws for every kind of figure: it draws at any size, says what it is, and survives bad data."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QImage, QPainter, QPolygonF

from engine.document.messages import Array, FigureData
from tests.workbench.plots.figures import every, figure
from workbench.look.theme import DARK, LIGHT
from workbench.plots import picture, thumbnail
from workbench.plots.base import Faulty, drawn
from workbench.plots.kinds import KINDS
from workbench.plots.look import Look
from workbench.plots.widget import Plot

KIND = pytest.mark.parametrize("kind", KINDS)
AREA = QRectF(0, 0, 320, 200)


def pixels(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGBA8888)
    return np.array(image.constBits(), np.uint8).reshape(image.height(), -1, 4)


def test_every_kind_of_the_protocol_has_a_figure_in_these_tests():
    assert every().keys() == KINDS.keys()


@KIND
@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda t: t.name)
@pytest.mark.parametrize("size", [(660, 206), (220, 126), (40, 30), (1, 1)])
def test_draws_at_any_size(kind, theme, size):
    image = drawn(picture(every()[kind]), QSize(*size), Look(theme))
    assert (image.width(), image.height()) == size
    if min(size) >= 30:
        assert pixels(image)[..., 3].any(), "nothing was drawn"


@KIND
def test_draws_sharper_on_a_finer_screen(kind):
    image = drawn(picture(every()[kind]), QSize(300, 200), Look(DARK, pixels=2.0))
    assert (image.width(), image.height()) == (600, 400)
    assert pixels(image)[..., 3].any()


@KIND
def test_keeps_the_theme_as_it_is(kind):
    before = {name: getattr(DARK, name).rgba() for name in ("panel", "text", "line", "on_fill")}
    drawn(picture(every()[kind]), QSize(300, 200), Look(DARK))
    assert before == {name: getattr(DARK, name).rgba() for name in before}


@KIND
def test_thumbnail_has_the_size_asked_for_and_something_in_it(kind):
    image = thumbnail(every()[kind], 114, 98, DARK, 2.0)
    assert (image.width(), image.height()) == (228, 196)
    assert pixels(image)[..., 3].any()


@KIND
def test_says_what_it_is_in_a_sentence_and_as_a_table(kind):
    shown = picture(every()[kind])
    assert len(shown.summary()) > 10
    table = shown.rows()
    assert table.columns and table.rows
    assert all(len(row) == len(table.columns) for row in table.rows)


@KIND
def test_what_lies_under_the_pointer_can_be_marked(kind):
    shown = picture(every()[kind])
    look = Look(DARK)
    image = QImage(320, 200, QImage.Format.Format_ARGB32_Premultiplied)
    painter = QPainter(image)
    for x in range(0, 320, 20):
        for y in range(0, 200, 20):
            hit = shown.hit(QPointF(x, y), AREA, look)
            if hit is not None:
                assert hit.text
                shown.paint_mark(painter, AREA, look, hit.index)
    painter.end()


@KIND
def test_a_figure_with_nothing_in_it_is_told_and_not_raised(kind):
    shown = picture(FigureData(kind=kind))
    drawn(shown, QSize(200, 100), Look(LIGHT))
    assert shown.summary()


@KIND
def test_not_a_number_anywhere_is_survived(kind):
    whole = every()[kind]
    for name, array in whole.arrays.items():
        values = array.numpy()
        if values.dtype.kind != "f":
            continue
        lost = np.full_like(values, np.nan)
        arrays = whole.arrays | {name: Array.of(lost)}
        broken = FigureData(kind=kind, arrays=arrays, facts=whole.facts)
        shown = picture(broken)
        drawn(shown, QSize(300, 200), Look(DARK))
        shown.summary(), shown.rows(), shown.limits()
        shown.hit(QPointF(100, 100), AREA, Look(DARK))


@KIND
def test_no_items_are_survived(kind):
    whole = every()[kind]
    arrays = {n: Array.of(a.numpy()[:0]) for n, a in whole.arrays.items()}
    shown = picture(FigureData(kind=kind, arrays=arrays, facts={}))
    drawn(shown, QSize(300, 200), Look(DARK))
    shown.summary(), shown.rows(), shown.limits()
    shown.hit(QPointF(100, 100), AREA, Look(DARK))
    shown.inside(QPolygonF(AREA), AREA, Look(DARK))


def test_damaged_bytes_and_unknown_kinds_are_told():
    short = FigureData(kind="points", arrays={"points": Array("<f4", [100, 2], b"1234")})
    assert isinstance(picture(short), Faulty)
    assert "damaged" in picture(short).summary()
    assert "hologram" in picture(FigureData(kind="hologram")).summary()
    flat = picture(figure("density", {}, values=np.zeros(3)))
    assert "dimensions" in flat.summary()


@KIND
@pytest.mark.parametrize("value", ["seven", -3, [None], {"a": 1}])
def test_facts_of_the_wrong_sort_are_survived(kind, value, qtbot):
    whole = every()[kind]
    names = "columns rows labels names classes extent low high log unit rate map texts at end gap"
    for name in names.split():
        plot = Plot()
        qtbot.addWidget(plot)
        plot.resize(200, 120)
        plot.draw(FigureData(kind=kind, arrays=whole.arrays, facts={**whole.facts, name: value}))
        plot.grab()
