"""The wires that hand networks to optimizers."""

from __future__ import annotations

from collections.abc import Iterable

from engine.document.catalogue import Catalogue
from engine.document.graph import Graph, Wire


def model_wires(
    graph: Graph, catalogue: Catalogue, node: str, wires: Iterable[Wire] | None = None
) -> list[Wire]:
    """Return the wires that connect an optimizer to the models it updates.

    `wires` are those at the node, where they are known.
    """
    info = catalogue.of(graph.nodes[node]) if node in graph.nodes else None
    ports = {p.name for p in info.inputs if is_model(catalogue, p.type)} if info else set()
    near = graph.wires if wires is None else wires
    return [w for w in near if w.target == node and w.input in ports and w.source in graph.nodes]


def is_model(catalogue: Catalogue, type: str) -> bool:
    return any(
        catalogue.types[name].family == "model"
        for name in catalogue.lineage(type)
        if name in catalogue.types
    )
