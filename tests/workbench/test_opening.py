"""Networks opened as layers in the window."""

from __future__ import annotations

from typing import Any

from pytestqt.qtbot import QtBot

from engine.document.graph import dumps
from tests.workbench.sample import vae
from tests.workbench.test_sequences import opened
from workbench import edits
from workbench.shell.window import Window


def asked(window: Window, qtbot: QtBot, node: str) -> Any:
    """Open the VAE, and ask for the layers of a node; the page comes back."""
    page: Any = opened(window, qtbot, vae())
    page.canvas.stage.select([node])
    window.menus.trigger("graph.layers")
    return page


def test_a_network_becomes_a_group_in_one_step(window: Window, qtbot: QtBot) -> None:
    page = asked(window, qtbot, "encoder")
    graph = page.bench.document.graph
    qtbot.waitUntil(lambda: bool(graph.groups))
    assert graph.nodes["encoder"].group and graph.wires == vae().wires
    assert graph.groups[graph.nodes["encoder"].group].title == "Encoder"
    assert page.canvas.selection.ids == ["encoder"]
    window.menus.trigger("graph.enter")
    assert set(page.canvas.stage.nodes) == {"in", "encoder", "out"}
    window.menus.trigger("graph.layers")  # nothing is selected
    page.canvas.stage.select(["encoder"])
    window.menus.trigger("graph.layers")  # inside as well
    qtbot.waitUntil(lambda: len(graph.groups) == 2)
    window.undo()
    window.undo()
    assert dumps(graph) == dumps(vae())


def test_why_a_network_stays_is_said(window: Window, qtbot: QtBot) -> None:
    page = asked(window, qtbot, "decoder")
    with qtbot.waitSignal(page.canvas.refusals.refused) as said:
        pass
    assert said.args == ["Its shapes are not known."]
    assert dumps(page.bench.document.graph) == dumps(vae())


def test_an_answer_that_comes_too_late_does_nothing(window: Window, qtbot: QtBot) -> None:
    page = asked(window, qtbot, "encoder")
    page.bench.document.push(edits.remove(page.bench.document.graph, ["encoder"], []))
    with qtbot.waitSignal(page.bench.live.table_read):
        pass
    assert not page.bench.document.graph.groups
