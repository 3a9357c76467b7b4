"""While nothing runs, views are shown the quickest first, and each has its turn."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from engine.serve import catching_up
from engine.serve.catching_up import CatchingUp

TIMES = st.dictionaries(st.sampled_from("abcdef"), st.floats(0.001, 10), min_size=1)


def shown(times: dict[str, float], turns: int) -> list[str]:
    """Return what is shown in so many turns, with all views out of date again after each."""
    clock, order = SimpleNamespace(now=0.0), []
    session: Any = SimpleNamespace(program=SimpleNamespace(of_role=lambda *roles: [*times]))
    catching = CatchingUp()

    def show(names: list[str]) -> None:
        order.extend(names)
        clock.now += sum(times[name] for name in names)

    kept = catching_up.time
    catching_up.time = SimpleNamespace(monotonic=lambda: clock.now)  # type: ignore[assignment]
    try:
        for _ in range(turns):
            catching.show_next(session, [*times], [], show)
    finally:
        catching_up.time = kept
    return order


@given(TIMES)
def test_none_waits_for_more_than_two_turns_of_each_other(times: dict[str, float]) -> None:
    order = shown(times, 6 * len(times))
    for name in times:
        at = [-1, *(k for k, other in enumerate(order) if other == name), len(order)]
        assert max(b - a for a, b in pairwise(at)) <= 2 * len(times)


@given(TIMES)
def test_the_quickest_comes_first_once_times_are_known(times: dict[str, float]) -> None:
    order = shown(times, 3 * len(times))
    assert order.count(min(times, key=times.__getitem__)) >= len(order) / len(times)
