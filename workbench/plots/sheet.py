"""A figure's data as a table in its own window."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QTableView, QVBoxLayout, QWidget

from workbench.plots.base import Rows
from workbench.plots.table import shown
from workbench.plots.words import tr
from workbench.widgets.rows import Index


class RowsModel(QAbstractTableModel):
    """Rows for a table view."""

    def __init__(self, rows: Rows, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table = rows

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.table.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.table.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        value = self.table.rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return shown(value)
        if role == Qt.ItemDataRole.TextAlignmentRole and isinstance(value, (int, float)):
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        across = orientation == Qt.Orientation.Horizontal
        return self.table.columns[section] if across else section + 1


class Sheet(QWidget):
    """The window with the table; Ctrl+C copies the selection."""

    def __init__(self, rows: Rows, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("{0}, as a table").format(title or tr("View")))
        self.resize(640, 480)
        self.view = QTableView(self)
        self.model = RowsModel(rows, self)
        self.view.setModel(self.model)
        self.view.setAccessibleName(self.windowTitle())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.view)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self.selected_text())
        elif event.matches(QKeySequence.StandardKey.Cancel):
            self.close()
        else:
            super().keyPressEvent(event)

    def selected_text(self) -> str:
        """Return the selected cells, separated by tabs, in full precision."""
        rows: dict[int, dict[int, str]] = {}
        for index in self.view.selectedIndexes():
            value = self.model.table.rows[index.row()][index.column()]
            rows.setdefault(index.row(), {})[index.column()] = str(value)
        return "\n".join("\t".join(row[c] for c in sorted(row)) for _, row in sorted(rows.items()))
