"""Markdown with typeset formulas in a text document, in the theme's fonts and colours."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QSizeF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QImage,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFragment,
    QTextImageFormat,
    QTextTable,
    QTextTableFormat,
)

from workbench.look import formula
from workbench.look import theme as look
from workbench.look.eliding import ELLIPSIS
from workbench.look.theme import theme

LONGEST_FORMULA = 1000  # letters
FORMULA_SIZE, SMALLEST, LEADING = 15.0, 0.56, 4.0
TABLE_PADDING, TABLE_BORDER = 5, 1
STANDS = 1.6  # px below the baseline that are empty or overshoot
WEB = ("http://", "https://")  # where links of notes may lead
MOST = 4000  # letters of a note that are set
_MARKED = re.compile(r"[*_`$\[#|>~<&\\]|^\s*(?:[-+]|\d+[.)])\s", re.MULTILINE)
_LINE = re.compile(r"(?<!\n)\n(?!\n)")
_AFTER_LIST = re.compile(r"^(\s*(?:[-*+]|\d+[.)])\s.*)\n(?=\S)(?![-*+]\s|\d+[.)]\s)", re.MULTILINE)
_MATH = re.compile(r"(?<!\\)\$\$(.+?)\$\$|(?<![\\$])\$(?!\s)([^$\n]+?)(?<![\s\\])\$", re.DOTALL)
_CODE = re.compile(r"(```.*?```|`[^`\n]*`)", re.DOTALL)


def is_marked(text: str) -> bool:
    """Return whether a note may hold more than plain words."""
    return _MARKED.search(text) is not None


def as_written(note: str) -> str:
    """Return a note as Markdown that keeps its lines; one that is too long is cut."""
    whole = note if len(note) <= MOST else note[:MOST] + ELLIPSIS
    return _LINE.sub("  \n", _AFTER_LIST.sub(r"\1\n\n", whole))


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


@dataclass(frozen=True)
class Type:
    """How a text is set: its scale against the window's type, width of a line, ink, sharpness."""

    scale: float
    room: float
    ink: QColor
    ratio: float
    font: Callable[[float, int], QFont]
    tight: bool = False  # without air between lines

    @property
    def formula_size(self) -> float:
        return FORMULA_SIZE * self.scale


class Typesetting:
    """A text and its formulas. `text` has images in their places; `picture` draws one."""

    def __init__(self, markdown: str, type: Type) -> None:
        self.text, self.formulas = with_pictures(markdown)
        self.type = type

    def style(self, document: QTextDocument) -> None:
        """Set margins of blocks, sizes of headings, and the formats of links and formulas."""
        block = document.begin()
        while block.isValid():
            cursor = QTextCursor(block)
            level = block.blockFormat().headingLevel()
            cursor.mergeBlockFormat(self._block_format(level, listed=bool(block.textList())))
            if level:
                cursor.select(QTextCursor.SelectionType.BlockUnderCursor)
                cursor.mergeCharFormat(self._heading_format(level))
            self._style_fragments(document, block)
            block = block.next()
        for frame in document.rootFrame().childFrames():
            if isinstance(frame, QTextTable):
                frame.setFormat(_table_format())

    def _style_fragments(self, document: QTextDocument, block: QTextBlock) -> None:
        pieces = [(f.position(), f.length(), f.charFormat()) for f in _fragments(block)]
        for position, length, format in reversed(pieces):  # a text may take a formula's place
            cursor = QTextCursor(document)
            cursor.setPosition(position)
            cursor.setPosition(position + length, QTextCursor.MoveMode.KeepAnchor)
            number = self.number(format.toImageFormat().name())
            if format.isImageFormat() and number is not None:
                self._style_formula(cursor, format.toImageFormat(), number)
            elif format.fontWeight() > look.SEMIBOLD:
                strong = QTextCharFormat()
                strong.setFontWeight(look.SEMIBOLD)  # the heaviest weight shipped
                cursor.mergeCharFormat(strong)
            elif format.isAnchor():
                link = QTextCharFormat()
                link.setForeground(theme().accent)
                link.setFontUnderline(not format.anchorHref().startswith("http"))
                cursor.mergeCharFormat(link)

    def _style_formula(self, cursor: QTextCursor, format: QTextImageFormat, number: int) -> None:
        picture = self.picture(number)
        if picture is None:
            cursor.insertText(self.formulas[number][0])
            return
        size = QSizeF(picture.deviceIndependentSize())
        format.setWidth(size.width())
        format.setHeight(size.height())
        format.setToolTip(self.formulas[number][0])
        format.setVerticalAlignment(self._alignment(number))
        cursor.setCharFormat(format)
        if self.formulas[number][1]:
            alone = QTextBlockFormat()
            alone.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            cursor.mergeBlockFormat(alone)

    def number(self, name: str) -> int | None:
        """Return which formula an image's name means, None if it means none."""
        scheme, _, digits = name.partition(":")
        if scheme != "formula" or not digits.isdecimal() or int(digits) >= len(self.formulas):
            return None
        return int(digits)

    def picture(self, number: int) -> QImage | None:
        latex, alone = self.formulas[number]
        if len(latex) > LONGEST_FORMULA:
            return None
        size = self.type.formula_size * (1.1 if alone else 1.0)
        room, ink = self.type.room, self.type.ink.name()
        drawing = formula.drawing(latex, size, ink)
        if drawing and drawing.width > room:
            size *= max(SMALLEST, room / drawing.width)
            drawing = formula.drawing(latex, size, ink)
        if drawing is None:
            return None
        above, below = (4.0, 4.0) if alone else self._on_the_line(drawing)
        return formula.paint(drawing, self.type.ratio, above=above, below=below)

    def _alignment(self, number: int) -> QTextCharFormat.VerticalAlignment:
        latex, alone = self.formulas[number]
        drawing = formula.drawing(latex, self.type.formula_size, self.type.ink.name())
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
        metrics = QFontMetricsF(self.type.font(look.BODY, look.REGULAR))
        shift = metrics.xHeight() // 1 / 2
        least = max(drawing.ascent, metrics.ascent())
        height = math.ceil(max(2 * least - shift, 2 * drawing.descent + shift))
        above = (height + shift) / 2 - drawing.ascent
        return above, height - above - drawing.height

    def _block_format(self, level: int, *, listed: bool) -> QTextBlockFormat:
        made = QTextBlockFormat()
        tight = self.type.tight
        above = {0: 2 if listed else 4, 1: 0, 2: 14}.get(level, 10)
        made.setTopMargin((6 if level > 1 else 0) if tight else above)
        made.setBottomMargin(2 if listed or (tight and level) else 6)
        if not tight:
            distance = QTextBlockFormat.LineHeightTypes.LineDistanceHeight
            made.setLineHeight(LEADING, int(distance.value))
        return made

    def _heading_format(self, level: int) -> QTextCharFormat:
        made = QTextCharFormat()
        size = {1: look.TITLE, 2: look.BODY + 1}.get(level, look.BODY)
        made.setFont(self.type.font(size, look.SEMIBOLD))
        made.setForeground(self.type.ink)
        made.setProperty(QTextCharFormat.Property.FontSizeAdjustment, 0)
        return made


def _fragments(block: QTextBlock) -> list[QTextFragment]:
    found, at = [], block.begin()
    while not at.atEnd():
        found.append(at.fragment())
        at += 1
    return found


def _table_format() -> QTextTableFormat:
    made = QTextTableFormat()
    made.setBorder(TABLE_BORDER)
    made.setBorderStyle(QTextTableFormat.BorderStyle.BorderStyle_Solid)
    made.setBorderBrush(theme().line)
    made.setBorderCollapse(True)
    made.setCellPadding(TABLE_PADDING)
    made.setTopMargin(6)
    made.setBottomMargin(10)
    return made
