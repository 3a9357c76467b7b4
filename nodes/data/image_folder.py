"""Pictures from a folder of the user; each sub-folder is a class."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Literal

from nodes.base import param
from nodes.data import memory
from nodes.data.class_folder import ClassFolder, Read
from nodes.data.folders import Kind
from nodes.data.pictures import SUFFIXES, Picture, is_picture, read_picture, scaled
from nodes.data.pixels import ImageSet
from nodes.errors import DataMissing
from nodes.sentences import Text, say
from nodes.types import Frame

MODES = {"grey": "L", "colour": "RGB"}
PICTURES = Kind(SUFFIXES, is_picture)
BETWEEN_FRAMES = 16
"""Pictures between two frames."""


class ImageFolder(ClassFolder, ImageSet):
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
    kind = PICTURES
    formula = r"x \in [0, 1]^{c \times s \times s},\quad y \in \{0, \dots, K - 1\}"

    folder: Path | None = param(default=None, help="A folder of pictures, or of folders of them.")
    size: int = param(
        default=64, low=4, high=1024, unit="pixels", help="Width and height to bring pictures to."
    )
    channels: Literal["grey", "colour"] = param(
        default="colour", help="One channel of greys, or red, green and blue."
    )

    def item_shape(self) -> tuple[int, ...]:
        """Return (c, size, size), or raise `DataMissing` where there is no folder."""
        self.root()
        return 1 if self.channels == "grey" else 3, self.size, self.size

    def counted(self, count: int) -> Text:
        return say("{count} pictures", count=count)

    def nothing_chosen(self) -> DataMissing:
        return DataMissing(
            say("No folder is chosen."), say("Choose one with pictures."), place="folder"
        )

    def nothing_there(self, folder: Path, unread: Text | None) -> DataMissing:
        none = say("{folder} holds no picture that can be read.", folder=folder)
        some = "{folder} holds no picture that can be read ({unread})."
        return DataMissing(
            say(some, folder=folder, unread=unread) if unread else none,
            say("Choose a folder with PNG, JPEG, WebP, GIF, BMP or TIFF files."),
            place="folder",
        )

    def said_values(self) -> list[Text]:
        return [say("values in {range}", range=self.range)]

    def refuse_too_many(self, count: int) -> None:
        wanted = count * self.size**2 * (1 if self.channels == "grey" else 3)
        what = say("{count} pictures of {size} × {size}", count=count, size=self.size)
        memory.room_for(what, wanted, self.large, place="size")

    def read_files(self, files: list[Path]) -> Read:
        """Read all pictures, several at a time: decoding leaves Python's lock."""
        read = partial(read_picture, size=self.size, mode=MODES[self.channels])
        found: list[Picture | None] = []
        with ThreadPoolExecutor() as pool:
            try:
                for number, picture in enumerate(pool.map(read, files)):
                    found.append(picture)
                    if number % BETWEEN_FRAMES == 0:
                        yield Frame(number, len(files))
            finally:
                pool.shutdown(cancel_futures=True)
        return list(scaled(found))
