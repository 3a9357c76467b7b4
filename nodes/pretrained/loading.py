"""Load networks by their libraries, from a folder only and without running its code."""

from __future__ import annotations

import copy
import importlib
import os
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn
from torch._guards import detect_fake_mode
from torch._subclasses.fake_tensor import unset_fake_temporarily

from nodes.errors import DataMissing, Refusal
from nodes.pretrained.folders import MOST_NAMED, ModelFolder
from nodes.sentences import listed

LOCAL = {"local_files_only": True, "use_safetensors": True}
"""What each reading is told: look nowhere else, and read no pickles."""


def library(name: str) -> Any:
    """Return a library, which is slow to import and an extra, or raise `DataMissing`."""
    os.environ["HF_HUB_OFFLINE"] = "1"  # its hub downloads nothing, whatever a folder names
    try:
        module: Any = importlib.import_module(name)
    except ImportError as error:
        raise not_installed(name) from error
    module.utils.logging.set_verbosity_error()
    module.utils.logging.disable_progress_bar()
    return module


def not_installed(package: str) -> DataMissing:
    """Return the refusal where a package is missing."""
    return DataMissing(
        "Models of others need the package {package}, which is not installed.",
        'Install it with "pip install {package}".',
        place="folder",
        package=package,
    )


def faked() -> bool:
    """Return whether a graph is being checked, on tensors without numbers."""
    return detect_fake_mode() is not None


def read(found: ModelFolder, load: Callable[[], tuple[nn.Module, list[str]]]) -> nn.Module:
    """Return what a library reads, or raise `DataMissing`; `load` gives the missing weights too."""
    try:
        net, missing = load()
    except Refusal:
        raise
    except Exception as error:  # a library may raise anything: the border is here
        raise not_read(found, error) from error
    if missing:
        raise DataMissing(
            "{folder} lacks {count} of the weights of {kind}: {names}.",
            "Copy or download the folder anew, or choose another.",
            place="folder",
            folder=found.name,
            count=len(missing),
            kind=found.kind,
            names=listed(sorted(missing)[:MOST_NAMED] + ["…"] * (len(missing) > MOST_NAMED)),
        )
    return net


def diffusers_load(
    kind: str, found: ModelFolder, dtype: torch.dtype
) -> tuple[nn.Module, list[str]]:
    """Return a network of the library diffusers, and the names of weights that were not there."""
    net, told = getattr(library("diffusers"), kind).from_pretrained(
        found.path,
        output_loading_info=True,
        torch_dtype=dtype,
        variant=found.variant or None,
        low_cpu_mem_usage=False,
        **LOCAL,
    )
    return net, [*told["missing_keys"]]


def not_read(found: ModelFolder, error: Exception) -> DataMissing:
    """Return the refusal where a library cannot read a folder."""
    return DataMissing(
        "{folder} cannot be read as {kind}: {why}.",
        "Choose another folder, or a newer version of the library.",
        place="folder",
        folder=found.name,
        kind=found.kind,
        why=(str(error).strip() or type(error).__name__).splitlines()[0].rstrip("."),
    )


@lru_cache(maxsize=8)
def _bare(key: object, make: Callable[[], nn.Module]) -> nn.Module:
    with torch.device("meta"):
        return make()


def sketched(
    found: ModelFolder, make: Callable[[], nn.Module], dtype: torch.dtype, key: object
) -> nn.Module:
    """Return a network as `make` makes it, with fake weights; the same key gives the same one.

    Raise `DataMissing` where the library cannot make sense of the folder.
    """
    try:
        with unset_fake_temporarily():
            net = copy.deepcopy(_bare(key, _Keyed(make)))
    except Exception as error:  # a library may raise anything: the border is here
        raise not_read(found, error) from error
    made: dict[int, Tensor] = {}  # what two layers share stays shared
    for module, name, value in _tensors(net):
        if id(value) not in made:
            made[id(value)] = _fake(value, dtype)
        setattr(module, name, made[id(value)])
    return net


def _fake(value: Tensor, dtype: torch.dtype) -> Tensor:
    fake = torch.empty(value.shape, dtype=dtype if value.is_floating_point() else value.dtype)
    return nn.Parameter(fake) if isinstance(value, nn.Parameter) else fake


class _Keyed:
    """A function that equals any other, so that the key alone decides what is remembered."""

    def __init__(self, make: Callable[[], nn.Module]) -> None:
        self.make = make

    def __call__(self) -> nn.Module:
        return self.make()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Keyed)

    def __hash__(self) -> int:
        return 0


def _tensors(net: nn.Module) -> Iterator[tuple[nn.Module, str, Tensor]]:
    for module in net.modules():
        held = [*module._parameters.items(), *module._buffers.items()]
        yield from ((module, name, value) for name, value in held if value is not None)


def freeze(net: nn.Module) -> int:
    """Make of the weights what no optimiser changes and no checkpoint keeps; return how many."""
    kept: dict[int, Tensor] = {}
    for module in net.modules():
        for name, weight in list(module._parameters.items()):
            if weight is not None:
                del module._parameters[name]
                value = kept.setdefault(id(weight), weight.detach())
                module.register_buffer(name, value, persistent=False)
    return sum(value.numel() for value in kept.values())


def with_linear_layers(net: nn.Module) -> nn.Module:
    """Replace GPT-2's transposed layers by the linear layers that they are."""
    transposed = importlib.import_module("transformers.pytorch_utils").Conv1D
    for parent in list(net.modules()):
        for name, layer in list(parent.named_children()):
            if isinstance(layer, transposed):
                setattr(parent, name, _linear(layer))
    return net


def _linear(layer: Any) -> nn.Linear:
    inputs, outputs = layer.weight.shape
    linear = nn.Linear(inputs, outputs, device="meta", dtype=layer.weight.dtype)
    linear.weight = nn.Parameter(layer.weight.detach().T.contiguous())
    linear.bias = layer.bias
    return linear
