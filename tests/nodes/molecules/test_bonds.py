"""Laws of bonds, hydrogens and what tells molecules apart."""

from __future__ import annotations

import pytest
import torch

from nodes.molecules.atoms import ATOMS, TYPES, Atom
from nodes.molecules.base import pad_atoms
from nodes.molecules.bonds import Bonds, Hydrogens
from nodes.molecules.distance_geometry import DistanceGeometry
from nodes.molecules.hydrogens import with_hydrogens
from nodes.molecules.identity import identities
from nodes.molecules.table import REACHES, bonded, connected, stable_atoms
from nodes.types import Molecules
from tests.nodes.molecules.samples import AMMONIA, ethanol, molecule, random_molecules, rotation


def two(first: str, second: str, apart: float) -> Molecules:
    return molecule(((first, 0), (second, 0)), [[0.0, 0, 0], [apart, 0, 0]], 2)


@pytest.mark.parametrize(
    ("first", "second", "apart", "order"),
    [
        ("C", "C", 1.63, 1),
        ("C", "C", 1.65, 0),
        ("C", "C", 1.38, 2),
        ("C", "C", 1.22, 3),
        ("C", "O", 1.24, 2),
        ("O", "C", 1.15, 3),
        ("N", "N", 1.12, 3),
        ("H", "H", 0.83, 1),
        ("H", "H", 0.85, 0),
        ("H", "C", 1.18, 1),
        ("F", "F", 1.5, 1),
        ("B", "O", 1.0, 0),
    ],
)
def test_bonds_are_those_of_the_table(first: str, second: str, apart: float, order: int) -> None:
    assert Bonds()(two(first, second, apart)).bonds.tolist() == [[[0, order], [order, 0]]]


def test_longer_bonds_are_of_lower_order() -> None:
    assert (REACHES[0] >= REACHES[1]).all() and (REACHES[1] >= REACHES[2]).all()
    assert torch.equal(REACHES, REACHES.transpose(1, 2))
    assert not REACHES[:, :2].any(), "nothing is bonded to no atom or to one that is not known"


def test_bonds_do_not_change_when_turned_or_exchanged() -> None:
    given, order = random_molecules(16), torch.randperm(6)
    plain = bonded(given).bonds
    turned = given._replace(positions=(given.positions.double() @ rotation()).float())
    exchanged = Molecules(given.positions[:, order], given.types[:, order], given.bonds)
    assert torch.equal(bonded(turned).bonds, plain)
    assert torch.equal(bonded(exchanged).bonds, plain[:, order][:, :, order])


def test_ethanol_is_stable_and_of_one_piece() -> None:
    whole = bonded(with_hydrogens(ethanol()))
    assert (stable_atoms(whole) | ~whole.mask).all()
    assert sorted(whole.types[whole.mask].tolist()) == sorted(
        [TYPES[Atom("C", 0)]] * 2 + [TYPES[Atom("O", 0)]] + [TYPES[Atom("H", 0)]] * 6
    )
    assert connected(whole).all()


@pytest.mark.parametrize(("first", "second"), [(3, 3), (2, 3), (4, 3)])
def test_hydrogens_counted_in_fill_the_valence_of_their_atom(first: int, second: int) -> None:
    whole = bonded(molecule((("C", first), ("C", second)), [[0.0, 0, 0], [1.54, 0, 0]], 2))
    assert stable_atoms(whole)[0].tolist() == [first == 3, second == 3]


def test_a_lost_hydrogen_is_found_out() -> None:
    given = ethanol()
    given.types[0, 1] = TYPES[Atom("C", 1)]
    steady = stable_atoms(bonded(with_hydrogens(given)))
    assert steady[0, :3].tolist() == [True, False, True]


def test_two_pieces_are_found_out() -> None:
    apart = ethanol()
    apart.positions[0, 2] += 5
    both = Molecules(*(torch.cat(parts) for parts in zip(ethanol(), apart, strict=True)))
    assert connected(bonded(both)).tolist() == [True, False]


def test_hydrogens_are_as_many_and_as_far_as_they_must_be() -> None:
    given = random_molecules(8)
    whole = with_hydrogens(given)
    counts = torch.tensor([atom.hydrogens for atom in ATOMS])[given.types].sum(1)
    assert torch.equal((whole.types == TYPES[Atom("H", 0)]).sum(1) - _bare(given), counts)
    parents = whole.bonds[:, 6:, :6].argmax(2)
    x = whole.positions
    away = (x[:, 6:] - x.gather(1, parents[..., None].expand(-1, -1, 3))).norm(dim=2)
    there = whole.mask[:, 6:]
    assert (away[there] > 0.8).all() and (away[there] < 1.7).all()
    assert torch.equal(whole.bonds, whole.bonds.transpose(1, 2))


def _bare(molecules: Molecules) -> torch.Tensor:
    return (molecules.types == TYPES[Atom("H", 0)]).sum(1)


def test_hydrogens_of_ammonia_stand_apart() -> None:
    whole = with_hydrogens(molecule(AMMONIA, [[0.0, 0, 0]], 1))
    ways = torch.nn.functional.normalize(whole.positions[0, 1:], dim=1)
    angles = torch.rad2deg(torch.acos((ways @ ways.T)[[0, 0, 1], [1, 2, 2]]))
    assert ((angles - 109.5).abs() < 5).all(), "the free pair takes the fourth corner"


def test_what_has_no_hydrogens_stays() -> None:
    given = two("C", "O", 1.2)
    whole = with_hydrogens(given)
    assert all(torch.equal(a, b) for a, b in zip(whole, given, strict=True))
    assert Hydrogens()(given).shape == (1, 10)


def test_the_order_of_atoms_does_not_tell_molecules_apart() -> None:
    given, order = random_molecules(16), torch.randperm(6)
    exchanged = Molecules(
        given.positions[:, order], given.types[:, order], given.bonds[:, order][:, :, order]
    )
    assert torch.equal(identities(given), identities(exchanged))
    assert torch.equal(identities(given), identities(pad_atoms(given, 9)))
    assert len(identities(given).unique()) == 16


def test_bonds_and_types_tell_molecules_apart() -> None:
    chain = bonded(ethanol())
    single, double, other = (chain.bonds.clone() for _ in range(3))
    double[0, 0, 1] = double[0, 1, 0] = 2
    other[0, 0, 1] = other[0, 1, 0] = 0
    found = {int(identities(chain._replace(bonds=b))) for b in (single, double, other)}
    moved = chain._replace(types=chain.types[:, [2, 1, 0, 3, 4]])
    swapped = chain._replace(types=chain.types[:, [1, 0, 2, 3, 4]])
    assert len(found) == 3
    assert identities(moved) == identities(chain), "ethanol read from its other end"
    assert identities(swapped) != identities(chain), "CH2 at the end is another molecule"


def test_distance_geometry_has_bonds_of_usual_length() -> None:
    given = bonded(ethanol())
    found = DistanceGeometry()(given._replace(positions=torch.zeros(1, 5, 3)))
    apart = torch.cdist(found.positions, found.positions)[0]
    assert apart[0, 1].item() == pytest.approx(1.54, abs=1e-3)
    assert apart[1, 2].item() == pytest.approx(1.43, abs=1e-3)
    assert apart[0, 2].item() == pytest.approx(0.8 * 2.97, abs=1e-3)
