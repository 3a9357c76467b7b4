"""The views dock: which views, side by side or as tabs, in and out of the dock, and fed."""

import pytest
from PySide6.QtCore import QObject, QRect, Qt, Signal
from PySide6.QtTest import QTest

from engine.document.catalogue import Problem
from engine.document.graph import Change, Graph, Place, Put, Wire
from engine.document.messages import (
    Fault,
    Figure,
    FigureData,
    History,
    Keep,
    Metric,
    Past,
    Progress,
    RunInfo,
    Scalars,
    Status,
)
from tests.workbench import design
from tests.workbench.plots.figures import blind, grid, scatter
from workbench.bench.document import Document
from workbench.bench.live import Live
from workbench.bench.views import placeholder, view_nodes
from workbench.edits import remove, rename, set_param
from workbench.plots.pane import Pane
from workbench.shell.dock import Views


class Desk(QObject):
    """A bench without an engine."""

    catalogue_changed = Signal(object)

    def __init__(self):
        super().__init__()
        graph = design.vae()
        graph.nodes["recon"] = Place(kind="ImageGrid", title="Reconstructions")
        graph.wires.append(Wire("mnist", "images", "recon", "below"))
        graph.wires.append(Wire("decoder", "x_hat", "recon", "images"))
        graph.layout.views = []
        self.document = Document(graph, None)
        self.catalogue = design.catalogue()
        self.live = Live(self)
        self.runs = ""
        self.owns = lambda info: True
        self.run_name = lambda info: info.name
        self.shown_run = lambda: "Run 3 · β 1"

    @property
    def whole(self) -> Graph:
        return self.document.graph


@pytest.fixture
def desk(qtbot):
    return Desk()


@pytest.fixture
def views(qtbot, desk):
    made = Views(desk.catalogue)
    qtbot.addWidget(made)
    made.resize(1920, 304)
    made.show_bench(desk)
    made.show()
    qtbot.waitUntil(lambda: len(made.order) == 4)
    yield made
    made.show_bench(None)


def test_losses_come_first_then_views(views):
    assert views.order == ["elbo", "images", "scatter", "recon"]
    titles = [views.shown[node].pane.head.title.text() for node in views.order]
    assert titles == ["Loss", "Image grid", "Latent scatter", "Reconstructions"]
    assert views.row.count() == 4


def test_what_the_engine_says_to_a_hidden_dock_finds_no_node_that_is_gone(views, desk):
    views.hide()
    graph = desk.document.graph
    desk.document.push(remove(graph, [node for node in views.order if node in graph.nodes]))
    desk.live.receive(Status(status="running", run="another"))
    desk.live.show_step(0)
    views.show()
    views.redraw_now()
    assert views.order == [] and views.shown == {}


def test_a_number_that_no_optimiser_pulls_has_no_curve_of_training(desk):
    graph = desk.document.graph
    assert "elbo" in view_nodes(graph, desk.catalogue)
    graph.wires = [w for w in graph.wires if w.source != "elbo"]
    assert "elbo" not in view_nodes(graph, desk.catalogue)


def test_in_a_narrow_window_the_rest_are_tabs(views, qtbot):
    views.resize(1366, 220)
    assert views.row.count() == 2
    assert views.tabs.nodes == ["images", "scatter", "recon"]
    assert [views.tabs.pills.tabText(k) for k in range(3)][1] == "Latent scatter"
    views.show_view(2)
    assert views.tabs.current.node == "scatter"
    views.show_selection(["recon"])
    assert views.tabs.current.node == "recon"
    views.resize(1920, 304)
    assert views.row.count() == 4 and not views.tabs.isVisible()


def _add_views(desk, *names: str) -> None:
    puts = [Put(("nodes", name), Place(kind="Scatter")) for name in names]
    desk.document.push(Change("Add", tuple(puts)))


def test_only_views_that_are_seen_have_widgets(views, desk, qtbot):
    _add_views(desk, *(f"more_{n}" for n in range(50)))
    views.redraw_now()
    assert len(views.shown) == 54 and views.tabs.pills.count() == 51
    assert len(views.findChildren(Pane)) == 4
    views.show_view(30)
    assert len(views.findChildren(Pane)) == 5
    assert views.tabs.current.head.title.text() == views.shown[views.order[30]].name


def test_tabs_change_by_their_difference(views, desk, monkeypatch):
    _add_views(desk, *(f"more_{n}" for n in range(50)))
    views.redraw_now()
    pills, changed = views.tabs.pills, []
    for name in ("insertTab", "removeTab"):
        call = getattr(pills, name)
        monkeypatch.setattr(pills, name, lambda *a, c=call, n=name: changed.append(n) or c(*a))
    _add_views(desk, "last")
    views.redraw_now()
    assert changed == ["insertTab"]
    desk.document.push(rename(desk.document.graph, "more_7", "Seven"))
    views.redraw_now()
    assert changed[1:] == ["removeTab", "insertTab"]
    assert pills.tabText(views.tabs.nodes.index("more_7")) == "Seven"


def test_the_next_tab_comes_to_the_front_where_the_front_one_is_removed(views, desk, qtbot):
    _add_views(desk, *(f"more_{n}" for n in range(5)))
    views.redraw_now()
    views.tabs.bring("more_2")
    desk.document.push(remove(desk.document.graph, ["more_2", "more_3"]))
    views.redraw_now()
    assert views.tabs.current.node == "more_4"
    desk.document.push(remove(desk.document.graph, ["more_4"]))
    views.redraw_now()
    assert views.tabs.current.node == "more_1"


def test_a_parameter_does_not_list_the_views_again(views, desk, monkeypatch):
    monkeypatch.setattr(views, "_list", lambda: pytest.fail("listed again"))
    desk.document.push(set_param(desk.document.graph, "encoder", "hidden", 3))
    views.redraw_now()
    with pytest.raises(pytest.fail.Exception):
        desk.document.push(rename(desk.document.graph, "scatter", "Cloud"))
        views.redraw_now()


def test_pinned_views_come_first_and_pinning_is_undone(views, desk, qtbot):
    views.shown["recon"].pane.pin.click()
    qtbot.waitUntil(lambda: views.order[0] == "recon")
    assert desk.document.graph.layout.views == ["recon"]
    desk.document.undo()
    qtbot.waitUntil(lambda: views.order[0] == "elbo")


def test_a_view_leaves_and_comes_back(views, qtbot):
    views.shown["scatter"].pane.detach.click()
    window = views.floating["scatter"]
    assert window.isVisible() and window.windowTitle() == "Latent scatter"
    assert views.row.count() == 3
    window.close()
    assert not views.floating and views.row.count() == 4
    views.show_view(0, detached=True)
    assert list(views.floating) == ["elbo"]
    views.toggle_floating("elbo")
    assert views.row.count() == 4


def test_a_view_detached_while_it_is_lent_stays_in_its_window(views):
    views.lend(["scatter"])
    views.toggle_floating("scatter")
    views.lend([])
    window = views.floating["scatter"]
    assert window.isAncestorOf(views.shown["scatter"].pane)
    assert views.shown["scatter"].pane.isVisible()


def test_a_window_of_a_view_comes_back_with_its_document(views, desk, qtbot):
    views.toggle_floating("scatter")
    views.floating["scatter"].setGeometry(120, 90, 500, 400)
    views.show_bench(None)
    assert not views.floating
    views.show_bench(desk)
    views.redraw_now()
    assert views.floating["scatter"].geometry() == QRect(120, 90, 500, 400)
    assert views.row.count() == 3


def test_a_view_that_is_removed_goes_wherever_it_is(views, desk, qtbot):
    views.toggle_floating("scatter")
    desk.document.push(remove(desk.document.graph, ["scatter", "images"]))
    qtbot.waitUntil(lambda: views.order == ["elbo", "recon"])
    assert not views.floating


def test_figures_are_shown_and_named_by_step_in_the_past(views, desk, qtbot):
    live = desk.live
    live.receive(Status(status="running", run="/runs/one"))
    live.receive(Figure(node="scatter", step=100, figure=scatter(200)))
    shown = views.shown["scatter"]
    qtbot.waitUntil(lambda: shown.plot.picture is not None)
    assert shown.pane.head.about.text() == "200 points, by class"
    live.show_step(0)
    figure = Figure(node="scatter", step=0, figure=scatter(50))
    live.receive(Past(run="/runs/one", step=0, figures=[figure]))
    qtbot.waitUntil(lambda: len(shown.plot.picture.points) == 50)
    assert shown.pane.head.about.text() == "step 0 · 50 points, by class"
    live.show_newest()
    qtbot.waitUntil(lambda: len(shown.plot.picture.points) == 200)


def test_a_figure_of_a_step_long_past_says_its_step(views, desk, qtbot):
    """While a slow view waits for its turn, the run goes on without it."""
    live, about = desk.live, views.shown["scatter"].pane.head.about
    live.receive(Status(status="running", run="/runs/one"))
    live.receive(Figure(node="scatter", step=100, figure=scatter(200)))
    live.receive(Scalars(series={"elbo.loss": ([100, 150], [9.0, 8.0])}))
    qtbot.waitUntil(lambda: about.text() == "200 points, by class")
    live.receive(Scalars(series={"elbo.loss": ([201], [7.0])}))
    qtbot.waitUntil(lambda: about.text() == "step 100 · 200 points, by class")
    live.receive(Figure(node="scatter", step=201, figure=scatter(200)))
    qtbot.waitUntil(lambda: about.text() == "200 points, by class")


def test_a_loss_has_its_curves_without_asking(views, desk, qtbot):
    live = desk.live
    live.receive(Status(status="running", run="/runs/one"))
    live.receive(Scalars(series={"elbo.loss": ([0, 1, 2], [9.0, 8.0, 7.0])}))
    plot = views.shown["elbo"].plot
    qtbot.waitUntil(lambda: plot.picture is not None)
    assert [line.name for line in plot.picture.lines] == ["ELBO"]
    live.receive(Scalars(series={"elbo.kl": ([0, 1, 2], [1.0, 1.0, 1.0])}))
    qtbot.waitUntil(lambda: len(plot.picture.lines) == 2)


def test_curves_of_a_run_that_was_stopped_end_where_it_did(views, desk, qtbot):
    live, plot = desk.live, views.shown["elbo"].plot
    for status, end in (("running", 1000), ("stopped", None), ("running", 1000)):
        live.receive(Status(status=status, run="/runs/one"))
        live.receive(Progress(node="trainer", step=2, total=1000))
        if status == "running":
            live.receive(Scalars(series={"elbo.loss": ([1, 2], [9.0, 8.0])}))
        qtbot.waitUntil(lambda end=end: (p := plot.read()) and p.facts["end"] == end)


def test_an_old_run_shows_its_own_curves(views, desk, qtbot):
    info = RunInfo(path="/runs/old", name="old")
    series = {"elbo.loss": ([0, 1], [3.0, 2.0])}
    desk.live.show_run("/runs/old")
    desk.live.receive(History(info=info, series=series, steps=[0, 1]))
    plot = views.shown["elbo"].plot
    qtbot.waitUntil(lambda: plot.picture is not None)
    assert plot.picture.lines[0].y.tolist() == [3.0, 2.0]
    assert plot.picture.facts["at"] == 1


def test_no_picture_of_now_stays_where_the_past_has_none(views, desk, qtbot):
    live = desk.live
    live.receive(Status(status="running", run="/runs/one"))
    live.receive(Scalars(series={"elbo.loss": ([1, 2], [9.0, 8.0])}))
    for node, figure in (("scatter", scatter(200)), ("images", grid(16))):
        live.receive(Figure(node=node, step=100, figure=figure))
    plots = {node: views.shown[node].plot for node in ("elbo", "scatter", "images")}
    qtbot.waitUntil(lambda: all(plot.read() is not None for plot in plots.values()))
    live.show_run("/runs/old")
    live.receive(History(info=RunInfo(path="/runs/old", name="old"), steps=[0]))
    live.receive(Past(run="/runs/old", step=0, figures=[_figure("scatter", 0, scatter(9))]))
    qtbot.waitUntil(lambda: plots["images"].picture is None)
    qtbot.waitUntil(lambda: len(plots["scatter"].read().points) == 9)
    assert plots["elbo"].picture is None
    assert all("Nothing" in plots[node].placeholder for node in ("images", "elbo"))
    assert views.shown["images"].pane.head.about.text() == ""
    recon = views.shown["recon"].plot
    assert "Nothing" in recon.placeholder
    live.show_newest()
    qtbot.waitUntil(lambda: all(plot.read() is not None for plot in plots.values()))
    qtbot.waitUntil(lambda: len(plots["scatter"].read().points) == 200)
    qtbot.waitUntil(lambda: "Nothing" not in recon.placeholder)


def test_curves_of_two_runs_never_mix(views, desk, qtbot):
    live, plot = desk.live, views.shown["elbo"].plot
    live.receive(Status(status="done", run="/runs/one"))
    live.receive(Scalars(series={"elbo.loss": ([1, 2], [9.0, 8.0])}))
    qtbot.waitUntil(lambda: plot.read() is not None)
    info = RunInfo(path="/runs/old", name="old")
    live.show_run("/runs/old")
    live.receive(History(info=info, series={"elbo.loss": ([1, 2, 3], [3.0, 2.0, 1.0])}))
    qtbot.waitUntil(lambda: plot.read().lines[0].y.tolist() == [3.0, 2.0, 1.0])


def _figure(node: str, step: int, data: FigureData) -> Figure:
    return Figure(node=node, step=step, figure=data)


def test_views_of_one_document_share_a_selection(views, desk, qtbot):
    desk.live.receive(Figure(node="recon", step=1, figure=grid(16)))
    views.shown["scatter"].plot.selection.mark([3])
    assert views.shown["recon"].plot.look().marked == {3}


def test_an_empty_view_says_the_fault_that_keeps_it_empty(views, desk, qtbot) -> None:
    desk.live.receive(Status(status="running", run="a"))
    fault = Problem(node="decoder", sentence="The text has a sign that is not known.")
    desk.live.receive(Fault(problem=fault))
    recon = views.shown["recon"].plot
    qtbot.waitUntil(lambda: recon.placeholder == f"Decoder: {fault.sentence}")
    assert fault.sentence not in views.shown["scatter"].plot.placeholder


def test_an_empty_view_says_what_will_come_and_from_where(views, desk):
    graph = desk.document.graph
    assert placeholder(graph, desk.catalogue, "scatter") == (
        "Press Run: what Reparameterize makes is shown here."
    )
    assert placeholder(graph, desk.catalogue, "scatter", running=True) == (
        "What Reparameterize makes is shown here as soon as there is time for it."
    )
    assert "Decoder" in placeholder(graph, desk.catalogue, "recon"), "not the data above them"
    graph.wires = [*graph.wires, Wire("mnist", "images", "recon", "images")]
    assert placeholder(graph, desk.catalogue, "recon") == "Press Run: the picture appears here."
    graph.wires = [wire for wire in graph.wires if wire.target != "scatter"]
    assert placeholder(graph, desk.catalogue, "scatter") == "Wire points here."


def test_titles_follow_the_document(views, desk, qtbot):
    desk.document.push(rename(desk.document.graph, "scatter", "Cloud"))
    qtbot.waitUntil(lambda: views.shown["scatter"].pane.head.title.text() == "Cloud")
    desk.document.push(rename(desk.document.graph, "elbo", "Bound"))
    qtbot.waitUntil(lambda: views.shown["elbo"].loss.title == "Bound")


def test_another_kind_under_the_same_id_has_another_view(views, desk, qtbot):
    before = views.shown["scatter"]
    desk.document.push(Change("Kind", (Put(("nodes", "scatter"), Place(kind="ImageGrid")),)))
    qtbot.waitUntil(lambda: views.shown["scatter"] is not before)


def test_muted_and_unknown_nodes_have_no_view(desk):
    graph = desk.document.graph
    graph.nodes["scatter"].mode = "muted"
    graph.nodes["other"] = Place(kind="NotInstalled")
    assert view_nodes(graph, desk.catalogue) == ["elbo", "images", "recon"]


def test_an_image_taken_from_a_view_carries_the_document(views):
    assert '"encoder"' in views.shown["scatter"].plot.owner.graph()


def test_dragged_widths_stay(views, desk, qtbot):
    views.row.setSizes([300, 300, 300, 900])
    views._note_drag()
    before = views.row.sizes()
    desk.live.receive(Figure(node="scatter", step=1, figure=scatter(20)))
    qtbot.waitUntil(lambda: views.shown["scatter"].plot.picture is not None)
    assert views.row.sizes() == before


def test_another_document_takes_all_away(views, qtbot):
    views.show_bench(None)
    assert not views.shown
    qtbot.waitUntil(lambda: views.order == [])
    assert views.empty.isVisible()


def test_a_blind_test_goes_on_when_its_document_comes_back(views, desk, qtbot):
    desk.live.receive(Status(status="running", run="/runs/one"))
    desk.live.receive(Figure(node="images", step=7, figure=blind(4)))
    plot = views.shown["images"].plot
    qtbot.waitUntil(lambda: plot.picture is not None and plot.picture.figure.kind == "blind")
    QTest.keyClick(plot, Qt.Key.Key_M)
    other = Desk()  # a page keeps its own
    views.show_bench(other)
    qtbot.waitUntil(lambda: bool(views.shown) and views.shown["images"].plot is not plot)
    assert views.shown["images"].plot.picture is None, "another document has its own"
    views.show_bench(desk)
    qtbot.waitUntil(lambda: bool(views.shown) and views.shown["images"].plot.picture is not None)
    assert len(views.shown["images"].plot.picture.answers) == 1


def test_a_blind_test_is_kept_in_its_run_and_seen_when_it_is_opened(views, desk, qtbot):
    plot, sent = views.shown["images"].plot, []
    desk.live.requested.connect(sent.append)
    desk.live.receive(Status(status="running", run="/runs/one"))
    desk.live.receive(Figure(node="images", step=7, figure=blind(2)))
    qtbot.waitUntil(lambda: plot.picture is not None and plot.picture.figure.kind == "blind")
    for key in (Qt.Key.Key_M, Qt.Key.Key_M):
        QTest.keyClick(plot, key)
    (keep,) = (request for request in sent if isinstance(request, Keep))
    assert (keep.run, keep.node, keep.step) == ("/runs/one", "images", 7)
    assert keep.values == {"": 0.5, "error": pytest.approx(0.3536, abs=1e-4), "count": 2}
    desk.live.receive(Metric(node="images", step=7, values=keep.values))
    qtbot.waitUntil(lambda: "Right: 1 of 2" in plot.note)
    desk.live.receive(Status(status="running", run="/runs/two"))
    desk.live.receive(Figure(node="images", step=1, figure=blind(4)))
    qtbot.waitUntil(lambda: plot.read().count == 4)
    assert "Right" not in plot.note
    desk.live.show_run("/runs/one")
    desk.live.receive(History(info=RunInfo(path="/runs/one", name="one"), steps=[7]))
    metric = Metric(node="images", step=7, values=keep.values)
    figure = Figure(node="images", step=7, figure=blind(2))
    desk.live.receive(Past(run="/runs/one", step=7, figures=[figure], metrics=[metric]))
    qtbot.waitUntil(lambda: "Right: 1 of 2" in plot.note)
