"""Open a network as layers: the engine knows them, and the window puts them in its place."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from engine.document.graph import Change, Graph
from engine.document.messages import Look, Looked
from nodes.errors import Refusal
from nodes.sentences import say
from workbench import edits
from workbench.bench.bench import Bench
from workbench.bench.examples import said
from workbench.bench.paths import board_at, path_of
from workbench.words.kinds import title_of


class Opening(QObject):
    """Ask for the layers of a node at `way`, and hand the edit to `push` when they are known.

    `within` is the group that the node lies in. `refused` is called where there are none.
    """

    def __init__(
        self,
        bench: Bench,
        way: tuple[str, ...],
        within: str,
        push: Callable[[Callable[[Graph], Change]], object],
        refused: Callable[[Refusal], object],
    ) -> None:
        super().__init__(bench)
        self.bench, self.way, self.within = bench, way, within
        self.push, self.refused = push, refused
        self.path = path_of(way[:-1], way[-1])
        bench.live.table_read.connect(self._known)
        if not bench.send(Look(node=self.path, layers=True)):
            self._end(say("The layers of a network are not known while the engine is stopped."))

    def _known(self, event: Looked) -> None:
        if event.node != self.path or (event.layers is None and not event.sentence):
            return
        if event.layers is None:
            self._end(event.sentence)
            return
        layers, node = event.layers, self.way[-1]
        for part in layers.groups.values():
            part.title = said(part.title)
        self._end()
        catalogue = self.bench.installed
        try:
            board = board_at(self.bench.document.graph, self.way[:-1])
        except LookupError:  # the group is gone since
            return
        if node in board.nodes and edits.is_network(board.nodes[node], catalogue):
            title = title_of(board, catalogue, board.owner(node))  # type: ignore[arg-type]
            self.push(
                lambda graph: edits.open_as_layers(
                    graph, node, layers, catalogue, title, self.within
                )
            )

    def _end(self, why: object = "") -> None:
        self.bench.live.table_read.disconnect(self._known)
        self.deleteLater()
        if why:
            self.refused(Refusal(why))  # type: ignore[arg-type]
