"""Laws of networks of molecules: turned, moved or exchanged molecules are the same molecules."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
import torch

from nodes.errors import ParamRefused
from nodes.molecules.base import centred
from nodes.molecules.matching import MoleculeMatching
from nodes.molecules.network import Guess, MoleculeNetwork
from nodes.molecules.sampler import MoleculeSampler, hidden
from nodes.types import Molecules, Shape
from tests.nodes.molecules.samples import ethanol, random_molecules, rotation

T = torch.tensor([0.0, 0.3, 0.7, 1.0])


@pytest.fixture
def network() -> MoleculeNetwork:
    """A network whose weights are all at work."""
    torch.manual_seed(0)
    found = MoleculeNetwork(layers=2, width=16, pair_width=8, heads=2)
    found.build_for({"molecules": Shape((6,))})
    for weight in found.parameters():
        torch.nn.init.normal_(weight, std=0.3)
    return found.double()


def exact(molecules: Molecules) -> Molecules:
    return molecules._replace(positions=molecules.positions.double())


def asked(network: MoleculeNetwork, molecules: Molecules) -> Guess:
    with torch.no_grad():
        found: Guess = network(molecules, T.double())
    return found


def test_turned_molecules_give_turned_velocities(network: MoleculeNetwork) -> None:
    given, turn = exact(random_molecules()), rotation()
    plain = asked(network, given)
    turned = asked(network, given._replace(positions=given.positions @ turn))
    assert plain.velocity.abs().max() > 0.1
    torch.testing.assert_close(turned.velocity, plain.velocity @ turn)
    torch.testing.assert_close(turned.types, plain.types)
    torch.testing.assert_close(turned.bonds, plain.bonds)


def test_moved_molecules_give_the_same(network: MoleculeNetwork) -> None:
    given = exact(random_molecules())
    moved = given._replace(positions=given.positions + 5 * torch.randn(4, 1, 3).double())
    for a, b in zip(asked(network, given), asked(network, moved), strict=True):
        torch.testing.assert_close(_of(a, given), _of(b, given))


def _of(part: torch.Tensor, molecules: Molecules) -> torch.Tensor:
    return part[molecules.mask] if part.dim() == 3 else part[molecules.pairs]


def test_exchanged_atoms_give_exchanged_answers(network: MoleculeNetwork) -> None:
    given, order = exact(random_molecules()), torch.randperm(6)
    exchanged = Molecules(
        given.positions[:, order], given.types[:, order], given.bonds[:, order][:, :, order]
    )
    plain, found = asked(network, given), asked(network, exchanged)
    torch.testing.assert_close(found.velocity, plain.velocity[:, order])
    torch.testing.assert_close(found.types, plain.types[:, order])
    torch.testing.assert_close(found.bonds, plain.bonds[:, order][:, :, order])


def test_an_empty_place_changes_nothing(network: MoleculeNetwork) -> None:
    given = exact(random_molecules())
    x, types, bonds = given
    roomy = Molecules(
        torch.cat([x, torch.randn(4, 2, 3).double()], 1),
        torch.cat([types, torch.zeros(4, 2, dtype=torch.int64)], 1),
        torch.nn.functional.pad(bonds, (0, 2, 0, 2)),
    )
    plain, found = asked(network, given), asked(network, roomy)
    assert not given.mask.all()
    torch.testing.assert_close(found.velocity[:, :6][given.mask], plain.velocity[given.mask])
    torch.testing.assert_close(found.types[:, :6][given.mask], plain.types[given.mask])
    assert not found.velocity[:, 6:].any()


def test_velocities_have_no_mean_and_bonds_go_both_ways(network: MoleculeNetwork) -> None:
    given = exact(random_molecules())
    found = asked(network, given)
    assert found.velocity.sum(1).abs().max() < 1e-9
    torch.testing.assert_close(found.bonds, found.bonds.transpose(1, 2))


def test_atoms_at_one_place_have_gradients(network: MoleculeNetwork) -> None:
    given = exact(random_molecules())
    x = torch.zeros_like(given.positions).requires_grad_()
    network(given._replace(positions=x), T.double()).velocity.square().sum().backward()
    assert x.grad is not None and x.grad.isfinite().all()


class Oracle(torch.nn.Module):
    """Knows the one molecule there is."""

    def __init__(self, clean: Molecules) -> None:
        super().__init__()
        self.clean = clean

    def forward(self, molecules: Molecules, t: torch.Tensor) -> Guess:
        left = (1 - t)[:, None, None].clamp(min=1e-6)
        velocity = (self.clean.positions - molecules.positions) / left
        types = torch.nn.functional.one_hot(self.clean.types, 41) * 100.0
        return Guess(velocity, types, torch.nn.functional.one_hot(self.clean.bonds, 6) * 100.0)


@pytest.mark.parametrize("given", ["nothing", "composition", "graph"])
@pytest.mark.parametrize("renewal", [0.0, 0.7])
def test_who_knows_the_molecule_makes_it(given: Any, renewal: float) -> None:
    clean = _ethanol_with_bonds()
    node = MoleculeSampler(given=given, steps=7, renewal=renewal, seed=1)
    *_, frame = node(Oracle(clean), clean)
    made, path, evaluations = frame.value
    torch.testing.assert_close(made.positions, clean.positions, atol=1e-4, rtol=0)
    assert torch.equal(made.types, clean.types) and torch.equal(made.bonds, clean.bonds)
    assert path.shape == (8, 1, 5, 3) and evaluations == 7


def test_the_loss_of_who_knows_the_molecule_is_nothing() -> None:
    clean = _ethanol_with_bonds()
    for given in ("nothing", "composition", "graph"):
        losses = MoleculeMatching(given=given)(clean, Oracle(clean))
        assert losses.loss < 1e-4, given


def test_distances_beyond_reach_do_not_count() -> None:
    clean = _ethanol_with_bonds()
    near, far = (
        MoleculeMatching(reach=reach)(clean, Undecided()).distances for reach in (0.5, 2.0)
    )
    assert near == 0 and far > 0


def _ethanol_with_bonds() -> Molecules:
    clean = ethanol()
    clean.bonds[0, [0, 1, 1, 2], [1, 0, 2, 1]] = 1
    return clean._replace(positions=centred(clean.positions, clean.mask))


def test_what_is_given_stays_and_the_rest_is_hidden() -> None:
    molecules = random_molecules()
    known = molecules._replace(bonds=molecules.bonds.clamp(max=3), types=molecules.types)
    graph, kinds, nothing = (
        hidden(known, given, 1.0, None) for given in ("graph", "composition", "nothing")
    )
    assert torch.equal(graph.bonds, known.bonds) and torch.equal(graph.types, known.types)
    assert (kinds.bonds[known.pairs] == 5).all() and torch.equal(kinds.types, known.types)
    assert (nothing.types[known.mask] == 1).all() and torch.equal(nothing.mask, known.mask)
    for state in (graph, kinds, nothing):
        assert state.positions.sum(1).abs().max() < 1e-4
        assert not state.positions[~known.mask].any()


def test_the_whole_way_has_no_mean(network: MoleculeNetwork) -> None:
    given = random_molecules()
    begun = hidden(given, "nothing", 1.2, None)
    sampler = MoleculeSampler(given="nothing", steps=6, renewal=0.6)
    states = list(sampler.walked(network.float(), begun, None))
    for state in states:
        assert state.positions.sum(1).abs().max() < 1e-3
    assert (states[-1].types[given.mask] > 1).all(), "all types show at the end"
    assert (states[-1].bonds < 5).all()
    for state in states:
        assert torch.equal(state.bonds, state.bonds.transpose(1, 2)), "a bond goes both ways"


def test_without_fresh_noise_atoms_go_straight() -> None:
    clean = _ethanol_with_bonds()
    begun = hidden(clean, "graph", 1.2, None)
    states = list(MoleculeSampler(steps=4, renewal=0.0).walked(Oracle(clean), begun, None))
    for number, state in enumerate(states):
        way = torch.lerp(begun.positions, clean.positions, number / 4)
        torch.testing.assert_close(state.positions, way, atol=1e-4, rtol=0)


class Undecided(torch.nn.Module):
    """Thinks two types and two bonds likely, the first of them three times as likely."""

    def forward(self, molecules: Molecules, t: torch.Tensor) -> Guess:
        types = torch.full((*molecules.types.shape, 41), -50.0)
        bonds = torch.full((*molecules.bonds.shape, 6), -50.0)
        types[..., [4, 5]] = bonds[..., [0, 2]] = torch.tensor([3.0, 1.0]).log()
        return Guess(torch.zeros_like(molecules.positions), types, bonds)


@pytest.mark.parametrize("rehiding", [0.0, 8.0])
def test_at_a_time_as_large_a_share_shows_hidden_again_or_not(rehiding: float) -> None:
    many = random_molecules(300)
    sampler = MoleculeSampler(given="nothing", steps=10, rehiding=rehiding, temperature=1.0)
    *states, last = sampler.walked(Undecided(), hidden(many, "nothing", 1.2, None), None)
    for number, state in enumerate(states):
        assert _share(state.types[many.mask] != 1) == pytest.approx(number / 10, abs=0.05)
        assert _share(state.bonds[many.pairs] != 5) == pytest.approx(number / 10, abs=0.05)
    assert set(last.types[many.mask].tolist()) == {4, 5}
    assert _share(last.types[many.mask] == 4) == pytest.approx(0.75, abs=0.05)
    assert _share(last.bonds[many.pairs] == 0) == pytest.approx(0.75, abs=0.05)


def test_what_shows_is_hidden_again_and_what_is_given_never() -> None:
    many, back = random_molecules(50), 0
    many = many._replace(types=many.types.clamp(min=2) * many.mask)
    sampler = MoleculeSampler(given="composition", steps=10, rehiding=8.0, temperature=0.01)
    states = list(sampler.walked(Undecided(), hidden(many, "composition", 1.2, None), None))
    for before, after in pairwise(states):
        assert torch.equal(after.types, many.types)
        back += int(((before.bonds != 5) & (after.bonds == 5)).sum())
    assert back > 100, "bonds get another chance"
    assert not states[-1].bonds.any(), "a low temperature draws the likeliest"


def _share(which: torch.Tensor) -> float:
    return float(which.double().mean())


def test_a_seed_repeats_molecules(network: MoleculeNetwork) -> None:
    sampler = MoleculeSampler(given="nothing", steps=4, seed=5)
    first, second = (list(sampler(network.float(), random_molecules()))[-1].value for _ in range(2))
    assert torch.equal(first.molecules.positions, second.molecules.positions)
    assert torch.equal(first.molecules.types, second.molecules.types)


def test_a_head_needs_equal_shares() -> None:
    with pytest.raises(ParamRefused, match="multiple"):
        MoleculeNetwork(width=30).build_for({"molecules": Shape((4,))})
