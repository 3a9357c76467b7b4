"""Class labels for a conditional generator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import torch

from nodes.base import EVERY, Source, param
from nodes.errors import InputRefused
from nodes.sentences import Part, say
from nodes.types import Batch, Labels, Range


class ClassLabels(Source):
    """Give class numbers to a network that makes items of a class.

    Conditional Generative Adversarial Nets (Mirza & Osindero, 2014), arXiv:1411.1784.

    `labels` (count,) from 0 on: in turn, so that a grid with as many columns as classes shows one
    class a column; drawn evenly, afresh at each pull; or all the same. Where a batch is wired to
    `as_many_as`, the count is that batch's.

    With `shares` the draw gives each class its share of the count, rounded up or down at random: a
    measure that compares with data asks for classes as often as they come there.
    """

    synonyms = "condition, conditional, class, category, y, classe, catégorie, conditionnel"
    title = "Class labels"
    formula = r"y_i = i \bmod K \quad\text{or}\quad y_i \sim \mathcal{U}\{0, \dots, K - 1\}"
    icon = "tags"
    unreached = EVERY
    returns = "labels"

    count: int = param(default=40, low=1, high=1_000_000, unit="labels", help="How many at once.")
    classes: int = param(
        default=10, settles="sizes", low=1, high=100_000, unit="classes", help="How many there are."
    )
    order: Literal["in turn", "drawn", "one"] = param(
        default="in turn", help="One class after another, drawn at random, or one class only."
    )
    shares: list[int] | None = param(
        default=None,
        low=0,
        high=1_000_000,
        title="Shares of classes",
        help="Drawn: how often each class comes, in proportion, as counted in data; empty: equally "
        "often.",
    )
    only: int = param(
        default=0, low=0, high=99_999, title="Class", help="The class where there is one only."
    )

    def forward(self, as_many_as: Batch | Labels | None = None) -> Labels:
        """Return labels (count,) from 0 on; `as_many_as` (b, ...) makes the count its b."""
        count = self.count if as_many_as is None else as_many_as.shape[0]
        if self.order == "drawn":
            return self._drawn(count).to(self.device)
        if self.order == "one":
            return torch.full((count,), self.only % self.classes, device=self.device)
        return torch.arange(count, device=self.device) % self.classes

    def _drawn(self, count: int) -> Labels:
        """Return labels (count,): one from each of `count` equal parts of the summed shares."""
        if not self.shares:
            return torch.randint(self.classes, (count,), device=self.device)
        shares = self._shares(self.shares)
        last = max(k for k, share in enumerate(shares) if share)
        until = torch.tensor(shares, dtype=torch.float64).cumsum(0)
        at = (torch.randperm(count) + torch.rand(())) / count * until[-1]
        return torch.bucketize(at, until, right=True).clamp(max=last)

    def _shares(self, shares: list[int]) -> list[int]:
        if len(shares) != self.classes or not sum(shares):
            raise InputRefused(
                "There must be a share for each class, {must}, not all 0; there are {found}.",
                "Give as many shares as classes, or none.",
                place="shares",
                must=self.classes,
                found=len(shares),
            )
        return shares

    def ranges(self, **_: Range | None) -> Mapping[str, Range]:
        one = self.only % self.classes
        return {"labels": Range(one, one) if self.order == "one" else Range(0, self.classes - 1)}

    def named(self, **names: Sequence[str]) -> Mapping[str, Sequence[str]]:
        given = names.get("as_many_as", ())
        return {"labels": given} if len(given) == self.classes else {}

    def sign(self) -> Part:
        return (
            say("{n}, class {only}", n=self.count, only=self.only)
            if self.order == "one"
            else say("{n} classes", n=self.classes)
        )
