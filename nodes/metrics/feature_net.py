"""The network whose features measures compare."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import resources
from nodes.base import Node, param
from nodes.metrics.feature_files import bare, read
from nodes.metrics.features import Features

Shipped = Literal["MNIST", "Fashion-MNIST", "placed digits", "shapes"]


class FeatureNet(Node):
    """Give measures a trained network that classifies images.

    The Unreasonable Effectiveness of Deep Features as a Perceptual Metric (Zhang et al., 2018),
    arXiv:1801.03924.

    Shipped is a small network that tells MNIST's digits apart, 99.4 % of them, and one that learnt
    from 800 clothes of Fashion-MNIST and tells 78 %: better train your own on all 60,000. A third
    reads digit, size and place of placed digits, 99.05 % of pictures in all three; a fourth shape,
    size, place and colour of shapes, all of 5,000 pictures. Figures by their features do not
    compare with those by Inception's, and their unit says so. Another file may be one that `python
    -m nodes.metrics.train_features` made of other data, or the weights of Inception-v3 that
    published FIDs are measured with (arXiv:1512.00567), under the names that pytorch-fid gives
    them. It must be safetensors: numbers only, for a file that is a program, as those of torch.save
    and TorchScript, is not safe to share. Nothing is ever downloaded.
    """

    synonyms = (
        "classifier, features, embedding, inception, pretrained, classifieur, caractéristiques, "
        "descripteurs"
    )
    title = "Feature net"
    formula = r"\phi(x) \in \mathbb{R}^d"
    icon = "fingerprint"
    returns = "features"

    net: Shipped = param(default="MNIST", title="Trained on", help="The shipped network to use.")
    file: Path | None = param(
        default=None,
        help="A .safetensors file in its place: of train_features, or of Inception-v3's weights.",
    )

    def __init__(self, **given: Any) -> None:
        self._read: tuple[Path, Features] | None = None
        super().__init__(**given)

    def forward(self) -> Features:
        """Read the file once; as no part of the graph learns it, no checkpoint holds it."""
        path = self._path()
        if self._read is None or self._read[0] != path:
            self._read = path, read(path)
        return self._read[1].to(self.device)

    def sketch(self) -> Features:
        return bare(self._path())

    def sign(self) -> str:
        return self._path().stem if self.file else self.net

    def _path(self) -> Path:
        if self.file:
            return Path(self.file).expanduser()
        return resources.path("features", f"{self.net.lower().replace(' ', '-')}.safetensors")
