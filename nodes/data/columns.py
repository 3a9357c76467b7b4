"""Assign each column of a table its role (number, class, date, none), with the reason.

What the user chose goes before what is guessed, and nothing is left out in silence. Light: needs no
torch.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal, get_args

import msgspec
from msgspec import Struct

from nodes.data.arrays import NO_LABELS
from nodes.data.cells import CellCounts, Kind, Mark, marks, parts
from nodes.data.scan import ROW_NAMES, Scan, Scanned
from nodes.errors import ParamRefused
from nodes.sentences import Listed, Sentence, Text, listed, say

Role = Literal["number", "class", "date", "leave out"]
ROLES: tuple[Role, ...] = get_args(Role)
LABEL_NAMES = ("label", "labels", "class", "classes", "target", "targets")
FEW = 20
"""So many different words are a class before more are."""
NAMED = 6
"""Columns that a sentence names."""
_ID = re.compile(r"#|no|nr|idx|index|row|row ?names?|unnamed: \d+|(row[ _]?|.*[ _])?id", re.I)
_CAMEL_ID = re.compile(r".*[a-z]Id")


class Column(Struct, frozen=True):
    """A column and its role. `why` gives the reason in a few words."""

    name: str
    number: int
    role: Role
    kind: Kind
    mark: Mark = "."
    unit: str = ""
    why: Text = ""
    guessed: Role = "number"
    missing: int = 0
    odd: int = 0
    """Cells that are neither gaps nor what the column is."""
    distinct: int = 0
    example: str = ""
    """A cell of which is said what it is read as: 1,234 reads in two ways, 12 % as 12."""
    mark_of_gaps: str = ""


def choices(text: str | None) -> dict[str, Role]:
    """Read the roles that the user chose, `{"kind": "class"}`, or raise `ParamRefused`."""
    if not text or not text.strip():
        return {}
    try:
        return msgspec.json.decode(text, type=dict[str, Role])
    except msgspec.MsgspecError as error:
        raise ParamRefused(
            say(
                "Columns must be text like {example}.",
                example='{"kind": "class", "date": "leave out"}',
            ),
            say("Roles are {roles}.", roles=", ".join(ROLES)),
            place="columns",
        ) from error


def assign_roles(scan: Scan, *, label: str | None, chosen: Mapping[str, Role]) -> list[Column]:
    """Give every column its role, or raise `ParamRefused` where a choice names none."""
    asked = {_named(scan, name, "columns"): role for name, role in chosen.items()}
    if label and label != NO_LABELS:
        asked.setdefault(_named(scan, label, "label"), "class")
    _refuse_two(scan, asked)
    mark = _mark(scan)
    kinds = [_kind(column, mark) for column in scan.columns]
    which = None
    if "class" not in asked.values() and label != NO_LABELS:
        free = [n for n in range(len(kinds)) if n not in asked]
        which = _class_column(scan, kinds, free)
    found = []
    for place, (column, kind) in enumerate(zip(scan.columns, kinds, strict=True)):
        guessed: Role = "class" if place == which else _role(column, kind, scan.rows)
        role = asked.get(place, guessed)
        if role == "number" and kind in ("date", "time"):
            role = "date"
        found.append(_column(column, kind, mark, role, guessed))
    return found


def _refuse_two(scan: Scan, asked: Mapping[int, Role]) -> None:
    both = [scan.columns[n].name for n, role in asked.items() if role == "class"]
    if len(both) > 1:
        raise ParamRefused(
            say("One column is the class; {names} were chosen.", names=", ".join(both)),
            say("Choose another role for all but one."),
            place="columns",
        )


def _named(scan: Scan, name: str, place: str) -> int:
    """Return the place of a column by its name, or its number from 1 (from the end below 0)."""
    lower = [column.name.lower() for column in scan.columns]
    if name.lower() in lower:
        return lower.index(name.lower())
    if name.lstrip("-").isdecimal() and 0 < abs(int(name)) <= len(lower):
        return int(name) - 1 if int(name) > 0 else len(lower) + int(name)
    raise ParamRefused(
        say(
            "There is no column {name}; there are {names}.",
            name=name,
            names=name_list([c.name for c in scan.columns], most=12),
        ),
        say("Choose one of these, or its number from 1."),
        place=place,
    )


def _mark(scan: Scan) -> Mark:
    """Return the decimal mark of the table, for columns that are ambiguous."""
    votes = [c.seen.decided for c in scan.columns]
    if any(votes):
        return "," if votes.count(",") > votes.count(".") else "."
    groups = any("," in word for c in scan.columns if c.seen.comma for word in c.words)
    return "," if groups and scan.dialect.separator == ";" else "."


def _kind(column: Scanned, mark: Mark) -> Kind:
    """Return what most of a column's cells are: half of them as numbers are numbers."""
    seen = column.seen
    if not seen.present:
        return "empty"
    numbers = max(seen.point, seen.comma) + seen.hex
    if 2 * numbers >= seen.present:
        return "hex" if seen.hex > numbers / 2 else "number"
    if 2 * seen.date >= seen.present:
        return "date"
    return "time" if 2 * seen.time >= seen.present else "text"


def _role(column: Scanned, kind: Kind, rows: int) -> Role:
    """Return what a column is taken for where it is not the class."""
    if kind not in ("number", "hex") or _is_id(column):
        return "leave out"
    return "number"


def _is_id(column: Scanned) -> bool:
    """Return whether a column counts the rows: whole, all different, and named so or not at all."""
    if column.name == ROW_NAMES:
        return column.distinct > 1
    if not column.counting:
        return False
    named = _ID.fullmatch(column.name) or _CAMEL_ID.fullmatch(column.name)
    return not column.named or named is not None


def _class_column(scan: Scan, kinds: list[Kind], free: list[int]) -> int | None:
    """Return the column of classes: one with a telling name, else words that come again."""
    columns = scan.columns
    telling = [
        n
        for n in free
        if columns[n].name.lower() in LABEL_NAMES and (columns[n].whole or kinds[n] == "text")
    ]
    words = [n for n in free if kinds[n] == "text" and columns[n].named]
    repeated = [n for n in words if 1 < columns[n].distinct <= max(2, scan.rows // 2)]
    few = [n for n in repeated if columns[n].distinct <= FEW]
    found = telling or few or (repeated if len(repeated) == 1 else [])
    return found[0] if found else None


def _column(column: Scanned, kind: Kind, mark: Mark, role: Role, guessed: Role) -> Column:
    seen = column.seen
    return Column(
        name=column.name,
        number=column.number,
        role=role,
        kind=kind,
        mark=seen.decided or mark,
        unit=next(iter(seen.units)) if len(seen.units) == 1 else "",
        why=_reason(column, kind),
        guessed=guessed,
        missing=seen.missing,
        odd=0 if kind == "text" else seen.present - _fitting(seen, kind),
        distinct=column.distinct,
        example=_ambiguous_mark(column) or _with_unit(column, kind)
        if kind in ("number", "hex")
        else "",
        mark_of_gaps=column.mark_of_gaps if role == "number" else "",
    )


def _ambiguous_mark(column: Scanned) -> str:
    """Return a cell whose comma or point may part thousands, where no other cell decides."""
    if column.seen.decided is not None:
        return ""
    return next((w for w in column.words if marks(w) == ".," and ("," in w or "." in w)), "")


def _with_unit(column: Scanned, kind: Kind) -> str:
    """Return a cell with more to it than its number: a per cent sign, a currency, brackets, 0x."""
    found = (w for w in column.words if kind == "hex" or (marks(w) and _has_unit(w)))
    return next(found, "")


def _has_unit(word: str) -> bool:
    return bool(parts(word).unit) or word.startswith("(")


def _fitting(seen: CellCounts, kind: Kind) -> int:
    """Return how many cells are what the column is."""
    instants = seen.date + seen.time
    return instants if kind in ("date", "time") else max(seen.point, seen.comma) + seen.hex


def _reason(column: Scanned, kind: Kind) -> Text:
    """Return the reason for the role of a column, as text."""
    seen = column.seen
    if kind == "empty":
        return say("empty")
    if kind in ("date", "time"):
        words = say("dates") if kind == "date" else say("times")
    elif kind in ("number", "hex"):
        words = _numbers(column, seen.present)
    elif column.distinct == seen.present and seen.present > 2:
        words = say("words, all different")
    else:
        words = say("{count} words, repeated", count=column.distinct)
    return say("{what}, {count} empty", what=words, count=seen.missing) if seen.missing else words


def _numbers(column: Scanned, present: int) -> Sentence:
    if _is_id(column):
        return say("counts rows")
    if column.distinct == 1 < present:
        return say("one number, repeated")
    if column.whole and column.distinct <= FEW < present:
        return say("{count} whole numbers, repeated", count=column.distinct)
    return say("{count} numbers", count=present)


def name_list(names: Sequence[Text], *, most: int = NAMED) -> Listed:
    """Return names in a row, the middle of many left out."""
    if len(names) <= most:
        return listed(names)
    return listed([*names[: most - 1], "...", names[-1]])
