"""The graph inside a saved picture: a text of a PNG, metadata of an SVG, a file attached to a PDF,
the comment of a GIF. A damaged file holds no graph.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

from PySide6.QtGui import QImageReader

KEY = "genworkbench.graph"
SVG_SPACE = "http://www.w3.org/2000/svg"
STREAM = b">>\nstream\n"
LARGEST = 256 * 1024 * 1024  # bytes of a file, and of the graph in it


def graph_in(path: Path) -> str:
    """Return the graph in a picture as JSON, or "" if it holds none."""
    read = READERS.get(path.suffix.lower())
    try:
        return read(path) if read and path.stat().st_size <= LARGEST else ""
    except (OSError, ValueError, zlib.error, ElementTree.ParseError):
        return ""


def _in_png(path: Path) -> str:
    return QImageReader(str(path)).text(KEY)


def _in_svg(path: Path) -> str:
    data = path.read_bytes()
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        return ""  # ours has none, and an entity could grow without end
    metadata = ElementTree.fromstring(data).iter(f"{{{SVG_SPACE}}}metadata")
    return next((found.text or "" for found in metadata if found.get("id") == KEY), "")


def _in_pdf(path: Path) -> str:
    """Return the first attached file that is a graph, as Qt writes one."""
    data = path.read_bytes()
    for part in data.split(b"/EF <</F ")[1:]:
        start = b"\n%s 0 obj\n" % part.split(b" ", 1)[0]
        head, _, body = data.partition(start)[2].partition(STREAM)
        if b"FlateDecode" in head:
            body = zlib.decompressobj().decompress(body, LARGEST)
        if KEY.encode() in body:
            return body.partition(b"\nendstream")[0].decode("utf-8")
    return ""


def _in_gif(path: Path) -> str:
    from PIL import Image

    with Image.open(path) as image:
        comment = image.info.get("comment", b"")
    return comment.decode("utf-8") if KEY.encode() in comment else ""


READERS: dict[str, Callable[[Path], str]] = {
    ".png": _in_png,
    ".apng": _in_png,
    ".svg": _in_svg,
    ".pdf": _in_pdf,
    ".gif": _in_gif,
}
