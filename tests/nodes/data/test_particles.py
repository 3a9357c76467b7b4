"""Laws of particles: the law of Boltzmann, the symmetries of the energy, and histograms."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from nodes.data.particles import Particles, Potential, centred, distances, energy
from nodes.errors import InputRefused
from nodes.metrics.histograms import Histograms
from nodes.score.pair_energy import PairEnergy

POTENTIALS: list[Potential] = ["double well", "Lennard-Jones"]
each = pytest.mark.parametrize("potential", POTENTIALS)


def pair_law(potential: Potential, temperature: float) -> tuple[Tensor, Tensor]:
    """Return distances of two particles and the density of each: d exp(-u(d) / T) / Z."""
    d = torch.linspace(0.01, 12, 20_000, dtype=torch.float64)
    pair = torch.stack([torch.zeros(len(d), 2).double(), torch.stack([d, 0 * d], 1)], 1)
    log_p = d.log() - energy(pair, potential) / temperature
    p = torch.exp(log_p - log_p.max())
    return d, p / torch.trapezoid(p, d)


@each
@pytest.mark.parametrize("temperature", [1.0, 2.5])
def test_two_particles_keep_the_distances_of_boltzmanns_law(
    potential: Potential, temperature: float
) -> None:
    data = Particles(potential=potential, particles=2, temperature=temperature, size=4096)
    data.ensure_loaded()
    found = distances(data.items.view(-1, 2, 2)).flatten().double().sort().values
    d, p = pair_law(potential, temperature)
    reached = torch.cumulative_trapezoid(p, d)
    at = reached[torch.searchsorted(d[1:], found).clamp_max(len(d) - 2)]
    even = (torch.arange(len(found)) + 0.5) / len(found)
    assert (at - even).abs().max() < 1.63 / math.sqrt(1024), "Kolmogorov's, at as many walks"


@pytest.mark.parametrize(
    ("potential", "d", "u"),
    [
        ("double well", 4.0, 0.0),
        ("double well", 4 + (4 / 1.8) ** 0.5, -40 / 9),
        ("double well", 4 - (4 / 1.8) ** 0.5, -40 / 9),
        ("Lennard-Jones", 2 ** (1 / 6), -1 + 2 ** (1 / 3) / 4),
        ("Lennard-Jones", 1.0, 0.25),
    ],
)
def test_a_pair_has_the_energy_of_the_formula(potential: Potential, d: float, u: float) -> None:
    """Of Lennard-Jones with the spring: half of the squares from the middle, d^2 / 4."""
    pair = torch.tensor([[0.0, 0.0], [d, 0.0]], dtype=torch.float64)
    assert energy(pair, potential).item() == pytest.approx(u, abs=1e-9)


@each
def test_the_energy_knows_no_place_no_turn_and_no_names(potential: Potential) -> None:
    torch.manual_seed(0)
    x = 2 * torch.randn(50, 5, 2, dtype=torch.float64)
    u, turn = energy(x, potential), torch.linalg.qr(torch.randn(2, 2, dtype=torch.float64)).Q
    for moved in (x + torch.randn(2).double(), x @ turn, x[:, torch.randperm(5)]):
        torch.testing.assert_close(energy(moved, potential), u)


@each
def test_states_are_centred_and_the_same_in_every_run(potential: Potential) -> None:
    one, other = (Particles(potential=potential, size=256, test_size=128) for _ in range(2))
    for node in (one, other):
        node.ensure_loaded()
    assert torch.equal(one.items, other.items) and len(one.items) == 256
    assert not torch.equal(one.items[:128], one.test_items), "walks of their own"
    x = one.items.view(256, 4, 2)
    torch.testing.assert_close(x, centred(x), atol=1e-5, rtol=0)


def test_energies_and_distances_are_those_of_the_states() -> None:
    data = Particles(size=128, test_size=128)
    data.ensure_loaded()
    found = PairEnergy()(data.items)
    assert found.energies.shape == (128, 1) and found.distances.shape == (128 * 6, 1)
    x = data.items.view(128, 4, 2)
    torch.testing.assert_close(found.energies[:, 0], data.energy(x))
    torch.testing.assert_close(found.distances.view(128, 6), distances(x))
    for wrong in (torch.zeros(3, 5), torch.zeros(3, 2)):
        with pytest.raises(InputRefused, match="particles in the plane"):
            PairEnergy()(wrong)


def test_histograms_are_densities_over_the_first_law() -> None:
    torch.manual_seed(0)
    first, second = torch.randn(50_000, 1), 1 + 2 * torch.randn(50_000, 1)
    found = Histograms(bins=50, beyond=0.001)(first, second)
    wide = (found.middles[1] - found.middles[0]).item()
    assert found.first.sum() * wide == pytest.approx(0.998, abs=1e-3)
    inside = (second > found.middles[0] - wide / 2) & (second < found.middles[-1] + wide / 2)
    assert found.second.sum() * wide == pytest.approx(inside.float().mean().item(), abs=1e-3)
    law = torch.exp(-found.middles.square() / 2) / math.sqrt(2 * math.pi)
    assert (found.first - law).abs().max() < 0.02
    assert Histograms()(torch.ones(9, 1), torch.ones(9, 1)).first.isfinite().all()
