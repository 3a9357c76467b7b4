"""The view of molecules."""

from __future__ import annotations

import pytest
import torch

from nodes.errors import InputRefused
from nodes.molecules.table import bonded
from nodes.types import Molecules
from nodes.views.molecule_view import MoleculeView
from tests.nodes.molecules.samples import ethanol


def pair() -> Molecules:
    """Return ethanol, with its bonds, in two rooms."""
    one = bonded(ethanol())
    return Molecules(*(torch.cat([part, part]) for part in one))


def test_atoms_and_bonds_are_counted_over_all_molecules() -> None:
    figure = MoleculeView()(pair())
    assert figure.arrays["numbers"].tolist() == [6, 6, 8] * 2
    assert figure.arrays["sizes"].tolist() == [3, 3]
    assert figure.arrays["bonds"].tolist() == [[0, 1, 1], [1, 2, 1], [3, 4, 1], [4, 5, 1]]


def test_empty_places_are_not_counted() -> None:
    molecules = pair()
    order = torch.tensor([3, 0, 1, 4, 2])
    apart = Molecules(
        molecules.positions[:, order],
        molecules.types[:, order],
        molecules.bonds[:, order][:, :, order],
    )
    assert MoleculeView(count=1)(apart).arrays["bonds"].tolist() == [[0, 1, 1], [1, 2, 1]]


def test_bonds_that_are_not_known_are_not_drawn() -> None:
    molecules = pair()
    hidden = molecules._replace(bonds=torch.full_like(molecules.bonds, 5))
    assert not len(MoleculeView()(hidden).arrays["bonds"])


def test_the_slider_goes_along_the_path_and_bonds_by_distance() -> None:
    molecules = pair()
    path = torch.stack([4 * molecules.positions, molecules.positions])
    start, end = MoleculeView(at=0.0), MoleculeView(at=1.0)
    assert not len(start(molecules, path).arrays["bonds"])
    torch.testing.assert_close(
        start(molecules, path).arrays["positions"], 4 * end(molecules, path).arrays["positions"]
    )
    assert len(end(molecules, path).arrays["bonds"]) == 4


def test_a_path_of_other_atoms_is_refused() -> None:
    with pytest.raises(InputRefused, match="must be of the atoms"):
        MoleculeView()(pair(), torch.zeros(3, 2, 4, 3))
