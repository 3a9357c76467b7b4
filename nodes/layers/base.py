"""What layers share: their common parameters, and the sentences on what does not fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from nodes.errors import InputRefused
from nodes.params import param
from nodes.sentences import PortName
from nodes.types import Shape

Along = Literal["channels", "features"]
AXES: dict[str, int] = {"channels": 1, "features": -1}


def along_param(help: str) -> Any:
    """Declare which axis is meant: that behind the batch, or the last one."""
    return param(
        default="channels",
        help=f"{help} Channels stand behind the batch, b c …; features are the last axis, b … d.",
    )


def first_param() -> Any:
    """Declare by what the first weights are multiplied."""
    return param(
        default=1.0,
        low=0.0,
        high=100.0,
        title="First weights ×",
        larger="stronger answers from the start, and steps that may run away",
        smaller="a layer that says little at first; 0: nothing, so that a sum keeps its other part",
        help="By what weights are multiplied before training.",
    )


def bias_param() -> Any:
    """Declare whether numbers are added behind the product."""
    return param(default=True, help="Whether each output has a number of its own added.")


def spectral_param() -> Any:
    """Declare whether the weights are divided by their largest singular value."""
    return param(
        default=False,
        title="Spectral norm",
        help="Divide the weights by their largest singular value (arXiv:1802.05957).",
    )


def started(layer: nn.Module, *, first: float, spectral: bool = False) -> None:
    """Multiply the first weights of a layer; put the spectral norm over them where it is wanted."""
    if first != 1:
        for weight in layer.parameters():
            weight.detach().mul_(first)
    if spectral:
        spectral_norm(layer)


def must_have_rows(x: Shape, port: str = "x") -> None:
    """Raise `InputRefused` where an item is one number and no row."""
    if not x:
        raise InputRefused(
            "{x} must have rows of numbers; an item is one number.",
            "Wire points, rows or pictures here.",
            place=port,
            x=PortName(port),
        )


def must_have_at_most(x: Shape, axes: int, port: str = "x") -> None:
    """Raise `InputRefused` where an item has more axes than a layer knows of, the batch counted."""
    if len(x) >= axes:
        raise InputRefused(
            "{x} must have {must} axes at the most, the batch among them; it has {found}.",
            "Wire points, rows, sound or pictures here.",
            place=port,
            x=PortName(port),
            must=axes,
            found=len(x) + 1,
        )


def must_be_vectors(x: Tensor, port: str = "x") -> None:
    """Raise `InputRefused` where x is not (b, d)."""
    if x.dim() != 2:
        raise InputRefused(
            "{x} must be one vector an item, b d; it has {found} axes.",
            "Flatten makes a vector of each item, Pool with an empty factor a mean of places.",
            place=port,
            x=PortName(port),
            found=x.dim(),
        )


def must_be_rows(x: Shape, port: str = "x") -> None:
    """Raise `InputRefused` where an item is not several vectors, (n, d)."""
    if len(x) != 2:
        raise InputRefused(
            "{x} must be rows of vectors, b n d; it has {found} axes.",
            "Patches or Rearrange make rows of pictures, Embedding of tokens.",
            place=port,
            x=PortName(port),
            found=len(x) + 1,
        )


def must_be_maps(x: Tensor | Shape, port: str = "x") -> None:
    """Raise `InputRefused` where a batch, or the shape of an item, is no sound and no picture."""
    axes = len(x) + 1 if isinstance(x, Shape) else x.dim()
    if axes not in (3, 4):
        raise InputRefused(
            "{x} must have axes b c t (sound) or b c h w (pictures); it has {found} axes.",
            "Reshape makes pictures of rows of numbers.",
            place=port,
            x=PortName(port),
            found=axes,
        )


def must_be_real(x: Tensor, port: str = "x") -> None:
    """Raise `InputRefused` for whole numbers: they are names, which no weight multiplies."""
    if not (x.is_floating_point() or x.is_complex()):
        raise InputRefused(
            "{x} must be real numbers; it is whole numbers.",
            "Put an Embedding before it: it gives each number a vector.",
            place=port,
            x=PortName(port),
        )


def must_be_as_built(found: int, must: int, port: str = "x") -> None:
    """Raise `InputRefused` where an axis has another size than the weights were made for."""
    if found != must:
        raise InputRefused(
            "{x} must have the {must} channels or features that the weights were made for; it has "
            "{found}.",
            "Wire values of the same size wherever these weights are used.",
            place=port,
            x=PortName(port),
            must=must,
            found=found,
        )


def must_have_axes(x: Tensor, built: Mapping[str, Shape] | None, port: str = "x") -> None:
    """Raise `InputRefused` where x has other axes than the weights were made for."""
    assert built is not None
    if x.dim() != len(built[port]) + 1:
        raise InputRefused(
            "{x} must have the {must} axes that the weights were made for; it has {found}.",
            "Wire values of the same shape wherever these weights are used.",
            place=port,
            x=PortName(port),
            must=len(built[port]) + 1,
            found=x.dim(),
        )
