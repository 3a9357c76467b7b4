"""Half precision, where a device is quicker with it."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from nodes.diffusion.base import predicted
from nodes.diffusion.denoiser_mlp import DenoiserMLP
from nodes.diffusion.schedules import cosine
from nodes.matching.base import at_one_time
from nodes.training import precision
from nodes.training.precision import Choice, autocast_to, choice_for, chosen_now, settle
from tests.engine.toy import fit, session

CPU = torch.device("cpu")
QUICK = {"matrices": 0.5, "convolutions": 0.7}


@pytest.fixture
def timed(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """Times that stand in for those of a CPU with the instructions; to be changed by a test."""
    times = dict(QUICK)
    monkeypatch.setattr(precision, "_chosen", {})
    monkeypatch.setattr(precision, "has_instructions", lambda: True)
    monkeypatch.setattr(precision, "timed", lambda: times)
    return times


def test_what_is_named_is_taken_everywhere() -> None:
    assert autocast_to("float32", CPU) is None
    assert autocast_to("bfloat16", CPU) is torch.bfloat16


@pytest.mark.parametrize("slow", QUICK)
def test_auto_is_short_where_all_work_is_clearly_quicker(
    timed: dict[str, float], slow: str
) -> None:
    assert chosen_now(CPU) == Choice(True, QUICK)
    timed[slow] = 0.85
    assert not chosen_now(CPU).short
    assert autocast_to("auto", torch.device("mps")) is None


def test_a_cpu_without_the_instructions_is_not_timed(
    timed: dict[str, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(precision, "has_instructions", lambda: False)
    assert chosen_now(CPU) == Choice(False)


def test_a_device_is_timed_once_and_keeps_what_was_settled(timed: dict[str, float]) -> None:
    assert choice_for(CPU).short
    timed["matrices"] = 2.0
    assert choice_for(CPU).short
    settle(CPU, Choice(False))
    assert autocast_to("auto", CPU) is None


def test_networks_with_convolutions_of_one_dimension_stay_as_they_are(
    timed: dict[str, float],
) -> None:
    plain, lines = nn.Linear(1, 1), nn.Sequential(nn.Linear(1, 1), nn.Conv1d(1, 1, 3))
    assert autocast_to("auto", CPU, [plain]) is torch.bfloat16
    assert autocast_to("auto", CPU, [plain, lines]) is None
    assert autocast_to("bfloat16", CPU, [plain, lines]) is torch.bfloat16


def test_a_timing_draws_nothing_and_takes_both_kinds_of_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(precision, "_seconds", lambda layer, x, w, *, short: 1.0 + short)
    before = torch.get_rng_state()
    assert precision.timed() == {"matrices": 2.0, "convolutions": 2.0}
    assert torch.equal(torch.get_rng_state(), before)


def test_samplers_ask_a_network_in_the_number_format_of_its_training() -> None:
    seen = []

    class Spy(DenoiserMLP):
        def forward(self, x, t, labels=None):  # type: ignore[no-untyped-def]
            seen.append(torch.is_autocast_enabled("cpu") and torch.get_autocast_dtype("cpu"))
            return super().forward(x, t, labels)

    network = Spy(hidden=[16])
    x, schedule = torch.randn(4, 2), cosine()
    predicted(network, schedule, x, torch.tensor(0.5))
    network.autocast = torch.bfloat16
    short = predicted(network, schedule, x, torch.tensor(0.5))
    at_one_time(network)(x, 0.5)
    assert seen == [False, torch.bfloat16, torch.bfloat16]
    assert short.x_0.dtype is short.eps.dtype is torch.float32


def test_a_trainer_tells_its_networks_what_they_are_trained_in() -> None:
    s = session()
    s.update(fit(steps=1))
    network = s.lives["map"].node
    for named, dtype in (("bfloat16", torch.bfloat16), ("float32", None)):
        s.lives["trainer"].node.set("precision", named)
        next(s.program.frames("trainer"))
        assert network.autocast is dtype
