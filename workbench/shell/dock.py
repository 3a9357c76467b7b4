"""The views below the canvas under one time slider: as many as fit side by side, the rest as tabs.

Each loss has a view of its curves, and each view node has a view. Those in `layout.views` are
pinned: they come first, in that order. A view can be detached into its own window. Until the user
drags the splitter, each view gets the width its kind of figure needs.

A view has no widgets before it is seen: its pane is made when it stands side by side with others,
when its tab comes to the front, or when it is detached.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from PySide6.QtCore import QCoreApplication, QRect, Qt, Signal, SignalInstance
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from engine.document.catalogue import Catalogue
from engine.document.graph import Change, Graph
from workbench.bench.empty import empty_words, held_above
from workbench.bench.training import is_late
from workbench.bench.views import lists_views, view_nodes
from workbench.edits import bare, set_views
from workbench.look.theme import VIEW_HEAD_HEIGHT, VIEW_MARGIN
from workbench.panels.panel import WholePanel
from workbench.plots.blind import result_words
from workbench.plots.kinds import kind_of
from workbench.plots.loss import LossCurves
from workbench.plots.pane import Floating, Pane
from workbench.plots.selection import MarkedItems
from workbench.plots.tabbed import Tab, Tabbed
from workbench.plots.widget import OpenWork, Plot
from workbench.shell.names import Names
from workbench.shell.pictures import ViewOwner
from workbench.shell.slider import TimeSlider
from workbench.widgets.base import label, separator
from workbench.words.kinds import from_catalogue, title_of

if TYPE_CHECKING:
    from workbench.bench.bench import Bench
    from workbench.bench.live import Live

# The number of views side by side, by the least width of the dock.
PLACES = ((0, 1), (560, 2), (1600, 4), (2500, 5))
NARROWEST = 270  # a header with a few words
BESIDE = VIEW_HEAD_HEIGHT + VIEW_MARGIN + 4  # px of a view's height outside its plot


def tr(text: str) -> str:
    return QCoreApplication.translate("dock", text)


@dataclass(slots=True)
class View:
    """One view, and the curves if it belongs to a loss. `pane` is made when first asked for."""

    kind: str
    make: Callable[[], Pane]
    loss: LossCurves | None = None
    name: str = ""
    made: Pane | None = None

    @property
    def pane(self) -> Pane:
        return self.made or self.make()

    @property
    def plot(self) -> Plot:
        return self.pane.plot


class Views(WholePanel):
    """The content of the dock. The window's actions call `show_view` and `navigate`."""

    title = "Views"
    icon = "panel-bottom"
    listed = Signal()  # which views there are, or which are detached, may have changed
    filled = Signal(str)  # a view's head was double-clicked
    opened = Signal(int)  # the view at a position is wanted, while only names are shown

    def __init__(self, catalogue: Catalogue | None = None, parent: QWidget | None = None) -> None:
        super().__init__(catalogue, parent)
        self.selection = MarkedItems(self)
        self.shown: dict[str, View] = {}
        self.floating: dict[str, Floating] = {}
        self.lent: set[str] = set()
        self.folded = False
        """Whether only the time slider is shown, while views are lent to other places."""
        self.full = ""  # the view that has the room of all
        self.order: list[str] = []
        self._floating_before: WeakKeyDictionary[Bench, dict[str, QRect]] = WeakKeyDictionary()
        self._open_work: WeakKeyDictionary[Bench, dict[str, OpenWork]] = WeakKeyDictionary()
        self._layout_key: tuple[object, ...] = ()
        self._dragged = False
        self._end = 0
        self.slider = TimeSlider()
        self.slider.action_requested.connect(self.action_requested)
        self.row = QSplitter(Qt.Orientation.Horizontal)
        self.row.setChildrenCollapsible(False)
        self.row.splitterMoved.connect(self._note_drag)
        self.tabs = Tabbed(lambda node: self.shown[node].pane)
        self.empty = label("", "hint")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.strip = Names()
        self.strip.chosen.connect(self.opened)
        self.body = QStackedWidget()
        self.body.addWidget(self.empty)
        self.body.addWidget(self.row)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for part in (separator(), self.slider, separator(), self.strip):
            column.addWidget(part)
        column.addWidget(self.body, 1)

    def bench_changed(self) -> None:
        self.forget()
        self.slider.show_bench(self.bench)
        for node in self.live.progress if self.live else ():
            self._progress(node)

    def show_catalogue(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self.redraw_soon()

    def show_view(self, index: int, *, detached: bool = False) -> None:
        """Show and focus the view at position `index` in the order."""
        self.redraw_now()
        if not 0 <= index < len(self.order):
            return
        node = self.order[index]
        if detached and node not in self.floating:
            self.toggle_floating(node)
        elif node in self.floating:
            self.floating[node].activateWindow()
        else:
            self.tabs.bring(node)
        self.shown[node].plot.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def show_selection(self, ids: list[str]) -> None:
        """Bring the view selected on the canvas to the front of the tabs."""
        if len(ids) == 1:
            self.tabs.bring(ids[0])

    def navigate(self, where: str) -> None:
        self.slider.navigate(where)

    def _watch(self, change: Change) -> None:
        if any(lists_views(put.path) for put in change.puts):
            self.redraw_soon()
        elif any(put.path[0] == "nodes" or "bare" in put.path[:2] for put in change.puts):
            self.refresh_soon()

    def redraw(self) -> None:
        listed = self._up_to_date
        if not listed:
            self._list()
        for node, shown in self.made():
            self._tell(node, shown)
        if not listed:
            self._arrange()
        if self.bench is not None:
            self._float_again()
        if not listed:
            self.strip.show_names([self.shown[node].name for node in self.order])
            self.listed.emit()

    @property
    def at_work(self) -> bool:
        return self.folded or super().at_work

    def fold(self, folded: bool, *, names: bool = False) -> None:
        """Show only the time slider, with the names of the views or without; or the views again."""
        self.strip.setVisible(names)
        if folded == self.folded:
            return
        self.folded = folded
        self.body.setVisible(not folded)
        self._layout_key = ()
        self._arrange()

    def fill(self, node: str) -> None:
        """Let a view have the room of all; "" shows the others again."""
        if node != self.full:
            self.full = node
            self._arrange()

    def lend(self, nodes: Sequence[str]) -> list[Pane]:
        """Return the panes of these views, for another place, and take all others back.

        A view in a window of its own stays there.
        """
        lent = [n for n in nodes if n in self.shown and n not in self.floating]
        if self.lent != set(lent):
            for node in self.lent.difference(lent, self.floating):
                self._take_back(node)
            self.lent = set(lent)
            self._layout_key = ()
            self._arrange()
        return [self.shown[node].pane for node in lent]

    def _take_back(self, node: str) -> None:
        if node in self.shown and (pane := self.shown[node].made):
            pane.hide()
            pane.setParent(self)

    def made(self) -> list[tuple[str, Pane]]:
        """Return the panes that are made, with their nodes."""
        return [(node, view.made) for node, view in self.shown.items() if view.made is not None]

    def _list(self) -> None:
        """Read from the document which views there are, their order and their names."""
        graph = self.graph
        self.order = view_nodes(graph, self.catalogue)
        self._up_to_date, listed = True, set(self.order)
        for node, shown in list(self.shown.items()):
            if node not in listed or graph.nodes[node].kind != shown.kind:
                self._open_work.get(self.open_bench, {}).pop(node, None)
                self._drop(node)
        for node in self.order:
            if node not in self.shown:
                self.shown[node] = self._make(graph, node)
        alone = sum(self.shown[node].loss is not None for node in self.order) == 1
        for node in self.order:
            self._name(graph, node, alone=alone)

    def _float_again(self) -> None:
        """Restore the windows of detached views when their document is shown again."""
        for node, place in self._floating_before.pop(self.open_bench, {}).items():
            if node in self.shown:
                self.toggle_floating(node)
                self.floating[node].setGeometry(place)

    def _name(self, graph: Graph, node: str, *, alone: bool) -> None:
        """Set a view's name; a graph's only loss is called "Loss"."""
        shown = self.shown[node]
        shown.name = title_of(graph, self.catalogue, node)
        if shown.loss is not None:
            shown.loss.title = shown.name
            shown.name = tr("Loss") if alone and not graph.nodes[node].title else shown.name

    def _tell(self, node: str, pane: Pane) -> None:
        """Set a pane's title and placeholder, its pin and its button for data."""
        pane.name(self.shown[node].name)
        pane.show_pinned(node in self.graph.layout.views)
        pane.show_data_behind(node not in self.graph.layout.bare)
        pane.plot.placeholder = empty_words(self.open_bench, node)
        pane.data_button.setVisible(
            bool(held_above(self.open_bench, node)) and pane.plot.picture is None
        )
        pane.plot.update()

    def _ask_data(self, node: str) -> None:
        self.open_bench.permit(held_above(self.open_bench, node))

    def forget(self) -> None:
        """Remove all views, because another document is shown."""
        for node in list(self.shown):
            self._drop(node)
        self.order, self._layout_key, self._end = [], (), 0
        self.tabs.show_tabs([])
        self.body.setCurrentWidget(self.empty)
        self.selection.mark([])
        self.listed.emit()

    def _make(self, graph: Graph, node: str) -> View:
        kind = graph.nodes[node].kind
        info = self.catalogue.kinds[kind]
        name, unit = title_of(graph, self.catalogue, node), from_catalogue(info.unit)
        loss = None if info.role == "view" else LossCurves(node, name, unit)
        return View(kind, lambda: self._make_pane(node), loss)

    def _make_pane(self, node: str) -> Pane:
        """Make the pane of a view, with its figure or its placeholder."""
        plot = Plot(self.selection)
        plot.owner = ViewOwner(self)
        self.shown[node].made = pane = Pane(node, plot, self)
        pane.hide()  # until it has a place: a picture may be asked for while it has none
        pane.pin_requested.connect(self.toggle_pin)
        pane.bare_requested.connect(lambda name: self.push(bare(self.graph, name)))
        pane.detach_requested.connect(self.toggle_floating)
        pane.data_requested.connect(self._ask_data)
        pane.chosen.connect(lambda name: self.select_requested.emit([name]))
        pane.filled.connect(self.filled)
        plot.subtitle_changed.connect(lambda _: self._widen())
        plot.result_ready.connect(lambda run, step, values: self._keep(run, node, step, values))
        if begun := self._open_work.get(self.open_bench, {}).pop(node, None):
            plot.restore_work(begun)
        self._feed(node, self.shown[node])
        self._metric(node)
        self._tell(node, pane)
        return pane

    def _drop(self, node: str) -> None:
        if window := self.floating.pop(node, None):
            window.closed.disconnect()
            window.close()
            window.deleteLater()
        self.lent.discard(node)
        if pane := self.shown.pop(node).made:
            pane.setParent(None)
            pane.deleteLater()
        self._layout_key = ()

    def _places(self) -> int:
        return max(count for width, count in PLACES if self.width() >= width)

    def words(self) -> str:
        """Return why there are no views: the catalogue is not loaded, or there are none."""
        if not self.catalogue.kinds:
            return tr("The engine starts; then the views are shown here.")
        if self.floating:
            return tr("All views have windows of their own.")
        return tr("Add a view, as Images or Scatter, and wire something to it.")

    def _arrange(self) -> None:
        """Put the first views side by side and the rest behind tabs, in the last place; or one."""
        away = self.order if self.folded else self.lent | self.floating.keys()
        docked = [node for node in self.order if node not in away]
        self.body.setCurrentWidget(self.row if docked else self.empty)
        self.empty.setText(self.words())
        places = self._places()
        alone = docked if len(docked) <= places else docked[: places - 1]
        rest = [Tab(node, self.shown[node].name) for node in docked[len(alone) :]]
        if self.full in docked:
            alone, rest = [self.full], []
        layout = (alone, rest)
        if layout == self._layout_key:
            return
        self._layout_key = layout
        for node in docked if not rest else ():
            if node not in alone:
                self._take_back(node)
        for node in alone:
            self.shown[node].pane.show_tabbed(False)
            self.row.addWidget(self.shown[node].pane)
            self.shown[node].pane.show()
        self._arrange_tabs(rest)
        self._dragged = False
        self._widen()

    def _arrange_tabs(self, rest: list[Tab]) -> None:
        for tab in rest:
            if pane := self.shown[tab.node].made:
                self.tabs.take(pane)
        self.tabs.show_tabs(rest)
        if rest:
            self.row.addWidget(self.tabs)
        else:
            self.tabs.setParent(None)

    def _note_drag(self, *_: int) -> None:
        self._dragged = True

    def _widen(self) -> None:
        """Set the widths that the figures need, unless the user has dragged the splitter."""
        if self._dragged or not self.row.count():
            return
        height = max(self.body.height() - BESIDE, 60)
        parts = [part for k in range(self.row.count()) if (part := self.row.widget(k))]
        widths = [max(NARROWEST, self._shape(part) * height + 2 * VIEW_MARGIN) for part in parts]
        self.row.setSizes([round(width) for width in widths])

    def _shape(self, part: QWidget) -> float:
        """Return the width a view wants as a multiple of its height."""
        pane = self.tabs.current if part is self.tabs else part
        if not isinstance(pane, Pane):
            return kind_of("").dock
        picture = pane.plot.picture
        if picture is None:
            return kind_of("curve" if self.shown[pane.node].loss else "").dock
        return picture.shape or kind_of(picture.figure.kind).dock

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.shown:
            self._arrange()

    def toggle_pin(self, node: str) -> None:
        """Pin a view after those already pinned, or unpin it."""
        pinned = [n for n in self.graph.layout.views if n in self.order]
        others = [n for n in pinned if n != node]
        self.push(set_views(self.graph, others if node in pinned else [*others, node]))

    def toggle_floating(self, node: str) -> None:
        """Detach a view into its own window, or put it back."""
        pane = self.shown[node].pane
        if node in self.floating:
            window = self.floating.pop(node)
            pane.setParent(None)
            pane.show_floating(False)
            window.closed.disconnect()
            window.close()
            window.deleteLater()
        else:
            pane.show_tabbed(False)
            window = self.floating[node] = Floating(pane, self)
            window.closed.connect(self.toggle_floating)
            window.show()
        self._layout_key = ()
        self._arrange()
        self.listed.emit()

    def _join(self, bench: Bench) -> None:
        super()._join(bench)
        live = bench.live
        for signal, call in self._signals(live):
            signal.connect(call)

    def _leave(self, bench: Bench) -> None:
        super()._leave(bench)
        self._floating_before[bench] = {node: w.geometry() for node, w in self.floating.items()}
        begun = {node: known for node, pane in self.made() if (known := pane.plot.open_work)}
        self._open_work[bench] = self._open_work.get(bench, {}) | begun
        for signal, call in self._signals(bench.live):
            signal.disconnect(call)

    def _signals(self, live: Live) -> list[tuple[SignalInstance, Callable[..., None]]]:
        return [
            (live.figure_changed, self._figure),
            (live.metric_changed, self._metric),
            (live.series_changed, self._series),
            (live.history_changed, self._series),
            (live.past_changed, self._past),
            (live.progress_changed, self._progress),
            (live.status_changed, self.refresh_soon),
            (live.status_changed, self._series),
            (live.checked_changed, self.refresh_soon),
            (live.problems_changed, self.refresh_soon),
        ]

    def _figure(self, node: str) -> None:
        if node in self.shown and self.shown[node].made:
            self._feed(node, self.shown[node])
        if self.open_bench.live.past is not None:
            self._series()

    def _metric(self, node: str) -> None:
        """Show in a view the user's last measurement of it."""
        if node in self.shown and (pane := self.shown[node].made):
            metric = self.open_bench.live.metric(node)
            pane.plot.show_note(result_words(metric.values) if metric else "")

    def _keep(self, run: str, node: str, step: int, values: dict[str, float]) -> None:
        if run:
            self.open_bench.live.keep(run, node, step, values)

    def _series(self) -> None:
        live = self.open_bench.live
        if not live.series and live.past is None and live.busy:
            self._begin_run()
        for node, pane in self.made():
            if self.shown[node].loss is not None:
                self._feed(node, self.shown[node])
            elif node in live.figures:
                pane.show_late(is_late(live, live.figures[node]))

    def _past(self) -> None:
        """Move the cursors of curves to the step shown; empty views say why."""
        self._series()
        for node, _ in self.made():
            self._metric(node)
            if self.shown[node].loss is None and node not in self.open_bench.live.figures:
                self._feed(node, self.shown[node])

    def _begin_run(self) -> None:
        """Reset the ranges kept from the previous run."""
        self._end = 0
        for _, pane in self.made():
            pane.plot.reset_ranges()
            pane.plot.show_note("")

    def _progress(self, node: str) -> None:
        progress = self.open_bench.live.progress.get(node)
        if progress is not None and not progress.within:
            self._end = max(self._end, progress.total)

    def _feed(self, node: str, shown: View) -> None:
        """Give a plot its figure at the step shown, or its placeholder."""
        live, past = self.open_bench.live, self.open_bench.live.past is not None
        if node not in self.graph.nodes:
            return  # removed, while the dock is hidden or not redrawn yet
        if shown.loss is not None and shown.loss.ports(live.shown_curves):
            loss, curves, at = shown.loss, live.shown_curves, live.past
            ended = live.history or live.status.status == "stopped"
            end = 0 if ended else self._end
            shown.plot.draw(lambda: loss.figure(curves, end=end, at=at), at or 0, past=past)
        elif (figure := live.figures.get(node)) is not None:
            shown.pane.show_late(is_late(live, figure))
            shown.plot.draw(
                figure.figure, figure.step, past=past, idle=not live.busy, origin=live.shown_run
            )
        else:
            shown.plot.placeholder = empty_words(self.open_bench, node)
            if past or not live.busy:  # at the start of a run the previous figures stay
                shown.plot.clear()
