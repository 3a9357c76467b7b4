"""What measures share: gathering items from streams, their features, and what is known of the data.

Real items of a data set do not change, so their features are computed once for all measures that
share a feature network. The floor is the same measure of training items against test items: what a
perfect model would be given, for as many items.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor, nn

from nodes.base import Node, Source, param
from nodes.data.base import Dataset
from nodes.errors import InputRefused
from nodes.metrics.features import Features
from nodes.sentences import Text, say
from nodes.types import Batch, Measured, Range, Shape, Stream

UNDER = -0.05
"""Images with values below this are taken to lie in [-1, 1]."""
CHUNK = 500
"""Images that a feature network sees at once: they should fit the processor's cache."""
Part = Literal["training", "test"]
KEPT = 8
"""Sets of features that a network remembers."""
RAW = say("raw numbers")
MOST_NAMED = 12
"""Classes whose own values stand beside a figure, at most."""


def how_many(default: int, *, help: str = "") -> Any:
    """Declare the number of items of each side that a measure looks at."""
    words = help or "Real and generated items compared, at most; figures of other counts differ."
    return param(default=default, low=2, high=1_000_000, unit="items", help=words)


def by_class(values: Mapping[int, float], known: Mapping[str, Sequence[str]]) -> dict[str, float]:
    """Return the values of classes by their names, where the labels have some and not too many.

    `known` are the names that the engine gives a metric, by its inputs.
    """
    names = known.get("labels", ())
    if len(names) > MOST_NAMED:
        return {}
    return {f"class {names[n]}": value for n, value in values.items() if 0 <= n < len(names)}


# --- streams --------------------------------------------------------------------------------------


def collect(
    stream: Stream[Any], count: int, change: Callable[[Tensor], Tensor] = lambda items: items
) -> Tensor:
    """Return `count` items of a stream, or all there are, each batch changed at once."""
    rewind(stream, count)
    parts: list[Tensor] = []
    have = 0
    before: Tensor | None = None
    while have < count and (batch := next(stream, None)) is not None:
        _must_be_fresh(batch, before, count)
        before = batch if before is None else before
        parts.append(change(batch[: count - have]))
        have += len(parts[-1])
    if have < 2:
        raise InputRefused("A measure needs two items or more; there are {have}.", have=have)
    return torch.cat(parts)


def until(stream: Stream[Tensor], count: int) -> Iterator[Tensor]:
    """Yield batches until there are `count` items: a stream without data behind it never ends."""
    rewind(stream, count)
    have = 0
    while have < count and (batch := next(stream, None)) is not None:
        have += len(batch)
        yield batch


def _must_be_fresh(batch: Tensor, first: Tensor | None, count: int) -> None:
    """Raise `InputRefused` where pulls repeat themselves: their copies would count as a law."""
    if first is not None and torch.equal(batch, first):
        raise InputRefused(
            "A measure of {wanted} items needs fresh ones; here each pull gives the same {same}.",
            "Empty the seed of what draws them, or measure no more items than there are.",
            wanted=count,
            same=len(batch),
        )


def rewind(stream: Stream[Any], taken: int | None = None) -> None:
    """Let a stream begin anew; where only some test items are `taken`, with a fixed draw of all."""
    for module in stream.modules:
        if isinstance(module, Dataset):
            module.rewind(taken)
        elif isinstance(module, Source):
            module.rewind()


def data_behind(stream: Stream[Any]) -> Dataset | None:
    """Return the one data set that a stream comes from, None where there is none or more."""
    found = [m for m in stream.modules if isinstance(m, Dataset)]
    return found[0] if len(found) == 1 else None


def items_of(
    part: Part,
    stream: Stream[Any],
    count: int,
    change: Callable[[Tensor], Tensor] = lambda items: items,
) -> Tensor:
    """Return items of a part of the data set behind a stream, as the stream would give them.

    Where there is none, or no test items, the stream's own come first.
    """
    data = data_behind(stream)
    if data is None or (part == "test" and not len(data.test_items)):
        return collect(stream, count, change)
    with data.showing(part, count):
        return collect(stream, count, change)


def identity(stream: Stream[Any]) -> Hashable | None:
    """Return what tells apart streams of data that never change; None where they may.

    Weights on the way may learn, and what draws noise gives other items each time.
    """
    data = data_behind(stream)
    drawn = [m for m in stream.modules if isinstance(m, Source)]
    learns = any(True for m in stream.modules for _ in m.parameters())
    if data is None or learns or drawn != [data]:
        return None
    return identity_of(stream)


def identity_of(stream: Stream[Any]) -> Hashable:
    """Return what tells a stream apart from others: its nodes, their settings, and the port."""
    place = getattr(stream, "source", None)
    return place, *(_of_module(m) for m in stream.modules)


def _of_module(module: nn.Module) -> Hashable:
    values = repr(module.param_values()) if isinstance(module, Node) else ""
    return type(module).__qualname__, values, getattr(module, "run_seed", 0)


# --- features -------------------------------------------------------------------------------------


def embedded(x: Tensor, features: Features | None, *, signed: bool = False) -> Tensor:
    """Return the features of a batch, its raw numbers where there is no network: float64 (b, d)."""
    if features is None:
        return exact(x.flatten(1))
    x = (x + 1) / 2 if signed else x
    return exact(torch.cat([features(part) for part in x.float().split(CHUNK)]))


def exact(x: Tensor) -> Tensor:
    """Return numbers as float64, on the CPU where the device has none."""
    return x.cpu().double() if x.device.type == "mps" else x.double()


def is_signed(x: Tensor) -> bool:
    """Tell whether images lie in [-1, 1], by what there is."""
    return x.min().item() < UNDER


def unit_of(features: Features | None) -> Text:
    """Return what a figure is counted in: no one shall take it for one of Inception."""
    return RAW if features is None else features.name


# --- measures of two laws -------------------------------------------------------------------------


@dataclass
class Reference:
    """The real side: features of test items and of as many training items, range and floor."""

    items: Tensor
    training: Tensor | None
    signed: bool
    floor: float | None = None


class Comparison(Node, ABC):
    """What measures of real against generated items share; a subclass holds two sets of vectors."""

    icon = "scale"
    role = "metric"
    floored: ClassVar[bool] = True
    """Whether the floor is worth telling."""
    in_floors: ClassVar[bool] = False
    """Whether the value is told in floors too: a floor that cannot be near zero."""

    def __init__(self, **given: Any) -> None:
        self._known: dict[Hashable, Reference] = {}
        super().__init__(**given)

    count: int = how_many(10_000)

    @abstractmethod
    def measure(self, real: Tensor, fake: Tensor) -> Measured:
        """Compare real (n, d) with fake (m, d), float64."""

    def forward(
        self, real: Stream[Batch], fake: Stream[Batch], features: Features | None = None
    ) -> Measured:
        reference = self.reference(real, features)
        seen = self.seen(fake, features, reference)
        value, others, unit = self.measure(reference.items, seen)
        more = dict(others) | {"items": len(seen)}
        if reference.floor is not None:
            more = {"floor": reference.floor} | more
            more |= (
                {"floors": value / reference.floor} if self.in_floors and reference.floor else {}
            )
        return self.told(Measured(value, more, unit or unit_of(features)), seen.shape[1])

    def told(self, measured: Measured, dims: int) -> Measured:
        """Return what is told of items of so many numbers. Override where there is a choice."""
        return measured

    def seen(self, fake: Stream[Batch], features: Features | None, reference: Reference) -> Tensor:
        """Return the features of as many generated items as there are real ones."""
        count, signed = min(self.count, len(reference.items)), reference.signed
        return collect(fake, count, lambda x: embedded(x, features, signed=signed))

    def reference(self, real: Stream[Batch], features: Features | None) -> Reference:
        """Return the real side, kept where the data cannot change."""
        key = identity(real)
        if key is None:
            return self._reference(real, features)
        key = key, id(features)
        if key not in self._known:
            self._known = {key: self._reference(real, features)}
        return self._known[key]

    def _reference(self, real: Stream[Batch], features: Features | None) -> Reference:
        rewind(real)
        first = next(real, None)
        signed = features is not None and first is not None and is_signed(first)
        items = self._kept(real, features, "test", signed)
        data = data_behind(real)
        trained = None
        if self.floored and data is not None and len(data.test_items):
            trained = self._kept(real, features, "training", signed)
        found = Reference(items, trained, signed)
        if trained is not None:
            found.floor = self.measure(items, trained[: len(items)]).value
        return found

    @property
    def real_count(self) -> int:
        """Return how many test items there are to be. Override where they may be more."""
        return self.count

    def _kept(
        self, real: Stream[Batch], features: Features | None, part: Part, signed: bool
    ) -> Tensor:
        """Return features of a part of the data, from what the network has seen where it has."""
        key, seen = identity(real), {} if features is None else features.seen
        count = self.real_count if part == "test" else self.count
        place = (key, part, count, signed)
        if key is not None and place in seen:
            return seen[place]
        items = items_of(part, real, count, lambda x: embedded(x, features, signed=signed))
        if key is not None:
            seen[place] = items
            while len(seen) > KEPT:
                seen.pop(next(iter(seen)))
        return items

    def changed(self, name: str) -> None:
        self._known = {}

    def restart(self) -> None:
        self._known = {}

    def sketch(
        self, real: Stream[Tensor], fake: Stream[Tensor], features: Features | None = None
    ) -> None:
        """Hold the shapes against each other; the rest needs numbers."""
        for x, y in zip(real, fake, strict=False):
            must_agree(x, y, features)

    def ranges(
        self, real: Range | None = None, fake: Range | None = None, **_: Range | None
    ) -> Mapping[str, Range]:
        if real is not None and fake is not None and real != fake and _finite(real, fake):
            raise InputRefused(
                "{fake} must lie in {must} as {real}; it lies in {found}.",
                "Set the range of the data, or the output of what generates.",
                must=real,
                found=fake,
            )
        return {}

    def sign(self) -> Text:
        return say("{n} items", n=self.count)


def must_agree(real: Tensor, fake: Tensor, features: Features | None) -> None:
    """Raise `InputRefused` where items differ in shape or the network does not know such."""
    if features is not None:
        features.must_fit(real)
        features.must_fit(fake)
    if real.shape[1:].numel() != fake.shape[1:].numel():
        raise InputRefused(
            "{fake} must have the shape of {real}, {must}; it has {found}.",
            "Give what generates the shape of the data.",
            must=Shape(real.shape[1:]),
            found=Shape(fake.shape[1:]),
        )


def _finite(*ranges: Range) -> bool:
    return all(abs(end) != float("inf") for r in ranges for end in r)
