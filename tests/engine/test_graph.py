"""The document and its file: round trips, faults with their place, changes and their inverses."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.document.errors import GraphRefused
from engine.document.graph import (
    ABSENT,
    Change,
    Graph,
    Group,
    GroupPort,
    Place,
    Promoted,
    Put,
    Target,
    Wire,
    apply,
    copy,
    dumps,
    load,
    loads,
    look,
    save,
)
from engine.document.typed import typed

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
    times=st.integers(1, 9),
    shared=st.booleans(),
    keys=st.dictionaries(names, st.sampled_from(["a", "a/b", "a#2/b"]), max_size=2),
)
wires = st.lists(st.builds(Wire, names, names, names, names), max_size=5)


def joined(board):
    """Return a graph or a group with the wires that join its nodes, each once."""
    ends = board.nodes.keys() | ({"in", "out"} if isinstance(board, Group) else set())
    board.wires = [w for w in dict.fromkeys(board.wires) if {w.source, w.target} <= ends]
    return board


ports = st.lists(names, unique=True, max_size=3).map(
    lambda found: [GroupPort(name=n) for n in found]
)
ends = st.one_of(names, st.sampled_from(["in", "out"]))
groups = st.builds(
    Group,
    title=st.text(max_size=5),
    inputs=ports,
    outputs=ports,
    params=st.dictionaries(
        names,
        st.builds(
            Promoted, title=st.text(max_size=5), to=st.lists(st.builds(Target, names, names))
        ),
        max_size=2,
    ),
    nodes=st.dictionaries(names, places, max_size=3),
    wires=st.lists(st.builds(Wire, ends, names, ends, names), max_size=3),
).map(joined)
graphs = st.builds(
    Graph,
    title=st.text(max_size=9),
    nodes=st.dictionaries(names, places, max_size=6),
    wires=wires,
    groups=st.dictionaries(names, groups, max_size=2),
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


@given(graphs, groups, names, places)
def test_a_change_inside_a_group_and_its_inverse_leave_the_graph_as_it_was(
    graph, group, name, place
):
    graph.groups["g"] = group
    before = copy(graph)
    change = Change(
        "edit",
        (
            Put(("groups", "g", "nodes", name), place),
            Put(("groups", "g", "nodes", name, "params", "a"), 1),
            Put(("groups", "g", "params", "p"), Promoted(to=[Target(name, "a")])),
            Put(("groups", "g", "wires"), [Wire("in", "x", name, "x")]),
            Put(("groups", "g", "inputs"), [GroupPort(name="x")]),
            Put(("groups", "h"), Group(title="h")),
            Put(("groups", "g"), ABSENT),
        ),
    )
    apply(graph, apply(graph, change))
    assert graph == before


@given(graphs, groups)
def test_every_part_of_a_group_has_a_type_of_its_own(graph, group):
    """A recovered change comes from the journal as plain values."""
    graph.groups["g"] = group
    parts = [("groups",), ("groups", "g")]
    parts += [("groups", "g", name) for name in ("nodes", "wires", "layout", "inputs", "params")]
    parts += [("groups", "g", "nodes", name) for name in group.nodes]
    parts += [("groups", "g", "params", name) for name in group.params]
    for path in parts:
        value = look(graph, path)
        assert typed(path, msgspec.msgpack.decode(msgspec.msgpack.encode(value))) == value


@pytest.mark.parametrize(
    ("part", "says", "fix"),
    [
        ({"a/b": {}}, "letters, digits", 'Name it "a_b"'),
        ({"g": {"nodes": {"a.b": {"kind": "K"}}}}, '"a.b" in group g', 'Name it "a_b"'),
        ({"g": {"nodes": {"in": {"kind": "K"}}}}, "as its border is", 'Name it "in_2"'),
        ({"g": {"inputs": [{"name": "x#"}]}}, '"x#"', 'Name it "x_"'),
        ({"g": {"outputs": [{"name": "y"}, {"name": "y"}]}}, "several ports", "of its own"),
        ({"g": {"params": {"a.b": {}}}}, '"a.b"', 'Name it "a_b"'),
        ({"g": {"nodes": {"a": {"kind": 3}}}}, "node g/a: .*kind", ""),
        ({"g": 3}, "groups", ""),
    ],
)
def test_names_that_a_path_cannot_hold_are_refused_with_a_better_one(part, says, fix):
    file = {"format": "genworkbench.graph", "version": 1, "groups": part}
    with pytest.raises(GraphRefused, match=says) as refused:
        loads(json.dumps(file))
    assert fix in str(refused.value.fix)


def test_unknown_fields_of_groups_survive():
    raw = json.loads(dumps(Graph(groups={"g": Group(title="G")})))
    raw["groups"]["g"] = {
        "title": "G",
        "colour": "red",
        "inputs": [{"name": "x", "unit": "m"}],
        "params": {"p": {"to": [["a", "b"]], "pinned": True}},
        "nodes": {"a": {"kind": "K", "icon": 3}},
        "wires": [["in", "x", "a", "x"], ["a", "y", "out", "y"]],
        "layout": {"positions": {"in": [0, 0]}, "zoom": 2},
    }
    assert json.loads(dumps(loads(json.dumps(raw)))) == raw


def test_copies_beyond_the_limit_are_bounded():
    remarks = []
    text = dumps(Graph(nodes={"a": Place(kind="group:g", times=10**9, keys={"b": "../c"})}))
    place = loads(text, tell=remarks.append).nodes["a"]
    assert (place.times, place.keys, len(remarks)) == (1000, {}, 2)


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
        (b"RIFF\xe4\x8f\x00\x00WAVEfmt ", "holds no graph. .* by their folder"),
        (b"\xff\xd8\xff\xe0", "holds no graph"),
        ("# Notes", "holds no graph"),
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


def test_no_more_of_a_file_is_read_than_a_graph_may_have(tmp_path, monkeypatch):
    file = tmp_path / "film.mkv"
    file.write_bytes(b"{" * 2000)
    monkeypatch.setattr("engine.document.graph.LARGEST_FILE", 1000)
    monkeypatch.setattr("engine.document.graph.loads", lambda data, *_: data)
    assert len(load(file)) == 1001


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
