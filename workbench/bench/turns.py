"""The order in which optimisers take their turns in a training step, read from the graph.

The inspector lists it and the trainer's node shows it in letters.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from engine.document.catalogue import Catalogue
from engine.document.graph import Change, Graph, Put, Wire
from engine.document.training import model_wires
from workbench.words.kinds import is_optimizer, title_of

EVERY, RATE = "every", "rate"


class Turn(Struct, kw_only=True):
    """One optimiser's turns in a step: their number, the learning rate and the models updated.

    `wire` connects it to the trainer; its position in the graph's list of wires gives the order.
    """

    optimizer: str
    wire: Wire
    title: str
    count: int
    rate: float | None
    models: list[str]
    models_title: str


def value_of(graph: Graph, catalogue: Catalogue, node: str, name: str) -> Any:
    """Return a parameter's value: the graph's, or the kind's default."""
    place = graph.nodes[graph.owner(node)]
    info = catalogue.of(place)
    param = info.param(name) if info else None
    return place.params.get(name, param.default if param else None)


def turns(graph: Graph, catalogue: Catalogue, trainer: str) -> list[Turn]:
    """Return the optimisers wired to a trainer, in the order of their turns."""
    wires = [w for w in graph.wires_into(trainer) if is_optimizer(graph, catalogue, w.source)]
    return [_turn(graph, catalogue, wire) for wire in wires]


def trains(graph: Graph, catalogue: Catalogue) -> bool:
    """Return whether a graph has a trainer; otherwise a run only executes samplers and solvers."""
    trainers = {name for name, kind in catalogue.kinds.items() if kind.role == "trainer"}
    return not trainers.isdisjoint(place.kind for place in graph.nodes.values())


def letters(turns: Sequence[Turn]) -> list[str]:
    """Return a label for each optimiser: the first letter of its models' title, or two."""
    names = [(turn.models_title or turn.title).upper() for turn in turns]
    for length in (1, 2):
        signs = [name[:1] + name[1:length].lower() for name in names]
        if len(set(signs)) == len(signs):
            return signs
    return [f"{name[:1]}{place + 1}" for place, name in enumerate(names)]


def reordered(graph: Graph, wire: Wire, to: int) -> Change:
    """Return the change that moves the optimiser of `wire` to position `to` among its trainer's."""
    order = graph.wires_into(wire.target, wire.input)
    places = [graph.wires.index(w) for w in order]
    order.remove(wire)
    order.insert(max(0, min(to, len(order))), wire)
    wires = list(graph.wires)
    for place, moved in zip(places, order, strict=True):
        wires[place] = moved
    return Change("Change the order of turns", (Put(("wires",), wires),))


def _turn(graph: Graph, catalogue: Catalogue, wire: Wire) -> Turn:
    node = wire.source
    every, rate = (value_of(graph, catalogue, node, name) for name in (EVERY, RATE))
    models = [graph.owner(w.source) for w in model_wires(graph, catalogue, node)]
    return Turn(
        optimizer=node,
        wire=wire,
        title=title_of(graph, catalogue, node),
        count=every if isinstance(every, int) and every > 0 else 1,
        rate=rate if isinstance(rate, (int, float)) else None,
        models=models,
        models_title=", ".join(title_of(graph, catalogue, m) for m in models),
    )
