"""What the model of an instance is: the nodes between the inputs and the outputs of its group."""

from __future__ import annotations

from dataclasses import dataclass

from engine.document.catalogue import Catalogue, KindInfo
from engine.document.graph import Graph, Group, Place, Wire
from engine.document.leading import Leading
from engine.document.naming import IN, OUT
from engine.document.scopes import Scope
from engine.document.walks import upstream_ids
from engine.document.wiring import acting_wires

INSIDE = "inside"
"""The input by which the nodes of a model lead to it, in wires that only tell what comes first."""


@dataclass
class Drawn:
    """The model of an instance: its nodes in the flat graph, and the wires between them.

    Wires from `in` are those of the inputs, wires to `out` those of the outputs that it answers
    with, the first one first. Nodes that are off are taken out already.
    """

    acts_as: str
    inputs: list[str]
    needed: set[str]
    outputs: list[str]
    wires: list[Wire]
    leaves: list[str]


def drawn(scope: Scope, node: str, flat: Graph, known: Catalogue) -> Drawn:
    """Return the model of an instance in a scope; `flat` has the nodes of its inside."""
    kind, group = known[scope.board.nodes[node]], scope.children[node][0].board
    assert isinstance(group, Group)
    scopes = _below(scope.children[node])
    leading = Leading(known, scopes, lambda inner, name: inner.flat[name], within=(scope, node))
    wires = leading.wires()
    outputs = answers(kind, known.roles.get(group.acts_as), known)
    for output in outputs:
        wires += [Wire(*end, OUT, output) for end in leading.ends((scope, node, output))[:1]]
    inner = {name: flat.nodes[name] for s in scopes for name in s.flat.values()}
    inner |= {IN: Place(kind=""), OUT: Place(kind="")}
    there = [w for w in wires if w.source in inner and w.target in inner]  # others are told
    acting = acting_wires(Graph(nodes=inner, wires=there), known)
    between = upstream_ids(acting, [OUT])
    wires = [w for w in acting if w.target in between]
    return Drawn(
        acts_as=group.acts_as,
        inputs=[port.name for port in group.inputs],
        needed={port.name for port in kind.inputs if not port.optional},
        outputs=[name for name in outputs if any((OUT, name) == w[2:] for w in wires)],
        wires=wires,
        leaves=[name for name in inner if name in between and name not in (IN, OUT)],
    )


def _below(scopes: list[Scope]) -> list[Scope]:
    """Return these scopes and all in them."""
    found = [*scopes]
    for scope in found:
        found += [child for copies in scope.children.values() for child in copies]
    return found


def answers(kind: KindInfo, role: KindInfo | None, known: Catalogue) -> list[str]:
    """Return the outputs that the model of a group answers with: the first value, and features."""
    values = [p.name for p in kind.outputs if "Model" not in known.lineage(p.type)]
    others = role.methods if role else []
    return values[:1] + [name for name in values[1:] if name in others]
