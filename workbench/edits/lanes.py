"""Arrange a graph: training in lanes from left to right, one for each optimizer; looking below.

Frames stay whole: each is arranged inside, then moved as one. What was further up or left than its
likes stays so.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product

import networkx as nx
import numpy as np

from engine.document.graph import Graph
from workbench.edits.base import HEIGHT, SNAP, WIDTH
from workbench.edits.layers import acyclic, drawn_near

WIDE, HIGH = 1424.0, 808.0  # units: the canvas of a window of 1366 x 768 at 70 %
WIDTHS = (1424.0, 1160.0, 960.0, 760.0, 560.0, 400.0)  # of frames, to choose from
GAPS = (
    48.0,
    40.0,
    32.0,
)  # between nodes side by side, the first with which a block is not too wide
STACK = 1.0  # how high a column is, in shares of the highest thing in its row
UNDER = 32.0  # between nodes, one below the other
BACK = 400.0  # units that a wire to the left counts for
FRAME, TITLE = 24.0, 40.0  # inside a frame: to its sides, and to its top

Size = tuple[float, float]
Roles = Callable[[str], str]  # of a node: as its kind's in the catalogue


@dataclass
class Block:
    """Things arranged with each other: the place of each, and the size of all."""

    places: dict[str, tuple[float, float]] = field(default_factory=dict)
    frames: dict[str, tuple[float, float, float, float]] = field(default_factory=dict)
    width: float = 0.0
    height: float = 0.0

    def put(self, name: str, at: tuple[float, float], size: Size) -> None:
        self.places[name] = at
        self.grow(at[0] + size[0], at[1] + size[1])

    def take(self, other: Block, at: tuple[float, float]) -> None:
        """Put another block into this one."""
        x, y = at
        self.places |= {name: (px + x, py + y) for name, (px, py) in other.places.items()}
        self.frames |= {n: (fx + x, fy + y, w, h) for n, (fx, fy, w, h) in other.frames.items()}
        self.grow(x + other.width, y + other.height)

    def grow(self, right: float, bottom: float) -> None:
        self.width, self.height = max(self.width, right), max(self.height, bottom)


class Arranging:
    """A graph to arrange; `roles` says what each node is for."""

    def __init__(self, graph: Graph, sizes: Mapping[str, Size], roles: Roles) -> None:
        self.graph = graph
        self.roles = lambda name: roles(name) if name in graph.nodes else "note"
        self.net = acyclic(graph, list(graph.nodes))
        self.boxes = {**graph.layout.frames, **graph.layout.notes}
        self.sizes = {n: _up(sizes.get(n, (WIDTH, HEIGHT))) for n in graph.nodes}
        self.sizes |= {n: _up(_rect(note)[2:]) for n, note in graph.layout.notes.items()}
        self.old = {n: tuple(graph.layout.positions.get(n, (0.0, 0.0))) for n in graph.nodes}
        self.old |= {n: _rect(box)[:2] for n, box in self.boxes.items()}
        self.training = self._training()

    def _training(self) -> set[str]:
        """Return the nodes that training needs."""
        ends = [n for n in self.graph.nodes if self.roles(n) in ("trainer", "optimizer")]
        if not ends:  # nothing is trained yet, or it is a group
            return {n for n in self.net if self.net.degree(n) and not self._looks(n)}
        return set(ends).union(*(nx.ancestors(self.net, end) for end in ends))

    def _looks(self, name: str) -> bool:
        return name in self.graph.layout.notes or self.roles(name) in ("view", "metric")

    def all(self) -> Block:
        """Return the first arrangement that fits the room, else the one that fits best."""
        found = Block()
        least = math.inf
        for gaps, under, frames_first in product(GAPS, (False, True), (True, False)):
            block = self._packed(gaps, under, frames_first)
            over = max(block.width / WIDE, block.height / HIGH, 1.0)
            if over < least - 1e-9:
                found, least = block, over
            if over == 1.0:
                break
        return found

    def _packed(self, gap: float, under: bool, frames_first: bool) -> Block:
        """Put training first; `under`: with its trainer below the optimizers, not beside them."""
        inside = self._framed()
        free = [n for n in self.sizes if n not in inside]
        frames: dict[str, list[str]] = {frame: [] for frame in self.graph.layout.frames}
        for name, frame in inside.items():
            frames[frame].append(name)
        packing = Packing(self, gap)
        lanes = self._lanes([n for n in free if n in self.training], gap, under)
        if lanes.places:
            packing.put_lanes(lanes)
        loose = self._in_turn([n for n in free if n not in self.training])
        small = [n for n in loose if self._looks(n)]
        for name in loose if not frames_first else [n for n in loose if n not in small]:
            packing.put_node(name)
        for frame in sorted(frames, key=self._reading):
            packing.put([self._frame(frame, frames[frame], wide, gap) for wide in WIDTHS])
        for name in small if frames_first else []:
            packing.put_node(name)
        return packing.block

    def _in_turn(self, names: list[str]) -> list[str]:
        """Return makers along their wires, then views, metrics and notes."""
        net = self.net.subgraph(n for n in names if n in self.net)
        level = {n: i for i, la in enumerate(nx.topological_generations(net)) for n in la}
        makers = [n for n in names if not self._looks(n)]
        makers.sort(key=lambda n: (level[n], self._reading(n)))
        return makers + sorted(set(names) - set(makers), key=self._looking)

    def _reading(self, name: str) -> tuple[float, float]:
        x, y = self.old[name]
        return round(y / 96), x

    def _framed(self) -> dict[str, str]:
        """Return the smallest frame around the middle of each node and note."""
        rects = {f: _rect(fields) for f, fields in self.graph.layout.frames.items()}
        found: dict[str, str] = {}
        for name, (width, _) in self.sizes.items():
            x, y = self.old[name][0] + min(width, WIDTH) / 2, self.old[name][1] + 16
            around = [f for f, (l, t, w, h) in rects.items() if l <= x <= l + w and t <= y <= t + h]  # noqa: E741
            if around:
                found[name] = min(around, key=lambda f: rects[f][2] * rects[f][3])
        return found

    def _frame(self, frame: str, names: list[str], wide: float, gap: float) -> Block:
        """Arrange a frame: its training above, its looking below."""
        lanes = self._lanes([n for n in names if n in self.training], gap, False)
        rows = self._row([n for n in names if n not in self.training], wide - 2 * FRAME, gap)
        block = Block()
        if lanes.places:
            block.take(lanes, (FRAME, TITLE))
        if rows.places:
            block.take(rows, (FRAME, block.height + gap if lanes.places else TITLE))
        width = max(block.width + FRAME, 240.0)
        block.frames[frame] = (0.0, 0.0, width, max(block.height + FRAME, 96.0))
        block.grow(width, block.frames[frame][3])
        return block

    def _lanes(self, names: list[str], gap: float, under: bool) -> Block:
        return Lanes(self, names, gap, under).block()

    def _row(self, names: list[str], wide: float, gap: float) -> Block:
        """Arrange looking in rows: samplers first, then views; small things on top of others."""
        order = self._in_turn(names)
        makers = [n for n in order if not self._looks(n)]
        columns = _columns(makers, self.sizes, lambda n: True)
        columns += _columns(order[len(makers) :], self.sizes, lambda n: self.roles(n) != "view")
        return _rows(columns, self.sizes, wide, gap)

    def _looking(self, name: str) -> tuple[int, tuple[float, float]]:
        rank = {"view": 0, "metric": 1}.get(self.roles(name), 2)
        return rank, self._reading(name)


class Packing:
    """Blocks put beside and below each other, into a room of `WIDE` times `HIGH` if they fit."""

    def __init__(self, arranging: Arranging, gap: float) -> None:
        self.all = arranging
        self.gap = gap
        self.block = Block()
        self.boxes: list[tuple[float, float, float, float]] = []

    def put_lanes(self, lanes: Block) -> None:
        """Put lanes first; what comes later may stand below a short part of them."""
        self.block.take(lanes, (0.0, 0.0))
        self.boxes += [(*at, *self.all.sizes[name]) for name, at in lanes.places.items()]

    def put_node(self, name: str) -> None:
        """Put a node or a note."""
        alone = Block()
        alone.put(name, (0.0, 0.0), self.all.sizes[name])
        self.put([alone])

    def put(self, variants: list[Block]) -> None:
        """Put the variant of a block that costs least where it costs least."""
        best = min((self._best(v) for v in variants), key=lambda found: found[0])
        _, at, block = best
        self.block.take(block, at)
        self.boxes.append((*at, block.width, block.height))

    def _best(self, block: Block) -> tuple[float, tuple[float, float], Block]:
        if not self.boxes:
            return 0.0, (0.0, 0.0), block
        boxes = np.array(self.boxes)
        left, top, wide, high = boxes.T
        gap_x = gap_y = self.gap
        xs = np.unique(np.concatenate([[0.0], left, left + wide + gap_x]))
        ys = np.unique(np.concatenate([[0.0], top, top + high + gap_y]))
        x, y = (axis.ravel() for axis in np.meshgrid(xs, ys))
        free = ~(
            (x[:, None] < left + wide + gap_x)
            & (x[:, None] + block.width + gap_x > left)
            & (y[:, None] < top + high + gap_y)
            & (y[:, None] + block.height + gap_y > top)
        ).any(axis=1)
        x, y = x[free], y[free]
        right = np.maximum(x + block.width, self.block.width)
        bottom = np.maximum(y + block.height, self.block.height)
        cost = 50.0 * (np.maximum(right - WIDE, 0) + np.maximum(bottom - HIGH, 0))
        cost += 0.5 * (bottom - self.block.height) + 0.1 * (right - self.block.width)
        cost += 0.2 * self._away(block, x, y)
        place = int(np.argmin(cost))
        return float(cost[place]), (float(x[place]), float(y[place])), block

    def _away(self, block: Block, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return how far a block is from what leads to it; further if the wires lead back."""
        net, there = self.all.net, self.block.places
        ends = [
            (there[before], block.places[name])
            for name in block.places
            if name in net
            for before in net.predecessors(name)
            if before in there
        ]
        if not ends:
            return np.zeros(len(x))
        away = [
            np.abs(x + at[0] - b[0]) + np.abs(y + at[1] - b[1]) + BACK * (x + at[0] <= b[0])
            for b, at in ends
        ]
        return np.mean(away, axis=0)


class Lanes:
    """The lanes of one block."""

    def __init__(self, arranging: Arranging, names: list[str], gap: float, under: bool) -> None:
        self.all = arranging
        self.gap = gap
        self.under = under
        self.names = names
        self.net = arranging.net.subgraph(names)
        order = sorted(names, key=arranging._reading)
        rank = {n: i for i, n in enumerate(order)}
        layers = [sorted(g, key=rank.__getitem__) for g in nx.topological_generations(self.net)]
        layers = drawn_near(self.net, layers)
        self.level = {n: i for i, layer in enumerate(layers) for n in layer}
        self.rank = rank

    def block(self) -> Block:
        block = Block()
        x = self._across()
        y = 0.0
        for lane in self._split():
            high = 0.0
            for column in self._columns(lane):
                below = y
                for name in column:
                    block.put(name, (x[name], below), self.all.sizes[name])
                    below += self.all.sizes[name][1] + UNDER
                high = max(high, below - UNDER - y)
            y += high + self.gap
        for trainer in self._trainers():
            self._place_trainer(block, trainer, x)
        return block

    def _trainers(self) -> list[str]:
        return [n for n in self.names if self.all.roles(n) == "trainer"]

    def _split(self) -> list[list[str]]:
        """Return the nodes of each lane: of each optimizer, with what is nearest to it."""
        ends = [n for n in self.names if self.all.roles(n) == "optimizer"]
        ends.sort(key=self.rank.__getitem__)
        lane: dict[str, int] = {}
        front: list[str] = []
        for place, end in enumerate(ends):
            for name in (end, *self._trained(end)):
                if name not in lane:
                    lane[name] = place
                    front.append(name)
        while front:
            front = list(self._spread(lane, front))
        rest = [n for n in self.names if n not in lane and n not in self._trainers()]
        lanes = [[n for n in self.names if lane.get(n) == place] for place in range(len(ends))]
        return [*lanes, rest] if rest else lanes

    def _trained(self, end: str) -> Iterator[str]:
        """Return the sources of an optimizer's wires: its loss and its models."""
        return (w.source for w in self.all.graph.wires if w.target == end and w.source in self.net)

    def _spread(self, lane: dict[str, int], front: list[str]) -> Iterator[str]:
        for name in front:
            for before in self.net.predecessors(name):
                if before not in lane and before not in self._trainers():
                    lane[before] = lane[name]
                    yield before

    def _columns(self, lane: Iterable[str]) -> list[list[str]]:
        columns: dict[int, list[str]] = {}
        for name in sorted(lane, key=self.rank.__getitem__):
            columns.setdefault(self.level[name], []).append(name)
        return [columns[level] for level in sorted(columns)]

    def _across(self) -> dict[str, float]:
        """Return how far right each node is: clear of what leads to it and of its lane."""
        sizes, x = self.all.sizes, dict[str, float]()
        lanes = [self._columns(lane) for lane in self._split()]
        right = [0.0 - self.gap for _ in lanes]
        columns = [(self.level[c[0]], place, c) for place, la in enumerate(lanes) for c in la]
        for _, place, column in sorted(columns, key=lambda c: c[:2]):
            before = [
                x[b] + sizes[b][0] for n in column for b in self.net.predecessors(n) if b in x
            ]
            at = max([right[place], *before]) + self.gap
            x |= dict.fromkeys(column, at)
            right[place] = at + max(sizes[n][0] for n in column)
        for trainer in self._trainers():
            ends = [n for n in self.net.predecessors(trainer) if self.all.roles(n) == "optimizer"]
            last = max((x[n] for n in ends), default=0.0)
            x |= dict.fromkeys(ends, last)
            beyond = [x[n] + sizes[n][0] for n in self.net.predecessors(trainer) if n in x]
            x[trainer] = last if self.under else max(beyond, default=-self.gap) + self.gap
        return x

    def _place_trainer(self, block: Block, trainer: str, x: dict[str, float]) -> None:
        """Put a trainer beside the middle of its optimizers."""
        sizes = self.all.sizes
        ends = [n for n in self.net.predecessors(trainer) if n in block.places]
        tops = [block.places[n][1] for n in ends]
        y = (min(tops) + max(tops)) / 2 if tops else block.height + self.gap
        while any(
            _meet((x[trainer], y, *sizes[trainer]), (*at, *sizes[n]), UNDER - 1)
            for n, at in block.places.items()
        ):
            y += SNAP
        block.put(trainer, (x[trainer], math.floor(y / SNAP) * SNAP), sizes[trainer])


def _columns(
    names: list[str], sizes: Mapping[str, Size], kind: Callable[[str], object]
) -> list[list[str]]:
    """Stack neighbours of one kind as long as they are no higher than the highest thing."""
    most = STACK * max((sizes[n][1] for n in names), default=0.0)
    columns: list[list[str]] = []
    for name in names:
        last = columns[-1] if columns else []
        high = sum(sizes[n][1] + UNDER for n in last) + sizes[name][1]
        if last and kind(last[-1]) == kind(name) and high <= most:
            last.append(name)
        else:
            columns.append([name])
    return columns


def _rows(columns: list[list[str]], sizes: Mapping[str, Size], wide: float, gap: float) -> Block:
    block, x, y = Block(), 0.0, 0.0
    for column in columns:
        width = max(sizes[n][0] for n in column)
        if x and x + width > wide:
            x, y = 0.0, block.height + gap
        below = y
        for name in column:
            block.put(name, (x, below), sizes[name])
            below += sizes[name][1] + UNDER
        x += width + gap
    return block


def _rect(fields: Mapping[str, list[float]]) -> tuple[float, float, float, float]:
    x, y, width, height = [*fields.get("rect", ()), 0.0, 0.0, 240.0, 160.0][:4]
    return x, y, width, height


def _up(size: Iterable[float]) -> Size:
    width, height = (math.ceil(side / SNAP) * SNAP for side in size)
    return width, height


def _meet(
    a: tuple[float, float, float, float], b: tuple[float, float, float, float], gap: float
) -> bool:
    return (
        a[0] < b[0] + b[2] + gap
        and b[0] < a[0] + a[2] + gap
        and a[1] < b[1] + b[3] + gap
        and b[1] < a[1] + a[3] + gap
    )
