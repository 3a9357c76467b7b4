"""The canvas: shows and edits one document's graph.

The view passes mouse and keys to gestures and to `Walk`; it draws the background and positions the
overlays. Edits go through `Document.push`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt
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
    QPixmapCache,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QGraphicsView, QToolTip

from engine.document.catalogue import Catalogue
from engine.document.graph import Wire
from nodes.errors import Refusal
from workbench.bench.document import Document
from workbench.canvas import walk
from workbench.canvas.adding import Adding
from workbench.canvas.camera import STEP, Camera
from workbench.canvas.commands import CanvasCommands
from workbench.canvas.corners import Corners
from workbench.canvas.dropping import Dropping
from workbench.canvas.editor import NoteField, TitleField
from workbench.canvas.fitting import Answer, End
from workbench.canvas.gestures import Gesture
from workbench.canvas.gestures.wire import DrawWire
from workbench.canvas.ghost_item import GhostItem
from workbench.canvas.ground import asked_boxes, paint_ground
from workbench.canvas.hand import Hand
from workbench.canvas.hit import VOID, Target, target_at
from workbench.canvas.hover import Hover
from workbench.canvas.layout import NEAR
from workbench.canvas.menu import menu_for
from workbench.canvas.overlays import RefusalBox
from workbench.canvas.pulses import Pulses
from workbench.canvas.room import room_near
from workbench.canvas.scene import RICH, Scene
from workbench.canvas.search import Search
from workbench.canvas.selection import Thing
from workbench.canvas.surface import Surface
from workbench.canvas.sync import DocumentSync, LiveSync
from workbench.canvas.wheel import Wheel
from workbench.look.theme import appearance
from workbench.words.kinds import tr
from workbench.words.sentences import Names, problem_said, refusal_said, said

if TYPE_CHECKING:
    from workbench.bench.live import Live

NODE_PICTURES = 160 * 1024  # KB: the visible nodes of a 4K screen; with less they are redrawn


class Canvas(Surface):
    """The view of a graph."""

    def __init__(self, document: Document, live: Live, catalogue: Catalogue) -> None:
        self.stage = Scene(document, live, catalogue)
        super().__init__(self.stage)
        self.document = document
        self.live = live
        self.snap = True
        self.space_held = False
        self._shown = False
        self._menu_place: QPointF | None = None
        self._set_up()
        self.camera = Camera(self)
        self.commands = CanvasCommands(self)
        self.walk = walk.Walk(self)
        self.hover = Hover(self)
        self.hand = Hand(self)
        self.wheel = Wheel(self)
        self.dropping = Dropping(self)
        self._sync = DocumentSync(self.stage, self.drop_gesture)
        self._live_sync = LiveSync(self.stage)
        self.pulses = Pulses(self.stage)
        self.corners = Corners(self)
        self.adding = Adding(self)
        self.refusal.taken.connect(self._take_fix)
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
        self.setMinimumSize(320, 160)
        QPixmapCache.setCacheLimit(max(QPixmapCache.cacheLimit(), NODE_PICTURES))
        self.setAccessibleName(tr("Graph"))
        self.setAccessibleDescription(tr("The outline panel says the same in words."))

    @property
    def search(self) -> Search:
        return self.corners.search

    @property
    def refusal(self) -> RefusalBox:
        return self.corners.refusal

    @property
    def shapes_shown(self) -> bool:
        return self.stage.shapes

    @property
    def snaps(self) -> bool:
        return self.snap

    @property
    def map_shown(self) -> bool:
        return self.corners.map_shown

    def toggle_shapes(self) -> None:
        self.corners.toggle("shapes")

    def toggle_snap(self) -> None:
        self.corners.toggle("snap")

    def toggle_map(self) -> None:
        self.corners.toggle("map")

    def show_catalogue(self, catalogue: Catalogue) -> None:
        self.drop_gesture()
        self.stage.show_catalogue(catalogue)
        self._fit_again()

    def select(self, things: Iterable[Thing]) -> None:
        there = set(self.stage.there())
        self.selection.set([t for t in things if t in there])

    def reveal(self, things: Iterable[Thing]) -> None:
        """Scroll only as far as needed to show these items."""
        self.camera.show(self._area(things))

    def fit_all(self, *, animate: bool = True) -> None:
        content = self.stage.content()
        if self.camera.reaches(content):
            self.camera.fit(content, animate=animate, clear=self.corners.clearing)
        else:
            self.camera.fit_crowd([n.area for n in self.stage.nodes.values()], animate=animate)
        self.camera.fitted = self._laid_out()

    def _fit_again(self) -> None:
        """Fit all again if all was fitted and neither view nor nodes were moved since."""
        if self._shown and self.gesture is None and self.camera.fitted == self._laid_out():
            self.fit_all(animate=False)

    def _laid_out(self) -> dict[str, Any]:
        """Return the document's positions; faces may grow without an edit."""
        return dict(self.document.graph.layout.positions)

    def fit_selection(self) -> None:
        area = self._area(self.selection.things)
        self.camera.fit(area if not area.isEmpty() else self.stage.content(), most=1.5)

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
        """Return the size of each node, for aligning and tidying."""
        return self.commands.sizes

    def paste_point(self) -> tuple[float, float]:
        """Return where new items go: the menu's position, the pointer, or the visible middle."""
        place, self._menu_place = self._menu_place, None
        x, y = (place or self._pointer()).toTuple()
        return x, y

    def _pointer(self) -> QPointF:
        at = self.viewport().mapFromGlobal(QCursor.pos())
        inside = self.viewport().rect().contains(at) and self.isActiveWindow()
        return self.camera.to_scene(QPointF(at)) if inside else self.camera.centre

    def add_at_cursor(self, kind: str) -> str:
        """Add a node near the visible middle, because the pointer is on a palette."""
        taken = [item.area for item in self.stage.written()]
        added = self.commands.add(kind, room_near(self.camera.centre, taken))
        if added:
            self.reveal([added])
        return added

    def rename(self, thing: str) -> None:
        """Edit a title in place."""
        node, box = self.stage.nodes.get(thing), self.stage.boxes.get(thing)
        if node is not None:
            title, area = self.stage.faces.title(thing), node.area
        elif box is not None:
            title, area = box.title, box.area
        else:
            return
        self.reveal([thing])
        area = self._on_view(area)
        area.setHeight(round(32 * self.camera.scale))
        TitleField(self, area, title, lambda text: self.commands.rename(thing, text))

    def write_note(self, note: str) -> None:
        item = self.stage.boxes[note]
        take = lambda text: self.commands.write_note(note, text)  # noqa: E731
        NoteField(self, self._on_view(item.area), getattr(item, "text", ""), take)

    def _on_view(self, area: QRectF) -> Any:
        return self.viewportTransform().mapRect(area).toRect()

    def open_search(
        self,
        place: QPointF | None = None,
        from_port: End | None = None,
        onto: Wire | None = None,
    ) -> None:
        """Search a node to add: at a point of the scene, on a wire, or for the wire being drawn.

        Without a point, it is inserted into the selected wire.
        """
        if place is None and from_port is None:
            onto = onto or self.selection.wire
        self.adding.open(place if place is not None else self._pointer(), from_port, onto)

    @property
    def names(self) -> Names:
        """Return the titles of the nodes and ports that sentences mention."""
        return Names(self.document.graph, self.stage.catalogue)

    def show_refusal(self, answer: Answer, node: str, *, brief: bool = False) -> None:
        """Show under a node why a wire is refused."""
        area = self._on_view(self.stage.nodes[node].area)
        problem = problem_said(answer.problem, self.names)
        at = QPoint(area.left() - 100, area.bottom() + 14)
        self.refusal.say(
            problem.sentence, problem.hint, said(answer.fix_label, self.names), at=at, brief=brief
        )
        self.refused.emit(problem.sentence)

    def hide_refusal(self) -> None:
        self.refusal.hide()

    def refuse(self, refusal: Refusal) -> None:
        """Show for a while why an edit was refused."""
        names = self.names
        sentence, hint = said(refusal.sentence, names), said(refusal.fix, names)
        at = self.camera.to_view(self._pointer()).toPoint() + QPoint(12, 16)
        self.refusal.say(sentence, hint, at=at, brief=True)
        self.refused.emit(refusal_said(refusal, names))

    def _take_fix(self) -> None:
        if isinstance(self.gesture, DrawWire):
            self.gesture.take_fix()

    @property
    def gesture(self) -> Gesture | None:
        return self.hand.gesture

    @gesture.setter
    def gesture(self, gesture: Gesture | None) -> None:
        self.hand.gesture = gesture

    def hold_wire(self, ghost: GhostItem) -> None:
        self.adding.hold(ghost)

    def look_at(self, at: QPointF) -> None:
        self.hover.look(at)

    def drop_gesture(self) -> None:
        """Cancel the current gesture."""
        self.hand.drop()

    def target(self, at: QPointF) -> Target:
        return target_at(self.stage, self.camera.to_scene(at))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.hand.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.hand.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.hand.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.hand.double_click(event)

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

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self.dropping.enter(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self.dropping.move(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.dropping.leave()

    def dropEvent(self, event: QDropEvent) -> None:
        self.dropping.drop(event)

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
        if event.key() == Qt.Key.Key_Escape and (self.gesture or self.refusal.isVisible()):
            self.drop_gesture()
            self.hide_refusal()
            return
        self._let_offer_go(event)
        if (self.gesture is not None and self.gesture.key(event)) or self.walk.key(event):
            pass
        elif event.key() == Qt.Key.Key_Space:
            self.space_held = True
            self.hand.show_cursor()
        else:
            event.ignore()

    def _let_offer_go(self, event: QKeyEvent) -> None:
        """Cancel a refused wire that waits, at any key except the one that applies its fix."""
        keeps = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Shift, Qt.Key.Key_Control)
        if self.gesture is not None and self.gesture.holds and event.key() not in keeps:
            self.drop_gesture()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self.space_held = False
            self.hand.show_cursor()
        else:
            event.ignore()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.space_held = False
        if self.gesture is not None and self.gesture.waits:
            self.drop_gesture()
        super().focusOutEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._shown:
            self._shown = True
            self.camera.refresh()
            self.fit_all(animate=False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.corners.place()
        self._fit_again()
        self._looked()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        self.corners.drifted(dx, dy)

    def _looked(self) -> None:
        self.corners.hold()
        sight = self.camera.sight
        seen = (self.camera.zoom, self.camera.scale, self.devicePixelRatioF())
        if seen != (self.stage.zoom, self.stage.scale, self.stage.screen_ratio):
            self.stage.show_zoom(*seen, self._nodes_in_sight(sight))
            self.corners.zoom_bar.show_zoom(self.camera.zoom)
        self.pulses.look(sight)
        self.corners.looked()

    def _nodes_in_sight(self, sight: QRectF) -> int:
        """Return the number of visible nodes where it may matter; at 100 % they are always few."""
        nodes = self.stage.nodes.values()
        if len(nodes) <= RICH or self.camera.zoom >= 1:
            return min(len(nodes), RICH)
        if self.camera.zoom < NEAR:  # counting at each step of a pan would take too long
            return len(nodes)
        return sum(sight.intersects(n.area) for n in nodes)

    def _selected(self) -> None:
        self.walk.follow()
        self.selection_changed.emit(self.selection.ids)

    def _restyle(self) -> None:
        self.camera.refresh()
        self.corners.place()
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint; wires get the regions to repaint, because their bounds are mostly empty."""
        inverse = self.viewportTransform().inverted()[0]
        self.stage.asked = asked_boxes(event.region(), inverse)
        super().paintEvent(event)
        self.stage.asked = None

    def drawBackground(self, painter: QPainter, rect: QRectF | Any) -> None:
        paint_ground(painter, QRectF(rect), self.camera.scale)

    def drawForeground(self, painter: QPainter, rect: QRectF | Any) -> None:
        for box in self.stage.boxes.values():
            if box.sceneBoundingRect().intersects(QRectF(rect)):
                box.paint_over(painter)
