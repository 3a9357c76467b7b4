"""Class names of labels, and the check that a network has enough classes for its labels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from engine.document.catalogue import Catalogue, Problem, setting
from engine.document.graph import Graph
from engine.pull.plan import Call, Source, values_of
from nodes.base import Node
from nodes.ports import Port, inputs, outputs
from nodes.sentences import PortName, say
from nodes.types import Range

Names = Mapping[str, Sequence[str]]
Ranges = Mapping[str, Range | None]
Key = tuple[int, int | None]
"""A slot and the number of one of its outputs (None: the only one)."""

_NOWHERE: Key = (-1, None)


def class_problem(
    graph: Graph,
    catalogue: Catalogue,
    calls: Mapping[str, Call],
    call: Call,
    ranges: Ranges,
) -> Problem | None:
    """Return a problem where a call's labels exceed the classes of a network that receives them.

    `calls`: those of the whole graph, by node id. `ranges`: the known range of each input, or None.
    """
    labels = ranges.get("labels")
    if labels is None:
        return None
    for node in with_classes(call):
        classes = int(node.classes)  # type: ignore[arg-type]
        if classes and (labels.low < 0 or labels.high >= classes):
            name = next(n for n, c in calls.items() if c.node is node)
            return _problem(graph, catalogue, name, call, labels, classes)
    return None


def with_classes(call: Call) -> Iterator[Node]:
    """Yield the nodes with a `classes` parameter: the call's own and the models it is given."""
    held = [source.model for _, source in call.single if source.model is not None]
    makes_labels = any(map(_of_labels, outputs(type(call.node))))
    for node in held if makes_labels else [call.node, *held]:
        if isinstance(getattr(node, "classes", None), int):
            yield node


def _problem(
    graph: Graph, catalogue: Catalogue, name: str, call: Call, labels: Range, classes: int
) -> Problem:
    owner, wanted = graph.owner(name), int(labels.high) + 1
    kind = catalogue[graph.nodes[owner]]
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


class ClassNames:
    """The names of label classes on the wires of a program.

    Names are passed along wires from the data that define them. A network keeps the names of the
    labels it receives and passes them to labels without names that it receives elsewhere, such as
    those of samples.
    """

    def __init__(self, calls: Sequence[Call]) -> None:
        """Propagate the names. `calls`: all of the program, in the order in which they run."""
        self.known: dict[Key, Sequence[str]] = {}
        self._networks: dict[int, Sequence[str]] = {}
        telling = [(call, _outputs(call), labels_into(call)) for call in calls if _tells(call)]
        before = -1
        while before < len(self.known) + len(self._networks):
            before = len(self.known) + len(self._networks)
            for call, given, taken in telling:
                self._pass_on(call, given, taken)

    def at(self, call: Call) -> dict[str, list[str]]:
        """Return the class names of the inputs of a call, by input; omit inputs without names."""
        found = ((port, self.known.get(_key(source))) for port, source in _sources(call))
        return {port: list(names) for port, names in found if names}

    def of(self, call: Call, port: str) -> Sequence[str]:
        """Return the class names of an output, or an empty sequence."""
        return self.known.get(_outputs(call).get(port, _NOWHERE), ())

    def _pass_on(
        self, call: Call, outputs: Mapping[str, Key], labels: Iterable[tuple[str, Source]]
    ) -> None:
        given = self.at(call)
        named = call.node.named(**given)
        for port, names in named.items():
            if names and port in outputs:
                self.known.setdefault(outputs[port], names)
        for port, source in labels:
            for network in with_classes(call):
                if port in given:
                    self._networks.setdefault(id(network), given[port])
                elif known := self._networks.get(id(network)):
                    self.known.setdefault(_key(source), known)


def _tells(call: Call) -> bool:
    """Return whether a call may give labels names, or takes labels."""
    kind: Any = type(call.node)
    return _of_kind(kind)


@cache
def _of_kind(kind: Any) -> bool:
    return bool(_only_labels(kind)) or kind.named is not Node.named


@cache
def _only_labels(kind: Any) -> frozenset[str]:
    """Return the inputs of a class that accept only labels."""
    return frozenset(p.name for p in inputs(kind) if _of_labels(p) and len(p.types) == 1)


def _of_labels(port: Port) -> bool:
    return any(kind.name == "Labels" for kind in port.types)


def _sources(call: Call) -> Iterator[tuple[str, Source]]:
    return ((p, s) for p, s in (*call.single, *call.streams) if s.model is None)


def labels_into(call: Call) -> list[tuple[str, Source]]:
    """Return the inputs of a call that accept only labels, with their sources."""
    kind: Any = type(call.node)
    ports = _only_labels(kind)
    return [(p, s) for p, s in _sources(call) if p in ports] if ports else []


def _outputs(call: Call) -> dict[str, Key]:
    ports = values_of(type(call.node))
    return {p.name: (call.slot, n if len(ports) > 1 else None) for n, p in enumerate(ports)}


def _key(source: Source) -> Key:
    return source.slot, source.field
