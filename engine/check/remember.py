"""A network on fake tensors: for shapes that it had before, it returns the shape it gave then.

Nine samplers of one U-Net call it nine times in a check, and each call goes through every layer.
Arguments that it cannot take are refused in a sentence about its inputs.
"""

from __future__ import annotations

import inspect
from collections.abc import Hashable, Iterable, Mapping
from functools import wraps
from typing import Any

import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensor

from nodes.base import Node, shape_of
from nodes.errors import InputRefused, Refusal
from nodes.sentences import NodeName, PortName

_PLAIN = (bool, int, float, str, type(None))


def remember(node: Node) -> None:
    """Let a fake node go through its layers once for each signature of its arguments."""
    forward = node.forward
    arguments = inspect.signature(forward).parameters
    names = list(arguments)
    needed = [n for n, a in arguments.items() if a.default is inspect.Parameter.empty]
    known: dict[Hashable, tuple[torch.Size, torch.dtype, torch.device]] = {}

    @wraps(forward)
    def remembered(*args: Any, **kwargs: Any) -> Any:
        key = _signature([*enumerate(args), *sorted(kwargs.items())])
        if key is not None and key in known:
            shape, dtype, device = known[key]
            return torch.empty(shape, dtype=dtype, device=device)
        given = dict(zip(names, args, strict=False)) | kwargs
        _refuse_strange(node, given, names)
        _refuse_lacking(node, given, needed)
        try:
            value = forward(*args, **kwargs)
        except Refusal:
            raise
        except Exception as error:  # whatever a layer raises: what it was given may be why
            _refuse_misshapen(node, given, error)
            _refuse_uneven(node, given, error)
            raise
        if key is not None and type(value) is FakeTensor:
            known[key] = value.shape, value.dtype, value.device
        return value

    node.forward = remembered


def _refuse_strange(node: Node, given: Iterable[str], names: Iterable[str]) -> None:
    """Refuse an input that the network does not have."""
    for name in given:
        if name not in names:
            raise InputRefused(
                "{kind} takes no {port}.", place=name, kind=_called(node), port=PortName(name)
            )


def _refuse_lacking(node: Node, given: Mapping[str, Any], needed: Iterable[str]) -> None:
    """Refuse a call without an input that the network needs."""
    for name in needed:
        if name not in given:
            raise InputRefused(
                "{kind} must be told {port}.",
                "Wire it wherever this network is called.",
                kind=_called(node),
                port=PortName(name),
            )


def _refuse_misshapen(node: Node, given: Mapping[str, Any], error: Exception) -> None:
    """Refuse items of another shape than those the network was built for."""
    for name, built in (node.built or {}).items():
        found = shape_of(given.get(name))
        if found is not None and found != built:
            raise InputRefused(
                "{kind} takes {port} of the shape {must}; it has {found}.",
                kind=_called(node),
                port=PortName(name),
                must=built,
                found=found,
            ) from error


def _refuse_uneven(node: Node, given: Mapping[str, Any], error: Exception) -> None:
    """Refuse inputs that do not come in equal numbers."""
    counts = {name: len(v) for name, v in given.items() if isinstance(v, Tensor) and v.dim()}
    first, *others = counts or {"": 0}
    for name in others:
        if counts[name] != counts[first]:
            raise InputRefused(
                "{kind} takes as many {port} as {other}; they are {found} and {must}.",
                kind=_called(node),
                port=PortName(name),
                other=PortName(first),
                found=counts[name],
                must=counts[first],
            ) from error


def _called(node: Node) -> NodeName:
    return NodeName(kind=type(node).__name__)


def _signature(given: Iterable[tuple[Hashable, Any]]) -> Hashable | None:
    """Return what decides the shape of an answer; None where gradients or objects are in it."""
    parts: list[Hashable] = []
    for name, value in given:
        if isinstance(value, _PLAIN):
            parts.append((name, value))
        elif type(value) is FakeTensor and not value.requires_grad:
            parts.append((name, value.shape, value.dtype, value.device))
        else:
            return None
    return tuple(parts)
