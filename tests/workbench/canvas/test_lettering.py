"""Type on nodes keeps its floor on the screen, and nodes are as wide as it needs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.document.graph import Graph, Place
from engine.document.messages import Array, Figure, FigureData
from tests.legible import cut
from tests.shipped import catalogue
from workbench.bench.document import Document
from workbench.bench.live import Live
from workbench.canvas.faces import thumbnail_share
from workbench.canvas.layout import Content, face
from workbench.canvas.lettering import FOOT, LABEL, NOTE, SMALLEST, TITLE, size_at
from workbench.canvas.view import Canvas


@pytest.mark.parametrize("zoom", [0.6, 0.65, 0.7, 0.72, 0.9, 1.0])
def test_type_keeps_its_floor(zoom: float) -> None:
    floors = {TITLE: 12, LABEL: 10.5, FOOT: 10, NOTE: 11.5}
    assert all(size_at(kind, zoom) * zoom >= floor - 1e-6 for kind, floor in floors.items())
    assert size_at(TITLE, 1.0) == 13, "at 100 % it is as it was"


def test_no_text_of_any_kind_is_cut_at_the_smallest_zoom(qtbot) -> None:
    graph = Graph(nodes={name.lower(): Place(kind=name) for name in catalogue().kinds})
    canvas = Canvas(Document(graph), Live(), catalogue())
    qtbot.addWidget(canvas)
    found = {n: texts for n, i in canvas.stage.nodes.items() if (texts := [*cut(i, SMALLEST)])}
    assert not found


@given(
    count=st.integers(1, 80),
    columns=st.integers(1, 80),
    high=st.integers(1, 64),
    wide=st.integers(1, 64),
)
def test_no_picture_makes_its_node_larger(count: int, columns: int, high: int, wide: int) -> None:
    images = Array.of(np.zeros((count, 1, high, wide), np.uint8))
    data = FigureData(kind="images", arrays={"images": images}, facts={"columns": columns})
    share = thumbnail_share(Figure(node="grid", step=0, figure=data))
    empty = face(Content("Grid", "image", figure="images"))
    filled = face(Content("Grid", "image", figure="images", share=share))
    assert (filled.width, filled.foot) == (empty.width, empty.foot)
    assert filled.height <= empty.height, "what stands below it has its room"
