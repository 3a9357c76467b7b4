"""Find in the graph: by title, kind, parameter, value, text; next and previous."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.workbench import design
from workbench import edits
from workbench.search.in_graph import hits

SHIFT = Qt.KeyboardModifier.ShiftModifier


def found(graph, pattern: str) -> list[str]:
    return sorted(hit.thing for hit in hits(pattern, graph, design.catalogue()))


@pytest.mark.parametrize(
    ("pattern", "things"),
    [
        ("encoder", ["encoder"]),
        ("ENC", ["encoder"]),
        ("reparameterize", ["sample"]),
        ("latent space", ["look"]),
        ("hidden", ["decoder", "decoder_2", "encoder"]),
        ("hidden = 64", ["encoder"]),
        ("hidden 64", ["encoder"]),
        ("hidden > 100", ["decoder", "decoder_2"]),
        ("hidden, latent = 2", ["encoder"]),
        ("nothing like this", []),
        ("", []),
        (",", []),
        ("hidden > x", []),
    ],
)
def test_it_finds_by_title_kind_parameter_and_value(pattern, things):
    graph = design.vae()
    graph.nodes["decoder"].params["hidden"] = 128
    assert found(graph, pattern) == things


def test_it_finds_the_text_of_a_note_and_a_title_given_by_hand():
    graph = design.vae()
    graph.layout.notes["try"]["text"] = "Set β to 2, and the classes déteignent."
    graph.nodes["sample"].title = "Draw z"
    assert found(graph, "deteignent") == ["try"]
    assert found(graph, "draw z") == found(graph, "reparam") == ["sample"]


def test_every_hit_is_told_by_what_was_found():
    hit = hits("hidden = 64", design.vae(), design.catalogue())[0]
    assert hit.words == "Hidden = 64"
    (hit,) = hits("encoder", design.vae(), design.catalogue())
    assert hit.words == "", "its title says it"


def test_keys_go_on_and_back_and_the_hit_is_selected_and_in_sight(canvas, document):
    find = canvas.overlays.find
    find.open()
    QTest.keyClicks(find.field, "decoder, hidden")
    assert canvas.selection.ids == ["decoder"]
    assert find.count.text() == "1 of 2"
    QTest.keyClick(find.field, Qt.Key.Key_Return)
    assert canvas.selection.ids == ["decoder_2"]
    assert canvas.camera.visible_area.contains(canvas.stage.nodes["decoder_2"].area)
    QTest.keyClick(find.field, Qt.Key.Key_Return)
    assert canvas.selection.ids == ["decoder"]
    QTest.keyClick(find.field, Qt.Key.Key_Return, SHIFT)
    assert canvas.selection.ids == ["decoder_2"]
    document.push(edits.remove(document.graph, ["decoder_2"]))
    find.step(1)
    assert canvas.selection.ids == ["decoder"]
    QTest.keyClick(find.field, Qt.Key.Key_Escape)
    assert find.isHidden() and canvas.selection.ids == ["decoder"]


def test_what_is_found_does_not_lie_under_the_bar(canvas):
    find = canvas.overlays.find
    canvas.camera.zoom_to(1.5)
    find.open()
    for word in ("mnist", "trainer", "images", "try", "grid", "look at"):
        find.field.clear()
        QTest.keyClicks(find.field, word)
        (thing,) = canvas.selection.ids
        area = canvas.camera.area_to_view(canvas.stage.area_of(thing))
        assert not area.intersects(find.geometry()), word


def test_nothing_found_is_said_and_the_selection_stays(canvas):
    canvas.selection.set(["encoder"])
    find = canvas.overlays.find
    find.open()
    QTest.keyClicks(find.field, "¤")
    assert find.count.text() == "Nothing found" and canvas.selection.ids == ["encoder"]
    find.step(1)
    assert canvas.selection.ids == ["encoder"]
