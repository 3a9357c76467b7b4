"""The text of a note: Markdown with formulas, set for a width and a size of type.

A text without any mark is drawn as it is. Nothing is loaded for it: pictures other than its own
formulas stay out, and HTML is shown as it is written.
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
from workbench.look.markdown import WEB, Type, Typesetting, as_written
from workbench.look.theme import theme

_LINK = re.compile(r"(?<!!)\[([^\]\n]+)\]\((\w+://[^)\s]+)\)")
_FEATURES = (
    QTextDocument.MarkdownFeature.MarkdownDialectGitHub
    | QTextDocument.MarkdownFeature.MarkdownNoHTML
)


def links_of(text: str) -> list[tuple[str, str]]:
    """Return the words and the addresses of the links to the web."""
    return [(words, to) for words, to in _LINK.findall(text) if to.startswith(WEB)]


class Sheet(QTextDocument):
    """A text that is set."""

    def __init__(self, text: str, width: float, size: float, ratio: float) -> None:
        super().__init__()
        scale = size / look.BODY

        def font(pixels: float, weight: int) -> QFont:
            return canvas_font(pixels * scale, weight)

        kind = Type(scale, width, theme().note_text, ratio, font, tight=True)
        self.setting = Typesetting(as_written(text), kind)
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
