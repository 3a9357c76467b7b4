"""The sweep over steps measures what the law says."""

from __future__ import annotations

import torch

from nodes.data.toys import EightGaussians, GaussianPoints, Toy
from nodes.score.bias_against_step import BiasAgainstStep, Biases
from tests.nodes.score.test_exact_score import Drawn

WHOLE = "x + η s + √(2η) ε"


def measured(toy: Toy, **given: object) -> Biases:
    torch.manual_seed(0)
    frames = list(BiasAgainstStep(**{"values": 4, "least": 0.4} | given)(Drawn(toy)))
    assert [f.step for f in frames] == [1, 2, 3, 4]
    return frames[-1].value


def test_it_measures_what_the_law_says() -> None:
    found = measured(GaussianPoints(), count=8000)
    torch.testing.assert_close(found.law, 1 / (1 - found.eta / 4))
    torch.testing.assert_close(found.unadjusted, found.law, atol=0, rtol=0.06)
    torch.testing.assert_close(found.adjusted, torch.ones(4), atol=0.05, rtol=0)


def test_a_gaussian_of_any_shape_has_its_law() -> None:
    toy = GaussianPoints(mean=2.0, sd=1.5, correlation=0.5)
    found = measured(toy, count=8000, convention=WHOLE, largest=1.5)
    v = torch.tensor([1.5**2 * 0.5, 1.5**2 * 1.5])
    expected = torch.stack([(1 / (1 - eta / (2 * v))).mean() for eta in found.eta])
    torch.testing.assert_close(found.law, expected)
    torch.testing.assert_close(found.unadjusted, found.law, atol=0, rtol=0.06)


def test_beyond_the_limit_there_is_no_number() -> None:
    found = measured(GaussianPoints(sd=0.2), largest=3.0, count=100)
    assert not (found.unadjusted < 100).all()
    assert found.law.isinf().any()


def test_of_a_mixture_no_law_is_known_and_adjusted_steps_keep_it() -> None:
    found = measured(EightGaussians(), least=0.05, largest=0.2)
    assert found.law.isnan().all()
    torch.testing.assert_close(found.adjusted, torch.ones(4), atol=0.05, rtol=0)
