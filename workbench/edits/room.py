"""Make room for a node that was put into a wire: what lies further on moves to the right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.document.graph import Change, Graph, Put, Wire
from workbench.edits.base import HEIGHT, SNAP, WIDTH

GAP, LEAST, BESIDE = 48.0, 32.0, 8.0  # px: between columns, the least of it, between rows
Box = tuple[float, float, float, float]  # left, top, right, bottom
Sizes = Mapping[str, tuple[float, float]]


def make_room(graph: Graph, node: str, wire: Wire, sizes: Sizes) -> Change:
    """Move a node that was put into a wire to where it covers none, and the rest out of its way.

    All that begins right of the cut moves alike, with frames and reroutes, so that nothing comes to
    lie on anything. Nothing moves where the wire runs back to the left.
    """
    boxes = {name: _box(graph, name, sizes) for name in graph.layout.positions}
    ends = [boxes.get(wire.source), boxes.get(wire.target), boxes.get(node)]
    if None in ends or ends[1][0] < ends[0][2]:  # type: ignore[index]
        return Change("Make room", ())
    at = _clear(boxes, node, wire)
    puts = []
    if at != boxes[node]:
        puts.append(Put(("layout", "positions", node), [at[0], at[1]]))
    cut, by = _cut({n: b for n, b in boxes.items() if n != node}, at, boxes[wire.target])
    if by > 0:
        puts += _shifted(graph, node, cut, by)
    return Change("Make room", tuple(puts))


def _box(graph: Graph, node: str, sizes: Sizes) -> Box:
    x, y = graph.layout.positions[node]
    width, height = sizes.get(node, (WIDTH, HEIGHT))
    return x, y, x + width, y + height


def _clear(boxes: Mapping[str, Box], node: str, wire: Wire) -> Box:
    """Return where the node lies right of its source and of all that it would cover."""
    left, top, right, bottom = boxes[node]
    width = right - left
    if left < boxes[wire.source][2] + LEAST:
        left = _on_grid(boxes[wire.source][2] + GAP)
    others = sorted(b for n, b in boxes.items() if n not in (node, wire.source, wire.target))
    for box in others:
        if box[0] <= left and _meet(box, (left, top, left + width, bottom)):
            left = _on_grid(box[2] + GAP)
    return left, top, left + width, bottom


def _cut(others: Mapping[str, Box], at: Box, target: Box) -> tuple[float, float]:
    """Return the line from which all moves, and by how much."""
    lefts = [b[0] for b in others.values() if b[0] > at[0] and _meet(b, at)]
    cut = min([target[0], *lefts])
    by = at[2] + GAP - cut
    return cut, _on_grid(by) if by > GAP - LEAST else 0.0


def _meet(one: Box, two: Box) -> bool:
    """Return whether two boxes come nearer than rows may."""
    return (
        one[0] < two[2] + BESIDE
        and two[0] < one[2] + BESIDE
        and one[1] < two[3] + BESIDE
        and two[1] < one[3] + BESIDE
    )


def _on_grid(value: float) -> float:
    return -(-value // SNAP) * SNAP


def _shifted(graph: Graph, node: str, cut: float, by: float) -> Iterator[Put]:
    layout = graph.layout
    for name, (x, y) in layout.positions.items():
        if x >= cut and name != node:
            yield Put(("layout", "positions", name), [x + by, y])
    for part in ("frames", "notes"):
        for name, fields in getattr(layout, part).items():
            x, y, width, height = fields["rect"]
            if x >= cut:
                yield Put(("layout", part, name, "rect"), [x + by, y, width, height])
            elif part == "frames" and x + width > cut:
                yield Put(("layout", part, name, "rect"), [x, y, width + by, height])
    for key, way in layout.reroutes.items():
        if any(x >= cut for x, _ in way):
            moved = [[x + by if x >= cut else x, y] for x, y in way]
            yield Put(("layout", "reroutes", key), moved)
