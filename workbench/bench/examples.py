"""The examples shipped with the program, as the gallery lists them."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct
from PySide6.QtCore import QCoreApplication

import resources
from engine.document import graph as graphs
from engine.document.graph import SUFFIX, Graph
from nodes.errors import Refusal

FIRST = "vae-digits"
WORDS = ("title", "subtitle", "text")  # texts of a frame or a note
PARAMS = ("caption", "names", "x_name")  # parameters that hold texts for the reader


class Example(Struct, kw_only=True):
    """An example file; the file itself gives its `summary`, `time` and `order`."""

    name: str
    path: Path
    graph: Graph

    @property
    def title(self) -> str:
        return said(self.graph.title) or self.name

    @property
    def summary(self) -> str:
        return said(str(self.graph.extra.get("summary", "")))

    @property
    def short(self) -> str:
        """The summary in a few words, for small cards."""
        return said(str(self.graph.extra.get("short", ""))) or self.summary

    @property
    def time(self) -> str:
        return said(str(self.graph.extra.get("time", "")))

    @property
    def picture(self) -> Path | None:
        """The picture of its trained result, if there is one beside the file."""
        path = self.path.with_name(f"{self.name}.png")
        return path if path.exists() else None

    @property
    def _place(self) -> tuple[bool, float, str]:
        order = self.graph.extra.get("order", 1_000)
        return (
            self.name != FIRST,
            float(order) if isinstance(order, (int, float)) else 1e3,
            self.name,
        )


def listed() -> list[Example]:
    """Return all readable examples, starting with the one that opens first."""
    found: list[Example] = []
    for path in resources.path("examples").glob(f"*{SUFFIX}"):
        name = path.name.removesuffix(SUFFIX)
        try:
            found.append(Example(name=name, path=path, graph=graphs.load(path)))
        except Refusal:
            continue  # a test opens every example; here a damaged one must not hide the others
    return sorted(found, key=lambda example: example._place)


def load(path: Path) -> Graph:
    """Read an example to be edited, with its titles and notes in the window's language."""
    graph = graphs.load(path)
    graph.title = said(graph.title)
    for group in graph.groups.values():
        group.title, group.help = said(group.title), said(group.help)
    for board in (graph, *graph.groups.values()):
        for place in board.nodes.values():
            place.title = said(place.title)
            place.params |= {k: said(str(place.params[k])) for k in PARAMS if k in place.params}
        for part in (*board.layout.frames.values(), *board.layout.notes.values()):
            part |= {key: said(str(part[key])) for key in WORDS if key in part}
    if play := graph.layout.play:
        play.title, play.question = said(play.title), said(play.question)
        for one in play.inputs:
            one.label = said(one.label)
    return graph


def said(text: str) -> str:
    """Return a text of an example in the window's language."""
    return QCoreApplication.translate("examples", text) if text else ""


def find(name: str) -> Path | None:
    """Return the file of the example with this name, or None."""
    path = resources.path("examples", name + SUFFIX)
    return path if path.exists() else None
