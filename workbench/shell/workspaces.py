"""The workspaces: Build has the graph in the middle, Watch the pictures, Play what moves them.

The choice is kept for each document; the settings keep it for those with a file and for examples.
A switch moves panes: nothing restarts, the selection, the time slider and the run stay. A
presentation is Play on the whole screen, with the lesson's pictures to turn over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal
from PySide6.QtWidgets import QApplication, QMainWindow

from engine.document.catalogue import Catalogue
from workbench import actions
from workbench.actions import BY_ID
from workbench.bench.document import UNSAVED
from workbench.bench.live import BUSY
from workbench.bench.plays import play_of
from workbench.bench.settings import Workspace
from workbench.bench.views import draw_one_plane, watch_rows
from workbench.look.theme import appearance, icon
from workbench.play.stage import Stage
from workbench.plots.pane import Pane
from workbench.plots.sharing import SharedAxes
from workbench.shell.docks import Docks
from workbench.shell.notices import Notices
from workbench.shell.preferences import use_look
from workbench.shell.tabs import DocumentPage, Page, Tabs
from workbench.watch.pictures import Watch
from workbench.watch.strip import Strip
from workbench.widgets.pills import Pills

if TYPE_CHECKING:
    from workbench.bench.bench import Bench
    from workbench.shell.dock import Views

SIGNS: dict[Workspace, str] = {"build": "workflow", "watch": "eye", "play": "hand"}
ORDER = tuple(SIGNS)
MOST_CURVES = 3
LANES = 1280, 720  # px: in smaller windows one line of text stands for the graph in small
PRESENTED = 1.5  # how much larger text is on the whole screen
NOTICE = "workspace"


def tr(text: str) -> str:
    return QCoreApplication.translate("watch", text)


@dataclass
class Choice:
    """What a page shows: its workspace, the row of pictures, and the one that fills its place.

    `alone` is the view that fills the dock in Build. `chosen`: whether the user has chosen the
    workspace; `led`: whether a first run has led to Watch.
    """

    workspace: Workspace = "build"
    row: int = 0
    full: str = ""
    alone: str = ""
    chosen: bool = False
    led: bool = False


@dataclass
class Presentation:
    """A page on the whole screen: what to return to, and which picture is shown, 0 for Play."""

    page: Page
    before: Workspace
    maximised: bool
    at: int = 0


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
        self.stage = Stage(catalogue)
        self.axes, self.axes_below = SharedAxes(self), SharedAxes(self)
        self.choices: WeakKeyDictionary[Page, Choice] = WeakKeyDictionary()
        self.presentation: Presentation | None = None
        for widget in (self.watch, self.stage):
            tabs.add_beside(widget)
        for switch in (tabs.switch, self.stage.switch):
            self._fill(switch)
        self.stage.left.connect(self._leave)
        self.stage.turned.connect(self._turn)
        docks.build_requested.connect(lambda: self.use("build"))
        docks.made.connect(self._made)
        docks.beside_requested.connect(self.watch.show_beside)
        docks.fitted.connect(self._fold)
        queued = Qt.ConnectionType.QueuedConnection
        self.watch.room_changed.connect(self._place, queued)

    def _fill(self, switch: Pills) -> None:
        switch.setProperty("switch", True)
        for workspace, sign in SIGNS.items():
            action = BY_ID[f"view.{workspace}"]
            at = switch.addTab(icon(sign), actions.tr(action.title))
            switch.setTabToolTip(at, action.tip)
        switch.currentChanged.connect(lambda at: self.use(ORDER[at]))

    @property
    def choice(self) -> Choice:
        """The choice of the page in front."""
        page = self.tabs.current
        return self.choices.get(page, Choice()) if page is not None else Choice()

    @property
    def watching(self) -> bool:
        return self.choice.workspace == "watch" and self.tabs.bench is not None

    @property
    def playing(self) -> bool:
        return self.choice.workspace == "play" and self.tabs.bench is not None

    def use(self, workspace: Workspace) -> None:
        """Show the page in front in a workspace."""
        page = self.tabs.current
        if isinstance(page, DocumentPage) and self.choice.workspace != workspace:
            self.choice.workspace, self.choice.chosen = workspace, True
            self.notices.clear(self._key(page))
            self.show_page(page)

    def show_page(self, page: Page) -> None:
        """Arrange the window for a page."""
        if isinstance(page, DocumentPage) and page not in self.choices:
            kept = self.docks.settings.workspaces.get(page.bench.document.source)
            self.choices[page] = Choice(kept, chosen=True, led=True) if kept else Choice()
        if self.presentation and (self.presentation.page is not page or not self.playing):
            self.stop_presenting()
        watching, playing = self.watching, self.playing
        for switch in (self.tabs.switch, self.stage.switch):
            blocked = switch.blockSignals(True)
            switch.setCurrentIndex(ORDER.index(self.choice.workspace))
            switch.blockSignals(blocked)
        self.tabs.switch.setVisible(page.bench is not None)
        self.strip.show_bench(page.bench if watching else None)
        self.stage.show_bench(page.bench if playing else None)
        self.docks.arrange(watching=watching, playing=playing)
        self._fold()
        self.tabs.show_beside(
            self.watch if watching else self.stage if playing else None, alone=playing
        )
        if playing and page.bench is not None:
            page.bench.live.show_newest()
            self.stage.setFocus()
        self._place()
        self.changed.emit()

    def _fold(self) -> None:
        """Fold what has no room in Watch: the graph in small first, then the right column."""
        size = self.docks.window.size()
        self.watch.fold_lanes(size.width() < LANES[0] or size.height() < LANES[1])
        beside = self.docks.right if self.docks.narrow else None
        if beside is not self.watch.beside:
            self.watch.take_beside(beside)
            if beside is None:
                self.docks.take_right()

    def keep(self, bench: Bench) -> None:
        """Note the workspace the user chose for a document in the settings."""
        source, shown = bench.document.source, self.presentation
        for page, choice in self.choices.items():
            if page.bench is bench and choice.chosen and not source.startswith(UNSAVED):
                presented = shown is not None and shown.page is page
                workspace = shown.before if shown and presented else choice.workspace
                self.docks.settings.keep_workspace(source, workspace)

    def present(self) -> None:
        """Show the page in front on the whole screen, or leave that."""
        page = self.tabs.current
        if self.presentation is not None:
            self._leave()
        elif isinstance(page, DocumentPage):
            window = self.docks.window
            self.presentation = Presentation(page, self.choice.workspace, window.isMaximized())
            scale = max(appearance.text_scale, PRESENTED)
            appearance.use("light", text_scale=scale)
            self.stage.show_presenting(True)
            window.showFullScreen()
            self.use("play")
            self._place()

    def stop_presenting(self) -> None:
        """Give the screen back."""
        shown, self.presentation = self.presentation, None
        if shown is None:
            return
        self.stage.show_presenting(False)
        use_look(self.docks.settings)
        window = self.docks.window
        window.showMaximized() if shown.maximised else window.showNormal()

    def _leave(self) -> None:
        """Leave a presentation for where it was begun, and Play for Watch."""
        shown = self.presentation
        self.stop_presenting()
        self.use(shown.before if shown is not None else "watch")
        self._place()

    def _turn(self, by: int) -> None:
        """Show the next picture of a presentation, or the one before."""
        if self.presentation is not None:
            at = self.presentation.at + by
            self.presentation.at = min(max(at, 0), len(self._rows()))
            self._place()

    def show_view(self, index: int, *, detached: bool = False) -> None:
        """Show a row of pictures, or a view of the dock."""
        if not self.watching or detached:
            self.choice.alone = ""
            self._place()
            self.docks.show_view(index, detached=detached)
        elif index < len(self._rows()):
            self.choice.row, self.choice.full = index, ""
            self._place()

    def fill(self, node: str = "") -> None:
        """Let a view fill the place of all, or show the others again; the focused one first."""
        views, choice = self.docks.views, self.choice
        if views is None or self.playing or self.tabs.bench is None:
            return
        shown = [n for n in views.order if n not in views.floating]
        shown = [pane.node for pane in self.watch.panes] if self.watching else shown
        node = node or self._focused() or next(iter(shown), "")
        if node not in shown:
            return
        if self.watching:
            choice.full = "" if choice.full else node
        elif self.docks.is_open("views"):
            choice.alone = "" if choice.alone else node
        else:
            self.docks.show_view(views.order.index(node), detached=False)
            choice.alone = node
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
        return watch_rows(bench.whole, bench.catalogue) if bench else []

    def _place(self) -> None:
        """Put the pictures into the middle and the curves beside them; or all into the dock."""
        views = self.docks.views
        if views is None:
            return
        if self.playing:
            self.watch.show_panes([])
            self._place_play(views)
            return
        self.stage.show_panes([])
        if not self.watching:
            views.lend([])
            self.watch.show_panes([])
            views.fill(self.choice.alone)
            self.axes.show([])
            self.axes_below.show([])
            return
        self._place_rows(views)

    def _place_rows(self, views: Views) -> None:
        """Put the row of pictures into the middle, where it has room with the next one below."""
        rows, choice = self._rows(), self.choice
        choice.row = min(choice.row, max(len(rows) - 1, 0))
        row = rows[choice.row] if rows else []
        choice.full = choice.full if any(choice.full in row for row in rows) else ""
        pictures = [choice.full] if choice.full else row
        roomy = self.watch.has_room and not choice.full
        after = rows[choice.row + 1] if roomy and choice.row + 1 < len(rows) else []
        after = [node for node in after if node not in row]
        curves = [node for node in views.order if views.shown[node].loss is not None]
        panes = views.lend([*pictures, *after, *curves[:MOST_CURVES]])
        shown = [pane for pane in panes if pane.node in pictures]
        below = [pane for pane in panes if pane.node in after]
        self.watch.show_panes(shown, views.words(), below)
        self._share(self.axes, shown)
        self._share(self.axes_below, below)
        self.docks.curves().show_panes([p for p in panes if p not in shown and p not in below])

    def _place_play(self, views: Views) -> None:
        """Put what one plays with, or a picture of the lesson, on the stage."""
        bench, shown = self.tabs.bench, self.presentation
        assert bench is not None
        at = shown.at if shown else 0
        names = self._rows()[at - 1] if at else play_of(bench.whole, bench.catalogue).views
        panes = views.lend(names)
        self.stage.show_panes(panes, with_inputs=not at)
        self._share(self.axes, panes)

    def _share(self, axes: SharedAxes, panes: Sequence[Pane]) -> None:
        """Let pictures of one plane side by side have one range."""
        bench = self.tabs.bench
        assert bench is not None
        alike = draw_one_plane(bench.whole, [pane.node for pane in panes])
        axes.show([pane.plot for pane in panes] if alike else [])

    def lead(self, page: DocumentPage) -> None:
        """Show the pictures when an example with a lesson runs for the first time."""
        live, choice = page.bench.live, self.choices[page]
        begins = live.status.status in BUSY and not choice.led
        if not begins or not page.bench.document.graph.lesson or page is not self.tabs.current:
            return
        choice.led = True
        if choice.workspace != "build":
            return
        chosen = choice.chosen
        self.use("watch")
        choice.chosen = chosen
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
