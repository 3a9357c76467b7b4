"""Read numbers from a text table: commas, semicolons, tabs or spaces, with a header or not."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from nodes.data.arrays import NO_LABELS, Array, Content, damaged, guarded
from nodes.errors import DataMissing

Header = Literal["auto", "yes", "no"]
LABEL_NAMES = ("label", "labels", "class", "classes", "target", "targets")


class Layout(NamedTuple):
    """How a table is written: what parts the cells (None: spaces), its header, its columns."""

    delimiter: str | None
    header: bool
    names: list[str]
    label: int | None
    columns: list[int]
    """The columns of numbers: all but the label and row numbers without a name."""


def read_layout(path: Path, *, header: Header, label: str | None) -> Layout:
    """Find out from the first two lines, or raise `DataMissing`."""
    with guarded(path):
        lines = list(islice(_lines(path), 2))
    if not lines:
        raise damaged(path, "it is empty")
    if "\0" in lines[0]:
        raise damaged(path, "it is no text in UTF-8")
    delimiter = next((d for d in "\t;," if d in lines[0]), None)
    first, *second = (_cells(line, delimiter) for line in lines)
    titled = header == "yes" or (header == "auto" and _is_header(first, second, delimiter))
    if titled and not second:
        raise damaged(path, "it has no line after its header")
    names = first if titled else [f"column {n + 1}" for n in range(len(first))]
    sample = second[0] if titled else first
    which = _label_column(path, label, names, sample, delimiter)
    columns = [n for n, name in enumerate(names) if n != which and name]
    if not columns:
        raise damaged(path, "it has no column of numbers")
    return Layout(delimiter, titled, names, which, columns)


def read_table(path: Path, layout: Layout) -> Content:
    """Read the numbers and the labels, or raise `DataMissing` naming line and column."""
    try:
        items = _load(path, layout, layout.columns, np.float32)
        whole = bool(np.isfinite(items).all())
    except ValueError:
        whole = False
    if not whole:
        raise _fault(path, layout)
    if layout.label is None:
        return Content(items)
    with guarded(path):
        return Content(items, _load(path, layout, [layout.label], np.str_)[:, 0])


def _load(path: Path, layout: Layout, columns: list[int], dtype: type) -> Array:
    lines = _lines(path)
    if layout.header:
        next(lines)
    return np.loadtxt(
        (_pointed(line, layout.delimiter) for line in lines),
        delimiter=layout.delimiter,
        usecols=columns,
        dtype=dtype,
        comments=None,
        quotechar='"',
        ndmin=2,
    )


def _lines(path: Path) -> Iterator[str]:
    return (line for _, line in _numbered(path))


def _numbered(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not blank with their numbers, as an editor counts them."""
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        yield from ((n, line) for n, line in enumerate(file, start=1) if not line.isspace())


def _cells(line: str, delimiter: str | None) -> list[str]:
    """Return the cells; numpy marks its header line with a sharp."""
    line = line.strip("\r\n").removeprefix("# ")
    if delimiter is None:
        return line.split()
    return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter))]


def _pointed(line: str, delimiter: str | None) -> str:
    """Where semicolons part the cells, commas are decimal points."""
    return line.replace(",", ".") if delimiter == ";" else line


def _is_number(cell: str, delimiter: str | None) -> bool:
    try:
        float(_pointed(cell, delimiter))
    except ValueError:
        return False
    return True


def _is_header(first: list[str], second: list[list[str]], delimiter: str | None) -> bool:
    """Tell whether text stands above a number, or text alone in a table of one line."""
    above = [cell != "" and not _is_number(cell, delimiter) for cell in first]
    if not second:
        return all(above)
    below = [_is_number(cell, delimiter) for cell in second[0]]
    return any(a and b for a, b in zip(above, below, strict=False))


def _label_column(
    path: Path, label: str | None, names: list[str], sample: list[str], delimiter: str | None
) -> int | None:
    """Return the column asked for by name or number, else one with a telling name, else text."""
    if label:
        return _asked_column(path, label, names)
    telling = [n for n, name in enumerate(names) if name.lower() in LABEL_NAMES]
    text = [n for n, cell in enumerate(sample) if cell and not _is_number(cell, delimiter)]
    found = telling or (text if len(text) == 1 else [])
    return found[0] if found else None


def _asked_column(path: Path, label: str, names: list[str]) -> int | None:
    if label == NO_LABELS:
        return None
    lower = [name.lower() for name in names]
    if label.lower() in lower:
        return lower.index(label.lower())
    if label.lstrip("-").isdecimal() and 0 < abs(int(label)) <= len(names):
        return (int(label) - 1) if int(label) > 0 else len(names) + int(label)
    said = ", ".join(name for name in names[:12] if name) + (", ..." if len(names) > 12 else "")
    raise DataMissing(
        f"{path.name} has no column {label}; it has {said}.",
        "Choose one of these, or its number from 1.",
        place="label",
    )


def _fault(path: Path, layout: Layout) -> DataMissing:
    """Find the first cell that is no finite number, by reading again and slowly."""
    for number, line in islice(_numbered(path), int(layout.header), None):
        cells = _cells(line, layout.delimiter)
        faults = ((c, _cell_fault(cells, c, layout.delimiter)) for c in layout.columns)
        for column, said in faults:
            if said:
                return DataMissing(
                    f"{path.name}, line {number}, {layout.names[column]}: {said}.",
                    "Mend the line or remove it.",
                    place="file",
                )
    return damaged(path, "its lines are not alike")


def _cell_fault(cells: list[str], column: int, delimiter: str | None) -> str:
    if column >= len(cells):
        return f"the line has {len(cells)} cells only"
    cell = cells[column]
    if not cell:
        return "the cell is empty"
    if not _is_number(cell, delimiter):
        return f"'{cell[:40]}' is no number"
    finite = math.isfinite(float(_pointed(cell, delimiter)))
    return "" if finite else f"{cell[:40]} is no finite number"
