"""Ranges that stay put while the time slider moves, so that pictures can be compared."""

from __future__ import annotations

from workbench.plots.look import Limits, Span

SHRUNK = 0.6  # live data that needs less than this share of a range gets a range of its own


class Ranges:
    """The ranges of a plot over time."""

    def __init__(self) -> None:
        self.held: Limits = {}

    def see(self, limits: Limits, *, past: bool) -> Limits:
        """Return the ranges to draw these data with.

        In the past a range only grows. Live it also shrinks, when most of it has fallen empty: a
        cloud that once burst would else be a speck for ever.
        """
        for name, span in limits.items():
            self.held[name] = _next(self.held.get(name), span, past)
        return {name: self.held[name] for name in limits}

    def forget(self) -> None:
        self.held.clear()


def _next(held: Span | None, span: Span, past: bool) -> Span:
    if held is None:
        return span
    if not past and span[1] - span[0] < SHRUNK * (held[1] - held[0]):
        return span
    return min(held[0], span[0]), max(held[1], span[1])
