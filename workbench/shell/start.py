"""The start page of an empty graph: a search, what one has already, examples and the course."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QDate, QDateTime, QLocale, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from engine.document.catalogue import Catalogue
from engine.document.graph import SUFFIX
from workbench.actions import BY_ID
from workbench.bench.examples import Example
from workbench.look import theme as look
from workbench.look.eliding import elide
from workbench.look.theme import appearance, theme
from workbench.shell.cards import SMALL, Cards
from workbench.shell.finder import Finder
from workbench.widgets.base import Column, label
from workbench.widgets.dragging import MIME
from workbench.words.quantities import show_int

DATA = ("csv", "npz", "sdf")
"""Files of data that are named; others open as well."""

SIX = {
    "vae-digits": "VAE on digits",
    "gan-ring": "GAN on a ring",
    "langevin-mixture": "Langevin",
    "ddpm-moons": "Diffusion",
    "vae-mnist": "VAE on MNIST",
    "morphing": "Morphing",
}
"""The examples shown, and what each is called on its small card."""

COURSE = {
    "vae": ("VAE", "vae-digits"),
    "gan": ("GAN", "gan-ring"),
    "flows": ("Flows", "realnvp-moons"),
    "diffusion": ("Diffusion", "ddpm-mnist"),
    "score": ("Score", "langevin-mixture"),
    "transport": ("Transport", "morphing"),
    "compare": ("Comparison", "compare-mnist"),
}
"""The lessons of the course: what each is called here, and its first example."""

LEFT, RIGHT, BETWEEN, AROUND = 440, 720, 64, 36
TWO_COLUMNS = 1052  # px of the page: that of a window of 1100 beside the rail


def tr(text: str) -> str:
    return QCoreApplication.translate("start", text)


class Start(Column):
    """The page. `left` is emitted when it should give way to the empty canvas."""

    kind_chosen = Signal(str)
    example_chosen = Signal(str)
    lesson_chosen = Signal(str, str)  # a lesson and its first example, or ""
    file_chosen = Signal(str)
    action_requested = Signal(str)
    left = Signal()

    def __init__(
        self,
        catalogue: Catalogue,
        examples: list[Example],
        recent: list[str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent, margin=0)
        self.catalogue = catalogue
        self._examples = examples
        self._columns = 0
        self.inside.setProperty("surface", "canvas")
        self.setAcceptDrops(True)
        self.setAccessibleName(tr("Start"))
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(BETWEEN)
        self._grid.setVerticalSpacing(32)
        self.begin, self.learn = self._begin(recent), self._learn()
        self.column.setContentsMargins(0, AROUND, 0, 16)
        self.column.addLayout(self._grid)
        self.column.addStretch(1)
        self.setFocusProxy(self.finder.field)
        self._arrange()
        appearance.changed.connect(self._arrange)

    def _begin(self, recent: list[str]) -> QWidget:
        """Return the left part: the search, and what one has already."""
        self.finder = Finder(self.catalogue, self._examples, self)
        self.finder.chosen.connect(self._take)
        self.finder.left.connect(self.left)
        part, column = _part()
        column.addWidget(label(tr("Start a graph"), "title"))
        words = tr("Say what you want to add, in your words: “digits”, “GAN”, “reward”, “loss”.")
        column.addWidget(label(words, "hint", wrap=True))
        column.addSpacing(4)
        column.addWidget(self.finder)
        column.addSpacing(8)
        column.addWidget(label(tr("Or begin with what you have"), "section"))
        table = (
            (
                "file.open_data",
                tr("A file of data"),
                tr("{0}, or a folder dropped here").format(", ".join(DATA)),
            ),
            ("file.open", tr("A graph"), tr(".graph.json, or a picture saved from one")),
        )
        for action, title, detail in table:
            line = Line(BY_ID[action].icon, title, detail)
            line.clicked.connect(lambda _=False, a=action: self.action_requested.emit(a))
            column.addWidget(line)
        last = next((path for name in recent if (path := Path(name)).exists()), None)
        if last is not None:
            detail = f"{last.name.removesuffix(SUFFIX)}, {_when(last)}"
            line = Line("history", tr("The last one"), detail)
            line.clicked.connect(lambda: self.file_chosen.emit(str(last)))
            column.addWidget(line)
        column.addStretch(1)
        return part

    def _learn(self) -> QWidget:
        """Return the right part: six examples and the course."""
        part, column = _part()
        every = QPushButton(tr("All {0} examples").format(show_int(len(self._examples))))
        every.setProperty("link", True)
        every.clicked.connect(lambda: self.action_requested.emit("file.example"))
        head = QHBoxLayout()
        head.addWidget(label(tr("Learn with an example"), "title"))
        head.addStretch(1)
        head.addWidget(every)
        column.addLayout(head)
        words = tr("Each opens a graph, a lesson and its picture. Only MNIST asks for a download.")
        column.addWidget(label(words, "hint", wrap=True))
        column.addSpacing(4)
        by_name = {example.name: example for example in self._examples}
        six = [by_name[name] for name in SIX if name in by_name]
        self.cards = Cards(six, self.catalogue, most=3, form=SMALL)
        for card in self.cards.cards:
            card.title = tr(SIX[card.example.name])
        self.cards.opened.connect(self.example_chosen)
        column.addWidget(self.cards)
        column.addSpacing(4)
        column.addWidget(self._course())
        keys = tr("Tab search again · Ctrl+O open · F1 lesson of what is selected")
        column.addWidget(label(keys, "faint"))
        column.addStretch(1)
        return part

    def _course(self) -> QWidget:
        """Return the row of the course: a link for each lesson, and a button that begins."""
        box = QWidget()
        box.setProperty("surface", "overlay")
        box.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(label(tr("The course, in seven lessons"), "section"))
        links = QHBoxLayout()
        links.setSpacing(10)
        for lesson, (title, example) in COURSE.items():
            link = QPushButton(tr(title))
            link.setProperty("link", True)
            link.clicked.connect(lambda _=False, a=lesson, b=example: self.lesson_chosen.emit(a, b))
            links.addWidget(link)
        links.addStretch(1)
        words.addLayout(links)
        begin = QPushButton(tr("Begin"))
        begin.setProperty("primary", True)
        first = next(iter(COURSE))
        begin.clicked.connect(lambda: self.lesson_chosen.emit(first, COURSE[first][1]))
        row = QHBoxLayout(box)
        row.setContentsMargins(16, 10, 16, 10)
        row.addLayout(words, 1)
        row.addWidget(begin)
        return box

    def _take(self, part: str, name: str) -> None:
        takers = {
            "node": self.kind_chosen,
            "example": self.example_chosen,
            "action": self.action_requested,
        }
        if part == "lesson":
            self.lesson_chosen.emit(name, COURSE.get(name, ("", ""))[1])
        else:
            takers[part].emit(name)

    def show_catalogue(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.finder.show_catalogue(catalogue)
        for card in self.cards.cards:
            card.catalogue = catalogue
            card.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """Put the parts beside each other, or the examples below the search."""
        scale, wide = theme().text_scale, self.viewport().width()
        columns = 2 if wide >= TWO_COLUMNS * scale else 1
        most = round((LEFT + BETWEEN + RIGHT) * scale) if columns == 2 else round(RIGHT * scale)
        side = max((wide - most) // 2, 24)
        self._grid.setContentsMargins(side, 0, side, 0)
        if columns == self._columns:
            return
        self._columns = columns
        self._grid.removeWidget(self.begin)
        self._grid.removeWidget(self.learn)
        self._grid.addWidget(self.begin, 0, 0)
        self._grid.addWidget(self.learn, *((0, 1) if columns == 2 else (1, 0)))
        self._grid.setColumnStretch(0, LEFT)
        self._grid.setColumnStretch(1, RIGHT if columns == 2 else 0)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasFormat(MIME):
            event.acceptProposedAction()
        else:
            event.ignore()  # the window opens files

    def dropEvent(self, event: QDropEvent) -> None:
        self.kind_chosen.emit(bytes(event.mimeData().data(MIME).data()).decode(errors="replace"))
        event.acceptProposedAction()


class Line(QAbstractButton):
    """A wide button: an icon, a title and what it takes."""

    def __init__(self, sign: str, title: str, detail: str) -> None:
        super().__init__()
        self.sign, self.title, self.detail = sign, title, detail
        self.setAccessibleName(f"{title}. {detail}")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(LEFT, round(44 * theme().text_scale))

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens, painter = theme(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(tokens.header if self.underMouse() else tokens.node)
        painter.setPen(QPen(tokens.accent, 2) if self.hasFocus() else QPen(tokens.edge, 1))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 7, 7)
        room, middle = self.rect().adjusted(44, 0, -36, 0), self.height() // 2
        painter.drawPixmap(16, middle - 8, look.pixmap(self.sign, "text2"))
        painter.drawPixmap(self.width() - 30, middle - 8, look.pixmap("chevron-right", "text3"))
        painter.setFont(look.font(look.BODY, look.SEMIBOLD))
        painter.setPen(tokens.text)
        aligned = int(Qt.AlignmentFlag.AlignVCenter)
        title = elide(self.title, painter.fontMetrics(), room.width())
        painter.drawText(room, aligned, title)
        room.setLeft(room.left() + painter.fontMetrics().horizontalAdvance(title) + 10)
        painter.setFont(look.font(look.HINT))
        painter.setPen(tokens.text2)
        painter.drawText(room, aligned, elide(self.detail, painter.fontMetrics(), room.width()))


def _part() -> tuple[QWidget, QVBoxLayout]:
    part = QWidget()
    column = QVBoxLayout(part)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(8)
    return part, column


def _when(path: Path) -> str:
    """Return the day on which a file was changed: today, yesterday or a date."""
    day = QDateTime.fromSecsSinceEpoch(int(path.stat().st_mtime)).date()
    words = {0: tr("today"), 1: tr("yesterday")}
    ago = day.daysTo(QDate.currentDate())
    return words.get(ago) or QLocale().toString(day, QLocale.FormatType.ShortFormat)


class HowToBegin(QWidget):
    """The overlay of an empty canvas whose start page was left: how to begin, and the way back."""

    start_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        line = label(tr("Press Tab to add a node"), "hint")
        back = QPushButton(tr("Start page"))
        back.setProperty("link", True)
        back.clicked.connect(self.start_requested)
        for widget in (line, back):
            column.addWidget(widget, alignment=Qt.AlignmentFlag.AlignCenter)


class Learners(QFrame):
    """The overlay of a graph of one node of data: the examples that learn from it."""

    chosen = Signal(str)  # the name of an example

    def __init__(self, examples: list[Example]) -> None:
        super().__init__()
        self.names = [example.name for example in examples]
        self.setProperty("surface", "overlay")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 8, 8)
        row.addWidget(label(tr("Learn from it:"), "hint"))
        self.buttons = [QPushButton(example.title) for example in examples]
        for button, name in zip(self.buttons, self.names, strict=True):
            button.clicked.connect(lambda _=False, n=name: self.chosen.emit(n))
            row.addWidget(button)
        row.addWidget(label(tr("or press Tab"), "faint"))
