"""Keys of the canvas that edit: collapse, align, spread, paste with wires, remove apart, find."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from engine.document.graph import save
from tests.workbench.sample import vae
from workbench.shell.window import Window

Key = Qt.Key
SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier


@pytest.fixture
def press(window: Window, home: Path, qtbot):
    """Open a graph, and press keys on its canvas."""
    graph = vae()
    for place, node in enumerate(graph.nodes):
        graph.layout.positions[node] = [240.0 * place, 40.0 * place]
    save(graph, home / "vae.graph.json")
    assert window.files.open(home / "vae.graph.json")
    qtbot.waitActive(window)

    def press(key, keys=Qt.KeyboardModifier.NoModifier, chosen=()):
        canvas = window.tabs.current.canvas
        if chosen:
            canvas.stage.select(chosen)
        canvas.setFocus()
        QApplication.processEvents()  # the actions follow the selection a moment later
        QTest.keyClick(canvas, key, keys)
        return window.tabs.current.bench.document.graph

    return press


def test_keys_edit_what_is_selected(press, window: Window) -> None:
    some = ["encoder", "reparameterize", "decoder"]
    assert press(Key.Key_H, chosen=["encoder"]).layout.collapsed == ["encoder"]
    assert press(Key.Key_H).layout.collapsed == []
    graph = press(Key.Key_Up, SHIFT, some)
    assert len({graph.layout.positions[n][1] for n in some}) == 1
    graph = press(Key.Key_Left, SHIFT)
    assert len({graph.layout.positions[n][0] for n in some}) == 1
    graph = press(Key.Key_V, SHIFT)
    assert len({graph.layout.positions[n][1] for n in some}) == 3
    press(Key.Key_C, CONTROL, ["encoder"])
    graph = press(Key.Key_V, CONTROL | ALT)
    assert [w.source for w in graph.wires_into("encoder_2", "x")] == ["digits"]
    press(Key.Key_Delete, SHIFT, ["reparameterize"])
    assert graph.wires_into("decoder") == [] and "reparameterize" not in graph.nodes
    press(Key.Key_F, CONTROL)
    find = window.tabs.current.canvas.overlays.find
    QTest.keyClicks(find.field, "decoder")
    assert window.tabs.current.canvas.selection.ids == ["decoder"]
    QTest.keyClick(find.field, Key.Key_Escape)
    assert find.isHidden() and window.tabs.current.canvas.hasFocus()
