"""Sample paths of a learned bridge, with its noise or without."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import torch
from torch import Tensor

from nodes.base import EVERY, Node, param
from nodes.matching.base import at_one_time, must_predict, noise_like
from nodes.matching.brownian import BrownianBridge
from nodes.matching.integrate import HEUN, Field, fixed_steps
from nodes.matching.recording import Carried, Recording, kept
from nodes.params import seed_param
from nodes.sentences import Part, Word, listed, say
from nodes.types import Batch, Denoiser, Frame, Velocity


class BridgeSampler(Node):
    """Carry items along a Schrödinger bridge from the source to the target, or back.

    Simulation-free Schrödinger bridges via score and flow matching (Tong et al., 2024),
    arXiv:2307.03672.

    `start` (b, ...) is at t = 0 where the direction is forward. As SDE, by Euler and Maruyama's
    method, paths are those of the bridge; as ODE, by Heun's, they have no noise. At each time both
    have the same law. `path` (s, b, ...) holds evenly spaced times, the start first; `evaluations`
    counts calls of the velocity.
    """

    synonyms = (
        "schrödinger bridge, sampling, sde, generate, pont de Schrödinger, eds, échantillonnage"
    )
    title = "Bridge sampler"
    formula = (
        r"dx = \left(v_\theta(x, t) + \tfrac{\sigma^2}{2} s_\theta(x, t)\right) dt + \sigma\,dw"
    )
    icon = "spline"
    unreached = EVERY
    drawn = True

    equation: Literal["SDE", "ODE"] = param(
        default="SDE", help="The process with its noise, or the velocity alone: same laws."
    )
    steps: int = param(default=100, low=1, high=10_000, unit="steps", help="Steps of the solver.")
    direction: Literal["forward", "backward"] = param(
        default="forward", help="From t = 0 to 1, or from 1 to 0."
    )
    seed: int | None = seed_param()

    def forward(
        self, bridge: BrownianBridge, velocity: Velocity, score: Denoiser, start: Batch
    ) -> Iterator[Frame[Carried]]:
        """Yield the states after each step of start (b, ...), without gradients to it.

        Raise `InputRefused` where a network predicts something else than velocity and score.
        """
        self._check(velocity, score)
        v, s = at_one_time(velocity), at_one_time(score)
        start = start.detach()
        states = {"SDE": self._sde(bridge, v, s, start), "ODE": self._ode(v, start)}
        keep = kept(self.steps)
        path = Recording(start, len(keep))
        for number, (x, asked) in enumerate(states[self.equation]):
            if number == keep[path.filled]:
                path.add(x)
            yield Frame(number, self.steps, path.carried(x, asked))

    def sketch(self, bridge: BrownianBridge, velocity: Any, score: Any, start: Tensor) -> Carried:
        self._check(velocity, score)
        x = at_one_time(velocity)(start, 0.0) + at_one_time(score)(start, 0.0)
        return Carried(x, x.new_empty(len(kept(self.steps)), *x.shape), x.new_empty(()))

    def _check(self, velocity: Any, score: Any) -> None:
        must_predict(velocity, "velocity", "velocity")
        must_predict(score, "score", "score")

    def _times(self) -> list[float]:
        shares = [k / self.steps for k in range(self.steps + 1)]
        return shares if self.direction == "forward" else [1 - share for share in shares]

    def _sde(
        self, bridge: BrownianBridge, v: Field, s: Field, x: Tensor
    ) -> Iterator[tuple[Tensor, int]]:
        """Yield states of the stochastic equation, and the number of evaluations of v."""
        generator = None if self.seed is None else torch.Generator().manual_seed(self.seed)
        times = self._times()
        dt = times[1] - times[0]
        way = 1.0 if dt > 0 else -1.0
        yield x, 0
        for number, t in enumerate(times[:-1]):
            x = x + dt * bridge.drift(v(x, t), s(x, t), way)
            x = x + bridge.noise_of(dt) * noise_like(x, generator)
            yield x, number + 1

    def _ode(self, v: Field, x: Tensor) -> Iterator[tuple[Tensor, int]]:
        for state in fixed_steps(HEUN, v, x, self._times()):
            yield state.x, state.evaluations

    def sign(self) -> Part:
        return listed([Word(self.equation), say("{n} steps", n=self.steps)])
