"""The discriminator of a GAN, which is a critic with the Wasserstein loss."""

from __future__ import annotations

import math

from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from nodes.adversarial.base import (
    classes_param,
    shape_with_classes,
    text_of,
    told_classes,
    with_classes,
)
from nodes.base import Node, param
from nodes.diffusion.conditioning import must_have
from nodes.drawing import Drawing, End
from nodes.errors import InputRefused
from nodes.layers.order import packs
from nodes.networks.blocks import Activation, Normalization, activation_param, normalization_param
from nodes.networks.body import (
    Architecture,
    Body,
    architecture_param,
    depth_param,
    hidden_param,
    layers_param,
)
from nodes.networks.drawn import in_a_row
from nodes.types import Batch, Critic, Labels, Shape, TextVectors, Values

WEIGHTED = nn.Linear, nn.Conv2d


class Discriminator(Node):
    """Score how likely an item is real.

    Generative Adversarial Nets (Goodfellow et al., 2014), arXiv:1406.2661.

    `x` (b, ...) gives `score` (b,), any real number: the logit of D(x), the probability that x is
    real, in the classic losses; the critic f(x) in Wasserstein's. Packed (PacGAN: Lin et al., 2018,
    arXiv:1712.04086), it judges m items at once, `score` is (b/m,), and a generator that repeats
    itself is found out; what is left over of a batch is not seen. A text of `context` is multiplied
    with what the last layer sees and added to the score (Miyato & Koyama, 2018, arXiv:1802.05637).
    Losses reach the network through `model`; `x` needs a wire only for a look at scores.
    """

    synonyms = (
        "gan, critic, real or fake, adversarial network, conditional gan, cgan, critique, "
        "réseau adverse, vrai ou faux"
    )
    formula = r"D_\phi(x) = \sigma(s_\phi(x)), \qquad s_\phi : x \mapsto \mathbb{R}"
    icon = "scale"
    returns = "score"
    handle = Critic

    architecture: Architecture = architecture_param()
    hidden: int = hidden_param(256, channels="last")
    layers: int = layers_param(2)
    depth: int = depth_param()
    activation: Activation = activation_param("leaky ReLU")
    normalization: Normalization = normalization_param(
        "none", help="Batch or layer normalisation; a gradient penalty does not go with batch."
    )
    spectral: bool = param(
        default=False,
        title="Spectral norm",
        help="Divide each weight matrix by its largest singular value (arXiv:1802.05957).",
    )
    pack: int = param(
        default=1, low=1, high=64, unit="items", help="Items judged together (PacGAN)."
    )
    classes: int = classes_param()

    def build(self, x: Shape, context: Shape | None = None) -> None:
        item = shape_with_classes(x, self.classes)
        self.net = Body.of(self).encoder(Shape((self.pack * item[0], *item[1:])), 1)
        if context:
            self._must_judge_one_by_one()
            self.asked = nn.Linear(context[-1], self.net[-1].in_features)  # type: ignore[arg-type]
        if self.spectral:
            for layer in [m for m in self.modules() if isinstance(m, WEIGHTED)]:
                spectral_norm(layer)

    def forward(
        self, x: Batch, labels: Labels | None = None, context: TextVectors | None = None
    ) -> Values:
        """Return the score of each item or pack, float32: x (b, c, ...) → (b,) or (b / pack,).

        `labels` (b,) are needed where `classes` is above 0, `context` where the network was built
        with one. Raise `InputRefused` where they are missing, unexpected or of another number than
        items.
        """
        must_have(self.built, "context", context)
        seen = self._seen(x, labels)
        if context is None:
            return self.net(seen).float().squeeze(1)
        features = self.net[:-1](seen)
        asked = self.asked(text_of(context, x)) / math.sqrt(features.shape[1])
        return (self.net[-1](features).squeeze(1) + (asked * features).sum(1)).float()

    def features(self, x: Tensor) -> Tensor:
        """Return the input of the last layer for items without classes, (b, features), in float32.

        The network is built at the first call where it was not.
        """
        if self.built is None:
            self(x)
        return self.net[:-1](self._seen(x, None)).float()

    def as_layers(self) -> Drawing:
        drawing = Drawing(acts_as="Critic")
        x = told_classes(drawing, self, "x")
        if self.pack > 1:
            x = drawing.add("Pack", x=x, pack=self.pack)
        x = in_a_row(drawing, self.net, x)
        features = next(source for source, target in drawing.wires if target.layer == x.layer)
        score = drawing.add("ScoreHead", x=x, gives="score")
        if self.built and "context" in self.built:
            score = self._with_text(drawing, score, features)
        drawing.gives("score", score)
        drawing.gives("features", features)
        return drawing

    def _with_text(self, drawing: Drawing, score: End, features: End) -> End:
        """Draw what a text adds to the score: its vector times what the last layer sees."""
        drawing.row, size = 1.0, self.asked.out_features
        text = drawing.add("TextVector", context=drawing.takes("context"), column=0)
        asked = drawing.add("Linear", x=text, outputs=size, origin="asked")
        drawing.row = 0.0
        return drawing.add(
            "Formula",
            score=score,
            asked=asked,
            seen=features,
            expression="score + item_sum(asked * seen) / sqrt(n)",
            numbers=f"n = {size}",
            gives="value",
        )

    def _seen(self, x: Tensor, labels: Tensor | None) -> Tensor:
        told = with_classes(x, labels, self.classes)
        return told if self.pack == 1 else packs(told, self.pack)

    def _must_judge_one_by_one(self) -> None:
        if self.pack > 1:
            raise InputRefused(
                "A discriminator that judges several items together can be told no texts.",
                "Set {pack} to 1, or remove the wire into {context}.",
                place="pack",
            )

    def sign(self) -> str:
        if not self.built:
            return ""
        first = self.built["x"].numel
        return Body.of(self).sign(first if self.pack == 1 else f"{self.pack}×{first}", 1)
