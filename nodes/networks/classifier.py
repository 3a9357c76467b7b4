"""A convolutional classifier of pictures, and the features that it tells classes by."""

from __future__ import annotations

from typing import NamedTuple

from torch import nn

from nodes.base import Node, param
from nodes.networks.blocks import (
    Activation,
    Normalization,
    activation_param,
    arrows,
    doubling_widths,
    halving_convolutions,
    lay_channels_last,
    normalization_param,
)
from nodes.networks.body import depth_param, hidden_param, layers_param
from nodes.types import Images, Points, Shape


class ClassifierOutput(NamedTuple):
    """The logits of each item, (b, classes), and the features of the last layer, (b, hidden)."""

    logits: Points
    features: Points


class Classifier(Node):
    """Classify pictures by convolutions.

    Gradient-based learning applied to document recognition (LeCun et al., 1998),
    doi:10.1109/5.726791.

    Each layer halves rows and columns; what is left is averaged over all places: `features` (b,
    hidden), of which a last linear layer makes `logits` (b, classes). Trained, it may judge what
    others make: wire its logits into Class accuracy, its features into FID.
    """

    synonyms = (
        "convolutional network, cnn, judge, recognizer, classification, features, réseau "
        "convolutif, classifieur, juge"
    )
    formula = r"s = W\,\frac{1}{hw}\sum_{ij} f_\theta(x)_{ij} + b"
    icon = "tags"

    classes: int = param(default=10, low=2, high=100_000, unit="classes", help="Classes to tell.")
    hidden: int = hidden_param(64, channels="last")
    layers: int = layers_param(3)
    depth: int = depth_param()
    activation: Activation = activation_param()
    normalization: Normalization = normalization_param("batch")
    dropout: float = param(
        default=0.0, low=0.0, high=0.9, help="Share of features dropped while it learns."
    )

    def build(self, images: Shape) -> None:
        channels = doubling_widths(self.hidden, max(1, self.layers))
        net, _ = halving_convolutions(
            images,
            channels,
            activation=self.activation,
            normalization=self.normalization,
            depth=self.depth,
        )
        lay_channels_last(net)
        self.net = nn.Sequential(*net, nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.head = nn.Sequential(nn.Dropout(self.dropout), nn.Linear(self.hidden, self.classes))

    def forward(self, images: Images) -> ClassifierOutput:
        """Return logits (b, classes) and features (b, hidden), float32, of images (b, c, h, w)."""
        features = self.net(images).float()
        return ClassifierOutput(self.head(features).float(), features)

    def sign(self) -> str:
        return arrows(*doubling_widths(self.hidden, max(1, self.layers)), self.classes)
