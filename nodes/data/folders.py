"""How a folder of pictures is laid out: wrappers, splits, classes. Light: needs no torch."""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from nodes.data.pictures import SUFFIXES, is_picture
from nodes.data.places import entries
from nodes.errors import DataMissing
from nodes.sentences import say

_PART = r"(.*[_ -])?(%s)([_ -]?(set|data|images|imgs|pictures))?"
TRAIN = re.compile(_PART % "train|training", re.IGNORECASE)
TEST = re.compile(_PART % "test|testing", re.IGNORECASE)
VALIDATION = re.compile(_PART % "val|valid|validation|dev|eval", re.IGNORECASE)
GHOSTS = frozenset(("__MACOSX", "@eaDir", "$RECYCLE.BIN", "System Volume Information"))
DEEPEST = 8
FIRST = 200
"""Files in which a first look seeks a picture."""
_TEXTS = "txt md csv tsv json xml yaml yml html pdf zip gz tar db ini py npy npz mat"
_NO_PICTURES = frozenset(f".{name}" for name in _TEXTS.split())


class Tree(NamedTuple):
    """Where the training pictures lie and, in a split of its own, those for tests.

    `inside` is the way through folders that only wrap others, `others` what a split leaves out.
    """

    train: Path
    test: Path | None = None
    inside: str = ""
    others: tuple[str, ...] = ()


def laid_out(root: Path) -> Tree:
    """Find the classes: through wrappers, and in the parts of a split."""
    start = root
    for _ in range(DEEPEST):
        folders = subfolders(root)
        split = _split(folders)
        if split is not None:
            train, test, others = split
            inside = _way(start, root)
            return Tree(_unwrapped(train), _unwrapped(test), inside, others)
        if not _wraps(root, folders):
            break
        root = folders[0]
    return Tree(root, inside=_way(start, root))


def subfolders(root: Path) -> list[Path]:
    """Return the folders in a folder, those that systems leave behind left out."""
    try:
        found = [path for path in root.iterdir() if not path.name.startswith(".")]
        return sorted(path for path in found if path.name not in GHOSTS and path.is_dir())
    except OSError as error:
        why = error.strerror or str(error)
        raise DataMissing(
            say("{path} cannot be read: {why}.", path=root, why=why),
            say("Choose another."),
            place="folder",
        ) from error


def natural(name: str) -> list[tuple[int, int, str]]:
    """Return a key by which `class 2` comes before `class 10`."""
    parts = re.findall(r"\d+|\D+", name.lower())
    order = [(0, int(p), p) if p.isdecimal() else (1, 0, p) for p in parts]
    return [*order, (2, 0, name)]


def picture_files(root: Path, *, most: int | None) -> list[Path]:
    """Return all pictures at or below `root` in natural order, links followed.

    Raises `DataMissing` where there are more files than `most`.
    """
    found = []
    for number, entry in enumerate(entries(root), start=1):
        if most is not None and number > most:
            raise DataMissing(
                say("{folder} holds more than {most} files.", folder=root, most=most),
                say("Set Large data to read, or choose a smaller folder."),
                place="large",
            )
        path = Path(entry.path)
        if _is_one(path):
            found.append(path)
    return sorted(found, key=lambda path: natural(str(path)))


def holds_picture(folder: Path) -> bool:
    """Tell whether a picture is among the first files at or below a folder."""
    return any(_is_one(Path(entry.path)) for entry in islice(entries(folder), FIRST))


def _is_one(path: Path) -> bool:
    return GHOSTS.isdisjoint(path.parts) and _may_be_picture(path)


def _may_be_picture(path: Path) -> bool:
    """Tell by the name, and where that says nothing by the first bytes."""
    suffix = path.suffix.lower()
    return suffix in SUFFIXES or (suffix not in _NO_PICTURES and is_picture(path))


def _split(folders: list[Path]) -> tuple[Path, Path, tuple[str, ...]] | None:
    train = [f for f in folders if TRAIN.fullmatch(f.name)]
    tests = [f for f in folders if TEST.fullmatch(f.name)]
    checks = [f for f in folders if VALIDATION.fullmatch(f.name)]
    if len(train) != 1 or not (tests or checks):
        return None
    test = (tests or checks)[0]
    others = tuple(f.name for f in folders if f not in (train[0], test))
    return train[0], test, others


def _wraps(root: Path, folders: list[Path]) -> bool:
    """Tell whether a folder holds nothing but one folder of folders."""
    return len(folders) == 1 and bool(subfolders(folders[0])) and not _has_pictures(root)


def _unwrapped(root: Path) -> Path:
    for _ in range(DEEPEST):
        folders = subfolders(root)
        if not _wraps(root, folders):
            return root
        root = folders[0]
    return root


def _has_pictures(root: Path) -> bool:
    return any(p.suffix.lower() in SUFFIXES and p.is_file() for p in root.iterdir())


def _way(start: Path, end: Path) -> str:
    return "" if start == end else str(end.relative_to(start))
