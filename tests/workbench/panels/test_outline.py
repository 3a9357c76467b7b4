import pytest
from PySide6.QtCore import Qt

from engine.document.catalogue import Problem
from engine.document.graph import Place, Wire
from engine.document.messages import Fault
from workbench import edits
from workbench.panels import outline as panel
from workbench.panels.outline import Outline, Speaker, in_order
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
        "Decoder, selected, shares weights with Decoder, x̂ goes to Image grid, no problem"
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
    assert set(outline.tree.nodes_selected()) == {"encoder", "elbo"}
    assert any(text.startswith("Encoder, selected") for text in spoken(outline))


def test_a_wire_leads_to_the_other_node(outline, qtbot) -> None:
    index = at(outline, "encoder")
    outline.tree.expand(index)
    wires = [index.model().index(i, 0, index) for i in range(index.model().rowCount(index))]
    assert [w.data(ROW).title for w in wires][:2] == ["x from MNIST", "q to Reparameterize"]
    with qtbot.waitSignal(outline.select_requested) as asked:
        outline.tree.setCurrentIndex(wires[1])
    assert asked.args == [["sample"]]


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
    with qtbot.waitSignal(outline.rename_requested):
        qtbot.keyClick(outline.tree, Qt.Key.Key_F2)
    qtbot.keyClick(outline.tree, Qt.Key.Key_Delete)
    assert "encoder" not in bench.document.graph.nodes
    outline.redraw_now()
    assert not any(text.startswith("Encoder") for text in spoken(outline))


def test_rows_are_read_between_an_edit_and_the_next_redraw(outline, bench) -> None:
    before = spoken(outline)
    graph = bench.document.graph
    bench.document.push(edits.remove(graph, list(graph.nodes)))
    assert spoken(outline) == before  # a view paints and measures when it likes
    assert not outline.tree.model().index(len(before), 0).isValid()
    outline.redraw_now()
    assert spoken(outline) == []
    bench.document.undo()
    outline.redraw_now()
    assert sorted(spoken(outline)) == sorted(before)


def test_a_value_and_a_selection_read_the_graph_no_further(outline, bench, monkeypatch) -> None:
    outline.redraw_now()
    made: list[object] = []
    monkeypatch.setattr(panel, "Speaker", lambda *given: made.append(given) or Speaker(*given))
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


def test_many_rows_are_selected_by_runs() -> None:
    assert [*panel._runs([0, 1, 2, 5, 7, 8])] == [(0, 2), (5, 5), (7, 8)]
    assert [*panel._runs([])] == []
