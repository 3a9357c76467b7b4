"""A generator and a critic of raw audio samples, without a spectrogram."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise

import torch
from torch import Tensor, nn

from nodes.adversarial.base import (
    classes_param,
    of_class,
    shape_with_classes,
    told_classes,
    with_classes,
)
from nodes.base import Node, param
from nodes.drawing import Drawing
from nodes.layers.order import shift_mirrored
from nodes.networks.blocks import (
    ACTIVATIONS,
    Activation,
    Normalization,
    activation_param,
    arrows,
    doubling_widths,
    normalization_param,
)
from nodes.networks.body import hidden_param, layers_param
from nodes.networks.drawn import in_a_row, layer_of
from nodes.types import SIGNED, Audio, Critic, Labels, Points, Range, Shape, Values

KERNEL, STRIDE = 25, 4
"""Samples that a layer looks at, and how many of them become one: the paper's."""


class WaveGenerator(Node):
    """Make sounds from noise, without a spectrogram between.

    Adversarial Audio Synthesis (Donahue, McAuley & Puckette, 2019), arXiv:1802.04208.

    `z` (b, d) gives `sounds` (b, 1, samples) in [-1, 1]. A linear layer makes a short row of many
    channels; each transposed convolution of 25 samples makes it four times as long. With classes,
    `labels` (b,) are the classes of the sounds to make.
    """

    synonyms = (
        "wavegan, raw audio, waveform, speech synthesis, sound generator, audio brut, "
        "forme d'onde, synthèse vocale, réseau adverse"
    )
    formula = r"\hat{x} = \tanh G_\theta(z), \qquad z \sim p(z)"
    title = "Wave generator"
    icon = "audio-waveform"
    returns = "sounds"

    samples: int = param(
        default=4096,
        low=1,
        high=1_000_000,
        unit="samples",
        title="Length",
        help="Samples of a sound: as many as the data's have.",
    )
    hidden: int = hidden_param(128, channels="first")
    layers: int = layers_param(4)
    activation: Activation = activation_param()
    normalization: Normalization = normalization_param("batch")
    classes: int = classes_param()

    def build(self, z: Shape) -> None:
        inputs = shape_with_classes(Shape((z.numel,)), self.classes)
        channels, lengths = [1, *self._channels], layer_lengths(self.samples, len(self._channels))
        net: list[nn.Module] = [
            nn.Linear(inputs.numel, channels[-1] * lengths[-1]),
            nn.Unflatten(1, (channels[-1], lengths[-1])),
            *OF_SOUNDS[self.normalization](channels[-1]),
            ACTIVATIONS[self.activation](),
        ]
        for level, (above, below) in reversed(list(enumerate(pairwise(channels)))):
            net.append(_longer(below, above, lengths[level]))
            if level:
                net += OF_SOUNDS[self.normalization](above)
                net.append(ACTIVATIONS[self.activation]())
        self.net = nn.Sequential(*net, nn.Tanh())

    def forward(self, z: Points, labels: Labels | None = None) -> Audio:
        """Return sounds (b, 1, samples) in [-1, 1] of noise z (b, ...) and labels (b,), float32."""
        return self.net(with_classes(z.flatten(1), labels, self.classes)).float()

    def ranges(self, **_: Range | None) -> Mapping[str, Range]:
        return {"sounds": SIGNED}

    def as_layers(self) -> Drawing:
        drawing = Drawing(acts_as="Generator")
        drawing.gives("sounds", in_a_row(drawing, self.net, told_classes(drawing, self, "z")))
        return drawing

    @property
    def _channels(self) -> list[int]:
        return doubling_widths(self.hidden, max(1, self.layers))

    def sign(self) -> str:
        first = [self.built["z"]] if self.built else []
        return arrows(*first, *(f"c{c}" for c in reversed(self._channels)), self.samples)


class WaveCritic(Node):
    """Score how real a sound is, by its samples.

    Adversarial Audio Synthesis (Donahue, McAuley & Puckette, 2019), arXiv:1802.04208.

    `x` (b, c, t) gives `score` (b,), any real number. Each convolution looks at 25 samples and
    leaves a quarter of them. Between two layers, in training, the signal is shifted by a few
    samples at random and mirrored at the ends (phase shuffle): transposed convolutions leave a tone
    of constant phase, which alone would reveal generated sounds. With classes, it has a score for
    each; the label selects one. Losses call it through `model`.
    """

    synonyms = (
        "wavegan, discriminator, raw audio, waveform, phase shuffle, critique, discriminateur, "
        "audio brut, forme d'onde"
    )
    formula = r"D_\phi(x) = \sigma(s_\phi(x)), \qquad s_\phi : x \mapsto \mathbb{R}"
    title = "Wave critic"
    icon = "scale"
    returns = "score"
    handle = Critic

    hidden: int = hidden_param(128, channels="last")
    layers: int = layers_param(4)
    activation: Activation = activation_param("leaky ReLU")
    shuffle: int = param(
        default=2,
        low=0,
        high=1000,
        unit="samples",
        title="Phase shuffle",
        help="How far what a layer gives is moved at most, while the critic learns; 0: not at all.",
    )
    classes: int = classes_param()

    def build(self, x: Shape) -> None:
        channels = [x[0], *doubling_widths(self.hidden, max(1, self.layers))]
        length = layer_lengths(x[1], len(channels) - 1)[-1]
        net: list[nn.Module] = []
        for level, (below, above) in enumerate(pairwise(channels)):
            if level and self.shuffle:
                net.append(PhaseShuffle(self.shuffle))
            net.append(nn.Conv1d(below, above, KERNEL, STRIDE, KERNEL // 2))
            net.append(ACTIVATIONS[self.activation]())
        last = nn.Linear(channels[-1] * length, max(1, self.classes))
        self.net = nn.Sequential(*net, nn.Flatten(), last)

    def forward(self, x: Audio, labels: Labels | None = None) -> Values:
        """Return the score of each sound, float32: x (b, c, t) → (b,).

        Where there are classes it is the score of the sound's own.
        """
        return of_class(self.net(x).float(), labels, self.classes)

    def as_layers(self) -> Drawing:
        drawing = Drawing(acts_as="Critic")
        x = in_a_row(drawing, self.net, drawing.takes("x"))
        if not self.classes:
            score = drawing.add("ScoreHead", x=x, gives="score")
        else:
            drawing.row = 1.0
            told = drawing.add("OneHot", labels=drawing.takes("labels"), classes=self.classes)
            drawing.row = 0.0
            text = "item_sum(scores * own)"
            score = drawing.add("Formula", scores=x, own=told, expression=text, gives="value")
        drawing.gives("score", score)
        return drawing

    def sign(self) -> str:
        channels = [f"c{c}" for c in doubling_widths(self.hidden, max(1, self.layers))]
        return arrows(*([self.built["x"].numel] if self.built else []), *channels, 1)


@layer_of(lambda module: ("ShiftSamples", {"most": module.most}))
class PhaseShuffle(nn.Module):
    """Move a batch (b, c, t) by up to `most` samples at random while training, mirrored."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most

    def forward(self, x: Tensor) -> Tensor:
        """Return x (b, c, t), while training moved by one random number of samples for all."""
        if not self.training:
            return x
        by = torch.randint(-self.most, self.most + 1, (1,), device=x.device)
        return shift_mirrored(x, by)


def layer_lengths(length: int, times: int) -> list[int]:
    """Return a length in samples and what is left after each layer, rounded up: 4096, 1024, 256."""
    found = [length]
    for _ in range(times):
        found.append(-(-found[-1] // STRIDE))
    return found


def _longer(below: int, above: int, length: int) -> nn.ConvTranspose1d:
    """Return a layer that makes `length` of its quarter, rounded up."""
    short = layer_lengths(length, 1)[1]
    more = length - STRIDE * (short - 1) - 1
    return nn.ConvTranspose1d(below, above, KERNEL, STRIDE, KERNEL // 2, more)


OF_SOUNDS: dict[str, Callable[[int], list[nn.Module]]] = {
    "none": lambda channels: [],
    "batch": lambda channels: [nn.BatchNorm1d(channels)],
    "layer": lambda channels: [nn.GroupNorm(1, channels)],
}
