"""Guidance: a direction that samples are moved in, towards a set, a class, a measurement."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from torch import Tensor

from nodes.types import GUIDANCE, PortType


class Guidance(ABC):
    """A pull on samples. A diffusion adds it to its estimate of x_0, Langevin to its drift."""

    port: ClassVar[PortType] = GUIDANCE

    @abstractmethod
    def pull(self, x: Tensor) -> Tensor:
        """Return how far and where each item of x (b, ...) should move, shaped as x."""
