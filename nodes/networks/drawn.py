"""Torch modules in a row, drawn as layer nodes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from torch import nn
from torch.nn.utils.parametrize import is_parametrized

from nodes.drawing import Drawing, End
from nodes.errors import InputRefused
from nodes.networks.blocks import ACTIVATIONS
from nodes.types import Shape

FUNCTIONS = {made: name for name, made in ACTIVATIONS.items()}
Said = tuple[str, dict[str, Any]]
M = TypeVar("M", bound=type[nn.Module])


def in_a_row(drawing: Drawing, net: nn.Sequential, end: End, origin: str = "net") -> End:
    """Draw the modules of `net` one behind the other, from `end`; return the last one's output.

    Raise `InputRefused` for a module that no layer node is.
    """
    for number, module in enumerate(net):
        kind, params = said(module)
        held = f"{origin}.{number}" if any(True for _ in module.parameters()) else ""
        end = drawing.add(kind, x=end, origin=held, gives=_given_by(kind), **params)
    return end


def shaped(drawing: Drawing, end: End, shape: Shape) -> End:
    """Draw what writes rows (b, d) as items of a shape of several axes."""
    kind, params = _said_of_shape(shape)
    return drawing.add(kind, x=end, gives=_given_by(kind), **params)


def _given_by(kind: str) -> str:
    return "images" if kind == "Reshape" else "y"


def _said_of_shape(shape: Sequence[int]) -> Said:
    if len(shape) == 3:
        return "Reshape", {"shape": [*shape]}
    names = [f"a{number}" for number in range(len(shape))]
    pattern = f"b ({' '.join(names)}) -> b {' '.join(names)}"
    sizes = " ".join(f"{name}={size}" for name, size in zip(names, shape, strict=True))
    return "Rearrange", {"pattern": pattern, "sizes": sizes}


def said(module: nn.Module) -> Said:
    """Return the kind of layer that a module is, with its parameters."""
    for made, say in _LAYERS.items():
        if isinstance(module, made):
            kind, params = say(module)
            spectral = {"spectral": True} if is_parametrized(module, "weight") else {}
            return kind, params | spectral
    raise _not_drawn(module)


def layer_of(say: Callable[[Any], Said]) -> Callable[[M], M]:
    """Tell which layer a class of modules is: `say` gives kind and parameters of a module."""

    def note(made: M) -> M:
        _LAYERS[made] = say
        return made

    return note


def _not_drawn(module: nn.Module) -> InputRefused:
    return InputRefused(
        "No layer node is this layer: {module}.",
        "The network stays as it is.",
        module=str(module).splitlines()[0],
    )


def _convolution(module: Any) -> Said:
    _must_be_plain(module)
    padding = _one(module.padding)
    kind, params = _moved(module)
    usual = (params["kernel"] - 1) // 2
    return kind, params | ({"padding": padding} if padding != usual else {})


def _moved(module: Any) -> Said:
    params = {"channels": module.out_channels, "kernel": _one(module.kernel_size)}
    more = {"stride": _one(module.stride), "bias": module.bias is not None}
    usual = {"stride": 1, "bias": True}
    return "Convolution", params | {k: v for k, v in more.items() if v != usual[k]}


def _transposed(module: Any) -> Said:
    _must_be_plain(module)
    padding, stride = _one(module.padding), _one(module.stride)
    over = 2 * padding - _one(module.output_padding)
    shorter = over - _one(module.kernel_size) + stride
    if not 0 <= shorter < stride:
        raise _not_drawn(module)
    kind, params = _moved(module)
    params |= {"transposed": True} | ({"shorter": shorter} if shorter else {})
    return kind, params | ({"padding": padding} if padding != max(0, (over + 1) // 2) else {})


def _upsampled(module: nn.Upsample) -> Said:
    """Draw what doubles sides, or makes one less of them: they were halved, rounded up."""
    sides = {side % 2 for side in module.size}  # type: ignore[union-attr]
    return "Upsample", {"odd": True} if _one(sides) else {}


def _must_be_plain(module: Any) -> None:
    """Raise `InputRefused` for a convolution that the layer node is not."""
    if not (_one(module.dilation) == 1 == module.groups and module.padding_mode == "zeros"):
        raise _not_drawn(module)


def _one(sizes: Any) -> int:
    """Return the number that is the same for rows and columns; raise `InputRefused` else."""
    found = {*sizes}
    if len(found) > 1:
        raise InputRefused(
            "Rows and columns are halved in different ways here: one of their sides is odd, the "
            "other even. Layer nodes treat both alike.",
            "Resize the pictures to squares.",
        )
    number: int = found.pop()
    return number


def _linear(module: Any) -> Said:
    bias = {} if module.bias is not None else {"bias": False}
    return "Linear", {"outputs": module.out_features} | bias


def _listed() -> Iterator[tuple[type[nn.Module], Callable[[Any], Said]]]:
    yield nn.Linear, _linear
    yield nn.ConvTranspose1d, _transposed
    yield nn.ConvTranspose2d, _transposed
    yield nn.Conv1d, _convolution
    yield nn.Conv2d, _convolution
    yield nn.BatchNorm1d, lambda m: ("Norm", {"kind": "batch"})
    yield nn.BatchNorm2d, lambda m: ("Norm", {"kind": "batch"})
    yield nn.LayerNorm, lambda m: ("Norm", {"kind": "layer"})
    yield nn.GroupNorm, lambda m: ("Norm", {"kind": "group", "groups": m.num_groups})
    yield nn.Flatten, lambda m: ("Flatten", {})
    yield nn.Unflatten, lambda m: _said_of_shape(m.unflattened_size)
    yield nn.Upsample, _upsampled
    for made, name in FUNCTIONS.items():
        yield made, lambda m, name=name: ("Activation", {"function": name})  # type: ignore[misc]


_LAYERS = dict(_listed())
