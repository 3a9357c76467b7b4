"""Play with the real engine: from a move to its picture, and pictures a second while one drags."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable
from functools import partial

import pytest
from pytestqt.qtbot import QtBot

from engine.document.graph import load
from engine.document.messages import Figure
from tests.shipped import catalogue
from tests.workbench.conftest import home, make
from workbench.bench import examples
from workbench.bench.document import Document
from workbench.bench.process import COMMAND
from workbench.play.controls import Number
from workbench.play.planes import Plane
from workbench.shell.window import Window

__all__ = ["home", "make"]
pytestmark = [pytest.mark.bench, pytest.mark.timeout(300)]

STEPS = 300  # of a training: what is drawn costs the same as after a whole one
MOVES, SECONDS = 25, 4.0
PACE = 8  # ms between two moves of a hand

# example: the input that is moved
MOVED = {
    "vae-digits": "point.points",
    "vae-mnist": "point.points",
    "realnvp-moons": "sampler.temperature",
    "gan-ring": "fixed.seed",
    "wasserstein-gan-link": "few_fake.mean",
    "schrodinger-bridge": "sde.steps",
    "ddpm-moons": "ddim.eta",
}


@pytest.mark.parametrize("name", MOVED)
def test_a_picture_follows_the_hand(make: Callable[..., Window], qtbot: QtBot, name: str) -> None:
    path = examples.find(name)
    assert path is not None
    graph = load(path)
    for place in graph.nodes.values():
        if place.kind == "Trainer":
            place.params = {"steps": STEPS}
    window = make(catalogue(), COMMAND, (1366, 768))
    bench = window.add_document(Document(graph)).bench
    qtbot.waitUntil(lambda: bench.live.checked is not None, timeout=60_000)
    bench.run()
    qtbot.waitUntil(lambda: bench.live.status.status in ("done", "failed"), timeout=120_000)
    window.menus.trigger("view.play")
    stage = window.workspaces.stage
    node, param = MOVED[name].split(".")
    qtbot.waitUntil(lambda: bool(stage.controls))
    came: list[float] = []

    def note(figure: Figure) -> None:
        if figure.seconds and figure.node in stage.steering.views:
            came.append(time.perf_counter())

    bench.live.figure_came.connect(note)
    qtbot.wait(1_500)
    control = next(c for c in stage.controls if (c.one.node, c.one.param) == (node, param))
    waits = []
    for k in range(MOVES):
        came.clear()
        start = time.perf_counter()
        _move(control, k)
        stage.steering.let_go()
        qtbot.waitUntil(partial(bool, came), timeout=20_000)
        waits.append(1e3 * (came[0] - start))
        qtbot.wait(60)
    came.clear()
    start, k = time.perf_counter(), MOVES
    while time.perf_counter() - start < SECONDS:
        _move(control, k)
        k += 1
        qtbot.wait(PACE)
    print(
        f"\n{name}: {statistics.median(waits):.0f} ms to a picture"
        f" (most {max(waits):.0f}), {len(came) / SECONDS:.0f} pictures a second"
    )


def _move(control: object, k: int) -> None:
    if isinstance(control, Plane):
        point = round(1.5 * math.cos(k / 9), 4), round(1.5 * math.sin(k / 9), 4)
        assert control.pad is not None
        control.pad.moved.emit([point])
    elif isinstance(control, Number):
        control.slide.setSliderDown(True)
        most = control.slide.maximum()
        control.slide.setValue(round((0.5 + 0.4 * math.sin(k / 7)) * most) + k % 2)
    else:
        control.moved.emit(k)  # type: ignore[attr-defined]
