"""Pictures from a folder of the user, a sub-folder a class."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from nodes.base import param
from nodes.data import memory
from nodes.data.base import Loading, Split, held_count, held_out, hold_out
from nodes.data.columns import said_names
from nodes.data.folders import (
    Tree,
    holds_picture,
    laid_out,
    natural,
    picture_files,
    subfolders,
)
from nodes.data.pictures import Picture, read_picture, scaled
from nodes.data.pixels import ImageSet
from nodes.data.places import found_folder
from nodes.data.preview import Preview, classes_said, doubtful, items_said
from nodes.errors import DataMissing
from nodes.sentences import Text, listed, say
from nodes.types import Frame

MODES = {"grey": "L", "colour": "RGB"}
NAMED = 3
"""Unreadable files and classes that a sentence names."""
BETWEEN_FRAMES = 16
"""Pictures between two frames."""


class ImageFolder(ImageSet):
    """Draw the pictures of a folder; each sub-folder is a class.

    Pictures are cut to a square around their middle and brought to `size`. Sub-folders for training
    and for tests, however they are called, are a split of its own; folders that only wrap others
    are passed through. Pictures of more than 8 bits share one scale. Files that cannot be read are
    counted and named under the node. Images (b, c, size, size), labels by the sub-folders' names
    in their natural order (b,).

    A folder that is absent or holds no picture raises `DataMissing`.
    """

    synonyms = (
        "png, jpg, jpeg, photos, pictures, own images, dataset, directory, load images, mes "
        "images, répertoire, charger des images, jeu de données"
    )
    title = "Image folder"
    icon = "folder-open"
    formula = r"x \in [0, 1]^{c \times s \times s},\quad y \in \{0, \dots, K - 1\}"

    folder: Path | None = param(default=None, help="A folder of pictures, or of folders of them.")
    size: int = param(
        default=64, low=4, high=1024, unit="pixels", help="Width and height to bring pictures to."
    )
    channels: Literal["grey", "colour"] = param(
        default="colour", help="One channel of greys, or red, green and blue."
    )
    test_share: float = held_out()
    large: memory.Large = memory.large_param()

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.unreadable: list[str] = []
        self.read_notes: list[Text] = []

    def item_shape(self) -> tuple[int, ...]:
        self._root()
        return 1 if self.channels == "grey" else 3, self.size, self.size

    def reads(self) -> list[Path]:
        return [self._root()] if self.folder else []

    def peek_classes(self) -> list[str]:
        """Return the sub-folders that hold a picture, as far as a first look shows."""
        tree = laid_out(self._root())
        parts = [tree.train, *([tree.test] if tree.test else [])]
        found = {f.name for part in parts for f in subfolders(part) if holds_picture(f)}
        return sorted(found, key=natural)

    def preview(self) -> Preview:
        """Return what a walk through the folder finds; no picture is decoded."""
        tree = laid_out(self._root())
        trees = [tree.train, *([tree.test] if tree.test else [])]
        files = [picture_files(root, most=self._most()) for root in trees]
        known = sorted(_classes(trees, files), key=natural)
        every = [f.relative_to(root) for root, part in zip(trees, files, strict=True) for f in part]
        places = Counter(f.parts[0] for f in every if len(f.parts) > 1)
        counts = {name: places[name] for name in known}
        tests = len(files[1]) if tree.test else held_count(len(every), self.test_share)
        item = list(self.item_shape())
        out = [*items_said(len(every), tests, item), say("values in {range}", range=self.range)]
        return Preview(
            item=item,
            out=[*out, *classes_said(counts)],
            warnings=doubtful(len(every), counts),
            counts=counts,
        )

    def notes(self) -> list[Text]:
        """Say what was read, once it has been."""
        return self.read_notes

    def reading(self) -> Loading:
        self.unreadable, self.read_notes = [], []
        tree = laid_out(self._root())
        trees = [tree.train, *([tree.test] if tree.test else [])]
        files = [picture_files(root, most=self._most()) for root in trees]
        self._refuse_too_much(sum(map(len, files)))
        self.classes = sorted(_classes(trees, files), key=natural)
        pictures = yield from self._pictures(trees, files)
        parts = [self._part(root, found) for root, found in zip(trees, pictures, strict=True)]
        self.read_notes = self._told(tree, sum(len(labels) for _, labels in parts))
        if len(parts) == 2:
            return Split(*parts[0], *parts[1])
        return hold_out(*parts[0], self.test_share)

    def _root(self) -> Path:
        if not self.folder:
            raise DataMissing(
                say("No folder is chosen."), say("Choose one with pictures."), place="folder"
            )
        return found_folder(self.folder, self.home)

    def _most(self) -> int | None:
        return None if self.large == "read" else memory.MOST_FILES

    def _pictures(self, trees: list[Path], files: list[list[Path]]) -> Any:
        """Read all pictures, several at a time: decoding leaves Python's lock."""
        read = partial(read_picture, size=self.size, mode=MODES[self.channels])
        flat = [file for part in files for file in part]
        found: list[Picture | None] = []
        with ThreadPoolExecutor() as pool:
            try:
                for number, picture in enumerate(pool.map(read, flat)):
                    found.append(picture)
                    if number % BETWEEN_FRAMES == 0:
                        yield Frame(number, len(flat))
            finally:
                pool.shutdown(cancel_futures=True)
        ready = iter(zip(flat, scaled(found), strict=True))
        return [[next(ready) for _ in part] for part in files]

    def _part(self, root: Path, found: list[tuple[Path, Any]]) -> tuple[Tensor, Tensor]:
        """Return the pictures of one part that could be read, and their classes."""
        self.unreadable += [str(file.relative_to(root)) for file, p in found if p is None]
        kept = [(file, pixels) for file, pixels in found if pixels is not None]
        if not kept:
            none = say("{folder} holds no picture that can be read.", folder=root)
            some = "{folder} holds no picture that can be read ({unread})."
            raise DataMissing(
                say(some, folder=root, unread=self._unread()) if self.unreadable else none,
                say("Choose a folder with PNG, JPEG, WebP, GIF, BMP or TIFF files."),
                place="folder",
            )
        labels = [self._class_of(file.relative_to(root)) for file, _ in kept]
        return torch.from_numpy(np.stack([pixels for _, pixels in kept])), torch.tensor(labels)

    def _class_of(self, file: Path) -> int:
        """Return the number of a picture's first sub-folder, 0 for one beside them."""
        return self.classes.index(file.parts[0]) if file.parts[0] in self.classes else 0

    def _refuse_too_much(self, count: int) -> None:
        wanted = count * self.size**2 * (1 if self.channels == "grey" else 3)
        what = say("{count} pictures of {size} × {size}", count=count, size=self.size)
        memory.room_for(what, wanted, self.large, place="size")

    def _told(self, tree: Tree, count: int) -> list[Text]:
        """Say what was read and what was understood."""
        told: list[Text] = [say("{count} pictures", count=count)]
        if self.classes:
            names = said_names(self.classes, most=NAMED + 1)
            told.append(say("classes {names} ({count})", names=names, count=len(self.classes)))
        if tree.test is not None:
            told.append(say("split {train}, {test}", train=tree.train.name, test=tree.test.name))
        if tree.inside:
            told.append(say("inside {folder}", folder=tree.inside))
        if tree.others:
            told.append(say("left out: {names}", names=said_names(tree.others)))
        if self.unreadable:
            told.append(self._unread())
        return told

    def _unread(self) -> Text:
        more = ["..."] if len(self.unreadable) > NAMED else []
        names = listed([*self.unreadable[:NAMED], *more])
        return say("{count} cannot be read: {names}", count=len(self.unreadable), names=names)


def _classes(trees: list[Path], files: list[list[Path]]) -> set[str]:
    """Return the names of the sub-folders that hold pictures."""
    pairs = ((f.relative_to(root).parts, f) for root, part in zip(trees, files, strict=True)
             for f in part)  # fmt: skip
    return {parts[0] for parts, _ in pairs if len(parts) > 1}
