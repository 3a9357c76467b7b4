"""Data in the window: nothing is read unasked, and a graph keeps its data beside it."""

from __future__ import annotations

import codecs
import shutil
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from engine.check.check import doubted
from engine.document import graph as graphs
from engine.document.catalogue import Catalogue, KindInfo
from engine.document.graph import Graph, Place, Put, Wire, apply
from engine.document.messages import Looked, NodeInfo
from engine.run.session import Session
from nodes.data.array_file import ArrayFile
from nodes.data.columns import Column, Role
from nodes.params import ParamInfo
from tests.workbench.sample import vae
from workbench import edits
from workbench.bench.datafiles import graph_of, moved_paths
from workbench.bench.permits import Permits, unpermitted_above
from workbench.canvas.hit import Target
from workbench.panels.columns import Columns, chosen
from workbench.panels.problems import FixButton, ProblemCard
from workbench.shell.conditions import holds
from workbench.shell.window import Window

INPUTS = Path(__file__).parents[1] / "inputs" / "tables"
FILE = KindInfo(
    kind="ArrayFile",
    title="Array file",
    category="data",
    params=[ParamInfo(name="file", type="path"), ParamInfo(name="batch", type="int")],
)
CATALOGUE = Catalogue(kinds={"ArrayFile": FILE})


def data_graph(path: str) -> Graph:
    return Graph(nodes={"data": Place(kind="ArrayFile", params={"file": path})})


def test_opening_permits_nothing_an_edit_the_node_and_a_run_all() -> None:
    permits = Permits()
    assert permits.listed() == []
    graph = data_graph("/etc/passwd")
    permits.note(edits.set_param(graph, "data", "batch", 8), CATALOGUE)
    assert "data" in (permits.listed() or [])
    permits.whole = True
    assert permits.listed() is None


def test_what_is_pasted_with_a_path_is_not_permitted() -> None:
    permits = Permits()
    place = Place(kind="ArrayFile", params={"file": "/etc/passwd"})
    permits.note(graphs.Change("Paste", (Put(("nodes", "data"), place),)), CATALOGUE)
    assert permits.listed() == []
    bare = graphs.Change("Add", (Put(("nodes", "data"), Place(kind="ArrayFile")),))
    permits.note(bare, CATALOGUE)
    assert permits.listed() == ["data"]


def test_a_view_knows_what_is_held_above_it() -> None:
    wires = [Wire("data", "points", "mid", "x"), Wire("mid", "x", "view", "x")]
    nodes = {name: Place(kind="K") for name in ("data", "mid", "view", "other")}
    graph = Graph(nodes=nodes, wires=wires)
    infos = {"data": NodeInfo(node="data", held=True), "mid": NodeInfo(node="mid")}
    assert unpermitted_above(graph, infos, ["view"]) == ["data"]
    assert unpermitted_above(graph, infos, ["other"]) == []


@pytest.mark.parametrize(
    ("given", "old", "written"),
    [
        ("{new}/points.csv", None, "points.csv"),
        ("{new}/sub/points.csv", None, "sub/points.csv"),
        ("/far/points.csv", None, "/far/points.csv"),
        ("points.csv", "new", "points.csv"),
        ("points.csv", "old", "{old}/points.csv"),
        ("gone.csv", "old", "gone.csv"),
        ("~/points.csv", "old", "~/points.csv"),
    ],
)
def test_saving_writes_data_beside_a_graph_relative(
    tmp_path: Path, given: str, old: str | None, written: str
) -> None:
    places = {name: tmp_path / name for name in ("old", "new")}
    for folder in places.values():
        folder.mkdir()
        shutil.copy(INPUTS / "before.csv", folder / "points.csv")
    graph = data_graph(given.format(**places))
    change = moved_paths(graph, CATALOGUE, places[old] if old else None, places["new"])
    back = apply(graph, change)
    assert graph.nodes["data"].params["file"] == written.format(**places)
    apply(graph, back)
    assert graph.nodes["data"].params["file"] == given.format(**places)


def test_a_data_file_opens_as_a_graph_that_may_read_it(
    window: Window, home: Path, qtbot: QtBot
) -> None:
    shutil.copy(INPUTS / "before.csv", home / "points.csv")
    assert window.files.open(home / "points.csv")
    bench = window.bench
    assert bench.document.graph == graph_of(home / "points.csv")
    assert "data" in bench.permits.listed()
    assert bench.document.name == "points"


def test_molecules_open_with_a_view_that_takes_them(tmp_path: Path) -> None:
    (tmp_path / "one.mol").write_text("\n\n\n  0  0  0\n")
    graph = graph_of(tmp_path / "one.mol")
    assert graph.nodes["view"].kind == "MoleculeView"
    assert not Session().update(graph).problems


def test_a_graph_without_layout_is_tidied_once_and_unchanged(window: Window, home: Path) -> None:
    bare = vae()
    bare.layout.positions = {}
    graphs.save(bare, home / "bare.graph.json")
    assert window.files.open(home / "bare.graph.json")
    document = window.bench.document
    places = {tuple(place) for place in document.graph.layout.positions.values()}
    assert len(places) == len(document.graph.nodes)
    assert not document.dirty
    assert not document.can_undo


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    text = graphs.dumps(data_graph("a.csv"))
    (tmp_path / "a.graph.json").write_bytes(codecs.BOM_UTF8 + text.encode())
    assert graphs.load(tmp_path / "a.graph.json") == data_graph("a.csv")
    assert graphs.loads("\ufeff" + text) == data_graph("a.csv")


def test_views_of_held_data_have_a_button_that_permits_it(
    window: Window, home: Path, qtbot: QtBot
) -> None:
    graphs.save(vae(), home / "vae.graph.json")
    assert window.files.open(home / "vae.graph.json")
    bench = window.bench
    qtbot.waitUntil(lambda: bench.live.checked is not None, timeout=15_000)
    qtbot.waitUntil(lambda: window.docks.views is not None)
    dock = window.docks.views
    dock.redraw()
    view = next(n for n, s in dock.shown.items() if s.loss is None)
    source = next(iter(bench.document.graph.wires_into(view))).source
    bench.live.node_infos[source] = NodeInfo(node=source, held=True)
    dock.redraw()
    ask = dock.shown[view].pane.data_button
    assert not ask.isHidden()
    ask.click()
    assert source in bench.permits.listed()


# --- the preview of a table -----------------------------------------------------------------------


def table_graph(**params: object) -> Graph:
    return Graph(nodes={"data": Place(kind="ArrayFile", params=dict(params))})


def column(name: str, number: int, role: Role, guessed: Role | None = None) -> Column:
    return Column(name=name, number=number, role=role, kind="number", guessed=guessed or role)


@pytest.mark.parametrize(
    ("before", "name", "role", "after"),
    [
        ({}, "x", "leave out", '{"x": "leave out"}'),
        ({"columns": '{"x": "leave out"}'}, "x", "number", None),
        ({"columns": '{"X": "date", "1": "class"}'}, "x", "leave out", '{"x": "leave out"}'),
        ({"columns": '{"kind": "class"}'}, "x", "class", '{"x": "class"}'),
        ({"columns": "no text"}, "x", "class", '{"x": "class"}'),
        ({"label": "kind"}, "x", "class", '{"x": "class"}'),
    ],
)
def test_a_role_is_chosen_and_taken_back(
    before: dict[str, str], name: str, role: Role, after: str | None
) -> None:
    graph = table_graph(**before)
    back = apply(graph, chosen(graph, "data", column(name, 1, "number"), role))
    params = graph.nodes["data"].params
    assert params.get("columns") == after
    assert not (role == "class" and "label" in params)
    apply(graph, back)
    assert graph.nodes["data"].params == before


def test_the_preview_shows_what_the_engine_reads_and_asks_for_changes(
    window: Window, home: Path, qtbot: QtBot
) -> None:
    shutil.copy(INPUTS / "id_column.csv", home / "id_column.csv")
    assert window.files.open(home / "id_column.csv")
    bench = window.bench
    preview = Columns(bench, "data", window)
    qtbot.addWidget(preview)
    looked = ArrayFile(file=str(home / "id_column.csv")).preview()
    bench.live.receive(Looked(node="data", preview=looked))
    assert preview.about.text().startswith("60 rows; SepalLengthCm, SepalWidthCm numbers")
    shown = [preview.table.cellWidget(0, n).currentData() for n in range(4)]
    assert shown == ["leave out", "number", "number", "class"]
    assert preview.table.item(1, 0).text() == "counts rows"
    box = preview.table.cellWidget(0, 0)
    box.setCurrentIndex(box.findData("number"))
    box.activated.emit(box.currentIndex())
    params = bench.document.graph.nodes["data"].params
    assert params["columns"] == '{"Id": "number"}'
    preview.missing.activated.emit(preview.missing.findData("fill"))
    assert params["missing"] == "fill"
    bench.document.undo()
    bench.document.undo()
    assert "columns" not in bench.document.graph.nodes["data"].params
    bench.document.push(edits.remove(bench.document.graph, ["data"]))
    assert not preview.isVisible()


def test_a_file_that_cannot_be_read_leaves_nothing_but_the_fault(
    window: Window, home: Path, qtbot: QtBot
) -> None:
    (home / "a.csv").write_text("x,y\n")
    assert window.files.open(home / "a.csv")
    preview = Columns(window.bench, "data", window)
    qtbot.addWidget(preview)
    preview.show()
    window.bench.live.receive(Looked(node="data", sentence="It is empty."))
    seen = (preview.about, preview.out, preview.table, preview.fault)
    assert [part.isVisible() for part in seen] == [False, False, False, True]
    assert preview.top.geometry().top() < 40
    (home / "a.csv").write_text("x,y\n1.5,2\n2.5,3\n")
    looked = ArrayFile(file=str(home / "a.csv")).preview()
    window.bench.live.receive(Looked(node="data", preview=looked))
    assert [part.isVisible() for part in seen] == [True, True, True, False]


def test_what_comes_out_is_shown_with_mends_and_a_first_graph(
    window: Window, home: Path, qtbot: QtBot
) -> None:
    rows = "".join(f"{n}.5,{n % 3}\n" for n in range(9))
    (home / "a.csv").write_text("x,y\n" + rows + "-999,1\n-999,2\n")
    assert window.files.open(home / "a.csv")
    bench = window.bench
    preview = Columns(bench, "data", window)
    qtbot.addWidget(preview)
    assert not preview.begin.isEnabled()
    node = ArrayFile(file=str(home / "a.csv"))
    looked = Looked(node="data", preview=node.preview(), doubts=doubted("data", node))
    bench.live.receive(looked)
    assert preview.out.text().startswith("What comes out: 11 items of 2: 10 to train, 1 to test")
    cards = preview.findChildren(ProblemCard)
    assert [str(card.problem.sentence)[:20] for card in cards[:1]] == ["-999 comes again in "]
    cards[0].findChildren(FixButton)[0].click()
    params = bench.document.graph.nodes["data"].params
    assert params["gaps"] == "-999"
    preview.share.setValue(25)
    preview.share.editingFinished.emit()
    assert params["test_share"] == 0.25
    before = graphs.copy(bench.document.graph)
    preview.begin.click()
    assert "trainer" in bench.document.graph.nodes and not preview.isVisible()
    bench.document.undo()
    assert bench.document.graph == before


def test_fields_of_a_preview_wait_for_the_kinds_of_nodes(
    window: Window, home: Path, qtbot: QtBot
) -> None:
    (home / "a.csv").write_text("x,y\n1,2\n3,4\n")
    assert window.files.open(home / "a.csv")
    bench = window.bench
    bench.catalogue = Catalogue()
    preview = Columns(bench, "data", window)
    qtbot.addWidget(preview)
    fields = (preview.missing, preview.scale, preview.share)
    assert all(field.isHidden() for field in fields)
    bench.catalogue = Session().catalogue
    looked = ArrayFile(file=str(home / "a.csv")).preview()
    bench.live.receive(Looked(node="data", preview=looked))
    assert not any(field.isHidden() for field in fields)


def test_show_data_is_on_the_node_too(window: Window, home: Path, qtbot: QtBot) -> None:
    graphs.save(graph_of(home), home / "pets.graph.json")
    assert window.files.open(home / "pets.graph.json")
    bench, canvas = window.bench, window.canvas
    bench.live.node_infos["data"] = NodeInfo(node="data", held=True)
    canvas.selection.set(["data"])
    assert holds("held", window.tabs) and holds("data", window.tabs)
    target = Target("node", "data")
    titles = [title for title, _, _ in canvas.menus._of_data(target)]
    assert titles == ["Show data", "Preview of the data…"]
    window.menus.trigger("graph.show_data")
    assert "data" in bench.permits.listed()
    canvas.selection.set(["view"])
    assert holds("held", window.tabs) and not holds("data", window.tabs)
    bench.live.node_infos["data"] = NodeInfo(node="data")
    assert not holds("held", window.tabs)
