"""Where the engines of tests live: a home of their own, and a folder to work in."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for the engines of all tests of a file: the number of threads is timed once."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def place(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder of the test's own, as somebody at a terminal does."""
    monkeypatch.setenv("GENWORKBENCH_HOME", str(home))
    monkeypatch.chdir(tmp_path)
    return tmp_path
