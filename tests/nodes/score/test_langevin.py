"""Laws of Langevin dynamics: what its steps leave of N(0, 1), and of mixtures."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from nodes.data.toys import GaussianPoints, RingMixture
from nodes.diffusion.guidance import Guidance
from nodes.diffusion.schedules import Geometric, Karras, Schedule, cosine
from nodes.errors import InputRefused
from nodes.score.exact_score import MixtureScore
from nodes.score.langevin_sampler import SHARES, LangevinSampler, Walked
from tests.nodes.diffusion.exact import Exact

NORMAL = MixtureScore(GaussianPoints().gaussians())
HALF, WHOLE = "x + η/2 s + √η ε", "x + η s + √(2η) ε"


def walked(
    model: Any, schedule: Schedule | None = None, wires: dict[str, Any] | None = None, **given: Any
) -> Walked:
    node = LangevinSampler(**{"count": 4000, "seed": 1} | given)
    *_, last = node(model, schedule, **wires or {})
    assert last.value is not None and last.step == last.total
    return last.value


def variance(x: Tensor) -> float:
    return x.square().mean().item()


@pytest.mark.parametrize("h", [0.2, 1.0, 2.0])
def test_steps_of_any_length_leave_the_variance_that_the_law_says(h: float) -> None:
    x = walked(NORMAL, eta=h, steps=int(40 / h), count=20_000, convention=HALF).samples
    assert variance(x) == pytest.approx(1 / (1 - h / 4), rel=0.025)


@pytest.mark.parametrize("h", [0.2, 1.0, 2.0])
def test_adjusted_steps_leave_no_bias(h: float) -> None:
    found = walked(NORMAL, eta=h, steps=int(40 / h), count=20_000, convention=HALF, adjust=True)
    assert variance(found.samples) == pytest.approx(1, rel=0.025)
    assert 0.5 < found.acceptance < 1


def test_acceptance_falls_with_the_step() -> None:
    shares = [float(walked(NORMAL, eta=h, steps=20, adjust=True).acceptance) for h in (0.1, 1, 3)]
    assert shares == sorted(shares, reverse=True)
    assert walked(NORMAL, eta=0.1, steps=3).acceptance == 1


@pytest.mark.parametrize("adjust", [False, True])
def test_the_conventions_are_one_for_a_step_twice_as_long(adjust: bool) -> None:
    one, other = (
        walked(NORMAL, eta=eta, convention=name, steps=5, count=50, adjust=adjust).samples
        for name, eta in ((HALF, 0.4), (WHOLE, 0.2))
    )
    torch.testing.assert_close(one, other)
    assert set(SHARES) == {HALF, WHOLE}


def test_annealed_finds_the_weights_that_a_single_level_misses() -> None:
    """Two modes of weights 2:1: a walk from the middle falls into either as often."""
    toy = RingMixture(modes=2, radius=4.0, sd=0.5, weights=[2, 1])
    single = walked(MixtureScore(toy.gaussians()), eta=0.05, steps=300, width=2.0).samples
    schedule = Geometric(0.1, 10.0)
    exact = MixtureScore(toy.gaussians(), schedule)
    annealed = walked(exact, schedule, noise="annealed", eta=0.3, steps=40).samples
    assert (single[:, 0] > 0).float().mean() == pytest.approx(0.5, abs=0.04)
    assert (annealed[:, 0] > 0).float().mean() == pytest.approx(2 / 3, abs=0.04)


@pytest.mark.parametrize("schedule", [cosine(), Karras()], ids=["cosine", "Karras"])
@pytest.mark.parametrize("predicts", ["noise", "data", "score"])
def test_annealed_draws_the_data_whatever_the_model_predicts(
    schedule: Schedule, predicts: Any
) -> None:
    model = Exact(schedule, predicts)
    x = walked(model, schedule, noise="annealed", eta=0.5, steps=20, levels=15).samples
    torch.testing.assert_close(x.mean(0), model.mean, atol=0.1, rtol=0)
    torch.testing.assert_close(x.std(0), model.sd, atol=0, rtol=0.15)


def test_it_counts_calls_and_records_its_way() -> None:
    found = walked(NORMAL, steps=50, count=10)
    assert found.path.shape == (51, 10, 2)
    assert torch.equal(found.path[-1], found.samples)
    assert found.evaluations == 51
    assert walked(NORMAL, steps=50, count=10, adjust=True).evaluations == 101


def test_it_walks_from_a_start() -> None:
    start = torch.tensor([[5.0, 5.0], [-5.0, -5.0]])
    path = walked(NORMAL, wires={"start": start}, steps=1, count=4).path
    assert torch.equal(path[0], start.repeat(2, 1))


class Weight(Guidance):
    """Pull everything to the right."""

    def pull(self, x: Tensor) -> Tensor:
        return torch.ones_like(x)


@pytest.mark.parametrize("adjust", [False, True])
def test_guidance_is_added_to_the_score(adjust: bool) -> None:
    """A constant pull of 1 moves the mean of N(0, I) by 1."""
    x = walked(NORMAL, wires={"guidance": [Weight()]}, eta=0.2, steps=100, adjust=adjust).samples
    assert x.mean().item() == pytest.approx(1, abs=0.05)


def test_a_seed_fixes_all() -> None:
    one, other = (walked(NORMAL, steps=10, adjust=True).samples for _ in range(2))
    assert torch.equal(one, other)


def test_it_refuses_what_has_no_score() -> None:
    with pytest.raises(InputRefused, match="must predict the score"):
        walked(Exact(cosine(), "noise"))
    with pytest.raises(InputRefused, match="schedule has no wire"):
        walked(NORMAL, noise="annealed")


def test_a_sketch_tells_the_shapes() -> None:
    node = LangevinSampler(steps=7, levels=3, noise="annealed", count=20)
    schedule = cosine()
    exact = Exact(schedule)
    *_, last = node(exact, schedule)
    assert [v.shape for v in node.sketch(exact, schedule)] == [v.shape for v in last.value]
