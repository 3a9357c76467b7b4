"""The canvas: shows and edits one document's graph.

The view passes mouse and keys to gestures and to `Keyboard`; it draws the background and
positions the overlays. Edits go through `Document.push`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
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
    QRegion,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QGraphicsView, QToolTip

from engine.document.catalogue import Catalogue
from workbench.bench.scope import Written
from workbench.canvas.adding import Adding
from workbench.canvas.camera import Camera
from workbench.canvas.commands import CanvasCommands
from workbench.canvas.dropping import Dropping
from workbench.canvas.editor import InPlaceEditor
from workbench.canvas.field_hand import FieldHand
from workbench.canvas.gestures import Tools
from workbench.canvas.gestures.cut import CutWires
from workbench.canvas.ground import covered, paint_ground, repaint_boxes
from workbench.canvas.hit import VOID
from workbench.canvas.hover import Hover
from workbench.canvas.keyboard import Keyboard
from workbench.canvas.menu import Menus
from workbench.canvas.mouse import Mouse
from workbench.canvas.navigation import Navigation
from workbench.canvas.overlays import Overlays
from workbench.canvas.pulses import Pulses
from workbench.canvas.refusals import Refusals
from workbench.canvas.scene import Scene
from workbench.canvas.selection import Selection
from workbench.canvas.sync import DocumentSync, LiveSync
from workbench.canvas.wheel import Wheel
from workbench.look.theme import appearance
from workbench.words.kinds import tr

if TYPE_CHECKING:
    from workbench.bench.inside import Heard


MOSTLY = 0.5  # share of the viewport above which parts of wires are not sought


class Canvas(QGraphicsView):
    """The view of a graph."""

    selection_changed = Signal(list)  # ids of nodes, frames and notes
    edit_requested = Signal(str)  # open the first field of a node
    group_requested = Signal(str)  # open the inside of an instance
    data_dropped = Signal(list, QPointF)  # files and folders, and where they fall
    action_requested = Signal(str)  # an action of the window's table, by its id
    refused = Signal(str)  # a sentence

    def __init__(self, document: Written, live: Heard, catalogue: Catalogue) -> None:
        self.stage = Scene(document, live, catalogue)
        super().__init__(self.stage)
        self.document = document
        self.live = live
        self._shown = False
        self._menu_done = False  # whether the press of the right button has been answered
        self._set_up()
        self._make()
        self._sync = DocumentSync(self.stage, self.mouse.interrupt)
        self._live_sync = LiveSync(self.stage)
        self.pulses = Pulses(self.stage)
        self._connect()
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
        self.setAccessibleName(tr("Graph"))
        self.setAccessibleDescription(tr("The outline panel says the same in words."))

    def _make(self) -> None:
        stage, camera = self.stage, Camera(self)
        self.camera = camera
        self.overlays = Overlays(self, stage, camera)
        self.navigation = Navigation(stage, camera, self.overlays)
        self.refusals = Refusals(stage, camera, self.overlays.refusal)
        self.commands = CanvasCommands(stage, self.refusals, self)
        self.adding = Adding(self.overlays.search, stage, camera, self.commands)
        self.editor = InPlaceEditor(stage, camera, self.commands)
        self.fields = FieldHand(stage, camera, self.commands, self.editor)
        tools = Tools(stage, camera, self.commands, self.refusals, self.adding, self.fields)
        self.hover = Hover(stage)
        self.mouse = Mouse(tools, self.hover, self.editor)
        self.keyboard = Keyboard(tools, self.mouse, self.editor)
        self.wheel = Wheel(camera)
        self.dropping = Dropping(stage, camera, self.commands)
        self.menus = Menus(tools, self.editor)

    def _connect(self) -> None:
        self.overlays.zoom_bar.fit_requested.connect(self.navigation.fit_all)
        self.overlays.refusal.taken.connect(self.mouse.take_fix)
        self.refusals.refused.connect(self.refused)
        self.editor.fields_requested.connect(self.edit_requested)
        self.editor.group_requested.connect(self.group_requested)
        self.dropping.data_dropped.connect(self.data_dropped)
        self.menus.action_requested.connect(self.action_requested)
        self.camera.changed.connect(self._looked)
        self.stage.grew.connect(self._make_way)
        self.selection.changed.connect(self._selected)
        appearance.changed.connect(self._restyle)

    @property
    def selection(self) -> Selection:
        return self.stage.selection

    def let_go(self) -> None:
        """Follow the document and its engine no longer: another canvas shows them."""
        self._sync.stop()
        self._live_sync.deleteLater()
        self.pulses.deleteLater()

    def show_catalogue(self, catalogue: Catalogue) -> None:
        self.mouse.cancel_gesture()
        self.stage.show_catalogue(catalogue)
        self.adding.renew()
        self._fit_again()

    def place_of(self, node: str) -> QRectF | None:
        """Return where a node is in the view, None if it is not there."""
        item = self.stage.nodes.get(node)
        return QRectF(self.camera.area_to_view(item.area)) if item is not None else None

    def fly_out_of(self, node: str) -> None:
        """Come to what is shown from where a node filled the view."""
        if node in self.stage.nodes:
            whole = QRectF(self.viewport().rect())
            self.camera.fly_from(whole, self.stage.nodes[node].area)

    def _fit_again(self) -> None:
        if self._shown and self.mouse.gesture is None:
            self.navigation.fit_again()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._menu_done = False
        self.mouse.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.mouse.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        gesture = self.mouse.gesture
        self.mouse.release(event)
        self._menu_done = isinstance(gesture, CutWires)
        if isinstance(gesture, CutWires) and not gesture.dragging:  # a click asks for the menu
            at, mouse = event.position().toPoint(), QContextMenuEvent.Reason.Mouse
            self.menus.popup(QContextMenuEvent(mouse, at, event.globalPosition().toPoint()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.mouse.double_click(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.wheel.turn(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self.mouse.gesture is None and not self._menu_done:
            self.menus.popup(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self.dropping.enter(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self.dropping.move(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.dropping.leave()

    def dropEvent(self, event: QDropEvent) -> None:
        self.dropping.drop(event)

    def _make_way(self) -> None:
        self.overlays.make_way()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Tab:  # type: ignore[attr-defined]
            if not self.fields.tab(1):
                self.adding.open()
            return True
        if event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Backtab:  # type: ignore[attr-defined]
            return self.fields.tab(-1) or super().event(event)
        return super().event(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            tip = self.hover.tip(self.mouse.target(QPointF(event.pos())))
            QToolTip.showText(event.globalPos(), tip, self)
            return True
        if event.type() == QEvent.Type.NativeGesture:
            return self.wheel.pinch(event)
        if event.type() == QEvent.Type.Leave:
            self.hover.show(VOID)
        return super().viewportEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        used = (
            self.mouse.key(event) or self.keyboard.key(event) or self.mouse.space(event, held=True)
        )
        if not used:
            event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.isAutoRepeat() or not self.mouse.space(event, held=False):
            event.ignore()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.mouse.lose_focus()
        super().focusOutEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._shown:
            self._shown = True
            self.camera.refresh()
            self.navigation.open()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.overlays.place()
        self._fit_again()
        if self._shown:
            self.overlays.make_way()
        self._looked()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        self.overlays.scrolled(dx, dy)

    def _looked(self) -> None:
        self.overlays.restore_positions()
        sight = self.camera.visible_area
        seen = (self.camera.zoom, self.camera.scale, self.devicePixelRatioF())
        if seen != (self.stage.zoom, self.stage.scale, self.stage.screen_ratio):
            self.stage.show_zoom(*seen, sight)
            self.overlays.zoom_bar.show_zoom(self.camera.zoom)
        self.pulses.look(sight)
        self.overlays.view_changed()

    def _selected(self) -> None:
        self.keyboard.follow()
        self.selection_changed.emit(self.selection.ids)

    def _restyle(self) -> None:
        self.camera.refresh()
        self.overlays.place()
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint; wires get the regions to repaint, because their bounds are mostly empty."""
        if covered(event.region()) < MOSTLY * covered(QRegion(self.viewport().rect())):
            inverse = self.viewportTransform().inverted()[0]
            self.stage.repaint_boxes = repaint_boxes(event.region(), inverse)
        self.stage.whole = False
        super().paintEvent(event)
        self.stage.repaint_boxes = None

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        paint_ground(painter, QRectF(rect), self.camera.scale)

    def drawForeground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        for box in self.stage.boxes.values():
            if box.sceneBoundingRect().intersects(QRectF(rect)):
                box.paint_over(painter)
