"""Edits of the layout: move, align, tidy, frames, notes, reroutes, views."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

from engine.document.graph import ABSENT, Change, Graph, Put, Wire
from nodes.sentences import Text, say
from workbench.edits.base import HEIGHT, WIDTH, Point, known, names_of, snapped

Side = Literal["left", "centre", "right", "top", "middle", "bottom", "columns", "rows"]
Sizes = Mapping[str, tuple[float, float]]
Roles = Callable[[str], str]
Shapes = Mapping[tuple[str, str], str]
Spots = Callable[[str, str, str], float]
MARGIN = 24.0


def move(graph: Graph, to: Mapping[str, Point]) -> Change:
    """Move the top left corners of nodes, frames and notes."""
    puts: list[Put] = []
    for item, point in to.items():
        part = _rect_part(graph, item)
        if part:
            size = getattr(graph.layout, part)[item]["rect"][2:]
            puts.append(Put(("layout", part, item, "rect"), [*map(float, point), *size]))
        else:
            puts.append(Put(("layout", "positions", item), list(map(float, point))))
    return Change(say("Move {nodes}", nodes=names_of(graph, to)) if to else "Move", tuple(puts))


def _rect_part(graph: Graph, item: str) -> str:
    parts = (p for p in ("frames", "notes") if item in getattr(graph.layout, p))
    return next(parts, "")


_ALONG: dict[Side, tuple[int, float]] = {  # axis, and the share of the box that is aligned
    "left": (0, 0.0),
    "centre": (0, 0.5),
    "right": (0, 1.0),
    "top": (1, 0.0),
    "middle": (1, 0.5),
    "bottom": (1, 1.0),
}
_SPREAD: dict[Side, int] = {"columns": 0, "rows": 1}


def align(graph: Graph, ids: Iterable[str], side: Side, sizes: Sizes | None = None) -> Change:
    """Align nodes on a side, or distribute them with equal gaps in columns or rows."""
    nodes = [n for n in known(graph, ids) if n in graph.layout.positions]
    boxes = {n: [*graph.layout.positions[n], *(sizes or {}).get(n, (WIDTH, HEIGHT))] for n in nodes}
    if len(nodes) < 2:
        return Change("Align", ())
    places = _spread(boxes, _SPREAD[side]) if side in _SPREAD else _lined(boxes, *_ALONG[side])
    label = say(
        "Spread {count} nodes" if side in _SPREAD else "Align {count} nodes", count=len(nodes)
    )
    puts = tuple(Put(("layout", "positions", n), snapped(p)) for n, p in places.items())
    return Change(label, puts)


def _lined(boxes: dict[str, list[float]], axis: int, share: float) -> dict[str, list[float]]:
    low = min(b[axis] for b in boxes.values())
    high = max(b[axis] + b[axis + 2] for b in boxes.values())
    line = low + share * (high - low)
    places = {n: b[:2] for n, b in boxes.items()}
    for node, box in boxes.items():
        places[node][axis] = line - share * box[axis + 2]
    return places


def _spread(boxes: dict[str, list[float]], axis: int) -> dict[str, list[float]]:
    order = sorted(boxes, key=lambda n: boxes[n][axis])
    first, last = boxes[order[0]], boxes[order[-1]]
    room = last[axis] + last[axis + 2] - first[axis] - sum(b[axis + 2] for b in boxes.values())
    gap = max(room / (len(order) - 1), 16.0)
    places, at = {n: b[:2] for n, b in boxes.items()}, first[axis]
    for node in order:
        places[node][axis] = at
        at += boxes[node][axis + 2] + gap
    return places


def tidy(
    graph: Graph,
    ids: Iterable[str] | None = None,
    sizes: Sizes | None = None,
    roles: Roles | None = None,
    shapes: Shapes | None = None,
    spots: Spots | None = None,
) -> Change:
    """Lay out nodes (default: all), keeping the top left corner.

    A U stands as one. Else a whole graph whose roles are known is arranged in lanes, with its
    frames and notes; parts of one, and large ones, in layers along the wires. `shapes` are those of
    outputs, `spots` says how far down a node each of its ports lies.
    """
    from workbench.edits.tidying import Seen, tidied  # networkx: the first paint need not wait

    known = {"sizes": sizes, "roles": roles, "shapes": shapes, "spots": spots}
    return tidied(graph, ids, Seen(**{k: v for k, v in known.items() if v is not None}))  # type: ignore[arg-type]


def frame(graph: Graph, ids: Iterable[str], title: str = "", sizes: Sizes | None = None) -> Change:
    """Add a frame around nodes; its id is the last step of the put's path."""
    nodes = [n for n in known(graph, ids) if n in graph.layout.positions]
    boxes = [(*graph.layout.positions[n], *(sizes or {}).get(n, (WIDTH, HEIGHT))) for n in nodes]
    boxes = boxes or [(0.0, 0.0, 240.0, 160.0)]
    x, y = min(b[0] for b in boxes) - MARGIN, min(b[1] for b in boxes) - MARGIN - 24
    right, bottom = max(b[0] + b[2] for b in boxes), max(b[1] + b[3] for b in boxes)
    rect = [x, y, right + MARGIN - x, bottom + MARGIN - y]
    fields = {"title": title or "Frame", "rect": rect}
    return Change("Frame", (Put(("layout", "frames", _fresh_part(graph, "frame")), fields),))


def note(graph: Graph, at: Point, text: str = "", title: str = "Note") -> Change:
    """Add a note; its id is the last step of the put's path."""
    fields = {"title": title, "text": text, "rect": [*snapped(at), 232.0, 104.0]}
    return Change("Add a note", (Put(("layout", "notes", _fresh_part(graph, "note")), fields),))


def _fresh_part(graph: Graph, stem: str) -> str:
    taken = {*graph.nodes, *graph.layout.frames, *graph.layout.notes}
    number = 1
    while f"{stem}_{number}" in taken:
        number += 1
    return f"{stem}_{number}"


def edit_note(graph: Graph, note: str, **fields: Any) -> Change:
    """Set `title`, `text` or `rect` of a note."""
    puts = tuple(Put(("layout", "notes", note, name), value) for name, value in fields.items())
    return Change("Edit the note", puts)


def edit_frame(graph: Graph, frame: str, **fields: Any) -> Change:
    """Set `title` or `rect` of a frame."""
    puts = tuple(Put(("layout", "frames", frame, name), value) for name, value in fields.items())
    return Change("Edit the frame", puts)


def reroute(graph: Graph, wire: Wire, points: Iterable[Point]) -> Change:
    """Route a wire through points; without points it is straight again."""
    way = [snapped(p) for p in points]
    return Change("Reroute a wire", (Put(("layout", "reroutes", str(wire)), way or ABSENT),))


def remove_bends(graph: Graph, bends: Iterable[tuple[Wire, int]]) -> Change:
    """Remove single reroute points, given as pairs of a wire and an index."""
    gone: dict[Wire, set[int]] = {}
    for wire, index in bends:
        gone.setdefault(wire, set()).add(index)
    puts: list[Put] = []
    for wire, places in gone.items():
        points = graph.layout.reroutes.get(str(wire), [])
        left = [p for i, p in enumerate(points) if i not in places]
        puts.append(Put(("layout", "reroutes", str(wire)), left or ABSENT))
    return Change("Straighten a wire", tuple(puts))


def collapse(graph: Graph, ids: Iterable[str]) -> Change:
    """Collapse nodes to their headers; expand them if all are collapsed."""
    nodes = known(graph, ids)
    about = names_of(graph, nodes)
    on, off = say("Collapse {nodes}", nodes=about), say("Open {nodes}", nodes=about)
    return listing(graph.layout.collapsed, "collapsed", nodes, on, off)


def listing(listed: list[str], name: str, nodes: list[str], on: Text, off: Text) -> Change:
    """Put nodes into a list of the layout; if all are in it, take them out."""
    if nodes and all(n in listed for n in nodes):
        return Change(off, (Put(("layout", name), [n for n in listed if n not in nodes]),))
    now = [*listed, *(n for n in nodes if n not in listed)]
    return Change(on, (Put(("layout", name), now),))


def bare(graph: Graph, node: str) -> Change:
    """Hide the data behind what a view shows, or show them again."""
    hidden = node in graph.layout.bare
    words = "Show the data behind {node}" if hidden else "Hide the data behind {node}"
    rest = [name for name in graph.layout.bare if name != node]
    put = Put(("layout", "bare"), rest if hidden else [*rest, node])
    return Change(say(words, node=names_of(graph, [node])), (put,))


def set_views(graph: Graph, views: Iterable[str]) -> Change:
    """Set the pinned views of the dock, in order."""
    return Change("Arrange the views", (Put(("layout", "views"), list(views)),))
