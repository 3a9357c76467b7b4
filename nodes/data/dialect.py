"""Detect how a text table is written: its encoding, separator and quotes.

The separator and the quotes are found by clevercsv; here is what it leaves out: encodings, lines
of comment, `sep=;`, and lines too long to look at whole. Light: needs no torch.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

SEPARATORS = ",;\t| "
COMMENTS = ("#", "%", "//")
SAMPLE_LINES, SAMPLE_SIZE = 200, 20_000
HEAD = 1 << 16
LONGEST_RUN = 40
"""A cell's characters that the sample keeps: patterns in 200 kB of digits take seconds to try."""
BOMS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_LONG_RUN = re.compile(rf"([^\s,;|\"']{{{LONGEST_RUN}}})[^\s,;|\"']+")
_STOP = re.compile(r"([,;|]) ")
_SPACED_DECIMALS = re.compile(r"(?:[+-]?\d+,\d+)(?:\s+[+-]?\d+,\d+)+")
_TOLD = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)

csv.field_size_limit(1 << 30)  # a cell may be long: what is no number is said of it, not this limit


class Dialect(NamedTuple):
    """How to read a table's text."""

    encoding: str
    separator: str
    quote: str | None
    escape: str | None
    commented: bool
    """Whether lines that begin as comments do are comments."""

    @property
    def spaced(self) -> bool:
        """Whether cells are parted by blanks."""
        return self.separator == " "


class Record(NamedTuple):
    """One row of cells, and the line where it begins, counted from 1."""

    line: int
    cells: list[str]


class Records:
    """The rows of a table, comments left out; `comments` are those before the first row.

    Cells that are `gaps` come empty.
    """

    def __init__(self, path: Path, dialect: Dialect, gaps: frozenset[str]) -> None:
        self.path, self.dialect, self.gaps = path, dialect, gaps
        self.comments: list[Record] = []
        self.read = 0  # characters so far
        self._line = self._first = 0

    def __iter__(self) -> Iterator[Record]:
        with self.path.open(encoding=self.dialect.encoding, errors="replace") as file:
            rows = _reader(self._lines(file), self.dialect)
            for cells in rows:
                plain = [cell.strip() for cell in cells]
                if self.gaps:
                    plain = ["" if cell in self.gaps else cell for cell in plain]
                yield Record(self._first, plain)
                self._first = 0

    def _lines(self, file: Iterator[str]) -> Iterator[str]:
        begun = False
        for number, line in enumerate(file, start=1):
            self.read += len(line)
            if line.isspace() or (number == 1 and _TOLD.fullmatch(line)):
                continue
            if self.dialect.commented and line.lstrip().startswith(COMMENTS):
                if not begun:
                    self.comments.append(Record(number, _cells(line, self.dialect)))
                continue
            begun, self._first = True, self._first or number
            yield _plain(line, self.dialect)


def find(path: Path) -> Dialect:
    """Find out how a table is written; a separator is always found, quotes where there are any."""
    encoding = encoding_of(path)
    with path.open(encoding=encoding, errors="replace") as file:
        lines = _sample(file)
    marked = [line.lstrip().startswith(COMMENTS) for line in lines]
    commented = 0 < sum(marked) <= len(lines) / 2
    if commented:
        lines = [line for line, mark in zip(lines, marked, strict=True) if not mark]
    told = _TOLD.fullmatch(lines[0]) if lines else None
    body = lines[bool(told) :]
    separator, quote, escape = _sniffed(body)
    if len(body) > 12 and not _splits(body, separator):  # much stands before the table
        separator, quote, escape = _sniffed(body[len(body) // 2 :])
    if told is not None:
        separator = told[1]
    elif _is_decimal(body, separator):
        separator = ";"
    return Dialect(encoding, separator, quote, escape, commented)


def _sample(file: Iterator[str]) -> list[str]:
    """Return some lines that are not blank, each with its long cells cut."""
    found: list[str] = []
    size = 0
    for line in islice(file, SAMPLE_LINES):
        if line.isspace():
            continue
        short = _LONG_RUN.sub(r"\1", line[:HEAD])[:SAMPLE_SIZE]
        found.append(short)
        size += len(short)
        if size > SAMPLE_SIZE and len(found) > 2:
            break
    return found


def _sniffed(lines: list[str]) -> tuple[str, str | None, str | None]:
    """Return separator, quotes and escape as clevercsv finds them."""
    import clevercsv  # a quarter of a second: for tables alone

    text = "".join(lines)
    try:
        found = clevercsv.Detector().detect(text, delimiters=list(SEPARATORS))
    except (clevercsv.Error, csv.Error):
        found = None
    if found is None:
        return _commonest(text), '"', None
    separator = found.delimiter or ","
    if separator == " " and all("\t" in line for line in lines):
        separator = "\t"
    elif not found.quotechar:
        separator = _beside_space(lines, separator)
    quoted = found.quotechar or (None if '"' in text else '"')
    return separator, quoted, found.escapechar or None


def _beside_space(lines: list[str], separator: str) -> str:
    """Return the separator where spaces stand too: `1, 2` has commas, `1,5 2,5` decimal ones."""
    if separator == " ":
        stops = Counter(mark for line in lines for mark in set(_STOP.findall(line)))
        mark, count = max(stops.items(), key=lambda item: item[1], default=("", 0))
        return mark if 2 * count > len(lines) else separator
    spaced = sum(_SPACED_DECIMALS.fullmatch(line.strip()) is not None for line in lines)
    return " " if separator == "," and 2 * spaced > len(lines) else separator


def _splits(lines: list[str], separator: str) -> bool:
    """Return whether a separator stands as often in most of the last lines."""
    counts = [line.count(separator) for line in lines[len(lines) // 2 :]]
    most = max(set(counts), key=counts.count)
    return most > 0 and 2 * counts.count(most) > len(counts)


def _commonest(text: str) -> str:
    return max(SEPARATORS, key=text.count)


def _is_decimal(lines: list[str], separator: str) -> bool:
    """Return whether commas are decimal marks of one column: the header has none, all rows one."""
    if separator != "," or not lines:
        return False
    rows = lines[1:] if "," not in lines[0] else lines
    pairs = [re.fullmatch(r"\s*[-+−]?\d+,(\d+)\s*", line) for line in rows]
    if not rows or None in pairs:
        return False
    return len(rows) < len(lines) or any(p[1][0] == "0" and len(p[1]) > 1 for p in pairs if p)


def _reader(lines: Iterator[str], dialect: Dialect) -> Iterator[list[str]]:
    return csv.reader(
        lines,
        delimiter=dialect.separator,
        quotechar=dialect.quote,
        quoting=csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
        escapechar=dialect.escape,
        skipinitialspace=True,
    )


def _plain(line: str, dialect: Dialect) -> str:
    """Return a line as the reader takes it: tabs and ends between spaces count as spaces."""
    line = line.replace("\0", "")
    return line.replace("\t", " ").strip() if dialect.spaced else line


def _cells(line: str, dialect: Dialect) -> list[str]:
    """Return the cells of a line of comment, its mark left out."""
    text = line.lstrip().lstrip("#%/").strip()
    cells = next(_reader(iter([_plain(text, dialect)]), dialect), [])
    return cells if len(cells) > 1 else text.split()


def encoding_of(path: Path) -> str:
    """Return a file's encoding: by its first bytes, else UTF-8, else Windows-1252."""
    with path.open("rb") as file:
        head = file.read(HEAD)
        marked = next((name for bom, name in BOMS.items() if head.startswith(bom)), None)
        if marked or (bare := _bare_utf16(head)):
            return marked or bare
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while head:
                decoder.decode(head)
                head = file.read(1 << 20)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8"


def _bare_utf16(head: bytes) -> str:
    """Return UTF-16 without its mark: every other byte of Latin text is nought."""
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) < len(head) / 5:
        return ""
    if min(even, odd) > len(head) / 50:
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"


def is_binary(path: Path, encoding: str) -> bool:
    """Return whether a file is no text."""
    with path.open(encoding=encoding, errors="replace") as file:
        head = file.read(HEAD)
    strange = sum(c in "\0\ufffd" or (ord(c) < 32 and c not in "\t\n\r\f") for c in head)
    return "\0" in head or strange > len(head) / 20
