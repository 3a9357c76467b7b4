"""Sample a diffusion model: from noise to data in steps."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor

from nodes.base import EVERY, Source, must_be_built, param
from nodes.diffusion.conditioning import conditions_of, scale_param
from nodes.diffusion.contexts import Context, must_be_alike, rows_of
from nodes.diffusion.gathering import At, Sampled, gathered, piece_of
from nodes.diffusion.guidance import Guidance
from nodes.diffusion.guided import Guided
from nodes.diffusion.levels import Level, is_noisy_at_0, levels
from nodes.diffusion.recording import recorded
from nodes.diffusion.schedules import Schedule, Spacing
from nodes.diffusion.solvers import SOLVERS, Inpaint, Noise, Solver, SolverSettings
from nodes.errors import InputRefused
from nodes.params import seed_param
from nodes.sentences import Part, Word, listed, say
from nodes.types import Batch, Denoiser, Frame, Images, Labels, Many, Shape, TextVectors

Method = Literal[
    "DDPM",
    "DDPM, beta",
    "DDIM",
    "Euler",
    "Euler-Maruyama",
    "Heun (EDM)",
    "DPM-Solver++ 2M",
    "predictor-corrector",
    "adaptive ODE",
]
LEAST_SIGNAL = 0.006
"""The least alpha that samples begin at; as good as none. DDPM's own schedule ends above it."""


class Given(NamedTuple):
    """What came by wire, a row for each item or fewer; the mask is 1 where the start is kept."""

    labels: Tensor | None = None
    context: Tensor | TextVectors | None = None
    start: Tensor | None = None
    mask: Tensor | None = None
    negative: Tensor | TextVectors | None = None
    beside: Tensor | None = None

    @property
    def told(self) -> dict[str, Any]:
        """Return the conditions of the network."""
        return conditions_of(self.labels, self.context, self.beside)

    @property
    def away(self) -> dict[str, Any]:
        """Return the negative conditions."""
        return {} if self.negative is None else {"context": self.negative}

    def rows(self, which: Tensor) -> Given:
        """Return these rows, `which` (b,); where there are fewer they repeat from the first on."""
        return Given(*(p if p is None else rows_of(p, which % p.shape[0]) for p in self))


class DiffusionSampler(Source):
    """Make samples of noise with a trained denoiser, by one of nine solvers.

    Denoising Diffusion Probabilistic Models (Ho, Jain & Abbeel, 2020), arXiv:2006.11239. DDIM is
    arXiv:2010.02502; Euler, Euler-Maruyama, predictor-corrector and adaptive ODE arXiv:2011.13456;
    Heun arXiv:2206.00364; DPM-Solver++ arXiv:2211.01095.

    `samples` (count, ...) have the shape that the network was built for. `path` (s, b, ...) holds
    at most 102 states, noise first, of as many items as are made at once. `evaluations` counts
    calls of the network for an item: one a step; two with guidance, Heun or a corrector.

    `labels`, `context`, `start` and the pictures `beside` are taken in turn where they are fewer
    than `count`. From a `start` sampling begins at the time that `strength` sets (SDEdit,
    arXiv:2108.01073); where `mask` is 1 the start is kept (RePaint, arXiv:2201.09865). Each
    `guidance` pulls the estimate of x_0. With guidance, samples move away from the condition
    `negative`, a context too, or from the unconditional prediction.
    """

    synonyms = (
        "sampling, échantillonnage, sample, generate, ddpm, ddim, edm, dpm-solver, ancestral, "
        "classifier-free guidance, cfg, inpainting, denoise, échantillonneur, générer, "
        "débruiter, guidage"
    )
    title = "Diffusion sampler"
    formula = (
        r"x_s = \alpha_s \hat{x}_0 + \sqrt{\sigma_s^2 - v^2}\,\hat{\epsilon} + v z, \qquad"
        r" \hat{\epsilon} = (1 + w)\,\epsilon_c - w\,\epsilon_0"
    )
    icon = "dices"
    unreached = EVERY

    method: Method = param(default="DDIM", help="How the way from noise to data is gone.")
    steps: int = param(
        default=50,
        low=1,
        high=10_000,
        unit="steps",
        help="Steps on the way; the adaptive method chooses its own.",
        larger="truer samples, more time each",
        smaller="quicker, rougher samples",
    )
    count: int = param(default=64, low=1, high=1_000_000, unit="items", help="How many to make.")
    scale: float = scale_param()
    spacing: Spacing = param(default="uniform", help="How the times of the steps are spaced.")
    eta: float = param(
        default=0.0,
        low=0.0,
        high=1.0,
        help="DDIM: share of DDPM's randomness; 0: none.",
        larger="more randomness on the way",
        smaller="a smooth way that the first noise decides",
    )
    damping: float = param(
        default=0.0,
        low=0.0,
        high=1.0,
        help="DDIM: noise left out on the way, against errors of the network that add up where "
        "none is drawn (arXiv:2308.15321); 0: none.",
    )
    churn: float = param(
        default=0.0, low=0.0, high=0.42, help="Heun: share by which noise rises before a step."
    )
    correction: float = param(
        default=0.16,
        low=0.0,
        high=1.0,
        help="Predictor-corrector: signal-to-noise ratio r of the corrector's step.",
    )
    tolerance: float = param(
        default=1e-3, low=1e-10, high=1.0, help="Adaptive ODE: error allowed in each step."
    )
    bound: float | None = param(
        default=None,
        low=1e-3,
        high=1e4,
        help="Keeps estimates of x_0 between -bound and bound: 1 for images in [-1, 1].",
    )
    strength: float = param(
        default=1.0,
        low=0.0,
        high=1.0,
        slider=True,
        help="With a start: the share of the way that is gone; 0 leaves it as it is.",
    )
    add_noise: bool = param(
        default=True,
        help="With a start: add the noise of where the way begins; else the start is taken as it "
        "is, as noise that the forward process has made.",
    )
    turns: int = param(
        default=5,
        low=1,
        high=100,
        unit="turns",
        help="With a mask: how often each step is gone, so that new parts fit the old ones.",
    )
    seed: int | None = seed_param()
    alike: bool = param(
        default=False,
        title="Same noise",
        help="Begin every item from the same noise, so that they differ by what they are told.",
    )

    def forward(
        self,
        model: Denoiser,
        schedule: Schedule,
        labels: Labels | None = None,
        context: Context | None = None,
        start: Batch | None = None,
        mask: Batch | None = None,
        guidance: Many[Guidance] | None = None,
        negative: Context | None = None,
        beside: Images | None = None,
    ) -> Iterator[Frame[Sampled]]:
        """Make the items piece by piece; yield a frame a step, with what there is so far."""
        start = None if start is None else start.detach()
        given, item = Given(labels, context, start, mask, negative, beside), item_of(model)
        must_fit(given, item)
        down, noise = self._levels(schedule, start), self._noise()
        steps = len(down) - 1

        def walk(which: Tensor) -> Iterator[At]:
            own = given.rows(which)
            ask = self._guided(model, schedule, own, guidance)
            solver = self._solver(ask, own, noise)
            empty = torch.empty(len(which), *item, device=self.device)
            first = self._first(solver, own, down[0], empty)
            yield At(0, first, 0)
            for level, x in solver.walk(first, down):
                yield At(passed(down, level), x, ask.evaluations)

        pieces = torch.arange(self.count, device=self.device).split(piece_of(item))
        walks = [walk(which) for which in pieces]
        yield from gathered(walks, steps=steps, states=self._most_states(steps, mask))

    def sketch(
        self,
        model: Any,
        schedule: Schedule,
        labels: Tensor | None = None,
        context: Tensor | TextVectors | None = None,
        start: Tensor | None = None,
        mask: Tensor | None = None,
        guidance: Sequence[Guidance] | None = None,
        negative: Tensor | TextVectors | None = None,
        beside: Tensor | None = None,
    ) -> Sampled:
        """Call the network once, with the arguments that the sampler would use."""
        given, item = Given(labels, context, start, mask, negative, beside), item_of(model)
        must_fit(given, item)
        x = torch.empty(min(self.count, piece_of(item)), *item, device=self.device)
        own = given.rows(torch.arange(len(x), device=self.device))
        self._guided(model, schedule, own).ask(x, x.new_ones(()))
        states = recorded(self._most_states(self._steps(schedule, start), mask))
        path = x.new_empty(states, *x.shape)
        return Sampled(x.new_empty(self.count, *item), path, x.new_empty(()))

    def _guided(
        self, model: Any, schedule: Schedule, given: Given, pulls: Sequence[Guidance] | None = None
    ) -> Guided:
        """Return the network as the solver calls it."""
        return Guided(model, schedule, given.told, given.away, self.scale, self.bound, pulls or ())

    def _steps(self, schedule: Schedule, start: Tensor | None) -> int:
        """Return how many steps lie between the first level and the last."""
        steps = self.steps + is_noisy_at_0(schedule)
        return steps if start is None else round(self.strength * steps)

    def _levels(self, schedule: Schedule, start: Tensor | None) -> list[Level]:
        times = schedule.times(self.steps, self.spacing) * start_time(schedule)
        down = levels(schedule, times)
        return down[len(down) - 1 - self._steps(schedule, start) :]

    def _most_states(self, steps: int, mask: Tensor | None) -> int:
        """Return how many steps a path may record: each turn of inpainting is one."""
        return steps if mask is None else max(0, steps - 1) * self.turns + min(steps, 1)

    def _noise(self) -> Noise:
        noise = fresh_noise(self.seed)
        return (lambda x: noise(x[:1]).expand_as(x).clone()) if self.alike else noise

    def _solver(self, ask: Guided, given: Given, noise: Noise) -> Solver:
        settings = SolverSettings(
            self.eta, self.churn, self.correction, self.tolerance, self.damping
        )
        solver = SOLVERS[self.method](ask.schedule, ask, noise, settings)
        if given.start is None or given.mask is None:
            return solver
        return Inpaint(solver, given.start, given.mask > 0.5, self.turns)

    def _first(self, solver: Solver, given: Given, level: Level, empty: Tensor) -> Tensor:
        """Return noise of the size of both together, or a start, with noise or as it is."""
        z = solver.noise(empty)
        if given.start is None:
            return level.size * z
        if not self.add_noise:
            return given.start
        return level.alpha * given.start + level.sigma * z

    def sign(self) -> Part:
        adaptive = self.method == "adaptive ODE"
        effort = self.tolerance if adaptive else say("{n} steps", n=self.steps)
        guided = [say("w {w}", w=self.scale)] if self.scale else []
        return listed([Word(self.method), effort, *guided])


def fresh_noise(seed: int | None) -> Noise:
    """Return what draws noise: from torch's stream, or from that of a seed."""
    if seed is None:
        return torch.randn_like
    stream = torch.Generator().manual_seed(seed)
    return lambda x: torch.randn(x.shape, generator=stream, dtype=x.dtype).to(x.device)


def passed(down: Sequence[Level], level: Level) -> int:
    """Return how many of the levels, after the first, lie behind: those with no less noise."""
    return bisect_right(down, -level.ratio, key=lambda other: -other.ratio) - 1


def start_time(schedule: Schedule) -> float:
    """Return the time to start at: 1, or the latest with enough signal to compute x_0 from eps.

    An error of the network in eps is 1 / alpha times as large in x_0: at the end of the cosine
    schedule 20,000 times. DPM-Solver starts there at t = 0.9946 too (arXiv:2206.00927).
    """
    one = torch.ones((), dtype=torch.float64)
    if float(schedule.alpha(one)) >= LEAST_SIGNAL:
        return 1.0
    return float(schedule.time_of(2 * (LEAST_SIGNAL * one).log()))


def item_of(model: Any) -> Shape:
    """Return the shape of the items that a model was built for, or raise `Unbuilt`."""
    must_be_built(model)
    shape: Shape = model.built["x"]
    return shape


def must_fit(given: Given, item: Shape) -> None:
    """Raise `InputRefused` where start or mask do not suit the items, or a negative the context."""
    must_be_alike(given.negative, given.context)
    if given.start is not None and tuple(given.start.shape[1:]) != item:
        raise InputRefused(
            "{start} must have the network's shape, {must}; it has {found}.",
            must=item,
            found=Shape(given.start.shape[1:]),
        )
    if given.mask is None:
        return
    if given.start is None:
        raise InputRefused(
            "A mask says what of the start is kept, and {start} has no wire.",
            "Wire the images to repair into {start}.",
        )
    try:
        torch.broadcast_shapes(given.mask.shape[1:], item)
    except RuntimeError:
        raise InputRefused(
            "{mask} must have the shape of {start}, {must}; it has {found}.",
            must=item,
            found=Shape(given.mask.shape[1:]),
        ) from None
