"""The tabs: one for each document, and the start page with the gallery."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QPoint, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QSizePolicy,
    QStackedWidget,
    QStyle,
    QStyleOptionTab,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from engine.document.naming import IN, OUT
from workbench.actions import BY_ID
from workbench.look.eliding import elide
from workbench.look.theme import TABS_HEIGHT, appearance, icon
from workbench.widgets.base import delete_widget, icon_button
from workbench.widgets.pills import Pills

if TYPE_CHECKING:
    from workbench.bench.bench import Bench
    from workbench.bench.inner import Desk, InnerBench
    from workbench.bench.paths import Way
    from workbench.canvas.view import Canvas

READABLE = 170  # px of a tab in which its title can be read
MARGIN = 16  # px around what is shown low: the zoom bar is at the right


def tr(text: str) -> str:
    return QCoreApplication.translate("tabs", text)


Sight = tuple[QPointF, float]
"""The middle of what is in sight, and the zoom."""


class Page(QWidget):
    """The content of a tab: the gallery, the runs or a document."""

    icon = "layout-grid"
    bench: Bench | None = None
    canvas: Canvas | None = None

    def __init__(self, inside: QWidget) -> None:
        super().__init__()
        self.inside = inside
        self.fitted = False
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(inside)
        self.over: QWidget | None = None
        self._low = False

    @property
    def front(self) -> QWidget:
        """What takes the keys: the content, or what is shown in its place."""
        return self.over if self.over is not None and self.inside.isHidden() else self.inside

    def show_over(self, widget: QWidget | None, *, alone: bool = False, low: bool = False) -> None:
        """Show a widget over the middle of the page, `low` at the left, or `alone`."""
        if self.over is not None and self.over is not widget:
            delete_widget(self.over)
        self.over, self._low = widget, low
        self.inside.setVisible(widget is None or not alone)
        column = self.layout()
        assert column is not None
        column.activate()  # else what is shown again has its size of before
        if widget is not None:
            widget.setParent(self)
            self._place()
            widget.show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        if self.over is None:
            return
        box = self.rect()
        if not self.inside.isHidden():
            box = QRect(QPoint(0, 0), self.over.sizeHint())
            box.moveCenter(self.rect().center())
            if self._low:
                box.moveBottomLeft(self.rect().bottomLeft() + QPoint(MARGIN, -MARGIN))
        self.over.setGeometry(box)

    @property
    def name(self) -> str:
        return tr("Gallery")


class RunsPage(Page):
    """The page of runs: those of the document that was in front before it."""

    icon = "history"

    @property
    def name(self) -> str:
        return tr("Runs")


class DocumentPage(Page):
    """A page with a canvas and its bench."""

    icon = "workflow"
    bench: Bench
    canvas: Canvas
    desk: Desk

    def __init__(self, canvas: Canvas, bench: Bench) -> None:
        super().__init__(canvas)
        self.bench, self.canvas = bench, canvas
        self.desk = bench
        self.way: Way = ()
        self.begun = False  # the start page was left
        self._outermost = canvas
        self._sights: dict[Way, Sight] = {}

    def show_level(self, way: Way, make: Callable[[DocumentPage, InnerBench], Canvas]) -> None:
        """Show the document, or the inside of the instance at `way`, as it was last seen."""
        from workbench.bench.inner import InnerBench

        before, canvas = self.desk, self.canvas
        held, left = _holds_focus(self), self.way
        place = canvas.place_of(way[-1]) if way[:-1] == left and way else None
        self.way = way
        if way:
            self.desk = desk = InnerBench(self.bench, way)
            self.canvas = make(self, desk)
        else:
            self.desk, self.canvas = self.bench, self._outermost
        self._put_inside(self.canvas)
        if isinstance(before, InnerBench):
            self._leave(before, canvas)
        if held:
            self.canvas.setFocus()
        if way in self._sights:
            self.canvas.camera.centre_on(*self._sights[way], animate=False)
        elif way:
            self.canvas.navigation.open()
        if place is not None:
            self.canvas.camera.fly_from(place, self.canvas.stage.content())
        elif way == left[:-1] and left:
            self.canvas.fly_out_of(left[-1])

    @property
    def _canvases(self) -> list[tuple[Canvas, Desk]]:
        """The canvas of the document, and that of the open group."""
        inner = [(self.canvas, self.desk)] if self.way else []
        return [(self._outermost, self.bench), *inner]

    def show_catalogue(self) -> None:
        """Show everything with the kinds that are installed now."""
        for canvas, desk in self._canvases:
            canvas.show_catalogue(desk.catalogue)

    def show_kinds(self, changed: set[str]) -> None:
        """Show the instances of groups that have changed."""
        for canvas, desk in self._canvases:
            canvas.stage.show_kinds(desk.catalogue, changed | {IN, OUT})

    def _leave(self, desk: InnerBench, canvas: Canvas) -> None:
        """Drop the canvas of a group that was open, and remember what was in sight."""
        self._sights[desk.way] = canvas.camera.resting
        canvas.let_go()
        desk.leave()
        delete_widget(canvas)

    def _put_inside(self, canvas: Canvas) -> None:
        column, shown = self.layout(), not self.inside.isHidden()
        assert isinstance(column, QVBoxLayout)
        self.inside.hide()
        self.inside = canvas
        column.insertWidget(0, canvas)
        canvas.setVisible(shown)
        column.activate()

    @property
    def name(self) -> str:
        return self.bench.document.name or tr("Untitled")


def _holds_focus(page: DocumentPage) -> bool:
    """Return whether the keys go to a page, or nowhere."""
    focus = page.window().focusWidget()
    return focus is None or focus is page or page.isAncestorOf(focus)


class DocumentBar(QTabBar):
    """Tabs whose titles are elided at word boundaries."""

    def showEvent(self, event: QShowEvent) -> None:
        """Ask for room anew: tabs that were added before have their style only now."""
        super().showEvent(event)
        self.updateGeometry()

    def minimumTabSizeHint(self, index: int) -> QSize:
        """Return a size in which a title can be read: the tabs that have no room scroll."""
        return self.tabSizeHint(index).boundedTo(QSize(round(READABLE * appearance.text_scale), 99))

    def initStyleOption(self, option: QStyleOptionTab, index: int) -> None:
        super().initStyleOption(option, index)
        name = self.tabText(index).replace("&&", "&")
        part = QStyle.SubElement.SE_TabBarTabText
        room = self.style().subElementRect(part, option, self).width()
        if option.text.replace("&&", "&") != name:
            option.text = elide(name, self.fontMetrics(), room, middle=True).replace("&", "&&")


class Tabs(QWidget):
    """The tab bar and the page in front. Emit `current_changed(page)` when that changes."""

    current_changed = Signal(object)
    close_requested = Signal(object)
    resized = Signal()
    action_requested = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumSize(480, 200)
        self.bar = DocumentBar()
        self.bar.setProperty("documents", True)
        self.bar.setDocumentMode(True)
        self.bar.setTabsClosable(True)
        self.bar.setMovable(True)
        self.bar.setExpanding(False)
        self.bar.setElideMode(Qt.TextElideMode.ElideMiddle)
        self.plus = icon_button(
            "plus", BY_ID["file.new"].tip, lambda: self.action_requested.emit("file.new")
        )
        self.switch = Pills()
        self.switch.setAccessibleName(tr("Workspace"))
        self.switch.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.switch.hide()
        self.stack = QStackedWidget()
        self.beside: QWidget | None = None
        """What has the place of the pages."""
        self.pages: list[Page] = []
        self._lay_out()
        self.bar.currentChanged.connect(self._show)
        self.bar.tabMoved.connect(self._moved)
        self.bar.tabCloseRequested.connect(lambda i: self.close_requested.emit(self.pages[i]))

    def _lay_out(self) -> None:
        self.strip = strip = QWidget()
        strip.setProperty("surface", "window")
        strip.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        strip.setFixedHeight(TABS_HEIGHT)
        row = QHBoxLayout(strip)
        row.setContentsMargins(0, 0, 8, 0)
        row.setSpacing(8)
        row.addWidget(self.bar)
        row.addWidget(self.plus)
        row.addStretch(1)
        row.addWidget(self.switch)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(strip)
        self._column.addWidget(self.stack, 1)

    def add_beside(self, widget: QWidget) -> None:
        """Add a widget that can take the place of the pages."""
        widget.hide()
        self._column.addWidget(widget, 1)

    def show_beside(self, widget: QWidget | None, *, alone: bool = False) -> None:
        """Show such a widget in the place of the pages, `alone` without the tabs; or the pages."""
        if self.beside is not None and self.beside is not widget:
            self.beside.hide()
        self.beside = widget
        self.stack.setVisible(widget is None)
        self.strip.setVisible(not alone)
        if widget is not None:
            widget.show()

    @property
    def current(self) -> Page | None:
        index = self.bar.currentIndex()
        return self.pages[index] if 0 <= index < len(self.pages) else None

    @property
    def bench(self) -> Bench | None:
        """The bench of the page in front."""
        return self.current.bench if self.current else None

    @property
    def canvas(self) -> Canvas | None:
        return self.current.canvas if self.current else None

    @property
    def runs(self) -> RunsPage | None:
        """The page of runs, if it is open."""
        return next((page for page in self.pages if isinstance(page, RunsPage)), None)

    @property
    def documents(self) -> list[DocumentPage]:
        return [page for page in self.pages if isinstance(page, DocumentPage)]

    def add(self, page: Page) -> None:
        """Add a page and bring it to the front."""
        self.pages.append(page)
        self.stack.addWidget(page)
        index = self.bar.addTab(icon(page.icon), "")
        self.rename(page)
        self.bar.setCurrentIndex(index)

    def remove(self, page: Page) -> None:
        """Remove a page; it is deleted once the current event has been handled."""
        index = self.pages.index(page)
        self.pages.remove(page)
        self.bar.removeTab(index)
        self.stack.removeWidget(page)
        page.setParent(self.stack)  # else Python deletes it within its own event
        page.deleteLater()
        self._show(self.bar.currentIndex())

    def show_page(self, page: Page) -> None:
        self.bar.setCurrentIndex(self.pages.index(page))

    def show_next(self, step: int) -> None:
        """Show the tab `step` places further, cyclically, and focus its content."""
        if self.pages:
            self.bar.setCurrentIndex((self.bar.currentIndex() + step) % len(self.pages))
            self.pages[self.bar.currentIndex()].front.setFocus()

    def rename(self, page: Page) -> None:
        """Update a page's tab title; a dot marks unsaved changes."""
        index = self.pages.index(page)
        dirty = page.bench is not None and page.bench.document.dirty
        text = f"{page.name} •" if dirty else page.name
        if self.bar.tabText(index) != text.replace("&", "&&"):
            self.bar.setTabText(index, text.replace("&", "&&"))
        path = page.bench.document.path if page.bench else None
        self.bar.setTabToolTip(index, str(path or page.name))

    def restyle(self) -> None:
        for index, page in enumerate(self.pages):
            self.bar.setTabIcon(index, icon(page.icon))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()

    def _show(self, index: int) -> None:
        if 0 <= index < len(self.pages):
            self.stack.setCurrentWidget(self.pages[index])
            self.current_changed.emit(self.pages[index])

    def _moved(self, start: int, end: int) -> None:
        self.pages.insert(end, self.pages.pop(start))
