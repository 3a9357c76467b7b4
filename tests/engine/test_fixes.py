"""Mends: what one click wires, inserts or sets, and that a check finds nothing left after it."""

from __future__ import annotations

from functools import cache

import pytest

from engine.check import describe
from engine.document.catalogue import Problem
from engine.document.fixes import between
from engine.document.graph import Graph, Place, Wire, apply, copy
from engine.document.tries import with_fixes
from engine.run.session import Session
from nodes.library import find
from workbench import edits
from workbench.bench import examples


@cache
def session() -> Session:
    return Session(device="cpu")


def example(name: str) -> Graph:
    return copy(next(e.graph for e in examples.listed() if e.name == name))


def without(graph: Graph, *wires: str) -> Graph:
    graph.wires = [w for w in graph.wires if str(w) not in wires]
    return graph


def problems(graph: Graph) -> list[Problem]:
    """Return what a check refuses, with all fixes."""
    found = session().update(graph).problems
    return with_fixes(found, session().mends(found))


def label(problem: Problem) -> str:
    return str(problem.fix.label) if problem.fix else ""


def fixed_graph(graph: Graph, problem: Problem) -> Graph:
    assert problem.fix is not None
    graph = copy(graph)
    apply(graph, edits.apply_fix(graph, problem.fix))
    return graph


WIRES = [
    ("vae-digits", "loss.loss>adam.loss"),
    ("vae-digits", "adam.optimizer>trainer.optimizers"),
    ("vae-digits", "encoder.q>loss.q"),
    ("vae-digits", "sample.z>decoder.z"),
    ("gan-mnist", "critic.model>critic_loss.critic"),
    ("gan-mnist", "critic.model>adam_critic.models"),
    ("gan-mnist", "noise.z>generator.z"),
    ("ddpm-moons", "guess.loss>adam.loss"),
    ("realnvp-moons", "base.flow>coupling.flow"),
]


@pytest.mark.parametrize(("name", "wire"), WIRES)
def test_a_missing_wire_is_put_back_by_one_click(name: str, wire: str) -> None:
    graph = without(example(name), wire)
    (problem,) = problems(graph)
    again = fixed_graph(graph, problem)
    assert wire in map(str, again.wires)
    assert not problems(again)


def test_an_optimizer_gets_every_network_that_nobody_trains() -> None:
    cut = ("encoder.model>adam.models", "decoder.model>adam.models")
    graph = without(example("vae-digits"), *cut)
    (problem,) = problems(graph)
    assert {str(w) for w in fixed_graph(graph, problem).wires} >= set(cut)


def test_who_trains_what_is_not_guessed_between_two() -> None:
    graph = example("gan-ring")
    graph.wires = [w for w in graph.wires if w.input != "models"]
    found = problems(graph)
    assert len(found) == 2 and not any(p.fix for p in found)
    assert all("Generator" in str(p.hint) or "generator" in str(p.hint) for p in found)


def test_where_nothing_gives_it_a_node_is_inserted() -> None:
    graph = Graph(nodes={"decoder": Place(kind="Decoder"), "show": Place(kind="ImageGrid")})
    graph.wires = [Wire("decoder", "x_hat", "show", "images")]
    (problem,) = problems(graph)
    assert label(problem) == "Insert Prior"
    assert not problems(fixed_graph(graph, problem))


def test_what_is_inserted_lies_on_no_other_node() -> None:
    graph = Graph(nodes={"decoder": Place(kind="Decoder"), "show": Place(kind="ImageGrid")})
    graph.wires = [Wire("decoder", "x_hat", "show", "images")]
    graph.layout.positions = {"decoder": [500.0, 300.0], "show": [270.0, 310.0]}
    between_two = without(example("vae-digits"), "sample.z>latent.points")
    between_two.wires.append(Wire("data", "images", "latent", "points"))
    between_two.layout.positions |= {"data": [0.0, 0.0], "latent": [200.0, 0.0]}
    for made in (graph, between_two):
        (problem,) = problems(made)
        places = fixed_graph(made, problem).layout.positions
        (new,) = places.keys() - made.layout.positions.keys()
        x, y = places[new]
        others = [places[node] for node in made.layout.positions]
        assert not any(abs(x - a) < 120 and abs(y - b) < 100 for a, b in others), label(problem)


def test_a_node_goes_between_what_does_not_fit() -> None:
    graph = without(example("vae-digits"), "sample.z>latent.points")
    graph.wires.append(Wire("data", "images", "latent", "points"))
    (problem,) = problems(graph)
    assert label(problem) == "Insert Flatten"
    assert not problems(fixed_graph(graph, problem))


SHAPES = [
    ("vae-digits", "decoder", {"shape": [1, 28, 28]}, ["Set Shape of decoder to 1 8 8"]),
    (
        "vae-digits",
        "encoder",
        {"latent": 3},
        ["Set Latent size of grid to 3", "Set Latent size of point to 3"],
    ),
    ("gan-mnist", "generator", {"shape": [1, 14, 14]}, ["Set Shape of generator to 1 28 28"]),
]


@pytest.mark.parametrize(("name", "node", "params", "words"), SHAPES)
def test_the_parameter_that_decides_a_shape_is_set(
    name: str, node: str, params: dict[str, object], words: list[str]
) -> None:
    graph = example(name)
    graph.nodes[node].params |= params
    for place in graph.nodes.values():
        place.title = ""
    for fix in words:  # the twins of a network one after the other
        found = problems(graph)
        assert {label(p) for p in found} == {fix}
        graph = fixed_graph(graph, found[0])
    assert not problems(graph)


def test_a_wire_to_nowhere_is_removed() -> None:
    graph = example("vae-digits")
    graph.wires.append(Wire("gone", "x", "loss", "x"))
    lost = next(p for p in problems(graph) if label(p) == "Remove the wire")
    assert Wire("gone", "x", "loss", "x") not in fixed_graph(graph, lost).wires


def test_a_mend_adds_to_the_graph_as_it_is_now() -> None:
    """Wires that came since, and a node of the same name, stay."""
    graph = Graph(nodes={"decoder": Place(kind="Decoder"), "show": Place(kind="ImageGrid")})
    graph.wires = [Wire("decoder", "x_hat", "show", "images")]
    (problem,) = problems(graph)
    graph.nodes |= {"prior": Place(kind="Generator"), "more": Place(kind="ImageGrid")}
    graph.wires.append(Wire("decoder", "x_hat", "more", "images"))
    again = fixed_graph(graph, problem)
    assert again.nodes["prior"].kind == "Generator" and again.nodes["prior_2"].kind == "Prior"
    assert Wire("prior_2", "z", "decoder", "z") in again.wires
    assert Wire("decoder", "x_hat", "more", "images") in again.wires


@pytest.mark.parametrize("name", ["vae-digits", "gan-ring", "ddpm-moons", "realnvp-moons"])
def test_what_is_offered_mends_its_own_place(name: str) -> None:
    for wire in example(name).wires:
        graph = without(example(name), str(wire))
        for problem in problems(graph):
            if problem.fix:
                left = problems(fixed_graph(graph, problem))
                places = {(p.node, p.port) for p in left if p.level == "error"}
                assert (problem.node, problem.port) not in places, (str(wire), label(problem))


def test_what_goes_between_two_ports_gives_by_its_type_what_is_wanted():
    shipped = describe.catalogue(find())
    kinds = shipped.kinds.values()
    outputs = {p.type: p for k in kinds for p in k.outputs}
    inputs = {p.type: p for k in kinds for p in k.inputs if not p.accepts}
    ways = {
        (o, i): way.kind
        for o, output in outputs.items()
        for i, input in inputs.items()
        if not shipped.fits(output, input) and (way := between(shipped, output, input))
    }
    assert ways["Points", "Images"].kind == "Reshape"
    assert ways["Gaussian", "Points"].kind == "Reparameterize"
    assert ways["Images", "Points"].kind == "Flatten"
    never = {"Freeze", "BiasAgainstStep"}  # passes on what comes; is a study
    assert not never & {kind.kind for kind in ways.values()}


def circled() -> Graph:
    graph = example("vae-digits")
    graph.nodes["back"] = Place(kind="Perceptron")
    graph.wires = [w for w in graph.wires if str(w) != "data.images>encoder.x"]
    graph.wires += [Wire("sample", "z", "back", "x"), Wire("back", "y", "encoder", "x")]
    return graph


def test_any_wire_of_a_circle_may_be_cut() -> None:
    graph = circled()
    found = [p for p in problems(graph) if "must not make a circle" in str(p.sentence)]
    assert {p.node for p in found} == {"encoder", "sample", "back"}
    for problem in found:
        assert 1 < len(problem.fixes) == len({str(fix.label) for fix in problem.fixes})
        assert str(problem.fix.cut[0]) == "back.y>encoder.x"  # it came last
        for fix in problem.fixes:
            left = problems(fixed_graph(graph, problem.fixed_by([fix])))
            assert not [p for p in left if "circle" in str(p.sentence)], str(fix.label)


@pytest.mark.parametrize(("kind", "near"), [("Encodr", "Encoder"), ("myown.Encoder", "Encoder")])
def test_an_absent_kind_has_a_near_one_or_is_passed_by(kind: str, near: str) -> None:
    graph = example("vae-digits")
    graph.nodes["encoder"].kind = kind
    (problem,) = [p for p in problems(graph) if p.node == "encoder"]
    first, second = problem.fixes
    assert str(first.label) == f"Use {near}"
    assert problems(fixed_graph(graph, problem.fixed_by([first]))) == []
    left = problems(fixed_graph(graph, problem.fixed_by([second])))
    assert [p.level for p in left if p.node == "encoder"] == ["warning"]


def test_what_enters_a_node_of_no_kind_goes_on_where_it_is_bypassed() -> None:
    graph = example("vae-digits")
    graph.nodes["odd"] = Place(kind="gone.Zzz", mode="bypassed")
    wire = next(w for w in graph.wires if str(w) == "data.images>encoder.x")
    graph.wires.remove(wire)
    graph.wires += [Wire("data", "images", "odd", "a"), Wire("odd", "b", "encoder", "x")]
    assert [(p.node, p.level) for p in problems(graph)] == [("odd", "warning")]
