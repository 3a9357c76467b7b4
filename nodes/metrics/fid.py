"""The Fréchet distance between features of real and of generated items."""

from __future__ import annotations

import torch
from torch import Tensor

from nodes.base import param
from nodes.metrics.comparison import Comparison
from nodes.sentences import say
from nodes.types import Measured


class FID(Comparison):
    """Measure the Fréchet distance between Gaussians fitted to real and to generated features.

    GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash Equilibrium (Heusel et
    al., 2017), arXiv:1706.08500.

    `floor` is the same distance from training to test items: no model is expected to reach less;
    `floors` is the value over it. The estimate is biased, upwards, and the more so the fewer items:
    compare figures of one count. The unit says where there are no more items than numbers of each:
    such a figure is unreliable, and is not given in floors. Without `features` the numbers
    themselves are compared. Covariances are the unbiased ones.
    """

    synonyms = (
        "fréchet inception distance, frechet, quality, image metric, evaluation, qualité, "
        "mesure, évaluation"
    )
    title = "FID"
    better = "less"
    in_floors = True
    formula = (
        r"\|\mu_r - \mu_g\|^2 +"
        r" \mathrm{tr}\left(\Sigma_r + \Sigma_g - 2(\Sigma_r \Sigma_g)^{1/2}\right)"
    )

    against: int | None = param(
        default=None,
        low=2,
        high=1_000_000,
        unit="items",
        title="Real items",
        help="Test items to compare with; empty or fewer: as many as are generated. With more the "
        "figure scatters less.",
    )

    @property
    def real_count(self) -> int:
        """The number of real items: `against`, where that is more than `count`."""
        return max(self.count, self.against or 0)

    def measure(self, real: Tensor, fake: Tensor) -> Measured:
        """Return the Fréchet distance between real (n, d) and fake (m, d)."""
        return Measured(frechet_distance(*moments(real), *moments(fake)))

    def told(self, measured: Measured, dims: int) -> Measured:
        """Report where there are too few items for a covariance: the floor is not meaningful then.

        The covariance of n items has rank n - 1: differences across it are not counted.
        """
        items = int(measured.others["items"])
        if items > dims:
            return measured
        others = {n: v for n, v in measured.others.items() if n != "floors"}
        unit = say(
            "{unit}; {items} items are too few for {dims} numbers each",
            unit=measured.unit,
            items=items,
            dims=dims,
        )
        return measured._replace(others=others, unit=unit)


def moments(x: Tensor) -> tuple[Tensor, Tensor]:
    """Return the mean (d,) and the unbiased covariance (d, d) of vectors (n, d)."""
    return x.mean(0), torch.cov(x.T).reshape(x.shape[1], x.shape[1])


def frechet_distance(mu_r: Tensor, sigma_r: Tensor, mu_g: Tensor, sigma_g: Tensor) -> float:
    """Return the squared 2-Wasserstein distance between Gaussians: means (d,), covariances (d, d).

    The Fréchet distance between multivariate normal distributions (Dowson & Landau, 1982),
    doi:10.1016/0047-259X(82)90077-X. tr (Σ_r Σ_g)^(1/2) is the sum of the roots of the eigenvalues
    of Σ_r^(1/2) Σ_g Σ_r^(1/2), which is symmetric: no complex numbers, no root of a matrix that has
    none.
    """
    values, vectors = torch.linalg.eigh(sigma_r)
    root = (vectors * values.clamp(min=0).sqrt()) @ vectors.T
    shared = torch.linalg.eigvalsh(root @ sigma_g @ root).clamp(min=0).sqrt().sum()
    distance = (mu_r - mu_g).square().sum() + sigma_r.trace() + sigma_g.trace() - 2 * shared
    return max(0.0, distance.item())
