"""The plot widget: paints the newest figure; the user can zoom, point and mark."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QImage,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPolygonF,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.document.messages import FigureData
from workbench.look.theme import VIEW_MARGIN, appearance, theme
from workbench.plots.axes import Axes
from workbench.plots.base import DAMAGE, Hit, Picture, damaged, drawn, picture
from workbench.plots.export import copy_image
from workbench.plots.gestures import KEYS, PLAIN, ZOOM, Gesture, Lasso, Pan, Turn
from workbench.plots.look import Limits, Look
from workbench.plots.menu import make_menu
from workbench.plots.overlay import paint_focus, paint_label, paint_scroll_bar
from workbench.plots.owner import Owner
from workbench.plots.ranges import Ranges, scaled
from workbench.plots.selection import MarkedItems
from workbench.plots.words import tr

NEAREST = 8.0
FRONT = (0.5, 0.35)  # radians: initial rotation of three-dimensional pictures
NOTCH = 120.0
SHARE = 0.02  # largest share of a core spent on painting a live plot


Source = FigureData | Callable[[], FigureData]  # a function is called when next visible


class OpenWork(NamedTuple):
    """A picture the user is working on, such as a blind test, and the origin of its data."""

    picture: Picture
    step: int
    past: bool
    origin: str


class Plot(QWidget):
    """Show one figure at a time, the newest, painted when visible.

    `owner` is the document it belongs to. `placeholder` is shown while there is no figure.
    """

    changed = Signal()  # it is to be painted anew
    subtitle_changed = Signal(str)  # the subtitle
    result_ready = Signal(str, int, object)  # origin and step of the figure, and the user's result

    def __init__(self, selection: MarkedItems | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.selection = selection or MarkedItems(self)
        self.owner = Owner()
        self.placeholder = self.note = ""
        self.bare = False  # whether the data behind what is generated are hidden
        self.picture: Picture | None = None
        self.step = 0
        self.past = False
        self.rotation, self.scale = FRONT, 1.0
        self.origin = ""  # run of the figure
        self._figure: Source | None = None
        self._waiting: Callable[[], None] | None = (
            None  # shows the newest figure once none is in use
        )
        self._ranges = Ranges()
        self.shared: Limits = {}  # the range of all plots that it shares its axes with
        self.limits: Limits = {}  # what its own data need
        self._zoomed: Limits = {}
        self.scrolled = 0.0
        self._hit: Hit | None = None
        self._gesture: Gesture | None = None
        self._painted: tuple[Any, QImage] | None = None
        self._cost = self._when = 0.0  # seconds the last painting took, and its time
        self._soon = QTimer(self, singleShot=True)
        self._soon.timeout.connect(self.renew)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.selection.changed.connect(self.renew)
        self.selection.hovered.connect(self.renew)
        appearance.changed.connect(self.renew)

    def sizeHint(self) -> QSize:
        return QSize(320, 200)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 80)

    def draw(
        self,
        figure: Source,
        step: int = 0,
        *,
        past: bool = False,
        idle: bool = False,
        origin: str = "",
    ) -> None:
        """Show a figure. It is decoded and painted when the plot is next visible.

        A live plot that is slow to paint is painted less often, unless `idle`, to leave the CPU to
        training. A figure the user is working on stays until finished, unless another past step or
        another run (`origin`) is to be shown.
        """
        if self._stays(step, past=past, origin=origin):
            again = partial(self.draw, figure, step, past=past, idle=idle, origin=origin)
            self._waiting = again
            return
        self._waiting = None
        self._figure, self.step, self.past, self.origin = figure, step, past, origin
        waited = time.perf_counter() - self._when
        if past or idle or self._painted is None or waited > self._cost / SHARE:
            self.renew()
        elif not self._soon.isActive():
            self._soon.start(round(1000 * (self._cost / SHARE - waited)) + 1)

    def _stays(self, step: int, *, past: bool, origin: str) -> bool:
        same = (past, origin) == (self.past, self.origin)
        return self.open_work is not None and same and (not past or step == self.step)

    @property
    def open_work(self) -> OpenWork | None:
        """The picture the user is working on."""
        if self._figure is not None or self.picture is None or not self.picture.in_use:
            return None
        return OpenWork(self.picture, self.step, self.past, self.origin)

    def restore_work(self, begun: OpenWork) -> None:
        """Show again a picture the user worked on in a plot that no longer exists."""
        self.step, self.past, self.origin = begun.step, begun.past, begun.origin
        self._take(begun.picture)

    def renew(self) -> None:
        """Paint anew, here or in what is laid over the plot."""
        self.update()
        self.changed.emit()

    def hold(self, limits: Limits) -> None:
        """Keep these ranges until the user asks for all."""
        self._zoomed |= limits
        self.renew()

    @property
    def zoomed(self) -> Limits:
        return dict(self._zoomed)  # the ranges that the user has chosen

    def note_cost(self, seconds: float) -> None:
        """Note what painting the newest figure took."""
        self._cost, self._when = seconds, time.perf_counter()

    def clear(self) -> None:
        """Show only the placeholder."""
        self._figure = self.picture = self._hit = self._painted = self._waiting = None
        self.step, self.past = 0, False
        self.subtitle_changed.emit("")
        self.renew()

    def reset_ranges(self) -> None:
        """Reset the axis ranges, because another run starts."""
        self._ranges.forget()

    def show_note(self, note: str) -> None:
        """Show the user's previous result beside the picture."""
        if note != self.note:
            self.note = note
            self.renew()

    def read(self) -> Picture | None:
        """Return the picture of the newest figure."""
        if self._figure is not None:
            source, self._figure = self._figure, None
            figure = source() if callable(source) else source
            try:
                self._take(picture(figure))
            except DAMAGE as fault:
                self._take(damaged(figure, fault))
        return self.picture

    def _take(self, shown: Picture) -> None:
        shown.take_state(self.picture)
        limits, summary = shown.limits(), shown.summary()
        self.picture, self._hit = shown, None
        self.limits = self._ranges.update(limits, past=self.past)
        self.setAccessibleDescription(summary)
        self.subtitle_changed.emit(self.about())

    def about(self) -> str:
        """Return the subtitle of the picture, and whether others have its axes."""
        said = [self.picture.subtitle() if self.picture else "", tr("same axes")]
        return " · ".join(filter(None, said if self.shared else said[:1]))

    def share(self, limits: Limits) -> None:
        """Show these ranges, which other plots show as well; or its own."""
        if limits != self.shared:
            self.shared = limits
            self.subtitle_changed.emit(self.about())
            self.renew()

    def area(self) -> QRectF:
        """Return the rectangle of the picture."""
        return QRectF(self.rect()).adjusted(VIEW_MARGIN, 4, -VIEW_MARGIN, -VIEW_MARGIN)

    def look(self, **changes: Any) -> Look:
        """Return the picture's current drawing options."""
        facts: dict[str, Any] = {
            "theme": theme(),
            "pixels": self.devicePixelRatioF(),
            "marked": self.selection.ids,
            "limits": self.limits | self.shared | self._zoomed,
            "tight": bool(self.shared),
            "scroll": self.scrolled,
            "rotation": self.rotation,
            "scale": self.scale,
            "note": self.note,
            "bare": self.bare,
        }
        return Look(**facts | changes)

    def paintEvent(self, event: QPaintEvent) -> None:
        start = time.thread_time()
        fresh = self._figure is not None
        shown = self.read()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        try:
            self._paint(painter, shown)
        except DAMAGE as fault:  # decoded, but cannot be drawn
            if shown is not None:
                self._take(damaged(shown.figure, fault))
                self.renew()
        finally:
            painter.end()
        if fresh:
            self.note_cost(time.thread_time() - start)

    def _paint(self, painter: QPainter, shown: Picture | None) -> None:
        if shown is None:
            self._paint_placeholder(painter)
        else:
            look = self.look()
            painter.drawImage(0, 0, self._image(shown, look))
            self._paint_over(painter, shown, look)
        if self.hasFocus():
            paint_focus(painter, QRectF(self.rect()))

    def _image(self, shown: Picture, look: Look) -> QImage:
        """Return the picture's image, repainted only after a change."""
        held = frozenset(look.limits.items())
        sight = (look.marked, held, look.scroll, look.rotation, look.scale, look.note, look.tight)
        size = (self.width(), self.height(), look.pixels)
        key = (id(shown), shown.version, id(look.theme), sight, size)
        if self._painted is None or self._painted[0] != key:
            self._painted = key, drawn(shown, self.size(), look, self.area())
        return self._painted[1]

    def _paint_placeholder(self, painter: QPainter) -> None:
        painter.setPen(theme().text3)
        painter.setFont(self.look().font("caption"))
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(self.area(), flags, self.placeholder)

    def _paint_over(self, painter: QPainter, shown: Picture, look: Look) -> None:
        pointed = self.selection.hover
        places = [] if pointed is None else shown.places_of(pointed)
        if self._hit and self._hit.index >= 0 and self._hit.index not in places:
            places.append(self._hit.index)
        for place in places:
            shown.paint_mark(painter, self.area(), look, place)
        if shown.scrolls:
            length = shown.length(self.area(), look)
            paint_scroll_bar(painter, self.area(), self.width() - 8, length, look)
        if self._gesture:
            self._gesture.paint(painter, look)
        elif self._hit and self._hit.text:
            paint_label(painter, self._hit.text, self._pointer, self.width(), look)

    _pointer = QPointF()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._pointer = event.position()
        if self._gesture:
            self._gesture.move(self._pointer)
        else:
            self._point(self._pointer)

    def leaveEvent(self, event: QEvent) -> None:
        self._set_hit(None)

    def _point(self, place: QPointF) -> None:
        shown = self.read()
        self._set_hit(shown.hit(place, self.area(), self.look()) if shown else None)

    def _set_hit(self, hit: Hit | None) -> None:
        if hit == self._hit:
            return
        self._hit = hit
        self.selection.point_at(hit.id if hit else None)
        self.renew()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        shown = self.read()
        if shown is None:
            return
        if event.button() == Qt.MouseButton.LeftButton:
            self._gesture = self._drag(shown)(self, event.position())
        elif event.button() == Qt.MouseButton.MiddleButton and shown.zooms:
            self._gesture = Pan(self, event.position())

    def _drag(self, shown: Picture) -> type[Gesture]:
        """Return the gesture of a drag with the left button here."""
        if shown.lassoes and len(shown.ids):
            return Lasso
        return Turn if shown.turns else Pan if shown.zooms else Gesture

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        gesture, self._gesture = self._gesture, None
        if gesture:
            add = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            gesture.end(event.position(), add=add)
            self.renew()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.fit()

    def click(self, place: QPointF, *, add: bool = False) -> None:
        """Press the button or mark the item at `place`; do nothing elsewhere."""
        self._point(place)
        if self.picture and self.picture.click(place, self.area(), self.look()):
            self._changed(self.picture)
            return
        id = self._hit.id if self._hit else None
        self.selection.mark([] if id is None else [id], add=add)

    def _changed(self, shown: Picture) -> None:
        """Report the user's change; show the newest figure once the work is finished."""
        self._point(self._pointer)
        self.setAccessibleDescription(shown.summary())
        self.subtitle_changed.emit(self.about())
        if values := shown.result():
            self.result_ready.emit(self.origin, self.step, values)
        if not shown.in_use and self._waiting is not None:
            self._waiting()
        elif far := shown.hidden_by(self.area(), self.look()):
            self.scroll_to(self.scrolled + far)
        self.renew()

    def mark_inside(self, loop: QPolygonF, *, add: bool = False) -> None:
        if shown := self.read():
            self.selection.mark(shown.inside(loop, self.area(), self.look()), add=add)

    def wheelEvent(self, event: QWheelEvent) -> None:
        shown = self.read()
        notches = event.angleDelta().y() / NOTCH
        if shown is None or not notches:
            event.ignore()
        elif shown.scrolls:
            self.scroll_to(self.scrolled - 48 * notches)
        elif shown.turns:
            self.scale_by(ZOOM**notches)
        elif shown.zooms:
            self.zoom(ZOOM**-notches, event.position())

    def zoom(self, factor: float, place: QPointF) -> None:
        """Scale the visible range by `factor`, keeping the point at `place` fixed."""
        axes = self.axes()
        if axes is None:
            return
        x, y = axes.data(place)
        both = self.picture is not None and self.picture.zooms_up
        self._zoomed["x"] = scaled(axes.x, x, factor)
        self._zoomed["y"] = scaled(axes.y, y, factor if both else 1.0)
        self._point(place)
        self.renew()

    def scale_by(self, factor: float) -> None:
        """Scale a three-dimensional picture by `factor`."""
        self.scale = min(max(self.scale * factor, 1 / NEAREST), NEAREST)
        self._point(self._pointer)
        self.renew()

    def shift(self, start: QPointF, end: QPointF) -> None:
        """Move the plane with the pointer, from `start` to `end`."""
        axes = self.axes()
        if axes is None:
            return
        (x0, y0), (x1, y1) = axes.data(start), axes.data(end)
        self._zoomed["x"] = (axes.x[0] + x0 - x1, axes.x[1] + x0 - x1)
        self._zoomed["y"] = (axes.y[0] + y0 - y1, axes.y[1] + y0 - y1)
        self.renew()

    def axes(self) -> Axes | None:
        """Return the axes of a picture in the plane that can be zoomed, None for others."""
        shown = self.read()
        return shown.axes(self.area(), self.look()) if shown and shown.zooms else None

    def fit(self) -> None:
        """Reset zoom, scroll and rotation."""
        self._zoomed.clear()
        self.rotation, self.scale = FRONT, 1.0
        self.scrolled = 0.0
        self.renew()

    def scroll_to(self, place: float) -> None:
        if shown := self.read():
            most = shown.length(self.area(), self.look()) - self.area().height()
            self.scrolled = min(max(place, 0.0), max(most, 0.0))
            self._point(self._pointer)
            self.renew()

    def resizeEvent(self, event: QResizeEvent) -> None:
        if self.scrolled:
            self.scroll_to(self.scrolled)

    def set_rotation(self, turn: tuple[float, float]) -> None:
        self.rotation = turn
        self.renew()

    def event(self, event: QEvent) -> bool:
        """Take the keys that the picture uses before the window's shortcuts."""
        asked = event.type() == QEvent.Type.ShortcutOverride
        if asked and isinstance(event, QKeyEvent) and self._uses_key(event):
            event.accept()
            return True
        return super().event(event)

    def _uses_key(self, event: QKeyEvent) -> bool:
        shown = self.read()
        return shown is not None and shown.uses_key(Qt.Key(event.key()), event.modifiers())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._uses_key(event) and self.picture is not None:
            if self.picture.press_key(Qt.Key(event.key())):
                self._changed(self.picture)
            return
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_image()
            return
        done = KEYS.get(Qt.Key(event.key()))
        if done is None or self.read() is None or event.modifiers() not in PLAIN:
            super().keyPressEvent(event)
            return
        done(self)

    def unmark(self) -> None:
        self.selection.mark([])

    @property
    def pointed(self) -> int | None:
        """The array index of the item under the pointer."""
        return self._hit.index if self._hit and self._hit.index >= 0 else None

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self.read() is not None:
            menu = make_menu(self)
            menu.popup(event.globalPos())

    def copy_image(self) -> None:
        copy_image(self)
