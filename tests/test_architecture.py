"""The arrow between the packages, and the house habits that a machine can check."""

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import NamedTuple

import networkx as nx
import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("workbench", "engine", "nodes", "resources")
FILES = sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))
LONGEST_FUNCTION = 60  # lines
LONGEST_FILE = 500
MOST_ROOMS = {"engine": 10, "workbench": 14}  # folders and loose files
LARGEST_CIRCLE = 4  # files that import each other, for types only too
VAGUE = {"utils", "util", "helpers", "common", "core", "manager", "misc"}
RUNS_WHAT_IT_READS = {"pickle", "cPickle", "dill", "cloudpickle", "marshal", "shelve", "joblib"}
COLLECTIONS = {"dict", "frozenset", "list", "set", "sorted", "tuple"}
WRITES_CODE = "engine/pull/generated.py"  # of slots and of the names of ports, which are parameters


def modules(package: str) -> list[str]:
    """Return the names of all modules of a package but its `__main__`, without importing any."""
    files = (f.relative_to(ROOT).with_suffix("") for f in FILES if ROOT / package in f.parents)
    parts = (f.parts[:-1] if f.name == "__init__" else f.parts for f in files)
    return [".".join(p) for p in parts if p[-1] != "__main__"]


def loaded_by(package: str, watched: tuple[str, ...]) -> set[str]:
    """Import every module of a package in a fresh Python; return which of `watched` came in."""
    code = (
        f"import importlib, sys\n"
        f"for name in {modules(package)!r}: importlib.import_module(name)\n"
        f"print(*[name for name in {watched!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


class Facts(NamedTuple):
    """What the laws ask of a file, from one reading."""

    lines: int
    lengths: dict[str, int]  # of functions
    imported: set[str]  # the names of packages, wherever in it
    called: set[str]
    says: bool  # what it is for, or is empty
    anew: list[int]  # lines that build the same collection again for each item they look at


@cache
def facts() -> dict[str, Facts]:
    return {str(file.relative_to(ROOT)): _facts(file.read_text("utf-8")) for file in FILES}


def _facts(text: str) -> Facts:
    tree = ast.parse(text)
    found = Facts(
        len(text.splitlines()), {}, set(), set(), not tree.body or bool(ast.get_docstring(tree)), []
    )
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            found.lengths[node.name] = max(length, found.lengths.get(node.name, 0))
        elif isinstance(node, ast.Import):
            found.imported.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.imported.add(node.module.split(".")[0])
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            found.called.add(node.func.id)
        elif isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            found.anew.extend(call.lineno for call in _built_anew(node.generators))
    return found


def _built_anew(loops: list[ast.comprehension]) -> list[ast.Call]:
    """Return what the conditions of a comprehension build and which is the same for each item."""
    items = {name for loop in loops for name in _names(loop.target)}
    walked = [node for loop in loops for test in loop.ifs for node in ast.walk(test)]
    calls = [node for node in walked if isinstance(node, ast.Call) and not _names(node) & items]
    return [call for call in calls if _names(call.func) & COLLECTIONS]


def _names(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def test_all_files_are_read() -> None:
    assert len(facts()) > 500
    seen = _facts("import a.b\nfrom c.d import e\ndef f():\n    eval(1)\n")
    assert seen == Facts(4, {"f": 2}, {"a", "c"}, {"eval"}, False, [])


def imports(package: str) -> nx.DiGraph:
    """Return which modules of a package import which, wherever in a file and for types only too."""
    known = set(modules(package))
    graph = nx.DiGraph()
    graph.add_nodes_from(known)
    for file in (f for f in FILES if ROOT / package in f.parents and f.stem != "__main__"):
        parts = file.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if file.stem == "__init__" else parts)
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            found: set[str] = set()
            if isinstance(node, ast.Import):
                found = {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                inside = {f"{node.module}.{alias.name}" for alias in node.names}
                found = (inside & known) or {node.module}
            graph.add_edges_from((name, other) for other in found & known - {name})
    return graph


def rooms(package: str) -> nx.DiGraph:
    """Return which rooms of a package import which: its folders, and the files beside them."""
    files = imports(package)
    room = {name: name.split(".")[1] for name in files if name != package}
    graph = nx.DiGraph()
    graph.add_nodes_from(room.values())
    arrows = ((room[a], room[b]) for a, b in files.edges if a in room and b in room)
    graph.add_edges_from((a, b) for a, b in arrows if a != b)
    return graph


def test_import_contracts_hold() -> None:
    code = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports())"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("package", MOST_ROOMS)
def test_rooms_are_few_and_import_one_way(package: str) -> None:
    found = rooms(package)
    assert len(found) <= MOST_ROOMS[package], sorted(found)
    assert [c for c in nx.strongly_connected_components(found) if len(c) > 1] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_circles_of_files_are_small(package: str) -> None:
    circles = nx.strongly_connected_components(imports(package))
    assert [sorted(c) for c in circles if len(c) > LARGEST_CIRCLE] == []


def test_window_leaves_torch_alone() -> None:
    assert loaded_by("workbench", ("torch", "sklearn", "scipy.stats")) == set()


@pytest.mark.parametrize("package", ["engine", "nodes"])
def test_engine_leaves_qt_alone(package: str) -> None:
    assert loaded_by(package, ("PySide6", "shiboken6", "pyqtgraph")) == set()


def test_functions_fit_on_a_screen() -> None:
    lengths = {(path, f): n for path, it in facts().items() for f, n in it.lengths.items()}
    assert {place: n for place, n in lengths.items() if n > LONGEST_FUNCTION} == {}


def test_files_can_be_read_in_one_go() -> None:
    assert {path: it.lines for path, it in facts().items() if it.lines > LONGEST_FILE} == {}


def test_every_file_says_what_it_is_for() -> None:
    assert [path for path, it in facts().items() if not it.says] == []


def test_rooms_have_telling_names() -> None:
    assert [str(file) for file in FILES if VAGUE & {file.stem, file.parent.name}] == []


def test_kinds_of_placed_nodes_come_from_the_catalogue() -> None:
    """`Catalogue.of` gives the ports of one object; its kind alone has those of a class."""
    by_name = re.compile(r"(?<!library\.)\bkinds(\.get\(|\[)(p|place|\S*nodes\[.*\])\.kind\b")
    files = [f for f in FILES if f.name != "catalogue.py" and ROOT / "nodes" not in f.parents]
    assert [str(f) for f in files if by_name.search(f.read_text("utf-8"))] == []


def test_nothing_runs_what_it_reads() -> None:
    assert [path for path, it in facts().items() if RUNS_WHAT_IT_READS & it.imported] == []
    assert [path for path, it in facts().items() if {"eval", "exec"} & it.called] == [WRITES_CODE]


def test_a_look_at_each_item_builds_nothing_anew() -> None:
    """Else the time grows with the square of the items: 10,000 pasted nodes took seconds more."""
    assert _facts("a = [x for x in b if x in set(c)]").anew == [1]
    assert {path: it.anew for path, it in facts().items() if it.anew} == {}


def test_colours_stand_in_the_theme_alone() -> None:
    colour = re.compile(r"""["']#[0-9A-Fa-f]{6}["']""")
    window = [f for f in FILES if ROOT / "workbench" in f.parents and f.name != "theme.py"]
    assert [str(f.relative_to(ROOT)) for f in window if colour.search(f.read_text("utf-8"))] == []
