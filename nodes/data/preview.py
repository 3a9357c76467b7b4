"""The preview of a data set before loading: shapes, ranges, classes, warnings.

Light: needs no torch.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from msgspec import Struct

from nodes.data.arrays import BEYOND, Array
from nodes.data.columns import Column, name_list
from nodes.data.table import Found, Plan, in_turn
from nodes.sentences import Text, rounded, say

FEW = 100
"""Items below which a network learns them by heart."""
UNEVEN = 10.0
"""How many times as often as another a class may come before it is said."""
NAMED = 6
"""Columns and classes that are named."""


class Preview(Struct, kw_only=True):
    """A data node's output before loading: the sizes of an item, notes and warnings.

    `count`: all items, those for tests too. `counts`: how often each class comes, by its name;
    empty where that needs loading. `plan` is how a table is read.
    """

    item: list[int]
    count: int
    plan: Plan | None = None
    notes: list[Text] = []
    out: list[Text] = []
    warnings: list[Text] = []
    counts: dict[str, int] = {}


def items_said(count: int, tests: int, item: Sequence[int]) -> list[Text]:
    """Return the number of items, their shape, and the number of tests, as text."""
    sizes = " × ".join(map(str, item))
    if not tests:
        return [say("{count} items of {sizes}, all to train", count=count, sizes=sizes)]
    parts = {"count": count, "sizes": sizes, "train": count - tests, "test": tests}
    return [say("{count} items of {sizes}: {train} to train, {test} to test", **parts)]


def classes_said(counts: Mapping[str, int]) -> list[Text]:
    """Return the classes and how often each comes, as text."""
    if not counts:
        return []
    first = [f"{name} {count:,}" for name, count in list(counts.items())[:NAMED]]
    more = ["…"] if len(counts) > NAMED else []
    names = ", ".join([*first, *more])
    return [say("{count} classes: {names}", count=len(counts), names=names)]


def doubtful(count: int, counts: Mapping[str, int]) -> list[Text]:
    """Return warnings where items are few or classes uneven."""
    found: list[Text] = []
    if count < FEW:
        words = "So few items ({count}) a network may learn by heart."
        found.append(say(words, count=count))
    if len(counts) > 1:
        least, most = min(counts, key=counts.__getitem__), max(counts, key=counts.__getitem__)
        if counts[most] >= UNEVEN * counts[least]:
            words = "Classes are uneven: {most} comes {many} times, {least} {few} times."
            parts = {"most": most, "many": counts[most], "least": least, "few": counts[least]}
            found.append(say(words, **parts))
    return found


def counted(words: Iterable[str]) -> dict[str, int]:
    """Return how often each class comes, in the order of their names."""
    return dict(sorted(Counter(words).items()))


def of_table(found: Found, plan: Plan, tests: int) -> Preview:
    """Return the preview of a table whose rows were looked at; so many of them are tests."""
    numbers, items = plan.numbers, found.items
    counts = counted(found.words)
    count = len(items) if found.whole else plan.rows
    warnings = [*_gaps(found), *_beyond(found, numbers), *_constant(items, numbers)]
    item = [len(numbers)]
    return Preview(
        item=item,
        count=count,
        plan=plan,
        notes=plan.notes,
        out=[*items_said(count, tests, item), *_spans(items, numbers), *classes_said(counts)],
        warnings=[*warnings, *doubtful(count, counts)],
        counts=counts,
    )


def _spans(items: Array, columns: Sequence[Column]) -> list[Text]:
    """Return the ranges of the first columns as text."""
    found: list[Text] = []
    for place, column in enumerate(columns[:NAMED]):
        known = items[:, place][np.isfinite(items[:, place])]
        if len(known):
            ends = {"low": rounded(known.min(), 4), "high": rounded(known.max(), 4)}
            found.append(say("{name} from {low} to {high}", name=column.name, **ends))
    return found


def _gaps(found: Found) -> list[Text]:
    """Return how many rows have gaps or cells that are no numbers, with the first places."""
    if not found.gaps.rows:
        return []
    words = "Rows with gaps or cells that are no numbers: {count}; {places}."
    return [say(words, count=found.gaps.rows, places=in_turn(found.gaps.places))]


def _beyond(found: Found, columns: Sequence[Column]) -> list[Text]:
    """Return which numbers are too large for single precision, as text."""
    rows, places = np.nonzero(np.abs(np.nan_to_num(found.items)) > BEYOND)
    if not len(rows):
        return []
    row, place = int(rows[0]), int(places[0])
    value = rounded(found.items[row, place], 3)
    parts = {"line": int(found.lines[row]), "name": columns[place].name, "value": value}
    where = say("line {line}, {name}: {value}", **parts)
    words = "Numbers beyond {most}: {count}; the first: {where}."
    return [say(words, count=len(rows), most=rounded(BEYOND, 2), where=where)]


def _constant(items: Array, columns: Sequence[Column]) -> list[Text]:
    """Name the columns whose numbers are all the same."""
    low, high = np.fmin.reduce(items, axis=0), np.fmax.reduce(items, axis=0)
    same = [c.name for c, a, b in zip(columns, low, high, strict=True) if a == b]
    if not same or len(items) < 2:
        return []
    return [say("{names} never changes: it tells a network nothing.", names=name_list(same))]
