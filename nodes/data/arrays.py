"""Read arrays from .npz, .npy and text tables: never a pickle, and no header is believed."""

from __future__ import annotations

import math
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.lib import format as npy

from nodes.data.idx import BEST_DEFLATE
from nodes.errors import DataMissing

Array = np.ndarray[Any, np.dtype[Any]]
ITEMS = ("images", "x", "x_train", "train_images", "data", "points", "samples", "arr_0")
LABELS = (
    "labels",
    "y",
    "y_train",
    "train_labels",
    "targets",
    "target",
    "classes",
    "class",
    "label",
)
NO_LABELS = "-"
MOST_CLASSES = 1 << 16
NUMBERS = "biuf"
TEXT = "US"


class Content(NamedTuple):
    """What a file holds. The test part is there where the file brings one of its own."""

    items: Array
    labels: Array | None = None
    test_items: Array | None = None
    test_labels: Array | None = None


class Names(NamedTuple):
    """Which arrays of a file are which."""

    items: str
    labels: str | None = None
    test_items: str | None = None
    test_labels: str | None = None


def read_npy(path: Path) -> Content:
    """Read the one array of a .npy file."""
    with guarded(path), path.open("rb") as file:
        _header(file, path, "", path.stat().st_size)
        file.seek(0)
        return Content(np.load(file, allow_pickle=False))


def npy_shape(path: Path) -> tuple[int, ...]:
    """Return the shape that a .npy file's header claims."""
    with guarded(path), path.open("rb") as file:
        return _header(file, path, "", path.stat().st_size)


def read_npz(path: Path, *, items: str | None, labels: str | None) -> Content:
    """Read the arrays of a .npz file that are asked for or that have telling names."""
    with guarded(path), zipfile.ZipFile(path) as archive:
        names = choose(path, _members(archive), items=items, labels=labels)
        read = partial(_read_member, archive, path)
        rest = [read(name) if name else None for name in names[1:]]
        return Content(read(names.items), *rest)


def npz_shape(path: Path, *, items: str | None, labels: str | None) -> tuple[int, ...]:
    """Return the shape of the items in a .npz file; a test part of its own is not counted."""
    with guarded(path), zipfile.ZipFile(path) as archive:
        names = choose(path, _members(archive), items=items, labels=labels)
        return _member_shape(archive, path, names.items)


def choose(path: Path, found: list[str], *, items: str | None, labels: str | None) -> Names:
    """Say which arrays are items, labels and their test parts, or raise `DataMissing`."""
    which = items or _telling(found, ITEMS) or (found[0] if len(found) == 1 else None)
    said = ", ".join(found) or "nothing"
    if which is None:
        raise DataMissing(f"{path.name} holds {said}.", "Choose one of them.", place="array")
    classes = None if labels == NO_LABELS else labels or _telling(found, LABELS)
    for name, place in ((which, "array"), (classes, "label")):
        if name is not None and name not in found:
            raise DataMissing(
                f"{path.name} has no array {name}; it holds {said}.",
                "Choose one of these.",
                place=place,
            )
    return Names(which, classes, _partner(which, found), classes and _partner(classes, found))


def _telling(found: list[str], names: Iterable[str]) -> str | None:
    lower = {name.lower(): name for name in found}
    return next((lower[name] for name in names if name in lower), None)


def _partner(name: str, found: list[str]) -> str | None:
    other = name.replace("train", "test")
    return other if other != name and other in found else None


def _members(archive: zipfile.ZipFile) -> list[str]:
    return [n.removesuffix(".npy") for n in archive.namelist() if n.endswith(".npy")]


def _member_shape(archive: zipfile.ZipFile, path: Path, name: str) -> tuple[int, ...]:
    info = archive.getinfo(f"{name}.npy")
    room = min(info.file_size, BEST_DEFLATE * path.stat().st_size)
    with archive.open(info) as file:
        return _header(file, path, name, room)  # type: ignore[arg-type]


def _read_member(archive: zipfile.ZipFile, path: Path, name: str) -> Array:
    _member_shape(archive, path, name)
    with archive.open(f"{name}.npy") as file:
        return npy.read_array(file, allow_pickle=False)  # type: ignore[no-any-return]


def _header(file: BinaryIO, path: Path, name: str, room: int) -> tuple[int, ...]:
    """Return the shape in a header after holding it against what the file can have."""
    version = npy.read_magic(file)
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, _, dtype = read(file)
    what = f"{path.name}, array {name}" if name else path.name
    if dtype.kind not in NUMBERS + TEXT:
        raise DataMissing(
            f"{what} holds {'Python objects' if dtype.hasobject else dtype}, not numbers.",
            "Save it as an array of numbers: objects are not read, they could run code.",
            place="file",
        )
    if math.prod(shape) * dtype.itemsize > room - file.tell():
        raise damaged(
            path, f"its header claims {' × '.join(map(str, shape))} numbers, more than it has"
        )
    return tuple(shape)


@contextmanager
def guarded(path: Path) -> Iterator[None]:
    """Turn what numpy and zipfile raise on a damaged file into a sentence."""
    try:
        yield
    except OSError as error:
        raise damaged(path, error.strerror or str(error)) from error
    except (ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise damaged(path, str(error).rstrip(".")) from error
    except (NotImplementedError, RuntimeError) as error:  # a packing or a password of zip
        raise damaged(path, str(error)) from error


def damaged(path: Path, why: str) -> DataMissing:
    return DataMissing(f"{path} cannot be read: {why}.", "Choose another file.", place="file")


# --- what is in them ------------------------------------------------------------------------------


def checked_items(values: Array, path: Path) -> Array:
    """Return the items, or raise `DataMissing` where they are text, none at all or not finite."""
    if values.dtype.kind not in NUMBERS:
        raise damaged(path, "it holds text, not numbers")
    if not values.ndim or not values.size:
        raise damaged(path, "it holds no items")
    finite = np.isfinite(values).reshape(len(values), -1).all(axis=1)
    if not finite.all():
        bad = np.flatnonzero(~finite)
        raise DataMissing(
            f"{path.name} has NaN or infinite numbers in {len(bad):,} of {len(values):,} items; "
            f"the first is item {bad[0]}, counted from 0.",
            "Remove these items or fill them.",
            place="file",
        )
    return values


def class_numbers(values: Array, path: Path, *, count: int) -> Array:
    """Return a class number for each item: whole numbers as they are, others in sorted order."""
    values = np.squeeze(values, axis=1) if values.shape[1:] == (1,) else values
    if values.shape != (count,):
        sizes = " × ".join(map(str, values.shape))
        raise _no_labels(path, f"they are {sizes} for {count:,} items")
    if values.dtype.kind in TEXT and (values == "").any():
        raise _no_labels(path, f"item {int((values == '').argmax())}, counted from 0, has none")
    numbers = _as_numbers(values)
    if numbers is None:
        return np.unique(values, return_inverse=True)[1].astype(np.int64)
    if not (np.isfinite(numbers) & (numbers == np.floor(numbers))).all():
        raise _no_labels(path, "they are not whole numbers")
    if numbers.min() < 0 or numbers.max() >= MOST_CLASSES:
        return np.unique(numbers, return_inverse=True)[1].astype(np.int64)
    return numbers.astype(np.int64)


def _as_numbers(values: Array) -> Array | None:
    try:
        return values.astype(np.float64)
    except ValueError:
        return None


def _no_labels(path: Path, why: str) -> DataMissing:
    return DataMissing(
        f"The labels of {path.name} are no classes: {why}.",
        "Choose what holds one class an item.",
        place="label",
    )
