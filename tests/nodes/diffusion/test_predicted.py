"""Laws of what is told from a prediction."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from nodes.diffusion.base import READINGS, Predictor, Predicts, predicted
from nodes.diffusion.schedules import Karras, Schedule, cosine, linear
from nodes.errors import InputRefused
from nodes.types import Batch, Labels, Values


class Knowing(Predictor):
    """Predict from the answer, whatever is asked; holds what it was shown."""

    def __init__(self, answers: dict[str, Tensor], **given: Any) -> None:
        super().__init__(**given)
        self.answers = answers
        self.shown: Tensor | None = None

    def forward(self, x: Batch, t: Values, labels: Labels | None = None) -> Batch:
        self.shown = x
        return self.answers[self.predicts]


def noisy(schedule: Schedule) -> tuple[Tensor, dict[str, Tensor], Tensor]:
    """Return x_t, all that a network may say of it, and the times, in float64."""
    torch.manual_seed(0)
    x_0, eps = torch.randn(2, 50, 3, 4, dtype=torch.float64)
    t = torch.linspace(0.02, 0.95, 50, dtype=torch.float64)
    alpha, sigma = schedule.alpha(t)[:, None, None], schedule.sigma(t)[:, None, None]
    v = (alpha * eps - sigma * x_0) / (alpha**2 + sigma**2).sqrt()
    answers = {"noise": eps, "data": x_0, "v": v, "score": -eps / sigma}
    return schedule.add_noise(x_0, eps, t), answers, t


@pytest.mark.parametrize("schedule", [linear(), cosine(), Karras()], ids=["linear", "cosine", "ve"])
@pytest.mark.parametrize("predicts", READINGS)
def test_all_readings_of_one_state_agree(schedule: Schedule, predicts: Predicts) -> None:
    x_t, answers, t = noisy(schedule)
    said = predicted(Knowing(answers, predicts=predicts), schedule, x_t, t)
    told = {"noise": said.eps, "data": said.x_0, "v": said.v, "score": said.score}
    for name, value in told.items():
        torch.testing.assert_close(value, answers[name], rtol=1e-6, atol=1e-6)


def test_the_network_is_shown_unit_variance() -> None:
    x_t, answers, t = noisy(Karras())
    model = Knowing(answers)
    predicted(model, Karras(), x_t, t)
    assert model.shown is not None and 0.5 < model.shown[25:].std() < 1.5 < x_t[25:].std()


def test_another_estimate_of_the_data_moves_the_noise() -> None:
    schedule = cosine()
    x_t, answers, t = noisy(schedule)
    said = predicted(Knowing(answers), schedule, x_t, t).with_data(answers["data"].clamp(-1, 1))
    torch.testing.assert_close(said.alpha * said.x_0 + said.sigma * said.eps, x_t)


def test_a_velocity_is_refused() -> None:
    x_t, _, t = noisy(linear())
    model = Knowing({"velocity": x_t}, predicts="velocity")
    with pytest.raises(InputRefused, match="velocity"):
        predicted(model, linear(), x_t, t)
