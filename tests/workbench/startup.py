"""Starting the real program in a process of its own, to see what its first picture took."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def report(home: Path, *arguments: str) -> list[str]:
    """Start the window offscreen, let it paint once, and return the words of its report.

    Bytecode is kept, as it is on a user's machine, whatever the environment of the tests says.
    """
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "GENWORKBENCH_HOME": str(home),
        "PYTHONPYCACHEPREFIX": str(home / "bytecode"),
        "PYTHONDONTWRITEBYTECODE": "",
    }
    done = subprocess.run(
        [sys.executable, "-m", "workbench", "--report-startup", *arguments],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout.split()


def seconds(words: list[str]) -> float:
    return float(words[words.index("startup") + 1])
