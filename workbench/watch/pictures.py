"""The pictures that are watched: one or two panes, as large as the window allows.

Where a pair of wide pictures leaves half the height empty, the next pair has it.
In a narrow window what stands beside them is a tab over them, and then the second one too.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from workbench.look.theme import VIEW_HEAD_HEIGHT
from workbench.plots.pairs import Pair
from workbench.plots.pane import Pane
from workbench.watch.strip import Strip
from workbench.widgets.base import UNBOUNDED, label, separator, upright_separator
from workbench.widgets.pills import Pills

LEAST = 390  # px that a picture must have beside another


def tr(text: str) -> str:
    return QCoreApplication.translate("watch", text)


class Row(Pair):
    """One or two panes with a line between them."""

    def __init__(self) -> None:
        super().__init__(VIEW_HEAD_HEIGHT)
        self.panes: list[Pane] = []
        self.box.setContentsMargins(0, 0, 0, 0)
        self.box.setSpacing(0)
        self.line = upright_separator()
        self.turned.connect(self._turn_line)

    def show_panes(self, panes: Sequence[Pane]) -> None:
        if self.panes == list(panes) and all(pane.parent() is self for pane in panes):
            return
        self.panes = list(panes)
        for at, pane in enumerate(panes):
            pane.show_tabbed(False)
            self.box.insertWidget(at, pane, 1)
        self.box.insertWidget(min(1, len(panes)), self.line)
        self.show_plots([pane.plot for pane in panes])

    def show_only(self, number: int | None) -> None:
        """Show the pane of this number, or all."""
        for at, pane in enumerate(self.panes):
            pane.setVisible(number in (None, at))
        self.line.setVisible(len(self.panes) > 1 and number is None)

    def _turn_line(self, below: bool) -> None:
        self.line.setMinimumSize(*((0, 1) if below else (1, 0)))
        self.line.setMaximumSize(*((UNBOUNDED, 1) if below else (1, UNBOUNDED)))


class Pictures(QWidget):
    """A row of panes, and a second one below it."""

    def __init__(self) -> None:
        super().__init__()
        self.row, self.below = Row(), Row()
        self._line = separator()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.row, 1)
        column.addWidget(self._line)
        column.addWidget(self.below, 1)

    def show_below(self) -> None:
        """Show the second row if there are panes in it."""
        for part in (self._line, self.below):
            part.setVisible(bool(self.below.panes))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.row.whole = event.size()
        self.row.arrange()


class Watch(QWidget):
    """The graph in small over the pictures."""

    room_changed = Signal()  # a second row has room now, or no longer

    def __init__(self, strip: Strip) -> None:
        super().__init__()
        self.setProperty("surface", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.strip = strip
        self.beside: QWidget | None = None
        """The curves and the lesson, while they have no room at the right."""
        self.empty = label("", "hint")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setWordWrap(True)
        self.pictures = Pictures()
        self.row, self.below = self.pictures.row, self.pictures.below
        self.row.room_changed.connect(self.room_changed)
        self.body = QStackedWidget()
        self.body.addWidget(self.empty)
        self.body.addWidget(self.pictures)
        self.pills = Pills()
        self.pills.setAccessibleName(tr("Pictures, curves and lesson"))
        self.pills.currentChanged.connect(self._turn)
        self.pills.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._over = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._over.addWidget(strip, 1)
        self._over.addWidget(self.pills)
        column.addLayout(self._over)
        column.addWidget(separator())
        column.addWidget(self.body, 1)

    def fold_lanes(self, folded: bool) -> None:
        """Let one line, with the tabs beside it, stand for the lanes."""
        way = QBoxLayout.Direction
        self._over.setDirection(way.LeftToRight if folded else way.TopToBottom)
        self.strip.fold(folded)

    @property
    def panes(self) -> list[Pane]:
        return [*self.row.panes, *self.below.panes]

    @property
    def has_room(self) -> bool:
        """Whether the next row of pictures has room below the one that is shown."""
        return self.row.has_room and self.width() >= 2 * LEAST

    def show_panes(
        self, panes: Sequence[Pane], words: str = "", below: Sequence[Pane] = ()
    ) -> None:
        """Show these panes as a pair, others below; without any, the words that say why."""
        self.empty.setText(words)
        self.row.show_panes(panes)
        self.below.show_panes(below)
        self._list()

    def take_beside(self, beside: QWidget | None) -> None:
        """Show curves and lesson as a tab over the pictures, or let go of them."""
        if beside is self.beside:
            return
        self.beside = beside
        if beside is not None:
            self.body.addWidget(beside)
        self._list()

    def show_beside(self) -> None:
        """Bring the tab of curves and lesson to the front."""
        if self.beside is not None:
            self.pills.setCurrentIndex(self.pills.count() - 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._list()

    def _names(self) -> list[str]:
        """Return the tabs: one for all pictures, or for each where two have no room."""
        panes = self.row.panes
        two = len(panes) > 1 and self.width() < 2 * LEAST
        names = [p.head.title.text() for p in panes] if two else [tr("Pictures")]
        return [*names, tr("Curves and lesson")] if self.beside is not None else names

    def _list(self) -> None:
        names = self._names()
        if names != [self.pills.tabText(at) for at in range(self.pills.count())]:
            blocked, front = self.pills.blockSignals(True), self.pills.currentIndex()
            while self.pills.count():
                self.pills.removeTab(0)
            for name in names:
                self.pills.addTab(name)
            self.pills.setCurrentIndex(min(max(front, 0), len(names) - 1))
            self.pills.blockSignals(blocked)
        self.pills.setVisible(len(names) > 1)
        self._turn(self.pills.currentIndex())

    def _turn(self, at: int) -> None:
        pictures = self.pills.count() - (self.beside is not None)
        if self.beside is not None and at == pictures:
            self.body.setCurrentWidget(self.beside)
            return
        self.body.setCurrentWidget(self.pictures if self.panes else self.empty)
        self.row.show_only(None if pictures < 2 else at)
        self.below.show_only(None)
        self.pictures.show_below()
