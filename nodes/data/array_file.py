"""Points or pictures from an array file of the user."""

from __future__ import annotations

import math
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from nodes.base import param
from nodes.data import arrays, inplace, memory, table
from nodes.data.arrays import Array, Content
from nodes.data.base import (
    Dataset,
    Loading,
    Split,
    held_count,
    held_out,
    hold_out_order,
)
from nodes.data.columns import Column, name_list
from nodes.data.pixels import RANGES, PixelRange, pixel_range_param, pixels, resident
from nodes.data.places import ARRAYS, TABLES, found_file
from nodes.data.preview import Preview, doubtful, items_said, of_table
from nodes.data.scan import Form, Header
from nodes.errors import DataMissing, Doubt, ParamRefused
from nodes.sentences import Listed, Text, listed, say
from nodes.types import Frame, Images, Labels, Points, Range

CHANNELS = (1, 3, 4)
BYTES = (0.0, 255.0)
SCALES = ((0.0, 1.0), (-1.0, 1.0), BYTES)
KINDS = (*ARRAYS, *TABLES)
FAR = 1e5
"""Deviations from 0 at which single precision, 7 digits, keeps two digits of a deviation."""
Part = tuple[Array, Array]


class LabelledArrays(NamedTuple):
    """The same items as pictures and as flat points, and the class of each."""

    images: Images
    points: Points
    labels: Labels


class ArrayFile(Dataset):
    """Draw from a file of numbers: .npz, .npy, or a text table as .csv, .tsv, .txt.

    An array (n, h, w), (n, c, h, w) or (n, h, w, c) holds pictures, as does a table whose rows fill
    `picture`; anything else holds points. Both outputs give the same items: images (b, c, h, w),
    rows of a table as (b, 1, 1, d), and points (b, d). Pixels from 0 to 255, from 0 to 1 or from -1
    to 1 keep their scale, others go from the smallest to the largest value. Labels (b,), all 0
    where there are none. In a .npz, arrays x_train and x_test are a split of its own.

    What a table's columns are taken for stands under the node. A file that is absent, damaged, or
    has gaps, text among numbers or Python objects in it raises `DataMissing`.
    """

    synonyms = (
        "csv, tsv, excel, table, spreadsheet, numpy, npy, npz, own data, dataset, load file, "
        "import, tableur, tableau, mes données, charger un fichier, jeu de données"
    )
    title = "Array file"
    icon = "table-2"
    formula = r"x \in \mathbb{R}^{d},\quad y \in \{0, \dots, K - 1\}"

    file: Path | None = param(default=None, help="A .npz, .npy, .csv, .tsv or .txt file.")
    array: str | None = param(
        default=None, help="Name of the items in a .npz; none: one with a telling name, like x."
    )
    label: str | None = param(
        default=None,
        help="Name of the labels in a .npz (numbers, words or one-hot rows), or the name or number "
        "(from 1) of a column; none: found by a telling name; -: no labels.",
    )
    header: Header = param(default="auto", help="Is a table's first line a header?")
    columns: str | None = param(
        default=None,
        help='What columns of a table are, where not as guessed: {"kind": "class", "date": '
        '"leave out"}; the others are number and date.',
    )
    missing: table.Missing = param(
        default="refuse",
        title="Missing values",
        help="What becomes of rows of a table with gaps or with cells that are no numbers.",
    )
    gaps: str | None = param(
        default=None,
        title="Marks of gaps",
        help="What else marks a missing value in a table, as -999; spaces between several.",
    )
    picture: list[int] | None = param(
        default=None,
        low=1,
        high=65536,
        help="Sizes of the pictures that rows fill, 28 28 or 3 32 32; none: as the file says.",
    )
    range: PixelRange = pixel_range_param()
    standardise: bool = param(
        default=False, help="Bring each coordinate of points to mean 0 and deviation 1."
    )
    test_share: float = held_out()
    large: memory.Large = memory.large_param()

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.read_notes: list[Text] = []

    def loading(self) -> Loading:
        """Read the file and split it: pictures (n, c, h, w), or rows (n, 1, 1, d) in float32.

        Raise `DataMissing` where the file is absent, damaged or no numbers, `ParamRefused` where a
        choice names nothing in it.
        """
        content = yield from self._content()
        self.classes = content.classes
        arrays.must_be_numbers(content, self._path())
        frame = self._frame(content.items.shape[1:])
        if frame is not None or not self.standardise:
            arrays.refuse_beyond(content, self._path(), points=frame is None)
        if frame is not None and content.test_items is not None:
            arrays.refuse_other_scale(content.items, content.test_items, self._path())
        train, test = self._parts(content)
        yield Frame(1, 2)
        parts = (train[0], test[0])
        items = self._points(*parts) if frame is None else self._pictures(*parts, frame)
        marks = (torch.from_numpy(train[1]), torch.from_numpy(test[1]))
        return Split(items[0], marks[0], items[1], marks[1])

    def item_shape(self) -> tuple[int, ...]:
        """Return (c, h, w) of a picture, (1, 1, d) of a point, as the header says."""
        shape = self._shape()[1:]
        return self._frame(shape) or (1, 1, math.prod(shape))

    def peek(self) -> int | None:
        try:
            count = self._shape()[0]
        except (DataMissing, ParamRefused):
            return None
        return count - held_count(count, self.test_share) if count else None

    def peek_classes(self) -> list[str]:
        path = self._path()
        if _is_table(path):
            return self._plan(path).classes
        return [] if path.suffix.lower() == ".npy" else arrays.npz_classes(path, **self._chosen())

    def notes(self) -> list[Text]:
        """Return what was read from a table, and assumptions of the last reading."""
        if not self.file:
            return []
        try:
            path = self._path()
            told = self._plan(path).notes if _is_table(path) else self._told(path)
        except (DataMissing, ParamRefused):
            return []
        return [*told, *self.read_notes]

    def doubts(self) -> list[Doubt]:
        """Return a warning where a number that repeats far from all others may mark a gap."""
        if not self.file or not _is_table(self._path()):
            return []
        columns = [c for c in self._plan(self._path()).numbers if c.mark_of_gaps]
        return [self._doubt(column) for column in columns[:1]]

    def _doubt(self, column: Column) -> Doubt:
        mark = column.mark_of_gaps
        said = say("{mark} comes again in {name}, far from all other numbers: it may mark a gap.",
                   mark=mark, name=column.name)  # fmt: skip
        marks = " ".join([*(self.gaps or "").split(), mark])
        return Doubt(said, say("Treat {mark} as missing", mark=mark), "gaps", marks)

    def reads(self) -> list[Path]:
        return [self._path()] if self.file else []

    def preview(self) -> Preview:
        """Return what comes out; choices that cannot be are passed over."""
        path = self._path()
        if not _is_table(path):
            return self._of_arrays(path)
        try:
            how = self._plan(path)
        except ParamRefused:
            how = table.plan(path, self._form(), label=None)
        found = table.look(path, how, self._form())
        count = len(found.items) if found.whole else how.rows
        return of_table(found, how, held_count(count, self.test_share))

    def _of_arrays(self, path: Path) -> Preview:
        """Return what the headers of arrays say, and which classes their labels name."""
        shape = self._shape()
        frame = self._frame(shape[1:])
        item = list(frame or (math.prod(shape[1:]),))
        out = items_said(shape[0], held_count(shape[0], self.test_share), item)
        if frame is not None:
            out.append(say("values in {range}", range=self.range))
        names = self.known_classes()
        if names:
            out.append(say("{count} classes: {names}", count=len(names), names=name_list(names)))
        warnings = doubtful(shape[0], {})
        return Preview(
            item=item, count=shape[0], notes=self._told(path), out=out, warnings=warnings
        )

    def _told(self, path: Path) -> list[Text]:
        """Return which arrays of a file are used, as text."""
        if path.suffix.lower() != ".npz":
            return []
        names, others = arrays.npz_names(path, **self._chosen())
        told: list[Text] = [say("items from {names}", names=_both(names.items, names.test_items))]
        if names.labels:
            told.append(say("classes from {names}", names=_both(names.labels, names.test_labels)))
        if others:
            told.append(say("other arrays: {names}", names=name_list(others)))
        return told if len(told) > 1 or names.test_items else []

    def pack(self, items: Tensor, labels: Tensor) -> LabelledArrays:
        """Return images (b, c, h, w), points (b, d) and labels (b,), bytes as numbers."""
        if items.dtype is torch.uint8:
            items = pixels(items, self.range)
        return LabelledArrays(items, items.flatten(1), labels)

    def forward(self) -> LabelledArrays:
        """Return the next batch; raise `DataMissing` where the file cannot be read."""
        return self.next_batch()

    def ranges(self, **_: Range | None) -> Mapping[str, Range]:
        if self._frame(self._shape()[1:]) is None:
            return super().ranges()
        return dict.fromkeys(("images", "points"), RANGES[self.range]) | dict(super().ranges())

    def _path(self) -> Path:
        if not self.file:
            raise DataMissing(say("No file is chosen."), say("Choose an array file."), place="file")
        path = found_file(self.file, self.home)
        if path.suffix.lower() not in KINDS:
            raise DataMissing(
                say("{path} is no .npz, .npy, .csv, .tsv or .txt file.", path=path.name),
                say("Choose another, or save the numbers as one of these."),
                place="file",
                path=path.name,
            )
        return path

    def _chosen(self) -> dict[str, str | None]:
        """Return the names of arrays that were chosen."""
        return {"items": self.array, "labels": self.label}

    def _shape(self) -> tuple[int, ...]:
        """Return the shape of all items from the header; 0 items where it needs a full read."""
        path = self._path()
        if _is_table(path):
            how = self._plan(path)
            return how.plain_rows, len(how.numbers)
        if path.suffix.lower() == ".npy":
            return arrays.npy_shape(path)
        return arrays.npz_shape(path, **self._chosen())

    def _content(self) -> Generator[Frame[None], None, Content]:
        path = self._path()
        self.read_notes = []
        if _is_table(path):
            return (yield from self._table(path))
        wanted = arrays.bytes_of(path, **self._chosen())
        memory.room_for(path.name, wanted, self.large)
        yield Frame(0, 2)
        if path.suffix.lower() == ".npy":
            return arrays.read_npy(path)
        return arrays.read_npz(path, **self._chosen())

    def _table(self, path: Path) -> Generator[Frame[None], None, Content]:
        how = self._plan(path)
        memory.room_for(path.name, table.bytes_of(path, how), self.large)
        reading = table.read(path, how, self._form(), missing=self.missing)
        try:
            while True:
                yield Frame(*next(reading))
        except StopIteration as end:
            found: table.Table = end.value
        self.read_notes = found.notes
        names = [column.name for column in how.numbers]
        self.read_notes += _far(found.items, names) if not self.standardise else []
        whole = Content(found.items, found.labels, classes=found.classes)
        return whole._replace(lines=found.lines, names=names)

    def _plan(self, path: Path) -> table.Plan:
        return table.plan(path, self._form(), label=self.label, columns=self.columns)

    def _form(self) -> Form:
        return Form(self.header, frozenset((self.gaps or "").split()))

    def _frame(self, shape: tuple[int, ...]) -> tuple[int, ...] | None:
        """Return the channels, rows and columns that items of a shape make, None for points."""
        if self.picture is not None:
            frame = (1, *self.picture)[-3:]
            if len(self.picture) not in (2, 3) or math.prod(frame) != math.prod(shape):
                raise ParamRefused(
                    say(
                        "Picture must have 2 or 3 sizes whose product is {count}; it is {value}.",
                        count=math.prod(shape),
                        value=" ".join(map(str, self.picture)),
                    ),
                    place="picture",
                    count=math.prod(shape),
                    value=" ".join(map(str, self.picture)),
                )
            return frame
        if len(shape) < 2:
            return None
        if len(shape) > 3:
            raise DataMissing(
                say("Its items have {count} axes, not 1 to 3.", count=len(shape)),
                say("Choose another."),
                place="file",
            )
        return (shape[2], *shape[:2]) if _channels_last(shape) else (1, *shape)[-3:]

    def _parts(self, content: Content) -> tuple[Part, Part]:
        """Return the training and the test items with their labels."""
        items, tests = content.items, content.test_items
        if tests is None:
            order, count = hold_out_order(len(items), self.test_share)
            labels = self._labels(content, [items])[0][order]
            items = inplace.permuted(items, order)
            return (items[count:], labels[count:]), (items[:count], labels[:count])
        if tests.shape[1:] != items.shape[1:]:
            raise arrays.damaged(self._path(), say("its test items are of another shape"))
        labels, test_labels = self._labels(content, [items, tests])
        return (items, labels), (tests, test_labels)

    def _labels(self, content: Content, parts: list[Array]) -> list[Array]:
        """Return the classes of the items of each part; a name has one number in all of them."""
        found = [np.zeros(len(items), np.int64) for items in parts]
        columns: dict[int, Array] = {}
        for n, labels in enumerate((content.labels, content.test_labels)[: len(parts)]):
            if labels is None and columns:
                raise arrays.no_labels(self._path(), say("its test items have none"))
            if labels is not None:
                columns[n] = arrays.one_an_item(labels, self._path(), count=len(parts[n]))
        if columns:
            together = np.concatenate(list(columns.values()))
            numbers, names = arrays.class_numbers(together, self._path())
            self.classes = self.classes or names
            for n, column in columns.items():
                found[n], numbers = numbers[: len(column)], numbers[len(column) :]
        return found

    def _points(self, train: Array, test: Array) -> tuple[Tensor, Tensor]:
        """Return rows (n, 1, 1, d) as float32, centred and scaled before they are rounded."""
        scale = inplace.moments(train) if self.standardise else None
        rows = []
        for part in (train, test):
            flat = inplace.narrowed(part, scale)
            rows.append(torch.from_numpy(flat).view(len(flat), 1, 1, math.prod(flat.shape[1:])))
        return rows[0], rows[1]

    def _pictures(self, train: Array, test: Array, frame: tuple[int, ...]) -> tuple[Tensor, Tensor]:
        """Return pictures (n, c, h, w) in the range `range`, by one scale for all of them."""
        parts = [_framed(part, frame) for part in (train, test)]
        scaled = _fractions(parts)
        return resident(scaled[0], scaled[1], self.range)


def _both(*names: str | None) -> Listed:
    return listed([name for name in names if name])


def _is_table(path: Path) -> bool:
    return path.suffix.lower() in TABLES


def _far(items: Array, names: list[str]) -> list[Text]:
    """Name the columns far from 0 beside their spread: single precision loses differences."""
    mean, deviation = inplace.moments(items)
    lost = [n for n, m, s in zip(names, mean, deviation, strict=True) if abs(m) > FAR * s]
    if not lost:
        return []
    said = name_list(lost)
    return [say("{names}: differences are lost unless Standardise is on", names=said)]


def _channels_last(shape: tuple[int, ...]) -> bool:
    return len(shape) == 3 and shape[0] not in CHANNELS and shape[2] in CHANNELS


def _framed(items: Array, frame: tuple[int, ...]) -> Tensor:
    if items.dtype != np.uint8:
        items = inplace.narrowed(items)
    if _channels_last(items.shape[1:]):
        items = inplace.channels_first(items)
    return torch.from_numpy(items).reshape(len(items), *frame)


def _fractions(parts: list[Tensor]) -> list[Tensor]:
    """Return pixels as bytes, or as fractions of 1 by the scale that holds them all."""
    held_values = [part.numpy() for part in parts if len(part)]  # torch would copy bytes
    lowest = min(float(values.min()) for values in held_values)
    highest = max(float(values.max()) for values in held_values)
    held = (s for s in SCALES if s[0] <= lowest and highest <= s[1])
    low, high = next(held, (lowest, highest))
    if parts[0].dtype is torch.uint8 and high == BYTES[1]:
        return parts
    span = (high - low) or 1.0
    return [part.float().sub_(low).div_(span) for part in parts]
