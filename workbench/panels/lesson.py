"""The lesson: text with formulas and links that do things, beside the graph it speaks of.

Markdown from resources/lessons. `$...$` is a formula in the line, `$$...$$` one of its own. Of the
links `node:encoder` selects, `set:elbo.beta=4` sets a parameter, `action:run.toggle` does an action
of the table, `example:vae-mnist` opens an example, `lesson:vae` another lesson, `kind:Encoder` adds
a node; web addresses open in the browser.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import msgspec
from PySide6.QtCore import QLocale, QSizeF, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import (
    QFontMetricsF,
    QImage,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextTable,
    QTextTableFormat,
)
from PySide6.QtGui import QTextDocument as Text
from PySide6.QtWidgets import QTextBrowser, QVBoxLayout, QWidget

import resources
from engine.catalogue import Catalogue
from engine.graph import Change
from workbench import edits, formula
from workbench import theme as look
from workbench.panels.base import Panel, tr
from workbench.panels.sections import open_outside
from workbench.theme import appearance, theme

FORMULA_SIZE, LEADING, MARGIN = 15.0, 4.0, 16
STANDS = 1.6  # px below the line that are empty or overshoot
_MATH = re.compile(r"(?<!\\)\$\$(.+?)\$\$|(?<![\\$])\$(?!\s)([^$\n]+?)(?<![\s\\])\$", re.DOTALL)
_CODE = re.compile(r"(```.*?```|`[^`\n]*`)", re.DOTALL)


def path_of(name: str) -> Path | None:
    """Return the file of a lesson in the user's language, in English where there is none."""
    if not name or "/" in name or "\\" in name or name.startswith("."):
        return None
    language = QLocale().name()[:2]
    for file in (f"{name}.{language}.md", f"{name}.md"):
        path = resources.path("lessons", file)
        if path.exists():
            return path
    return None


def with_pictures(markdown: str) -> tuple[str, list[tuple[str, bool]]]:
    """Put a picture's address in place of each formula; return the formulas, and which are alone.

    Code is left as it is: a dollar there is a dollar.
    """
    found: list[tuple[str, bool]] = []

    def picture(match: re.Match[str]) -> str:
        alone = match[1] is not None
        found.append(((match[1] or match[2]).strip(), alone))
        mark = f"![formula](formula:{len(found) - 1})"
        return f"\n\n{mark}\n\n" if alone else mark

    parts = _CODE.split(markdown)
    parts[::2] = [_MATH.sub(picture, part) for part in parts[::2]]
    return "".join(parts), found


class Page(QTextBrowser):
    """Markdown with typeset formulas."""

    followed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setOpenLinks(False)
        self.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.setProperty("lesson", True)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
        self.document().setDocumentMargin(MARGIN)
        self.document().setIndentWidth(20)
        self.anchorClicked.connect(lambda url: self.followed.emit(url.toString()))
        self._formulas: list[tuple[str, bool]] = []
        self._source = ""
        self._width = 0
        self._wider = QTimer(self, singleShot=True, interval=80)
        self._wider.timeout.connect(self._set)
        appearance.changed.connect(self._set)

    def resizeEvent(self, event: Any) -> None:
        """Typeset anew where the width is another: formulas shrink to fit."""
        super().resizeEvent(event)
        if self.width() != self._width and self._formulas:
            self._width = self.width()
            self._wider.start()

    def show_text(self, markdown: str) -> None:
        if markdown != self._source:
            self._source = markdown
            self._set()

    def loadResource(self, kind: int, name: QUrl) -> Any:
        """Typeset what is asked for as `formula:3`; nothing is ever loaded from the network."""
        if name.scheme() == "formula":
            return self._picture(int(name.path()))
        if not name.scheme() and name.path().endswith(".png"):
            return QImage(str(resources.path("lessons", Path(name.path()).name)))
        return None

    def _set(self) -> None:
        at = self.verticalScrollBar().value()
        text, self._formulas = with_pictures(self._source)
        self.document().clear()
        self.document().setDefaultFont(look.font(look.BODY))
        self.document().setMarkdown(text, Text.MarkdownFeature.MarkdownDialectGitHub)
        self._dress()
        self.verticalScrollBar().setValue(at)

    def _dress(self) -> None:
        """Give blocks air, headings their sizes, links and formulas their places."""
        block = self.document().begin()
        while block.isValid():
            cursor = QTextCursor(block)
            level = block.blockFormat().headingLevel()
            cursor.mergeBlockFormat(_block_format(level, bool(block.textList())))
            if level:
                cursor.select(QTextCursor.SelectionType.BlockUnderCursor)
                cursor.mergeCharFormat(_heading_format(level))
            self._dress_fragments(block)
            block = block.next()
        for frame in self.document().rootFrame().childFrames():
            if isinstance(frame, QTextTable):
                frame.setFormat(_table_format())

    def _dress_fragments(self, block: Any) -> None:
        pieces = [(f.position(), f.length(), f.charFormat()) for f in _fragments(block)]
        for position, length, format in pieces:
            cursor = QTextCursor(self.document())
            cursor.setPosition(position)
            cursor.setPosition(position + length, QTextCursor.MoveMode.KeepAnchor)
            if format.isImageFormat() and format.toImageFormat().name().startswith("formula:"):
                self._dress_formula(cursor, format.toImageFormat())
            elif format.fontWeight() > look.SEMIBOLD:
                strong = QTextCharFormat()
                strong.setFontWeight(look.SEMIBOLD)  # the heaviest that we ship
                cursor.mergeCharFormat(strong)
            elif format.isAnchor():
                link = QTextCharFormat()
                link.setForeground(theme().accent)
                link.setFontUnderline(not format.anchorHref().startswith("http"))
                cursor.mergeCharFormat(link)

    def _dress_formula(self, cursor: QTextCursor, format: Any) -> None:
        number = int(format.name().partition(":")[2])
        picture = self._picture(number)
        if picture is None:
            cursor.insertText(self._formulas[number][0])
            return
        size = QSizeF(picture.deviceIndependentSize())
        format.setWidth(size.width())
        format.setHeight(size.height())
        format.setToolTip(self._formulas[number][0])
        format.setVerticalAlignment(self._alignment(number))
        cursor.setCharFormat(format)
        if self._formulas[number][1]:
            alone = QTextBlockFormat()
            alone.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            cursor.mergeBlockFormat(alone)

    def _picture(self, number: int) -> QImage | None:
        latex, alone = self._formulas[number]
        size = FORMULA_SIZE * theme().text_scale * (1.1 if alone else 1.0)
        room = max(120, self.viewport().width() - 2 * MARGIN - 14)
        drawing = formula.drawing(latex, size, theme().text.name())
        if drawing and drawing.width > room:
            size *= max(0.6, room / drawing.width)
            drawing = formula.drawing(latex, size, theme().text.name())
        if drawing is None:
            return None
        above, below = (4.0, 4.0) if alone else self._on_the_line(drawing)
        return formula.paint(drawing, self.devicePixelRatioF(), above=above, below=below)

    def _alignment(self, number: int) -> QTextCharFormat.VerticalAlignment:
        latex, alone = self._formulas[number]
        drawing = formula.drawing(latex, FORMULA_SIZE * theme().text_scale, theme().text.name())
        stands = alone or drawing is None or drawing.descent < STANDS
        sides = QTextCharFormat.VerticalAlignment
        return sides.AlignNormal if stands else sides.AlignMiddle

    def _on_the_line(self, drawing: formula.Drawing) -> tuple[float, float]:
        """Return the space above and below that brings a formula's baseline to the text's.

        What has no descent stands on the line. For the rest Qt has the middle of the line alone:
        such a picture is made higher than the text, and as its middle lies, so lies the line's.
        """
        if drawing.descent < STANDS:
            return 0.0, -drawing.descent
        metrics = QFontMetricsF(look.font(look.BODY))
        shift = metrics.xHeight() // 1 / 2
        least = max(drawing.ascent, metrics.ascent())
        height = math.ceil(max(2 * least - shift, 2 * drawing.descent + shift))
        above = (height + shift) / 2 - drawing.ascent
        return above, height - above - drawing.height


class Lesson(Panel):
    """The lesson of the graph, or the one asked for."""

    example_requested = Signal(str)
    add_requested = Signal(str)

    title = "Lesson"
    icon = "book-open"

    def __init__(self, catalogue: Catalogue | None = None, parent: QWidget | None = None) -> None:
        super().__init__(catalogue, parent)
        self.name = ""
        self._kind = ""
        self.page = Page()
        self.page.setAccessibleName(tr("Lesson"))
        self.page.followed.connect(self.follow)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.page)
        self.setFocusProxy(self.page)

    def bench_changed(self) -> None:
        self.name, self._kind = "", ""

    def touches(self, change: Change) -> bool:
        return any(put.path[0] == "lesson" for put in change.puts)

    def show_lesson(self, name: str) -> None:
        """Show a lesson by its name; an empty one is the graph's own."""
        self.name, self._kind = name, ""
        self.mark()

    def show_kind(self, kind: str) -> None:
        """Show what is to be said of a node kind: its family's lesson, below its own words."""
        self._kind = kind
        self.mark()

    def redraw(self) -> None:
        self.page.show_text(self.text())

    def text(self) -> str:
        """Return the markdown that is to be shown."""
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
        """Return a page on a kind from the catalogue, and below it its category's lesson."""
        info = self.catalogue.kinds.get(kind)
        if info is None:
            return tr("The kind {0} is not installed.").format(kind)
        parts = [f"# {info.title}", info.doc or info.summary]
        parts += [f"$${info.formula}$$"] if info.formula else []
        parts += [f"[{info.paper or info.paper_url}]({info.paper_url})"] if info.paper_url else []
        if info.params:
            parts.append("## " + tr("Parameters"))
            parts.append("\n".join(f"- **{p.title or p.name}** {p.help}" for p in info.params))
        path = path_of(info.category.lower())
        parts += [path.read_text("utf-8")] if path else []
        return "\n\n".join(parts)

    # --- links ---

    def follow(self, address: str) -> None:
        """Do what a link says."""
        scheme, _, rest = address.partition(":")
        act = _LINKS.get(scheme)
        if act is not None:
            act(self, unquote(rest))
        else:
            open_outside(address)

    def _go(self, names: str) -> None:
        self.select_requested.emit([n for n in names.split(",") if n in self.graph.nodes])

    def _set(self, text: str) -> None:
        """Set a parameter, `elbo.beta=4`: a lesson proposes, one undo takes it back."""
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


def _fragments(block: Any) -> list[Any]:
    found, at = [], block.begin()
    while not at.atEnd():
        found.append(at.fragment())
        at += 1
    return found


def _block_format(level: int, listed: bool) -> QTextBlockFormat:
    made = QTextBlockFormat()
    made.setTopMargin({0: 2 if listed else 4, 1: 0, 2: 14}.get(level, 10))
    made.setBottomMargin(2 if listed else 6)
    made.setLineHeight(LEADING, int(QTextBlockFormat.LineHeightTypes.LineDistanceHeight.value))
    return made


def _table_format() -> QTextTableFormat:
    made = QTextTableFormat()
    made.setBorder(1)
    made.setBorderStyle(QTextTableFormat.BorderStyle.BorderStyle_Solid)
    made.setBorderBrush(theme().line)
    made.setBorderCollapse(True)
    made.setCellPadding(5)
    made.setTopMargin(6)
    made.setBottomMargin(10)
    return made


def _heading_format(level: int) -> QTextCharFormat:
    made = QTextCharFormat()
    made.setFont(look.font({1: look.TITLE, 2: look.BODY + 1}.get(level, look.BODY), look.SEMIBOLD))
    made.setForeground(theme().text)
    made.setProperty(QTextCharFormat.Property.FontSizeAdjustment, 0)
    return made
