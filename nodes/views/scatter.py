"""Points in the plane."""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor

from nodes.base import Node, param
from nodes.errors import InputRefused, ParamRefused
from nodes.sentences import Text, Word, say
from nodes.taking import take
from nodes.types import Figure, Gaussian, Labels, Points, Stream

SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


class Scatter(Node):
    """Show points of the test set in the plane, coloured by their labels.

    Principal axes after Pearson (1901), doi:10.1080/14786440109462720.

    `points` (b, d) come batch by batch until there are `count`; of Gaussians the means are shown.
    Of more than two dimensions, two are shown, or the two principal axes. Where `labels` are wired,
    the points are items of the test set in its order, and a selection here marks them elsewhere.
    `real` points, wired where those shown are generated, lie behind them.
    """

    synonyms = (
        "scatter plot, latent space, points, pca, embedding, cloud, plot, nuage, espace latent, "
        "acp, tracé"
    )
    formula = r"(x, y) = (z_i, z_j) \quad\text{or}\quad (z - \bar{z})\,[v_1\ v_2]"
    icon = "chart-scatter"
    role = "view"
    figure = "points"

    count: int = param(
        default=4000, low=1, high=1_000_000, unit="points", help="Most points shown."
    )
    axes: Literal["two dimensions", "principal"] = param(
        default="two dimensions",
        help="Show the dimensions named below, or the two directions of largest variance.",
    )
    across: int = param(default=1, low=1, high=65536, help="Dimension drawn from left to right.")
    up: int = param(default=2, low=1, high=65536, help="Dimension drawn from bottom to top.")
    equal: bool = param(default=True, title="Equal axes", help="One unit is as long on both axes.")
    caption: str = param(default="", help="Words beside the title; empty says what is shown.")

    def forward(
        self,
        points: Stream[Points | Gaussian],
        labels: Stream[Labels] | None = None,
        real: Stream[Points] | None = None,
    ) -> Figure:
        """Return a figure `points`: (n, 2), with labels (n,) and real points (m, 2) where wired.

        Raise `ParamRefused` where points have no such dimensions, `InputRefused` where real ones
        have others.
        """
        cloud, classes = self._gather(points, labels)
        behind = self._behind(cloud, real)
        plane, names = self._plane(torch.cat([cloud, behind]))
        arrays: dict[str, Any] = {"points": plane[: len(cloud)]}
        if len(behind):
            arrays["real"] = plane[len(cloud) :]
        facts: dict[str, Any] = {"equal": self.equal, "names": names, "subtitle": self.caption}
        if classes is not None:
            arrays |= {"labels": classes, "ids": torch.arange(len(cloud))}
            facts["classes"] = self.class_names.get("labels", [])
            facts["subtitle"] = self.caption or say("{n} test items, by class", n=len(cloud))
        return Figure("points", arrays, facts)

    def sketch(
        self,
        points: Stream[Points | Gaussian],
        labels: Stream[Labels] | None = None,
        real: Stream[Points] | None = None,
    ) -> None:
        """Refuse dimensions that are not there."""
        for batch in points:
            if self.axes != "principal":
                self._check_axes(batch.shape[1])
            for other in real or ():
                _check_alike(batch.shape[1], other.shape[1])

    def _behind(self, cloud: Tensor, real: Stream[Points] | None) -> Tensor:
        """Return as many real points as there may be, of the same dimensions; none if not wired."""
        if real is None:
            return cloud[:0]
        found = torch.cat(list(take(real, self.count)))[: self.count]
        _check_alike(cloud.shape[1], found.shape[1])
        return found.to(cloud)

    def _gather(
        self, points: Stream[Points | Gaussian], labels: Stream[Labels] | None
    ) -> tuple[Tensor, Tensor | None]:
        """Pull until there are enough points, or the test set ends."""
        clouds: list[Tensor] = []
        classes: list[Tensor] = []
        for batch in take(points, self.count):
            clouds.append(batch.mean if isinstance(batch, Gaussian) else batch)
            classes += [next(labels)] if labels is not None else []
        cloud = torch.cat(clouds)[: self.count]
        return cloud, torch.cat(classes)[: self.count] if classes else None

    def _plane(self, cloud: Tensor) -> tuple[Tensor, list[Text]]:
        """Return the points as (n, 2), and what the two axes are called."""
        if self.axes == "principal" and cloud.shape[1] > 2:
            return principal(cloud), [say("first principal axis"), say("second")]
        if cloud.shape[1] == 1:
            return torch.cat([torch.arange(len(cloud))[:, None].to(cloud), cloud], 1), ["", ""]
        self._check_axes(cloud.shape[1])
        chosen = [self.across, self.up]
        return cloud[:, [i - 1 for i in chosen]], [f"z{i}".translate(SUBSCRIPTS) for i in chosen]

    def _check_axes(self, dimensions: int) -> None:
        for name in ("across", "up"):
            if getattr(self, name) > dimensions > 1:
                raise ParamRefused(
                    "{axis} must be one of {dimensions} dimensions; it is {value}.",
                    "Choose a lower number.",
                    place=name,
                    axis=Word(name.capitalize()),
                    dimensions=dimensions,
                    value=getattr(self, name),
                )


def _check_alike(dimensions: int, found: int) -> None:
    if dimensions != found:
        raise InputRefused(
            "{real} must have the {dimensions} dimensions of {points}; they have {found}.",
            dimensions=dimensions,
            found=found,
        )


def principal(cloud: Tensor) -> Tensor:
    """Return the coordinates of points (n, d) along the two directions of largest variance, (n, 2).

    A direction's sign is free: its largest component is taken as positive.
    """
    centred = (cloud - cloud.mean(0)).double()
    _, directions = torch.linalg.eigh(centred.T @ centred)  # ascending
    two = directions[:, -2:].flip(1)  # (d, 2)
    largest = two.gather(0, two.abs().argmax(0, keepdim=True))
    return (centred @ (two * largest.sign())).float()
