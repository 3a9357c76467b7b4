"""What a file says beyond all bounds: opened with one remark a kind, fit to be sent and saved."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.document.bounds import FARTHEST
from engine.document.errors import GraphRefused
from engine.document.graph import (
    Change,
    Graph,
    Input,
    Play,
    Put,
    apply,
    dumps,
    loads,
)
from engine.document.messages import SetGraph, frame, requests

EXAMPLES = sorted(Path("resources/examples").glob("*.graph.json"))


def text_of(**parts):
    return json.dumps({"format": "genworkbench.graph", "version": 1} | parts)


def read(**parts):
    """Return the graph of a file with these parts and what was said of it."""
    said = []
    graph = loads(text_of(**parts), tell=said.append)
    assert requests.decode(frame(SetGraph(graph=graph))[4:]).graph == graph
    assert loads(dumps(graph), tell=pytest.fail) == graph
    return graph, said


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.name)
def test_an_example_is_kept_to_the_letter(path):
    said = []
    assert dumps(loads(path.read_text("utf-8"), tell=said.append)) == path.read_text("utf-8")
    assert not said


@pytest.mark.parametrize(
    "point", [[1], [1, 2, 3], "ab", None, {"x": 1}, [True, 1], ["1", 2], 7, [[1], 2]]
)
def test_a_place_of_another_form_is_left_out(point):
    graph, said = read(nodes={"a": {"kind": "K"}}, layout={"positions": {"a": point, "b": [1, 2]}})
    assert graph.layout.positions == {"b": [1, 2]}
    assert said == ["Parts of the layout that cannot be read were left out: a."]


@pytest.mark.parametrize("far", [1e12, -1e300, 10**30])
def test_what_lies_too_far_is_brought_nearer(far):
    graph, said = read(layout={"positions": {"a": [far, 3]}})
    x, y = graph.layout.positions["a"]
    assert abs(x) == FARTHEST and y == 3
    assert any("brought nearer" in sentence for sentence in said)


@pytest.mark.parametrize(
    "part",
    [
        "positions",
        "frames",
        "notes",
        "reroutes",
        "collapsed",
        "colours",
        "fields",
        "names",
        "views",
        "bare",
        "watch",
        "play",
    ],
)
@pytest.mark.parametrize("value", [7, "abc", True, {"a": 7}, ["a", 7], {"a": {"rect": "abc"}}])
def test_a_layout_of_any_form_is_opened(part, value):
    read(nodes={"a": {"kind": "K"}}, layout={part: value})


def test_fields_name_each_parameter_of_a_node_once():
    fields = {"a": ["beta", "beta", 7, "gone"], "lost": ["beta"]}
    graph, _ = read(nodes={"a": {"kind": "K"}}, layout={"fields": fields})
    assert graph.layout.fields == {"a": ["beta", "gone"]}


def test_the_pictures_shown_large_are_rows_of_one_or_two_each_once():
    nodes = {name: {"kind": "K"} for name in "abc"}
    rows = [["a", "gone"], ["b", "c", "a"], [7, None], "abc", ["b"], []]
    graph, _ = read(nodes=nodes, layout={"watch": rows})
    assert graph.layout.watch == [["a"], ["b", "c"]]


def test_what_one_plays_with_names_nodes_that_are_there():
    nodes = {name: {"kind": "K"} for name in "abc"}
    odd = {"node": "a", "param": "p", "low": "x", "high": 3, "on": "gone", "label": 7, "new": 1}
    inputs = [
        odd,
        {"node": "gone", "param": "p"},
        {"node": "b"},
        7,
        *8 * [{"node": "b", "param": "q"}],
    ]
    play = {"title": 7, "question": "Why?", "views": ["b", "gone", 7, "b", "a", "c"], "new": [1]}
    graph, _ = read(nodes=nodes, layout={"play": play | {"inputs": inputs}})
    first = Input(node="a", param="p", high=3, extra={"new": 1})
    rest = [Input(node="b", param="q")] * 5
    known = Play(question="Why?", views=["b", "a"], inputs=[first, *rest], extra={"new": [1]})
    assert graph.layout.play == known
    assert loads(dumps(graph)) == graph


@pytest.mark.parametrize("value", [7, "abc", [1]])
def test_a_layout_that_is_none_is_left_out(value):
    graph, said = read(layout=value)
    assert graph == Graph()
    assert len(said) == 1


def test_a_box_keeps_what_can_be_shown():
    boxes = {"n": {"title": 3, "text": "kept", "rect": [0, 0, 1e300, -5], "colour": "red"}}
    graph, said = read(layout={"notes": boxes})
    assert graph.layout.notes["n"] == {"text": "kept", "rect": [0, 0, 1e5, -5], "colour": "red"}
    assert len(said) == 2


def test_a_frame_that_is_called_as_a_node_gets_another_id():
    graph, _ = read(nodes={"a": {"kind": "K"}}, layout={"frames": {"a": {"rect": [0, 0, 9, 9]}}})
    assert set(graph.layout.frames) == {"a_2"}


@pytest.mark.parametrize("seed", [1e30, -1, 2**64, "7", None, [1], True])
def test_a_seed_that_is_none_is_told(seed):
    graph, said = read(settings={"seed": seed})
    assert graph.settings.seed == 0
    assert len(said) == 1 and "seed" in said[0]


def test_a_number_of_any_size_is_opened():
    text = text_of(nodes={"a": {"kind": "K", "params": {"p": [0, 0]}}})
    for number in ("1e400", "-1e400", "9" * 400, "NaN", "Infinity", "-Infinity", "9" * 25):
        said = []
        graph = loads(text.replace("[0, 0]", number), tell=said.append)
        assert requests.decode(frame(SetGraph(graph=graph))[4:]).graph == graph
        assert loads(dumps(graph)) == graph
        assert said == ["Numbers that cannot be kept were changed: nodes.a.params.p."]


def test_wires_that_cannot_be_drawn_are_left_out():
    wires = [["a", "y", "b", "x"], ["a", "y", "b", "x"], ["a", "y", "gone", "x"]]
    graph, said = read(nodes={"a": {"kind": "K"}, "b": {"kind": "K"}}, wires=wires)
    assert len(graph.wires) == 1
    assert said == ["Wires that lack an end or lie twice were left out: a → b, a → gone."]


def test_ids_that_name_no_file_are_changed_wherever_they_stand():
    odd = "../a.b>c"
    graph, said = read(
        nodes={odd: {"kind": "K"}, "t": {"kind": "K", "twin": odd}, "x" * 999: {"kind": "K"}},
        wires=[[odd, "y", "t", "x"]],
        layout={"positions": {odd: [1, 2]}, "views": [odd, odd], "collapsed": [odd]}
        | {"colours": {odd: "blue", "gone": "red", "t": 7}}
        | {"names": {f"{odd}.y": "emb", "gone.y": "no", "t.y": 7, "y": "no", "in.t": "x" * 99}}
        | {"watch": [[odd]], "play": {"views": [odd], "inputs": [{"node": odd, "param": "p"}]}},
    )
    new, twin, long = graph.nodes
    assert new == "___a_b_c" and len(long) < 100
    assert graph.nodes[twin].twin == graph.wires[0].source == new
    assert list(graph.layout.positions) == graph.layout.views == graph.layout.collapsed == [new]
    assert graph.layout.colours == {new: "blue"}
    assert graph.layout.names == {f"{new}.y": "emb", "in.t": "x" * 80}
    assert graph.layout.watch == [[new]]
    assert graph.layout.play == Play(views=[new], inputs=[Input(node=new, param="p")])
    assert len(said) == 1


def test_a_node_that_cannot_be_read_is_named():
    with pytest.raises(GraphRefused, match=r"node b: .*mode"):
        loads(text_of(nodes={"a": {"kind": "K"}, "b": {"kind": "K", "mode": "off"}}))


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats()
    | st.text(st.characters(), max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=9,
)
KEYS = ["title", "lesson", "settings", "nodes", "wires", "layout", "else"]


@given(st.dictionaries(st.sampled_from(KEYS), json_values))
def test_whatever_is_read_can_be_sent_and_saved(parts):
    try:
        graph = loads(text_of(**parts))
    except GraphRefused:
        return
    assert requests.decode(frame(SetGraph(graph=graph))[4:]).graph == graph
    assert loads(dumps(graph)) == graph


@pytest.mark.parametrize("value", [10**30, "\ud800", object(), [2**70]])
def test_an_edit_that_no_file_can_hold_is_refused(value):
    graph = loads(text_of(nodes={"a": {"kind": "K"}}))
    with pytest.raises(GraphRefused, match="cannot be kept"):
        apply(graph, Change("set", (Put(("nodes", "a", "params", "p"), value),)))
    msgspec.msgpack.encode(graph)
