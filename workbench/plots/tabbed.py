"""Several views in one place, chosen by pill tabs."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from workbench.plots.pane import Pane
from workbench.plots.words import tr
from workbench.widgets.pills import Pills


class Tabbed(QWidget):
    """A stack of panes; the tabs are placed over the header of the front pane.

    They are not its children, because a pane is deleted with its view.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.panes: list[Pane] = []
        self.pills = Pills(self)
        self.pills.setAccessibleName(tr("More views"))
        self.pills.currentChanged.connect(self._turn)
        self.stack = QStackedWidget()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.stack)
        self.pills.hide()
        self.setMinimumWidth(140)

    @property
    def current(self) -> Pane | None:
        pane = self.stack.currentWidget()
        return pane if isinstance(pane, Pane) else None

    def show_panes(self, panes: list[Pane]) -> None:
        """Set the panes; the front one stays in front."""
        front = self.current.node if self.current in panes and self.current else ""
        self.panes = panes
        blocked = self.pills.blockSignals(True)
        while self.pills.count():
            self.pills.removeTab(0)
        for pane in panes:
            self.pills.addTab(pane.head.title.text())
            pane.show_tabbed(True)
            pane.head.room.placed.connect(self._place, Qt.ConnectionType.UniqueConnection)
            self.stack.addWidget(pane)
        self.pills.blockSignals(blocked)
        self.pills.setVisible(bool(panes))
        if panes and not self.bring(front):
            self._turn(0)

    def bring(self, node: str) -> bool:
        """Bring a view to the front, if it is in the stack; return whether it is."""
        for index, pane in enumerate(self.panes):
            if pane.node == node:
                self.pills.setCurrentIndex(index)
                self._turn(index)
                return True
        return False

    def _turn(self, index: int) -> None:
        if not 0 <= index < len(self.panes):
            return
        pane = self.panes[index]
        self.stack.setCurrentWidget(pane)
        pane.head.room.set_sizes(self.pills.minimumSizeHint(), self.pills.sizeHint())
        self._place()

    def _place(self) -> None:
        """Place the tabs over the front pane's placeholder."""
        pane = self.current
        if pane is not None:
            room = pane.head.room
            self.pills.setGeometry(QRect(room.mapTo(self, QPoint(0, 0)), room.size()))
            self.pills.raise_()
