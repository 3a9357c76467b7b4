from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication, QLineEdit

from engine.document.catalogue import Problem
from engine.document.graph import Change, Group, Place, Put, Wire
from engine.document.messages import Fault
from workbench import edits
from workbench.panels import outline as panel
from workbench.panels.outline import Outline
from workbench.panels.outline_words import Boards, Speaker, in_order
from workbench.widgets.rows import ROW


@pytest.fixture
def outline(show):
    return show(Outline(), width=232)


def spoken(outline) -> list[str]:
    model = outline.tree.model()
    role = int(Qt.ItemDataRole.AccessibleTextRole)
    return [model.index(i, 0).data(role) for i in range(model.rowCount())]


def at(outline, node: str):
    model = outline.tree.model()
    rows = [model.index(i, 0) for i in range(model.rowCount())]
    return next(i for i in rows if i.data(ROW).id == node)


def test_nodes_stand_along_the_wires(bench) -> None:
    order = in_order(bench.document.graph)
    for wire in bench.document.graph.wires:
        assert order.index(wire.source) < order.index(wire.target)


def test_a_node_is_said_in_a_sentence(bench) -> None:
    speaker = Speaker(bench.document.graph, bench.catalogue, [])
    assert speaker.sentence("sample") == (
        "Reparameterize, z goes to Decoder, z goes to Latent scatter, no problem"
    )
    assert speaker.sentence("decoder_2", selected=True) == (
        "Decoder, selected, shares weights with Decoder, in the frame Look at the latent space,"
        " x̂ goes to Image grid, no problem"
    )


def test_a_wire_without_a_gradient_says_so(bench) -> None:
    graph = bench.document.graph
    graph.nodes["second"] = Place(kind="Adam")
    graph.wires = [
        Wire(w.source, w.output, "second", w.input) if str(w) == "encoder.model>adam.models" else w
        for w in graph.wires
    ]
    said = Speaker(graph, bench.catalogue, []).sentence("sample")
    assert said.startswith("Reparameterize, z goes to Decoder, no gradient comes back, z goes to")


def test_problems_are_said(outline, bench) -> None:
    bench.live.receive(Fault(problem=Problem(node="elbo", sentence="x is b d.")))
    outline.redraw_now()
    assert "ELBO, loss goes to Adam, x is b d" in spoken(outline)


def test_selecting_here_asks_the_canvas(outline, qtbot) -> None:
    with qtbot.waitSignal(outline.select_requested) as asked:
        outline.tree.setCurrentIndex(at(outline, "encoder"))
    assert asked.args == [["encoder"]]


def test_the_canvas_selection_is_shown_and_asks_for_nothing(outline, qtbot) -> None:
    with qtbot.assertNotEmitted(outline.select_requested):
        outline.show_selection(["encoder", "elbo"])
        outline.redraw_now()
    assert set(outline.paths_selected()) == {"encoder", "elbo"}
    assert any(text.startswith("Encoder, selected") for text in spoken(outline))


def below(outline, index) -> list:
    model = outline.tree.model()
    return [model.index(i, 0, index) for i in range(model.rowCount(index))]


def titles(outline, index) -> list[str]:
    return [row.data(ROW).title for row in below(outline, index)]


def test_a_node_unfolds_to_its_ports_and_enter_goes_along_a_wire(outline, qtbot) -> None:
    index = at(outline, "encoder")
    outline.tree.expand(index)
    assert titles(outline, index)[:2] == ["x from MNIST", "q to Reparameterize"]
    outline.tree.setCurrentIndex(below(outline, index)[1])
    assert outline.selection == ["encoder"]
    with qtbot.waitSignal(outline.select_requested) as asked:
        qtbot.keyClick(outline.tree, Qt.Key.Key_Return)
    assert asked.args == [["sample"]]


def test_delete_on_a_port_takes_its_wire_alone(outline, bench, qtbot) -> None:
    graph, index = bench.document.graph, at(outline, "encoder")
    outline.tree.expand(index)
    outline.tree.setCurrentIndex(below(outline, index)[0])
    qtbot.keyClick(outline.tree, Qt.Key.Key_Delete)
    outline.redraw_now()
    assert "encoder" in graph.nodes
    assert not graph.wires_into("encoder")
    current = outline.tree.currentIndex()
    assert current.data(ROW).title == "x, no wire"
    assert current.data(ROW).side == "needs one"


def test_a_network_that_is_only_called_needs_no_wire(outline, bench, monkeypatch) -> None:
    graph = bench.document.graph
    monkeypatch.setattr(bench.catalogue.kinds["Encoder"], "called", True)
    ends = [w for w in graph.wires if "encoder" in (w.source, w.target) and w.output != "model"]
    assert any(w.source == "encoder" and w.output == "model" for w in graph.wires)
    bench.document.push(edits.disconnect(graph, ends))
    outline.redraw_now()
    index = at(outline, "encoder")
    outline.tree.expand(index)
    assert next(iter(below(outline, index))).data(ROW).side == ""


def test_a_port_offers_what_fits_it_and_connects(outline, bench, qtbot) -> None:
    graph, index = bench.document.graph, at(outline, "encoder")
    before = list(graph.wires)
    (wire,) = graph.wires_into("encoder")
    bench.document.push(edits.disconnect(graph, [wire]))
    outline.redraw_now()
    index = at(outline, "encoder")
    outline.tree.expand(index)
    outline.tree.setCurrentIndex(below(outline, index)[0])
    with qtbot.waitSignal(outline.choose_requested) as asked:
        qtbot.keyClick(outline.tree, Qt.Key.Key_Return)
    words, commands = asked.args
    assert words == "Connect x with"
    assert commands[0].title == "MNIST, images"
    commands[0].call()
    assert set(graph.wires) == set(before)


def test_an_edit_keeps_what_is_unfolded(outline, bench) -> None:
    outline.tree.expand(at(outline, "encoder"))
    bench.document.push(
        edits.add_node(bench.document.graph, "Noise", (0, 0), catalogue=bench.catalogue)
    )
    outline.redraw_now()
    assert outline.tree.isExpanded(at(outline, "encoder"))
    assert "Noise, no problem" in spoken(outline)


def test_keys_edit_rename_and_remove(outline, bench, qtbot) -> None:
    outline.tree.setCurrentIndex(at(outline, "encoder"))
    with qtbot.waitSignal(outline.edit_requested) as asked:
        qtbot.keyClick(outline.tree, Qt.Key.Key_Return)
    assert asked.args == ["encoder"]
    rename(outline, qtbot, "Recognition")
    assert bench.document.graph.nodes["encoder"].title == "Recognition"
    outline.redraw_now()
    qtbot.keyClick(outline.tree, Qt.Key.Key_Delete)
    assert "encoder" not in bench.document.graph.nodes
    outline.redraw_now()
    assert not any(text.startswith("Recognition") for text in spoken(outline))
    assert outline.tree.currentIndex().isValid()  # who works by keys stays where he was


def rename(outline, qtbot, title: str) -> None:
    qtbot.keyClick(outline.tree, Qt.Key.Key_F2)
    field = outline.tree.findChild(QLineEdit)
    field.selectAll()
    qtbot.keyClicks(field, title)
    qtbot.keyClick(field, Qt.Key.Key_Return)
    QApplication.processEvents()  # a field is read once its own event is over


def test_a_title_is_taken_once_though_the_field_loses_the_keys(
    outline, bench, qtbot, qtlog
) -> None:
    outline.tree.setCurrentIndex(at(outline, "elbo"))
    qtbot.keyClick(outline.tree, Qt.Key.Key_F2)
    field = outline.tree.findChild(QLineEdit)
    field.setText("Bound")
    before = bench.document.history.position
    qtbot.keyClick(field, Qt.Key.Key_Return)
    outline.tree.setFocus()  # before the key's own event is over
    QApplication.processEvents()
    assert bench.document.graph.nodes["elbo"].title == "Bound"
    assert bench.document.history.position == before + 1
    assert not [record for record in qtlog.records if "commitData" in record.message]


def test_the_key_that_ends_a_title_asks_for_nothing_else(outline, bench, qtbot) -> None:
    """A field leaves Enter to the list that it lies in."""
    outline.tree.setCurrentIndex(at(outline, "elbo"))
    asked = []
    outline.tree.asked.connect(lambda what, entry: asked.append(what))
    rename(outline, qtbot, "Bound")
    assert asked == ["rename"] and bench.document.graph.nodes["elbo"].title == "Bound"


def test_what_is_typed_outlasts_what_is_told_meanwhile(outline, bench, qtbot) -> None:
    outline.tree.setCurrentIndex(at(outline, "elbo"))
    qtbot.keyClick(outline.tree, Qt.Key.Key_F2)
    field = outline.tree.findChild(QLineEdit)
    field.setText("Bou")
    bench.live.receive(Fault(problem=Problem(node="elbo", sentence="x is b d.")))
    outline.redraw_now()
    assert field.text() == "Bou"


def test_rows_are_read_between_an_edit_and_the_next_redraw(outline, bench) -> None:
    before = spoken(outline)
    graph = bench.document.graph
    bench.document.push(edits.remove(graph, list(graph.nodes)))
    assert spoken(outline) == before  # a view paints and measures when it likes
    assert not outline.tree.model().index(len(before), 0).isValid()
    outline.redraw_now()
    assert spoken(outline) == ["Look at the latent space, Frame", "Try this, Note"]
    bench.document.undo()
    outline.redraw_now()
    assert sorted(spoken(outline)) == sorted(before)


def test_a_value_and_a_selection_read_the_graph_no_further(outline, bench, monkeypatch) -> None:
    outline.redraw_now()
    made: list[object] = []
    monkeypatch.setattr(panel, "Boards", lambda *given: made.append(given) or Boards(*given))
    bench.document.push(edits.set_param(bench.document.graph, "encoder", "hidden", 32))
    outline.redraw_now()
    outline.show_selection(["elbo"])
    outline.redraw_now()
    bench.live.receive(Fault(problem=Problem(node="elbo", sentence="x is b d.")))
    outline.redraw_now()
    assert not made
    assert "ELBO, selected, loss goes to Adam, x is b d" in spoken(outline)
    bench.document.push(edits.rename(bench.document.graph, "elbo", "Bound"))
    outline.redraw_now()
    assert len(made) == 1
    assert any(text.startswith("Bound, selected, loss") for text in spoken(outline))


def test_many_rows_are_selected_by_runs(outline) -> None:
    model = outline.tree.model()
    places = [model.index(row, 0) for row in (8, 0, 1, 2, 5)]
    rows = [(first.row(), last.row()) for first, last in panel._runs(places)]
    assert rows == [(0, 2), (5, 5), (8, 8)]
    assert [*panel._runs([])] == []


@pytest.fixture
def grouped(outline, bench) -> str:
    """Group the encoder and the sampling after it, with a second instance beside."""
    graph, catalogue = bench.document.graph, bench.installed
    bench.document.push(edits.group(graph, ["encoder", "sample"], catalogue))
    (instance,) = [node for node, place in graph.nodes.items() if place.group]
    bench.document.push(edits.duplicate(graph, [instance], bench.catalogue))
    outline.redraw_now()
    return instance


def test_an_instance_unfolds_to_its_nodes_by_path(outline, bench, grouped) -> None:
    index = at(outline, grouped)
    assert "group of 2 nodes, 2 instances" in index.data(ROW).spoken
    ids = [row.data(ROW).id for row in below(outline, index)]
    inner = [f"{grouped}/{node}" for node in ("in", "encoder", "sample", "out")]
    assert [i for i in dict.fromkeys(ids) if i != grouped] == inner
    bench.live.receive(Fault(problem=Problem(node=f"{grouped}/encoder", sentence="x is b d.")))
    outline.redraw_now()
    assert "x is b d" in outline.tree.nodes.place(f"{grouped}/encoder").data(ROW).spoken
    assert "1 problem inside" in at(outline, grouped).data(ROW).spoken


def test_an_edit_of_an_inner_node_is_one_of_the_group(outline, bench, grouped, qtbot) -> None:
    graph = bench.document.graph
    definition = graph.groups[graph.nodes[grouped].group]
    with qtbot.waitSignal(outline.select_requested) as asked:
        outline.tree.setCurrentIndex(outline.tree.nodes.place(f"{grouped}/encoder"))
    assert asked.args == [[f"{grouped}/encoder"]]
    rename(outline, qtbot, "Recognition")
    assert definition.nodes["encoder"].title == "Recognition"
    outline.redraw_now()
    wires = list(definition.wires)
    row = outline.tree.nodes.place(f"{grouped}/sample")
    outline.tree.setCurrentIndex(below(outline, row)[0])
    qtbot.keyClick(outline.tree, Qt.Key.Key_Delete)
    assert len(definition.wires) == len(wires) - 1
    outline.redraw_now()
    with qtbot.waitSignal(outline.choose_requested) as asked:
        qtbot.keyClick(outline.tree, Qt.Key.Key_Return)
    offered = {command.title: command for command in asked.args[1]}
    assert {"Recognition, q", "A new port of the group"} <= offered.keys()
    offered["Recognition, q"].call()
    assert set(definition.wires) == set(wires)
    bench.document.undo()
    outline.redraw_now()
    outline._connect(outline.tree.nodes.entry(outline.tree.currentIndex()))
    offered["A new port of the group"].call()
    assert definition.inputs[-1].name == "q"


def test_groups_that_hold_each_other_unfold_no_further(outline, bench) -> None:
    loop = Group(nodes={"again": Place(kind="group:loop")})
    puts = Put(("groups", "loop"), loop), Put(("nodes", "loop"), Place(kind="group:loop"))
    bench.document.push(Change("Loop", puts))
    outline.redraw_now()
    inner = outline.tree.nodes.place("loop/again")
    assert inner.isValid()
    assert below(outline, inner) == []


@pytest.fixture
def reading() -> Iterator[None]:
    """Let a screen reader be there."""
    QAccessible.setActive(True)
    yield
    QAccessible.setActive(False)


def test_a_screen_reader_is_told_roles_names_and_states(outline, grouped, reading) -> None:
    index = at(outline, grouped)
    outline.tree.setCurrentIndex(index)
    reader = QAccessible.queryAccessibleInterface(outline.tree)
    assert reader.role() == QAccessible.Role.Tree
    assert reader.text(QAccessible.Text.Name) == "Outline, 11 nodes"
    rows = read(reader)
    said = {row.text(QAccessible.Text.Name): row for row in rows}
    assert len(rows) == outline.tree.model().rowCount()
    row = said[index.data(int(Qt.ItemDataRole.AccessibleTextRole))]
    assert row.role() == QAccessible.Role.TreeItem
    assert row.state().selected
    assert row.state().focusable
    assert row.state().expandable
    assert not row.state().expanded
    outline.tree.expand(index)
    unfolded = read(reader)
    assert len(unfolded) == len(rows) + len(below(outline, index))
    assert "input x from MNIST" in {row.text(QAccessible.Text.Name) for row in unfolded}


def read(reader) -> list:
    """Return the rows that a screen reader finds; it is given the hidden header too."""
    found = [reader.child(i) for i in range(reader.childCount())]
    return [row for row in found if row.role() != QAccessible.Role.ColumnHeader]
