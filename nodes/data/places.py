"""Find files and folders of the user, first beside the graph; only plain files are read."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from nodes.errors import DataMissing
from nodes.sentences import reason, say

TABLES = (".csv", ".tsv", ".txt", ".dat", ".xyz", ".tab")
ARRAYS = (".npz", ".npy")
MOLECULES = (".sdf", ".mol")


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


class FileState(NamedTuple):
    """The state of a file or a folder, to notice changes."""

    size: int = -1
    changed: int = 0
    files: int = 0


def file_state(path: Path) -> FileState:
    """Return how a file or a folder looks now; of a folder all that is at or below it."""
    try:
        if not path.is_dir():
            found = path.stat()
            return FileState(found.st_size, found.st_mtime_ns, 1)
        stats = [entry.stat() for entry in entries(path)]
    except OSError:
        return FileState()
    size = sum(s.st_size for s in stats)
    return FileState(size, max((s.st_mtime_ns for s in stats), default=0), len(stats))


def entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    """Yield the files at or below a folder; links are followed, and each folder comes once."""
    seen: set[tuple[int, int]] = set()
    todo = [str(folder)]
    while todo:
        here = todo.pop()
        found = os.stat(here)
        if (found.st_dev, found.st_ino) in seen:
            continue
        seen.add((found.st_dev, found.st_ino))
        with os.scandir(here) as listing:
            for entry in listing:
                if entry.name.startswith("."):
                    continue
                if entry.is_dir():
                    todo.append(entry.path)
                elif entry.is_file():
                    yield entry


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
    return unreadable(path, error, place)


def unreadable(path: Path, error: OSError, place: str) -> DataMissing:
    """Return the refusal of a file or a folder that the system does not let read."""
    said = say("{path} cannot be read: {why}.", path=path, why=reason(error))
    return DataMissing(said, say("Choose another."), place=place)
