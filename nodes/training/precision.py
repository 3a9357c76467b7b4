"""The number format of forward passes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Precision = Literal["float32", "bfloat16", "auto"]

GAIN = 0.8
"""bfloat16 must take less than this share of float32's time, in each kind of work."""
ENOUGH, ROUNDS = 0.03, 5
"""Seconds after which no further round of timings begins, and rounds at most."""
LINES = (nn.Conv1d, nn.ConvTranspose1d)
"""Layers that CPUs compute slowly in bfloat16."""


class Choice(NamedTuple):
    """Whether `auto` is bfloat16 on a device, and the times of bfloat16 over those of float32.

    `times`: by the kind of work; empty where the device was not timed.
    """

    short: bool
    times: Mapping[str, float] = {}


_chosen: dict[str, Choice] = {}


def choice_for(device: torch.device) -> Choice:
    """Return what was settled for a device, or settle it now."""
    if str(device) not in _chosen:
        settle(device, chosen_now(device))
    return _chosen[str(device)]


def settle(device: torch.device, choice: Choice) -> None:
    """Set what `auto` means on a device from now on, in this process."""
    _chosen[str(device)] = choice


def chosen_now(device: torch.device) -> Choice:
    """Choose for a device: a CPU with the instructions is timed, a GPU has the units or not."""
    if device.type == "cuda":
        return Choice(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type != "cpu" or not has_instructions():
        return Choice(False)
    times = timed()
    return Choice(max(times.values()) < GAIN, times)


def has_instructions() -> bool:
    """Return whether this CPU multiplies bfloat16; others take tens of times as long as float32."""
    return any(there for name, there in torch.cpu.get_capabilities().items() if "bf16" in name)


def timed() -> dict[str, float]:
    """Time training of typical layers on the CPU: bfloat16 over float32, by the kind of work.

    The least of a few rounds counts, in which all take turns. Nothing random is drawn.
    """
    begun = time.perf_counter()
    works: dict[str, tuple[Callable[..., Tensor], Tensor, Tensor]] = {
        "matrices": (F.linear, torch.full((128, 256), 0.5), torch.full((256, 256), 0.01)),
        "convolutions": (
            partial(F.conv2d, padding=1),
            torch.full((8, 32, 14, 14), 0.5),
            torch.full((32, 32, 3, 3), 0.01),
        ),
    }
    best: dict[tuple[str, bool], float] = {}
    for number in range(1 + ROUNDS):  # the first warms up
        for name, (layer, x, w) in works.items():
            for short in (False, True):
                took = _seconds(layer, x, w, short=short)
                if number < 2 or took < best[name, short]:
                    best[name, short] = took
        if number and time.perf_counter() - begun > ENOUGH:
            break
    return {name: best[name, True] / best[name, False] for name, short in best if short}


def _seconds(layer: Callable[..., Tensor], x: Tensor, w: Tensor, *, short: bool) -> float:
    """Return the seconds of one layer, forwards and backwards."""
    w = w.clone().requires_grad_()
    begun = time.perf_counter()
    with torch.enable_grad(), torch.autocast("cpu", torch.bfloat16, enabled=short):
        y = layer(x, w)
    y.backward(torch.ones_like(y))
    return time.perf_counter() - begun


def multiplies_bfloat16(device: torch.device) -> bool:
    """Return whether `auto` is bfloat16 on a device."""
    return choice_for(device).short


def autocast_to(
    precision: Precision, device: torch.device, networks: Iterable[nn.Module] = ()
) -> torch.dtype | None:
    """Return the type that forward passes are cast to, or None where they stay as they are.

    `auto` leaves networks with convolutions of one dimension as they are on a CPU.
    """
    if precision == "auto":
        slow = device.type == "cpu" and any(map(_has_lines, networks))
        precision = "bfloat16" if not slow and multiplies_bfloat16(device) else "float32"
    return torch.bfloat16 if precision == "bfloat16" else None


def _has_lines(network: nn.Module) -> bool:
    return any(isinstance(layer, LINES) for layer in network.modules())


def as_trained(network: nn.Module, device: torch.device) -> AbstractContextManager[object]:
    """Cast forward passes of a network, in this context, to the number format of its training."""
    dtype = getattr(network, "autocast", None)
    return nullcontext() if dtype is None else torch.autocast(device.type, dtype=dtype)
