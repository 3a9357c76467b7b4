"""Validity of molecules: stable, connected, different, not in the training data."""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor

from nodes.base import Node, param
from nodes.metrics.gathering import count_param, data_behind
from nodes.metrics.identity import cache_key
from nodes.metrics.molecule_streams import chunks, gathered
from nodes.molecules.hydrogens import with_hydrogens
from nodes.molecules.identity import identities
from nodes.molecules.table import bonded, connected, stable_atoms
from nodes.sentences import Part, Word
from nodes.types import Measured, Molecules, Stream

Measure = Literal["stable", "unique", "novel"]
ALL = 1_000_000


class Judged(NamedTuple):
    """Of each molecule, (b,): is it stable, connected; its stable atoms, all atoms, and graph."""

    stable: Tensor
    connected: Tensor
    steady: Tensor
    atoms: Tensor
    graphs: Tensor

    @property
    def valid(self) -> Tensor:
        """Return which molecules are stable and connected, bool (b,)."""
        return self.stable & self.connected


class Known(NamedTuple):
    """What is known of the data: graphs to learn from, and how test molecules are judged."""

    graphs: Tensor
    share: float


class Validity(Node):
    """Count the molecules that are stable and connected, and how many of them differ and are new.

    Equivariant Diffusion for Molecule Generation in 3D (Hoogeboom et al., 2022), arXiv:2203.17003:
    its bonds from distances and its valences.

    `stable`: the share that are connected and whose bonds, found from distances, give each atom a
    usual valence. Hydrogens that are counted in are put into space first. Of these, `unique` is the
    share of different graphs of atoms and bonds, and `novel` the share of such graphs that no
    molecule of the training data has. `data` is the share of stable ones among test molecules: the
    table fits real molecules no better.
    """

    title = "Validity"
    formula = r"\frac{1}{n} \sum_i 1[\mathrm{stable}_i \wedge \mathrm{connected}_i]"
    icon = "check"
    role = "metric"
    better = "more"
    synonyms = (
        "stability, valence, uniqueness, novelty, molecules metric, stabilité, unicité, nouveauté"
    )

    measure: Measure = param(default="stable", help="Which of the three is the value.")
    count: int = count_param(1000, help="Molecules that are judged, at most.")

    def __init__(self, **given: Any) -> None:
        self._known: dict[Hashable, Known] = {}
        super().__init__(**given)

    def forward(self, real: Stream[Molecules], fake: Stream[Molecules]) -> Measured:
        """Return the share that `measure` asks for, with the others beside it."""
        known = self._of_data(real)
        return told(self.measure, judged(gathered(fake, self.count)), known)

    def _of_data(self, real: Stream[Molecules]) -> Known:
        """Return what is known of the data, kept where it cannot change."""
        key = cache_key(real)
        if key is None:
            return self._learned(real)
        if key not in self._known:
            self._known = {key: self._learned(real)}
        return self._known[key]

    def _learned(self, real: Stream[Molecules]) -> Known:
        tests = judged(gathered(real, self.count))
        data = data_behind(real)
        if data is None:
            return Known(tests.graphs.new_empty(0), share_of(tests.valid))
        with data.showing("training", ALL):
            graphs = torch.cat([identities(bonded(part)) for part in chunks(gathered(real, ALL))])
        return Known(graphs.unique(), share_of(tests.valid))

    def changed(self, name: str) -> None:
        self._known = {}

    def restart(self) -> None:
        self._known = {}

    def sketch(self, real: Stream[Any], fake: Stream[Any]) -> None:
        """Return nothing: there are no numbers in a check."""

    def sign(self) -> Part:
        return Word(self.measure)


def judged(molecules: Molecules) -> Judged:
    """Return the validity of molecules by the table."""
    found = zip(*map(_judged, chunks(molecules)), strict=True)
    return Judged(*(torch.cat(parts) for parts in found))


def _judged(molecules: Molecules) -> Judged:
    whole, bare = bonded(with_hydrogens(molecules)), bonded(molecules)
    steady = stable_atoms(whole)
    return Judged(
        (steady | ~whole.mask).all(1),
        connected(bare),
        steady.sum(1),
        whole.mask.sum(1),
        identities(bare),
    )


def told(measure: Measure, made: Judged, known: Known) -> Measured:
    """Return the figure that `measure` selects, and the others beside it."""
    graphs = made.graphs[made.valid]
    different = graphs.unique()
    new = ~torch.isin(different, known.graphs)
    shares = {
        "stable": share_of(made.valid),
        "unique": len(different) / max(1, len(graphs)),
        "novel": share_of(new),
    }
    bases = {"stable": len(made.valid), "unique": len(graphs), "novel": len(different)}
    value = shares.pop(measure)
    error = math.sqrt(value * (1 - value) / max(1, bases[measure]))
    others = {"data": known.share} if measure == "stable" else {}
    atoms = float(made.steady.sum() / made.atoms.sum().clamp(min=1))
    others |= {"error": error, "atom stability": atoms, "connected": share_of(made.connected)}
    return Measured(value, others | shares | {"items": float(len(made.valid))})


def share_of(which: Tensor) -> float:
    """Return the share of True in `which` (n,), 0 where n is 0."""
    return float(which.double().mean()) if len(which) else 0.0
