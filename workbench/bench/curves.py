"""Named curves, each a list of steps and a list of values.

Lists are only ever extended; every other change makes new lists, so that a cached list that is
still the same object is known to be a prefix of the current one.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

Points = tuple[list[int], list[float]]
Curves = dict[str, Points]


def add(curves: Curves, news: Curves) -> None:
    """Append points to curves; existing points at or after the first new step are dropped."""
    for name, (steps, values) in news.items():
        known = curves.setdefault(name, ([], []))
        if steps and known[0] and steps[0] <= known[0][-1]:
            cut = bisect_left(known[0], steps[0])
            known = curves[name] = (known[0][:cut], known[1][:cut])
        known[0].extend(steps)
        known[1].extend(values)


def prepend(curves: Curves, older: Curves) -> None:
    """Put the points of a recording before those received since."""
    for name, (steps, values) in older.items():
        known = curves.get(name, ([], []))
        cut = bisect_left(steps, known[0][0]) if known[0] else len(steps)
        curves[name] = (steps[:cut] + known[0], values[:cut] + known[1])


def value_at(curves: Curves, name: str, step: int | None) -> float | None:
    """Return a curve's last value at or before `step` (None: its newest value), or None."""
    steps, values = curves.get(name, ((), ()))
    place = len(steps) if step is None else bisect_right(steps, step)
    return values[place - 1] if place else None
