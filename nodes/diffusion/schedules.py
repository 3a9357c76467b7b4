"""Noise schedules: the factors of signal and noise at each time.

x_t = alpha(t) x_0 + sigma(t) eps, with t in [0, 1]: data at 0, noise at 1. Times and what comes of
them are tensors of any one shape; all is computed in float64 and returned as t came.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar, Literal

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from nodes.types import SCHEDULE, PortType

Spacing = Literal["uniform", "quadratic", "log SNR", "Karras"]
LARGEST_BETA = 0.999
"""What Nichol and Dhariwal clip betas at, lest no signal at all be left at t = 1."""


def expand(t: Tensor, x: Tensor) -> Tensor:
    """Return one number an item, (b,) or (), shaped so that it multiplies x, (b, ...)."""
    return t.reshape(-1, *[1] * (x.dim() - 1)) if t.dim() else t


class Schedule(ABC):
    """The path from data to noise, x_t = alpha x_0 + sigma eps, and its equation.

    Score-Based Generative Modeling through Stochastic Differential Equations (Song et al., 2021),
    arXiv:2011.13456: dx = f(t) x dt + g(t) dw, where f = d log alpha / dt.
    """

    port: ClassVar[PortType] = SCHEDULE
    preserves_variance: ClassVar[bool]
    least: float
    """The least time at which noise is left, so that the log-SNR is finite."""

    def __init__(self, steps: int, least: float) -> None:
        self.steps, self.least = steps, least
        self.ends = torch.tensor(least), torch.tensor(1.0)

    def on(self, device: torch.device) -> Schedule:
        """Keep its tables on a device, so that a step of training there copies none of them."""
        first, last = self.ends
        self.ends = first.to(device), last.to(device)
        return self

    def from_least(self, share: Tensor) -> Tensor:
        """Return the times at shares in [0, 1] of the way from `least` to 1, shaped as they."""
        first, last = self.ends
        return torch.lerp(first.to(share), last.to(share), share)

    @abstractmethod
    def alpha(self, t: Tensor) -> Tensor:
        """Return the factor of the data in x_t, shaped as t."""

    @abstractmethod
    def sigma(self, t: Tensor) -> Tensor:
        """Return the standard deviation of the noise in x_t, shaped as t."""

    def factors(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """Return alpha(t) and sigma(t), both shaped as t."""
        return self.alpha(t), self.sigma(t)

    @abstractmethod
    def log_snr(self, t: Tensor) -> Tensor:
        """Return log(alpha^2 / sigma^2), shaped as t.

        It falls with t and is infinite where there is no noise.
        """

    @abstractmethod
    def time_of(self, log_snr: Tensor) -> Tensor:
        """Return the time of a log-SNR, shaped as it: the inverse of `log_snr`, within [0, 1]."""

    @abstractmethod
    def drift(self, t: Tensor) -> Tensor:
        """Return f(t) = d log alpha / dt, at most 0, shaped as t."""

    @abstractmethod
    def diffusion(self, t: Tensor) -> Tensor:
        """Return g^2(t) = d sigma^2 / dt - 2 f(t) sigma^2, shaped as t."""

    def alpha_bar(self, t: Tensor) -> Tensor:
        """Return alpha^2, which DDPM writes with a bar, shaped as t."""
        return self.alpha(t).square()

    def size(self, t: Tensor) -> Tensor:
        """Return sqrt(alpha^2 + sigma^2), shaped as t: the size of x_t for data of variance 1."""
        return torch.hypot(self.alpha(t), self.sigma(t))

    def add_noise(self, x_0: Tensor, eps: Tensor, t: Tensor) -> Tensor:
        """Return x_t, shaped as x_0; t is one time an item, (b,), or one for all, ()."""
        alpha, sigma = self.factors(t)
        return expand(alpha, x_0) * x_0 + expand(sigma, x_0) * eps

    def times(self, n: int, spacing: Spacing = "uniform") -> Tensor:
        """Return times that fall from 1 to 0, (n + 1,) in float32.

        Uniform or quadratic in t (DDIM, arXiv:2010.02502), uniform in log-SNR (DPM-Solver,
        arXiv:2206.00927), or Karras et al.'s (arXiv:2206.00364). Where t = 0 is free of noise, the
        last two go to `least` and take 0 as their last step.
        """
        return SPACINGS[spacing](self, n).to(torch.float32)

    def between(self, n: int, curve: Callable[[Tensor, Tensor, Tensor], Tensor]) -> Tensor:
        """Return times (n + 1,) whose log-SNRs lie on a curve from that of 1 to that of `least`.

        `curve` gets the log-SNRs at both ends, (), and the shares of the way, (k,) from 0 to 1.
        """
        ends = torch.tensor([1.0, self.least], dtype=torch.float64)
        first, last = self.log_snr(ends)
        clean = self.least > 0
        share = torch.linspace(0, 1, n if clean and n > 1 else n + 1, dtype=torch.float64)
        t = self.time_of(curve(first, last, share))
        t[0] = 1.0
        if clean:
            t = torch.cat([t[:n], t.new_zeros(1)])
        else:
            t[-1] = 0.0
        return t


def _uniform(schedule: Schedule, n: int) -> Tensor:
    return torch.arange(n, -1, -1, dtype=torch.float64) / n


def _quadratic(schedule: Schedule, n: int) -> Tensor:
    return _uniform(schedule, n).square()


def _even_in_log_snr(schedule: Schedule, n: int) -> Tensor:
    return schedule.between(n, torch.lerp)


def _karras(schedule: Schedule, n: int, rho: float = 7.0) -> Tensor:
    def curve(first: Tensor, last: Tensor, share: Tensor) -> Tensor:
        roots = torch.lerp((-first / (2 * rho)).exp(), (-last / (2 * rho)).exp(), share)
        return -2 * rho * roots.log()

    return schedule.between(n, curve)


SPACINGS: dict[str, Callable[[Schedule, int], Tensor]] = {
    "uniform": _uniform,
    "quadratic": _quadratic,
    "log SNR": _even_in_log_snr,
    "Karras": _karras,
}


class VariancePreserving(Schedule):
    """A schedule with alpha^2 + sigma^2 = 1; all follows from log alpha-bar and its slope."""

    preserves_variance = True

    def __init__(self, steps: int = 1000) -> None:
        super().__init__(steps, 1 / steps)

    @abstractmethod
    def log_alpha_bar(self, t: Tensor) -> Tensor:
        """Return log alpha-bar of t in float64, shaped as t: 0 at t = 0."""

    @abstractmethod
    def beta(self, t: Tensor) -> Tensor:
        """Return -d log alpha-bar / dt of t in float64, shaped as t."""

    @abstractmethod
    def time_at(self, log_alpha_bar: Tensor) -> Tensor:
        """Return the inverse of `log_alpha_bar` in float64, shaped as it."""

    def alpha(self, t: Tensor) -> Tensor:
        """Return sqrt(alpha-bar), shaped as t."""
        return self.factors(t)[0]

    def sigma(self, t: Tensor) -> Tensor:
        """Return sqrt(1 - alpha-bar), shaped as t."""
        return self.factors(t)[1]

    def factors(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """Return sqrt(alpha-bar) and sqrt(1 - alpha-bar), both shaped as t."""
        log_alpha_bar = self.log_alpha_bar(double(t))
        return (log_alpha_bar / 2).exp().to(t.dtype), _noise(log_alpha_bar).sqrt().to(t.dtype)

    def log_snr(self, t: Tensor) -> Tensor:
        """Return log(alpha-bar / (1 - alpha-bar)), shaped as t."""
        log_alpha_bar = self.log_alpha_bar(double(t))
        return (log_alpha_bar - _noise(log_alpha_bar).log()).to(t.dtype)

    def time_of(self, log_snr: Tensor) -> Tensor:
        """Return the time at which log alpha-bar = log sigmoid(log-SNR), shaped as it."""
        return self.time_at(logsigmoid(double(log_snr))).clamp(0, 1).to(log_snr.dtype)

    def drift(self, t: Tensor) -> Tensor:
        """Return -beta(t) / 2, shaped as t."""
        return (-self.beta(double(t)) / 2).to(t.dtype)

    def diffusion(self, t: Tensor) -> Tensor:
        """Return beta(t), shaped as t."""
        return self.beta(double(t)).to(t.dtype)


def _noise(log_alpha_bar: Tensor) -> Tensor:
    """Return 1 - alpha-bar, without losing digits where it is small."""
    return -torch.expm1(log_alpha_bar)


def double(t: Tensor) -> Tensor:
    """Return times as float64 of the same shape, as they are where the device has none."""
    return t if t.device.type == "mps" else t.double()


class Discrete(VariancePreserving):
    """A schedule given by its betas: q(x_k | x_(k-1)) = N(sqrt(1 - beta_k) x_(k-1), beta_k I).

    Denoising Diffusion Probabilistic Models (Ho, Jain & Abbeel, 2020), arXiv:2006.11239.

    At t = k / T its alpha-bar is the product of the first k of 1 - beta; between, log alpha-bar
    runs straight, so that beta(t) of the equation is a staircase.
    """

    def __init__(self, betas: Tensor) -> None:
        super().__init__(len(betas))
        logs = torch.log1p(-betas.double())
        self.betas = betas
        self.table = torch.cat([logs.new_zeros(1), logs.cumsum(0)])  # (T + 1,)
        self.after = self.table[1:]

    def on(self, device: torch.device) -> Schedule:
        if device.type != "mps":  # which has no float64
            self.betas, self.table = self.betas.to(device), self.table.to(device)
            self.after = self.table[1:]
        return super().on(device)

    def log_alpha_bar(self, t: Tensor) -> Tensor:
        """Return the table of log alpha-bar, interpolated linearly at t, shaped as t."""
        table, after = self.table.to(t), self.after.to(t)
        place = t.clamp(0, 1) * self.steps
        k = self._step(place)
        return torch.lerp(table[k], after[k], place - k)

    def beta(self, t: Tensor) -> Tensor:
        """Return the slope of the step that t lies in, shaped as t."""
        table = self.table.to(t)
        k = self._step(t * self.steps)
        return (table[k] - table[k + 1]) * self.steps

    def time_at(self, log_alpha_bar: Tensor) -> Tensor:
        """Return the t at which the interpolated table has these values, shaped as them."""
        falls = -self.table.to(log_alpha_bar)
        wanted = -log_alpha_bar.contiguous()
        k = (torch.searchsorted(falls, wanted, right=True) - 1).clamp(0, self.steps - 1)
        return (k + (wanted - falls[k]) / (falls[k + 1] - falls[k])) / self.steps

    def _step(self, place: Tensor) -> Tensor:
        return place.long().clamp(0, self.steps - 1)


def linear(steps: int = 1000, beta_1: float = 1e-4, beta_T: float = 0.02) -> Schedule:
    """Return DDPM's schedule: betas that grow evenly (Ho, Jain & Abbeel, 2020, arXiv:2006.11239).

    Betas are those of 1,000 steps; for another number they are scaled, to end at the same noise.
    """
    betas = torch.linspace(beta_1, beta_T, steps, dtype=torch.float64) * (1000 / steps)
    return Discrete(betas.clamp(max=LARGEST_BETA))


def cosine(steps: int = 1000, s: float = 0.008) -> Schedule:
    """Return the schedule whose alpha-bar falls as cos^2.

    Improved Denoising Diffusion Probabilistic Models (Nichol & Dhariwal, 2021), arXiv:2102.09672.
    """
    t = torch.arange(steps + 1, dtype=torch.float64) / steps
    return of_curve(((t + s) / (1 + s) * math.pi / 2).cos().square())


def sigmoid(steps: int = 1000, start: float = -3.0, end: float = 3.0, tau: float = 1.0) -> Schedule:
    """Return the schedule whose alpha-bar falls as a sigmoid from `start` to `end`.

    On the Importance of Noise Scheduling for Diffusion Models (Chen, 2023), arXiv:2301.10972.
    """
    t = torch.arange(steps + 1, dtype=torch.float64) / steps
    curve = torch.sigmoid(-(start + t * (end - start)) / tau)
    return of_curve(curve - curve[-1])


def of_curve(alpha_bar: Tensor) -> Schedule:
    """Return the schedule through a falling curve, (T + 1,), its betas clipped."""
    betas = 1 - alpha_bar[1:] / alpha_bar[:-1]
    return Discrete(betas.clamp(max=LARGEST_BETA))


class Continuous(VariancePreserving):
    """The variance preserving equation, beta(t) = beta_min + t (beta_max - beta_min).

    Score-Based Generative Modeling through Stochastic Differential Equations (Song et al., 2021),
    arXiv:2011.13456.
    """

    def __init__(self, beta_min: float = 0.1, beta_max: float = 20.0, *, steps: int = 1000) -> None:
        super().__init__(steps)
        self.beta_min, self.beta_max = beta_min, beta_max

    def log_alpha_bar(self, t: Tensor) -> Tensor:
        """Return -t beta_min - t^2 (beta_max - beta_min) / 2, shaped as t."""
        return -t * (self.beta_min + t / 2 * (self.beta_max - self.beta_min))

    def beta(self, t: Tensor) -> Tensor:
        """Return beta_min + t (beta_max - beta_min), shaped as t."""
        return self.beta_min + t * (self.beta_max - self.beta_min)

    def time_at(self, log_alpha_bar: Tensor) -> Tensor:
        """Return the root of the quadratic equation, shaped as `log_alpha_bar`.

        The form used also holds where beta is constant.
        """
        rise = self.beta_max - self.beta_min
        root = (self.beta_min**2 - 2 * rise * log_alpha_bar).sqrt()
        # at no signal at all both are infinite
        return (-2 * log_alpha_bar / (self.beta_min + root)).nan_to_num(1.0)


class VarianceExploding(Schedule):
    """A schedule that keeps the data and adds ever more noise; all follows from log sigma."""

    preserves_variance = False

    def __init__(self, sigma_min: float, sigma_max: float, *, steps: int = 1000) -> None:
        super().__init__(steps, 0.0)
        self.sigma_min, self.sigma_max = sigma_min, sigma_max

    @abstractmethod
    def log_sigma(self, t: Tensor) -> Tensor:
        """Return log sigma of t in float64, shaped as t."""

    @abstractmethod
    def slope(self, t: Tensor) -> Tensor:
        """Return d log sigma / dt of t in float64, shaped as t."""

    @abstractmethod
    def time_at(self, log_sigma: Tensor) -> Tensor:
        """Return the inverse of `log_sigma` in float64, shaped as it."""

    def alpha(self, t: Tensor) -> Tensor:
        """Return 1, shaped as t."""
        return torch.ones_like(t)

    def sigma(self, t: Tensor) -> Tensor:
        """Return exp(log sigma(t)), shaped as t."""
        return self.log_sigma(double(t)).exp().to(t.dtype)

    def log_snr(self, t: Tensor) -> Tensor:
        """Return -2 log sigma(t), shaped as t."""
        return (-2 * self.log_sigma(double(t))).to(t.dtype)

    def time_of(self, log_snr: Tensor) -> Tensor:
        """Return the time at which log sigma = -log-SNR / 2, shaped as it."""
        return self.time_at(-double(log_snr) / 2).clamp(0, 1).to(log_snr.dtype)

    def drift(self, t: Tensor) -> Tensor:
        """Return 0, shaped as t."""
        return torch.zeros_like(t)

    def diffusion(self, t: Tensor) -> Tensor:
        """Return d sigma^2 / dt = 2 sigma^2 d log sigma / dt, shaped as t."""
        t_ = double(t)
        return (2 * self.slope(t_) * (2 * self.log_sigma(t_)).exp()).to(t.dtype)


class Geometric(VarianceExploding):
    """The variance exploding equation, sigma(t) = sigma_min (sigma_max / sigma_min)^t.

    Score-Based Generative Modeling through Stochastic Differential Equations (Song et al., 2021),
    arXiv:2011.13456.
    """

    @property
    def _rise(self) -> float:
        return math.log(self.sigma_max / self.sigma_min)

    def log_sigma(self, t: Tensor) -> Tensor:
        """Return log sigma_min + t log(sigma_max / sigma_min), shaped as t."""
        return math.log(self.sigma_min) + t * self._rise

    def slope(self, t: Tensor) -> Tensor:
        """Return log(sigma_max / sigma_min), shaped as t."""
        return torch.full_like(t, self._rise)

    def time_at(self, log_sigma: Tensor) -> Tensor:
        """Return (log sigma - log sigma_min) / log(sigma_max / sigma_min), shaped as given."""
        return (log_sigma - math.log(self.sigma_min)) / self._rise


class Karras(VarianceExploding):
    """Noise levels whose rho-th root grows evenly, from sigma_min to sigma_max.

    Elucidating the Design Space of Diffusion-Based Generative Models (Karras et al., 2022),
    arXiv:2206.00364.
    """

    def __init__(
        self,
        sigma_min: float = 0.002,
        sigma_max: float = 80.0,
        rho: float = 7.0,
        *,
        steps: int = 1000,
    ) -> None:
        super().__init__(sigma_min, sigma_max, steps=steps)
        self.rho = rho
        self._low, self._high = sigma_min ** (1 / rho), sigma_max ** (1 / rho)

    def log_sigma(self, t: Tensor) -> Tensor:
        """Return rho times the log of the root, shaped as t.

        The root is sigma_min^(1/rho) + t (sigma_max^(1/rho) - sigma_min^(1/rho)), equation 5 with
        time running the other way.
        """
        return self.rho * self._root(t).log()

    def slope(self, t: Tensor) -> Tensor:
        """Return rho times the slope of the root over the root, shaped as t."""
        return self.rho * (self._high - self._low) / self._root(t)

    def time_at(self, log_sigma: Tensor) -> Tensor:
        """Return the share of the way at which sigma^(1/rho) lies, shaped as `log_sigma`."""
        return ((log_sigma / self.rho).exp() - self._low) / (self._high - self._low)

    def _root(self, t: Tensor) -> Tensor:
        return self._low + t * (self._high - self._low)
