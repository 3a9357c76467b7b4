"""Measures of molecules."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from nodes.data.small_molecules import SmallMolecules
from nodes.errors import InputRefused
from nodes.metrics.bond_lengths import BondLengths
from nodes.metrics.molecule_streams import gathered, joined
from nodes.metrics.validity import Validity
from nodes.types import Molecules, Stream
from tests.nodes.molecules.samples import ethanol


class Played(Stream[Any]):
    """Plays molecules, from a data set where there is one."""

    def __init__(self, values: list[Molecules], data: SmallMolecules | None = None) -> None:
        self.values, self.data = values, data
        self.modules = () if data is None else (data,)
        self.left: Iterator[Molecules] = iter(values)

    def __next__(self) -> Any:
        if self.data is None:
            return next(self.left)
        return self.data.eval()()


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallMolecules:
    monkeypatch.delenv("GENWORKBENCH_DATA", raising=False)
    monkeypatch.setenv("GENWORKBENCH_HOME", str(tmp_path))
    node = SmallMolecules(batch=50, test_share=0.4)
    node.ensure_loaded()
    return node


def of_data(data: SmallMolecules) -> Stream[Any]:
    class Until(Played):
        def __next__(self) -> Any:
            try:
                return super().__next__()
            except Exception:  # the border: a test set ends by raising
                raise StopIteration from None

    return Until([], data)


def test_real_molecules_are_stable_and_learned_ones_are_not_new(data: SmallMolecules) -> None:
    learned = data.pack(data.items, data.labels)
    found = Validity()(of_data(data), Played([learned]))
    assert 0.8 < found.value <= 1
    assert found.others["unique"] == 1 and found.others["novel"] == 0
    assert found.others["data"] > 0.8 and found.others["items"] == 180


def test_tests_are_new_and_copies_are_not_unique(data: SmallMolecules) -> None:
    tests = data.pack(data.test_items[:10], data.test_labels[:10])
    twice = joined([tests, tests])
    unique = Validity(measure="unique")(of_data(data), Played([twice]))
    novel = Validity(measure="novel")(of_data(data), Played([twice]))
    assert unique.value == 0.5 and novel.value == 1.0
    assert unique.others["error"] > 0 and novel.others["stable"] > 0.5


def test_noise_is_not_valid(data: SmallMolecules) -> None:
    real = data.pack(data.items[:64], data.labels[:64])
    noise = real._replace(positions=3 * torch.randn_like(real.positions))
    found = Validity()(of_data(data), Played([noise]))
    assert found.value < 0.1 and found.others["novel"] in (0.0, 1.0)


def test_molecules_of_two_sizes_are_measured_together() -> None:
    both = gathered(Played([ethanol(4), ethanol(6)]), 10)
    assert both.shape == (2, 6)
    assert Validity()(Played([ethanol()]), Played([ethanol(4), ethanol(6)])).value == 1.0


def test_lengths_are_counted_within_a_bound() -> None:
    target = ethanol()
    target.bonds[0, [0, 1, 1, 2], [1, 0, 2, 1]] = 1
    made = ethanol()
    made.positions[0, 0, 0] -= 0.07
    for within, share in ((0.1, 1.0), (0.05, 0.5)):
        found = BondLengths(within=within)(Played([made]), Played([target]))
        assert found.value == share and found.others["items"] == 2
    angle = BondLengths(measure="1-3 distances", within=0.01)(Played([made]), Played([target]))
    assert angle.value == 0.0 and angle.others["items"] == 1


def test_turned_shapes_are_the_same() -> None:
    target = ethanol()
    target.bonds[0, [0, 1, 1, 2], [1, 0, 2, 1]] = 1
    turned = target._replace(positions=target.positions[..., [1, 2, 0]] + 3)
    found = BondLengths(within=1e-3)(Played([turned]), Played([target]))
    assert found.value == 1.0 and found.others["1-3 distances"] == 1.0


def test_other_molecules_are_refused() -> None:
    with pytest.raises(InputRefused, match="must be the molecules of"):
        BondLengths()(Played([ethanol(4)]), Played([ethanol(5)]))
