"""The linear system of a Newton step for the duals, with one side eliminated.

The marginals' derivative along the duals is [diag D1, P; P^T, diag D2] / eps. Without the rows,
say, S = D2 - P^T D1^-1 P is left for the columns. It is the Laplacian of a graph whose weights are
those of P^T D1^-1 P off the diagonal, with what damping and unbalanced marginals add: sums of
positive numbers, so that links of 1e-20 between pieces of the plan are known to all their digits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from nodes.transport.scalings import Marginals, Scalings

RIDGE = 1e-10
"""What is added to S, in shares of its diagonal: S is singular, once for each piece of the plan."""

Map = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Side:
    """The quantities of a step for the sources, (b, n), or the targets, (b, m).

    `sums`: products with the kernel. `mass`: weights times scalings. `deficit`: the wanted marginal
    less the present one. `damped`: what damping or an unbalanced marginal adds to the diagonal.
    `d`: D1 or D2, the marginal and `damped`.
    """

    sums: Map
    mass: Tensor
    deficit: Tensor
    damped: Tensor
    d: Tensor


class Schur:
    """S and the right side, for the duals of the shorter side, in units of eps.

    `damping` (b, 1): shares of the marginals added to D1 and D2.
    """

    def __init__(self, state: Scalings, at: Marginals, damping: Tensor) -> None:
        self.state, self.damping = state, damping
        rows, columns = self._sides(at)
        self.flat = state.a.shape[1] < state.b.shape[1]
        self.eliminated, self.kept = (columns, rows) if self.flat else (rows, columns)
        self.over_eliminated, self.over_kept = (
            reciprocal(side.d) for side in (self.eliminated, self.kept)
        )
        self.share = self.eliminated.deficit * self.over_eliminated
        self.right = self.kept.deficit - self._to_kept(self.share)

    @property
    def pairs(self) -> int:
        """Count the pairs of points, of all problems of a batch."""
        return self.state.problem.cost.shape.numel()

    def product(self, z: Tensor) -> Tensor:
        """Return S z, (b, m)."""
        return self.kept.d * z - self._to_kept(self._to_eliminated(z) * self.over_eliminated)

    def whole(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Return the moves of f (b, n) and of g (b, m), the duals that were kept moving by z."""
        other = self.share - self._to_eliminated(z) * self.over_eliminated
        return (z, other) if self.flat else (other, z)

    def diagonal(self, z: Tensor) -> Tensor:
        """Return D2^-1 z, shaped as z: a rough inverse."""
        return z * self.over_kept

    def inverse(self) -> Map | None:
        """Return products with S^-1, by Cholesky in float64; None where that fails."""
        S, scale = self._scaled()
        factor, failed = torch.linalg.cholesky_ex(S)
        if failed.any():
            return None
        inverse = torch.cholesky_inverse(factor)  # one product is quicker than two triangles
        return lambda z: (scale * (inverse @ (scale * z.to(scale))[..., None])[..., 0]).to(z)

    def _scaled(self) -> tuple[Tensor, Tensor]:
        """Return diag(s) S diag(s), its diagonal 1 and a little more, (b, m, m), and s (b, m)."""
        P = self._plan()
        S = (P.mT @ P).neg_()
        S.diagonal(dim1=1, dim2=2).zero_()
        damped = self.kept.damped + self._to_kept(
            safe_divide(self.eliminated.damped, self.eliminated.d)
        )
        whole = damped - S.sum(2)
        scale = torch.where(whole > 0, whole, torch.inf).rsqrt()
        S.mul_(scale[:, None]).mul_(scale[..., None])
        S.diagonal(dim1=1, dim2=2).fill_(1 + RIDGE)
        return S, scale

    def _plan(self) -> Tensor:
        """Return D1^-1/2 P in float64, with rows of the eliminated side."""
        eliminated, kept = self.eliminated, self.kept
        K = self.state.kernel.matrix()
        P = (K.mT if self.flat else K) * kept.mass.double()[:, None]
        return P.mul_(safe_divide(eliminated.mass, eliminated.d.sqrt())[..., None])

    def _to_kept(self, z: Tensor) -> Tensor:
        return self.kept.mass * self.kept.sums(self.eliminated.mass * z)

    def _to_eliminated(self, z: Tensor) -> Tensor:
        return self.eliminated.mass * self.eliminated.sums(self.kept.mass * z)

    def _sides(self, at: Marginals) -> tuple[Side, Side]:
        state = self.state
        reach = state.problem.reach
        share = 0.0 if reach is None else (state.problem.eps / reach).to(state.a)

        def side(sums: Map, w: Tensor, scaling: Tensor, found: Tensor, wanted: Tensor) -> Side:
            damped = w * (share * wanted + self.damping * found)
            return Side(sums, w * scaling, w * (wanted - found), damped, w * found + damped)

        return (
            side(state.kernel.rows, state.a, state.u, at.rows, at.wanted_rows),
            side(state.kernel.columns, state.b, state.v, at.columns, at.wanted_columns),
        )


def reciprocal(d: Tensor) -> Tensor:
    """Return 1 / d, and 0 where d is 0 or so small that 1 / d is none."""
    return torch.where(d > torch.finfo(d.dtype).tiny, d.reciprocal(), 0)


def safe_divide(x: Tensor, y: Tensor) -> Tensor:
    """Return x / y, of one shape, and 0 where y is 0.

    Those are points without weight, or problems that are solved.
    """
    return torch.where(y > 0, x / torch.where(y > 0, y, 1), 0)
