"""What the adversarial examples promise, each trained whole."""

from __future__ import annotations

import pytest

from engine.run.session import Session
from tests.shipped import need_mnist
from tests.test_examples import Listener, example, trained

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]
SEEDS = range(5)
FLOORS = 5
"""FID of the digits, in floors: the aim; 2.82 was measured."""


def measured(name: str, seed: int, **data: object) -> Listener:
    """Train an example with a seed; `data` are other parameters of its node of that name."""
    graph = example(name)
    if data:
        graph.nodes["data"].params |= data
    return trained(graph, Session(seed=seed))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_ring_is_found_whole_and_not_too_tight(seed: int) -> None:
    metrics = measured("gan-ring", seed).metrics
    assert metrics["modes"].values[""] == 8
    assert 0.95 <= metrics["high_quality"].values[""] <= 0.99


def test_the_grid_is_found_in_the_mean_of_five_seeds() -> None:
    found = [measured("gan-grid", seed).metrics["modes"].values[""] for seed in SEEDS]
    assert sum(found) / len(found) >= 24.5


@pytest.mark.parametrize("seed", SEEDS)
def test_the_collapse_is_plain(seed: int) -> None:
    need_mnist()
    assert measured("gan-collapse", seed).metrics["modes"].values[""] <= 5


def test_the_cure_cures() -> None:
    need_mnist()
    metrics = measured("wgan-gp-mnist", 0).metrics
    assert metrics["modes"].values[""] == 10
    assert metrics["fid"].values["floors"] <= FLOORS


@pytest.mark.parametrize("per_class", [20, 200])
def test_generated_digits_tell_a_classifier_nothing_new(per_class: int) -> None:
    """What the lesson says; the difference was -2.1 and -1.8 points in the mean of five seeds."""
    need_mnist()
    runs = [measured("augmentation", seed, per_class=per_class).metrics for seed in SEEDS]
    gains = [m["accuracy_helped"].values[""] - m["accuracy_plain"].values[""] for m in runs]
    assert sum(gains) / len(gains) < 0


@pytest.mark.parametrize("seed", range(3))
def test_a_cycle_closes_and_the_digit_is_another(seed: int) -> None:
    need_mnist()
    metrics = measured("cyclegan-digits", seed).metrics
    assert metrics["error_small"].values[""] < 0.11
    assert metrics["error_large"].values[""] < 0.11
    assert metrics["fid"].values["floors"] <= FLOORS
    assert metrics["kept"].values[""] < 0.2
