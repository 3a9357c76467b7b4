"""A first trainable graph for newly added data.

A file of points gets a flow, one of pictures an autoencoder; a node of data the examples that learn
from its kind. All are gallery examples with the user's data in place of their own.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import msgspec

from engine.document.catalogue import Catalogue
from engine.document.graph import ABSENT, Change, Graph, Place, Put, Wire
from nodes.sentences import say
from workbench.bench import examples
from workbench.bench.examples import Example

DATA, VIEW = "data", "view"
POINTS, PICTURES = "maf-pinwheel", "vae-digits"
PLANE = {"density", "warp", "paths"}
"""Views of the flow that need two-dimensional points."""
LEFT = {POINTS: -216.0, PICTURES: 24.0}  # x of the user's data: left of all other nodes
SHOWN = {POINTS: [-40.0, 352.0], PICTURES: [24.0, 592.0]}  # position of the view of the data
LEAST, MOST = 300, 3000
"""Steps of a flow: one for each row within these. More learn 300 rows by heart (RESULTS.md)."""
LONG = 4000  # steps of an autoencoder
GAP, HELD_OUT = "gap", "held_out"
VIEWS = {"Scatter", "ImageGrid"}
LARGE, WIDE, SHORT = 785, 256, 1500  # from LARGE pixels on: layers WIDE, SHORT steps


MOST_LEARNERS = 3


def learners(graph: Graph, catalogue: Catalogue, listed: Iterable[Example]) -> list[Example]:
    """Return the examples that learn from the only node of a graph, the first of each lesson."""
    kinds = [place.kind for place in graph.nodes.values()]
    found: dict[str, Example] = {}
    for example in listed if len(kinds) == 1 else ():
        if [place.kind for place in _data_of(example.graph, catalogue).values()] == kinds:
            found.setdefault(example.graph.lesson, example)
    return list(found.values())[:MOST_LEARNERS]


def _data_of(graph: Graph, catalogue: Catalogue) -> dict[str, Place]:
    """Return the nodes of data, by their ids."""
    kinds = {name for name, kind in catalogue.kinds.items() if kind.category == DATA}
    return {node: place for node, place in graph.nodes.items() if place.kind in kinds}


def learn_from(graph: Graph, catalogue: Catalogue, example: Example) -> Change:
    """Return the change that makes an example of a graph's only node: its parameters are kept."""
    model = examples.load(example.path)
    ((mine, place),) = graph.nodes.items()
    (node,) = _data_of(model, catalogue)
    model.nodes[node] = msgspec.structs.replace(model.nodes[node], params=place.params)
    puts = [] if mine in model.nodes else [Put(("layout", "positions", mine), ABSENT)]
    puts += [] if mine in model.nodes else [Put(("nodes", mine), ABSENT)]
    puts += [Put(("groups", name), group) for name, group in model.groups.items()]
    puts += [Put(("nodes", name), made) for name, made in model.nodes.items()]
    for part in ("positions", "frames", "notes", "reroutes", "fields"):
        there = getattr(model.layout, part).items()
        puts += [Put(("layout", part, name), value) for name, value in there]
    puts += [
        Put(("layout", part), getattr(model.layout, part)) for part in ("views", "watch", "play")
    ]
    puts += [Put(("wires",), model.wires), Put(("lesson",), model.lesson)]
    return Change(say("Add a first graph"), tuple(puts))


def can_begin(graph: Graph) -> bool:
    """Return whether a graph holds only newly opened points or pictures and their view."""
    return graph.nodes.keys() == {DATA, VIEW} and graph.nodes[VIEW].kind in VIEWS


def first_graph(graph: Graph, item: Sequence[int], count: int) -> Change:
    """Return the change that adds a model training on `count` items of shape `item`."""
    name = PICTURES if len(item) == 3 else POINTS
    path = examples.find(name)
    assert path is not None
    model = examples.load(path)
    for node in _unfit(name, item):
        del model.nodes[node]
    if name == POINTS:
        _measure_held_out(model)
    _fit(model, name, item, count)
    model.nodes[DATA] = graph.nodes[DATA]
    there = model.nodes.keys()
    wires = [w for w in model.wires if w.source in there and w.target in there]
    puts = [Put(("nodes", node), place) for node, place in model.nodes.items() if node != DATA]
    puts += _of_data(graph, name)
    puts += [Put(("layout", "positions", n), xy) for n, xy in _positions(model, name).items()]
    puts += [Put(("layout", "frames", n), f) for n, f in model.layout.frames.items() if f]
    puts += [Put(("layout", "reroutes", w), r) for w, r in _reroutes(model, wires).items()]
    views = [v for v in model.layout.views if v in there]
    puts += [
        Put(("wires",), [*graph.wires, *wires]),
        Put(("layout", "views"), [*views, VIEW]),
        Put(("lesson",), model.lesson),
    ]
    return Change(say("Add a first graph"), tuple(puts))


def _unfit(name: str, item: Sequence[int]) -> set[str]:
    """Return the nodes of an example that items of this shape cannot feed."""
    if name == PICTURES:
        return set()
    return {GAP} | (set() if list(item) == [2] else PLANE)


def _measure_held_out(model: Graph) -> None:
    """Measure rows kept for tests in place of the gap, which needs data of known density."""
    model.nodes[HELD_OUT] = Place(kind="LogLikelihood")
    x, y = model.layout.positions.pop(GAP)
    model.layout.positions[HELD_OUT] = [x, y - 24.0]  # it is taller than the gap
    model.wires += [
        Wire(DATA, "points", HELD_OUT, "x"), Wire("maf", "flow", HELD_OUT, "model")
    ]  # fmt: skip


def _fit(model: Graph, name: str, item: Sequence[int], count: int) -> None:
    """Set the networks' sizes for the data, and a training of a few minutes at most."""
    if name == POINTS:
        model.nodes["trainer"].params = {"steps": min(MOST, max(LEAST, count))}
        model.nodes["base"].params["shape"] = list(item)
        return
    large = math.prod(item) >= LARGE
    model.nodes["trainer"].params = {"steps": SHORT if large else LONG}
    model.nodes["decoder"].params["shape"] = list(item)
    if large:
        for node in ("encoder", "decoder"):
            model.nodes[node].params["hidden"] = WIDE


def _of_data(graph: Graph, name: str) -> list[Put]:
    """Return the edits that scale the data: standardised coordinates, pixels from 0 to 1."""
    given = graph.nodes[DATA].params
    if name == POINTS:
        return [] if given.get("standardise") else [_param("standardise", True)]
    return [_param("range", ABSENT)] if "range" in given else []


def _param(name: str, value: object) -> Put:
    return Put(("nodes", DATA, "params", name), value)


def _positions(model: Graph, name: str) -> dict[str, list[float]]:
    places = {n: xy for n, xy in model.layout.positions.items() if n in model.nodes}
    return places | {DATA: [LEFT[name], places[DATA][1]], VIEW: list(SHOWN[name])}


def _reroutes(model: Graph, wires: Sequence[Wire]) -> dict[str, list[list[float]]]:
    """Return the reroute points of the wires that are kept."""
    kept = {str(wire) for wire in wires if wire.source != DATA}
    return {wire: bends for wire, bends in model.layout.reroutes.items() if wire in kept}
