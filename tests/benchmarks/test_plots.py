"""What a refresh of each kind of view costs: the engine shares the cores.

`make bench` prints the table; the numbers are processor time of one repaint at the dock's size.
"""

import statistics
import time

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QSize

from engine.document.messages import FigureData
from tests.workbench.plots.figures import curve, digits, every, figure, grid, latent, scatter
from workbench.look.theme import DARK, load_fonts
from workbench.plots import picture, thumbnail
from workbench.plots.base import drawn
from workbench.plots.look import Look
from workbench.plots.pane import Pane
from workbench.plots.widget import Plot

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


def _twenty() -> FigureData:
    """20 curves of 10,000 points."""
    random = np.random.default_rng(0)
    walks = {f"y__c{n}": random.normal(size=10_000).cumsum() for n in range(20)}
    return figure("curve", {}, x=np.arange(10_000.0), **walks)


def test_twenty_curves_of_ten_thousand_points_by_both_painters(qtbot):
    """CPU ms of a new figure, of a zoom and of moving the pointer, at 900 by 560."""
    made = _twenty()
    shown, spent = picture(made), {}
    size = QSize(900, 560)

    def ours(**limits):
        drawn(shown, size, Look(DARK, limits=limits))

    spent["ours, new"] = lambda k: drawn(picture(made), size, Look(DARK))
    spent["ours, zoom"] = lambda k: ours(x=(1000.0 + k, 5000.0))
    pane = Pane("view", Plot())
    qtbot.addWidget(pane)
    pane.resize(size)
    pane.show_floating(True)
    pane.show()
    start = time.process_time()
    pane.plot.draw(made, idle=True)
    pane.exploring.show()
    explorer = pane.exploring.explorer
    explorer.grab()
    print(f"\nthe first with the import {1000 * (time.process_time() - start):.0f} ms")

    def new(k):
        pane.plot.draw(made, k, idle=True)
        pane.exploring.show()
        explorer.grab()

    def zoom(k):
        explorer.box.setRange(xRange=(1000.0 + k, 5000.0), padding=0)
        explorer.grab()

    def point(k):
        explorer._pointer, explorer._points = QPointF(300 + k, 200), True
        explorer.grab()

    spent |= {"pyqtgraph, new": new, "pyqtgraph, zoom": zoom, "pyqtgraph, pointer": point}
    for name, do in spent.items():
        times = []
        for k in range(7):
            start = time.process_time()
            do(k)
            times.append(1000 * (time.process_time() - start))
        print(f"{name} {statistics.median(times):.1f} ms")
