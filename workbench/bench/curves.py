"""Curves by name, each a list of steps and one of values: add to them, read them at a step.

Lists only grow; any other change makes new lists, so that a cached copy is known to be old.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

Points = tuple[list[int], list[float]]
Curves = dict[str, Points]


def add(curves: Curves, news: Curves) -> None:
    """Add points to curves; points at or after the first new step are replaced."""
    for name, (steps, values) in news.items():
        known = curves.setdefault(name, ([], []))
        if steps and known[0] and steps[0] <= known[0][-1]:
            cut = bisect_left(known[0], steps[0])
            known = curves[name] = (known[0][:cut], known[1][:cut])
        known[0].extend(steps)
        known[1].extend(values)


def put_before(curves: Curves, older: Curves) -> None:
    """Put the points of a recording before those received since."""
    for name, (steps, values) in older.items():
        known = curves.get(name, ([], []))
        cut = bisect_left(steps, known[0][0]) if known[0] else len(steps)
        curves[name] = (steps[:cut] + known[0], values[:cut] + known[1])


def value_at(curves: Curves, name: str, step: int | None) -> float | None:
    """Return the last value of a curve at or before a step, or its newest."""
    steps, values = curves.get(name, ((), ()))
    place = len(steps) if step is None else bisect_right(steps, step)
    return values[place - 1] if place else None
