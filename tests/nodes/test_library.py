"""Node files: where they are found, and what is said of those that fail."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import nodes
from engine.check.describe import catalogue
from engine.document.catalogue import Catalogue
from nodes.library import find

FINE = """from nodes.base import Node, param
from nodes.types import Points


class Double(Node):
    \"\"\"Double points.\"\"\"

    factor: float = param(default=2.0)

    def forward(self, x: Points) -> Points:
        return self.factor * x
"""
HEAD = FINE.partition("class")[0]


def write(file: Path, text: str = FINE) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def found_in(folder: Path) -> Catalogue:
    return catalogue(find(folder))


def test_a_file_is_found_in_a_folder_and_in_its_families(tmp_path: Path) -> None:
    write(tmp_path / "mine.py")
    write(tmp_path / "toys" / "twice.py")
    found = found_in(tmp_path)
    assert found.kinds["mine.Double"].category == "mine"
    assert found.kinds["twice.Double"].category == "toys"
    assert not found.failures


PLACES = {"doubled.py": "doubled", "own/twice.py": "own"}


@pytest.mark.parametrize("place", PLACES)
def test_a_file_below_nodes_is_a_node(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a copy of the program's own folder: a part of it stands elsewhere here."""
    root = tmp_path / "nodes"
    write(root / place)
    monkeypatch.setattr(nodes, "__path__", [str(root), *nodes.__path__])
    found = find()
    assert found.categories["Double"] == PLACES[place]
    assert not found.failures


def test_hidden_and_private_files_are_left_alone(tmp_path: Path) -> None:
    for name in ("_mine.py", ".mine.py", "__pycache__/mine.py", ".venv/mine.py"):
        write(tmp_path / name, "raise OSError")
    assert found_in(tmp_path) == catalogue(find())


FAULTS = {
    "import nothing_of_this_name": "line 1: ModuleNotFoundError: No module named",
    "\n\nclass Half(": "line 3: SyntaxError: '(' was never closed",
    "import sys\nsys.exit(3)": "line 2: SystemExit: 3",
    "x = 1\n1 / 0": "line 2: ZeroDivisionError: division by zero",
    "open('nothing here')": "line 1: FileNotFoundError",
    "def f():\n  raise OSError\nf()": "line 2: OSError",
    HEAD + "class Half(Node):\n  half = param(default=1)": "line 5: TypeError: half needs a type",
    HEAD + "class Half(Node):\n  def forward(self, x): return x": "line 5: x needs a type",
    HEAD + "class Half(Node):\n  def forward(self, x: int) -> Points: return x": "line 5: port x",
    "def forward(x): return x": "holds no node",
    "\0": "null bytes",
}


@pytest.mark.parametrize("text", FAULTS)
def test_a_faulty_file_is_one_sentence_and_harms_nothing(text: str, tmp_path: Path) -> None:
    write(tmp_path / "faulty.py", text)
    write(tmp_path / "mine.py")
    found = found_in(tmp_path)
    (failure,) = found.failures
    assert "mine.Double" in found.kinds
    assert failure.file == str(tmp_path / "faulty.py")
    assert "faulty.py" in failure.sentence and FAULTS[text] in failure.sentence
    assert "\n" not in str(failure.sentence)


def test_the_same_kind_twice_is_said(tmp_path: Path) -> None:
    first = write(tmp_path / "a" / "mine.py")
    write(tmp_path / "b" / "mine.py")
    found = find(tmp_path / "a", tmp_path / "b")
    (sentence,) = found.failures.values()
    assert "mine.py, line 5: the kind mine.Double exists already" in sentence
    assert found.sources["mine.Double"] == str(first)


def test_a_folder_that_is_gone_or_named_twice_is_no_fault(tmp_path: Path) -> None:
    write(tmp_path / "mine.py")
    assert not find(tmp_path, tmp_path, tmp_path / "gone").failures
    shutil.rmtree(tmp_path)
    assert not find(tmp_path).failures
