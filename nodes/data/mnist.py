"""MNIST and sets of its format, from a folder of the user or downloaded once."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar

import platformdirs
import torch

from nodes.base import param
from nodes.data.base import ImageSet, Split
from nodes.data.download import download
from nodes.data.idx import damaged, read_idx, read_sizes
from nodes.errors import DataMissing
from nodes.sentences import say
from nodes.types import Frame

PARTS = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
SIDE = 28
CLASSES = 10


class _IdxSet(ImageSet):
    """Draw pictures from four IDX files; any number of them does."""

    icon = "image"
    folder_name: ClassVar[str]
    sources: ClassVar[tuple[str, ...]]
    md5: ClassVar[Mapping[str, str]]

    folder: Path | None = param(
        default=None,
        help="Folder of the four IDX files; none: GENWORKBENCH_DATA, then the user's data folder, "
        "into which they are downloaded.",
    )

    def fetch(self) -> Iterator[Frame[None]]:
        """Download the files that are absent, where they are not to lie in the user's own place."""
        folder = self._folder()
        if folder == data_folder() / self.folder_name:
            for part in (p for p in PARTS if not _find(folder, p)):
                yield from download(self.sources, f"{part}.gz", folder, md5=self.md5[part])
        yield from super().fetch()

    def read(self) -> Split:
        folder = self._folder()
        files = [self._file(folder, part) for part in PARTS]
        return Split(*_pair(*files[:2]), *_pair(*files[2:]))

    def item_shape(self) -> tuple[int, ...]:
        self._folder()
        return 1, SIDE, SIDE

    def peek(self) -> int | None:
        try:
            file = _find(self._folder(), PARTS[0])
            return read_sizes(file, axes=3)[0] if file else None
        except DataMissing:
            return None

    def sign(self) -> str:
        return super().sign() or "not here yet"

    def _folder(self) -> Path:
        """Return the first folder that holds the pictures, or the one to download them to."""
        if self.folder:
            given = Path(self.folder).expanduser()
            return next(_holding(self._places(given)), None) or _refuse(self.title, given)
        shared = os.environ.get("GENWORKBENCH_DATA")
        own = data_folder()
        places = [*(self._places(Path(shared)) if shared else []), *self._places(own)]
        return next(_holding(places), own / self.folder_name)

    def _places(self, folder: Path) -> list[Path]:
        """Return where the files may lie: here, in a folder of the set, where torchvision puts."""
        return [folder, folder / self.folder_name, folder / type(self).__name__ / "raw"]

    def _file(self, folder: Path, part: str) -> Path:
        file = _find(folder, part)
        if file is None:
            raise DataMissing(
                "{path} has no {file}.gz.",
                "Put the missing file there.",
                place="folder",
                path=folder,
                file=part,
            )
        return file


class MNIST(_IdxSet):
    """Draw MNIST's handwritten digits, 60,000 to train and 10,000 to test.

    Gradient-based learning applied to document recognition (LeCun et al., 1998),
    doi:10.1109/5.726791.

    Images (b, 1, 28, 28), labels 0 to 9 (b,). Files that are absent are downloaded (12 MB); those
    that are cut short or of another format raise `DataMissing`.
    """

    title = "MNIST"
    formula = r"x \in [0, 1]^{28 \times 28},\quad y \in \{0, \dots, 9\}"
    folder_name = "mnist"
    sources = (
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    )
    md5: ClassVar[Mapping[str, str]] = dict(
        zip(
            PARTS,
            (
                "f68b3c2dcbeaaa9fbdd348bbdeb94873",
                "d53e105ee54ea40749a09fcbcd1e9432",
                "9fb629c4189551a2d022fa330f9573f3",
                "ec29112dd5afa0611ce80d1b7f02629c",
            ),
            strict=True,
        )
    )


class FashionMNIST(_IdxSet):
    """Draw Fashion-MNIST's clothes, 60,000 to train and 10,000 to test.

    Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning Algorithms (Xiao, Rasul
    & Vollgraf, 2017), arXiv:1708.07747.

    Images (b, 1, 28, 28), labels (b,): T-shirt, trouser, pullover, dress, coat, sandal, shirt,
    sneaker, bag, ankle boot. Files that are absent are downloaded (31 MB); those that are cut short
    or of another format raise `DataMissing`.
    """

    title = "Fashion-MNIST"
    formula = r"x \in [0, 1]^{28 \times 28},\quad y \in \{0, \dots, 9\}"
    folder_name = "fashion-mnist"
    sources = (
        "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    )
    md5: ClassVar[Mapping[str, str]] = dict(
        zip(
            PARTS,
            (
                "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
                "25c81989df183df01b3e8a0aad5dffbe",
                "bef4ecab320f06d8554ea6380940ec79",
                "bb300cfdad3c16e7a12a480ee83cd310",
            ),
            strict=True,
        )
    )


def data_folder() -> Path:
    """Return where downloaded sets are kept."""
    home = os.environ.get("GENWORKBENCH_HOME")
    own = Path(home) / "data" if home else platformdirs.user_data_path("genworkbench")
    return own / "datasets"


def _holding(folders: list[Path]) -> Iterator[Path]:
    return (folder for folder in folders if _find(folder, PARTS[0]))


def _find(folder: Path, part: str) -> Path | None:
    """Return the file of a part under any of its usual names, packed or not."""
    dotted = part.replace("-idx", ".idx")
    names = (f"{part}.gz", part, f"{dotted}.gz", dotted)
    return next((folder / n for n in names if (folder / n).is_file()), None)


def _refuse(title: str, folder: Path) -> Path:
    raise DataMissing(
        "{title} is not in {path}: it has no {file}.gz.",
        "Choose the folder that holds the four IDX files, or leave it empty to download them.",
        place="folder",
        title=title,
        path=folder,
        file=PARTS[0],
    )


def _pair(images: Path, labels: Path) -> tuple[torch.Tensor, torch.Tensor]:
    """Read pictures and their labels, and hold them against each other."""
    x, y = read_idx(images, axes=3), read_idx(labels, axes=1)
    if x.shape[1:] != (SIDE, SIDE):
        sizes = " × ".join(map(str, x.shape[1:]))
        raise damaged(
            images, say("its pictures are {sizes}, not {side} × {side}", sizes=sizes, side=SIDE)
        )
    if not len(x):
        raise damaged(images, "it holds no picture")
    if len(x) != len(y):
        raise damaged(
            labels,
            say("it has {count} labels for {all} pictures", count=len(y), all=len(x)),
        )
    if y.max() >= CLASSES:
        raise damaged(
            labels,
            say(
                "it has a label {label}; they go from 0 to {last}", label=y.max(), last=CLASSES - 1
            ),
        )
    return torch.tensor(x).unsqueeze(1), torch.tensor(y, dtype=torch.int64)
