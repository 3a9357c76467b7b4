"""A node on the canvas. It only shows the document.

It is no item of Qt's: one layer paints all nodes (`layers.py`), from pictures that nodes of the
same look share.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from workbench.canvas import node_far, node_near
from workbench.canvas.fields import Value
from workbench.canvas.layout import FAR, NEAR, Face
from workbench.canvas.signs import Signs
from workbench.canvas.wire_path import Box
from workbench.edits.base import BORDER
from workbench.widgets.ports import HIT, Port, Side

if TYPE_CHECKING:
    from workbench.canvas.stage import Stage

MARGIN = 20.0  # around the body: shadow, halo, highlight of a port
MUTED, FADED = 0.62, 0.38
HINTS = QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
NOTE = (200.0, 80.0)  # a caption reaches no further out of the body, to the right and below
NO_PORTS: frozenset[tuple[Side, str]] = frozenset()
BADGED = ("error", "done")  # states with a badge when zoomed out

Look = tuple[Any, ...]


class NodeItem:
    """A node. `turns` are a trainer's letters, `fits` the ports highlighted during a drag."""

    __slots__ = (
        "_drawn", "_look", "_place", "box", "face", "faded", "field", "fit_colour", "fits",
        "focused", "focused_port", "hovered", "hovered_field", "hue", "line", "node", "partner",
        "picture",
        "pinned", "refused", "selected", "signs", "spare_plus", "stage", "turns", "twin", "values",
        "wired",
    )  # fmt: skip

    def __init__(self, stage: Stage, node: str, face: Face, place: QPointF) -> None:
        self.stage = stage
        self.node = node
        self.face = face
        self.signs = Signs()
        self.twin = self.pinned = False
        self.hue = ""  # the name of the colour it was given
        self.wired = NO_PORTS
        self.turns: tuple[tuple[str, int], ...] = ()
        self.fits = NO_PORTS
        self.fit_colour: QColor | None = None
        self.spare_plus: tuple[Side, str] | None = None
        self.picture: QImage | None = None
        self.selected = self.hovered = self.focused = self.partner = False
        self.faded = self.refused = False  # while a wire is drawn
        self.focused_port: Port | None = None
        self.line = -1  # the row of ports above which the one that is dragged goes
        self.values: tuple[Value, ...] = ()
        self.field = self.hovered_field = ""  # the one that keys or the hand have, and the pointer
        self._look: Look | None = None
        self._drawn = 0  # thumbnails so far
        self._place = place
        self._measure()

    def _measure(self) -> None:
        x, y = self._place.x(), self._place.y()
        self.box: Box = (x, y, x + self.face.width, y + self.face.height)
        self.stage.node_places.put(self, self.box)
        self.update()

    def show_face(self, face: Face) -> bool:
        """Set the face; return whether it is another."""
        if face is self.face:
            return False
        self.update()
        self.face = face
        self.forget_picture()
        self._measure()
        return True

    def forget_picture(self) -> None:
        """Have the thumbnail drawn anew."""
        self.stage.pictures.forget(self)
        self.picture = self._look = None
        self._drawn += 1

    def display(self, **what: Any) -> bool:
        """Set attributes by name; repaint and return True if any changed."""
        changed = False
        for name, value in what.items():
            if getattr(self, name) != value:
                setattr(self, name, value)
                changed = True
        if changed:
            self._look = None
            self.update()
        return changed

    def update(self) -> None:
        """Repaint the node."""
        if not self.stage.whole:
            self.stage.update(self.painted_area)

    @property
    def painted_area(self) -> QRectF:
        """Return the rectangle of all that is painted, with badge and caption."""
        out = max(MARGIN, node_far.BADGE / self.stage.scale)
        right, below = NOTE if self.signs.note else (0.0, 0.0)
        return self.area.adjusted(-out, -out, out + right, out + below)

    def pos(self) -> QPointF:
        return self._place

    def move(self, place: QPointF) -> None:
        self.update()
        self._place = place
        self._measure()

    @property
    def opacity(self) -> float:
        return FADED if self.faded else MUTED if self.signs.state == "muted" else 1.0

    @property
    def area(self) -> QRectF:
        return self.face.rect.translated(self._place)

    def spot(self, side: Side, name: str) -> QPointF:
        """Return the position of a port in the scene."""
        return self._place + self.face.spot(side, name)

    def field_at(self, place: QPointF) -> str:
        """Return the parameter whose field is painted at a point of the scene, or ""."""
        return self.face.field_at(place - self._place) if self.stage.zoom >= NEAR else ""

    def port_at(self, place: QPointF, reach: float = HIT) -> Port | None:
        """Return the port near a point of the scene."""
        at = place - self._place
        best, found = reach * reach, None
        for port in self.face.ports:
            spot = self.face.spots[port.side, port.name]
            dx, dy = at.x() - spot.x(), at.y() - spot.y()
            if dx * dx + dy * dy <= best:
                best, found = dx * dx + dy * dy, port
        return found

    def row_at(self, place: QPointF) -> Port | None:
        """Return the port in whose row a point of the scene lies, from edge to edge."""
        ports, row = self.face.ports, self.face.row_at(place.y() - self._place.y())
        return ports[row] if 0 <= row < len(ports) and self.area.contains(place) else None

    @property
    def is_border(self) -> bool:
        """Whether it stands for the border of the open group."""
        return self.node in BORDER

    @property
    def look(self) -> Look:
        """Return all that `paint` reads of the node: equal looks have equal pictures.

        The thumbnail of a view is its own; `forget_picture` gives it another number.
        """
        if self._look is None:
            signs = self.signs
            self._look = (
                self.face,
                (self.node, self._drawn) if self.face.thumbnail is not None else None,
                (signs.state, signs.left, signs.right, signs.figure, signs.unit),
                (signs.share, signs.free),
                (self.twin, self.selected, self.hovered, self.focused, self.partner, self.refused),
                (self.wired, self.turns, self.fits, self.spare_plus, self.hue, self.pinned),
                (self.values, self.field, self.hovered_field),
                (self.focused_port and self.focused_port[:2], self.line),
                self.fit_colour.rgba() if self.fit_colour is not None else 0,
            )
        return self._look

    def paint(self, painter: QPainter) -> None:
        """Paint from the top left corner, in units of the scene."""
        zoom = self.stage.zoom
        painter.setRenderHints(HINTS)
        if zoom >= NEAR:
            node_near.paint(painter, self)
        elif zoom >= FAR:
            node_far.paint_middle(painter, self, self.stage.scale)
        else:
            node_far.paint_block(painter, self, self.stage.scale)

    @property
    def badged(self) -> bool:
        """Whether a badge shows its state at this zoom."""
        state = self.signs.state
        return state in BADGED and self.stage.zoom < (NEAR if state == "error" else FAR)
