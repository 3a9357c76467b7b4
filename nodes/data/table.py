"""Read numbers and classes from a text table, with notes on what was read.

Every choice that is made is in `Plan.columns` and `Plan.notes`: nothing is dropped in silence. The
module is light: it needs no torch.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, reduce
from itertools import islice
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec
import numpy as np
from msgspec import Struct

from nodes.data import cells as cell
from nodes.data.arrays import Array, damaged, guarded, whole_classes
from nodes.data.columns import Column, assign_roles, choices, name_list
from nodes.data.dialect import Record, Records
from nodes.data.places import FileState, file_state
from nodes.data.scan import Form, Scan, scan
from nodes.errors import DataMissing
from nodes.sentences import Text, say, shortened

Missing = Literal["refuse", "leave out", "fill"]
BLOCK = 1 << 18
"""Cells that are read at once."""
LOOKED = 2 << 20
"""Characters that are looked at before a table is loaded."""
PLACES = 3
"""Places that a refusal names."""


class Plan(Struct, frozen=True):
    """How a table is to be read. `rows` are those looked at, all of them where `whole`."""

    rows: int
    whole: bool
    columns: list[Column]
    preview: list[list[str]]
    notes: list[Text]
    separator: str
    encoding: str
    ragged: int = 0
    classes: list[str] = []
    """What the classes are called, where all rows were looked at."""

    @property
    def plain_rows(self) -> int:
        """Rows that are certainly read; 0 where that needs a full read."""
        used = [c for c in self.columns if c.role != "leave out"]
        gaps = self.ragged or any(c.missing or c.odd for c in used)
        return self.rows if self.whole and not gaps else 0

    @property
    def numbers(self) -> list[Column]:
        """The columns that give numbers: those of numbers and of dates."""
        return _numbers(self.columns)


@dataclass
class Gaps:
    """Rows that cannot be used as they are: how many, and the first places of each sort."""

    rows: int = 0
    empty: int = 0
    unreadable: int = 0
    places: list[Text] = field(default_factory=list)

    def add(self, line: int, name: Text, what: Text) -> None:
        """Note the place of a gap; of many the first three are named."""
        if len(self.places) < PLACES:
            self.places.append(say("line {line}, {name}: {what}", line=line, name=name, what=what))


class Table(NamedTuple):
    """What a table holds: items (n, d) in double precision, the class of each, their lines."""

    items: Array
    labels: Array | None
    classes: list[str]
    lines: Array
    notes: list[Text]


class Found(NamedTuple):
    """What a look at the rows of a table found: items (n, d) with NaN in gaps, lines, classes.

    `whole`: all rows were looked at.
    """

    items: Array
    lines: Array
    words: list[str]
    gaps: Gaps
    whole: bool


Reading = Generator[tuple[int, int], None, Table]


def _numbers(columns: Sequence[Column]) -> list[Column]:
    return [c for c in columns if c.role in ("number", "date")]


def plan(path: Path, form: Form, *, label: str | None, columns: str | None = None) -> Plan:
    """Decide how a table is read, or raise `DataMissing` or `ParamRefused`."""
    found = scan(path, form)
    judged = assign_roles(found, label=label, chosen=choices(columns))
    if not any(c.role in ("number", "date") for c in judged):
        what = name_list([say("{name} ({why})", name=c.name, why=c.why) for c in judged])
        raise damaged(path, say("it has no column of numbers: {columns}", columns=what))
    return Plan(
        rows=found.rows,
        whole=found.whole,
        columns=judged,
        preview=[list(row) for row in found.preview],
        notes=[*_summary(found, judged), *found.notes],
        separator=found.dialect.separator,
        encoding=found.dialect.encoding,
        ragged=found.ragged.rows,
        classes=_known_classes(found, judged),
    )


def _known_classes(found: Scan, columns: Sequence[Column]) -> list[str]:
    column = next((c for c in columns if c.role == "class"), None)
    if column is None or not found.whole:
        return []
    words = found.columns[column.number - 1].words
    return _classes(words, column)[1] if len(words) == column.distinct else []


def bytes_of(path: Path, how: Plan) -> int:
    """Return about how many bytes reading takes: 8 a number, twice while they are joined."""
    share = len(how.numbers) / max(1, len(how.columns))
    return int(4 * path.stat().st_size * share)


def _summary(found: Scan, columns: Sequence[Column]) -> list[Text]:
    """Return in short parts what was read: rows, numbers, class, columns left out."""
    said: list[Text] = [say("{count} rows", count=found.rows)] if found.whole else []
    numbers = [c.name + (f" ({c.unit})" if c.unit else "") for c in columns if c.role == "number"]
    if numbers:
        said.append(say("{names} numbers", names=name_list(numbers)))
    if dates := [c.name for c in columns if c.role == "date"]:
        said.append(say("{names} as dates", names=name_list(dates)))
    for c in columns:
        if c.role == "class":
            said.append(say("class from {name} ({count})", name=c.name, count=c.distinct))
    others = [_left(c) for c in columns if c.role == "leave out"]
    if others:
        said.append(say("left out: {names}", names=name_list(others)))
    marks = {c.mark for c in columns if c.role == "number" and c.kind == "number"}
    if "," in marks:
        said.append(say("decimal commas"))
    return [*said, *_read_as(columns)]


def _read_as(columns: Sequence[Column]) -> list[Text]:
    """Return how ambiguous cells were read, one of each unit."""
    found: dict[str, Text] = {}
    for c in columns:
        if c.role == "number" and c.example and not _reads_plainly(c):
            value = f"{cell.number(c.example, c.mark):.15g}"
            found.setdefault(c.unit, say("{cell} read as {value}", cell=c.example, value=value))
    return list(found.values())


def _reads_plainly(column: Column) -> bool:
    """Return whether a column's example is read as it stands."""
    try:
        return column.mark == "." and math.isfinite(float(column.example))
    except ValueError:
        return False


def _left(column: Column) -> Text:
    """Return the name of a column that is left out, of one without a name what it holds too."""
    nameless = column.name == f"column {column.number}"
    return say("{name} ({why})", name=column.name, why=column.why) if nameless else column.name


def read(path: Path, how: Plan, form: Form, *, missing: Missing) -> Reading:
    """Read all rows, or raise `DataMissing`; yields how many characters were read of how many."""
    with guarded(path):
        found = scan(path, form)
        total = path.stat().st_size
        reader = _Reader(path, how.columns, found, form)
        for block in _blocks(_body(reader.records, found.first), found.width):
            reader.take(block)
            yield min(reader.records.read, total), total
    return reader.table(missing)


def look(path: Path, how: Plan, form: Form) -> Found:
    """Look at the first rows of a table, all of a small one, or raise `DataMissing`."""
    with guarded(path):
        return _looked(path, file_state(path), form, msgspec.json.encode(how.columns))


@lru_cache(maxsize=4)
def _looked(path: Path, state: FileState, form: Form, columns: bytes) -> Found:
    """Do so once for each state of a file; `columns` are what they are taken for, as text."""
    found = scan(path, form)
    how = msgspec.json.decode(columns, type=list[Column])
    reader = _Reader(path, how, found, form)
    whole = True
    for block in _blocks(_body(reader.records, found.first), found.width):
        reader.take(block)
        if reader.records.read > LOOKED:
            whole = False
            break
    return reader.found(whole)


def _body(records: Records, first: int) -> Iterator[Record]:
    return (record for record in records if record.line >= first)


def _blocks(rows: Iterator[Record], width: int) -> Iterator[list[Record]]:
    size = max(16, BLOCK // max(1, width))
    while block := list(islice(rows, size)):
        yield block


class _Reader:
    """Gathers the columns that are read, block by block."""

    def __init__(self, path: Path, columns: Sequence[Column], found: Scan, form: Form) -> None:
        self.path, self.width = path, found.width
        self.numbers = _numbers(columns)
        self.label = next((c for c in columns if c.role == "class"), None)
        self.records = Records(path, found.dialect, form.gaps)
        self.items: list[Array] = []
        self.lines: list[Array] = []
        self.words: list[str] = []
        self.bad: list[Array] = []
        self.gaps = Gaps()

    def take(self, block: list[Record]) -> None:
        """Read a block of rows; those with another number of cells have gaps in the end."""
        lines = np.array([r.line for r in block])
        bad = np.zeros(len(block), bool)
        for n, r in enumerate(block):
            if len(r.cells) < self.width or any(r.cells[self.width :]):
                bad[n] = True
                self._pad_row(r)
        across = list(zip(*(r.cells[: self.width] for r in block), strict=True))
        columns = [self._numbers(c, across[c.number - 1], lines, bad) for c in self.numbers]
        if self.label is not None:
            self._labels(self.label, across[self.label.number - 1], lines, bad)
        self.items.append(np.stack(columns, axis=1))
        self.lines.append(lines)
        self.bad.append(bad)

    def _pad_row(self, row: Record) -> None:
        """Note a row with another number of cells, and fill it up."""
        self.gaps.unreadable += 1
        if len(self.gaps.places) < PLACES:
            what = say("cells are {count}, not {must}", count=len(row.cells), must=self.width)
            self.gaps.places.append(say("line {line}: {what}", line=row.line, what=what))
        row.cells.extend([""] * (self.width - len(row.cells)))

    def _numbers(self, column: Column, texts: Sequence[str], lines: Array, torn: Array) -> Array:
        """Return a column's numbers, NaN where there is none, and note those places."""
        values = _converted(column, texts)
        for n in np.flatnonzero(~np.isfinite(values) & ~torn).tolist():
            gap = cell.is_missing(texts[n])
            self.gaps.empty += gap
            self.gaps.unreadable += not gap
            self.gaps.add(int(lines[n]), column.name, _said(texts[n], values[n], gap))
        values[~np.isfinite(values)] = np.nan
        return values

    def _labels(self, column: Column, texts: Sequence[str], lines: Array, bad: Array) -> None:
        known = cell.gaps_of(words=column.kind == "text")
        for n, text in enumerate(texts):
            if text.lower() in known and not bad[n]:
                bad[n] = True
                self.gaps.empty += 1
                self.gaps.add(int(lines[n]), column.name, say("no class"))
        self.words += texts

    def found(self, whole: bool) -> Found:
        """Return what was read, gaps as they are."""
        items, bad = np.concatenate(self.items), np.concatenate(self.bad)
        self.gaps.rows = int((np.isnan(items).any(axis=1) | bad).sum())
        lines = np.concatenate(self.lines)
        return Found(items, lines, self.words, self.gaps, whole)

    def table(self, missing: Missing) -> Table:
        """Return what was read, with gaps as the user wants them.

        Raise `DataMissing` where gaps are refused, or no row has all its numbers.
        """
        items = np.concatenate(self.items)
        _from_first(items, self.numbers)
        bad = np.concatenate(self.bad)
        gap = np.isnan(items).any(axis=1) | bad
        self.gaps.rows = int(gap.sum())
        if self.gaps.rows and missing == "refuse":
            raise self._refusal(len(items))
        if missing == "fill":
            _fill(items)
            gap = bad | np.isnan(items).any(axis=1)
        keep = ~gap
        if not keep.any():
            raise damaged(self.path, say("no row has all its numbers"))
        labels, classes = self._labelled(keep)
        lines = np.concatenate(self.lines)[keep]
        return Table(items[keep], labels, classes, lines, self._notes(int(gap.sum())))

    def _notes(self, left_out: int) -> list[Text]:
        """Return what was done with the gaps, as text."""
        if not self.gaps.rows:
            return []
        found: list[Text] = []
        if left_out:
            found.append(say("rows with gaps left out: {count}", count=left_out))
        if filled := self.gaps.rows - left_out:
            found.append(say("rows with gaps filled by the mean: {count}", count=filled))
        return [*found, in_turn(self.gaps.places[:PLACES])]

    def _refusal(self, rows: int) -> DataMissing:
        said = say(
            "{path}: rows with gaps or cells that are no numbers are {count} of {rows}: {places}.",
            path=self.path.name,
            count=self.gaps.rows,
            rows=rows,
            places=in_turn(self.gaps.places[:PLACES]),
        )
        fix = say("Set Missing values to leave these rows out or to fill them, or mend the file.")
        return DataMissing(said, fix, place="missing")

    def _labelled(self, keep: Array) -> tuple[Array | None, list[str]]:
        """Return the class of each row kept, and what the classes are called."""
        if self.label is None:
            return None, []
        words = [word for word, kept in zip(self.words, keep, strict=True) if kept]
        return _classes(words, self.label)


def _classes(words: Sequence[str], column: Column) -> tuple[Array, list[str]]:
    """Return the class of each cell, and what the classes are called."""
    numbers = [cell.number(word, column.mark) for word in words]
    if all(n is not None and math.isfinite(n) and n == int(n) for n in numbers):
        return whole_classes(np.array(numbers))
    names = sorted(set(words))
    place = {name: n for n, name in enumerate(names)}
    return np.array([place[word] for word in words], np.int64), names


def in_turn(texts: Sequence[Text]) -> Text:
    """Return texts one after another, semicolons between."""
    return reduce(lambda before, text: say("{before}; {text}", before=before, text=text), texts)


def _converted(column: Column, texts: Sequence[str]) -> Array:
    """Return numbers, NaN for gaps and words, infinity for what is too large."""
    if column.kind in ("date", "time"):
        return np.array([math.nan if v is None else v for v in cell.instants(texts)])
    if column.mark == "." and column.kind == "number" and not column.unit:
        try:
            values = np.array(texts, dtype=np.float64)
            if np.isfinite(values).all():
                return values
        except ValueError:
            pass
    read = (None if cell.is_missing(t) else cell.number(t, column.mark) for t in texts)
    return np.array([math.nan if v is None else v for v in read])


def _said(text: str, value: float, gap: bool) -> Text:
    """Return what is wrong with a cell, as text."""
    if not text:
        return say("empty")
    short = shortened(text)
    if gap:
        return say("{cell}, a gap", cell=f"'{short}'")
    if math.isinf(value):
        return say("{cell} is too large for a number", cell=short)
    return say("{cell} is no number", cell=f"'{short}'")


def _from_first(items: Array, columns: Sequence[Column]) -> None:
    """Count dates in days from the first of them."""
    for place, column in enumerate(columns):
        if column.kind == "date" and not np.isnan(items[:, place]).all():
            items[:, place] -= np.nanmin(items[:, place])


def _fill(items: Array) -> None:
    """Put the mean of its column in each gap."""
    for column in items.T:
        known = ~np.isnan(column)
        if known.any():
            column[~known] = column[known].mean()
