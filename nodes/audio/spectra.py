"""Short-time spectra and their inverse: frames, mel bands, and phases estimated anew.

A signal is (b, t), a spectrum (b, f, n): f frequencies from 0 up, n frames, one every `hop`
samples, each centred on its place.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

TINY = 1e-10
BREAK = 1000.0
"""Hertz up to which mels run evenly (Slaney's mel scale); above, their logarithm does."""
EVEN = 200.0 / 3
"""Hertz a mel below the break."""
GROWTH = math.log(6.4) / 27
"""Growth a mel above the break."""


def stft(x: Tensor, n_fft: int, hop: int) -> Tensor:
    """Return the complex spectra of x (b, t), a frame for each `hop` begun: (b, f, n).

    A frame's middle is that of its hop; around x is silence.
    """
    before, after = _around(x.shape[-1], n_fft, hop)
    padded = F.pad(x, (before, after))
    shape = window(n_fft, x)
    return torch.stft(padded, n_fft, hop, window=shape, center=False, return_complex=True)


def frames_of(samples: int, hop: int) -> int:
    """Return the number of frames of a sound of so many samples: samples / hop, rounded up."""
    return -(-samples // hop)


def _around(samples: int, n_fft: int, hop: int) -> tuple[int, int]:
    """Return how much silence stands before and behind, so that each hop has its frame."""
    before = (n_fft - hop) // 2
    return before, (frames_of(samples, hop) - 1) * hop + n_fft - before - samples


def istft(spectra: Tensor, n_fft: int, hop: int) -> Tensor:
    """Return the signal (b, t) whose spectra are nearest to these: the inverse of `spectrum`.

    Signal estimation from modified short-time Fourier transform (Griffin & Lim, 1984),
    doi:10.1109/TASSP.1984.1164317: overlapping frames, windowed again, over the windows' squares.
    """
    shape = window(n_fft, spectra.real)
    frames = torch.fft.irfft(spectra, n_fft, dim=1) * shape[:, None]  # (b, n_fft, n)
    squares = shape.square()[None, :, None].expand(-1, -1, frames.shape[2])
    whole, weight = (_overlapped(part, hop) for part in (frames, squares))
    before, samples = (n_fft - hop) // 2, spectra.shape[-1] * hop
    return (whole / weight.clamp(min=TINY))[:, before : before + samples]


def _overlapped(frames: Tensor, hop: int) -> Tensor:
    """Return frames (b, n_fft, n) laid over each other, added where they meet: (b, t)."""
    length = frames.shape[1] + hop * (frames.shape[2] - 1)
    shape = (frames.shape[1], 1)
    found = F.fold(frames, (length, 1), shape, stride=(hop, 1))
    return found[:, 0, :, 0]


def window(n_fft: int, like: Tensor) -> Tensor:
    """Return Hann's periodic window, (n_fft,), on the device and in the precision of `like`."""
    return torch.hann_window(n_fft, dtype=like.dtype, device=like.device)


# Mel bands


def mel_filters(rate: float, n_fft: int, mels: int) -> Tensor:
    """Return what each band takes of each frequency, (mels, f): triangles of height 1.

    Comparison of parametric representations for monosyllabic word recognition (Davis &
    Mermelstein, 1980), doi:10.1109/TASSP.1980.1163420, on Slaney's mel scale.
    """
    top = _mel_of(rate / 2)
    edges = [_hertz_of(top * k / (mels + 1)) for k in range(mels + 2)]
    corners = torch.tensor(edges, dtype=torch.float64)
    frequencies = torch.linspace(0, rate / 2, n_fft // 2 + 1, dtype=torch.float64)
    rising = (frequencies - corners[:-2, None]) / corners.diff()[:-1, None]
    falling = (corners[2:, None] - frequencies) / corners.diff()[1:, None]
    return torch.minimum(rising, falling).clamp(min=0).float()


def _mel_of(hertz: float) -> float:
    if hertz < BREAK:
        return hertz / EVEN
    return BREAK / EVEN + math.log(hertz / BREAK) / GROWTH


def _hertz_of(mel: float) -> float:
    if mel < BREAK / EVEN:
        return mel * EVEN
    return BREAK * math.exp(GROWTH * (mel - BREAK / EVEN))


def full_scale(n_fft: int) -> float:
    """Return the power that a sine of full scale has at its frequency."""
    return (n_fft / 4) ** 2


def invert_mel(bands: Tensor, filters: Tensor, rounds: int = 60) -> Tensor:
    """Return a power spectrum (b, f, n), nowhere negative, whose mel bands are near these.

    Algorithms for Non-negative Matrix Factorization (Lee & Seung, 2000): each round multiplies by a
    ratio that is 1 where the squared error can fall no further, and never raises that error.
    """
    wanted = torch.einsum("mf,bmn->bfn", filters, bands)
    mixing = filters.T @ filters  # (f, f)
    seen = filters.sum(0) > 0
    found = wanted / mixing.sum(1).clamp(min=TINY)[:, None]
    for _ in range(rounds):
        found = found * wanted / torch.einsum("fg,bgn->bfn", mixing, found).clamp(min=TINY)
    return found * seen[:, None]


def griffin_lim(
    size: Tensor, *, n_fft: int, hop: int, rounds: int, momentum: float, phase: Tensor
) -> Tensor:
    """Return a signal whose spectra have these sizes (b, f, n), phases found round by round.

    A fast Griffin-Lim algorithm (Perraudin, Balazs & Søndergaard, 2013),
    doi:10.1109/WASPAA.2013.6701851; with momentum 0 the algorithm of 1984.
    """
    spectra, before = size * phase, torch.zeros_like(phase)
    for _ in range(rounds):
        heard = stft(istft(spectra, n_fft, hop), n_fft, hop)
        ahead = heard - momentum / (1 + momentum) * before
        before = heard
        spectra = size * ahead / ahead.abs().clamp(min=TINY)
    return istft(spectra, n_fft, hop)
