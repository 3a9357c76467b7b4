"""Data dropped on a canvas becomes a node where it falls; graphs still open in a tab."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent

from engine.document.graph import save
from tests.shipped import catalogue
from tests.workbench.sample import vae
from workbench.panels.columns import Columns
from workbench.shell.window import Window

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def window(make) -> Window:
    return make(catalogue())


@pytest.fixture
def canvas(window: Window, home: Path):
    save(vae(), home / "vae.graph.json")
    assert window.files.open(home / "vae.graph.json")
    return window.tabs.current.canvas


def drop(canvas, *paths: Path) -> bool:
    """Drop files on the canvas as a file manager does; return whether it takes them."""
    data, at, copy = QMimeData(), QPointF(420, 360), Qt.DropAction.CopyAction
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    enter = QDragEnterEvent(at.toPoint(), copy, data, LEFT, NONE)
    enter.ignore()
    canvas.dragEnterEvent(enter)
    if enter.isAccepted():
        canvas.dragMoveEvent(QDragMoveEvent(at.toPoint(), copy, data, LEFT, NONE))
        canvas.dropEvent(QDropEvent(at, copy, data, LEFT, NONE))
    return enter.isAccepted()


def test_a_table_becomes_a_node_where_it_falls(canvas, home: Path, window: Window) -> None:
    (home / "points.csv").write_text("x,y\n1,2\n3,4\n")
    document = window.bench.document
    before = set(document.graph.nodes)
    assert drop(canvas, home / "points.csv")
    (node,) = set(document.graph.nodes) - before
    assert document.graph.nodes[node].kind == "ArrayFile"
    assert document.graph.nodes[node].params == {"file": str(home / "points.csv")}
    assert canvas.stage.nodes[node].area.contains(canvas.camera.to_scene(QPointF(420, 360)))
    assert canvas.selection.ids == [node] and len(document.history.labels) == 1
    (shown,) = window.findChildren(Columns)
    shown.close()


def test_several_are_added_in_one_step_below_each_other(canvas, home: Path, window) -> None:
    (home / "pictures").mkdir()
    np.savez(home / "arrays.npz", x=np.zeros((4, 2)))
    document = window.bench.document
    assert drop(canvas, home / "pictures", home / "arrays.npz")
    kinds = [document.graph.nodes[n].kind for n in canvas.selection.ids]
    assert kinds == ["ImageFolder", "ArrayFile"] and len(document.history.labels) == 1
    first, second = (canvas.stage.nodes[n].area for n in canvas.selection.ids)
    assert not first.intersects(second) and not window.findChildren(Columns)


def test_graphs_and_what_no_node_reads_are_left_to_the_window(canvas, home: Path) -> None:
    (home / "other.txtx").write_text("")
    assert not drop(canvas, home / "vae.graph.json")
    assert not drop(canvas, home / "other.txtx")
    assert not drop(canvas, home / "gone.csv")
