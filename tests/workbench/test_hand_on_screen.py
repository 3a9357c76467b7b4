"""The editor's hand on a real screen: each gesture with a real mouse and real keys, then undone.

Files are dragged from a window of another program (`dragged.py`).
"""

from __future__ import annotations

import os
import subprocess
import sys
import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.document.graph import Graph, Group, Place, Wire, dumps, save
from tests.newcomer import Newcomer, newcomer
from tests.workbench.screen import MISSING

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(bool(MISSING), reason=f"{', '.join(MISSING)} is not installed here"),
    pytest.mark.timeout(1500),
]
SIZE = (1920, 1080)
CORNER = (60, 1010)  # of the window from which files are dragged


def drawn() -> Graph:
    """Return a chain of layers, two free ones, and a group with one more."""
    chain = {
        "data": Place(kind="Digits"),
        "flatten": Place(kind="Flatten"),
        "first": Place(kind="Linear"),
        "act": Place(kind="Activation"),
        "last": Place(kind="Linear"),
    }
    graph = Graph(nodes=chain)
    names = list(chain)
    outputs = {"data": "images"}
    graph.wires = [Wire(a, outputs.get(a, "y"), b, "x") for a, b in pairwise(names)]
    graph.layout.positions = {n: [220.0 * i, 0.0] for i, n in enumerate(names)}
    for column, (node, kind) in enumerate({"free": "Dropout", "spare": "Activation"}.items()):
        graph.nodes[node] = Place(kind=kind)
        graph.layout.positions[node] = [220.0 * (2 * column), 320.0]
    graph.groups["inner"] = Group(
        title="Inner", nodes={"deep": Place(kind="Dropout", title="Deepest")}
    )
    graph.nodes["group"] = Place(kind="group:inner")
    graph.layout.positions["group"] = [880.0, 320.0]
    return graph


class Hand:
    """Somebody with a mouse who looks at the graph after each gesture, and takes it back."""

    def __init__(self, person: Newcomer) -> None:
        self.person, self.display = person, person.display
        person.waits(lambda: person.state.get("checked"), "the check", 300)
        self.before = self.graph

    @property
    def graph(self) -> dict[str, Any]:
        return self.person.ask("graph") or {}

    @property
    def wires(self) -> set[tuple[str, str]]:
        return {(wire[0], wire[2]) for wire in self.graph.get("wires", [])}

    def at(self, question: str) -> tuple[float, float]:
        x, y, *_ = self.person.waits(lambda: self.person.ask(question), question)
        return x, y

    def middle(self, node: str) -> tuple[float, float]:
        left, top, right, bottom = self.person.ask(f"body {node}")
        return (left + right) / 2, (top + bottom) / 2

    def wire(self, start: str, end: str) -> tuple[float, float]:
        (x, y), (across, down) = self.at(f"port {start}"), self.at(f"port {end}")
        return (x + across) / 2, (y + down) / 2

    def drag(self, start: tuple[float, float], end: tuple[float, float], **how: Any) -> None:
        self.display.drag(start, end, **how)

    def leads_to(self, true: Callable[[], object], what: str) -> None:
        """Wait for what a gesture does, and take it back by Ctrl+Z."""
        self.person.waits(true, f"{what}: {self.graph.get('wires')}")
        self.person.keys("ctrl+z")
        self.person.waits(lambda: self.graph == self.before, f"the graph before {what}")

    def click(self, node: str) -> None:
        self.display.click(*self.at(f"header {node}"))

    def action(self, words: str) -> None:
        """Do something by its name in the list of actions."""
        self.person.keys("ctrl+k")
        self.person.types(words)
        self.person.waits(lambda: self.person.ask("marked"), words)
        self.person.keys("Return")


@pytest.fixture(scope="module")
def hand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hand]:
    file = tmp_path_factory.mktemp("hand") / "chain.graph.json"
    save(drawn(), file)
    with newcomer(str(file), size=SIZE) as person:
        yield Hand(person)


def test_a_node_dropped_on_a_wire_goes_into_it_and_makes_room(hand: Hand) -> None:
    place = hand.before["layout"]["positions"]["act"]
    (x, y), (left, top) = hand.middle("free"), hand.at("header free")
    end = hand.wire("first.y", "act.x")
    hand.drag((left, top), (end[0] + left - x, end[1] + top - y))

    def there() -> bool:
        right = hand.graph["layout"]["positions"]["act"][0] > place[0]
        return {("first", "free"), ("free", "act")} <= hand.wires and right

    hand.leads_to(there, "a node in a wire")


def test_delete_joins_what_ran_through_and_shift_delete_does_not(hand: Hand) -> None:
    hand.click("act")
    hand.person.keys("Delete")
    hand.leads_to(lambda: ("first", "last") in hand.wires, "a node removed")
    hand.click("act")
    hand.person.keys("shift+Delete")
    gone = lambda: "act" not in hand.graph["nodes"] and len(hand.wires) == 2  # noqa: E731
    hand.leads_to(gone, "a node removed with its wires")


def test_shift_and_alt_pull_a_node_out_of_its_wires(hand: Hand) -> None:
    x, y = hand.at("header act")
    hand.drag((x, y), (x, y + 240), held=("shift", "alt"))
    pulled = lambda: ("first", "last") in hand.wires and "act" in hand.graph["nodes"]  # noqa: E731
    hand.leads_to(pulled, "a node pulled out")


def test_a_stroke_with_ctrl_and_the_right_button_cuts(hand: Hand) -> None:
    x, y = hand.wire("act.y", "last.x")
    hand.drag((x, y - 60), (x, y + 60), held=("ctrl",), button=3)
    hand.leads_to(lambda: ("act", "last") not in hand.wires, "a wire cut")


def test_shift_moves_all_wires_of_a_port(hand: Hand) -> None:
    hand.drag(hand.at("port first.y"), hand.at("port flatten.y"), held=("shift",))
    hand.leads_to(lambda: ("flatten", "act") in hand.wires, "all wires of a port moved")


def test_a_wire_dropped_on_a_body_takes_the_port_that_fits(hand: Hand) -> None:
    hand.drag(hand.at("port first.y"), hand.middle("spare"))
    hand.leads_to(lambda: ("first", "spare") in hand.wires, "a wire dropped on a body")


def test_what_is_in_a_group_is_found(hand: Hand) -> None:
    hand.click("flatten")
    hand.person.keys("ctrl+f")
    hand.person.waits(lambda: hand.person.state["focus"] == "QLineEdit", "the field")
    hand.person.types("Deepest")
    hand.person.keys("Return")
    hand.person.waits(lambda: hand.person.ask("open") == ["group"], "the group that holds it")
    hand.person.keys("Escape")
    hand.person.keys("ctrl+Up")
    hand.person.waits(lambda: hand.person.ask("open") == [], "the outer graph")


def test_what_is_copied_is_pasted_with_its_wires(hand: Hand) -> None:
    hand.click("act")
    hand.person.keys("ctrl+c")
    hand.person.keys("ctrl+alt+v")
    hand.leads_to(lambda: ("first", "act_2") in hand.wires, "a copy with its wires")


def test_keys_collapse_align_and_spread(hand: Hand) -> None:
    hand.click("act")
    hand.person.waits(lambda: hand.person.ask("ready graph.collapse"), "the node to be selected")
    hand.person.keys("h")
    hand.leads_to(lambda: hand.graph["layout"].get("collapsed") == ["act"], "a node collapsed")
    first, last = (hand.person.ask(f"body {node}") for node in ("free", "group"))
    hand.drag((first[0] - 16, first[1] - 16), (last[2] + 16, last[3] + 16))

    def place(axis: int) -> set[float]:
        places = hand.graph["layout"]["positions"]
        return {places[node][axis] for node in ("free", "spare", "group")}

    hand.person.waits(lambda: hand.person.ask("ready graph.left"), "three to be selected")
    hand.person.keys("shift+Left")
    hand.leads_to(lambda: len(place(0)) == 1, "left edges aligned")
    hand.person.waits(lambda: hand.person.ask("ready graph.columns"), "three to be selected")
    hand.person.keys("shift+H")
    hand.person.waits(lambda: len(place(0)) == 3, "three in columns")
    hand.leads_to(lambda: True, "spread in columns")


def test_nodes_are_coloured_and_pinned_by_name(hand: Hand) -> None:
    hand.click("act")
    hand.action("Colour Amber")
    hand.leads_to(lambda: "amber" in str(hand.graph["layout"].get("colours")), "a colour")
    hand.click("act")
    hand.action("Pin in place")
    hand.leads_to(lambda: hand.graph["layout"].get("pinned") == ["act"], "a pin")


def test_the_history_jumps(hand: Hand) -> None:
    for node in ("free", "spare"):
        x, y = hand.at(f"header {node}")
        hand.drag((x, y), (x, y + 64))
    hand.person.waits(lambda: hand.graph != hand.before, "two moves")
    hand.action("History")
    hand.person.clicks("past 0")
    hand.person.waits(lambda: hand.graph == hand.before, "what was opened")


def test_a_graph_is_pasted_from_the_text_of_a_page(hand: Hand, tmp_path: Path) -> None:
    part = Graph(nodes={"pasted": Place(kind="Dropout")})
    part.layout.positions = {"pasted": [0.0, 0.0]}
    text = f"The graph:\n\n{dumps(part)}\n\nPaste {{it}}."
    with other(hand, "text", text):
        hand.click("flatten")
        hand.person.keys("ctrl+v")
        hand.leads_to(lambda: "pasted" in hand.graph["nodes"], "a graph of a page")


@contextmanager
def other(hand: Hand, *words: str) -> Iterator[None]:
    """Run a small window of another program, which gives files to drag, or has copied a text."""
    command = [sys.executable, "-m", "tests.workbench.dragged", *map(str, CORNER), *words]
    environment = hand.display.environment
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout and process.stdout.readline().strip() == b"ready"
            yield
        finally:
            process.kill()


def files(folder: Path) -> dict[Path, str]:
    """Write a file of each kind; return the kinds of node that read them."""
    from PIL import Image

    table, arrays = folder / "points.csv", folder / "arrays.npz"
    table.write_text("x,y\n1,2\n3,4\n")
    np.savez(arrays, x=np.zeros((4, 2), np.float32))
    pictures, sounds = folder / "pictures", folder / "sounds"
    for made in (pictures, sounds):
        made.mkdir()
    Image.new("L", (8, 8)).save(pictures / "one.png")
    with wave.open(str(sounds / "one.wav"), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(1600))
    kinds = ("ArrayFile", "ArrayFile", "ImageFolder", "AudioFolder")
    return dict(zip((table, arrays, pictures, sounds), kinds, strict=True))


def test_files_dragged_from_another_program_are_nodes_where_they_fall(
    hand: Hand, tmp_path: Path
) -> None:
    left, _, right, bottom = hand.person.ask("canvas")
    for path, kind in files(tmp_path).items():
        with other(hand, "file", os.fspath(path)):
            start, end = (CORNER[0] + 40, CORNER[1] + 20), ((left + right) / 2, bottom - 120)
            hand.drag(start, end, seen=lambda: hand.person.ask("over"))
            kinds = lambda: {p["kind"] for p in hand.graph["nodes"].values()}  # noqa: E731
            hand.person.waits(lambda: kind in kinds(), f"{kind} for {path.name}")  # noqa: B023
        hand.person.keys("Escape")  # the preview of what can be previewed
        hand.leads_to(lambda: True, path.name)


def test_a_graph_dragged_from_another_program_opens(hand: Hand, tmp_path: Path) -> None:
    file = tmp_path / "dragged.graph.json"
    save(Graph(nodes={"one": Place(kind="Dropout")}), file)
    left, _, right, bottom = hand.person.ask("canvas")
    with other(hand, "file", os.fspath(file)):
        hand.drag((CORNER[0] + 40, CORNER[1] + 20), ((left + right) / 2, bottom - 120))
        title = lambda: hand.person.state.get("title", "")  # noqa: E731
        hand.person.waits(lambda: title().startswith("dragged"), "its tab")
    hand.person.keys("ctrl+w")
    hand.person.waits(lambda: title().startswith("chain"), "the tab before")
