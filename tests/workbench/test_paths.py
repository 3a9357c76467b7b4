"""Paths: the window and the engine speak of the same nodes, whatever groups hold them."""

from __future__ import annotations

import pytest

from engine.document.catalogue import Problem
from engine.document.expand import expand
from engine.document.graph import Graph, apply, copy
from engine.document.messages import (
    Checked,
    Fault,
    Look,
    NodeInfo,
    NodeState,
    Progress,
    Scalars,
    SetGraph,
    Status,
    WireInfo,
)
from tests.workbench.sample import CATALOGUE, vae
from workbench import edits
from workbench.bench.paths import Paths, above, source_of


@pytest.fixture
def graph() -> Graph:
    """Return the VAE, its encoder in a group within a group."""
    found = copy(vae())
    apply(found, edits.group(found, ["encoder", "reparameterize"], CATALOGUE))
    apply(found, edits.group(found, ["encoder"], CATALOGUE, found.nodes["group"].group))
    return found


@pytest.fixture
def paths(graph: Graph) -> Paths:
    return Paths(expand(graph, CATALOGUE))


def test_a_nodes_weights_go_by_its_old_name_wherever_it_lies(paths: Paths) -> None:
    (path,) = [p for p in map(paths.path, ["encoder"]) if p.endswith("/encoder")]
    assert path.count("/") == 2 and paths.identity(path) == "encoder"
    assert above(path) == [path.split("/")[0], path.rpartition("/")[0]]


def test_without_groups_events_stay_the_same_objects() -> None:
    plain = Paths(expand(vae(), CATALOGUE))
    event = Progress(node="trainer", step=1, total=2)
    assert plain.event(event, {}) == [event] and plain.event(event, {})[0] is event


def test_what_is_below_an_instance_is_told_at_it(paths: Paths) -> None:
    path = paths.path("encoder")
    event = Checked(
        seq=1,
        nodes=[NodeInfo(node="encoder", weights=7), NodeInfo(node="reparameterize")],
        wires=[WireInfo(node="encoder", port="q", shape="b 2")],
        problems=[Problem(node="encoder", sentence="Too wide.")],
    )
    (checked,) = paths.event(event, {})
    weights = {info.node: info.weights for info in checked.nodes}
    assert weights[path] == 7 and all(weights[instance] == 7 for instance in above(path))
    shapes = {(info.node, info.port): info.shape for info in checked.wires}
    assert shapes[path, "q"] == "b 2"
    assert {node for node, _ in shapes} == {path, *above(path)}
    assert [p.node for p in checked.problems] == [path]


def test_an_instance_runs_while_a_node_in_it_does(paths: Paths) -> None:
    path = paths.path("encoder")
    first, *outer = paths.event(NodeState(node="encoder", state="running"), {})
    assert first.node == path
    assert {(s.node, s.state) for s in outer} == {(i, "running") for i in above(path)}
    done = {first.node: NodeState(node=path, state="done")}
    _, *after = paths.event(NodeState(node="reparameterize", state="idle"), done)
    assert [s.state for s in after] == ["done"]


def test_curves_faults_and_requests_are_translated(paths: Paths) -> None:
    path = paths.path("encoder")
    (scalars,) = paths.event(Scalars(series={"encoder.kl": ([1], [2.0])}), {})
    assert list(scalars.series) == [f"{path}.kl"]
    (fault,) = paths.event(Fault(problem=Problem(node="encoder", sentence="No.")), {})
    assert fault.problem.node == path
    assert paths.request(Look(node=path)) == Look(node="encoder")
    sent = SetGraph(graph=Graph(), seq=1, permitted=[path], first=[path])
    asked = paths.request(sent)
    assert (asked.permitted, asked.first) == (["encoder"], ["encoder"])
    assert paths.request(SetGraph(graph=Graph(), seq=1)).permitted is None
    status = Status(status="idle")
    assert paths.event(status, {}) == [status]


def test_a_wire_is_followed_through_borders(graph: Graph, paths: Paths) -> None:
    assert source_of(graph, (), "group", "q") == (paths.path("encoder"), "q")
    wire = graph.wires_into("group")[0]
    inside = source_of(graph, ("group",), "in", wire.input)
    assert inside == (wire.source, wire.output)
    assert source_of(graph, (), "group", "nothing") is None
