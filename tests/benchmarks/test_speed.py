"""How quick training is, as ratios to loops written by hand in the same process.

The loops take turns, so that other load falls on all alike, and the
median of the turns' ratios counts. Ours is the whole of it: compiled graph, host, recorder on disk.
All run on one thread, which is what `--threads auto` chooses for networks of this size, and what
is counted are the process's CPU seconds: other programs on the machine do not show in them.
`make bench` prints the table; RESULTS.md keeps it.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

import resources
from engine.document.errors import Stopped
from engine.document.graph import load
from engine.document.history import RunFile
from engine.document.messages import Event
from engine.record import record
from engine.run.run import VIEW_SHARE
from engine.run.session import Session
from tests.benchmarks import loops
from tests.running import run

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]

HERE = Path(__file__).parent
DATA = Path(os.environ.get("GENWORKBENCH_DATA", HERE.parent.parent / "shared/data"))
WARM = 3  # turns that do not count
SLICE = 12.0  # CPU seconds of training with views, and of training without
SLICES = 4


class Host:
    """Counts steps and does between two of them what the measurement asks for."""

    def __init__(self, between: Callable[[], None]) -> None:
        self.between = between

    def emit(self, event: Event) -> None:
        pass

    def within(self) -> None:
        pass


class InTurns:
    """Lets rivals make their turn after each turn of ours, and keeps the times of all."""

    def __init__(self, rivals: dict[str, Iterator[None]], *, length: int, most: int) -> None:
        self.rivals, self.length, self.most = rivals, length, most
        self.times: dict[str, list[float]] = {name: [] for name in ["ours", *rivals]}
        self.steps = -1  # the first tick comes before the first step
        self.start = time.process_time()

    def __call__(self) -> None:
        self.steps += 1
        if self.steps % self.length:
            return
        self.times["ours"].append(time.process_time() - self.start)
        for name, rival in self.rivals.items():
            begun = time.process_time()
            for _ in range(self.length):
                next(rival)
            self.times[name].append(time.process_time() - begun)
        if len(self.times["ours"]) > WARM + self.most:
            raise Stopped("measured")
        self.start = time.process_time()

    def ratio(self, rival: str) -> float:
        """Return our steps a second over the rival's: the median over turns."""
        pairs = zip(self.times[rival][WARM:], self.times["ours"][WARM:], strict=True)
        return statistics.median(theirs / ours for theirs, ours in pairs)

    def rate(self, name: str) -> float:
        return self.length / statistics.median(self.times[name][WARM:])


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """As a run sets itself up: one thread, numbers below 1e-38 count as zero (for all loops)."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Session:
    if not (DATA / "mnist").is_dir():
        pytest.skip("MNIST is not in GENWORKBENCH_DATA")
    monkeypatch.setenv("GENWORKBENCH_DATA", str(DATA))
    graph = load(resources.path("examples", "vae-mnist.graph.json"))
    graph.nodes["trainer"].params["steps"] = 10**6
    made = Session(device="cpu", seed=0)
    made.update(graph)
    return made


def train(session: Session, folder: Path, between: Callable[[], None], *, share: float) -> None:
    """Train as a run does, recorder and all."""
    recorder = record.begin(folder, session.graph, RunFile(name="bench"))
    run(session, Host(between), recorder=recorder, fresh=True, view_share=share)
    recorder.close("stopped")


def pixels(session: Session) -> torch.Tensor:
    """Return MNIST's training images (n, 784) in [0, 1], as the graph has loaded them."""
    data: Any = session.lives["data"].node
    data.ensure_loaded()
    return data.items.flatten(1)


def test_steps_against_the_best_loop(session: Session, tmp_path: Path, benchmark: Any) -> None:
    """Turns of half a second: the recorder delivers several times in each, as in real life."""
    turns = InTurns({"resident": loops.resident(pixels(session), 10**6)}, length=250, most=36)
    _compare(session, tmp_path, benchmark, turns)
    assert turns.ratio("resident") >= 0.95


def test_steps_against_the_usual_loops(session: Session, tmp_path: Path, benchmark: Any) -> None:
    images = pixels(session)
    pictures = (images * 255).round().to(torch.uint8).view(-1, 28, 28)
    rivals = {"usual": loops.usual(pictures), "tensors": loops.tensors(images)}
    turns = InTurns(rivals, length=100, most=20)
    _compare(session, tmp_path, benchmark, turns)
    assert turns.ratio("usual") >= 3.0


def _compare(session: Session, folder: Path, benchmark: Any, turns: InTurns) -> None:
    benchmark.pedantic(lambda: train(session, folder, turns, share=0.0), rounds=1, iterations=1)
    told = {f"steps a CPU second, {name}": round(turns.rate(name)) for name in turns.times}
    told |= {f"ours / {name}": round(turns.ratio(name), 3) for name in turns.rivals}
    benchmark.extra_info.update(told)
    print("\n", told)


class Watch:
    """Counts the steps of a slice of time, once training is under way."""

    def __init__(self) -> None:
        self.steps, self.begun = -1, 0.0

    def __call__(self) -> None:
        self.steps += 1
        if self.steps == 0:
            self.begun = time.process_time()
        if time.process_time() - self.begun > SLICE:
            raise Stopped("measured")

    @property
    def step_seconds(self) -> float:
        return SLICE / self.steps


def test_views_on_against_off(session: Session, tmp_path: Path, benchmark: Any) -> None:
    seconds: dict[float, list[float]] = {VIEW_SHARE: [], 0.0: []}

    def measure() -> None:
        for number in range(SLICES):
            order = [VIEW_SHARE, 0.0] if number % 2 else [0.0, VIEW_SHARE]
            for share in order:
                watch = Watch()
                train(session, tmp_path, watch, share=share)
                seconds[share].append(watch.step_seconds)

    benchmark.pedantic(measure, rounds=1, iterations=1)
    pairs = zip(seconds[VIEW_SHARE], seconds[0.0], strict=True)
    ratios = [on / off for on, off in pairs]
    ratio = statistics.median(ratios)
    benchmark.extra_info["views on / off"] = round(ratio, 3)
    print(f"\nviews on / off: {ratio:.3f}, of {[round(r, 3) for r in ratios]}")
    assert ratio <= 1.05
