"""The denoiser of points and vectors."""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn

from nodes.base import param
from nodes.diffusion.base import Predictor
from nodes.diffusion.conditioning import (
    ClassEmbedding,
    TimeFeatures,
    classes_param,
    told_of_class,
)
from nodes.drawing import Drawing
from nodes.networks.blocks import ACTIVATIONS, Activation, arrows, repeated
from nodes.networks.drawn import in_a_row, shaped
from nodes.types import Batch, Labels, Shape, Values

FREQUENCIES, HIGHEST = 16, 64.0


class DenoiserMLP(Predictor):
    """Predict from noisy vectors and a time what was added to them.

    Deep Unsupervised Learning using Nonequilibrium Thermodynamics (Sohl-Dickstein et al., 2015),
    arXiv:1503.03585.

    Items of any shape are written as rows and back: (b, ...) → (b, ...). Time, as sines and
    cosines, and class are added to the first hidden layer. `t` (b,) lies in [0, 1]; a label of
    `classes` itself, or no wire, means none.
    """

    synonyms = (
        "diffusion, ddpm, noise predictor, score network, velocity network, time embedding, eps "
        "prediction, réseau débruiteur, bruit, réseau de score, vitesse"
    )
    formula = r"\epsilon_\theta(x_t, t, c)"
    title = "Denoiser MLP"
    icon = "brain"

    hidden: list[int] = param(
        default=[128, 128, 128],
        low=1,
        high=65536,
        unit="units",
        help="Widths of the hidden layers, in order.",
    )
    activation: Activation = param(default="SiLU", help="What follows each hidden layer.")
    classes: int = classes_param()

    def build(self, x: Shape) -> None:
        first = self.hidden[0]
        self.time = TimeFeatures(FREQUENCIES, HIGHEST)
        self.told_time = nn.Linear(2 * FREQUENCIES, first)
        self.told_class = ClassEmbedding(self.classes, first)
        self.first = nn.Linear(x.numel, first)
        rest: list[nn.Module] = [ACTIVATIONS[self.activation]()]
        for below, width in pairwise(self.hidden):
            rest += [nn.Linear(below, width), ACTIVATIONS[self.activation]()]
        self.rest = nn.Sequential(*rest, nn.Linear(self.hidden[-1], x.numel))

    def forward(self, x: Batch, t: Values, labels: Labels | None = None) -> Batch:
        """Return the prediction, float32 and shaped as x (b, ...), at times t (b,).

        Raise `InputRefused` where labels (b,) come although `classes` is 0, or are not one an item.
        """
        told = self.told_class(self.told_time(self.time(t)), labels, x)
        y: Tensor = self.rest(self.first(x.flatten(1)) + told).float()
        return y if x.dim() == 2 else y.view(x.shape)

    def as_layers(self) -> Drawing:
        assert self.built is not None
        drawing = Drawing(acts_as="Denoiser", given={"predicts": self.predicts})
        shape = self.built["x"]
        x = drawing.takes("x")
        told = drawing.add(
            "TimeEmbedding",
            t=drawing.takes("t"),
            frequencies=FREQUENCIES,
            highest=HIGHEST,
            column=0,
        )
        width = self.hidden[0]
        told = drawing.add("Linear", x=told, outputs=width, origin="told_time")
        told = told_of_class(drawing, told, x, self.classes, width)
        drawing.row = 1
        if len(shape) > 1:
            x = drawing.add("Flatten", x=x)
        x = drawing.add("Linear", x=x, outputs=width, origin="first")
        drawing.row = 0.5
        x = drawing.add("Add", a=x, b=told)
        x = in_a_row(drawing, self.rest, x, "rest")
        if len(shape) > 1:
            x = shaped(drawing, x, shape)
        drawing.gives("prediction", x)
        return drawing

    def sign(self) -> str:
        if not self.built:
            return ""
        size = self.built["x"].numel
        return arrows(size, *repeated(self.hidden), size)
