"""The inspector: details of a node, of several nodes, or of the graph if none is selected."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary, ref

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.document.catalogue import Catalogue
from engine.document.graph import Change
from workbench.bench.inner import InnerBench
from workbench.look.theme import theme
from workbench.panels.graph_page import GraphPage
from workbench.panels.group_page import GroupPage
from workbench.panels.node_page import NodePage
from workbench.panels.panel import InnerPanel
from workbench.panels.shared_page import SharedPage
from workbench.widgets.base import Column, delete_widget

if TYPE_CHECKING:
    from workbench.bench.inner import Desk

BEAT = 200  # ms between updates during a run
QUIET = (("layout", "positions"), ("layout", "reroutes"), ("layout", "frames"))
RUNNING = (
    "state_changed",
    "progress_changed",
    "metric_changed",
    "series_changed",
    "status_changed",
    "past_changed",
    "weights_changed",
    "history_changed",
)


Subject = tuple[tuple[str, str], ...]
"""Ids and kinds of a page's nodes; empty: the graph."""


Page = GraphPage | GroupPage | NodePage | SharedPage


class Inspector(InnerPanel):
    """Shows the selection. A refused input is kept until its node is shown again.

    It is dropped with its node or its document.
    """

    title = "Inspector"
    icon = "sliders-horizontal"
    live_signals = ("checked_changed", "problems_changed", "welcomed")

    def __init__(self, catalogue: Catalogue | None = None, parent: QWidget | None = None) -> None:
        super().__init__(catalogue, parent)
        self.selection: list[str] = []
        self.page: Page | None = None
        self._key: tuple[object, ...] = ()
        self._nodes: Subject = ()  # the page's nodes
        self._of: Callable[[], Desk | None] = lambda: None  # its bench, a weak reference
        self._drafts: WeakKeyDictionary[Desk, dict[Subject, dict[str, str]]] = WeakKeyDictionary()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.sheet = Column()
        self.sheet.column.setSpacing(0)
        column.addWidget(self.sheet)
        self._beat = QTimer(self, singleShot=True, interval=BEAT)
        self._beat.timeout.connect(self._redraw_live)

    def show_selection(self, ids: list[str]) -> None:
        """Show these nodes; if empty, the graph."""
        if list(ids) != self.selection:
            self.selection = list(ids)
            self.redraw_soon()

    def bench_changed(self) -> None:
        self.selection = []

    def is_affected_by(self, change: Change) -> bool:
        return any(put.path[:2] not in QUIET for put in change.puts)

    def redraw(self) -> None:
        if self.bench is None:
            self._put(None, (), ())
            return
        ids = [i for i in self.selection if i in self.graph.nodes]
        make, key = self._wanted(ids)
        key = (*key, theme().text_scale)
        if key != self._key:
            self._put(make(), key, self._kinds(ids))
        self._forget_gone()
        if self.page is not None:
            self.page.redraw()

    def edit_title(self) -> None:
        """Start renaming what is shown (F2)."""
        self.redraw_now()
        if self.page:
            self.page.edit_title()

    def edit_first(self) -> None:
        """Focus the first field (Enter on a node)."""
        self.redraw_now()
        field = self.page.first_field() if self.page else None
        if field is not None:
            field.setFocus()

    def _wanted(self, ids: list[str]) -> tuple[Callable[[], Page], tuple[object, ...]]:
        """Return the factory and the key of the page for a selection."""
        if not ids:
            if isinstance(self.bench, InnerBench):
                return (lambda: GroupPage(self)), GroupPage.key(self)
            return (lambda: GraphPage(self)), GraphPage.key(self)
        if len(ids) == 1:
            return (lambda: NodePage(self, ids[0])), (*NodePage.key(self, ids[0]), id(self.bench))
        return (lambda: SharedPage(self, ids)), (*SharedPage.key(self, ids), id(self.bench))

    def _put(self, page: Page | None, key: tuple[object, ...], nodes: Subject) -> None:
        """Replace the page; keep the refused inputs of the old one."""
        old, self.page = self.page, page
        if old is not None:
            self._keep(old.form.drafts())
            delete_widget(old)
        self._key, self._nodes = key, nodes
        if page is not None:
            self._of = ref(self.open_bench)
            self.sheet.column.addWidget(page)
            page.show()
            self.sheet.verticalScrollBar().setValue(0)
            page.form.restore(self._drafts.get(self.open_bench, {}).pop(nodes, {}))

    def _keep(self, drafts: dict[str, str]) -> None:
        bench = self._of()
        if drafts and bench is not None:
            self._drafts.setdefault(bench, {})[self._nodes] = drafts

    def _forget_gone(self) -> None:
        """Drop the inputs of nodes that were removed."""
        kept = self._drafts.get(self.open_bench, {})
        for nodes in [n for n in kept if n != self._kinds(i for i, _ in n)]:
            del kept[nodes]

    def _kinds(self, ids: Iterable[str]) -> Subject:
        nodes = self.graph.nodes
        return tuple((i, nodes[i].kind) for i in ids if i in nodes)

    def _soon(self, *_: object) -> None:
        if self.isVisible() and not self._beat.isActive():
            self._beat.start()

    def _redraw_live(self) -> None:
        if self.page is not None and self.bench is not None and not self._stale:
            self.page.redraw_live()

    def _join(self, bench: Desk) -> None:
        super()._join(bench)
        for name in RUNNING:
            getattr(bench.live, name).connect(self._soon)

    def _leave(self, bench: Desk) -> None:
        super()._leave(bench)
        for name in RUNNING:
            getattr(bench.live, name).disconnect(self._soon)
