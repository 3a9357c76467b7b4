"""The equivariant network for velocities, types and bonds."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from nodes.base import Node, param
from nodes.diffusion.conditioning import TimeFeatures
from nodes.errors import ParamRefused
from nodes.molecules.atoms import ATOMS, ORDERS
from nodes.molecules.base import MoleculeModel, centred, distances
from nodes.sentences import Part, Word, say
from nodes.types import Batch, Molecules, Shape, Values

FREQUENCIES, HIGHEST = 16, 64.0
RADII, REACH = 16, 8.0
"""Distances are written in so many bumps, from 0 to so many ångström."""


class Guess(NamedTuple):
    """Velocities (b, n, 3), and logits of types (b, n, K) and of bonds (b, n, n, 6)."""

    velocity: Batch
    types: Batch
    bonds: Batch


class MoleculeNetwork(Node):
    """Say of noisy molecules where each atom goes, of what type it is and how it is bonded.

    E(n) Equivariant Graph Neural Networks (Satorras, Hoogeboom & Welling, 2021), arXiv:2102.09844,
    with attention biased by pairs.

    Atoms and pairs of atoms have features. A layer takes the distances anew, from where the clean
    molecule is thought to be; atoms attend to each other, pairs say how strongly; each pair then
    moves its atoms along the line between them. Turned molecules so give turned velocities, and
    moved or exchanged atoms the same. `velocity` (b, n, 3) has no mean; `types` (b, n, K) and
    `bonds` (b, n, n, 6) are logits. `t` (b,) lies in [0, 1].
    """

    synonyms = (
        "egnn, equivariant, graph neural network, gnn, attention, molecule, se(3), réseau "
        "équivariant, réseau de graphes, molécule"
    )
    title = "Molecule network"
    formula = r"f_\theta(R x + u, c, t) = R\, f_\theta(x, c, t)"
    icon = "hexagon"
    handle = MoleculeModel

    layers: int = param(default=6, low=1, high=64, unit="layers", help="Layers in a row.")
    width: int = param(default=128, low=4, high=4096, unit="units", help="Numbers of an atom.")
    pair_width: int = param(default=32, low=1, high=4096, unit="units", help="Numbers of a pair.")
    heads: int = param(
        default=8, low=1, high=128, unit="heads", help="How often each layer looks at other atoms."
    )

    def build(self, molecules: Shape) -> None:
        _must_divide("Width", self.width, self.heads)
        _must_divide("Pair width", self.pair_width, self.heads)
        self.time = TimeFeatures(FREQUENCIES, HIGHEST)
        self.told_time = nn.Linear(2 * FREQUENCIES, self.width)
        self.told_type = nn.Embedding(len(ATOMS), self.width)
        self.told_bond = nn.Embedding(ORDERS, self.pair_width)
        self.seen_pair = nn.Linear(RADII, self.pair_width)
        self.layer = nn.ModuleList(
            Layer(self.width, self.pair_width, self.heads) for _ in range(self.layers)
        )
        self.say_type = nn.Sequential(nn.LayerNorm(self.width), nn.Linear(self.width, len(ATOMS)))
        self.say_bond = nn.Sequential(
            nn.LayerNorm(self.pair_width), nn.Linear(self.pair_width, ORDERS)
        )
        self.start()

    def start(self) -> None:
        """Begin with atoms that stay where they are."""
        for layer in self.layer:
            nn.init.zeros_(layer.move[1].weight)  # type: ignore[index, union-attr, arg-type]

    def forward(self, molecules: Molecules, t: Values) -> Guess:
        """Return velocities and logits of molecules (b, n) at times t (b,)."""
        x, pairs = molecules.positions, molecules.pairs
        h = self.told_type(molecules.types) + self.told_time(self.time(t))[:, None]
        e = self.told_bond(molecules.bonds) + self.seen_pair(radial_basis(distances(x)))
        left, v = (1 - t)[:, None, None], torch.zeros_like(x)
        for layer in self.layer:
            h, e, moved = layer(h, e, x + left * v, pairs)
            v = v + centred(moved, molecules.mask)
        return Guess(
            v, self.say_type(h).float(), self.say_bond((e + e.transpose(1, 2)) / 2).float()
        )

    def sign(self) -> Part:
        return say(
            "{layers} × {width}, {n} heads",
            layers=self.layers,
            width=self.width,
            n=self.heads,
        )


class Layer(nn.Module):
    """One look of atoms at each other: new features of atoms and pairs, and where atoms move."""

    def __init__(self, width: int, pair_width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.see = nn.Linear(RADII, pair_width)
        self.norm, self.pair_norm = nn.LayerNorm(width), nn.LayerNorm(pair_width)
        self.ask = nn.Linear(width, 3 * width, bias=False)
        self.bias = nn.Linear(pair_width, heads, bias=False)
        self.gather = nn.Linear(pair_width, width, bias=False)
        self.give = nn.Linear(width, width, bias=False)
        self.think = _perceptron(width, 2 * width)
        self.tell = nn.Linear(width, 2 * pair_width, bias=False)
        self.think_pair = _perceptron(pair_width, 2 * pair_width)
        self.move = nn.Sequential(nn.LayerNorm(pair_width), nn.Linear(pair_width, 1, bias=False))

    def forward(
        self, h: Tensor, e: Tensor, x: Tensor, pairs: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return new features of atoms and of pairs, and how far atoms move, (b, n, 3).

        `h` (b, n, width), `e` (b, n, n, pair_width), positions `x` (b, n, 3), `pairs` bool (b, n,
        n).
        """
        apart = distances(x)
        e = e + self.see(radial_basis(apart))
        h = h + self._attention(self.norm(h), self.pair_norm(e), pairs)
        h = h + self.think(h)
        to, of = self.tell(self.norm(h)).chunk(2, -1)
        e = e + to[:, :, None] + of[:, None]
        e = e + self.think_pair(e)
        strength = self.move(e) * pairs[..., None] / (1 + apart[..., None])
        between = x[:, :, None] - x[:, None]
        return h, e, (strength * between).sum(2)

    def _attention(self, h: Tensor, e: Tensor, pairs: Tensor) -> Tensor:
        b, n, _ = h.shape
        q, k, v = self.ask(h).view(b, n, self.heads, -1).chunk(3, -1)  # (b, n, heads, f)
        scores = torch.einsum("bihf,bjhf->bijh", q, k) / q.shape[-1] ** 0.5 + self.bias(e)
        shares = scores.masked_fill(~pairs[..., None], -1e4).softmax(2)
        seen = torch.einsum("bijh,bjhf->bihf", shares, v).flatten(2)
        pairs_of = e.unflatten(-1, (self.heads, -1))  # (b, i, j, heads, p)
        return self.give(seen) + self.gather((shares[..., None] * pairs_of).sum(2).flatten(2))


def radial_basis(apart: Tensor) -> Tensor:
    """Write distances (...) in ångström as heights of Gaussian bumps, (..., RADII)."""
    centres = torch.linspace(0, REACH, RADII, device=apart.device, dtype=apart.dtype)
    return torch.exp(-((apart[..., None] - centres) * (RADII / REACH)).square() / 2)


def _perceptron(width: int, hidden: int) -> nn.Sequential:
    return nn.Sequential(
        nn.LayerNorm(width), nn.Linear(width, hidden), nn.SiLU(), nn.Linear(hidden, width)
    )


def _must_divide(title: str, width: int, heads: int) -> None:
    """Raise `ParamRefused` where heads would not have equally many features."""
    if width % heads:
        raise ParamRefused(
            "{param} must be a multiple of the number of heads, {step}; it is {value}.",
            place=title.lower().replace(" ", "_"),
            param=Word(title),
            step=heads,
            value=width,
        )
