"""MNIST and sets of its format, from a folder of the user or downloaded once."""

from __future__ import annotations

import os
import string
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import ClassVar, NamedTuple

import numpy as np
import platformdirs
import torch

from nodes.base import param
from nodes.data import arrays
from nodes.data.arrays import Array
from nodes.data.base import Split
from nodes.data.download import download, download_param, offered
from nodes.data.idx import damaged, read_idx, read_labels, read_sizes
from nodes.data.known_files import FASHION_MNIST, KnownFile, KnownSet
from nodes.data.known_files import MNIST as MNIST_FILES
from nodes.data.pixels import ImageSet
from nodes.data.places import FileState, file_state, found_folder
from nodes.errors import DataMissing, Doubt
from nodes.sentences import Part, say
from nodes.types import Frame

PARTS = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
QMNIST = (
    "qmnist-train-images-idx3-ubyte",
    "qmnist-train-labels-idx2-int",
    "qmnist-test-images-idx3-ubyte",
    "qmnist-test-labels-idx2-int",
)
DIGITS, CAPITALS = string.digits, string.ascii_uppercase
MERGED = DIGITS + CAPITALS + "abdefghnqrt"
EMNIST: Mapping[str, str] = {
    "letters": CAPITALS,
    "balanced": MERGED,
    "byclass": DIGITS + CAPITALS + string.ascii_lowercase,
    "bymerge": MERGED,
    "digits": DIGITS,
    "mnist": DIGITS,
}
"""The sets of EMNIST, and what their classes are called."""
GARMENTS = (
    *("T-shirt", "trouser", "pullover", "dress", "coat"),
    *("sandal", "shirt", "sneaker", "bag", "ankle boot"),
)
SIDE = 28


class Files(NamedTuple):
    """The names of a set's four files, and how its pictures lie: EMNIST's on their side."""

    parts: tuple[str, ...]
    turned: bool = False
    names: str = ""


def _emnist(name: str) -> Files:
    kinds = ("images-idx3-ubyte", "labels-idx1-ubyte")
    parts = tuple(f"emnist-{name}-{part}-{kind}" for part in ("train", "test") for kind in kinds)
    return Files(parts, turned=True, names=EMNIST[name])


SETS: Mapping[str, Files] = {
    "": Files(PARTS),
    "qmnist": Files(QMNIST, names=DIGITS),
    **{name: _emnist(name) for name in EMNIST},
}


class _IdxSet(ImageSet):
    """Draw pictures from four IDX files; any number of them does."""

    icon = "image"
    names: ClassVar[Sequence[str]] = DIGITS
    """What the classes are called."""
    folder_name: ClassVar[str]
    known: ClassVar[KnownSet]

    folder: Path | None = param(
        default=None,
        help="Folder of the four IDX files; none: GENWORKBENCH_DATA, then the user's data folder, "
        "into which they are downloaded.",
    )
    download: bool = download_param()

    variant: str | None = param(
        default=None,
        title="Set",
        help="Which set, where the folder holds several: letters, balanced, byclass, bymerge, "
        "digits or mnist of EMNIST, or qmnist.",
    )

    def fetch(self) -> Iterator[Frame[None]]:
        """Bring the files that are absent, where they are not to lie in the user's own place."""
        if not self.loaded and (absent := self._absent()):
            yield from download(self.known, absent, self._folder(), allowed=self.download)
        yield from super().fetch()

    def reads(self) -> list[Path]:
        folder = self._folder()
        return [file for part in self._set(folder).parts if (file := _find(folder, part))]

    def outside(self) -> str:
        """Return its folder, or which set it would download."""
        if self.folder:
            return str(self.folder)
        return self.known.title if self.download and self._absent() else ""

    def doubts(self) -> list[Doubt]:
        return offered(self.known, self._absent(), allowed=self.download)

    def _absent(self) -> list[KnownFile]:
        """Return the files that may be downloaded: none where the user has chosen a folder."""
        folder = self._folder()
        own = data_folder() / self.folder_name
        if folder != own or any(_find(own, files.parts[0]) for n, files in SETS.items() if n):
            return []
        return [
            file for file in self.known.files if not _find(folder, file.name.removesuffix(".gz"))
        ]

    def read(self) -> Split:
        """Return pictures (n, 1, 28, 28) as bytes and labels (n,), training and test.

        Raise `DataMissing` where a file is absent, cut short, or has labels beyond its classes.
        """
        folder = self._folder()
        chosen = self._set(folder)
        files = [self._file(folder, part) for part in chosen.parts]
        x, y, test_x, test_y = *_pair(*files[:2]), *_pair(*files[2:])
        together = np.concatenate([y, test_y])
        both, _ = arrays.whole_classes(together)
        different = np.unique(together)
        lying = chosen is SETS[""] and len(different) in EMNIST_BY_CLASSES
        most = int(max(y.max(), test_y.max()))
        if chosen is SETS[""] and not lying and most >= len(DIGITS):
            raise damaged(
                files[1],
                say("it has a label {label}; they go from 0 to {last}", label=most, last=9),
            )
        self.classes = self._names(chosen, different)
        turned = chosen.turned or lying
        images = [torch.from_numpy(_upright(v) if turned else v).unsqueeze(1) for v in (x, test_x)]
        labels = torch.from_numpy(both).split([len(y), len(test_y)])
        return Split(images[0], labels[0], images[1], labels[1])

    def _names(self, chosen: Files, different: Array) -> list[str]:
        """Return what the classes of a set are called, where there are as many; else numbers."""
        _, found = arrays.whole_classes(different)
        own = (
            EMNIST_BY_CLASSES.get(len(different), self.names)
            if chosen is SETS[""]
            else chosen.names
        )
        return list(own) if len(own) == len(found) else found

    def item_shape(self) -> tuple[int, ...]:
        """Return (1, 28, 28), or raise `DataMissing` where there is no such folder."""
        self._folder()
        return 1, SIDE, SIDE

    def peek_classes(self) -> list[str]:
        """Return the names of a set by its files, or by its labels where these do not decide."""
        if not self.folder:
            return list(self.names)
        folder = self._folder()
        chosen = self._set(folder)
        if chosen.names:
            return list(chosen.names)
        return self._names(chosen, _distinct([self._file(folder, p) for p in chosen.parts[1::2]]))

    def peek(self) -> int | None:
        try:
            folder = self._folder()
            file = _find(folder, self._set(folder).parts[0])
            return read_sizes(file, axes=3)[0] if file else None
        except DataMissing:
            return None

    def sign(self) -> Part:
        return super().sign() or say("not here yet")

    def _folder(self) -> Path:
        """Return the first folder that holds the pictures, or the one to download them to."""
        if self.folder:
            given = found_folder(self.folder, self.home)
            return next(_holding(self._places(given)), None) or _refuse(self.title, given)
        shared = os.environ.get("GENWORKBENCH_DATA")
        own = data_folder()
        places = [*(self._places(Path(shared)) if shared else []), *self._places(own)]
        return next(_holding(places), own / self.folder_name)

    def _set(self, folder: Path) -> Files:
        """Return which set a folder holds: the one chosen, else the only one."""
        there = [name for name, files in SETS.items() if _find(folder, files.parts[0])]
        wanted = (self.variant or "").lower().strip()
        if wanted and (wanted not in SETS or (there and wanted not in there)):
            raise DataMissing(
                say("{folder} has no set {name}.", folder=folder, name=wanted),
                say("Sets are {names}.", names=", ".join(n for n in there or SETS if n)),
                place="variant",
            )
        if len(there) > 1 and not wanted and "" not in there:
            raise DataMissing(
                say("{folder} holds several sets: {names}.", folder=folder, names=", ".join(there)),
                say("Name one of them as Set."),
                place="variant",
            )
        return SETS[wanted or (there[0] if there else "")]

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

    Images (b, 1, 28, 28), labels 0 to 9 (b,). Files that are absent are downloaded where `download`
    is on (12 MB); those that are cut short or of another format raise `DataMissing`.
    """

    synonyms = (
        "handwritten digits, emnist, qmnist, idx, 28x28, images, dataset, chiffres manuscrits, "
        "jeu de données"
    )
    title = "MNIST"
    formula = r"x \in [0, 1]^{28 \times 28},\quad y \in \{0, \dots, 9\}"
    folder_name = "mnist"
    known = MNIST_FILES


class FashionMNIST(_IdxSet):
    """Draw Fashion-MNIST's clothes, 60,000 to train and 10,000 to test.

    Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning Algorithms (Xiao, Rasul
    & Vollgraf, 2017), arXiv:1708.07747.

    Images (b, 1, 28, 28), labels (b,): T-shirt, trouser, pullover, dress, coat, sandal, shirt,
    sneaker, bag, ankle boot. Files that are absent are downloaded where `download` is on (31 MB);
    those that are cut short or of another format raise `DataMissing`.
    """

    synonyms = "clothes, zalando, 28x28, images, dataset, vêtements, mode, habits, jeu de données"
    title = "Fashion-MNIST"
    names = GARMENTS
    formula = r"x \in [0, 1]^{28 \times 28},\quad y \in \{0, \dots, 9\}"
    folder_name = "fashion-mnist"
    known = FASHION_MNIST


def data_folder() -> Path:
    """Return where downloaded sets are kept."""
    home = os.environ.get("GENWORKBENCH_HOME")
    own = Path(home) / "data" if home else platformdirs.user_data_path("genworkbench")
    return own / "datasets"


def _holding(folders: list[Path]) -> Iterator[Path]:
    return (f for f in folders if any(_find(f, files.parts[0]) for files in SETS.values()))


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


EMNIST_BY_CLASSES: Mapping[int, str] = {
    len(names): names for names in EMNIST.values() if names != DIGITS
}
"""EMNIST's sets by the number of their classes, for files that were given MNIST's names."""


def _distinct(files: Sequence[Path]) -> Array:
    """Return the different labels of files; they are read once for each state of a file."""
    return np.unique(np.concatenate([_labels_of(file, file_state(file)) for file in files]))


@lru_cache(maxsize=16)
def _labels_of(file: Path, look: FileState) -> Array:
    labels = read_labels(file)
    return np.unique(labels[:, 0] if labels.ndim == 2 else labels)


def _pair(images: Path, labels: Path) -> tuple[Array, Array]:
    """Read pictures and their labels, and hold them against each other."""
    x, y = read_idx(images, axes=3), read_labels(labels)
    if x.shape[1:] != (SIDE, SIDE):
        sizes = " × ".join(map(str, x.shape[1:]))
        raise damaged(
            images, say("its pictures are {sizes}, not {side} × {side}", sizes=sizes, side=SIDE)
        )
    if y.ndim == 2:  # QMNIST: the digit first, then who wrote it
        y = y[:, 0]
    if not len(x):
        raise damaged(images, "it holds no picture")
    if len(x) != len(y):
        raise damaged(
            labels, say("it has {count} labels for {all} pictures", count=len(y), all=len(x))
        )
    return x, y


def _upright(pictures: Array) -> Array:
    """Turn EMNIST's pictures, which lie as columns of columns."""
    return np.ascontiguousarray(pictures.transpose(0, 2, 1))
