"""The optimiser: it owns models, pulls a loss, and makes a step."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor, nn

from nodes.base import Node, count, param
from nodes.data import memory
from nodes.errors import InputRefused
from nodes.training.adam_step import step_of
from nodes.training.muon import Muon, matrices
from nodes.types import Loss, Many, Model, PortType, Stream

Algorithm = Literal["Adam", "AdamW", "Muon", "SGD", "RMSprop"]
Schedule = Literal["constant", "cosine", "linear", "one cycle"]


class Optimizer(Node):
    """Change the weights of its models so that the loss falls.

    Adam: A Method for Stochastic Optimization (Kingma & Ba, 2015), arXiv:1412.6980. Muon: weights
    of linear layers and convolutions take orthogonal steps, as long as Adam's (arXiv:2502.16982),
    all else those of AdamW; it learns more in a step that takes longer.

    `loss` is pulled once a turn: fresh data, fresh noise. Only the parameters of `models` change;
    all others on the loss's way are frozen for the turn, and gradients still flow through them.
    Several optimisers take turns on one trainer, each `every` times a step, in wire order.
    """

    synonyms = (
        "adam, adamw, sgd, rmsprop, muon, learning rate, gradient descent, weight decay, "
        "momentum, taux d'apprentissage, descente de gradient, pas d'apprentissage"
    )
    formula = r"\theta \leftarrow \theta - \eta\,\hat m / (\sqrt{\hat v} + \epsilon)"
    icon = "trending-down"
    returns = "optimizer"
    role = "optimizer"
    port: ClassVar[PortType] = PortType(
        "Optimizer", help="Weights, a loss and a rule to lower it.", words="an optimizer"
    )

    algorithm: Algorithm = param(default="Adam", help="The rule that turns gradients into steps.")
    rate: float = param(
        default=1e-3,
        low=0.0,
        high=10.0,
        title="Learning rate",
        unit="per step",
        help="How far a step goes (eta).",
        larger="learns faster; too large: the loss jumps or becomes NaN",
        smaller="learns slower and more steadily",
    )
    beta1: float = param(
        default=0.9,
        low=0.0,
        high=0.9999,
        help="Memory of the mean gradient: Adam's beta 1, momentum of Muon (0.95 is usual), SGD "
        "and RMSprop.",
    )
    beta2: float = param(
        default=0.999,
        low=0.0,
        high=0.99999,
        help="Memory of the mean squared gradient (Adam, Muon, RMSprop).",
    )
    weight_decay: float = param(
        default=0.0,
        low=0.0,
        high=10.0,
        help="Pull of weights to zero.",
        larger="weights stay smaller: less overfitting, less fit",
        smaller="weights are free",
    )
    schedule: Schedule = param(
        default="constant", help="How the learning rate goes over the training."
    )
    warmup: int = param(
        default=0,
        low=0,
        high=1_000_000,
        unit="steps",
        help="Steps in which the rate rises from 0.",
        larger="a gentler start",
        smaller="full steps sooner",
    )
    clip: float = param(
        default=0.0,
        low=0.0,
        high=1e6,
        help="Largest norm of the gradient; 0 leaves it as it is.",
        larger="large gradients pass",
        smaller="large gradients are cut: steadier, slower",
    )
    limit: float = param(
        default=0.0,
        low=0.0,
        high=1e6,
        title="Limit of weights",
        help="Clamp each weight to ± this after a step, as the first Wasserstein GAN; 0: off.",
    )
    every: int = param(
        default=1, low=1, high=1000, unit="turns", title="Turns", help="Turns in each step."
    )

    def __init__(self, **given: Any) -> None:
        self.torch: torch.optim.Optimizer | None = None
        self._saved: dict[str, Tensor] = {}
        self._order: list[nn.Parameter] = []
        self._step: Callable[[], Any] = lambda: None
        super().__init__(**given)

    def changed(self, name: str) -> None:
        if name == "algorithm":
            self.torch, self._saved = None, {}
        elif self.torch is not None:
            self._tune()

    def restart(self) -> None:
        self.torch, self._saved = None, {}

    def sketch(self, loss: Stream[Loss], models: Many[Model]) -> Optimizer:
        if all(getattr(model, "built", None) is not None for model in models):
            _must_have_weights([p for model in models for p in model.parameters()])
        return self

    def forward(self, loss: Stream[Loss], models: Many[Model]) -> Optimizer:
        """Take the stream of losses and the models, and return the node itself."""
        self.loss, self.models = loss, tuple(models)
        return self

    def prepare(self) -> None:
        """Collect the parameters, once all models have their weights; keep moments that fit."""
        own = [p for model in self.models for p in model.parameters()]
        own = list({id(p): p for p in own}.values())
        _must_have_weights(own)
        if self.torch is not None and [*map(id, own)] == [*map(id, self._order)]:
            return
        self._order = own
        self.torch = _ALGORITHMS[self.algorithm](own, self)
        self._restore()
        self._tune()
        self._step = step_of(self.torch)

    @property
    def scheduled(self) -> bool:
        """Whether the learning rate depends on how long the training is."""
        return self.schedule != "constant"

    def parameters_owned(self) -> list[nn.Parameter]:
        """Return the parameters this optimiser changes."""
        return self._order

    def turn(self, *, progress: float) -> Tensor:
        """Pull the loss and make one step; `progress` in [0, 1] places it in the schedule.

        Return the loss, (), with its graph. Raise `RuntimeError` where `prepare` has not been
        called.
        """
        if self.torch is None:
            raise RuntimeError("prepare() comes before turn()")
        if self.schedule != "constant" or self.warmup:
            self._set_rate(progress)
        loss = next(self.loss)
        for p in self._order:
            p.grad = None
        loss.backward()
        if self.clip:
            nn.utils.clip_grad_norm_(self._order, self.clip, foreach=True)
        self._step()
        if self.limit:
            self._clamp()
        count(self, "_turns")
        return loss

    _turns = 0

    @torch.no_grad()
    def _clamp(self) -> None:
        weights: list[Tensor] = [*self._order]
        torch._foreach_clamp_min_(weights, -self.limit)
        torch._foreach_clamp_max_(weights, self.limit)

    def _set_rate(self, progress: float) -> None:
        ramp = min(1.0, (self._turns + 1) / self.warmup) if self.warmup else 1.0
        for group in self._groups():
            group["lr"] = self.rate * ramp * _SCHEDULES[self.schedule](progress)

    def _tune(self) -> None:
        """Bring live parameters into the torch optimiser."""
        settings = _settings(self)
        for group in self._groups():
            group.update({k: v for k, v in settings.items() if k in group})

    def _groups(self) -> list[dict[str, Any]]:
        return self.torch.param_groups if self.torch is not None else []

    def get_extra_state(self) -> dict[str, Tensor]:
        """Return the moments as `number.name`, numbered in the order of the parameters.

        Each has the shape of its parameter, or is a scalar.
        """
        if self.torch is None:
            return dict(self._saved)
        state = {"turns": torch.tensor(self._turns)}
        for number, p in enumerate(self._order):
            for name, value in self.torch.state.get(p, {}).items():
                if isinstance(value, Tensor):
                    state[f"{number}.{name}"] = value.detach().clone()
        return state

    def set_extra_state(self, state: dict[str, Tensor]) -> None:
        """Keep saved moments until `prepare` knows the parameters that they belong to."""
        self._saved = dict(state)
        self.torch = None

    def _restore(self) -> None:
        assert self.torch is not None
        self._turns = int(self._saved.pop("turns", torch.tensor(0)))
        for key, value in self._saved.items():
            number, name = key.split(".", 1)
            if int(number) < len(self._order):
                p = self._order[int(number)]
                where = "cpu" if name == "step" and not _fused(p) else p.device
                self.torch.state[p][name] = _in_layout_of(p, value.to(where))
        self._saved = {}


def _must_have_weights(own: list[nn.Parameter]) -> None:
    if not own:
        raise InputRefused(
            "{models} has no weights to train.",
            "Wire the model of a network to {models}; one that is frozen must be set free first.",
        )


def _in_layout_of(p: Tensor, value: Tensor) -> Tensor:
    """Return a copy in the memory order of p: torch's fused steps read both as they lie."""
    return torch.empty_like(p, dtype=value.dtype).copy_(value) if value.dim() else value.clone()


def _fused(p: nn.Parameter) -> bool:
    return p.device.type in ("cpu", "cuda")


def _settings(node: Optimizer) -> dict[str, Any]:
    return {
        "lr": node.rate,
        "betas": (node.beta1, node.beta2),
        "momentum": node.beta1,
        "alpha": node.beta2,
        "weight_decay": node.weight_decay,
    }


def _maker(kind: type[torch.optim.Optimizer], *names: str, **fixed: Any) -> Callable[..., Any]:
    def make(own: list[nn.Parameter], node: Optimizer) -> torch.optim.Optimizer:
        settings = _settings(node)
        return kind(own, **{name: settings[name] for name in names}, **fixed)

    return make


def _muon(own: list[nn.Parameter], node: Optimizer) -> torch.optim.Optimizer:
    settings = {name: _settings(node)[name] for name in ("lr", "betas", "weight_decay")}
    return Muon(own, matrices(node.models), **settings)


_ALGORITHMS: dict[str, Callable[[list[nn.Parameter], Optimizer], torch.optim.Optimizer]] = {
    "Adam": _maker(torch.optim.Adam, "lr", "betas", "weight_decay", fused=True),
    "AdamW": _maker(torch.optim.AdamW, "lr", "betas", "weight_decay", fused=True),
    "Muon": _muon,
    "SGD": _maker(torch.optim.SGD, "lr", "momentum", "weight_decay", fused=True),
    "RMSprop": _maker(torch.optim.RMSprop, "lr", "alpha", "momentum", "weight_decay", foreach=True),
}

_COPIES = {"Adam": 3, "AdamW": 3, "Muon": 2, "SGD": 1, "RMSprop": 2}
"""How many numbers a training keeps beside each weight: its gradient and its moments."""


def refuse_too_large(optimizers: Iterable[Optimizer]) -> None:
    """Raise `InputRefused` where what a training keeps beside its weights has no room."""
    wanted = 0
    for optimizer in optimizers:
        begun = optimizer.torch is not None and bool(optimizer.torch.state)
        new = [] if begun else [p for p in optimizer.parameters_owned() if p.device.type == "cpu"]
        wanted += _COPIES[optimizer.algorithm] * sum(p.numel() * p.element_size() for p in new)
    here = memory.free()
    if here is not None and wanted > here:
        raise InputRefused(
            "This training takes {wanted} of memory beside its weights; {free} are free.",
            "Choose fewer or narrower layers.",
            wanted=memory.gigabytes(wanted),
            free=memory.gigabytes(here),
        )


_SCHEDULES: dict[str, Callable[[float], float]] = {
    "constant": lambda s: 1.0,
    "cosine": lambda s: 0.5 * (1.0 + math.cos(math.pi * s)),
    "linear": lambda s: 1.0 - s,
    "one cycle": lambda s: s / 0.3 if s < 0.3 else 0.5 * (1 + math.cos(math.pi * (s - 0.3) / 0.7)),
}


def owned(optimizers: list[Optimizer]) -> Iterator[nn.Parameter]:
    """Yield what several optimisers own together, each parameter once."""
    yield from {id(p): p for o in optimizers for p in o.parameters_owned()}.values()
