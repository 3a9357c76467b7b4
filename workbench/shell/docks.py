"""The docks around the canvas, and their sizes for each size of the window, in px.

| window         | palette            | inspector | views |
|----------------|--------------------|-----------|-------|
| below 1600     | a rail that opens  | 280       | 176   |
| from 1600      | 232                | 324       | 260   |
| from 2560      | 248                | 360       | 340   |
"""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import QCoreApplication, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow, QVBoxLayout, QWidget

from engine.document.catalogue import Catalogue
from workbench.bench.paths import Way, path_of
from workbench.bench.settings import UserSettings
from workbench.look.theme import SLIDER_HEIGHT, theme
from workbench.panels.panel import InnerPanel
from workbench.shell.menus import Menus
from workbench.shell.names import HEIGHT as NAMES_HEIGHT
from workbench.shell.sides import RAIL, Dock, LeftSide, Pane, ToolDock
from workbench.shell.tabs import DocumentPage, Tabs
from workbench.shell.topbar import TopBar
from workbench.widgets.base import UNBOUNDED

if TYPE_CHECKING:
    from workbench.bench.bench import Bench
    from workbench.bench.inner import Desk
    from workbench.shell.dock import Views
    from workbench.watch.measures import Curves

WIDEST = 480  # of the palette
LOW, LEAST_VIEWS = 768, 140  # px: views shrink in lower windows, to this height
LOW_WINDOW = 800  # px: lower windows have no status bar, and the views by name
WATCH_COMPACT, WATCH_RIGHT = 300, 380  # px: the curves' column in Watch
NARROW = 1180  # px: narrower windows have no such column
WARM_AFTER = 1_500  # ms
LEFT = Qt.DockWidgetArea.LeftDockWidgetArea
RIGHT = Qt.DockWidgetArea.RightDockWidgetArea
BOTTOM = Qt.DockWidgetArea.BottomDockWidgetArea


def tr(text: str) -> str:
    return QCoreApplication.translate("frame", text)


class Sizes(NamedTuple):
    """Sizes of the docks in a window at least `width` px wide."""

    width: int
    palette: int
    inspector: int
    views: int
    compact: bool = False


SIZES = (
    Sizes(2560, 248, 360, 340),
    Sizes(1600, 232, 324, 260),
    Sizes(0, RAIL, 280, 176, compact=True),
)


class Kind(NamedTuple):
    """A panel's title and icon, and the class that implements it."""

    title: str
    icon: str
    module: str
    name: str


LEFT_PANELS = {
    "nodes": Kind("Nodes", "boxes", "workbench.panels.palette", "Palette"),
    "gallery": Kind("Gallery", "layout-grid", "workbench.shell.gallery", "Gallery"),
    "outline": Kind("Outline", "list-tree", "workbench.panels.outline", "Outline"),
}
RIGHT_PANELS = {
    "curves": Kind("Curves", "chart-line", "workbench.watch.measures", "Curves"),
    "inspector": Kind("Inspector", "sliders-horizontal", "workbench.panels.inspector", "Inspector"),
    "lesson": Kind("Lesson", "graduation-cap", "workbench.panels.lesson", "Lesson"),
    "problems": Kind("Problems", "circle-alert", "workbench.panels.problems", "Problems"),
}
TOOL_PANELS = {
    "log": Kind("Log", "terminal", "workbench.panels.log", "Log"),
    "history": Kind("History", "undo-2", "workbench.panels.history", "HistoryPanel"),
}


class Docks(QObject):
    """The docks of a window. Emit `made(key, panel)` when a panel is created, on first view."""

    made = Signal(str, object)
    build_requested = Signal()  # what is asked for has no place in Watch
    beside_requested = Signal()  # the curves or the lesson, where Watch has them as a tab
    fitted = Signal()  # to another size of the window

    def __init__(
        self,
        window: QMainWindow,
        tabs: Tabs,
        top: TopBar,
        menus: Menus,
        settings: UserSettings,
        catalogue: Catalogue,
    ) -> None:
        super().__init__(window)
        self.window = window
        self.tabs = tabs
        self.top = top
        self.menus = menus
        self.settings = settings
        self.catalogue = catalogue
        self.views: Views | None = None
        self.tools: dict[str, ToolDock] = {}
        self.sizes: Sizes | None = None
        self.watching = self.playing = False
        self._narrow = False
        self.low = self.views_open = False  # whether the window is low, and shows views even so
        self.bare = False  # beside the start page
        self._lacking = 0  # px of height below LOW
        self._docks_shown: bool | None = None
        self.left = self._pane(LEFT_PANELS)
        self.right = self._pane(RIGHT_PANELS)
        self.right.offer("curves", False)
        window.setCentralWidget(tabs)
        self.left_side = LeftSide(self.left, tabs)
        self.below = QWidget()
        self._below = QVBoxLayout(self.below)
        self._below.setContentsMargins(0, 0, 0, 0)
        self.by_name = {
            "palette": self._dock("palette", tr("Palette"), self.left_side, LEFT),
            "inspector": self._dock("inspector", tr("Inspector"), self.right, RIGHT),
            "views": self._dock("views", tr("Views"), self.below, BOTTOM),
        }
        window.setCorner(Qt.Corner.BottomLeftCorner, BOTTOM)
        window.setCorner(Qt.Corner.BottomRightCorner, BOTTOM)
        self.open = {name: getattr(settings, f"{name}_open") for name in self.by_name}
        self.left_side.rail.show_catalogue(catalogue)
        self._show_docks(False)

    def _pane(self, kinds: dict[str, Kind]) -> Pane:
        pane = Pane()
        for key, kind in kinds.items():
            pane.add(key, tr(kind.title), kind.icon, partial(self._made, kind))
        pane.made.connect(self.made)
        return pane

    def _made(self, kind: Kind) -> QWidget:
        return getattr(import_module(kind.module), kind.name)(self.catalogue)

    def _dock(self, name: str, title: str, inside: QWidget, area: Qt.DockWidgetArea) -> Dock:
        dock = Dock(name, title, inside, self.window)
        self.window.addDockWidget(area, dock)
        dock.visibilityChanged.connect(self.menus.refresh_soon)
        return dock

    def create_panels(self) -> None:
        """Create the parts not needed for the first paint: panels, time slider and views."""
        from workbench.shell.dock import Views

        self.left.create_current()
        self.right.create_current()
        self.views = Views(self.catalogue)
        self._below.addWidget(self.views)
        self.views.opened.connect(lambda at: self.show_view(at, detached=False))
        self._fold_views()
        self.made.emit("views", self.views)
        self.menus.give_keys(self.views)
        QTimer.singleShot(WARM_AFTER, self, _load_renderer)

    @property
    def panels(self) -> list[QWidget]:
        tools = [dock.widget() for dock in self.tools.values()]
        views = [self.views] if self.views is not None else []
        return [*self.left.widgets.values(), *self.right.widgets.values(), *tools, *views]

    def show_bench(self, bench: Bench | None) -> None:
        """Show a bench in every panel; None hides the docks."""
        self._show_docks(bench is not None)
        for panel in self.panels:
            if hasattr(panel, "show_bench"):
                inner = bench is not None and isinstance(panel, InnerPanel)
                panel.show_bench(self.desk if inner else bench)
        self._call_panels("show_way", self.way)

    @property
    def desk(self) -> Desk | None:
        """What one works on in the page in front: its document, or the inside of a group."""
        page = self.tabs.current
        return page.desk if isinstance(page, DocumentPage) else None

    @property
    def way(self) -> Way:
        """The way to the group that is open in the page in front."""
        page = self.tabs.current
        return page.way if isinstance(page, DocumentPage) else ()

    def _show_docks(self, shown: bool) -> None:
        """Show the docks the user has open, or none, as beside the gallery."""
        if shown == self._docks_shown:
            return
        self._docks_shown = shown
        self._show_open()
        for tool in self.tools.values():
            tool.setVisible(False)
        if shown and self.window.isVisible():
            self.settle()

    def _show_open(self) -> None:
        """Show the docks that are open; in Watch those that it has room for."""
        for name, dock in self.by_name.items():
            opened = bool(self.open[name]) and not self.playing
            if self.watching:
                opened = name == "views" or (name == "inspector" and opened and not self._narrow)
            elif self.bare:
                opened = name == "palette" and opened
            dock.setVisible(opened and bool(self._docks_shown))

    def arrange(self, *, watching: bool, playing: bool) -> None:
        """Make room for the pictures, or leave all to them; or show the docks as before.

        Watching, the time slider alone is below, and there is no palette.
        """
        if (watching, playing) == (self.watching, self.playing):
            return
        self.watching, self.playing = watching, playing
        self.left_side.close_overlay()
        self._fold_views()
        self.right.offer("curves", watching)
        self.right.offer("problems", not watching)
        if watching and self.right.current != "lesson":
            self.right.show_panel("curves")
        self.top.setVisible(not playing)
        for tool in self.tools.values() if playing else ():
            tool.setVisible(tool.isFloating() and tool.isVisible())
        self._show_open()
        self.fit(self.window.size())
        if self.window.isVisible():
            self.settle()

    @property
    def named(self) -> bool:
        """Whether the views are names alone: while one builds in a low window."""
        return self.low and not (self.watching or self.playing or self.views_open)

    @property
    def narrow(self) -> bool:
        """Whether one watches in a window without room for a column at the right."""
        return self.watching and self._narrow

    def take_right(self) -> None:
        """Put the panels of the right column back into their dock."""
        self.by_name["inspector"].setWidget(self.right)

    def _fold_views(self) -> None:
        if self.views is not None:
            self.views.fold(self.watching or self.playing or self.named, names=self.named)
        names = NAMES_HEIGHT if self.named else 0
        folded = self.watching or self.named
        self.below.setMaximumHeight(SLIDER_HEIGHT + 2 + names if folded else UNBOUNDED)

    def make_bare(self, bare: bool) -> None:
        """Leave the room beside the palette to the start page, or give the docks back theirs."""
        if bare != self.bare:
            self.bare = bare
            self._show_open()
            self.fit(self.window.size())
            if self.window.isVisible():
                self.settle()

    def curves(self) -> Curves:
        """Return the panel of the curves; it is made when first asked for."""
        panel: Curves = self.right.panel("curves")
        return panel

    def _open(self, name: str, opened: bool = True) -> None:
        if self.playing or (self.watching and name != "inspector"):
            self.build_requested.emit()
        self.open[name] = opened
        if name != "palette":
            self.bare = False
        self._show_open()
        if self.narrow and name == "inspector":
            self.beside_requested.emit()

    def show_selection(self, ids: list[str]) -> None:
        """Show what is selected on the canvas: by ids there, in the whole document by paths."""
        paths = [path_of(self.way, i) for i in ids]
        for panel in self.panels:
            if hasattr(panel, "show_selection"):
                panel.show_selection(ids if isinstance(panel, InnerPanel) else paths)

    def show_catalogue(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.left_side.rail.show_catalogue(catalogue)
        self._call_panels("show_catalogue", catalogue)

    def show_problem_count(self, count: int) -> None:
        title = tr("Problems")
        self.right.set_title("problems", f"{title} {count}" if count else title)

    def _call_panels(self, name: str, value: Any) -> None:
        for panel in self.panels:
            if hasattr(panel, name):
                getattr(panel, name)(value)

    def show_panel(self, key: str) -> QWidget:
        """Bring a panel to the front of its dock and return it."""
        if key in LEFT_PANELS:
            return self._show_left(key)
        if key in RIGHT_PANELS:
            if self.watching and key == "problems":
                self.build_requested.emit()
            self._open("inspector")
            return self.right.show_panel(key)
        return self._show_tool(key)

    def _show_left(self, key: str) -> QWidget:
        self._open("palette")
        if self.left_side.folded:
            self.left_side.open_overlay(key)
        return self.left.show_panel(key)

    def _show_tool(self, key: str) -> QWidget:
        if key not in self.tools:
            kind = TOOL_PANELS[key]
            panel = self._made(kind)
            dock = ToolDock(key, tr(kind.title), panel, self.window)
            self._place_tool(dock)
            self.tools[key] = dock
            self.made.emit(key, panel)
        if self.playing and not self.tools[key].isFloating():
            self.build_requested.emit()
        self.tools[key].show()
        self.tools[key].raise_()
        return self.tools[key].widget()

    def _place_tool(self, dock: ToolDock) -> None:
        """Dock a tool below the inspector; a second tool is tabbed with the first."""
        self.window.addDockWidget(RIGHT, dock)
        beside = next((tool for tool in self.tools.values() if not tool.isFloating()), None)
        if beside is not None:
            self.window.tabifyDockWidget(beside, dock)

    def toggle(self, name: str) -> None:
        """Open or close a dock. In a narrow window the palette opens over the canvas."""
        side = self.left_side
        if name == "palette" and side.folded and self.by_name[name].isVisible():
            side.close_overlay() if side.opened else side.open_overlay()
        elif name == "views" and self.low and self.by_name[name].isVisible():
            self._open_views(not self.views_open)
        else:
            self._open(name, not self.by_name[name].isVisible())

    def is_open(self, name: str) -> bool:
        if name == "palette" and self.left_side.folded:
            return self.left_side.opened
        shown = self.by_name[name].isVisible()
        return shown and not (name == "views" and self.named)

    def _open_views(self, opened: bool) -> None:
        """Show the views in a low window, or their names alone."""
        self.views_open = opened
        self._fold_views()
        self.settle()
        self.menus.refresh_soon()

    def show_view(self, index: int, *, detached: bool) -> None:
        if self.views is not None:
            self._open("views")
            if self.named and not detached:
                self._open_views(True)
            self.views.show_view(index, detached=detached)

    def navigate(self, where: str) -> None:
        if self.views is not None:
            self.views.navigate(where)

    def fit(self, size: QSize) -> None:
        """Apply the sizes for the window's width; the user's own stay until another row applies."""
        low = size.height() < LOW_WINDOW
        self.window.statusBar().setVisible(not (low or self.playing))
        if low != self.low:
            self.low = low
            self._fold_views()
        if self._narrow != (size.width() < NARROW):
            self._narrow = not self._narrow
            self._show_open()
        self.fitted.emit()
        sizes = next(s for s in SIZES if size.width() >= s.width)
        lacking = max(LOW - size.height(), 0)
        if sizes is self.sizes and lacking == self._lacking:
            return
        self.sizes, self._lacking = sizes, lacking
        self.top.set_compact(sizes.compact)
        self.left_side.fold(sizes.compact)
        if self.window.isVisible():
            self.settle()

    def settle(self) -> None:
        """Resize the docks to the user's sizes, else to the table's."""
        if self.sizes is None:
            return
        compact, kept = self.sizes.compact, self.settings
        self.by_name["palette"].setMaximumWidth(RAIL if compact else WIDEST)
        wide = {
            "palette": self.sizes.palette if compact else kept.palette_width or self.sizes.palette,
            "inspector": self._right_width(),
        }
        for name, width in wide.items():
            self.window.resizeDocks([self.by_name[name]], [width], Qt.Orientation.Horizontal)
        high = (not compact and kept.views_height) or self._views_height() + SLIDER_HEIGHT
        high = SLIDER_HEIGHT if self.watching else high
        high = SLIDER_HEIGHT + NAMES_HEIGHT if self.named else high
        self.window.resizeDocks([self.by_name["views"]], [high], Qt.Orientation.Vertical)

    def _right_width(self) -> int:
        assert self.sizes is not None
        if self.watching:
            return WATCH_COMPACT if self.sizes.compact else WATCH_RIGHT
        return (not self.sizes.compact and self.settings.inspector_width) or self.sizes.inspector

    def _views_height(self) -> int:
        """Return the views' height from the table, less in a low window."""
        assert self.sizes is not None
        return max(self.sizes.views - self._lacking, LEAST_VIEWS)

    def save_sizes(self, settings: UserSettings) -> None:
        """Write which docks are open, and their sizes, to the settings."""
        for name, opened in self.open.items():
            setattr(settings, f"{name}_open", opened)
        shown = [name for name, dock in self.by_name.items() if dock.isVisible()]
        partly = self.named or len(shown) < len(self.by_name)  # as in Watch
        if self.sizes is None or self.sizes.compact or partly:
            return
        settings.palette_width = self.by_name["palette"].width()
        settings.inspector_width = self.by_name["inspector"].width()
        settings.views_height = self.by_name["views"].height()

    def next_panel(self, step: int) -> None:
        """Focus the next part of the window (F6)."""
        parts = self._parts()
        focus = QApplication.focusWidget()
        at = next((i for i, p in enumerate(parts) if _holds(p, focus)), -1 if step > 0 else 0)
        _focus(parts[(at + step) % len(parts)])

    def _parts(self) -> list[QWidget]:
        docks: list[QDockWidget] = [*self.by_name.values(), *self.tools.values()]
        shown = [dock.widget() for dock in docks if dock.isVisible()]
        front = [self.tabs.current.front] if self.tabs.current else []
        return [*front, *shown, self.top.run_bar]


def _load_renderer() -> None:
    """Load the formula renderer before the first node is shown; it takes 0.2 s."""
    from workbench.look.formula import drawing

    drawing("x", 13.0, theme().text.name())


def _holds(part: QWidget, focus: QWidget | None) -> bool:
    return focus is not None and (part is focus or part.isAncestorOf(focus))


def _focus(part: QWidget) -> None:
    """Focus a part, or the first widget in it that accepts focus by Tab."""
    for widget in (part, *part.findChildren(QWidget)):
        by_tab = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        if by_tab and widget.isEnabled() and widget.isVisible():
            widget.setFocus(Qt.FocusReason.TabFocusReason)
            return
