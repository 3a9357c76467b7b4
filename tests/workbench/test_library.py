"""The user's own kinds: groups saved to files, and brought into other documents."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QLabel
from pytestqt.qtbot import QtBot

from engine.document import library
from engine.document.expand import expand
from engine.document.graph import Graph, Place, Wire, apply, copy, save
from engine.document.library import YOURS, with_library
from nodes.errors import Refusal
from tests.grouped import SMALL
from tests.workbench.sample import vae
from tests.workbench.test_sequences import opened
from workbench import edits
from workbench.shell.kinds import SaveKind
from workbench.shell.window import Window
from workbench.widgets.rows import ROW


@pytest.fixture
def saved(home: Path) -> Graph:
    """Return a document with a group in a group, whose outer one was saved."""
    graph = Graph(
        nodes={"a": Place(kind="Net", params={"size": 7}), "b": Place(kind="Net")},
        wires=[Wire("a", "y", "b", "x")],
    )
    apply(graph, edits.group(graph, ["a"], SMALL))
    apply(graph, edits.group(graph, ["b", *(n for n, p in graph.nodes.items() if p.group)], SMALL))
    (instance,) = graph.nodes
    name = graph.nodes[instance].group
    apply(graph, edits.dress(graph, name, "Two nets", "One after the other.", "layers"))
    library.save(graph, name)
    return graph


def add(graph: Graph) -> Any:
    kind = f"{YOURS}Two nets"
    return edits.add_node(graph, kind, (0, 0), catalogue=with_library(SMALL, graph))


def test_a_saved_group_comes_into_a_document_with_all_it_needs(saved: Graph) -> None:
    graph = Graph()
    info = with_library(SMALL, graph).kinds[f"{YOURS}Two nets"]
    assert (info.title, info.summary, info.icon) == (
        "Two nets",
        "One after the other.",
        "layers",
    )
    before = copy(graph)
    undo = apply(graph, add(graph))
    assert len(graph.groups) == 2
    nets = expand(graph, SMALL).graph.nodes.values()
    assert sorted((net.kind, net.params.get("size", 4)) for net in nets) == [("Net", 4), ("Net", 7)]
    apply(graph, undo)
    assert graph == before


def test_a_definition_that_is_there_is_used_and_another_is_renamed(saved: Graph) -> None:
    graph = Graph()
    for _ in range(2):
        apply(graph, add(graph))
    assert len(graph.groups) == 2
    assert len(graph.nodes) == 2
    outer = next(iter(graph.nodes.values())).group
    apply(graph, edits.rename_group(graph, outer, "Mine"))
    apply(graph, add(graph))
    apply(graph, add(graph))
    assert len(graph.nodes) == 4
    assert len({place.group for place in graph.nodes.values()}) == 2
    assert len(graph.groups) == 3


def test_what_is_broken_or_gone_is_answered_with_a_sentence(saved: Graph) -> None:
    (library.folder() / "bad.graph.json").write_text("{", "utf-8")
    (library.folder() / "none.graph.json").write_text(
        '{"format": "genworkbench.graph", "version": 1, "nodes": {"a": {"kind": "Net"}}}', "utf-8"
    )
    known = with_library(SMALL, Graph())
    assert [k for k in known.kinds if k.startswith(YOURS)] == [f"{YOURS}Two nets"]
    assert {Path(f.file).name for f in known.failures} == {"bad.graph.json", "none.graph.json"}
    assert all(failure.sentence for failure in known.failures)
    text = library.remove(f"{YOURS}Two nets")
    with pytest.raises(Refusal):
        add(Graph())
    assert not [k for k in with_library(SMALL, Graph()).kinds if k.startswith(YOURS)]
    library.put_back(f"{YOURS}Two nets", text)
    assert add(Graph())


def test_a_group_is_saved_added_and_removed_in_the_window(window: Window, qtbot: QtBot) -> None:
    page: Any = opened(window, qtbot, vae())
    document, graph = page.bench.document, page.bench.document.graph
    page.canvas.stage.select(["encoder", "reparameterize"])
    window.menus.trigger("graph.group")
    window.menus.trigger("graph.save_kind")
    dialog = window.findChild(SaveKind)
    dialog.name.setText("Recognition")
    dialog.sentence.setText("To the latent.")
    dialog.buttons.accepted.emit()
    palette: Any = window.show_panel("nodes")
    palette.redraw_now()
    head = palette.tree.model().index(0, 0)
    assert head.data(ROW).title == "Yours"
    assert palette.tree.model().index(0, 0, head).data(ROW).title == "Recognition"
    (group,) = graph.groups
    window._add_node(f"{YOURS}Recognition")
    assert [place.group for place in graph.nodes.values()].count(group) == 2
    assert list(graph.groups) == [group]
    document.undo()
    palette.tree.removed.emit(f"{YOURS}Recognition")
    QApplication.processEvents()
    palette.redraw_now()
    assert palette.tree.model().index(0, 0).data(ROW).title != "Yours"
    assert f"{YOURS}Recognition" not in page.bench.catalogue.kinds


def yours() -> list[str]:
    return [k for k in with_library(SMALL, Graph()).kinds if k.startswith(YOURS)]


def test_a_kind_is_renamed_unless_another_is_called_so(saved: Graph) -> None:
    library.save(renamed(saved, "Other"), outer(saved))
    now = library.rename(f"{YOURS}Two nets", " Three  nets ", "Anew.", "star")
    assert now == f"{YOURS}Three nets" and {*yours()} == {now, f"{YOURS}Other"}
    info = with_library(SMALL, Graph()).kinds[now]
    assert (info.title, info.summary, info.icon) == ("Three nets", "Anew.", "star")
    with pytest.raises(Refusal, match="already"):
        library.rename(now, "Other", "", "star")
    assert {*yours()} == {now, f"{YOURS}Other"}
    assert library.rename(now, "Three nets", "Again.", "star") == now
    with pytest.raises(Refusal):
        library.rename(f"{YOURS}Two nets", "Back", "", "star")


def outer(graph: Graph) -> str:
    return next(iter(graph.nodes.values())).group


def renamed(graph: Graph, title: str) -> Graph:
    made = copy(graph)
    apply(made, edits.rename_group(made, outer(made), title))
    return made


def test_groups_of_a_file_are_taken_once_and_beside_others_of_their_name(saved: Graph) -> None:
    library.remove(f"{YOURS}Two nets")
    first = library.take(saved)
    assert len(first) == 2 and all(taken.new and taken.name == taken.title for taken in first)
    assert not any(taken.new for taken in library.take(saved)), "the same are there"
    assert len(yours()) == 2
    other = copy(saved)
    other.groups[outer(other)].help = "Otherwise."
    for new in (True, False):
        (taken,) = [t for t in library.take(other) if t.title == "Two nets"]
        assert (taken.name, taken.new) == ("Two nets 2", new)
    assert with_library(SMALL, Graph()).kinds[f"{YOURS}Two nets 2"].title == "Two nets 2"
    graph = Graph()
    apply(
        graph,
        edits.add_node(graph, f"{YOURS}Two nets 2", (0, 0), catalogue=with_library(SMALL, graph)),
    )
    assert len(expand(graph, SMALL).graph.nodes) == 2


def drop(widget: Any, *paths: Path) -> bool:
    """Drop files on a widget; return whether it takes them."""
    data, here = QMimeData(), widget.rect().center()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    copying, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    plain = Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(here, copying, data, left, plain)
    enter.ignore()
    QApplication.sendEvent(widget, enter)
    if enter.isAccepted():
        QApplication.sendEvent(widget, QDropEvent(QPointF(here), copying, data, left, plain))
    return enter.isAccepted()


def test_graph_files_dropped_on_the_palette_add_their_groups(
    window: Window, qtbot: QtBot, saved: Graph, tmp_path: Path
) -> None:
    library.remove(f"{YOURS}Two nets")
    opened(window, qtbot, vae())
    graphs, none, picture = (tmp_path / n for n in ("a.graph.json", "b.graph.json", "c.png"))
    save(saved, graphs)
    save(vae(), none)
    palette: Any = window.show_panel("nodes")
    taken: list[Any] = []
    palette.files_dropped.connect(taken.append)
    drop(palette, picture)  # the window's
    assert not taken
    assert drop(palette, graphs, none, tmp_path / "gone.graph.json")
    assert f"{YOURS}Two nets" in window.tabs.current.bench.catalogue.kinds
    (notice,) = [n for n in window.notices.findChildren(QLabel) if "Added to your" in n.text()]
    assert "b.graph.json holds no group" in notice.text() and "gone" in notice.text()
    palette.tree.renamed.emit(f"{YOURS}Two nets")
    dialog = window.findChild(SaveKind)
    dialog.name.setText(next(k for k in yours() if "Two" not in k).removeprefix(YOURS))
    button = dialog.buttons.button(QDialogButtonBox.StandardButton.Save)
    assert not button.isEnabled() and "choose another" in dialog.hint.text()
    dialog.name.setText("Pair")
    button.click()
    assert f"{YOURS}Pair" in window.tabs.current.bench.catalogue.kinds
    assert f"{YOURS}Two nets" not in window.tabs.current.bench.catalogue.kinds
