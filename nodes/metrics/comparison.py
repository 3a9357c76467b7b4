"""The base of measures that compare real with generated items.

Real items of a data set do not change, so their features are computed once for all measures that
share a feature network. The floor is the same measure of training items against test items: what a
perfect model would be given, for as many items.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from torch import Tensor

from nodes.base import Node
from nodes.errors import InputRefused
from nodes.metrics.embedding import embedded, is_signed, unit_of
from nodes.metrics.features import Features
from nodes.metrics.gathering import Part, collect, count_param, data_behind, items_of, rewind
from nodes.metrics.identity import cache_key
from nodes.ranges import must_share_range
from nodes.sentences import Text, say
from nodes.types import Batch, Measured, Range, Shape, Stream

KEPT = 8
"""Sets of features that a network remembers."""


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

    count: int = count_param(10_000)

    @abstractmethod
    def measure(self, real: Tensor, fake: Tensor) -> Measured:
        """Compare real (n, d) with fake (m, d), both float64."""

    def forward(
        self, real: Stream[Batch], fake: Stream[Batch], features: Features | None = None
    ) -> Measured:
        """Return the measure with its floor, in `floors` too where the kind of measure has them.

        Raise `InputRefused` where the network does not know such items, or there are fewer than
        two.
        """
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
        """Return the measure as reported, for items of `dims` numbers. Override for a choice."""
        return measured

    def seen(self, fake: Stream[Batch], features: Features | None, reference: Reference) -> Tensor:
        """Return the features of as many generated items as there are real ones, (n, d) float64."""
        count, signed = min(self.count, len(reference.items)), reference.signed
        return collect(fake, count, lambda x: embedded(x, features, signed=signed))

    def reference(self, real: Stream[Batch], features: Features | None) -> Reference:
        """Return the real side, kept where the data cannot change."""
        key = cache_key(real)
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
        """Return features of a part of the data, cached where the network has computed them."""
        key, seen = cache_key(real), {} if features is None else features.seen
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
        """Refuse shapes that differ; the rest needs numbers."""
        for x, y in zip(real, fake, strict=False):
            must_agree(x, y, features)

    def ranges(
        self, real: Range | None = None, fake: Range | None = None, **_: Range | None
    ) -> Mapping[str, Range]:
        must_share_range(real, fake)
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
