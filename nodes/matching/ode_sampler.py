"""Integrate a learned velocity from source to target."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from torch import Tensor

from nodes.base import EVERY, Node, param
from nodes.diffusion.conditioning import conditions_of, scale_param
from nodes.diffusion.contexts import Context, must_be_alike
from nodes.matching.base import at_one_time, must_predict
from nodes.matching.integrate import (
    EULER,
    HEUN,
    MIDPOINT,
    RK4,
    Field,
    State,
    Tableau,
    adaptive_steps,
    fixed_steps,
    hermite,
)
from nodes.matching.recording import Carried, Recording, kept
from nodes.sentences import Part, Word, listed, say
from nodes.types import Batch, Frame, Labels, TextVectors, Velocity

Method = Literal["Euler", "midpoint", "Heun", "RK4", "Dormand-Prince"]
FIXED: dict[str, Tableau] = {"Euler": EULER, "midpoint": MIDPOINT, "Heun": HEUN, "RK4": RK4}
EVEN = 50
"""Parts of the way recorded where the method chooses its own steps."""


class ODESampler(Node):
    """Carry items along a velocity from the source to the target, or back.

    Solving Ordinary Differential Equations I (Hairer, Nørsett & Wanner, 1993),
    doi:10.1007/978-3-540-78862-1; adaptive by A family of embedded Runge-Kutta formulae (Dormand &
    Prince, 1980), doi:10.1016/0771-050X(80)90013-3.

    `start` (b, ...) is at t = 0 where the direction is forward, and `samples` at t = 1. `path` (s,
    b, ...) holds evenly spaced times, the start first. `evaluations` counts calls of the network;
    with guidance (arXiv:2207.12598) each is for every item twice, with and without its condition.
    With n steps the error of Euler falls as 1/n, of midpoint and Heun as 1/n^2, of RK4 as 1/n^4;
    Dormand-Prince takes as many steps as the tolerance asks. With guidance, items move away from
    the condition `negative`, a context too, or from the unconditional prediction.
    """

    synonyms = (
        "ode solver, euler, heun, runge-kutta, sampling, generate, flow matching, equation "
        "différentielle, échantillonnage, intégrer, générer"
    )
    title = "ODE sampler"
    formula = r"\frac{dx}{dt} = v_\theta(x, t), \qquad x(0) = x_0,\quad x(1) \sim p_1"
    icon = "waypoints"
    unreached = EVERY

    method: Method = param(default="RK4", help="How the equation is solved.")
    steps: int = param(
        default=20,
        low=1,
        high=10_000,
        unit="steps",
        help="Steps of the methods with fixed ones.",
        larger="the way is followed more exactly, and longer",
        smaller="quicker, corners are cut",
    )
    tolerance: float = param(
        default=1e-4,
        low=1e-12,
        high=1.0,
        help="Error allowed in each adaptive step, absolute and relative.",
    )
    direction: Literal["forward", "backward"] = param(
        default="forward", help="From t = 0 to 1, or from 1 to 0."
    )
    scale: float = scale_param()

    def forward(
        self,
        model: Velocity,
        start: Batch,
        labels: Labels | None = None,
        context: Context | None = None,
        negative: Context | None = None,
    ) -> Iterator[Frame[Carried]]:
        """Yield the states after each step of start (b, ...), without gradients to it.

        Raise `InputRefused` where the model does not predict a velocity, or the tolerance cannot be
        kept.
        """
        must_predict(model, "velocity")
        field, start = self._field(model, labels, context, negative), start.detach()
        if self.method in FIXED:
            yield from self._fixed(FIXED[self.method], field, start)
        else:
            yield from self._adaptive(field, start)

    def sketch(
        self,
        model: Any,
        start: Tensor,
        labels: Tensor | None = None,
        context: Tensor | TextVectors | None = None,
        negative: Tensor | TextVectors | None = None,
    ) -> Carried:
        must_predict(model, "velocity")
        x = self._field(model, labels, context, negative)(start, 0.0)
        states = EVEN + 1 if self.method not in FIXED else len(kept(self.steps))
        return Carried(x, x.new_empty(states, *x.shape), x.new_empty(()))

    def _field(self, model: Any, labels: Any, context: Any, negative: Any) -> Field:
        must_be_alike(negative, context)
        away = conditions_of(context=negative)
        field: Field = at_one_time(model, conditions_of(labels, context), self.scale, away)
        return field

    def _fixed(self, method: Tableau, field: Field, start: Tensor) -> Iterator[Frame[Carried]]:
        times = [self._time(k / self.steps) for k in range(self.steps + 1)]
        keep = kept(self.steps)
        path = Recording(start, len(keep))
        for number, state in enumerate(fixed_steps(method, field, start, times)):
            if number == keep[path.filled]:
                path.add(state.x)
            yield Frame(number, self.steps, path.carried(state.x, state.evaluations))

    def _adaptive(self, field: Field, start: Tensor) -> Iterator[Frame[Carried]]:
        """Yield a frame after each step, with the path up to the next recorded time."""
        path = Recording(start, EVEN + 1)
        before: State | None = None
        ends = self._time(0.0), self._time(1.0)
        for state in adaptive_steps(field, start, *ends, tolerance=self.tolerance):
            reached = abs(state.t - ends[0])
            while path.filled <= EVEN and path.filled / EVEN <= reached:
                t = self._time(path.filled / EVEN)
                path.add(state.x if before is None else hermite(before, state, t))
            before = state
            yield Frame(round(100 * reached), 100, path.carried(state.x, state.evaluations))

    def _time(self, share: float) -> float:
        """Return the time at a share of the path."""
        return share if self.direction == "forward" else 1.0 - share

    def sign(self) -> Part:
        effort = say("{n} steps", n=self.steps) if self.method in FIXED else self.tolerance
        guided = [say("w {w}", w=self.scale)] if self.scale else []
        return listed([Word(self.method), effort, *guided])
