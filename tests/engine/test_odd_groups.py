"""Files with groups that somebody wrote: each is refused in words, or checked without a crash.

Of an example with groups one to three things are changed that no hand in the window would: a kind,
a port, a number, a group in itself. What has no problem runs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from random import Random
from typing import Any

import pytest

from engine.document.errors import GraphRefused
from engine.document.graph import Graph, Place, Wire, load, loads
from engine.document.naming import IN, OUT
from engine.run.session import Session
from tests.engine.test_fixes import fixed_graph
from tests.engine.test_total import EXAMPLES, checked
from tests.shipped import catalogue, library

Raw = dict[str, Any]
DRAWN = ["repeat-resnet", "vae-from-layers", "gan-from-layers", "unet-from-layers"]
ODD = [0, -1, 1.5, 1e9, 10**30, "", "x", None, True, [], {}, "nan", [1], {"a": 1}]
PORTS = ["x", "y", "t", "z", "model", "loss", "in", ":", ""]
ROLES = ["Network", "Denoiser", "Critic", "Language model", "Decoder", "", "no role"]
PARAMS = ["width", "outputs", "rate", "function", "nothing"]


class Hand:
    """One who changes a file: `document` is read anew each time, `board` is where it is changed."""

    def __init__(self, chance: Random, document: Raw) -> None:
        self.chance, self.document = chance, document
        self.name = self.one_of(document["groups"])
        self.group: Raw = document["groups"][self.name]
        self.board: Raw = self.group if chance.random() < 0.8 else document
        self.node = self.one_of(self.board["nodes"])
        self.place: Raw = self.board["nodes"][self.node]

    def one_of(self, things: Iterable[Any]) -> Any:
        return self.chance.choice([*things])

    def kind(self) -> str:
        groups = [f"group:{name}" for name in (*self.document["groups"], "nothing", "")]
        return str(self.one_of([*groups, self.one_of(catalogue().kinds), "NoKind"]))

    def wire(self) -> list[str]:
        nodes = [*self.board["nodes"]]
        ends = self.one_of([*nodes, IN]), self.one_of([*nodes, OUT])
        return [ends[0], self.one_of(PORTS), ends[1], self.one_of(PORTS)]

    def ports(self) -> list[Raw]:
        found: list[Raw] = self.group.setdefault(self.one_of(["inputs", "outputs"]), [])
        return found


def _cut(hand: Hand) -> None:
    wires = hand.board["wires"]
    wires.remove(hand.one_of(wires))


def _remove(hand: Hand) -> None:
    del hand.board["nodes"][hand.node]


def _bend(hand: Hand) -> None:
    end = hand.chance.randrange(4)
    names = [*hand.board["nodes"], IN, OUT] if end in (0, 2) else PORTS
    hand.one_of(hand.board["wires"])[end] = hand.one_of(names)


def _mode(hand: Hand) -> None:
    hand.place["mode"] = hand.one_of(["muted", "bypassed"])


def _value(hand: Hand) -> None:
    params = hand.place.setdefault("params", {})
    params[hand.one_of([*params, *PARAMS])] = hand.one_of(ODD)


def _promote(hand: Hand) -> None:
    target = [hand.node, hand.one_of(PARAMS)]
    hand.group.setdefault("params", {})[hand.one_of(PARAMS)] = {"to": [target]}


def _rename(hand: Hand) -> None:
    ports = hand.ports()
    hand.one_of(ports or [{}])["name"] = hand.one_of(PORTS)


def _drop(hand: Hand) -> None:
    hand.ports()[-1:] = []


STEPS: dict[str, Callable[[Hand], object]] = {
    "cut": _cut,
    "remove": _remove,
    "bend": _bend,
    "mode": _mode,
    "value": _value,
    "promote": _promote,
    "rename": _rename,
    "drop": _drop,
    "port": lambda hand: hand.ports().append({"name": hand.one_of(PORTS)}),
    "wire": lambda hand: hand.board["wires"].append(hand.wire()),
    "kind": lambda hand: hand.place.update(kind=hand.kind()),
    "node": lambda hand: hand.board["nodes"].update(new={"kind": hand.kind()}),
    "itself": lambda hand: hand.group["nodes"].update(me={"kind": f"group:{hand.name}"}),
    "lost": lambda hand: hand.document["groups"].pop(hand.name),
    "times": lambda hand: hand.place.update(times=hand.one_of([-1, 0, 1, 2, 12, 10**6, 10**12])),
    "shared": lambda hand: hand.place.update(shared=True, times=3),
    "twin": lambda hand: hand.place.update(twin=hand.one_of([*hand.board["nodes"], "nobody"])),
    "role": lambda hand: hand.group.update(acts_as=hand.one_of(ROLES)),
    "driven": lambda hand: hand.place.update(driven=[hand.one_of(PARAMS)]),
    "keys": lambda hand: hand.place.update(keys={hand.one_of(["", "a"]): hand.one_of(["", "b"])}),
}


def answered(name: str, seed: int) -> None:
    """Change an example's file and hold what the program says against the laws of a check."""
    chance = Random(f"{name} {seed}")
    document = json.loads(EXAMPLES[name].read_text(encoding="utf-8"))
    done: list[str] = []
    for _ in range(chance.choice([1, 1, 2, 3])):
        if document["groups"]:
            done.append(chance.choice([*STEPS]))
            STEPS[done[-1]](Hand(chance, document))
    try:
        graph = loads(json.dumps(document))
    except GraphRefused as refused:
        assert str(refused).strip()
        return
    try:
        report = checked(graph)
        if not any(problem.level == "error" for problem in report.problems):
            _runs(graph)
    except Exception as error:
        raise AssertionError(f"{name}, seed {seed}, {done}: {error}") from error


def _runs(graph: Graph) -> None:
    session = Session(library=library())
    session.update(graph)
    session.refuse_faults()


@pytest.mark.parametrize("name", DRAWN)
def test_a_file_with_odd_groups_is_answered(name: str) -> None:
    for seed in range(6):
        answered(name, seed)


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", DRAWN)
def test_many_files_with_odd_groups_are_answered(name: str) -> None:
    for seed in range(6, 250):
        answered(name, seed)


def test_copies_whose_types_do_not_fit_in_a_row_are_told_and_mended() -> None:
    graph = load(EXAMPLES["vae-from-layers"])
    graph.nodes["encoder"].times = 3
    (problem,) = checked(graph).problems
    assert (problem.node, problem.fix.label if problem.fix else "") == ("encoder", "Keep one copy")
    assert "Between copies in a row" in str(problem.sentence)
    assert not checked(fixed_graph(graph, problem)).problems


def test_a_group_without_inputs_stands_in_a_row() -> None:
    graph = load(EXAMPLES["vae-from-layers"])
    graph.groups["decoder"].inputs.clear()
    graph.nodes["decoder"].times = 3
    assert checked(graph).problems


def test_a_network_that_is_only_called_inside_a_model_is_asked_for_no_wire() -> None:
    graph = load(EXAMPLES["repeat-resnet"])
    group = graph.groups["resnet"]
    group.nodes["inner"] = Place(kind="Linear", params={"outputs": 64})
    group.nodes["call"] = Place(kind="CallModel")
    group.wires = [w for w in group.wires if str(w) != "block.y>linear_3.x"]
    group.wires += [
        Wire("block", "y", "call", "x"),
        Wire("inner", "model", "call", "model"),
        Wire("call", "y", "linear_3", "x"),
    ]
    said = {str(problem.sentence) for problem in checked(graph).problems}
    assert said == {
        "The network has not been shown any items yet, so the shape of samples is not known."
    }


def test_copies_in_a_row_without_an_answer_are_told_at_the_instance() -> None:
    graph = load(EXAMPLES["gan-from-layers"])
    graph.nodes["generator"].times, graph.nodes["generator"].shared = 3, True
    inside = graph.groups["generator"]
    inside.wires = [wire for wire in inside.wires if wire.target != OUT]
    assert "generator" in {problem.node for problem in checked(graph).problems}


def test_a_wire_from_the_far_border_gives_a_model_nothing() -> None:
    graph = load(EXAMPLES["unet-from-layers"])
    graph.groups["attention"].wires.append(Wire(OUT, "y", OUT, "y"))
    (problem, *_) = checked(graph).problems
    assert "ends at out, which is not there" in str(problem.sentence)
