"""Numbers in fields: whatever the hand does, a value stays valid, and its bar between the ends."""

from __future__ import annotations

import pytest

from nodes.params import ParamInfo, value_fault
from tests.shipped import catalogue
from workbench.canvas.field_hand import start_of
from workbench.words import numbers

PLACES = [
    param
    for kind in catalogue().kinds.values()
    for param in kind.params
    if param.type in ("int", "float")
]
BETA = ParamInfo(name="beta", type="float", default=1.0, low=0.0, high=1000.0)
RATE = ParamInfo(name="rate", type="float", default=1e-3, low=1e-8, high=10.0)
SHARE = ParamInfo(name="share", type="float", default=0.5, low=0.0, high=1.0, slider=True)
COUNT = ParamInfo(name="count", type="int", default=6000, low=1, high=1_000_000)


def test_a_drag_never_leaves_what_is_valid() -> None:
    for param in PLACES:
        start = start_of(param, param.default)
        for steps in (-1e4, -37.5, -1, -0.1, 0, 0.1, 1, 37.5, 1e4):
            value = numbers.dragged(param, start, steps)
            assert not value_fault(param, value), (param.name, steps, value)
            assert (value - start) * steps >= 0, (param.name, steps, value)


def test_a_bar_grows_with_its_value_from_end_to_end() -> None:
    for param in PLACES:
        low, high = param.low, param.high
        if low is None or high is None:
            continue
        tenths = [low + (high - low) * tenth / 10 for tenth in range(11)]
        shares = [numbers.share(param, value) for value in tenths]
        assert shares == sorted(shares) and shares[0] == 0 and shares[-1] == pytest.approx(1)


def test_a_bar_is_logarithmic_where_the_bounds_are_magnitudes() -> None:
    assert numbers.share(SHARE, 0.25) == pytest.approx(0.25)
    middle = numbers.share(RATE, 3e-4)
    assert middle is not None and 0.45 < middle < 0.55
    assert numbers.share(RATE, None) is None and numbers.share(RATE, True) is None


@pytest.mark.parametrize(
    ("param", "start", "steps", "then"),
    [
        (BETA, 0.3, 1, 0.31),
        (BETA, 0.3, -30, 0.0),
        (BETA, 0.0, 4, 0.4),
        (RATE, 1e-3, 1, 1.1e-3),
        (RATE, 1e-3, -1, 9.9e-4),
        (RATE, 1e-3, -91, 9.9e-5),
        (SHARE, 0.5, 3, 0.53),
        (COUNT, 6000, 3, 6030),
        (COUNT, 6004, 0.1, 6005),
        (COUNT, 64, 2.4, 66),
    ],
)
def test_a_step_is_small_against_its_value(param, start, steps, then) -> None:
    assert numbers.dragged(param, start, steps) == pytest.approx(then)


@pytest.mark.parametrize(("text", "value"), [("28*28", 784), ("1e3", 1000), ("5k", 5000)])
def test_a_number_is_read_with_its_unit_or_without(text, value) -> None:
    param = ParamInfo(name="n", type="int", default=1, unit="units")
    assert numbers.read(param, text) == numbers.read(param, f"{text} units") == value
