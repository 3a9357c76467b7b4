"""Parameters that wires set: between two steps, not in a pull.

So it holds for all that a training uses, for optimisers and for networks that others call too, and
in a step a parameter has one value. It depends on other numbers and on the step, on no data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from engine.document.graph import Graph, Wire
from engine.document.walks import topological
from engine.document.wiring import drives
from engine.pull.plan import Call, Source, source_of
from nodes.base import Node


class Drive(NamedTuple):
    """A parameter of a call's node, and where its value comes from."""

    call: Call
    param: str
    source: Source


def parted(graph: Graph, wires: Iterable[Wire]) -> tuple[list[Wire], list[Wire]]:
    """Return the wires that give arguments, and those that set parameters."""
    plain: list[Wire] = []
    setting: list[Wire] = []
    for wire in wires:
        (setting if drives(graph, wire) else plain).append(wire)
    return plain, setting


def drives_in(
    calls: Mapping[str, Call], order: Sequence[str], wires: Sequence[Wire], setting: Sequence[Wire]
) -> tuple[Drive, ...]:
    """Return the parameters that wires set, in the order in which they are to be set.

    A node that sets a parameter may have one that is set: that one comes first.
    """
    setting = [w for w in setting if w.source in calls and w.target in calls]
    if not setting:
        return ()
    nodes = {name: call.node for name, call in calls.items()}
    slots = {name: call.slot for name, call in calls.items()}
    depth = {name: n for n, name in enumerate(topological(list(order), [*wires, *setting]))}
    found: dict[tuple[int, str], Drive] = {}
    for wire in sorted(setting, key=lambda w: depth.get(w.source, 0)):
        call = calls[wire.target]
        if _may_be_set(call.node, wire.input):
            source = source_of(wire, slots, nodes, {})
            found[id(call.node), wire.input] = Drive(call, wire.input, source)
    return tuple(found.values())


def _may_be_set(node: Node, param: str) -> bool:
    """Return whether an object has this parameter, and a wire may set it."""
    info = node._declared.get(param)
    return info is not None and info.drivable
