from itertools import pairwise

import numpy as np
from PySide6.QtCore import QRectF

from tests.workbench.plots.figures import curve, figure
from workbench.plots import picture
from workbench.plots.curve import smoothed, spread_out, thinned
from workbench.plots.loss import LossCurves


def test_a_small_term_is_drawn_higher_with_a_note_and_a_like_one_is_not():
    loss, kl = picture(curve()).lines
    assert loss.times == 1 and loss.title == "ELBO"
    assert kl.times == 10 and kl.title == "kl ×10"
    like = figure("curve", {"scale": True}, y__a=np.full(100, 20.0), y__b=np.full(100, 7.0))
    assert [line.times for line in picture(like).lines] == [1, 1]


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
