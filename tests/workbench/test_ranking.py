"""The list after a dropped wire: what it is ranked by, and how often it begins right."""

from __future__ import annotations

import msgspec

from engine.document.graph import Graph, Group, Place, Wire
from tests import wire_counts
from tests.benchmarks.ranking import _port, habits_without, places
from tests.shipped import catalogue
from workbench.bench.settings import UserSettings
from workbench.canvas.fitting import candidates
from workbench.canvas.ranking import Ranking
from workbench.search.habits import MOST_OWN, Habits, count, habits


def ranked(graph: Graph, node: str, port: str, known: Habits) -> list[str]:
    kind = catalogue()[graph.nodes[node]]
    end = _port(kind.kind, "output", port)
    ranking = Ranking(graph, catalogue(), node, end, known)
    return [c.kind.kind for c in candidates(catalogue(), end, kind, ranking)]


def test_the_counts_are_those_of_the_examples() -> None:
    kept = wire_counts.FILE.read_text("utf-8")
    assert kept == wire_counts.text(), "python -m tests.wire_counts"


def test_it_begins_right_where_the_family_is_not_counted() -> None:
    """A sample of what `python -m tests.benchmarks.ranking` measures."""
    found = list(places(step=11))
    for cases, first, three in (({"whole"}, 0.55, 0.8), ({"begun", "inside"}, 0.35, 0.5)):
        here = [place for place, _, case in found if case in cases]
        assert sum(place < 1 for place in here) / len(here) >= first, cases
        assert sum(place < 3 for place in here) / len(here) >= three, cases


def test_wires_in_groups_are_counted() -> None:
    inner = Group(nodes={"flat": Place(kind="Flatten"), "line": Place(kind="Linear")})
    inner.wires = [Wire("in", "x", "flat", "x"), Wire("flat", "y", "line", "x")]
    graph = Graph(groups={"inner": inner}, nodes={"net": Place(kind="group:inner")})
    assert count([graph]) == {"Flatten.y>Linear.x": 1}


def test_layers_follow_each_other_as_they_are_drawn() -> None:
    """The first of a list is right where nothing but layers is there."""
    graph = Graph(nodes={"data": Place(kind="MNIST"), "flat": Place(kind="Flatten")})
    graph.nodes |= {"line": Place(kind="Linear"), "act": Place(kind="Activation")}
    names = list(graph.nodes)
    graph.wires = [Wire("data", "images", "flat", "x"), Wire("flat", "y", "line", "x")]
    without = Graph(nodes={n: graph.nodes[n] for n in names[:3]}, wires=[*graph.wires])
    graph.wires.append(Wire("line", "y", "act", "x"))
    assert ranked(without, "line", "y", habits_without("vae"))[0] == "Activation"
    assert ranked(graph, "act", "y", habits_without("vae"))[0] == "Linear"


def test_what_the_graph_lacks_comes_before_what_it_has() -> None:
    kinds = {"data": "Digits", "encoder": "Encoder", "sample": "Reparameterize", "elbo": "ELBO"}
    wires = [Wire("data", "images", "encoder", "x"), Wire("encoder", "q", "sample", "q")]
    wires += [Wire("data", "images", "elbo", "x"), Wire("encoder", "q", "elbo", "q")]
    graph = Graph(nodes={name: Place(kind=kind) for name, kind in kinds.items()}, wires=wires)
    assert ranked(graph, "sample", "z", habits_without("vae"))[0] == "Decoder"
    assert ranked(graph, "elbo", "loss", habits_without("vae"))[0] == "Optimizer"


def test_what_the_user_wires_comes_to_the_front_and_is_kept() -> None:
    graph, digits = Graph(nodes={"data": Place(kind="Digits")}), catalogue().kinds["Digits"]
    before, known = ranked(graph, "data", "images", habits()), Habits({})
    rare = before[-1]
    port = next(
        c.port.name
        for c in candidates(catalogue(), _port("Digits", "output", "images"), digits)
        if c.kind.kind == rare
    )
    settings = UserSettings()
    known.own = settings.wired
    for _ in range(40):
        known.note(f"Digits.images>{rare}.{port}")
    assert ranked(graph, "data", "images", known).index(rare) < before.index(rare) / 2
    kept = msgspec.json.decode(msgspec.json.encode(settings), type=UserSettings)
    assert kept.wired == {f"Digits.images>{rare}.{port}": 40}
    for number in range(2 * MOST_OWN):
        known.note(f"A.a>B.{number}")
    assert len(known.own) == MOST_OWN
