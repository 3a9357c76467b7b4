"""Chains: places from lengths, angles and torsions and back, and the law that heat gives them."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from nodes.data.chain_molecule import ANGLE, LENGTH, STIFF, ChainMolecule, turned, turning
from nodes.errors import InputRefused
from nodes.molecules.chains import chain, framed, torsion
from nodes.molecules.placed import AtomsAtPoints, TorsionAngle
from nodes.types import Molecules
from nodes.views.molecule_view import MoleculeView


def shapes(count: int = 50, atoms: int = 6) -> tuple[Tensor, Tensor, Tensor]:
    torch.manual_seed(0)
    lengths = 1 + torch.rand(count, atoms - 1)
    angles = 0.5 + 2 * torch.rand(count, atoms - 2)
    return lengths, angles, (2 * torch.rand(count, atoms - 3) - 1) * math.pi


def test_lengths_angles_and_torsions_come_back() -> None:
    lengths, angles, torsions = shapes()
    x = chain(lengths, angles, torsions)
    ways = x.diff(dim=1)
    torch.testing.assert_close(ways.norm(dim=2), lengths)
    cosines = -torch.cosine_similarity(ways[:, 1:], ways[:, :-1], dim=2)
    torch.testing.assert_close(cosines.acos(), angles, rtol=1e-3, atol=1e-3)
    found = torch.stack([torsion(x[:, at : at + 4]) for at in range(3)], 1)
    torch.testing.assert_close(found.cos(), torsions.cos(), rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(found.sin(), torsions.sin(), rtol=1e-3, atol=1e-3)


def test_a_chain_that_is_turned_as_a_whole_has_the_same_places() -> None:
    x = chain(*shapes())
    turn, _ = torch.linalg.qr(torch.randn(50, 3, 3))
    turn = turn * turn.det()[:, None, None]  # no mirror
    torch.testing.assert_close(framed(x @ turn + torch.randn(50, 1, 3)), x, rtol=1e-3, atol=1e-3)
    middle = x[:, 2:4]
    torch.testing.assert_close(middle.sum(1), torch.zeros(50, 3), rtol=0, atol=1e-5)


def test_a_mirror_image_is_turned_the_other_way() -> None:
    x = chain(*shapes(atoms=4))
    torch.testing.assert_close(torsion(x * torch.tensor([1.0, 1, -1])), -torsion(x))


@pytest.mark.parametrize("heat", [200.0, 1000.0])
def test_torsions_follow_boltzmanns_law(heat: float) -> None:
    u = (torch.arange(20_000) + 0.5) / 20_000
    phi = turned(u, heat)
    assert (phi.diff() >= 0).all()
    bins = torch.histogram(phi, torch.linspace(-math.pi, math.pi, 41)).hist / len(phi)
    fine = torch.linspace(-math.pi, math.pi, 4001, dtype=torch.float64)
    mass = torch.exp(-turning((fine[1:] + fine[:-1]) / 2) / heat).view(40, 100).sum(1)
    torch.testing.assert_close(bins.double(), mass / mass.sum(), rtol=0.02, atol=2e-4)


def test_butane_is_drawn_as_heat_gives_it() -> None:
    points, labels, molecules = ChainMolecule(batch=4096)()
    apart = molecules.positions.diff(dim=1).norm(dim=2)
    assert apart.mean().item() == pytest.approx(LENGTH, abs=0.002)
    assert apart.std().item() == pytest.approx(math.sqrt(300 / (2 * STIFF)), rel=0.05)
    assert torch.equal(points, molecules.positions.flatten(1))
    shares = labels.bincount() / len(labels)
    gauche = torch.exp(-turning(torch.tensor([0.0, math.pi / 3, math.pi])) / 300)
    assert gauche[0] < gauche[1] < gauche[2]
    torch.testing.assert_close(shares, torch.tensor([0.66, 0.17, 0.17]), rtol=0, atol=0.03)
    ends = (molecules.positions[:, 0] - molecules.positions[:, 3]).norm(dim=1)
    assert ends[labels == 0].min() > ends[labels > 0].max() - 0.6
    assert math.degrees(ANGLE) == pytest.approx(114)


def test_forms_of_two_torsions_are_told_apart() -> None:
    data = ChainMolecule(atoms=5, batch=300)
    _, labels, molecules = data()
    names = data.named()["labels"]
    for first, of in ((1, 0), (2, 1)):
        angles = TorsionAngle(first=first)(molecules)[:, 0]
        told = [names[label].split(", ")[of] for label in labels.tolist()]
        forms = [
            "anti" if abs(a - 180) < 60 else "gauche +" if a < 180 else "gauche −" for a in angles
        ]
        assert told == forms


def test_atoms_stand_where_points_say() -> None:
    points, _, molecules = ChainMolecule(batch=6)()
    made = AtomsAtPoints()(points.flip(0), molecules)
    assert torch.equal(made.positions, molecules.positions.flip(0))
    many = AtomsAtPoints()(points, Molecules(*(part[:4] for part in molecules)))
    assert torch.equal(many.bonds, molecules.bonds)
    with pytest.raises(InputRefused, match="three numbers for each of the 4 atoms"):
        AtomsAtPoints()(points[:, :6], molecules)
    with pytest.raises(InputRefused, match="from number 2 on"):
        TorsionAngle(first=2)(molecules)


def test_a_path_of_points_is_one_of_atoms() -> None:
    points, _, molecules = ChainMolecule(batch=3)()
    path = torch.stack([torch.zeros_like(points), points])
    figure = MoleculeView(at=0.5)(molecules, path)
    torch.testing.assert_close(figure.arrays["positions"], molecules.positions.view(-1, 3) / 2)
