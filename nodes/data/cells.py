"""Classify the cells of a table: a number in any notation, a date, a gap, or text.

`1.5`, `1,5`, `1,234.5`, `1.234,5`, `1 234,5`, `12 %`, `$3`, `(4)`, `0x1F`: which of the comma and
the point is the decimal mark is a property of a column, and of the table where a column does not
tell. Light: needs no torch.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Literal, NamedTuple

Mark = Literal[".", ","]
Kind = Literal["number", "hex", "date", "time", "text", "empty"]

MISSING = frozenset(
    (
        *("", "na", "n/a", "n.a.", "#n/a", "nan", "null", "none", "nil", "-", "--", "---", "?"),
        *(".", "..", "…", "*", "missing", "(null)", r"\n", "k.a.", "#div/0!", "#value!", "#ref!"),
        *("#num!", "#name?", "#null!", "1.#qnan", "1.#ind", "-1.#ind", "-nan", "<na>", "nat"),
    )
)
NAMELESS = frozenset(("", "na", "n/a", "#n/a", "nan", "null", "<na>"))
"""What marks a gap among words: `none` or `?` may be a class."""

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_SPACES = str.maketrans("\u00a0\u202f\u2009\u2007−–\u2019", "    --'")
_EXPONENT = r"(?:[eEdD][+-]?\d+)?"
_POINT = re.compile(
    rf"(?:\d+\.?\d*|\.\d+|[1-9]\d{{0,2}}(?:[, ']\d{{3}})+(?:\.\d*)?"
    rf"|[1-9]\d?(?:,\d{{2}})+,\d{{3}}(?:\.\d*)?){_EXPONENT}"
)
_COMMA = re.compile(rf"(?:\d+,?\d*|,\d+|[1-9]\d{{0,2}}(?:[. ']\d{{3}})+(?:,\d*)?){_EXPONENT}")
_HEX = re.compile(r"0[xX][0-9a-fA-F]+")
_CLOCK = r"\d{1,3}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?: ?[AaPp]\.?[Mm]\.?)?"
_ZONE = r" ?(?:Z|UTC|[+-]\d{2}:?\d{2})?"
_TIME = re.compile(_CLOCK)
_DATE = re.compile(
    r"(?:\d{4}[-/.]\d{1,2}(?:[-/.]\d{1,2})?|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})"
    r"|\d{1,2}\.?[- ][^\W\d]{3,9}\.?,?[- ](?:\d{4}|\d{2})|[^\W\d]{3,9}\.? \d{1,2},? \d{4})"
    rf"(?:[T ,]+{_CLOCK}{_ZONE})?"
)
_SIGNED = re.compile(r"([+-]?) ?([$€£¥]?) ?([+-]?)(.*?) ?([$€£¥%]|EUR|USD|GBP|CHF)?")


class Parts(NamedTuple):
    """A cell that may be a number: its sign, its digits with marks, and its unit."""

    sign: float
    digits: str
    unit: str


class CellCounts(NamedTuple):
    """What the cells of a column are: how many of each, `point` and `comma` by decimal mark."""

    missing: int
    point: int
    comma: int
    hex: int
    date: int
    time: int
    text: int
    units: frozenset[str]

    @property
    def present(self) -> int:
        """Cells that are no gaps."""
        return max(self.point, self.comma) + self.hex + self.date + self.time + self.text

    @property
    def decided(self) -> Mark | None:
        """The decimal mark that more cells have; None where all read either way."""
        if self.point == self.comma:
            return None
        return "." if self.point > self.comma else ","


def is_missing(cell: str) -> bool:
    """Return whether a cell marks a gap among numbers."""
    return cell.lower() in MISSING


def gaps_of(*, words: bool) -> frozenset[str]:
    """Return what marks a gap in a column of words, or of numbers."""
    return NAMELESS if words else MISSING


def parts(cell: str) -> Parts:
    """Take a sign, a currency, a per cent sign or accountants' brackets off a cell."""
    cell = cell.translate(_SPACES).strip()
    inverse = cell[:1] == "(" and cell[-1:] == ")"
    found = _SIGNED.fullmatch(cell[1:-1] if inverse else cell)
    if found is None:
        return Parts(1.0, cell, "")
    minus = ("-" in (found[1], found[3])) != inverse
    return Parts(-1.0 if minus else 1.0, found[4], found[2] or found[5] or "")


def marks(cell: str) -> str:
    """Return the decimal marks with which a cell is a number: `.`, `,`, both or none."""
    digits = parts(cell).digits
    return ("." if _POINT.fullmatch(digits) else "") + ("," if _COMMA.fullmatch(digits) else "")


def number(cell: str, mark: Mark) -> float | None:
    """Return a cell's number, infinite where it is too large, None where it is no number."""
    sign, digits, _ = parts(cell)
    pattern, group = (_POINT, ",") if mark == "." else (_COMMA, ".")
    if pattern.fullmatch(digits):
        plain = digits.replace(group, "").replace(" ", "").replace("'", "")
        return sign * float(plain.replace(",", ".").replace("D", "e").replace("d", "e"))
    return sign * float(int(digits, 16)) if _HEX.fullmatch(digits) else None


def count_cells(counts: Counter[str]) -> CellCounts:
    """Return how many cells of a column are of each type, from the counts of their marks."""
    found: Counter[str] = Counter()
    units = set()
    for cell, count in counts.items():
        if is_missing(cell):
            found["missing" if cell.lower() in NAMELESS else "said"] += count
            continue
        ways = marks(cell)
        for way in ways or _other(cell):
            found[way] += count
        unit = parts(cell).unit if ways else ""
        units |= {unit} - {""}
    others = max(found["."], found[","]) + found["x"] + found["d"] + found["t"]
    found["w" if found["w"] > others else "missing"] += found["said"]
    return CellCounts(
        missing=found["missing"],
        point=found["."],
        comma=found[","],
        hex=found["x"],
        date=found["d"],
        time=found["t"],
        text=found["w"],
        units=frozenset(units),
    )


def _other(cell: str) -> str:
    """Return what a cell is that is no number: hexadecimal x, a date d, a time t, or words w."""
    if _HEX.fullmatch(parts(cell).digits):
        return "x"
    if _DATE.fullmatch(cell) and _plausible(cell):
        return "d"
    return "t" if _TIME.fullmatch(cell) else "w"


def _plausible(cell: str) -> bool:
    return any(_day(cell, first) is not None for first in ("day", "month"))


def instants(cells: Iterable[str]) -> list[float | None]:
    """Return dates as days since the year 1, times as seconds; None where a cell is neither."""
    cells = list(cells)
    first = _first_part(cells)
    return [None if is_missing(cell) else _instant(cell, first) for cell in cells]


def _first_part(cells: list[str]) -> str:
    """Return whether `03/04/2019` begins with the day: where a first part is above 12, or dots."""
    numbers = [tuple(map(int, re.findall(r"\d+", cell)[:2])) for cell in cells]
    if any(n[0] > 12 for n in numbers if len(n) == 2):
        return "day"
    if any(n[1] > 12 for n in numbers if len(n) == 2):
        return "month"
    return "day" if any("." in cell for cell in cells) else "month"


def _instant(cell: str, first: str) -> float | None:
    if _TIME.fullmatch(cell):
        return _seconds(cell)
    day = _day(cell, first) if _DATE.fullmatch(cell) else None
    clock = re.search(rf"(?<=[T ,]){_CLOCK}", cell)
    return None if day is None else day + (_seconds(clock[0]) / 86400 if clock else 0.0)


def _seconds(clock: str) -> float:
    values = [float(v.replace(",", ".")) for v in re.findall(r"\d+(?:[.,]\d+)?", clock)]
    hours, minutes, seconds = (*values, 0.0, 0.0)[:3]
    if re.search(r"[ap]\.?m", clock, re.IGNORECASE):
        hours = hours % 12 + (12 if re.search("p", clock, re.IGNORECASE) else 0)
    return 3600 * hours + 60 * minutes + seconds


def _day(cell: str, first: str) -> float | None:
    """Return the day of a date, counted from the year 1."""
    words = re.findall(r"[^\W\d]{3,}", cell.partition(":")[0])
    numbers = [int(n) for n in re.findall(r"\d+", cell)][:3]
    if re.match(r"\d{4}", cell):
        year, month, day = (*numbers[:2], numbers[2] if _has_day(cell) else 1)
    elif words:
        day, year, month = numbers[0], numbers[1], _month(words[0])
    else:
        year = numbers[2]
        day, month = numbers[:2] if first == "day" else numbers[1::-1]
    year += (1900 if year > 68 else 2000) if year < 100 else 0
    try:
        return float(date(year, month, day).toordinal())
    except ValueError:
        return None


def _has_day(cell: str) -> bool:
    return re.match(r"\d{4}[-/.]\d{1,2}[-/.]\d", cell) is not None


def _month(word: str) -> int:
    """Return the number of a month by its name's first letters, 0 where it is none."""
    known = {"fev": 2, "fév": 2, "mär": 3, "mrz": 3, "avr": 4, "mai": 5, "jui": 6, "aoû": 8,
             "aou": 8, "okt": 10, "dez": 12, "déc": 12}  # fmt: skip
    if word.lower().startswith("juil"):
        return 7
    stem = word[:3].lower()
    return _MONTHS.index(stem) + 1 if stem in _MONTHS else known.get(stem, 0)
