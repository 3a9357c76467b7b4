"""Axes without boxes: grid lines, round ticks, and the map from data to pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QLocale, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from workbench.plots.look import Look, Span

LABEL_GAP = 8.0  # px between a tick's number and the data
LEFT, LEFT_STEP = 44.0, 12.0  # px for the numbers on the left, in steps so that it rarely changes
FOOT = 20.0  # px for the numbers below
LINE_PITCH, NUMBER_PITCH = 52.0, 60.0  # px between grid lines, and between numbers below
SQUEEZED = 0.02  # margin around the data, as a share of its range


@dataclass(frozen=True, slots=True)
class Axes:
    """The map from data to pixels in `area`. Logarithmic axes store the range of the logarithm."""

    area: QRectF
    x: Span
    y: Span
    log_x: bool = False
    log_y: bool = False

    def across(self, values: np.ndarray) -> np.ndarray:
        """Return the horizontal pixels of x values."""
        return self.area.left() + self.share_x(values) * self.area.width()

    def up(self, values: np.ndarray) -> np.ndarray:
        """Return the vertical pixels of y values; larger is higher."""
        low, high = self.y
        values = logarithm(values) if self.log_y else np.asarray(values, float)
        return self.area.bottom() - (values - low) / ((high - low) or 1.0) * self.area.height()

    def share_x(self, values: np.ndarray) -> np.ndarray:
        """Return x values as shares of the area's width, 0 to 1."""
        low, high = self.x
        values = logarithm(values) if self.log_x else np.asarray(values, float)
        return (values - low) / ((high - low) or 1.0)

    def pixels(self, points: np.ndarray) -> np.ndarray:
        """Return (n, 2) points as (n, 2) pixels."""
        return np.stack([self.across(points[:, 0]), self.up(points[:, 1])], axis=1)

    def data(self, place: QPointF) -> tuple[float, float]:
        """Return the data's x and y at a pixel (of the logarithm, on a logarithmic axis)."""
        right = (place.x() - self.area.left()) / (self.area.width() or 1.0)
        above = (self.area.bottom() - place.y()) / (self.area.height() or 1.0)
        return (
            self.x[0] + right * (self.x[1] - self.x[0]),
            self.y[0] + above * (self.y[1] - self.y[0]),
        )


def logarithm(values: np.ndarray) -> np.ndarray:
    """Return log10; NaN, which is not drawn, for values that have none."""
    values = np.asarray(values, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(values > 0, np.log10(values), np.nan)


def place(
    look: Look,
    area: QRectF,
    x: Span,
    y: Span,
    *,
    equal: bool = False,
    tight: bool = False,
    log_x: bool = False,
    log_y: bool = False,
    right: float = 0.0,
) -> Axes:
    """Place axes in `area`, leaving room for their numbers and `right` px for a bar or names.

    `equal` gives both axes the same scale: it widens the range with room to spare or, if the data
    should fill the plot (`tight`), shrinks the plot.
    """
    if look.small:
        inner = area.adjusted(3, 3, -3, -3)
    elif not look.shows_axes:
        inner = area.adjusted(0, 0, -right, 0)
    else:
        about, foot = y, look.em(FOOT)
        if equal and not tight:
            about = equalised(x, y, area.adjusted(LEFT, 5, -right, -foot))[1]
        words = labels(ticks_of(about, log_y, _lines(area.height() - foot)), log_y)
        widest = max((text_width(look, text) for _, text in words), default=0.0) + LABEL_GAP
        left = max(LEFT, math.ceil(widest / LEFT_STEP) * LEFT_STEP)
        inner = area.adjusted(left, 5, -right, -foot)
    inner.setWidth(max(inner.width(), 1.0))
    inner.setHeight(max(inner.height(), 1.0))
    if equal and tight:
        inner = narrowed(x, y, inner, middle=look.small)
    elif equal:
        x, y = equalised(x, y, inner)
    return Axes(inner, x, y, log_x, log_y)


def equalised(x: Span, y: Span, area: QRectF) -> tuple[Span, Span]:
    """Widen one of two ranges about its middle until both have the same scale."""
    unit = max((x[1] - x[0]) / area.width(), (y[1] - y[0]) / area.height()) or 1.0
    across, up = unit * area.width() / 2, unit * area.height() / 2
    middle_x, middle_y = (x[0] + x[1]) / 2, (y[0] + y[1]) / 2
    return (middle_x - across, middle_x + across), (middle_y - up, middle_y + up)


def narrowed(x: Span, y: Span, area: QRectF, *, middle: bool = False) -> QRectF:
    """Return the part of an area where both axes have the same scale, centred horizontally.

    It is at the top of the area; with `middle`, centred.
    """
    across, up = (x[1] - x[0]) or 1.0, (y[1] - y[0]) or 1.0
    unit = min(area.width() / across, area.height() / up)
    left = area.left() + (area.width() - unit * across) / 2
    top = area.top() + (area.height() - unit * up) / 2 * middle
    return QRectF(left, top, unit * across, unit * up)


def roomy(values: np.ndarray, share: float = SQUEEZED) -> Span:
    """Return the range of the finite values with a margin at both ends."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return (0.0, 1.0)
    low, high = float(finite.min()), float(finite.max())
    air = (high - low) * share if high > low else max(abs(low) * 0.1, 0.5)
    return (low - air, high + air)


def paint(
    painter: QPainter, look: Look, axes: Axes, *, lines: bool = True, reach: float = 0.0
) -> None:
    """Draw the grid lines, the base line and the numbers; `reach` lengthens the lines by px."""
    if not look.shows_axes:
        return
    painter.setFont(look.font("tick"))
    _paint_up(painter, look, axes, lines, reach)
    _paint_across(painter, look, axes, reach)


def _paint_up(painter: QPainter, look: Look, axes: Axes, lines: bool, reach: float) -> None:
    area = axes.area
    stops = ticks_of(axes.y, axes.log_y, _lines(area.height()))
    for value, text in labels(stops, axes.log_y):
        y = look.crisp(float(axes.up(np.array(value))))
        painter.setPen(QPen(look.colour("line"), 1))
        if lines:
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right() + reach, y))
        else:
            painter.setPen(QPen(look.colour("control"), 1))
            painter.drawLine(QPointF(area.left() - 3, y), QPointF(area.left() - 1, y))
        painter.setPen(look.colour("text2"))
        box = QRectF(area.left() - 200, y - look.em(8), 200 - LABEL_GAP, look.em(16))
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)


def _paint_across(painter: QPainter, look: Look, axes: Axes, reach: float) -> None:
    area = axes.area
    ground = look.crisp(area.bottom())
    painter.setPen(QPen(look.colour("edge"), 1))
    painter.drawLine(QPointF(area.left(), ground), QPointF(area.right() + reach, ground))
    painter.setPen(look.colour("text2"))
    widest = max(text_width(look, number(v, axes.x[1] - axes.x[0])) for v in axes.x)
    count = max(2, min(6, int(area.width() / max(NUMBER_PITCH, 3.2 * widest))))
    free = -math.inf
    for value, text in labels(ticks_of(axes.x, axes.log_x, count), axes.log_x):
        middle = float(axes.across(np.array(value)))
        half = text_width(look, text) / 2
        middle = min(max(middle, area.left() + half - 4), area.right() + max(reach, 8) - half)
        if middle - half < free:
            continue
        box = QRectF(middle - half - 4, ground + 4, 2 * half + 8, look.em(16))
        painter.drawText(box, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, text)
        free = middle + half + 8


def _lines(height: float) -> int:
    return max(2, min(4, round(height / LINE_PITCH)))


def labels(stops: list[float], log: bool) -> list[tuple[float, str]]:
    """Return the numbers of an axis beside their texts."""
    pitch = min((b - a for a, b in pairwise(stops)), default=0.0)
    return [(v, number(v, 0.0 if log else pitch)) for v in stops]


def ticks_of(span: Span, log: bool, count: int) -> list[float]:
    """Return about `count` round values in a range; on a logarithmic one, the values themselves."""
    return _decades(span, count) if log else ticks(*span, count)


def ticks(low: float, high: float, count: int) -> list[float]:
    """Return multiples of 1, 2, 2.5 or 5 times a power of ten, from 2 to `count` + 1 of them.

    At least two are needed to show a scale.
    """
    if not (math.isfinite(low) and math.isfinite(high) and high > low):
        return [low] if math.isfinite(low) else []
    rough = (high - low) / max(count, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    steps = [m * power for m in (10, 5, 2.5, 2, 1, 0.5)]
    fits = sum(step >= rough * 0.999 for step in steps)
    stops = (_multiples(low, high, step) for step in steps[fits - 1 :])
    return next((found for found in stops if len(found) > 1), [])


def _multiples(low: float, high: float, step: float) -> list[float]:
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [k * step for k in range(first, last + 1)]


def _decades(span: Span, count: int) -> list[float]:
    first, last = math.ceil(span[0] - 1e-9), math.floor(span[1] + 1e-9)
    decades = [10.0**k for k in range(first, last + 1)]
    if len(decades) >= 2:
        return decades[:: max(1, math.ceil(len(decades) / (count + 1)))]
    finer = [m * 10.0**k for k in range(first - 1, last + 1) for m in (1, 2, 5)]
    return [v for v in finer if span[0] - 1e-9 <= math.log10(v) <= span[1] + 1e-9]


def number(value: float, pitch: float = 0.0) -> str:
    """Return a number in the format of the window's language.

    `pitch`, the distance between neighbours, sets the number of decimals; without it, three or four
    significant digits.
    """
    if value == 0:
        return "0"
    if not math.isfinite(value):
        return "∞" if value == math.inf else "−∞" if value == -math.inf else "–"
    size = abs(value)
    if (size >= 1e7 or size < 1e-4) and (not pitch or size >= pitch / 2):
        return _scientific(value)
    digits = -math.floor(math.log10(pitch) + 1e-9) if pitch else _figures(size)
    text = _locale().toString(float(value), "f", max(0, min(digits + _half(pitch, digits), 8)))
    text = _bare(text) if not pitch else text
    return text.replace("-", "−")


def _half(pitch: float, digits: int) -> int:
    """Return 1 if steps of 2.5 need one more decimal than steps of 2, else 0."""
    if not pitch:
        return 0
    scaled = pitch * 10.0**digits
    return int(abs(scaled - round(scaled)) > 0.01)


def _figures(size: float) -> int:
    return max(0, (3 if size >= 1 else 2) - math.floor(math.log10(size)))


def _bare(text: str) -> str:
    point = _locale().decimalPoint()
    return text.rstrip("0").removesuffix(point) if point in text else text


def _scientific(value: float) -> str:
    power = math.floor(math.log10(abs(value)))
    head = _bare(_locale().toString(value / 10.0**power, "f", 2)).replace("-", "−")
    raised = str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{head}×10{raised}" if head not in ("1", "−1") else f"{head[:-1]}10{raised}"


def _locale() -> QLocale:
    locale = QLocale()
    if locale.language() == QLocale.Language.C:
        locale = QLocale(QLocale.Language.English)
    return locale


def text_width(look: Look, text: str, role: str = "tick") -> float:
    return QFontMetricsF(look.font(role)).horizontalAdvance(text)
