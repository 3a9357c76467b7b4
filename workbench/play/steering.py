"""Send the moves of a hand to the engine, no faster than it can answer.

While a picture is computed, newer values wait, and only the newest of each input is sent. So the
picture follows the hand as fast as the engine draws it, and a slow sampler is not begun anew for
each move of the mouse; letting go sends the last value at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from engine.document.graph import Graph
from engine.document.messages import Figure
from engine.document.walks import upstream_ids

if TYPE_CHECKING:
    from workbench.bench.bench import Bench

LONGEST = 1_000  # ms that a value waits for the picture of the one before


class Steering(QObject):
    """Set parameters of a bench's graph while a hand moves. `refused` carries a sentence."""

    refused = Signal(object)
    answered = Signal(str, float)  # the view that a hand has moved, and the seconds of its picture

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.bench: Bench | None = None
        self.views: set[str] = set()
        """The views whose pictures are waited for."""
        self._wanted: dict[tuple[str, str], Any] = {}
        self._awaited: set[str] = set()
        self._moving = False
        self._late = QTimer(self, singleShot=True, interval=LONGEST)
        self._late.timeout.connect(self._answered)

    def show_bench(self, bench: Bench | None, views: Sequence[str]) -> None:
        """Steer the graph of a bench, or of none."""
        self.views = set(views)
        if bench is self.bench:
            return
        self._wanted.clear()
        self._answered()
        if self.bench is not None:
            self.bench.live.figure_came.disconnect(self._drawn)
        self.bench = bench
        if bench is not None:
            bench.live.figure_came.connect(self._drawn)

    def move(self, node: str, param: str, value: Any) -> None:
        """Set a value as soon as the picture of the value before is there."""
        self._wanted[node, param] = value
        if not self._awaited:
            self._send()

    def holds(self, node: str, param: str) -> bool:
        """Return whether a value waits that is newer than the document's."""
        return (node, param) in self._wanted

    def let_go(self) -> None:
        """Set what still waits at once; the next move is another step to undo."""
        if self._wanted:
            self._send()
        self._moving = False

    def _send(self) -> None:
        bench, wanted = self.bench, self._wanted
        self._wanted = {}
        if bench is None:
            return
        document = bench.document
        for (node, param), value in wanted.items():
            make = partial(bench.set_param, node, param, value)
            document.attempt(make, self.refused.emit, merge=self._moving)
            self._moving = True
        moved = self._moved_by(bench.whole, {node for node, _ in wanted})
        if bench.send_edits(sorted(moved)):
            self._awaited = moved
            self._late.start()

    def _moved_by(self, graph: Graph, nodes: set[str]) -> set[str]:
        """Return the views that are made of these nodes."""
        twins = nodes | {n for n in graph.nodes if graph.owner(n) in nodes}
        return {view for view in self.views if twins & upstream_ids(graph.wires, [view])}

    def _drawn(self, figure: Figure) -> None:
        """Note a whole picture; those on the way to it have taken no time."""
        if figure.seconds:
            if figure.node in self._awaited:
                self.answered.emit(figure.node, figure.seconds)
            self._awaited.discard(figure.node)
            if not self._awaited:
                self._answered()

    def _answered(self) -> None:
        self._late.stop()
        self._awaited = set()
        if self._wanted:
            self._send()
