"""The palette of a small window: a rail of 48 pixels, and a sheet that opens over the canvas."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QFrame, QToolButton, QVBoxLayout, QWidget

from workbench.panels.base import icon_button, tr
from workbench.panels.categories import by_category, category_row
from workbench.panels.palette import Palette
from workbench.theme import appearance

RAIL_WIDTH, SHEET_WIDTH = 48, 248


class Rail(QWidget):
    """The palette of a small window: a button for each category, which opens over the canvas."""

    add_requested = Signal(str)

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.palette_ = palette
        self.sheet: QFrame | None = None
        self.setFixedWidth(RAIL_WIDTH)
        self.setProperty("surface", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(6, 8, 6, 8)
        self.column.setSpacing(4)
        palette.add_requested.connect(lambda _: self.close_sheet())
        appearance.changed.connect(self.update)

    def refill(self) -> None:
        """Make a button for each category there is."""
        while item := self.column.takeAt(0):
            if item.widget():
                item.widget().deleteLater()
        search = icon_button("search", tr("Search nodes"), lambda: self.open_sheet(""))
        self._put(search)
        for category in by_category(self.palette_.catalogue):
            row = category_row(category, 0)
            self._put(icon_button(row.icon, row.title, lambda c=category: self.open_sheet(c)))
        self.column.addStretch()

    def open_sheet(self, category: str) -> None:
        """Show the palette beside the rail, over what is there."""
        host = self.window()
        sheet = self.sheet or Sheet(host, self.palette_)
        self.sheet = sheet
        corner = self.mapTo(host, QPoint(self.width(), 0))
        sheet.setGeometry(corner.x(), corner.y(), SHEET_WIDTH, self.height())
        sheet.show()
        sheet.raise_()
        self.palette_.show()
        if category:
            self.palette_.show_category(category)
        self.palette_.search.setFocus()

    def close_sheet(self) -> None:
        if self.sheet is not None:
            self.sheet.hide()

    def showEvent(self, event: Any) -> None:
        super().showEvent(event)
        self.refill()

    def sizeHint(self) -> QSize:
        return QSize(RAIL_WIDTH, 400)

    def _put(self, button: QToolButton) -> None:
        button.setFixedSize(36, 34)
        self.column.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)


class Sheet(QFrame):
    """What holds the palette over the canvas; Escape or a press elsewhere puts it away."""

    def __init__(self, host: QWidget, palette: Palette) -> None:
        super().__init__(host)
        self.setProperty("surface", "overlay")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.addWidget(palette)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)

    def showEvent(self, event: Any) -> None:
        super().showEvent(event)
        QApplication.instance().focusChanged.connect(self._follow)

    def hideEvent(self, event: Any) -> None:
        super().hideEvent(event)
        QApplication.instance().focusChanged.disconnect(self._follow)

    def _follow(self, old: QWidget | None, new: QWidget | None) -> None:
        """Go when the focus goes elsewhere in the window."""
        if new is not None and not self.isAncestorOf(new):
            self.hide()
