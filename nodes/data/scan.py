"""Scan a text table: its first row, the names of its columns, the types of its cells.

Of a file up to `LOOK` characters all rows are looked at, of a larger one so many first ones. Light:
needs no torch.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

from nodes.data.arrays import damaged, guarded
from nodes.data.cells import CellCounts, count_cells, gaps_of, is_missing, marks, number
from nodes.data.dialect import Dialect, Record, Records, find, is_binary
from nodes.sentences import Text, say

Header = Literal["auto", "yes", "no"]
LOOK = 8 << 20
SHOWN = 12
"""Rows that a preview shows."""
ROW_NAMES = "row names"
"""What the first column of a file by R is called: the file has no name for it."""
FEW_WORDS, MOST_WORDS = 24, 256
"""Values of a column that are kept: all where there are no more than the most."""
ENOUGH = 200
"""Rows that tell a header from what is below it."""
_PLAIN = re.compile(r"(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\n)*")
_EITHER = re.compile(r"(?:[+-]?(?:\d+|[1-9]\d{0,2}(?:\.\d{3})+)\n)*")
_NINES = re.compile(r"[-−]?9{2,}(?:[.,]0*)?").fullmatch
_WHOLE = re.compile(r"(?:[+-]?\d+(?:\.0*)?\n)*")


class Form(NamedTuple):
    """The user's choices for a table: whether it has a header, and what else marks a gap."""

    header: Header = "auto"
    gaps: frozenset[str] = frozenset()


class Ragged(NamedTuple):
    """Rows with another number of cells: how many, and the first of them."""

    rows: int = 0
    line: int = 0
    cells: int = 0


class Scanned(NamedTuple):
    """One column as it was found. `number` counts from 1 as the file has them."""

    name: str
    number: int
    seen: CellCounts
    distinct: int
    whole: bool
    counting: bool
    """Whether it counts rows: whole numbers, all different, and nothing else."""
    named: bool
    words: tuple[str, ...] = ()
    """A few of its values, most frequent first."""
    mark_of_gaps: str = ""
    """A number that repeats far from all others, as -999 does where it marks a gap."""


class Scan(NamedTuple):
    """A table as it was found: `first` is the line of its first row, `width` its cells a row."""

    dialect: Dialect
    rows: int
    whole: bool
    width: int
    first: int
    columns: tuple[Scanned, ...]
    preview: tuple[tuple[str, ...], ...]
    ragged: Ragged
    notes: tuple[Text, ...]


def scan(path: Path, form: Form) -> Scan:
    """Look a table over, or raise `DataMissing`; the same file is looked at once."""
    with guarded(path):
        stat = path.stat()
        return _scan(path, form, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=16)
def _scan(path: Path, form: Form, size: int, changed: int) -> Scan:
    dialect = find(path)
    if is_binary(path, dialect.encoding):
        raise damaged(path, "it is no text")
    rows, records, whole = _first_rows(path, dialect, form.gaps)
    if not rows:
        raise damaged(path, "it is empty" if not records.comments else "it has no row")
    head = _Head(rows, records.comments, form.header)
    if not head.body:
        raise damaged(path, "it has no line after its header")
    columns, ragged = _columns(head)
    kept = [r.cells for r in head.body[:SHOWN] if len(r.cells) >= head.width]
    return Scan(
        dialect,
        len(head.body),
        whole,
        head.width,
        head.body[0].line,
        tuple(columns),
        tuple(tuple(cells[: head.width]) for cells in kept),
        ragged,
        tuple(head.notes(dialect)),
    )


def _first_rows(
    path: Path, dialect: Dialect, gaps: frozenset[str]
) -> tuple[list[Record], Records, bool]:
    records, rows = Records(path, dialect, gaps), []
    for record in records:
        rows.append(record)
        if records.read > LOOK:
            return rows, records, False
    return rows, records, True


class _Head:
    """Where a table begins: its names, what stands before them, and the rows below."""

    def __init__(self, rows: list[Record], comments: list[Record], header: Header) -> None:
        self.width = _width(rows)
        start = next((n for n, r in enumerate(rows) if len(r.cells) == self.width), 0)
        words = 0 if header == "no" else _rows_of_words(rows[start:], self.width)
        self.names: list[str] = []
        self.unit_line = 0
        begin = start
        if words > 2:  # lines about the table with as many words as it has columns
            start += words - 1
            words = 1
        if words or header == "yes" or (header == "auto" and _counts_below(rows[start:])):
            self.names, begin = rows[start].cells, start + max(1, words)
            self.unit_line = rows[start + 1].line if words == 2 else 0
        elif header == "auto" and _is_r_header(rows, start, self.width):
            self.names, start = [ROW_NAMES, *rows[start - 1].cells], start - 1
        elif header == "auto" and comments and _titles(comments[-1], rows[start:], self.width):
            self.names = comments[-1].cells
        self.passed = rows[:start]
        self.body = rows[begin:]

    def notes(self, dialect: Dialect) -> list[Text]:
        """Return assumptions about the table's form."""
        found: list[Text] = []
        if dialect.encoding == "cp1252":
            found.append(say("letters of Windows-1252"))
        if self.passed:
            lines = _lines_said([r.line for r in self.passed])
            found.append(say("passed over: {lines}", lines=lines))
        if self.unit_line:
            found.append(say("line {line} holds units", line=self.unit_line))
        return found


def _lines_said(lines: Sequence[int]) -> Text:
    if len(lines) == 1:
        return say("line {line}", line=lines[0])
    return say("lines {first} to {last}", first=lines[0], last=lines[-1])


def _width(rows: list[Record]) -> int:
    """Return how many cells most rows have; one that is empty at the end of all is none."""
    counts = Counter(len(r.cells) for r in rows[1:] or rows)
    most = max(counts.values())
    widths = [w for w, count in counts.items() if count == most]
    width = len(rows[0].cells) if len(rows[0].cells) in widths else max(widths)
    while width > 1 and all(not "".join(r.cells[width - 1 :]) for r in rows):
        width -= 1
        for r in rows:
            del r.cells[width:]
    return width


def _cell_kind(cell: str) -> str:
    """Return what sort a cell is of: n a number, d a date or time, - a gap, nothing for words."""
    if is_missing(cell):
        return "-"
    if marks(cell):
        return "n"
    found = count_cells(Counter([cell]))
    return "n" if found.hex else "d" if found.date or found.time else ""


def _sorts_below(rows: list[Record], width: int) -> list[str]:
    """Return the type of most cells of each column, from the later rows."""
    chosen = rows[:ENOUGH][min(ENOUGH, len(rows)) // 3 :]
    found = []
    for place in range(width):
        sorts = Counter(_cell_kind(r.cells[place]) for r in chosen if place < len(r.cells))
        del sorts["-"]
        most, count = max(sorts.items(), key=lambda item: item[1], default=("", 0))
        found.append(most if 2 * count > sorts.total() else "")
    return found


def _rows_of_words(rows: list[Record], width: int) -> int:
    """Return how many rows, from the first on, have words where numbers or dates stand below."""
    if len(rows) < 2:
        return int(bool(rows) and all(not _cell_kind(cell) for cell in rows[0].cells))
    below = _sorts_below(rows, width)
    if not any(below):
        return int(all(not _cell_kind(cell) for cell in rows[0].cells))
    count = 0
    for row in rows[:ENOUGH]:
        sorts = [_cell_kind(cell) for cell in row.cells[:width]]
        pairs = [(s, b) for s, b in zip(sorts, below, strict=False) if b and s != "-"]
        if not pairs or any(s == b for s, b in pairs):
            break
        count += 1
    return count if 0 < count < len(rows) else int(_word_above(rows[0], below))


def _word_above(first: Record, below: list[str]) -> bool:
    """Return whether a word stands above a column of numbers or dates, as in `label,0,1,2`."""
    return any(b and not _cell_kind(cell) for cell, b in zip(first.cells, below, strict=False))


def _counts_below(rows: list[Record]) -> bool:
    """Return whether an empty cell stands above row numbers: the index of pandas."""
    first = rows[0].cells
    return not first[0] and len(first) > 1 < len(rows) and _counts([r.cells[0] for r in rows[1:]])


def _titles(comment: Record, rows: list[Record], width: int) -> bool:
    """Return whether a comment names the columns: as many words as there are columns of numbers."""
    if len(comment.cells) != width:
        return False
    pairs = zip(map(_cell_kind, comment.cells), _sorts_below(rows, width), strict=True)
    return any(below and not above for above, below in pairs)


def _is_r_header(rows: list[Record], start: int, width: int) -> bool:
    """Return whether the line before has one cell less, all words: R names no row names."""
    if not start or width < 2 or len(rows[start - 1].cells) != width - 1:
        return False
    names = [r.cells[0] for r in rows[start:] if len(r.cells) == width]
    different = len(set(names)) == len(names) and (_counts(names) or not any(map(marks, names)))
    words = all(not _cell_kind(cell) for cell in rows[start - 1].cells)
    return different and words and any(_sorts_below(rows[start:], width)[1:])


def _counts(cells: list[str]) -> bool:
    """Return whether cells are whole numbers, all different."""
    return len(set(cells)) == len(cells) and all(cell.isdigit() for cell in cells)


def _columns(head: _Head) -> tuple[list[Scanned], Ragged]:
    rows = [r.cells for r in head.body if len(r.cells) == head.width]
    other = [r for r in head.body if len(r.cells) != head.width]
    ragged = Ragged(len(other), other[0].line, len(other[0].cells)) if other else Ragged()
    names = _unique(head.names, head.width)
    found = []
    for place, cells in enumerate(zip(*rows, strict=True)):
        named = not head.names or bool(place < len(head.names) and head.names[place])
        found.append(_scanned(names[place], place + 1, list(cells), named))
    return found, ragged


def _scanned(name: str, number: int, cells: list[str], named: bool) -> Scanned:
    counts = Counter(cells)
    joined = "\n".join([*cells, ""])
    present = "\n".join([*(cell for cell in counts if not is_missing(cell)), ""])
    whole = present != "" and _WHOLE.fullmatch(present) is not None
    if _PLAIN.fullmatch(joined):
        either = len(cells) if _EITHER.fullmatch(joined) else 0
        found = CellCounts(0, len(cells), either, 0, 0, 0, 0, frozenset())
    else:
        found = count_cells(counts)
    gaps = gaps_of(words=2 * found.text > found.present)
    distinct = sum(cell.lower() not in gaps for cell in counts)
    common = counts.most_common(FEW_WORDS if distinct > MOST_WORDS else None)
    words = tuple(cell for cell, _ in common if cell.lower() not in gaps)
    counting = whole and len(counts) == len(cells)
    mark = _mark_of_gaps(counts)
    return Scanned(name, number, found, distinct, whole, counting, named, words, mark)


def _mark_of_gaps(counts: Counter[str]) -> str:
    """Return a number of nines alone that repeats, half a range or more from all others."""
    marks = [cell for cell, count in counts.most_common(FEW_WORDS) if count > 1 and _NINES(cell)]
    if not marks:
        return ""
    others = [n for cell in counts if not _NINES(cell) and (n := _number_of(cell)) is not None]
    if len(set(others)) < 2:
        return ""
    low, high = min(others), max(others)
    room = (high - low) / 2
    far = (m for m in marks if not low - room < (_number_of(m) or 0.0) < high + room)
    return next(far, "")


def _number_of(cell: str) -> float | None:
    """Return a cell's number, whatever its decimal mark; None for gaps and words."""
    if is_missing(cell):
        return None
    point = number(cell, ".")
    return number(cell, ",") if point is None else point


def _unique(names: list[str], width: int) -> list[str]:
    """Return a name for each column, no two alike."""
    found: list[str] = []
    for place in range(width):
        given = " ".join(names[place].split()) if place < len(names) else ""
        name = given or f"column {place + 1}"
        found.append(name if name not in found else f"{name} ({place + 1})")
    return found
