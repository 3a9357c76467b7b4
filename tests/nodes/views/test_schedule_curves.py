"""A noise schedule, seen."""

import pytest
import torch

from nodes.diffusion.noise_schedule import NoiseSchedule
from nodes.views.schedule_curves import ScheduleCurves

KINDS = NoiseSchedule._declared["kind"].choices


@pytest.mark.parametrize("kind", KINDS)
def test_signal_and_snr_fall_from_data_to_noise(kind: str) -> None:
    arrays = ScheduleCurves()(NoiseSchedule(kind=kind)()).arrays
    for line in (arrays["y:signal"], arrays["y:log-SNR"]):
        assert line.isfinite().all() and (line.diff() <= 0).all()
        assert line.min() >= 0 and line.max() <= 1
    assert arrays["y:signal"][0] > 0.99 and arrays["y:signal"][-1] < 0.1
    assert arrays["y:log-SNR"][[0, -1]].tolist() == [1.0, 0.0]


def test_the_signal_s_share_is_alpha_bar() -> None:
    schedule = NoiseSchedule(kind="cosine")()
    figure = ScheduleCurves()(schedule)
    alpha_bar = schedule.alpha_bar(figure.arrays["x"])
    assert torch.allclose(figure.arrays["y:signal"], alpha_bar, atol=1e-6)
    assert figure.facts["names"]["signal"] == "ᾱ"


def test_the_share_and_the_log_snr_tell_the_same() -> None:
    schedule = NoiseSchedule(kind="variance exploding")()
    share, snr = (
        ScheduleCurves(show=show)(schedule).arrays[f"y:{show}"] for show in ("signal", "log-SNR")
    )
    assert torch.allclose(torch.sigmoid(snr[2:]), share[2:], atol=1e-6)
