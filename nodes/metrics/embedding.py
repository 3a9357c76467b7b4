"""The vectors that a measure compares: features, or raw numbers."""

from __future__ import annotations

import torch
from torch import Tensor

from nodes.metrics.features import Features
from nodes.sentences import Text, say

UNDER = -0.05
"""Images with values below this are taken to lie in [-1, 1]."""
CHUNK = 500
"""Images that a feature network sees at once: they should fit the processor's cache."""
RAW = say("raw numbers")


def embedded(x: Tensor, features: Features | None, *, signed: bool = False) -> Tensor:
    """Return the features of a batch, its raw numbers where there is no network: float64 (b, d)."""
    if features is None:
        return double(x.flatten(1))
    x = (x + 1) / 2 if signed else x
    return double(torch.cat([features(part) for part in x.float().split(CHUNK)]))


def double(x: Tensor) -> Tensor:
    """Return x as float64, shaped as it is, on the CPU where the device has none."""
    return x.cpu().double() if x.device.type == "mps" else x.double()


def is_signed(x: Tensor) -> bool:
    """Return whether images x (b, ...) lie in [-1, 1]: whether one value is below -0.05."""
    return x.min().item() < UNDER


def unit_of(features: Features | None) -> Text:
    """Return what a figure is counted in: no one shall take it for one of Inception."""
    return RAW if features is None else features.name
