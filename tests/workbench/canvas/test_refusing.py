"""A refused wire leaves nothing hanging, whichever way it is let go."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from tests.workbench.canvas.conftest import Hand, middle, port
from workbench import edits
from workbench.bench.document import Document
from workbench.canvas.ghost_item import GhostItem
from workbench.canvas.view import Canvas

VOID = (1300.0, 650.0)
Way = Callable[[Canvas, Hand, object], object]


def refused(canvas: Canvas) -> list[tuple[tuple[str, str], tuple[str, str]]]:
    """Return outputs and inputs of the graph that do not fit each other."""
    graph, catalogue = canvas.document.graph, canvas.stage.catalogue
    kinds = {name: catalogue[place] for name, place in graph.nodes.items()}
    return [
        ((one, out.name), (other, into.name))
        for one, source in kinds.items()
        for other, target in kinds.items()
        for out in source.outputs
        for into in target.inputs
        if one != other and not catalogue.fits(out, into)
    ]


def state(canvas: Canvas, document: Document) -> dict[str, object]:
    """Return all that a wire in the hand changes."""
    stage = canvas.stage
    return {
        "gesture": canvas.mouse.gesture,
        "ghosts": [i for i in stage.items() if isinstance(i, GhostItem)],
        "faded": [n for n, i in stage.nodes.items() if i.faded or i.refused or i.fits],
        "wires": [w for w, i in stage.wires.items() if i.faded or i.hidden],
        "spare": [n for n, i in stage.nodes.items() if i.spare_plus],
        "labels": list(document.history.labels),
        "graph": list(document.graph.wires),
    }


def elsewhere(canvas: Canvas, qtbot) -> None:
    other = QWidget(canvas.parentWidget())
    other.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    qtbot.addWidget(other)
    canvas.setFocus()
    canvas.clearFocus()


def clicked(canvas: Canvas, hand: Hand) -> None:
    hand.press(VOID)
    hand.release(VOID)


WAYS: dict[str, Way] = {
    "escape": lambda canvas, hand, qtbot: qtbot.keyClick(canvas, Qt.Key.Key_Escape),
    "another key": lambda canvas, hand, qtbot: qtbot.keyClick(canvas, Qt.Key.Key_Left),
    "a click elsewhere": lambda canvas, hand, qtbot: clicked(canvas, hand),
    "the focus goes": lambda canvas, hand, qtbot: elsewhere(canvas, qtbot),
}


def drop(canvas: Canvas, hand: Hand, start: tuple[str, str], end: tuple[str, str]) -> None:
    canvas.setFocus()
    hand.drag(
        port(canvas, start[0], "output", start[1]), VOID, port(canvas, end[0], "input", end[1])
    )


@pytest.mark.parametrize("way", WAYS)
def test_a_refused_wire_leaves_nothing(canvas, hand, document, qtbot, way: str) -> None:
    before = state(canvas, document)
    pairs = refused(canvas)
    assert pairs
    for start, end in pairs[:: max(1, len(pairs) // 12)]:
        drop(canvas, hand, start, end)
        WAYS[way](canvas, hand, qtbot)
        canvas.selection.clear()
        assert state(canvas, document) == before, (start, end)
        canvas.refusals.hide()


def embedded(canvas: Canvas, document: Document) -> None:
    catalogue = canvas.stage.catalogue
    document.push(edits.add_node(document.graph, "Embedding", (1100, 500), catalogue=catalogue))


@pytest.mark.parametrize("way", WAYS)
def test_an_offer_that_is_ignored_goes_with_its_wire(canvas, hand, document, qtbot, way) -> None:
    embedded(canvas, document)
    before = state(canvas, document)
    drop(canvas, hand, ("mnist", "images"), ("embedding", "tokens"))
    assert canvas.overlays.refusal.isVisible() and canvas.overlays.refusal.fix.text()
    WAYS[way](canvas, hand, qtbot)
    canvas.selection.clear()
    assert state(canvas, document) == before
    assert not canvas.overlays.refusal.isVisible()


def test_a_change_lets_an_offer_go(canvas, hand, document) -> None:
    embedded(canvas, document)
    drop(canvas, hand, ("mnist", "images"), ("embedding", "tokens"))
    document.undo()
    found = state(canvas, document)
    assert found["gesture"] is None and not found["ghosts"] and not found["faded"]


def test_a_wire_that_is_refused_at_its_new_end_goes_back_to_its_old(canvas, hand, document) -> None:
    before = state(canvas, document)
    wire = next(w for w in document.graph.wires if w.target == "decoder_2")
    start = port(canvas, wire.target, "input", wire.input)
    hand.drag(start, VOID, port(canvas, "adam", "input", "loss"))
    assert state(canvas, document) == before


def test_a_press_after_an_offer_counts(canvas, hand, document) -> None:
    embedded(canvas, document)
    drop(canvas, hand, ("mnist", "images"), ("embedding", "tokens"))
    at = middle(canvas, "encoder")
    hand.press(at)
    hand.release(at)
    assert canvas.selection.ids == ["encoder"]
