"""The generators of a GAN, from noise to images or points."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from nodes.adversarial.base import (
    classes_param,
    shape_with_classes,
    text_of,
    told_classes,
    with_classes,
)
from nodes.autoencoders.decoder import RANGES, REAL, Output, apply_output, image_end
from nodes.base import Node, param
from nodes.diffusion.conditioning import must_have
from nodes.drawing import Drawing
from nodes.networks.blocks import (
    Activation,
    Normalization,
    activation_param,
    image_shape,
    normalization_param,
)
from nodes.networks.body import (
    Architecture,
    Body,
    architecture_param,
    depth_param,
    hidden_param,
    layers_param,
)
from nodes.networks.drawn import in_a_row
from nodes.types import Images, Labels, Points, Range, Shape, TextVectors


class Generator(Node):
    """Make images from noise.

    Generative Adversarial Nets (Goodfellow et al., 2014), arXiv:1406.2661.

    `z` (b, d) gives `x_hat` (b, c, h, w). The convolutional architecture is that of DCGAN
    (arXiv:1511.06434): each layer doubles rows and columns. With classes, `labels` (b,) are the
    classes of the images to make. Texts of `context` are a condition too, one vector each that is
    concatenated with the noise (arXiv:1605.05396).
    """

    synonyms = (
        "gan, dcgan, adversarial network, conditional gan, cgan, text to image, générateur, "
        "réseau adverse, réseau antagoniste, texte vers image"
    )
    formula = r"\hat{x} = G_\theta(z), \qquad z \sim p(z)"
    icon = "wand-sparkles"
    returns = "x_hat"

    shape: list[int] = param(
        default=[1, 28, 28], low=1, high=4096, help="Channels, rows and columns of one image."
    )
    architecture: Architecture = architecture_param(transposed=True)
    hidden: int = hidden_param(256, channels="first")
    layers: int = layers_param(2)
    depth: int = depth_param()
    activation: Activation = activation_param()
    normalization: Normalization = normalization_param("batch")
    output: Output = param(
        default="signed",
        help="Signed in [-1, 1] by tanh, probabilities in [0, 1] by a sigmoid, or linear.",
    )
    classes: int = classes_param()

    def build(self, z: Shape, context: Shape | None = None) -> None:
        told = context[-1] if context else 0
        inputs = shape_with_classes(Shape((z.numel + told,)), self.classes)
        self.net = Body.of(self).decoder(inputs.numel, image_shape(self.shape))

    def forward(
        self, z: Points, labels: Labels | None = None, context: TextVectors | None = None
    ) -> Images:
        """Return images (b, c, h, w) of noise z (b, ...), in the range of `output`.

        `labels` (b,) and the pooled vectors of `context` (b, d) are written beside the noise. Raise
        `InputRefused` where they are missing, unexpected or of another number than z.
        """
        must_have(self.built, "context", context)
        told = with_classes(z.flatten(1), labels, self.classes)
        if context is not None:
            told = torch.cat([told, text_of(context, told)], 1)
        return apply_output(self.output, self.net(told), self.shape)

    def ranges(self, **_: Range | None) -> Mapping[str, Range]:
        return {"x_hat": RANGES[self.output]}

    def as_layers(self) -> Drawing:
        drawing = Drawing(acts_as="Generator")
        x = told_classes(drawing, self, "z")
        if self.built and "context" in self.built:
            text = drawing.add("TextVector", context=drawing.takes("context"), column=0)
            x = drawing.add("Concat", xs=[x, text])
        x = in_a_row(drawing, self.net, x)
        drawing.gives("x_hat", image_end(drawing, x, self))
        return drawing

    def sign(self) -> str:
        last = image_shape(self.shape).numel
        return Body.of(self).sign_back(self.built["z"], last) if self.built else ""


class PointGenerator(Node):
    """Make points from noise.

    Generative Adversarial Nets (Goodfellow et al., 2014), arXiv:1406.2661.

    `z` (b, d) gives `x_hat` (b, size), unbounded. Where data lie in modes apart, more layers and
    few dimensions of noise leave fewer fakes between them: the map must be steep there.
    """

    synonyms = "gan, toy gan, adversarial network, vector generator, réseau adverse"
    formula = r"\hat{x} = G_\theta(z), \qquad z \sim p(z)"
    title = "Point generator"
    icon = "wand-sparkles"
    returns = "x_hat"

    size: int = param(default=2, low=1, high=65536, unit="dims", help="Size of one data point.")
    hidden: int = hidden_param(128)
    layers: int = layers_param(3)
    activation: Activation = activation_param("leaky ReLU")
    normalization: Normalization = normalization_param("none")
    classes: int = classes_param()

    def build(self, z: Shape) -> None:
        inputs = shape_with_classes(Shape((z.numel,)), self.classes)
        self.net = Body.of(self).decoder(inputs.numel, Shape((self.size,)))

    def forward(self, z: Points, labels: Labels | None = None) -> Points:
        """Return points (b, size) of noise z (b, ...) and labels (b,), in float32.

        Raise `InputRefused` where labels are missing, unexpected or out of range.
        """
        return self.net(with_classes(z.flatten(1), labels, self.classes)).float()

    def ranges(self, **_: Range | None) -> Mapping[str, Range]:
        return {"x_hat": REAL}

    def as_layers(self) -> Drawing:
        drawing = Drawing(acts_as="Generator")
        drawing.gives("x_hat", in_a_row(drawing, self.net, told_classes(drawing, self, "z")))
        return drawing

    def sign(self) -> str:
        return Body.of(self).sign_back(self.built["z"], self.size) if self.built else ""
