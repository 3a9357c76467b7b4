"""Markdown with typeset formulas, in the theme's fonts and colours."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer, QUrl, Signal
from PySide6.QtGui import (
    QDesktopServices,
    QFontMetricsF,
    QImage,
    QResizeEvent,
    QTextOption,
    QWheelEvent,
)
from PySide6.QtGui import QTextDocument as Text
from PySide6.QtWidgets import QTextBrowser, QWidget

import resources
from workbench.look import theme as look
from workbench.look.markdown import WEB, Type, Typesetting, as_written
from workbench.look.theme import appearance, theme
from workbench.panels.tables import fitted

MARGIN, BAR, SLACK = 16, 14, 2  # px: of the page, its scroll bar, and for rounding


class MarkdownPage(QTextBrowser):
    """Markdown with typeset formulas."""

    followed = Signal(str)
    features = Text.MarkdownFeature.MarkdownDialectGitHub
    margin = MARGIN

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setOpenLinks(False)
        self.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.setProperty("lesson", True)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
        self.document().setDocumentMargin(self.margin)
        self.document().setIndentWidth(20)
        self.setWordWrapMode(QTextOption.WrapMode.WordWrap)  # otherwise table columns break words
        self.anchorClicked.connect(lambda url: self.followed.emit(url.toString()))
        self._setting = self._typeset("")
        self._source = ""
        self._heading = ""
        self._opened: int | None = None  # where the text was opened
        self._width = 0
        self._wider = QTimer(self, singleShot=True, interval=80)
        self._wider.timeout.connect(self._set)
        appearance.changed.connect(self._set)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out again if the width changed: formulas shrink to fit, tables become lists."""
        super().resizeEvent(event)
        if self.width() != self._width and (self._setting.formulas or "|" in self._source):
            self._width = self.width()
            self._wider.start()

    def show_text(self, markdown: str, heading: str = "") -> None:
        """Show a text from a heading on, or from its top; what is shown already stays."""
        if (markdown, heading) != (self._source, self._heading):
            self._source, self._heading, self._opened = markdown, heading, None
            self._set()

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        """Typeset an image named `formula:3`; nothing is loaded from the network."""
        name = QUrl(name)
        if (number := self._setting.number(name.toString())) is not None:
            return self._setting.picture(number)
        if not name.scheme() and name.path().endswith(".png"):
            return QImage(str(resources.path("lessons", Path(name.path()).name)))
        return None

    def _set(self) -> None:
        bar = self.verticalScrollBar()
        at = bar.value()
        self._setting = self._typeset(self._source)
        text = fitted(self._setting.text, self._room, self._wide)
        self.document().clear()
        self.document().setDefaultFont(look.font(look.BODY))
        self.document().setMarkdown(text, self.features)
        self._setting.style(self.document())
        if self._opened in (None, at):  # not scrolled since
            at = self._opened = self._top_of(self._heading)
        bar.setValue(at)

    def _typeset(self, markdown: str) -> Typesetting:
        scale, ratio, ink = theme().text_scale, self.devicePixelRatioF(), theme().text
        return Typesetting(markdown, Type(scale, self._room, ink, ratio, look.font))

    def _top_of(self, heading: str) -> int:
        """Return where a heading begins, in px from the top; 0 without one."""
        block = self.document().begin()
        while heading and block.isValid():
            if block.blockFormat().headingLevel() and block.text() == heading:
                area = self.document().documentLayout().blockBoundingRect(block)
                return max(0, int(area.top()) - self.margin)
            block = block.next()
        return 0

    @property
    def _room(self) -> int:
        """Return the width of a line beside a scroll bar, whether shown or not.

        An image wider at layout than when it was painted would be scaled.
        """
        return max(120, self.width() - BAR - 2 * self.margin - SLACK)

    def _wide(self, word: str) -> float:
        """Return the width of a word or of a formula's image."""
        _, mark, number = word.partition("(formula:")
        if mark and (picture := self._setting.picture(int(number.rstrip(")")))):
            return picture.deviceIndependentSize().width()
        return QFontMetricsF(look.font(look.BODY, look.SEMIBOLD)).horizontalAdvance(word)


class NoteText(MarkdownPage):
    """The text of a note in its whole height. It comes with a file: no HTML, no pictures."""

    features = Text.MarkdownFeature.MarkdownDialectGitHub | Text.MarkdownFeature.MarkdownNoHTML
    margin = 0

    def __init__(self, text: str) -> None:
        super().__init__()
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        self.document().documentLayout().documentSizeChanged.connect(self._fit)
        self.followed.connect(self._open)
        self.show_text(as_written(text))

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        number = self._setting.number(QUrl(name).toString())
        return None if number is None else self._setting.picture(number)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # the panel scrolls

    def _open(self, address: str) -> None:
        if address.startswith(WEB):
            QDesktopServices.openUrl(QUrl(address))

    def _fit(self) -> None:
        self.setFixedHeight(math.ceil(self.document().size().height()))
