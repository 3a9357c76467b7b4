"""What of a graph determines a training, so that any other edit takes effect while it runs."""

from __future__ import annotations

from typing import Any

from engine.document.catalogue import Catalogue
from engine.document.expand import Expanded
from engine.document.graph import Place
from engine.document.walks import upstream_ids
from engine.document.wiring import running_order
from engine.pull.driving import parted


def training_part(new: Expanded, catalogue: Catalogue) -> Any:
    """Return what determines a training: what trainers depend on, without live parameters.

    Wires that set parameters do not count either.
    """
    graph, role = new.graph, catalogue.role
    wires, _ = parted(graph, new.acting_wires())
    trainers = [n for n, p in graph.nodes.items() if role(p) == "trainer" and p.mode == "on"]
    names = {n for name in upstream_ids(wires, trainers) for n in (name, graph.owner(name))}
    names &= graph.nodes.keys()
    places = {n: structure(graph.nodes[n], catalogue) for n in sorted(names)}
    into: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for wire in wires:
        if wire.target in names:
            into.setdefault((wire.target, wire.input), []).append((wire.source, wire.output))
    order = running_order(graph, wires, graph.nodes)
    return places, into, [name for name in order if name in names]


def structure(place: Place, catalogue: Catalogue) -> Any:
    """Return what of a node does not take effect at once: all but its live parameters."""
    kind = catalogue.of(place)
    live = {p.name for p in kind.params if p.live} if kind else set()
    given = {k: repr(v) for k, v in place.params.items() if k not in live}
    named = kind.names(place.params) if kind and kind.by_name else ()
    return place.kind, place.twin, place.mode, tuple(sorted(given.items())), named
