"""Sequences that once ended the program, with a window manager, a real mouse and real keys.

Each is done twice. Afterwards the program lives and its log of faults is not there.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import resources
from engine.document.graph import Graph, Place, Wire, load, save
from tests.workbench.screen import MISSING, Screen, managed, screen, wait
from tests.workbench.test_screen import scalars, status

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(bool(MISSING), reason=f"{', '.join(MISSING)} is not installed here"),
    pytest.mark.timeout(900),
]
FAULTS = Path(__file__).parents[1] / "faults" / "graphs"
VOID = (300, 530)  # a place of the canvas where nothing lies, in a window of 1366 by 768
CANVAS = (50, 110, 1080, 540)


class Person:
    """Somebody at the screen, who sees the window's title and the files that it writes."""

    def __init__(self, display: Screen, home: Path) -> None:
        self.display, self.home = display, home
        self.process: subprocess.Popen[bytes] | None = None

    def keys(self, *keys: str) -> None:
        self.display.keys(*keys)

    def healthy(self) -> None:
        assert self.process is not None and self.process.poll() is None, "the program ended"
        log = self.home / "state" / "faults.log"
        assert not log.exists(), log.read_text()

    def sees(self, title: str) -> None:
        name = "getwindowname"
        try:
            wait(lambda: self.display.xdotool(name, self.display.window).startswith(title), title)
        finally:
            self.display.picture(self.home / "seen.png")
        self.healthy()

    def opens(self, words: str, title: str) -> None:
        """Open an example by the list of actions."""
        self.keys("ctrl+k")
        self.display.type(words)
        self.keys("Return")
        self.sees(title)

    @property
    def runs(self) -> set[Path]:
        folder = self.home / "data" / "runs"
        return set(folder.iterdir()) if folder.is_dir() else set()

    def trains(self) -> None:
        """Press Run, and wait until losses are written."""
        before = {run: len(scalars(run)) for run in self.runs}
        self.keys("ctrl+Return")
        wait(lambda: any(len(scalars(r)) > before.get(r, 0) + 5 for r in self.runs), "a loss")
        self.healthy()

    def stops(self) -> None:
        self.keys("ctrl+shift+Return")
        wait(lambda: all(status(run) in ("stopped", "done") for run in self.runs), "the run's end")
        self.healthy()


@pytest.fixture
def display() -> Iterator[Screen]:
    with screen() as made, managed(made):
        yield made


def test_documents_come_and_go(display: Screen, tmp_path: Path) -> None:
    """(a), (b), (c): a second document after a run; all closed; all removed and brought back."""
    person = Person(display, tmp_path)
    with display.program("vae-digits", home=tmp_path) as person.process:
        person.sees("vae-digits")
        wait(lambda: (tmp_path / "cache" / "catalogue.msgpack").exists(), "the engine")
        for _ in range(2):
            person.trains()
            person.keys("ctrl+n")
            person.sees("Untitled")
            person.opens("GAN on a ring", "gan-ring")
            person.keys("ctrl+Tab", "ctrl+Tab", "ctrl+shift+Tab")
            person.sees("vae-digits")
            display.click(*VOID)
            person.keys("ctrl+a", "Delete", "ctrl+z", "ctrl+a", "Delete")
            person.healthy()
            person.stops()
            person.keys("ctrl+z")
            person.trains()
            person.stops()
            for _ in range(3):
                person.keys("ctrl+w")
                person.healthy()
            person.sees("Untitled")
            person.opens("VAE on digits", "vae-digits")
        person.trains()
        person.stops()
        person.keys("ctrl+q")
        wait(lambda: person.process is None or person.process.poll() is not None, "the end")
        assert person.process.returncode == 0
    assert not (tmp_path / "state" / "faults.log").exists()


def test_faulty_and_far_graphs_are_edited(display: Screen, tmp_path: Path) -> None:
    """(d), (e), (f), (g): problems pasted and undone; a far node; menus; Enter after F2."""
    files = [tmp_path / name for name in ("faulty8.graph.json", "far-1e12.graph.json")]
    for file in files:
        shutil.copy(FAULTS / file.name, file)
    person = Person(display, tmp_path)
    with display.program(*map(str, files), home=tmp_path) as person.process:
        wait(lambda: (tmp_path / "cache" / "catalogue.msgpack").exists(), "the engine")
        for _ in range(2):
            for _ in files:
                display.click(*VOID)
                person.keys("ctrl+a", "ctrl+c", "ctrl+v", "ctrl+d", "ctrl+z", "ctrl+z", "Home")
                person.healthy()
                person.keys("ctrl+a", "Delete", "ctrl+z", "ctrl+y", "ctrl+z")
                person.healthy()
                for x in range(CANVAS[0] + 60, CANVAS[2], 170):
                    for y in range(CANVAS[1] + 30, CANVAS[3], 90):
                        display.click(x, y, 3)
                        person.keys("Escape")
                person.healthy()
                person.keys("Left", "F2")
                display.type("Mine")
                person.keys("Return", "Return", "Escape", "ctrl+Tab")
                person.healthy()


def test_a_lone_wire_is_left_alone(display: Screen, tmp_path: Path) -> None:
    """(h) and (g): what is pressed beside a wire is only that, and Enter changes no choice."""
    graph = Graph(nodes={"a": Place(kind="Digits"), "b": Place(kind="Encoder")})
    graph.wires = [Wire("a", "images", "b", "x")]
    graph.layout.positions = {"a": [0.0, 0.0], "b": [480.0, 0.0]}
    file = tmp_path / "wire.graph.json"
    save(graph, file)
    person = Person(display, tmp_path)
    with display.program(str(file), home=tmp_path) as person.process:
        wait(lambda: (tmp_path / "cache" / "catalogue.msgpack").exists(), "the engine")
        for _ in range(2):
            for y in range(250, 400, 6):
                display.click(560, y)
                person.keys("F2", "ctrl+d", "ctrl+c", "Escape")
            person.healthy()
            person.keys("ctrl+s")
            wait(lambda: set(load(file).nodes) == {"a", "b"}, "no node more")
            display.click(*VOID)
            person.keys("Right", "F2")
            display.type("Mine")
            person.keys("Return", "ctrl+s")
            wait(lambda: "Mine" in [p.title for p in load(file).nodes.values()], "the title")
            assert all(not place.params for place in load(file).nodes.values())
            person.keys("ctrl+z", "ctrl+s")
            wait(lambda: load(file) == graph, "the file as it was")


def test_killed_in_a_run_it_is_recovered(display: Screen, tmp_path: Path) -> None:
    file = tmp_path / "vae.graph.json"
    shutil.copy(resources.path("examples", "vae-digits.graph.json"), file)
    before = load(file)
    person = Person(display, tmp_path)
    for _ in range(2):
        with display.program(str(file), home=tmp_path) as person.process:
            person.sees("vae")
            wait(lambda: (tmp_path / "cache" / "catalogue.msgpack").exists(), "the engine")
            person.trains()
            display.click(*VOID)
            person.keys("ctrl+a", "ctrl+d")
            wait(lambda: any((tmp_path / "state" / "journals").glob("*")), "the journal")
            person.healthy()
            person.process.kill()
            person.process.wait()
        with display.program(home=tmp_path) as person.process:
            person.sees("Untitled")
            wait(lambda: _opened(person), "the notice")
            display.click(*VOID)
            person.keys("ctrl+s")
            wait(lambda: len(load(file).nodes) == 2 * len(before.nodes), "what was recovered")
            person.trains()
            person.stops()
            person.keys("ctrl+z", "ctrl+s")
            wait(lambda: load(file).nodes == before.nodes, "the file as it was")
            person.keys("ctrl+q")
            wait(lambda: person.process is None or person.process.poll() is not None, "the end")
    assert not (tmp_path / "state" / "faults.log").exists()


def _opened(person: Person) -> bool:
    """Press "Open it" of the notice above the canvas, once it is there."""
    person.display.click(1200, 89)
    title = person.display.xdotool("getwindowname", person.display.window)
    return title.startswith("vae")
