"""What the open group shows outside, beside the fields of a node in it: drop a field to add it."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from engine.document.catalogue import KindInfo
from engine.document.graph import Group
from workbench.look.strokes import pen
from workbench.look.theme import RADIUS_NODE, theme
from workbench.panels.params import param_title
from workbench.widgets.base import counted, delete_content, tr

MIME = "application/x-genworkbench-parameter"
DASH = (4.0, 3.0)


def mime_of(name: str) -> QMimeData:
    """Return the MIME data of a parameter that is dragged out of its form."""
    data = QMimeData()
    data.setData(MIME, name.encode())
    return data


class Place(QLabel):
    """A place to drop a field on: one that is shown already, or with "" a new one."""

    taken = Signal(str, str)  # the parameter that was dropped, and the one that is to set it

    def __init__(self, name: str, words: str) -> None:
        super().__init__(words)
        self.name = name
        self._over = False
        self.setWordWrap(True)
        self.setProperty("role", "hint")
        self.setContentsMargins(8, 6, 8, 6)
        self.setAcceptDrops(True)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasFormat(MIME):
            event.acceptProposedAction()
            self._light(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._light(False)

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self._light(False)
        self.taken.emit(bytes(event.mimeData().data(MIME).data()).decode(), self.name)

    def _light(self, over: bool) -> None:
        self._over = over
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        t, painter = theme(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(t.selected if self._over else Qt.BrushStyle.NoBrush)
        solid = QPen(t.accent if self._over else t.edge, 1.0)
        dashed = pen(t.accent if self._over else t.control, 1.0, pattern=DASH)
        painter.setPen(solid if self.name else dashed)
        area = self.rect().adjusted(1, 1, -1, -1)
        painter.drawRoundedRect(area, RADIUS_NODE, RADIUS_NODE)
        painter.end()
        super().paintEvent(event)


class ShownOutside(QWidget):
    """The parameters that a group shows outside, each with how many fields it sets."""

    taken = Signal(str, str)  # as that of a place

    def __init__(self) -> None:
        super().__init__()
        self.places: list[Place] = []
        self._shown: list[tuple[str, str]] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)

    def show_group(self, group: Group, kind: KindInfo | None) -> None:
        """Show what a group promotes; `kind` is that of its instances."""
        shown = []
        for name, promoted in group.params.items():
            param = kind.param(name) if kind else None
            title = param_title(param) if param else promoted.title or name
            count = len(promoted.to)
            sets = counted(count, "sets %Ln field", "sets %Ln fields")
            shown.append((name, f"{title} · {sets}" if count > 1 else title))
        shown.append(("", tr("Drag a field here")))
        if shown == self._shown:
            return
        self._shown = shown
        delete_content(self._column)
        self.places = [Place(name, words) for name, words in shown]
        for place in self.places:
            place.taken.connect(self.taken)
            self._column.addWidget(place)
