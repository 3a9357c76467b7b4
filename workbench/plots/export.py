"""Export a plot: images that contain their graph, vector files, and the data."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QMarginsF, QMimeData, QRectF, QSize, QSizeF
from PySide6.QtGui import (
    QGuiApplication,
    QImage,
    QImageReader,
    QImageWriter,
    QPageSize,
    QPaintDevice,
    QPainter,
    QPdfWriter,
)
from PySide6.QtSvg import QSvgGenerator

from nodes.errors import Refusal
from workbench.plots.audio import Audio
from workbench.plots.base import Picture, blank
from workbench.plots.look import Look
from workbench.plots.words import tr

if TYPE_CHECKING:
    from workbench.plots.widget import Plot

GRAPH_KEY = "genworkbench.graph"
SHARP = 2.0  # least device px per logical px in a saved image
DOTS = 96  # dpi of a PDF, so that its units are logical px


class NotSaved(Refusal):
    """A file cannot be written."""


def image_of(picture: Picture, size: QSize, look: Look, area: QRectF, graph: str = "") -> QImage:
    """Return the picture with its background. `graph` is stored in the image's text."""
    image = blank(size, look.pixels)
    image.fill(look.colour("panel"))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    picture.paint(painter, area, look)
    painter.end()
    if graph:
        image.setText(GRAPH_KEY, graph)
    return image


def graph_in(path: Path) -> str:
    """Return the graph stored in an image, or ""."""
    return QImageReader(str(path)).text(GRAPH_KEY)


def save_png(plot: Plot, path: Path) -> None:
    """Save at least at twice the size on screen, with the graph in the file."""
    image = _image(plot)
    image.setDotsPerMeterX(round(image.devicePixelRatio() * DOTS / 0.0254))
    image.setDotsPerMeterY(round(image.devicePixelRatio() * DOTS / 0.0254))
    if not QImageWriter(str(path), QByteArray(b"png")).write(image):
        raise NotSaved(tr("The image could not be written to {0}.").format(path))


def save_svg(plot: Plot, path: Path) -> None:
    generator = QSvgGenerator()
    generator.setFileName(str(path))
    generator.setSize(plot.size())
    generator.setViewBox(plot.rect())
    generator.setTitle(plot.accessibleName())
    generator.setDescription(plot.accessibleDescription())
    generator.setResolution(DOTS)
    _paint_shapes(plot, generator, path)


def save_pdf(plot: Plot, path: Path) -> None:
    writer = QPdfWriter(str(path))
    writer.setResolution(DOTS)
    points = QSizeF(plot.size()) * 72 / DOTS
    writer.setPageSize(
        QPageSize(points, QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.ExactMatch)
    )
    writer.setPageMargins(QMarginsF())
    writer.setTitle(plot.accessibleName())
    _paint_shapes(plot, writer, path)


def _paint_shapes(plot: Plot, device: QPaintDevice, path: Path) -> None:
    painter = QPainter()
    picture = plot.read()
    if picture is None or not painter.begin(device):
        raise NotSaved(tr("The file {0} could not be written.").format(path))
    look = plot.look(vector=True, pixels=SHARP)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.fillRect(QRectF(plot.rect()), look.colour("panel"))
    picture.paint(painter, plot.area(), look)
    painter.end()


def copy_image(plot: Plot) -> None:
    """Put the image on the clipboard."""
    QGuiApplication.clipboard().setImage(_image(plot))


def copy_csv(plot: Plot) -> None:
    """Copy the data to the clipboard, as text and as a table."""
    data = QMimeData()
    text = as_csv(plot.read())
    data.setText(text)
    data.setData("text/csv", text.encode())
    QGuiApplication.clipboard().setMimeData(data)


def save_csv(plot: Plot, path: Path) -> None:
    try:
        path.write_text(as_csv(plot.read()), "utf-8")
    except OSError as error:
        text = tr("The file {0} could not be written: {1}.")
        raise NotSaved(text.format(path, error.strerror)) from error


def save_wav(plot: Plot, path: Path) -> None:
    """Save the clip under the pointer, or all with pauses between them."""
    picture = plot.read()
    try:
        if isinstance(picture, Audio):
            path.write_bytes(picture.wav(plot.pointed))
    except OSError as error:
        text = tr("The file {0} could not be written: {1}.")
        raise NotSaved(text.format(path, error.strerror)) from error


def as_csv(picture: Picture | None) -> str:
    """Return a picture's data as CSV, in full precision, with decimal points."""
    if picture is None:
        return ""
    table = picture.rows()
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows(table.rows)
    return text.getvalue()


def _image(plot: Plot) -> QImage:
    picture = plot.read()
    look = plot.look(pixels=max(plot.devicePixelRatioF(), SHARP))
    if picture is None:
        return blank(plot.size(), look.pixels)
    return image_of(picture, plot.size(), look, plot.area(), plot.graph_text())
