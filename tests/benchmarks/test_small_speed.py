"""What the engine costs small networks: steps a CPU second against loops written by hand.

The loops take turns in one process on one thread, and the median of the turns' ratios counts: see
`test_speed.py`. Networks of the plane have three layers of 64 and batches of 256; the ring's are
those of the example, and the U-Net's loop is by hand around our network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

import resources
from engine.document.graph import Graph, load
from engine.run.session import Session
from nodes.data.curves import TwoMoons
from nodes.data.toys import EightGaussians, RingMixture
from tests.benchmarks import small_loops
from tests.benchmarks.test_speed import DATA, InTurns, one_thread, train

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]
__all__ = ["one_thread"]

POINTS = 1 << 16
BATCH, HIDDEN = small_loops.BATCH, list(small_loops.HIDDEN)
ADAM = {"rate": small_loops.RATE, "schedule": "constant"}


CPU = torch.device("cpu")


def points(kind: type[Any], device: torch.device, **given: Any) -> Tensor:
    found: Tensor = kind(**given).draw(POINTS, torch.Generator().manual_seed(0))[0]
    return found.to(device)


def plain(graph: Graph) -> Graph:
    """Leave out what a loop by hand does not do: views, averages, the fall of the rate."""
    for place in graph.nodes.values():
        if place.kind == "Trainer" and not place.twin:
            place.params |= {"steps": 10**6, "ema": 0.0}
        if place.kind == "Optimizer":
            place.params["schedule"] = "constant"
    return graph


def matching(graph: Graph, device: torch.device = CPU) -> Iterator[None]:
    for name in ("loss", "adam"):  # the optimal plan: only pairs as they come stay
        graph.nodes[name].mode = "off"
    graph.nodes["velocity_plain"].params["hidden"] = HIDDEN
    graph.nodes["adam_plain"].params |= ADAM
    return small_loops.flow_matching(
        points(EightGaussians, device), points(TwoMoons, device, noise=0.2)
    )


def diffusion(graph: Graph, device: torch.device = CPU) -> Iterator[None]:
    graph.nodes["net"].params["hidden"] = HIDDEN
    graph.nodes["data"].params["batch"] = BATCH
    graph.nodes["adam"].params |= ADAM
    return small_loops.ddpm(points(TwoMoons, device, noise=0.1))


def flow(graph: Graph, device: torch.device = CPU) -> Iterator[None]:
    return small_loops.realnvp(points(TwoMoons, device, noise=0.1))


def gan(graph: Graph, device: torch.device = CPU) -> Iterator[None]:
    return small_loops.ring(points(RingMixture, device))


CASES: dict[str, tuple[str, Callable[..., Iterator[None]], int, float]] = {
    "flow matching": ("ot-cfm-moons", matching, 100, 0.95),
    "DDPM": ("ddpm-moons", diffusion, 100, 0.95),
    "RealNVP": ("realnvp-moons", flow, 25, 0.98),
    "ring GAN": ("gan-ring", gan, 25, 0.98),
}
"""Example, its loop by hand, steps of a turn, the aim."""


@pytest.mark.parametrize("name", CASES)
def test_steps_against_a_loop_by_hand(name: str, tmp_path: Path, benchmark: Any) -> None:
    example, prepare, length, aim = CASES[name]
    graph = load(resources.path("examples", f"{example}.graph.json"))
    by_hand = prepare(plain(graph))
    session = Session(device="cpu", seed=0)
    session.update(graph)
    _compare(name, session, by_hand, tmp_path, benchmark, length=length, aim=aim)


def test_steps_of_a_unet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, benchmark: Any) -> None:
    if not (DATA / "mnist").is_dir():
        pytest.skip("MNIST is not in GENWORKBENCH_DATA")
    monkeypatch.setenv("GENWORKBENCH_DATA", str(DATA))
    graph = load(resources.path("examples", "ddpm-mnist.graph.json"))
    plain(graph).nodes["trainer"].params["precision"] = "float32"
    graph.nodes["adam"].params |= {**ADAM, "algorithm": "Adam", "warmup": 0, "clip": 0.0}
    graph.nodes["loss"].params |= {"times": "stratified"}
    session = Session(device="cpu", seed=0)
    session.update(graph)
    by_hand = _unet(session)
    _compare("U-Net", session, by_hand, tmp_path, benchmark, length=1, most=9, aim=0.98)


def _unet(session: Session) -> Iterator[None]:
    from nodes.diffusion.unet import UNet

    data: Any = session.lives["data"].node
    data.ensure_loaded()
    ours: Any = session.lives["unet"].node
    model = UNet(**ours.param_values())
    model(data.items[:1], torch.zeros(1))
    return small_loops.unet(model.train(), data.items, data.labels, data.batch)


def _compare(
    name: str,
    session: Session,
    by_hand: Iterator[None],
    folder: Path,
    benchmark: Any,
    *,
    length: int,
    aim: float,
    most: int = 25,
) -> None:
    turns = InTurns({"by hand": by_hand}, length=length, most=most)
    benchmark.pedantic(lambda: train(session, folder, turns, share=0.0), rounds=1, iterations=1)
    ratio = turns.ratio("by hand")
    told = {n: round(1e3 / turns.rate(n), 3) for n in turns.times}
    benchmark.extra_info.update({"ours / by hand": round(ratio, 3)} | told)
    print(f"\n{name}, steps a CPU second, ours / by hand: {ratio:.3f}; ms a step: {told}")
    assert ratio >= aim
