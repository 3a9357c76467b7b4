"""The document and its file: round trips, faults with their place, changes and their inverses."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.document.errors import GraphRefused
from engine.document.graph import (
    ABSENT,
    Change,
    Graph,
    Place,
    Put,
    Wire,
    apply,
    copy,
    dumps,
    load,
    loads,
    save,
)

names = st.text("abcdef_", min_size=1, max_size=6)
values = st.one_of(
    st.integers(-9, 9), st.floats(-1, 1, allow_subnormal=False), st.booleans(), st.text(max_size=5)
)
places = st.builds(
    Place,
    kind=names,
    params=st.dictionaries(names, values, max_size=3),
    title=st.one_of(st.text(max_size=5), st.just("on")),
    mode=st.sampled_from(["on", "muted", "bypassed"]),
)
wires = st.lists(st.builds(Wire, names, names, names, names), max_size=5)


def joined(graph):
    """Return a graph with the wires that join its nodes, each once."""
    ends = graph.nodes.keys()
    graph.wires = [w for w in dict.fromkeys(graph.wires) if {w.source, w.target} <= ends]
    return graph


graphs = st.builds(
    Graph, title=st.text(max_size=9), nodes=st.dictionaries(names, places), wires=wires
).map(joined)


@given(graphs)
def test_a_file_gives_back_the_graph(graph):
    assert loads(dumps(graph)) == graph


@given(graphs)
def test_the_same_graph_is_the_same_text(graph):
    assert dumps(loads(dumps(graph))) == dumps(graph)


@given(graphs, names, places)
def test_a_change_and_its_inverse_leave_the_graph_as_it_was(graph, name, place):
    before = copy(graph)
    change = Change(
        "add",
        (
            Put(("nodes", name), place),
            Put(("nodes", name, "params", "a"), 1),
            Put(("wires",), [Wire("a", "b", "c", "d")]),
            Put(("nodes", name), ABSENT),
            Put(("settings", "seed"), 4),
        ),
    )
    apply(graph, apply(graph, change))
    assert graph == before


def test_a_wire_is_a_line_of_the_file():
    graph = Graph(wires=[Wire("a", "b", "c", "d"), Wire("e", "f", "g", "h")])
    assert '    ["a", "b", "c", "d"],\n' in dumps(graph)


def test_format_and_version_come_first():
    assert list(json.loads(dumps(Graph(title="x"))))[:2] == ["format", "version"]


def test_unknown_kinds_and_fields_survive():
    text = dumps(Graph(nodes={"a": Place(kind="timegan.Critic")}))
    raw = json.loads(text)
    raw["future"] = {"x": [1]}
    raw["nodes"]["a"]["colour"] = "red"
    raw["layout"] = {"zoom": 2, "positions": {"a": [0, 0]}}
    assert json.loads(dumps(loads(json.dumps(raw)))) == raw


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is not complete JSON"),
        ('{"format": "genworkbench.graph", "ver', "is not complete JSON"),
        ("[]", "is not a graph of this program"),
        ('{"format": "comfy"}', "is not a graph of this program"),
        ('{"format": "genworkbench.graph", "version": 99}', "Update the program"),
        ('{"format": "genworkbench.graph", "version": "1"}', "whole number"),
        (
            '{"format": "genworkbench.graph", "version": 1, "nodes": {"a": {"kind": 3}}}',
            r"node a: .* at `\$.kind`",
        ),
        (
            '{"format": "genworkbench.graph", "version": 1, "wires": [["a", "b"]]}',
            r"\$.wires\[0\]",
        ),
        (
            '{"format": "genworkbench.graph", "version": 1, "x": ' + "[" * 40 + "]" * 40 + "}",
            "nested deeper",
        ),
        ("[" * 100_000, "is not complete JSON"),
    ],
)
def test_a_faulty_file_is_refused_with_its_fault(text, says):
    with pytest.raises(GraphRefused, match=says):
        loads(text)


def test_nothing_is_run_on_opening():
    text = dumps(Graph(nodes={"a": Place(kind="os.system", params={"cmd": "exit 1"})}))
    assert loads(text).nodes["a"].kind == "os.system"


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "a.graph.json"
    save(Graph(title="old"), path)
    with pytest.raises(GraphRefused, match="cannot be written"):
        save(Graph(title="new"), tmp_path / "no" / "such" / "folder.graph.json")
    (tmp_path / "dir").mkdir()
    with pytest.raises(GraphRefused):
        save(Graph(title="new"), tmp_path / "dir")
    assert load(path).title == "old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.graph.json", "dir"]


def test_a_missing_file_is_told_by_name(tmp_path):
    with pytest.raises(GraphRefused, match=r"nothing.graph.json cannot be read"):
        load(tmp_path / "nothing.graph.json")
