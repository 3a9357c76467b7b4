"""The training loop."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import get_ema_multi_avg_fn

from nodes.base import Node, count, param
from nodes.training.model_average import ModelAverage
from nodes.training.optimizer import Optimizer, owned, refuse_too_large
from nodes.training.precision import Precision, autocast_to
from nodes.types import Frame, Many, PortType

USUAL_EPOCHS, LEAST_STEPS = 10, 3000  # where no length is given: small data are seen more often


class Trainer(Node):
    """Let optimisers take turns on one graph, step after step.

    In each step every optimiser, in the order of its wires, makes its turns: freeze what is not its
    own, pull the loss, go backward, clip, step. Then the average of the weights is updated. A
    trainer wired into `after` finishes first: two trainers are two stages, and what the first has
    trained is used as samplers use it, with its averaged weights.

    The trainer keeps its step: run again, it goes on where it was.
    """

    synonyms = (
        "training, train, epochs, steps, loop, fit, amp, bfloat16, entraînement, apprentissage, "
        "époques, entraîner, boucle"
    )
    formula = r"\theta_{t+1} = \theta_t - \eta\,\nabla_\theta \mathcal{L}(\theta_t)"
    icon = "timer"
    returns = "trained"
    role = "trainer"
    port: ClassVar[PortType] = PortType(
        "Trainer", help="A stage of training.", words="a stage of training"
    )

    epochs: float | None = param(
        default=None,
        low=0.0,
        high=1e6,
        unit="epochs",
        help="Passes over the training data, 1,000 steps each where there is no data set; "
        "none: 10, and at least 3,000 steps.",
    )
    steps: int | None = param(
        default=None,
        settles="run",
        low=0,
        high=10**9,
        unit="steps",
        help="Steps in all; counts before epochs.",
        larger="better, to a limit; the time grows alike",
        smaller="sooner done, less learned",
    )
    ema: float = param(
        default=0.0,
        low=0.0,
        high=0.999999,
        title="Average (EMA)",
        help="Decay of the running average of weights that views and samplers use; 0: none.",
        larger="smoother averaged weights that lag behind",
        smaller="the average follows closely",
    )
    precision: Precision = param(
        default="float32",
        help="Number format of the forward passes (autocast), in samplers too; auto: bfloat16 on a "
        "device that is quicker with it, else float32.",
    )
    compilation: Literal["off", "default", "reduce-overhead"] = param(
        default="off",
        help="Compile the networks by torch.compile; reduce-overhead adds CUDA graphs.",
    )

    def __init__(self, **given: Any) -> None:
        self.step = 0
        self._owned: list[nn.Parameter] = []
        self._averages: list[Tensor] = []
        self._turn = -1
        self._followers: list[ModelAverage] = []
        self._on_the_way: list[list[tuple[nn.Parameter, bool]]] = []
        self._earlier: tuple[Trainer, ...] = ()
        super().__init__(**given)

    def restart(self) -> None:
        self.step, self._owned, self._averages = 0, [], []

    def sketch(self, optimizers: Many[Optimizer], after: Many[Trainer] | None = None) -> Trainer:
        return self

    def forward(
        self, optimizers: Many[Optimizer], after: Many[Trainer] | None = None
    ) -> Iterator[Frame[Trainer]]:
        """Train; yield a `Frame` a step. Closed between two steps, a new call continues."""
        self._prepare(list(optimizers))
        self._earlier = tuple(after or ())
        before = list(self._stages_before())
        moved = {id(p) for p in self._owned}
        total = self.total()
        yield Frame(self.step, total, self)
        while self.step < (total := self.total()):
            with ExitStack() as averages:
                for trainer, own in before:
                    averages.enter_context(trainer.averaged(own))
                for number, optimizer in enumerate(optimizers):
                    self._give_turn(number)
                    for _ in range(optimizer.every):
                        optimizer.turn(progress=self.step / total)
            if not self._length_known:
                self._see_length(optimizers)
            self._average()
            for average in self._followers:
                average.follow(moved)
            count(self, "step")
            yield Frame(self.step, total, self)

    def total(self) -> int:
        """Return the steps of the whole training."""
        if self.steps is not None:
            return self.steps
        if self.epochs is None:
            return max(USUAL_EPOCHS * self.epoch_length, LEAST_STEPS)
        return round(self.epochs * self.epoch_length)

    epoch_length = 1000
    """Steps that see the training data once."""

    @property
    def epoch(self) -> float:
        """Passes over the data so far."""
        return self.step / self.epoch_length

    def _prepare(self, optimizers: list[Optimizer]) -> None:
        networks = [module for o in optimizers for module in o.loss.modules]
        autocast = autocast_to(self.precision, self.device, networks)
        for optimizer in optimizers:
            optimizer.prepare()
            optimizer.loss.accelerated(autocast=autocast)
            for model in optimizer.models:
                model.autocast = autocast  # type: ignore[assignment]
        refuse_too_large(optimizers)
        self._see_length(optimizers)
        self._owned = list(owned(optimizers))
        if [a.shape for a in self._averages] != [p.shape for p in self._owned]:
            self._averages = []
        self._turn = -1
        self._followers = _followers(optimizers)
        self._on_the_way = [_weights_of_loss(o) for o in optimizers]
        self._set_modes(optimizers)
        if self.compilation != "off":
            self._compile(optimizers)

    def _see_length(self, optimizers: Iterable[Optimizer]) -> None:
        """Read the length of an epoch; a text source knows it once the text is read."""
        lengths = [o.loss.length / o.every for o in optimizers if o.loss.length is not None]
        self._length_known = bool(lengths)
        self.epoch_length = max(1, round(max(lengths))) if lengths else 1000

    _length_known = False

    def _set_modes(self, optimizers: Iterable[Optimizer]) -> None:
        """Put what is trained and what draws data in training mode, and the rest in eval mode."""
        own = {id(p) for p in self._owned}
        for optimizer in optimizers:
            for module in optimizer.loss.modules:
                weights = list(module.parameters())
                module.train(not weights or any(id(p) in own for p in weights))

    def _compile(self, optimizers: Iterable[Optimizer]) -> None:
        for optimizer in optimizers:
            for model in optimizer.models:
                if model._compiled_call_impl is None:
                    model.compile(mode=None if self.compilation == "default" else self.compilation)

    def _give_turn(self, number: int) -> None:
        """Freeze all that this optimiser does not own; autograd then skips it by itself."""
        if self._turn == number:
            return
        self._turn = number
        for p, own in self._on_the_way[number]:
            if p.requires_grad is not own:
                p.requires_grad_(own)

    def _average(self) -> None:
        """Move the averages towards the weights; the first steps count for more, as in TF's EMA."""
        if not self.ema:
            return
        if not self._averages:
            self._averages = [p.detach().clone() for p in self._owned]
        decay = min(self.ema, (1 + self.step) / (10 + self.step))
        get_ema_multi_avg_fn(decay)(self._averages, self._owned, None)

    @contextmanager
    def averaged(self, but: Container[int] = ()) -> Iterator[None]:
        """Use the averages as weights in this context, but not for the ids in `but`."""
        self._swap(but)
        try:
            yield
        finally:
            self._swap(but)

    def _swap(self, but: Container[int]) -> None:
        for number, p in enumerate(self._owned[: len(self._averages)]):
            if id(p) not in but:
                p.data, self._averages[number] = self._averages[number], p.data

    def _stages_before(self) -> Iterator[tuple[Trainer, Container[int]]]:
        """Yield the stages before this one, the last first, and the weights that a later one has.

        Their averages stand in for what they have trained and no later stage trains on.
        """
        own = {id(p) for p in self._owned}
        todo, seen = [*self._earlier], set[int]()
        while todo:
            trainer = todo.pop()
            if id(trainer) not in seen:
                seen.add(id(trainer))
                yield trainer, own
                own = own | {id(p) for p in trainer._owned}
                todo += trainer._earlier

    def get_extra_state(self) -> dict[str, Tensor]:
        """Return the step and the averaged weights, for the checkpoint."""
        averages = {f"average.{n}": a.detach().clone() for n, a in enumerate(self._averages)}
        return {"step": torch.tensor(self.step)} | averages

    def set_extra_state(self, state: dict[str, Tensor]) -> None:
        """Restore what `get_extra_state` returned."""
        self.step = int(state["step"])
        self._averages = [state[f"average.{n}"] for n in range(len(state) - 1)]


def _weights_of_loss(optimizer: Optimizer) -> list[tuple[nn.Parameter, bool]]:
    """Return the weights on the way of a loss, each once, with whether the optimiser owns them."""
    own = {id(p) for p in optimizer.parameters_owned()}
    weights = (p for module in optimizer.loss.modules for p in module.parameters())
    return [(p, key in own) for key, p in {id(p): p for p in weights}.items()]


def _followers(optimizers: Iterable[Optimizer]) -> list[ModelAverage]:
    """Return the averages that the losses need, each once."""
    needed = [m for o in optimizers for m in o.loss.modules if isinstance(m, ModelAverage)]
    return list({id(m): m for m in needed}.values())
