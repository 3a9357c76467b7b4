"""Low-rank adaptation: a large network is tuned by few weights."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nodes.base import param
from nodes.errors import InputRefused
from nodes.sentences import Part, say
from nodes.training.derived import SHARED, FromModel, deep_copy, sharing_copy


class LowRank(nn.Module):
    """A linear layer that stays as it is, and a product of two narrow matrices beside it.

    `a` (rank, inputs) begins at random, `b` (outputs, rank) at 0: at first it is the layer.
    """

    def __init__(self, layer: nn.Linear, rank: int, scale: float, stream: torch.Generator) -> None:
        super().__init__()
        outputs, inputs = layer.weight.shape
        rank = min(rank, inputs, outputs)
        start = (torch.rand(rank, inputs, generator=stream) * 2 - 1) / math.sqrt(inputs)
        self.layer, self.scale = layer, scale
        self.in_features, self.out_features = inputs, outputs  # as those of the layer
        self.a = nn.Parameter(start.to(layer.weight))
        self.b = nn.Parameter(layer.weight.new_zeros(outputs, rank))

    def forward(self, x: Tensor) -> Tensor:
        """Return W x + bias + scale B A x: (..., inputs) → (..., outputs)."""
        y: Tensor = self.layer(x)
        return y + self.scale * F.linear(F.linear(x, self.a), self.b)

    @property
    def weight(self) -> Tensor:
        """The matrix W + scale B A of a plain layer that gives the same, (outputs, inputs)."""
        return self.layer.weight + self.scale * self.b @ self.a

    @property
    def bias(self) -> Tensor | None:
        """The bias of the layer, (outputs,), or None."""
        return self.layer.bias


class LoRA(FromModel):
    """Give a network few new weights to learn, beside all its own, which stay as they are.

    LoRA: Low-Rank Adaptation of Large Language Models (Hu et al., 2021), arXiv:2106.09685.

    Each linear layer W of the `model` becomes W + (alpha / rank) B A, where A has `rank` rows and B
    as many columns; a layer with fewer inputs or outputs has that many. B begins at 0: before
    training the new model is the old one. An optimiser that is wired to the new model trains A and
    B alone, and its other weights remain those of `model`, whatever trains these. `Begin from`
    makes a plain network of it, with the products added.
    """

    synonyms = (
        "low-rank adaptation, fine-tuning, adapter, peft, parameter-efficient, "
        "adaptation de rang faible, réglage fin, adaptateur"
    )
    title = "LoRA"
    formula = r"W' = W + \frac{\alpha}{r} B A"
    icon = "layers-2"

    rank: int = param(
        default=8, low=1, high=4096, unit="rows", help="Width of the narrow matrices (r)."
    )
    alpha: float = param(
        default=16.0, low=0.0, high=1e4, live=True, help="How much they count: by alpha / rank."
    )

    def make(self, model: nn.Module) -> nn.Module:
        """Return a copy of the model in which each linear layer has a `LowRank` in its place.

        Raise `InputRefused` where the model has no linear layers.
        """
        stream = torch.Generator().manual_seed(self.run_seed)
        copied = sharing_copy(model)
        layers = [(m, n) for m in copied.modules() for n, c in m.named_children() if _is_linear(c)]
        if not layers:
            raise InputRefused("{model} has no linear layers.", "Wire another network.")
        for module, name in layers:
            layer = module.get_submodule(name)
            assert isinstance(layer, nn.Linear)
            setattr(module, name, LowRank(layer, self.rank, self._scale, stream))
        return copied

    def train(self, mode: bool = True) -> LoRA:
        """Leave the statistics of batches as they are: they belong to the model."""
        super().train(mode)
        for module in self.modules():
            if isinstance(module, nn.modules.batchnorm._BatchNorm):
                module.eval()
        return self

    @property
    def _scale(self) -> float:
        return self.alpha / self.rank

    def changed(self, name: str) -> None:
        for module in self.modules():
            if isinstance(module, LowRank):
                module.scale = self._scale

    def sign(self) -> Part:
        return say("rank {rank}, α {alpha}", rank=self.rank, alpha=self.alpha)


def _is_linear(module: nn.Module) -> bool:
    return isinstance(module, nn.Linear)


def owning_copy(model: nn.Module) -> nn.Module:
    """Return a copy of a model with weights of its own alone; narrow products are added to them."""
    copied = deep_copy(model)
    for module in list(copied.modules()):
        for name, child in module.named_children():
            if isinstance(child, LowRank):
                setattr(module, name, _plain(child))
        _register(module)
    return copied


@torch.no_grad()
def _plain(layer: LowRank) -> nn.Linear:
    outputs, inputs = layer.weight.shape
    plain = nn.Linear(inputs, outputs, bias=layer.bias is not None, device=layer.weight.device)
    plain.weight.copy_(layer.weight)
    if layer.bias is not None:
        plain.bias.copy_(layer.bias)
    return plain


def _register(module: nn.Module) -> None:
    """Make a module own the tensors that it read of another."""
    for name in vars(module).pop(SHARED, ()):
        tensor = vars(module).pop(name)
        if isinstance(tensor, nn.Parameter):
            module.register_parameter(name, tensor)
        else:
            persistent = name not in module._non_persistent_buffers_set
            module.register_buffer(name, tensor, persistent=persistent)
