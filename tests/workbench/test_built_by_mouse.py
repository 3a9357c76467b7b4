"""`vae-from-layers` built from an empty canvas by mouse: a real window, its palette, its lists."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import resources
from engine.document.graph import dumps, loads
from tests import shipped
from tests.newcomer import Newcomer, newcomer
from tests.workbench.screen import MISSING

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(bool(MISSING), reason=f"{', '.join(MISSING)} is not installed here"),
    pytest.mark.timeout(1800),
]
APART, EDGE = 60, 190  # px: from a node to where its wire is dropped, room for a node
BAND = 14  # px around what a stroke in the void selects


class Builder:
    """Somebody with a mouse, who types only what is sought and what a field is to hold."""

    def __init__(self, person: Newcomer) -> None:
        self.person, self.display = person, person.display
        self.made: dict[str, str] = {}  # ids of the graph by those of the example
        person.keys("Escape")
        person.waits(lambda: person.ask("canvas"), "the canvas")
        person.waits(lambda: person.state.get("checked"), "the engine", 300)

    @property
    def graph(self) -> dict[str, Any]:
        return {"nodes": {}, "wires": [], "groups": {}, **(self.person.ask("graph") or {})}

    @property
    def board(self) -> dict[str, Any]:
        """What is open: the graph, or the group that the way leads to."""
        board = graph = self.graph
        for node in self.person.ask("open") or []:
            board = graph["groups"][board["nodes"][node]["kind"].removeprefix("group:")]
        return {"wires": [], **board}

    def at(self, question: str) -> tuple[float, float]:
        x, y, *_ = self.person.waits(lambda: self.person.ask(question), question)
        return x, y

    def body(self, node: str) -> list[float]:
        return list(self.person.waits(lambda: self.person.ask(f"body {node}"), node))

    def rests(self) -> None:
        """Wait until the view has come to rest."""
        node = next(iter(self.board["nodes"]))
        last: list[Any] = []

        def same() -> bool:
            last.append(self.person.ask(f"body {node}"))
            return last[-2:] == [last[-1]] * 2

        self.person.waits(same, "the view at rest")

    def new(self, before: dict[str, Any], name: str) -> str:
        fresh = lambda: [n for n in self.board["nodes"] if n not in before]  # noqa: E731
        (node,) = self.person.waits(fresh, f"{name}: {self.person.ask('marked')}")
        self.made[name] = node
        self.rests()
        return str(node)

    def dragged(self, name: str, kind: str, words: str, to: tuple[float, float]) -> str:
        """Find a kind in the palette and drag it onto the canvas, at a share of it."""
        before = self.board["nodes"]
        self.display.click(*self.at("rail nodes"))
        self.person.waits(lambda: self.person.ask("search"), "the palette")
        self.person.keys("ctrl+a")
        self.person.types(words)
        self.person.waits(lambda: self.person.ask("sought") == [words, "found"], words)
        start = self.person.waits(lambda: self.person.ask(f"kind {kind}"), kind)
        left, top, right, bottom = self.person.ask("canvas")
        there = (left + to[0] * (right - left), top + to[1] * (bottom - top))
        self.display.drag(start, there, seen=lambda: self.person.ask("over"))
        return self.new(before, name)

    def dropped(self, name: str, kind: str, words: str, source: str, down: float = 0.0) -> str:
        """Drop a wire in the void right of its node, and take a kind of the list."""
        before, node = self.board["nodes"], source.partition(".")[0]
        self.has_room(node)
        _, y = self.at(f"port {source}")
        self.display.drag(self.at(f"port {source}"), (self.body(node)[2] + APART, y + down))
        self.person.waits(lambda: self.person.state.get("searching"), f"the list of {source}")
        self.person.types(words)
        right = lambda: (m := self.person.ask("marked")) and m[1:] == [kind, words]  # noqa: E731
        self.person.waits(right, f"{kind} first for {words!r}")
        self.person.keys("Return")
        return self.new(before, name)

    def has_room(self, node: str) -> None:
        """Pan until there is room right of a node."""
        left, _, right, bottom = self.person.ask("canvas")
        by = self.body(node)[2] + APART + EDGE - right
        if by > 0:
            start = (left + 600, bottom - 20)  # left of the map
            self.display.drag(start, (max(start[0] - by, left), start[1]), button=2)
            self.rests()

    def wired(self, source: str, target: str) -> None:
        """Draw a wire from port to port; all is brought into sight before."""
        self.sees_all()
        count = len(self.board.get("wires", []))
        self.display.drag(self.at(f"port {source}"), self.at(f"port {target}"))
        drawn = lambda: len(self.board["wires"]) == count + 1  # noqa: E731
        self.person.waits(drawn, f"{source} to {target}")

    def sees_all(self) -> None:
        self.person.clicks("fit")
        self.rests()

    def tidied(self) -> None:
        before = self.board["layout"]
        self.person.keys("ctrl+shift+l")
        self.person.waits(lambda: self.board["layout"] != before, "nodes laid along the wires")
        self.sees_all()

    def click(self, node: str, times: int = 1) -> None:
        """Click on the header of a node, once that is in sight."""
        left, top, right, bottom = self.person.ask("canvas")
        x, y = self.at(f"header {node}")
        if not (left < x < right - 60 and top + 40 < y < bottom - 40):
            self.sees_all()
        self.display.xdotool("mousemove", *map(round, self.at(f"header {node}")))
        self.display.xdotool("click", "--repeat", times, "--delay", 60, 1)

    def titled(self, name: str, title: str) -> None:
        node = self.made[name]
        self.click(node)
        self.person.keys("F2")
        self.person.waits(lambda: self.person.state["focus"] == "TitleField", "the title's field")
        self.person.keys("ctrl+a")
        self.person.types(title)
        self.person.keys("Return")
        place = lambda: self.board["nodes"][node]  # noqa: E731
        groups = lambda: self.graph.get("groups", {})  # noqa: E731
        own = lambda: groups().get(place()["kind"].removeprefix("group:"), {})  # noqa: E731
        has = lambda: title in (place().get("title"), own().get("title"))  # noqa: E731
        self.person.waits(has, title)

    def sets(self, name: str, **values: Any) -> None:
        """Give fields of the inspector their values: one chooses of a list, or types."""
        node = self.made[name]
        self.click(node)
        params = {p.name: p for p in shipped.catalogue().kinds[self.kind(node)].params}
        for param, value in values.items():
            self.person.clicks(f"field {param}")
            if params[param].type == "choice":
                self.person.clicks(f"listed {value}")
            else:
                self.person.keys("ctrl+a")
                self.person.types(str(value))
                self.person.keys("Return")
            has = lambda: self.board["nodes"][node].get("params", {}).get(param) == value  # noqa: E731, B023
            self.person.waits(has, f"{value} as {param} of {name}")

    def kind(self, node: str) -> str:
        return str(self.board["nodes"][node]["kind"])

    def grouped(self, name: str, nodes: list[str]) -> str:
        """Select nodes by a stroke around them, and make a group of them."""
        self.sees_all()
        before = self.board["nodes"]
        bodies = [self.body(self.made[node]) for node in nodes]
        left, top = (min(b[side] for b in bodies) - BAND for side in (0, 1))
        right, bottom = (max(b[side] for b in bodies) + BAND for side in (2, 3))
        self.display.drag((left, top), (right, bottom))
        self.person.waits(lambda: self.person.ask("ready graph.group"), "nodes selected")
        self.person.keys("ctrl+g")
        return self.new(before, name)

    def entered(self, name: str) -> None:
        node = self.made[name]
        self.click(node, 2)
        self.person.waits(lambda: self.person.ask("open") == [node], f"the inside of {name}")
        self.rests()

    def left(self) -> None:
        left, _, _, bottom = self.person.ask("canvas")
        self.display.click(left + 30, bottom - 30)  # in a field the key steps its number
        self.person.keys("ctrl+Up")
        self.person.waits(lambda: self.person.ask("open") == [], "the outer graph")
        self.rests()

    def twin(self, name: str, of: str) -> str:
        before = self.board["nodes"]
        self.click(self.made[of])
        self.person.keys("alt+d")
        return self.new(before, name)


def layers(hand: Builder, of: str, chain: list[tuple[str, str, str]], source: str) -> None:
    """Draw layers one after another, each from the wire of the one before."""
    for name, kind, words in chain:
        node = hand.dropped(f"{of}/{name}", kind, words, source)
        (output,) = (p.name for p in shipped.catalogue().kinds[kind].outputs if p.name != "model")
        source = f"{node}.{output}"


ENCODER = [
    ("flatten", "Flatten", "flatten"),
    ("linear", "Linear", "linear"),
    ("activation", "Activation", "activation"),
    ("linear_2", "Linear", "linear"),
    ("gaussian_head", "GaussianHead", "gauss"),
]
DECODER = [
    ("linear", "Linear", "linear"),
    ("activation", "Activation", "activation"),
    ("linear_2", "Linear", "linear"),
    ("reshape", "Reshape", "reshape"),
    ("image_head", "ImageHead", "image head"),
]


def drawn(hand: Builder) -> None:
    """Draw the two networks, and make groups of them."""
    data = hand.dragged("data", "MNIST", "mnist", (0.3, 0.3))
    layers(hand, "encoder", ENCODER, f"{data}.images")
    hand.sets("encoder/activation", function="tanh")
    hand.sets("encoder/linear_2", outputs=4)
    encoder = hand.grouped("encoder", [f"encoder/{name}" for name, *_ in ENCODER])
    hand.titled("encoder", "Encoder")
    sample = hand.dropped("sample", "Reparameterize", "repara", f"{encoder}.q")
    layers(hand, "decoder", DECODER, f"{sample}.z")
    hand.sets("decoder/activation", function="tanh")
    hand.sets("decoder/linear_2", outputs=784)
    hand.grouped("decoder", [f"decoder/{name}" for name, *_ in DECODER])
    hand.titled("decoder", "Decoder")


def renames_a_port(hand: Builder) -> None:
    """Give the input of the decoder the name that decoders have, on its border."""
    hand.entered("decoder")
    hand.display.click(*hand.at("port in.x"))
    hand.person.keys("F2")
    hand.person.waits(lambda: hand.person.state["focus"] == "TitleField", "the port's field")
    hand.person.keys("ctrl+a")
    hand.person.types("z")
    hand.person.keys("Return")
    (port,) = hand.person.waits(lambda: hand.board["inputs"], "the inputs")
    hand.person.waits(lambda: hand.board["inputs"][0]["name"] == "z", f"z for {port}")
    hand.left()


def promotes_a_field(hand: Builder) -> None:
    """Show the width of a layer outside, set it there, and take both back."""
    before = hand.graph
    hand.entered("encoder")
    hand.click(hand.made["encoder/linear"])
    hand.display.click(*hand.at("field outputs"), button=3)
    hand.person.clicks("menu Show outside")
    hand.person.waits(lambda: hand.board.get("params"), "a promoted field")
    hand.left()
    hand.click(hand.made["encoder"])
    hand.person.clicks("field outputs")
    hand.person.keys("ctrl+a")
    hand.person.types("8*16")
    hand.person.keys("Return")
    node = hand.made["encoder"]
    set_to = lambda: hand.graph["nodes"][node].get("params")  # noqa: E731
    hand.person.waits(lambda: set_to() == {"outputs": 128}, "128 as width")
    hand.click(node)
    hand.person.keys("ctrl+z")
    hand.person.keys("ctrl+z")
    hand.person.waits(lambda: hand.graph == before, "the graph before")
    hand.left()  # what is undone is shown, in the group


def trained(hand: Builder) -> None:
    """Draw the loss and what trains."""
    made = hand.made
    loss = hand.dropped("loss", "ELBO", "elbo", f"{made['decoder']}.x_hat")
    hand.wired(f"{made['data']}.images", f"{loss}.x")
    hand.wired(f"{made['encoder']}.q", f"{loss}.q")
    adam = hand.dropped("adam", "Optimizer", "optimizer", f"{loss}.loss")
    hand.wired(f"{made['encoder']}.model", f"{adam}.models")
    hand.wired(f"{made['decoder']}.model", f"{adam}.models")
    hand.sets("adam", rate=0.005, schedule="cosine")
    hand.titled("adam", "Adam")
    hand.dropped("trainer", "Trainer", "trainer", f"{adam}.optimizer")
    hand.sets("trainer", epochs=10.0)
    hand.dropped("elbo", "Average", "average", f"{loss}.bound", 160)
    hand.sets("elbo", unit="nats")
    hand.titled("elbo", "Test -ELBO")


def looked_at(hand: Builder) -> None:
    """Draw the views, with two twins of the decoder."""
    made = hand.made
    hand.tidied()
    latent = hand.dropped("latent", "Scatter", "scatter", f"{made['sample']}.z", 260)
    hand.titled("latent", "Latent scatter")
    hand.wired(f"{made['data']}.labels", f"{latent}.labels")
    shown = hand.dropped("reconstructions", "ImageGrid", "images", f"{made['data']}.images", 260)
    hand.titled("reconstructions", "Reconstructions")
    hand.sets("reconstructions", count=16)
    hand.wired(f"{made['decoder']}.x_hat", f"{shown}.below")
    for source, kind, words, twin, view in (
        ("grid", "LatentGrid", "latent grid", "grid_decoder", "manifold"),
        ("point", "PickedPoints", "picked", "point_decoder", "drawn"),
    ):
        hand.tidied()
        of = hand.twin(twin, "decoder")
        start = hand.dragged(source, kind, words, (0.4, 0.85))
        (output,) = (p.name for p in shipped.catalogue().kinds[kind].outputs)
        hand.wired(f"{start}.{output}", f"{of}.z")
        hand.dropped(view, "ImageGrid", "images", f"{of}.x_hat")
    hand.sets("manifold", count=144, gap=0, caption="12 x 12 quantiles of the prior")
    hand.titled("manifold", "Decoded grid")
    hand.sets("drawn", count=1, gap=0)
    hand.titled("drawn", "What the decoder draws there")


def test_vae_from_layers_is_built_by_mouse() -> None:
    shipped.need_mnist()
    text = Path(resources.path("examples/vae-from-layers.graph.json")).read_text("utf-8")
    example = loads(text.replace("\u2212", "-").replace("\u00d7", "x"))  # what keyboards have
    with newcomer() as person:
        hand = Builder(person)
        drawn(hand)
        renames_a_port(hand)
        promotes_a_field(hand)
        hand.tidied()
        trained(hand)
        looked_at(hand)
        built = hand.graph
        names = {n: n for n in example.nodes} | {
            f"{group}/{n}": n for group, own in example.groups.items() for n in own.nodes
        }
        wanted = json.loads(dumps(example))
        assert told(built, hand.made) == told(wanted, names)
        assert person.state["problems"] == 0
        person.keys("ctrl+Return")
        person.waits(lambda: person.state["step"] > 100, "100 steps", 300)


def told(graph: dict[str, Any], names: dict[str, str]) -> Any:
    """Return what a graph says besides where it lies, by the names given to its nodes."""
    whole = _told(graph, {own: n for n, own in names.items() if "/" not in n}, graph["nodes"])
    for name in ("encoder", "decoder"):
        place = graph["nodes"][names[name]]
        group = graph["groups"][place["kind"].removeprefix("group:")]
        inner = {own: n for n, own in names.items() if n.startswith(f"{name}/")}
        ports = [group["inputs"], group["outputs"], place.get("title") or group["title"]]
        whole.append([ports, _told(group, inner | {"in": "in", "out": "out"}, group["nodes"])])
    return whole


def _told(board: dict[str, Any], own: dict[str, str], nodes: dict[str, Any]) -> list[Any]:
    known = shipped.catalogue().kinds
    found = {}
    for node, place in nodes.items():
        kind = known.get(place["kind"])
        defaults = {p.name: p.default for p in kind.params} if kind else {}
        said = {**defaults, **place.get("params", {})}
        title, twin = place.get("title", ""), own.get(place.get("twin"))
        found[own[node]] = [kind.kind, title, twin, said] if kind else [twin, said]
    wires = sorted((own[a], out, own[b], into) for a, out, b, into in board["wires"])
    return [found, wires]
