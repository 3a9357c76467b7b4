"""A walk from outside: it starts the process, tells it what to do, and sees how it ends."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from tests.prepared import command

ROOT = Path(__file__).resolve().parents[3]
CHILD, PLAYER = "tests.workbench.walk.child", "tests.workbench.walk.engine"
SHRINKING = 180.0  # s after which a way is short enough
PATIENCE = 100.0  # s that an answer may take on a busy machine, else the window hangs


class Stumbled(AssertionError):
    """What went wrong, and the actions that led there, as lines that can be replayed."""

    def __init__(self, wrong: str, example: str, lines: list[str]) -> None:
        self.wrong, self.example, self.lines = wrong, example, lines
        way = "\n".join(lines)
        super().__init__(f"{wrong}\n\nbegun from {example or 'the start page'}:\n{way}\n")


class Walker:
    """One process with a window. `lines` is what was done in it."""

    def __init__(self, example: str, catalogue: Path, engine: str = "player") -> None:
        self.example, self.engine = example, engine
        self.lines: list[str] = []
        self.stumbled = False
        self._home = tempfile.TemporaryDirectory(prefix="walk", ignore_cleanup_errors=True)
        home = Path(self._home.name)
        self._stderr = (home / "stderr.txt").open("wb+")
        self._crash = home / "crash.txt"
        player = json.dumps(command(PLAYER, str(catalogue))) if engine == "player" else ""
        self.process = subprocess.Popen(
            command(CHILD, example, str(home), str(catalogue), player),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        self._heard = b""
        self._listen()

    def do(self, line: str) -> bool:
        """Do one action, `name number`, or raise `Stumbled`. Return whether it could be done."""
        self.lines.append(line)
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(line.encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass
        if not self._listen():
            self.lines.pop()
            return False
        return True

    def close(self) -> None:
        """End the process; what it started ends with it."""
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
        self.process.kill()
        self.process.wait()
        self._stderr.close()
        self._home.cleanup()

    def _listen(self) -> bool:
        answer = self._answer()
        if answer["wrong"]:
            self._stumble("\n".join(answer["wrong"]))
        return bool(answer["did"])

    def _answer(self) -> dict[str, Any]:
        pipe = self.process.stdout
        assert pipe is not None
        while b"\n" not in self._heard:
            if not select.select([pipe], [], [], PATIENCE)[0]:
                self.process.send_signal(signal.SIGABRT)  # it writes down where it is
                self.process.wait()
                self._stumble(f"The window hangs.\n{self._last()}")
            data = os.read(pipe.fileno(), 65536)
            if not data:
                self._stumble(f"The process ended with {self.process.wait()}.\n{self._last()}")
            self._heard += data
        line, _, self._heard = self._heard.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _last(self) -> str:
        """Return the last words: where a crash happened, else what was printed."""
        crash = self._crash.read_text(errors="replace") if self._crash.exists() else ""
        self._stderr.seek(0)
        said = self._stderr.read().decode(errors="replace")
        return crash[:6000] or said[-3000:]

    def _stumble(self, wrong: str) -> None:
        self.stumbled = True
        raise Stumbled(wrong, self.example, list(self.lines))


def replay(example: str, lines: list[str], catalogue: Path, engine: str) -> Stumbled | None:
    """Walk a way again; return how it stumbles, if it does."""
    walker = Walker(example, catalogue, engine)
    try:
        for line in lines:
            walker.do(line)
        walker.do("far_and_back 0")
    except Stumbled as stumbled:
        return stumbled
    finally:
        walker.close()
    return None


def shortest(found: Stumbled, catalogue: Path, engine: str) -> Stumbled:
    """Leave out of a way what it stumbles without: halves first, then ever smaller parts."""
    part = max(len(found.lines) // 2, 1)
    until = time.monotonic() + SHRINKING
    while time.monotonic() < until:
        shorter = next(
            filter(None, (_try(found, c, catalogue, engine) for c in _cuts(found, part))), None
        )
        if shorter is not None:
            found = shorter
        elif part == 1:
            return found
        else:
            part = (part + 1) // 2
    return found


def _cuts(found: Stumbled, part: int) -> Iterator[list[str]]:
    for start in range(0, len(found.lines), part):
        yield found.lines[:start] + found.lines[start + part :]


def _try(found: Stumbled, lines: list[str], catalogue: Path, engine: str) -> Stumbled | None:
    again = replay(found.example, lines, catalogue, engine)
    return again if again is not None and len(again.lines) < len(found.lines) else None


def write_catalogue(path: Path) -> Path:
    """Write the catalogue of all nodes, as the engine would say it."""
    from engine.check import describe
    from nodes import library

    path.write_bytes(msgspec.msgpack.encode(describe.catalogue(library.find())))
    return path
