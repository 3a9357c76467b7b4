"""A display of our own with a real mouse and real keys: Xvfb and xdotool."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

MISSING = [name for name in ("Xvfb", "xdotool") if shutil.which(name) is None]
PATIENCE = 240.0  # s, on a busy machine


def wait(true: Callable[[], object], what: str, patience: float = PATIENCE) -> None:
    """Poll until something in another process has happened."""
    end = time.monotonic() + patience
    while not true():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.05)


class Screen:
    """A running X display with the program on it."""

    def __init__(self, display: str, size: tuple[int, int]) -> None:
        self.display, self.size = display, size
        self.environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
        self.window = ""

    def xdotool(self, *words: object) -> str:
        done = subprocess.run(
            ["xdotool", *map(str, words)],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=20,
        )
        return done.stdout.strip()

    @contextmanager
    def program(
        self, *arguments: str, home: Path, module: str = "workbench", **pipes: int
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Start the window on this screen and give it the focus."""
        environment = {**self.environment, "GENWORKBENCH_HOME": str(home)}
        command = [sys.executable, "-m", module, *arguments]
        with subprocess.Popen(command, env=environment, **pipes) as process:  # type: ignore[call-overload]
            try:
                wait(lambda: self._find(process), "the window")
                self.xdotool("windowfocus", "--sync", self.window)
                yield process
            finally:
                if process.poll() is None:
                    process.kill()

    def _find(self, process: subprocess.Popen[bytes]) -> bool:
        assert process.poll() is None, "the program ended"
        found = self.xdotool("search", "--onlyvisible", "--name", "Generative Workbench")
        self.window = found.split()[0] if found else ""
        return bool(found)

    def keys(self, *keys: str) -> None:
        for key in keys:
            self.xdotool("key", "--clearmodifiers", key)

    def type(self, text: str) -> None:
        self.xdotool("type", "--delay", 30, text)

    def click(self, x: float, y: float, button: int = 1) -> None:
        self.xdotool("mousemove", round(x), round(y), "click", button)  # --sync waits for a move

    def drag(
        self,
        start: tuple[float, float],
        end: tuple[float, float],
        *,
        button: int = 1,
        held: tuple[str, ...] = (),
        seen: Callable[[], object] | None = None,
    ) -> None:
        """Press, move in small steps as a hand does, let go once something is `seen`.

        `held` are keys that are held meanwhile.
        """
        for key in held:
            self.xdotool("keydown", key)
        self.xdotool("mousemove", "--sync", round(start[0]), round(start[1]), "mousedown", button)
        for i in range(1, 11):
            x = start[0] + (end[0] - start[0]) * i / 10
            y = start[1] + (end[1] - start[1]) * i / 10
            self.xdotool("mousemove", "--sync", round(x), round(y))
        if seen is not None:
            wait(seen, "what shows where it falls")
        self.xdotool("mouseup", button)
        for key in held:
            self.xdotool("keyup", key)

    def picture(self, path: Path) -> None:
        command = ["import", "-window", "root", str(path)]
        subprocess.run(command, env=self.environment, check=True, timeout=30)


@contextmanager
def managed(display: Screen) -> Iterator[None]:
    """Let a window manager look after the windows, where one is installed."""
    if shutil.which("openbox") is None:
        yield
        return
    with subprocess.Popen(["openbox"], env=display.environment) as manager:
        try:
            wait(lambda: display.xdotool("get_num_desktops").isdigit(), "the window manager")
            yield
        finally:
            manager.terminate()


@contextmanager
def screen(size: tuple[int, int] = (1366, 768)) -> Iterator[Screen]:
    """Start a display; Xvfb itself finds a free number."""
    read, write = os.pipe()
    depth = f"{size[0]}x{size[1]}x24"
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", depth, "-nolisten", "tcp"]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, pass_fds=[write], stderr=quiet) as server:
        os.close(write)
        try:
            number = os.read(read, 16).split()[0].decode()
            made = Screen(f":{number}", size)
            wait(lambda: "x:" in made.xdotool("getmouselocation"), "the display")
            yield made
        finally:
            os.close(read)
            server.terminate()
