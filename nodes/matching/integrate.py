"""Solve dx/dt = v(x, t) by explicit Runge-Kutta methods, with fixed or adaptive steps.

A method is its tableau: row i says how the slopes so far are mixed to place stage i, `b` how all of
them make the step. Time may run either way.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from nodes.errors import InputRefused
from nodes.sentences import rounded

Field = Callable[[Tensor, float], Tensor]
"""A velocity: states (b, ...) and a time, to as many velocities."""
SAFETY, LEAST, MOST = 0.9, 0.2, 5.0
"""A new step is so much of what the error would allow, and within these factors of the last."""
MOST_STEPS = 10_000


@dataclass(frozen=True)
class Tableau:
    """Butcher's table of an explicit method. `error`: weights of its estimate of the error."""

    order: int
    a: tuple[tuple[float, ...], ...]
    b: tuple[float, ...]
    error: tuple[float, ...] = ()

    @property
    def c(self) -> tuple[float, ...]:
        """When each stage is: a share of the step."""
        return tuple(sum(row) for row in self.a)


EULER = Tableau(1, ((),), (1.0,))
MIDPOINT = Tableau(2, ((), (1 / 2,)), (0.0, 1.0))
HEUN = Tableau(2, ((), (1.0,)), (1 / 2, 1 / 2))
RK4 = Tableau(4, ((), (1 / 2,), (0.0, 1 / 2), (0.0, 0.0, 1.0)), (1 / 6, 1 / 3, 1 / 3, 1 / 6))
_FIFTH = (35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84)
DORMAND_PRINCE = Tableau(
    5,
    (
        (),
        (1 / 5,),
        (3 / 40, 9 / 40),
        (44 / 45, -56 / 15, 32 / 9),
        (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729),
        (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656),
        _FIFTH,
    ),
    (*_FIFTH, 0.0),
    (71 / 57600, 0.0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40),
)
"""A family of embedded Runge-Kutta formulae (Dormand & Prince, 1980). Its last stage is the first
of the next step."""


class State(NamedTuple):
    """All items at time t, their slopes there, and the number of evaluations of the velocity."""

    t: float
    x: Tensor
    slope: Tensor
    evaluations: int


def slopes_of(method: Tableau, field: Field, state: State, h: float) -> list[Tensor]:
    """Return the velocities (b, ...) at all stages of a step of length h."""
    slopes = [state.slope]
    for row, c in zip(method.a[1:], method.c[1:], strict=True):
        slopes.append(field(add_slopes(state.x, h, row, slopes), state.t + c * h))
    return slopes


def add_slopes(x: Tensor, h: float, weights: Sequence[float], slopes: Sequence[Tensor]) -> Tensor:
    """Return x + h times the weighted slopes, all (b, ...)."""
    for weight, slope in zip(weights, slopes, strict=False):
        if weight:
            x = torch.add(x, slope, alpha=h * weight)
    return x


def fixed_steps(
    method: Tableau, field: Field, x: Tensor, times: Sequence[float]
) -> Iterator[State]:
    """Yield the states at these times for x (b, ...) at the first, one step between two times.

    The velocity is not evaluated at the last time: its state keeps the slope of the one before.
    """
    asked = 1
    state = State(times[0], x, field(x, times[0]), asked)
    yield state
    for t in times[1:]:
        x = add_slopes(state.x, t - state.t, method.b, slopes_of(method, field, state, t - state.t))
        asked += len(method.b) - 1
        ended = t == times[-1]
        slope = state.slope if ended else field(x, t)
        asked += not ended
        state = State(t, x, slope, asked)
        yield state


def adaptive_steps(
    field: Field, x: Tensor, start: float, end: float, *, tolerance: float
) -> Iterator[State]:
    """Yield the states after each step of Dormand and Prince's method, the start first.

    Steps are as long as the error of every item x (b, ...) allows: at most `tolerance`, absolute
    and relative, in the root mean square over the numbers of the item. Raise `InputRefused` where
    10,000 steps do not reach the end, or where the velocity is not finite.
    """
    slope = field(x, start)
    state = State(start, x, slope, 1)
    h = _first_step(x, slope, end - start, tolerance)
    yield state
    for _ in range(MOST_STEPS):
        last = abs(h) >= abs(end - state.t)
        h = end - state.t if last else h
        slopes = slopes_of(DORMAND_PRINCE, field, state, h)
        x = add_slopes(state.x, h, DORMAND_PRINCE.b, slopes)
        error = _error(state.x, x, h, slopes, tolerance)
        state = state._replace(evaluations=state.evaluations + 6)
        if error <= 1:
            state = State(end if last else state.t + h, x, slopes[-1], state.evaluations)
            yield state
            if last:
                return
        h *= min(MOST, max(LEAST, SAFETY * max(error, 1e-10) ** (-1 / DORMAND_PRINCE.order)))
    raise InputRefused(
        "The tolerance {value} cannot be kept: {most} steps came to t = {time}.",
        "Raise the tolerance, or choose a method with fixed steps.",
        value=tolerance,
        most=MOST_STEPS,
        time=rounded(state.t, 3),
    )


def _first_step(x: Tensor, slope: Tensor, way: float, tolerance: float) -> float:
    """Return a careful first step: of first order in what the slope does to the state."""
    speed = _size(slope / (1 + x.abs()))
    if not math.isfinite(speed):
        raise InputRefused("The velocity is not finite.", "Train the model anew, at a lower rate.")
    return math.copysign(min(abs(way), tolerance ** (1 / 5) / max(speed, 1e-3)), way)


def _error(
    x: Tensor, stepped: Tensor, h: float, slopes: Sequence[Tensor], tolerance: float
) -> float:
    """Return the largest error of an item, in tolerances."""
    error = add_slopes(torch.zeros_like(x), h, DORMAND_PRINCE.error, slopes)
    found = _size(error / (tolerance * (1 + torch.maximum(x.abs(), stepped.abs()))))
    if not math.isfinite(found):
        raise InputRefused("The velocity is not finite.", "Train the model anew, at a lower rate.")
    return found


def _size(x: Tensor) -> float:
    """Return the largest root mean square of an item."""
    return float(x.flatten(1).square().mean(1).max().sqrt())


def hermite(before: State, after: State, t: float) -> Tensor:
    """Return the state (b, ...) at a time between two, by the cubic Hermite interpolant."""
    h = after.t - before.t
    s = (t - before.t) / h
    x = (1 + 2 * s) * (1 - s) ** 2 * before.x + s**2 * (3 - 2 * s) * after.x
    return x + h * s * (1 - s) * ((1 - s) * before.slope - s * after.slope)
