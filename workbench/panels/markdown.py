"""Markdown with typeset formulas, in the theme's fonts and colours."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSizeF, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import (
    QFontMetricsF,
    QImage,
    QResizeEvent,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextFragment,
    QTextImageFormat,
    QTextOption,
    QTextTable,
    QTextTableFormat,
)
from PySide6.QtGui import QTextDocument as Text
from PySide6.QtWidgets import QTextBrowser, QWidget

import resources
from workbench.look import formula
from workbench.look import theme as look
from workbench.look.theme import appearance, theme
from workbench.panels.tables import BORDER, PADDING, fitted

FORMULA_SIZE, SMALLEST, LEADING, MARGIN = 15.0, 0.56, 4.0, 16
BAR, SLACK = 14, 2  # px of the stylesheet's scroll bar, and for rounding
STANDS = 1.6  # px below the baseline that are empty or overshoot
_MATH = re.compile(r"(?<!\\)\$\$(.+?)\$\$|(?<![\\$])\$(?!\s)([^$\n]+?)(?<![\s\\])\$", re.DOTALL)
_CODE = re.compile(r"(```.*?```|`[^`\n]*`)", re.DOTALL)


def with_pictures(markdown: str) -> tuple[str, list[tuple[str, bool]]]:
    """Replace formulas by image links; return the text, and each formula with "is displayed".

    Code is unchanged: there a dollar is a dollar.
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


class MarkdownPage(QTextBrowser):
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
        self.setWordWrapMode(QTextOption.WrapMode.WordWrap)  # otherwise table columns break words
        self.anchorClicked.connect(lambda url: self.followed.emit(url.toString()))
        self._formulas: list[tuple[str, bool]] = []
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
        if self.width() != self._width and (self._formulas or "|" in self._source):
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
        if name.scheme() == "formula":
            return self._picture(int(name.path()))
        if not name.scheme() and name.path().endswith(".png"):
            return QImage(str(resources.path("lessons", Path(name.path()).name)))
        return None

    def _set(self) -> None:
        bar = self.verticalScrollBar()
        at = bar.value()
        text, self._formulas = with_pictures(self._source)
        text = fitted(text, self._room, self._wide)
        self.document().clear()
        self.document().setDefaultFont(look.font(look.BODY))
        self.document().setMarkdown(text, Text.MarkdownFeature.MarkdownDialectGitHub)
        self._style()
        if self._opened in (None, at):  # not scrolled since
            at = self._opened = self._top_of(self._heading)
        bar.setValue(at)

    def _top_of(self, heading: str) -> int:
        """Return where a heading begins, in px from the top; 0 without one."""
        block = self.document().begin()
        while heading and block.isValid():
            if block.blockFormat().headingLevel() and block.text() == heading:
                area = self.document().documentLayout().blockBoundingRect(block)
                return max(0, int(area.top()) - MARGIN)
            block = block.next()
        return 0

    @property
    def _room(self) -> int:
        """Return the width of a line beside a scroll bar, whether shown or not.

        An image wider at layout than when it was painted would be scaled.
        """
        return max(120, self.width() - BAR - 2 * MARGIN - SLACK)

    def _wide(self, word: str) -> float:
        """Return the width of a word or of a formula's image."""
        _, mark, number = word.partition("(formula:")
        if mark and (picture := self._picture(int(number.rstrip(")")))):
            return picture.deviceIndependentSize().width()
        return QFontMetricsF(look.font(look.BODY, look.SEMIBOLD)).horizontalAdvance(word)

    def _style(self) -> None:
        """Set margins of blocks, sizes of headings, and the formats of links and formulas."""
        block = self.document().begin()
        while block.isValid():
            cursor = QTextCursor(block)
            level = block.blockFormat().headingLevel()
            cursor.mergeBlockFormat(_block_format(level, bool(block.textList())))
            if level:
                cursor.select(QTextCursor.SelectionType.BlockUnderCursor)
                cursor.mergeCharFormat(_heading_format(level))
            self._style_fragments(block)
            block = block.next()
        for frame in self.document().rootFrame().childFrames():
            if isinstance(frame, QTextTable):
                frame.setFormat(_table_format())

    def _style_fragments(self, block: QTextBlock) -> None:
        pieces = [(f.position(), f.length(), f.charFormat()) for f in _fragments(block)]
        for position, length, format in pieces:
            cursor = QTextCursor(self.document())
            cursor.setPosition(position)
            cursor.setPosition(position + length, QTextCursor.MoveMode.KeepAnchor)
            if format.isImageFormat() and format.toImageFormat().name().startswith("formula:"):
                self._style_formula(cursor, format.toImageFormat())
            elif format.fontWeight() > look.SEMIBOLD:
                strong = QTextCharFormat()
                strong.setFontWeight(look.SEMIBOLD)  # the heaviest weight shipped
                cursor.mergeCharFormat(strong)
            elif format.isAnchor():
                link = QTextCharFormat()
                link.setForeground(theme().accent)
                link.setFontUnderline(not format.anchorHref().startswith("http"))
                cursor.mergeCharFormat(link)

    def _style_formula(self, cursor: QTextCursor, format: QTextImageFormat) -> None:
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
        room = self._room
        drawing = formula.drawing(latex, size, theme().text.name())
        if drawing and drawing.width > room:
            size *= max(SMALLEST, room / drawing.width)
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
        """Return the space above and below that puts a formula's baseline on the text's.

        An image without descent is aligned at the baseline. For others Qt only aligns middles, so
        the image is padded until its middle has the height of the line's.
        """
        if drawing.descent < STANDS:
            return 0.0, -drawing.descent
        metrics = QFontMetricsF(look.font(look.BODY))
        shift = metrics.xHeight() // 1 / 2
        least = max(drawing.ascent, metrics.ascent())
        height = math.ceil(max(2 * least - shift, 2 * drawing.descent + shift))
        above = (height + shift) / 2 - drawing.ascent
        return above, height - above - drawing.height


def _fragments(block: QTextBlock) -> list[QTextFragment]:
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
    made.setBorder(BORDER)
    made.setBorderStyle(QTextTableFormat.BorderStyle.BorderStyle_Solid)
    made.setBorderBrush(theme().line)
    made.setBorderCollapse(True)
    made.setCellPadding(PADDING)
    made.setTopMargin(6)
    made.setBottomMargin(10)
    return made


def _heading_format(level: int) -> QTextCharFormat:
    made = QTextCharFormat()
    made.setFont(look.font({1: look.TITLE, 2: look.BODY + 1}.get(level, look.BODY), look.SEMIBOLD))
    made.setForeground(theme().text)
    made.setProperty(QTextCharFormat.Property.FontSizeAdjustment, 0)
    return made
