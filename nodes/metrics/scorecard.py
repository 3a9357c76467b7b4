"""Quality, diversity, stability and cost of a model from one set of samples."""

from __future__ import annotations

import math
import time
from collections.abc import Hashable
from itertools import chain
from typing import Any, Literal

import torch
from torch import Tensor

from nodes.base import Source, param
from nodes.metrics.embedding import double, unit_of
from nodes.metrics.features import Features
from nodes.metrics.fid import FID
from nodes.metrics.identity import stream_key
from nodes.metrics.precision_recall import coverage
from nodes.metrics.wasserstein import exact_wasserstein
from nodes.types import Batch, Many, Measured, Model, Stream

FEWEST = 3
"""Looks at a training before it can be called stable."""


class Scorecard(FID):
    """Measure a model's quality, diversity, stability and cost by one set of samples.

    Pros and Cons of GAN Evaluation Measures (Borji, 2019), arXiv:1802.03446.

    The value is a distance of samples from the data, to be compared with `floor`, its value from
    training to test items: the FID of features, or for points the exact W1. Quality: the distance,
    and `precision`, the share of samples among the real ones. Diversity: `recall` and `coverage`,
    the share of the real ones that is reached. Stability: `setback`, the worst rise of the distance
    above its best so far in this training, as a share of that best, over all measurements (three at
    least). Cost: `ms each`, the time that one sample of a batch takes, and the `weights` of the
    `models` wired.
    """

    synonyms = (
        "summary, benchmark, compare models, evaluation, bilan, comparaison, évaluation, note"
    )
    title = "Scorecard"
    formula = (
        r"\mathrm{FID}, \quad \mathrm{precision}, \quad \mathrm{coverage}, \quad"
        r" \max_t \frac{\mathrm{FID}_t}{\min_{s \le t} \mathrm{FID}_s} - 1"
    )
    icon = "table-2"

    distance: Literal["FID", "W1"] = param(
        default="FID",
        help="From samples to data: FID looks at mean and covariance only, which says enough of "
        "learned features; W1, exact, sees everything, and suits points.",
    )
    neighbours: int = param(
        default=3000,
        low=2,
        high=100_000,
        unit="items",
        help="Of these, items that precision, recall and coverage look at.",
    )
    k: int = param(default=5, low=1, high=100, help="Balls reach to the k-th neighbour.")

    def __init__(self, **given: Any) -> None:
        self._last: tuple[Hashable, Measured] | None = None
        self._weights: Hashable = None
        self._distances: list[float] = []
        super().__init__(**given)

    def forward(
        self,
        real: Stream[Batch],
        fake: Stream[Batch],
        features: Features | None = None,
        models: Many[Model] | None = None,
    ) -> Measured:
        """Measure; while nothing has changed, the last measurement stands."""
        state = fingerprint(fake), stream_key(fake), stream_key(real), id(features)
        if self._last is None or self._last[0] != state:
            self._reset_for_new_weights(fake)
            self._last = state, self._measured(real, fake, features, models)
        return self._last[1]

    def measure(self, real: Tensor, fake: Tensor) -> Measured:
        """Return the FID, or the exact W_1, of real (n, d) and fake (m, d)."""
        if self.distance == "W1":
            return Measured(exact_wasserstein(real, fake, 1))
        return super().measure(real, fake)

    def _measured(
        self,
        real: Stream[Batch],
        fake: Stream[Batch],
        features: Features | None,
        models: Many[Model] | None,
    ) -> Measured:
        reference = self.reference(real, features)
        timed = Timed(fake)
        seen = self.seen(timed, features, reference)
        value = self.measure(reference.items, seen).value
        self._distances.append(value)
        others: dict[str, float] = {self.distance: value}
        if reference.floor is not None:
            others["floor"] = reference.floor
        others |= self._shares(reference.items, seen)
        others["setback"] = setback(self._distances)
        others["ms each"] = 1e3 * timed.seconds / max(1, timed.items)
        if models:
            others["weights"] = weights(models)
        return Measured(value, others | {"items": len(seen)}, unit_of(features))

    def _shares(self, real: Tensor, fake: Tensor) -> dict[str, float]:
        count = min(self.neighbours, len(real), len(fake))
        found = coverage(real[:count], fake[:count], min(self.k, count - 1))
        return {n: getattr(found, n) for n in ("precision", "recall", "coverage")}

    def _reset_for_new_weights(self, fake: Stream[Batch]) -> None:
        """Forget the distances measured with other weights: a fresh run measures its own."""
        now = tuple(id(p) for m in fake.modules for p in m.parameters())
        if now != self._weights:
            self._weights, self._distances = now, []

    def changed(self, name: str) -> None:
        super().changed(name)
        self._last, self._distances = None, []

    def sketch(
        self,
        real: Stream[Tensor],
        fake: Stream[Tensor],
        features: Features | None = None,
        models: Many[Model] | None = None,
    ) -> None:
        """Refuse shapes that differ."""
        super().sketch(real, fake, features)


class Timed(Stream[Tensor]):
    """A stream that takes the time of its pulls: samplers work for it alone."""

    def __init__(self, stream: Stream[Tensor]) -> None:
        self.stream, self.modules = stream, stream.modules
        stream.fresh = True
        self.seconds, self.items = 0.0, 0

    def __next__(self) -> Tensor:
        start = time.perf_counter()
        batch = next(self.stream)
        self.seconds += time.perf_counter() - start
        self.items += len(batch)
        return batch


def setback(looks: list[float]) -> float:
    """Return the worst rise above the best so far, as a share of it; NaN of too few looks."""
    if len(looks) < FEWEST:
        return math.nan
    best, worst = math.inf, 0.0
    for value in looks:
        best = min(best, value)
        worst = max(worst, value / best - 1 if best else 0.0)
    return worst


def fingerprint(stream: Stream[Any]) -> Hashable:
    """Return what changes whenever weights behind a stream do.

    A sum of each: torch's own count of versions misses the steps of fused optimisers. Data that are
    read at the first pull are no weights.
    """
    learned = (m for m in stream.modules if not isinstance(m, Source))
    found = chain.from_iterable(chain(m.parameters(), m.buffers()) for m in learned)
    sums = [double(t.detach()).sum() for t in found]
    return tuple(torch.stack(sums).tolist()) if sums else ()


def weights(models: Many[Model]) -> int:
    """Return how many weights the models have, those they share counted once."""
    found = {id(p): p.numel() for model in models for p in model.parameters()}
    return sum(found.values())
