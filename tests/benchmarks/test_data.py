"""What a batch costs, as ratios to indexing by hand in the same process; and loading times.

Ours and the rival take turns, so that other load falls on both alike, and the median of the turns'
ratios counts, in processor time. `make bench` prints the table.
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
from torch import Generator, Tensor
from torch.nn import functional as F

from nodes.data.base import Dataset
from nodes.data.curves import TwoMoons
from nodes.data.digits import Digits
from nodes.data.mnist import MNIST
from nodes.data.toys import EightGaussians
from tests.benchmarks import loops

pytestmark = [pytest.mark.bench, pytest.mark.timeout(300)]

DATA = Path(os.environ.get("GENWORKBENCH_DATA", Path(__file__).parents[2] / "shared/data"))
TURN = 200  # batches
TURNS = 31
BATCH = 128


def by_hand(images: Tensor, labels: Tensor) -> Iterator[None]:
    """Index a resident set as one writes it by hand, labels too."""
    while True:
        for index in torch.randperm(len(images)).split(BATCH):
            if len(index) == BATCH:
                images.index_select(0, index), labels.index_select(0, index)
                yield


def images_alone(images: Tensor) -> Iterator[Tensor]:
    """What a loop does that needs no labels."""
    while True:
        for index in torch.randperm(len(images)).split(BATCH):
            if len(index) == BATCH:
                yield images.index_select(0, index)


def moons_by_hand(noise: float) -> Iterator[None]:
    """Draw a batch of moons by torch, as one writes it by hand."""
    stream = Generator().manual_seed(0)
    while True:
        lower = torch.randint(2, (BATCH,), generator=stream)
        angle = torch.pi * torch.rand(BATCH, generator=stream)
        upper = torch.stack([angle.cos(), angle.sin()], 1)
        points = torch.where(lower[:, None] == 0, upper, torch.tensor([1.0, 0.5]) - upper)
        points += noise * torch.randn(BATCH, 2, generator=stream)
        yield


def node_batches(node: Dataset) -> Iterator[None]:
    while True:
        node()
        yield


def timed(batches: Iterator[Any]) -> float:
    begun = time.process_time()
    for _ in range(TURN):
        next(batches)
    return (time.process_time() - begun) / TURN * 1e6


def compare(name: str, ours: Iterator[Any], rival: Iterator[Any]) -> float:
    """Return the rival's time over ours, the median over turns, and print both."""
    timed(ours), timed(rival)
    turns = [(timed(ours), timed(rival)) for _ in range(TURNS)]
    ratio = statistics.median(theirs / mine for mine, theirs in turns)
    mine, theirs = (statistics.median(t) for t in zip(*turns, strict=True))
    print(f"\n{name}: ours {mine:.1f} us, by hand {theirs:.1f} us, ratio {ratio:.2f}")
    return ratio


def steps(batches: Callable[[], Tensor]) -> Iterator[None]:
    """The network of vae-mnist trained by hand on what `batches` gives."""
    model = loops.Model()
    optimizer = torch.optim.Adam(model.parameters(), lr=loops.RATE, fused=True)
    while True:
        x = batches()
        logits, mu, log_var = model(x)
        nll = F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / BATCH
        kl = 0.5 * (mu.square() + log_var.exp() - log_var - 1).sum() / BATCH
        optimizer.zero_grad(set_to_none=True)
        (nll + kl).backward()
        optimizer.step()
        yield


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def mnist(monkeypatch: pytest.MonkeyPatch) -> MNIST:
    if not (DATA / "mnist").is_dir():
        pytest.skip("MNIST is not in GENWORKBENCH_DATA")
    monkeypatch.setenv("GENWORKBENCH_DATA", str(DATA))
    return MNIST(batch=BATCH)


def test_a_batch_of_mnist(mnist: MNIST) -> None:
    mnist.ensure_loaded()
    rival = by_hand(mnist.items, mnist.labels)
    assert compare("MNIST", node_batches(mnist), rival) > 0.7
    compare("MNIST, labels for us only", node_batches(mnist), images_alone(mnist.items))


def test_steps_that_the_node_feeds(mnist: MNIST) -> None:
    """What the node costs a training: the rest of the step is the same on both sides."""
    mnist.ensure_loaded()
    ours = steps(lambda: mnist().images.view(BATCH, 784))
    batches = images_alone(mnist.items)
    rival = steps(lambda: next(batches).view(BATCH, 784))
    assert compare("Step of vae-mnist", ours, rival) > 0.95


def test_a_batch_of_digits() -> None:
    node = Digits(batch=BATCH)
    node.ensure_loaded()
    compare("Digits", node_batches(node), by_hand(node.items, node.labels))


def test_a_batch_of_moons() -> None:
    ratio = compare("Two moons", node_batches(TwoMoons(batch=BATCH)), moons_by_hand(0.1))
    assert ratio > 1


@pytest.mark.parametrize("kind", [Digits, EightGaussians, MNIST], ids=lambda k: k.__name__)
def test_loading(kind: Callable[..., Dataset], monkeypatch: pytest.MonkeyPatch) -> None:
    if kind is MNIST and not (DATA / "mnist").is_dir():
        pytest.skip("MNIST is not in GENWORKBENCH_DATA")
    monkeypatch.setenv("GENWORKBENCH_DATA", str(DATA))
    begun = time.perf_counter()
    kind()()
    print(f"\nfirst batch: {time.perf_counter() - begun:.3f} s")
