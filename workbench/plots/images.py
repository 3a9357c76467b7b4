"""Images: a grid of small grey or coloured pictures with sharp, square pixels.

Arrays: `images` (n c h w, or n h w; floats or bytes), optional `ids` (n, of the items in the data).
Facts: `low` and `high`, the values of black and white (default: 0 and 1, or -1 and 1, or the range
of the data); `columns`, their number; `gap` in px (0 for a manifold, default 3); `labels`, a text
for each image; `named`, a name for each image if captions show it; `rows` and `heads`, captions of
rows and columns; `current`, the framed column; `noun` for the images; `films`, the number of rows
that are films; `subtitle`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QImage, QPainter, QPen, QTransform

from workbench.look.eliding import elide
from workbench.look.painting import painting
from workbench.look.theme import RADIUS_THUMBNAIL, SAMPLE_GAP, WIRE_WIDTH
from workbench.plots import maps
from workbench.plots.axes import number, text_width
from workbench.plots.base import Hit, Picture, Rows, Unreadable
from workbench.plots.look import Look, Span
from workbench.plots.outline import outlined
from workbench.plots.words import many, tr

SMALLEST = 28.0  # px: samples are not drawn smaller; the rest is scrolled to
HARD = 2.0  # magnification from which pixels are not smoothed
HEAD = 18.0
WORDS_MOST = 0.3  # largest share of the width for the names of rows
UNMARKED = 0.66
FORMATS = {
    1: QImage.Format.Format_Grayscale8,
    3: QImage.Format.Format_RGB888,
    4: QImage.Format.Format_RGBA8888,
}


@dataclass(frozen=True, slots=True)
class Cells:
    """The layout of the grid: first corner, size, gap and number of columns."""

    left: float
    top: float
    width: float
    height: float
    gap: float
    columns: int
    count: int

    @property
    def rows(self) -> int:
        return math.ceil(self.count / self.columns) if self.count else 0

    @property
    def whole(self) -> QRectF:
        columns = min(self.columns, self.count)
        width = columns * (self.width + self.gap) - self.gap
        return QRectF(self.left, self.top, width, self.rows * (self.height + self.gap) - self.gap)

    def cell(self, index: int) -> QRectF:
        row, column = divmod(index, self.columns)
        x = self.left + column * (self.width + self.gap)
        return QRectF(x, self.top + row * (self.height + self.gap), self.width, self.height)

    def at(self, place: QPointF) -> int:
        """Return the image at a point, -1 for none."""
        column = int((place.x() - self.left) // (self.width + self.gap))
        row = int((place.y() - self.top) // (self.height + self.gap))
        index = row * self.columns + column
        inside = 0 <= column < self.columns and row >= 0 and index < self.count
        return index if inside and self.cell(index).contains(place) else -1


class Images(Picture):
    """A grid of images."""

    scrolls = True
    trims = True  # whether pictures that would begin a row they do not fill are left out

    def read(self) -> None:
        images = self.array("images", 3, 4)
        images = images[:, None] if images.ndim == 3 else images
        if not all(images.shape[1:]):
            raise Unreadable(tr("The images of this figure are empty."))
        channels = images.shape[1] if images.shape[1] in FORMATS else min(images.shape[1], 3)
        self.images = images[:, : 1 if channels == 2 else channels]
        self.gap = float(self.facts.get("gap", SAMPLE_GAP))
        self.shape = self._wanted_shape()
        self.labels = self.texts("labels")
        self.named = self.texts("named") or self.labels

    def _wanted_shape(self) -> float | None:
        """Return width/height of a grid with a fact `columns`, else None."""
        columns = int(self.facts.get("columns") or 0)
        if not columns or not len(self.images):
            return None
        _, _, height, width = self.images.shape
        rows = len(self.images) // columns or 1
        return float(np.clip(columns * width / (rows * height) + 0.25, 1.0, 3.0))

    @property
    def count(self) -> int:
        return len(self.images)

    def cells(self, area: QRectF, look: Look) -> Cells:
        """Lay out the grid as large as fits, horizontally centred, from the top."""
        words = max((text_width(look, r) + 10 for r in self._captions("rows", look)), default=0)
        left = min(words, WORDS_MOST * area.width())
        top = look.em(HEAD) if self._captions("heads", look) else 0.0
        inner = area.adjusted(left, top, 0, 0)
        gap = min(self.gap, 1.0) if look.small else self.gap
        height, width = self.images.shape[2:]
        least = SMALLEST if look.ink is None else 0.0  # nothing is scrolled to on paper
        columns = self._columns(inner, width / height, gap, least)
        across = (inner.width() - (columns - 1) * gap) / columns
        shown = self._filling(columns)
        rows = math.ceil(shown / columns) or 1
        up = (inner.height() - (rows - 1) * gap) / rows
        size = max(min(across, up * width / height), 1.0)
        if gap and not look.small:
            size = max(size, min(across, least))
        size = _whole(size, look.pixels) if gap and look.ink is None else size
        spare = inner.width() - columns * (size + gap) + gap
        x = inner.left() + max(0.0, _whole(spare / 2, look.pixels))
        y = inner.top() - look.scroll
        return Cells(x, y, size, size * height / width, gap, columns, shown)

    def _filling(self, columns: int) -> int:
        """Return how many images fill whole rows; all where there is but one row."""
        whole = self.count - self.count % columns
        return whole if self.trims and whole else self.count

    def _columns(self, area: QRectF, aspect: float, gap: float, least: float) -> int:
        """Return the given number of columns, else the one that makes the images largest."""
        if given := int(self.facts.get("columns") or 0):
            return max(1, min(given, self.count or 1))
        if not self.count:
            return 1

        def size(columns: int) -> float:
            rows = math.ceil(self._filling(columns) / columns)
            across = (area.width() - (columns - 1) * gap) / columns
            return min(across, aspect * (area.height() - (rows - 1) * gap) / rows)

        def worth(columns: int) -> float:
            """Return the size, less where images are left out or a row is not full."""
            whole = self.count - self.count % columns or self.count
            return size(columns) * (whole / self.count) ** 3

        best = max(range(1, self.count + 1), key=worth)
        if size(best) >= least or not gap:
            return best
        return max(1, min(int((area.width() + gap) / (least + gap)), self.count))

    def _captions(self, name: str, look: Look) -> list[str]:
        return [] if look.small else self.texts(name)

    def length(self, area: QRectF, look: Look) -> float:
        return self.cells(area, look).whole.height()

    def paint(self, painter: QPainter, area: QRectF, look: Look) -> None:
        if not self.count:
            return
        cells = self.cells(area, look)
        painter.save()
        painter.setClipRect(area.adjusted(-1, -1, 1, 1))
        _paint_rounded(painter, cells.whole, self._sheet(cells, look), look)
        self.paint_signs(painter, cells, look)
        painter.restore()
        self._paint_captions(painter, area, cells, look)

    def paint_signs(self, painter: QPainter, cells: Cells, look: Look) -> None:
        """Paint what stands over the images: marks and labels."""
        self._paint_marked(painter, cells, look)
        if not look.small:
            self._paint_labels(painter, cells, look)

    def _sheet(self, cells: Cells, look: Look) -> QImage:
        """Return the whole grid in device px."""
        whole = cells.whole
        size = QSize(
            max(1, round(whole.width() * look.pixels)), max(1, round(whole.height() * look.pixels))
        )
        hard = cells.width * look.pixels >= HARD * self.images.shape[3]
        if not cells.gap:
            return _scaled(self._joined(cells, look), size, hard)
        sheet = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
        sheet.fill(Qt.GlobalColor.transparent)
        pixels = self._seen(look)
        pixels = pixels[: cells.count]
        stack = _image(pixels.reshape(-1, *pixels.shape[2:]))
        side = QSize(round(cells.width * look.pixels), round(cells.height * look.pixels))
        stack = _scaled(stack, QSize(side.width(), side.height() * cells.count), hard)
        with painting(sheet) as painter:
            for index in range(cells.count):
                place = cells.cell(index).translated(-whole.topLeft())
                corner = (place.topLeft() * look.pixels).toPoint()
                source = QRect(0, index * side.height(), side.width(), side.height())
                painter.drawImage(corner, stack, source)
        return sheet

    def _bytes(self, levels: Span | None = None) -> np.ndarray:
        """Return the images as (n, h, w, c) bytes; `levels` are the values of black and white."""
        images = self.images.transpose(0, 2, 3, 1)
        if images.dtype == np.uint8 and levels is None:
            return images
        low, high = levels or self.levels()
        scaled = (images.astype(np.float32) - low) * (255.0 / ((high - low) or 1.0))
        return np.nan_to_num(np.clip(scaled, 0, 255)).astype(np.uint8)

    def _seen(self, look: Look) -> np.ndarray:
        pixels = self._bytes(look.limits.get("value"))
        if look.ink is not None and look.ink.grey and pixels.shape[3] == 3:
            return maps.greys(pixels)
        return pixels

    def levels(self) -> Span:
        """Return the values of black and white: those of the facts, else of the data."""
        if self.images.dtype == np.uint8:
            return (0.0, 255.0)
        low, high = self.facts.get("low"), self.facts.get("high")
        if low is not None and high is not None:
            return float(low), float(high)
        finite = self.images[np.isfinite(self.images)]
        least, most = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
        for span in ((0.0, 1.0), (-1.0, 1.0)):
            if least >= span[0] - 0.05 and most <= span[1] + 0.05:
                return span
        return least, most

    def _joined(self, cells: Cells, look: Look) -> QImage:
        """Return the grid of images without gaps, unscaled."""
        pixels = self._seen(look)[: cells.count]
        _, height, width, channels = pixels.shape
        columns, rows = min(cells.columns, cells.count), cells.rows
        full = np.zeros((rows * columns, height, width, channels), np.uint8)
        full[: cells.count] = pixels
        grid = full.reshape(rows, columns, height, width, channels).swapaxes(1, 2)
        return _image(grid.reshape(rows * height, columns * width, channels))

    def _paint_marked(self, painter: QPainter, cells: Cells, look: Look) -> None:
        if not look.marked or len(self.ids) != self.count:
            return
        marked = np.isin(self.ids, list(look.marked))
        if not marked.any():
            return
        for index in range(cells.count):
            if marked[index]:
                paint_frame(painter, cells.cell(index), look)
            else:
                painter.fillRect(cells.cell(index), look.colour("panel", UNMARKED))

    def _paint_labels(self, painter: QPainter, cells: Cells, look: Look) -> None:
        if cells.width < 22:
            return
        for index, label in enumerate(self.labels[: cells.count]):
            cell = cells.cell(index)
            half = text_width(look, label, "name") / 2
            if 2 * half + 4 > cell.width() + cells.gap:
                continue  # it would overlap its neighbour; hovering shows it
            outlined(painter, look, QPointF(cell.left() + half + 4, cell.top() + 9), label)

    def _paint_captions(self, painter: QPainter, area: QRectF, cells: Cells, look: Look) -> None:
        painter.setFont(look.font("tick"))
        painter.setPen(look.colour("text2"))
        middle = Qt.AlignmentFlag.AlignVCenter
        for row, text in enumerate(self._captions("rows", look)[: cells.rows]):
            cell = cells.cell(row * cells.columns)
            box = QRectF(area.left(), cell.top(), cell.left() - area.left() - 8, cell.height())
            text = elide(text, painter.fontMetrics(), box.width() + 1)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | middle, text)
        current = self.facts.get("current")
        free = area.left()
        for column, text in enumerate(self._captions("heads", look)[: cells.columns]):
            cell = cells.cell(column)
            half = text_width(look, text) / 2
            if column != current and cell.center().x() - half < free:
                continue
            free = cell.center().x() + half + 4
            painter.setPen(look.colour("accent" if column == current else "text2"))
            box = QRectF(
                cell.left() - 20, cell.top() - look.em(HEAD), cell.width() + 40, look.em(HEAD) - 4
            )
            painter.drawText(box, Qt.AlignmentFlag.AlignHCenter | middle, text)
        if isinstance(current, int) and 0 <= current < cells.columns and self.count:
            column_box = cells.cell(current)
            column_box.setBottom(cells.whole.bottom())
            paint_frame(painter, column_box.adjusted(-2, -2, 2, 2), look)

    def paint_mark(self, painter: QPainter, area: QRectF, look: Look, index: int) -> None:
        cells = self.cells(area, look)
        if index < cells.count:
            paint_frame(painter, cells.cell(index), look)

    def hit(self, place: QPointF, area: QRectF, look: Look) -> Hit | None:
        return self.hit_at(self.cells(area, look).at(place) if area.contains(place) else -1)

    def hit_at(self, index: int) -> Hit | None:
        """Return what is said of an image, None for -1."""
        if index < 0:
            return None
        words = [tr("image {0}").format(number(index + 1))]
        if index < len(self.named):
            words.append(self.named[index])
        id = self.id_at(index)
        words += [tr("item {0}").format(number(id))] if id is not None else []
        return Hit(" · ".join(words), index, id)

    def subtitle(self) -> str:
        if given := super().subtitle():
            return given
        if noun := self.text("noun"):
            return f"{number(self.count)} {noun}"
        if films := int(self.facts.get("films") or 0):
            frames = number(self.count // films)
            return many(films, tr("1 film"), tr("{0} films")) + tr(", {0} frames").format(frames)
        if self.count == 1:
            height, width = self.images.shape[2:]
            return tr("{0} × {1} pixels").format(width, height)
        return tr("{0} images").format(number(self.count))

    def summary(self) -> str:
        height, width = self.images.shape[2:]
        colour = tr("grey") if self.images.shape[1] == 1 else tr("coloured")
        many_ = many(self.count, tr("1 image"), tr("{0} images"))
        text = tr("A grid of {0}, {1}, {2} by {3} pixels").format(many_, colour, width, height)
        lost = 0 if self.images.dtype == np.uint8 else int((~np.isfinite(self.images)).sum())
        return text + (tr("; {0} pixels are not numbers.").format(number(lost)) if lost else ".")

    def rows(self) -> Rows:
        flat = self.images.reshape(self.count, math.prod(self.images.shape[1:]))
        columns: dict[str, np.ndarray] = {tr("image"): np.arange(1, self.count + 1)}
        if len(self.ids) == self.count:
            columns["id"] = self.ids
        if len(self.named) == self.count:
            columns[tr("label")] = np.array(self.named)
        return Rows.of(columns | {f"p{i}": flat[:, i] for i in range(flat.shape[1])})


def _image(pixels: np.ndarray) -> QImage:
    """Return (h, w, c) bytes as an image."""
    pixels = np.ascontiguousarray(pixels)
    height, width, channels = pixels.shape
    image = QImage(pixels.data, width, height, channels * width, FORMATS[channels])
    return image.copy()


def _scaled(image: QImage, size: QSize, hard: bool) -> QImage:
    mode = Qt.TransformationMode
    way = mode.FastTransformation if hard else mode.SmoothTransformation
    return image.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, way)


def _paint_rounded(painter: QPainter, place: QRectF, sheet: QImage, look: Look) -> None:
    """Draw an image, in device px, with rounded outer corners; on paper with sharp ones."""
    if look.ink is not None:
        painter.drawImage(place, sheet)
        return
    brush = QBrush(sheet)
    scale = QTransform.fromTranslate(place.left(), place.top())
    brush.setTransform(scale.scale(place.width() / sheet.width(), place.height() / sheet.height()))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(brush)
    painter.drawRoundedRect(place, RADIUS_THUMBNAIL, RADIUS_THUMBNAIL)


def paint_frame(painter: QPainter, place: QRectF, look: Look) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(look.colour("accent"), WIRE_WIDTH))
    painter.drawRoundedRect(place.adjusted(1, 1, -1, -1), 2, 2)


def _whole(length: float, ratio: float) -> float:
    """Round a length down to device px, so that cells are equally large on screen."""
    return math.floor(length * ratio) / ratio
