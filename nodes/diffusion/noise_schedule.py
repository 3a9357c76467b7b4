"""The node that chooses a noise schedule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from nodes.base import Node, param
from nodes.diffusion.schedules import (
    Continuous,
    Geometric,
    Karras,
    Schedule,
    cosine,
    linear,
    sigmoid,
)
from nodes.errors import ParamRefused
from nodes.sentences import Part, Word

Kind = Literal["linear", "cosine", "sigmoid", "variance preserving", "variance exploding", "Karras"]


class NoiseSchedule(Node):
    """Say how much signal and how much noise there is at each time.

    Denoising Diffusion Probabilistic Models (Ho, Jain & Abbeel, 2020), arXiv:2006.11239.

    Time runs from 0, data, to 1, noise. In T steps: linear betas (DDPM), a cosine
    (arXiv:2102.09672) or a sigmoid (arXiv:2301.10972) as alpha-bar. As equations: variance
    preserving and exploding (arXiv:2011.13456), and the levels of Karras et al.
    (arXiv:2206.00364).
    """

    synonyms = (
        "noise, bruit, beta schedule, cosine schedule, alpha bar, snr, vp, ve, variance "
        "preserving, sigma, échéancier, programme de bruit, planification"
    )
    formula = (
        r"q(x_t|x_{t-1}) = \mathcal{N}(\sqrt{1-\beta_t}\,x_{t-1}, \beta_t I), \quad"
        r" \bar\alpha_t = \prod_{s \leq t} (1 - \beta_s)"
    )
    title = "Noise schedule"
    icon = "audio-waveform"
    returns = "schedule"

    kind: Kind = param(default="cosine", help="The path from data to noise.")
    steps: int = param(
        default=1000,
        low=2,
        high=100_000,
        unit="steps",
        title="T",
        help="Steps of the discrete process; an equation is cut into as many where it must be.",
        larger="finer noise levels, slower ancestral sampling",
        smaller="coarser levels, quicker sampling",
    )
    beta_1: float = param(
        default=1e-4, low=1e-8, high=0.5, title="β₁", help="Linear: the first of 1,000 betas."
    )
    beta_t: float = param(
        default=0.02, low=1e-8, high=0.999, title="β_T", help="Linear: the last of 1,000 betas."
    )
    s: float = param(
        default=0.008,
        low=0.0,
        high=0.5,
        title="s",
        help="Cosine: offset, so that the first betas are not 0.",
    )
    start: float = param(default=-3.0, low=-20.0, high=20.0, help="Sigmoid: where it begins.")
    end: float = param(default=3.0, low=-20.0, high=20.0, help="Sigmoid: where it ends.")
    tau: float = param(default=1.0, low=0.05, high=20.0, title="τ", help="Sigmoid: its width.")
    beta_min: float = param(
        default=0.1, low=1e-6, high=100.0, title="β min", help="Variance preserving: beta(0)."
    )
    beta_max: float = param(
        default=20.0, low=1e-6, high=1000.0, title="β max", help="Variance preserving: beta(1)."
    )
    sigma_min: float = param(
        default=0.002,
        low=1e-6,
        high=10.0,
        title="σ min",
        help="Variance exploding and Karras: the least noise.",
    )
    sigma_max: float = param(
        default=80.0,
        low=1e-3,
        high=1e6,
        title="σ max",
        help="Variance exploding and Karras: the most noise.",
    )
    rho: float = param(
        default=7.0, low=1.0, high=100.0, title="ρ", help="Karras: the root that grows evenly."
    )

    def forward(self) -> Schedule:
        """Return the schedule.

        Raise `ParamRefused` where the upper end of a pair of parameters is not above the lower.
        """
        self._must_grow("beta_1", "beta_t", least=0.0)
        self._must_grow("start", "end")
        self._must_grow("beta_min", "beta_max", least=0.0)
        self._must_grow("sigma_min", "sigma_max")
        return SCHEDULES[self.kind](self).on(self.device)

    def _must_grow(self, low: str, high: str, *, least: float = 1e-6) -> None:
        """Raise `ParamRefused` where the second of two parameters is not above the first."""
        if getattr(self, high) - getattr(self, low) < least:
            titles = self._declared[low].title, self._declared[high].title
            raise ParamRefused(
                "{high} must be above {low}, {must}; it is {found}.",
                place=high,
                high=Word(titles[1]),
                low=Word(titles[0]),
                must=getattr(self, low),
                found=getattr(self, high),
            )

    def sign(self) -> Part:
        return Word(self.kind)


SCHEDULES: dict[str, Callable[[NoiseSchedule], Schedule]] = {
    "linear": lambda n: linear(n.steps, n.beta_1, n.beta_t),
    "cosine": lambda n: cosine(n.steps, n.s),
    "sigmoid": lambda n: sigmoid(n.steps, n.start, n.end, n.tau),
    "variance preserving": lambda n: Continuous(n.beta_min, n.beta_max, steps=n.steps),
    "variance exploding": lambda n: Geometric(n.sigma_min, n.sigma_max, steps=n.steps),
    "Karras": lambda n: Karras(n.sigma_min, n.sigma_max, n.rho, steps=n.steps),
}
