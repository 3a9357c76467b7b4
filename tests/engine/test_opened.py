"""Networks opened as layers: the same numbers, and weights that stay."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.document.errors import Stopped
from engine.document.expand import expand
from engine.document.graph import Graph, Place, Wire, apply, dumps, loads
from engine.document.opened import ROOT, as_graph, origins
from engine.document.wiring import running_order
from engine.run.launch import Order
from engine.run.opening import fill, layer_of, layers_of, named
from engine.run.session import Session
from nodes.base import Node
from nodes.types import Figure, TextVectors
from tests.engine.toy import Listener
from tests.running import launch, run
from tests.shipped import catalogue, library
from workbench.edits import open_as_layers

IMAGES, POINTS = torch.rand(6, 2, 12, 12), torch.randn(6, 5)
ODD = torch.rand(6, 1, 7, 7)
TIMES, LABELS = torch.rand(6), torch.arange(6) % 3
CONVOLVED = {"architecture": "convolutional", "hidden": 8, "layers": 2}
MAPPED = CONVOLVED | {"architecture": "fully convolutional"}
OWN = {"preset": "own", "channels": [8, 12], "groups": 4, "attention": [6]}


def cases() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Yield kinds with their parameters and inputs."""
    for activation in ("ReLU", "tanh", "GELU", "SiLU", "ELU", "leaky ReLU", "softplus"):
        yield "Encoder", {"activation": activation}, {"x": IMAGES}
    for layers in (0, 3):
        yield "Encoder", {"layers": layers, "latent": 3}, {"x": POINTS}
        yield "Decoder", {"layers": layers, "shape": [2, 3, 5]}, {"z": POINTS}
    for made in (CONVOLVED, MAPPED):
        yield "Encoder", made | {"latent": 9}, {"x": IMAGES}
        yield "Encoder", made | {"latent": 8}, {"x": ODD}
        z = torch.randn(6, 9)
        yield "Decoder", made | {"shape": [1, 12, 12], "output": "linear"}, {"z": z}
        yield "Decoder", made | {"shape": [2, 9, 9], "output": "signed"}, {"z": z}
    yield "PointDecoder", {"size": 3}, {"z": POINTS}
    told: dict[str, Any] = {"z": POINTS, "labels": LABELS}
    for normalization in ("none", "batch", "layer"):
        made = {"normalization": normalization}
        yield "PointGenerator", made, {"z": POINTS}
        yield "Generator", made | {"shape": [1, 4, 4], "classes": 3, "hidden": 16}, told
        for depth in (1, 2):
            more = made | CONVOLVED | {"depth": depth}
            yield "Generator", more | {"shape": [1, 7, 7]}, {"z": POINTS}
            yield "Discriminator", more | {"classes": 3}, {"x": IMAGES, "labels": LABELS}
        yield "Discriminator", made | {"hidden": 16, "spectral": True}, {"x": POINTS}
    yield "Discriminator", CONVOLVED | {"spectral": True}, {"x": ODD}
    yield "DenoiserMLP", {"hidden": [8, 12]}, {"x": POINTS, "t": TIMES}
    told = {"x": IMAGES, "t": TIMES, "labels": LABELS}
    yield "DenoiserMLP", {"hidden": [8], "classes": 3}, told
    yield "UNet", OWN | {"classes": 3}, told
    yield "UNet", OWN | {"blocks": 2, "patch": 2, "attention": [0]}, {"x": IMAGES, "t": TIMES}
    yield "UNet", OWN | {"channels": [8, 8, 16]}, {"x": ODD, "t": TIMES}
    beside = torch.rand(6, 1, 4, 4)
    yield "UNet", OWN | {"patch": 2}, {"x": IMAGES, "t": TIMES, "beside": beside}
    yield from _told_cases()
    yield from _sequence_cases()


def _told_cases() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Yield networks that are told texts, and critics of packs."""
    texts = TextVectors(torch.randn(6, 4, 3), torch.rand(6, 4) > 0.4, torch.randn(6, 3))
    for context in (texts, torch.randn(6, 4, 3)):
        yield "UNet", OWN | {"blocks": 2}, {"x": IMAGES, "t": TIMES, "context": context}
    told = {"x": IMAGES, "t": TIMES, "labels": LABELS, "context": texts}
    yield "UNet", OWN | {"classes": 3}, told
    yield "Discriminator", CONVOLVED, {"x": IMAGES, "context": texts}
    yield "Discriminator", {"pack": 2, "classes": 3}, {"x": POINTS, "labels": LABELS}
    yield "Discriminator", CONVOLVED | {"pack": 3}, {"x": IMAGES}
    more = {"shape": [1, 4, 4], "hidden": 16, "classes": 3}
    yield "Generator", more, {"z": POINTS, "labels": LABELS, "context": texts}


def _sequence_cases() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Yield networks of sounds and of tokens."""
    sounds = {"x": torch.randn(6, 1, 100)}
    yield "WaveCritic", {"hidden": 4, "layers": 2}, sounds
    yield "WaveCritic", {"hidden": 4, "layers": 2, "classes": 3}, sounds | {"labels": LABELS}
    for samples in (64, 63, 62, 61):
        for norm in ("none", "batch", "layer"):
            few: dict[str, Any] = {"hidden": 4, "layers": 2, "samples": samples}
            yield "WaveGenerator", few | {"normalization": norm}, {"z": POINTS}
    told: dict[str, Any] = {"z": POINTS, "labels": LABELS}
    yield "WaveGenerator", {"hidden": 4, "layers": 1, "samples": 9, "classes": 3}, told
    tokens = {"tokens": torch.randint(7, (3, 6))}
    own = {"preset": "own", "vocabulary": 7, "layers": 3, "heads": 2, "width": 8}
    yield "Transformer", own, tokens
    more = {"positions": "learned", "activation": "GELU", "normed": False, "tied": True}
    yield "Transformer", own | more, tokens
    yield "Transformer", own | {"dropout": 0.4, "layers": 1}, tokens


@cache
def kinds() -> dict[str, type[Node]]:
    return dict(library().kinds)


def made(kind: str, params: dict[str, Any], given: dict[str, Any]) -> Node:
    """Return a network with weights and running means that are not those of the beginning."""
    torch.manual_seed(0)
    node = kinds()[kind](**params)
    node(**given)
    for value in node.parameters():
        value.data += 0.1 * torch.randn_like(value)
    return node


class Layers:
    """A network that was opened: its layers, called one after the other."""

    def __init__(self, node: Node, given: dict[str, Any]) -> None:
        graph = as_graph(node.as_layers(), "net")
        for name in given:
            graph.nodes[name] = Place(kind="Given")
            graph.wires.append(Wire(name, "y", ROOT, name))
        graph.nodes["end"] = Place(kind="End")
        output = graph.groups["net"].outputs[0].name
        graph.wires.append(Wire(ROOT, output, "end", "x"))
        expanded = expand(loads(dumps(graph)), catalogue())
        assert not expanded.unexpanded
        self.graph, self.given = expanded.graph, given
        inner = {n: p for n, p in self.graph.nodes.items() if p.kind in kinds()}
        self.nodes = {name: kinds()[p.kind](**p.params) for name, p in inner.items()}
        self()
        held = named(node)
        for name, origin in origins(expanded).items():
            assert origin.node == ROOT
            assert fill(self.nodes[name], layer_of(self.nodes[name], held, origin))
        weighted = {name for name, layer in self.nodes.items() if layer.has_weights()}
        assert weighted == origins(expanded).keys()
        self.held = sum(layer.weight_count() for layer in self.nodes.values())

    def __call__(self) -> Any:
        torch.manual_seed(1)
        known: dict[tuple[str, str], Any] = {(n, "y"): v for n, v in self.given.items()}
        known |= {(name, "model"): node for name, node in self.nodes.items()}
        for name in running_order(self.graph, self.graph.wires, self.graph.nodes):
            if name not in self.nodes:
                continue
            ports: dict[str, Any] = {}
            for wire in self.graph.wires_into(name):
                value = known[wire.source, wire.output]
                ports[wire.input] = (
                    [*ports.get(wire.input, []), value] if wire.input == "xs" else value
                )
            answer, returns = self.nodes[name](**ports), type(self.nodes[name]).returns
            for port, value in ({returns: answer} if returns else answer._asdict()).items():
                known[name, port] = value
        last = self.graph.wires_into("end")[0]
        return known[last.source, last.output]

    def train(self, mode: bool) -> None:
        for layer in self.nodes.values():
            layer.train(mode)


def numbers(answer: Any) -> list[torch.Tensor]:
    logits = getattr(answer, "logits", None)
    if isinstance(answer, torch.Tensor):
        return [answer] if logits is None else [answer, logits]
    return [answer.mean, answer.log_var]


@pytest.mark.parametrize(("kind", "params", "given"), [*cases()])
def test_a_network_and_its_layers_give_the_same(
    kind: str, params: dict[str, Any], given: dict[str, torch.Tensor]
) -> None:
    torch.set_num_threads(1)
    node = made(kind, params, given)
    layers = Layers(node, given)
    assert layers.held == node.weight_count()
    for training in (True, False):
        node.train(training)
        layers.train(training)
        torch.manual_seed(1)
        for whole, parts in zip(numbers(node(**given)), numbers(layers()), strict=True):
            if kind == "UNet" or "context" in given:  # one product, not two; sums in other order
                torch.testing.assert_close(parts, whole, rtol=1e-5, atol=1e-5)
            else:
                assert torch.equal(whole.flatten(), parts.flatten())


def drawing() -> Graph:
    """Return a graph that shows what a decoder, and its twin, make of codes."""
    graph = Graph()
    graph.nodes["codes"] = Place(kind="Prior", params={"latent": 3, "count": 4, "seed": 1})
    made = {"shape": [1, 4, 4], "hidden": 8, "layers": 2}
    graph.nodes["decoder"] = Place(kind="Decoder", params=made)
    graph.nodes["again"] = Place(kind="Decoder", twin="decoder")
    for node, view in (("decoder", "seen"), ("again", "seen_again")):
        graph.nodes[view] = Place(kind="ImageGrid")
        graph.wires.append(Wire("codes", "z", node, "z"))
        graph.wires.append(Wire(node, "x_hat", view, "images"))
    return graph


def shown(session: Session) -> torch.Tensor:
    figure: Figure = session.program.pull("seen_again")
    return torch.as_tensor(figure.arrays["images"])


@pytest.mark.parametrize("known", ["trained", "fresh"])
def test_weights_stay_where_a_network_is_opened(known: str) -> None:
    graph, session = drawing(), Session(library=library())
    session.update(graph)
    assert session.problems == []
    for value in session.lives["decoder"].node.parameters():
        value.data += 1.0
    session.trained |= {"decoder"} if known == "trained" else set()
    before, saved = shown(session), {k: v.clone() for k, v in session.state().items()}
    looked = layers_of(session, "again")
    assert looked is not None and looked.layers is not None
    undo = apply(graph, open_as_layers(graph, "again", looked.layers, catalogue(), "Net"))
    graph = loads(dumps(graph))
    session.update(graph)
    assert session.problems == []
    assert torch.equal(shown(session), before)
    layers = {"decoder/linear", "decoder/linear_2", "decoder/linear_3"}
    assert session.trained == (layers if known == "trained" else set())
    other = Session(library=library())
    other.update(graph)
    assert not torch.equal(shown(other), before)
    other.restore(saved)
    assert torch.equal(shown(other), before)
    session.aside.clear()  # as a training does
    apply(graph, undo)
    session.update(graph)
    assert torch.equal(shown(session), before)
    assert session.trained == ({"decoder"} if known == "trained" else set())


def reading(**params: Any) -> Graph:
    """Return a graph that looks into a language model in three ways."""
    graph, net = Graph(), {"preset": "own", "vocabulary": 65, "layers": 3, "heads": 2, "width": 8}
    graph.nodes["text"] = Place(kind="Shakespeare")
    graph.nodes["cut"] = Place(kind="Tokenizer", params={"window": 9, "batch": 2})
    graph.nodes["net"] = Place(kind="Transformer", params=net | params)
    graph.nodes["write"] = Place(kind="TextSampler", params={"length": 20, "temperature": 0.0})
    wires = "text.text>cut.text cut.tokens>net.tokens net.model>write.model"
    for view in ("AttentionMaps", "EmbeddingMap", "TextView"):
        graph.nodes[view] = Place(kind=view)
    wires += " net.model>AttentionMaps.model net.model>EmbeddingMap.model "
    wires += "cut.tokens>AttentionMaps.tokens write.tokens>TextView.tokens"
    for node in ("write", "AttentionMaps", "EmbeddingMap", "TextView"):
        wires += f" cut.vocabulary>{node}.vocabulary"
    for wire in wires.split():
        source, target = (end.split(".") for end in wire.split(">"))
        graph.wires.append(Wire(*source, *target))
    return graph


@pytest.mark.parametrize("tied", [False, True])
def test_a_language_model_is_looked_into_as_before(tied: bool) -> None:
    graph, session = reading(tied=tied), Session(library=library())
    session.update(graph)
    for value in session.lives["net"].node.parameters():
        value.data += 0.3 * torch.randn_like(value)

    def seen() -> list[Any]:
        assert session.problems == []
        figures = []
        for name in ("AttentionMaps", "EmbeddingMap", "TextView"):
            with session.program.evaluation(name, 0):  # with the same texts each time
                figures.append(session.program.pull(name))
        return [(f.facts, {k: torch.as_tensor(v) for k, v in f.arrays.items()}) for f in figures]

    before = seen()
    looked = layers_of(session, "net")
    assert looked is not None and looked.layers is not None
    undo = apply(graph, open_as_layers(graph, "net", looked.layers, catalogue(), "Net"))
    session.update(loads(dumps(graph)))
    after = seen()
    session.aside.clear()  # as a training does
    apply(graph, undo)
    session.update(graph)
    for found in (after, seen()):
        for (facts, arrays), (same_facts, same_arrays) in zip(before, found, strict=True):
            assert facts == same_facts and arrays.keys() == same_arrays.keys()
            for key, value in arrays.items():
                torch.testing.assert_close(value, same_arrays[key])


def test_a_network_without_shapes_says_so() -> None:
    graph, session = drawing(), Session(library=library())
    graph.wires = [wire for wire in graph.wires if wire.source != "codes"]
    session.update(graph)
    looked = layers_of(session, "decoder")
    assert looked is not None and looked.layers is None and "shapes" in str(looked.sentence)


def learning() -> Graph:
    """Return a small VAE that learns four steps."""
    graph = Graph()
    graph.nodes = {
        "data": Place(kind="Digits", params={"batch": 16}),
        "encoder": Place(kind="Encoder", params={"hidden": 8}),
        "sample": Place(kind="Reparameterize"),
        "decoder": Place(kind="Decoder", params={"hidden": 8, "shape": [1, 8, 8]}),
        "loss": Place(kind="ELBO"),
        "adam": Place(kind="Optimizer"),
        "trainer": Place(kind="Trainer", params={"epochs": 4 * 16 / 1438}),
    }
    graph.wires = [
        Wire("data", "images", "encoder", "x"),
        Wire("data", "images", "loss", "x"),
        Wire("encoder", "q", "sample", "q"),
        Wire("encoder", "q", "loss", "q"),
        Wire("sample", "z", "decoder", "z"),
        Wire("decoder", "x_hat", "loss", "x_hat"),
        Wire("loss", "loss", "adam", "loss"),
        Wire("encoder", "model", "adam", "models"),
        Wire("decoder", "model", "adam", "models"),
        Wire("adam", "optimizer", "trainer", "optimizers"),
    ]
    return graph


def test_a_run_of_a_network_goes_on_with_its_layers_to_the_same_bits(tmp_path: Path) -> None:
    graph, whole = learning(), Session(library=library())
    whole.update(graph)
    assert whole.problems == []
    run(whole, Listener(), view_share=0.0)
    assert whole.step == 4

    def stop(host: Listener, nested: bool) -> None:
        if not nested and first.step == 2:
            raise Stopped("Stopped.")

    first = Session(library=library())
    first.update(graph)
    folder = launch(first, Listener(stop), Order(runs=tmp_path, threads=1)).folder
    for node in ("encoder", "decoder"):
        looked = layers_of(first, node)
        assert looked is not None and looked.layers is not None
        apply(graph, open_as_layers(graph, node, looked.layers, catalogue()))
    later = Session(library=library())
    later.update(graph)
    assert later.problems == []
    assert launch(later, Listener(), Order(resume=folder, threads=1)).status == "done"
    state = later.state()
    for name, origin in later.origins.items():
        held = {k.removeprefix(origin.node + "/"): v for k, v in whole.state().items()}
        for key, value in layer_of(later.lives[name].node, held, origin).items():
            assert torch.equal(state[f"{name}/{key}"], value)
