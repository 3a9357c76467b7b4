"""The port type of a spectrogram's scale, shared by the nodes of sound."""

from __future__ import annotations

from typing import Annotated

from torch import nn

from nodes.types import PortType

SoundScale = Annotated[
    nn.Module,
    PortType(
        "SoundScale",
        (),
        "object",
        "ring",
        None,
        "How sounds became pictures: frames, bands, decibels.",
        "the scale of a spectrogram",
        True,
    ),
]
