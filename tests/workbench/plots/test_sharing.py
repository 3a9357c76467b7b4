"""Plots of one plane side by side: one range for all, also while one zooms, and they say so."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from pytestqt.qtbot import QtBot

from tests.workbench.plots import figures
from workbench.plots.sharing import SharedAxes
from workbench.plots.widget import Plot

KINDS = ("points", "field", "density", "paths", "plan")


@pytest.fixture
def pair(qtbot: QtBot) -> list[Plot]:
    plots = [Plot(), Plot()]
    for plot in plots:
        qtbot.addWidget(plot)
        plot.resize(500, 400)
    return plots


def shown(plots: list[Plot]) -> list[object]:
    """Return the ranges of x and y that are seen in each plot."""
    return [(axes.x, axes.y) for plot in plots if (axes := plot.axes()) is not None]


def told(plots: list[Plot]) -> list[bool]:
    return ["same axes" in plot.about() for plot in plots]


@pytest.mark.parametrize(("one", "other"), list(permutations(KINDS, 2)))
def test_pictures_of_a_plane_have_one_range(pair: list[Plot], one: str, other: str) -> None:
    every = figures.every()
    sharing = SharedAxes()
    sharing.show(pair)
    for plot, kind in zip(pair, (one, other), strict=True):
        plot.draw(every[kind])
        plot.read()
    first, second = shown(pair)
    assert first == second and told(pair) == [True, True]
    sharing.show([])
    own = shown(pair)
    assert own[0] != own[1] and told(pair) == [False, False]


def test_both_zoom_together_and_come_back_together(pair: list[Plot]) -> None:
    sharing = SharedAxes()
    for plot, count in zip(pair, (40, 900), strict=True):
        plot.draw(figures.scatter(count))
    sharing.show(pair)
    for plot in pair:
        plot.read()
    whole = shown(pair)
    for plot in pair:
        plot.zoom(0.5, QPointF(200, 150))
        first, second = shown(pair)
        assert first == second and first != whole[0]
        pair[0].fit()
        assert shown(pair) == whole
    pair[1].hold({"x": (-3.2, 3.2), "y": (-3.2, 3.2)})
    assert [plot.axes().x for plot in pair] == [(-3.2, 3.2)] * 2


@pytest.mark.parametrize("kind", ["curve", "images", "text"])
def test_what_is_no_plane_shares_nothing(pair: list[Plot], kind: str) -> None:
    sharing = SharedAxes()
    sharing.show(pair)
    pair[0].draw(figures.scatter(40))
    pair[1].draw(figures.every()[kind])
    for plot in pair:
        plot.read()
    assert told(pair) == [False, False] and not any(plot.shared for plot in pair)


def test_a_cloud_that_grows_takes_the_other_with_it(pair: list[Plot]) -> None:
    sharing = SharedAxes()
    sharing.show(pair)
    rng = np.random.default_rng(0)
    for step, wide in enumerate((1.0, 1.1, 5.0, 20.0)):
        for plot, scale in zip(pair, (1.0, wide), strict=True):
            plot.draw(figures.figure("points", points=scale * rng.normal(size=(60, 2))), step)
            plot.read()
        first, second = shown(pair)
        assert first == second
