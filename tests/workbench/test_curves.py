"""Curves: what a set back run and a recording do to them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workbench.bench.curves import Curves, add, prepend, value_at


def curve(*steps: int) -> Curves:
    return {"x": (list(steps), [float(step) for step in steps])}


def test_a_run_that_was_set_back_goes_on_from_there() -> None:
    curves = curve(1, 2, 3, 4)
    old = curves["x"]
    add(curves, curve(3, 4, 5))
    assert curves == curve(1, 2, 3, 4, 5)
    assert curves["x"][0] is not old[0] and old[0] == [1, 2, 3, 4]


@given(st.lists(st.integers(0, 99), unique=True), st.integers(0, 99))
def test_a_recording_before_what_was_heard_is_the_whole(steps: list[int], cut: int) -> None:
    steps.sort()
    whole, heard = curve(*steps), curve(*(s for s in steps if s >= cut))
    prepend(heard, whole)
    assert heard == whole


@given(st.lists(st.integers(0, 99), unique=True), st.integers(0, 99))
def test_the_value_at_a_step_is_the_last_by_then(steps: list[int], step: int) -> None:
    steps.sort()
    by_then = [float(s) for s in steps if s <= step]
    assert value_at(curve(*steps), "x", step) == (by_then[-1] if by_then else None)
    assert value_at(curve(*steps), "x", None) == (float(steps[-1]) if steps else None)
    assert value_at({}, "x", step) is None
