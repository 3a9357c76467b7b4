"""The text of a note: Markdown with formulas, set for a width and a size of type.

A text without any mark is drawn as it is. Nothing is loaded for it: pictures other than its own
formulas stay out, HTML is shown as it is written, and what is longer than a note can show is cut.
"""

from __future__ import annotations

import re
from typing import Any

from PySide6.QtCore import QUrl
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QFont,
    QPainter,
    QPalette,
    QTextCursor,
    QTextDocument,
)

from workbench.canvas.lettering import canvas_font
from workbench.look import theme as look
from workbench.look.eliding import ELLIPSIS
from workbench.look.markdown import Type, Typesetting
from workbench.look.theme import theme

MOST = 4000  # letters that are set
_MARKED = re.compile(r"[*_`$\[#|>~<&\\]|^\s*(?:[-+]|\d+[.)])\s", re.MULTILINE)
_LINE = re.compile(r"(?<!\n)\n(?!\n)")
_AFTER_LIST = re.compile(r"^(\s*(?:[-*+]|\d+[.)])\s.*)\n(?=\S)(?![-*+]\s|\d+[.)]\s)", re.MULTILINE)
_LINK = re.compile(r"(?<!!)\[([^\]\n]+)\]\((\w+://[^)\s]+)\)")
_SCHEMES = ("http://", "https://")
_FEATURES = (
    QTextDocument.MarkdownFeature.MarkdownDialectGitHub
    | QTextDocument.MarkdownFeature.MarkdownNoHTML
)


def is_marked(text: str) -> bool:
    """Return whether a text may hold more than plain words."""
    return _MARKED.search(text) is not None


def links_of(text: str) -> list[tuple[str, str]]:
    """Return the words and the addresses of the links to the web."""
    return [(words, to) for words, to in _LINK.findall(text) if to.startswith(_SCHEMES)]


class Sheet(QTextDocument):
    """A text that is set."""

    def __init__(self, text: str, width: float, size: float, ratio: float) -> None:
        super().__init__()
        scale = size / look.BODY

        def font(pixels: float, weight: int) -> QFont:
            return canvas_font(pixels * scale, weight)

        whole = text if len(text) <= MOST else text[:MOST] + ELLIPSIS
        lines = _LINE.sub("  \n", _AFTER_LIST.sub(r"\1\n\n", whole))  # as they are written
        kind = Type(scale, width, theme().note_text, ratio, font, tight=True)
        self.setting = Typesetting(lines, kind)
        self.setDocumentMargin(0)
        self.setIndentWidth(16)
        self.setDefaultFont(canvas_font(size))
        self.setMarkdown(self.setting.text, _FEATURES)
        self.setting.style(self)
        last = QTextCursor(self.lastBlock())
        ends = last.blockFormat()
        ends.setBottomMargin(0)
        last.setBlockFormat(ends)
        self.setTextWidth(width)

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        number = self.setting.number(QUrl(name).toString())
        return None if number is None else self.setting.picture(number)

    @property
    def height(self) -> float:
        return self.size().height()

    def draw(self, painter: QPainter) -> None:
        context = QAbstractTextDocumentLayout.PaintContext()
        palette = QPalette(context.palette)  # type: ignore[attr-defined]
        palette.setColor(QPalette.ColorRole.Text, theme().note_text)
        context.palette = palette  # type: ignore[attr-defined]
        self.documentLayout().draw(painter, context)
