"""Groups do not change what runs: training, edits, checkpoints, resuming, faults."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
import torch

from engine.document.errors import GraphRefused, Stopped
from engine.document.graph import (
    Graph,
    Place,
    Promoted,
    Target,
    Wire,
    apply,
    copy,
    dumps,
    load,
    loads,
)
from engine.document.history import GRAPH_FILE
from engine.document.messages import Figure, Scalars
from engine.record.checkpoint import latest
from engine.record.checkpoint import load as load_checkpoint
from engine.run.launch import Order
from engine.run.refresh import refresh
from engine.run.session import Session
from tests.engine.toy import Listener, fit, gan, session, toy_catalogue
from tests.grouped import closed
from tests.running import launch, run
from workbench.edits import group, ungroup

GRAPHS = {"fit": lambda: fit(4), "gan": lambda: gan(4, turns=2)}
kinds = cache(toy_catalogue)


def noisy(name: str) -> Graph:
    """Return a graph with two networks that draw random numbers in training."""
    graph = GRAPHS[name]()
    for node, place in graph.nodes.items():
        if place.kind == "Map" and not place.twin and node != "critic":
            place.params["noise"] = 0.5
    return graph


def trained(graph: Graph) -> Session:
    made = session()
    made.update(graph)
    assert made.problems == []
    run(made, Listener(), view_share=0.0)
    return made


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[k], other[k]) for k in one)


@cache
def flat_state(name: str) -> dict[str, torch.Tensor]:
    return trained(noisy(name)).state()


def some(graph: Graph, chance: Random) -> list[str]:
    """Return some nodes of a graph, with those that share their weights."""
    return closed(graph, chance.sample(list(graph.nodes), chance.randint(1, len(graph.nodes))))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", GRAPHS)
def test_a_grouped_graph_trains_to_the_same_bits(name: str, seed: int) -> None:
    chance, graph = Random(seed), noisy(name)
    for _ in range(3):
        apply(graph, group(graph, some(graph, chance), kinds()))
    graph = loads(dumps(graph))
    assert same(trained(graph).state(), flat_state(name))
    instance = chance.choice([n for n, p in graph.nodes.items() if p.group])
    apply(graph, ungroup(graph, instance, kinds()))
    assert same(trained(graph).state(), flat_state(name))


@pytest.mark.parametrize("seed", range(4))
def test_grouping_trained_nodes_keeps_their_weights(seed: int) -> None:
    chance, graph = Random(seed), noisy("fit")
    made = trained(graph)
    lives, key, known = dict(made.lives), made.state(), set(made.trained)
    for _ in range(2):
        undo = apply(graph, group(graph, some(graph, chance), kinds()))
        assert not made.touches_training(graph)
        made.update(graph)
        assert made.lives.keys() == lives.keys()
        assert all(made.lives[name] is live for name, live in lives.items())
        assert made.trained == known
    apply(graph, undo)
    made.update(graph)
    assert same(made.state(), key)


def test_a_run_goes_on_while_its_nodes_are_grouped() -> None:
    graph, made = fit(8), session()
    made.update(graph)

    def at_tick(host: Listener, nested: bool) -> None:
        if not nested and host.ticks == 4:
            apply(graph, group(graph, ["map", "twin", "distance", "adam"], kinds()))
            made.edit(graph)
            assert made.waiting is None

    run(made, Listener(at_tick), view_share=0.0)
    assert made.document == graph
    plain = session()
    plain.update(fit(8))
    run(plain, Listener(), view_share=0.0)
    assert same(made.state(), plain.state())


def test_a_stopped_run_of_groups_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    graph = noisy("gan")
    apply(graph, group(graph, ["generator", "critic", "noise"], kinds()))
    apply(graph, group(graph, ["group", "generator_loss"], kinds()))

    def stop(host: Listener, nested: bool) -> None:
        if not nested and first.step == 2:
            raise Stopped("Stopped.")

    first = session()
    first.update(graph)
    outcome = launch(first, Listener(stop), Order(runs=tmp_path, threads=1))
    assert outcome.status == "stopped"
    folder = outcome.folder
    assert folder is not None
    assert load(folder / GRAPH_FILE) == graph  # the record has the document, with its groups
    path = latest(folder)
    assert path is not None
    assert 0 < load_checkpoint(path)[1]["step"] < 4
    later = session()
    later.update(load(folder / GRAPH_FILE))
    host = Listener()
    assert launch(later, host, Order(resume=folder, threads=1)).status == "done"
    assert same(later.state(), flat_state("gan"))
    assert {name for e in host.of(Scalars) for name in e.series} >= {"critic_loss.loss"}


def test_checkpoints_of_ids_that_begin_alike_are_kept_apart() -> None:
    graph = fit(2)
    graph.nodes["map/net"] = copy(graph.nodes["map"])
    graph.wires.append(Wire("line", "points", "map/net", "x"))
    made = session()
    made.update(graph)
    state = made.state()
    assert {k.rpartition("/")[0] for k in state if "net.0.weight" in k} == {"map", "map/net"}
    other = session(seed=1)
    other.update(graph)
    other.load_state(state)
    assert same(other.state(), state)


def blocks(times: int = 1, **instance: Any) -> Graph:
    """Return a graph that learns through a group of one network."""
    graph = fit(3)
    for node in ("twin", "show", "normal"):
        del graph.nodes[node]
    graph.wires = [w for w in graph.wires if {w.source, w.target} <= graph.nodes.keys()]
    apply(graph, group(graph, ["map"], kinds()))
    [definition] = graph.groups.values()
    definition.params["width"] = Promoted(to=[Target("map", "width")])
    definition.params["noise"] = Promoted(to=[Target("map", "noise")])
    place = graph.nodes["group"]
    place.times, place.params = times, dict(instance)
    return graph


def test_copies_are_trained_and_the_first_keeps_its_weights() -> None:
    made = trained(blocks())
    first = made.lives["map"]
    made.update(blocks(times=3))
    assert made.lives["map"] is first
    assert made.lives.keys() >= {"map", "group#2/map", "group#3/map"}


def test_a_promoted_value_rebuilds_its_targets_only_and_a_live_one_nothing() -> None:
    made = trained(blocks(times=2))
    lives = dict(made.lives)
    made.update(blocks(times=2, noise=0.5))
    assert all(made.lives[name] is live for name, live in lives.items())
    assert made.lives["group#2/map"].node.noise == 0.5  # type: ignore[attr-defined]
    made.update(blocks(times=2, noise=0.5, width=8))
    anew = {name for name, live in lives.items() if made.lives[name] is not live}
    assert anew == {"map", "group#2/map"}


def test_faults_inside_are_told_by_path_and_hold_the_run_up() -> None:
    graph = blocks(times=2)
    graph.groups["group"].nodes["map"].params["width"] = 999
    made = session()
    checked = made.update(graph)
    assert [str(p.sentence) for p in checked.problems] == [
        "Width must be at most 64; it is 999. It is so in 2 places."
    ]
    with pytest.raises(GraphRefused, match="at most 64"):
        made.refuse_faults()
    [fix] = checked.problems[0].fixes
    assert fix.puts[0][0] == ["groups", "group", "nodes", "map", "params", "width"]
    bad = session().update(blocks(width=999)).problems
    assert [(p.node, p.param) for p in bad] == [("group", "width")]


def test_a_fault_of_shapes_is_told_at_the_inner_node() -> None:
    graph = blocks(times=2)
    graph.groups["group"].nodes["map"].params["out"] = 3
    [problem] = session().update(graph).problems
    assert problem.node == "distance"
    graph.groups["group"].nodes["distance"] = graph.nodes.pop("distance")
    assert session().update(graph).problems


def test_a_view_inside_is_pulled() -> None:
    graph = fit(3)
    made = trained(graph)
    apply(graph, group(graph, ["show", "normal"], kinds()))
    made.update(graph)
    host = Listener()
    host.hear(refresh(made, host, ["show"]))
    assert [e.node for e in host.of(Figure)] == ["show"]


def test_a_group_that_is_not_there_is_told() -> None:
    graph = fit(2)
    graph.nodes["lost"] = Place(kind="group:lost")
    graph.wires.append(Wire("line", "points", "lost", "x"))
    assert "The group lost is not in this graph." in map(
        str, (p.sentence for p in session().update(graph).problems)
    )
