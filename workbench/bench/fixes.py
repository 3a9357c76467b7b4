"""Fixes of problems: those that one click applies, and those that ask for a path first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from msgspec.structs import replace
from PySide6.QtWidgets import QFileDialog, QWidget

from engine.document.catalogue import Catalogue, Fix, Problem, setting
from engine.document.graph import Change, Graph, Put
from nodes.sentences import Sentence, say
from workbench import edits
from workbench.words.sentences import translate

CHOICES: dict[str, list[tuple[Any, Sentence]]] = {
    "missing": [
        ("leave out", say("Leave these rows out")),
        ("fill", say("Fill the gaps with means")),
    ],
    "large": [("read", say("Read it anyway"))],
    "standardise": [(True, say("Switch on Standardise"))],
}
LABELS = {"folder": say("Choose a folder"), "file": say("Choose a file")}


def with_fixes(problem: Problem, graph: Graph, catalogue: Catalogue) -> Problem:
    """Return a data problem with fixes added, any other problem unchanged.

    A path is asked of the user; other parameters are set to one of a few values.
    """
    name = problem.param or problem.port
    if problem.fix is not None or problem.node not in graph.nodes or not name:
        return problem
    owner = graph.owner(problem.node)
    kind = catalogue.of(graph.nodes[owner])
    info = kind.param(name) if kind else None
    if info is not None and name in CHOICES:
        fixes = [
            replace(setting(owner, info, value), label=label) for value, label in CHOICES[name]
        ]
        return replace(problem, param=name, port="").fixed_by(fixes)
    if info is None or info.type != "path":
        return problem
    ask: Literal["folder", "file"] = "folder" if "folder" in name else "file"
    fix = Fix(label=LABELS[ask], puts=[(["nodes", owner, "params", name], None)], ask=ask)
    return replace(problem, param=name, port="", fix=fix)


def change_of_fix(graph: Graph, fix: Fix, parent: QWidget) -> Change | None:
    """Return the change that a fix proposes, or None if the user cancels the file dialog."""
    if not fix.ask:
        return edits.apply_fix(graph, fix)
    answer = _ASKS[fix.ask](parent, translate(fix.label))
    puts = tuple(Put(tuple(path), answer) for path, _ in fix.puts)
    return Change(fix.label, puts) if answer else None


_ASKS: dict[str, Callable[[QWidget, str], str]] = {
    "folder": lambda parent, title: QFileDialog.getExistingDirectory(parent, title),
    "file": lambda parent, title: QFileDialog.getOpenFileName(parent, title)[0],
}
