"""Read arrays from .npz and .npy, without pickle, with headers checked. Needs no torch."""

from __future__ import annotations

import math
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.lib import format as npy

from nodes.data import inplace
from nodes.data.idx import BEST_DEFLATE
from nodes.data.places import FileState, file_state
from nodes.errors import DataMissing
from nodes.sentences import Text, Word, reason, rounded, say

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
AT_ONCE = 16 << 20
"""Bytes of labels that are read to know their classes."""
BEYOND = float(np.finfo(np.float32).max)
NUMBERS = "biuf"
WHOLE = "biu"
TEXT = "US"


class Content(NamedTuple):
    """What a file holds. The test part is there where the file brings one of its own."""

    items: Array
    labels: Array | None = None
    test_items: Array | None = None
    test_labels: Array | None = None
    classes: list[str] = []  # noqa: RUF012
    lines: Array | None = None
    """Where each item of a table stands in its file."""
    names: list[str] = []  # noqa: RUF012


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
    """Read the arrays of a .npz file that are asked for by name, or have one of the usual names."""
    with guarded(path), zipfile.ZipFile(path) as archive:
        names = choose(path, _members(archive), items=items, labels=labels)
        read = partial(_read_member, archive, path)
        rest = [read(name) if name else None for name in names[1:]]
        labels_, test_items, test_labels = rest
        return Content(read(names.items), labels_, test_items, test_labels)


def npz_shape(path: Path, *, items: str | None, labels: str | None) -> tuple[int, ...]:
    """Return the shape of the items in a .npz file; a test part of its own is not counted."""
    with guarded(path), zipfile.ZipFile(path) as archive:
        names = choose(path, _members(archive), items=items, labels=labels)
        return _member_shape(archive, path, names.items)


def npz_names(path: Path, *, items: str | None, labels: str | None) -> tuple[Names, list[str]]:
    """Return which arrays of a .npz file are used, and the names of all others."""
    with guarded(path), zipfile.ZipFile(path) as archive:
        found = _members(archive)
        names = choose(path, found, items=items, labels=labels)
        return names, [name for name in found if name not in names]


def array_shape(path: Path) -> tuple[int, ...]:
    """Return the shape of the items that a file's headers claim, those with a telling name."""
    if path.suffix.lower() == ".npy":
        return npy_shape(path)
    return npz_shape(path, items=None, labels=None)


def npz_classes(path: Path, *, items: str | None, labels: str | None) -> list[str]:
    """Return what the classes are called, of labels that are read at once; else nothing."""
    return list(_npz_classes(path, file_state(path), items, labels))


@lru_cache(maxsize=16)
def _npz_classes(
    path: Path, look: FileState, items: str | None, labels: str | None
) -> tuple[str, ...]:
    with guarded(path), zipfile.ZipFile(path) as archive:
        names = choose(path, _members(archive), items=items, labels=labels)
        wanted = [name for name in (names.labels, names.test_labels) if name]
        if not wanted or max(archive.getinfo(f"{n}.npy").file_size for n in wanted) > AT_ONCE:
            return ()
        columns = [marked(_read_member(archive, path, name)).reshape(-1) for name in wanted]
        return tuple(class_numbers(np.concatenate(columns), path)[1])


def bytes_of(path: Path, *, items: str | None, labels: str | None) -> int:
    """Return how many bytes reading takes, from headers."""
    if path.suffix.lower() == ".npy":
        return path.stat().st_size
    with guarded(path), zipfile.ZipFile(path) as archive:
        names = choose(path, _members(archive), items=items, labels=labels)
        return sum(archive.getinfo(f"{name}.npy").file_size for name in names if name)


def choose(path: Path, found: list[str], *, items: str | None, labels: str | None) -> Names:
    """Return which arrays are items, labels and their test parts, or raise `DataMissing`."""
    which = items or _telling(found, ITEMS) or (found[0] if len(found) == 1 else None)
    said = ", ".join(found) or "nothing"
    if which is None:
        raise DataMissing(
            "{path} holds {said}.", "Choose one of them.", place="array", path=path.name, said=said
        )
    classes = None if labels == NO_LABELS else labels or _telling(found, LABELS)
    for name, place in ((which, "array"), (classes, "label")):
        if name is not None and name not in found:
            raise DataMissing(
                "{path} has no array {name}; it holds {said}.",
                "Choose one of these.",
                place=place,
                path=path.name,
                name=name,
                said=said,
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
    if not shape:
        raise damaged(path, say("it holds one number, no items"))
    what = f"{path.name}, array {name}" if name else path.name
    if dtype.kind not in NUMBERS + TEXT:
        raise DataMissing(
            "{what} holds {kind}, not numbers.",
            "Save it as an array of numbers: objects are not read, they could run code.",
            place="file",
            what=what,
            kind=Word("Python objects") if dtype.hasobject else dtype,
        )
    if math.prod(shape) * dtype.itemsize > room - file.tell():
        raise damaged(
            path,
            say(
                "its header claims {sizes} numbers, more than it has",
                sizes=" × ".join(map(str, shape)),
            ),
        )
    return tuple(shape)


@contextmanager
def guarded(path: Path) -> Iterator[None]:
    """Turn what numpy and zipfile raise on a damaged file into a sentence."""
    try:
        yield
    except OSError as error:
        raise damaged(path, reason(error)) from error
    except (ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        why = say("it is no {kind} file, or not a whole one", kind=path.suffix.lower())
        raise damaged(path, why) from error
    except (NotImplementedError, RuntimeError) as error:
        why = say("it is packed in a way, or with a password, that is not read")
        raise damaged(path, why) from error


def damaged(path: Path, why: Text) -> DataMissing:
    """Return the refusal of an array file that cannot be read, with the reason."""
    return DataMissing(
        "{path} cannot be read: {why}.", "Choose another file.", place="file", path=path, why=why
    )


def must_be_numbers(content: Content, path: Path) -> None:
    """Raise `DataMissing` where items are text, none at all or not finite."""
    _must_be_numbers(content.items, path)
    if content.test_items is not None:
        _must_be_numbers(content.test_items, path)


def _must_be_numbers(values: Array, path: Path) -> None:
    if values.dtype.kind not in NUMBERS:
        raise damaged(path, say("it holds text, not numbers"))
    if not values.ndim or not values.size:
        raise damaged(path, say("it holds no items"))
    bad = inplace.odd_rows(values, math.inf)
    if len(bad):
        raise DataMissing(
            say(
                "{path} has NaN or infinite numbers in {count} of {rows} items; the first is item "
                "{first}, counted from 0.",
                path=path.name,
                count=len(bad),
                rows=len(values),
                first=int(bad[0]),
            ),
            say("Remove these items or fill them."),
            place="file",
            path=path.name,
            count=len(bad),
            all=len(values),
            first=bad[0],
        )


def refuse_other_scale(train: Array, test: Array, path: Path) -> None:
    """Raise `DataMissing` where the pixels of one part go to 1 and those of the other to 255.

    Two parts of bytes are of one scale, however dark.
    """
    if train.dtype.kind in WHOLE and test.dtype.kind in WHOLE:
        return
    reach = [(float(part.min()), float(part.max())) for part in (train, test) if part.size]
    small, *large = sorted(high for _, high in reach)
    if large and small <= 1 and large[0] > 100 and min(low for low, _ in reach) >= -1:
        (first, last), (low, high) = reach
        words = "its test items go from {low} to {high}, its training items from {first} to {last}"
        raise damaged(path, say(words, low=low, high=high, first=first, last=last))


def refuse_beyond(content: Content, path: Path, *, points: bool) -> None:
    """Raise `DataMissing` where numbers are too large for single precision.

    Points can be brought to deviation 1 before they are rounded.
    """
    for values in (content.items, content.test_items):
        bad = np.zeros(0, int) if values is None else inplace.odd_rows(values, BEYOND)
        if values is not None and len(bad):
            where = _where(content, values[bad[0]].reshape(-1), int(bad[0]))
            said = (
                "{path} has numbers beyond {most} in {count} of {rows} items; the first: {where}."
            )
            raise DataMissing(
                say(
                    said,
                    path=path.name,
                    most=rounded(BEYOND, 2),
                    count=len(bad),
                    rows=len(values),
                    where=where,
                ),
                say("Switch on Standardise, or bring them to another unit.")
                if points
                else say("Bring them to another unit."),
                place="standardise" if points else "file",
            )


def _where(content: Content, item: Array, number: int) -> Text:
    """Return the place of the largest number of an item, as text."""
    column = int(np.abs(item).argmax())
    value = rounded(item[column], 3)
    if content.lines is None:
        return say("item {item}, number {column}: {value}", item=number, column=column, value=value)
    line, name = int(content.lines[number]), content.names[column]
    return say("line {line}, {name}: {value}", line=line, name=name, value=value)


def one_an_item(values: Array, path: Path, *, count: int) -> Array:
    """Return labels (count,), or raise `DataMissing` where there is not one for each item."""
    values = marked(values)
    values = np.squeeze(values, axis=1) if values.shape[1:] == (1,) else values
    if values.shape != (count,):
        sizes = " × ".join(map(str, values.shape))
        raise no_labels(path, say("they are {sizes} for {count} items", sizes=sizes, count=count))
    return values


def marked(values: Array) -> Array:
    """Return the column that each row marks by its only 1 (one-hot labels), else the values."""
    if values.ndim != 2 or values.shape[1] < 2 or values.dtype.kind not in NUMBERS:
        return values
    bits = ((values == 0) | (values == 1)).all() and (values.sum(axis=1) == 1).all()
    return values.argmax(axis=1) if bits else values


def class_numbers(values: Array, path: Path) -> tuple[Array, list[str]]:
    """Return a class number for each item, and the classes' names: words come in sorted order.

    Raise `DataMissing` where a label is empty or no whole number.
    """
    if values.dtype.kind in TEXT and (values == "").any():
        first = int((values == "").argmax())
        raise no_labels(path, say("item {item}, counted from 0, has none", item=first))
    numbers = _as_numbers(values)
    if numbers is None:
        names, places = np.unique(values, return_inverse=True)
        return places.astype(np.int64), [str(name) for name in names]
    if not (np.isfinite(numbers) & (numbers == np.floor(numbers))).all():
        raise no_labels(path, say("they are not whole numbers"))
    return whole_classes(numbers)


def whole_classes(numbers: Array) -> tuple[Array, list[str]]:
    """Return whole numbers as classes from 0 on; numbers from 0 on stay as they are.

    1 to K become 0 to K - 1: a network of K classes has no class K.
    """
    different = np.unique(numbers)
    names = [f"{n:.0f}" for n in different]
    from_one = len(different) > 1 and different[0] == 1 and different[-1] == len(different)
    if from_one or different[0] < 0 or different[-1] >= MOST_CLASSES:
        return np.searchsorted(different, numbers).astype(np.int64), names
    return numbers.astype(np.int64), [str(n) for n in range(int(different[-1]) + 1)]


def _as_numbers(values: Array) -> Array | None:
    try:
        return values.astype(np.float64)
    except ValueError:
        return None


def no_labels(path: Path, why: Text) -> DataMissing:
    """Return the refusal of labels that do not give each item a class, with the reason."""
    return DataMissing(
        "The labels of {path} are no classes: {why}.",
        "Choose what holds one class an item.",
        place="label",
        path=path.name,
        why=why,
    )
