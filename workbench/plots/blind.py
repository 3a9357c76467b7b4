"""A blind test: sort pictures into real and generated, then see the share of right answers.

Arrays: `images` as in images.py, `real` (n, whether each is). Facts: `count`, pictures per test;
the following ones belong to the next tests. The truth is shown only after a test.
"""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from workbench.look.eliding import elide
from workbench.look.theme import RADIUS_CONTROL, WIRE_WIDTH
from workbench.plots.axes import number, text_width
from workbench.plots.base import Hit, Picture, Rows, Unreadable
from workbench.plots.images import Images
from workbench.plots.look import Look
from workbench.plots.outline import outlined
from workbench.plots.words import tr

FOOT = 26.0
BUTTON = 20.0
SIGN = 9.0  # px from a picture's corner to the middle of its sign


class Blind(Images):
    """A grid of pictures with the user's answers, and a line with the progress."""

    trims = False  # each picture is asked about

    def read(self) -> None:
        super().read()
        self.pool, self.truth = self.images, self.array("real", 1).astype(bool)
        if len(self.truth) != len(self.pool):
            raise Unreadable(tr("There must be one answer for each picture."))
        self.size = max(1, min(int(self.facts.get("count") or 24), len(self.pool) or 1))
        self.begin(0)

    def begin(self, test: int) -> None:
        """Start a test; after the last one the first."""
        self.test = test % max(1, len(self.pool) // self.size)
        here = slice(self.test * self.size, (self.test + 1) * self.size)
        self.images, self.real = self.pool[here], self.truth[here]
        self.answers: dict[int, bool] = {}  # index: answered "real", in the order of answering
        self.version += 1

    def take_state(self, before: Picture | None) -> None:
        """Continue with the test after the one finished in `before`."""
        if isinstance(before, Blind):
            self.begin(before.test + before.done)

    @property
    def in_use(self) -> bool:
        return bool(self.answers)

    @property
    def done(self) -> bool:
        return bool(self.count) and len(self.answers) == self.count

    @property
    def current(self) -> int:
        """The first picture without an answer; -1 if there is none."""
        return next((n for n in range(self.count) if n not in self.answers), -1)

    def wrong(self) -> list[int]:
        """Return the pictures with a wrong answer."""
        return [n for n, real in self.answers.items() if real != self.real[n]]

    def result(self) -> dict[str, float]:
        if not self.done:
            return {}
        share = 1 - len(self.wrong()) / self.count
        return {"": share, "error": error(share, self.count), "count": self.count}

    def sort(self, index: int, real: bool) -> bool:
        """Record an answer; return whether a picture was waiting for one."""
        if self.done or not 0 <= index < self.count:
            return False
        self.answers.pop(index, None)  # a repeated answer becomes the last one
        self.answers[index] = real
        self.version += 1
        return True

    def undo(self) -> bool:
        """Take back the last answer; return False if the truth is already shown."""
        if self.done or not self.answers:
            return False
        self.answers.popitem()
        self.version += 1
        return True

    def again(self) -> bool:
        """Go to the next test after a finished one."""
        if self.done:
            self.begin(self.test + 1)
            return True
        return False

    def uses_key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> bool:
        control = modifiers == Qt.KeyboardModifier.ControlModifier
        plain = modifiers in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        if plain:
            return key == Qt.Key.Key_Backspace or key in _again or key in _answers()
        return control and key == Qt.Key.Key_Z

    def press_key(self, key: Qt.Key) -> bool:
        if key in _again:
            return self.again()
        if key in _answers():
            return self.sort(self.current, _answers()[key])
        return self.undo()

    def click(self, place: QPointF, area: QRectF, look: Look) -> bool:
        if self._button(area, look).contains(place):
            return self.again() or self.undo()
        body = self.body(area, look)
        index = self.cells(body, look).at(place) if body.contains(place) else -1
        return index >= 0 and self.sort(
            index, place.x() < self._cell(index, area, look).center().x()
        )

    def hidden_by(self, area: QRectF, look: Look) -> float:
        """Return by how much to scroll to show the current picture."""
        if self.current < 0:
            return 0.0
        cell, body = self._cell(self.current, area, look), self.body(area, look)
        return max(0.0, cell.bottom() - body.bottom()) or min(0.0, cell.top() - body.top())

    def body(self, area: QRectF, look: Look) -> QRectF:
        """Return the rectangle of the pictures, above the line with the progress."""
        return area if look.small or look.ink else area.adjusted(0, 0, 0, -look.em(FOOT))

    def _cell(self, index: int, area: QRectF, look: Look) -> QRectF:
        return self.cells(self.body(area, look), look).cell(index)

    def _button(self, area: QRectF, look: Look) -> QRectF:
        """Return the rectangle of the button; empty if there is nothing to press it for."""
        if look.small or look.ink or not self.answers:
            return QRectF()
        wide, high = text_width(look, self._press(), "caption") + 20, look.em(BUTTON)
        return QRectF(area.right() - wide, area.bottom() - high, wide, high)

    def _press(self) -> str:
        return tr("Again") if self.done else tr("Undo")

    def length(self, area: QRectF, look: Look) -> float:
        body = self.body(area, look)
        return super().length(body, look) + area.height() - body.height()

    def hit(self, place: QPointF, area: QRectF, look: Look) -> Hit | None:
        found = super().hit(place, self.body(area, look), look)
        return found and Hit(f"{found.text} · {self._words(found.index)}", found.index)

    def _words(self, index: int) -> str:
        """Return a picture's origin, or the instruction to sort it."""
        if not self.done:
            return tr("left half: real, right half: made")
        what = tr("real") if self.real[index] else tr("made")
        taken = tr("real") if self.answers[index] else tr("made")
        return tr("{0}, sorted as {1}").format(what, taken)

    def paint(self, painter: QPainter, area: QRectF, look: Look) -> None:
        body = self.body(area, look)
        super().paint(painter, body, look)
        if look.small or not self.count:
            return
        painter.save()
        painter.setClipRect(body.adjusted(-1, -1, 1, 1))
        for index in self.answers:
            self._paint_answer(painter, self._cell(index, area, look), index, look)
        if self.current >= 0 and look.ink is None:
            _frame(painter, self._cell(self.current, area, look), look, "accent")
        painter.restore()
        if look.ink is None:
            self._paint_foot(painter, area, look)

    def _paint_answer(self, painter: QPainter, cell: QRectF, index: int, look: Look) -> None:
        wrong = self.done and index in self.wrong()
        if wrong:
            _frame(painter, cell, look, "error")
        elif self.done:
            painter.fillRect(cell, look.colour("panel", 0.5))
        sign = _sign(self.answers[index]) + (" ×" if wrong else "")
        half = text_width(look, sign, "name") / 2
        outlined(painter, look, QPointF(cell.left() + half + 4, cell.top() + SIGN), sign)

    def _paint_foot(self, painter: QPainter, area: QRectF, look: Look) -> None:
        button = self._button(area, look)
        painter.setFont(look.font("caption"))
        wide = area.width() - (button.width() + 8 if button.isValid() else 0)
        line = QRectF(area.left(), area.bottom() - look.em(BUTTON), wide, look.em(BUTTON))
        words = self._line() if self.answers else look.note or self._line()
        painter.setPen(look.colour("text" if self.done else "text2"))
        painter.drawText(
            line,
            Qt.AlignmentFlag.AlignVCenter,
            elide(words, painter.fontMetrics(), wide),
        )
        if button.isValid():
            painter.setPen(QPen(look.colour("edge"), 1))
            painter.setBrush(look.colour("control"))
            painter.drawRoundedRect(button, RADIUS_CONTROL, RADIUS_CONTROL)
            painter.setPen(look.colour("text"))
            painter.drawText(button, Qt.AlignmentFlag.AlignCenter, self._press())

    def paint_mark(self, painter: QPainter, area: QRectF, look: Look, index: int) -> None:
        """Show the two halves, one per answer, of the picture under the pointer."""
        cell = self._cell(index, area, look)
        _frame(painter, cell, look, "accent")
        if not self.done:
            painter.drawLine(
                QLineF(cell.center().x(), cell.top(), cell.center().x(), cell.bottom())
            )

    def _line(self) -> str:
        if self.done:
            return result_words(self.result())
        text = tr("{0} of {1}. Left or {2}: real. Right or {3}: made.")
        return text.format(len(self.answers), self.count, _sign(True), _sign(False))

    def subtitle(self) -> str:
        return ""

    def summary(self) -> str:
        if not self.done:
            return self._line()
        wrong = ", ".join(number(n + 1) for n in sorted(self.wrong())) or "-"
        return tr("{0} Guessing gives 50 %. Wrong pictures: {1}.").format(self._line(), wrong)

    def rows(self) -> Rows:
        """Return the answers, with the truth if the test is over."""
        words = {True: tr("real"), False: tr("made"), None: ""}
        places = np.arange(1, self.count + 1)
        columns = {
            tr("image"): places,
            tr("sorted as"): np.array([words[self.answers.get(n)] for n in range(self.count)]),
        }
        if self.done:
            columns[tr("truth")] = np.array([words[bool(real)] for real in self.real])
        return Rows.of(columns)


def error(share: float, count: int) -> float:
    """Return the standard error of a share of `count` answers."""
    return math.sqrt(share * (1 - share) / count)


def result_words(values: dict[str, float]) -> str:
    """Return the result of a test, as from `result` or a run's record, in words; "" if none."""
    share, wide, count = (values.get(name, math.nan) for name in ("", "error", "count"))
    if not all(map(math.isfinite, (share, wide, count))):
        return ""
    parts = (number(round(100 * part, 1)) for part in (share, wide))
    return tr("Right: {0} of {1}, {2} % ± {3} %.").format(round(share * count), int(count), *parts)


def _sign(real: bool) -> str:
    """Return the key and label of an answer in the window's language."""
    return tr("R") if real else tr("M")


def _answers() -> dict[Qt.Key, bool]:
    signs = {Qt.Key(ord(_sign(real))): real for real in (True, False)}
    return signs | {Qt.Key.Key_Left: True, Qt.Key.Key_Right: False}


_again = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space})


def _frame(painter: QPainter, place: QRectF, look: Look, colour: str) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(look.colour(colour), WIRE_WIDTH))
    painter.drawRoundedRect(place.adjusted(1, 1, -1, -1), 2, 2)
