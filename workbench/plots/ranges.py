"""Axis ranges that stay fixed while the time slider moves, so that pictures can be compared."""

from __future__ import annotations

from workbench.plots.look import Limits, Span

SHRUNK = 0.6  # live data that needs a smaller share of a range resets it


class Ranges:
    """The ranges of a plot over time."""

    def __init__(self) -> None:
        self.held: Limits = {}

    def update(self, limits: Limits, *, past: bool) -> Limits:
        """Return the ranges for drawing these data.

        For past figures a range only grows. Live it also shrinks, once most of it is empty; a cloud
        that once diverged would otherwise remain a speck.
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


def scaled(span: Span, middle: float, factor: float) -> Span:
    """Return a range scaled about a value."""
    return middle + (span[0] - middle) * factor, middle + (span[1] - middle) * factor
