"""Pictures from a folder of the user, a sub-folder a class."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from nodes.base import param
from nodes.data.base import ImageSet, Split, held_out, hold_out
from nodes.errors import DataMissing

log = logging.getLogger(__name__)

SUFFIXES = frozenset(
    (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm")
)
TRAIN, TEST = "train", ("test", "val", "valid", "validation")
MODES = {"grey": "L", "colour": "RGB"}
LARGEST = 16 << 30
BETWEEN_LINES = 2.0
"""Seconds between two lines of progress in the log."""
NAMED = 5
"""Unreadable files that the log names."""
Pixels = np.ndarray[Any, np.dtype[np.uint8]]


class ImageFolder(ImageSet):
    """Draw the pictures of a folder; each sub-folder is a class.

    Pictures are cut to a square around their middle and brought to `size`. Sub-folders `train` and
    `test` (or `val`) are taken for a split of its own. Files that cannot be read are counted and
    named in the log. Images (b, c, size, size), labels by the sub-folders' names in order (b,).

    A folder that is absent or holds no picture raises `DataMissing`.
    """

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

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.classes: list[str] = []
        self.unreadable: list[str] = []

    def item_shape(self) -> tuple[int, ...]:
        self._root()
        return 1 if self.channels == "grey" else 3, self.size, self.size

    def read(self) -> Split:
        root = self._root()
        self.unreadable = []
        train, test = root / TRAIN, next((root / t for t in TEST if (root / t).is_dir()), None)
        if train.is_dir() and test is not None:
            self.classes = sorted({*class_names(train), *class_names(test)})
            split = Split(*self._part(train), *self._part(test))
        else:
            self.classes = class_names(root)
            split = hold_out(*self._part(root), self.test_share)
        self._tell(len(split.labels) + len(split.test_labels))
        return split

    def _root(self) -> Path:
        if not self.folder:
            raise DataMissing("No folder is chosen.", "Choose one with pictures.", place="folder")
        root = Path(self.folder).expanduser()
        if not root.is_dir():
            raise DataMissing(
                "There is no folder {folder}.", "Choose another one.", place="folder", folder=root
            )
        return root

    def _part(self, root: Path) -> tuple[Tensor, Tensor]:
        """Read the pictures below a folder, several at a time: decoding leaves Python's lock."""
        files = picture_files(root)
        self._refuse_too_much(len(files))
        kept, labels = [], []
        for file, pixels in zip(files, self._decoded(files), strict=True):
            if pixels is None:
                self.unreadable.append(str(file.relative_to(root)))
            else:
                kept.append(pixels)
                labels.append(self._class_of(file.relative_to(root)))
        if not kept:
            raise DataMissing(
                "{path} holds no picture that can be read: {named}."
                if self.unreadable
                else "{path} holds no picture.",
                "Choose a folder with PNG, JPEG, WebP, GIF, BMP or TIFF files.",
                place="folder",
                path=root,
                named=self._named(),
            )
        return torch.from_numpy(np.stack(kept)), torch.tensor(labels)

    def _decoded(self, files: list[Path]) -> Iterator[Pixels | None]:
        read = partial(read_picture, size=self.size, mode=MODES[self.channels])
        next_line = time.monotonic() + BETWEEN_LINES
        with ThreadPoolExecutor() as pool:
            for number, pixels in enumerate(pool.map(read, files)):
                yield pixels
                if time.monotonic() >= next_line:
                    log.info("%s: %s of %s pictures", self.folder, f"{number:,}", f"{len(files):,}")
                    next_line += BETWEEN_LINES

    def _class_of(self, file: Path) -> int:
        """Return the number of a picture's first sub-folder, 0 for one beside them."""
        return self.classes.index(file.parts[0]) if file.parts[0] in self.classes else 0

    def _refuse_too_much(self, count: int) -> None:
        wanted = count * self.size**2 * (1 if self.channels == "grey" else 3)
        if wanted > LARGEST:
            raise DataMissing(
                "{count} pictures of {side} × {side} take {room} GB.",
                "Choose a smaller size.",
                place="size",
                count=count,
                side=self.size,
                room=f"{wanted / 1000000000.0:.0f}",
            )

    def _tell(self, count: int) -> None:
        log.info("%s: %s pictures, classes %s", self.folder, f"{count:,}", ", ".join(self.classes))
        if self.unreadable:
            log.warning("%s: left out%s", self.folder, self._unread())

    def _unread(self) -> str:
        if not self.unreadable:
            return ""
        return f" ({len(self.unreadable):,} cannot be read: {self._named()})"

    def _named(self) -> str:
        rest = ", ..." if len(self.unreadable) > NAMED else ""
        return ", ".join(self.unreadable[:NAMED]) + rest


def class_names(root: Path) -> list[str]:
    """Return the names of the sub-folders in order, of none where pictures lie in root itself."""
    return sorted(p.name for p in root.iterdir() if p.is_dir() and not p.name.startswith("."))


def picture_files(root: Path) -> list[Path]:
    """Return all picture files at or below `root`, sorted, hidden ones left out."""
    return sorted(_walk(root))


def _walk(root: Path) -> Iterator[Path]:
    for folder, names, files in os.walk(root):
        names[:] = [n for n in names if not n.startswith(".")]
        for file in files:
            if Path(file).suffix.lower() in SUFFIXES and not file.startswith("."):
                yield Path(folder, file)


def read_picture(file: Path, *, size: int, mode: str) -> Pixels | None:
    """Return a picture as bytes (c, size, size), None where it cannot be read."""
    from PIL import Image, ImageOps

    try:
        with Image.open(file) as opened:
            opened.draft("RGB", (2 * size, 2 * size))  # a JPEG is then decoded small
            flat = _opaque(ImageOps.exif_transpose(opened))
            square = ImageOps.fit(flat, (size, size), Image.Resampling.LANCZOS)
            pixels = np.asarray(square.convert(mode))
    except Exception:  # a damaged file raises anything, from SyntaxError to struct.error
        return None
    return pixels[None] if pixels.ndim == 2 else np.moveaxis(pixels, 2, 0)


def _opaque(image: Any) -> Any:
    """Return the picture with 8 bits a channel, laid on white where it is transparent."""
    from PIL import Image

    if image.mode.startswith("I"):
        values = np.asarray(image, np.float32)
        scale = 257 if values.max() > 255 else 1
        return Image.fromarray((values / scale).clip(0, 255).astype(np.uint8))
    if "A" in image.getbands() or "transparency" in image.info:
        rgba = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")
    return image.convert("L" if image.mode in ("1", "L") else "RGB")
