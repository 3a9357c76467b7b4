"""Spectra and the way back: exact where phases are kept, as librosa's where they are not."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from nodes.audio.spectra import (
    full_scale,
    griffin_lim,
    invert_mel,
    istft,
    mel_filters,
    stft,
    window,
)
from nodes.audio.spectrogram import GriffinLim, Spectrogram
from nodes.errors import InputRefused, ParamRefused

RATE, N_FFT, HOP = 8000, 256, 128
BANDS = {
    (0, 0): -34.91, (0, 15): -59.64, (5, 0): -27.28, (5, 8): -75.62, (20, 0): -49.43,
    (20, 8): -64.27, (20, 15): -7.70, (40, 0): -60.71, (40, 15): -44.76, (63, 15): -47.12,
}  # fmt: skip
"""Decibels of the rising tone by librosa 0.11: melspectrogram and power_to_db, band and frame."""
FILTERS = {(0, 1): 0.86648, (10, 13): 0.73574, (30, 36): 0.89241, (63, 126): 0.42796}
"""Of librosa.filters.mel(sr=8000, n_fft=256, n_mels=64, norm=None), whose sum is 125.00629."""
CONVERGED = {0.0: 0.12, 0.99: 0.054}
"""Of librosa.griffinlim after 60 rounds, over four seeds: from 0.07 to 0.11, 0.02 to 0.053."""


def rising(samples: int = 2048) -> Tensor:
    """Return a tone whose frequency rises."""
    t = torch.arange(samples, dtype=torch.float64) / RATE
    return (0.5 * torch.sin(2 * math.pi * (300 + 900 * t) * t))[None]


def noisy() -> Tensor:
    stream = torch.Generator().manual_seed(0)
    return rising() + 0.1 * torch.randn(1, 2048, generator=stream, dtype=torch.float64)


@settings(deadline=None, max_examples=25)
@given(
    n_fft=st.sampled_from([16, 64, 256]),
    share=st.sampled_from([2, 3, 4, 8]),
    samples=st.integers(1, 900),
)
def test_spectra_with_phases_come_back_exactly(n_fft: int, share: int, samples: int) -> None:
    hop = n_fft // share
    x = torch.randn(2, samples, dtype=torch.float64)
    back = istft(stft(x, n_fft, hop), n_fft, hop)
    torch.testing.assert_close(back[:, :samples], x)
    assert not back[:, samples:].abs().gt(1e-9).any()


def test_the_power_of_a_frame_is_that_of_its_samples() -> None:
    """Parseval: sum |X|^2 = N sum |w x|^2, where frequencies between the ends count twice."""
    x = torch.randn(1, 4 * N_FFT, dtype=torch.float64)
    power = stft(x, N_FFT, HOP).abs().square()[0]
    power[1:-1] *= 2
    start = 3 * HOP - (N_FFT - HOP) // 2
    framed = x[0, start : start + N_FFT] * window(N_FFT, x)
    torch.testing.assert_close(power[:, 3].sum(), N_FFT * framed.square().sum())


def test_a_sine_of_full_scale_is_the_loudest_number() -> None:
    t = torch.arange(8192) / RATE
    images = Spectrogram(mels=0)(torch.sin(2 * math.pi * 1000 * t)[None, None])
    assert images.max().item() == pytest.approx(1, abs=1e-3)
    row = N_FFT // 2 - round(1000 * N_FFT / RATE)
    assert images[0, 0, :, 32].argmax().item() == row


def test_bands_are_those_of_the_reference() -> None:
    filters = mel_filters(RATE, N_FFT, 64)
    assert filters.sum().item() == pytest.approx(125.00629, rel=1e-5)
    for place, value in FILTERS.items():
        assert filters[place].item() == pytest.approx(value, abs=1e-5)
    assert mel_filters(16_000, 400, 40).sum().item() == pytest.approx(191.72916, rel=1e-5)


def test_a_spectrogram_is_that_of_the_reference() -> None:
    node = Spectrogram(span=100.0)
    decibels = (node(rising().float()[:, None])[0, 0].flip(0) - 1) / 2 * 100
    for place, value in BANDS.items():
        assert decibels[place].item() == pytest.approx(value, abs=0.05)


@pytest.mark.parametrize("momentum", CONVERGED)
def test_phases_agree_as_well_as_those_of_the_reference(momentum: float) -> None:
    size = stft(noisy(), N_FFT, HOP).abs()
    turns = torch.rand(size.shape, generator=torch.Generator().manual_seed(0)).double()
    phase = torch.polar(torch.ones_like(turns), 2 * math.pi * turns)
    found = griffin_lim(size, n_fft=N_FFT, hop=HOP, rounds=60, momentum=momentum, phase=phase)
    off = (stft(found, N_FFT, HOP).abs() - size).norm() / size.norm()
    assert off.item() < CONVERGED[momentum]


def test_bands_are_unmixed_without_a_negative_and_ever_nearer() -> None:
    filters = mel_filters(RATE, N_FFT, 64).double()
    power = stft(noisy(), N_FFT, HOP).abs().square()
    bands = filters @ power
    errors = []
    for rounds in (1, 5, 20, 60):
        found = invert_mel(bands, filters, rounds)
        assert found.min().item() >= 0
        errors.append(((filters @ found - bands).norm() / bands.norm()).item())
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 0.01


@pytest.mark.parametrize("mels", [0, 64])
def test_a_spectrogram_of_what_griffin_lim_makes_is_the_same(mels: int) -> None:
    scale = Spectrogram(mels=mels)
    images = scale(noisy().float()[:, None])
    sounds = GriffinLim()(images, scale)
    assert sounds.shape == (1, 1, 2048)
    off = (scale(sounds) - images).abs().mean() * scale.span / 2
    assert off.item() < 1.0  # decibels


def test_silence_stays_silence() -> None:
    scale = Spectrogram()
    images = scale(torch.zeros(2, 1, 1024))
    assert images.unique().tolist() == [-1.0]
    assert GriffinLim()(images, scale).abs().max().item() == 0


def test_the_same_picture_gives_the_same_sound() -> None:
    scale = Spectrogram()
    images = scale(noisy().float()[:, None])
    both = GriffinLim()(torch.cat([images, images]), scale)
    assert torch.equal(both[0], both[1])
    assert torch.equal(both[:1], GriffinLim()(images, scale))


def test_a_short_number_format_changes_no_decibel() -> None:
    sounds = noisy().float()[:, None]
    with torch.autocast("cpu", torch.bfloat16):
        short = Spectrogram()(sounds)
    assert torch.equal(short, Spectrogram()(sounds))


def test_gradients_reach_the_sound() -> None:
    sounds = torch.randn(1, 1, 512, requires_grad=True)
    Spectrogram()(sounds).sum().backward()
    assert sounds.grad is not None and sounds.grad.abs().sum() > 0


def test_frames_that_do_not_overlap_are_refused() -> None:
    with pytest.raises(ParamRefused, match="half"):
        Spectrogram(n_fft=256, hop=129)(torch.zeros(1, 1, 512))


def test_pictures_of_other_rows_are_refused() -> None:
    with pytest.raises(InputRefused, match="64 rows"):
        GriffinLim()(torch.zeros(1, 1, 28, 28), Spectrogram())


def test_full_scale_is_the_peak_of_a_sine() -> None:
    sine = torch.sin(2 * math.pi * torch.arange(N_FFT) * 16 / N_FFT)
    peak = torch.fft.rfft(sine * window(N_FFT, sine)).abs().square().max()
    assert peak.item() == pytest.approx(full_scale(N_FFT), rel=1e-5)
