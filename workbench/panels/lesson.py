"""The lesson: text with formulas and links that act on the graph.

Markdown from resources/lessons. `$...$` is an inline formula, `$$...$$` a displayed one. Links:
`node:encoder` selects, `set:elbo.beta=4` sets a parameter, `action:run.toggle` runs an action,
`example:vae-mnist` opens an example, `lesson:vae` another lesson, `kind:Encoder` adds a node; web
addresses open in the browser.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import msgspec
from PySide6.QtCore import QLocale, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

import resources
from engine.document.catalogue import Catalogue
from engine.document.graph import Change
from workbench import edits
from workbench.look import formula
from workbench.panels.markdown import MarkdownPage
from workbench.panels.panel import Panel
from workbench.panels.params import effects, param_title
from workbench.widgets.base import tr
from workbench.widgets.sections import open_outside, row
from workbench.words.kinds import doc_of, from_catalogue, kind_title


def path_of(name: str) -> Path | None:
    """Return a lesson's file in the user's language, else in English, or None."""
    if not name or "/" in name or "\\" in name or name.startswith("."):
        return None
    language = QLocale().name()[:2]
    for file in (f"{name}.{language}.md", f"{name}.md"):
        path = resources.path("lessons", file)
        if path.exists():
            return path
    return None


def heading(name: str) -> str:
    """Return the title of a lesson, or its name if it has none."""
    path = path_of(name)
    first = path.read_text("utf-8").partition("\n")[0] if path else ""
    return first[2:].strip() if first.startswith("# ") else name.capitalize() or tr("Others")


def spoken_lessons() -> list[tuple[str, str, str, str]]:
    """Return the name of each lesson with a title, its title, first sentence and headings."""
    found = []
    names = {path.name.split(".")[0] for path in resources.path("lessons").glob("*.md")}
    for name in sorted(names):
        path = path_of(name)
        text = path.read_text("utf-8") if path else ""
        if text.startswith("# "):
            heads = ", ".join(line[3:] for line in text.splitlines() if line.startswith("## "))
            found.append((name, heading(name), first_sentence(text), heads))
    return found


def first_sentence(text: str) -> str:
    """Return the first sentence below a lesson's title, without marks."""
    paragraph = " ".join(text.partition("\n")[2].strip().partition("\n\n")[0].split())
    plain = re.sub(r"[*$]|\[([^\]]*)\]\([^)]*\)", lambda found: found[1] or "", paragraph)
    return re.split(r"(?<=[.:])\s", plain, maxsplit=1)[0].rstrip(":\u202f ")


def section_of(text: str, example: str) -> str:
    """Return the heading of the section that links to an example the soonest, or ""."""
    parts = [part.partition("\n") for part in text.split("\n## ")[1:]]
    link = f"(example:{example})"
    found = [(body.index(link), heading.strip()) for heading, _, body in parts if link in body]
    return min(found)[1] if found else ""


class Lesson(Panel):
    """The lesson of the graph, or a chosen one."""

    example_requested = Signal(str)
    add_requested = Signal(str)

    title = "Lesson"
    icon = "book-open"

    def __init__(self, catalogue: Catalogue | None = None, parent: QWidget | None = None) -> None:
        super().__init__(catalogue, parent)
        self.name = ""
        self._kind = ""
        self.selection: list[str] = []
        self.page = MarkdownPage()
        self.page.setAccessibleName(tr("Lesson"))
        self.page.followed.connect(self.follow)
        self.own = self._pill(lambda: self.show_lesson(""))
        self.node = self._pill(self.show_selected)
        self.bar = row(self.own, self.node, QWidget(), 1, spacing=4)
        self.bar.setContentsMargins(12, 6, 12, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self.page, 1)
        self.setFocusProxy(self.page)

    def bench_changed(self) -> None:
        self.name, self._kind = "", ""

    def is_affected_by(self, change: Change) -> bool:
        return any(put.path[0] == "lesson" for put in change.puts)

    def show_lesson(self, name: str) -> None:
        """Show a lesson by its name; "" is the graph's own."""
        self.name, self._kind = name, ""
        self.redraw_soon()

    def show_kind(self, kind: str) -> None:
        """Show the page of a node kind: its documentation, then its family's lesson."""
        self._kind = kind
        self.redraw_soon()

    def show_selection(self, ids: list[str]) -> None:
        """Offer the page of the selected node; the current page stays."""
        self.selection = list(ids)
        self.redraw_soon()

    def show_selected(self) -> None:
        """Show the page of the selected node, or of the graph if none is selected (F1)."""
        kind = self._selected_kind()
        if kind:
            self.show_kind(kind)
        else:
            self.show_lesson("")
        self.redraw_now()
        self.page.setFocus()

    def _selected_kind(self) -> str:
        node = self.selection[0] if self.selection else ""
        return self.graph.nodes[node].kind if node in self.graph.nodes else ""

    def _pill(self, pressed: Callable[[], object]) -> QPushButton:
        pill = QPushButton()
        pill.setProperty("flat", True)
        pill.setCheckable(True)
        pill.clicked.connect(lambda: pressed())
        return pill

    def _redraw_bar(self) -> None:
        kind = self._kind or self._selected_kind()
        info = self.catalogue.kinds.get(kind)
        self.own.setText(tr("Lesson"))
        self.own.setChecked(not self._kind)
        self.node.setText(kind_title(info) if info else kind)
        self.node.setChecked(bool(self._kind))
        self.bar.setVisible(bool(kind))

    def redraw(self) -> None:
        self._redraw_bar()
        text, example = self.text(), self.graph.extra.get("section")
        own = isinstance(example, str) and not self._kind and not self.name
        self.page.show_text(text, section_of(text, str(example)) if own else "")

    def text(self) -> str:
        """Return the markdown to show."""
        if self._kind:
            return self._kind_text(self._kind)
        name = self.name or self.graph.lesson
        path = path_of(name)
        if path is not None:
            return path.read_text("utf-8")
        if name:
            return tr("The lesson {0} is not there.").format(name)
        return tr("This graph has no lesson. Select a node and press F1 to read about it.")

    def _kind_text(self, kind: str) -> str:
        """Return a kind's page from the catalogue, followed by its category's lesson."""
        info = self.catalogue.kinds.get(kind)
        if info is None:
            return tr("The kind {0} is not installed.").format(kind)
        parts = [f"# {kind_title(info)}", doc_of(info)]
        parts += [f"$${formula.translate_words(info.formula)}$$"] if info.formula else []
        parts += [f"[{info.paper or info.paper_url}]({info.paper_url})"] if info.paper_url else []
        if info.params:
            parts.append("## " + tr("Parameters"))
            lines = (
                f"- **{param_title(p)}** {' '.join([from_catalogue(p.help), *effects(p)])}"
                for p in info.params
            )
            parts.append("\n".join(lines))
        path = path_of(info.category.lower())
        parts += [path.read_text("utf-8")] if path else []
        return "\n\n".join(parts)

    def follow(self, address: str) -> None:
        """Follow a link."""
        scheme, _, rest = address.partition(":")
        act = _LINKS.get(scheme)
        if act is not None:
            act(self, unquote(rest))
        else:
            open_outside(address)

    def _go(self, names: str) -> None:
        self.select_requested.emit([n for n in names.split(",") if n in self.graph.nodes])

    def _set(self, text: str) -> None:
        """Set a parameter from `elbo.beta=4`, as an undoable edit."""
        where, _, value = text.partition("=")
        node, _, name = where.rpartition(".")
        try:
            read = msgspec.json.decode(value.encode())
        except msgspec.DecodeError:
            read = value
        if node in self.graph.nodes:
            self.push(lambda: edits.set_param(self.graph, node, name, read))
            self.select_requested.emit([node])


_LINKS: dict[str, Callable[[Lesson, str], None]] = {
    "node": Lesson._go,
    "set": Lesson._set,
    "action": lambda lesson, id: lesson.action_requested.emit(id),
    "example": lambda lesson, name: lesson.example_requested.emit(name),
    "lesson": lambda lesson, name: lesson.show_lesson(name),
    "kind": lambda lesson, kind: lesson.add_requested.emit(kind),
}
