"""Conditions of a denoiser: the time, and perhaps a class, a text or pictures."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from nodes.base import param
from nodes.diffusion.contexts import part_by_part
from nodes.diffusion.schedules import expand
from nodes.drawing import Drawing, End
from nodes.errors import InputRefused
from nodes.labels import must_name_classes
from nodes.sentences import PortName
from nodes.types import TextVectors


def classes_param() -> Any:
    """Declare the number of classes of a denoiser; 0 leaves it without labels."""
    return param(
        default=0,
        low=0,
        high=100_000,
        unit="classes",
        help="Classes that labels name, from 0 on; a label of this very number means none. "
        "0: the network is told of none.",
    )


def drop_param() -> Any:
    """Declare the share of items that a network is trained on without its conditions."""
    return param(
        default=0.1,
        low=0.0,
        high=1.0,
        help="Share of items whose label or text is hidden, so that guidance can compare.",
    )


def scale_param() -> Any:
    """Declare the guidance scale w of eps = (1 + w) eps(x, c) - w eps(x)."""
    return param(
        default=0.0,
        low=0.0,
        high=100.0,
        title="Guidance scale w",
        help="How far what the network is told, a class or a text, is exaggerated; 0: as it is.",
    )


def conditions_of(
    labels: Tensor | None = None,
    context: Tensor | TextVectors | None = None,
    beside: Tensor | None = None,
) -> dict[str, Any]:
    """Return the conditions of a network by the name of its input, without those not given.

    `labels` (b,), `context` (b, n, d) or texts, pictures `beside` (b, c, h, w).
    """
    told = {"labels": labels, "context": context, "beside": beside}
    return {name: part for name, part in told.items() if part is not None}


def must_have(built: Mapping[str, Any] | None, name: str, given: Any) -> None:
    """Raise `InputRefused` where an input comes or stays away against what was built."""
    looks = built is not None and name in built
    if built is not None and looks != (given is not None):
        raise InputRefused(
            "{name} needs a wire: the network was built with one."
            if looks
            else "{name} must have no wire: the network was built without one.",
            "Wire it wherever this network is called, or nowhere.",
            name=PortName(name),
        )


def drop_conditions(model: Any, told: Mapping[str, Any], drop: float) -> dict[str, Any]:
    """Return the conditions of a model, all of them null for the same share `drop` of items."""
    if not told:
        return {}
    first = next(iter(told.values()))
    hidden = torch.rand(first.shape[0], device=first[0].device) < drop
    if "labels" in told and (classes := getattr(model, "classes", 0)):
        must_name_classes(told["labels"], classes)

    def shown(part: Tensor, instead: Tensor) -> Tensor:
        return torch.where(expand(hidden, part), instead, part)

    return {n: part_by_part(shown, c, null_condition(model, n, c)) for n, c in told.items()}


def null_condition(model: Any, name: str, told: Any) -> Any:
    """Return the condition that stands for none, shaped as `told`.

    The label after the last class for `labels`, zeros for all others.
    """
    if name == "labels":
        return torch.full_like(told, classes) if (classes := getattr(model, "classes", 0)) else told
    return part_by_part(torch.zeros_like, told)


class TimeFeatures(nn.Module):
    """Write a time in [0, 1] as sines and cosines: (b,) → (b, 2 count).

    Attention Is All You Need (Vaswani et al., 2017), arXiv:1706.03762. Angular frequencies run
    evenly on a logarithmic scale from 1 to `highest`.
    """

    frequencies: Tensor

    def __init__(self, count: int, highest: float) -> None:
        super().__init__()
        frequencies = torch.logspace(0, math.log10(highest), count)
        self.register_buffer("frequencies", frequencies, persistent=False)

    def forward(self, t: Tensor) -> Tensor:
        """Return sin(w t) and then cos(w t) for each frequency w: t (b,) → (b, 2 count)."""
        angles = t[:, None] * self.frequencies
        return torch.cat([angles.sin(), angles.cos()], 1)


class ClassEmbedding(nn.Module):
    """Add vectors of labels to what is told; a last row stands for no class."""

    def __init__(self, classes: int, size: int) -> None:
        super().__init__()
        self.classes = classes
        self.rows = nn.Embedding(classes + 1, size) if classes else None

    def forward(self, told: Tensor, labels: Tensor | None, like: Tensor) -> Tensor:
        """Return `told` (b, size) with the class of each item `like` (b, ...) added.

        Without labels all are of none; without classes `told` comes back.
        """
        if self.rows is None:
            _must_be_unwired(labels)
            return told
        if labels is None:
            labels = torch.full((len(like),), self.classes, device=like.device)
        _must_be_as_many(labels, like)
        return told + self.rows(labels)


def told_of_class(drawing: Drawing, told: End, x: End, classes: int, size: int) -> End:
    """Draw what the embedding `told_class` adds to what a network is told."""
    if not classes:
        return told
    labels = drawing.takes("labels")
    row, drawing.row = drawing.row, drawing.row - 1
    kind = drawing.add(
        "ClassEmbedding",
        labels=labels,
        like=x,
        classes=classes,
        size=size,
        origin="told_class.rows",
    )
    drawing.row = row
    return drawing.add("Add", a=told, b=kind)


def _must_be_unwired(labels: Tensor | None) -> None:
    if labels is not None:
        raise InputRefused(
            "{labels} are given, and {classes} is 0: the network would not be told of them.",
            "Set {classes} to the number of classes, or remove the wire.",
        )


def _must_be_as_many(labels: Tensor, x: Tensor) -> None:
    if len(labels) != len(x):
        raise InputRefused(
            "There must be a label for each item: {must}; there are {found}.",
            "Wire the labels of the same batch.",
            must=len(x),
            found=len(labels),
        )
