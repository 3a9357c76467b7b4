"""A U: a network whose way goes down to smaller sizes and up again, with skips straight across.

Steps down go to the right and down, steps up to the right and up; steps that a skip joins stand at
one height, so that it is level.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import networkx as nx

from engine.document.graph import Board, Wire
from engine.document.naming import IN, OUT
from workbench.edits.base import HEIGHT, WIDTH, Point
from workbench.edits.lanes import HIGH, WIDE
from workbench.edits.layers import GAP_X, GAP_Y, acyclic, layered, rows_of

Shapes = Mapping[tuple[str, str], str]  # of outputs, as the check says them: `b 64 14 14`
Spots = Callable[[str, str, str], float]  # how far down a port lies: of a node, its side, its name
Sizes = Mapping[str, tuple[float, float]]
MOST_USED = 3  # wires of an output that is a skip: one used more often is a signal to all
LEAST_SKIPS = 2  # where no shapes are known
IN_ROW = (6, 4, 3, 2, 1)  # nodes of a step, side by side


@dataclass
class U:
    """The steps of a U from the outermost one: those down and up, and what lies below all.

    `beside` are the nodes that several steps listen to.
    """

    down: list[list[str]]
    bottom: list[str]
    up: list[list[str]]
    skips: list[Wire]
    beside: list[str] = field(default_factory=list)

    @property
    def steps(self) -> list[list[str]]:
        """Return all steps from left to right."""
        return [*self.down, self.bottom, *reversed(self.up)]


def sides_of(shape: str) -> tuple[int, ...] | None:
    """Return the size of a picture or a sequence from its shape, without batch and channels."""
    sides = shape.split()[2:]
    return tuple(map(int, sides)) if sides and all(s.isdecimal() for s in sides) else None


def find_u(board: Board, nodes: Iterable[str], shapes: Shapes, *, guess: bool = True) -> U | None:
    """Return the U that nodes form, if they do.

    A skip's size is larger than what lies between its ends. Where no shape is known, skips that lie
    within each other count, with `guess`.
    """
    names = [n for n in nodes if n not in (IN, OUT)]
    net = acyclic(board, names)
    if net.number_of_edges() < 4:
        return None
    way = nx.dag_longest_path(net)
    skips = _skips(board, way, shapes, guess=guess)
    if not skips:
        return None
    u = _steps(way, skips)
    _part_feeders(net, u)
    _join_others(net, u, names)
    return u


def _skips(board: Board, way: list[str], shapes: Shapes, *, guess: bool) -> list[Wire]:
    """Return one wire across for each size, from the outermost one."""
    at = {node: place for place, node in enumerate(way)}
    uses: dict[tuple[str, str], int] = {}
    for wire in board.wires:
        uses[wire.source, wire.output] = uses.get((wire.source, wire.output), 0) + 1
    across = [
        wire
        for wire in board.wires
        if wire.source in at
        and at.get(wire.target, -1) > at[wire.source] + 1
        and uses[wire.source, wire.output] <= MOST_USED
    ]
    sizes = {w: _area(shapes.get((w.source, w.output), "")) for w in across}
    if any(sizes.values()):
        passed = _passed(board, way, shapes)
        shrinking = [
            w for w in across if _least(passed[at[w.source] + 1 : at[w.target]]) < sizes[w]
        ]
        return _nested(_innermost(shrinking, sizes, at), at)
    found = _most_nested(across, at) if guess else []
    return found if len(found) >= LEAST_SKIPS else []


def _area(shape: str) -> int:
    area = 1
    for side in sides_of(shape) or (0,):
        area *= side
    return area


def _passed(board: Board, way: list[str], shapes: Shapes) -> list[int]:
    """Return the size of what each node on the way hands on to the next; 0: not known."""
    onward = set(pairwise(way))
    found = {
        w.source: _area(shapes.get((w.source, w.output), ""))
        for w in board.wires
        if (w.source, w.target) in onward
    }
    return [found.get(node, 0) for node in way]


def _least(sizes: list[int]) -> float:
    return min((size for size in sizes if size), default=float("inf"))


def _innermost(wires: list[Wire], sizes: Mapping[Wire, int], at: Mapping[str, int]) -> list[Wire]:
    """Return for each size the wire that begins last, the largest size first."""
    best: dict[int, Wire] = {}
    for wire in wires:
        size, other = sizes[wire], best.get(sizes[wire])
        if other is None or _span(wire, at) < _span(other, at):
            best[size] = wire
    return [best[size] for size in sorted(best, reverse=True)]


def _span(wire: Wire, at: Mapping[str, int]) -> tuple[int, int]:
    return -at[wire.source], at[wire.target]


def _nested(wires: Iterable[Wire], at: Mapping[str, int]) -> list[Wire]:
    """Return the wires that lie within those before them."""
    kept: list[Wire] = []
    for wire in wires:
        if not kept or _within(wire, kept[-1], at):
            kept.append(wire)
    return kept


def _within(wire: Wire, other: Wire, at: Mapping[str, int]) -> bool:
    return at[wire.source] > at[other.source] and at[wire.target] < at[other.target]


def _most_nested(wires: list[Wire], at: Mapping[str, int]) -> list[Wire]:
    """Return the longest row of wires of which each lies within the one before."""
    best: dict[Wire, list[Wire]] = {}
    for wire in sorted(wires, key=lambda w: (at[w.source], -at[w.target], str(w))):
        around = [row for other, row in best.items() if _within(wire, other, at)]
        best[wire] = [*max(around, key=len, default=[]), wire]
    return max(best.values(), key=len, default=[])


def _steps(way: list[str], skips: list[Wire]) -> U:
    at = {node: place for place, node in enumerate(way)}
    begins = [0, *(at[w.source] + 1 for w in skips)]
    ends = [*(at[w.target] for w in reversed(skips)), len(way)]
    return U(
        down=[way[begins[i] : begins[i + 1]] for i in range(len(skips))],
        bottom=way[begins[-1] : ends[0]],
        up=[way[ends[i] : ends[i + 1]] for i in reversed(range(len(skips)))],
        skips=skips,
    )


def _part_feeders(net: nx.DiGraph, u: U) -> None:
    """Take what several steps listen to off the head of the way."""
    step = {node: place for place, nodes in enumerate(u.steps) for node in nodes}
    head = u.down[0]
    for place in reversed(range(len(head) - 1)):
        others = {step[n] for n in net.successors(head[place]) if step.get(n)}
        if len(others) > 1:
            u.down[0] = head[place + 1 :]
            return


def _join_others(net: nx.DiGraph, u: U, names: list[str]) -> None:
    """Add the nodes that belong to one step to it, and list the others."""
    step = {node: place for place, nodes in enumerate(u.steps) for node in nodes}
    order = list(nx.topological_sort(net))
    after, before = (
        _reached(net.successors, order[::-1], step),
        _reached(net.predecessors, order, step),
    )
    steps = u.steps
    for node in names:
        if node in step:
            continue
        meets = after[node] | before[node]
        if len(meets) == 1:
            steps[min(meets)].append(node)
        else:
            u.beside.append(node)


def _reached(
    near: Callable[[str], Iterable[str]], order: list[str], step: Mapping[str, int]
) -> dict[str, frozenset[int]]:
    """Return the steps that each node first meets in one direction."""
    found: dict[str, frozenset[int]] = {}
    for node in order:
        met = (frozenset({step[n]}) if n in step else found[n] for n in near(node))
        found[node] = frozenset().union(*met)
    return found


def placed_u(board: Board, u: U, sizes: Sizes, spots: Spots) -> dict[str, Point]:
    """Return the position of each node; the top left corner of all is (0, 0).

    The nodes of a step stand in rows, of as many as let the U fill the canvas best.
    """
    ways = [_placed(board, u, sizes, spots, most) for most in IN_ROW]
    return min(ways, key=lambda places: _beyond(places, sizes))


def _beyond(places: Mapping[str, Point], sizes: Sizes) -> float:
    """Return how much larger than the canvas the whole is, 1 if it fits."""
    right = max(x + _size(n, sizes)[0] for n, (x, _) in places.items())
    bottom = max(y + _size(n, sizes)[1] for n, (_, y) in places.items())
    return max(right / WIDE, bottom / HIGH, 1.0)


def _placed(board: Board, u: U, sizes: Sizes, spots: Spots, most: int) -> dict[str, Point]:
    """Return the positions with so many nodes in a row."""
    blocks = [_Block(board, nodes, sizes, most) for nodes in u.down]
    bottom = _Block(board, u.bottom, sizes, most)
    ups = [_Block(board, nodes, sizes, most, upward=True) for nodes in u.up]
    levels = []
    for one, two, skip in zip(blocks, ups, u.skips, strict=True):
        one.hang_by(skip.source, spots(skip.source, "output", skip.output))
        two.hang_by(skip.target, spots(skip.target, "input", skip.input))
        levels.append((one, two))
    if u.bottom:
        levels.append((bottom,))  # type: ignore[arg-type]
    y, line = 0.0, 0.0
    for place, level in enumerate(levels):
        line = y + max(block.above for block in level) if place else 0.0
        for block in level:
            block.y = line - block.above
        y = line + max(block.below for block in level) + GAP_Y
    x = 0.0
    places: dict[str, Point] = {}
    for block in (*blocks, bottom, *reversed(ups)):
        for node, (left, top) in block.places.items():
            places[node] = (x + left, block.y + top)
        x += block.width + GAP_X if block.places else 0.0
    _place_beside(board, u.beside, places, sizes)
    left, top = (min(p[axis] for p in places.values()) for axis in (0, 1))
    return {node: (px - left, py - top) for node, (px, py) in places.items()}


class _Block:
    """A step, laid out by itself. Its skip lies `above` below its upper edge."""

    def __init__(
        self, board: Board, nodes: list[str], sizes: Sizes, most: int, *, upward: bool = False
    ) -> None:
        self.places = rows_of(board, nodes, sizes, most, upward=upward)
        self.width = max((x + _size(n, sizes)[0] for n, (x, _) in self.places.items()), default=0.0)
        self.height = max(
            (y + _size(n, sizes)[1] for n, (_, y) in self.places.items()), default=0.0
        )
        self.above, self.y = 0.0, 0.0

    def hang_by(self, node: str, spot: float) -> None:
        self.above = self.places[node][1] + spot

    @property
    def below(self) -> float:
        return self.height - self.above


def _size(node: str, sizes: Sizes) -> tuple[float, float]:
    return sizes.get(node, (WIDTH, HEIGHT))


def _place_beside(board: Board, beside: list[str], places: dict[str, Point], sizes: Sizes) -> None:
    """Put what several steps listen to below the way down, at its left."""
    if not beside:
        return
    own = layered(board, beside, sizes)
    width = max(x + _size(n, sizes)[0] for n, (x, _) in own.items())
    taken = [places[n][1] + _size(n, sizes)[1] for n in places if places[n][0] < width + GAP_X]
    top = max(taken, default=0.0) + 2 * GAP_Y
    places.update({node: (x, top + y) for node, (x, y) in own.items()})


def skips_of(board: Board, nodes: Iterable[str], shapes: Shapes) -> Iterator[Wire]:
    """Yield the wires straight across of the U that nodes form, where their shapes are known."""
    u = find_u(board, nodes, shapes, guess=False)
    yield from u.skips if u else ()
