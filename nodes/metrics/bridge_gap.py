"""The distance of a process between two Gaussians from the known Schrödinger bridge."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from nodes.base import Node
from nodes.data.toys import GaussianPoints
from nodes.errors import InputRefused
from nodes.matching.brownian import BrownianBridge
from nodes.matching.gaussian_bridge import GaussianBridge, kl
from nodes.metrics.embedding import double
from nodes.metrics.gathering import count_param, rewind
from nodes.sentences import Part, PortName, say
from nodes.taking import take
from nodes.types import Measured, Path, Points, Stream


class BridgeGap(Node):
    """Measure how far samples of a bridge between Gaussians are from the exact law at each time.

    The Schrödinger Bridge between Gaussian Measures has a Closed Form (Bunne, Hsieh, Cuturi &
    Krause, 2023), arXiv:2202.05722.

    `path` (s, b, d) must be evenly timed from `source` to `target`, each a data set of one
    Gaussian. At each time a Gaussian is fitted to the samples; the value is the mean over the times
    of KL(fit || exact), in nats. `worst` is the largest, at time `at`. A fit of n exact samples has
    about d (d + 3) / 4n nats.
    """

    synonyms = "schrödinger bridge error, exact bridge, pont de Schrödinger, erreur"
    title = "Gap to the bridge"
    formula = r"\frac{1}{S} \sum_s \mathrm{KL}(\mathcal{N}(\hat m_s, \hat\Sigma_s)\,\|\,p_{t_s})"
    icon = "ruler"
    role = "metric"
    better = "less"

    count: int = count_param(10_000, help="Paths that the Gaussians are fitted to.")

    def forward(
        self,
        path: Stream[Path],
        source: Stream[Points],
        target: Stream[Points],
        bridge: BrownianBridge,
    ) -> Measured:
        """Return the mean of KL(fit || exact) over the times, in nats.

        Raise `InputRefused` where the laws are not Gaussians of the same dimensions.
        """
        known = bridge_between(source, target, bridge)
        paths = self._gather(path)
        gaps = [
            kl(states.mean(0), states.T.cov(), *known.marginal(k / (len(paths) - 1)))
            for k, states in enumerate(paths)
        ]
        worst = max(range(len(gaps)), key=gaps.__getitem__)
        others = {
            "worst": gaps[worst],
            "at": worst / (len(gaps) - 1),
            "end": gaps[-1],
            "items": float(paths.shape[1]),
        }
        return Measured(sum(gaps) / len(gaps), others, "nats")

    def sketch(
        self,
        path: Stream[Tensor],
        source: Stream[Tensor],
        target: Stream[Tensor],
        bridge: BrownianBridge,
    ) -> None:
        """Refuse laws whose bridge nobody knows."""
        bridge_between(source, target, bridge)

    def _gather(self, path: Stream[Path]) -> Tensor:
        """Return as many paths as there shall be, (s, b, d) in float64."""
        rewind(path, self.count)
        parts = [double(part) for part in take(path, self.count, axis=1)]
        return torch.cat(parts, 1)[:, : self.count].cpu()

    def sign(self) -> Part:
        return say("{n} paths", n=self.count)


def bridge_between(
    source: Stream[Any], target: Stream[Any], bridge: BrownianBridge
) -> GaussianBridge:
    """Return the bridge between the laws behind two streams, or raise `InputRefused`."""
    (m_0, S_0), (m_1, S_1) = _moments(source, "source"), _moments(target, "target")
    if m_0.shape != m_1.shape:
        raise InputRefused(
            "{target} must have the {must} dimensions of {source}; it has {found}.",
            "Give both Gaussians as many dimensions.",
            must=len(m_0),
            found=len(m_1),
        )
    return GaussianBridge(m_0, S_0, m_1, S_1, bridge.sigma)


def _moments(stream: Stream[Any], name: str) -> tuple[Tensor, Tensor]:
    laws = [m for m in stream.modules if isinstance(m, GaussianPoints)]
    if len(laws) != 1:
        raise InputRefused(
            "{name} must come from one data set of a Gaussian: only there the bridge is known.",
            "Wire the points of a Gaussian.",
            name=PortName(name),
        )
    return laws[0].moments()
