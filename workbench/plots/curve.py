"""Curves: one or more lines, named at their ends.

Arrays: `y:<name>` (n) for each line, over a common `x` (n), its own `x:<name>`, or the index.
Facts: `names` {name: label}, `unit` of y, `x_name`, `log` and `x_log` for logarithmic axes,
`smooth` draws the raw values faintly behind a smoothed line, `scale` gives lines that would look
flat an axis at the right, `end` is the final x, `at` the x of the time slider, `subtitle`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from workbench.look.theme import CURVE_WIDTH, RAW_SHARE
from workbench.plots import axes as grid
from workbench.plots.axes import Axes, number, text_width
from workbench.plots.base import Hit, Picture, Rows, Unreadable
from workbench.plots.look import Limits, Look, Span
from workbench.plots.outline import outlined
from workbench.plots.words import many, tr
from workbench.words.sentences import fact_text

ORDER = (5, 0, 4, 2, 3, 6, 7, 1, 8, 9)  # of the class colours; a loss is orange like its wire
DASHES: tuple[list[float], ...] = ([], [], [5, 2.5], [1.2, 2.2], [7, 2, 1.2, 2])
WINDOW = 120  # a smoothed value is the mean over 1/WINDOW of all values on either side
NAME_GAP, NAME_PITCH = 9.0, 15.0
INSIDE = 0.3  # share of the width from which names stand inside
FLAT, RIGHT_TICKS = 12, 3  # how much lower a line is that has its own axis; its ticks


@dataclass(slots=True)
class Line:
    """One line; `times` is by how much higher it is drawn: 1, or the scale of the right axis."""

    key: str
    name: str
    x: np.ndarray
    y: np.ndarray
    smooth: np.ndarray
    times: float = 1.0


class Curves(Picture):
    """Lines over a common axis."""

    zooms = True
    zooms_up = False

    def read(self) -> None:
        keys = [name[2:] for name in self.figure.arrays if name.startswith("y:")]
        if not keys and "y" in self.figure.arrays:
            keys = [""]
        if not keys:
            raise Unreadable(tr("This figure must have {0}.").format("y:<name>"))
        self.lines = [self._line(key) for key in keys]
        self.flat: list[Line] = []  # those of the axis at the right
        if self.facts.get("scale"):
            self._rescale()
        spans = [grid.roomy(line.smooth * line.times, 0) for line in self.lines]
        self.log = bool(self.facts.get("log")) and any(high > 0 for _, high in spans)
        self._spans = self._measured()

    def _line(self, key: str) -> Line:
        y = self.array(f"y:{key}" if key else "y", 1).astype(float)
        x = self.maybe(f"x:{key}", 1)
        x = self.maybe("x", 1) if x is None else x
        x = np.arange(len(y)) if x is None or len(x) != len(y) else x
        name = fact_text((self.facts.get("names") or {}).get(key, key))
        return Line(key, name, x.astype(float), y, smoothed(y) if self.facts.get("smooth") else y)

    def _rescale(self) -> None:
        """Give lines that would look flat one scale, that of the axis at the right."""
        heights = [_typical(line.smooth) for line in self.lines]
        tallest = max(heights, default=0.0)
        flat = [n for n, height in enumerate(heights) if 0 < height < tallest / FLAT]
        self.flat = [self.lines[n] for n in flat]
        if flat:
            times = _rounded(0.8 * tallest / max(heights[n] for n in flat))
            for line in self.flat:
                line.times = times

    def limits(self) -> Limits:
        return self._spans

    def _measured(self) -> Limits:
        """Return the ranges of x and y; slow for many values."""
        x = np.concatenate([line.x for line in self.lines])
        right = self.facts.get("end")
        span = grid.roomy(x if right is None else np.append(x, float(right)), 0)
        return {"x": self._logged(span, bool(self.facts.get("x_log"))), "y": self._height()}

    def _height(self) -> Span:
        """Return the range of y; for smoothed lines without the steep beginning."""
        values = np.concatenate([line.smooth * line.times for line in self.lines])
        values = values[np.isfinite(values)]
        if self.log:
            return self._logged(grid.roomy(values[values > 0], 0), True)
        if not len(values):
            return (0.0, 1.0)
        if not self.facts.get("smooth"):
            return grid.roomy(values, 0.05)
        spans = [_settled(line.smooth * line.times) for line in self.lines]
        low, high = min(s[0] for s in spans), max(s[1] for s in spans)
        air = (high - low) or abs(high) or 1.0
        low = 0.0 if 0 <= low < 0.5 * high else low - 0.1 * air
        return (low, _up_to_tick(low, high + 0.1 * air))

    def _logged(self, span: Span, log: bool) -> Span:
        if not log:
            return span
        low, high = (math.log10(max(v, 1e-30)) for v in span)
        return (low, high) if high > low else (low - 0.5, high + 0.5)

    def axes(self, area: QRectF, look: Look) -> Axes:
        area = self._without_numbers(area, look)
        spans = self._spans | look.limits
        kinds = {"log_y": self.log, "log_x": bool(self.facts.get("x_log"))}
        axes = grid.place(look, area, spans["x"], spans["y"], **kinds)
        return grid.place(look, area, spans["x"], spans["y"], right=self._room(axes, look), **kinds)

    def _without_numbers(self, area: QRectF, look: Look) -> QRectF:
        """Return the area without the numbers of the axis at the right."""
        if not self.flat or not look.shows_axes:
            return area
        span = (self._spans | look.limits)["y"]
        width = max((text_width(look, text) for _, text in self._numbers(span, look)), default=0.0)
        return area.adjusted(0, 0, -math.ceil(width + 2 * NAME_GAP), 0)

    def _numbers(self, span: Span, look: Look) -> list[tuple[float, str]]:
        """Return the ticks of the axis at the right: where they are on the left one, and texts."""
        times = self.flat[0].times
        if self.log:
            low, high = (part - math.log10(times) for part in span)
        else:
            low, high = (part / times for part in span)
        labels = grid.labels(grid.ticks_of((low, high), self.log, RIGHT_TICKS), self.log)
        return [(value * times, text) for value, text in labels]

    def paint_numbers(self, painter: QPainter, area: QRectF, axes: Axes, look: Look) -> None:
        """Write the numbers of the axis at the right, in the colour of its line if it has one."""
        if not self.flat or not look.shows_axes:
            return
        own = self.lines.index(self.flat[0])
        colour = self.colour(look, own) if len(self.flat) == 1 else look.colour("text2")
        painter.setFont(look.font("tick"))
        left = self._without_numbers(area, look).right() + NAME_GAP
        for value, text in self._numbers(axes.y, look):
            y = float(axes.up(np.array(value)))
            painter.setPen(QPen(colour, 1))
            painter.drawLine(QPointF(left - 5, y), QPointF(left - 1, y))
            box = QRectF(left + 3, y - look.em(8), 200, look.em(16))
            painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)

    def _room(self, axes: Axes, look: Look) -> float:
        """Return by how much the data area must shrink for the names at the lines' ends.

        Where they would take too much of it they stand inside, over the ends of the lines.
        """
        room = 0.0
        width = axes.area.width()
        for line in self.lines:
            if not look.shows_names or not len(line.x) or not line.name:
                continue
            needed = text_width(look, line.name, "name") + NAME_GAP + 2
            share = float(np.clip(axes.share_x(line.x[-1:])[0], 0.05, 1))
            room = max(room, width - (width - needed) / share)
        return room if room <= INSIDE * width else 0.0

    def paint(self, painter: QPainter, area: QRectF, look: Look) -> None:
        axes = self.axes(area, look)
        self.paint_numbers(painter, area, axes, look)
        area = self._without_numbers(area, look)
        reach = area.right() - axes.area.right()
        grid.paint(painter, look, axes, reach=reach)
        painter.save()
        painter.setClipRect(QRectF(axes.area).adjusted(0, -5, reach, 5))
        self._paint_raw(painter, axes, look)
        for index, line in enumerate(self.lines):
            pen = self.pen(look, index, look.line(CURVE_WIDTH) * (0.75 if look.small else 1))
            smooth = line.smooth is not line.y
            _paint_line(painter, axes, line.x, line.smooth * line.times, pen, smooth=smooth)
        painter.restore()
        if look.ink is None:
            self.paint_slider(painter, axes, look)
        if look.shows_names:
            self.paint_names(painter, area, axes, look)

    def _paint_raw(self, painter: QPainter, axes: Axes, look: Look) -> None:
        for index, line in enumerate(self.lines):
            if line.smooth is not line.y:
                share = RAW_SHARE * (1.0 if self.log else _within(line, axes))
                pen = QPen(self.colour(look, index, share), look.line(2.0) / 2)
                _paint_line(painter, axes, line.x, line.y * line.times, pen)

    def colour(self, look: Look, index: int, share: float = 1.0) -> QColor:
        colour = QColor(look.theme.class_colour(ORDER[index % len(ORDER)]))
        colour.setAlphaF(share)
        return colour

    def pen(self, look: Look, index: int, width: float) -> QPen:
        pen = QPen(self.colour(look, index), width)
        dashes = DASHES[index % len(DASHES)] if self.lines[index].times == 1 else DASHES[2]
        if dashes:
            pen.setDashPattern(dashes)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap if dashes else Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.BevelJoin)  # round joins take three times as long
        return pen

    def paint_slider(self, painter: QPainter, axes: Axes, look: Look) -> None:
        at = self.facts.get("at")
        if at is None:
            return
        x = float(axes.across(np.array(float(at))))
        painter.setPen(QPen(look.colour("accent"), 1))
        painter.drawLine(QPointF(x, axes.area.top()), QPointF(x, axes.area.bottom()))

    def paint_names(self, painter: QPainter, area: QRectF, axes: Axes, look: Look) -> None:
        """Write the names at the lines' ends, moved apart where they would overlap."""
        inside = area.right() - axes.area.right() < 1
        ends = sorted(self._ends(axes), key=lambda end: end[1].y())
        if inside:
            heights = self._clear_heights(ends, area, axes, look)
        else:
            top, bottom, pitch = area.top() + 7, axes.area.bottom() - 6, look.em(NAME_PITCH)
            heights = spread_out([end.y() for _, end in ends], top, bottom, pitch)
        painter.setFont(look.font("name"))
        for (index, end), y in zip(ends, heights, strict=True):
            colour = self.colour(look, index)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawEllipse(end, 3.2, 3.2)
            name = self.lines[index].name
            room = text_width(look, name, "name")
            if end.x() + NAME_GAP + room <= area.right() + 2:
                painter.setPen(colour)
                box = QRectF(end.x() + NAME_GAP, y - look.em(10), room + 4, look.em(20))
                painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, name)
            else:
                outlined(painter, look, QPointF(area.right() - room / 2 - 2, y), name, colour)

    def _clear_heights(
        self, ends: list[tuple[int, QPointF]], area: QRectF, axes: Axes, look: Look
    ) -> list[float]:
        """Return the heights of names over the lines: the nearest ones where no line runs."""
        half = look.em(NAME_PITCH) / 2
        bounds = area.top(), axes.area.bottom()
        tracks = [_track(line, axes) for line in self.lines]
        heights: list[float] = []
        for index, end in ends:
            left = area.right() - text_width(look, self.lines[index].name, "name") - NAME_GAP
            taken = [span for track in tracks for span in _crossed(*track, left)]
            taken += [(y - half, y + half) for y in heights]
            heights.append(nearest_clear(end.y(), half, taken, bounds))
        return heights

    def _ends(self, axes: Axes) -> Iterator[tuple[int, QPointF]]:
        for index, line in enumerate(self.lines):
            known = np.flatnonzero(np.isfinite(line.smooth))
            if not len(known):
                continue
            last = slice(known[-1], known[-1] + 1)
            x = float(axes.across(line.x[last])[0])
            y = float(axes.up(line.smooth[last] * line.times)[0])
            if math.isfinite(x + y) and axes.area.left() <= x <= axes.area.right() + 1:
                yield index, QPointF(x, min(max(y, axes.area.top()), axes.area.bottom()))

    def hit(self, place: QPointF, area: QRectF, look: Look) -> Hit | None:
        return self.hit_on(self.axes(area, look), place)

    def hit_on(self, axes: Axes, place: QPointF) -> Hit | None:
        """Return the values at a pixel of these axes, or None."""
        x = self.lines[0].x
        if not axes.area.contains(place) or not len(x):
            return None
        index = int(np.nanargmin(np.abs(axes.across(x) - place.x())))
        words = [f"{self.text('x_name', 'x')} {number(float(x[index]))}"]
        words += [f"{line.name} {number(value)}" for line, value in self._at(float(x[index]))]
        return Hit(" · ".join(words), index)

    def _at(self, x: float) -> Iterator[tuple[Line, float]]:
        for line in self.lines:
            if len(line.x):
                yield line, float(line.smooth[int(np.argmin(np.abs(line.x - x)))])

    def paint_mark(self, painter: QPainter, area: QRectF, look: Look, index: int) -> None:
        self.mark_on(painter, self.axes(area, look), look, index)

    def mark_on(self, painter: QPainter, axes: Axes, look: Look, index: int) -> None:
        """Draw the mark of one value on these axes."""
        if index >= len(self.lines[0].x):
            return
        x = float(self.lines[0].x[index])
        across = float(axes.across(np.array(x)))
        painter.setPen(QPen(look.colour("text3"), 1, Qt.PenStyle.DotLine))
        painter.drawLine(QPointF(across, axes.area.top()), QPointF(across, axes.area.bottom()))
        for number_, (line, value) in enumerate(self._at(x)):
            up = float(axes.up(np.array(value * line.times)))
            if axes.area.top() <= up <= axes.area.bottom():
                painter.setPen(QPen(look.colour("panel"), 1.5))
                painter.setBrush(self.colour(look, number_))
                painter.drawEllipse(QPointF(across, up), 4, 4)

    def summary(self) -> str:
        parts = [_told(line) for line in self.lines if np.isfinite(line.smooth).any()]
        if not parts:
            return tr("A plot without values yet.")
        unit = f" {self.text('unit')}".rstrip()
        longest = max(len(line.y) for line in self.lines)
        points = many(longest, tr("1 value"), tr("{0} values"))
        return f"{'; '.join(parts)}{unit} ({points})."

    def rows(self) -> Rows:
        first = self.lines[0]
        if all(np.array_equal(line.x, first.x) for line in self.lines):
            columns = {self.text("x_name", "x"): first.x}
            return Rows.of(columns | {line.name or "y": line.y for line in self.lines})
        rows = [
            [line.name, x, y]
            for line in self.lines
            for x, y in zip(line.x.tolist(), line.y.tolist(), strict=True)
        ]
        return Rows([tr("name"), self.text("x_name", "x"), "y"], rows)


def _track(line: Line, axes: Axes) -> tuple[np.ndarray, np.ndarray]:
    """Return where a line's known values lie, in pixels: across, and up."""
    known = np.isfinite(line.smooth)
    return axes.across(line.x[known]), axes.up(line.smooth[known] * line.times)


def _crossed(across: np.ndarray, up: np.ndarray, left: float) -> list[Span]:
    """Return the heights between which a line runs from a pixel on, none if it ends before."""
    beyond = across >= left
    if not beyond.any():
        return []
    beyond[:-1] |= beyond[1:].copy()  # it comes from the value before
    heights = up[beyond]
    return [(float(heights.min()) - CURVE_WIDTH, float(heights.max()) + CURVE_WIDTH)]


def _told(line: Line) -> str:
    known = line.smooth[np.isfinite(line.smooth)]
    first, last = number(float(known[0])), number(float(known[-1]))
    text = tr("{0} goes from {1} to {2}") if first != last else tr("{0} stays at {2}")
    return text.format(line.name or "y", first, last)


def _within(line: Line, axes: Axes) -> float:
    """Return how high the axes are as a share of the noise around a smoothed line, at most 1.

    Noise that is higher is painted fainter: it would fill the plot with its colour.
    """
    away = np.abs(line.y - line.smooth)
    away = away[np.isfinite(away)]
    noise = 2 * float(np.quantile(away, 0.9)) * line.times if len(away) else 0.0
    low, high = axes.y
    return min(1.0, (high - low) / noise) if noise > 0 else 1.0


def _paint_line(
    painter: QPainter, axes: Axes, x: np.ndarray, y: np.ndarray, pen: QPen, smooth: bool = False
) -> None:
    """Draw one line, interrupted at NaN."""
    across, up = thinned(axes.across(x), axes.up(y), axes.area, smooth)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    breaks = np.flatnonzero(~np.isfinite(up))
    for start, stop in pairwise([-1, *breaks.tolist(), len(up)]):
        piece = zip(across[start + 1 : stop].tolist(), up[start + 1 : stop].tolist(), strict=True)
        points = [QPointF(*point) for point in piece]
        if len(points) == 1:
            painter.drawPoint(points[0])
        painter.drawPolyline(QPolygonF(points))


def thinned(
    x: np.ndarray, y: np.ndarray, area: QRectF, smooth: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Keep only the lowest and the highest of the values in each pixel column.

    Keep one of a smooth line. Lines that are not functions of x are unchanged.
    """
    seen = (x >= area.left() - 2) & (x <= area.right() + 2)
    seen[:-1] |= seen[1:].copy()  # one more on either side, so that the line reaches the edge
    seen[1:] |= seen[:-1].copy()
    x, y = x[seen], y[seen]
    far = 4 * area.height() + 1000  # the painter's coordinates are limited
    y = np.clip(y, area.top() - far, area.bottom() + far)
    if len(x) < (1.5 if smooth else 3) * area.width() or (np.diff(x) < 0).any():
        return x, y
    starts = np.flatnonzero(np.diff(np.floor(x), prepend=-math.inf))
    if smooth:
        kept = np.append(starts, len(x) - 1)
        return x[kept], y[kept]
    low, high = np.fmin.reduceat(y, starts), np.fmax.reduceat(y, starts)
    ends = np.stack([low, high], axis=1)
    ends[::2] = ends[::2, ::-1]
    return np.repeat(x[starts], 2), ends.ravel()


def smoothed(values: np.ndarray) -> np.ndarray:
    """Return a moving mean whose window grows from the first value on, so a steep start stays."""
    known = np.isfinite(values)
    count = len(values)
    if count < 8 or not known.any():
        return values
    width = max(2, count // WINDOW)
    sums = np.concatenate([[0.0], np.cumsum(np.where(known, values, 0.0))])
    counts = np.concatenate([[0], np.cumsum(known)])
    at = np.arange(count)
    reach = np.minimum(at, width)
    low, high = at - reach, np.minimum(at + reach + 1, count)
    held = counts[high] - counts[low]
    return np.where(known, (sums[high] - sums[low]) / np.maximum(held, 1), np.nan)


def _late(values: np.ndarray) -> np.ndarray:
    """Return the finite values without the steep beginning of a loss."""
    known = values[np.isfinite(values)]
    return known[len(known) // 25 :] if len(known) > 50 else known


def _up_to_tick(low: float, high: float) -> float:
    """Return an upper bound with a grid line just below it."""
    stops = grid.ticks(low, high, 3)
    step = stops[1] - stops[0] if len(stops) > 1 else high - low
    return math.ceil(high / step - 0.25) * step + 0.12 * step if step else high


def _settled(values: np.ndarray) -> Span:
    """Return the range of most values; a short steep beginning may lie outside."""
    late = _late(values)
    if not len(late):
        return (0.0, 0.0)
    low, tenth, ninth, high = np.quantile(late, [0.0, 0.1, 0.9, 1.0]).tolist()
    spread = ninth - tenth
    return max(low, tenth - 2 * spread), min(high, ninth + 2 * spread)


def _rounded(times: float) -> float:
    """Return the largest of 1, 2 and 5 times a power of ten that is not above a scale."""
    power = 10.0 ** math.floor(math.log10(times))
    return max(step * power for step in (1, 2, 5) if step * power <= times)


def _typical(values: np.ndarray) -> float:
    late = np.abs(_late(values))
    return float(np.quantile(late, 0.95)) if len(late) else 0.0


def nearest_clear(wanted: float, half: float, taken: Sequence[Span], within: Span) -> float:
    """Return the height nearest to `wanted`, from the top, where what is 2 `half` high is clear.

    It touches none of the spans that are `taken`; without such a height within the bounds, it is
    the one that covers least of them.
    """
    spans = np.array(taken or [(-np.inf, -np.inf)])
    edges = *(spans[:, 0] - half), *(spans[:, 1] + half)
    places = np.clip((wanted, *edges), within[0] + half, within[1] - half)
    above, below = places[:, None] - half, places[:, None] + half
    covered = np.minimum(spans[:, 1], below) - np.maximum(spans[:, 0], above)
    covered = covered.clip(min=0).sum(1).round()
    return float(places[np.lexsort((places, abs(places - wanted), covered))[0]])


def spread_out(
    wanted: list[float], top: float, bottom: float, pitch: float = NAME_PITCH
) -> list[float]:
    """Move heights, measured from the top, apart until labels do not overlap, within bounds."""
    placed: list[float] = []
    for y in wanted:
        placed.append(max(y, placed[-1] + pitch if placed else top))
    limit = bottom
    for index in reversed(range(len(placed))):
        placed[index] = min(placed[index], limit)
        limit = placed[index] - pitch
    return placed
