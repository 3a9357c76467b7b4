"""Render a recorded run's views without a window: `python -m workbench render RUN`.

Writes one PNG for each view's last figure, with the graph in it, and one for each loss's curves.
The last line printed is a JSON object of node ids and paths. Qt is not imported at module level.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from engine.document.errors import GraphRefused, RunRefused
from engine.document.graph import Graph, load
from engine.document.history import GRAPH_FILE, last_figures, read_run
from engine.document.messages import FigureData, History
from workbench.plots.kinds import kind_of

if TYPE_CHECKING:
    from PySide6.QtCore import QSize

    from workbench.look.theme import Theme

FOLDER = "views"
SHARP = 2.0  # px of the file per px of the theme
HEIGHT = 720  # px of the file, by default
MARGIN = 14


def main(argv: list[str]) -> int:
    """Render the views asked for; return the exit status."""
    given = _parse(argv)
    _choose_platform()
    from PySide6.QtWidgets import QApplication

    app = QApplication.instance() or QApplication(sys.argv[:1])
    try:
        drawn, faults = render(given.run, given)
    except (RunRefused, GraphRefused, OSError) as error:
        print(str(error), file=sys.stderr)
        return 1
    for fault in faults:
        print(fault, file=sys.stderr)
    print(json.dumps(drawn, ensure_ascii=False))
    del app
    return 1 if faults else 0


def _parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="workbench render", description="Draw the recorded views of a run as PNG files."
    )
    parser.add_argument("run", type=Path, help="a run folder")
    parser.add_argument("--out", type=Path, help=f"folder for the files (else RUN/{FOLDER})")
    parser.add_argument("--view", action="append", default=[], help="a node id; may be repeated")
    parser.add_argument("--size", type=_size, help="pixels, as 1280x720 (else by kind of picture)")
    parser.add_argument("--theme", choices=("dark", "light"), default="dark")
    return parser.parse_args(argv)


def _size(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d+)[x×](\d+)", text)
    width, height = (int(found[1]), int(found[2])) if found else (0, 0)
    if not (16 <= width <= 16_384 and 16 <= height <= 16_384):
        raise argparse.ArgumentTypeError(f"{text} must be as 1280x720, each between 16 and 16384")
    return width, height


def _choose_platform() -> None:
    """Use the offscreen platform if there is no display, where Qt would abort."""
    shown = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    if sys.platform.startswith("linux") and not shown:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


def render(run: Path, given: argparse.Namespace) -> tuple[dict[str, str], list[str]]:
    """Write the files; return node ids to paths, and a sentence for each view without a figure."""
    from workbench.look.theme import DARK, LIGHT, load_fonts

    load_fonts()
    figures, graph = figures_of(run)
    missing = [node for node in given.view if node not in figures]
    faults = [f"{run} has no picture of {node}." for node in missing]
    out = given.out or run / FOLDER
    out.mkdir(parents=True, exist_ok=True)
    theme = DARK if given.theme == "dark" else LIGHT
    drawn: dict[str, str] = {}
    for node, figure in figures.items():
        if given.view and node not in given.view:
            continue
        path = out / f"{file_stem(node)}.png"
        fault = _draw(figure, path, given.size, theme, graph)
        if fault:
            faults.append(f"{node}: {fault}")
        else:
            drawn[node] = str(path)
    return drawn, faults


def _draw(
    figure: FigureData, path: Path, size: tuple[int, int] | None, theme: Theme, graph: str
) -> str:
    """Write one picture; return why that failed, or ""."""
    from PySide6.QtCore import QByteArray, QRectF
    from PySide6.QtGui import QImageWriter

    from workbench.plots.base import Faulty, picture
    from workbench.plots.export import image_of
    from workbench.plots.look import Look

    read = picture(figure)
    if isinstance(read, Faulty):
        return read.summary()
    area = _logical(size or _own_size(figure, read.shape))
    inner = QRectF(0, 0, area.width(), area.height()).adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
    look = Look(theme, pixels=SHARP)
    image = image_of(read, area, look, inner, graph)
    if size:
        image = image.copy(0, 0, *size)  # logical sizes are integers: an odd one is a px too large
    if not QImageWriter(str(path), QByteArray(b"png")).write(image):
        return f"{path} could not be written."
    return ""


def _own_size(figure: FigureData, shape: float | None) -> tuple[int, int]:
    return round(HEIGHT * (shape or kind_of(figure.kind).file)), HEIGHT


def _logical(size: tuple[int, int]) -> QSize:
    from PySide6.QtCore import QSize

    return QSize(math.ceil(size[0] / SHARP), math.ceil(size[1] / SHARP))


def figures_of(run: Path) -> tuple[dict[str, FigureData], str]:
    """Return each view's last figure, the losses' curves, and the graph as text."""
    history = read_run(run)
    figures = {figure.node: figure.figure for figure in last_figures(run)}
    try:
        text = (run / GRAPH_FILE).read_text("utf-8")
        graph = load(run / GRAPH_FILE)
    except (OSError, GraphRefused):
        text, graph = "", Graph()
    return figures | _losses(history, graph, figures), text


def _losses(history: History, graph: Graph, known: dict[str, FigureData]) -> dict[str, FigureData]:
    """Return the training curves of each node; metrics have none."""
    from workbench.plots.loss import LossCurves

    measured = {k: v for k, v in history.series.items() if k not in history.info.metrics}
    nodes = dict.fromkeys(name.partition(".")[0] for name in measured if "." in name)
    made = {}
    for node in nodes:
        if node not in known:
            place = graph.nodes.get(node)
            title = (place.title or place.kind) if place else node
            made[node] = LossCurves(node, title).figure(measured)
    return made


def file_stem(node: str) -> str:
    """Return a node's id as a valid file name."""
    return re.sub(r"[^\w.-]|^\.", "_", node)[:100] or "_"
