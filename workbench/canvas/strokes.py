"""Pens by name: Qt takes cap and join by place only."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen

Cap, Join = Qt.PenCapStyle, Qt.PenJoinStyle


def pen(
    colour: QColor,
    width: float,
    *,
    cap: Cap = Cap.FlatCap,
    join: Join = Join.MiterJoin,
    pattern: Sequence[float] = (),
) -> QPen:
    """Return a pen; `pattern` is lengths of dashes and gaps, in widths."""
    made = QPen(colour, width, Qt.PenStyle.SolidLine, cap, join)
    if pattern:
        made.setDashPattern(list(pattern))
    return made
