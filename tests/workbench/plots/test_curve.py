from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from tests.workbench.plots.figures import curve, figure
from workbench.look.theme import DARK
from workbench.plots import picture
from workbench.plots.curve import nearest_clear, smoothed, spread_out, thinned
from workbench.plots.look import Look
from workbench.plots.loss import LossCurves

AREA, LOOK = QRectF(0, 0, 600, 300), Look(DARK)


def test_a_small_term_has_an_axis_of_its_own_and_a_like_one_has_not():
    shown = picture(curve())
    loss, kl = shown.lines
    assert loss.times == 1 and shown.flat == [kl] and kl.name == "kl"
    span = shown.limits()["y"]
    ticks = shown._numbers(span, LOOK)
    assert 2 <= len(ticks) <= 4 and all(span[0] <= at <= span[1] for at, _ in ticks)
    assert [float(text) * kl.times for _, text in ticks] == pytest.approx([at for at, _ in ticks])
    wide, narrow = (shown.axes(AREA, LOOK).area.right(), AREA.right())
    assert wide < narrow and not shown.axes(AREA, LOOK).log_y
    like = figure("curve", {"scale": True}, y__a=np.full(100, 20.0), y__b=np.full(100, 7.0))
    assert [line.times for line in picture(like).lines] == [1, 1] and not picture(like).flat


@pytest.mark.parametrize("count", [1, 2, 3])
def test_all_terms_of_another_scale_share_one_axis(count):
    small = {f"y__{n}": np.full(100, 0.1 * (n + 1)) for n in range(count)}
    shown = picture(figure("curve", {"scale": True}, y__a=np.full(100, 200.0), **small))
    assert len(shown.flat) == count and len({line.times for line in shown.flat}) == 1
    heights = [float((line.smooth * line.times).max()) for line in shown.lines]
    assert max(heights[1:]) <= heights[0] and max(heights[1:]) > heights[0] / 4


def test_names_that_would_take_a_third_of_the_plot_stand_inside():
    names = {"a": "reconstruction of all"}
    shown = picture(figure("curve", {"names": names}, y__a=np.linspace(1, 2, 50)))
    for width, inside in ((700, False), (300, True)):
        area = QRectF(0, 0, width, 200)
        assert (shown.axes(area, LOOK).area.right() == area.right()) is inside


def test_the_first_steps_do_not_flatten_the_rest():
    low, high = picture(curve()).limits()["y"]
    assert low == 0 and high < 350


def test_numbers_of_the_table_are_as_measured():
    shown = picture(curve(20))
    columns = shown.rows().columns
    assert columns == ["x", "ELBO", "kl"]
    assert shown.rows().rows[3][2] == curve(20).arrays["y:kl"].numpy()[3]


def test_smoothing_keeps_level_start_and_gaps():
    assert np.allclose(smoothed(np.full(1000, 3.0)), 3.0)
    line = np.linspace(0, 1, 1001)
    assert np.allclose(smoothed(line)[:950], line[:950], atol=1e-9)
    holed = np.ones(500)
    holed[100] = np.nan
    assert np.isnan(smoothed(holed)[100]) and np.isfinite(smoothed(holed)[101])


def test_thinning_keeps_extremes():
    x = np.linspace(0, 100, 100_000)
    y = np.zeros_like(x)
    y[54_321] = 7.0
    kept_x, kept_y = thinned(x, y, QRectF(0, -10, 100, 20))
    assert len(kept_x) < 300
    assert kept_y.max() == 7.0


def test_names_are_pushed_apart_within_bounds():
    placed = spread_out([10, 11, 12], 5, 200)
    assert all(b - a >= 14 for a, b in pairwise(placed))
    placed = spread_out([198, 199], 5, 200)
    assert placed[-1] <= 200 and placed[1] - placed[0] >= 14


def test_a_name_takes_the_nearest_clear_height():
    random, half, bounds = np.random.default_rng(0), 7.5, (0.0, 120.0)
    found = []
    for _ in range(200):
        tops = random.uniform(0, 110, random.integers(1, 6))
        taken = [
            (top, top + height)
            for top, height in zip(tops, random.uniform(1, 40, len(tops)), strict=True)
        ]
        wanted = random.uniform(-10, 130)
        y = nearest_clear(wanted, half, taken, bounds)
        clear = [at for at in np.arange(7.5, 113, 0.5) if _is_clear(at, half, taken)]
        found.append(bool(clear))
        assert 7.5 <= y <= 112.5
        if clear:
            assert _is_clear(y, half - 1, taken)
            assert abs(y - wanted) <= min(abs(at - wanted) for at in clear) + 1
    assert {*found} == {True, False}


def _is_clear(y, half, taken):
    return all(high <= y - half or low >= y + half for low, high in taken)


@pytest.mark.parametrize("end", [30, 100, None])
@pytest.mark.parametrize("apart", [0.02, 0.1, 0.5])
def test_names_inside_cover_no_line(qapp, end, apart):
    names = {"a": "Likelihood of all", "b": "bits a dimension"}
    falling = 1 + np.exp(-np.linspace(0, 5, 30))
    facts = {"names": names, "end": end}
    shown = picture(figure("curve", facts, y__a=falling, y__b=falling - apart))
    area = QRectF(0, 0, 230, 160)
    named = _painted(shown, area)
    shown.paint_names = lambda *_: None
    bare = _painted(shown, area)
    lines = np.ptp(bare, axis=2) > 60  # coloured, unlike the grid
    changed = (bare != named).any(axis=2)
    axes = shown.axes(area, LOOK)
    near = [axes.across(line.x[-1:])[0] for line in shown.lines]
    lines[:, int(min(near)) - 5 : int(max(near)) + 6] = False  # dots stand at the ends
    assert changed.sum() > 200 and not (lines & changed).any()


def _painted(shown, area):
    image = QImage(area.size().toSize(), QImage.Format.Format_RGB32)
    image.fill(LOOK.colour("panel"))
    painter = QPainter(image)
    shown.paint(painter, area, LOOK)
    painter.end()
    bytes_ = np.frombuffer(image.constBits(), np.uint8)
    return bytes_.reshape(image.height(), image.width(), 4)[..., :3].astype(int)


def test_a_logarithmic_axis_takes_zeros():
    shown = picture(figure("curve", {"log": True}, y__e=np.array([0.0, 1e-3, 1.0, -1.0])))
    low, high = shown.limits()["y"]
    assert (low, high) == (-3, 0)


def test_loss_curves_grow_and_start_anew():
    losses = LossCurves("elbo", "ELBO")
    series = {
        "elbo.loss": ([0, 1], [5.0, 4.0]),
        "elbo.kl": ([0, 1], [1.0, 1.0]),
        "x.loss": ([], []),
    }
    first = losses.figure(series, end=10)
    assert first.facts["subtitle"] == "on training batches"
    in_nats = LossCurves("elbo", "ELBO", "nats per item").figure(series)
    assert in_nats.facts["subtitle"] == "nats per item, on training batches"
    assert list(first.facts["names"].items()) == [("loss", "ELBO"), ("kl", "KL")]
    series["elbo.loss"][0].extend(range(2, 5000))
    series["elbo.loss"][1].extend(np.ones(4998).tolist())
    grown = losses.figure(series)
    assert len(grown.arrays["y:loss"].numpy()) == 5000
    assert grown.arrays["y:loss"].numpy()[:2].tolist() == [5.0, 4.0]
    anew = losses.figure({"elbo.loss": ([0, 1], [9.0, 8.0])})
    assert anew.arrays["y:loss"].numpy().tolist() == [9.0, 8.0]
