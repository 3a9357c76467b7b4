"""The source of the standard library: bounded, whole modules, the same each time."""

from __future__ import annotations

import ast
import sysconfig
from pathlib import Path

import pytest

from nodes.data.python_source import PythonSource, modules
from nodes.errors import DataMissing


def test_it_gives_so_much_text_of_modules_that_can_be_read() -> None:
    node = PythonSource(size=40, test_share=0.25)
    text = node()
    assert len(text.train) == 30_000 and len(text.test) == 10_000
    whole = text.train + text.test
    assert whole.isascii()
    first, *_ = node.files()
    assert whole.startswith(first.read_text("ascii").rstrip())
    ast.parse(first.read_text())
    assert PythonSource(size=40, test_share=0.25)() == text


def test_modules_are_of_the_library_and_no_tests() -> None:
    root = Path(sysconfig.get_paths()["stdlib"])
    found = {path.relative_to(root).parts for path in modules()}
    assert ("ast.py",) in found
    assert not [parts for parts in found if {"test", "site-packages"} & set(parts)]


def test_a_python_without_source_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sysconfig, "get_paths", lambda: {"stdlib": str(tmp_path)})
    with pytest.raises(DataMissing, match="no source"):
        PythonSource()()
