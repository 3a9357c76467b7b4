import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QLocale, QPointF, QRectF

from workbench.plots.axes import Axes, equalised, narrowed, number, ticks


@given(st.floats(-1e9, 1e9), st.floats(1e-6, 1e9), st.integers(2, 8))
def test_ticks_are_few_round_and_within(low, length, count):
    high = low + length
    found = ticks(low, high, count)
    assert 2 <= len(found) <= count + 2, "one number alone tells no scale"
    slack = 1e-6 * length + 1e-12 * abs(low)
    assert all(low - slack <= tick <= high + slack for tick in found)


@pytest.mark.parametrize(
    ("value", "pitch", "text"),
    [
        (7032, 0, "7,032"),
        (153.71, 0, "153.7"),
        (0.00421, 0, "0.00421"),
        (-2, 2, "−2"),
        (0.0, 2.5, "0"),
        (2.5, 2.5, "2.5"),
        (60_000, 20_000, "60,000"),
        (1e-9, 0, "10⁻⁹"),
        (2.5e12, 0, "2.5×10¹²"),
        (float("nan"), 0, "–"),
        (float("inf"), 0, "∞"),
    ],
)
def test_numbers_are_written_for_readers(value, pitch, text):
    assert number(value, pitch) == text


def test_numbers_follow_the_language():
    before = QLocale()
    try:
        QLocale.setDefault(QLocale(QLocale.Language.French))
        assert number(1234.5) == "1\u202f234,5" or number(1234.5) == "1\u202f235"
        assert number(0.25) == "0,25"
    finally:
        QLocale.setDefault(before)


def test_data_to_pixels_and_back():
    axes = Axes(QRectF(10, 20, 200, 100), (-1.0, 1.0), (0.0, 5.0))
    ((x, y),) = axes.pixels(np.array([[0.5, 2.0]]))
    assert axes.data(QPointF(x, y)) == pytest.approx((0.5, 2.0))
    assert axes.up(np.array(5.0)) == 20


def test_equal_axes_have_equal_units():
    area = QRectF(0, 0, 400, 100)
    x, y = equalised((-1, 1), (-1, 1), area)
    assert (x[1] - x[0]) / 400 == pytest.approx((y[1] - y[0]) / 100)
    assert y == (-1, 1)
    inner = narrowed((-1, 1), (-1, 1), area)
    assert inner.width() == pytest.approx(inner.height()) == 100


def test_a_thumbnail_lies_half_down():
    area = QRectF(0, 0, 100, 80)
    inner = narrowed((-2, 2), (-1, 1), area, middle=True)
    assert (inner.top(), inner.bottom()) == (15, 65)
    assert narrowed((-2, 2), (-1, 1), area).top() == 0
