"""The device and the threads of a run: chosen once, the same ever after."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from engine.document.errors import GraphRefused
from engine.document.graph import Graph
from engine.run import devices, threads

from .toy import fit, gan, toy_catalogue


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GENWORKBENCH_HOME", str(tmp_path))
    return tmp_path


def machine(quickest: int) -> Callable[[int], float]:
    """Return a timer of a machine where so many threads are quickest."""

    def time_steps(steps: int) -> float:
        return steps * (0.01 + 0.005 * abs(torch.get_num_threads() - quickest))

    return time_steps


def refuse(steps: int) -> float:
    raise AssertionError("timed again")


def test_auto_is_always_there() -> None:
    assert devices.resolve("auto") in devices.available()
    assert devices.resolve("cpu") == "cpu"
    with pytest.raises(GraphRefused, match="cuda:99"):
        devices.resolve("cuda:99")
    with pytest.raises(GraphRefused, match="toaster"):
        devices.resolve("toaster")


@pytest.mark.skipif(threads.cores() < 2, reason="one core leaves no choice")
def test_the_quickest_number_of_threads_is_found_and_kept() -> None:
    before = torch.get_num_threads()
    assert threads.choose_threads("slow", machine(1)) == 1
    assert threads.choose_threads("quick", machine(2)) == 2
    assert threads.choose_threads("slow", refuse) == 1
    assert threads.choose_threads("quick", refuse) == 2
    assert torch.get_num_threads() == before


def test_without_a_cache_folder_it_is_found_anew(home: Path) -> None:
    (home / "cache").write_text("a file, where the folder would be")
    assert threads.choose_threads("any", machine(1)) == 1
    assert threads.choose_threads("any", machine(1)) == 1


def test_a_damaged_cache_is_made_anew(home: Path) -> None:
    (home / "cache").mkdir()
    (home / "cache" / "threads.json").write_text('{"a": "b')
    assert threads.choose_threads("any", machine(1)) == 1
    assert threads.choose_threads("any", refuse) == 1


def test_the_signature_sees_sizes_and_wires_and_no_more() -> None:
    def changed(change: Callable[[Graph], object]) -> bool:
        graph = fit()
        change(graph)
        return mark(graph) != mark(fit())

    def mark(graph: Graph) -> str:
        return threads.signature(graph, toy_catalogue())

    assert mark(fit()) == mark(fit())
    assert mark(fit()) != mark(gan())
    assert changed(lambda g: g.nodes["map"].params.update(width=32))
    assert changed(lambda g: g.nodes["line"].params.update(batch=64))
    assert changed(lambda g: g.wires.pop(0))
    assert not changed(lambda g: g.nodes["adam"].params.update(rate=0.5))
    assert not changed(lambda g: g.nodes["trainer"].params.update(steps=9))
    assert not changed(lambda g: g.nodes.pop("show"))
    assert not changed(lambda g: g.layout.positions.update(map=[1.0, 2.0]))
