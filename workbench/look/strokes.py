"""Pens with keyword arguments, and colours blended with a background."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen

Cap = Qt.PenCapStyle
Join = Qt.PenJoinStyle
MOST_PENS = 1024
_PENS: dict[tuple[object, ...], QPen] = {}  # a pen follows from its key, so none is ever stale


def pen(
    colour: QColor,
    width: float,
    *,
    cap: Cap = Cap.FlatCap,
    join: Join = Join.MiterJoin,
    pattern: Sequence[float] = (),
) -> QPen:
    """Return a pen, shared: do not change it. `pattern`: dashes and gaps, in widths."""
    key = (colour.rgba(), width, cap, join, tuple(pattern))
    made = _PENS.get(key)
    if made is None:
        made = QPen(colour, width, Qt.PenStyle.SolidLine, cap, join)
        if pattern:
            made.setDashPattern(list(pattern))
        if len(_PENS) >= MOST_PENS:
            _PENS.clear()
        _PENS[key] = made
    return made


def mixed(colour: QColor, ground: QColor, share: float) -> QColor:
    """Return `share` of a colour blended with a background."""
    return QColor.fromRgbF(
        colour.redF() * share + ground.redF() * (1 - share),
        colour.greenF() * share + ground.greenF() * (1 - share),
        colour.blueF() * share + ground.blueF() * (1 - share),
    )
