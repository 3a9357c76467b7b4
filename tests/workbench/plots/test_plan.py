import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtTest import QTest

from tests.workbench.plots.figures import figure
from workbench.look.theme import DARK
from workbench.plots import picture
from workbench.plots.look import Look
from workbench.plots.widget import Plot

LOOK = Look(DARK)
AREA = QRectF(0, 0, 600, 260)
SOURCE = np.stack([np.zeros(4), np.arange(4.0)], axis=1)
TARGET = np.stack([np.full(3, 5.0), np.arange(3.0)], axis=1)
PLAN = np.arange(12.0).reshape(4, 3) / 66


def made():
    return figure("plan", {"show": "both"}, source=SOURCE, target=TARGET, plan=PLAN)


def test_the_matrix_stands_beside_the_lines_where_there_is_room():
    shown = picture(made())
    lines, matrix = shown.parts(AREA, LOOK)
    assert matrix is not None and lines.right() < matrix.left() and matrix.right() <= AREA.right()
    assert abs(matrix.height() / 4 - matrix.width() / 3) < 1e-6, "cells are square"
    assert shown.parts(QRectF(0, 0, 150, 260), LOOK)[1] is None
    assert (
        picture(figure("plan", {}, source=SOURCE, target=TARGET, plan=PLAN)).parts(AREA, LOOK)[1]
        is None
    )


def test_a_cell_and_a_point_tell_of_the_same_row():
    shown = picture(made())
    _, matrix = shown.parts(AREA, LOOK)
    cell = QPointF(
        matrix.left() + 0.5 * matrix.width() / 3, matrix.top() + 2.5 * matrix.height() / 4
    )
    point = QPointF(*shown.axes(AREA, LOOK).pixels(SOURCE[2:3])[0])
    hits = [shown.hit(place, AREA, LOOK) for place in (cell, point)]
    assert [hit.index for hit in hits] == [2, 2] and hits[0].id == hits[1].id
    assert hits[0].text.endswith("3 → 1") and hits[1].text == "sends 0.318 to 3 points"


def test_marks_are_of_no_item_of_the_data():
    assert (picture(made()).ids < 0).all()


def test_a_marked_point_keeps_its_row_or_its_column():
    shown = picture(made())
    held = shown.marked_plan(Look(DARK, marked=frozenset({shown.id_at(2)})))
    assert (held[2] == PLAN[2]).all() and held.sum() == PLAN[2].sum()
    held = shown.marked_plan(Look(DARK, marked=frozenset({shown.id_at(4 + 1)})))
    assert (held[:, 1] == PLAN[:, 1]).all() and held.sum() == PLAN[:, 1].sum()


def test_a_click_marks_a_point_and_another_one_beside_lets_it_go(qtbot):
    plot = Plot()
    qtbot.addWidget(plot)
    plot.resize(628, 280)
    plot.draw(made())
    plot.show()
    shown = plot.read()
    place = shown.axes(plot.area(), plot.look()).pixels(SOURCE[1:2])[0]
    before = plot.grab().toImage()
    QTest.mouseClick(plot, Qt.MouseButton.LeftButton, pos=QPointF(*place).toPoint())
    assert plot.selection.ids == {shown.id_at(1)}
    assert plot.grab().toImage() != before
    QTest.mouseClick(plot, Qt.MouseButton.LeftButton, pos=plot.rect().topLeft())
    assert not plot.selection.ids
