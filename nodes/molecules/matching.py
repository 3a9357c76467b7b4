"""Flow matching of molecules: positions are moved, types and bonds masked and predicted."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from nodes.base import Node, param
from nodes.matching.base import expand
from nodes.molecules.atoms import UNKNOWN, UNKNOWN_BOND
from nodes.molecules.base import MoleculeModel, centred, distances
from nodes.sentences import Part, Word
from nodes.types import Loss, Molecules, Scalar

Given = Literal["nothing", "composition", "graph"]
LATE, SPREAD_OF_TIMES = 0.8, 1.3
"""Times are sigmoid(0.8 + 1.3 z): most where positions are nearly right."""


class MatchingLosses(NamedTuple):
    """The loss to train on, and its parts: scalars.

    `velocity` and `distances` in square ångström, `types` and `bonds` in nats.
    """

    loss: Loss
    velocity: Scalar
    distances: Scalar
    types: Scalar
    bonds: Scalar


class Noised(NamedTuple):
    """Noisy molecules at times t (b,), and the starts of their atoms."""

    molecules: Molecules
    start: Tensor
    t: Tensor


def given_param() -> Any:
    """Declare what of a molecule is known from the start."""
    return param(
        default="composition",
        help="What is known from the start: how many atoms there are, also of what type, or the "
        "bonds too (then only a shape is sought).",
    )


def spread_param() -> Any:
    """Declare how wide the noise is that atoms begin from."""
    return param(
        default=1.2,
        low=1e-3,
        high=1e3,
        title="Spread",
        unit="Å",
        help="Standard deviation of where atoms begin, along each axis.",
    )


class MoleculeMatching(Node):
    """Measure how well a network tells where the atoms of noisy molecules go.

    Flow Matching for Generative Modeling (Lipman et al., 2023), arXiv:2210.02747, without a centre
    of mass as in arXiv:2203.17003; types and bonds by hiding, as in arXiv:2402.04997.

    Positions go straight from noise without a mean to the molecule, and the velocity is learned. Of
    what is not given, each type and bond is hidden until a time of its own, and guessed: a cross
    entropy. `distances` compares those of atoms nearer than `reach` where the network takes the
    clean molecule to be: bonds are shorter than 2 Å, atoms with a common neighbour nearer than 3.
    `loss` adds all up with their weights.
    """

    synonyms = (
        "flow matching, diffusion, molecules loss, edm, equivariant diffusion, appariement de "
        "flots, perte, molécules"
    )
    title = "Molecule matching"
    formula = (
        r"\mathcal{L} = \mathbb{E}\,\|v_\theta - (x_1 - x_0)\|^2 - \lambda \log p_\theta(c_1 \mid "
        r"x_t, c_t),\quad x_t = (1-t)\,x_0 + t\,x_1"
    )
    icon = "route"
    unreached = frozenset({"molecules"})
    drawn = True

    given: Given = given_param()
    told: float = param(
        default=0.5,
        low=0.0,
        high=1.0,
        title="Told types",
        help="Given nothing: share of molecules whose composition is told all the same, so that "
        "one network can do both.",
    )
    spread: float = spread_param()
    near: float = param(
        default=0.5, low=0.0, high=1e3, title="Distances", help="Weight of the distances."
    )
    reach: float = param(
        default=2.0,
        low=0.1,
        high=100.0,
        unit="Å",
        help="Distances of atoms nearer than this are weighed once more.",
    )
    hidden: float = param(
        default=0.3, low=0.0, high=1e3, title="Types, bonds", help="Weight of the cross entropies."
    )

    def forward(self, molecules: Molecules, model: MoleculeModel) -> MatchingLosses:
        """Return the losses on molecules (b, n) at random times."""
        clean = molecules._replace(positions=centred(molecules.positions, molecules.mask))
        noised = self._noised(clean)
        guess = model(noised.molecules, noised.t)
        velocity = masked_mean(
            (guess.velocity - (clean.positions - noised.start)).square().mean(2), clean.mask
        )
        apart = distances(clean.positions)
        reached = noised.molecules.positions + expand(1 - noised.t, guess.velocity) * guess.velocity
        near = masked_mean(
            (distances(reached) - apart).square(), clean.pairs & (apart < self.reach)
        )
        types = masked_cross_entropy(guess.types, clean.types, noised.molecules.types == UNKNOWN)
        bonds = masked_cross_entropy(
            guess.bonds, clean.bonds, noised.molecules.bonds == UNKNOWN_BOND
        )
        loss = velocity + self.near * near + self.hidden * (types + bonds)
        return MatchingLosses(loss, *(part.detach() for part in (velocity, near, types, bonds)))

    def _noised(self, clean: Molecules) -> Noised:
        t = times(clean.positions)
        start = centred(self.spread * torch.randn_like(clean.positions), clean.mask)
        x = torch.lerp(start, clean.positions, expand(t, start))
        types, bonds = clean.types, clean.bonds
        if self.given == "nothing":
            late = torch.rand(types.shape, device=t.device) > expand(t, types)
            told = expand(torch.rand(t.shape, device=t.device) < self.told, types)
            types = types.masked_fill(late & clean.mask & ~told, UNKNOWN)
        if self.given != "graph":
            late = symmetric_uniform(bonds) > expand(t, bonds)
            bonds = bonds.masked_fill(late & clean.pairs, UNKNOWN_BOND)
        return Noised(Molecules(x, types, bonds), start, t)

    def sign(self) -> Part:
        return Word(self.given)


def times(x: Tensor) -> Tensor:
    """Draw a time for each item of x (b, ...), (b,): the sigmoid of N(0.8, 1.3^2)."""
    return torch.sigmoid(LATE + SPREAD_OF_TIMES * torch.randn(x.shape[0], device=x.device))


def symmetric_uniform(bonds: Tensor) -> Tensor:
    """Draw a number in [0, 1] for each pair of atoms (b, n, n), one for both ways."""
    drawn = torch.rand(bonds.shape, device=bonds.device).triu(1)
    return drawn + drawn.transpose(1, 2)


def masked_mean(values: Tensor, mask: Tensor) -> Tensor:
    """Return the mean of values where mask is True, both of one shape; 0 where it never is."""
    return (values * mask).sum() / mask.sum().clamp(min=1)


def masked_cross_entropy(logits: Tensor, codes: Tensor, hidden: Tensor) -> Tensor:
    """Return the mean cross entropy of hidden codes (...) by logits (..., K), in nats, ()."""
    nats = F.cross_entropy(logits.flatten(0, -2), codes.flatten(), reduction="none")
    return masked_mean(nats, hidden.flatten())
