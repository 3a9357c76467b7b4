"""Write a page as PNG, SVG or PDF, with its graph inside.

A PDF embeds its fonts. An SVG holds its letters as outlines, so that it is the same everywhere.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from PySide6.QtCore import QBuffer, QByteArray, QMarginsF, QPointF, QSizeF
from PySide6.QtGui import (
    QFont,
    QImage,
    QImageWriter,
    QPageSize,
    QPainter,
    QPainterPath,
    QPdfWriter,
)
from PySide6.QtSvg import QSvgGenerator

from nodes.errors import Refusal
from workbench.look import theme as tokens
from workbench.look.painting import painting
from workbench.plots.inside import KEY, SVG_SPACE
from workbench.plots.paper import FINE_DPI, MM, POINTS, Page
from workbench.plots.words import tr

PAGE_BOX = b"/MediaBox ["
PDF_DPI = 1200  # its units: fine enough for hairlines
LINK_SPACE = "http://www.w3.org/1999/xlink"
LETTERS = {
    QPainterPath.ElementType.MoveToElement: "M",
    QPainterPath.ElementType.LineToElement: "L",
    QPainterPath.ElementType.CurveToElement: "C",
}
PROGRAM = "Generative Workbench"


class NotSaved(Refusal):
    """A file cannot be written."""


def image_of(page: Page, pixels: float = 0.0) -> QImage:
    """Return a page as an image of `pixels` dots per px, by default of the page's dpi."""
    dpi = page.paper.dpi if not pixels else pixels * POINTS / page.paper.scale
    image = QImage(*page.dots(dpi), QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    pixels = page.paper.pixels(dpi)
    with painting(image) as painter:
        painter.scale(pixels, pixels)
        page.paint(painter, pixels=pixels)
    image.setDotsPerMeterX(round(dpi / MM * 1000))
    image.setDotsPerMeterY(round(dpi / MM * 1000))
    if page.words.graph:
        image.setText(KEY, page.words.graph)
    return image


def write_png(page: Page, path: Path) -> None:
    if not QImageWriter(str(path), QByteArray(b"png")).write(image_of(page)):
        raise _not_written(path)


def write_pdf(page: Page, path: Path) -> None:
    writer = QPdfWriter(str(path))
    writer.setResolution(PDF_DPI)
    wide, high = (mm / MM * POINTS for mm in page.millimetres)
    whole = QSizeF(math.ceil(wide), math.ceil(high))  # Qt rounds; `_cut_page` mends that
    exact = QPageSize.SizeMatchPolicy.ExactMatch
    writer.setPageSize(QPageSize(whole, QPageSize.Unit.Point, "", exact))
    writer.setPageMargins(QMarginsF())
    writer.setTitle(page.words.title or page.words.about)
    writer.setCreator(PROGRAM)
    if page.words.graph:
        graph = QByteArray(page.words.graph.encode())
        writer.addFileAttachment("picture.graph.json", graph, "application/json")
    with painting(writer) as painter:
        if not painter.isActive():
            raise _not_written(path)
        painter.setRenderHint(QPainter.RenderHint.LosslessImageRendering)
        scale = PDF_DPI / POINTS * page.paper.scale
        painter.scale(scale, scale)
        page.paint(painter, vector=True, pixels=page.paper.pixels(FINE_DPI))
    _cut_page(path, wide, high, whole.height())


def _cut_page(path: Path, wide: float, high: float, whole: float) -> None:
    """Make the page as large as asked for. The text put in is as long, so that all offsets hold."""
    data = path.read_bytes()
    start = data.find(PAGE_BOX)
    end = data.find(b"]", start) + 1
    box = PAGE_BOX + b"0 %.4g %.7g %d]" % (whole - high, wide, whole)
    if start < 0 or len(box) > end - start:
        raise _not_written(path)
    path.write_bytes(data[:start] + box.ljust(end - start) + data[end:])


def write_svg(page: Page, path: Path) -> None:
    generator = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)  # the smaller profile has no clipping
    buffer = QBuffer()
    generator.setOutputDevice(buffer)
    generator.setSize(page.size.toSize())
    generator.setResolution(POINTS)
    with painting(generator) as painter:
        page.paint(painter, vector=True, pixels=page.paper.pixels(FINE_DPI))
    try:
        path.write_bytes(_finished(bytes(buffer.data().data()), page))
    except OSError as error:
        raise _not_written(path) from error


def _finished(data: bytes, page: Page) -> bytes:
    """Return an SVG with its size, its words, its graph, and outlines instead of letters."""
    ElementTree.register_namespace("", SVG_SPACE)
    ElementTree.register_namespace("xlink", LINK_SPACE)
    root = ElementTree.fromstring(data)
    wide, high = page.millimetres
    root.set("width", f"{wide:.6g}mm")
    root.set("height", f"{high:.6g}mm")
    root.set("viewBox", f"0 0 {page.size.width():.6g} {page.size.height():.6g}")
    for name, text in (("title", page.words.title), ("desc", page.words.about)):
        if (found := root.find(f"{{{SVG_SPACE}}}{name}")) is not None:
            found.text = text
    if page.words.graph:
        metadata = Element(f"{{{SVG_SPACE}}}metadata", id=KEY)
        metadata.text = page.words.graph
        root.insert(0, metadata)
    for parent in list(root.iter()):
        for place, child in enumerate(parent):
            if child.tag == f"{{{SVG_SPACE}}}text":
                parent[place] = _outlined(child)
    return ElementTree.tostring(root, "utf-8", xml_declaration=True)


def _outlined(text: Element) -> Element:
    """Return a path in the place of a text."""
    size, weight = float(text.get("font-size", "11")), int(text.get("font-weight", "400"))
    family = text.get("font-family", tokens.FAMILY)
    path = QPainterPath()
    place = QPointF(float(text.get("x", "0")), float(text.get("y", "0")))
    path.addText(place, _font(family, size, weight), text.text or "")
    outline = Element(f"{{{SVG_SPACE}}}path", d=_steps(path), stroke="none")
    outline.set("fill-rule", "nonzero")
    outline.set("aria-label", text.text or "")
    for name in ("fill", "fill-opacity"):
        outline.set(name, text.get(name, ""))
    outline.tail = text.tail
    return outline


def _font(family: str, size: float, weight: int) -> QFont:
    if family in (tokens.FAMILY, tokens.MONO):
        return tokens.font(size, weight, family == tokens.MONO, 1.0)
    other = QFont(family)
    other.setPixelSize(max(1, round(size)))
    other.setWeight(QFont.Weight(weight))
    return other


def _steps(path: QPainterPath) -> str:
    """Return a path as the steps of an SVG's: a curve is three points in turn."""
    steps = (path.elementAt(at) for at in range(path.elementCount()))
    return " ".join(f"{LETTERS.get(step.type, '')}{step.x:.2f},{step.y:.2f}" for step in steps)


def _not_written(path: Path) -> NotSaved:
    return NotSaved(tr("The file {0} could not be written.").format(path))


WRITERS: dict[str, Callable[[Page, Path], None]] = {
    ".pdf": write_pdf,
    ".svg": write_svg,
    ".png": write_png,
}
