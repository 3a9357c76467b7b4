"""The canvas: one document's graph, to look at and to wire.

The view takes the hand and the keys and gives them to gestures and to `Walk`; it draws the ground
and keeps the overlays in their corners. What changes goes through `Document.push`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QCursor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QRegion,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QGraphicsView, QToolTip

from engine.catalogue import Catalogue, PortInfo
from engine.graph import Wire
from nodes.errors import Refusal
from workbench.canvas import gestures, walk
from workbench.canvas.camera import STEP, Camera
from workbench.canvas.commands import Commands, answer_of
from workbench.canvas.dropping import Dropping
from workbench.canvas.editor import NoteField, TitleField
from workbench.canvas.fitting import Answer, End
from workbench.canvas.frame_item import NoteItem
from workbench.canvas.gestures import Gesture
from workbench.canvas.gestures.wire import DrawWire
from workbench.canvas.hit import VOID, Target, target_at
from workbench.canvas.hover import Hover
from workbench.canvas.menu import menu_for
from workbench.canvas.minimap import Minimap
from workbench.canvas.overlays import MARGIN, RefusalBox, Switches, ZoomBar
from workbench.canvas.ports import Port
from workbench.canvas.pulses import Pulses
from workbench.canvas.scene import RICH, Scene
from workbench.canvas.search import Search
from workbench.canvas.selection import Selection, Thing
from workbench.canvas.sync import DocumentSync, LiveSync
from workbench.canvas.wheel import Wheel
from workbench.canvas.words import tr
from workbench.document import Document
from workbench.theme import CANVAS_GRID, appearance, theme

LEAST_PITCH = 16.0  # px between grid dots, below which every second is left out
COARSE = 64  # px: what is asked to be painted, rounded to fewer rectangles
LEAST_FOR_MAP = 620  # px of width
EDGE, EDGE_STEP, EDGE_BEAT = 28, 14, 16  # px, px, ms: the canvas moves on under a drag


class Canvas(QGraphicsView):
    """A graph on the screen. `selection_changed` gives ids of nodes, frames and notes."""

    selection_changed = Signal(list)
    edit_requested = Signal(str)  # open the first field of a node
    action_requested = Signal(str)  # an action of the window's table, by its id
    refused = Signal(str)  # a sentence

    def __init__(self, document: Document, live: Any, catalogue: Catalogue) -> None:
        self.stage = Scene(document, live, catalogue)
        super().__init__(self.stage)
        self.document = document
        self.live = live
        self.snap = True
        self.space_held = False
        self.gesture: Gesture | None = None
        self._shown = False
        self._drift = QPoint()
        self._menu_place: QPointF | None = None
        self._set_up()
        self.camera = Camera(self)
        self.commands = Commands(self)
        self.walk = walk.Walk(self)
        self.hover = Hover(self)
        self.wheel = Wheel(self)
        self.dropping = Dropping(self)
        self._sync = DocumentSync(self.stage)
        self._live_sync = LiveSync(self.stage)
        self.pulses = Pulses(self.stage)
        self._make_overlays()
        self._edge_timer = QTimer(self, interval=EDGE_BEAT)
        self._edge_timer.timeout.connect(self._move_on)
        self.camera.changed.connect(self._looked)
        self.selection.changed.connect(self._selected)
        appearance.changed.connect(self._restyle)
        self._looked()

    def _set_up(self) -> None:
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.MinimalViewportUpdate)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontAdjustForAntialiasing)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        for bars in (self.setHorizontalScrollBarPolicy, self.setVerticalScrollBarPolicy):
            bars(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAcceptDrops(True)
        self.setMinimumSize(320, 240)
        self.setAccessibleName(tr("Graph"))
        self.setAccessibleDescription(tr("The outline panel says the same in words."))

    def _make_overlays(self) -> None:
        over = self.viewport()  # beside it they would make each pan a whole repaint
        self.zoom_bar = ZoomBar(
            over,
            smaller=self.zoom_out,
            whole=lambda: self.camera.zoom_to(1.0),
            larger=self.zoom_in,
            fit=self.fit_all,
        )
        self.minimap = Minimap(self)
        self.switches = Switches(over)
        for key, on in (("shapes", self.shapes_shown), ("snap", self.snap), ("map", True)):
            self.switches.show_state(key, on)
        self.switches.toggled.connect(self._switched)
        self.search = Search(over)
        self.search.chosen.connect(self._found)
        self.search.closed.connect(self._search_closed)
        self.refusal = RefusalBox(over)
        self.refusal.taken.connect(self._take_fix)
        self._overlays = (self.zoom_bar, self.minimap, self.switches, self.search, self.refusal)
        for overlay in self._overlays:
            overlay.setAttribute(Qt.WidgetAttribute.WA_NoMousePropagation)

    # --- what the window asks ---

    @property
    def selection(self) -> Selection:
        return self.stage.selection

    @property
    def shapes_shown(self) -> bool:
        return self.stage.shapes

    @property
    def snaps(self) -> bool:
        return self.snap

    @property
    def map_shown(self) -> bool:
        return self.switches.buttons["map"].isChecked()

    def toggle_shapes(self) -> None:
        self.switches.buttons["shapes"].toggle()

    def toggle_snap(self) -> None:
        self.switches.buttons["snap"].toggle()

    def toggle_map(self) -> None:
        self.switches.buttons["map"].toggle()

    def show_catalogue(self, catalogue: Catalogue) -> None:
        self.drop_gesture()
        self.stage.show_catalogue(catalogue)

    def select(self, things: Iterable[Thing]) -> None:
        there = set(self.stage.there())
        self.selection.set([t for t in things if t in there])

    def reveal(self, things: Iterable[Thing]) -> None:
        """Move just so far that things are in sight."""
        self.camera.show(self._area(things))

    def fit_all(self, *, animate: bool = True) -> None:
        self.camera.fit(self.stage.content(), animate=animate)

    def fit_selection(self) -> None:
        self.camera.fit(self._area(self.selection.things) or self.stage.content(), most=1.5)

    def _area(self, things: Iterable[Thing]) -> QRectF:
        area = QRectF()
        for thing in things:
            area = area.united(self.stage.area_of(thing))
        return area

    def zoom_in(self) -> None:
        self.camera.zoom_by(STEP)

    def zoom_out(self) -> None:
        self.camera.zoom_by(1 / STEP)

    def sizes(self) -> dict[str, tuple[float, float]]:
        """Return how large each node is drawn: what aligning and tidying need."""
        return self.commands.sizes

    def paste_point(self) -> tuple[float, float]:
        """Return where new things go: where the menu was opened, the pointer, or the middle."""
        place, self._menu_place = self._menu_place, None
        x, y = (place or self._pointer()).toTuple()
        return x, y

    def _pointer(self) -> QPointF:
        at = self.viewport().mapFromGlobal(QCursor.pos())
        inside = self.viewport().rect().contains(at) and self.isActiveWindow()
        return self.camera.to_scene(QPointF(at)) if inside else self.camera.centre

    def add_at_cursor(self, kind: str) -> str:
        """Add a node in the middle of what is seen: the pointer is on a palette."""
        return self.commands.add(kind, self.camera.centre)

    def rename(self, thing: str) -> None:
        """Write a new title in place."""
        item = self.stage.nodes.get(thing) or self.stage.boxes.get(thing)
        if item is None:
            return
        self.reveal([thing])
        area = self._on_view(item.area)
        area.setHeight(round(32 * self.camera.scale))
        title = self.stage.faces.title(thing) if thing in self.stage.nodes else item.title
        TitleField(self, area, title, lambda text: self.commands.rename(thing, text))

    def write_note(self, note: str) -> None:
        item = self.stage.boxes[note]
        take = lambda text: self.commands.write_note(note, text)  # noqa: E731
        NoteField(self, self._on_view(item.area), getattr(item, "text", ""), take)

    def _on_view(self, area: QRectF) -> Any:
        return self.viewportTransform().mapRect(area).toRect()

    # --- the search ---

    def open_search(
        self,
        place: QPointF | None = None,
        from_port: End | None = None,
        onto: Wire | None = None,
    ) -> None:
        """Search a node to add at a place of the scene, on a wire, or for the wire in the hand."""
        self._search_place = place if place is not None else self._pointer()
        self._search_port, self._search_wire = from_port, onto
        at = self.camera.to_view(self._search_place).toPoint() + QPoint(4, 4)
        port = from_port.port if from_port else None
        if onto is not None:
            port = self.stage.nodes[onto.source].face.port("output", onto.output)
        self.search.open(self.stage.catalogue, at, port)

    def _found(self, kind: str, port: PortInfo | None) -> None:
        place = self._search_place
        if self._search_wire is not None:
            self.commands.add_on_wire(kind, place, self._search_wire)
        elif self._search_port is not None and port is not None:
            self.commands.add_wired(kind, place, self._search_port, port)
        else:
            self.commands.add(kind, place)

    def _search_closed(self) -> None:
        self.setFocus()

    # --- refusals ---

    def show_refusal(self, answer: Answer, node: str) -> None:
        """Show under a node why a wire is refused."""
        area = self._on_view(self.stage.nodes[node].area)
        problem = answer.problem
        at = QPoint(area.left() - 100, area.bottom() + 14)
        self.refusal.say(problem.sentence, problem.hint, answer.fix_label, at=at, brief=False)
        self.refused.emit(problem.sentence)

    def hide_refusal(self) -> None:
        self.refusal.hide()

    def refuse(self, refusal: Refusal) -> None:
        """Show for a while why something could not be done."""
        problem = answer_of(refusal).problem
        at = self.camera.to_view(self._pointer()).toPoint() + QPoint(12, 16)
        self.refusal.say(problem.sentence, problem.hint, at=at, brief=True)
        self.refused.emit(str(refusal))

    def _take_fix(self) -> None:
        if isinstance(self.gesture, DrawWire):
            self.gesture.take_fix()

    def drop_gesture(self) -> None:
        """Let go of what is in the hand; all is as it was before."""
        gesture, self.gesture = self.gesture, None
        self._edge_timer.stop()
        if gesture is not None:
            gesture.cancel()
        self._show_cursor()

    # --- the hand ---

    def target(self, at: QPointF) -> Target:
        return target_at(self.stage, self.camera.to_scene(at))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.hide_refusal()
        if self.gesture is not None:
            if self.gesture.holds or event.button() == Qt.MouseButton.RightButton:
                self.drop_gesture()
            return
        place, target = self.camera.to_scene(event.position()), self.target(event.position())
        if target.kind == "fix" and event.button() == Qt.MouseButton.LeftButton:
            self.commands.fix(target.node)
            return
        self.gesture = gestures.choose(self, event.button(), place, event.modifiers(), target)
        self._show_cursor()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.gesture is None:
            self.hover.look(event.position())
            return
        if event.buttons():
            self.gesture.moved(self.camera.to_scene(event.position()), event.modifiers())
            self._watch_edges(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        gesture = self.gesture
        if gesture is None or event.buttons() or gesture.holds:
            return
        self._edge_timer.stop()
        gesture.end(self.camera.to_scene(event.position()))
        if not gesture.holds:
            self.gesture = None
        self._show_cursor()
        self.hover.look(event.position())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        self.drop_gesture()
        target, place = self.target(event.position()), self.camera.to_scene(event.position())
        if target.kind == "void":
            self.open_search(place)
        elif target.kind == "wire" and isinstance(target.thing, Wire):
            self.commands.bend(target.thing, place)
        elif target.kind in ("node", "box"):
            self._open(target, place)

    def _open(self, target: Target, place: QPointF) -> None:
        """Write a title or a note where it was double-clicked; a node's body opens its fields."""
        item = self.stage.boxes.get(target.node)
        if isinstance(item, NoteItem) and place.y() > item.y() + 28:
            self.write_note(target.node)
        elif item is not None or place.y() < self.stage.nodes[target.node].y() + 32:
            self.rename(target.node)
        else:
            self.edit_requested.emit(target.node)

    def _show_cursor(self) -> None:
        cursor = self.gesture.cursor if self.gesture is not None else None
        if cursor is None and self.space_held:
            cursor = Qt.CursorShape.OpenHandCursor
        self.viewport().setCursor(cursor or Qt.CursorShape.ArrowCursor)

    def _watch_edges(self, at: QPointF) -> None:
        """Let the canvas move on while a drag is held near its edge."""
        inside = self.viewport().rect().adjusted(EDGE, EDGE, -EDGE, -EDGE)
        wanted = bool(self.gesture and self.gesture.scrolls) and not inside.contains(at.toPoint())
        if wanted != self._edge_timer.isActive():
            (self._edge_timer.start if wanted else self._edge_timer.stop)()

    def _move_on(self) -> None:
        at = self.viewport().mapFromGlobal(QCursor.pos())
        inside = self.viewport().rect().adjusted(EDGE, EDGE, -EDGE, -EDGE)
        dx = (at.x() < inside.left()) - (at.x() > inside.right())
        dy = (at.y() < inside.top()) - (at.y() > inside.bottom())
        if self.gesture is None or not (dx or dy):
            self._edge_timer.stop()
            return
        self.camera.pan(dx * EDGE_STEP, dy * EDGE_STEP)
        self.gesture.moved(self.camera.to_scene(QPointF(at)), self.gesture.keys)

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.wheel.turn(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self.gesture is not None:
            return
        by_mouse = event.reason() == QContextMenuEvent.Reason.Mouse
        node = next(iter(self.selection.ids), "")
        at = QPointF(event.pos())
        if not by_mouse and node:
            at = self.camera.to_view(self.stage.area_of(node).center())
        place = self.camera.to_scene(at)
        self._menu_place = place
        menu_for(self, self.target(at), place).popup(self.mapToGlobal(at.toPoint()))

    # --- drops ---

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self.dropping.enter(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self.dropping.move(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.dropping.leave()

    def dropEvent(self, event: QDropEvent) -> None:
        self.dropping.drop(event)

    # --- keys ---

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Tab:  # type: ignore[attr-defined]
            self.open_search()
            return True
        return super().event(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self.hover.tip(QPointF(event.pos())), self)
            return True
        if event.type() == QEvent.Type.NativeGesture:
            return self.wheel.pinch(event)
        if event.type() == QEvent.Type.Leave:
            self.hover.show(VOID)
        return super().viewportEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.gesture is not None:
            self.drop_gesture()
        elif (self.gesture is not None and self.gesture.key(event)) or self.walk.key(event):
            pass
        elif event.key() == Qt.Key.Key_Space:
            self.space_held = True
            self._show_cursor()
        else:
            event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self.space_held = False
            self._show_cursor()
        else:
            event.ignore()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.space_held = False
        super().focusOutEvent(event)

    def words_of(self, node: str) -> str:
        return walk.describe(self, node)

    def port_words(self, node: str, port: Port) -> str:
        """Return a port in words: its name, its type, the node, where it leads."""
        wires = [item.wire for item in self.stage.wires_at(node, port.side, port.name)]
        ends = [w.target if port.side == "output" else w.source for w in wires]
        there = ", ".join(self.stage.faces.title(end) for end in ends) or tr("free")
        kind = port.info.type if port.info else ""
        return f"{port.label}, {kind}, {self.stage.faces.title(node)}, {there}"

    # --- what is seen ---

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._shown:
            self._shown = True
            self.camera.refresh()
            self.fit_all(animate=False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_overlays()
        self._looked()

    def _place_overlays(self) -> None:
        self.minimap.setVisible(self.map_shown and self.width() >= LEAST_FOR_MAP)
        right, bottom = self.width() - MARGIN, self.height() - MARGIN
        map_left = right - self.minimap.width()
        self.minimap.move(map_left, bottom - self.minimap.height())
        self.zoom_bar.adjustSize()
        edge = map_left - 8 if self.minimap.isVisibleTo(self) else right
        self.zoom_bar.move(edge - self.zoom_bar.width(), bottom - self.zoom_bar.height())
        self.switches.adjustSize()
        self.switches.move(right - self.switches.width(), MARGIN - 4)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        self._drift += QPoint(dx, dy)

    def _hold_overlays(self) -> None:
        """Put the overlays back, which the pixels took with them.

        Only after the last of several scrolls: moved in between, all would be painted anew.
        """
        if self._drift.isNull():
            return
        drift, self._drift = self._drift, QPoint()
        for overlay in self._overlays:
            overlay.move(overlay.pos() - drift)

    def _switched(self, key: str, on: bool) -> None:
        if key == "shapes":
            self.stage.show_shapes(on)
        elif key == "snap":
            self.snap = on
        self._place_overlays()

    def _looked(self) -> None:
        self._hold_overlays()
        sight = self.camera.sight
        if self.stage.zoom != self.camera.zoom:
            nodes = self.stage.nodes.values()
            in_sight = len(nodes)
            if in_sight > RICH:
                in_sight = sum(sight.intersects(n.area) for n in nodes)
            ratio = self.devicePixelRatioF()
            self.stage.show_zoom(self.camera.zoom, self.camera.scale, ratio, in_sight)
            self.zoom_bar.show_zoom(self.camera.zoom)
        self.pulses.look(sight)

    def _selected(self) -> None:
        self.walk.follow()
        self.selection_changed.emit(self.selection.ids)

    def _restyle(self) -> None:
        self.camera.refresh()
        self._place_overlays()
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint; wires are told what is asked for, since their bounds are mostly empty."""
        coarse = QRegion()
        for rect in event.region():
            coarse += QRect(
                QPoint(rect.left() // COARSE * COARSE, rect.top() // COARSE * COARSE),
                QPoint(
                    (rect.right() // COARSE + 1) * COARSE, (rect.bottom() // COARSE + 1) * COARSE
                ),
            )
        inverse = self.viewportTransform().inverted()[0]
        grown = (QRectF(rect.adjusted(-8, -8, 8, 8)) for rect in coarse)
        self.stage.asked = [inverse.mapRect(rect).getCoords() for rect in grown]
        super().paintEvent(event)
        self.stage.asked = None

    def drawBackground(self, painter: QPainter, rect: QRectF | Any) -> None:
        """Draw the ground and its dots; the dots lie on the grid of the scene."""
        t = theme()
        painter.fillRect(rect, t.canvas)
        pitch, scale = float(CANVAS_GRID), self.camera.scale
        while pitch * scale < LEAST_PITCH:
            pitch *= 2
        across = np.arange(np.ceil(rect.left() / pitch), rect.right() / pitch + 1e-6) * pitch
        down = np.arange(np.ceil(rect.top() / pitch), rect.bottom() / pitch + 1e-6) * pitch
        if not across.size or not down.size:
            return
        dots = QPen(t.grid, max(1.5, min(2.0, 2 * scale)))
        dots.setCosmetic(True)
        painter.setPen(dots)
        x, y = np.meshgrid(across, down)
        painter.drawPointsNp(x.ravel(), y.ravel())
