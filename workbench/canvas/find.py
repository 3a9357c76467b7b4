"""Find in the graph: a field, which of how many is shown, the next and the previous."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAction, QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from workbench.actions import named
from workbench.bench.paths import Way, path_of
from workbench.bench.scope import Scope
from workbench.canvas.camera import Camera
from workbench.canvas.controls import MARGIN, icon_button
from workbench.canvas.scene import Scene
from workbench.look.theme import set_icon, theme
from workbench.search.in_graph import Hit, all_hits
from workbench.words.kinds import tr

WIDTH, BELOW = 340, 24  # px: of the bar; from it to what is found


class FindBar(QFrame):
    """The bar. Each hit is selected and brought into sight; Esc closes it and keeps the selection.

    The hits are found anew at each step, since the graph may have changed. Those in groups, or
    outside of the one that is open, are on another canvas, whose bar goes on from there.
    """

    elsewhere = Signal(str, str)  # the path of a hit, and what is sought

    def __init__(self, parent: QWidget, scene: Scene, camera: Camera) -> None:
        super().__init__(parent)
        self.scene = scene
        self.camera = camera
        self.hits: list[Hit] = []
        self.setProperty("surface", "overlay")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(tr("Find in the graph"))
        self._make()
        self.hide()

    def _make(self) -> None:
        self.field = QLineEdit()
        self.field.setPlaceholderText(tr("Title, kind, hidden > 64"))
        self.field.setAccessibleName(tr("Find in the graph"))
        lens = QAction(self.field)
        set_icon(lens, "search", "text3")
        self.field.addAction(lens, QLineEdit.ActionPosition.LeadingPosition)
        self.field.textEdited.connect(self._typed)
        self.field.installEventFilter(self)
        self.count = QLabel()
        self.count.setProperty("role", "hint")
        self.words = QLabel()
        self.words.setProperty("role", "hint")
        self.words.setContentsMargins(4, 0, 4, 2)
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self.field, 1)
        row.addWidget(self.count)
        before = icon_button(
            "chevron-up", f"{tr('Previous')}  {named('Shift+F3')}", lambda: self.step(-1)
        )
        row.addWidget(before)
        row.addWidget(icon_button("chevron-down", f"{tr('Next')}  F3", lambda: self.step(1)))
        row.addWidget(icon_button("x", f"{tr('Close')}  {named('Esc')}", self.leave))
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 4, 4)
        column.setSpacing(2)
        column.addLayout(row)
        column.addWidget(self.words)

    def place(self, width: int) -> None:
        """Go to the middle of the upper edge of a canvas of this width."""
        self.setFixedWidth(min(round(WIDTH * theme().text_scale), width - 2 * MARGIN))
        self.adjustSize()
        self.move((width - self.width()) // 2, MARGIN - 4)

    def open(self) -> None:
        """Show the bar with what was last sought."""
        self.show()
        self._say(self._at())
        self.raise_()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def go_on(self, text: str) -> None:
        """Show what another canvas has sought, and of what is selected which hit it is."""
        self.field.setText(text)
        self._find()
        self.open()

    def leave(self) -> None:
        self.hide()
        self.camera.view.setFocus()

    def step(self, by: int) -> None:
        """Go to the next or the previous hit from where the selection is."""
        if not self.field.text().strip():
            self.open()
            return
        self.show()
        self._find()
        here = self._at()
        if here is None:
            here = -1 if by > 0 else 0
        self._go(here + by)

    def _typed(self) -> None:
        """Go to the first hit here, or stay on the one that is selected.

        While one types, what lies in groups is counted and not opened; Enter goes there.
        """
        self._find()
        here = next((i for i, hit in enumerate(self.hits) if hit.way == self._way), None)
        at = self._at()
        if at is None and here is None:
            self._say(None)
        else:
            self._go(at if at is not None else here or 0)

    @property
    def _way(self) -> Way:
        document = self.scene.document
        return document.way if isinstance(document, Scope) else ()

    def _find(self) -> None:
        document = self.scene.document
        whole = document.document if isinstance(document, Scope) else document
        found = all_hits(self.field.text(), whole.graph, self.scene.catalogue, self._way)
        self.hits = [hit for hit in found if hit.way != self._way or self._shows(hit.thing)]

    def _shows(self, thing: str) -> bool:
        return thing in self.scene.nodes or self._box(thing)

    def _box(self, thing: str) -> bool:
        return thing in self.scene.boxes

    def _at(self) -> int | None:
        """Return the place of the selected hit among all."""
        chosen = self.scene.selection.ids
        here = self._way
        places = (i for i, hit in enumerate(self.hits) if ([hit.thing], hit.way) == (chosen, here))
        return next(places, None)

    def _go(self, place: int) -> None:
        if not self.hits:
            self._say(None)
            return
        place %= len(self.hits)
        thing, _, way = self.hits[place]
        if way != self._way:
            self.leave()
            self.elsewhere.emit(path_of(way, thing), self.field.text())
            return
        self.scene.selection.set([thing])
        area = self.scene.area_of(thing)
        hidden = (self.geometry().bottom() + BELOW) / self.camera.scale
        self.camera.ensure_visible(area.adjusted(0, -hidden, 0, 0))
        self._say(place)

    def _say(self, place: int | None) -> None:
        """Show which of how many is selected, and why it was found."""
        sought = bool(self.field.text().strip())
        count, words = "", ""
        if place is not None:
            count = tr("{0} of {1}").format(place + 1, len(self.hits))
            words = self.hits[place].words
        elif sought:
            inside = tr("{0} in groups").format(len(self.hits))
            count = inside if self.hits else tr("Nothing found")
        self.count.setText(count)
        self.words.setText(words)
        self.words.setVisible(bool(words))
        self.place(self.camera.view.width())
        spoken = ", ".join(filter(None, (count, self._title(place), words)))
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, spoken))

    def _title(self, place: int | None) -> str:
        if place is None:
            return ""
        thing = self.hits[place].thing
        if not self._shows(thing):
            return thing
        box = self.scene.boxes.get(thing)
        return box.title if box is not None else self.scene.faces.title(thing)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        pressed = event.type() == QEvent.Type.KeyPress
        if watched is self.field and pressed and isinstance(event, QKeyEvent):
            return self._key(event)
        return super().eventFilter(watched, event)

    def _key(self, event: QKeyEvent) -> bool:
        key = event.key()
        if key == Qt.Key.Key_Escape:
            self.leave()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            back = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.step(-1 if back else 1)
        else:
            return False
        return True
