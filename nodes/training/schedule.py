"""A number that goes its way over the steps of a training."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Literal

from nodes.base import Node, param
from nodes.types import Number, Range

Law = Literal["linear", "cosine", "jumps", "warm-up", "constant"]


class Schedule(Node):
    """Give a number that goes from one value to another over the steps of a training.

    Make a parameter an input by the menu of its field, and wire the number into it: the beta of a
    VAE that rises, a learning rate that falls. Cyclical Annealing Schedule (Fu et al., 2019),
    arXiv:1903.10145, repeats.

    Linear and cosine go there and stay. Jumps goes in equal parts. Warm-up goes there on a line,
    and from there as one over the root of the step (Vaswani et al., 2017, arXiv:1706.03762). Steps
    are those of the trainer whose training the parameter acts on, from 0: it waits at the first
    value for its stage to begin, and stays at the last when that has ended.
    """

    synonyms = (
        "annealing, warm-up, warmup, ramp, decay, learning rate schedule, beta warm-up, cosine, "
        "cyclical, recuit, rampe, décroissance, planification, échéancier"
    )
    formula = r"v_t = a + (b - a)\, f(t / T)"
    icon = "chart-spline"
    returns = "number"
    stepped = True

    law: Law = param(default="linear", help="How it goes from the first value to the last.")
    start: float = param(default=0.0, title="From", help="The value at step 0 (a).")
    end: float = param(default=1.0, title="To", help="The value that it goes to (b).")
    over: int = param(
        default=1000,
        low=1,
        high=10**9,
        unit="steps",
        help="Steps in which it goes there (T).",
        larger="goes slower",
        smaller="goes faster",
    )
    jumps: int = param(default=4, low=1, high=1000, help="Jumps: how many there are.")
    repeats: bool = param(default=False, help="Begin anew each time it is there.")

    def forward(self) -> Number:
        """Return the number at the present step."""
        return self.at(self.step)

    def at(self, step: int) -> float:
        """Return the number at a step."""
        if self.law == "constant":
            return self.start
        step = step % self.over if self.repeats else step
        if self.law == "warm-up" and step > self.over:
            return self.end * math.sqrt(self.over / step)
        share = min(1.0, step / self.over)
        return self.start + (self.end - self.start) * _SHAPES[self.law](share, self.jumps)

    def ranges(self, **ranges: Range | None) -> Mapping[str, Range]:
        ends = [self.start] if self.law == "constant" else [self.start, self.end]
        ends += [0.0] if self.law == "warm-up" and not self.repeats else []
        return {"number": Range(min(ends), max(ends))}

    def sign(self) -> str:
        if self.law == "constant":
            return f"{self.start:g}"
        return f"{self.start:g}→{self.end:g}"


_SHAPES: dict[str, Callable[[float, int], float]] = {
    "linear": lambda share, jumps: share,
    "cosine": lambda share, jumps: 0.5 - 0.5 * math.cos(math.pi * share),
    "jumps": lambda share, jumps: math.floor(share * jumps) / jumps,
    "warm-up": lambda share, jumps: share,
}
