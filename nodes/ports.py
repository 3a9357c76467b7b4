"""Ports: the arguments of a node's `forward` and what it returns, read from their annotations."""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections.abc import Callable, Generator, Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from nodes import types as port_types
from nodes.types import CLASSES, Many, PortType, Range, Stream

MODEL = "model"


class Port(NamedTuple):
    """One port as declared: `types` has several members where the annotation is a union."""

    name: str
    types: tuple[PortType, ...]
    optional: bool = False
    many: bool = False
    stream: bool = False
    range: Range | None = None


def _inputs(kind: Any) -> tuple[Port, ...]:
    """Return the input ports that all objects of a class have: the arguments of `forward`."""
    hints = typing.get_type_hints(kind.forward, include_extras=True)
    return tuple(
        _port(a.name, hint_of(hints, a.name), optional=a.default is not inspect.Parameter.empty)
        for a in _arguments(kind)
        if a.kind is not inspect.Parameter.VAR_KEYWORD
    )


def _by_name(kind: Any) -> Port | None:
    """Return what the inputs are like that an object's text names: `**values` of `forward`."""
    hints = typing.get_type_hints(kind.forward, include_extras=True)
    found = (a for a in _arguments(kind) if a.kind is inspect.Parameter.VAR_KEYWORD)
    return next((_port(a.name, hint_of(hints, a.name)) for a in found), None)


def _arguments(kind: Any) -> list[inspect.Parameter]:
    return list(inspect.signature(kind.forward).parameters.values())[1:]


def _outputs(kind: Any) -> tuple[Port, ...]:
    """Return the output ports: what `forward` returns, then `model` where it is one."""
    hint = typing.get_type_hints(kind.forward, include_extras=True).get("return")
    found = tuple(_returned(kind, hint))
    if kind.is_model():
        handle = kind.handle if kind.handle is not None else port_types.Network
        found += (_port(MODEL, handle),)
    return found


inputs: Callable[[Any], tuple[Port, ...]] = cache(_inputs)
outputs: Callable[[Any], tuple[Port, ...]] = cache(_outputs)
by_name: Callable[[Any], Port | None] = cache(_by_name)


def inputs_of(node: Any) -> tuple[Port, ...]:
    """Return the inputs of an object: those of its class, and those that its text names."""
    kind = type(node)
    port = by_name(kind)
    if port is None:
        return inputs(kind)
    return inputs(kind) + tuple(port._replace(name=name) for name in node.input_names())


def _returned(kind: Any, hint: Any) -> Iterator[Port]:
    if hint is None or hint is type(None) or kind.role == "view":
        return
    if typing.get_origin(hint) in (Iterator, Generator):
        (hint,) = typing.get_args(typing.get_args(hint)[0])  # Iterator[Frame[T]]
    fields = getattr(hint, "_fields", None)
    if fields is None or hint in CLASSES:
        name = (
            kind.returns or re.sub(r"(?<!^)(?=[A-Z])", "_", _port("", hint).types[0].name).lower()
        )
        yield _port(name, hint)
        return
    hints = typing.get_type_hints(hint, include_extras=True)
    for name in fields:
        yield _port(name, hints[name])


def _port(name: str, hint: Any, *, optional: bool = False) -> Port:
    many = stream = False
    types_: tuple[PortType, ...] = ()
    range_: Range | None = None
    for part in _members(hint):
        origin = typing.get_origin(part)
        many, stream = many or origin is Many, stream or origin is Stream
        for inner in _members(typing.get_args(part)[0]) if origin in (Many, Stream) else [part]:
            types_ += (_port_type(name, inner),)
            range_ = next((m for m in _marks(inner) if isinstance(m, Range)), range_)
    return Port(name, types_, optional, many, stream, range_)


def hint_of(hints: Mapping[str, Any], name: str) -> Any:
    """Return the annotation of a parameter or an argument; raise `TypeError` where it has none."""
    if name not in hints:
        raise TypeError(f"{name} needs a type after a colon: {name}: ...")
    return hints[name]


def _members(hint: Any) -> list[Any]:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return [a for a in typing.get_args(hint) if a is not type(None)]
    return [hint]


def _marks(hint: Any) -> tuple[Any, ...]:
    return getattr(hint, "__metadata__", ())


def _port_type(name: str, hint: Any) -> PortType:
    for mark in _marks(hint):
        if isinstance(mark, PortType):
            return mark
    if hint in CLASSES:
        return CLASSES[hint]
    port = getattr(hint, "port", None)
    if isinstance(port, PortType):
        return port
    raise TypeError(f"port {name}: {hint!r} is not a port type")
