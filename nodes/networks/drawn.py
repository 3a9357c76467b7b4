"""Torch modules in a row, drawn as layer nodes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
        gives = "images" if kind == "Reshape" else "y"
        end = drawing.add(kind, x=end, origin=held, gives=gives, **params)
    return end


def shaped(drawing: Drawing, end: End, shape: Shape) -> End:
    """Draw what writes rows (b, d) as items of a shape of several axes."""
    if len(shape) == 3:
        return drawing.add("Reshape", x=end, shape=[*shape], gives="images")
    names = [f"a{number}" for number in range(len(shape))]
    pattern = f"b ({' '.join(names)}) -> b {' '.join(names)}"
    sizes = " ".join(f"{name}={size}" for name, size in zip(names, shape, strict=True))
    return drawing.add("Rearrange", x=end, pattern=pattern, sizes=sizes)


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
    kernel, stride = _one(module.kernel_size), _one(module.stride)
    _must_be_plain(module, (kernel - 1) // 2)
    return _moved(module, kernel, stride)


def _moved(module: Any, kernel: int, stride: int) -> Said:
    params = {"channels": module.out_channels, "kernel": kernel}
    more = {"stride": stride, "bias": module.bias is not None}
    usual = {"stride": 1, "bias": True}
    return "Convolution", params | {k: v for k, v in more.items() if v != usual[k]}


def _transposed(module: Any) -> Said:
    kernel, stride = _one(module.kernel_size), _one(module.stride)
    padding = _one(module.padding)
    odd = 2 * padding - kernel + stride - _one(module.output_padding)
    _must_be_plain(module, max(0, (kernel - stride + odd + 1) // 2), odd in (0, 1))
    kind, params = _moved(module, kernel, stride)
    return kind, params | {"transposed": True} | ({"odd": True} if odd else {})


def _upsampled(module: nn.Upsample) -> Said:
    """Draw what doubles sides, or makes one less of them: they were halved, rounded up."""
    sides = {side % 2 for side in module.size}  # type: ignore[union-attr]
    return "Upsample", {"odd": True} if _one(sides) else {}


def _must_be_plain(module: Any, padding: int, known: bool = True) -> None:
    """Raise `InputRefused` for a convolution that has other borders than the layer node's."""
    plain = _one(module.dilation) == 1 == module.groups and module.padding_mode == "zeros"
    if not (plain and known and _one(module.padding) == padding):
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
    yield nn.ConvTranspose2d, _transposed
    yield nn.Conv1d, _convolution
    yield nn.Conv2d, _convolution
    yield nn.BatchNorm1d, lambda m: ("Norm", {"kind": "batch"})
    yield nn.BatchNorm2d, lambda m: ("Norm", {"kind": "batch"})
    yield nn.LayerNorm, lambda m: ("Norm", {"kind": "layer"})
    yield nn.GroupNorm, lambda m: ("Norm", {"kind": "group", "groups": m.num_groups})
    yield nn.Flatten, lambda m: ("Flatten", {})
    yield nn.Unflatten, lambda m: ("Reshape", {"shape": [*m.unflattened_size]})
    yield nn.Upsample, _upsampled
    for made, name in FUNCTIONS.items():
        yield made, lambda m, name=name: ("Activation", {"function": name})  # type: ignore[misc]


_LAYERS = dict(_listed())
