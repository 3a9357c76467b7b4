"""Half precision, where a device multiplies it."""

from __future__ import annotations

import torch

from nodes.training.precision import autocast_to, multiplies_bfloat16

CPU = torch.device("cpu")


def test_what_is_named_is_taken_everywhere() -> None:
    assert autocast_to("float32", CPU) is None
    assert autocast_to("bfloat16", CPU) is torch.bfloat16


def test_auto_is_short_only_where_a_device_multiplies_it() -> None:
    assert autocast_to("auto", CPU) is (torch.bfloat16 if multiplies_bfloat16(CPU) else None)
    assert autocast_to("auto", torch.device("mps")) is None
