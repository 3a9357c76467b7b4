"""Tables of a lesson: as tables if every word fits, else as lists."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from workbench.look.markdown import TABLE_BORDER, TABLE_PADDING
from workbench.words.kinds import headed

_TABLE = re.compile(r"^\|.*\n\|[ :|-]+\|\n(?:\|.*(?:\n|$))+", re.MULTILINE)
_CELL = re.compile(r"(?<!\\)\|")
_LINK = re.compile(r"(?<!!)\[([^\]]*)\]\([^)\s]*\)")
_PICTURE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
_BREAK = re.compile(r"[^\S\u00a0\u202f]+|(?<=[-–/])")


def fitted(markdown: str, room: float, measure: Callable[[str], float]) -> str:
    """Return the text with tables that are too wide turned into lists of their rows.

    `measure` returns the width of a word or of an image, `![...](...)`.
    """

    def fit(found: re.Match[str]) -> str:
        lines = found[0].strip().splitlines()
        rows = [_cells(line) for line in lines[:1] + lines[2:]]
        return found[0] if least_width(rows, measure) <= room else f"{_by_row(*rows)}\n"

    return _TABLE.sub(fit, markdown)


def least_width(rows: list[list[str]], measure: Callable[[str], float]) -> float:
    """Return the least width at which no word of a table is broken."""
    columns = zip(*rows, strict=False)
    widths = [math.ceil(max(measure(w) for c in column for w in words(c))) for column in columns]
    return sum(widths) + len(widths) * (2 * TABLE_PADDING + 2 * TABLE_BORDER)


def words(cell: str) -> list[str]:
    """Return the unbreakable words of a cell as displayed; an image as written."""
    pictures = _PICTURE.findall(cell)
    read = _LINK.sub(r"\1", _PICTURE.sub(" ", cell)).replace("*", "").replace("`", "")
    return [*_BREAK.split(read), *pictures]


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in _CELL.split(line.strip().strip("|"))]


def _by_row(heads: list[str], *rows: list[str]) -> str:
    """Return each row as its first cell and a list of the others, with column heads."""
    if len(heads) == 2:
        return "\n".join(f"- {headed(name, value)}" for name, value in rows)
    return "\n\n".join(
        "\n".join([f"**{name}**\n" if name else "", *_items(heads[1:], cells)]).strip()
        for name, *cells in rows
    )


def _items(heads: list[str], cells: list[str]) -> list[str]:
    pairs = zip(heads, cells, strict=False)
    return [f"- {headed(head, cell)}" if head else f"- {cell}" for head, cell in pairs if cell]
