"""What all panels share: which bench they show, when they redraw, and the small pieces they are of.

A panel reads the document and what the engine said, never the canvas. It asks for changes by
`self.push`, and for everything else by signals that the window joins. Hidden panels do no work:
what changes meanwhile only marks them stale, and they catch up when shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetrics, QIcon, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QLineEdit,
    QScrollArea,
    QSizePolicy,
    QStyle,
    QStyleOption,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.document.catalogue import Catalogue, KindInfo
from engine.document.graph import Change, Graph
from nodes.errors import Refusal
from workbench.look.cutting import cut
from workbench.look.theme import ICON, appearance, pixmap, set_icon
from workbench.words.letters import letters
from workbench.words.sentences import Names, refusal_said, said

if TYPE_CHECKING:
    from workbench.bench.bench import Bench
    from workbench.bench.live import Live

MARGIN = 16
_NAMED = re.compile(r"`([a-z]\w*)`")


def tr(text: str) -> str:
    return QCoreApplication.translate("panels", text)


def from_catalogue(text: str) -> str:
    """Return words of a node (titles, summaries, help) in the user's language."""
    return QCoreApplication.translate("kinds", text) if text else ""


def doc_of(info: KindInfo) -> str:
    """Return what the author of a node wrote, each paragraph in the user's language where known.

    Ports and parameters have the names that they have in the window.
    """
    parts = (info.doc or info.summary).split("\n\n")
    return _NAMED.sub(lambda found: f"`{_name(info, found[1])}`", "\n\n".join(map(_told, parts)))


def _told(paragraph: str) -> str:
    text = " ".join(paragraph.split())
    told = from_catalogue(text)
    return paragraph if told == text else told


def _name(info: KindInfo, name: str) -> str:
    if info.input(name) or info.output(name):
        return letters(name)
    param = info.param(name)
    return from_catalogue(param.title) if param else letters(name)


def counted(count: int, one: str, many: str) -> str:
    """Say a number of things in words; `%Ln` in both texts is the number in the user's language."""
    return QCoreApplication.translate("panels", one if count == 1 else many, "", count)


class Panel(QWidget):
    """A panel of the window. A subclass writes `redraw` and says in `touches` what concerns it."""

    select_requested = Signal(list)  # ids of nodes to select and bring into sight
    action_requested = Signal(str)  # id of an action of the window's table
    refused = Signal(str)  # a sentence for the status bar

    title = ""
    icon = "box"
    live_signals: tuple[str, ...] = ()

    def __init__(self, catalogue: Catalogue | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._catalogue = catalogue or Catalogue()
        self.bench: Bench | None = None
        self._stale = True
        self._waiting = False
        self.setProperty("surface", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(tr(self.title))
        appearance.changed.connect(self.restyle)

    # --- what is shown ---

    @property
    def catalogue(self) -> Catalogue:
        """The bench's, as new as its engine; without a bench the one given at first."""
        return self.bench.catalogue if self.bench else self._catalogue

    @property
    def graph(self) -> Graph:
        return self.bench.document.graph if self.bench else Graph()

    @property
    def names(self) -> Names:
        """Return what the nodes and ports that sentences speak of are called here."""
        return Names(self.graph, self.catalogue)

    @property
    def open_bench(self) -> Bench:
        """The bench, for what can be asked only of a document that is open."""
        if self.bench is None:
            raise LookupError("no document is open")
        return self.bench

    @property
    def live(self) -> Live | None:
        return self.bench.live if self.bench else None

    def show_bench(self, bench: Bench | None) -> None:
        """Show another bench (a tab's document and engine), or none."""
        if bench is self.bench:
            return
        if self.bench is not None:
            self._leave(self.bench)
        self.bench = bench
        if bench is not None:
            self._join(bench)
        self.bench_changed()
        self.mark()

    def show_catalogue(self, catalogue: Catalogue) -> None:
        """Take the catalogue that stands where there is no bench."""
        self._catalogue = catalogue
        self.mark()

    def bench_changed(self) -> None:
        """Forget what belongs to the bench shown before."""

    def touches(self, change: Change) -> bool:
        """Tell whether a change concerns this panel."""
        return True

    def redraw(self) -> None:
        """Show what is there now. Called when visible, once for many changes."""

    def restyle(self) -> None:
        self.mark()
        self.update()

    # --- when ---

    def mark(self, *_: object) -> None:
        """Redraw soon; when hidden, when shown."""
        self._stale = True
        if self.isVisible() and not self._waiting:
            self._waiting = True
            QTimer.singleShot(0, self, self.catch_up)

    def catch_up(self) -> None:
        """Redraw now if something changed and anybody can see it."""
        self._waiting = False
        if self._stale and self.isVisible():
            self._stale = False
            self.redraw()

    def showEvent(self, event: Any) -> None:
        super().showEvent(event)
        self.catch_up()

    def push(self, change: Change | Callable[[], Change], *, merge: bool = False) -> str:
        """Change the document, or return the sentence that says why not."""
        try:
            change = change() if callable(change) else change
            self.open_bench.document.push(change, merge=merge)
        except Refusal as refusal:
            self.refused.emit(refusal_said(refusal, self.names))
            return said(refusal.sentence, self.names)
        return ""

    def _watch(self, change: Change) -> None:
        if self.touches(change):
            self.mark()

    def _join(self, bench: Bench) -> None:
        bench.document.watchers.append(self._watch)
        bench.catalogue_changed.connect(self.mark)
        for name in self.live_signals:
            getattr(bench.live, name).connect(self.mark)

    def _leave(self, bench: Bench) -> None:
        bench.document.watchers.remove(self._watch)
        bench.catalogue_changed.disconnect(self.mark)
        for name in self.live_signals:
            getattr(bench.live, name).disconnect(self.mark)


# --- pieces ---------------------------------------------------------------------------------------


class Column(QScrollArea):
    """A column of widgets as wide as the panel, which scrolls when it is too high."""

    def __init__(self, parent: QWidget | None = None, *, margin: int = MARGIN) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.inside = _Inside()
        self.inside.setProperty("surface", "panel")
        self.inside.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.column = QVBoxLayout(self.inside)
        self.column.setContentsMargins(margin, 6, margin, margin)
        self.column.setSpacing(8)
        self.setWidget(self.inside)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 60)


class _Inside(QWidget):
    """As high as it must be at the width it has; Qt would take the height at the least width."""

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 0)


class Search(QLineEdit):
    """A line to search in, with a loupe before the words."""

    def __init__(self, words: str = "") -> None:
        super().__init__()
        self.setTextMargins(22, 0, 0, 0)
        wipe = self.addAction(QIcon(), QLineEdit.ActionPosition.TrailingPosition)
        wipe.setToolTip(tr("Clear"))
        wipe.setVisible(False)
        wipe.triggered.connect(self.clear)
        set_icon(wipe, "x", "text3")
        self.textChanged.connect(lambda text: wipe.setVisible(bool(text)))
        self.say(words)

    def say(self, words: str) -> None:
        """Say what is searched."""
        self.setPlaceholderText(words)
        self.setAccessibleName(words)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        loupe = pixmap("search", "text3")
        QPainter(self).drawPixmap(10, (self.height() - ICON) // 2, loupe)


class Elided(QLabel):
    """One line that is cut when it does not fit, and then whole in its tooltip.

    With `middle` its end is kept where it can.
    """

    def __init__(
        self,
        text: str = "",
        role: str = "",
        parent: QWidget | None = None,
        *,
        middle: bool = False,
    ) -> None:
        super().__init__(text, parent)
        self._middle = middle
        self.setProperty("role", role or None)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._tip = ""

    def say(self, text: str, tip: str = "") -> None:
        """Show a text; `tip` is what more there is to say of it."""
        self._tip = tip
        if text != self.text():
            self.setText(text)
        self._retell()

    @property
    def shown(self) -> str:
        """The text as it stands there."""
        return self._shown_in(self.contentsRect().width())

    def minimumSizeHint(self) -> QSize:
        return QSize(min(24, self.sizeHint().width()), super().sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._retell()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        option = QStyleOption()
        option.initFrom(self)
        self.style().drawPrimitive(QStyle.PrimitiveElement.PE_Widget, option, painter, self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        where = self.contentsRect()
        align = self.alignment() | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(where, int(align), self.shown)

    def _shown_in(self, width: int) -> str:
        return cut(self.text(), QFontMetrics(self.font()), width, middle=self._middle)

    def _retell(self) -> None:
        cut = self.shown != self.text()
        self.setToolTip("\n".join(t for t in (self.text() if cut else "", self._tip) if t))


def label(text: str, role: str = "", *, wrap: bool = False) -> QLabel:
    """Return a label in one of the stylesheet's roles; links in it open outside."""
    made = QLabel(text)
    made.setProperty("role", role or None)
    made.setWordWrap(wrap)
    if wrap:
        made.setMinimumWidth(40)
        made.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    return made


def separator() -> QFrame:
    line = QFrame()
    line.setProperty("separator", True)
    line.setFixedHeight(1)
    return line


def icon_button(
    name: str, words: str, pressed: Callable[[], Any], key: str = "", *, size: int = ICON
) -> QToolButton:
    """Return a button that is an icon: its words are its tooltip and what a screen reader says."""
    button = QToolButton()
    set_icon(button, name, size=size)
    button.setIconSize(QSize(size, size))
    button.setToolTip(f"{words} ({key})" if key else words)
    button.setAccessibleName(words)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.clicked.connect(lambda: pressed())
    return button


def drop(widget: QWidget) -> None:
    """Take a widget away; it goes when the event that runs now is over.

    It must leave its parent at once: left to the parent until then, it is deleted twice when the
    parent goes in the same round.
    """
    widget.setParent(None)
    widget.deleteLater()


def clear(layout: Any) -> None:
    """Take all widgets out of a layout."""
    while item := layout.takeAt(0):
        if widget := item.widget():
            drop(widget)
        elif inner := item.layout():
            clear(inner)
