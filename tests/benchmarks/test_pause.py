"""How long a pause takes to be answered: diffusion on MNIST with all its samplers.

A step of training that is under way ends first, and a layer of a network in a view. So what counts
is what comes on top: from the end of that step to the answer, or from the request where a view was
being pulled. The time over the real protocol, with what was left of a step in it, is told beside.
"""

from __future__ import annotations

import os
import queue
import random
import statistics
import threading
import time
from pathlib import Path
from typing import Any

import pytest

import resources
from engine.document.graph import SUFFIX, Graph, load
from engine.document.messages import (
    Hello,
    Pause,
    Progress,
    Quit,
    Resume,
    Run,
    SetGraph,
    Status,
    Stop,
)
from engine.serve.server import Server
from tests.engine.client import Client

pytestmark = [
    pytest.mark.bench,
    pytest.mark.timeout(1800),
    pytest.mark.skipif("GENWORKBENCH_DATA" not in os.environ, reason="no MNIST"),
]

PAUSES = 16
MOST = 0.3  # seconds beside what is left of a step


def example() -> Graph:
    return load(resources.path("examples", f"ddpm-mnist{SUFFIX}"))


class Watched(Server):
    """A server that notes when steps end and when it is paused."""

    def __init__(self, asks: queue.SimpleQueue[Any]) -> None:
        super().__init__(asks, self)  # type: ignore[arg-type]
        self.broken = False
        self.ends: list[float] = []
        self.said: queue.SimpleQueue[tuple[str, float]] = queue.SimpleQueue()
        self.trained = threading.Event()

    def _forward(self) -> bool:
        ended = super()._forward()
        self.ends.append(time.perf_counter())
        return ended

    def put(self, event: Any) -> None:
        """Take an event in place of the outlet."""
        if isinstance(event, Status):
            self.said.put((event.status, time.perf_counter()))
        if isinstance(event, Progress) and event.step >= 2 and not event.within:
            self.trained.set()

    def until(self, status: str) -> float:
        """Wait for a status and return when it was said."""
        while (said := self.said.get(timeout=600))[0] != status:
            pass
        return said[1]


def pauses(server: Watched, asks: queue.SimpleQueue[Any]) -> tuple[list[float], list[float]]:
    """Pause at moments drawn at random; return the seconds within views, and after steps."""
    dice = random.Random(0)
    views, steps = [], []
    server.trained.wait(600)
    for _ in range(PAUSES):
        time.sleep(dice.uniform(0.5, 4.0))
        asked, looking = time.perf_counter(), server.launch.run.looking  # type: ignore[union-attr]
        asks.put(Pause())
        paused = server.until("paused")
        end = next((t for t in server.ends if t > asked), asked)
        (views if looking else steps).append(paused - (asked if looking else end))
        time.sleep(dice.uniform(0.0, 2.0))  # its views are being shown
        asks.put(Resume())
        server.until("running")
    asks.put(Quit())
    return views, steps


def test_a_pause_is_answered_at_the_end_of_a_step(tmp_path: Path) -> None:
    asks: queue.SimpleQueue[Any] = queue.SimpleQueue()
    server = Watched(asks)
    for request in (Hello(), SetGraph(graph=example()), Run(runs=str(tmp_path / "runs"))):
        asks.put(request)
    found: list[tuple[list[float], list[float]]] = []
    asking = threading.Thread(target=lambda: found.append(pauses(server, asks)))
    asking.start()
    server.serve()
    asking.join()
    views, steps = found[0]
    for name, times in (("within a view", views), ("after a step", steps)):
        if times:
            median, most = statistics.median(times), max(times)
            print(f"\n{name}: median {median:.3f} s, most {most:.3f} s of {len(times)}")
    assert max(views + steps) <= MOST


def waited(client: Client, request: object, *statuses: str) -> float:
    """Send a request and return the seconds until one of these statuses."""
    here, start = client.mark(), time.perf_counter()
    client.send(request)
    client.wait_status(*statuses, after=here, seconds=120)
    return time.perf_counter() - start


def test_a_pause_over_the_protocol(tmp_path: Path) -> None:
    dice = random.Random(0)
    with Client(tmp_path) as client:
        client.send(Hello())
        client.send(SetGraph(graph=example()), Run(runs=str(tmp_path / "runs")))
        client.wait_status("running", seconds=300)
        client.wait(Progress, lambda p: p.step >= 2 and not p.within, seconds=600)
        took = []
        for _ in range(PAUSES):
            time.sleep(dice.uniform(0.5, 4.0))
            took.append(waited(client, Pause(), "paused"))
            time.sleep(dice.uniform(0.0, 2.0))  # its views are being shown
            waited(client, Resume(), "running")
        stopped = waited(client, Stop(), "stopped")
        told = [e for e in client.heard if isinstance(e, Progress) and not e.within]
        rates = [e.rate for e in told if e.rate]
    step = 1 / statistics.median(rates)
    print(f"\na step takes {step:.2f} s (median); a stop {stopped:.2f} s")
    print(f"pause: median {statistics.median(took):.2f} s, most {max(took):.2f} s of {PAUSES}")
    assert max(took) <= 2 * step + MOST
