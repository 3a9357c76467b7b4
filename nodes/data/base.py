"""The base of data sets: resident tensors, batches by indexing, a position of two integers.

A set lies on the device as tensors and is indexed there. In a training pull it gives the next
batch of an order that is shuffled anew each epoch; in any other the test batches, in order. The
order of an epoch depends on seed and epoch alone, so (epoch, place) is all there is to resume.
"""

from __future__ import annotations

import zlib
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor

from nodes.base import Source, param
from nodes.data.places import FileState, file_state
from nodes.errors import DataMissing, Exhausted, ParamRefused
from nodes.sentences import Part, say
from nodes.types import Frame, Labels, Points, Range

SPLIT_SEED = 1
"""The split into training and test items is the same in every run, whatever the run's seed."""


class LabelledPoints(NamedTuple):
    """Points, (b, d), and the class of each, (b,)."""

    points: Points
    labels: Labels


class Split(NamedTuple):
    """A whole data set in memory: items (n, ...) and labels (n,) or (n, k) of both parts.

    The test part may be empty: training items stand in then.
    """

    items: Tensor
    labels: Tensor
    test_items: Tensor
    test_labels: Tensor


class Epoch(NamedTuple):
    """The items of one epoch, their labels, and the order in which they come, (n,) of indices.

    Without an order they come as they lie: a batch is then a view of both.
    """

    items: Tensor
    labels: Tensor
    order: Tensor | None = None

    @property
    def length(self) -> int:
        """The number of items that come."""
        return len(self.items if self.order is None else self.order)

    def first(self, count: int) -> tuple[Tensor, Tensor]:
        """Return the first `count` items (k, ...) with their labels (k, ...)."""
        chosen = slice(count) if self.order is None else self.order[:count]
        return self.items[chosen], self.labels[chosen]

    def batches(self, place: int, size: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield whole batches of items and labels (size, ...) from a place on.

        Labels of one number are put in order once: a batch of them is a view, whether read or not.
        """
        whole = (self.length - place) // size
        items, labels, order = self
        if order is None:
            yield from zip(
                items[place:].split(size)[:whole], labels[place:].split(size), strict=False
            )
            return
        chosen = order[place:].split(size)[:whole]
        if labels.dim() > 1:
            yield from ((items.index_select(0, i), labels.index_select(0, i)) for i in chosen)
            return
        in_order = labels.index_select(0, order[place:]).split(size)
        for index, some in zip(chosen, in_order, strict=False):
            yield items.index_select(0, index), some


@dataclass
class Position:
    """How far the pulls have come: `place` items into an epoch, `tested` into the test items."""

    epoch: int = 0
    place: int = 0
    tested: int = 0


Loading = Generator[Frame[None], None, Split]


class Dataset(Source, ABC):
    """Draw batches of a data set that is loaded at the first pull."""

    icon = "database"
    settles = "data"
    order_only: ClassVar[frozenset[str]] = frozenset({"batch", "seed"})
    """Parameters whose change needs no loading."""

    batch: int = param(
        default=128,
        low=1,
        high=65536,
        unit="items",
        help="Items in a batch; at most all there are.",
        larger="steadier gradients, each step takes longer",
        smaller="noisier gradients, quicker steps",
    )
    seed: int | None = param(
        default=None,
        low=0,
        high=2**32 - 1,
        help="Seed of the order of items; none: the run's seed.",
    )

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Put a kind's own parameters before those that all data sets have."""
        super().__init_subclass__(**kwargs)
        names = [n for part in cls.__mro__ for n in vars(part) if n in cls._declared]
        cls._declared = {n: cls._declared[n] for n in names}

    def __init__(self, **given: Any) -> None:
        self._batches: Iterator[tuple[Tensor, Tensor]] | None = None
        self._batches_seed = 0
        super().__init__(**given)
        self.items: Tensor
        self.labels: Tensor
        self.test_items: Tensor
        self.test_labels: Tensor
        self.at = Position()
        self._taken: int | None = None
        self._looks: dict[Path, FileState] = {}
        self.classes: list[str] = []
        """What the classes are called, in the order of their numbers; known once it is loaded."""
        for name in Split._fields:
            self.register_buffer(name, None, persistent=False)

    def load(self) -> Split:
        """Read or make the whole set, or raise `DataMissing`. Override this or `loading`."""
        raise NotImplementedError

    def loading(self) -> Loading:
        """Read the whole set, a frame now and then. Override where it takes long."""
        yield from ()
        return self.load()

    @abstractmethod
    def item_shape(self) -> tuple[int, ...]:
        """Return the sizes of one item without loading, or raise `DataMissing` at once."""

    def peek(self) -> int | None:
        """Return the number of training items where that is known without loading."""
        return None

    def sign(self) -> Part:
        count = self._count() if self.loaded else self.peek()
        return "" if count is None else say("train {n}", n=count)

    def sketch(self) -> Any:
        return self.pack(
            torch.empty(self.batch, *self.item_shape(), device=self.device),
            torch.empty(self.batch, dtype=torch.int64, device=self.device),
        )

    def peek_classes(self) -> list[str]:
        """Return the names of the classes where they are known without loading. Override it."""
        return []

    def known_classes(self) -> list[str]:
        """Return the names of the classes as far as they are known, without loading."""
        if self.classes or (self.loaded and self._looks):
            return self.classes
        try:
            return self.peek_classes()
        except (DataMissing, ParamRefused):
            return []

    def named(self, **_: Sequence[str]) -> Mapping[str, Sequence[str]]:
        return {"labels": names} if (names := self.known_classes()) else {}

    def ranges(self, **_: Range | None) -> Mapping[str, Range]:
        count = len(self.known_classes())
        return {"labels": Range(0, count - 1)} if count else {}

    @abstractmethod
    def pack(self, items: Tensor, labels: Tensor) -> Any:
        """Return items (b, ...) and labels (b,) or (b, k) as the output ports give them."""

    @property
    def length(self) -> int | None:
        """Training batches in an epoch; loads the set."""
        self.ensure_loaded()
        return max(1, self._count() // self.batch)

    def next_batch(self) -> Any:
        """Return the next training or test batch; `Exhausted` ends the test set."""
        if not self.training:
            return self.pack(*self._test_batch())
        if self._batches is None or self._batches_seed != self.order_seed:
            self.ensure_loaded()  # here, for a generator that has raised gives nothing any more
            self._batches, self._batches_seed = self._training_batches(), self.order_seed
        return self.pack(*next(self._batches))

    def _training_batches(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield training batches from the position on, without end.

        A generator, because attribute look-ups take time.
        """
        at, seed = self.at, self.order_seed
        while True:
            epoch = self.begin_epoch(self.generator(seed, at.epoch))
            size = min(self.batch, epoch.length)
            for batch in epoch.batches(at.place, size):
                at.place += size
                yield batch
            at.epoch, at.place = at.epoch + 1, 0

    def _test_batch(self) -> tuple[Tensor, Tensor]:
        self.ensure_loaded()
        items, labels = self.test_items, self.test_labels
        if not len(items):
            items, labels = self._training_items()
        if self.at.tested >= len(items):
            raise Exhausted
        part = slice(self.at.tested, self.at.tested + self.batch)
        self.at.tested += self.batch
        if self._taken is None or self._taken >= len(items):
            return items[part].clone(), labels[part].clone()
        index = self._drawn(len(items))[part].to(items.device)
        return items[index], labels[index]

    def _drawn(self, count: int) -> Tensor:
        """Return an order of so many test items, the same at each time."""
        return torch.randperm(count, generator=self.generator(SPLIT_SEED))

    def begin_epoch(self, stream: torch.Generator) -> Epoch:
        """Shuffle. Override where an epoch is drawn anew."""
        chosen = self.chosen()
        order = torch.randperm(self._count(), generator=stream)
        order = order.to(self.items.device, non_blocking=True)  # a step waits for no device
        return Epoch(self.items, self.labels, order if chosen is None else chosen[order])

    def chosen(self) -> Tensor | None:
        """Return the indices of the training items that are drawn, (k,); None where all are.

        Override for a choice.
        """
        return None

    def _count(self) -> int:
        chosen = self.chosen()
        return len(self.items if chosen is None else chosen)

    def _training_items(self) -> tuple[Tensor, Tensor]:
        chosen = self.chosen()
        if chosen is None:
            return self.items, self.labels
        return self.items[chosen], self.labels[chosen]

    @property
    def order_seed(self) -> int:
        """The seed of the order: the node's own, or that of the run."""
        return self.run_seed if self.seed is None else self.seed

    def generator(self, *seeds: int) -> torch.Generator:
        """Return a generator of this kind's own, so that two kinds with one seed share no noise."""
        return generator(zlib.crc32(type(self).__name__.encode()), *seeds)

    @contextmanager
    def showing(self, part: Literal["training", "test"], count: int) -> Iterator[None]:
        """Give evaluations up to `count` items of a part, drawn from all of it, in this context."""
        self.ensure_loaded()
        kept, tested, taken = (self.test_items, self.test_labels), self.at.tested, self._taken
        if part == "training":
            epoch = self.begin_epoch(self.generator(SPLIT_SEED))
        else:
            epoch = Epoch(*kept, self._drawn(len(kept[0])).to(kept[0].device))
        self.test_items, self.test_labels = epoch.first(count)
        try:
            yield
        finally:
            self.test_items, self.test_labels = kept
            self.at.tested, self._taken = tested, taken

    @property
    def loaded(self) -> bool:
        """Whether the set is in memory."""
        return self._buffers.get("items") is not None

    def fetch(self) -> Iterator[Frame[None]]:
        """Load the set; who closes the generator before its end leaves it as it was."""
        if not self.loaded:
            self._looks = {path: file_state(path) for path in self.reads()}
            split = yield from self.loading()
            for name, value in split._asdict().items():
                setattr(self, name, value.to(self.device))

    def ensure_loaded(self) -> None:
        """Load the set where it is not; raise `DataMissing` where it cannot be."""
        for _ in self.fetch():
            pass

    def changed(self, name: str) -> None:
        self._batches = None
        if self.loaded and name not in self.order_only:
            self.unload()

    def unload(self) -> None:
        self._batches, self.classes = None, []
        for buffer in Split._fields:
            setattr(self, buffer, None)

    def reads(self) -> list[Path]:
        """Return the files and folders of the user that loading reads. Override where there are."""
        return []

    def files(self) -> list[Path]:
        return list(self._looks)

    def outdated(self) -> bool:
        if not self.loaded:
            return False
        return any(file_state(path) != look for path, look in self._looks.items())

    def restart(self) -> None:
        self.at, self._batches = Position(), None

    def rewind(self, taken: int | None = None) -> None:
        """Begin anew with the test items; where only some are `taken`, a fixed draw of all comes.

        The first ones of a set may be easier than the rest.
        """
        self.at.tested, self._taken = 0, taken

    def get_extra_state(self) -> dict[str, Tensor]:
        """Return epoch and place, for the checkpoint: all there is to resume."""
        return {"epoch": torch.tensor(self.at.epoch), "place": torch.tensor(self.at.place)}

    def set_extra_state(self, state: Mapping[str, Tensor]) -> None:
        """Restore what `get_extra_state` returned."""
        self.at, self._batches = Position(int(state["epoch"]), int(state["place"])), None

    def _apply(self, fn: Any, recurse: bool = True) -> Any:
        """Move to another device, as torch does; the running epoch is dropped."""
        self._batches = None
        return super()._apply(fn, recurse)


def generator(*seeds: int) -> torch.Generator:
    """Return a CPU generator for these seeds: torch's own uses no more than 32 bits of one."""
    mixed = np.random.SeedSequence([s & (2**64 - 1) for s in seeds]).generate_state(1)
    return torch.Generator().manual_seed(int(mixed[0]))


def held_out() -> Any:
    """Declare the share of a set that is kept for tests."""
    return param(
        default=0.1,
        low=0.0,
        high=0.9,
        help="Share kept for views and measures, the same items in every run; 0: they see the "
        "training items.",
    )


def held_count(count: int, share: float) -> int:
    """Return how many of `count` items are tests: at least one where there are two or more."""
    return min(count - 1, max(1, round(count * share))) if share else 0


def hold_out(items: Tensor, labels: Tensor, share: float) -> Split:
    """Split items (n, ...) and labels (n, ...) by a fixed draw, `share` of them for tests."""
    order, n = hold_out_order(len(items), share)
    test, train = torch.from_numpy(order).split([n, len(items) - n])
    return Split(items[train], labels[train], items[test], labels[test])


def hold_out_order(count: int, share: float) -> tuple[np.ndarray[Any, Any], int]:
    """Return a fixed draw of `count` items, and how many of its first are tests."""
    order = torch.randperm(count, generator=generator(SPLIT_SEED))
    return order.numpy(), held_count(count, share)
