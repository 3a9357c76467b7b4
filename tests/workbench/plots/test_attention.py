"""Maps of attention: the text stands right below them, in any room, and both stay inside."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtWidgets import QApplication

from tests.workbench.plots import figures
from workbench.look.theme import theme
from workbench.plots.attention import GAP, SIDE, Attention
from workbench.plots.base import picture
from workbench.plots.look import Look


@pytest.mark.parametrize("wide", [260, 480, 900])
@pytest.mark.parametrize("high", [240, 500, 1000])
def test_the_text_is_right_below_the_maps(qapp: QApplication, wide: int, high: int) -> None:
    shown = picture(figures.attention())
    assert isinstance(shown, Attention)
    area, look = QRectF(10, 20, wide, high), Look(theme())
    words = shown._words(area, look)
    fields = [place for *_, place in shown._fields(area, look)]
    text = min(box.top() for box in words)
    assert text - max(place.bottom() for place in fields) == pytest.approx(2 * GAP)
    for box in (*words, *fields):
        assert area.adjusted(-0.1, -0.1, 0.1, 0.1).contains(box)
    layers, heads = shown.grid
    room = (wide - SIDE) / heads, (words[0].top() - area.top() - SIDE) / layers
    assert fields[0].width() + GAP == pytest.approx(min(room), abs=GAP)
