"""Memorisation: whether generated items are copies of training items."""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import Any, NamedTuple

import torch
from torch import Tensor

from nodes.base import Node, param
from nodes.errors import InputRefused
from nodes.metrics.comparison import must_agree
from nodes.metrics.embedding import embedded, is_signed, unit_of
from nodes.metrics.features import Features
from nodes.metrics.gathering import collect, count_param, data_behind, items_of
from nodes.metrics.identity import cache_key
from nodes.metrics.precision_recall import rows
from nodes.sentences import say
from nodes.types import Batch, Figure, Images, Measured, Stream

ACROSS = 8


class Nearest(NamedTuple):
    """Of each item the distance to the nearest training item, (n,), and its row, (n,)."""

    distance: Tensor
    place: Tensor


class Pool(NamedTuple):
    """Training items (n, ...), their features (n, d), and how near test items come to them."""

    items: Tensor
    vectors: Tensor
    signed: bool
    test: Nearest


class _Memory(Node):
    """The base of measure and picture: the training items to compare with."""

    count: int = count_param(1000, help="Generated items held against the training items, at most.")
    pool: int = param(
        default=10_000,
        low=2,
        high=1_000_000,
        unit="items",
        title="Training items",
        help="Training items searched, at most: a copy of one left out is not found.",
    )

    def __init__(self, **given: Any) -> None:
        self._known: tuple[Hashable, Pool] | None = None
        super().__init__(**given)

    def pool_of(self, real: Stream[Any], features: Features | None) -> Pool:
        """Return the training items of the data behind `real`, kept where they cannot change."""
        key = cache_key(real)
        if key is None or self._known is None or self._known[0] != (key, id(features)):
            self._known = (key, id(features)), self._pool(real, features)
        return self._known[1]

    def _pool(self, real: Stream[Any], features: Features | None) -> Pool:
        data = data_behind(real)
        if data is None:
            raise InputRefused(
                "{real} must come from one data set: only then is it known what was learnt from.",
                "Wire a data set to {real}.",
            )
        items = items_of("training", real, self.pool)
        signed = features is not None and is_signed(items)
        vectors = embedded(items, features, signed=signed)
        test = items_of("test", real, self.count, lambda x: embedded(x, features, signed=signed))
        return Pool(items, vectors, signed, nearest(test, vectors))

    def changed(self, name: str) -> None:
        self._known = None

    def restart(self) -> None:
        self._known = None

    def sketch(
        self, real: Stream[Tensor], fake: Stream[Tensor], features: Features | None = None
    ) -> None:
        """Refuse shapes that differ; the rest needs numbers."""
        for x, y in zip(real, fake, strict=False):
            must_agree(x, y, features)


class NearestNeighbours(_Memory):
    """Measure whether generated items lie nearer to the training items than test items do.

    A Non-Parametric Test to Detect Data-Copying in Generative Models (Meehan, Chaudhuri & Dasgupta,
    2020), arXiv:2004.05675.

    The value is the chance that a generated item is nearer to its closest training item than a test
    item to its own: a half where nothing is memorised, towards 1 where the model copies, below a
    half where it strays from the data. `z` is the same in standard deviations of the rank test, and
    `distance` the median distance of generated items, `test distance` that of test items.
    """

    synonyms = "overfitting, memorization, copies, knn, surapprentissage, mémorisation"
    title = "Nearest neighbours"
    formula = r"P\left(d(y, \mathrm{train}) < d(x_{\mathrm{test}}, \mathrm{train})\right)"
    icon = "copy"
    role = "metric"

    def forward(
        self, real: Stream[Batch], fake: Stream[Batch], features: Features | None = None
    ) -> Measured:
        """Return the chance that a generated item is nearer to the training items than a test item.

        Raise `InputRefused` where `real` does not come from one data set.
        """
        pool = self.pool_of(real, features)
        seen = collect(fake, self.count, lambda x: embedded(x, features, signed=pool.signed))
        found = nearest(seen, pool.vectors).distance
        value, z = mann_whitney(found, pool.test.distance)
        medians = found.median().item(), pool.test.distance.median().item()
        others = {"z": z, "distance": medians[0], "test distance": medians[1]}
        return Measured(value, others, unit_of(features))


class NearestImages(_Memory):
    """Show generated images, those nearest to training images first, and those below them.

    A Non-Parametric Test to Detect Data-Copying in Generative Models (Meehan, Chaudhuri & Dasgupta,
    2020), arXiv:2004.05675.

    Rows of generated images take turns with rows of the training images closest to them, by
    features where a network is wired, else by pixels. A model that memorises shows each twice.
    """

    synonyms = (
        "overfitting, memorization, copies, duplicates, surapprentissage, mémorisation, recopie"
    )
    title = "Nearest images"
    formula = r"\arg\min_i \|\phi(y) - \phi(x_i)\|"
    icon = "copy"
    role = "view"
    figure = "images"

    shown: int = param(default=16, low=1, high=1024, unit="images", help="Generated images shown.")

    def forward(
        self, real: Stream[Images], fake: Stream[Images], features: Features | None = None
    ) -> Figure:
        """Return a figure `images`, (n, c, h, w): rows of images above those nearest to them.

        Raise `InputRefused` where `real` does not come from one data set.
        """
        pool = self.pool_of(real, features)
        images = collect(fake, self.count)
        found = nearest(embedded(images, features, signed=pool.signed), pool.vectors)
        first = found.distance.argsort()[: self.shown]
        columns = min(ACROSS, len(first))
        first = first[: len(first) // columns * columns]
        pairs = torch.stack([images[first], pool.items[found.place[first]]])  # (2, n, c, h, w)
        order = pairs.unflatten(1, (-1, columns)).transpose(0, 1).flatten(0, 2)
        subtitle = say("generated above, nearest training image below")
        return Figure("images", {"images": order}, {"columns": columns, "subtitle": subtitle})


def nearest(x: Tensor, pool: Tensor) -> Nearest:
    """Return for each row of x (n, d) the nearest row of `pool` (m, d), by Euclid's distance."""
    found = [distances.min(1) for distances in rows(x, pool)]
    return Nearest(torch.cat([f.values for f in found]), torch.cat([f.indices for f in found]))


def mann_whitney(found: Tensor, test: Tensor) -> tuple[float, float]:
    """Return the chance that one of `found` (n,) is below one of `test` (m,), and its z-score.

    On a Test of Whether one of Two Random Variables is Stochastically Larger than the Other (Mann &
    Whitney, 1947), doi:10.1214/aoms/1177730491. Ties count half.
    """
    n, m = len(found), len(test)
    below = (found[:, None] < test).double() + 0.5 * (found[:, None] == test).double()
    u = below.mean().item()
    return u, (u - 0.5) * math.sqrt(12 * n * m / (n + m + 1))
