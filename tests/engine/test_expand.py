"""Documents with groups made flat: identities, copies, twins, parameters, faults, limits."""

from __future__ import annotations

import time
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.document.expand import Expanded, expand
from engine.document.faults import problems, problems_of
from engine.document.graph import (
    Graph,
    Group,
    GroupPort,
    Place,
    Promoted,
    Target,
    Wire,
    copy,
    dumps,
    loads,
)
from engine.document.groups import measured, with_groups
from tests.grouped import SMALL, graphs, normal


def ports(*names: str) -> list[GroupPort]:
    return [GroupPort(name=name) for name in names]


def block() -> Group:
    """Return a group of two networks in a row, whose sizes are one parameter."""
    return Group(
        inputs=ports("x"),
        outputs=ports("y"),
        nodes={"a": Place(kind="Net"), "b": Place(kind="Net", params={"size": 7})},
        wires=[Wire("in", "x", "a", "x"), Wire("a", "y", "b", "x"), Wire("b", "y", "out", "y")],
        params={"size": Promoted(to=[Target("a", "size"), Target("b", "size")])},
    )


def document(**instance: Any) -> Graph:
    """Return data, an instance of a block and a sum of what it gives."""
    return Graph(
        groups={"block": block()},
        nodes={
            "data": Place(kind="Data"),
            "m": Place(kind="group:block", **instance),
            "sum": Place(kind="Sum"),
        },
        wires=[Wire("data", "y", "m", "x"), Wire("m", "y", "sum", "xs")],
    )


def flat(graph: Graph) -> Graph:
    return expand(graph, SMALL).graph


def told(graph: Graph) -> list[str]:
    return [f"{p.node}.{p.port or p.param}: {p.sentence}" for p in problems(graph, SMALL)]


@given(graphs())
def test_a_graph_without_groups_is_not_touched(graph: Graph) -> None:
    expanded = expand(graph, SMALL)
    assert expanded.graph is graph
    assert expanded.catalogue is SMALL
    assert [str(p.sentence) for p in problems(graph, SMALL)] == [
        str(p.sentence) for p in SMALL.problems(graph)
    ]


def test_wires_are_led_through_the_border() -> None:
    graph = flat(document(params={"size": 9}))
    assert {n: p.params for n, p in graph.nodes.items()} == {
        "data": {},
        "m/a": {"size": 9},
        "m/b": {"size": 9},
        "sum": {},
    }
    assert sorted(map(str, graph.wires)) == ["data.y>m/a.x", "m/a.y>m/b.x", "m/b.y>sum.xs"]


def test_copies_follow_each_other_and_the_first_stays_what_it_was() -> None:
    one, three = flat(document()), flat(document(times=3))
    assert one.nodes.keys() < three.nodes.keys()
    chain = ["data", "m/a", "m/b", "m#2/a", "m#2/b", "m#3/a", "m#3/b", "sum"]
    assert {(w.source, w.target) for w in three.wires} == {*pairwise(chain)}


def row(number: int) -> Graph:
    """Return that many instances of a block, one after the other."""
    graph = document()
    names = ["m", *(f"m_{k}" for k in range(2, number + 1))]
    graph.nodes |= {name: Place(kind="group:block") for name in names}
    ends = [("data", "y"), *((name, "y") for name in names)]
    targets = [*((name, "x") for name in names), ("sum", "xs")]
    graph.wires = [Wire(*end, *target) for end, target in zip(ends, targets, strict=True)]
    return graph


@given(st.integers(1, 5), st.booleans())
def test_copies_are_instances_in_a_row_and_shared_ones_are_twins(times: int, shared: bool) -> None:
    repeated, rowed = document(times=times, shared=shared), row(times)
    for number in range(2, times + 1):
        rowed.nodes[f"m_{number}"].twin = "m" if shared else ""
    names = {f"m_{k}": f"m#{k}" for k in range(2, times + 1)}

    def renamed(name: str) -> str:
        top, _, rest = name.partition("/")
        return "/".join([names.get(top, top), rest]) if rest else name

    got, want = flat(repeated), flat(rowed)
    want.nodes = {renamed(n): p for n, p in want.nodes.items()}
    want.wires = [w._replace(source=renamed(w[0]), target=renamed(w[2])) for w in want.wires]
    assert normal(got) == normal(want)


def test_a_twin_of_a_shared_repetition_is_a_twin_of_the_first() -> None:
    graph = document(times=2, shared=True)
    graph.nodes["other"] = Place(kind="group:block", twin="m")
    found = flat(graph).nodes
    assert {n: p.twin for n, p in found.items() if p.twin} == {
        "m#2/a": "m/a",
        "m#2/b": "m/b",
        "other/a": "m/a",
        "other/b": "m/b",
        "other#2/a": "m/a",
        "other#2/b": "m/b",
    }


def test_a_parameter_reaches_any_depth() -> None:
    graph = document()
    graph.groups["outer"] = Group(
        inputs=ports("x"),
        outputs=ports("y"),
        nodes={"inner": Place(kind="group:block")},
        wires=[Wire("in", "x", "inner", "x"), Wire("inner", "y", "out", "y")],
        params={"width": Promoted(title="Width", to=[Target("inner", "size")])},
    )
    graph.nodes["m"] = Place(kind="group:outer", params={"width": 5})
    kind = with_groups(SMALL, graph).kinds["group:outer"]
    param = kind.param("width")
    assert param is not None
    assert (param.default, param.low, param.high, param.title) == (4, 1, 99, "Width")
    expanded = expand(graph, SMALL)
    assert expanded.graph.nodes["m/inner/b"].params == {"size": 5}
    given_by = expanded.homes["m/inner/b"].given["size"]
    assert (given_by.way, given_by.param) == (("nodes", "m"), "width")


def test_a_bad_value_is_told_where_it_was_given() -> None:
    graph = document(params={"size": 500, "other": 1})
    assert told(graph) == [
        "m.size: Size must be at most 99; it is 500.",
        "m.other: block has no parameter other; it is kept and not used.",
    ]
    assert flat(graph).nodes["m/b"].params == {"size": 7}
    [fix] = problems(graph, SMALL)[0].fixes
    assert fix.puts == [(["nodes", "m", "params", "size"], 4)]


def test_a_fault_of_a_definition_is_told_once() -> None:
    graph = row(6)
    graph.groups["block"].nodes["a"].params["size"] = 0
    [problem] = problems(graph, SMALL)
    assert str(problem.sentence) == "Size must be at least 1; it is 0. It is so in 6 places."
    assert problem.node == "m/a"
    [fix] = problem.fixes
    assert fix.puts == [(["groups", "block", "nodes", "a", "params", "size"], 4)]


def test_a_missing_wire_is_told_inside_or_at_the_instance() -> None:
    inside = document()
    inside.groups["block"].wires = inside.groups["block"].wires[1:]
    assert told(inside) == ["m/a.x: x needs a wire: Batch."]
    outside = document()
    outside.wires = outside.wires[1:]
    assert told(outside) == ["m.x: x needs a wire: Batch."]


def test_an_instance_that_is_only_called_sleeps() -> None:
    graph = document()
    graph.nodes["tune"] = Place(kind="Tune")
    graph.wires = [Wire("m", "model", "tune", "models"), Wire("data", "y", "tune", "loss")]
    expanded = expand(graph, SMALL)
    assert told(graph) == []
    assert expanded.asleep == {"m/a", "m/b"}
    assert Wire("m", "model", "tune", "models") in expanded.graph.wires
    assert expanded.graph.nodes["m"].kind == "group:block"
    assert expanded.models["m"].leaves == ["m/a", "m/b"]
    assert {*map(str, expanded.models["m"].wires)} == {"in.x>m/a.x", "m/a.y>m/b.x", "m/b.y>out.y"}


def test_only_plain_nodes_can_be_called() -> None:
    graph = document()
    inside = graph.groups["block"]
    inside.nodes["own"] = Place(kind="Own")
    inside.wires[1:2] = [Wire("own", "y", "b", "x")]
    graph.wires.append(Wire("m", "model", "tune", "models"))
    graph.nodes["tune"] = Place(kind="Tune")
    graph.wires.append(Wire("m", "y", "tune", "loss"))
    assert told(graph) == [
        "m.model: block cannot be called as a model: m/own draws data, loops or trains."
    ]


@pytest.mark.parametrize(
    ("mode", "wires"),
    [
        ("muted", {"data.y>m/a.x", "m/a.y>m/b.x", "m/b.y>sum.xs"}),
        ("bypassed", {"data.y>m/a.x", "m/a.y>m/b.x", "data.y>sum.xs"}),
    ],
)
def test_off_reaches_inside(mode: Any, wires: set[str]) -> None:
    expanded = expand(document(mode=mode), SMALL)
    assert {n: p.mode for n, p in expanded.graph.nodes.items() if p.mode != "on"} == {
        "m/a": "muted",
        "m/b": "muted",
    }
    assert {*map(str, expanded.graph.wires)} == wires
    assert expanded.homes["m/a"].off == ("nodes", "m")


@given(
    st.dictionaries(
        st.sampled_from(["a", "b", "#2/a", ""]), st.sampled_from(["a", "m/b", "data", "x/y"])
    ),
    st.dictionaries(st.just(""), st.sampled_from(["a", "m/a", "sum", "m#2/b"])),
    st.integers(1, 3),
)
def test_no_two_nodes_share_an_identity(keys: Any, others: Any, times: int) -> None:
    graph = document(keys=keys, times=times)
    graph.nodes["sum"].keys = others
    expanded = expand(graph, SMALL)
    assert len(expanded.graph.nodes) == len(expanded.flat) == 2 * times + 2
    assert {*expanded.flat.values()} == expanded.graph.nodes.keys() == expanded.homes.keys()
    again = loads(dumps(graph))
    assert expand(again, SMALL).flat == expanded.flat


def test_a_new_node_takes_no_identity_that_is_in_use() -> None:
    graph = document(keys={"a": "encoder", "b": "trunk/b"})
    assert graph.fresh_id("encoder") == "encoder_2"
    assert graph.fresh_id("trunk") == "trunk_2"
    assert graph.fresh_id("in") == "in_2"


def test_a_lost_target_stays_and_is_told() -> None:
    graph = document(params={"size": 5})
    graph.groups["block"].params["size"].to.append(Target("gone", "size"))
    assert told(graph) == ["m.size: size sets gone.size, which is not there or of another type."]
    assert flat(graph).nodes["m/a"].params == {"size": 5}


def test_a_circle_of_wires_through_a_border_is_told_at_its_nodes() -> None:
    graph = document()
    graph.wires = [Wire("m", "y", "m", "x")]
    assert {p.node for p in problems(graph, SMALL)} == {"m/a", "m/b"}
    passing = Group(inputs=ports("x"), outputs=ports("y"), wires=[Wire("in", "x", "out", "y")])
    graph.groups["block"] = passing
    assert flat(graph).wires == []


names = st.sampled_from("abcdefgh")
definitions = st.dictionaries(
    names,
    st.builds(
        Group,
        nodes=st.dictionaries(
            st.sampled_from("uvw"),
            st.builds(Place, kind=names.map("group:{}".format), times=st.integers(1, 1000)),
        ),
    ),
)


@given(definitions)
def test_any_definitions_are_answered_at_once(groups: dict[str, Group]) -> None:
    graph = Graph(groups=groups, nodes={"i": Place(kind="group:a"), "data": Place(kind="Data")})
    start = time.process_time()
    expanded = expand(graph, SMALL)
    problems = problems_of(expanded)
    assert time.process_time() - start < 1
    assert len(expanded.graph.nodes) <= 20_000
    sizes = measured(groups)
    assert all(sizes.endless[name] == name for name in sizes.endless.values())
    said = "i" in {p.node for p in problems if "holds itself" in str(p.sentence)}
    assert said == ("a" in sizes.endless) or expanded.too_large


def nested(levels: int, inside: int) -> Graph:
    """Return groups that hold `inside` instances of the next, to a depth."""
    groups = {
        f"g{level}": Group(
            nodes={f"n{k}": Place(kind=f"group:g{level + 1}") for k in range(inside)}
        )
        for level in range(levels)
    }
    groups[f"g{levels}"] = Group(nodes={"net": Place(kind="Net")})
    return Graph(groups=groups, nodes={"i": Place(kind="group:g0")})


@pytest.mark.parametrize(("levels", "inside"), [(9, 10), (13, 1), (300, 2)])
def test_what_is_too_large_is_not_expanded(levels: int, inside: int) -> None:
    graph = nested(levels, inside)
    start = time.process_time()
    assert [line.partition(":")[2] for line in told(graph)] == [
        " The groups hold more than 20,000 nodes, or lie more than 12 deep."
    ]
    assert time.process_time() - start < 1
    assert list(flat(graph).nodes) == ["i"]


def test_a_group_in_itself_is_told() -> None:
    graph = document()
    graph.groups["block"].nodes["c"] = Place(kind="group:block")
    assert "m.: The group block holds itself." in told(graph)
    graph.groups["around"] = Group(nodes={"b": Place(kind="group:block")})
    graph.nodes["outer"] = Place(kind="group:around")
    assert "outer.: The group block holds itself." in told(graph)
    graph.nodes["n"] = Place(kind="group:nothing")
    assert "n.: The group nothing is not in this graph." in told(graph)


@settings(max_examples=20)
@given(st.integers(0, 30))
def test_wires_that_fan_out_level_after_level_stay_few(levels: int) -> None:
    """Each level passes both its inputs on at both its outputs."""
    cross = Group(
        inputs=ports("a", "b"),
        outputs=ports("c", "d"),
        wires=[Wire("in", i, "out", o) for i in "ab" for o in "cd"],
    )
    graph = Graph(groups={"x": cross}, nodes={"l": Place(kind="Data"), "r": Place(kind="Data")})
    ends = [("l", "y"), ("r", "y")]
    for level in range(levels):
        name = f"x{level}"
        graph.nodes[name] = Place(kind="group:x")
        graph.wires += [Wire(*end, name, port) for end, port in zip(ends, "ab", strict=True)]
        ends = [(name, "c"), (name, "d")]
    graph.nodes["sum"] = Place(kind="Sum")
    graph.wires += [Wire(*end, "sum", "xs") for end in ends]
    assert [w.source for w in flat(graph).wires] == ["l", "r"]


def test_the_kind_of_a_group_is_read_off_its_nodes() -> None:
    graph = document()
    kind = with_groups(SMALL, graph).kinds["group:block"]
    assert [(p.name, p.type, p.optional) for p in kind.inputs] == [("x", "Batch", False)]
    assert [(p.name, p.type) for p in kind.outputs] == [("y", "Batch"), ("model", "Network")]
    assert kind.called
    assert kind.weights
    graph.groups["block"].nodes["t"] = Place(kind="Tune")
    assert not with_groups(SMALL, graph).kinds["group:block"].called


def test_the_document_is_left_as_it_is() -> None:
    graph = document(times=2, params={"size": 3}, keys={"a": "z"})
    before = copy(graph)
    expanded: Expanded = expand(graph, SMALL)
    problems_of(expanded)
    assert graph == before
