"""Save pictures without a window: `python -m workbench render RUN`, or GRAPH.

Of a run, writes one file for each view's figure, with the graph in it, and one for each loss's
curves, as the dialog of the window does; of a graph, one of the graph. The last line printed is a
JSON object of node ids and paths. Qt is not imported at module level.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from engine.document.catalogue import Catalogue
from engine.document.errors import GraphRefused, RunRefused
from engine.document.graph import SUFFIX, Graph, dumps, load
from engine.document.messages import Figure
from nodes.errors import Refusal

if TYPE_CHECKING:
    from workbench.plots.paper import Paper
    from workbench.plots.recorded import Recorded

FOLDER, GRAPH = "views", "graph"
FORMATS = ("png", "svg", "pdf", "gif", "apng")
PX_DPI = 192  # of sizes in px
SIZES = {"px": (16, 16_384), "mm": (10, 2000)}


def main(argv: list[str]) -> int:
    """Save the views asked for; return the exit status."""
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


class Size(NamedTuple):
    """A size asked for: mm, or px; 0 for a height that follows from the picture."""

    width: float
    height: float
    unit: str


def _parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="workbench render", description="Save a run's recorded views, or a graph, as pictures."
    )
    add = parser.add_argument
    add("run", type=Path, help="a run folder, a graph file, or the name of an example")
    add("--out", type=Path, help=f"folder for the files (else RUN/{FOLDER}, or the one you are in)")
    add("--graph", action="store_true", help="of a run: the graph too, with its pictures")
    add("--view", action="append", default=[], help="a node id; may be repeated")
    add("--step", type=int, help="the pictures as they were at a step")
    add("--format", choices=FORMATS, default="png")
    add("--size", type=_size, default="85mm", help="85mm, 85x60mm, slide, or pixels as 1280x720")
    add("--ground", choices=("white", "transparent", "dark"), default="white")
    add("--colours", choices=("print", "screen", "grey"), help="else those that fit the ground")
    add("--type", type=_points, help="size of the type in points (else 8, on a slide 18)")
    add("--title", action="store_true", help="write the view's title above")
    add("--caption", action="store_true", help="write run, step and seed below")
    return parser.parse_args(argv)


def _size(text: str) -> Size:
    if text == "slide":
        return Size(1920, 1080, text)
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(?:[x×](\d+(?:\.\d+)?))?(mm|px)?", text)
    if found:
        unit = found[3] or "px"
        size = Size(float(found[1]), float(found[2] or 0), unit)
        low, high = SIZES[unit]
        if all(low <= side <= high for side in size[:2] if side):
            return size
    raise argparse.ArgumentTypeError(
        f"{text} must be as 85mm, 85x60mm (10 to 2000), slide, or 1280x720 (16 to 16384 pixels)"
    )


def _points(text: str) -> float:
    size = float(text)
    if not 4 <= size <= 72:
        raise argparse.ArgumentTypeError(f"{text} must be between 4 and 72")
    return size


def _choose_platform() -> None:
    """Use the offscreen platform if there is no display, where Qt would abort."""
    shown = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    if sys.platform.startswith("linux") and not shown:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


def paper_of(given: argparse.Namespace) -> Paper:
    """Return the paper that the command line asks for."""
    from dataclasses import replace

    from workbench.plots.paper import COLOURS, MM, Paper, slide

    paper = Paper(ground=given.ground, title=given.title, caption=given.caption)
    paper = replace(paper, colours=given.colours or COLOURS[given.ground])
    width, height, unit = given.size
    if unit == "slide":
        paper = slide(paper)
    elif unit == "px":
        mm = MM / PX_DPI
        paper = replace(paper, width=width * mm, height=height * mm, dpi=PX_DPI)
    else:
        paper = replace(paper, width=width, height=height)
    return replace(paper, type=given.type) if given.type else paper


def render(run: Path, given: argparse.Namespace) -> tuple[dict[str, str], list[str]]:
    """Write the files; return node ids to paths, and a sentence for each view without a figure."""
    from workbench.bench import examples
    from workbench.look.theme import load_fonts
    from workbench.plots.recorded import Recorded

    load_fonts()
    paper = paper_of(given)
    graph = run if run.is_file() else None if run.exists() else examples.find(str(run))
    if graph is not None:
        out = given.out or Path()
        path = out / f"{file_stem(graph.name.removesuffix(SUFFIX))}.{given.format}"
        fault = draw_graph(load(graph), paper, path, {})
        return ({} if fault else {GRAPH: str(path)}), [fault] if fault else []
    recorded = Recorded(run) if given.step is None else Recorded(run, given.step)
    missing = [node for node in given.view if node not in recorded.figures]
    faults = [f"{run} has no picture of {node}." for node in missing]
    out = given.out or run / FOLDER
    out.mkdir(parents=True, exist_ok=True)
    drawn: dict[str, str] = {}
    for node in given.view or recorded.figures:
        if node not in recorded.figures:
            continue
        path = out / f"{file_stem(node)}.{given.format}"
        fault = _draw(recorded, node, paper, path)
        if fault:
            faults.append(f"{node}: {fault}")
        else:
            drawn[node] = str(path)
    if given.graph:
        path = out / f"{GRAPH}.{given.format}"
        if fault := draw_graph(recorded.graph, paper, path, recorded.figures):
            faults.append(fault)
        else:
            drawn[GRAPH] = str(path)
    return drawn, faults


def draw_graph(graph: Graph, paper: Paper, path: Path, figures: Mapping[str, Figure]) -> str:
    """Write a picture of a graph, with the views' figures; return why that failed, or ""."""
    from PySide6.QtCore import QObject

    from workbench.bench.document import Document
    from workbench.bench.live import Live
    from workbench.canvas.printed import GraphPicture
    from workbench.plots.paper import Words, lay_out
    from workbench.plots.printing import WRITERS

    if path.suffix not in WRITERS:
        return f"A graph is no film; {path.suffix[1:]} is for the views of a run."
    parent = QObject()
    live = Live(parent)
    for figure in figures.values():
        live.receive(figure)
    shown = GraphPicture(Document(graph), live, _catalogue(), parent)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        WRITERS[path.suffix](
            lay_out(shown, paper, words=Words(graph.title, "", dumps(graph))), path
        )
    except Refusal as fault:
        return str(fault)
    return ""


def _catalogue() -> Catalogue:
    """Return the kinds of nodes: as the window keeps them, else as the engine tells them."""
    from workbench.bench import catalogue

    if (known := catalogue.load()).kinds:
        return known
    command = [sys.executable, "-m", "engine", "catalogue", "--json"]
    told = subprocess.run(command, capture_output=True)
    return msgspec.json.decode(told.stdout, type=Catalogue) if told.stdout else Catalogue()


def _draw(recorded: Recorded, node: str, paper: Paper, path: Path) -> str:
    """Write one picture; return why that failed, or ""."""
    from workbench.plots.base import Faulty, picture
    from workbench.plots.film import SUFFIXES, film
    from workbench.plots.paper import lay_out
    from workbench.plots.printing import WRITERS

    read = picture(recorded.figures[node].figure)
    if isinstance(read, Faulty):
        return read.summary()
    page = lay_out(read, paper, words=recorded.words(node, read.summary()))
    try:
        if path.suffix in SUFFIXES:
            deque(film(recorded.run, node, path, paper), maxlen=0)
        else:
            WRITERS[path.suffix](page, path)
    except Refusal as fault:
        return str(fault)
    return ""


def file_stem(node: str) -> str:
    """Return a node's id as a valid file name."""
    return re.sub(r"[^\w.-]|^\.", "_", node)[:100] or "_"
