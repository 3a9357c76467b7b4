"""A running average of a model's weights."""

from __future__ import annotations

from collections.abc import Container
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import get_ema_multi_avg_fn

from nodes.base import Node, param
from nodes.errors import InputRefused, Unbuilt
from nodes.sentences import Part, say
from nodes.training.call_model import answer
from nodes.training.derived import Derived, deep_copy
from nodes.types import Batch, Labels, Model, Values


class Followed(NamedTuple):
    """The averaged model, and its answer y (b, ...), empty where no x is wired."""

    average: Derived
    y: Batch


class ModelAverage(Node):
    """Keep a model whose weights are the running average of another's.

    Mean teachers are better role models (Tarvainen & Valpola, 2017), arXiv:1703.01780.

    After each step of a trainer that moves `model`, if one of its losses needs the average,
    w' becomes d w' + (1 - d) w, with d = min(decay, (1 + n) / (10 + n)) after n steps: the first
    count for more. `average` goes wherever the model would; `y` is what it answers to `x`, told
    `t` and `labels` where they are wired. No optimiser moves it; gradients flow through it to x.
    It answers as in tests: without dropout, with the statistics it has.
    """

    synonyms = (
        "ema, exponential moving average, mean teacher, teacher, polyak, momentum encoder, "
        "moyenne mobile, professeur, enseignant"
    )
    title = "Model average"
    formula = r"w' \leftarrow d\, w' + (1 - d)\, w"
    icon = "graduation-cap"
    unreached = frozenset({"model"})

    decay: float = param(
        default=0.99, low=0.0, high=0.999999, help="How much of itself it keeps at each step."
    )

    def __init__(self, **given: Any) -> None:
        self._steps = 0
        self._saved: dict[str, Tensor] = {}
        self._pair: tuple[nn.Module, nn.Module] | tuple[()] = ()
        super().__init__(**given)

    def forward(
        self,
        model: Model,
        x: Batch | None = None,
        t: Values | None = None,
        labels: Labels | None = None,
    ) -> Followed:
        """Return the average of `model`, and its answer to x (b, ...), t (b,) and labels (b,).

        Raise `InputRefused` where the model has no weights, `Unbuilt` where it has none yet.
        """
        average = self._average_of(model)
        if x is None:
            return Followed(average, torch.empty(0, device=self.device))
        return Followed(average, answer(average, x, t, labels))

    def sketch(
        self,
        model: nn.Module,
        x: Tensor | None = None,
        t: Tensor | None = None,
        labels: Tensor | None = None,
    ) -> Followed:
        """Let the model stand for its average: torch copies no buffers without data."""
        _must_have_weights(model)
        y = torch.empty(0) if x is None else answer(model, x, t, labels)
        return Followed(model, y)

    def _average_of(self, model: nn.Module) -> nn.Module:
        """Return the average of this model: a copy at first, or what was saved of it."""
        if not self._pair or self._pair[0] is not model:
            average = _copied(model)
            if self._saved:
                average.load_state_dict(self._saved)
            else:
                self._steps = 0
            self._pair, self._saved = (model, average), {}
        return self._pair[1]

    @torch.no_grad()
    def follow(self, moved: Container[int]) -> None:
        """Update the average where some of the model's weights, given by ids, have been `moved`.

        Buffers, such as running means of batches, are copied.
        """
        model, average = self._pair or (nn.Identity(), nn.Identity())
        if not any(id(p) in moved for p in model.parameters()):
            return
        self._steps += 1
        decay = min(self.decay, self._steps / (9 + self._steps))
        weights = list(average.parameters()), list(model.parameters())
        get_ema_multi_avg_fn(decay)(*weights, None)
        for mine, theirs in zip(average.buffers(), model.buffers(), strict=True):
            mine.copy_(theirs)

    def restart(self) -> None:
        self._steps, self._saved, self._pair = 0, {}, ()

    def move(self, device: torch.device) -> None:
        super().move(device)
        if self._pair:
            self._pair[1].to(device)

    def get_extra_state(self) -> dict[str, Tensor]:
        """Return the averaged weights and the number of steps, for the checkpoint."""
        weights = self._pair[1].state_dict() if self._pair else self._saved
        kept = {name: value.detach().clone() for name, value in weights.items()}
        return {"steps": torch.tensor(self._steps)} | kept

    def set_extra_state(self, state: dict[str, Tensor]) -> None:
        """Restore what `get_extra_state` returned."""
        state = dict(state)
        self._steps = int(state.pop("steps"))
        self._saved, self._pair = state, ()

    def sign(self) -> Part:
        return say("d {decay}", decay=self.decay)


def _copied(model: nn.Module) -> nn.Module:
    """Return a copy that is never trained, or raise a refusal where there are no weights yet."""
    _must_have_weights(model)
    average = deep_copy(model).eval()
    return average.requires_grad_(False)


def _must_have_weights(model: nn.Module) -> None:
    if getattr(model, "built", True) is None:
        raise Unbuilt(
            "The model has not been shown any items yet, so there is nothing to average.",
            "Wire the model into a loss, or its input to data.",
        )
    if getattr(model, "fixed", False) or not any(True for _ in model.parameters()):
        raise InputRefused(
            "{model} has no weights to average.", "Wire the model of a network to {model}."
        )
