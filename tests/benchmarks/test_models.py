"""What the model of a group costs beside one node with the same layers, in CPU time.

Calls and training steps take turns in pairs; CPU seconds of this process count.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache
from statistics import median
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from engine.document.graph import Graph, Group, GroupPort, Place, Wire
from engine.pull.models import GroupModel, models_in
from engine.run.session import Session
from nodes.base import Node
from nodes.types import Batch
from tests.engine.test_drawn_graphs import unet
from tests.engine.toy import toy_library

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

PAIRS = 41
library = cache(toy_library)


class Whole(Node):
    """One node with the layers of a group, in a row."""

    def build(self) -> None:
        self.net = nn.Sequential()

    def forward(self, x: Batch) -> Batch:
        y: Tensor = self.net(x)
        return y


def model_of(graph: Graph, name: str) -> GroupModel:
    made = Session(library=library())
    made.update(graph)
    assert not made.problems
    return models_in(made.program.calls)[name]


def chain(width: int) -> tuple[GroupModel, Whole]:
    """Return four linear layers, each with its activation, as a group and as one node."""
    names = [f"{kind}{number}" for number in range(4) for kind in ("line", "bend")]
    places = {
        name: Place(kind="Linear", params={"outputs": width if name != "line3" else 2})
        if name.startswith("line")
        else Place(kind="Activation")
        for name in names
    }
    ends = zip([("in", "x"), *((n, "y") for n in names)], names, strict=False)
    lines = [Wire(*start, name, "x") for start, name in ends]
    net = Group(
        inputs=[GroupPort(name="x")],
        outputs=[GroupPort(name="y")],
        nodes=places,
        wires=[*lines, Wire(names[-1], "y", "out", "y")],
    )
    graph = Graph(
        groups={"net": net},
        nodes={
            "line": Place(kind="Line"),
            "m": Place(kind="group:net"),
            "loss": Place(kind="Distance"),
            "adam": Place(kind="Optimizer"),
        },
        wires=[
            Wire("line", "points", "m", "x"),
            Wire("m", "y", "loss", "x"),
            Wire("line", "points", "loss", "y"),
            Wire("loss", "loss", "adam", "loss"),
            Wire("m", "model", "adam", "models"),
        ],
    )
    model = model_of(graph, "m")
    whole = Whole()
    whole.build_for({})
    for call in model.inner.calls:
        whole.net.append(call.node.net if call.node.has_weights() else nn.ReLU())  # type: ignore[arg-type]
    return model, whole


def seconds(run: Callable[[], object], count: int) -> float:
    before = time.process_time()
    for _ in range(count):
        run()
    return (time.process_time() - before) / count


def ratio(ours: Callable[[], object], theirs: Callable[[], object], count: int) -> float:
    seconds(ours, 3), seconds(theirs, 3)
    pairs = [(seconds(ours, count), seconds(theirs, count)) for _ in range(PAIRS)]
    found = median(a / b for a, b in pairs)
    print(f"{1e6 * median(a for a, _ in pairs):.0f} us, {found:.3f}")
    return found


def step(model: nn.Module, *given: Tensor) -> Callable[[], object]:
    adam = torch.optim.Adam(model.parameters(), fused=True)

    def run() -> None:
        adam.zero_grad()
        model(*given).square().mean().backward()
        adam.step()

    return run


@pytest.mark.parametrize("width", [16, 64, 256])
def test_a_group_beside_one_node(width: int) -> None:
    torch.set_num_threads(1)
    model, whole = chain(width)
    x = torch.randn(256, 2)
    assert torch.equal(model(x), whole(x))
    print(f"\nwidth {width}: call", end=" ")
    call = ratio(lambda: model(x), lambda: whole(x), 40)
    print(f"width {width}: step", end=" ")
    assert ratio(step(model, x), step(whole, x), 15) <= 1.1
    assert call <= (1.05 if width == 256 else 1.2)


class Loop(nn.Module):
    """The nodes of a U-Net, run by the wires that a class would have written down."""

    def __init__(self, model: GroupModel) -> None:
        super().__init__()
        self.parts = nn.ModuleList(node for _, node in model.inner.nodes())
        slots = {id(part): number for number, part in enumerate(self.parts)}
        text = ["def forward(self, x, t, labels):", " p = self.parts"]
        first = {model.inner.inputs.index(n): n for n in ("x", "t", "labels")}
        at: dict[int, str] = dict(first)
        for call in model.inner.calls:
            given = [f"{port}={at[s.slot]}" for port, s in call.single]
            given += [f"{port}=[{', '.join(at[s.slot] for s in ss)}]" for port, ss in call.many]
            at[call.slot] = f"y{call.slot}"
            text.append(f" y{call.slot} = p[{slots[id(call.node)]}]({', '.join(given)})")
        text.append(f" return {at[model.inner.outputs[model.inner.answer].slot]}")
        names: dict[str, Any] = {}
        exec("\n".join(text), names)
        self.forward = names["forward"].__get__(self)


@pytest.mark.parametrize("batch", [4, 64])
def test_a_drawn_unet_beside_a_class(batch: int) -> None:
    torch.set_num_threads(1)
    graph = unet()
    for name in ("d1", "d2", "u1"):
        graph.groups["net"].nodes[name].times = 3
    model = model_of(graph, "unet")
    loop = Loop(model)
    given = torch.randn(batch, 1, 8, 8), torch.rand(batch), torch.randint(10, (batch,))
    assert torch.equal(model(*given), loop(*given))
    print(f"\n{len(model.inner.calls)} nodes, batch {batch}: step", end=" ")
    assert ratio(step(model, *given), step(loop, *given), 1) <= 1.03


def test_torch_compiles_it_whole() -> None:
    model, _ = chain(16)
    x = torch.randn(8, 2)
    plain = model(x)
    made = torch.compile(model, fullgraph=True, backend="eager")
    assert torch.allclose(made(x), plain)
