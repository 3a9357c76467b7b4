"""Find, before a run, weights that an optimiser owns but its loss does not depend on.

Gradients are followed backwards along wires, through the inputs that each node declares. Nothing is
computed; a test compares the declarations with autograd.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from engine.document.catalogue import Catalogue, Problem
from engine.document.graph import Graph
from engine.pull.plan import MODEL, Call, Source, values_of
from engine.pull.program import Program
from nodes.base import Node
from nodes.ports import outputs
from nodes.sentences import NodeName, PortName, Sentence, both, say
from nodes.training.model_average import ModelAverage

Place = tuple[str, str]
"""A node's id and one of its inputs."""


@dataclass
class Reach:
    """The nodes, by `id`, whose weights a gradient reaches.

    `ends`: the inputs (node id, port) at which the gradient stops, with their sources.
    """

    nodes: set[int] = field(default_factory=set)
    ends: list[tuple[Place, Source]] = field(default_factory=list)


def gradient_problems(
    graph: Graph, catalogue: Catalogue, program: Program, broken: Collection[str]
) -> Iterator[Problem]:
    """Yield a problem for each optimiser that owns weights its loss does not depend on."""
    for name in program.of_role("optimizer"):
        if name in broken:
            continue
        call = program.calls[name]
        losses = [source for port, source in call.streams if port == "loss"]
        reach = reach_of(program, losses)
        owned = _owned(program, call)
        missed = {id(node): place for place, node in owned if id(node) not in reach.nodes}
        if missed:
            yield _unreached(graph, catalogue, program, name, missed, reach)
    yield from _idle_averages(graph, catalogue, program, broken)


def reach_of(program: Program, sources: Iterable[Source]) -> Reach:
    """Follow the gradients of values backwards to all weights they reach."""
    reach = Reach()
    seen: set[tuple[int, str]] = set()
    todo = [*sources]
    while todo:
        source = todo.pop()
        call = program.calls[program.order[source.slot]]
        if source.model is not None:
            reach.nodes.update(map(id, source.model.parts()))
            continue
        output = _output(call, source)
        if (source.slot, output) in seen:
            continue
        seen.add((source.slot, output))
        reached = _reached(call.node, output)
        if reached is not None and call.node.has_weights():
            reach.nodes.add(id(call.node))
        for port, inner in _inputs(call):
            if reached is not None and port in reached:
                todo.append(inner)
            else:
                reach.ends.append(((call.name, port), inner))
    return reach


def _output(call: Call, source: Source) -> str:
    ports = values_of(type(call.node))
    return ports[source.field or 0].name if ports else ""


def _reached(node: Node, output: str) -> Collection[str] | None:
    """Return the inputs that a gradient of this output reaches; None where it has no gradient."""
    port = next((p for p in outputs(type(node)) if p.name == output), None)
    return None if port is None or port.types[0].still else node.reached(output)


def _inputs(call: Call) -> Iterator[tuple[str, Source]]:
    yield from call.single
    for port, sources in call.many:
        yield from ((port, source) for source in sources)


def _owned(program: Program, call: Call) -> list[tuple[str, Node]]:
    """Return the nodes, with their ids, whose weights an optimiser owns; of a flow all layers."""
    sources = [source for port, source in _inputs(call) if port == "models"]
    nodes = {id(node): node for s in sources for node in _weighted(program, s)}
    places = {id(c.node): name for name, c in reversed(program.calls.items())}
    return [(places[key], node) for key, node in nodes.items()]


def _weighted(program: Program, source: Source) -> list[Node]:
    maker = program.calls[program.order[source.slot]]
    own = maker.node.has_weights() and _output(maker, source) == MODEL
    called = source.model is not None or own
    found = maker.node.parts() if called else program.reach([source])
    return [node for node in found if node.has_weights()]


def _unreached(
    graph: Graph,
    catalogue: Catalogue,
    program: Program,
    name: str,
    missed: dict[int, str],
    reach: Reach,
) -> Problem:
    optimizer = catalogue.name(graph, name)
    models = both(catalogue.name(graph, place) for place in missed.values())
    many = "{optimizer} owns {models}, but its loss does not depend on them."
    one = "{optimizer} owns {models}, but its loss does not depend on it."
    end = next((p for p, source in reach.ends if _leads_to(program, source, missed)), None)
    return Problem(
        node=name,
        port="models",
        sentence=say(many if len(missed) > 1 else one, optimizer=optimizer, models=models),
        hint=_ending(catalogue.name(graph, end[0]), end[1])
        if end is not None
        else say("Let the loss depend on it, or remove its wire into {models}."),
    )


def _ending(node: NodeName, port: str) -> Sentence:
    return say(
        "No gradient passes through {port} of {node}: train what is before it by another loss.",
        node=node,
        port=PortName(port, node.kind),
    )


def _leads_to(program: Program, source: Source, missed: Collection[int]) -> bool:
    """Return whether any of these nodes, by `id`, is upstream of a source."""
    if source.model is not None:
        return any(id(part) in missed for part in source.model.parts())
    return any(id(node) in missed for node in program.reach([source]))


def _idle_averages(
    graph: Graph, catalogue: Catalogue, program: Program, broken: Collection[str]
) -> Iterator[Problem]:
    """Warn of averages of trained models that no loss depends on: they are never updated."""
    optimizers = [program.calls[n] for n in program.of_role("optimizer") if n not in broken]
    followed = {
        id(node)
        for call in optimizers
        for node in program.reach([s for port, s in call.streams if port == "loss"])
    }
    trained = {id(node) for call in optimizers for _, node in _owned(program, call)}
    for name, call in program.calls.items():
        if not isinstance(call.node, ModelAverage) or name in broken or id(call.node) in followed:
            continue
        sources = [s for port, s in call.single if port == "model"]
        if any(id(node) in trained for s in sources for node in _weighted(program, s)):
            yield Problem(
                node=name,
                level="warning",
                sentence=say(
                    "{node} stays as it begins: no loss needs it.", node=catalogue.name(graph, name)
                ),
                hint="Let a loss depend on it, or take the average of the trainer.",
            )
