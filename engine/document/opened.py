"""A network opened as layer nodes: the group that it becomes, and where its weights were.

A place in such a group carries `origin`: prefixes of its weights' names, and what stood there in
the network, `#` for the number of a copy; the instance has the identity that the network had. So
weights are found again when a graph is edited, undone or loaded: no message says so, the document
does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from engine.document.expand import Expanded
from engine.document.graph import (
    GROUP,
    Graph,
    Group,
    GroupPort,
    Layout,
    Place,
    Promoted,
    Target,
    Wire,
)
from engine.document.scopes import Scope
from nodes.drawing import COPY, PART, Drawing

ROOT = "network"
"""The id of the instance in what `as_graph` returns."""


class Origin(NamedTuple):
    """Where the weights of a node were: in which node, and below which prefix by its own."""

    node: str
    prefixes: Mapping[str, str]


def as_graph(drawing: Drawing, stem: str) -> Graph:
    """Return a graph of one instance of the group that a drawing shows, with the groups in it."""
    groups = {name: _group(part) for name, part in drawing.parts.items()}
    place = Place(kind=GROUP + stem, params={**drawing.given})
    return Graph(nodes={ROOT: place}, groups=groups | {stem: _group(drawing)})


def _group(drawing: Drawing) -> Group:
    group = Group(
        title=drawing.title,
        acts_as=drawing.acts_as,
        inputs=[GroupPort(name=name) for name in drawing.inputs],
        outputs=[GroupPort(name=name) for name in drawing.outputs],
        layout=Layout(positions=drawing.spots),
    )
    for name, layer in drawing.layers.items():
        kind = layer.kind
        if kind.startswith(PART):
            kind = GROUP + kind.removeprefix(PART)
        group.nodes[name] = Place(
            kind=kind,
            params={**layer.params},
            title=layer.title,
            origin={**layer.origin},
            times=layer.times,
        )
    for source, target in drawing.wires:
        group.wires.append(Wire(source.layer, source.output, target.layer, target.output))
    for name, targets in drawing.params.items():
        group.params[name] = Promoted(to=[Target(*target) for target in targets])
    return group


def origins(expanded: Expanded) -> dict[str, Origin]:
    """Return where the weights of the nodes of a flat graph were, for those that tell it."""
    return {
        scope.flat[node]: found
        for scope in expanded.scopes.values()
        for node, place in scope.board.nodes.items()
        if place.origin and node in scope.flat and (found := _origin(scope, place.origin))
    }


def _origin(scope: Scope, own: Mapping[str, str]) -> Origin | None:
    """Return where a place in a scope had its weights, None where no network was opened."""
    above: list[str] = []
    while scope.place is not None and scope.parent is not None and scope.place.origin:
        held = scope.place.origin.get("", "")
        if scope.number != 1 and COPY not in held:
            return None
        above.insert(0, held.replace(COPY, str(scope.number - 1)))
        scope = scope.parent
    if scope.parent is None or scope.number != 1:
        return None
    head = ".".join(filter(None, above))
    prefixes = {k: "+".join(_below(head, part) for part in v.split("+")) for k, v in own.items()}
    return Origin(scope.parent.identity(scope.instance)[0], prefixes)


def _below(head: str, name: str) -> str:
    return f"{head}.{name}" if head and name else head or name


def moved(key: str, prefixes: Mapping[str, str]) -> Iterator[str]:
    """Yield what a weight was called; several names where it was parts put one below the other."""
    for own, before in prefixes.items():
        if key == own or key.startswith(own + "."):
            for part in before.split("+"):
                yield part + key[len(own) :]
            return
