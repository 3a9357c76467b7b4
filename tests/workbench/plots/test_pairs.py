"""Pairs of one plane: they are as large as they can be, and no small change turns them."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from PySide6.QtCore import QSize
from pytestqt.qtbot import QtBot

from tests.workbench.plots import figures
from workbench.plots.pairs import GAIN, Pair, leaves_room, lies_below, scale
from workbench.plots.sharing import SharedAxes
from workbench.plots.widget import Plot

ROOMS = [QSize(wide, high) for wide, high in product((800, 1066, 1500, 2100), (430, 557, 900))]
ASPECTS = np.geomspace(0.2, 12, 18).tolist()
HEAD = 36  # px


@pytest.mark.parametrize("room", ROOMS)
def test_no_other_arrangement_is_much_larger_and_what_is_chosen_stays(room: QSize) -> None:
    chosen = set()
    for one, other, before in product(ASPECTS, ASPECTS, (False, True)):
        pair = (one, other)
        below = lies_below(pair, room, HEAD, before=before)
        taken, left = (scale(pair, room, HEAD, below=way) for way in (below, not below))
        assert left <= GAIN * taken
        assert lies_below(pair, room, HEAD, before=below) == below
        chosen.add(below)
    assert chosen == {False, True}


@pytest.mark.parametrize("room", ROOMS)
def test_what_leaves_room_stays_large_in_half_the_height(room: QSize) -> None:
    half, found = QSize(room.width(), room.height() // 2), set()
    for aspect, before in product(ASPECTS, (False, True)):
        pair = (aspect, aspect)
        left = leaves_room(pair, room, HEAD, before=before)
        whole = max(scale(pair, room, HEAD, below=way) for way in (False, True))
        assert not left or scale(pair, half, HEAD, below=False) > 0.6 * whole
        assert leaves_room(pair, room, HEAD, before=left) == left
        found.add(left)
    assert found == {False, True}
    assert not leaves_room((1.0, 1.0), QSize(1066, 557), HEAD, before=True)


@pytest.fixture
def row(qtbot: QtBot) -> tuple[Pair, SharedAxes]:
    pair = Pair(HEAD)
    qtbot.addWidget(pair)
    plots = [Plot(), Plot()]
    for plot in plots:
        pair.box.addWidget(plot, 1)
    pair.resize(1066, 557)
    pair.show()
    pair.show_plots(plots)
    return pair, SharedAxes(pair)


@pytest.mark.parametrize("wide", [3.0, 1.0, 1 / 3])
def test_pictures_turn_with_what_they_draw(row: tuple[Pair, SharedAxes], wide: float) -> None:
    pair, sharing = row
    sharing.show(pair.plots)
    cloud = np.random.default_rng(0).uniform(-1, 1, (200, 2)) * (wide, 1)
    density, points = pair.plots
    values = np.ones((20, 20), np.float32)
    density.draw(figures.figure("density", {"extent": [-wide, wide, -1.0, 1.0]}, values=values))
    points.draw(figures.figure("points", points=cloud))
    for plot in pair.plots:
        plot.read()
    assert all(plot.shared for plot in pair.plots)
    assert pair.below == (wide > 2)
    sharing.show([])  # each takes any room then
    assert not pair.below
