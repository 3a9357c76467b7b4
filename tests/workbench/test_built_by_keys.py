"""`vae-digits` built from an empty canvas by keys alone: a real window, its outline, real keys."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import resources
from engine.document.catalogue import ParamInfo
from engine.document.graph import Graph, Place, Wire, dumps, loads
from tests import shipped
from tests.newcomer import Newcomer, newcomer
from tests.workbench.screen import MISSING
from workbench.words.kinds import title_of
from workbench.words.letters import letters

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(bool(MISSING), reason=f"{', '.join(MISSING)} is not installed here"),
    pytest.mark.timeout(1200),
]
MOST_FIELDS = 40


class Typist:
    """Somebody with a keyboard and no mouse, who reads the rows of the outline."""

    def __init__(self, person: Newcomer) -> None:
        self.person, self.display = person, person.display
        self.person.keys("ctrl+shift+o")

    @property
    def graph(self) -> dict[str, Any]:
        return self.person.ask("graph") or {}

    def sees(self, question: str, what: str) -> Any:
        return self.person.waits(lambda: self.person.ask(question), what)

    def on_outline(self) -> dict[str, Any]:
        return self.person.waits(
            lambda: (o := self.person.ask("outline")) and o["focus"] and o, "the outline"
        )

    def go(self, node: str) -> None:
        """Go to the row of a node."""
        self.person.keys("Home")
        shown = self.person.waits(
            lambda: (o := self.on_outline())["at"] == 0 and o, "the first row"
        )
        self.press("Down", shown["rows"].index(node))
        at = lambda: (o := self.on_outline())["rows"][o["at"]] == node  # noqa: E731
        self.person.waits(at, node)

    def press(self, key: str, times: int) -> None:
        if times > 0:
            self.display.keys(*[key] * times)

    def made(self, before: dict[str, Any]) -> str:
        """Return the node that is there now and was not before, once it is current."""
        new = lambda: [n for n in self.graph.get("nodes", {}) if n not in before]  # noqa: E731
        (node,) = self.person.waits(new, "a new node")
        at = lambda: (o := self.on_outline())["rows"][o["at"]] == node  # noqa: E731
        self.person.waits(at, node)
        return str(node)

    def add(self, kind: str, words: str) -> str:
        before = self.graph.get("nodes", {})
        self.person.keys("Insert")
        self.sees("marked", "the list of nodes")
        self.choose(words, lambda row: row[1] == kind)
        return self.made(before)

    def twin(self, node: str) -> str:
        before = self.graph["nodes"]
        self.go(node)
        self.person.keys("alt+d")
        return self.made(before)

    def choose(self, words: str, right: Any) -> None:
        """Type what is sought, go down what is found to the right row, and take it."""
        self.person.types(words)
        typed = lambda: (self.person.ask("marked") or ["", "", ""])[2] == words  # noqa: E731
        self.person.waits(typed, words)
        found = lambda: (self.person.ask("marked") or ["", ""])[1]  # noqa: E731
        self.person.waits(found, "the kinds of a first start", 300)
        while not right(row := self.sees("marked", "a row")):
            self.person.keys("Down")
            self.person.waits(lambda row=row: self.person.ask("marked") != row, "the next row")
        self.person.keys("Return")

    def connect(self, wire: Wire, title: str) -> None:
        """Choose what an output goes to."""
        count = len(self.graph.get("wires", []))
        self.go(wire.source)
        self.person.keys("ctrl+l")
        self.sees("marked", "what fits")
        start, end = f"{letters(wire.output)} to ", f", {letters(wire.input)}"
        self.choose(
            title.split()[0],
            lambda row: row[0].startswith(start) and row[0].endswith(end) and row[1] == wire.target,
        )
        self.person.waits(lambda: len(self.graph.get("wires", [])) == count + 1, str(wire))
        self.on_outline()

    def rename(self, node: str, title: str) -> None:
        self.go(node)
        self.person.keys("F2")
        self.person.waits(lambda: not self.person.ask("outline")["focus"], "the title's field")
        self.person.keys("ctrl+a")
        self.person.types(title)
        self.person.keys("Return")
        self.person.waits(lambda: self.graph["nodes"][node].get("title") == title, title)
        self.on_outline()

    def set(self, node: str, values: dict[str, Any]) -> None:
        """Go to the fields of a node, from one to the next, and give each its value."""
        self.go(node)
        self.person.keys("Return")
        self.person.waits(lambda: self.person.ask("typing")[0], "the first field")
        params = {p.name: p for p in shipped.catalogue()[Place(kind=self.kind(node))].params}
        left = dict(values)
        for _ in range(MOST_FIELDS):
            name, at = self.person.waits(lambda: self.person.ask("typing"), "a field")
            if name in left:
                value = left.pop(name)
                self.give(params[name], value)
                has = lambda: self.person.ask(f"params {node}").get(name) == value  # noqa: E731, B023
                self.person.waits(has, f"{value} as {name} of {node}")
            if not left:
                break
            self.person.keys("Tab")
            on = lambda: self.person.ask("typing")[1] != at  # noqa: E731, B023
            self.person.waits(on, f"what comes after {name}")
        assert not left, (node, left)
        assert self.person.ask(f"params {node}") == values
        self.person.keys("ctrl+shift+o")
        self.on_outline()

    def kind(self, node: str) -> str:
        return str(self.graph["nodes"][node]["kind"])

    def give(self, param: ParamInfo, value: Any) -> None:
        if param.type == "choice":
            self.person.keys("alt+Down")
            self.person.types(str(value))
        elif param.type == "bool":
            self.person.keys("space")
            return
        else:
            self.person.keys("ctrl+a")
            self.person.types(" ".join(map(str, value)) if isinstance(value, list) else str(value))
        self.person.keys("Return")


def test_vae_digits_is_built_titled_set_and_run_by_keys_alone() -> None:
    text = Path(resources.path("examples/vae-digits.graph.json")).read_text("utf-8")
    example = loads(text.replace("−", "-").replace("×", "x"))  # what keyboards have
    known = shipped.catalogue()
    with newcomer() as person:
        typist = Typist(person)
        ours: dict[str, str] = {}
        for node, place in example.nodes.items():
            if place.twin:
                ours[node] = typist.twin(ours[place.twin])
                continue
            words = [word for word in known[place].title.split() if word.isascii()]
            ours[node] = typist.add(place.kind, " ".join(words))
            if place.title:
                typist.rename(ours[node], place.title)
            if place.params:
                typist.set(ours[node], place.params)
        for wire in example.wires:
            title = title_of(example, known, wire.target)
            typist.connect(wire._replace(source=ours[wire.source], target=ours[wire.target]), title)
        assert told(typist.graph, ours) == told(as_file(example), {n: n for n in example.nodes})
        person.keys("ctrl+Return")
        person.waits(lambda: person.state["step"] > 100, "100 steps", 300)
        person.keys("ctrl+shift+Return")
        person.waits(lambda: person.state["status"] == "stopped", "the run's end")
        assert person.state["problems"] == 0


def as_file(graph: Graph) -> dict[str, Any]:
    return dict(json.loads(dumps(graph)))


def told(graph: dict[str, Any], names: dict[str, str]) -> Any:
    """Return what a graph says besides where it lies, by the names given to its nodes."""
    own = {own: name for name, own in names.items()}
    nodes = {
        own[n]: {**place, "twin": own.get(place.get("twin"))} for n, place in graph["nodes"].items()
    }
    wires = {(own[a], out, own[b], into) for a, out, b, into in graph["wires"]}
    return nodes, wires
