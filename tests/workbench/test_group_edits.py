"""Groups made and dissolved: what runs stays what it was, and every edit can be undone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.document.expand import expand
from engine.document.graph import (
    Change,
    Graph,
    Group,
    Input,
    Place,
    Play,
    Put,
    Wire,
    apply,
    copy,
    dumps,
    loads,
)
from engine.document.wiring import acting_wires, running_order
from nodes.errors import Refusal
from tests.grouped import SMALL, closed, graphs, normal
from workbench.bench.document import Document
from workbench.edits import copy_text, group, paste, remove, ungroup

few = settings(max_examples=40)


def order(graph: Graph) -> list[str]:
    expanded = expand(graph, SMALL)
    flat = expanded.graph
    return running_order(flat, acting_wires(flat, expanded.catalogue), flat.nodes)


def flat(graph: Graph) -> Any:
    return normal(copy(expand(graph, SMALL).graph))


@few
@given(graphs(), st.data())
def test_a_group_runs_as_its_nodes_do(graph: Graph, data: st.DataObject) -> None:
    before, was = flat(graph), order(graph)
    for _ in range(data.draw(st.integers(1, 3))):  # groups of groups too
        ids = data.draw(st.lists(st.sampled_from(list(graph.nodes)), min_size=1, unique=True))
        apply(graph, group(graph, closed(graph, ids), SMALL))
        assert flat(graph) == before
        assert order(graph) == was
    graph = loads(dumps(graph))
    assert flat(graph) == before
    while instances := [n for n, p in graph.nodes.items() if p.group]:
        apply(graph, ungroup(graph, data.draw(st.sampled_from(instances)), SMALL))
        assert flat(graph) == before
        assert order(graph) == was
    assert graph.groups == {}


@few
@given(graphs(), st.data())
def test_dissolving_a_group_gives_the_graph_back(graph: Graph, data: st.DataObject) -> None:
    ids = data.draw(st.lists(st.sampled_from(list(graph.nodes)), min_size=1, unique=True))
    grouped = copy(graph)
    apply(grouped, group(grouped, closed(graph, ids), SMALL))
    [instance] = [n for n, p in grouped.nodes.items() if p.group]
    apply(grouped, ungroup(grouped, instance, SMALL))
    assert normal(grouped) == normal(graph)
    assert all(not place.keys for place in grouped.nodes.values())


@few
@given(graphs(), st.data())
def test_groups_inside_groups_run_as_their_nodes_do(graph: Graph, data: st.DataObject) -> None:
    before, was = flat(graph), order(graph)
    apply(graph, group(graph, graph.nodes, SMALL))
    [within] = graph.groups
    inner = graph.groups[within]
    ids = data.draw(st.lists(st.sampled_from(list(inner.nodes)), min_size=1, unique=True))
    apply(graph, group(graph, closed(inner, ids), SMALL, within))
    assert flat(graph) == before
    assert order(graph) == was
    [instance] = [n for n, p in graph.groups[within].nodes.items() if p.group]
    apply(graph, ungroup(graph, instance, SMALL, within))
    assert flat(graph) == before
    assert order(graph) == was


@few
@given(graphs(), st.data())
def test_every_edit_is_undone(graph: Graph, data: st.DataObject) -> None:
    before = copy(graph)
    ids = data.draw(st.lists(st.sampled_from(list(graph.nodes)), min_size=1, unique=True))
    first = apply(graph, group(graph, closed(graph, ids), SMALL))
    between = copy(graph)
    [instance] = [n for n, p in graph.nodes.items() if p.group]
    second = apply(graph, ungroup(graph, instance, SMALL))
    apply(graph, second)
    assert graph == between
    apply(graph, first)
    assert graph == before


@few
@given(graphs(), graphs(), st.booleans())
def test_a_copy_brings_its_groups_and_has_weights_of_its_own(
    graph: Graph, other: Graph, same: bool
) -> None:
    ids = list(graph.nodes)
    apply(graph, group(graph, ids, SMALL))
    text = copy_text(graph, list(graph.nodes))
    apply(other, group(other, list(other.nodes), SMALL))
    target = graph if same else other
    before = expand(target, SMALL).graph.nodes.keys()
    apply(target, paste(target, text, None, SMALL))
    after = expand(target, SMALL).graph.nodes
    assert before < after.keys()
    assert len(after) == len(before) + len(ids)
    assert len(target.groups) == (1 if same or graph.groups == other.groups else 2)


def test_a_part_drawn_before_the_rest_can_be_wired() -> None:
    """What it needs and what it ends in are ports, though nothing is wired to them yet."""
    nodes = {"two": Place(kind="Two"), "net": Place(kind="Net"), "off": Place(kind="Net")}
    nodes["off"].mode = "muted"
    graph = Graph(nodes=nodes, wires=[Wire("two", "y", "net", "x")])
    apply(graph, group(graph, list(nodes), SMALL))
    (made,) = graph.groups.values()
    assert [port.name for port in made.inputs] == ["a"], "what may be open has no port"
    assert [port.name for port in made.outputs] == ["y"], "that of the last node, not its model"
    assert {Wire("in", "a", "two", "a"), Wire("net", "y", "out", "y")} <= {*made.wires}


def test_what_leads_nowhere_has_no_port_beside_what_is_used() -> None:
    graph = Graph(nodes={n: Place(kind="Data") for n in ("used", "free")})
    graph.nodes["net"] = Place(kind="Net")
    graph.wires = [Wire("used", "y", "net", "x")]
    apply(graph, group(graph, ["used", "free"], SMALL))
    (made,) = graph.groups.values()
    assert [wire.source for wire in made.wires if wire.target == "out"] == ["used"]


def test_nothing_is_grouped_to_nothing() -> None:
    with pytest.raises(Refusal, match="no nodes"):
        group(Graph(), [], SMALL)


def test_weights_are_not_shared_across_a_border() -> None:
    graph = Graph(nodes={"a": Place(kind="Net"), "b": Place(kind="Net", twin="a")})
    with pytest.raises(Refusal, match="shares the weights"):
        group(graph, ["b"], SMALL)
    apply(graph, group(graph, ["a", "b"], SMALL))
    graph.nodes["group"].times = 2
    with pytest.raises(Refusal, match="repeats its group"):
        ungroup(graph, "group", SMALL)


def test_a_group_survives_a_crash(tmp_path: Path) -> None:
    """Each entry of the journal comes back as plain values, a definition too."""
    graph = Graph(nodes={"a": Place(kind="Net"), "b": Place(kind="Net")})
    document = Document(copy(graph), journals=tmp_path)
    document.push(group(document.graph, ["a", "b"], SMALL))
    document.push(Change("Set", (Put(("groups", "group", "nodes", "a", "params", "size"), 9),)))
    document.push(ungroup(document.graph, "group", SMALL))
    document.undo()
    kept = copy(document.graph)
    document.abandon()
    [journal] = tmp_path.iterdir()
    recovered = Document.recover(journal)
    assert recovered is not None
    assert recovered.graph == kept
    recovered.undo()
    recovered.undo()
    assert recovered.graph == graph
    recovered.redo()
    assert isinstance(recovered.graph.groups["group"], Group)
    recovered.close()


def told(graph: Graph) -> list[list[str]]:
    """Return the identities of what a document shows."""
    known, layout = expand(graph, SMALL), graph.layout
    play = layout.play or Play()
    inputs = [name for one in play.inputs for name in (one.node, one.on)]
    shown = [layout.views, layout.bare, *layout.watch, play.views, inputs]
    return [[known.id_of(path) for path in paths] for paths in shown]


@few
@given(graphs(), st.data())
def test_what_is_shown_goes_on_by_its_path(graph: Graph, data: st.DataObject) -> None:
    names = list(graph.nodes)
    graph.layout.views, graph.layout.bare = names, names[:2]
    graph.layout.watch = [[name] for name in names]
    one = Input(node=names[0], param="size", on=names[-1])
    graph.layout.play = Play(views=names[:2], inputs=[one])
    before, start = told(graph), copy(graph)
    document = Document(graph)
    for _ in range(2):  # in the document, then in the group or around it
        within = data.draw(st.sampled_from(["", *graph.groups]))
        board = graph.groups[within] if within else graph
        ids = data.draw(st.lists(st.sampled_from(list(board.nodes)), min_size=1, unique=True))
        document.push(group(graph, closed(board, ids), SMALL, within))
        assert told(graph) == before
    assert told(loads(dumps(graph))) == before
    while instances := [n for n, p in graph.nodes.items() if p.group]:
        document.push(ungroup(graph, data.draw(st.sampled_from(instances)), SMALL))
        assert told(graph) == before
    document.history.go_to(0)
    assert graph == start


def test_what_is_shown_of_a_group_goes_with_it() -> None:
    graph = Graph(nodes={"a": Place(kind="Data"), "b": Place(kind="Net")})
    apply(graph, group(graph, ["a"], SMALL))
    (instance,) = [n for n, p in graph.nodes.items() if p.group]
    graph.layout.views = ["b", f"{instance}/a"]
    graph.layout.watch = [[f"{instance}/a"], ["b"]]
    graph.layout.play = Play(
        views=[f"{instance}/a"], inputs=[Input(node=f"{instance}/a", param="x")]
    )
    apply(graph, remove(graph, [instance]))
    assert graph.layout.views == ["b"]
    assert graph.layout.watch == [["b"]]
    assert graph.layout.play == Play()
