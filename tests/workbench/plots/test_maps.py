import sys

import numpy as np
import pytest

from workbench.look.theme import DARK, LIGHT
from workbench.plots import maps
from workbench.plots.look import Look


@pytest.mark.parametrize("use", maps.GROUNDS)
@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_maps_have_256_colours_and_need_no_import(use, theme):
    loaded = set(sys.modules)
    maps.table.cache_clear()
    assert maps.colours(use, Look(theme)).shape == (256, 3)
    assert "pyqtgraph" not in sys.modules.keys() - loaded


def test_zero_is_paper_and_the_middle():
    assert maps.colours("mass", Look(LIGHT))[0].sum() > 600
    assert maps.colours("mass", Look(DARK))[0].sum() < 60
    assert maps.span_of(np.array([-1.0, 3.0]), "diverging") == (-3, 3)


def test_lightness_of_a_sequential_map_only_rises():
    light = maps.colours("sequential", Look(DARK)) @ np.array([0.299, 0.587, 0.114])
    assert (np.diff(light) > -1).all()


def test_what_is_not_finite_stays_clear():
    image = maps.tint(np.array([[0.0, np.nan, np.inf]]), (0, 1), "sequential", Look(DARK))
    assert [image.pixelColor(x, 0).alpha() for x in range(3)] == [255, 0, 0]
