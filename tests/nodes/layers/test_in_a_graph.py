"""Networks drawn of layers learn, and a check says what it needs at the layer that lacks it."""

from __future__ import annotations

from typing import Any

import pytest

from engine.document.graph import Graph
from engine.run.session import Session
from tests.engine.toy import graph
from tests.test_wirings import measured

Nodes = dict[str, Any]

RESIDUAL: Nodes = {
    "conv_1": ("Convolution", {"channels": 16}),
    "norm": "Norm",
    "relu": "Activation",
    "conv_2": ("Convolution", {"channels": 16, "first": 0.0}),
    "sum": "Add",
    "small": ("Pool", {"kind": "max"}),
    "row": "Flatten",
    "logits": ("Linear", {"outputs": 10}),
}
RESIDUAL_WIRES = """data.images>conv_1.x conv_1.y>norm.x norm.y>relu.x relu.y>conv_2.x
    conv_1.y>sum.a conv_2.y>sum.b sum.y>small.x small.y>row.x row.y>logits.x"""
LOOKING: Nodes = {
    "cut": ("Patches", {"side": 2}),
    "token": ("Linear", {"outputs": 32}),
    "place": "Positions",
    "look": ("Attention", {"heads": 4}),
    "sum": "Add",
    "norm": ("Norm", {"kind": "RMS"}),
    "turn": "Transpose",
    "all": ("Pool", {"factor": None}),
    "logits": ("Linear", {"outputs": 10}),
}
LOOKING_WIRES = """data.images>cut.x cut.y>token.x token.y>place.x place.y>look.x place.y>sum.a
    look.y>sum.b sum.y>norm.x norm.y>turn.x turn.y>all.x all.y>logits.x"""
WEIGHTED = {"Convolution", "Norm", "Linear", "Positions", "Attention"}


def drawn(layers: Nodes, wires: str, epochs: float = 3.0) -> Graph:
    """Return the graph of a classifier of digits with these layers."""
    named = {n: kind if isinstance(kind, str) else kind[0] for n, kind in layers.items()}
    trained = [name for name, kind in named.items() if kind in WEIGHTED]
    nodes = {
        "data": ("Digits", {"test_share": 0.3}),
        **layers,
        "surprise": "CrossEntropy",
        "adam": ("Optimizer", {"rate": 0.02}),
        "train": ("Trainer", {"epochs": epochs}),
        "accuracy": "ClassifierAccuracy",
    }
    more = """logits.y>surprise.logits data.labels>surprise.labels surprise.loss>adam.loss
        adam.optimizer>train.optimizers logits.y>accuracy.x data.labels>accuracy.labels"""
    models = " ".join(f"{name}.model>adam.models" for name in trained)
    return graph(nodes, f"{wires} {more} {models}")


@pytest.mark.parametrize(
    ("layers", "wires", "least"),
    [(RESIDUAL, RESIDUAL_WIRES, 0.8), (LOOKING, LOOKING_WIRES, 0.4)],
    ids=["residual", "attention"],
)
def test_a_network_of_layers_learns(layers: Nodes, wires: str, least: float) -> None:
    """In three epochs: far above a tenth, which guessing gives."""
    assert measured(drawn(layers, wires))["accuracy"][""] > least


@pytest.mark.parametrize(
    ("layers", "wires", "node", "port", "sentence", "fix"),
    [
        (
            RESIDUAL | {"conv_2": ("Convolution", {"channels": 8})},
            RESIDUAL_WIRES,
            "sum",
            "b",
            "b must have the shape of a, 16 8 8, or 1 in its place; it has 8 8 8.",
            "Linear or Convolution",
        ),
        (
            LOOKING | {"token": ("Linear", {"outputs": 30})},
            LOOKING_WIRES,
            "look",
            "x",
            "x must have rows of a multiple of 4 numbers, for 4 heads; they have 30.",
            "Set heads to a divisor",
        ),
    ],
)
def test_a_fault_is_told_where_it_is(
    layers: Nodes, wires: str, node: str, port: str, sentence: str, fix: str
) -> None:
    found = Session().update(drawn(layers, wires)).problems
    (problem,) = [p for p in found if p.level == "error"]
    assert (problem.node, problem.port, str(problem.sentence)) == (node, port, sentence)
    assert fix in str(problem.hint)


def test_what_is_enlarged_takes_the_sides_of_another() -> None:
    """Also in a check, which compares the axes of inputs that are of one type."""
    more = {"up": "Upsample", "beside": "Concat", "row": "Flatten"}
    wires = RESIDUAL_WIRES.replace("small.y>row.x", "small.y>up.x conv_1.y>up.like")
    layers = RESIDUAL | more | {"small": ("Pool", {"factor": 3})}
    report = Session().update(
        drawn(layers, wires + " up.y>beside.xs sum.y>beside.xs beside.y>row.x")
    )
    assert {w.node: w.shape for w in report.wires}["beside"] == "b 32 8 8"


def test_shapes_and_weights_are_known_before_a_run() -> None:
    session = Session()
    report = session.update(drawn(RESIDUAL, RESIDUAL_WIRES))
    shapes = {w.node: w.shape for w in report.wires if w.port == "y"}
    assert shapes["conv_1"] == "b 16 8 8" and shapes["small"] == "b 16 4 4"
    weights = {i.node: i.weights for i in report.nodes}
    assert weights["conv_1"] == 16 * 9 + 16 and weights["logits"] == 256 * 10 + 10
