"""What nodes wear on the canvas: it goes along wherever they go, and never changes what runs."""

from __future__ import annotations

from typing import Any

from engine.document.graph import Graph, apply, copy, dumps, loads
from tests.workbench.sample import CATALOGUE, vae
from workbench import edits
from workbench.edits.dressing import worn

SOME = ["encoder", "reparameterize"]


def dressed() -> Graph:
    graph = vae()
    for place, node in enumerate(graph.nodes):
        graph.layout.positions[node] = [240.0 * place, 0.0]
    apply(graph, edits.frame(graph, SOME, "Both"))
    for change in (
        edits.collapse(graph, ["encoder", "decoder"]),
        edits.pin(graph, ["reparameterize", "decoder"]),
        edits.colour(graph, [*SOME, "frame_1"], "amber"),
    ):
        apply(graph, change)
    return graph


def wear(graph: Graph, node: str) -> dict[str, Any]:
    """Return what one node wears, whatever it is called."""
    found = worn(graph.layout, {node})
    return {
        part: list(held.values()) if isinstance(held, dict) else len(held)
        for part, held in found.items()
    }


def test_copies_wear_what_their_originals_do() -> None:
    graph = dressed()
    before = {node: wear(graph, node) for node in SOME}
    apply(graph, edits.paste(graph, edits.copy_text(graph, [*SOME, "frame_1"]), None, CATALOGUE))
    assert {node: wear(graph, f"{node}_2") for node in SOME} == before
    assert {node: wear(graph, node) for node in SOME} == before
    assert [f["colour"] for f in graph.layout.frames.values()] == ["amber", "amber"]


def test_a_group_keeps_what_its_nodes_wear() -> None:
    graph = dressed()
    before = copy(graph)
    apply(graph, edits.group(graph, [*SOME, "frame_1"], CATALOGUE))
    [instance] = [n for n, p in graph.nodes.items() if p.group]
    apply(graph, edits.colour(graph, [instance], "blue"))
    apply(graph, edits.collapse(graph, [instance]))
    apply(graph, edits.pin(graph, [instance]))
    [definition] = graph.groups.values()
    assert worn(definition.layout, SOME) == worn(before.layout, SOME)
    apply(graph, edits.ungroup(graph, instance, CATALOGUE))
    for node in before.nodes:
        assert wear(graph, node) == wear(before, node)
    assert instance not in str(graph.layout)


def test_what_is_gone_wears_nothing() -> None:
    graph = dressed()
    undo = apply(graph, edits.remove(graph, list(graph.nodes)))
    assert not any(worn(graph.layout, {"encoder", *SOME}).values()) and not graph.layout.colours
    apply(graph, undo)
    assert graph == dressed() == loads(dumps(graph))


def test_a_colour_is_for_nodes_and_frames() -> None:
    graph = dressed()
    apply(graph, edits.note(graph, (0, 0)))
    assert not edits.colour(graph, ["note_1", "gone"], "blue")
    apply(graph, edits.colour(graph, list(graph.nodes), ""))
    assert graph.layout.colours == {}
