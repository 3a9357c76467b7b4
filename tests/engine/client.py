"""A window in miniature: starts an engine, sends requests, keeps and awaits events."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from engine.document.messages import ListRuns, Runs, Status, Stop, frame, read_frame
from tests.prepared import command
from tests.protocol import Order, decoded

ROOT = Path(__file__).parent.parent.parent
T = TypeVar("T")


def environment(home: Path) -> dict[str, str]:
    return os.environ | {
        "PYTHONPATH": str(ROOT),
        "GENWORKBENCH_HOME": str(home),
        "OMP_WAIT_POLICY": "passive",
        "QT_QPA_PLATFORM": "offscreen",
    }


def engine_command(*words: str | Path) -> list[str]:
    return [sys.executable, "-P", "-m", "engine", *map(str, words)]


def started(
    folder: Path,
    home: Path,
    *words: str,
    before: Callable[[], None] | None = None,
    plain: bool = False,
) -> subprocess.Popen[str]:
    """Run the folder's graph by the command line; `before` happens in the child.

    `plain`: as at a terminal, its imports within; else it is forked, but for one with a `before`.
    """
    words = ("run", "vae.graph.json", "--threads", "1", "--out", "runs", *words)
    return subprocess.Popen(
        engine_command(*words) if plain or before else command("tests.engine.ready", *words),
        cwd=folder,
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=before,
    )


def ended(child: subprocess.Popen[str]) -> bool:
    """Give way to a child for a moment; return whether it has ended."""
    with suppress(subprocess.TimeoutExpired):
        child.wait(0.02)
    return child.returncode is not None


def saved(child: subprocess.Popen[str], runs: Path, count: int = 1) -> Path:
    """Wait till a run has saved itself so often; return its folder."""
    deadline = time.monotonic() + 60
    while len(found := sorted(runs.glob("*/checkpoints/0*.safetensors"))) < count:
        assert not ended(child) and time.monotonic() < deadline, child.communicate()
    return found[0].parent.parent


class Client:
    """Talk to `python -m engine serve`. Use it in a `with`.

    `plain`: start it as the window does, its imports within; else it is forked.
    """

    def __init__(self, home: Path, *, plain: bool = False) -> None:
        self.process = subprocess.Popen(
            engine_command("serve") if plain else command("tests.engine.ready", "serve"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=(home / "engine.log").open("wb"),
            env=environment(home),
            cwd=home,
        )
        self.log = home / "engine.log"
        self.heard: list[Any] = []
        self.reading = threading.Event()
        self.reading.set()
        self._news = threading.Condition()
        self._ended = False
        self._order = Order()
        self._broken = ""
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        self.reading.set()
        with self._news:  # a fork closes its pipes a moment later
            self._news.wait_for(lambda: self._ended, 20)
        assert not self._broken, self._broken

    def _read(self) -> None:
        assert self.process.stdout is not None
        while (body := read_frame(self.process.stdout)) is not None:
            with self._news:
                self._take(body)
                self._news.notify_all()
            self.reading.wait()
        with self._news:
            self._ended = True
            self._news.notify_all()

    def _take(self, body: bytes) -> None:
        try:
            event = decoded(body)
            self._order.take(event)
        except Exception as error:  # the border of the thread: the test says it
            self._broken = f"{type(error).__name__}: {error}"
            return
        self.heard.append(event)

    def send(self, *requests: Any) -> None:
        for request in requests:
            self.send_bytes(frame(request))

    def send_bytes(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def rest(self) -> None:
        """End what runs and forget what was heard, so that a test can begin."""
        last = next((e.status for e in reversed(self.heard) if isinstance(e, Status)), "idle")
        if last in ("starting", "running", "paused"):
            here = self.mark()
            self.send(Stop())
            self.wait_status("done", "stopped", "failed", after=here)
        here = self.mark()
        self.send(ListRuns())
        self.wait(Runs, after=here)
        self.heard.clear()

    def mark(self) -> int:
        """Return a place in what was heard, for `wait(..., after=...)`."""
        return len(self.heard)

    def wait(
        self,
        kind: type[T],
        that: Callable[[T], bool] = lambda event: True,
        *,
        after: int = 0,
        seconds: float = 30.0,
    ) -> T:
        """Return the first event of a kind that fits, once it has come."""
        deadline = time.monotonic() + seconds
        with self._news:
            while True:
                assert not self._broken, self._broken
                for event in self.heard[after:]:
                    if isinstance(event, kind) and that(event):
                        return event
                left = deadline - time.monotonic()
                if left <= 0 or self._ended:
                    words = self.log.read_text(errors="replace")[-2000:]
                    came = [_brief(event) for event in self.heard[-12:]]
                    raise AssertionError(f"no {kind.__name__} came, but {came}\n{words}")
                self._news.wait(left)

    def wait_status(self, *wanted: str, after: int = 0, seconds: float = 30.0) -> Status:
        return self.wait(Status, lambda s: s.status in wanted, after=after, seconds=seconds)


def _brief(event: object) -> str:
    """Return the kind of an event with its node and its status, as far as it has them."""
    told = [str(getattr(event, name, "")) for name in ("node", "status", "state", "step", "within")]
    return " ".join([type(event).__name__, *filter(None, told)])
