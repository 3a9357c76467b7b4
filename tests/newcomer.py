"""`make newcomer`: the first ten minutes with real keys and a real mouse, counted.

From an empty canvas to a trained VAE on digits and to a trained GAN on a ring, each with its
picture large, and the README's first five minutes word for word. An action is one press of keys
together, one word typed, one click or one drag.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.workbench.screen import MISSING, Screen, managed, screen

ROOT = Path(__file__).parents[1]
PATIENCE = 900.0  # s, for a training on a busy machine
SOON = 240.0  # s, for what the window does at once where it has a core
PICTURES = Path(tempfile.gettempdir())
LEAST = 440  # px of a picture that is large, below a notice and two lanes of the small graph
LIGHT = 5.0  # standard deviation of the greys of a picture on which something is drawn


class Newcomer:
    """Somebody at the screen, whose actions are counted."""

    def __init__(self, display: Screen, program: subprocess.Popen[Any], folder: Path) -> None:
        self.display, self.program, self.folder = display, program, folder
        self.actions: list[str] = []

    def ask(self, question: str) -> Any:
        """Ask the window something; None while it cannot be told."""
        assert self.program.stdin and self.program.stdout
        self.program.stdin.write(f"{question}\n".encode())
        self.program.stdin.flush()
        said = json.loads(self.program.stdout.readline())
        return None if isinstance(said, dict) and "not yet" in said else said

    @property
    def state(self) -> dict[str, Any]:
        return self.ask("state") or {}

    def waits(self, true: Callable[[], Any], what: str, patience: float = SOON) -> Any:
        end = time.monotonic() + patience
        while not (found := true()):
            if time.monotonic() > end:
                self.display.picture(PICTURES / "newcomer-failed.png")
                raise AssertionError(f"waited in vain for {what}: {self.state}")
            time.sleep(0.2)
        return found

    def keys(self, keys: str) -> None:
        self.actions.append(f"keys {keys}")
        self.display.keys(keys)

    def types(self, words: str) -> None:
        self.actions.append(f"type {words}")
        self.display.type(words)

    def clicks(self, question: str) -> None:
        self.actions.append(f"click {question}")
        self.display.click(*self.waits(lambda: self.ask(question), question))

    def finds(self, words: str, first: str) -> None:
        """Type into the search of the start page and take what stands first there."""
        self.types(words)
        self.waits(lambda: self.state.get("found", [""])[:1] == [first], first)
        self.keys("Return")

    def drags(self, question: str, by: tuple[int, int]) -> None:
        self.actions.append(f"drag {question}")
        x, y = self.waits(lambda: self.ask(question), question)
        self.display.drag((x, y), (x + by[0], y + by[1]))

    def sees(self, node: str) -> np.ndarray[Any, Any]:
        """Return what a picture shows on the screen, in greys."""
        left, top, right, bottom = self.waits(lambda: self.ask(f"picture {node}"), node)
        self.display.picture(PICTURES / f"newcomer-{node}.png")
        with Image.open(PICTURES / f"newcomer-{node}.png") as shot:
            return np.asarray(shot.convert("L").crop((left, top, right, bottom)), float)

    def large(self, node: str) -> dict[str, Any]:
        """Wait until a picture is alone and large."""

        def alone() -> dict[str, Any] | None:
            state = self.state
            shown = state.get("pictures", {})
            return state if list(shown) == [node] and min(shown[node]) >= LEAST else None

        return self.waits(alone, f"{node} alone")


@contextmanager
def newcomer(*arguments: str, size: tuple[int, int] = (1366, 768)) -> Iterator[Newcomer]:
    """Give somebody a new screen with the program."""
    with tempfile.TemporaryDirectory() as folder, screen(size) as display, managed(display):
        home = Path(folder) / "home"
        pipe = subprocess.PIPE
        pipes = {"stdin": pipe, "stdout": pipe}
        with display.program(*arguments, home=home, module="tests.witness", **pipes) as program:
            yield Newcomer(display, program, Path(folder))


def trained(words: str, kind: str, example: str, picture: str, most: int) -> int:
    """Add data, make a graph of it, train it, and look at one picture large."""
    with newcomer() as person:
        person.finds(words, f"node {kind}")
        person.clicks(f"button {example}")
        person.waits(lambda: person.state["checked"] and len(person.state["kinds"]) > 5, "a graph")
        person.keys("ctrl+Return")
        person.waits(lambda: person.state["step"] > 0, "the first steps")
        person.keys("alt+2")
        person.waits(lambda: person.state["status"] == "done", example, PATIENCE)
        person.clicks(f"middle {picture}")
        person.keys("ctrl+space")
        state = person.large(picture)
        assert person.sees(picture).std() > LIGHT, "the picture is empty"
        print(f"{example}: step {state['step']}, {state['curves']}, {state['measures']}")
        print(f"{len(person.actions)} actions of {most}: {', '.join(person.actions)}")
        assert len(person.actions) <= most
        return len(person.actions)


def vae_on_digits() -> int:
    return trained("digits", "Digits", "VAE on digits", "manifold", 20)


def gan_on_a_ring() -> int:
    return trained("ring", "RingMixture", "GAN on a ring of 8", "field", 22)


def five_minutes() -> int:
    """Do what the README says, in its words."""
    with newcomer("vae-digits") as person:
        looks_round(person)
        changes_beta(person)
        draws_from_the_prior(person)
        runs_without_the_window(person)
        print(f"the README's five minutes: {len(person.actions)} actions")
        return len(person.actions)


def looks_round(person: Newcomer) -> None:
    """Run the first example, and see all workspaces."""
    says("`make run` opens `vae-digits`")
    person.waits(lambda: person.state["checked"], "the check")
    says("Press **Run** (Ctrl+Enter). The first run of a lesson leads to **Watch**")
    person.keys("ctrl+Return")
    person.waits(lambda: person.state["workspace"] == "watch", "Watch")
    person.waits(lambda: person.state["step"] > 500, "500 steps", PATIENCE)
    says("Alt+1 is **Build**, with the graph; Alt+2 is Watch again; Alt+3 is **Play**")
    person.keys("alt+1")
    person.waits(lambda: person.state["workspace"] == "build", "Build")
    person.keys("alt+3")
    person.waits(lambda: person.state["workspace"] == "play", "Play")
    person.keys("alt+2")
    person.waits(lambda: person.state["workspace"] == "watch", "Watch")


def changes_beta(person: Newcomer) -> None:
    """Change a parameter while it runs, and take it back."""
    says("Click **ELBO** in the small graph over the pictures while it runs: it leads to Build.")
    before = person.state["curves"]
    person.clicks("chip loss")
    person.waits(lambda: person.state["workspace"] == "build", "Build")
    says("Set β to 2 in the inspector.")
    person.clicks("field beta")
    person.keys("ctrl+a")
    person.types("2")
    person.keys("Return")
    person.waits(lambda: person.ask("params loss").get("beta") == 2, "β")
    started = person.state["step"]
    says("the KL falls by half")
    fell = lambda: kl(person.state["curves"]) < 0.6 * kl(before)  # noqa: E731
    person.waits(fell, "the KL to fall", PATIENCE)
    assert person.state["step"] >= started, "the weights stayed"
    says("Ctrl+Z takes it back, and the digits come back with it.")
    person.keys("ctrl+z")
    person.waits(lambda: person.ask("params loss").get("beta") == 0.3, "β as it was")
    person.waits(lambda: kl(person.state["curves"]) > 0.7 * kl(before), "the KL", PATIENCE)


def draws_from_the_prior(person: Newcomer) -> None:
    """Add a node, and see which fit it."""
    says("Press Tab on the canvas, type `prior`, Enter.")
    kinds = person.state["kinds"]
    person.display.click(300, 500)
    person.keys("Tab")
    person.waits(lambda: person.state["searching"], "the list")
    person.types("prior")
    person.keys("Return")
    person.waits(lambda: person.state["kinds"] == [*kinds, "Prior"], "a prior")
    says("Drag from its port into the void: the list shows the nodes that fit there.")
    person.drags("port prior.z", (60, 90))
    person.waits(lambda: person.state["searching"], "the list")
    assert "Decoder" in person.state["rows"] and "Digits" not in person.state["rows"]
    person.keys("Escape")


def runs_without_the_window(person: Newcomer) -> None:
    """Save the graph and use the command line."""
    says("Stop, save, and run the same file without the window:")
    person.keys("ctrl+shift+Return")
    person.waits(lambda: person.state["status"] in ("stopped", "done"), "the end")
    person.keys("ctrl+s")
    time.sleep(2)  # the dialog's field takes no question
    file = person.folder / "my.graph.json"
    person.types(str(file))
    person.keys("Return")
    person.waits(file.exists, "the file")
    for order in ("run my.graph.json --set ELBO.beta=1 --seed 1", "examples", "runs"):
        says(f"python -m engine {order}")
        words = [sys.executable, "-m", "engine", *order.split()]
        subprocess.run(words, cwd=person.folder, env=person.display.environment, check=True)


def says(words: str) -> None:
    """Take a sentence of the README, which must stand there."""
    readme = " ".join((ROOT / "README.md").read_text("utf-8").split())
    assert words in readme, f"the README does not say any more: {words}"


def kl(curves: dict[str, float]) -> float:
    return next(value for name, value in curves.items() if name.endswith("kl"))


SCRIPTS = {"vae": vae_on_digits, "gan": gan_on_a_ring, "readme": five_minutes}


def main(names: list[str]) -> int:
    if MISSING:
        print(f"Skipped: {', '.join(MISSING)} is not installed here.")
        return 0
    for name in names or SCRIPTS:
        began = time.monotonic()
        SCRIPTS[name]()
        print(f"{name}: done in {time.monotonic() - began:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
