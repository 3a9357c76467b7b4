"""A graph on paper: the whole of it, in its own colours, while the window keeps its theme."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QWidget

from engine.document.graph import Graph
from tests.shipped import catalogue
from tests.workbench.design import vae
from workbench.bench.document import Document
from workbench.bench.live import Live
from workbench.canvas.printed import GraphPicture
from workbench.look.theme import DARK, LIGHT, appearance
from workbench.plots.paper import COLUMNS, Paper, lay_out
from workbench.plots.printing import WRITERS, image_of


@pytest.fixture
def parent(qtbot) -> Iterator[QWidget]:
    made = QWidget()
    qtbot.addWidget(made)
    yield made  # a name keeps it


@pytest.fixture
def shown(parent) -> GraphPicture:
    return GraphPicture(Document(vae()), Live(parent), catalogue(), parent)


@pytest.mark.parametrize("ground", ["white", "dark"])
def test_it_fills_its_width_in_the_colours_of_its_ground(shown, monkeypatch, ground) -> None:
    theme = {"white": LIGHT, "dark": DARK}[ground]
    colours = {"white": "print", "dark": "screen"}[ground]
    window = {"white": DARK, "dark": LIGHT}[ground]
    monkeypatch.setattr(appearance, "theme", window)
    page = lay_out(shown, Paper(COLUMNS, ground=ground, colours=colours))
    image = image_of(page, 1.0)
    assert image.pixelColor(1, 1).getRgb() == theme.panel.getRgb()
    places = ((x, y) for x in range(0, image.width(), 2) for y in range(0, image.height(), 2))
    colours_in = {image.pixelColor(x, y).rgb() for x, y in places}
    assert theme.header.rgb() in colours_in and window.header.rgb() not in colours_in
    assert appearance.theme is window
    assert page.millimetres[0] == COLUMNS and 20 < page.millimetres[1] < 2 * COLUMNS


def test_its_text_is_text_and_no_shadow_is_stretched(shown, tmp_path) -> None:
    page = lay_out(shown, Paper(COLUMNS))
    for suffix, write in WRITERS.items():
        write(page, tmp_path / f"graph{suffix}")
    assert b"/FontFile" in (tmp_path / "graph.pdf").read_bytes()
    svg = (tmp_path / "graph.svg").read_text("utf-8")
    assert svg.count("<path") > 50 and "<text" not in svg
    assert svg.count("<image") < 4 * len(vae().nodes), "a shadow is nine images"


def test_a_graph_without_nodes_is_an_empty_page(parent) -> None:
    empty = GraphPicture(Document(Graph()), Live(parent), catalogue(), parent)
    image = image_of(lay_out(empty, Paper(COLUMNS)), 1.0)
    assert image.pixelColor(image.width() // 2, image.height() // 2) == LIGHT.panel
