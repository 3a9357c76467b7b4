"""The problems of the graph: place, sentence and fixes of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QGuiApplication,
    QKeyEvent,
    QMouseEvent,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from engine.document.catalogue import Catalogue
from engine.document.graph import Change, Graph
from nodes.sentences import PortName
from workbench.bench.fixes import change_of_fix
from workbench.look.theme import CONTROL_HEIGHT
from workbench.panels.panel import Panel
from workbench.widgets.base import (
    Column,
    Elided,
    counted,
    delete_content,
    label,
    tr,
)
from workbench.widgets.sections import Picture, paint_focus
from workbench.words.kinds import title_of
from workbench.words.sentences import Names, TranslatedFix, TranslatedProblem, part_text

ICONS = {"error": ("circle-alert", "error"), "warning": ("triangle-alert", "warning")}
SLACK = 6  # px: rounding must not wrap a word
MOST = 100  # cards; more problems usually have one cause


FREE: dict[str, tuple[str, str, str]] = {
    "given": ("No problems", "circle-check", "ok"),
    "awaited": ("Checking…", "circle-dashed", "text3"),
    "none": ("Not checked", "circle-dashed", "text3"),
}
"""Text, icon and colour without problems, by the state of the engine's check."""


def place_of(graph: Graph, catalogue: Catalogue, problem: TranslatedProblem) -> str:
    """Return where a problem is: `Encoder, x`, or the graph's name."""
    if not problem.node:
        return tr("Graph")
    kind = graph.nodes[problem.node].kind if problem.node in graph.nodes else ""
    part = PortName(problem.port or problem.param, kind)
    where = part_text(part, Names(graph, catalogue)) if part.name else ""
    return ", ".join(t for t in (title_of(graph, catalogue, problem.node), where) if t)


class FixButton(QPushButton):
    """A button whose text wraps."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words
        self.setAccessibleName(words)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def sizeHint(self) -> QSize:
        frame = self._frame()
        whole = self.fontMetrics().horizontalAdvance(self.words)
        return QSize(whole + frame + SLACK, self._height(1))

    def minimumSizeHint(self) -> QSize:
        return QSize(60, self._height(1))

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._height(len(self._lines(width)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        text = "\n".join(self._lines(self.width()))
        if text != self.text():
            self.setText(text)

    def _height(self, lines: int) -> int:
        return CONTROL_HEIGHT + (lines - 1) * self.fontMetrics().lineSpacing()

    def _lines(self, width: int) -> list[str]:
        room = width - self._frame()
        return wrapped(self.words, room, self.fontMetrics().horizontalAdvance)

    def _frame(self) -> int:
        """Return the button's total horizontal padding."""
        self.ensurePolished()  # otherwise the font is not yet set
        return super().sizeHint().width() - self.fontMetrics().size(0, self.text()).width()


def wrapped(words: str, width: float, measure: Callable[[str], float]) -> list[str]:
    """Return lines no wider than `width`, unless a single word is."""
    lines = [""]
    for word in words.split(" "):
        line = f"{lines[-1]} {word}".strip()
        if lines[-1] and measure(line) > width:
            lines.append(word)
        else:
            lines[-1] = line
    return lines


class ProblemCard(QFrame):
    """One problem. A click selects its node; its buttons apply fixes."""

    chosen = Signal(str)
    fix_chosen = Signal(object)

    def __init__(
        self, problem: TranslatedProblem, place: str = "", *, framed: bool = False
    ) -> None:
        super().__init__()
        self.problem = problem
        icon, colour = ICONS[problem.level]
        if framed:
            self.setProperty("surface", problem.level)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(" ".join(t for t in (place, problem.sentence, problem.hint) if t))
        line = QHBoxLayout(self)
        line.setContentsMargins(10, 8, 10, 8) if framed else line.setContentsMargins(6, 6, 6, 6)
        line.setSpacing(8)
        line.addWidget(Picture(icon, colour), 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(4)
        line.addLayout(column, 1)
        self._fill(column, place)

    def _fill(self, column: QVBoxLayout, place: str) -> None:
        if place:
            column.addWidget(Elided(place, "section"))
        column.addWidget(label(self.problem.sentence, wrap=True))
        if self.problem.hint:
            column.addWidget(label(self.problem.hint, "hint", wrap=True))
        for fix in self.problem.fixes:
            column.addWidget(self._button(fix), 0, Qt.AlignmentFlag.AlignLeft)

    def _button(self, fix: TranslatedFix) -> FixButton:
        """Return a button that requests one of the fixes."""
        button = FixButton(str(fix.label))
        button.clicked.connect(lambda: self.fix_chosen.emit(self.problem.fixed_by([fix])))
        return button

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus():
            paint_focus(self)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(self.problem.node)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
        if event.key() in keys:
            self.chosen.emit(self.problem.node)
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        text = "\n".join(t for t in (self.problem.sentence, self.problem.trace) if t)
        copy = menu.addAction(tr("Copy"))
        copy.triggered.connect(lambda: QGuiApplication.clipboard().setText(text))
        menu.exec(event.globalPos())


class Problems(Panel):
    """The list of problems, traversed with F8."""

    title = "Problems"
    icon = "circle-alert"
    live_signals = ("problems_changed",)

    def __init__(self, catalogue: Catalogue | None = None, parent: QWidget | None = None) -> None:
        super().__init__(catalogue, parent)
        self._shown: tuple[object, ...] = ()
        self._at = -1
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.cards = Column()
        column.addWidget(self.cards)

    @property
    def problems(self) -> list[TranslatedProblem]:
        return self.live.problems if self.live else []

    def bench_changed(self) -> None:
        self._at = -1

    def is_affected_by(self, change: Change) -> bool:
        """Sentences come from `live`; document changes only matter for titles."""
        paths = [put.path for put in change.puts]
        return any(path[0] == "nodes" and path[2:3] != ("params",) for path in paths)

    def redraw(self) -> None:
        """Rebuild the cards if any changed."""
        problems = self.problems
        shown = problems[:MOST]
        places = [place_of(self.graph, self.catalogue, p) for p in shown]
        cards = [
            (place, p.level, p.sentence, p.hint, p.fix)
            for place, p in zip(places, shown, strict=True)
        ]
        count = self.count_words(problems)
        wanted = (count, *cards)
        if wanted == self._shown:
            return
        self._shown = wanted
        delete_content(self.cards.column)
        self.cards.column.addWidget(label(count, "section"))
        for problem, place in zip(shown, places, strict=True):
            self.cards.column.addWidget(self._card(problem, place))
        if len(problems) > MOST:
            more = counted(len(problems) - MOST, "%Ln more", "%Ln more")
            self.cards.column.addWidget(label(more, "hint"))
        self.cards.column.addStretch()

    def count_words(self, problems: Sequence[TranslatedProblem]) -> str:
        """Return the number of problems in words, as in the run bar."""
        errors = sum(p.level == "error" for p in problems)
        warnings = len(problems) - errors
        parts = [counted(errors, "%Ln problem", "%Ln problems")] if errors else []
        parts += [counted(warnings, "%Ln warning", "%Ln warnings")] if warnings else []
        return ", ".join(parts) or tr(FREE[self.live.answer if self.live else "none"][0])

    def go_next(self, by: int = 1) -> None:
        """Select the next problem's node, cyclically (F8; Shift+F8 goes back)."""
        problems = self.problems
        if not problems:
            return
        self._at = (self._at + by) % len(problems) if self._at >= 0 or by > 0 else len(problems) - 1
        self._choose(problems[self._at].node)

    def apply_fix(self, problem: TranslatedProblem) -> None:
        """Apply a problem's fix."""
        if problem.fix and (change := change_of_fix(self.graph, problem.fix, self)):
            self.push(change)

    def _card(self, problem: TranslatedProblem, place: str) -> ProblemCard:
        card = ProblemCard(problem, place)
        card.chosen.connect(self._choose)
        card.fix_chosen.connect(self.apply_fix)
        return card

    def _choose(self, node: str) -> None:
        if node in self.graph.nodes:
            self.select_requested.emit([node])
