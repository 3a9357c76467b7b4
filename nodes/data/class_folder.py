"""The base of data sets of files: a folder of the user, in which a sub-folder is a class."""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from nodes.data import memory
from nodes.data.arrays import Array
from nodes.data.base import Dataset, Loading, Split, held_count, held_out, hold_out
from nodes.data.columns import name_list
from nodes.data.folders import Kind, Tree, files_of, find_layout, holds_one, natural_key, subfolders
from nodes.data.places import found_folder
from nodes.data.preview import Preview, classes_said, doubtful, items_said
from nodes.errors import DataMissing
from nodes.sentences import Text, listed, say
from nodes.types import Frame

NAMED = 3
"""Unreadable files and classes that a sentence names."""
Read = Generator[Frame[None], None, list[Array | None]]


class ClassFolder(Dataset):
    """Draw what the files of a folder hold; each sub-folder is a class."""

    icon = "folder-open"
    kind: ClassVar[Kind]
    folder: Path | None
    test_share: float = held_out()
    large: memory.Large = memory.large_param()

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.unreadable: list[str] = []
        self.read_notes: list[Text] = []

    @abstractmethod
    def read_files(self, files: list[Path]) -> Read:
        """Return what each file holds, None where it cannot be read; a frame now and then."""

    @abstractmethod
    def counted(self, count: int) -> Text:
        """Return the number of items as text."""

    @abstractmethod
    def nothing_chosen(self) -> DataMissing:
        """Return the refusal where no folder is chosen."""

    @abstractmethod
    def nothing_there(self, folder: Path, unread: Text | None) -> DataMissing:
        """Return the refusal where a folder has no item, or none but `unread` ones."""

    @abstractmethod
    def said_values(self) -> list[Text]:
        """Return the range of the numbers of items as text, before they are read."""

    @abstractmethod
    def refuse_too_many(self, count: int) -> None:
        """Raise `DataMissing` where so many items take too much memory."""

    def reads(self) -> list[Path]:
        return [self.root()] if self.folder else []

    def peek_classes(self) -> list[str]:
        """Return the sub-folders that hold an item, as far as a first look shows."""
        parts = self._parts(find_layout(self.root(), self.kind))
        found = {f.name for part in parts for f in subfolders(part) if holds_one(f, self.kind)}
        return sorted(found, key=natural_key)

    def preview(self) -> Preview:
        """Return what a walk through the folder finds; no file is read."""
        tree = find_layout(self.root(), self.kind)
        trees, files = self._files(tree)
        known = sorted(_classes(trees, files), key=natural_key)
        every = [f.relative_to(root) for root, part in zip(trees, files, strict=True) for f in part]
        places = Counter(f.parts[0] for f in every if len(f.parts) > 1)
        counts = {name: places[name] for name in known}
        tests = len(files[1]) if tree.test else held_count(len(every), self.test_share)
        item = list(self.item_shape())
        return Preview(
            item=item,
            count=len(every),
            out=[
                *items_said(len(every), tests, item), *self.said_values(), *classes_said(counts)
            ],
            warnings=doubtful(len(every), counts),
            counts=counts,
        )  # fmt: skip

    def notes(self) -> list[Text]:
        """Return what was read, after loading."""
        return self.read_notes

    def reading(self) -> Loading:
        """Read all files of the folder; a sub-folder is a class, and one for tests the test part.

        Raise `DataMissing` where there is no item that can be read.
        """
        self.unreadable, self.read_notes = [], []
        tree = find_layout(self.root(), self.kind)
        trees, files = self._files(tree)
        self.refuse_too_many(sum(map(len, files)))
        self.classes = sorted(_classes(trees, files), key=natural_key)
        flat = [file for part in files for file in part]
        found = yield from self.read_files(flat)
        ready = iter(zip(flat, found, strict=True))
        pairs = [[next(ready) for _ in part] for part in files]
        parts = [self._part(root, some) for root, some in zip(trees, pairs, strict=True)]
        self.read_notes = self.told(tree, sum(len(labels) for _, labels in parts))
        if len(parts) == 2:
            return Split(*parts[0], *parts[1])
        return hold_out(*parts[0], self.test_share)

    def root(self) -> Path:
        """Return the folder chosen, or raise `DataMissing`."""
        if not self.folder:
            raise self.nothing_chosen()
        return found_folder(self.folder, self.home)

    def _files(self, tree: Tree) -> tuple[list[Path], list[list[Path]]]:
        """Return the folders of both parts, and the files of each."""
        most = None if self.large == "read" else memory.MOST_FILES
        trees = self._parts(tree)
        return trees, [files_of(root, self.kind, most=most) for root in trees]

    def _parts(self, tree: Tree) -> list[Path]:
        return [tree.train, *([tree.test] if tree.test else [])]

    def _part(self, root: Path, found: list[tuple[Path, Array | None]]) -> tuple[Tensor, Tensor]:
        """Return the items of one part that could be read, and their classes."""
        self.unreadable += [str(file.relative_to(root)) for file, item in found if item is None]
        kept = [(file, item) for file, item in found if item is not None]
        if not kept:
            raise self.nothing_there(root, self.unread() if self.unreadable else None)
        labels = [self._class_of(file.relative_to(root)) for file, _ in kept]
        return torch.from_numpy(np.stack([item for _, item in kept])), torch.tensor(labels)

    def _class_of(self, file: Path) -> int:
        """Return the number of an item's first sub-folder, 0 for one beside them."""
        return self.classes.index(file.parts[0]) if file.parts[0] in self.classes else 0

    def told(self, tree: Tree, count: int) -> list[Text]:
        """Return what was read and what was assumed, as text."""
        told: list[Text] = [self.counted(count)]
        if self.classes:
            names = name_list(self.classes, most=NAMED + 1)
            told.append(say("classes {names} ({count})", names=names, count=len(self.classes)))
        if tree.test is not None:
            told.append(say("split {train}, {test}", train=tree.train.name, test=tree.test.name))
        if tree.inside:
            told.append(say("inside {folder}", folder=tree.inside))
        if tree.others:
            told.append(say("left out: {names}", names=name_list(tree.others)))
        if self.unreadable:
            told.append(self.unread())
        return told

    def unread(self) -> Text:
        """Return how many files cannot be read, with the names of the first, as text."""
        more = ["..."] if len(self.unreadable) > NAMED else []
        names = listed([*self.unreadable[:NAMED], *more])
        return say("{count} cannot be read: {names}", count=len(self.unreadable), names=names)


def _classes(trees: Sequence[Path], files: Sequence[list[Path]]) -> set[str]:
    """Return the names of the sub-folders that hold items."""
    pairs = zip(trees, files, strict=True)
    found = (file.relative_to(root).parts for root, part in pairs for file in part)
    return {parts[0] for parts in found if len(parts) > 1}
