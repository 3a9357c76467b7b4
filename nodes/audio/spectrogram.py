"""Spectrograms of sounds, and sounds of spectrograms."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from nodes.audio.base import SoundScale
from nodes.audio.spectra import (
    TINY,
    full_scale,
    griffin_lim,
    invert_mel,
    mel_filters,
    stft,
)
from nodes.base import EVERY, Node, param
from nodes.errors import InputRefused, ParamRefused
from nodes.sentences import Part, say
from nodes.types import SIGNED, Audio, Images, Range, Shape


class Spectrogram(Node):
    """Turn sounds into pictures: how loud each band of frequencies is at each time.

    Bands by Comparison of parametric representations for monosyllabic word recognition (Davis &
    Mermelstein, 1980), doi:10.1109/TASSP.1980.1163420, on Slaney's mel scale.

    `sounds` (b, c, t) give `images` (b, c, bands, t / hop), the highest band in the first row. Each
    number is a power in decibels: 1 is a sine of full scale, -1 is `span` decibels less and all
    that is quieter. Frames are windowed by Hann's window, their middles in those of the hops.
    `model` is the way back, for Griffin-Lim.
    """

    synonyms = (
        "mel, log-mel, stft, short-time fourier transform, frequencies, sound to image, "
        "spectrogramme, fréquences, transformée de Fourier, son en image"
    )
    formula = r"x_{kn} = 1 + \frac{20}{D} \log_{10} \sum_f M_{kf}\,|\mathrm{STFT}(s)_{fn}|^2"
    icon = "audio-waveform"
    returns = "images"
    handle = SoundScale

    rate: int = param(
        default=8000, low=100, high=400_000, unit="Hz", help="Samples a second of the sounds."
    )
    n_fft: int = param(
        default=256,
        low=16,
        high=8192,
        unit="samples",
        title="Frame",
        help="Samples that are looked at together: longer tells frequencies better, shorter times.",
    )
    hop: int = param(
        default=128,
        low=1,
        high=4096,
        unit="samples",
        help="From one frame to the next; at most half a frame.",
    )
    mels: int = param(
        default=64,
        low=0,
        high=1024,
        unit="bands",
        title="Mel bands",
        help="Bands that are as wide as the ear takes them to be; 0: each frequency by itself.",
    )
    span: float = param(
        default=80.0,
        low=10.0,
        high=200.0,
        unit="dB",
        title="Span",
        help="From the quietest to the loudest that is told apart.",
    )

    def build(self) -> None:
        filters = mel_filters(self.rate, self.n_fft, self.mels) if self.mels else None
        self.filters: Tensor | None
        self.register_buffer("filters", filters, persistent=False)

    def forward(self, sounds: Audio) -> Images:
        """Return pictures (b, c, bands, ceil(t / hop)) in [-1, 1] of sounds (b, c, t), float32.

        Computed in float32 under autocast too. Raise `ParamRefused` where `hop` is above half of
        `n_fft`.
        """
        self._must_overlap()
        with torch.autocast(sounds.device.type, enabled=False):  # decibels need all the digits
            bands = self._bands(sounds.flatten(0, 1).float())
        level = torch.log10(bands / full_scale(self.n_fft) + TINY**2)
        images = (1 + 20 / self.span * level).clamp(-1, 1).flip(1)
        return images.view(*sounds.shape[:2], *images.shape[1:])

    def _bands(self, x: Tensor) -> Tensor:
        spectra = stft(x, self.n_fft, self.hop)
        power = spectra.real.square() + spectra.imag.square()
        return power if self.filters is None else self.filters @ power

    def powers(self, images: Tensor) -> Tensor:
        """Return the power of each frequency, without phases: (b, c, bands, n) → (b c, f, n).

        f is n_fft // 2 + 1. Bands at the lowest level of the scale count as silence.
        """
        bands = torch.pow(10, (images.float().flip(2).flatten(0, 1) - 1) * self.span / 20)
        bands = bands * (bands > 1.001 * 10 ** (-self.span / 10)) * full_scale(self.n_fft)
        return bands if self.filters is None else invert_mel(bands, self.filters)

    @property
    def rows(self) -> int:
        """Return how many rows a picture has."""
        return self.mels or self.n_fft // 2 + 1

    def ranges(self, **_: Range | None) -> Mapping[str, Range]:
        return {"images": SIGNED}

    def sign(self) -> Part:
        return say("{n} bands", n=self.rows)

    def _must_overlap(self) -> None:
        if 2 * self.hop > self.n_fft:
            raise ParamRefused(
                "{hop} must be at most half of {n_fft}, {must}; it is {value}.",
                "Lower it, or take longer frames.",
                place="hop",
                must=self.n_fft // 2,
                value=self.hop,
            )


class GriffinLim(Node):
    """Turn spectrograms back into sounds.

    A fast Griffin-Lim algorithm (Perraudin, Balazs & Søndergaard, 2013),
    doi:10.1109/WASPAA.2013.6701851; bands become frequencies by Algorithms for Non-negative Matrix
    Factorization (Lee & Seung, 2000).

    `images` (b, c, bands, n) are as `scale`, the spectrogram, makes them; `sounds` (b, c, n hop). A
    spectrogram has no phases. They are drawn, always the same, and made to agree with each other
    round by round: the waveform is hardly the original, but sounds similar.
    """

    synonyms = (
        "vocoder, inverse spectrogram, phase reconstruction, image to sound, vocodeur, "
        "spectrogramme inverse, phases, image en son"
    )
    title = "Griffin-Lim"
    formula = r"X \leftarrow |X|\, e^{i \angle \mathrm{STFT}(\mathrm{STFT}^{-1}(X))}"
    icon = "volume-2"
    returns = "sounds"
    unreached = EVERY

    rounds: int = param(
        default=60, low=0, high=1000, unit="rounds", help="How often phases are made to agree."
    )
    momentum: float = param(
        default=0.99, low=0.0, high=1.0, help="How far each round goes ahead; 0: as in 1984."
    )

    @torch.no_grad()
    def forward(self, images: Images, scale: SoundScale) -> Audio:
        """Return sounds (b, c, n hop) of pictures (b, c, bands, n), without gradients.

        Raise `InputRefused` where pictures have other rows than the spectrogram of `scale`.
        """
        return self._sounds(images, scale)

    def _sounds(self, images: Tensor, scale: Any) -> Tensor:
        _must_be_of(images, scale)
        size: Tensor = scale.powers(images).sqrt()
        stream = torch.Generator().manual_seed(0)
        turns = torch.rand(size.shape[1:], generator=stream).to(size.device)
        x = griffin_lim(
            size,
            n_fft=scale.n_fft,
            hop=scale.hop,
            rounds=self.rounds,
            momentum=self.momentum,
            phase=torch.polar(torch.ones_like(turns), 2 * math.pi * turns).expand(size.shape),
        )
        return x.view(*images.shape[:2], -1)

    def sketch(self, images: Tensor, scale: Any) -> Tensor:
        _must_be_of(images, scale)
        return images.new_empty(*images.shape[:2], images.shape[3] * scale.hop)

    def ranges(self, images: Range | None = None, **_: Range | None) -> Mapping[str, Range]:
        if images is not None and not images.within(SIGNED):
            raise InputRefused(
                "{images} must lie in {must}, as a spectrogram makes them; they lie in {found}.",
                "Set the output of what makes them to signed.",
                must=SIGNED,
                found=images,
            )
        return {}

    def sign(self) -> Part:
        return say("{n} rounds", n=self.rounds)


def _must_be_of(images: Tensor, scale: Any) -> None:
    """Raise `InputRefused` where pictures have other rows than the spectrogram's."""
    if images.dim() != 4 or images.shape[2] != scale.rows:
        raise InputRefused(
            "{images} must have {must} rows, as many as the spectrogram has bands; their shape is "
            "{found}.",
            "Set the bands of the spectrogram to the rows of what makes these pictures.",
            must=scale.rows,
            found=Shape(images.shape[1:]),
        )
