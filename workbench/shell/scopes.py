"""Groups that are open: each page shows its document, or the inside of one of its groups."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, Signal

from engine.document.catalogue import Catalogue
from engine.document.graph import Board, Change, Graph
from workbench.bench.inner import InnerBench
from workbench.bench.paths import Way, board_at
from workbench.canvas.crumbs import Crumb
from workbench.shell.tabs import DocumentPage
from workbench.words.kinds import kind_title

if TYPE_CHECKING:
    from workbench.canvas.view import Canvas

View = tuple[QPointF, float]


class Scopes(QObject):
    """Enter and leave groups. `joined` connects a canvas that was made."""

    changed = Signal(object)  # a page that shows another level

    def __init__(
        self, joined: Callable[[DocumentPage, Canvas], None], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._joined = joined

    def enter(self, page: DocumentPage, node: str) -> None:
        """Open an instance that lies in what a page shows."""
        place = page.desk.document.graph.nodes.get(node)
        if place is not None and place.group in page.bench.document.graph.groups:
            self.show(page, (*page.way, node))

    def leave(self, page: DocumentPage) -> None:
        """Show what contains the open group, and select its instance there."""
        if page.way:
            *outer, instance = page.way
            self.show(page, tuple(outer))
            page.canvas.stage.select([instance])

    def show(self, page: DocumentPage, way: Way) -> None:
        """Show the document, or the inside of the instance at `way`."""
        if way == page.way:
            return
        page.show_level(way, self._canvas)
        page.canvas.overlays.crumbs.show_way(crumbs_of(page))
        self.changed.emit(page)

    def _canvas(self, page: DocumentPage, desk: InnerBench) -> Canvas:
        from workbench.canvas.view import Canvas

        canvas = Canvas(desk.document, desk.live, desk.catalogue)
        self._joined(page, canvas)
        canvas.overlays.crumbs.show_way(crumbs_of(page))  # first: the others make way for it
        canvas.overlays.crumbs.chosen.connect(lambda depth: self.show(page, page.way[:depth]))
        return canvas

    def go_to(self, page: DocumentPage, path: str) -> str:
        """Show what contains the node at a path; return its id there."""
        *way, node = (part.partition("#")[0] for part in path.split("/"))
        self.show(page, tuple(way))
        return node

    def find(self, page: DocumentPage, path: str, text: str) -> None:
        """Show a hit of a search that lies elsewhere; the search goes on there."""
        node = self.go_to(page, path)
        page.canvas.stage.select([node])
        page.canvas.navigation.reveal([node])
        page.canvas.overlays.find.go_on(text)

    def follow(self, page: DocumentPage) -> None:
        """Leave a group that is no more, to what still contains it."""
        way, graph = page.way, page.bench.document.graph
        while way and not _exists(graph, way):
            way = way[:-1]
        self.show(page, way)

    def show_change(self, page: DocumentPage, change: Change) -> None:
        """Show where a change was made that was undone or redone."""
        groups = {put.path[1] for put in change.puts if put.path[0] == "groups" and put.path[1:]}
        outside = any(put.path[0] in ("nodes", "wires") for put in change.puts)
        here = page.desk.document.group if isinstance(page.desk, InnerBench) else ""
        if outside and here:
            self.show(page, ())
        elif groups and not outside and here not in groups:
            way = way_to(page.bench.document.graph, groups)
            if way:
                self.show(page, way)


def _exists(graph: Graph, way: Way) -> bool:
    try:
        board_at(graph, way)
    except LookupError:
        return False
    return True


def way_to(graph: Graph, groups: set[str]) -> Way:
    """Return the shortest way to an instance of one of these groups, () where there is none."""
    todo: list[Way] = [()]
    seen: set[str] = set()
    for way in todo:
        for node, place in board_at(graph, way).nodes.items():
            if place.group in groups and place.group in graph.groups:
                return (*way, node)
            if place.group in graph.groups and place.group not in seen:
                seen.add(place.group)
                todo.append((*way, node))
    return ()


def _title(board: Board, catalogue: Catalogue, node: str) -> str:
    place = board.nodes[node]
    info = catalogue.of(place)
    return place.title or (kind_title(info) if info else place.kind)


def crumbs_of(page: DocumentPage) -> list[Crumb]:
    """Return the names of what contains the open group, from the document inwards."""
    graph, catalogue = page.bench.document.graph, page.bench.catalogue
    found = [Crumb(page.name, "workflow")]
    for depth in range(len(page.way)):
        board = board_at(graph, page.way[:depth])
        title = _title(board, catalogue, page.way[depth])
        found.append(Crumb(title, "group"))
    return found
