"""Where wires end: the ports of nodes."""

from __future__ import annotations

from engine.document.graph import Wire
from workbench.widgets.ports import Side

End = tuple[str, Side, str]


def ends_of(wire: Wire) -> tuple[tuple[str, End], tuple[str, End]]:
    """Return both ends of a wire, each with its node."""
    return (
        (wire.source, (wire.source, "output", wire.output)),
        (wire.target, (wire.target, "input", wire.input)),
    )


def sides_of(wire: Wire, node: str) -> list[Side]:
    """Return the sides of a node where a wire ends; two if a bad file wires a node to itself."""
    sides: list[Side] = []
    if wire.source == node:
        sides.append("output")
    if wire.target == node:
        sides.append("input")
    return sides
