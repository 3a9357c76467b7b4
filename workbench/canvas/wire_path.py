"""The path of a wire: cubics with horizontal tangents from port to port through its reroutes."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import cast

from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QPainterPath

LEAST, MOST = 24.0, 120.0  # length of a handle
CORNER, ARC = 12.0, 7  # radius of a routed wire's corners, and pieces of each
OVERLAP = 0.6  # by which drawn pieces reach over their ends, so that no seam is seen
PIECES = 32  # straight pieces per cubic, for hit tests, moving dots and painting

Spot = tuple[float, float]
Box = tuple[float, float, float, float]  # left, top, right, bottom
Run = tuple[int, int]  # the first of some pieces that follow each other, and that after the last


def corners(rect: QRectF) -> Box:
    return cast(Box, rect.getCoords())  # Qt's stubs type it as object


def rectangle(box: Box) -> QRectF:
    left, top, right, bottom = box
    return QRectF(left, top, right - left, bottom - top)


def handle(start: QPointF, end: QPointF) -> float:
    """Return the length of a handle: half the horizontal distance, clamped."""
    return _reach(start.x(), end.x())


def _reach(start: float, end: float) -> float:
    return min(max(abs(end - start) / 2, LEAST), MOST)


def path_of(points: Sequence[QPointF]) -> QPainterPath:
    path = QPainterPath(points[0])
    for start, end in pairwise(points):
        if abs(start.y() - end.y()) < 0.01 and end.x() > start.x():
            path.lineTo(end)
            continue
        reach = handle(start, end)
        path.cubicTo(start.x() + reach, start.y(), end.x() - reach, end.y(), end.x(), end.y())
    return path


def bounds_of(points: Sequence[QPointF]) -> QRectF:
    """Return a rectangle that contains the path, without building it."""
    x = left = right = points[0].x()
    top = bottom = points[0].y()
    for end in points[1:]:
        to_x, to_y = end.x(), end.y()
        reach = _reach(x, to_x)
        left, right = min(left, to_x, to_x - reach), max(right, to_x, x + reach)
        top, bottom = min(top, to_y), max(bottom, to_y)
        x = to_x
    return QRectF(left, top, right - left, max(bottom - top, 0.1))


def polyline_of(points: Sequence[QPointF]) -> Polyline:
    """Return the path as straight pieces."""
    way = [(points[0].x(), points[0].y())]
    pieces: list[int] = []
    for number, (start, end) in enumerate(pairwise(points)):
        bend = curve((start.x(), start.y()), (end.x(), end.y()))[1:]
        way += bend
        pieces += [number] * len(bend)
    return Polyline(way, pieces)


class Polyline:
    """Straight pieces, for distances to points, positions along the path and visible parts.

    `pieces` gives, for each piece, the segment between two reroutes that it belongs to.
    """

    def __init__(
        self, points: list[Spot], pieces: list[int], lengths: list[float] | None = None
    ) -> None:
        self.points = points
        self.pieces = pieces
        self._boxes: list[Box] | None = None
        self._lines: list[QLineF] | None = None
        self.lengths = lengths or _lengths(points)  # from the start

    @property
    def length(self) -> float:
        return self.lengths[-1]

    def at(self, distance: float) -> Spot:
        """Return the point at `distance` from the start."""
        piece = min(max(bisect_right(self.lengths, distance) - 1, 0), len(self.points) - 2)
        (ax, ay), (bx, by) = self.points[piece], self.points[piece + 1]
        span = self.lengths[piece + 1] - self.lengths[piece]
        share = (distance - self.lengths[piece]) / span if span else 0.0
        return ax + (bx - ax) * share, ay + (by - ay) * share

    def shifted(self, dx: float, dy: float) -> Polyline:
        return Polyline([(x + dx, y + dy) for x, y in self.points], self.pieces, self.lengths)

    def trimmed(self, end: float) -> Polyline:
        """Return the line without `end` px at both ends."""
        last = self.length - end
        inner = [p for p, d in zip(self.points, self.lengths, strict=True) if end < d < last]
        points = [self.at(end), *inner, self.at(last)]
        return Polyline(points, [0] * (len(points) - 1))

    @property
    def lines(self) -> list[QLineF]:
        """Return the pieces to draw."""
        if self._lines is None:
            self._lines = [_overlapping(*ends) for ends in pairwise(self.points)]
        return self._lines

    def parts(self, boxes: Sequence[Box]) -> list[Run]:
        """Return the runs of pieces that touch a box."""
        wanted = self._touched(boxes)
        runs: list[Run] = []
        at = 0
        while at < len(wanted):
            if not wanted[at]:
                at += 1
                continue
            start = at
            while at < len(wanted) and wanted[at]:
                at += 1
            runs.append((start, at))
        return runs

    def _touched(self, boxes: Sequence[Box]) -> list[bool]:
        """Return for each piece whether it touches a box. Plain loops: called for every frame."""
        if self._boxes is None:
            self._boxes = [
                (min(ax, bx), min(ay, by), max(ax, bx), max(ay, by))
                for (ax, ay), (bx, by) in pairwise(self.points)
            ]
        touched = [False] * len(self._boxes)
        for left, top, right, bottom in boxes:
            for i, (l, t, r, b) in enumerate(self._boxes):  # noqa: E741
                if l <= right and r >= left and t <= bottom and b >= top:
                    touched[i] = True
        return touched

    def crosses(self, start: Spot, end: Spot) -> bool:
        """Return whether a straight stroke meets the line."""
        (ax, ay), (bx, by) = start, end
        box = (min(ax, bx), min(ay, by), max(ax, bx), max(ay, by))
        pieces = zip(pairwise(self.points), self._touched([box]), strict=True)
        return any(near and _crossing(start, end, *piece) for piece, near in pieces)

    def nearest(self, x: float, y: float) -> tuple[float, int, float]:
        """Return the distance to a point, the nearest segment, and the distance along the line."""
        best, where, along = math.inf, 0, 0.0
        for i, ((ax, ay), (bx, by)) in enumerate(zip(self.points, self.points[1:], strict=False)):
            dx, dy = bx - ax, by - ay
            span = dx * dx + dy * dy
            share = ((x - ax) * dx + (y - ay) * dy) / span if span else 0.0
            share = min(max(share, 0.0), 1.0)
            distance = math.hypot(ax + dx * share - x, ay + dy * share - y)
            if distance < best:
                best, where = distance, self.pieces[i]
                along = self.lengths[i] + share * math.sqrt(span)
        return best, where, along


def _crossing(a: Spot, b: Spot, c: Spot, d: Spot) -> bool:
    """Return whether the piece from a to b meets that from c to d."""
    return _side(a, b, c) * _side(a, b, d) <= 0 and _side(c, d, a) * _side(c, d, b) <= 0


def _side(a: Spot, b: Spot, c: Spot) -> float:
    """Return on which side of the line through a and b a point lies, as a sign; 0 on it."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _overlapping(start: Spot, end: Spot) -> QLineF:
    (ax, ay), (bx, by) = start, end
    over = OVERLAP / (math.hypot(bx - ax, by - ay) or 1.0)
    dx, dy = (bx - ax) * over, (by - ay) * over
    return QLineF(ax - dx, ay - dy, bx + dx, by + dy)


def _lengths(points: list[Spot]) -> list[float]:
    lengths = [0.0]
    for (ax, ay), (bx, by) in pairwise(points):
        lengths.append(lengths[-1] + math.hypot(bx - ax, by - ay))
    return lengths


def curve(start: Spot, end: Spot) -> list[Spot]:
    """Return points on the cubic between two points, both included."""
    (ax, ay), (bx, by) = start, end
    if abs(ay - by) < 0.01 and bx > ax:
        return [start, end]
    reach = _reach(ax, bx)
    found = [start]
    for i in range(1, PIECES + 1):
        t = i / PIECES
        s = 1 - t
        a, b, c, d = s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t
        found.append(
            (a * ax + b * (ax + reach) + c * (bx - reach) + d * bx, (a + b) * ay + (c + d) * by)
        )
    return found


def rounded_path(corners: Sequence[Spot]) -> QPainterPath:
    """Return straight pieces with rounded corners."""
    path = QPainterPath(QPointF(*corners[0]))
    for before, corner, after in _rounded(corners):
        path.lineTo(*before)
        path.quadTo(*corner, *after)
    path.lineTo(*corners[-1])
    return path


def rounded_polyline(corners: Sequence[Spot]) -> Polyline:
    """Return the rounded path as straight pieces."""
    way = [corners[0]]
    for (ax, ay), (bx, by), (cx, cy) in _rounded(corners):
        for i in range(ARC + 1):
            t = i / ARC
            s = 1 - t
            a, b, c = s * s, 2 * s * t, t * t
            way.append((a * ax + b * bx + c * cx, a * ay + b * by + c * cy))
    way.append(corners[-1])
    return Polyline(way, [0] * (len(way) - 1))


def _rounded(corners: Sequence[Spot]) -> Iterator[tuple[Spot, Spot, Spot]]:
    """Return each inner corner between the points where its rounding starts and ends."""
    for place in range(1, len(corners) - 1):
        at = corners[place]
        yield _towards(at, corners[place - 1]), at, _towards(at, corners[place + 1])


def _towards(at: Spot, other: Spot) -> Spot:
    dx, dy = other[0] - at[0], other[1] - at[1]
    length = math.hypot(dx, dy)
    share = min(CORNER / length, 0.5) if length else 0.0
    return at[0] + dx * share, at[1] + dy * share
