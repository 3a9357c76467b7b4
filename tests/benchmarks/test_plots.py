"""What a refresh of each kind of view costs: the engine shares the cores.

`make bench` prints the table; the numbers are processor time of one repaint at the dock's size.
"""

import time

import numpy as np
import pytest
from PySide6.QtCore import QSize

from tests.workbench.plots.figures import curve, digits, every, figure, grid, latent, scatter
from workbench.look.theme import DARK, load_fonts
from workbench.plots import picture, thumbnail
from workbench.plots.base import drawn
from workbench.plots.look import Look

pytestmark = pytest.mark.bench


def cloud():
    """4,000 points in ten classes."""
    points, classes = (
        np.concatenate([latent()] * 3)[:4000],
        np.concatenate([digits()[1]] * 3)[:4000],
    )
    noise = np.random.default_rng(0).normal(size=points.shape) * 0.1
    return figure("points", {}, points=points + noise, labels=classes, ids=np.arange(4000))


def manifold():
    """144 images of 28 by 28."""
    images = digits()[0][:144].repeat(4, 1).repeat(4, 2)[:, 2:30, 2:30]
    return figure("images", {"gap": 0, "columns": 12}, images=images[:, None])


LARGE = {"points-4000": cloud, "images-144x28x28": manifold, "curve-2x60000": lambda: curve(60_000)}


def refresh(made):
    drawn(picture(made), QSize(480, 210), Look(DARK))


@pytest.fixture(autouse=True)
def fonts(qapp):
    load_fonts()


@pytest.mark.parametrize("kind", every())
def test_refresh(benchmark, kind):
    benchmark(refresh, every()[kind])


@pytest.mark.parametrize("name", LARGE)
def test_refresh_of_much(benchmark, name):
    benchmark(refresh, LARGE[name]())


@pytest.mark.parametrize("make", [grid, manifold, scatter, curve])
def test_thumbnail(benchmark, make):
    made = make()
    benchmark(thumbnail, made, 114, 98, DARK, 1.0)


def test_a_thumbnail_of_images_takes_a_few_milliseconds():
    made = manifold()
    thumbnail(made, 114, 98, DARK)
    start = time.thread_time()
    for _ in range(20):
        thumbnail(made, 114, 98, DARK)
    assert (time.thread_time() - start) / 20 < 3e-3
