"""Which parameters a node shows: part of the document, and with its node wherever it goes."""

from __future__ import annotations

import pytest

from engine.document.graph import Graph, apply, dumps, loads
from nodes.params import ParamInfo
from tests.workbench import design
from workbench import edits

KNOWN = design.catalogue()


def pin(graph: Graph, *names: str, node: str = "encoder", on: bool = True) -> None:
    for name in names:
        apply(graph, edits.show_field(graph, KNOWN, [node], name, on))


def shown(graph: Graph, node: str = "encoder") -> list[str]:
    kind = KNOWN.of(graph.nodes[node])
    return [param.name for param in edits.shown_fields(graph, node, kind)]


@pytest.fixture
def graph() -> Graph:
    graph = design.vae()
    pin(graph, "latent", "hidden")
    return graph


def test_pins_keep_their_order_and_go_with_the_last(graph):
    assert shown(graph) == ["latent", "hidden"]
    pin(graph, "latent")
    assert shown(graph) == ["hidden", "latent"], "pinned again it is the last"
    pin(graph, "hidden", "latent", on=False)
    assert "encoder" not in graph.layout.fields


def test_pins_are_saved(graph):
    assert loads(dumps(graph)).layout.fields == {"encoder": ["latent", "hidden"]}


def test_a_copy_has_the_pins(graph):
    change = edits.duplicate(graph, ["encoder"], KNOWN)
    apply(graph, change)
    assert graph.layout.fields[change.puts[0].path[1]] == ["latent", "hidden"]


def test_pins_go_with_their_node_and_come_back(graph):
    before = dumps(graph)
    undone = apply(graph, edits.remove(graph, ["encoder"]))
    assert not graph.layout.fields
    apply(graph, undone)
    assert dumps(graph) == before


def test_pins_go_into_a_group_and_out(graph):
    apply(graph, edits.group(graph, ["encoder"], KNOWN))
    (definition,) = graph.groups.values()
    assert definition.layout.fields == {"encoder": ["latent", "hidden"]}
    assert not graph.layout.fields
    (instance,) = (n for n, p in graph.nodes.items() if p.group)
    apply(graph, edits.ungroup(graph, instance, KNOWN))
    assert shown(graph) == ["latent", "hidden"]


def test_what_a_kind_has_not_is_not_shown(graph):
    graph.layout.fields["encoder"] = ["gone", "hidden"]
    assert shown(graph) == ["hidden"]


@pytest.mark.parametrize("type", ["str", "text", "path", "ints", "floats"])
def test_only_what_fits_on_a_node_is_pinned(type):
    assert not edits.fits_node(ParamInfo(name="x", type=type))


def test_pins_say_what_they_do(graph):
    several = edits.show_field(graph, KNOWN, ["encoder", "decoder"], "hidden", True)
    assert str(several.label) == "Show hidden on 2 nodes"
    assert [put.path[-1] for put in several.puts] == ["encoder", "decoder"]
