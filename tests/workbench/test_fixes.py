"""Mends that ask: where a file lies that was not found."""

import pytest
from PySide6.QtWidgets import QFileDialog, QWidget

from engine.document.catalogue import Catalogue, Fix, KindInfo, ParamInfo, Problem
from engine.document.graph import Graph, Place, apply
from workbench.bench.fixes import change_of_fix, with_fixes

KIND = KindInfo(
    kind="Digits",
    title="Digits",
    category="data",
    params=[
        ParamInfo(name="folder", type="path", default=None, optional=True),
        ParamInfo(name="file", type="path", default=""),
        ParamInfo(name="batch", type="int", default=8),
        ParamInfo(name="missing", type="choice", default="refuse", choices=["refuse", "fill"]),
        ParamInfo(name="standardise", type="bool", default=False),
        ParamInfo(name="large", type="choice", default="ask", choices=["ask", "read"]),
    ],
)
CATALOGUE = Catalogue(kinds={"Digits": KIND})


@pytest.fixture
def graph() -> Graph:
    return Graph(
        nodes={"digits": Place(kind="Digits"), "again": Place(kind="Digits", twin="digits")}
    )


@pytest.mark.parametrize("where", [{"param": "folder"}, {"port": "folder"}])
def test_a_missing_folder_is_asked_for_and_set(
    where: dict[str, str], graph: Graph, qapp: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda parent, title: f"/{title}")
    found = with_fixes(Problem(sentence="gone", node="again", **where), graph, CATALOGUE)
    assert found.param == "folder" and not found.port and found.fix is not None
    change = change_of_fix(graph, found.fix, QWidget())
    assert change is not None
    apply(graph, change)
    assert graph.nodes["digits"].params == {"folder": "/Choose a folder"}


def test_no_answer_is_no_change(
    graph: Graph, qapp: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda parent, title: ("", ""))
    found = with_fixes(Problem(sentence="gone", node="digits", param="file"), graph, CATALOGUE)
    assert found.fix is not None and found.fix.label == "Choose a file"
    assert change_of_fix(graph, found.fix, QWidget()) is None


@pytest.mark.parametrize(
    "problem",
    [
        Problem(sentence="small", node="digits", param="batch"),
        Problem(sentence="broken", node="digits"),
        Problem(sentence="elsewhere", node="gone", param="folder"),
        Problem(sentence="mended", node="digits", param="file", fix=Fix(label="Use it")),
    ],
)
def test_any_other_problem_stays_as_it_came(problem: Problem, graph: Graph) -> None:
    assert with_fixes(problem, graph, CATALOGUE) == problem


def test_a_plain_fix_asks_nothing(graph: Graph, qapp: object) -> None:
    fix = Fix(label="Eight", puts=[(["nodes", "digits", "params", "batch"], 4)])
    change = change_of_fix(graph, fix, QWidget())
    assert change is not None and change.puts[0].value == 4


@pytest.mark.parametrize(
    ("name", "values"),
    [("missing", ["leave out", "fill"]), ("large", ["read"]), ("standardise", [True])],
)
@pytest.mark.parametrize("where", ["param", "port"])
def test_data_that_are_refused_can_be_read_otherwise(
    name: str, values: list[object], where: str, graph: Graph, qapp: object
) -> None:
    found = with_fixes(Problem(sentence="no", node="again", **{where: name}), graph, CATALOGUE)
    assert (found.param, found.port) == (name, "")
    for fix, value in zip(found.fixes, values, strict=True):
        change = change_of_fix(graph, fix, QWidget())
        assert change is not None
        assert [(put.path, put.value) for put in change.puts] == [
            (("nodes", "digits", "params", name), value)
        ]
