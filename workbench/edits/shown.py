"""What a document shows by the paths of nodes: views of the dock and of Watch, and Play."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from engine.document.graph import Board, Graph, Layout, Play, Put

Turn = Callable[[str], str]
"""Return the path that a node has from now on; "" where it is gone."""


def top(path: str) -> str:
    """Return the node of a board that a path begins with."""
    return path.partition("/")[0].partition("#")[0]


def shown_anew(layout: Layout, turn: Turn) -> list[Put]:
    """Return the puts after which a layout shows the same nodes by other paths."""
    puts = []
    for part in ("views", "bare"):
        listed = getattr(layout, part)
        puts.append(Put(("layout", part), _kept(listed, turn)))
    rows = [_kept(row, turn) for row in layout.watch]
    puts.append(Put(("layout", "watch"), [row for row in rows if row]))
    if layout.play is not None:
        puts.append(Put(("layout", "play"), _play(layout.play, turn)))
    return [put for put in puts if put.value != getattr(layout, put.path[1])]


def inside(graph: Graph, path: str, group: str, turn: Turn) -> str:
    """Return a path of a document with what lies in a group turned; "" is the document itself."""
    parts = path.split("/")
    board: Board | None = graph
    at = ""
    for depth, part in enumerate(parts):
        if at == group:
            rest = turn("/".join(parts[depth:]))
            return "/".join([*parts[:depth], rest]) if rest else ""
        place = board.nodes.get(top(part)) if board else None
        at = place.group if place else ""
        board = graph.groups.get(at)
        if board is None:
            break
    return path


def _kept(paths: list[str], turn: Turn) -> list[str]:
    return [turned for path in paths if (turned := turn(path))]


def _play(play: Play, turn: Turn) -> Play:
    turned = [replace(i, node=turn(i.node), on=turn(i.on) if i.on else "") for i in play.inputs]
    both = zip(play.inputs, turned, strict=True)
    inputs = [new for old, new in both if new.node and bool(new.on) == bool(old.on)]
    return replace(play, views=_kept(play.views, turn), inputs=inputs)
