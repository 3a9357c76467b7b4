"""CIFAR-10 in its binary form, from a folder of the user."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from nodes.base import param
from nodes.data.base import Split
from nodes.data.mnist import data_folder
from nodes.data.pixels import ImageSet
from nodes.data.places import found_folder
from nodes.errors import DataMissing
from nodes.sentences import Part, Text, reason, say

SIDE, CLASSES = 32, 10
RECORD = 1 + 3 * SIDE * SIDE
"""Bytes of an item: its label, then its red, its green and its blue, row by row."""
PARTS = (*(f"data_batch_{n}.bin" for n in range(1, 6)), "test_batch.bin")
META = "batches.meta.txt"
"""What the classes are called, a line each."""
FOLDER, PICKLED = "cifar-10-batches-bin", "data_batch_1"
"""The folder that the published archive unpacks to; a file of the version that is not read."""


class Cifar10(ImageSet):
    """Draw CIFAR-10's colour photographs, 50,000 to train and 10,000 to test.

    Learning Multiple Layers of Features from Tiny Images (Krizhevsky, 2009),
    https://www.cs.toronto.edu/~kriz/learning-features-2009-TR.pdf.

    Images (b, 3, 32, 32), labels (b,): airplane, automobile, bird, cat, deer, dog, frog, horse,
    ship, truck. They are read from the *binary version* alone, whose folder holds five
    `data_batch` files and `test_batch.bin`: the Python version may hide programs. Nothing is
    downloaded. Files that are absent, cut short or of another format raise `DataMissing`.
    """

    synonyms = (
        "cifar, photographs, colour images, rgb, 32x32, dataset, photos, images en couleur, "
        "jeu de données"
    )
    title = "CIFAR-10"
    formula = r"x \in [0, 1]^{3 \times 32 \times 32},\quad y \in \{0, \dots, 9\}"
    icon = "image"
    names: ClassVar = (
        *("airplane", "automobile", "bird", "cat", "deer"),
        *("dog", "frog", "horse", "ship", "truck"),
    )

    folder: Path | None = param(
        default=None,
        help="Folder of the six .bin files; none: GENWORKBENCH_DATA, then the user's data folder.",
    )

    def reads(self) -> list[Path]:
        folder = self._folder()
        return [file for name in (*PARTS, META) if (file := folder / name).is_file()]

    def outside(self) -> str:
        return str(self.folder or "")

    def read(self) -> Split:
        """Return pictures (n, 3, 32, 32) as bytes and labels (n,), training and test.

        Raise `DataMissing` where a file is absent, cut short or of another format.
        """
        folder = self._folder()
        missing = next((name for name in PARTS if not (folder / name).is_file()), None)
        if missing:
            raise DataMissing(
                "{path} has no {file}.",
                "Put the missing file there.",
                place="folder",
                path=folder,
                file=missing,
            )
        pictures, labels = zip(*(read_records(folder / name) for name in PARTS), strict=True)
        self.classes = self._named(folder)
        train = torch.cat(pictures[:-1]), torch.cat(labels[:-1])
        return Split(*train, pictures[-1], labels[-1])

    def _named(self, folder: Path) -> list[str]:
        """Return the class names in the folder, else the published ones."""
        file = folder / META
        if not file.is_file():
            return list(self.names)
        names = file.read_text("utf-8", "replace").split()
        if len(names) != CLASSES:
            raise damaged(
                file, say("it names {found} classes, not {must}", found=len(names), must=CLASSES)
            )
        return names

    def item_shape(self) -> tuple[int, ...]:
        """Return (3, 32, 32), or raise `DataMissing` where the files are absent."""
        self._folder()
        return 3, SIDE, SIDE

    def peek_classes(self) -> list[str]:
        return self._named(self._folder())

    def peek(self) -> int | None:
        try:
            files = [self._folder() / name for name in PARTS[:-1]]
            return sum(file.stat().st_size // RECORD for file in files)
        except (DataMissing, OSError):
            return None

    def sign(self) -> Part:
        return super().sign() or say("not here yet")

    def _folder(self) -> Path:
        """Return the first folder that holds the files, or raise `DataMissing`."""
        if self.folder:
            places = _places(found_folder(self.folder, self.home))
        else:
            shared = os.environ.get("GENWORKBENCH_DATA")
            homes = [*([Path(shared)] if shared else []), data_folder()]
            places = [place for home in homes for place in _places(home)]
        found = next((p for p in places if _holds(p)), None)
        return found or _refuse(places)


def read_records(file: Path) -> tuple[Tensor, Tensor]:
    """Return pictures (n, 3, 32, 32) as bytes and labels (n,), or raise `DataMissing`."""
    try:
        content = np.fromfile(file, np.uint8)
    except OSError as error:
        raise damaged(file, reason(error)) from error
    if not len(content) or len(content) % RECORD:
        raise damaged(
            file,
            say(
                "its {bytes} bytes are no whole number of records of {record}",
                bytes=len(content),
                record=RECORD,
            ),
        )
    records = torch.from_numpy(content).view(-1, RECORD)
    labels = records[:, 0].long()
    if labels.max() >= CLASSES:
        first = int((labels >= CLASSES).nonzero()[0])
        raise damaged(
            file,
            say(
                "at byte {at} it has the label {label}; they go from 0 to {last}",
                at=first * RECORD,
                label=int(labels[first]),
                last=CLASSES - 1,
            ),
        )
    return records[:, 1:].reshape(-1, 3, SIDE, SIDE), labels


def damaged(file: Path, why: Text) -> DataMissing:
    """Return the refusal of a file of CIFAR-10 that cannot be used, with the reason."""
    return DataMissing(
        "{path} cannot be used: {why}.",
        "Unpack the binary version of CIFAR-10 anew.",
        path=file,
        why=why,
    )


def _places(folder: Path) -> list[Path]:
    """Return where the files may lie: here, or where the archive puts them."""
    return [folder, folder / FOLDER, folder / "cifar-10" / FOLDER]


def _holds(folder: Path) -> bool:
    return any((folder / name).is_file() for name in PARTS)


def _refuse(places: Sequence[Path]) -> Path:
    if any((folder / PICKLED).is_file() for folder in places):
        raise DataMissing(
            "{path} holds the Python version of CIFAR-10, whose files may hide programs.",
            "Choose the folder of the binary version: its files end in .bin.",
            place="folder",
            path=next(folder for folder in places if (folder / PICKLED).is_file()),
        )
    raise DataMissing(
        "CIFAR-10 is not in {path}: it has no {file}.",
        "Unpack the binary version of CIFAR-10 and choose its folder, {folder}.",
        place="folder",
        path=places[0],
        file=PARTS[0],
        folder=FOLDER,
    )
