"""Detect the layout of a folder of data: wrappers, splits, classes. Needs no torch."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from nodes.data.places import entries, unreadable
from nodes.errors import DataMissing
from nodes.sentences import say

_PART = r"(.*[_ -])?(%s)([_ -]?(set|data|images|imgs|pictures|audio|sounds))?"
TRAIN = re.compile(_PART % "train|training", re.IGNORECASE)
TEST = re.compile(_PART % "test|testing", re.IGNORECASE)
VALIDATION = re.compile(_PART % "val|valid|validation|dev|eval", re.IGNORECASE)
SYSTEM_FOLDERS = frozenset(("__MACOSX", "@eaDir", "$RECYCLE.BIN", "System Volume Information"))
DEEPEST = 8
FIRST = 200
"""Files in which a first look seeks an item."""
_TEXTS = "txt md csv tsv json xml yaml yml html pdf zip gz tar db ini py npy npz mat"
_NO_PICTURES = frozenset(f".{name}" for name in _TEXTS.split())


class Kind(NamedTuple):
    """Which files are items: by their suffixes, and whether another may be one by its content."""

    suffixes: frozenset[str]
    by_content: Callable[[Path], bool] | None = None

    def has(self, file: Path) -> bool:
        """Return whether a file is of this kind, by its name, else by its content."""
        suffix = file.suffix.lower()
        if suffix in self.suffixes or self.by_content is None:
            return suffix in self.suffixes
        return suffix not in _NO_PICTURES and self.by_content(file)


class Tree(NamedTuple):
    """Where the training items lie and, in a split of its own, those for tests.

    `inside` is the way through folders that only wrap others, `others` what a split leaves out.
    """

    train: Path
    test: Path | None = None
    inside: str = ""
    others: tuple[str, ...] = ()


def find_layout(root: Path, kind: Kind) -> Tree:
    """Find the classes: through wrappers, and in the parts of a split."""
    start = root
    for _ in range(DEEPEST):
        folders = subfolders(root)
        split = _split(folders)
        if split is not None:
            train, test, others = split
            inside = _relative(start, root)
            return Tree(_unwrapped(train, kind), _unwrapped(test, kind), inside, others)
        if not _is_wrapper(root, folders, kind):
            break
        root = folders[0]
    return Tree(root, inside=_relative(start, root))


def subfolders(root: Path) -> list[Path]:
    """Return the folders in a folder, those that systems leave behind left out.

    Raise `DataMissing` where the folder cannot be read.
    """
    try:
        found = [path for path in root.iterdir() if not path.name.startswith(".")]
        return sorted(path for path in found if path.name not in SYSTEM_FOLDERS and path.is_dir())
    except OSError as error:
        raise unreadable(root, error, "folder") from error


def natural_key(name: str) -> list[tuple[int, int, str]]:
    """Return a key by which `class 2` comes before `class 10`."""
    parts = re.findall(r"\d+|\D+", name.lower())
    order = [(0, int(p), p) if p.isdecimal() else (1, 0, p) for p in parts]
    return [*order, (2, 0, name)]


def files_of(root: Path, kind: Kind, *, most: int | None) -> list[Path]:
    """Return all items at or below `root` in natural order, links followed.

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
        if _is_one(path, kind):
            found.append(path)
    return sorted(found, key=lambda path: natural_key(str(path)))


def holds_one(folder: Path, kind: Kind) -> bool:
    """Return whether an item is among the first files at or below a folder."""
    return any(_is_one(Path(entry.path), kind) for entry in islice(entries(folder), FIRST))


def _is_one(path: Path, kind: Kind) -> bool:
    return SYSTEM_FOLDERS.isdisjoint(path.parts) and kind.has(path)


def _split(folders: list[Path]) -> tuple[Path, Path, tuple[str, ...]] | None:
    train = [f for f in folders if TRAIN.fullmatch(f.name)]
    tests = [f for f in folders if TEST.fullmatch(f.name)]
    checks = [f for f in folders if VALIDATION.fullmatch(f.name)]
    if len(train) != 1 or not (tests or checks):
        return None
    test = (tests or checks)[0]
    others = tuple(f.name for f in folders if f not in (train[0], test))
    return train[0], test, others


def _is_wrapper(root: Path, folders: list[Path], kind: Kind) -> bool:
    """Return whether a folder holds nothing but one folder of folders."""
    return len(folders) == 1 and bool(subfolders(folders[0])) and not _has_items(root, kind)


def _unwrapped(root: Path, kind: Kind) -> Path:
    for _ in range(DEEPEST):
        folders = subfolders(root)
        if not _is_wrapper(root, folders, kind):
            return root
        root = folders[0]
    return root


def _has_items(root: Path, kind: Kind) -> bool:
    return any(p.suffix.lower() in kind.suffixes and p.is_file() for p in root.iterdir())


def _relative(start: Path, end: Path) -> str:
    return "" if start == end else str(end.relative_to(start))
