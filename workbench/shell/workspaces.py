"""The workspaces: Build has the graph in the middle, Watch the pictures.

The choice is kept for each document while it is open. A switch moves panes: nothing restarts, the
selection, the time slider and the run stay.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from weakref import WeakKeyDictionary

from PySide6.QtCore import QCoreApplication, QObject, Signal
from PySide6.QtWidgets import QApplication, QMainWindow

from engine.document.catalogue import Catalogue
from workbench import actions
from workbench.actions import BY_ID
from workbench.bench.live import BUSY
from workbench.bench.views import watch_rows
from workbench.look.theme import icon
from workbench.plots.pane import Pane
from workbench.shell.docks import Docks
from workbench.shell.notices import Notices
from workbench.shell.tabs import DocumentPage, Page, Tabs
from workbench.watch.pictures import Watch
from workbench.watch.strip import Strip

Workspace = Literal["build", "watch"]
ORDER: tuple[Workspace, ...] = ("build", "watch")
MOST_CURVES = 3
NOTICE = "workspace"


def tr(text: str) -> str:
    return QCoreApplication.translate("watch", text)


@dataclass
class Choice:
    """What a page shows: its workspace, the row of pictures, and the one that fills its place.

    `led`: whether a first run has led to Watch.
    """

    workspace: Workspace = "build"
    row: int = 0
    full: str = ""
    led: bool = False


class Workspaces(QObject):
    """The workspace of the page in front."""

    changed = Signal()

    def __init__(
        self,
        window: QMainWindow,
        tabs: Tabs,
        docks: Docks,
        notices: Notices,
        catalogue: Catalogue,
    ) -> None:
        super().__init__(window)
        self.tabs, self.docks, self.notices = tabs, docks, notices
        self.strip = Strip(catalogue)
        self.watch = Watch(self.strip)
        self.choices: WeakKeyDictionary[Page, Choice] = WeakKeyDictionary()
        tabs.add_beside(self.watch)
        for workspace, sign in zip(ORDER, ("workflow", "eye"), strict=True):
            action = BY_ID[f"view.{workspace}"]
            at = tabs.switch.addTab(icon(sign), actions.tr(action.title))
            tabs.switch.setTabToolTip(at, action.tip)
        tabs.switch.currentChanged.connect(lambda at: self.use(ORDER[at]))
        docks.build_requested.connect(lambda: self.use("build"))
        docks.made.connect(self._made)

    @property
    def choice(self) -> Choice:
        """The choice of the page in front."""
        page = self.tabs.current
        return self.choices.get(page, Choice()) if page is not None else Choice()

    @property
    def watching(self) -> bool:
        return self.choice.workspace == "watch" and self.tabs.bench is not None

    def use(self, workspace: Workspace) -> None:
        """Show the page in front in a workspace."""
        page = self.tabs.current
        if isinstance(page, DocumentPage) and self.choice.workspace != workspace:
            self.choice.workspace = workspace
            self.notices.clear(self._key(page))
            self.show_page(page)

    def show_page(self, page: Page) -> None:
        """Arrange the window for a page."""
        if isinstance(page, DocumentPage) and page not in self.choices:
            self.choices[page] = Choice()
            page.bench.live.status_changed.connect(lambda: self._lead(page))
        watching = self.watching
        at = ORDER.index(self.choice.workspace)
        blocked = self.tabs.switch.blockSignals(True)
        self.tabs.switch.setCurrentIndex(at)
        self.tabs.switch.blockSignals(blocked)
        self.tabs.switch.setVisible(page.bench is not None)
        self.strip.show_bench(page.bench if watching else None)
        self.docks.watch(watching)
        self.tabs.show_beside(watching)
        self._place()
        self.changed.emit()

    def show_view(self, index: int, *, detached: bool = False) -> None:
        """Show a row of pictures, or a view of the dock."""
        if not self.watching or detached:
            self.docks.show_view(index, detached=detached)
        elif index < len(self._rows()):
            self.choice.row, self.choice.full = index, ""
            self._place()

    def fill(self, node: str = "") -> None:
        """Let a picture fill the place of all, or show the others again; the focused one first."""
        if not self.watching:
            return
        shown = [pane.node for pane in self.watch.panes]
        node = node or self._focused() or next(iter(shown), "")
        if node in shown:
            self.choice.full = "" if self.choice.full else node
            self._place()

    def _focused(self) -> str:
        widget = QApplication.focusWidget()
        while widget is not None and not isinstance(widget, Pane):
            widget = widget.parentWidget()
        return widget.node if isinstance(widget, Pane) else ""

    def _made(self, key: str, panel: QObject) -> None:
        """Follow the views once they are made."""
        if key == "views" and self.docks.views is not None:
            self.docks.views.listed.connect(self._place)
            self.docks.views.filled.connect(self.fill)

    def _rows(self) -> list[list[str]]:
        bench = self.tabs.bench
        return watch_rows(bench.document.graph, bench.catalogue) if bench else []

    def _place(self) -> None:
        """Put the pictures into the middle and the curves beside them; or all into the dock."""
        views = self.docks.views
        if views is None:
            return
        if not self.watching:
            views.lend([])
            self.watch.show_panes([])
            return
        rows, choice = self._rows(), self.choice
        choice.row = min(choice.row, max(len(rows) - 1, 0))
        row = rows[choice.row] if rows else []
        choice.full = choice.full if choice.full in row else ""
        pictures = [choice.full] if choice.full else row
        curves = [node for node in views.order if views.shown[node].loss is not None]
        panes = views.lend([*pictures, *curves[:MOST_CURVES]])
        shown = [pane for pane in panes if pane.node in pictures]
        self.watch.show_panes(shown, views.words())
        self.docks.curves().show_panes([pane for pane in panes if pane.node not in pictures])

    def _lead(self, page: DocumentPage) -> None:
        """Show the pictures when an example with a lesson runs for the first time."""
        live, choice = page.bench.live, self.choices[page]
        begins = live.status.status in BUSY and not choice.led
        if not begins or not page.bench.document.graph.lesson or page is not self.tabs.current:
            return
        choice.led = True
        if choice.workspace == "watch":
            return
        self.use("watch")
        views = self.docks.views
        if views is not None and all(view.loss is None for view in views.shown.values()):
            self.docks.show_panel("lesson")  # without a loss there are no curves
        self.notices.say(
            self._key(page),
            "note",
            tr("The pictures of the run have the room now; the graph is in Build."),
            (tr("Back to Build"), lambda: self.use("build")),
            owner=page,
        )

    def _key(self, page: Page) -> str:
        return f"{NOTICE} {id(page)}"
