"""Find the files and folders of the user: beside the graph first, and plain ones only."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from nodes.errors import DataMissing
from nodes.sentences import say


def located(path: str | os.PathLike[str], home: Path | None) -> Path:
    """Return where a path leads: a relative one beside the graph where that is there."""
    given = Path(path).expanduser()
    beside = home / given if home is not None and not given.is_absolute() else given
    return beside if _exists(beside) or not _exists(given) else given


def found_file(path: str | os.PathLike[str], home: Path | None, place: str = "file") -> Path:
    """Return a plain file, or raise `DataMissing`: a pipe or a device would never end."""
    there = located(path, home)
    try:
        mode = there.stat().st_mode
    except OSError as error:
        raise _absent("file", there, error, place) from error
    if stat.S_ISREG(mode):
        return there
    sentence = (
        say("{path} is a folder, not a file.", path=there)
        if stat.S_ISDIR(mode)
        else say("{path} is a pipe or a device, not a file.", path=there)
    )
    raise DataMissing(sentence, say("Choose another."), place=place)


def found_folder(path: str | os.PathLike[str], home: Path | None, place: str = "folder") -> Path:
    """Return a folder, or raise `DataMissing`."""
    there = located(path, home)
    try:
        mode = there.stat().st_mode
    except OSError as error:
        raise _absent("folder", there, error, place) from error
    if not stat.S_ISDIR(mode):
        sentence = say("{path} is a file, not a folder.", path=there)
        raise DataMissing(sentence, say("Choose another."), place=place)
    return there


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _absent(what: str, path: Path, error: OSError, place: str) -> DataMissing:
    missing = isinstance(error, (FileNotFoundError, NotADirectoryError))
    if missing and what == "file":
        return DataMissing(
            say("There is no file {path}.", path=path), say("Choose another."), place=place
        )
    if missing:
        return DataMissing(
            say("There is no folder {path}.", path=path), say("Choose another."), place=place
        )
    why = error.strerror or str(error)
    said = say("{path} cannot be read: {why}.", path=path, why=why)
    return DataMissing(said, say("Choose another."), place=place)
