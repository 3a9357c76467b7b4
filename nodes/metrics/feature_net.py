"""The network whose features measures compare."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import resources
from nodes.base import Node, param
from nodes.metrics.features import Features, bare, facts_of, read

Shipped = Literal["MNIST", "Fashion-MNIST"]


class FeatureNet(Node):
    """Give measures a trained network that tells what is in an image.

    The Unreasonable Effectiveness of Deep Features as a Perceptual Metric (Zhang et al., 2018),
    arXiv:1801.03924.

    Shipped is a small network that tells MNIST's digits apart, 99.4 % of them, and one that learnt
    from 800 clothes of Fashion-MNIST and tells 78 %: better train your own on all 60,000. Figures
    by their features do not compare with those by Inception's, and their unit says so. Another file
    may be one that `python -m nodes.metrics.train_features` made of other data, or a TorchScript
    network of your own, as Inception's: neither is ever downloaded, and files that may hide code
    (torch.save) are not opened. TorchScript is a program: take it from whom you trust.
    """

    title = "Feature net"
    formula = r"\phi(x) \in \mathbb{R}^d"
    icon = "fingerprint"
    returns = "features"

    net: Shipped = param(default="MNIST", title="Trained on", help="The shipped network to use.")
    file: Path | None = param(
        default=None,
        help="A network of your own in its place: .safetensors by train_features, or TorchScript.",
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

    def sketch(self) -> Features | None:
        path = self._path()
        return bare(facts_of(path)) if path.suffix == ".safetensors" else None

    def sign(self) -> str:
        return self._path().stem if self.file else self.net

    def _path(self) -> Path:
        if self.file:
            return Path(self.file).expanduser()
        return resources.path("features", f"{self.net.lower()}.safetensors")
