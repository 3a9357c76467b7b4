"""The thumbnails of runs, asked for as their rows come into sight.

The pictures of a run are stale once it has made another step or ended, once other views are
watched, and in another theme. Those of runs seen long ago are forgotten.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QPixmap
from shiboken6 import isValid

from engine.document.messages import FigureData, Glanced, RunInfo
from workbench.bench.live import Live
from workbench.look.theme import appearance, theme
from workbench.plots.base import thumbnail

FIRST, SECOND, HEIGHT = 84, 66, 60  # px
KEPT = 200  # runs
ASKED = 4  # runs asked for at a time

State = tuple[int, str]


class Pictures(QObject):
    """Up to two pictures of each run."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.live: Live | None = None
        self.nodes: list[str] = []
        self.ratio = 1.0
        self._kept: OrderedDict[str, tuple[State, list[QPixmap]]] = OrderedDict()
        self._wanted: dict[str, State] = {}
        self._asked: dict[str, State] = {}
        self._came: list[tuple[Glanced, State]] = []
        self._turn = QTimer(self, interval=0)
        self._turn.timeout.connect(self._draw_one)
        appearance.changed.connect(self.forget)

    def show_live(self, live: Live | None, nodes: Sequence[str]) -> None:
        """Ask another engine, and for these views."""
        if self.live is not live:
            if self.live is not None and isValid(self.live):  # its document may have been closed
                self.live.glanced.disconnect(self._take)
            if live is not None:
                live.glanced.connect(self._take)
        if self.live is not live or self.nodes != list(nodes):
            self.live, self.nodes = live, list(nodes)
            self.forget()

    def forget(self) -> None:
        """Forget all pictures."""
        self._kept.clear()
        self._wanted.clear()
        self._asked.clear()
        self._came.clear()
        self.changed.emit()

    def of(self, run: RunInfo) -> list[QPixmap]:
        """Return a run's pictures; those that are missing or stale are asked for."""
        state = run.steps, run.status
        known, pictures = self._kept.get(run.path, ((-1, ""), []))
        coming = self._asked.get(run.path) == state or any(e.run == run.path for e, _ in self._came)
        if known != state and not coming and run.status != "damaged":
            self._wanted[run.path] = state
            self._ask()
        elif known == state:
            self._kept.move_to_end(run.path)
        return pictures

    def _ask(self) -> None:
        """Ask for those that are wanted, the last one first: it is in sight."""
        while self.live is not None and self._wanted and len(self._asked) < ASKED:
            path, state = self._wanted.popitem()
            self._asked[path] = state
            self.live.glance(path, self.nodes)

    def _take(self, event: Glanced) -> None:
        if event.run in self._asked:
            self._came.append((event, self._asked.pop(event.run)))
            self._turn.start()
            self._ask()

    def _draw_one(self) -> None:
        """Draw the pictures of one run, then let the window handle its events."""
        if not self._came:
            self._turn.stop()
            return
        event, state = self._came.pop(0)
        sizes = zip(event.figures, (FIRST, SECOND), strict=False)
        pictures = [self._drawn(figure.figure, width) for figure, width in sizes]
        self._kept[event.run] = state, pictures
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        self.changed.emit()

    def _drawn(self, figure: FigureData, width: int) -> QPixmap:
        image = thumbnail(figure, width, HEIGHT, theme(), self.ratio)
        return QPixmap.fromImage(image)
