"""Named wires: only how wires are drawn; the name stays with the output wherever it goes."""

from __future__ import annotations

import pytest

from engine.document.expand import expand
from engine.document.graph import Graph, Place, Wire, apply, copy, dumps, loads
from nodes.errors import Refusal
from tests.grouped import SMALL, normal
from workbench import edits
from workbench.search.in_graph import hits


def often(count: int = 5) -> Graph:
    """Return a graph whose node `a` gives its output to so many others."""
    graph = Graph(nodes={"a": Place(kind="Net"), "from": Place(kind="Net")})
    for i in range(count):
        graph.nodes[f"b{i}"] = Place(kind="Net")
        graph.wires.append(Wire("a", "y", f"b{i}", "x"))
    for place, node in enumerate(graph.nodes):
        graph.layout.positions[node] = [200.0 * place, 0.0]
    return graph


def named(graph: Graph, name: str = "emb") -> Graph:
    apply(graph, edits.name_wires(graph, "a", "y", name))
    return graph


def test_a_name_is_for_an_output_used_more_than_three_times() -> None:
    with pytest.raises(Refusal, match="too few wires"):
        edits.name_wires(often(3), "a", "y", "emb")
    graph = often()
    undo = apply(graph, edits.name_wires(graph, "a", "y", "  the   time "))
    assert graph.layout.names == {"a.y": "the time"}
    assert loads(dumps(graph)) == graph
    assert not edits.name_wires(graph, "a", "y", "the time")
    apply(graph, undo)
    assert graph == often()
    apply(named(graph), edits.name_wires(graph, "a", "y", ""))
    assert graph == often()


def test_a_file_without_names_knows_nothing_of_them() -> None:
    assert "names" not in dumps(often())


def test_copies_and_what_is_gone() -> None:
    graph = named(often())
    apply(graph, edits.paste(graph, edits.copy_text(graph, list(graph.nodes)), None, SMALL))
    assert list(graph.layout.names.values()) == ["emb", "emb 2"], "each name is of one output"
    apply(graph, edits.remove(graph, ["a"], through=SMALL))
    assert list(graph.layout.names.values()) == ["emb 2"]


def test_wires_that_move_together_keep_their_name() -> None:
    graph = named(often())
    wires = graph.wires_from("a", "y")
    some = copy(graph)
    apply(some, edits.move_wires(some, wires[:2], "from", "y", SMALL, inputs=False))
    assert some.layout.names == {"a.y": "emb"}
    apply(graph, edits.move_wires(graph, wires, "from", "y", SMALL, inputs=False))
    assert graph.layout.names == {"from.y": "emb"}


@pytest.mark.parametrize("inside", [["a"], ["a", "b0"], [f"b{i}" for i in range(5)], ["b0", "b1"]])
def test_a_border_lets_names_through_where_there_are_many_wires(inside: list[str]) -> None:
    graph = named(often())
    before = normal(copy(expand(graph, SMALL).graph))
    apply(graph, edits.group(graph, inside, SMALL))
    [instance] = [n for n, p in graph.nodes.items() if p.group]
    [definition] = graph.groups.values()
    for board in (graph, definition):
        for end in board.layout.names:
            node = end.partition(".")[0]
            assert node in board.nodes or node == "in"
    if inside == ["a"]:
        assert graph.layout.names == {f"{instance}.y": "emb"}
        assert definition.layout.names == {"a.y": "emb"}
    if len(inside) == 5:
        assert definition.layout.names == {"in.x": "emb"} and graph.layout.names == {"a.y": "emb"}
    assert normal(copy(expand(graph, SMALL).graph)) == before
    apply(graph, edits.ungroup(graph, instance, SMALL))
    assert graph.layout.names == {"a.y": "emb"}


def test_a_renamed_port_keeps_name_and_way() -> None:
    graph = named(often())
    apply(graph, edits.group(graph, ["a"], SMALL))
    [instance] = [n for n, p in graph.nodes.items() if p.group]
    [wire, *_] = graph.wires_from(instance)
    apply(graph, edits.reroute(graph, wire, [(8, 8)]))
    [group] = graph.groups
    apply(graph, edits.rename_port(graph, group, "y", "out", output=True))
    assert graph.layout.names == {f"{instance}.out": "emb"}
    assert graph.layout.reroutes == {str(wire._replace(output="out")): [[8.0, 8.0]]}


def test_search_finds_the_source_by_the_name() -> None:
    [hit] = hits("emb", named(often()), SMALL)
    assert hit.thing == "a" and "emb" in hit.words
