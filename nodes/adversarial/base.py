"""Conditions that generators and critics share: classes and texts."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from nodes.base import param
from nodes.drawing import Drawing, End
from nodes.errors import InputRefused
from nodes.labels import must_name_classes
from nodes.types import Shape, TextVectors


def classes_param() -> Any:
    """Declare the number of classes of a network; 0 leaves the network without labels."""
    return param(
        default=0,
        low=0,
        high=100_000,
        unit="classes",
        help="Classes that labels name, from 0 on; 0: the network is told of none.",
    )


def shape_with_classes(x: Shape, classes: int) -> Shape:
    """Return the shape (c + classes, ...) of an item x (c, ...) with a channel for each class."""
    return Shape((x[0] + classes, *x[1:])) if classes else x


def with_classes(x: Tensor, labels: Tensor | None, classes: int) -> Tensor:
    """Return x (b, c, ...) with one-hot classes as more channels: (b, c + classes, ...).

    Conditional Generative Adversarial Nets (Mirza & Osindero, 2014), arXiv:1411.1784. `labels` (b,)
    lie in 0, ..., classes - 1. Raise `InputRefused` where they are missing, too few or out of
    range, and where they come although `classes` is 0.
    """
    if not classes:
        _must_be_unwired(labels)
        return x
    told = _must_be_wired(x, labels)
    must_name_classes(told, classes)
    one_hot = F.one_hot(told, classes).to(x.dtype)
    planes = one_hot.view(len(x), classes, *[1] * (x.dim() - 2))
    return torch.cat([x, planes.expand(-1, -1, *x.shape[2:])], 1)


def told_classes(drawing: Drawing, node: Any, port: str) -> End:
    """Draw what `with_classes` does, and the rows that `z` becomes before."""
    end = drawing.takes(port)
    if port == "z" and len(node.built["z"]) > 1:
        end = drawing.add("Flatten", x=end)
    if not node.classes:
        return end
    told = drawing.add("OneHot", labels=drawing.takes("labels"), classes=node.classes)
    return drawing.add("Concat", xs=[end, told])


def of_class(scores: Tensor, labels: Tensor | None, classes: int) -> Tensor:
    """Return each item's score of its own class, (b,), from scores (b, classes) or (b, 1).

    Which Training Methods for GANs do actually Converge? (Mescheder, Geiger & Nowozin, 2018),
    arXiv:1801.04406. Raise `InputRefused` as `with_classes` does.
    """
    if not classes:
        _must_be_unwired(labels)
        return scores.squeeze(1)
    told = _must_be_wired(scores, labels)
    must_name_classes(told, classes)
    return scores.gather(1, told[:, None]).squeeze(1)


def text_of(context: TextVectors, items: Tensor) -> Tensor:
    """Return the vector of each item's text, (b, d).

    Raise `InputRefused` where there are not as many texts as items.
    """
    if len(context.pooled) != len(items):
        raise InputRefused(
            "There must be a text for each item: {must}; there are {found}.",
            "Give the noise the count of the data's batch.",
            must=len(items),
            found=len(context.pooled),
        )
    return context.pooled


def _must_be_unwired(labels: Tensor | None) -> None:
    if labels is not None:
        raise InputRefused(
            "{labels} are wired, and {classes} is 0: the network would not be told of them.",
            "Set {classes} to the number of classes, or remove the wire.",
        )


def _must_be_wired(x: Tensor, labels: Tensor | None) -> Tensor:
    if labels is None:
        raise InputRefused(
            "{labels} needs a wire where {classes} is above 0.",
            "Wire {labels}, or set {classes} to 0.",
        )
    if len(labels) != len(x):
        raise InputRefused(
            "There must be a label for each item: {must}; there are {found}.",
            "Give the noise the count of the data's batch.",
            must=len(x),
            found=len(labels),
        )
    return labels
