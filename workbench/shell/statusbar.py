"""The status bar: the selection, the last message and the state of the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale, QTimer, Signal
from PySide6.QtWidgets import QStatusBar, QWidget

from engine.document.catalogue import Catalogue
from engine.document.graph import Graph
from workbench.look.theme import STATUS_HEIGHT
from workbench.shell.memory import resident
from workbench.widgets.base import Elided, counted, label
from workbench.words.kinds import title_of
from workbench.words.quantities import show_int

if TYPE_CHECKING:
    from workbench.bench.bench import Bench
    from workbench.bench.live import Live

SAID_FOR = 8_000  # ms that a message stays


def tr(text: str) -> str:
    return QCoreApplication.translate("status", text)


class StatusBar(QStatusBar):
    """Messages (`showMessage`) cover the left part for `SAID_FOR` ms."""

    unseen = Signal(str)  # a message, while a low window has no status bar

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(STATUS_HEIGHT)
        self.setSizeGripEnabled(False)
        self.setContentsMargins(8, 0, 8, 0)
        self.selection = Elided()
        self.past, self.saved, self.engine = label("", "about"), label(""), label("")
        self.versions, self.memory = label(""), label("")
        self.addWidget(self.selection, 1)
        for part in (self.past, self.saved, self.engine, self.versions, self.memory):
            self.addPermanentWidget(part)
        self._memory_timer = QTimer(self, interval=5_000)
        self._memory_timer.timeout.connect(self._show_memory)
        self._bench: Bench | None = None

    def say(self, sentence: str) -> None:
        if self.isHidden():
            self.unseen.emit(sentence)
        else:
            self.showMessage(sentence, SAID_FOR)

    def show_selection(self, words: str) -> None:
        self.selection.say(words)

    def show_past(self, live: Live | None) -> None:
        """Show the step of the past that is shown, if any."""
        past = live.past if live is not None else None
        self.past.setText("" if past is None else tr("Step {0} is shown").format(show_int(past)))

    def note_saved(self) -> None:
        now = QLocale().toString(QDateTime.currentDateTime().time(), QLocale.FormatType.ShortFormat)
        self.saved.setText(tr("Saved {0}").format(now))

    def show_bench(self, bench: Bench | None) -> None:
        """Show the state of a bench's engine; called again when it changes."""
        if bench is not self._bench:
            self.saved.setText("")
        self._bench = bench
        self.show_past(bench.live if bench else None)
        self._memory_timer.stop() if bench is None else self._memory_timer.start()
        welcome = bench.live.welcome if bench else None
        self.engine.setText(_engine_words(bench))
        torch = welcome.versions.get("torch", "") if welcome else ""
        self.versions.setText(f"torch {torch.split('+')[0]}" if torch else "")
        self._show_memory()

    def _show_memory(self) -> None:
        size = resident(self._bench.engine.pid) if self._bench else 0
        si = QLocale.DataSizeFormat.DataSizeSIFormat
        self.memory.setText(QLocale().formattedDataSize(size, 1, si) if size else "")


def _engine_words(bench: Bench | None) -> str:
    if bench is None:
        return ""
    if bench.lost:
        return tr("Engine stopped")
    if not bench.engine.alive or bench.live.welcome is None:
        return tr("Engine starts")
    return tr("Engine busy") if bench.live.busy else tr("Engine ready")


def selection_words(graph: Graph, things: list[str], wires: int, catalogue: Catalogue) -> str:
    """Return the selection as text: the title of one node or frame, else a count."""
    if len(things) == 1 and things[0] in graph.nodes:
        return tr("{0} selected").format(title_of(graph, catalogue, things[0]))
    boxes = graph.layout.frames | graph.layout.notes
    if len(things) == 1 and (head := boxes.get(things[0], {}).get("title")):
        return tr("{0} selected").format(head)
    if things:
        return counted(len(things), "%Ln thing selected", "%Ln selected")
    if wires:
        return counted(wires, "%Ln wire selected", "%Ln wires selected")
    return counted(len(graph.nodes), "%Ln node", "%Ln nodes")
