"""Tidy: where nodes, frames and notes go. Wires, order and values stay as they are.

A U stands as one (`ushape`), and so does a frame with what it holds. Pinned nodes stay, with the
frames around them; so does all that is not selected, where something is. A group's border stands
left and right of what it holds.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engine.document.graph import ABSENT, Change, Graph, Layout, Put, Wire
from engine.document.naming import IN, OUT
from nodes.sentences import say
from workbench.edits.base import BORDER, HEIGHT, WIDTH, Point, known, snapped
from workbench.edits.lanes import FRAME, TITLE, Arranging, Block
from workbench.edits.layers import GAP_X, layered
from workbench.edits.ushape import Shapes, Sizes, find_u, placed_u

MOST_ARRANGED = 120  # nodes, in lanes: more take seconds
GAP = 32.0  # from what stays
HEAD = 16.0  # how far below its corner a node's middle lies, for the frame that holds it
LAYER = "layer"
Rect = tuple[float, float, float, float]  # left, top, width, height
Spots = Callable[[str, str, str], float]


@dataclass(frozen=True)
class Seen:
    """What the canvas and the last check know of a graph.

    `roles`: what each node is for; `shapes`: of outputs; `spots`: how far down a node each port is.
    """

    sizes: Sizes = field(default_factory=dict)
    roles: Callable[[str], str] | None = None
    shapes: Shapes = field(default_factory=dict)
    spots: Spots = lambda node, side, name: HEIGHT / 2


def tidied(graph: Graph, ids: Iterable[str] | None, seen: Seen) -> Change:
    """Return the change that lays out nodes, all by default."""
    tidying = _Tidying(graph, seen)
    chosen = known(graph, ids) if ids else [n for n in graph.nodes if n not in BORDER]
    fixed = tidying.held_by_pins()
    nodes = [n for n in chosen if n not in fixed]
    if len(nodes) < 2:
        return Change("Tidy", ())
    if ids:
        tidying.some(nodes)
        return Change(say("Tidy {count} nodes", count=len(nodes)), tuple(tidying.puts(nodes)))
    tidying.all(nodes, fixed)
    return Change("Tidy", tuple(tidying.puts(nodes)))


class _Tidying:
    """Places found for nodes and notes, and rects for frames."""

    def __init__(self, graph: Graph, seen: Seen) -> None:
        self.graph, self.seen = graph, seen
        layout = graph.layout
        self.old: dict[str, Rect] = {}
        for name in graph.nodes:
            x, y = layout.positions.get(name, (0.0, 0.0))
            self.old[name] = (x, y, *seen.sizes.get(name, (WIDTH, HEIGHT)))
        for name, box in {**layout.frames, **layout.notes}.items():
            self.old[name] = _rect(box)
        self.within = {name: self._around(name) for name in self.old}
        self.grouped = IN in graph.nodes
        self.new: dict[str, Point] = {}
        self.rects: dict[str, Rect] = {}

    def _around(self, name: str) -> str:
        """Return the smallest frame around something, "" if there is none."""
        x, y, wide, _ = self.old[name]
        frames = self.graph.layout.frames
        if name in frames:
            around = [f for f in frames if f != name and _holds(self.old[f], self.old[name])]
        else:
            at = (x + min(wide, WIDTH) / 2, y + HEAD, 0.0, 0.0)
            around = [f for f in frames if _holds(self.old[f], at)]
        return min(around, key=lambda f: (self.old[f][2] * self.old[f][3], f), default="")

    def inside(self, frame: str) -> list[str]:
        """Return what a frame holds, at any depth."""
        found = [n for n, around in self.within.items() if around == frame]
        return [
            *found,
            *(n for f in found if f in self.graph.layout.frames for n in self.inside(f)),
        ]

    def held_by_pins(self) -> set[str]:
        """Return what stays: pinned nodes, and frames that hold one with all that is in them."""
        fixed = {n for n in self.graph.layout.pinned if n in self.graph.nodes}
        for node in [*fixed]:
            frame = self.within[node]
            while frame:
                fixed |= {frame, *self.inside(frame)}
                frame = self.within[frame]
        return fixed

    def puts(self, nodes: Collection[str]) -> Iterable[Put]:
        """Return the puts of what was found; reroutes of wires between these nodes go."""
        layout, moved = self.graph.layout, {*nodes}
        for name, (x, y) in self.new.items():
            if name in layout.notes:
                yield Put(("layout", "notes", name, "rect"), [x, y, *self.old[name][2:]])
            else:
                yield Put(("layout", "positions", name), [x, y])
        for name, rect in self.rects.items():
            yield Put(("layout", "frames", name, "rect"), [*rect])
        ends = {str(w) for w in self.graph.wires if {w.source, w.target} <= moved | {*BORDER}}
        yield from (
            Put(("layout", "reroutes", key), ABSENT) for key in layout.reroutes if key in ends
        )

    # --- all ---

    def all(self, nodes: list[str], fixed: Collection[str]) -> None:
        """Lay out these nodes, and the frames and notes that do not stay, around what does."""
        layout = self.graph.layout
        boxes = [n for n in (*layout.frames, *layout.notes) if n not in fixed]
        corner = self._corner([*nodes, *boxes])
        few = len(nodes) <= MOST_ARRANGED and self.seen.roles is not None
        block = self._in_lanes(nodes, boxes) if few else self._in_frames([*nodes, *boxes], "")
        self._take(block, corner)
        if fixed:
            self._keep_off([self.old[n] for n in fixed])
        if self.grouped:
            self._place_border([self.old[n] for n in fixed])

    def _corner(self, names: Iterable[str]) -> Point:
        rects = [self.old[n] for n in names]
        x, y = snapped((min(r[0] for r in rects), min(r[1] for r in rects)))
        return x, y

    def _take(self, block: Block, at: Point) -> None:
        x, y = at
        places = block.places.items()
        self.new |= {n: (float(round(px + x)), float(round(py + y))) for n, (px, py) in places}
        self.rects |= {n: (fx + x, fy + y, w, h) for n, (fx, fy, w, h) in block.frames.items()}

    def _in_lanes(self, nodes: list[str], boxes: list[str]) -> Block:
        """Arrange in lanes, with each U as one thing."""
        roles = self.seen.roles
        assert roles is not None
        held: dict[str, Block] = {}
        stands: dict[str, str] = {}  # what each node of a U is part of
        for frame in ("", *self.graph.layout.frames):
            names = [n for n in nodes if self.within[n] == frame]
            names = [n for n in names if self.grouped or roles(n) == LAYER]
            found = self._as_u(names, guess=self.grouped)
            if found is not None:
                whole = f"\0{len(held)}"
                held[whole] = found
                stands |= dict.fromkeys(found.places, whole)
        part = self._part(nodes, boxes, stands)
        sizes = {n: self.old[n][2:] for n in nodes} | {
            w: (b.width, b.height) for w, b in held.items()
        }
        block = Arranging(part, sizes, lambda n: roles(n) if n in self.graph.nodes else LAYER).all()
        for whole, inner in held.items():
            block.take(inner, block.places.pop(whole))
        return block

    def _part(self, nodes: list[str], boxes: list[str], stands: Mapping[str, str]) -> Graph:
        """Return the graph of these nodes, with one in place of all that stand as one."""
        graph, layout = self.graph, self.graph.layout
        names = dict.fromkeys(stands.get(n, n) for n in nodes)
        some = graph.nodes[nodes[0]]
        places = {n: graph.nodes.get(n, some) for n in names}
        corners = {n: list(self.old[n][:2]) for n in places if n in self.old}
        for whole in {*stands.values()}:
            corners[whole] = list(self._corner(n for n, w in stands.items() if w == whole))
        return Graph(
            nodes=places,
            wires=_between(graph.wires, stands, names),
            layout=Layout(
                positions=corners,
                frames={n: layout.frames[n] for n in boxes if n in layout.frames},
                notes={n: layout.notes[n] for n in boxes if n in layout.notes},
            ),
        )

    def _as_u(self, names: list[str], *, guess: bool) -> Block | None:
        """Return the U that nodes form, laid out, if they do."""
        u = find_u(self.graph, names, self.seen.shapes, guess=guess)
        if u is None:
            return None
        places = placed_u(self.graph, u, self.seen.sizes, self.seen.spots)
        return self._block(places)

    def _block(self, places: Mapping[str, Point]) -> Block:
        block = Block()
        for name, at in places.items():
            block.put(name, at, self.old[name][2:])
        return block

    # --- layers, with frames as wholes ---

    def _in_frames(self, names: Collection[str], frame: str) -> Block:
        """Lay out what a frame holds of these names, in a U or in layers along the wires."""
        chosen = {*names}
        items = [
            n for n in names if (self.within[n] == frame if frame else self.within[n] not in chosen)
        ]
        frames = [n for n in items if n in self.graph.layout.frames]
        inner = {f: self._framed(names, f) for f in frames}
        stands = {n: f for f in frames for n in self.inside(f)}
        sizes = {n: self.old[n][2:] for n in items} | {
            f: (b.width, b.height) for f, b in inner.items()
        }
        part = Graph(wires=_between(self.graph.wires, stands, dict.fromkeys(items)))
        u = find_u(part, items, self.seen.shapes)
        if u is not None:
            spots = self.seen.spots
            spot = lambda n, side, name: spots(n, side, name) if n in self.graph.nodes else TITLE  # noqa: E731
            places = placed_u(part, u, sizes, spot)
        else:
            found = layered(part, items, sizes)
            places = {n: (x, y) for n, at in found.items() for x, y in [snapped(at)]}
        block = Block()
        for name, at in places.items():
            if name in inner:
                block.take(inner[name], at)
            else:
                block.put(name, at, sizes[name])
        return block

    def _framed(self, names: Collection[str], frame: str) -> Block:
        """Lay out a frame with what it holds."""
        held = self._in_frames(names, frame)
        block = Block()
        block.take(held, (FRAME, TITLE))
        if not held.places and not held.frames:
            block.grow(self.old[frame][2] - FRAME, self.old[frame][3] - FRAME)
        block.grow(block.width + FRAME, block.height + FRAME)
        block.frames[frame] = (0.0, 0.0, block.width, block.height)
        return block

    # --- some ---

    def some(self, nodes: list[str]) -> None:
        """Lay out these nodes. A frame goes along if all that it holds is among them."""
        chosen = {*nodes}
        whole = {f for f in self.graph.layout.frames if self._is_whole(f, chosen)}
        names = [*nodes, *whole, *(n for f in whole for n in self.inside(f) if n not in chosen)]
        parts: dict[str, list[str]] = {}
        for name in dict.fromkeys(names):
            around = name
            while around in whole or around == name:
                around = self.within[around]
            parts.setdefault(around, []).append(name)
        for frame, held in parts.items():
            corner = self._corner(held)
            block = self._in_frames(held, "")
            own = [(*at, *self.old[n][2:]) for n, at in block.places.items()]
            moving = _Moving([*own, *block.frames.values()], self._obstacles(frame, {*names}))
            self._take(block, moving.clear(corner))
            if frame:
                self._grow(frame, block)

    def _is_whole(self, frame: str, chosen: Collection[str]) -> bool:
        nodes = [n for n in self.inside(frame) if n in self.graph.nodes]
        return bool(nodes) and all(n in chosen for n in nodes)

    def _obstacles(self, frame: str, moved: Collection[str]) -> list[Rect]:
        """Return what stays where some of the nodes of a frame are laid out, or has its place."""
        around = {frame, *self._frames_of(frame)} if frame else set()
        stay = [self.old[n] for n in self.old if n not in moved and n not in around]
        found = [self.rects[n] for n in self.rects if n not in around]
        return [*stay, *found, *((*at, *self.old[n][2:]) for n, at in self.new.items())]

    def _grow(self, frame: str, block: Block) -> None:
        """Let a frame hold what was laid out in it."""
        left, top, wide, high = self.rects.get(frame, self.old[frame])
        right, bottom = left + wide, top + high
        for name in block.places:
            x, y = self.new[name]
            w, h = self.old[name][2:]
            left, top = min(left, x - FRAME), min(top, y - TITLE)
            right, bottom = max(right, x + w + FRAME), max(bottom, y + h + FRAME)
        self.rects[frame] = (left, top, right - left, bottom - top)

    # --- what stays ---

    def _keep_off(self, fixed: list[Rect]) -> None:
        """Push what would lie on something that stays down, from above to below."""
        stands = {n: f for f in self.rects for n in self.inside(f)}
        things = [n for n in (*self.rects, *self.new) if n not in stands]
        rects = {n: self.rects.get(n) or (*self.new[n], *self.old[n][2:]) for n in things}
        taken = np.array(fixed, float).reshape(-1, 4)
        for name in sorted(things, key=lambda n: (rects[n][1], rects[n][0], n)):
            x, y, wide, high = rects[name]
            down = _downward((x, y, wide, high), taken) - y
            taken = np.vstack([taken, (x, y + down, wide, high)])
            for moved in (name, *(n for n, f in stands.items() if name in self._frames_of(n))):
                self._push(moved, down)

    def _frames_of(self, name: str) -> set[str]:
        found, around = set(), self.within[name]
        while around:
            found.add(around)
            around = self.within[around]
        return found

    def _push(self, name: str, down: float) -> None:
        if name in self.rects:
            x, y, wide, high = self.rects[name]
            self.rects[name] = (x, y + down, wide, high)
        elif name in self.new:
            x, y = self.new[name]
            self.new[name] = (x, y + down)

    def _place_border(self, fixed: list[Rect]) -> None:
        """Put the border of a group left and right of all, beside what it leads to."""
        rects = [
            *fixed,
            *self.rects.values(),
            *((*at, *self.old[n][2:]) for n, at in self.new.items()),
        ]
        left, right = min(r[0] for r in rects), max(r[0] + r[2] for r in rects)
        for end, x in ((IN, left - GAP_X - self.old[IN][2]), (OUT, right + GAP_X)):
            ends = [w.target if end == IN else w.source for w in self.graph.wires if end in w]
            tops = [
                self.new.get(n, self.old[n])[1] for n in ends if n in self.old and n not in BORDER
            ]
            y = tops[0] if tops else min(r[1] for r in rects)
            self.new[end] = tuple(snapped((x, y)))  # type: ignore[assignment]


class _Moving:
    """A block that looks for the nearest place where it lies on nothing that stays."""

    def __init__(self, own: list[Rect], stays: list[Rect]) -> None:
        self.own = np.array(own, float).reshape(-1, 4)
        self.stays = np.array(stays, float).reshape(-1, 4)

    def clear(self, wished: Point) -> Point:
        """Return the nearest free place straight below, above, right or left of the wished one."""
        ways = [self._along(wished, axis, sign) for axis in (1, 0) for sign in (1, -1)]
        x, y = wished
        return min(ways, key=lambda at: abs(at[0] - x) + abs(at[1] - y))

    def _along(self, wished: Point, axis: int, sign: int) -> Point:
        at = list(wished)
        while (by := self._needed(at, axis, sign)) > 0:
            at[axis] += sign * by
        return at[0], at[1]

    def _needed(self, at: list[float], axis: int, sign: int) -> float:
        """Return how far to go so that nothing that is met now is met any more."""
        if not len(self.stays):
            return 0.0
        own = self.own[:, None, :2] + np.array(at), self.own[:, None, 2:]
        stays = self.stays[None, :, :2], self.stays[None, :, 2:]
        meets = (own[0] < stays[0] + stays[1] + GAP) & (stays[0] < own[0] + own[1] + GAP)
        met = meets.all(axis=2)
        if not met.any():
            return 0.0
        if sign > 0:
            by = stays[0][..., axis] + stays[1][..., axis] + GAP - own[0][..., axis]
        else:
            by = own[0][..., axis] + own[1][..., axis] + GAP - stays[0][..., axis]
        return float(np.ceil(by[met].max() / 8) * 8)


def _downward(rect: Rect, taken: np.ndarray) -> float:
    """Return how high the top of a rect must be at least to lie on nothing."""
    x, y, wide, high = rect
    while True:
        met = (taken[:, 0] < x + wide + GAP) & (x < taken[:, 0] + taken[:, 2] + GAP)
        met &= (taken[:, 1] < y + high + GAP) & (y < taken[:, 1] + taken[:, 3] + GAP)
        if not met.any():
            return y
        y = float(np.ceil((taken[met, 1] + taken[met, 3]).max() / 8) * 8 + GAP)


def _between(
    wires: Iterable[Wire], stands: Mapping[str, str], names: Collection[str]
) -> list[Wire]:
    """Return the wires between these names, each of which may stand for several."""
    found: dict[Wire, None] = {}
    for wire in wires:
        source, target = (stands.get(end, end) for end in (wire.source, wire.target))
        if source != target and source in names and target in names:
            found[wire._replace(source=source, target=target)] = None
    return list(found)


def _holds(frame: Rect, rect: Rect) -> bool:
    x, y, wide, high = frame
    left, top, w, h = rect
    return x <= left and y <= top and left + w <= x + wide and top + h <= y + high


def _rect(fields: Mapping[str, Any]) -> Rect:
    x, y, width, height = [*fields.get("rect", ()), 0.0, 0.0, 240.0, 160.0][:4]
    return x, y, width, height
