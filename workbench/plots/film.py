"""A film of a view over the steps that a run has kept: an animated GIF or PNG.

Making one is long work: a generator that yields the share done. Closing it leaves no file.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from workbench.plots.base import Picture, picture
from workbench.plots.inside import KEY
from workbench.plots.look import Look
from workbench.plots.paper import Page, Paper, lay_out
from workbench.plots.printing import NotSaved, image_of
from workbench.plots.ranges import Ranges
from workbench.plots.recorded import Recorded
from workbench.plots.words import tr

MOST = 120  # frames
DPI = 200  # of a film: those of a PNG for print would make it four times as large
LONG, SHORTEST, LONGEST, LAST = 8000, 40, 400, 2000  # ms: of all, of a frame, of the last one
PAUSE = 0.02  # s to wait for the writer before the share done is said again
READ, DRAWN = 0.2, 0.8  # shares done when all is read, and when all is drawn
NEAR = 8  # of 255: Pillow looks colours up in cells of 4
SUFFIXES = (".gif", ".apng")


def film(
    run: Path,
    node: str,
    path: Path,
    paper: Paper,
    look: Look | None = None,
    caption: Callable[[int], str] | None = None,
) -> Iterator[float]:
    """Write the film of a view. Its axes and its page stay as they are over all frames.

    `look` is how it is seen on screen, with the ranges that the user chose; `caption` the small
    line below it at a step. Raises `NotSaved` where nothing was recorded.
    """
    recorded = Recorded(run)
    pages = yield from _pages(recorded, node, paper, look, caption or recorded.caption)
    frames: list[Image.Image] = []
    palette = _palette(pages[-1]) if path.suffix == ".gif" else None
    for at, page in enumerate(pages):
        yield READ + (DRAWN - READ) * at / len(pages)
        frames.append(_frame(page, palette))
    yield from _written(frames, path, pages[-1].words.graph)
    yield 1.0


def _pages(
    recorded: Recorded,
    node: str,
    paper: Paper,
    look: Look | None,
    caption: Callable[[int], str],
) -> Generator[float, None, list[Page]]:
    """Read the figures and lay all on the same paper."""
    steps = evenly(recorded.steps(node))
    if not steps:
        raise NotSaved(tr("Nothing of this view was recorded."))
    shown, ranges = [], Ranges()
    for at, step in enumerate(steps):
        yield READ * at / len(steps)
        shown.append(picture(recorded.figure(node, step)))
        ranges.update(shown[-1].limits(), past=True)
    seen = look or Look(paper.theme())
    words = recorded.words(node, shown[-1].summary())
    look = replace(seen, limits=ranges.held | seen.limits)
    last = lay_out(_Widest(shown), paper, look, words)
    captions = [caption(step) if last.words.caption else "" for step in steps]
    return [
        replace(last, picture=one, words=replace(last.words, caption=caption))
        for one, caption in zip(shown, captions, strict=True)
    ]


class _Widest(Picture):
    """The frames that reach farthest, over each other: what they draw is where any frame draws."""

    def __init__(self, frames: list[Picture]) -> None:
        super().__init__(frames[-1].figure)
        self.shape, self.scrolls = frames[-1].shape, frames[-1].scrolls
        self.frames = [frames[0], frames[-1]]
        for name in frames[-1].limits():
            known = [frame for frame in frames if name in frame.limits()]
            self.frames.append(min(known, key=lambda frame: frame.limits()[name][0]))
            self.frames.append(max(known, key=lambda frame: frame.limits()[name][1]))

    @property
    def dots(self) -> int:
        return max(frame.dots for frame in self.frames)

    def length(self, area: QRectF, look: Look) -> float:
        return max(frame.length(area, look) for frame in self.frames)

    def paint(self, painter: QPainter, area: QRectF, look: Look) -> None:
        for frame in self.frames:
            frame.paint(painter, area, look)


def evenly(steps: list[int]) -> list[int]:
    """Return at most MOST of these, the first and the last among them."""
    if len(steps) <= MOST:
        return steps
    return [steps[at] for at in np.linspace(0, len(steps) - 1, MOST).round().astype(int)]


def _image(page: Page) -> Image.Image:
    dpi = min(page.paper.dpi, DPI)
    drawn = image_of(page, page.paper.pixels(dpi)).convertToFormat(QImage.Format.Format_RGBA8888)
    size = drawn.width(), drawn.height()
    return Image.frombuffer("RGBA", size, bytes(drawn.constBits()), "raw", "RGBA", 0, 1)


def _palette(page: Page) -> Image.Image | None:
    """Return the 256 colours of all frames; None for a transparent ground: each has its own."""
    if page.paper.ground == "transparent":
        return None
    made = _image(page).convert("RGB").quantize(256)
    colours = np.array(made.getpalette()).reshape(-1, 3)
    ground = np.array(page.look.theme.panel.getRgb(), int)[:3]
    colours[np.abs(colours - ground).max(axis=1) <= NEAR] = ground  # else it is a little off
    made.putpalette(colours.ravel().tolist())
    return made


def _frame(page: Page, palette: Image.Image | None) -> Image.Image:
    image = _image(page)
    if palette is not None:
        return image.convert("RGB").quantize(palette=palette, dither=Image.Dither.NONE)
    return image if page.paper.ground == "transparent" else image.convert("RGB")


def _written(frames: list[Image.Image], path: Path, graph: str) -> Iterator[float]:
    """Encode in a thread, as that takes seconds, into a file beside, which is renamed."""
    part = path.with_name(f".{path.name}.part")
    faults: list[OSError] = []

    def write() -> None:
        try:
            frames[0].save(part, append_images=frames[1:], **_how(len(frames), path.suffix, graph))
        except OSError as error:
            faults.append(error)

    thread = Thread(target=write, daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            yield DRAWN
            thread.join(PAUSE)
        if not faults:
            os.replace(part, path)
    except OSError as error:
        faults.append(error)
    finally:
        thread.join()
        with suppress(OSError):
            part.unlink(missing_ok=True)
    if faults:
        raise NotSaved(tr("The file {0} could not be written.").format(path)) from faults[0]


def _how(count: int, suffix: str, graph: str) -> dict[str, Any]:
    """Return what Pillow is told: the frames' times, the graph inside, and that it repeats."""
    each = min(max(LONG // count, SHORTEST), LONGEST)
    told: dict[str, Any] = {"save_all": True, "loop": 0, "duration": [each] * (count - 1) + [LAST]}
    if suffix == ".gif":
        return told | {"format": "GIF", "comment": graph.encode(), "disposal": 2, "optimize": False}
    inside = PngInfo()
    if graph:
        inside.add_itxt(KEY, graph)
    return told | {"format": "PNG", "pnginfo": inside}
