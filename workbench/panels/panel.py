"""The base class of panels: the bench shown, and when to redraw.

A panel reads the document and the engine's messages, never the canvas. It pushes changes with
`self.push` and requests everything else by signals that the window connects. Hidden panels do no
work: a change marks them, and they redraw when shown.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from engine.document.catalogue import Catalogue
from engine.document.graph import Change, Graph
from nodes.errors import Refusal
from workbench.bench.bench import Bench
from workbench.bench.inner import Desk
from workbench.bench.inside import Heard
from workbench.bench.live import Live
from workbench.bench.scope import Scope
from workbench.look.theme import appearance
from workbench.widgets.base import tr
from workbench.words.sentences import Names, translate, translate_refusal

Shown = TypeVar("Shown", bound=Desk)


class PanelOf(QWidget, Generic[Shown]):
    """A panel. Subclasses implement `redraw`, and `is_affected_by` to select relevant changes."""

    select_requested = Signal(list)  # ids of nodes to select and scroll into view
    action_requested = Signal(str)  # id of an action of the window's table
    refused = Signal(str)  # a sentence for the status bar

    title = ""
    icon = "box"
    live_signals: tuple[str, ...] = ()

    def __init__(self, catalogue: Catalogue | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._catalogue = catalogue or Catalogue()
        self.bench: Shown | None = None
        self._stale = True
        self._up_to_date = False  # whether what is kept of the document is as it is now
        self._waiting = False
        self.setProperty("surface", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(tr(self.title))
        appearance.changed.connect(self.restyle)

    @property
    def catalogue(self) -> Catalogue:
        """The bench's catalogue; without a bench the initial one."""
        return self.bench.catalogue if self.bench else self._catalogue

    @property
    def graph(self) -> Graph:
        return self.bench.document.graph if self.bench else Graph()

    @property
    def names(self) -> Names:
        """Return the titles of the nodes and ports that sentences mention."""
        return Names(self.graph, self.catalogue)

    @property
    def open_bench(self) -> Shown:
        """The bench, where a document is known to be open."""
        if self.bench is None:
            raise LookupError("no document is open")
        return self.bench

    @property
    def live(self) -> Heard | None:
        return self.bench.live if self.bench else None

    def show_bench(self, bench: Shown | None) -> None:
        """Show another bench (a tab's document and engine), or none."""
        if bench is self.bench:
            return
        if self.bench is not None:
            self._leave(self.bench)
        self.bench = bench
        if bench is not None:
            self._join(bench)
        self.bench_changed()
        self.redraw_soon()

    def show_catalogue(self, catalogue: Catalogue) -> None:
        """Set the catalogue used without a bench."""
        self._catalogue = catalogue
        self.redraw_soon()

    def bench_changed(self) -> None:
        """Drop the state of the previous bench."""

    def is_affected_by(self, change: Change) -> bool:
        """Return whether a change affects this panel."""
        return True

    def redraw(self) -> None:
        """Update from the document. Called when visible, once for several changes."""

    def restyle(self) -> None:
        self.redraw_soon()
        self.update()

    @property
    def at_work(self) -> bool:
        """Whether it follows the document: while it is visible, or parts of it are elsewhere."""
        return self.isVisible()

    def redraw_soon(self, *_: object) -> None:
        """Redraw soon, or when shown, because the document has changed."""
        self._up_to_date = False
        self.refresh_soon()

    def refresh_soon(self, *_: object) -> None:
        """Redraw soon, or when shown; the document is as it was read."""
        self._stale = True
        if self.at_work and not self._waiting:
            self._waiting = True
            QTimer.singleShot(0, self, self.redraw_now)

    def redraw_now(self) -> None:
        """Redraw now if at work and marked."""
        self._waiting = False
        if self._stale and self.at_work:
            self._stale = False
            self.redraw()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.redraw_now()

    def push(
        self,
        change: Change | Callable[[], Change],
        *,
        merge: bool = False,
        whole: bool = False,
    ) -> str:
        """Change what is shown; if refused, return the reason, else "".

        With `whole`, it is a change of the document, though a group be open.
        """
        make = change if callable(change) else lambda: change
        why: list[str] = []

        def say(refusal: Refusal) -> None:
            self.refused.emit(translate_refusal(refusal, self.names))
            why.append(translate(refusal.sentence, self.names))

        document = self.open_bench.document
        if whole and isinstance(document, Scope):
            document = document.document
        document.attempt(make, say, merge=merge)
        return "".join(why)

    def _watch(self, change: Change) -> None:
        if self.is_affected_by(change):
            self.redraw_soon()

    def _join(self, bench: Shown) -> None:
        bench.document.watchers.append(self._watch)
        bench.catalogue_changed.connect(self.redraw_soon)
        for name in self.live_signals:
            getattr(bench.live, name).connect(self.refresh_soon)

    def _leave(self, bench: Shown) -> None:
        bench.document.watchers.remove(self._watch)
        bench.catalogue_changed.disconnect(self.redraw_soon)
        for name in self.live_signals:
            getattr(bench.live, name).disconnect(self.refresh_soon)


class Panel(PanelOf[Bench]):
    """A panel that shows the whole document."""

    @property
    def live(self) -> Live | None:
        return self.bench.live if self.bench else None


class WholePanel(Panel):
    """A panel that reads all nodes of a document, those in groups too, by their paths."""

    @property
    def graph(self) -> Graph:
        return self.bench.whole if self.bench else Graph()


class InnerPanel(PanelOf[Desk]):
    """A panel that shows what is open: the document, or the inside of a group."""
