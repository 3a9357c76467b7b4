"""Parse molecules line by line from SDF (V2000) and XYZ files."""

from __future__ import annotations

import gzip
import math
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nodes.data.arrays import damaged
from nodes.errors import DataMissing
from nodes.molecules.atoms import ELEMENTS
from nodes.sentences import reason

LARGEST = 256 << 20
"""Bytes of a file that are read at all, unpacked ones too."""
FARTHEST = 1e4
"""Ångström: whatever is farther out is a fault of the file."""
GDB, TOLD_BY_GDB = "gdb", 3
"""How QM9's own files begin their comment, and the lines of other facts behind the atoms."""
ORDERS_READ = (1, 2, 3, 4)
BY_NUMBER = {str(element.number): sign for sign, element in ELEMENTS.items()}


@dataclass
class Record:
    """A molecule as it is written: elements, positions in ångström, and bonds.

    A bond is two atoms and an order. `bonds` is None where the format has none.
    """

    elements: list[str] = field(default_factory=list)
    positions: list[tuple[float, ...]] = field(default_factory=list)
    bonds: list[tuple[int, int, int]] | None = None


class Lines:
    """The lines of a file, with the place of the next."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines = text_of(path).splitlines()
        while self.lines and not self.lines[-1].strip():
            self.lines.pop()
        self.at = 0

    @property
    def done(self) -> bool:
        """Whether all lines were read."""
        return self.at >= len(self.lines)

    def pass_empty(self) -> None:
        """Go on to the next line that is not empty."""
        while not self.done and not self.lines[self.at].strip():
            self.at += 1

    def next(self) -> str:
        """Return the next line; raise `DataMissing` where the file ends within a molecule."""
        if self.done:
            raise _fault(
                "{file} ends after line {line}, in the middle of a molecule.",
                "Copy the file anew: its end is lost.",
                self,
            )
        self.at += 1
        return self.lines[self.at - 1]


def _fault(sentence: str, fix: str, lines: Lines, **parts: Any) -> DataMissing:
    """Return the refusal of the line that was read last."""
    return DataMissing(sentence, fix, place="file", file=lines.path.name, line=lines.at, **parts)


def text_of(path: Path) -> str:
    """Return the text of a file, unpacked where it is packed by gzip.

    Raise `DataMissing` where it cannot be read, or has more than 256 MB.
    """
    try:
        with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise damaged(path, reason(error)) from error
    if len(content) > LARGEST:
        raise DataMissing(
            "{file} has more than {most} MB.",
            "Choose a shorter file, or cut this one.",
            place="file",
            file=path.name,
            most=LARGEST >> 20,
        )
    return content.decode("utf-8-sig", "replace")


def records(path: Path) -> Iterator[Record]:
    """Yield the molecules of a file, or raise `DataMissing` with the line that cannot be read."""
    suffix = Path(path.name.lower().removesuffix(".gz")).suffix
    read = READERS.get(suffix)
    if read is None:
        raise DataMissing(
            "{file} is neither SDF nor XYZ by its name.",
            "Choose a file that ends in .sdf, .mol or .xyz, packed by gzip or not.",
            place="file",
            file=path.name,
        )
    lines = Lines(path)
    if lines.done:
        raise DataMissing(
            "{file} holds no molecule.", "Choose another file.", place="file", file=path.name
        )
    while not lines.done:
        yield read(lines)


def from_sdf(lines: Lines) -> Record:
    """Read one molecule of an SDF, up to and with its $$$$.

    Raise `DataMissing` with the line's number where a line is faulty, or the format is V3000.
    """
    for _ in range(3):
        lines.next()
    counts = lines.next()
    if "V3000" in counts:
        raise _fault(
            "{file}, line {line}: the molecule is written as V3000; only V2000 is read.",
            "Save it as an SDF of V2000.",
            lines,
        )
    atoms, bonds = (_whole(lines, counts[at : at + 3]) for at in (0, 3))
    found = Record()
    for _ in range(atoms):
        line = lines.next()
        _add_atom(lines, found, line[31:34], (line[0:10], line[10:20], line[20:30]))
    found.bonds = [_bond(lines, lines.next(), atoms) for _ in range(bonds)]
    while not lines.done and not lines.next().startswith("$$$$"):
        pass
    return found


def from_xyz(lines: Lines) -> Record:
    """Read one molecule of an XYZ file; empty lines before it are passed over.

    Raise `DataMissing` with the line's number where a line is faulty.
    """
    lines.pass_empty()
    count, comment = _whole(lines, lines.next()), lines.next()
    found = Record()
    for _ in range(count):
        words = lines.next().split()
        if len(words) < 4:
            raise _fault(
                "{file}, line {line}: an atom must be an element and three numbers.",
                "Mend this line: O 0.0 0.1 -0.2, say.",
                lines,
            )
        _add_atom(lines, found, words[0], tuple(words[1:4]))
    if comment.startswith(GDB):
        lines.at += TOLD_BY_GDB
    return found


READERS: dict[str, Callable[[Lines], Record]] = {
    ".sdf": from_sdf,
    ".mol": from_sdf,
    ".xyz": from_xyz,
}


def _whole(lines: Lines, text: str) -> int:
    try:
        found = int(text)
    except ValueError:
        found = -1
    if found < 0:
        raise _fault(
            "{file}, line {line}: here must stand how many atoms there are; it is “{found}”.",
            "Look at the lines before: one may be missing, or one too many.",
            lines,
            found=text.strip()[:40],
        )
    return found


def _add_atom(lines: Lines, found: Record, element: str, place: tuple[str, ...]) -> None:
    sign = _element(element)
    if sign not in ELEMENTS:
        raise _fault(
            "{file}, line {line}: “{found}” is none of the elements {known}.",
            "Leave out molecules with other elements.",
            lines,
            found=element.strip()[:10],
            known=" ".join(ELEMENTS),
        )
    found.elements.append(sign)
    found.positions.append(tuple(_coordinate(lines, text) for text in place))


def _element(text: str) -> str:
    """Return an element's sign, of its number too."""
    text = text.strip()
    return BY_NUMBER.get(text, text.capitalize())


def _coordinate(lines: Lines, text: str) -> float:
    try:
        value = float(text.replace("*^", "e"))  # as QM9's own files write powers of ten
    except ValueError:
        value = math.nan
    if not abs(value) < FARTHEST:
        raise _fault(
            "{file}, line {line}: “{found}” is no place in ångström.",
            "Mend this line: a number must stand here.",
            lines,
            found=text.strip()[:40],
        )
    return value


def _bond(lines: Lines, line: str, atoms: int) -> tuple[int, int, int]:
    try:
        first, second, order = (int(line[at : at + 3]) for at in (0, 3, 6))
    except ValueError:
        first = second = order = 0
    within = 1 <= first <= atoms and 1 <= second <= atoms and first != second
    if not within or order not in ORDERS_READ:
        raise _fault(
            "{file}, line {line}: a bond must join two of the {count} atoms, by an order of 1 to 4;"
            " it is “{found}”.",
            "Mend this line.",
            lines,
            count=atoms,
            found=line[:9].strip(),
        )
    return first - 1, second - 1, order
