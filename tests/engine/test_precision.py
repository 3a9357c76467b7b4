"""What `auto` means is settled once for a machine, written down, and kept by a resumed run."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from engine.document.graph import Graph
from engine.document.history import RunFile, read_file
from engine.run.launch import Order
from engine.run.precision import asks, settled
from nodes.training import precision
from nodes.training.precision import Choice, choice_for
from tests.engine.toy import Listener, fit, session
from tests.running import launch

CPU = torch.device("cpu")
QUICK = {"matrices": 0.5, "convolutions": 0.7}


@pytest.fixture(autouse=True)
def timings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[int]:
    """A CPU that is quicker in bfloat16, and the timings made of it."""
    made: list[int] = []
    monkeypatch.setenv("GENWORKBENCH_HOME", str(tmp_path))
    monkeypatch.setattr(precision, "_chosen", {})
    monkeypatch.setattr(precision, "has_instructions", lambda: True)
    monkeypatch.setattr(precision, "timed", lambda: (made.append(1), dict(QUICK))[1])
    return made


def asking() -> Graph:
    graph = fit(steps=1)
    graph.nodes["trainer"].params["precision"] = "auto"
    return graph


def test_only_a_graph_that_asks_has_its_machine_timed(timings: list[int]) -> None:
    assert not asks(fit(steps=1))
    assert settled(fit(steps=1), CPU) is None
    assert not timings


def test_a_machine_is_timed_once_for_all_runs(timings: list[int]) -> None:
    assert settled(asking(), CPU) == Choice(True, QUICK)
    assert settled(asking(), CPU) == Choice(True, QUICK)
    assert timings == [1]
    assert choice_for(CPU).short


def test_a_resumed_run_keeps_its_own_choice(timings: list[int]) -> None:
    before = RunFile(precision="float32", times={"matrices": 1.3})
    assert settled(asking(), CPU, before) == Choice(False, {"matrices": 1.3})
    assert not choice_for(CPU).short
    assert settled(asking(), CPU) == Choice(True, QUICK)  # a new run in the same process


def test_a_run_from_before_timings_goes_on_as_it_began(
    timings: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for amx in (True, False):
        monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda amx=amx: amx)
        assert settled(asking(), CPU, RunFile()) == Choice(amx)
    assert not timings


def test_a_run_writes_down_what_was_chosen_and_why(tmp_path: Path) -> None:
    made = session()
    made.update(asking())
    outcome = launch(made, Listener(), Order(threads=1, runs=tmp_path / "runs", view_share=0.0))
    assert outcome.folder is not None
    found = read_file(outcome.folder)
    assert (found.precision, found.times) == ("bfloat16", QUICK)
