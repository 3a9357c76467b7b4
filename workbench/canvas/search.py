"""The search popup: all kinds, or those that fit the wire being drawn, best first."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from workbench.canvas.fitting import Candidate
from workbench.look.theme import set_icon, theme
from workbench.search.entries import kind_entry
from workbench.search.finding import Entry, find, nearest
from workbench.widgets.ports import Port, paint_glyph
from workbench.widgets.rows import Row, Rows, list_view, nothing_row
from workbench.words.kinds import from_catalogue, kind_title, tr
from workbench.words.letters import letters

WIDTH, ROW_HIGH, MOST_ROWS, MOST_FOUND = 320, 28, 9, 200
RECENT = 6  # recently used kinds listed first
RECENT_BONUS = 3.0
STEPS: dict[int, int] = {
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_PageDown: 8,
    Qt.Key.Key_PageUp: -8,
}


class Search(QFrame):
    """A field and a list. `chosen` carries the kind and the port that the wire goes to."""

    chosen = Signal(str, object)
    opened = Signal()
    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.host = parent
        self.port: Port | None = None
        self.recent: list[str] = []
        self._entries: list[Entry[Candidate]] = []
        self._found: list[Candidate | None] = []
        self.setProperty("surface", "overlay")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(tr("Add a node"))
        self._make()
        self.hide()

    def _make(self) -> None:
        self.field = QLineEdit()
        self.field.setPlaceholderText(tr("Search nodes"))
        self.field.setAccessibleName(tr("Search nodes"))
        lens = QAction(self.field)
        set_icon(lens, "search", "text3")
        self.field.addAction(lens, QLineEdit.ActionPosition.LeadingPosition)
        self.field.textChanged.connect(self._find)
        self.field.installEventFilter(self)
        self.head = FitHead(self)
        self.rows = Rows(self)
        self.list = list_view(self.rows, tr("Nodes"), self)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.clicked.connect(lambda index: self._choose(index.row()))
        self.list.selectionModel().currentChanged.connect(lambda *_: self._describe())
        self.hint = QLabel()
        self.hint.setProperty("role", "hint")
        self.hint.setWordWrap(True)
        self.hint.setContentsMargins(4, 2, 4, 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(6)
        for widget in (self.field, self.head, self.list, self.hint):
            column.addWidget(widget)

    def open(self, candidates: list[Candidate], at: QPoint, port: Port | None = None) -> None:
        """Open with these kinds at a point of the canvas; `port` is the one they fit."""
        self.port = port
        self.head.show_port(port)
        self.field.clear()
        self.renew(candidates)
        self._place(at)
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)
        self.opened.emit()

    def renew(self, candidates: list[Candidate]) -> None:
        """List these kinds in place of others, with the same text."""
        self._entries = [kind_entry(c.kind, c) for c in candidates]
        self._find(self.field.text())

    def _place(self, at: QPoint) -> None:
        scale = theme().text_scale
        self.setFixedWidth(round(WIDTH * scale))
        self.hint.setFixedHeight(round(34 * scale))
        self.adjustSize()
        room = self.host.rect().adjusted(8, 8, -8, -8)
        x = max(min(at.x(), room.right() - self.width()), room.left())
        y = max(min(at.y(), room.bottom() - self.height()), room.top())
        self.move(x, y)

    def close_search(self) -> None:
        if self.isVisible():
            self.hide()
            self.closed.emit()

    def _find(self, pattern: str) -> None:
        """List the matches, a title typed whole first; if there are none, similar spellings."""
        found = find(pattern, self._entries)
        found.sort(key=lambda fit: (not fit.titled, -(fit.score + self._bonus(fit.item))))
        near = [] if found else nearest(pattern, self._entries)
        shown = found[:MOST_FOUND] or near
        rows = [self._row(fit.item, fit.places) for fit in shown]
        self._found = [fit.item for fit in shown]
        if not found:
            rows.insert(0, nothing_row(near))
            self._found.insert(0, None)
        self.rows.show(rows)
        self.list.setCurrentIndex(self.rows.index(1 if near else 0))
        self.list.setFixedHeight(round(min(max(len(rows), 1), MOST_ROWS) * self._row_high()) + 2)
        self.adjustSize()
        self._describe()

    def _row_high(self) -> float:
        return ROW_HIGH * theme().text_scale

    def _bonus(self, candidate: Candidate) -> float:
        """Return what a kind is worth before anything is typed: how well it fits, or is known."""
        if candidate.port is not None:
            return candidate.score
        kind = candidate.kind.kind
        used = self.recent.index(kind) if kind in self.recent else RECENT
        return RECENT_BONUS * (RECENT - used) / RECENT

    def _row(self, candidate: Candidate, places: tuple[int, ...]) -> Row:
        kind, port = candidate.kind, candidate.port
        side = letters(port.name) if port else from_catalogue(kind.category.capitalize())
        return Row(
            id=kind.kind,
            title=kind_title(kind),
            icon=kind.icon,
            side=side,
            places=places,
            tip=from_catalogue(kind.summary),
            spoken=f"{kind_title(kind)}. {from_catalogue(kind.summary)}",
        )

    def _describe(self) -> None:
        candidate = self._candidate(self.list.currentIndex().row())
        self.hint.setText(from_catalogue(candidate.kind.summary) if candidate else "")

    def _candidate(self, at: int) -> Candidate | None:
        return self._found[at] if 0 <= at < len(self._found) else None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        pressed = event.type() == QEvent.Type.KeyPress
        if watched is self.field and pressed and isinstance(event, QKeyEvent):
            return self._key(event)
        if watched is self.field and event.type() == QEvent.Type.FocusOut:
            self.close_search()
        return super().eventFilter(watched, event)

    def _key(self, event: QKeyEvent) -> bool:
        key, keys = event.key(), Qt.Key
        if key in STEPS:
            self._step(STEPS[key])
        elif key in (keys.Key_Return, keys.Key_Enter, keys.Key_Tab):
            self._choose(self.list.currentIndex().row())
        elif key == keys.Key_Escape:
            self.close_search()
        else:
            return False
        return True

    def _step(self, by: int) -> None:
        first = int(self._candidate(0) is None)
        count = self.rows.rowCount() - first
        at = self.list.currentIndex().row() - first
        to = (at + by) % max(count, 1) if abs(by) == 1 else min(max(at + by, 0), count - 1)
        self.list.setCurrentIndex(self.rows.index(to + first))

    def _choose(self, at: int) -> None:
        candidate = self._candidate(at)
        if candidate is None:
            return
        kind = candidate.kind.kind
        self.recent = [kind, *(k for k in self.recent if k != kind)][:RECENT]
        self.close_search()
        self.chosen.emit(kind, candidate.port)


class FitHead(QWidget):
    """The header: the glyph and the type of the port to fit."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.port: Port | None = None
        self.words = QLabel()
        self.words.setProperty("role", "hint")
        row = QHBoxLayout(self)
        row.setContentsMargins(26, 0, 4, 0)
        row.addWidget(self.words)

    def show_port(self, port: Port | None) -> None:
        self.port = port
        self.setVisible(port is not None and port.info is not None)
        if port is not None and port.info is not None:
            kinds = port.info.accepts if port.side == "input" else []
            type = " / ".join(kinds or [port.info.type])
            words = tr("Takes {0}") if port.side == "output" else tr("Gives {0}")
            self.words.setText(words.format(type))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.port is None:
            return
        painter, t = QPainter(self), theme()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        at = QPointF(13, self.height() / 2)
        colour = t.wire(self.port.family).colour
        paint_glyph(
            painter, self.port.glyph, at, colour, filled=True, ground=t.panel, inside=t.panel
        )
