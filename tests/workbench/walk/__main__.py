"""`make walk`: walk 20,000 actions, begun from every example, and say how many were done.

`python -m tests.workbench.walk [ACTIONS] [SEED] [--engine] [--screen]` takes other numbers; with
`--engine` the real engine trains, with `--screen` the window is on a display of Xvfb with openbox.
What a walk stumbled over is printed by its shortest sequence, to be walked
again by `python -m tests.workbench.walk --replay EXAMPLE < LINES`.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.workbench.screen import screen
from tests.workbench.walk.machine import STEPS, Tally, walk
from tests.workbench.walk.walker import Stumbled, replay, write_catalogue
from workbench.bench import examples

WALKS = 12  # of one seed


def main() -> int:
    """Walk, or replay what stdin tells; return how many seeds stumbled."""
    given = _parse()
    with tempfile.TemporaryDirectory() as folder, _display(given.screen):
        catalogue = write_catalogue(Path(folder) / "catalogue.msgpack")
        engine = "real" if given.engine else "player"
        if given.replay is not None:
            lines = [line.strip() for line in sys.stdin if line.strip()]
            found = replay(given.replay, lines, catalogue, engine)
            print(found or "It does not stumble.")
            return int(found is not None)
        return _walk(given.actions, given.seed, catalogue, engine)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.workbench.walk")
    parser.add_argument("actions", nargs="?", type=int, default=20_000)
    parser.add_argument("seed", nargs="?", type=int, default=1)
    parser.add_argument("--engine", action="store_true", help="let the real engine train")
    parser.add_argument("--screen", action="store_true", help="use Xvfb and openbox")
    parser.add_argument("--replay", metavar="EXAMPLE", help="walk the lines of stdin once")
    return parser.parse_args()


@contextmanager
def _display(wanted: bool) -> Iterator[None]:
    """Give the walks a display of their own with a window manager, where it is wanted."""
    if not wanted:
        yield
        return
    with screen((2600, 1560)) as shown:
        os.environ.update(DISPLAY=shown.display, QT_QPA_PLATFORM="xcb")
        manager = subprocess.Popen(["openbox"])
        try:
            yield
        finally:
            manager.terminate()


def _walk(actions: int, seed: int, catalogue: Path, engine: str) -> int:
    """Walk with one seed after the other."""
    names = ["", *(example.name for example in examples.listed())]
    tally, failures, began = Tally(), 0, time.monotonic()
    every = actions >= STEPS * len(names)  # with fewer actions not every example is begun from
    while tally.actions < actions or (every and set(names) - set(tally.begun)):
        missed = sorted(set(names) - set(tally.begun))
        beginnings = names if tally.actions < actions else missed
        walks = min(max(4, (actions - tally.actions) // STEPS), WALKS)
        tally.stumbled = None
        try:
            walk(seed, walks, beginnings, catalogue=catalogue, tally=tally, engine=engine)
        except Stumbled as stumbled:
            failures += 1
            print(f"seed {seed}:\n{stumbled}", flush=True)
        print(f"seed {seed}: {tally.actions} actions, {failures} failures", flush=True)
        seed += 1
    minutes = (time.monotonic() - began) / 60
    print(
        f"{tally.actions} actions of {len(tally.done)} kinds in {sum(tally.begun.values())} walks "
        f"from {len(tally.begun)} beginnings, {failures} failures, {minutes:.1f} min"
    )
    return failures


if __name__ == "__main__":
    sys.exit(main())
