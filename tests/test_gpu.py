"""The harness of `make gpu`, in all that needs no device."""

from __future__ import annotations

import math

import pytest

import resources
from tests.benchmarks import gpu
from tests.benchmarks.gpu import EXAMPLES, WAITS, Trained, graph_of, over_by_hand, trained


def test_without_a_device_it_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(gpu, "available", lambda: ["cpu"])
    assert gpu.main() == 0
    assert "no CUDA device" in capsys.readouterr().out


def test_what_it_names_is_there() -> None:
    names = {path.name for path in resources.path("examples").iterdir()}
    assert {f"{name}.graph.json" for name in EXAMPLES} <= names
    assert WAITS.keys() <= set(EXAMPLES)


def test_losses_of_a_training_are_read_at_its_end() -> None:
    found = trained(graph_of("ddpm-moons"), "cpu", steps=4)
    assert not found.fault
    assert len(found.losses) == 4 and all(map(math.isfinite, found.losses))
    assert found.seconds > 0
    assert Trained([9.0, 9.0, 1.0, 3.0]).level == 2.0


def test_a_fault_is_a_line_and_no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("called a synchronizing\n CUDA operation")

    monkeypatch.setattr(gpu, "loss_of", fails)
    found = trained(graph_of("ddpm-moons"), "cpu", steps=2)
    assert found.fault == "called a synchronizing CUDA operation"
    assert not found.losses


def test_loops_by_hand_go_in_turn_with_ours() -> None:
    assert over_by_hand("DDPM", "cpu", turns=1, length=2) > 0
