"""Sample from a score by Langevin dynamics."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor

from nodes.base import EVERY, Source, param
from nodes.diffusion.gathering import At, gathered, piece_of
from nodes.diffusion.guidance import Guidance
from nodes.diffusion.levels import CLEAN, Level, is_noisy_at_0, levels
from nodes.diffusion.recording import recorded
from nodes.diffusion.sampler import item_of
from nodes.diffusion.schedules import Schedule
from nodes.diffusion.solvers import Noise
from nodes.errors import InputRefused
from nodes.params import seed_param
from nodes.score.langevin import GuidedDrift, LangevinState, adjusted, unadjusted
from nodes.sentences import Part, listed, say
from nodes.types import Batch, Denoiser, Frame, Labels, Many, Path, Scalar

Convention = Literal["x + η/2 s + √η ε", "x + η s + √(2η) ε"]
SHARES: dict[str, float] = {"x + η/2 s + √η ε": 0.5, "x + η s + √(2η) ε": 1.0}
"""What of eta is the step a in x + a s + sqrt(2 a) eps."""


class Walked(NamedTuple):
    """The samples (count, ...), the path (s, b, ...), evaluations and acceptance, both scalars.

    The path holds as many items as are made at once.
    """

    samples: Batch
    path: Path
    evaluations: Scalar
    acceptance: Scalar


class LangevinSampler(Source):
    """Draw samples from a score alone, by Langevin dynamics.

    Generative Modeling by Estimating Gradients of the Data Distribution (Song & Ermon, 2019),
    arXiv:1907.05600.

    Single level: `steps` steps of length eta with the score at one time, t = 0 for the data.
    Annealed: `steps` steps at each of several levels of the schedule's noise, from the most to the
    least, of length eta sigma^2. Steps of any length leave a bias that vanishes with eta; adjusted
    by Metropolis and Hastings there is none (doi:10.2307/3318418). Each `guidance` adds its pull to
    the score.

    `samples` (count, ...), `path` (s, b, ...) of at most 102 states, `evaluations` of the network
    for an item, `acceptance`: the share of steps that were taken, 1 unadjusted.
    """

    synonyms = (
        "ula, mala, mcmc, markov chain, annealed langevin, sampling, generate, score, chaîne de "
        "Markov, échantillonnage, recuit"
    )
    title = "Langevin sampler"
    formula = r"x_{k+1} = x_k + \frac{\eta}{2}\,s_\theta(x_k) + \sqrt{\eta}\,\epsilon_k"
    icon = "shuffle"
    unreached = EVERY

    convention: Convention = param(
        default="x + η/2 s + √η ε", help="How a step is written: both are one for η twice as large."
    )
    eta: float = param(
        default=0.01, low=1e-8, high=1e4, title="Step size η", help="Length of a step."
    )
    steps: int = param(
        default=200, low=1, high=1_000_000, unit="steps", help="Steps, at each level of noise."
    )
    noise: Literal["single level", "annealed"] = param(
        default="single level",
        title="Noise levels",
        help="One level of noise, or many of the schedule's, from the most to the least.",
    )
    level: float = param(
        default=0.0,
        low=0.0,
        high=1.0,
        title="Time t",
        help="Single level: the time at which the score is asked, 0 for the data.",
    )
    levels: int = param(
        default=10, low=2, high=1000, unit="levels", help="Annealed: how many, even in log-SNR."
    )
    adjust: bool = param(
        default=False, title="Metropolis", help="Refuse steps so that no bias is left."
    )
    count: int = param(default=1000, low=1, high=1_000_000, unit="items", help="How many walk.")
    width: float | None = param(
        default=None,
        low=0.0,
        high=1e4,
        help="Deviation of the Gaussian that they start from; empty: as wide as data and noise at "
        "the first level, or 1.",
    )
    seed: int | None = seed_param()

    def forward(
        self,
        model: Denoiser,
        schedule: Schedule | None = None,
        labels: Labels | None = None,
        start: Batch | None = None,
        guidance: Many[Guidance] | None = None,
    ) -> Iterator[Frame[Walked]]:
        """Walk; yield a frame a step, with where all are so far."""
        item, down, noise = item_of(model), self._levels(schedule), self._noise()
        taken: list[float] = []
        start = None if start is None else start.detach()

        def walk(which: Tensor) -> Iterator[At]:
            told = None if labels is None else labels[which % len(labels)]
            slope = GuidedDrift(model, schedule, guidance or (), told)
            empty = torch.empty(len(which), *item, device=self.device)
            x = self._width(down[0]) * noise(empty) if start is None else start[which % len(start)]
            yield At(0, x, 0)
            for number, walker in enumerate(self._walk(x, slope, down, noise)):
                taken.append(walker.accepted)
                yield At(number + 1, walker.x, slope.evaluations)

        walks = [walk(which) for which in torch.arange(self.count).split(piece_of(item))]
        steps = self.steps * len(down)
        for frame in gathered(walks, steps=steps, states=steps):
            assert frame.value is not None
            acceptance = torch.tensor(sum(taken) / max(1, len(taken)), device=self.device)
            numbers = {"acceptance": acceptance} if self.adjust else {}
            yield Frame(frame.step, frame.total, Walked(*frame.value, acceptance), numbers)

    def sketch(
        self,
        model: Any,
        schedule: Schedule | None = None,
        labels: Tensor | None = None,
        start: Tensor | None = None,
        guidance: Sequence[Guidance] | None = None,
    ) -> Walked:
        """Call the model once, with the arguments that the sampler would use."""
        item = item_of(model)
        count = self.levels if self.noise == "annealed" else 1
        _must_have_schedule(schedule, self.noise)
        x = torch.empty(min(self.count, piece_of(item)), *item, device=self.device)
        told = None if labels is None else labels[torch.arange(len(x)) % len(labels)]
        GuidedDrift(model, schedule, (), told).score(x, x.new_ones(()))
        path = x.new_empty(recorded(self.steps * count), *x.shape)
        number = x.new_empty(())
        return Walked(x.new_empty(self.count, *item), path, number, number)

    def _levels(self, schedule: Schedule | None) -> list[Level]:
        _must_have_schedule(schedule, self.noise)
        if schedule is None:
            return [CLEAN._replace(t=self.level)]
        if self.noise == "annealed":
            times = schedule.times(self.levels - is_noisy_at_0(schedule), "log SNR")
            return levels(schedule, times)[: self.levels]
        return levels(schedule, torch.tensor([max(self.level, schedule.least)]))[:1]

    def _width(self, level: Level) -> float:
        return level.size if self.width is None else self.width

    def _walk(
        self, x: Tensor, slope: GuidedDrift, down: Sequence[Level], noise: Noise
    ) -> Iterator[LangevinState]:
        take = adjusted if self.adjust else unadjusted
        for level in down:
            size = level.sigma**2 if self.noise == "annealed" else 1.0
            a = SHARES[self.convention] * self.eta * size
            walker = LangevinState(x, slope(x, level))
            for _ in range(self.steps):
                walker = take(walker, partial(slope, level=level), a, noise)
                yield walker
            x = walker.x

    def _noise(self) -> Noise:
        if self.seed is None:
            return torch.randn_like
        stream = torch.Generator().manual_seed(self.seed)
        return lambda x: torch.randn(x.shape, generator=stream, dtype=x.dtype).to(x.device)

    def sign(self) -> Part:
        steps = say("{n} steps", n=self.steps)
        if self.noise == "annealed":
            steps = say("{levels} × {n} steps", levels=self.levels, n=self.steps)
        return listed([steps, say("η {eta}", eta=self.eta)])


def _must_have_schedule(schedule: Schedule | None, noise: str) -> None:
    if schedule is None and noise == "annealed":
        raise InputRefused(
            "Annealing goes down the noise levels of a schedule, and {schedule} has no wire.",
            "Wire the schedule, or stay at a single level.",
        )
