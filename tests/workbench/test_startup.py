"""The window is there without torch, and it leaves with status 0."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.workbench.startup import ROOT, report


@pytest.mark.parametrize("file", [[], ["vae-digits"], ["no such file"]])
def test_the_first_picture_needs_no_torch(tmp_path: Path, file: list[str]) -> None:
    words = report(tmp_path, *file)
    assert words[0] == "startup" and "torch" not in words and "pyqtgraph" not in words


def test_help_and_wrong_words_are_said_on_the_terminal() -> None:
    command = [sys.executable, "-m", "workbench"]
    done = subprocess.run([*command, "--help"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0 and "report-startup" not in done.stdout
    done = subprocess.run([*command, "--nonsense"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2 and "Traceback" not in done.stderr


def test_a_folder_of_nodes_that_is_none_is_said() -> None:
    command = [sys.executable, "-m", "workbench", "--plugins", "nowhere"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (2, "error: nowhere is not a folder.\n")
