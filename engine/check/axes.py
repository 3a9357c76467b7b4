"""Compare the shapes and ranges of a node's inputs with those that its ports declare."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import torch

from engine.document.catalogue import Fix, Problem
from engine.pull.plan import Call, values_of
from engine.pull.program import Program
from nodes.errors import Refusal
from nodes.ports import Port, inputs_of
from nodes.sentences import PortName, Text, Word, either, say
from nodes.types import PortType, Range


def require_range(port: Port, given: Range | None) -> None:
    """Raise `Refusal` where the values of an input may lie outside the range of its port."""
    if port.range is not None and given is not None and not given.within(port.range):
        raise Refusal(
            "{port} must lie in {must}; it lies in {found}.",
            port=PortName(port.name),
            must=port.range,
            found=given,
            place=port.name,
        )


def drive_problems(program: Program, ranges: Mapping[tuple[str, str], Range]) -> list[Problem]:
    """Return a problem for each parameter that a wire would set beyond its limits."""
    found: list[Problem] = []
    changing = {id(drive.call.node) for drive in program.drives}
    for call, param, source in program.drives:
        giver = program.calls[program.order[source.slot]]
        if id(giver.node) in changing:
            continue  # what it gives is known at each step only
        output = values_of(type(giver.node))[source.field or 0].name
        info = call.node._declared[param]
        low = -math.inf if info.low is None else info.low
        high = math.inf if info.high is None else info.high
        port = Port(param, (), range=Range(low, high))
        try:
            require_range(port, ranges.get((giver.name, output)))
        except Refusal as refusal:
            found.append(Problem(node=call.name, port=param, sentence=refusal.sentence))
    return found


def axes_problem(call: Call, values: Mapping[str, Any]) -> tuple[str, Text, Fix | None] | None:
    """Return (port, sentence, fix) for the first input whose shape contradicts its port, or None.

    An axis name stands for one size in all inputs of a node, except "b" (the batch) and "...".
    """
    sizes: dict[str, tuple[int, _Given]] = {}
    for port in inputs_of(call.node):
        shape = getattr(values.get(port.name), "shape", None)
        axes = next((t.axes for t in port.types if _fits(t.axes, shape)), port.types[0].axes)
        if axes is None or not isinstance(shape, (torch.Size, tuple)):
            continue
        given = _Given(port, axes.split(), tuple(shape))
        if not _fits(axes, shape):
            return port.name, _misshapen(given), None
        for name, size in zip(given.axes, shape, strict=False):
            other, first = sizes.setdefault(name, (size, given))
            if other != size and name not in ("...", "b"):
                return port.name, _clash(name, given, size, first, other), None
    return None


class _Given(NamedTuple):
    """An input: its port, the axis names of the port, and the shape of the value."""

    port: Port
    axes: list[str]
    shape: tuple[int, ...]

    @property
    def item(self) -> str:
        """Return the shape of an item, without the batch axis."""
        sizes = self.shape[1:] if self.axes[:1] == ["b"] else self.shape
        return " ".join(map(str, sizes))


def _misshapen(given: _Given) -> Text:
    name, must = PortName(given.port.name), either(_words(t) for t in given.port.types)
    if not given.item:
        return say("{port} takes {must}; it is given single numbers.", port=name, must=must)
    words = "{port} takes {must}; it is given the shape {found}."
    return say(words, port=name, must=must, found=given.item)


def _words(kind: PortType) -> Word:
    return Word(kind.words or kind.name)


def _clash(axis: str, given: _Given, size: int, first: _Given, other: int) -> Text:
    """Return a sentence on the shape, or the axis, that differs from that of an earlier port."""
    parts = {"port": PortName(given.port.name), "other": PortName(first.port.name)}
    if given.axes == first.axes:
        words = "{port} must have the shape of {other}, {must}; it has {found}."
        return say(words, must=first.item, found=given.item, **parts)
    words = "{axis} of {port} must be as of {other}, {must}; it is {found}."
    return say(words, axis=axis, must=other, found=size, **parts)


def _fits(axes: str | None, shape: Any) -> bool:
    if axes is None or shape is None:
        return True
    names = axes.split()
    return len(shape) >= len(names) - 1 if "..." in names else len(shape) == len(names)
