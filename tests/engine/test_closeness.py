"""The port that is meant: a table of cases, and the shipped examples' own wires as a law."""

from __future__ import annotations

from functools import cache

import pytest
from msgspec.structs import replace

from engine.check import describe
from engine.document.catalogue import Catalogue
from engine.document.closeness import best
from engine.document.graph import Graph, Place, Wire, load
from engine.document.groups import with_groups
from engine.terminal.cli import examples
from nodes import library

FLOOR = 0.97  # of the wires that could go to several ports
FLOOR_BACK = 0.75
FLOOR_ALONE = 0.8  # where nothing else is wired yet: x and y of a plan are anybody's choice


@cache
def catalogue() -> Catalogue:
    return describe.catalogue(library.find())


def two(giver: str, taker: str, taken: str = "") -> Graph:
    """Return a graph of two nodes, the inputs `taken` of the second wired from a third."""
    graph = Graph(nodes={"a": Place(kind=giver), "b": Place(kind=taker), "c": Place(kind="Freeze")})
    graph.wires = [Wire("c", "y", "b", port) for port in taken.split()]
    return graph


def known(graph: Graph) -> Catalogue:
    """Return the kinds, with the groups of a graph."""
    return with_groups(catalogue(), graph)


def inputs_of(graph: Graph, source: str, output: str, target: str) -> list[Wire]:
    kind = known(graph)[graph.nodes[target]]
    return [Wire(source, output, target, port.name) for port in kind.inputs]


CASES = [
    ("Decoder.x_hat", "ELBO", "", "x_hat"),
    ("Decoder.x_hat", "ELBO", "x", "x_hat"),
    ("Digits.images", "ELBO", "", "x"),
    ("MNIST.images", "ELBO", "x_hat", "x"),
    ("Encoder.q", "ELBO", "", "q"),
    ("PointDecoder.x_hat", "FlowELBO", "", "x_hat"),
    ("Reparameterize.z", "FlowELBO", "", "z"),
    ("Generator.x_hat", "CriticLoss", "", "fake"),
    ("PointGenerator.x_hat", "CriticLoss", "", "fake"),
    ("TwoMoons.points", "CriticLoss", "", "real"),
    ("TwoMoons.points", "CriticLoss", "real", "fake"),
    ("Generator.x_hat", "CriticLoss", "fake", "real"),
    ("Discriminator.model", "CriticLoss", "", "critic"),
    ("FlowSampler.x", "CriticLoss", "", "fake"),
    ("FlowImageSampler.images", "FID", "", "fake"),
    ("DiffusionSampler.samples", "KID", "", "fake"),
    ("MNIST.images", "FID", "", "real"),
    ("Decoder.x_hat", "Reconstruction", "", "x_hat"),
    ("Decoder.x_hat", "FeatureDistance", "", "x_hat"),
    ("Decoder.x_hat", "ImageGrid", "", "images"),
    ("Decoder.x_hat", "ImageGrid", "images", "below"),
    ("Perceptron.y", "RegressionLoss", "", "y"),
    ("TwoMoons.points", "RegressionLoss", "", "target"),
    ("TwoMoons.points", "FlowMatchingLoss", "", "target"),
    ("Prior.z", "FlowMatchingLoss", "", "source"),
    ("Prior.z", "ODESampler", "", "start"),
    ("MNIST.images", "DiffusionLoss", "", "data"),
    ("MNIST.images", "DiffusionSampler", "", "start"),
    ("ImageMask.mask", "DiffusionSampler", "", "mask"),
    ("UNet.model", "DiffusionSampler", "", "model"),
    ("DenoiserMLP.model", "BridgeSampler", "", "score"),
    ("DenoiserMLP.model", "BridgeSampler", "score", "velocity"),
    ("Decoder.model", "LogLikelihood", "", "decoder"),
    ("Encoder.model", "LogLikelihood", "", "model"),
    ("TwoMoons.labels", "CriticLoss", "", "labels"),
    ("Sinkhorn.plan", "Morph", "", "plan"),
    ("RandomTimes.t", "UNet", "", "t"),
    ("Trainer.trained", "Trainer", "", "after"),
    ("Optimizer.optimizer", "Trainer", "", "optimizers"),
]


@pytest.mark.parametrize(("start", "taker", "taken", "port"), CASES)
def test_a_wire_goes_to_the_port_that_is_meant(
    start: str, taker: str, taken: str, port: str
) -> None:
    giver, _, output = start.partition(".")
    graph = two(giver, taker, taken)
    wire = best(graph, catalogue(), inputs_of(graph, "a", output, "b"))
    assert wire is not None and wire.input == port


BACKWARDS = [
    ("Decoder", "ELBO.x_hat", "x_hat"),
    ("Decoder", "Optimizer.models", "model"),
    ("AffineCoupling", "Optimizer.models", "flow"),
    ("Digits", "Encoder.x", "images"),
    ("Digits", "Scatter.labels", "labels"),
    ("ELBO", "Optimizer.loss", "loss"),
    ("ELBO", "Average.values", "bound"),
    ("DiffusionSampler", "ImageGrid.images", "samples"),
    ("DiffusionSampler", "Trajectories.path", "path"),
    ("Rectify", "FlowMatchingLoss.target", "target"),
    ("ImageMask", "DiffusionSampler.mask", "mask"),
]


@pytest.mark.parametrize(("giver", "end", "output"), BACKWARDS)
def test_a_wire_drawn_backwards_comes_from_the_port_that_is_meant(
    giver: str, end: str, output: str
) -> None:
    taker, _, port = end.partition(".")
    graph = two(giver, taker)
    wires = [Wire("a", out.name, "b", port) for out in catalogue().kinds[giver].outputs]
    wire = best(graph, catalogue(), wires)
    assert wire is not None and wire.output == output


def test_nothing_that_fits_is_nothing() -> None:
    graph = two("Trainer", "Encoder")
    assert best(graph, catalogue(), inputs_of(graph, "a", "trained", "b")) is None
    assert best(graph, catalogue(), []) is None


def test_a_wire_that_makes_way_leaves_its_port_free() -> None:
    graph = two("Generator", "CriticLoss", "fake")
    wires = inputs_of(graph, "a", "x_hat", "b")
    (leaving,) = graph.wires
    assert best(graph, catalogue(), wires, leaving) == Wire("a", "x_hat", "b", "fake")


def fits(graph: Graph, wire: Wire) -> bool:
    ends = known(graph).ends(graph, wire)
    return ends is not None and catalogue().fits(*ends)


def test_the_examples_own_outputs_are_found() -> None:
    """Ask a node for what a port needs: of several lists of numbers any could be drawn."""
    found, wrong = 0, []
    for path in examples().values():
        graph = load(path)
        for wire in graph.wires:
            without = replace(graph, wires=[w for w in graph.wires if w != wire])
            outputs = known(graph)[graph.nodes[wire.source]].outputs
            wires = [Wire(wire.source, o.name, wire.target, wire.input) for o in outputs]
            if sum(fits(graph, w) for w in wires) > 1:
                right = best(without, known(graph), wires) == wire
                found += right
                wrong += [] if right else [f"{path.name} {wire}"]
    assert found / (found + len(wrong)) >= FLOOR_BACK, wrong


@pytest.mark.parametrize(("alone", "floor"), [(False, FLOOR), (True, FLOOR_ALONE)])
def test_the_examples_own_wires_are_found(alone: bool, floor: float) -> None:
    """Take a wire out of an example and ask for it again, the other wires there or not."""
    found, wrong = 0, []
    for path in examples().values():
        graph = load(path)
        for wire in graph.wires:
            others = [w for w in graph.wires if w != wire and not alone]
            without = replace(graph, wires=others)
            wires = inputs_of(graph, wire.source, wire.output, wire.target)
            if sum(fits(graph, w) for w in wires) > 1:
                right = best(without, known(graph), wires) == wire
                found += right
                wrong += [] if right else [f"{path.name} {wire}"]
    assert found / (found + len(wrong)) >= floor, wrong
