"""A graph and its data: found beside each other, read when the user wants, and as they are now."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from engine.check.ground import Ground
from engine.document.graph import Graph, Place, Wire
from engine.document.messages import Checked, Fault, Figure, Hello, Note, Run, SetGraph, Status
from engine.run.session import Session
from tests.engine.client import Client

INPUTS = Path(__file__).parents[1] / "inputs" / "tables"


def scatter(file: str | Path) -> Graph:
    data = Place(kind="ArrayFile", params={"file": str(file), "test_share": 0.0})
    wire = Wire("data", "points", "scatter", "points")
    return Graph(nodes={"data": data, "scatter": Place(kind="Scatter")}, wires=[wire])


def middle(figure: Figure) -> float:
    return float(figure.figure.arrays["points"].numpy()[:, 0].mean())


def test_a_relative_path_is_looked_up_beside_the_graph(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside, other = tmp_path / "beside", tmp_path / "other"
    for folder in (beside, other):
        folder.mkdir()
    shutil.copy(INPUTS / "before.csv", beside / "points.csv")
    monkeypatch.chdir(other)
    session = Session()
    assert "no file points.csv" in str(session.update(scatter("points.csv")).problems[0].sentence)
    session.ground = Ground(beside)
    assert session.update(scatter("points.csv")).problems == []
    shutil.copy(INPUTS / "utm_scan.csv", other / "points.csv")
    (beside / "points.csv").rename(beside / "gone.csv")
    checked = session.update(scatter("points.csv"))
    assert checked.problems == []  # where it was started is the second place
    assert "east, north numbers" in "; ".join(map(str, checked.nodes[0].notes))


@pytest.mark.parametrize("kind", ["ArrayFile", "ImageFolder", "MNIST"])
def test_what_is_not_permitted_is_not_even_looked_at(tmp_path: Path, kind: str) -> None:
    name = "file" if kind == "ArrayFile" else "folder"
    trap = tmp_path / "trap.csv"
    os.mkfifo(trap)  # whoever opened it would wait for ever
    place = Place(kind=kind, params={name: str(trap)})
    session = Session()
    session.ground = Ground(permitted=frozenset())
    checked = session.update(Graph(nodes={"data": place}))
    assert checked.problems == []
    assert [(i.node, i.held) for i in checked.nodes] == [("data", True)]
    for permitted in ({"data"}, {str(trap)}, None):
        session.ground = Ground(permitted=None if permitted is None else frozenset(permitted))
        problem = session.update(Graph(nodes={"data": place})).problems[0]
        assert "pipe" in problem.sentence or "a file, not a folder" in problem.sentence


def test_a_pipe_or_a_device_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    for path in (tmp_path / "pipe.csv", Path("/dev/zero")):
        problem = Session().update(scatter(path)).problems[0]
        assert "is a pipe or a device, not a file" in problem.sentence


@pytest.fixture
def client(tmp_path: Path) -> Any:
    with Client(tmp_path) as made:
        made.send(Hello())
        yield made


def test_views_wait_until_their_data_may_be_read(tmp_path: Path, client: Client) -> None:
    file = tmp_path / "points.csv"
    shutil.copy(INPUTS / "before.csv", file)
    client.send(SetGraph(graph=scatter("points.csv"), seq=1, home=str(tmp_path), permitted=[]))
    checked = client.wait(Checked)
    assert [i.node for i in checked.nodes if i.held] == ["data"]
    here = client.mark()
    client.send(
        SetGraph(graph=scatter("points.csv"), seq=2, home=str(tmp_path), permitted=["data"])
    )
    assert abs(middle(client.wait(Figure, after=here))) < 1
    assert not any(i.held for i in client.wait(Checked, after=here).nodes)


def test_a_run_reads_what_the_graph_names_and_what_has_changed(
    tmp_path: Path, client: Client
) -> None:
    file = tmp_path / "points.csv"
    shutil.copy(INPUTS / "before.csv", file)
    client.send(SetGraph(graph=scatter("points.csv"), seq=1, home=str(tmp_path), permitted=[]))
    client.send(Run(runs=str(tmp_path / "runs")))
    assert abs(middle(client.wait(Figure))) < 1
    client.wait_status("done")
    here = client.mark()
    shutil.copyfile(INPUTS / "after.csv", file)
    client.send(Run(runs=str(tmp_path / "runs")))
    assert abs(middle(client.wait(Figure, after=here)) - 100) < 1
    note = client.wait(Note, after=here)
    assert note.text == "points.csv has changed since it was read: it is read anew."
    ended = client.wait_status("done", after=here)
    facts = json.loads((Path(ended.run) / "run.json").read_text())
    (mark,) = facts["files"]["data"]
    assert mark["path"] == str(file)
    assert mark["size"] == file.stat().st_size
    assert len(mark["hash"]) == 32
    assert facts["home"] == str(tmp_path)
    assert not [e for e in client.heard if isinstance(e, (Fault, Status)) and e is None]


def test_run_and_check_find_data_beside_the_graph(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from engine.document import graph
    from engine.terminal import cli

    (tmp_path / "work").mkdir()
    shutil.copy(INPUTS / "before.csv", tmp_path / "points.csv")
    graph.save(scatter("points.csv"), tmp_path / "points.graph.json")
    monkeypatch.chdir(tmp_path / "work")
    assert cli.main(["check", "../points.graph.json"]) == 0
    assert "no problems" in capsys.readouterr().out


def test_a_doubt_about_data_is_a_warning_with_a_mend(tmp_path: Path) -> None:
    rows = "".join(f"{n},{n % 3}.5\n" for n in range(9))
    (tmp_path / "a.csv").write_text("x,y\n" + rows + "-999,1.5\n-999,0.5\n")
    session = Session()
    graph = scatter(tmp_path / "a.csv")
    (problem,) = session.update(graph).problems
    assert (problem.level, problem.node, problem.param) == ("warning", "data", "gaps")
    assert problem.fix is not None and str(problem.fix.label) == "Treat -999 as missing"
    graph.nodes["data"].params |= {"gaps": problem.fix.puts[0][1], "missing": "leave out"}
    assert session.update(graph).problems == []
    session.lives["data"].node.ensure_loaded()
    assert len(session.lives["data"].node.items) == 9
