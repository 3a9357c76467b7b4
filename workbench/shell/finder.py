"""The open search of the start page: a field, and the five things that fit best."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from engine.document.catalogue import Catalogue
from workbench.bench.examples import Example
from workbench.look.theme import theme
from workbench.panels.categories import CATEGORIES
from workbench.panels.lesson import spoken_lessons
from workbench.search.finding import Entry, Found, find, nearest
from workbench.search.things import (
    Part,
    Thing,
    action_things,
    example_things,
    lesson_thing,
    mixed,
    node_thing,
    node_things,
)
from workbench.widgets.base import Search, label, separator
from workbench.widgets.base import tr as common
from workbench.widgets.rows import Row, RowPainter, Rows, list_view

MOST = 5
FIRST = ("Digits", "RingMixture", "TwoMoons", "Shakespeare", "MNIST")
"""Kinds listed before anything is typed: data to begin with."""


def tr(text: str) -> str:
    return QCoreApplication.translate("start", text)


class Tall(RowPainter):
    """Rows of 48 px."""

    height = 30


class Finder(QFrame):
    """A search in place: it stays open, and Enter takes the row that is marked."""

    chosen = Signal(str, str)  # the part and the name of a thing
    left = Signal()  # Esc

    def __init__(self, catalogue: Catalogue, examples: list[Example], parent: QWidget) -> None:
        super().__init__(parent)
        self.catalogue = catalogue
        self._examples = examples
        self._entries: list[Entry[Thing]] = []  # made when first searched
        self._shown: list[Thing | None] = []
        self.setProperty("surface", "overlay")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._make()
        self._find("")

    def _make(self) -> None:
        self.field = Search(tr("Nodes, examples, lessons, actions"))
        self.field.setMinimumHeight(40)
        self.field.textChanged.connect(self._find)
        self.field.installEventFilter(self)
        self.rows = Rows(self)
        self.list = list_view(self.rows, common("Found"), self)
        self.list.setItemDelegate(Tall(self.list))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setFixedHeight(round(MOST * 48 * theme().text_scale) + 2)
        self.list.clicked.connect(lambda index: self._take(index.row()))
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 6)
        column.setSpacing(6)
        column.addWidget(self.field)
        column.addWidget(self.list)
        column.addWidget(separator())
        column.addWidget(label(tr("Enter add or open · Tab next kind · Esc empty canvas"), "faint"))

    def show_catalogue(self, catalogue: Catalogue) -> None:
        self.catalogue, self._entries = catalogue, []
        self._find(self.field.text())

    def _find(self, pattern: str) -> None:
        shown = self._found(pattern) if pattern.strip() else self._first()
        rows = [_row(fit) for fit in shown]
        self._shown = [fit.item for fit in shown]
        if pattern.strip() and not find(pattern, self._all()):
            said = tr("Nothing found. Spelt alike:") if rows else tr("Nothing found")
            rows.insert(0, Row(id="", title=said, faint=True, heading=True))
            self._shown.insert(0, None)
        self.rows.show(rows[:MOST])
        first = next((i for i, thing in enumerate(self._shown) if thing is not None), 0)
        self.list.setCurrentIndex(self.rows.index(first))

    def _all(self) -> list[Entry[Thing]]:
        if not self._entries:
            self._entries = [
                *node_things(self.catalogue),
                *example_things(self._examples, self.catalogue),
                *(lesson_thing(*words) for words in spoken_lessons()),
                *action_things(),
            ]
        return self._entries

    def _found(self, pattern: str) -> list[Found[Thing]]:
        found = find(pattern, self._all())
        return mixed(found, MOST) if found else nearest(pattern, self._all())[: MOST - 1]

    def _first(self) -> list[Found[Thing]]:
        kinds = [self.catalogue.kinds[name] for name in FIRST if name in self.catalogue.kinds]
        return [Found(node_thing(kind), 0.0) for kind in kinds]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field and event.type() == QEvent.Type.KeyPress:
            return isinstance(event, QKeyEvent) and self._press(event)
        return super().eventFilter(watched, event)

    def _press(self, event: QKeyEvent) -> bool:
        key, keys, at = event.key(), Qt.Key, self.list.currentIndex().row()
        if key in (keys.Key_Down, keys.Key_Up):
            self._go(at + (1 if key == keys.Key_Down else -1))
        elif key in (keys.Key_Return, keys.Key_Enter) and not event.modifiers():
            self._take(at)
        elif key == keys.Key_Escape:
            self.left.emit()
        elif key == keys.Key_Tab:
            return self._next_part(at)
        else:
            return False
        return True

    def _go(self, to: int) -> None:
        if 0 <= to < len(self.rows.rows) and self._shown[to] is not None:
            self.list.setCurrentIndex(self.rows.index(to))

    def _next_part(self, at: int) -> bool:
        """Mark the first row of the next part; after the last one, the focus goes on."""
        now = self._shown[at] if 0 <= at < len(self._shown) else None
        for to in range(at + 1, len(self.rows.rows)):
            thing = self._shown[to]
            if thing is not None and now is not None and thing.part != now.part:
                self._go(to)
                return True
        return False

    def _take(self, at: int) -> None:
        thing = self._shown[at] if 0 <= at < len(self._shown) else None
        if thing is not None:
            self.chosen.emit(thing.part, thing.name)


def _row(fit: Found[Thing]) -> Row:
    thing = fit.item
    return Row(
        id=f"{thing.part} {thing.name}",
        title=thing.title,
        icon=thing.icon,
        detail=thing.sentence,
        side=_part_said(thing),
        places=fit.places,
        strong=True,
    )


def _part_said(thing: Thing) -> str:
    """Return what a thing is: the category of a node, else its part."""
    words: dict[Part, str] = {
        "node": common(CATEGORIES.get(thing.category, (thing.category.capitalize(),))[0]),
        "example": tr("Example"),
        "lesson": tr("Lesson"),
        "action": tr("Action"),
    }
    return words[thing.part]
