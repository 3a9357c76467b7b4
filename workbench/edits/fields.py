"""Pins: which parameters of a node are shown on it."""

from __future__ import annotations

from collections.abc import Iterable

from engine.document.catalogue import Catalogue, KindInfo
from engine.document.graph import ABSENT, Board, Change, Graph, Put
from nodes.params import ParamInfo
from nodes.sentences import PortName, say
from workbench.edits.base import known, names_of

MOST = 3
"""How many fields a node shows; further ones are counted."""
SHOWN = ("int", "float", "choice", "bool")


def fits_node(param: ParamInfo) -> bool:
    """Return whether a parameter fits on a node: a number, a list or a tick."""
    return param.type in SHOWN


def shown_fields(graph: Board, node: str, kind: KindInfo | None) -> list[ParamInfo]:
    """Return the parameters shown on a node, in order.

    An instance of a group shows those that the group shows outside, until the user pins.
    """
    if kind is None:
        return []
    names = graph.layout.fields.get(node)
    if names is not None:
        found = [info for name in names if (info := kind.param(name))]
        return [param for param in found if fits_node(param)]
    return [p for p in kind.params if fits_node(p)] if graph.nodes[node].group else []


def show_field(
    graph: Graph, catalogue: Catalogue, ids: Iterable[str], param: str, on: bool
) -> Change:
    """Show a parameter on nodes, after those that they show, or show it no longer."""
    nodes, puts = known(graph, ids), []
    for node in nodes:
        kind = catalogue.of(graph.nodes[node])
        names = [info.name for info in shown_fields(graph, node, kind) if info.name != param]
        names = [*names, param] if on else names
        kept = names or graph.nodes[node].group  # which shows some until none is wanted
        puts.append(Put(("layout", "fields", node), names if kept else ABSENT))
    if not puts:
        return Change("", ())
    words = "Show {param} on {nodes}" if on else "Show {param} on {nodes} no longer"
    name = PortName(param, graph.nodes[nodes[0]].kind)
    return Change(say(words, param=name, nodes=names_of(graph, nodes)), tuple(puts))
