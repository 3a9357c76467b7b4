"""Cache the outputs of networks on fake tensors by the shapes of their arguments.

Nine samplers of one U-Net call it nine times in a check, and each call runs every layer. The next
check, after an edit elsewhere, finds the network in the cache. Arguments that a network cannot take
are refused with a sentence about its inputs.

What comes out of the cache has no gradients; `uncached` lets all layers run.
"""

from __future__ import annotations

import inspect
from collections.abc import Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import lru_cache, wraps
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensor

from nodes.base import Node, shape_of
from nodes.errors import InputRefused, Refusal
from nodes.sentences import NodeName, PortName

_PLAIN = (bool, int, float, str, type(None))
_MOST = 256  # networks in the cache

Outputs = dict[Hashable, Any]

_used = ContextVar("used", default=True)


@contextmanager
def uncached() -> Iterator[None]:
    """Let networks run their layers, also where their outputs are known."""
    token = _used.set(False)
    try:
        yield
    finally:
        _used.reset(token)


def cache_outputs(node: Node) -> None:
    """Replace `node.forward` by one that runs the layers once for each signature of its arguments.

    Nodes with equal layers share the cache. Raise `InputRefused` for unknown or missing inputs and
    for shapes that do not fit.
    """
    forward = node.forward
    arguments = inspect.signature(forward).parameters
    names = list(arguments)
    needed = [n for n, a in arguments.items() if a.default is inspect.Parameter.empty]
    own: Outputs = {}

    @wraps(forward)
    def cached(*args: Any, **kwargs: Any) -> Any:
        known = own if node.outside() else _shared_outputs(*_layer_key(node))
        key = _signature([*enumerate(args), *sorted(kwargs.items())])
        if key is not None and key in known and _used.get():
            return like(known[key])
        given = dict(zip(names, args, strict=False)) | kwargs
        _refuse_unknown_input(node, given, names)
        _refuse_lacking(node, given, needed)
        try:
            value = forward(*args, **kwargs)
        except Refusal:
            raise
        except Exception as error:  # any error of a layer: its input may be the cause
            _refuse_misshapen(node, given, error)
            _refuse_uneven(node, given, error)
            raise
        if key is not None:
            with suppress(_Unsupported):
                known[key] = _mark(value, gradients=True)
        return value

    node.forward = cached


@lru_cache(_MOST)
def _shared_outputs(*likeness: Hashable) -> Outputs:
    """Return the cache of nodes with equal layers: from argument signature to output mark."""
    return {}


def _layer_key(node: Node) -> tuple[Any, ...]:
    """Return what determines the layers of a node: its class, parameters and input shapes.

    Not for nodes that read files: a path does not determine their content.
    """
    kind = type(node)
    shapes = sorted((node.built or {}).items())
    return kind, kind.forward, kind.build, repr(sorted(node.param_values().items())), tuple(shapes)


def _refuse_unknown_input(node: Node, given: Iterable[str], names: Iterable[str]) -> None:
    """Raise `InputRefused` for an input that the network does not have."""
    for name in given:
        if name not in names:
            raise InputRefused(
                "{kind} takes no {port}.", place=name, kind=_called(node), port=PortName(name)
            )


def _refuse_lacking(node: Node, given: Mapping[str, Any], needed: Iterable[str]) -> None:
    """Raise `InputRefused` for a call without an input that the network needs."""
    for name in needed:
        if name not in given:
            raise InputRefused(
                "{kind} must be told {port}.",
                "Wire it wherever this network is called.",
                kind=_called(node),
                port=PortName(name),
            )


def _refuse_misshapen(node: Node, given: Mapping[str, Any], error: Exception) -> None:
    """Raise `InputRefused` for items of another shape than the network was built for."""
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
    """Raise `InputRefused` for inputs with different numbers of items."""
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


class _Empty(NamedTuple):
    """The shape, dtype and device of a fake tensor."""

    shape: torch.Size
    dtype: torch.dtype
    device: torch.device


class _Unsupported(Exception):
    """A value that is not a number, a text, a tensor or a named tuple of them."""


def _signature(given: Iterable[tuple[Hashable, Any]]) -> Hashable | None:
    """Return what determines the output shape; None for values with gradients or other objects."""
    try:
        return tuple((name, _mark(value)) for name, value in given)
    except _Unsupported:
        return None


def _mark(value: Any, *, gradients: bool = False) -> Any:
    """Return a hashable description of a value, with tensors as `_Empty`.

    `gradients`: allow tensors that require gradients. Raise `_Strange` for other values.
    """
    if isinstance(value, _PLAIN):
        return value
    if type(value) is FakeTensor and (gradients or not value.requires_grad):
        return _Empty(value.shape, value.dtype, value.device)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value), *(_mark(part, gradients=gradients) for part in value)
    raise _Unsupported


def likeness(value: Any) -> Any:
    """Return a description of a value, from which `like` makes one; itself where there is none."""
    try:
        return _mark(value, gradients=True)
    except _Unsupported:
        return value


def like(mark: Any) -> Any:
    """Return a value with this description."""
    if isinstance(mark, _Empty):
        return torch.empty(mark.shape, dtype=mark.dtype, device=mark.device)
    if isinstance(mark, tuple):
        kind, *parts = mark
        return kind(*map(like, parts))
    return mark
