"""The command palette (Ctrl+K): search all actions, nodes and examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QFrame, QListView, QVBoxLayout, QWidget
from shiboken6 import isValid

from engine.document.catalogue import Catalogue
from engine.document.graph import Graph
from workbench.bench.examples import Example
from workbench.search.entries import example_entries, kind_entry
from workbench.search.finding import Entry, Found, find, nearest
from workbench.widgets.base import Search, tr
from workbench.widgets.rows import Row, Rows, list_view, nothing_row
from workbench.words.kinds import kind_title, title_of

WIDTH, TOP, MOST = 560, 56, 60
PARTS = {">": "action", "@": "node", "+": "kind", "/": "example"}


@dataclass(frozen=True, slots=True)
class Command:
    """An entry. `part` is its type: action, node, kind or example."""

    title: str
    call: Callable[[], object]
    part: str = "action"
    icon: str = ""
    detail: str = ""
    keys: str = ""
    words: str = ""
    texts: tuple[tuple[float, str], ...] = ()
    enabled: bool = True

    def entry(self, number: int) -> Entry[int]:
        return Entry(number, ((1.0, self.title), (0.5, self.words), *self.texts))

    def row(self, number: int, places: tuple[int, ...]) -> Row:
        return Row(
            id=str(number),
            title=self.title,
            icon=self.icon or "chevron-right",
            side=self.keys or self.detail,
            places=places,
            faint=not self.enabled,
            spoken=", ".join(t for t in (self.title, self.detail, self.keys) if t),
        )


def action_commands(actions: Iterable[QAction]) -> list[Command]:
    """Return a command for each visible `QAction` with a title."""
    found = []
    for action in actions:
        title = action.text().replace("&", "").rstrip("…")
        if not title or action.isSeparator() or action.menu() or not action.isVisible():
            continue
        if submenu := action.property("submenu"):
            title = f"{submenu} › {title}"  # alone it is ambiguous: "Dark", "View 1"
        found.append(
            Command(
                title=title,
                call=action.trigger,
                icon=(action.property("lucide") or [""])[0],
                detail=str(action.property("menu_title") or ""),
                keys=action.shortcut().toString(action.shortcut().SequenceFormat.NativeText),
                words=action.toolTip(),
                enabled=action.isEnabled(),
            )
        )
    return found


def node_commands(
    graph: Graph, catalogue: Catalogue, go: Callable[[list[str]], object]
) -> list[Command]:
    """Return a command for each node of the graph, which selects it."""
    titles = {node: title_of(graph, catalogue, node) for node in graph.nodes}
    counts = Counter(titles.values())
    found = []
    for node, place in graph.nodes.items():
        info = catalogue.of(place)
        found.append(
            Command(
                title=titles[node],
                call=partial(go, [node]),
                part="node",
                icon=info.icon if info else "circle-question-mark",
                detail=tr("on the canvas") if counts[titles[node]] == 1 else node,
                words=f"{node} {place.kind}",
            )
        )
    return found


def kind_commands(catalogue: Catalogue, add: Callable[[str], object]) -> list[Command]:
    """Return a command for each kind, which adds a node."""
    return [
        Command(
            title=tr("Add {0}").format(kind_title(info)),
            call=partial(add, info.kind),
            part="kind",
            icon=info.icon,
            detail=tr("add a node"),
            texts=kind_entry(info, info).texts,
        )
        for info in catalogue.kinds.values()
    ]


def example_commands(
    examples: list[Example], catalogue: Catalogue, open_example: Callable[[str], object]
) -> list[Command]:
    """Return a command for each example, which opens it."""
    return [
        Command(
            title=entry.item.title,
            call=partial(open_example, entry.item.name),
            part="example",
            icon="graduation-cap",
            detail=tr("example"),
            texts=entry.texts,
        )
        for entry in example_entries(examples, catalogue)
    ]


class CommandPalette(QFrame):
    """A field and a list over the window. `>`, `@`, `+`, `/` restrict the search to one part."""

    chosen = Signal(object)  # the command, before it is run

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.host = parent
        self.commands: list[Command] = []
        self._recent: list[str] = []
        self._before: QWidget | None = None
        self.setProperty("surface", "overlay")
        self.setProperty("passing", True)  # the keys go back to where they were
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.words = ""  # what is asked for, where the commands are not all there are
        self.search = Search("")
        self.search.textChanged.connect(self._refill)
        self.search.installEventFilter(self)
        self.rows = Rows(self)
        self.view = list_view(self.rows, tr("Found"))
        self.view.setSelectionMode(QListView.SelectionMode.SingleSelection)
        self.view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.view.clicked.connect(lambda index: self._take(index.row()))
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(8)
        column.addWidget(self.search)
        column.addWidget(self.view, 1)
        self.hide()
        parent.installEventFilter(self)

    def open(self, commands: Iterable[Command], text: str = "", *, words: str = "") -> None:
        """Open with these commands; with `words` for what is asked, listed as they come."""
        self.commands, self.words = list(commands), words
        self.setAccessibleName(words or tr("Actions and nodes"))
        self.search.say(words or tr("Search actions and nodes"))
        self._before = self.window().focusWidget()
        self.search.setText(text)
        self._refill()
        self._place()
        self.show()
        self.raise_()
        self.search.setFocus()
        self.search.selectAll()

    def close_(self) -> None:
        """Restore the focus and close: a field that is hidden first gives the keys to another."""
        if self.isVisible():
            before, self._before = self._before, None
            if before is not None and isValid(before) and before.isVisible():
                before.setFocus()
            self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.search and event.type() == QEvent.Type.KeyPress:
            return self._press(event)  # type: ignore[arg-type]
        if watched is self.search and event.type() == QEvent.Type.FocusOut:
            self.close_()
        if watched is self.parent() and event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def _press(self, event: QKeyEvent) -> bool:
        steps = _STEPS.get(int(event.key()))
        if steps:
            row = self.view.currentIndex().row() + steps
            self._go(max(0, min(row, len(self.rows.rows) - 1)))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._take(self.view.currentIndex().row())
        elif event.key() == Qt.Key.Key_Escape:
            self.close_()
        else:
            return False
        return True

    def _take(self, row: int) -> None:
        if not 0 <= row < len(self.rows.rows) or not self.rows.rows[row].id:
            return
        command = self.commands[int(self.rows.rows[row].id)]
        if not command.enabled:
            return
        if not self.words:
            self._recent = [command.title, *(t for t in self._recent if t != command.title)][:8]
        self.close_()
        self.chosen.emit(command)
        command.call()

    def _refill(self) -> None:
        text = self.search.text().strip()
        part = "" if self.words else PARTS.get(text[:1], "")
        numbers = [
            i
            for i, c in enumerate(self.commands)
            if c.part == part or (not part and self._usual(c, text))
        ]
        found, first = self._found(numbers, text[1:].strip() if part else text)
        self.rows.show(found)
        self._go(first)

    def _usual(self, command: Command, text: str) -> bool:
        """Return whether a command is listed when no part is asked for."""
        return bool(text) or command.part in ("action", "node")

    def _found(self, numbers: list[int], text: str) -> tuple[list[Row], int]:
        """Return the rows for a text, and the index of the first that can be chosen."""
        entries = [self.commands[i].entry(i) for i in numbers]
        found = find(text, entries)
        if not text and not self.words:
            found.sort(key=lambda fit: self._age(self.commands[fit.item].title))
        if found:
            return self._rows(found), 0
        near = self._rows(nearest(text, entries))
        return [nothing_row(near), *near], int(bool(near))

    def _rows(self, found: list[Found[int]]) -> list[Row]:
        return [self.commands[fit.item].row(fit.item, fit.places) for fit in found[:MOST]]

    def _age(self, title: str) -> int:
        return self._recent.index(title) if title in self._recent else len(self._recent)

    def _go(self, row: int) -> None:
        index = self.rows.index(row)
        self.view.setCurrentIndex(index)
        self.view.scrollTo(index)

    def _place(self) -> None:
        """Place the palette at the top centre of the window."""
        width = min(WIDTH, self.host.width() - 32)
        height = min(460, self.host.height() - 2 * TOP)
        corner = QPoint((self.host.width() - width) // 2, TOP)
        self.setGeometry(corner.x(), corner.y(), width, max(160, height))


_STEPS = {
    int(Qt.Key.Key_Up): -1,
    int(Qt.Key.Key_Down): 1,
    int(Qt.Key.Key_PageUp): -8,
    int(Qt.Key.Key_PageDown): 8,
}
