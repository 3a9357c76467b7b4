"""Solvers of the reverse process, each a formula of its paper.

A solver goes down a list of levels; most are told two
at a time and write only `step`. In the letters of x_t = alpha_t x_0 + sigma_t eps, t is the level
that x is at and s the next, with less noise.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor

from nodes.diffusion.base import Prediction
from nodes.diffusion.levels import TINY, Level, forward_step, level_of
from nodes.diffusion.schedules import Schedule
from nodes.matching.integrate import adaptive_steps

MOST_CHURN = math.sqrt(2) - 1
"""What Karras et al. bound the relative rise of noise by."""


Denoise = Callable[[Tensor, Level], Prediction]
"""Asks the network: a state and its level, to what it says of it."""
Noise = Callable[[Tensor], Tensor]
"""Draws from N(0, I), shaped as what it is given."""


class SolverSettings(NamedTuple):
    """Settings that single solvers use."""

    eta: float = 0.0
    churn: float = 0.0
    correction: float = 0.16
    tolerance: float = 1e-3
    damping: float = 0.0


@dataclass
class Solver(ABC):
    """A solver of the reverse process, from noise to data."""

    schedule: Schedule
    denoise: Denoise
    noise: Noise
    settings: SolverSettings

    @abstractmethod
    def walk(self, x: Tensor, down: Sequence[Level]) -> Iterator[tuple[Level, Tensor]]:
        """Yield levels and states on the way from x (b, ...) at the first level to the last.

        Where a schedule has noise at t = 0, the last level stands for no noise at all.
        """


class Stepwise(Solver):
    """A solver that takes one step from each level to the next.

    The noise that a schedule leaves at t = 0 is removed last: the predicted x_0 is returned.
    """

    @abstractmethod
    def step(self, x: Tensor, t: Level, s: Level) -> Tensor:
        """Return x_s of x_t, both (b, ...)."""

    def walk(self, x: Tensor, down: Sequence[Level]) -> Iterator[tuple[Level, Tensor]]:
        """Yield each level but the first with its state (b, ...)."""
        for t, s in pairwise(down):
            x = self.step(x, t, s) if s.t < t.t else self.denoise(x, t).x_0
            yield s, x


def last_of(states: Iterable[tuple[Level, Tensor]], x: Tensor) -> Tensor:
    """Return the last state of a walk, (b, ...), or x where it has none."""
    for _, state in states:
        x = state
    return x


class Ancestral(Stepwise):
    """A chain that draws x_s around the mean of q(x_s | x_t, x_0), with the predicted x_0.

    Denoising Diffusion Probabilistic Models (Ho, Jain & Abbeel, 2020), arXiv:2006.11239, (7).
    """

    def previous(self, x: Tensor, t: Level, s: Level, sd: float) -> Tensor:
        """Return x_s (b, ...), drawn with the deviation sd around the mean of equation 7."""
        q = forward_step(s, t)
        from_x, from_data = q.alpha * s.sigma**2, s.alpha * q.sd**2
        mean = (from_x * x + from_data * self.denoise(x, t).x_0) / t.sigma**2
        return mean + sd * self.noise(x) if s.sigma else mean


class DDPM(Ancestral):
    """The chain with the variance that it has once x_0 is known, beta~_t."""

    def step(self, x: Tensor, t: Level, s: Level) -> Tensor:
        """Return x_s (b, ...), drawn with variance beta~_t."""
        return self.previous(x, t, s, forward_step(s, t).posterior)


class DDPMBeta(Ancestral):
    """The chain with the larger variance beta_t, which is right where data are N(0, I)."""

    def step(self, x: Tensor, t: Level, s: Level) -> Tensor:
        """Return x_s (b, ...), drawn with variance beta_t."""
        return self.previous(x, t, s, forward_step(s, t).sd)


class DDIM(Stepwise):
    """Keep the predicted noise, with a share eta of DDPM's randomness.

    Denoising Diffusion Implicit Models (Song, Meng & Ermon, 2021), arXiv:2010.02502, (12), (16). An
    error of the network returns to it as noise that was never added, and no drawn noise covers it.
    Damping leaves out a part of the noise, damping (t - s) in a step: as the scaled noise of
    Elucidating the Exposure Bias in Diffusion Models (Ning et al., 2024), arXiv:2308.15321, but the
    predicted x_0 is unchanged, and the part left out does not depend on the number of steps.
    """

    def step(self, x: Tensor, t: Level, s: Level) -> Tensor:
        """Return x_s = alpha_s x_0 + sqrt(sigma_s^2 - sd^2) eps + sd z, (b, ...)."""
        said = self.denoise(x, t)
        sd = self.settings.eta * forward_step(s, t).posterior
        kept = math.sqrt(max(s.sigma**2 - sd**2, 0.0))
        kept *= 1 - self.settings.damping * (t.t - s.t)
        x_s = s.alpha * said.x_0 + kept * said.eps
        return x_s + sd * self.noise(x) if sd else x_s


class Euler(Stepwise):
    """The probability flow dx/dt = f x - g^2 score / 2, by Euler's method.

    Score-Based Generative Modeling through Stochastic Differential Equations (Song et al., 2021),
    arXiv:2011.13456, (13).
    """

    def step(self, x: Tensor, t: Level, s: Level) -> Tensor:
        """Return x_s = x_t + (s - t) (f x - g^2 score / 2), (b, ...)."""
        f, g_squared = _equation(self.schedule, t)
        slope = f * x - 0.5 * g_squared * self.denoise(x, t).score
        return x + (s.t - t.t) * slope


class EulerMaruyama(Stepwise):
    """The reverse equation dx = (f x - g^2 score) dt + g dw; its last step draws no noise.

    Score-Based Generative Modeling through Stochastic Differential Equations (Song et al., 2021),
    arXiv:2011.13456, (6).
    """

    def step(self, x: Tensor, t: Level, s: Level) -> Tensor:
        """Return x_s = x_t + (s - t) (f x - g^2 score) + sqrt(t - s) g z, (b, ...)."""
        f, g_squared = _equation(self.schedule, t)
        dt = s.t - t.t
        mean = x + dt * (f * x - g_squared * self.denoise(x, t).score)
        return mean + math.sqrt(-dt * g_squared) * self.noise(x) if s.t else mean


def _equation(schedule: Schedule, level: Level) -> tuple[float, float]:
    """Return f and g^2 of the forward equation."""
    t = torch.tensor(level.t, dtype=torch.float64)
    return float(schedule.drift(t)), float(schedule.diffusion(t))


class PredictorCorrector(Ancestral):
    """After each step of DDPM one of Langevin's, of the size that a signal-to-noise ratio r gives.

    Score-Based Generative Modeling through Stochastic Differential Equations (Song et al., 2021),
    arXiv:2011.13456, algorithm 4; where variance is preserved, algorithm 5 shortens the step of
    Langevin's by alpha_t, which is near 1 and left out here.
    """

    def step(self, x: Tensor, t: Level, s: Level) -> Tensor:
        """Return x_s (b, ...): a step of DDPM, then one of Langevin's where there is noise left."""
        x = self.previous(x, t, s, forward_step(s, t).posterior)
        return self.corrected(x, s) if s.sigma else x

    def corrected(self, x: Tensor, s: Level) -> Tensor:
        """Return x + eps score + sqrt(2 eps) z, (b, ...), where eps = 2 (r |z| / |score|)^2.

        The norms are means over the batch.
        """
        score, z = self.denoise(x, s).score, self.noise(x)
        sizes = [v.flatten(1).norm(dim=1).mean() for v in (z, score)]
        eps = 2 * (self.settings.correction * sizes[0] / sizes[1]) ** 2
        return x + eps * score + (2 * eps).sqrt() * z


class Heun(Stepwise):
    """Karras et al.'s sampler: a step of Euler, then one along the mean of both slopes.

    Elucidating the Design Space of Diffusion-Based Generative Models (Karras et al., 2022),
    arXiv:2206.00364, algorithm 2. `churn` adds noise before each step and takes it off again.
    """

    def step(self, x: Tensor, t: Level, s: Level) -> Tensor:
        """Return x_s (b, ...), with two evaluations, or one for the step to no noise."""
        x, t = self.churned(x, t)
        d = self.denoise(x, t).eps
        h = s.ratio - t.ratio
        euler = s.alpha * (x / t.alpha + h * d)
        if not s.sigma:
            return euler
        return s.alpha * (x / t.alpha + h / 2 * (d + self.denoise(euler, s).eps))

    def churned(self, x: Tensor, t: Level) -> tuple[Tensor, Level]:
        """Return the state (b, ...) with more noise, and its level; unchanged at the end."""
        gamma = min(self.settings.churn, MOST_CHURN)
        up = level_of(self.schedule, t.ratio * (1 + gamma)) if gamma else t
        if up.t <= t.t or up.t >= 1:
            return x, t
        q = forward_step(t, up)
        return q.alpha * x + q.sd * self.noise(x), up


class DPMSolver(Stepwise):
    """DPM-Solver++ (2M): exact in the linear part, x_0 extrapolated from the last two.

    DPM-Solver++: Fast Solver for Guided Sampling of Diffusion Probabilistic Models (Lu et al.,
    2022), arXiv:2211.01095, algorithm 2. The step to no noise at all is of first order.
    """

    before: tuple[float, Tensor] | None = None
    """lambda = log(alpha / sigma) and x_0 of the step before."""

    def step(self, x: Tensor, t: Level, s: Level) -> Tensor:
        """Return x_s (b, ...) and keep x_0 for the next step."""
        here, x_0 = -math.log(t.ratio), self.denoise(x, t).x_0
        before, self.before = self.before, (here, x_0)
        if not s.sigma:
            return s.alpha * x_0
        h = -math.log(s.ratio) - here
        if before is not None and before[0] < here:
            r = (here - before[0]) / h
            x_0 = x_0 + (x_0 - before[1]) / (2 * r)
        return s.sigma / t.sigma * x - s.alpha * math.expm1(-h) * x_0


class AdaptiveODE(Solver):
    """The probability flow by Dormand and Prince's method, with steps as the tolerance asks.

    Score-Based Generative Modeling through Stochastic Differential Equations (Song et al., 2021),
    arXiv:2011.13456, section 4.3.

    Solved in z = x / sqrt(alpha^2 + sigma^2) over the angle phi whose tangent is sigma / alpha,
    where the slope is v and all sizes are near 1 (arXiv:2202.00512, appendix D). The network is not
    asked where there is no noise: the end of the way, whose square is the tolerance, is one step of
    DDIM.
    """

    def walk(self, x: Tensor, down: Sequence[Level]) -> Iterator[tuple[Level, Tensor]]:
        """Yield a state (b, ...) after each accepted step, then one of DDIM."""
        t, s, tolerance = down[0], down[-1], self.settings.tolerance
        end = max(s.angle, math.sqrt(tolerance), level_of(self.schedule, TINY).angle)
        if t.angle > end:
            for state in adaptive_steps(self.slope, x / t.size, t.angle, end, tolerance=tolerance):
                t = level_of(self.schedule, math.tan(state.t))
                x = t.size * state.x
                yield t, x
        if t.ratio > s.ratio:
            said = self.denoise(x, t)
            yield s, s.alpha * said.x_0 + s.sigma * said.eps

    def slope(self, z: Tensor, angle: float) -> Tensor:
        """Return dz / dphi = v at an angle phi, (b, ...)."""
        level = level_of(self.schedule, math.tan(angle))
        return self.denoise(level.size * z, level).v


SOLVERS: dict[str, type[Solver]] = {
    "DDPM": DDPM,
    "DDPM, beta": DDPMBeta,
    "DDIM": DDIM,
    "Euler": Euler,
    "Euler-Maruyama": EulerMaruyama,
    "Heun (EDM)": Heun,
    "DPM-Solver++ 2M": DPMSolver,
    "predictor-corrector": PredictorCorrector,
    "adaptive ODE": AdaptiveODE,
}


class Inpaint(Solver):
    """Sample as another solver does, and restore the known part at each level.

    RePaint: Inpainting using Denoising Diffusion Probabilistic Models (Lugmayr et al., 2022),
    arXiv:2201.09865. Each step is repeated `turns` times, with noise added back between, so that
    the sampled part fits the known one.
    """

    def __init__(self, inner: Solver, known: Tensor, mask: Tensor, turns: int) -> None:
        super().__init__(inner.schedule, inner.denoise, inner.noise, inner.settings)
        self.inner, self.known, self.mask, self.turns = inner, known, mask, turns

    def walk(self, x: Tensor, down: Sequence[Level]) -> Iterator[tuple[Level, Tensor]]:
        """Yield a state (b, ...) after each turn of each step, with the known part put back."""
        for t, s in pairwise(down):
            for turn in range(self.turns if s.sigma else 1):
                x = self.noised(x, s, t) if turn else x
                x = self.kept(last_of(self.inner.walk(x, (t, s)), x), s)
                yield s, x

    def kept(self, x: Tensor, s: Level) -> Tensor:
        """Return x (b, ...) with what is known, noisy as x is, where the mask is True."""
        known = s.alpha * self.known
        known = known + s.sigma * self.noise(x) if s.sigma else known
        return torch.where(self.mask, known, x)

    def noised(self, x: Tensor, s: Level, t: Level) -> Tensor:
        """Return x_t (b, ...) drawn from q(x_t | x_s)."""
        q = forward_step(s, t)
        return q.alpha * x + q.sd * self.noise(x)
