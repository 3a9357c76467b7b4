"""Problem of labels with more classes than a network has, found before a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.catalogue import Catalogue, Problem, setting
from engine.compile import Program
from engine.graph import Graph
from engine.plan import Call
from nodes.base import Node, outputs
from nodes.sentences import PortName, say
from nodes.types import Range

Ranges = Mapping[str, Range | None]


def class_problem(
    graph: Graph, catalogue: Catalogue, program: Program, call: Call, ranges: Ranges
) -> Problem | None:
    """Return the problem where labels of a call have more classes than a network that gets them.

    `ranges`: what is known of each input.
    """
    labels = ranges.get("labels")
    if labels is None:
        return None
    for node in _with_classes(call):
        classes = int(node.classes)  # type: ignore[arg-type]
        if classes and (labels.low < 0 or labels.high >= classes):
            name = next(n for n, c in program.calls.items() if c.node is node)
            return _problem(graph, catalogue, name, call, labels, classes)
    return None


def _with_classes(call: Call) -> Iterator[Node]:
    """Yield the nodes that have a number of classes: the call's own, and the models it holds."""
    held = [source.model for _, source in call.single if source.model is not None]
    makes_labels = any(t.name == "Labels" for p in outputs(type(call.node)) for t in p.types)
    for node in held if makes_labels else [call.node, *held]:
        if isinstance(getattr(node, "classes", None), int):
            yield node


def _problem(
    graph: Graph, catalogue: Catalogue, name: str, call: Call, labels: Range, classes: int
) -> Problem:
    owner, wanted = graph.owner(name), int(labels.high) + 1
    kind = catalogue.kinds[graph.nodes[owner].kind]
    param = kind.param("classes")
    fix = setting(owner, param, wanted) if param is not None and labels.low >= 0 else None
    return Problem(
        node=call.name,
        port="labels",
        sentence=say(
            "{labels} go from {low} to {high}, but {node} has {count} classes, from 0 on.",
            labels=PortName("labels"),
            low=int(labels.low),
            high=int(labels.high),
            node=catalogue.name(graph, name),
            count=classes,
        ),
        hint="Count the classes from 0 on in the data, or raise the number of classes.",
        fix=fix,
    )
