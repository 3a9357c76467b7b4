"""The base of sets of sounds: one channel, one length, perhaps one loudness."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from nodes.base import param
from nodes.data.base import Dataset, Loading
from nodes.data.wav import Samples, Sound

PEAK = 0.9
"""What the loudest sample of each sound becomes where all shall be as loud."""
QUIETEST = float(np.finfo(np.float32).tiny)
"""Peaks up to this are silence: what they would be multiplied by is no number."""
REACH = 10
"""Samples, of the slower rate, on each side of one that resampling weighs."""
Level = Literal["same peak", "as recorded"]


class SoundSet(Dataset):
    """Draw labelled sounds."""

    icon = "audio-lines"

    samples: int = param(
        default=8192,
        low=16,
        high=10_000_000,
        unit="samples",
        title="Length",
        help="Samples of an item: shorter sounds end in silence, longer ones are cut.",
    )
    level: Level = param(
        default="same peak",
        title="Loudness",
        help="Each sound brought to the same peak, 0.9 of full scale; or as it was recorded.",
    )

    def reading(self) -> Loading:
        """Read sounds (n, 1, samples), a frame now and then, or raise `DataMissing`."""
        raise NotImplementedError

    def loading(self) -> Loading:
        """Read all sounds; override `reading`."""
        return self.reading()

    def item_shape(self) -> tuple[int, ...]:
        """Return (1, samples)."""
        return 1, self.samples

    def needed(self, rate: int, wanted: int) -> int:
        """Return how many samples of a sound, `rate` a second, make an item of `wanted` ones."""
        reach = REACH * max(1.0, rate / wanted)
        return math.ceil(self.samples * rate / wanted + reach) + 1

    def fitted(self, sound: Sound, rate: int) -> Samples:
        """Return a sound as an item (1, samples): mixed, resampled, cut or filled, levelled."""
        mixed = sound.samples.mean(0, dtype=np.float64).astype(np.float32)
        x = resampled(mixed, sound.rate, rate)[: self.samples]
        peak = float(np.abs(x).max(initial=0.0))
        if self.level == "same peak" and peak > QUIETEST:
            x = x * (PEAK / peak)
        return np.pad(x, (0, self.samples - len(x))).astype(np.float32)[None]


def resampled(x: Samples, rate: int, wanted: int) -> Samples:
    """Return a signal (n,) with so many samples a second, what is too high for them left out."""
    if rate == wanted:
        return x
    from scipy.signal import resample_poly

    shared = math.gcd(rate, wanted)
    found: Samples = resample_poly(x, wanted // shared, rate // shared).astype(np.float32)
    return found


def together(items: list[Samples], labels: list[int]) -> tuple[Tensor, Tensor]:
    """Return sounds, each (1, samples), and their classes as tensors: (n, 1, samples) and (n,)."""
    return torch.from_numpy(np.stack(items)), torch.tensor(labels)
