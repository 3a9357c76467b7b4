"""The decoders of a variational autoencoder: to images and to points."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from typing import Any, Literal

import torch
from torch import Tensor

from nodes.autoencoders.base import must_fit
from nodes.autoencoders.likelihoods import probabilities
from nodes.base import Node, param
from nodes.drawing import Drawing, End
from nodes.networks.blocks import Activation, activation_param, image_shape
from nodes.networks.body import (
    Body,
    MapArchitecture,
    hidden_param,
    layers_param,
    map_architecture_param,
)
from nodes.networks.drawn import in_a_row
from nodes.types import SIGNED, UNIT, Images, Points, Range, Shape

Output = Literal["probabilities", "signed", "linear"]

REAL = Range(float("-inf"), float("inf"))
OUTPUTS: dict[str, Callable[[Tensor], Tensor]] = {
    "probabilities": probabilities,
    "signed": torch.tanh,
    "linear": lambda x: x,
}
RANGES = {"probabilities": UNIT, "signed": SIGNED, "linear": REAL}


def apply_output(output: Output, y: Tensor, shape: list[int]) -> Tensor:
    """Return the images that an end makes of a last layer `y` (b, ...), as (b, *shape)."""
    x_hat = OUTPUTS[output](y.float())
    images = x_hat.view(len(y), *shape)
    if (logits := getattr(x_hat, "logits", None)) is not None:
        images.logits = logits  # type: ignore[attr-defined]  # as they are: no view to go back by
    return images


def image_end(drawing: Drawing, x: End, node: Any) -> End:
    """Draw what makes images of a decoder's or a generator's last layer."""
    if node.architecture == "perceptron":
        x = drawing.add("Reshape", x=x, shape=[*node.shape], gives="images")
    return drawing.add("ImageHead", x=x, output=node.output, gives="x_hat")


class Decoder(Node):
    """Map latent points to images.

    Auto-Encoding Variational Bayes (Kingma & Welling, 2014), arXiv:1312.6114.

    `z` (b, latent) gives `x_hat` (b, c, h, w): of each pixel the probability of white, or the
    mean. The convolutional architecture doubles rows and columns in each layer.
    """

    synonyms = (
        "vae, autoencoder, variational, likelihood p(x|z), reconstruct, auto-encodeur, "
        "variationnel, décodage"
    )
    formula = r"\hat{x} = f_\theta(z), \qquad p_\theta(x|z) = p(x \mid \hat{x})"
    icon = "split"
    returns = "x_hat"

    shape: list[int] = param(
        default=[1, 28, 28], low=1, high=4096, help="Channels, rows and columns of one image."
    )
    architecture: MapArchitecture = map_architecture_param(transposed=True)
    hidden: int = hidden_param(64, channels="first")
    layers: int = layers_param(1)
    activation: Activation = activation_param()
    output: Output = param(
        default="probabilities",
        help="Probabilities in [0, 1] by a sigmoid, signed in [-1, 1] by tanh, or linear.",
    )

    def build(self, z: Shape) -> None:
        self.net = Body.of(self).decoder(z.numel, image_shape(self.shape))

    def forward(self, z: Points) -> Images:
        """Return images (b, c, h, w) of codes z (b, latent), in the range of `output`.

        Raise `InputRefused` where z has another size than the codes that the decoder was built for.
        """
        assert self.built is not None
        must_fit(Shape(z.shape[1:]), self.built["z"])
        return apply_output(self.output, self.net(z), self.shape)

    def ranges(self, z: Range | None = None, **_: Range | None) -> Mapping[str, Range]:
        return {"x_hat": RANGES[self.output]}

    def as_layers(self) -> Drawing:
        drawing = Drawing()
        x = in_a_row(drawing, self.net, drawing.takes("z"))
        drawing.gives("x_hat", image_end(drawing, x, self))
        return drawing

    def sign(self) -> str:
        return Body.of(self).sign(self.built["z"], prod(self.shape)) if self.built else ""


class PointDecoder(Node):
    """Map latent points to points: the mean of p(x|z) where data are vectors.

    Auto-Encoding Variational Bayes (Kingma & Welling, 2014), arXiv:1312.6114.

    `z` (b, latent) gives `x_hat` (b, size), unbounded: the ELBO beside it needs a Gaussian
    likelihood.
    """

    synonyms = "vae, autoencoder, vector decoder, auto-encodeur, variationnel"
    formula = r"p_\theta(x|z) = \mathcal{N}(f_\theta(z), \sigma^2 I)"
    title = "Point decoder"
    icon = "split"
    returns = "x_hat"

    size: int = param(default=2, low=1, high=65536, unit="dims", help="Size of one data point.")
    hidden: int = hidden_param(64)
    layers: int = layers_param(2)
    activation: Activation = activation_param()

    def build(self, z: Shape) -> None:
        self.net = Body.of(self).decoder(z.numel, Shape((self.size,)))

    def forward(self, z: Points) -> Points:
        """Return points (b, size), float32, of codes z (b, latent).

        Raise `InputRefused` where z has another size than the codes that the decoder was built for.
        """
        assert self.built is not None
        must_fit(Shape(z.shape[1:]), self.built["z"])
        return self.net(z).float()

    def ranges(self, z: Range | None = None, **_: Range | None) -> Mapping[str, Range]:
        return {"x_hat": REAL}

    def as_layers(self) -> Drawing:
        drawing = Drawing()
        drawing.gives("x_hat", in_a_row(drawing, self.net, drawing.takes("z")))
        return drawing

    def sign(self) -> str:
        return Body.of(self).sign(self.built["z"], self.size) if self.built else ""
