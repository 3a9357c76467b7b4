"""Sounds as waves and spectrograms, with playback."""

from __future__ import annotations

import torch
from torch import Tensor

from nodes.base import Node, param
from nodes.data.wav import FULL
from nodes.errors import InputRefused
from nodes.types import Audio, Figure, Labels
from nodes.views.base import label_names


class AudioView(Node):
    """Show sounds: the wave, below it the spectrogram, and a button to play it.

    `sounds` (b, c, t) between -1 and 1, their channels mixed; values beyond are clipped. Where
    `labels` are wired, their classes are named. The menu of the view saves WAV files.
    """

    synonyms = (
        "listen, play, hear, waveform, wav, speaker, écouter, jouer le son, forme d'onde, "
        "haut-parleur"
    )
    title = "Audio"
    icon = "volume-2"
    role = "view"
    figure = "audio"

    count: int = param(default=4, low=1, high=20, unit="sounds", help="Sounds shown at most.")
    rate: int = param(
        default=8000, low=100, high=400_000, unit="Hz", help="Samples a second of the sounds."
    )
    caption: str = param(default="", help="Words beside the title; empty says what is shown.")

    def forward(self, sounds: Audio, labels: Labels | None = None) -> Figure:
        """Return a figure `audio`: samples (count, t) as int16, and their rate in hertz.

        Raise `InputRefused` where there is not one label for each sound.
        """
        _must_be_as_many(labels, sounds)
        x = sounds[: self.count].detach().float().mean(1).nan_to_num(0.0)
        samples = (x * FULL).round().clamp(-FULL, FULL - 1).to(torch.int16)
        names = label_names(None if labels is None else labels[: self.count], self.class_names)
        facts = {"rate": self.rate, "names": names, "subtitle": self.caption}
        return Figure("audio", {"samples": samples}, facts)

    def sketch(self, sounds: Tensor, labels: Tensor | None = None) -> None:
        """Refuse labels that do not match the sounds."""
        _must_be_as_many(labels, sounds)


def _must_be_as_many(labels: Tensor | None, sounds: Tensor) -> None:
    """Raise `InputRefused` where there is not one label for each sound."""
    if labels is not None and labels.shape[0] != sounds.shape[0]:
        raise InputRefused(
            "{labels} must be as many as {sounds}, {must}; they are {found}.",
            "Wire the labels that these sounds were made for.",
            must=sounds.shape[0],
            found=labels.shape[0],
        )
