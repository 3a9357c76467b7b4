"""The view of the outline's tree: what its keys ask for, and how its rows are painted."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QWidget,
)

from workbench.panels.outline_model import EDIT, Entry, OutlineModel
from workbench.widgets.base import tr
from workbench.widgets.rows import ROW, Index, RowPainter

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
PLAIN = Qt.KeyboardModifier.NoModifier
KEYPAD = Qt.KeyboardModifier.KeypadModifier


class OutlinePainter(RowPainter):
    """Paints nodes, and what lies below them indented; edits titles in place."""

    height = 26

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        self.paint_ground(painter, option)
        self.paint_row(painter, option.rect.adjusted(4, 0, -12, 0), index.data(ROW), option)
        painter.restore()

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        """Fill the field once: what is typed stays when the row is told anew."""
        if isinstance(editor, QLineEdit) and not editor.property("filled"):
            editor.setProperty("filled", True)
            editor.setAccessibleName(tr("Title"))
            editor.setText(str(index.data(EDIT)))


class OutlineTree(QTreeView):
    """The tree. Each key that edits asks for what it does, with the row it is pressed on."""

    asked = Signal(str, object)  # what for, and the entry of the current row

    def __init__(self) -> None:
        super().__init__()
        self._editing = False  # whether a title is being edited
        self.nodes = OutlineModel(self)
        self.setModel(self.nodes)
        self.setItemDelegate(OutlinePainter(self))
        self.setHeaderHidden(True)
        self.setIndentation(18)
        self.setUniformRowHeights(True)
        self.setMouseTracking(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionMode(QTreeView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QTreeView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(tr("Outline"))
        self.setAccessibleDescription(
            tr(
                "Enter edits a node, or connects a port. Insert adds a node, F2 renames,"
                " Delete removes, the menu key lists the rest."
            )
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Do what a key asks for; those that a title's editor leaves are for the title alone."""
        if self.state() == QTreeView.State.EditingState:
            event.accept()
            return
        keys = event.modifiers() & ~KEYPAD
        asked = KEYS.get((int(event.key()), keys))
        index = self.currentIndex()
        if asked in ANYWHERE or (asked and index.isValid()):
            self.asked.emit(asked, self.nodes.entry(index) if index.isValid() else None)
        elif event.key() == Qt.Key.Key_Asterisk and index.isValid():
            self.expandRecursively(index, 1)  # groups in groups hold too much to unfold at once
        else:
            super().keyPressEvent(event)

    def rename(self, index: QModelIndex) -> None:
        """Edit the title of a row in place."""
        self.setCurrentIndex(index)
        self._editing = True
        self.edit(index)

    def commitData(self, editor: QWidget) -> None:
        """Take a title once: Enter asks for it again after the field has lost the keys."""
        if self._editing:
            super().commitData(editor)

    def closeEditor(self, editor: QWidget, hint: QStyledItemDelegate.EndEditHint) -> None:
        self._editing = False
        super().closeEditor(editor, hint)

    def reset(self) -> None:
        self._editing = False
        super().reset()

    def chosen(self) -> list[Entry]:
        """Return the selected rows that lie on the same board as the current one, in their order.

        Without a current row that is selected, the board of the first.
        """
        picked = self.selectionModel().selectedIndexes()
        entries = sorted(map(self.nodes.entry, picked), key=self._place)
        current = self.currentIndex()
        lead = self.nodes.entry(current) if current in picked else next(iter(entries), None)
        return [entry for entry in entries if lead and entry.way == lead.way]

    def _place(self, entry: Entry) -> tuple[int, ...]:
        rows = [entry.row]
        while entry.above >= 0:
            entry = self.nodes.entries[entry.above]
            rows.append(entry.row)
        return tuple(reversed(rows))


KEYS: dict[tuple[int, Qt.KeyboardModifier], str] = {
    (int(Qt.Key.Key_Return), PLAIN): "open",
    (int(Qt.Key.Key_Enter), PLAIN): "open",
    (int(Qt.Key.Key_F2), PLAIN): "rename",
    (int(Qt.Key.Key_Delete), PLAIN): "remove",
    (int(Qt.Key.Key_Backspace), PLAIN): "remove",
    (int(Qt.Key.Key_Delete), SHIFT): "remove apart",
    (int(Qt.Key.Key_Insert), PLAIN): "add",
    (int(Qt.Key.Key_L), CTRL): "connect",
    (int(Qt.Key.Key_Up), Qt.KeyboardModifier.AltModifier): "up",
    (int(Qt.Key.Key_Down), Qt.KeyboardModifier.AltModifier): "down",
}
ANYWHERE = ("add",)
