"""Routes of wires around nodes: level and upright pieces from port to port.

A wire goes directly where nothing stands in its way. Otherwise its route is the cheapest one along
the edges of what it must pass (Wybrow, Marriott & Stuckey, Orthogonal connector routing, 2009).
Wires of one output share a line as far as they can; those of different outputs keep `APART`.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from workbench.canvas.wire_path import Box, Spot, curve

STUB = 16.0  # the shortest direct wire
TRIED = ((16.0, 320.0), (16.0, 1600.0), (8.0, 1600.0), (4.0, 1600.0))
"""How far a route stays from nodes, and how far out of its way it goes: the first that succeeds."""
NEAR_BY = 7.0  # the least after it was shifted
APART = 8.0  # between the lines of two outputs
DIRECT, STEEP = 240.0, 144.0  # how far right and down the longest direct wire goes, if not level
BEND, SHARED, CROWDED = 48.0, 0.35, 1.6  # cost of a bend; shares of a length on a line in use
TRIES = (1, -1, 2, -2, 3, -3, 4, -4, 5, -5)

Net = tuple[str, str]  # an output: the node and the port
Place = tuple[int, int, int]  # column, row, heading
Route = list[float]  # y, x, y, x, ..., y: the places of the pieces, level and upright in turns


@dataclass(slots=True)
class Ask:
    """A wire to route, from an output to an input. `own` are the obstacles at its ends."""

    net: Net
    start: Spot
    end: Spot
    own: tuple[int, int]
    route: Route = field(default_factory=list)  # empty: direct

    def joins(self, start: Spot, end: Spot) -> bool:
        return self.start == start and self.end == end

    @property
    def corners(self) -> list[Spot]:
        """Return the ends and corners of the route, none if it is direct."""
        return corners_of(self.start, self.end, self.route)


def corners_of(start: Spot, end: Spot, route: Route) -> list[Spot]:
    if not route:
        return []
    found, x = [start], start[0]
    for place, at in enumerate(route[1:], 1):
        if place % 2:
            x = at
            found.append((x, route[place - 1]))
        else:
            found.append((x, at))
    return [*found, end]


@dataclass(slots=True)
class Piece:
    """A straight piece of a route. `place` is its index there; the first and last are fixed."""

    ask: Ask
    place: int
    low: float
    high: float

    @property
    def at(self) -> float:
        return self.ask.route[self.place]

    @property
    def upright(self) -> bool:
        return self.place % 2 == 1

    @property
    def fixed(self) -> bool:
        return self.place in (0, len(self.ask.route) - 1)


def pieces_of(ask: Ask) -> list[Piece]:
    found = []
    for place, ((ax, ay), (bx, by)) in enumerate(pairwise(ask.corners)):
        a, b = (ay, by) if place % 2 else (ax, bx)
        found.append(Piece(ask, place, min(a, b), max(a, b)))
    return found


def route_all(asks: Sequence[Ask], obstacles: Sequence[Box], settled: Sequence[Ask] = ()) -> None:
    """Set the routes of wires around obstacles, beside those of others that are settled."""
    walls = np.array(obstacles, float).reshape(-1, 4)
    lines = Lines()
    for ask in settled:
        lines.add(ask)
    detours = [ask for ask in asks if not is_free(ask, walls)]
    for ask in sorted(detours, key=_length):
        ask.route = _routed(ask, walls, lines)
        lines.add(ask)
    _separate(detours, walls, settled)


def _length(ask: Ask) -> float:
    return abs(ask.start[0] - ask.end[0]) + abs(ask.start[1] - ask.end[1])


def is_free(ask: Ask, walls: np.ndarray) -> bool:
    """Return whether a wire can go directly."""
    (sx, sy), (ex, ey) = ask.start, ask.end
    level = abs(sy - ey) < 0.5 and ex > sx
    if ex - sx < STUB or not (level or (ex - sx <= DIRECT and abs(ey - sy) <= STEEP)):
        return False
    way = np.array([(sx, sy), (ex, ey)] if level else curve(ask.start, ask.end))
    low, high = np.minimum(way[:-1], way[1:]), np.maximum(way[:-1], way[1:])
    left, top, right, bottom = walls.T[:, :, None]
    met = (low[:, 0] < right + NEAR_BY) & (high[:, 0] > left - NEAR_BY)
    met &= (low[:, 1] < bottom + NEAR_BY) & (high[:, 1] > top - NEAR_BY)
    met[list(ask.own)] = False
    return not bool(met.any())


class Lines:
    """The lines in use: for each piece of a route its place, its ends and its output."""

    def __init__(self) -> None:
        self.level: list[tuple[float, float, float, Net]] = []
        self.upright: list[tuple[float, float, float, Net]] = []

    def add(self, ask: Ask) -> None:
        for piece in pieces_of(ask):
            kept = self.upright if piece.upright else self.level
            kept.append((piece.at, piece.low, piece.high, ask.net))


def _routed(ask: Ask, walls: np.ndarray, lines: Lines) -> Route:
    """Return the cheapest route, direct if there is none."""
    found = (_try(ask, walls, lines, clear, around) for clear, around in TRIED)
    return next((route for route in found if route), [])


def _try(ask: Ask, walls: np.ndarray, lines: Lines, clear: float, around: float) -> Route:
    """Return the cheapest route that keeps so far from nodes."""
    (sx, sy), (ex, ey) = ask.start, ask.end
    first, last = (sx + clear, sy), (ex - clear, ey)
    left, right = min(first[0], last[0]) - around, max(first[0], last[0]) + around
    top, bottom = min(sy, ey) - around, max(sy, ey) + around
    near = walls[
        (walls[:, 0] < right) & (walls[:, 2] > left) & (walls[:, 1] < bottom) & (walls[:, 3] > top)
    ]
    xs = _places(near[:, 0] - clear, near[:, 2] + clear, (first[0], last[0]), left, right)
    ys = _places(near[:, 1] - clear, near[:, 3] + clear, (sy, ey), top, bottom)
    grid = Grid(xs, ys, _grown(near, clear - 1), lines, ask.net)
    return grid.route(first, last)


def _places(
    low: np.ndarray, high: np.ndarray, ends: tuple[float, float], least: float, most: float
) -> list[float]:
    """Return the lines to try, without those that are nearly another; the ends' are kept."""
    found = sorted({*low.tolist(), *high.tolist()})
    kept = sorted(set(ends))
    for at in found:
        if least <= at <= most and all(abs(at - other) >= APART / 2 for other in kept):
            kept.append(at)
    return sorted(kept)


def _grown(walls: np.ndarray, by: float) -> np.ndarray:
    return walls + np.array([-by, -by, by, by])


class Grid:
    """The lines that a route may follow, and what each step along them costs."""

    def __init__(
        self, xs: list[float], ys: list[float], walls: np.ndarray, lines: Lines, net: Net
    ) -> None:
        self.xs, self.ys = xs, ys
        x, y = np.array(xs), np.array(ys)
        left, top, right, bottom = walls.T
        self.level = self._costs(x, y, (left, right), (top, bottom), lines.level, net)
        self.upright = self._costs(y, x, (top, bottom), (left, right), lines.upright, net)

    def _costs(
        self,
        along: np.ndarray,
        across: np.ndarray,
        ends: tuple[np.ndarray, np.ndarray],
        sides: tuple[np.ndarray, np.ndarray],
        lines: Iterable[tuple[float, float, float, Net]],
        net: Net,
    ) -> list[list[float]]:
        """Return the cost of each step: its length, infinite through a wall."""
        a, b = along[:-1], along[1:]
        cost = np.repeat((b - a)[None, :], len(across), axis=0)
        for at, low, high, other in lines:
            on = np.abs(across - at) < (1.0 if other == net else APART)
            meets = (a < high - 1) & (b > low + 1)
            cost[np.ix_(on, meets)] *= SHARED if other == net else CROWDED
        inside = (across[:, None] > sides[0]) & (across[:, None] < sides[1])  # line, wall
        passed = (a[:, None] < ends[1]) & (b[:, None] > ends[0])  # step, wall
        cost[(inside[:, None, :] & passed[None, :, :]).any(axis=2)] = np.inf
        result: list[list[float]] = cost.tolist()
        return result

    def route(self, first: Spot, last: Spot) -> Route:
        """Return the cheapest route that leaves and arrives to the right (Dijkstra, 1959)."""
        xs, ys = self.xs, self.ys
        start = (xs.index(first[0]), ys.index(first[1]), 0)
        goal = (xs.index(last[0]), ys.index(last[1]), 0)
        cost = {start: 0.0}
        before: dict[Place, Place] = {}
        queue = [(0.0, start)]
        while queue:
            so_far, here = heapq.heappop(queue)
            if here == goal:
                return self._turns(start, goal, before)
            if so_far > cost[here]:
                continue
            for there, step in self._steps(here, goal):
                total = so_far + step
                if total < cost.get(there, np.inf):
                    cost[there], before[there] = total, here
                    heapq.heappush(queue, (total, there))
        return []

    def _steps(self, here: Place, goal: Place) -> Iterator[tuple[Place, float]]:
        """Return the next places and their costs. The headings: right, down, left, up."""
        i, j, heading = here
        if (i, j) == goal[:2] and heading in (1, 3):
            yield goal, BEND
        for turn in (0, 1, 3):
            to = (heading + turn) % 4
            bend = BEND if turn else 0.0
            if to == 0 and i + 1 < len(self.xs):
                yield (i + 1, j, to), self.level[j][i] + bend
            elif to == 2 and i:
                yield (i - 1, j, to), self.level[j][i - 1] + bend
            elif to == 1 and j + 1 < len(self.ys):
                yield (i, j + 1, to), self.upright[i][j] + bend
            elif to == 3 and j:
                yield (i, j - 1, to), self.upright[i][j - 1] + bend

    def _turns(self, start: Place, goal: Place, before: dict[Place, Place]) -> Route:
        """Return the places of the pieces on the way to the goal; the first and last are level."""
        way = [goal]
        while way[-1] != start:
            way.append(before[way[-1]])
        route, level = [self.ys[start[1]]], True
        for (i, _, _), (_, to, heading) in pairwise(reversed(way)):
            if (heading % 2 == 0) != level:
                level = not level
                route.append(self.ys[to] if level else self.xs[i])
        return route if len(route) > 1 else []


def _separate(asks: Sequence[Ask], walls: np.ndarray, settled: Sequence[Ask]) -> None:
    """Shift pieces that lie on those of another output."""
    fixed = [piece for ask in settled for piece in pieces_of(ask)]
    for upright in (False, True):
        pieces = [p for ask in asks for p in pieces_of(ask) if p.upright == upright]
        taken = [p for p in fixed if p.upright == upright] + [p for p in pieces if p.fixed]
        for bundle in _bundles([p for p in pieces if not p.fixed]):
            _shift(bundle, taken, walls)
            taken += bundle


def _bundles(pieces: list[Piece]) -> list[list[Piece]]:
    """Return the pieces that move together: of one output, on one line, the longest first."""
    bundles: dict[tuple[Net, float], list[list[Piece]]] = {}
    for piece in sorted(pieces, key=lambda p: p.low):
        row = bundles.setdefault((piece.ask.net, piece.at), [])
        if row and max(p.high for p in row[-1]) >= piece.low:
            row[-1].append(piece)
        else:
            row.append([piece])
    found = [bundle for row in bundles.values() for bundle in row]
    return sorted(found, key=lambda b: min(p.low for p in b) - max(p.high for p in b))


def _shift(bundle: list[Piece], taken: list[Piece], walls: np.ndarray) -> None:
    """Move a bundle to the nearest place that is free, with all that hangs on it."""
    here = bundle[0].at
    for step in (0, *TRIES):
        at = here + step * APART
        if any(_crowds(piece, at, other) for piece in bundle for other in taken):
            continue
        for piece in bundle:
            piece.ask.route[piece.place] = at
        if not step or not any(_strikes(piece, walls) for piece in bundle):
            return
    for piece in bundle:
        piece.ask.route[piece.place] = here


def _strikes(piece: Piece, walls: np.ndarray) -> bool:
    """Return whether a piece, or one beside it that it has moved, is too near to a node."""
    near = pieces_of(piece.ask)[max(piece.place - 1, 0) : piece.place + 2]
    return any(_hits(part, walls) for part in near)


def _crowds(piece: Piece, at: float, other: Piece) -> bool:
    if other.ask.net == piece.ask.net:
        return False
    meets = piece.low < other.high + 2 and piece.high > other.low - 2
    return meets and abs(at - other.at) < APART


def _hits(piece: Piece, walls: np.ndarray) -> bool:
    along, across = (1, 0) if piece.upright else (0, 1)
    met = walls[:, across] - NEAR_BY < piece.at
    met &= walls[:, across + 2] + NEAR_BY > piece.at
    met &= (walls[:, along] < piece.high) & (walls[:, along + 2] > piece.low)
    return bool(met.any())
