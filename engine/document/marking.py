"""What a person has put on a recorded run: a star, a note, and whether it is in the bin.

It stands in a file of its own, which a recorder that is still writing never touches, and which
older versions of the program leave alone.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from engine.document.errors import RunRefused
from engine.document.writing import write_atomically
from nodes.sentences import reason

MARKS_FILE = "marks.json"
LONGEST_NOTE = 2_000  # characters


class Marking(Struct, kw_only=True, frozen=True):
    """The marks of a run."""

    starred: bool = False
    note: str = ""
    binned: bool = False


def read_marking(folder: Path) -> Marking:
    """Return a run's marks; none where there are none, or their file is damaged."""
    try:
        return msgspec.json.decode((folder / MARKS_FILE).read_bytes(), type=Marking)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return Marking()


def delete(folder: Path) -> None:
    """Delete the folder of a run in the bin; raise `RunRefused` where that fails, or is not one."""
    if not read_marking(folder).binned:
        raise RunRefused("{path} is not in the bin.", path=folder)
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise RunRefused(
            "{path} cannot be deleted: {why}.", path=folder, why=reason(error)
        ) from error


def mark(folder: Path, **marks: bool | str) -> Marking:
    """Change some of a run's marks and return them all; raise `GraphRefused` where that fails."""
    marking = replace(read_marking(folder), **marks)
    marking = replace(marking, note=" ".join(marking.note.split())[:LONGEST_NOTE])
    write_atomically(folder / MARKS_FILE, msgspec.json.format(msgspec.json.encode(marking)) + b"\n")
    return marking
