"""Several views in one place, chosen by pill tabs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from workbench.plots.pane import Pane
from workbench.plots.words import tr
from workbench.widgets.pills import Pills


class Tab(NamedTuple):
    """The tab of a view: its node and its title."""

    node: str
    title: str


class Tabbed(QWidget):
    """A stack of panes; the tabs are placed over the header of the front pane.

    They are not its children, because a pane is deleted with its view. `pane_of` makes the pane of
    a node when its tab is first brought to the front.
    """

    def __init__(self, pane_of: Callable[[str], Pane], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pane_of = pane_of
        self.tabs: list[Tab] = []
        self.pills = Pills(self)
        self.pills.setAccessibleName(tr("More views"))
        self.pills.currentChanged.connect(self._turn)
        self.stack = QStackedWidget()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.stack)
        self.pills.hide()
        self.setMinimumWidth(140)
        self._front = ""

    @property
    def nodes(self) -> list[str]:
        """The nodes of the tabs, in order."""
        return [tab.node for tab in self.tabs]

    @property
    def current(self) -> Pane | None:
        pane = self.stack.currentWidget()
        return pane if isinstance(pane, Pane) else None

    def show_tabs(self, tabs: list[Tab]) -> None:
        """Set the tabs, changing only those that differ; the front one stays in front.

        If it is gone, the next of those that stay comes to the front.
        """
        front = self._next_of(tabs)
        if tabs != self.tabs:
            self._change(tabs)
        self.pills.setVisible(bool(tabs))
        if front:
            self.bring(front)

    def _next_of(self, tabs: list[Tab]) -> str:
        """Return the node to be in front of these tabs, or "" if there are none."""
        before, staying = self.nodes, {tab.node for tab in tabs}
        at = before.index(self._front) if self._front in before else 0
        left = [node for node in (*before[at:], *reversed(before[:at])) if node in staying]
        return left[0] if left else tabs[0].node if tabs else ""

    def _change(self, tabs: list[Tab]) -> None:
        """Remove and insert the tabs between the first and the last that differ."""
        start = _alike(self.tabs, tabs)
        end = _alike(self.tabs[start:][::-1], tabs[start:][::-1])
        gone, new = len(self.tabs) - start - end, tabs[start : len(tabs) - end]
        blocked = self.pills.blockSignals(True)
        focused = self.pills.hasFocus()
        self.pills.hide()  # else each tab lays out all
        for index in range(start + gone - 1, start - 1, -1):
            self.pills.removeTab(index)
        for index, tab in enumerate(new, start):
            self.pills.insertTab(index, tab.title)
        self.tabs = tabs
        self.pills.show()
        if focused:
            self.pills.setFocus()
        self.pills.blockSignals(blocked)

    def bring(self, node: str) -> bool:
        """Bring a view to the front, if it has a tab; return whether it has."""
        if node not in (nodes := self.nodes):
            return False
        index = nodes.index(node)
        blocked = self.pills.blockSignals(True)
        self.pills.setCurrentIndex(index)
        self.pills.blockSignals(blocked)
        self._turn(index)
        return True

    def _turn(self, index: int) -> None:
        if not 0 <= index < len(self.tabs):
            return
        self._front = self.tabs[index].node
        pane = self._pane_of(self._front)
        self.take(pane)
        self.stack.setCurrentWidget(pane)
        pane.head.room.set_sizes(self.pills.minimumSizeHint(), self.pills.sizeHint())
        self._place()

    def take(self, pane: Pane) -> None:
        """Put a pane into the stack, if it is not there."""
        if self.stack.indexOf(pane) < 0:
            pane.show_tabbed(True)
            pane.head.room.placed.connect(self._place, Qt.ConnectionType.UniqueConnection)
            self.stack.addWidget(pane)

    def _place(self) -> None:
        """Place the tabs over the front pane's placeholder."""
        pane = self.current
        if pane is not None:
            room = pane.head.room
            self.pills.setGeometry(QRect(room.mapTo(self, QPoint(0, 0)), room.size()))
            self.pills.raise_()


def _alike(before: Sequence[Tab], after: Sequence[Tab]) -> int:
    """Return how many tabs at the start are the same."""
    pairs = zip(before, after, strict=False)
    return next(
        (n for n, (old, new) in enumerate(pairs) if old != new), min(len(before), len(after))
    )
