import gc

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from engine.document.catalogue import Fix, Problem
from engine.document.graph import Change, Put
from engine.document.messages import Fault, Metric, NodeState, Scalars, Weights
from tests.workbench import design, speech
from workbench import edits
from workbench.bench import examples
from workbench.bench.bench import Bench
from workbench.bench.document import Document
from workbench.look.theme import appearance
from workbench.panels.graph_page import GraphPage
from workbench.panels.inspector import Inspector
from workbench.panels.markdown import NoteText
from workbench.panels.node_page import NodePage
from workbench.panels.shared_page import SharedPage
from workbench.widgets.sections import Title
from workbench.words import language


@pytest.fixture
def inspector(show):
    return show(Inspector())


def look_at(inspector, *ids: str):
    inspector.show_selection(list(ids))
    inspector.redraw_now()
    return inspector.page


def give(qtbot, field, text: str) -> None:
    field.line.setFocus()
    field.line.selectAll()
    qtbot.keyClicks(field.line, text)
    qtbot.keyClick(field.line, Qt.Key.Key_Return)


def words(widget) -> str:
    from PySide6.QtWidgets import QLabel

    labels = [w for w in widget.findChildren(QLabel) if w.isVisibleTo(widget)]
    return " | ".join(w.text() for w in labels)


def test_each_selection_has_its_page(inspector) -> None:
    assert isinstance(look_at(inspector), GraphPage)
    assert isinstance(look_at(inspector, "encoder"), NodePage)
    assert isinstance(look_at(inspector, "encoder", "decoder"), SharedPage)
    assert isinstance(look_at(inspector, "gone"), GraphPage)


def test_notes_are_set_as_on_the_canvas(inspector, bench, qtbot) -> None:
    graph, text = bench.document.graph, "A **bold** word, $x^2$ and <b>none</b>\n- one\n- two"
    bench.document.push(edits.note(graph, (0, 0), "Plain words only."))
    bench.document.push(edits.note(graph, (0, 400), text))
    page = look_at(inspector)
    qtbot.waitUntil(lambda: "Plain words only." in words(page))
    (shown,) = page.findChildren(NoteText)
    plain = shown.toPlainText()
    assert "A bold word" in plain and "<b>none</b>" in plain and "**" not in plain
    qtbot.waitUntil(lambda: shown.height() >= shown.document().size().height() > 40)
    bench.document.undo()
    assert not look_at(inspector).findChildren(NoteText)


def test_after_training_it_says_where_a_change_is_not_seen(inspector, bench) -> None:
    said = "takes effect by more training"
    roles = {n: bench.catalogue.role(p) for n, p in bench.document.graph.nodes.items()}
    nodes = [node for node, role in roles.items() if role]
    assert not any(said in words(look_at(inspector, node)) for node in nodes)
    bench.live.receive(Weights(trained=True))
    shown = {node for node in nodes if said in words(look_at(inspector, node))}
    assert {n for n, role in roles.items() if role in ("trainer", "optimizer")} <= shown
    assert {n for n, p in bench.document.graph.nodes.items() if p.kind == "ELBO"} <= shown
    assert not shown & {n for n, role in roles.items() if role in ("view", "metric")}


def test_a_kind_is_shown_from_the_catalogue_alone(inspector) -> None:
    page = look_at(inspector, "encoder")
    assert page.heading.text() == "Encoder"
    assert not page.formula.isHidden()
    assert "Kingma and Welling, 2014" in words(page) and "arXiv:1312.6114" in words(page)
    assert list(page.form.rows) == ["hidden", "latent", "activation", "rate"]
    assert [row.line.fact for row in page.ports.rows] == ["b 1 28 28", "b 2", "50,500 weights"]


def test_a_number_typed_changes_the_document(inspector, bench, qtbot) -> None:
    page = look_at(inspector, "encoder")
    give(qtbot, page.form.rows["hidden"].field, "128")
    assert bench.document.graph.nodes["encoder"].params["hidden"] == 128
    bench.document.undo()
    inspector.redraw_now()
    assert page.form.rows["hidden"].field.line.text() == "64"


def test_spinning_is_one_undo(inspector, bench, qtbot) -> None:
    field = look_at(inspector, "encoder").form.rows["hidden"].field
    for _ in range(5):
        qtbot.keyClick(field.line, Qt.Key.Key_Up)
        inspector.redraw_now()
    assert bench.document.graph.nodes["encoder"].params["hidden"] == 69
    assert len(bench.document.history.labels) == 1


def test_what_is_refused_is_kept_when_its_node_is_left(inspector, bench, qtbot) -> None:
    row = look_at(inspector, "encoder").form.rows["hidden"]
    give(qtbot, row.field, "0")
    assert not row.sentence.isHidden() and "at least 1" in row.sentence.text()
    assert not bench.document.history.labels
    look_at(inspector, "mnist")
    row = look_at(inspector, "encoder").form.rows["hidden"]
    assert row.field.line.text() == "0" and "at least 1" in row.sentence.text()
    qtbot.keyClick(row.field.line, Qt.Key.Key_Escape)
    assert row.field.line.text() == "64" and row.sentence.isHidden()


def test_what_is_refused_is_kept_when_the_text_grows(inspector, bench, qtbot) -> None:
    give(qtbot, look_at(inspector, "encoder").form.rows["hidden"].field, "0")
    appearance.use(text_scale=1.5)
    try:
        row = look_at(inspector, "encoder").form.rows["hidden"]
        assert row.field.line.text() == "0"
    finally:
        appearance.use(text_scale=1.0)


def test_what_is_refused_goes_with_its_node(inspector, bench, qtbot) -> None:
    give(qtbot, look_at(inspector, "encoder").form.rows["hidden"].field, "0")
    bench.document.push(edits.remove(bench.document.graph, ["encoder"]))
    look_at(inspector)
    assert not any(inspector._drafts.values())
    bench.document.undo()
    assert look_at(inspector, "encoder").form.rows["hidden"].field.line.text() == "64"


def test_what_is_refused_stays_with_its_document_and_goes_with_it(inspector, bench, qtbot) -> None:
    give(qtbot, look_at(inspector, "encoder").form.rows["hidden"].field, "0")
    other = Bench(Document(design.vae()), design.catalogue())
    inspector.show_bench(other)
    give(qtbot, look_at(inspector, "encoder").form.rows["hidden"].field, "-1")
    inspector.show_bench(bench)
    assert look_at(inspector, "encoder").form.rows["hidden"].field.line.text() == "0"
    look_at(inspector, "mnist")
    assert len(inspector._drafts) == 2
    shiboken6.delete(other)  # as when its tab is closed
    del other
    gc.collect()
    assert list(inspector._drafts) == [bench]


def test_a_fault_of_the_file_stands_at_its_field(inspector, bench) -> None:
    put = Put(("nodes", "encoder", "params", "hidden"), -4)
    bench.document.push(Change("Break", (put,)))
    row = look_at(inspector, "encoder").form.rows["hidden"]
    assert row.field.line.text() == "-4" and "at least 1; it is -4" in row.sentence.text()


def test_reset_takes_the_default_and_its_entry_away(inspector, bench) -> None:
    bench.document.push(edits.set_param(bench.document.graph, "encoder", "hidden", 8))
    page = look_at(inspector, "encoder")
    page.form.rows["hidden"].reset.emit()
    assert "hidden" not in bench.document.graph.nodes["encoder"].params
    page._reset_all()
    assert bench.document.graph.nodes["encoder"].params == {}
    inspector.redraw_now()
    assert not page.reset.isEnabled()


def test_a_twin_edits_its_owner(inspector, bench, qtbot) -> None:
    page = look_at(inspector, "decoder_2")
    assert "Shares weights with Decoder" in words(page)
    give(qtbot, page.form.rows["hidden"].field, "32")
    assert bench.document.graph.nodes["decoder"].params == {"hidden": 32}
    assert bench.document.graph.nodes["decoder_2"].params == {}
    with qtbot.waitSignal(inspector.select_requested) as asked:
        page.shares.pressed.emit()
    assert asked.args == [["decoder"]]


def test_a_title_is_given_and_taken_back(inspector, bench, qtbot) -> None:
    page = look_at(inspector, "encoder")
    inspector.edit_title()
    qtbot.keyClicks(page.heading, "q of z")
    qtbot.keyClick(page.heading, Qt.Key.Key_Return)
    assert bench.document.graph.nodes["encoder"].title == "q of z"
    page.heading.selectAll()
    qtbot.keyClicks(page.heading, "Encoder")
    qtbot.keyClick(page.heading, Qt.Key.Key_Return)
    assert bench.document.graph.nodes["encoder"].title == ""


def test_a_page_stays_while_its_node_changes(inspector, bench) -> None:
    page = look_at(inspector, "encoder")
    bench.document.push(edits.set_param(bench.document.graph, "encoder", "latent", 3))
    bench.document.push(edits.move(bench.document.graph, {"encoder": (0, 0)}))
    inspector.redraw_now()
    assert inspector.page is page


def test_an_unknown_kind_shows_what_the_file_says(inspector, bench) -> None:
    bench.document.push(Change("Swap", (Put(("nodes", "encoder", "kind"), "timegan.Critic"),)))
    page = look_at(inspector, "encoder")
    assert page.heading.placeholderText() == "timegan.Critic"
    assert "not installed" in words(page) and '"latent": 2' in words(page)


def test_problems_of_a_node_stand_in_its_page_with_their_mend(inspector, bench, qtbot) -> None:
    fix = Fix(label="Use 3", puts=[(["nodes", "encoder", "params", "latent"], 3)])
    bench.live.receive(Fault(problem=Problem(node="encoder", port="x", sentence="No.", fix=fix)))
    page = look_at(inspector, "encoder")
    from PySide6.QtWidgets import QPushButton

    qtbot.mouseClick(page.cards.findChild(QPushButton), Qt.MouseButton.LeftButton)
    assert bench.document.graph.nodes["encoder"].params["latent"] == 3


def test_what_runs_is_shown_without_a_new_page(inspector, bench, qtbot) -> None:
    page = look_at(inspector, "encoder")
    bench.live.receive(Scalars(series={"encoder.gradient_norm": ([0, 1], [2.0, 0.42])}))
    bench.live.receive(NodeState(node="encoder", state="running", seconds=0.00021))
    bench.live.receive(Metric(node="encoder", step=1, values={"kl": 3.25}, unit="nats"))
    qtbot.waitUntil(lambda: "Gradient norm" in words(page))
    assert "0.42" in words(page) and "0.21 ms" in words(page) and "3.25 nats" in words(page)
    assert inspector.page is page and "Measured" not in words(page)
    bench.live.receive(Scalars(series={"encoder.gradient_norm": ([2], [0.4])}))
    qtbot.waitUntil(lambda: "Measured" in words(page))
    assert "step 1" in words(page), "an older measure says of when it is"


def test_the_turns_of_a_trainer_are_edited_in_its_page(inspector, bench, qtbot) -> None:
    page = look_at(inspector, "trainer")
    row = page.turns.rows[0]
    assert row.title.text() == "Adam" and "Encoder, Decoder" in row.title.toolTip()
    give(qtbot, row.fields["every"], "3")
    give(qtbot, row.fields["rate"], "2e-4")
    assert bench.document.graph.nodes["adam"].params == {"every": 3, "rate": 2e-4}


def test_the_graphs_page_sets_title_seed_and_device(inspector, bench, qtbot) -> None:
    page = look_at(inspector)
    assert "11 nodes" in words(page) and "101,700" in words(page) and "Try this" in words(page)
    give(qtbot, page.form.rows["seed"].field, "7")
    page.heading.selectAll()
    qtbot.keyClicks(page.heading, "My VAE")
    qtbot.keyClick(page.heading, Qt.Key.Key_Return)
    graph = bench.document.graph
    assert (graph.settings.seed, graph.title) == (7, "My VAE")
    give(qtbot, page.form.rows["seed"].field, "-1")
    assert graph.settings.seed == 7 and "at least 0" in words(page)


def test_several_nodes_are_set_together(inspector, bench, qtbot) -> None:
    bench.document.push(edits.set_param(bench.document.graph, "decoder", "hidden", 8))
    page = look_at(inspector, "encoder", "decoder")
    field = page.form.rows["hidden"].field
    assert field.line.text() == "" and field.line.placeholderText() == "mixed"
    give(qtbot, field, "16")
    nodes = bench.document.graph.nodes
    assert [nodes[n].params["hidden"] for n in ("encoder", "decoder")] == [16, 16]
    bench.document.undo()
    assert [nodes[n].params["hidden"] for n in ("encoder", "decoder")] == [64, 8]


def test_several_nodes_are_muted_together(inspector, bench, qtbot) -> None:
    page = look_at(inspector, "images", "scatter")
    qtbot.mouseClick(page.modes["muted"], Qt.MouseButton.LeftButton)
    assert {bench.document.graph.nodes[n].mode for n in ("images", "scatter")} == {"muted"}


def test_another_bench_shows_its_own_values(inspector, bench) -> None:
    look_at(inspector, "encoder")
    other = Bench(Document(design.vae()), design.catalogue())
    other.document.push(edits.set_param(other.document.graph, "encoder", "hidden", 7))
    inspector.show_bench(other)
    assert look_at(inspector, "encoder").form.rows["hidden"].field.line.text() == "7"
    assert not bench.document.history.labels


def test_a_parameter_says_how_the_command_line_sets_it(inspector, bench) -> None:
    inspector.show_selection(["elbo"])
    inspector.redraw_now()
    row = inspector.page.form.rows["beta"]
    assert "--set elbo.beta=…" in row.words.toolTip()
    menu = row.menu()
    copying = next(a for a in menu.actions() if "--set" in a.text())
    assert copying.text() == "Copy as --set elbo.beta=1"
    copying.trigger()
    assert QGuiApplication.clipboard().text() == "--set elbo.beta=1"


def test_the_menu_of_a_parameter_comes_on_its_value_too(inspector) -> None:
    """Above what edits the text: a hand that sets a value clicks there."""
    row = look_at(inspector, "elbo").form.rows["beta"]
    own = [action.text() for action in row.menu().actions()]
    entries = [action.text() for action in row.menu_on(row.field.line).actions()]
    assert entries[: len(own)] == own
    assert any("Copy" in text for text in entries[len(own) :])


def test_the_id_of_a_node_is_copied_from_its_menu(inspector, bench) -> None:
    inspector.show_selection(["decoder_2"])
    inspector.redraw_now()
    next(a for a in inspector.page.menu().actions() if "id" in a.text().split()).trigger()
    assert QGuiApplication.clipboard().text() == "decoder_2"


def test_a_title_is_read_whole(show, bench) -> None:
    """Of each kind of node and each example, in both languages, in the narrowest panel."""
    french = language.words("fr")
    inspector = show(Inspector())
    kinds = {k.title for k in speech.catalogue().kinds.values()}
    graphs = {e.graph.title for e in examples.listed()}
    for titles, context, ids in (
        (kinds, language.KINDS, ["encoder"]),
        (graphs, language.EXAMPLES, []),
    ):
        title = look_at(inspector, *ids).heading
        inspector.layout().activate()
        words = titles | {french[context].get(t, t) for t in titles}
        assert not [w for w in words if not whole(title, w)]


def whole(title: Title, words: str) -> bool:
    title.show_title(words)
    one_line = title.fontMetrics().horizontalAdvance(words) <= title.width() - 8
    return one_line or not title.small().isEmpty()


def test_a_pin_shows_a_field_on_the_node(inspector, bench, qtbot) -> None:
    page = look_at(inspector, "encoder")
    row = page.form.rows["hidden"]
    qtbot.mouseClick(row.pin, Qt.MouseButton.LeftButton)
    assert bench.document.graph.layout.fields == {"encoder": ["hidden"]}
    inspector.redraw_now()
    assert row.pin.isChecked() and row.pin.accessibleName() == "Not on the node"
    row.pin.setFocus()
    qtbot.keyClick(row.pin, Qt.Key.Key_Space)
    assert not bench.document.graph.layout.fields
    bench.document.undo()
    inspector.redraw_now()
    assert row.pin.isChecked()


def test_a_pin_of_several_nodes_shows_it_on_all(inspector, bench, qtbot) -> None:
    page = look_at(inspector, "encoder", "decoder")
    qtbot.mouseClick(page.form.rows["hidden"].pin, Qt.MouseButton.LeftButton)
    assert bench.document.graph.layout.fields == {"encoder": ["hidden"], "decoder": ["hidden"]}
    bench.document.push(
        edits.show_field(bench.document.graph, bench.catalogue, ["decoder"], "hidden", False)
    )
    inspector.redraw_now()
    assert not page.form.rows["hidden"].pin.isChecked(), "not all show it"
    assert len(bench.document.history.edits) == 2


def test_a_twin_has_pins_of_its_own(inspector, bench, qtbot) -> None:
    page = look_at(inspector, "decoder_2")
    row = page.form.rows["hidden"]
    next(a for a in row.menu().actions() if a.text() == row.pin.words).trigger()
    assert bench.document.graph.layout.fields == {"decoder_2": ["hidden"]}


def test_tab_comes_to_a_field_before_its_pin(inspector, qtbot) -> None:
    page = look_at(inspector, "encoder")
    page.first_field().setFocus()
    rows = list(page.form.rows.values())
    for row in rows[:2]:
        assert QApplication.focusWidget() is row.field.editor
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        assert QApplication.focusWidget() is row.pin
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
