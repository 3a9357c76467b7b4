"""A check of class labels: whole numbers from 0 on."""

from __future__ import annotations

from torch import Tensor
from torch._subclasses.fake_tensor import is_fake

from nodes.errors import InputRefused


def must_name_classes(labels: Tensor, classes: int) -> None:
    """Raise `InputRefused` where one of the labels (b,) is none of 0, ..., classes - 1.

    Checked where this takes no time: on a GPU the numbers are far away, a check has none.
    """
    if labels.device.type != "cpu" or not labels.numel() or is_fake(labels):
        return
    low, high = (int(end) for end in labels.aminmax())
    if low < 0 or high >= classes:
        raise InputRefused(
            "{labels} must lie from 0 to {last}, for {count} classes; they lie from {low} "
            "to {high}.",
            "Count the classes from 0 on in the data, or raise the number of classes.",
            last=classes - 1,
            count=classes,
            low=low,
            high=high,
        )
