"""Edits of what lies in a frame. A node lies in the smallest frame that its corner is in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from engine.document.graph import Board, Change, Graph, Put
from nodes.errors import Refusal
from nodes.sentences import say
from workbench.edits.base import HEIGHT, SNAP, WIDTH, known, name_of, names_of

Sizes = Mapping[str, tuple[float, float]]
Box = tuple[float, float, float, float]  # left, top, width, height
MARGIN, HEAD, GAP = 24.0, 48.0, 24.0
STEP = 3 * SNAP


def frame_of(board: Board, node: str) -> str:
    """Return the frame that a node lies in, or ""."""
    spot = board.layout.positions.get(node)
    return frame_at(board, spot) if spot is not None else ""


def frame_at(board: Board, spot: Sequence[float]) -> str:
    """Return the smallest frame around a point, or ""."""
    x, y = spot
    found = [
        (w * h, frame)
        for frame, (left, top, w, h) in _rects(board)
        if left <= x < left + w and top <= y < top + h
    ]
    return min(found)[1] if found else ""


def into_frame(graph: Graph, ids: Iterable[str], frame: str, sizes: Sizes | None = None) -> Change:
    """Move nodes, as they lie to each other, to where a frame has room; it grows if it has none.

    Without a frame, move them out of all frames, to the right of everything.
    """
    nodes = [n for n in known(graph, ids) if n in graph.layout.positions]
    if not nodes:
        raise Refusal("There are no nodes to move.", "Select some.")
    label = say("Move {nodes} out of the frames", nodes=names_of(graph, nodes))
    if frame:
        label = say(
            "Move {nodes} into {frame}", nodes=names_of(graph, nodes), frame=name_of(graph, frame)
        )
    nodes = [n for n in nodes if frame_of(graph, n) != frame]
    if not nodes:
        return Change(label, ())
    boxes = {n: _box(graph, n, sizes or {}) for n in graph.layout.positions}
    moved = _around([boxes[n] for n in nodes])
    others = [box for n, box in boxes.items() if n not in nodes]
    if frame:
        spot, rect = _room(graph.layout.frames[frame]["rect"], moved, others)
    else:
        rights = [box[0] + box[2] for box in (*others, *(r for _, r in _rects(graph)))]
        spot, rect = (max(rights, default=moved[0]) + GAP, moved[1]), None
    dx, dy = _on_grid(spot[0]) - moved[0], _on_grid(spot[1]) - moved[1]
    puts = [Put(("layout", "positions", n), [boxes[n][0] + dx, boxes[n][1] + dy]) for n in nodes]
    if rect is not None and list(rect) != graph.layout.frames[frame]["rect"]:
        puts.append(Put(("layout", "frames", frame, "rect"), list(rect)))
    return Change(label, tuple(puts))


def _rects(board: Board) -> Iterator[tuple[str, Box]]:
    for frame, fields in board.layout.frames.items():
        rect = fields.get("rect")
        if isinstance(rect, list) and len(rect) == 4:
            yield frame, (rect[0], rect[1], rect[2], rect[3])


def _room(rect: list[float], moved: Box, others: list[Box]) -> tuple[tuple[float, float], Box]:
    """Return the first free place in a frame, row by row, and the frame as it is then."""
    left, top, width, height = rect
    first, wide, high = left + MARGIN, moved[2], moved[3]
    right = max(left + width, first + wide + MARGIN)
    near = [b for b in others if b[0] < right and b[0] + b[2] > left and b[1] + b[3] > top]
    y = top + HEAD
    while (x := _free(first, right - MARGIN, (y, wide, high), near)) is None:
        y += STEP
    bottom = max(top + height, y + high + SNAP + MARGIN)
    return (x, y), (left, top, max(right, x + wide + SNAP + MARGIN) - left, bottom - top)


def _free(
    first: float, last: float, row: tuple[float, float, float], near: list[Box]
) -> float | None:
    """Return the first free place in a row of a frame, None without one."""
    y, wide, high = row
    beside = [b for b in near if _meets((b[0], y, b[2], high), b)]
    for x in (first, *sorted(b[0] + b[2] + GAP for b in beside if b[0] + b[2] + GAP > first)):
        fits = x == first or x + wide <= last
        if fits and not any(_meets((x, y, wide, high), b) for b in beside):
            return x
    return None


def _box(board: Board, node: str, sizes: Sizes) -> Box:
    x, y = board.layout.positions[node]
    return (x, y, *sizes.get(node, (WIDTH, HEIGHT)))


def _around(boxes: list[Box]) -> Box:
    left, top = min(b[0] for b in boxes), min(b[1] for b in boxes)
    right, bottom = max(b[0] + b[2] for b in boxes), max(b[1] + b[3] for b in boxes)
    return left, top, right - left, bottom - top


def _meets(one: Box, two: Box) -> bool:
    return (
        one[0] < two[0] + two[2] + GAP / 2
        and two[0] < one[0] + one[2] + GAP / 2
        and one[1] < two[1] + two[3] + GAP / 2
        and two[1] < one[1] + one[3] + GAP / 2
    )


def _on_grid(value: float) -> float:
    return -(-value // SNAP) * SNAP
