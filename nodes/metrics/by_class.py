"""Values of a measure for each class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

MOST_NAMED = 12
"""Classes whose own values stand beside a figure, at most."""


def by_class(values: Mapping[int, float], known: Mapping[str, Sequence[str]]) -> dict[str, float]:
    """Return the values of classes by their names, where the labels have some and not too many.

    `known` are the names that the engine gives a metric, by its inputs.
    """
    names = known.get("labels", ())
    if len(names) > MOST_NAMED:
        return {}
    return {f"class {names[n]}": value for n, value in values.items() if 0 <= n < len(names)}
