"""What the canvas shows of the document and of what the engine says, at every zoom."""

from __future__ import annotations

import msgspec
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage
from shiboken6 import isValid

from engine.document.catalogue import Fix, Problem
from engine.document.graph import Change, Graph, Place, Put, Wire
from engine.document.messages import (
    Checked,
    Fault,
    Metric,
    NodeInfo,
    NodeState,
    Progress,
    Scalars,
    Status,
    WireInfo,
)
from tests.workbench import design
from tests.workbench.design import wire
from workbench import edits
from workbench.canvas.faces import thumbnail_share
from workbench.canvas.scene import Scene
from workbench.look.theme import appearance, theme

STATES = ["running", "done", "changed", "error"]


def tell(live, *events):
    for event in events:
        live.receive(event)
    live._emit()


def pixels(canvas) -> QImage:
    return canvas.grab().toImage()


def colours(image: QImage, area) -> set[int]:
    return {image.pixel(x, y) for x in range(*area[0]) for y in range(*area[1])}


# --- the document ---


def test_every_node_and_wire_has_its_item(canvas, document):
    assert canvas.stage.nodes.keys() == document.graph.nodes.keys()
    assert canvas.stage.wires.keys() == set(document.graph.wires)
    assert set(canvas.stage.boxes) == {"look", "try"}


def test_a_change_touches_only_what_it_concerns(canvas, document):
    before = dict(canvas.stage.nodes)
    wires = dict(canvas.stage.wires)
    document.push(edits.rename(document.graph, "encoder", "My encoder"))
    assert canvas.stage.nodes == before
    assert canvas.stage.wires == wires
    assert canvas.stage.nodes["encoder"].face.content.title == "My encoder"


def test_a_figure_that_comes_for_a_node_that_went_is_let_go(canvas, document):
    """The canvas follows a change of the graph when the loop comes to it; a run does not wait."""
    gone = document.graph.nodes.pop("encoder")
    canvas.stage.show_figure("encoder")
    document.graph.nodes["encoder"] = gone
    assert "encoder" in canvas.stage.nodes


def test_where_no_gradient_comes_back_the_wire_says_so(canvas, document):
    stage, cut = canvas.stage, wire("sample.z>decoder.z")
    assert not any(item.stopped for item in stage.wires.values())
    assert not any(item.face.content.badges for item in stage.nodes.values())
    graph = document.graph
    others = [w for w in graph.wires if w != wire("encoder.model>adam.models")]
    news = [wire(w) for w in ("encoder.model>second.models", "second.optimizer>trainer.optimizers")]
    puts = (Put(("nodes", "second"), Place(kind="Adam")), Put(("wires",), others + news))
    document.push(Change("Give the encoder another optimiser", puts))
    stopped = {w for w, item in stage.wires.items() if item.stopped}
    assert stopped == {cut, wire("encoder.q>elbo.q")} and stage.wires[cut].stopped == "scissors"
    badges = {n: item.face.content.badges for n, item in stage.nodes.items()}
    assert badges["decoder"] == badges["decoder_2"] == badges["adam"] == (("D", False),)
    assert badges["encoder"] == badges["second"] == (("E", True),) and not badges["elbo"]
    told = "No gradient flows back here: Adam · Decoder does not move Encoder."
    assert told in canvas.hover._wire_tip(cut)
    document.undo()
    assert not any(item.stopped for item in stage.wires.values())
    assert not any(item.face.content.badges for item in stage.nodes.values())


def test_signs_of_learning_are_drawn_near_and_far(canvas, document):
    graph = document.graph
    others = [w for w in graph.wires if w != wire("encoder.model>adam.models")]
    news = [wire(w) for w in ("encoder.model>second.models", "second.optimizer>trainer.optimizers")]
    for zoom in (1.0, 0.45):
        canvas.camera.zoom_to(zoom)
        before = pixels(canvas)
        puts = (Put(("nodes", "second"), Place(kind="Adam")), Put(("wires",), others + news))
        document.push(Change("Give the encoder another optimiser", puts))
        assert pixels(canvas) != before
        document.undo()


def test_undo_brings_back_what_was_removed(canvas, document):
    document.push(edits.remove(document.graph, ["encoder", "decoder"]))
    assert "encoder" not in canvas.stage.nodes
    assert wire("encoder.q>elbo.q") not in canvas.stage.wires
    document.undo()
    assert wire("encoder.q>elbo.q") in canvas.stage.wires
    points = canvas.stage.wires[wire("encoder.q>elbo.q")].points
    assert points[1:-1] == [QPointF(400, 96), QPointF(792, 96)]


def test_a_twin_is_called_as_its_owner(canvas, document):
    document.push(edits.rename(document.graph, "decoder", "Painter"))
    assert canvas.stage.nodes["decoder_2"].face.content.title == "Painter"
    assert canvas.stage.nodes["decoder_2"].twin


def test_a_muted_node_dims_its_wires(canvas, document):
    document.push(edits.set_mode(document.graph, ["encoder"], "muted"))
    assert canvas.stage.nodes["encoder"].signs.state == "muted"
    assert canvas.stage.nodes["encoder"].opacity < 1
    assert canvas.stage.wires[wire("mnist.images>encoder.x")].muted
    document.undo()
    assert not canvas.stage.wires[wire("mnist.images>encoder.x")].muted


def test_a_collapsed_node_is_its_header(canvas, document):
    document.push(edits.collapse(document.graph, ["encoder"]))
    item = canvas.stage.nodes["encoder"]
    assert item.face.height == 32
    assert canvas.stage.wires[wire("encoder.q>sample.q")].points[0] == item.spot("output", "q")
    document.undo()
    assert item.face.height > 100


def test_an_unknown_kind_keeps_its_wires(qapp, live):
    graph = design.vae()
    graph.nodes["encoder"].kind = "timegan.Encoder"
    scene = Scene(_document(graph), live, design.catalogue())
    item = scene.nodes["encoder"]
    assert item.signs.state == "unknown"
    assert item.signs.left == "not installed"
    assert [p.name for p in item.face.content.inputs] == ["x"]
    assert {p.name for p in item.face.content.outputs} == {"q", "model"}
    assert wire("encoder.q>elbo.q") in scene.wires


def test_no_kind_is_called_unknown_before_the_first_catalogue_comes(qapp, live):
    graph = design.vae()
    graph.nodes["sample"].kind = "timegan.Sample"
    scene = Scene(_document(graph), live, design.catalogue().__class__())
    assert {item.signs.state for item in scene.nodes.values()} == {"idle"}
    assert scene.nodes["encoder"].signs.left == ""
    scene.show_catalogue(design.catalogue())
    assert scene.nodes["encoder"].signs.state == "idle"
    assert scene.nodes["sample"].signs.state == "unknown"
    assert scene.wires[wire("encoder.q>elbo.q")].family == "distribution"


def test_wires_to_nowhere_are_left_out(qapp, live):
    graph = design.vae()
    graph.wires.append(Wire("gone", "x", "elbo", "x"))
    scene = Scene(_document(graph), live, design.catalogue())
    assert len(scene.wires) == len(graph.wires) - 1


def test_frames_and_notes_follow(canvas, document):
    document.push(edits.edit_frame(document.graph, "look", title="Here"))
    assert canvas.stage.boxes["look"].title == "Here"
    document.push(edits.remove(document.graph, ["try"]))
    assert "try" not in canvas.stage.boxes
    document.undo()
    assert canvas.stage.boxes["try"].title == "Try this"


def test_a_trainer_shows_its_turns(canvas, document):
    graph = document.graph
    document.push(edits.set_param(graph, "adam", "every", 5))
    item = canvas.stage.nodes["trainer"]
    assert item.turns == (("E", 0),) * 5
    assert canvas.stage.wires[wire("adam.optimizer>trainer.optimizers")].turn_text == "5 turns"
    document.undo()
    assert item.turns == ()


def test_turns_are_there_from_the_start(qapp, live):
    graph = design.vae()
    graph.nodes["adam"].params["every"] = 3
    scene = Scene(_document(graph), live, design.catalogue())
    assert len(scene.nodes["trainer"].turns) == 3
    assert scene.nodes["trainer"].face.turns is not None


# --- the engine ---


def test_a_check_gives_signs_and_shapes(canvas, live):
    tell(live, design.checked())
    item = canvas.stage.nodes["encoder"]
    assert item.signs.left == "784→64→2"
    assert item.face.content.weights == "50.5k"
    assert canvas.stage.wires[wire("encoder.q>sample.q")].label == "b 2"
    assert canvas.stage.wires[wire("mnist.images>elbo.x")].label == "", "its output says it already"


def test_a_changed_shape_is_marked_for_a_while(canvas, live, qtbot):
    tell(live, design.checked())
    tell(live, Checked(seq=1, wires=[WireInfo(node="encoder", port="q", shape="b 8")]))
    item = canvas.stage.wires[wire("encoder.q>sample.q")]
    assert item.fresh and item.label == "b 8"
    qtbot.waitUntil(lambda: not item.fresh, timeout=4000)


def test_progress_is_told_at_the_node(canvas, live):
    tell(live, Status(status="running"), design.progress())
    signs = canvas.stage.nodes["trainer"].signs
    assert signs.state == "running"
    assert (signs.left, signs.right) == ("7,032 / 9,380", "74 %")
    assert signs.share == pytest.approx(0.7497, abs=1e-3)
    tell(live, Status(status="done"), NodeState(node="trainer", state="done", seconds=1.2))
    assert canvas.stage.nodes["trainer"].signs.state == "done"
    assert canvas.stage.nodes["trainer"].signs.right == "1.2 s"


def test_the_number_that_an_iteration_tells_stands_in_the_foot(canvas, live):
    word = Progress(node="elbo", step=12, total=200, numbers={"error": 0.0123}, within=True)
    tell(live, Status(status="running"), word)
    signs = canvas.stage.nodes["elbo"].signs
    assert (signs.state, signs.left, signs.right) == ("running", "12 / 200", "error 0.012")
    tell(live, NodeState(node="elbo", state="done", seconds=0.9522))
    signs = canvas.stage.nodes["elbo"].signs
    assert (signs.state, signs.right) == ("done", "952 ms")


def test_measures_stand_in_the_foot(canvas, live):
    tell(live, Scalars(series={"elbo.loss": ([1, 2], [300.0, 153.7])}))
    assert canvas.stage.nodes["elbo"].signs.right == "153.7"
    tell(live, Metric(node="scatter", step=1, values={"fid": 12.3}))
    assert canvas.stage.nodes["scatter"].signs.right == "12.3"


def test_what_a_metric_measured_is_read_from_far(canvas, live, monkeypatch):
    kinds = canvas.stage.catalogue.kinds
    metric = msgspec.structs.replace(kinds["Adam"], role="metric")
    monkeypatch.setitem(kinds, "Adam", metric)
    canvas.camera.zoom_to(0.45)
    before = pixels(canvas)
    tell(live, Metric(node="adam", step=1, values={"": 0.97}))
    assert canvas.stage.nodes["adam"].signs.figure == "0.97" and pixels(canvas) != before
    tell(live, Scalars(series={"elbo.loss": ([1], [300.0])}))
    assert canvas.stage.nodes["elbo"].signs.figure == ""


def test_a_fault_stands_under_its_node_with_its_fix(canvas, live, document, hand):
    fix = Fix(label="Set hidden to 32", puts=[(["nodes", "encoder", "params", "hidden"], 32)])
    tell(live, Fault(problem=Problem(node="encoder", sentence="Too wide.", fix=fix)))
    assert canvas.stage.nodes["encoder"].signs.state == "error"
    message = canvas.stage.unders.messages["encoder"]
    hand.click(message.fix_area.center().toTuple())
    assert document.graph.nodes["encoder"].params["hidden"] == 32


def test_the_fault_goes_with_its_cause(canvas, live, document):
    tell(live, Fault(problem=Problem(node="encoder", sentence="Too wide.")))
    live.set_own_problems([], document.graph, ["encoder"])
    assert canvas.stage.nodes["encoder"].signs.state == "idle"
    assert "encoder" not in canvas.stage.unders.messages


def test_a_needed_port_without_a_wire_is_ringed_and_no_fault(canvas, live, document):
    document.push(edits.disconnect(document.graph, [wire("encoder.q>sample.q")]))
    live.set_own_problems(canvas.stage.catalogue.problems(document.graph), document.graph)
    signs = canvas.stage.nodes["sample"].signs
    assert signs.free == {"q"}
    assert signs.state == "idle"


def test_a_network_that_is_only_called_wants_no_wire(canvas, document, monkeypatch):
    monkeypatch.setattr(canvas.stage.catalogue.kinds["Decoder"], "called", True)
    graph, decoder = document.graph, canvas.stage.nodes["decoder"]
    called = [w for w in graph.wires if w.source == "decoder" and w.output == "model"]
    assert called
    ends = [w for w in graph.wires if "decoder" in (w.source, w.target)]
    document.push(edits.disconnect(graph, ends))
    assert decoder.signs.free == {"z"}
    document.push(edits.connect(graph, called[0], canvas.stage.catalogue))
    assert decoder.signs.free == set()


def test_a_wire_of_the_wrong_type_is_marked(canvas, live):
    tell(live, Checked(seq=0, problems=[Problem(node="elbo", port="x", sentence="Wrong.")]))
    assert canvas.stage.wires[wire("mnist.images>elbo.x")].broken


def test_pictures_appear_and_are_drawn_once(canvas, live, qtbot):
    tell(live, *design.figures())
    item = canvas.stage.nodes["scatter"]
    assert item.picture is None
    canvas.grab()
    drawn = item.picture
    assert drawn is not None
    canvas.grab()
    assert item.picture is drawn


def test_a_thumbnail_takes_the_shape_of_its_grid():
    (images, points) = design.figures()
    assert thumbnail_share(images) == 1.0
    assert thumbnail_share(points) == 0.0
    images.figure.facts["columns"] = 36
    assert thumbnail_share(images) == 0.3, "no flatter than that"


def test_dots_run_only_while_a_run_does(canvas, live):
    appearance.use(reduced_motion=False)
    tell(live, Status(status="running"))
    assert canvas.pulses._timer.isActive()
    tell(live, Status(status="done"))
    assert not canvas.pulses._timer.isActive()
    appearance.use(reduced_motion=True)
    tell(live, Status(status="running"))
    assert not canvas.pulses._timer.isActive()


# --- painting ---


def _states() -> Graph:
    graph = Graph()
    names = [*STATES, "idle", "muted", "bypassed", "twin", "unknown", "collapsed", "warning"]
    for i, name in enumerate(names):
        graph.nodes[name] = Place(kind="Encoder", title=name)
        graph.layout.positions[name] = [(i % 4) * 260.0, (i // 4) * 180.0]
    graph.nodes["muted"].mode, graph.nodes["bypassed"].mode = "muted", "bypassed"
    graph.nodes["twin"] = Place(kind="Encoder", twin="idle")
    graph.nodes["unknown"].kind = "timegan.Critic"
    graph.layout.collapsed = ["collapsed"]
    return graph


@pytest.mark.parametrize("zoom", [1.0, 0.4, 0.15])
@pytest.mark.parametrize("look", ["dark", "light"])
def test_every_state_is_drawn_at_every_zoom(canvas, live, document, zoom, look):
    """An exception in a paint method would fail this test, as it would end the program."""
    appearance.use(look)
    document.push(_everything(_states()))
    tell(
        live,
        Status(status="running"),
        Checked(
            seq=0,
            nodes=[NodeInfo(node="idle", sign="784→64→2", weights=50_500)],
            problems=[
                Problem(node="error", sentence="x must be b d.", hint="Flatten it."),
                Problem(node="warning", sentence="Careful.", level="warning"),
            ],
        ),
        Progress(node="running", step=3, total=10),
        *(NodeState(node=state, state=state) for state in ("done", "changed")),
    )
    canvas.stage.select(["idle"])
    canvas.camera.centre_on(QPointF(400, 240), zoom, animate=False)
    said = {n: i.signs.state for n, i in canvas.stage.nodes.items()}
    assert {n: said[n] for n in (*STATES, "muted", "bypassed", "unknown", "warning")} == {
        n: n for n in (*STATES, "muted", "bypassed", "unknown", "warning")
    }
    image = pixels(canvas)
    place = canvas.camera.to_view(canvas.stage.nodes["error"].area.topRight()).toPoint()
    around = ((place.x() - 14, place.x() + 14), (place.y() - 14, place.y() + 14))
    assert theme().error.rgba() in colours(image, around)


def _everything(graph):
    from engine.document.graph import Change

    return Change(
        "All",
        (
            Put(("nodes",), graph.nodes),
            Put(("wires",), graph.wires),
            Put(("layout",), graph.layout),
        ),
    )


def _document(graph):
    from workbench.bench.document import Document

    return Document(graph)


def test_a_frame_does_not_hide_the_title_of_the_one_below(canvas, document):
    for name, y in (("low", 900.0), ("high", -400.0), ("middle", 300.0)):
        fields = {"rect": [0.0, y, 300.0, 200.0], "title": name}
        document.push(Change("Frame", (Put(("layout", "frames", name), fields),)))
    boxes = canvas.stage.boxes
    depths = [boxes[name].zValue() for name in ("high", "middle", "low")]
    assert depths[0] < depths[1] < depths[2] < boxes["try"].zValue()


def test_what_stands_under_a_node_goes_with_it(canvas, live, document):
    """A child's item that went with its parent's, and held it, ended the program."""
    tell(live, Checked(seq=0, problems=[Problem(node="encoder", sentence="x must be b d.")]))
    message = canvas.stage.unders.messages["encoder"]
    document.push(edits.remove(document.graph, ["encoder"]))
    assert isValid(message) and message.scene() is None and not canvas.stage.unders.messages


@pytest.mark.parametrize("zoom", [1.0, 0.7, 0.5, 0.2])
@pytest.mark.parametrize("look", ["dark", "light"])
def test_a_given_colour_is_a_bar_at_the_left(canvas, document, zoom, look):
    """And nothing else of the node changes, but that a title makes room when zoomed out."""
    appearance.use(look)
    item = canvas.stage.nodes["encoder"]
    canvas.camera.centre_on(item.area.center(), zoom, animate=False)
    before = pixels(canvas)
    document.push(edits.colour(document.graph, ["encoder"], "pink"))
    after = pixels(canvas)
    area = canvas.camera.area_to_view(item.area)
    near = [
        (x, y)
        for x in range(area.left() - 20, area.right() + 20)
        for y in range(area.top() - 20, area.bottom() + 20)
    ]
    differ = [at for at in near if before.pixel(*at) != after.pixel(*at)]
    changed = {(x - area.x(), y - area.y()) for x, y in differ}
    assert changed and all(-1 <= x <= (4 if zoom != 0.5 else area.width() - 4) for x, _ in changed)
    shown = colours(after, ((area.left(), area.left() + 5), (area.top(), area.bottom())))
    assert theme().hue("pink").rgba() in shown
    document.undo()
    again = pixels(canvas)
    assert all(again.pixel(*at) == before.pixel(*at) for at in near)
