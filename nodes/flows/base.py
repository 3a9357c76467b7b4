"""A flow as a chain: a base law and the steps from its noise to data.

The layers stand on the canvas in the order x = f_K(... f_1(z)): the base first, data last. Each
appends its steps to the chain it is given, so one wire from the last layer carries the whole model.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple, Protocol
from weakref import WeakKeyDictionary

import torch
from torch import Generator, Tensor, nn

from nodes.base import Node, param
from nodes.errors import InputRefused
from nodes.sentences import Word
from nodes.types import FLOW, Model, PortType, Shape


class State(NamedTuple):
    """Items h (b, ...) within the chain, with log|det| of the map so far, (b,).

    `parked`: the numbers factored out towards noise, each (b, n), nearest to the base first.
    """

    h: Tensor
    log_det: Tensor
    parked: tuple[Tensor, ...] = ()


class FlowStep(nn.Module, ABC):
    """One invertible step of a chain."""

    parks: int = 0
    """Numbers an item that this step sets aside on the way to noise."""

    @abstractmethod
    def to_noise(self, state: State) -> State:
        """Go one step from data to noise, adding log|det| of the step to that of the state."""

    @abstractmethod
    def to_data(self, state: State) -> State:
        """Go one step from noise to data, adding log|det| of the step to that of the state."""

    def stops(self, state: State) -> list[State]:
        """Return intermediate states towards data, to be shown; the last is the result.

        Override where a step has intermediate states of its own.
        """
        return [self.to_data(state)]


class Bijection(FlowStep):
    """A step that is an invertible map of one tensor to another.

    `forward` leads from data to noise and returns z with log|det dz/dx|, `inverse` leads back and
    returns x with log|det dx/dz|; either is (b,), or () where it is the same for all items.
    """

    @abstractmethod
    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return z and log|det dz/dx| for x (b, ...)."""

    @abstractmethod
    def inverse(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Return x and log|det dx/dz| for z (b, ...)."""

    def to_noise(self, state: State) -> State:
        """Apply `forward` to the items; what is parked stays."""
        z, log_det = self(state.h)
        return State(z, state.log_det + log_det, state.parked)

    def to_data(self, state: State) -> State:
        """Apply `inverse` to the items; what is parked stays."""
        x, log_det = self.inverse(state.h)
        return State(x, state.log_det + log_det, state.parked)


class Law(Protocol):
    """The law of a base: every number of z alike and independent."""

    def log_prob(self, z: Tensor) -> Tensor:
        """Return the log-density of each number of z, in nats, shaped as z."""

    def draw(self, *size: int, generator: Generator | None, device: torch.device) -> Tensor:
        """Return independent numbers, shaped `size`, float32.

        A generator must be of the same device; without one torch's own stream is used.
        """


class Flow(nn.Module):
    """A normalizing flow: the law of x = f_K(... f_1(z)) where z is drawn from the base.

    Variational Inference with Normalizing Flows (Rezende & Mohamed, 2015), arXiv:1505.05770.

    An item x has the sizes `item`; its z is written as one row of as many numbers.
    """

    port: ClassVar[PortType] = FLOW

    def __init__(
        self, law: Law, core: Shape, steps: Sequence[FlowStep] = (), item: Shape | None = None
    ):
        super().__init__()
        self.law = law
        self.core = core
        self.item = core if item is None else item
        self.steps = nn.ModuleList(steps)

    def then(self, steps: Sequence[FlowStep], item: Shape) -> Flow:
        """Return the chain with steps appended at its data end, where items have the sizes `item`.

        The steps are shared, not copied.
        """
        return Flow(self.law, self.core, [*self._steps(), *steps], item)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return z (b, d) and log|det dz/dx| (b,) of data x (b, *item)."""
        self.must_fit(x)
        state = State(x, x.new_zeros(len(x)))
        for step in reversed(self._steps()):
            state = step.to_noise(state)
        return torch.cat([state.h.flatten(1), *state.parked], 1), state.log_det

    def inverse(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Return x (b, *item) and log|det dx/dz| (b,) of noise z (b, d)."""
        state = self._start(z)
        for step in self._steps():
            state = step.to_data(state)
        return state.h, state.log_det

    def stops(self, z: Tensor) -> list[State]:
        """Return where noise z (b, d) is at first and at all stops towards data."""
        stops = [self._start(z)]
        for step in self._steps():
            stops += step.stops(stops[-1])
        return stops

    def _start(self, z: Tensor) -> State:
        core, *parked = z.flatten(1).split(self._parts(), 1)
        return State(core.reshape(-1, *self.core), z.new_zeros(len(z)), tuple(parked))

    def log_prob(self, x: Tensor) -> Tensor:
        """Return log p(x), (b,), in nats: log p(z) + log|det dz/dx|."""
        z, log_det = self(x)
        return self.law.log_prob(z).sum(1) + log_det

    def sample(
        self,
        count: int,
        *,
        temperature: float = 1.0,
        generator: Generator | None = None,
        device: torch.device | None = None,
    ) -> Tensor:
        """Draw x (count, *item); below a temperature of 1 the base is narrower (Glow, section 6).

        With a generator of the CPU the same noise is drawn on every device.
        """
        device = device or torch.device("cpu")
        source = device if generator is None else generator.device
        z = self.law.draw(count, self.item.numel, generator=generator, device=source)
        return self.inverse(temperature * z.to(device))[0]

    @property
    def shape(self) -> tuple[str | int, ...]:
        """The shape of a batch of items, its first axis by name."""
        return ("b", *self.item)

    def must_fit(self, x: Tensor) -> None:
        """Raise `InputRefused` where items are not of the flow's shape."""
        if tuple(x.shape[1:]) != tuple(self.item):
            raise InputRefused(
                "{x} must have the shape of the flow, {must}; it has {found}.",
                "Begin the flow with a base that leads to {found}.",
                must=self.item,
                found=Shape(x.shape[1:]),
            )

    def _steps(self) -> list[FlowStep]:
        return list(self.steps)  # type: ignore[arg-type]

    def _parts(self) -> list[int]:
        """Return how many numbers of z are the base's core, and what each step set aside."""
        return [self.core.numel, *(step.parks for step in self._steps() if step.parks)]


class Layer(Node, ABC):
    """A node that appends steps to the flow on its wire."""

    handle = Model
    returns = "flow"

    def __init__(self, **given: Any) -> None:
        self._grown: WeakKeyDictionary[Flow, Flow] = WeakKeyDictionary()
        super().__init__(**given)

    @abstractmethod
    def steps(self, shape: Shape) -> Sequence[FlowStep]:
        """Return the steps to append to a flow whose items have this shape."""

    def shape_after(self, shape: Shape) -> Shape:
        """Return the shape of items beyond this layer. Override where it is another."""
        return shape

    def forward(self, flow: Flow) -> Flow:
        """Return the longer chain: for the same flow the same one, at each pull."""
        grown = self._grown.get(flow)
        if grown is None:
            grown = flow.then(self.steps(flow.item), self.shape_after(flow.item))
            self._grown[flow] = grown
        return grown


class WeightedLayer(Layer):
    """A layer with weights, perhaps several in a row with weights of their own."""

    repeat: int = param(
        default=1,
        low=1,
        high=256,
        unit="layers",
        help="How many in a row, each with weights of its own; masks take turns.",
    )

    @abstractmethod
    def make(self, shape: Shape, turn: int) -> FlowStep:
        """Return the step number `turn` (from 0) on items of this shape."""

    def build(self, flow: Shape) -> None:
        self.blocks = nn.ModuleList(self.make(flow, turn) for turn in range(self.repeat))

    def steps(self, shape: Shape) -> Sequence[FlowStep]:
        """Return the steps that `build` made for items of this shape."""
        return list(self.blocks)  # type: ignore[arg-type]

    def sign(self) -> str:
        return f"×{self.repeat}" if self.repeat > 1 else ""


def must_be_images(shape: Shape, what: str) -> None:
    """Raise `InputRefused` where items are no images (c, h, w); `what` names the layer."""
    if len(shape) != 3:
        raise InputRefused(
            "{layer} needs pictures: channels, rows, columns; items of this flow have the "
            "shape {found}.",
            "Give the base a shape of three numbers: channels, rows and columns.",
            layer=Word(what),
            found=shape,
        )
