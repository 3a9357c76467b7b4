"""The real program on a real screen, with a real mouse and real keys: Xvfb and xdotool.

Nothing of the program is imported here: what is seen is its window, its files and its runs.
"""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

import resources
from engine.document.graph import Graph, load, save
from tests.workbench.screen import MISSING, screen, wait

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(bool(MISSING), reason=f"{', '.join(MISSING)} is not installed here"),
    pytest.mark.timeout(300),
]


def scalars(run: Path) -> list[float]:
    """Return the loss that a run has recorded so far."""
    try:
        with sqlite3.connect(f"file:{run / 'history.sqlite'}?mode=ro", uri=True) as history:
            tables = {name for (name,) in history.execute("select name from sqlite_master")}
            table = next(iter(tables & {"scalars", "scalar"}))
            return [value for (value,) in history.execute(f"select value from {table}")]
    except (sqlite3.Error, StopIteration):
        return []


def test_a_person_trains_edits_undoes_and_saves(tmp_path: Path) -> None:
    file = tmp_path / "vae.graph.json"
    save(load(resources.path("examples", "vae-digits.graph.json")), file)
    before = load(file)
    home = tmp_path / "home"

    def saved() -> Graph:
        return load(file)

    with screen((1600, 1000)) as display, display.program(str(file), home=home) as process:
        wait(lambda: (home / "cache" / "catalogue.msgpack").exists(), "the engine")
        display.keys("ctrl+Return")
        runs = home / "data" / "runs"
        wait(lambda: runs.is_dir() and any(runs.iterdir()), "a run folder")
        (run,) = runs.iterdir()
        wait(lambda: len(scalars(run)) > 50, "the loss")

        display.click(700, 560)  # the canvas, where nothing lies
        display.keys("Tab")
        display.type("prior")
        display.keys("Return", "ctrl+s")
        wait(lambda: len(saved().nodes) == len(before.nodes) + 1, "the new node in the file")
        display.keys("ctrl+z", "ctrl+s")
        wait(lambda: saved() == before, "the file as it was")

        display.keys("ctrl+shift+Return")
        wait(lambda: status(run) in ("stopped", "done"), "the run's end")
        display.picture(tmp_path / "screen.png")
        display.keys("ctrl+q")
        wait(lambda: process.poll() is not None, "the program's end")
        assert process.returncode == 0
    assert not list((home / "state" / "journals").glob("*"))


def status(run: Path) -> str:
    try:
        return str(json.loads((run / "run.json").read_text())["status"])
    except (OSError, ValueError, KeyError):
        return ""


def test_a_node_dragged_by_the_mouse_lies_elsewhere(tmp_path: Path) -> None:
    file = tmp_path / "one.graph.json"
    graph = load(resources.path("examples", "vae-digits.graph.json"))
    graph.nodes = {"data": graph.nodes["data"]}
    graph.wires, graph.layout.views = [], []
    graph.layout.frames, graph.layout.notes, graph.layout.reroutes = {}, {}, {}
    graph.layout.positions = {"data": [0.0, 0.0]}
    save(graph, file)
    home = tmp_path / "home"
    with screen((1600, 1000)) as display, display.program(str(file), home=home) as process:
        wait(lambda: (home / "cache" / "catalogue.msgpack").exists(), "the engine")
        display.drag((754, 378), (500, 260))  # the one node lies in the middle of the canvas
        display.keys("ctrl+s")
        wait(lambda: load(file).layout.positions["data"] != [0.0, 0.0], "the node's new place")
        display.keys("ctrl+z", "ctrl+s")
        wait(lambda: load(file).layout.positions["data"] == [0.0, 0.0], "the node's old place")
        display.keys("ctrl+q")
        wait(lambda: process.poll() is not None, "the program's end")


def test_an_example_is_opened_by_a_word_typed_in_the_gallery(tmp_path: Path) -> None:
    """The field goes with the gallery, while the key that opened the example is still its own."""
    with screen() as display, display.program(home=tmp_path) as process:
        display.click(300, 157)
        display.type("sinkhorn 2d")
        display.keys("Return")
        title = lambda: display.xdotool("getwindowname", display.window)  # noqa: E731
        wait(lambda: process.poll() is not None or title().startswith("sinkhorn-2d"), "the example")
        display.keys("ctrl+q")
        wait(lambda: process.poll() is not None, "the end")
        assert process.returncode == 0
