"""The base of nodes that make a model from another."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from torch import Tensor, nn

from nodes.base import Node, must_be_built
from nodes.errors import InputRefused
from nodes.ports import MODEL
from nodes.types import Model, PortType

Derived = Annotated[
    nn.Module,
    PortType(
        "Derived",
        ("Network", "Critic", "Denoiser", "Flow", "LanguageModel"),
        "model",
        "diamond",
        None,
        "A model made from another, which goes wherever that one goes.",
        words="a model made from another",
    ),
]


SHARED = "shared_names"
"""Of a module: the names of the tensors that it reads of another."""


class FromModel(Node, ABC):
    """Make a model of another once that has weights; subclasses define how.

    The same model is returned at each call. Only its own weights are this node's.
    """

    returns = MODEL

    def __init__(self, **given: Any) -> None:
        self._of: tuple[nn.Module, ...] = ()
        self._saved: dict[str, Tensor] = {}
        super().__init__(**given)

    def build(self) -> None:
        """Make nothing yet: what there is to make depends on the model, not on shapes."""

    @abstractmethod
    def make(self, model: nn.Module) -> nn.Module:
        """Return the model that is made of another."""

    def forward(self, model: Model) -> Derived:
        """Return the model made of `model`, made anew where another one comes.

        Raise `InputRefused` where `model` has no weights, `Unbuilt` where it has none yet.
        """
        if not self._of or self._of[0] is not model:
            must_have_weights(model)
            self._saved = self._saved or self._weights()
            self.derived = self.make(model).train(self.training)
            self._of = (model,)
            if fits(self._saved, self._weights()):
                self.derived.load_state_dict(self._saved)
            self._saved = {}
        return self.derived

    def _weights(self) -> dict[str, Tensor]:
        return self.derived.state_dict() if self._of else {}

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        super()._save_to_state_dict(destination, prefix, keep_vars)
        for name, value in self._saved.items():
            destination[f"{prefix}derived.{name}"] = value

    def _load_from_state_dict(
        self, state_dict: dict[str, Any], prefix: str, *args: Any, **kwargs: Any
    ) -> None:
        """Keep saved weights until there is a model that they can go into."""
        head = f"{prefix}derived."
        own = {k.removeprefix(head): v for k, v in state_dict.items() if k.startswith(head)}
        if not self._of or not fits(own, self._weights()):
            self._saved, self._of = own, ()
            self._modules.pop("derived", None)
            state_dict = {k: v for k, v in state_dict.items() if not k.startswith(head)}
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)


def fits(saved: Mapping[str, Tensor], known: Mapping[str, Tensor]) -> bool:
    """Return whether saved weights have the names and the shapes of those that are known."""
    return {k: v.shape for k, v in saved.items()} == {k: v.shape for k, v in known.items()}


def must_have_weights(model: Any) -> None:
    """Raise `InputRefused` where a model has no weights, `Unbuilt` where it has none yet."""
    if getattr(model, "built", True) is None:
        must_be_built(model)
    frozen = isinstance(model, Node) and model.weight_count()
    if getattr(model, "fixed", False) or not (weights_of(model) or frozen):
        raise InputRefused("{model} has no weights.", "Wire the model of a network to {model}.")


def weights_of(model: nn.Module) -> list[Tensor]:
    """Return all weights that a model reads: its own and those of the model that it shares.

    Each keeps its own shape; the same tensor may come more than once.
    """
    own = [t for m in model.modules() for t in (*m._parameters.values(), *vars(m).values())]
    return [t for t in own if isinstance(t, nn.Parameter)]


def tensors_of(module: nn.Module) -> Iterator[Tensor]:
    """Yield the weights and buffers of a module alone: its own, and those it reads of another."""
    read = (vars(module)[name] for name in vars(module).get(SHARED, ()))
    yield from (*module.parameters(recurse=False), *module.buffers(recurse=False))
    yield from (tensor for tensor in read if isinstance(tensor, Tensor))


def deep_copy(model: nn.Module) -> nn.Module:
    """Return a copy of a model with copies of its tensors.

    Fake ones, of a check, are copied as they are: torch copies their storage, which they lack.
    """
    tensors = {id(t): _copied(t) for module in model.modules() for t in tensors_of(module)}
    return copy.deepcopy(model, tensors)


def _copied(tensor: Tensor) -> Tensor:
    copied = tensor.detach().clone()
    if isinstance(tensor, nn.Parameter):
        return nn.Parameter(copied, requires_grad=tensor.requires_grad)
    return copied


def sharing_copy(model: nn.Module) -> nn.Module:
    """Return a copy of a model that reads the very weights of it, and owns none."""
    held = {id(t): t for module in model.modules() for t in tensors_of(module)}
    copied = copy.deepcopy(model, held)
    for module in copied.modules():
        shared = {**module._parameters, **module._buffers}
        module._parameters.clear()
        module._buffers.clear()
        vars(module).update(shared)
        vars(module)[SHARED] = (*vars(module).get(SHARED, ()), *shared)
    return copied
