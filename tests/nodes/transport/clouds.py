"""Points and weights that the tests of transport share."""

from __future__ import annotations

import torch
from torch import Tensor


def cloud(n: int, d: int = 2, *, mean: float = 0.0, seed: int = 0) -> Tensor:
    """Return normal points around a mean, (n, d), float64."""
    generator = torch.Generator().manual_seed(seed)
    return mean + torch.randn(n, d, dtype=torch.float64, generator=generator)


def weights(n: int, seed: int = 0) -> Tensor:
    """Return unequal weights that sum to 1, (n,)."""
    generator = torch.Generator().manual_seed(seed)
    w = 0.2 + torch.rand(n, dtype=torch.float64, generator=generator)
    return w / w.sum()
