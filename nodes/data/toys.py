"""Toy densities in the plane, drawn without end, with an exact log-density.

Sizes are those of the papers that made them common (FFJORD, VEEGAN), so that figures compare.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import ClassVar, NamedTuple

import torch
from torch import Generator, Tensor

from nodes.base import param
from nodes.data.base import Dataset, Epoch, LabelledPoints, Split
from nodes.data.density import LOG_2PI, grid_entropy, log_mixture, mixture_entropy
from nodes.sentences import Part, say

BLOCK = 1 << 17
"""Numbers drawn at once: a batch is then a slice, cheaper than any drawing."""
FIXED, TEST = 1, 2


class Gaussians(NamedTuple):
    """A mixture of N(c_k, C): centres (k, d), how often each comes (k,), and C (d, d)."""

    centres: Tensor
    shares: Tensor
    covariance: Tensor


class Toy(Dataset):
    """Draw points of a known density, and the part of it that each comes from."""

    icon = "chart-scatter"
    order_only: ClassVar[frozenset[str]] = frozenset()

    batch: int = param(
        default=256,
        low=1,
        high=65536,
        unit="points",
        help="Points in a batch.",
        larger="steadier gradients, each step takes longer",
        smaller="noisier gradients, quicker steps",
    )
    seed: int | None = param(
        default=None, low=0, high=2**32 - 1, help="Seed of the points; none: the run's seed."
    )
    size: int | None = param(
        default=None,
        low=1,
        high=10_000_000,
        unit="points",
        help="Points of a fixed training set, seen again each epoch; none: fresh points for ever.",
    )
    test_size: int = param(
        default=10_000,
        low=1,
        high=1_000_000,
        unit="points",
        title="Test points",
        help="Points that views and measures see, the same in every run.",
    )

    @abstractmethod
    def draw(self, count: int, generator: Generator) -> tuple[Tensor, Tensor]:
        """Return `count` points (count, d) and the part that each comes from, (count,)."""

    @abstractmethod
    def log_density(self, x: Tensor) -> Tensor:
        """Return log p(x), (n,) for x (n, d), in nats and in x's precision."""

    @property
    @abstractmethod
    def grain(self) -> float:
        """The length below which the density is smooth: of the finest noise."""

    @property
    def margin(self) -> float:
        """How far beyond a few thousand draws some density may be left."""
        return 9 * self.grain

    def gaussians(self) -> Gaussians | None:
        """Return the Gaussians that it is a mixture of. Override where it is one."""
        return None

    def entropy(self) -> float:
        """Return -E log p(x) in nats. Override where there is a closed form."""
        points, _ = self.draw(4096, self.generator(TEST))
        low, high = points.amin(0), points.amax(0)
        low, high = low - self.margin, high + self.margin
        return grid_entropy(self.log_density, low, high, step=0.75 * self.grain)

    def load(self) -> Split:
        """Draw the fixed training points (size, d) and the test points (test_size, d)."""
        fixed = self.seed or 0
        train = self.draw(self.size or 1, self.generator(fixed, 0, FIXED))
        return Split(*train, *self.draw(self.test_size, self.generator(fixed, 0, TEST)))

    def begin_epoch(self, stream: Generator) -> Epoch:
        """Draw fresh points for some batches, or shuffle those of a fixed set."""
        if self.size is not None:
            return super().begin_epoch(stream)
        count = max(self.batch, BLOCK // math.prod(self.item_shape()))
        drawn = self.draw(count, stream)
        points, labels = (part.to(self.device, non_blocking=True) for part in drawn)
        return Epoch(points, labels)

    @property
    def length(self) -> int | None:
        """Training batches in an epoch of a fixed set; fresh points have no epoch."""
        return None if self.size is None else max(1, self.size // self.batch)

    def item_shape(self) -> tuple[int, ...]:
        """Return (d,): two dimensions, unless a subclass has more."""
        return (2,)

    def sign(self) -> Part:
        return say("fresh points") if self.size is None else super().sign()

    def pack(self, items: Tensor, labels: Tensor) -> LabelledPoints:
        """Return points (b, d) and labels (b,)."""
        return LabelledPoints(items, labels)

    def forward(self) -> LabelledPoints:
        """Return the next batch of points and the part that each comes from."""
        return self.next_batch()


def spread(default: float, *, title: str = "", help: str = "") -> float:
    """Declare the standard deviation of a toy's noise."""
    words = help or "Standard deviation of the Gaussian noise."
    return param(default=default, low=0.001, high=10.0, title=title, help=words)


class Mixture(Toy):
    """Draw from Gaussians of one width around centres."""

    sd: float = spread(0.1)

    @abstractmethod
    def centres(self) -> Tensor:
        """Return the means of the modes, (k, 2)."""

    def peek_classes(self) -> list[str]:
        return [str(n) for n in range(len(self.centres()))]

    def shares(self) -> Tensor:
        """Return how often each mode comes, (k,), summing to 1. Override where they differ."""
        count = len(self.centres())
        return torch.full((count,), 1 / count, dtype=torch.float64)

    @property
    def grain(self) -> float:
        """The standard deviation of each mode."""
        return self.sd

    def draw(self, count: int, generator: Generator) -> tuple[Tensor, Tensor]:
        """Return points (count, 2) and the mode of each, (count,)."""
        mode = self.draw_modes(count, generator)
        return self.centres()[mode] + self.sd * torch.randn(count, 2, generator=generator), mode

    def draw_modes(self, count: int, generator: Generator) -> Tensor:
        """Return the mode of each of `count` points, (count,), drawn by the shares."""
        shares = self.shares()
        if (shares == shares[0]).all():
            return torch.randint(len(shares), (count,), generator=generator)
        return torch.multinomial(shares, count, replacement=True, generator=generator)

    def log_density(self, x: Tensor) -> Tensor:
        """Return log Σ_k w_k N(x; c_k, sd² I) in nats, (n,), for x (n, 2)."""
        return log_mixture(x, self.centres(), self.sd, self.shares().log())

    def gaussians(self) -> Gaussians:
        """Return the modes with their shares and their common covariance."""
        return Gaussians(self.centres(), self.shares(), self.sd**2 * torch.eye(2))

    def entropy(self) -> float:
        """Return the entropy in nats, by quadrature around each mode."""
        return mixture_entropy(self.centres(), self.sd, self.shares())


def ring(count: int, radius: float) -> Tensor:
    """Return `count` points evenly on a circle, (count, 2)."""
    angle = torch.arange(count) * (2 * math.pi / count)
    return radius * torch.stack([angle.cos(), angle.sin()], 1)


class EightGaussians(Mixture):
    """Draw from eight Gaussians on a circle, wide enough to touch.

    FFJORD: Free-form Continuous Dynamics for Scalable Reversible Generative Models (Grathwohl et
    al., 2019), arXiv:1810.01367.

    Points (b, 2), labels 0 to 7 (b,). Entropy 2.832 nats as it stands.
    """

    synonyms = (
        "8 gaussians, mixture, toy data, 2d dataset, points, dataset, mélange, données jouets, "
        "jeu de données"
    )
    title = "Eight Gaussians"
    formula = r"p(x) = \tfrac{1}{8} \sum_{k=1}^{8} \mathcal{N}(x;\, \mu_k, \sigma^2 I)"

    radius: float = param(default=2.829, low=0.0, high=100.0, help="Distance of the modes from 0.")
    sd: float = spread(0.3536, title="SD", help="Standard deviation of each mode.")

    def centres(self) -> Tensor:
        """Return eight points evenly on the circle, (8, 2)."""
        return ring(8, self.radius)


class RingMixture(Mixture):
    """Draw from narrow Gaussians on a circle: the test of mode collapse.

    VEEGAN: Reducing Mode Collapse in GANs using Implicit Variational Learning (Srivastava et al.,
    2017), arXiv:1705.07761.

    Points (b, 2), labels of the modes (b,). Entropy -4.293 nats as it stands. Modes of unequal
    weights show what finds the modes and not how much each holds.
    """

    synonyms = (
        "8 gaussians, mode collapse, mixture, toy data, points, dataset, mélange, effondrement, "
        "anneau, jeu de données"
    )
    title = "Ring of Gaussians"
    formula = r"p(x) = \tfrac{1}{K} \sum_{k=1}^{K} \mathcal{N}(x;\, \mu_k, \sigma^2 I)"

    modes: int = param(default=8, low=1, high=1000, unit="modes", help="Number of Gaussians.")
    radius: float = param(default=1.0, low=0.0, high=100.0, help="Distance of the modes from 0.")
    sd: float = spread(0.01, title="SD", help="Standard deviation of each mode.")
    weights: list[int] | None = param(
        default=None,
        low=1,
        high=1_000_000,
        help="How often modes come, relative to each other, in turn; empty: equally often.",
    )

    def centres(self) -> Tensor:
        """Return the modes evenly on the circle, (modes, 2)."""
        return ring(self.modes, self.radius)

    def shares(self) -> Tensor:
        """Return the weights over their sum, (modes,), repeated where there are fewer."""
        weights = self.weights or [1]
        each = torch.tensor([weights[k % len(weights)] for k in range(self.modes)])
        return each.double() / each.sum()


class GridMixture(Mixture):
    """Draw from narrow Gaussians on a square grid: the test of mode collapse, with more modes.

    VEEGAN: Reducing Mode Collapse in GANs using Implicit Variational Learning (Srivastava et al.,
    2017), arXiv:1705.07761.

    Points (b, 2), labels of the modes (b,). Entropy 0.065 nats as it stands.
    """

    synonyms = (
        "25 gaussians, mode collapse, mixture, toy data, points, dataset, mélange, "
        "effondrement, jeu de données"
    )
    title = "Grid of Gaussians"
    formula = r"p(x) = \tfrac{1}{K^2} \sum_{i,j=1}^{K} \mathcal{N}(x;\, \mu_{ij}, \sigma^2 I)"

    side: int = param(default=5, low=1, high=30, unit="modes", help="Gaussians on a side.")
    spacing: float = param(default=2.0, low=0.0, high=100.0, help="Distance between neighbours.")
    sd: float = spread(0.05, title="SD", help="Standard deviation of each mode.")

    def centres(self) -> Tensor:
        """Return the points of the grid around 0, (side², 2)."""
        line = self.spacing * (torch.arange(self.side) - (self.side - 1) / 2)
        return torch.cartesian_prod(line, line)


class GaussianPoints(Toy):
    """Draw from one Gaussian, in the plane or in more dimensions.

    Neighbouring coordinates have the given correlation, ones k apart its k-th power. Points (b, d),
    labels all 0 (b,).
    """

    synonyms = (
        "normal, gaussian noise, noise, toy data, points, dataset, loi normale, bruit, jeu de "
        "données"
    )
    title = "Gaussian"
    formula = r"x \sim \mathcal{N}(\mu \mathbf{1},\, \sigma^2 R),\quad R_{ij} = \rho^{|i-j|}"

    dims: int = param(
        default=2, low=1, high=1024, unit="dims", title="Dimensions", help="Size of a point."
    )
    mean: float = param(default=0.0, low=-100.0, high=100.0, help="Mean of each coordinate.")
    sd: float = spread(1.0, title="SD", help="Standard deviation of each coordinate.")
    correlation: float = param(
        default=0.0, low=-0.999, high=0.999, help="Correlation of a coordinate with the next."
    )

    @property
    def grain(self) -> float:
        """The standard deviation across the direction in which neighbours agree."""
        return self.sd * math.sqrt(1 - abs(self.correlation))

    def item_shape(self) -> tuple[int, ...]:
        """Return (dims,)."""
        return (self.dims,)

    def draw(self, count: int, generator: Generator) -> tuple[Tensor, Tensor]:
        """Return points (count, dims), coordinate after coordinate, and labels (count,), all 0."""
        z = torch.randn(count, self.dims, generator=generator)
        fresh = math.sqrt(1 - self.correlation**2)
        for i in range(1, self.dims if self.correlation else 0):
            z[:, i] = self.correlation * z[:, i - 1] + fresh * z[:, i]
        return self.mean + self.sd * z, torch.zeros(count, dtype=torch.int64)

    def log_density(self, x: Tensor) -> Tensor:
        """Return log N(x; mean, covariance) in nats, (n,), for x (n, dims)."""
        z = (x - self.mean) / self.sd
        fresh = (z[:, 1:] - self.correlation * z[:, :-1]) / math.sqrt(1 - self.correlation**2)
        squares = z[:, 0] ** 2 + fresh.square().sum(1)
        return self.dims / 2 - squares / 2 - self.entropy()

    def moments(self) -> tuple[Tensor, Tensor]:
        """Return the mean (d,) and the covariance (d, d) in float64."""
        place = torch.arange(self.dims, dtype=torch.float64)
        apart = (place[:, None] - place).abs()
        mean = torch.full_like(place, self.mean)
        return mean, self.sd**2 * torch.pow(self.correlation, apart)

    def gaussians(self) -> Gaussians:
        """Return the one Gaussian: its mean (1, dims) and its covariance (dims, dims)."""
        i = torch.arange(self.dims)
        covariance = self.sd**2 * self.correlation ** (i[:, None] - i).abs()
        return Gaussians(torch.full((1, self.dims), self.mean), torch.ones(1), covariance)

    def entropy(self) -> float:
        """Return dims (1 + log 2 pi sd^2) / 2 + (dims - 1) log(1 - rho^2) / 2, in nats."""
        shared = (self.dims - 1) * math.log(1 - self.correlation**2) / 2
        return self.dims * ((1 + LOG_2PI) / 2 + math.log(self.sd)) + shared


class Checkerboard(Toy):
    """Draw evenly from the black cells of a checkerboard of 8 by 8 units.

    FFJORD: Free-form Continuous Dynamics for Scalable Reversible Generative Models (Grathwohl et
    al., 2019), arXiv:1810.01367.

    Points (b, 2), labels of the cells (b,). The log-density is -ln 32 on black and -infinity on
    white, the entropy ln 32 = 3.466 nats.
    """

    synonyms = "toy data, 2d dataset, points, dataset, données jouets, jeu de données"
    title = "Checkerboard"
    icon = "grid-2x2"
    formula = r"p(x) = \tfrac{1}{32}\,[\lfloor x_1/a \rfloor + \lfloor x_2/a \rfloor \text{ even}]"
    HALF: ClassVar[float] = 4.0

    pairs: int = param(
        default=2, low=1, high=32, title="Pairs of cells", help="Black and white cells on a side."
    )

    @property
    def grain(self) -> float:
        """A fortieth of a cell's side: the density has edges and no noise."""
        return 0.1 / self.pairs

    def draw(self, count: int, generator: Generator) -> tuple[Tensor, Tensor]:
        """Return points (count, 2) and the black cell of each, (count,)."""
        cells = 2 * self.pairs
        cell = torch.randint(cells * self.pairs, (count,), generator=generator)
        column, row = cell // self.pairs, 2 * (cell % self.pairs)
        corner = torch.stack([column, row + column % 2], 1)
        place = (corner + torch.rand(count, 2, generator=generator)) / self.pairs
        return self.HALF * (place - 1), cell

    def log_density(self, x: Tensor) -> Tensor:
        """Return -ln 32 on black cells and minus infinity elsewhere, (n,), for x (n, 2)."""
        cell = ((x / self.HALF + 1) * self.pairs).floor()
        black = (cell.sum(1) % 2 == 0) & (x.abs() <= self.HALF).all(1)
        return torch.where(black, -self.entropy(), -math.inf).to(x.dtype)

    def entropy(self) -> float:
        """Return ln 32 = 3.466 nats: the log of the black cells' area."""
        return math.log(2 * self.HALF**2)
