"""The number format of forward passes."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Literal

import torch
from torch import nn

Precision = Literal["float32", "bfloat16", "auto"]


def autocast_to(precision: Precision, device: torch.device) -> torch.dtype | None:
    """Return the type that forward passes are cast to, or None where they stay as they are."""
    if precision == "auto":
        precision = "bfloat16" if multiplies_bfloat16(device) else "float32"
    return torch.bfloat16 if precision == "bfloat16" else None


def multiplies_bfloat16(device: torch.device) -> bool:
    """Return whether a device multiplies bfloat16 in units of its own.

    CPUs with AMX do, and GPUs of NVIDIA since Ampere. Others compute it by way of float32, which
    takes longer than float32 itself.
    """
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return device.type == "cpu" and torch.cpu._is_amx_tile_supported()


def as_trained(network: nn.Module, device: torch.device) -> AbstractContextManager[object]:
    """Cast forward passes of a network, in this context, to the number format of its training."""
    dtype = getattr(network, "autocast", None)
    return nullcontext() if dtype is None else torch.autocast(device.type, dtype=dtype)
