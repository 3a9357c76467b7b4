"""Play: what one plays with, how moves are sent, and what Play and Present leave as it was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QObject, QPointF, Qt, Signal
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from engine.document.graph import Change, Graph, Input, Place, Play, Wire, load
from engine.document.messages import Array, Figure, FigureData, Status, Weights
from engine.document.walks import upstream_ids
from nodes.params import ParamInfo, value_fault
from tests.shipped import catalogue
from tests.workbench.sample import CATALOGUE, vae
from tests.workbench.test_sequences import opened, run, with_views
from tests.workbench.test_workspaces import SILENT
from workbench import edits
from workbench.bench import examples
from workbench.bench.document import Document
from workbench.bench.plays import MOST_INPUTS, param_of, play_of, retrains
from workbench.look.theme import appearance
from workbench.play.controls import Choice, Dice, Number, Tick, Words, control_of
from workbench.play.pads import MOST_DRAWN, Drawing, Handles
from workbench.play.planes import Drawn, Picked
from workbench.play.steering import Steering
from workbench.plots.widget import Plot
from workbench.shell.preferences import use_look
from workbench.shell.window import Window
from workbench.widgets.value_slider import ValueSlider

KNOWN = catalogue()
NAMES = [example.name for example in examples.listed()]
FLOATS = ParamInfo(name="points", type="floats", default=[0.0, 0.0], title="Points")


def plane(span: float = 2.0) -> FigureData:
    points = np.array([[-span, -span], [span, span]], np.float32)
    return FigureData(kind="points", arrays={"points": Array.of(points)})


@pytest.fixture
def plot(qtbot: QtBot) -> Plot:
    it = Plot()
    qtbot.addWidget(it)
    it.resize(400, 300)
    it.draw(plane())
    it.show()
    return it


# --- what one plays with --------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_what_an_example_names_is_there(name: str) -> None:
    path = examples.find(name)
    assert path is not None
    graph = load(path)
    named, play = graph.layout.play, play_of(graph, KNOWN)
    assert named is not None
    assert named.views == play.views and named.inputs == play.inputs
    assert len(play.inputs) <= MOST_INPUTS and play.title and play.question.endswith("?")
    above = upstream_ids(graph.wires, play.views)
    for one in play.inputs:
        param = param_of(graph, KNOWN, one)
        assert param is not None and one.on in ("", *play.views)
        assert {one.node, graph.owner(one.node)} & above, "it moves one of the pictures"
        drawn = KNOWN[graph.nodes[graph.owner(one.node)]].kind == "DrawnPoints"
        assert not retrains(graph, KNOWN, one.node) or drawn
        value = graph.nodes[graph.owner(one.node)].params.get(one.param, param.default)
        if isinstance(value, (int, float)):
            low, high = one.low, one.high
            assert (low is None or low <= value) and (high is None or value <= high)
        for bound in (one.low, one.high):
            assert bound is None or not value_fault(param, type(value)(bound))


def test_a_graph_that_names_nothing_has_its_own_inputs() -> None:
    graph = Graph(
        nodes={
            "prior": Place(kind="Prior"),
            "decoder": Place(kind="Decoder"),
            "view": Place(kind="ImageGrid"),
        },
        wires=[Wire("prior", "z", "decoder", "z"), Wire("decoder", "x_hat", "view", "images")],
    )
    play = play_of(graph, KNOWN)
    assert play.views == ["view"]
    assert play.inputs == [Input(node="prior", param="seed")]
    graph.layout.play = Play(views=["gone"], inputs=[Input(node="prior", param="gone")])
    assert play_of(graph, KNOWN).views == ["view"] and not play_of(graph, KNOWN).inputs


def test_data_that_are_drawn_are_drawn_in_the_first_plane() -> None:
    nodes = {"data": Place(kind="DrawnPoints"), "view": Place(kind="Scatter")}
    graph = Graph(nodes=nodes, wires=[Wire("data", "points", "view", "points")])
    assert play_of(graph, KNOWN).inputs == [
        Input(node="data", param="points", on="view"),
        Input(node="data", param="seed"),
    ]


# --- moves ----------------------------------------------------------------------------------------


class Bench(QObject):
    """A bench whose engine answers when the test says so."""

    figure_came = Signal(object)

    def __init__(self, graph: Graph) -> None:
        super().__init__()
        self.document, self.live = Document(graph), self
        self.catalogue, self.sent = KNOWN, 0

    @property
    def whole(self) -> Graph:
        return self.document.graph

    def set_param(self, path: str, name: str, value: Any) -> Change:
        return edits.set_param(self.document.graph, path, name, value)

    def send_edits(self, first: list[str]) -> bool:
        assert set(first) <= {"view"}
        self.sent += 1
        return True

    def draws(self, node: str, seconds: float = 0.01) -> None:
        self.figure_came.emit(Figure(node=node, step=1, figure=plane(), seconds=seconds))


@pytest.fixture
def bench(qapp: Any) -> Bench:
    nodes = {"prior": Place(kind="Prior"), "view": Place(kind="Scatter")}
    return Bench(Graph(nodes=nodes, wires=[Wire("prior", "z", "view", "points")]))


def value(bench: Bench) -> Any:
    return bench.document.graph.nodes["prior"].params.get("count")


def test_while_a_picture_is_drawn_only_the_newest_move_waits(bench: Bench) -> None:
    steering = Steering()
    steering.show_bench(bench, ["view"])  # type: ignore[arg-type]
    for count in (1, 2, 3, 4):
        steering.move("prior", "count", count)
    assert (value(bench), bench.sent) == (1, 1)
    bench.draws("view", seconds=0)  # on its way
    assert bench.sent == 1
    bench.draws("view")
    assert (value(bench), bench.sent) == (4, 2)
    bench.draws("view")
    assert bench.sent == 2
    steering.move("prior", "count", 5)
    steering.move("prior", "count", 6)
    steering.let_go()  # at once, whatever is drawn
    assert (value(bench), bench.sent) == (6, 4)


def test_a_gesture_is_one_step_to_undo(bench: Bench) -> None:
    steering = Steering()
    steering.show_bench(bench, ["view"])  # type: ignore[arg-type]
    for first in (1, 11):
        for count in range(first, first + 5):
            steering.move("prior", "count", count)
            bench.draws("view")
        steering.let_go()
    assert value(bench) == 15
    bench.document.undo()
    assert value(bench) == 5
    bench.document.undo()
    assert value(bench) is None


def test_moves_of_what_is_gone_are_refused_in_words(bench: Bench, qtbot: QtBot) -> None:
    steering = Steering()
    steering.show_bench(bench, ["view"])  # type: ignore[arg-type]
    with qtbot.waitSignal(steering.refused):
        steering.move("gone", "count", 1)
    assert not bench.document.can_undo


# --- controls -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("param", "kind", "value"),
    [
        (ParamInfo(name="p", type="float", low=0, high=1, default=0.5), Number, 0.25),
        (ParamInfo(name="p", type="float", low=1e-4, high=10, default=1.0), Number, 0.01),
        (ParamInfo(name="p", type="int", low=1, high=9, default=3), Number, 4),
        (ParamInfo(name="p", type="float", default=2.0), Number, 1.0),
        (ParamInfo(name="p", type="int", optional=True), Dice, 7),
        (ParamInfo(name="p", type="choice", choices=["a", "b"]), Choice, "b"),
        (ParamInfo(name="p", type="bool"), Tick, True),
        (ParamInfo(name="p", type="text"), Words, "two\nlines"),
        (ParamInfo(name="p", type="str"), Words, "a line"),
    ],
)
def test_a_control_shows_values_and_tells_only_the_hand(
    param: ParamInfo, kind: type, value: Any, qtbot: QtBot
) -> None:
    control = control_of(Input(node="n", param="p"), param)
    assert type(control) is kind
    qtbot.addWidget(control)
    told: list[Any] = []
    control.moved.connect(told.append)
    for shown in (value, None):
        control.show_value(shown)
    assert told == []
    control.put(value)
    assert told == [value]


def test_a_slider_reaches_its_bounds(qtbot: QtBot) -> None:
    param = ParamInfo(name="p", type="float", low=0.001, high=10.0, default=1.0)
    control = control_of(Input(node="n", param="p", high=5.0), param)
    assert isinstance(control, Number) and control.by_ratio
    qtbot.addWidget(control)
    told: list[Any] = []
    control.moved.connect(told.append)
    for at in (1, 0, 500, 1000):
        control.slide.setValue(at)
    assert told[1:] == [0.001, pytest.approx(0.0707, rel=1e-3), 5.0]


def over(control: Any, plot: Plot, qtbot: QtBot) -> list[Any]:
    qtbot.addWidget(control)
    control.show_value([0.0, 0.0])
    control.join(plot)
    told: list[Any] = []
    control.moved.connect(told.append)
    return told


def drag(pad: Any, *places: tuple[float, float]) -> None:
    axes = pad.plot.axes()
    pixels = [pad.place(axes, place).toPoint() for place in places]
    QTest.mousePress(pad, Qt.MouseButton.LeftButton, pos=pixels[0])
    for pixel in pixels[1:]:
        QTest.mouseMove(pad, pixel)
    QTest.mouseRelease(pad, Qt.MouseButton.LeftButton, pos=pixels[-1])


def test_a_point_follows_the_hand_by_mouse_keys_and_sliders(plot: Plot, qtbot: QtBot) -> None:
    control = Picked(Input(node="n", param="points", on="v"), FLOATS, 2)
    told = over(control, plot, qtbot)
    pad = control.pad
    assert isinstance(pad, Handles)
    drag(pad, (0.0, 0.0), (1.0, -1.0))
    assert told[-1] == pytest.approx([1.0, -1.0], abs=0.05)
    x, y = told[-1]
    QTest.keyClick(pad, Qt.Key.Key_Right)
    QTest.keyClick(pad, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    assert told[-1] == pytest.approx([x + 0.05, y + 0.01])
    control.slides[0].setValue(0)
    assert told[-1] == pytest.approx([-3.2, y + 0.01])
    drag(pad, (1.0, 1.0), (99.0, 1.0))  # to the edge, not beyond
    assert told[-1][0] == pytest.approx(pad.plot.axes().x[1], abs=0.01)


def test_the_numbers_that_lie_in_no_plane_stay(plot: Plot, qtbot: QtBot) -> None:
    control = Picked(Input(node="n", param="points", on="v"), FLOATS, 3)
    told = over(control, plot, qtbot)
    control.show_value([0.0, 0.0, 7.0, 1.0, 1.0, 8.0])
    drag(control.pad, (1.0, 1.0), (-1.0, 0.5))
    assert told[-1] == [0, 0, 7, pytest.approx(-1, abs=0.05), pytest.approx(0.5, abs=0.05), 8]


def test_a_walk_ends_where_it_leads_and_can_go_back(plot: Plot, qtbot: QtBot) -> None:
    control = Picked(Input(node="n", param="points", on="v"), FLOATS, 2)
    told = over(control, plot, qtbot)
    pad = control.pad
    assert isinstance(pad, Handles) and pad.end == (1.5, 0.0)
    control.walk.click()
    while control.walking.isActive():
        control._walk()
    assert told[-1] == [1.5, 0.0] and pad.end == (0.0, 0.0)
    assert len(told) == 80 and told[39][0] == pytest.approx(0.75)
    control.walk.click()
    control.join(None)  # its picture goes
    assert not control.walking.isActive()


def test_points_are_drawn_and_wiped(plot: Plot, qtbot: QtBot) -> None:
    control = Drawn(Input(node="n", param="points", on="v"), FLOATS, 2)
    told = over(control, plot, qtbot)
    pad = control.pad
    assert isinstance(pad, Drawing)
    drag(pad, (-1.0, 1.0), (1.0, 1.0))
    drawn = np.array(told[-1]).reshape(-1, 2)
    assert len(drawn) > 5 and np.allclose(drawn[1:, 1], 1.0, atol=0.05)
    assert np.diff(drawn[1:, 0]).min() > 0
    control.tools[1].click()
    drag(pad, *((x, 1.0) for x in np.linspace(-1.2, 1.2, 40)))
    assert np.array(told[-1]).reshape(-1, 2).tolist() == [[0.0, 0.0]]
    drag(pad, (0.0, 0.0))
    assert len(pad.points) == 1, "the last point stays"
    control.clear.click()
    assert told[-1] == [0.0, 0.0]
    control.tools[0].click()
    drag(pad, (1.0, -1.0), (1.0, 1.0))
    assert (0.0, 0.0) not in pad.points and len(pad.points) > 5, "a stroke takes its place"
    control.show_value([0.0, 0.0] * MOST_DRAWN)
    control.tools[0].click()
    drag(pad, (-1.0, 1.0), (1.0, 1.0))
    assert len(pad.points) == MOST_DRAWN


def test_the_layer_leaves_wheel_and_hover_to_the_plot(plot: Plot, qtbot: QtBot) -> None:
    control = Picked(Input(node="n", param="points", on="v"), FLOATS, 2)
    over(control, plot, qtbot)
    plot.clear()
    assert not control.pad.isVisible(), "a button below it can be pressed"
    plot.draw(plane())
    plot.zoom(0.5, QPointF(plot.rect().center()))
    assert control.pad.isVisible()


# --- the window -----------------------------------------------------------------------------------


def shown(window: Window) -> list[str]:
    return [picture.pane.node for picture in window.workspaces.stage.pictures]


def played() -> Graph:
    """Return the sample's graph with what one plays with."""
    graph = with_views()
    inputs = [Input(node="encoder", param="hidden"), Input(node="prior", param="count")]
    inputs = [one for one in inputs if param_of(graph, CATALOGUE, one) is not None]
    graph.layout.play = Play(
        title="Two points", question="Why?", views=["scatter", "scatter_1"], inputs=inputs
    )
    return graph


def wrong(window: Window) -> list[str]:
    """Return what of the workspace in front is not as it says."""
    spaces, docks = window.workspaces, window.docks
    stage, playing = spaces.stage, spaces.playing
    panes = [picture.pane for picture in stage.pictures]
    right = {
        "middle": stage.isVisible() == playing,
        "docks": not playing or not any(d.isVisible() for d in docks.by_name.values()),
        "bars": window.top.isVisible() != playing,
        "tabs": window.tabs.strip.isVisible() != playing,
        "lent": not playing or docks.views.lent == {p.node for p in panes},
        "seen": not playing or all(p.isVisible() and stage.isAncestorOf(p) for p in panes),
        "none": playing or not panes,
        "places": not any(
            p.isVisible() and p.parent() is docks.views for _, p in docks.views.made()
        ),
        "heads": all(p.head.isVisible() != playing for p in panes),
        "switch": stage.switch.currentIndex() == window.tabs.switch.currentIndex(),
    }
    return [name for name, holds in right.items() if not holds]


def to(window: Window, action: str, qtbot: QtBot) -> None:
    window.menus.trigger(action)

    def nothing_wrong() -> None:
        assert wrong(window) == []

    qtbot.waitUntil(nothing_wrong)


def every_plot(window: Window) -> list[Plot]:
    """Return the plots of all views, as a dialog that saves their pictures does."""
    return [view.plot for view in window.workspaces.docks.views.shown.values()]


def test_play_has_the_window_and_gives_it_back(window: Window, qtbot: QtBot) -> None:
    page = opened(window, qtbot, played())
    run(page, qtbot)
    page.canvas.stage.select(["encoder"])
    before = page.bench.document.history.position
    to(window, "view.watch", qtbot)
    assert len(every_plot(window)) > len(shown(window)), "some have no place here"
    for there in ("view.play", "view.watch", "view.play", "view.build"):
        to(window, there, qtbot)
        assert (shown(window) == ["scatter", "scatter_1"]) == (there == "view.play")
    assert page.canvas.selection.ids == ["encoder"]
    assert page.bench.document.history.position == before
    to(window, "view.play", qtbot)
    QTest.keyClick(window.workspaces.stage, Qt.Key.Key_Escape)
    assert window.workspaces.watching and wrong(window) == []


def test_buttons_are_as_high_as_a_hand_needs(window: Window, qtbot: QtBot) -> None:
    use_look(window.settings)
    seed = ParamInfo(name="seed", type="int", default=None, optional=True, title="Seed")
    controls: list[Any] = [Dice(Input(node="noise", param="seed"), seed)]
    points = Input(node="points", param="points")
    controls += [Drawn(points, FLOATS, 2), Picked(points, FLOATS, 2)]
    for control in controls:
        qtbot.addWidget(control)
        control.show()
        buttons = control.findChildren(QPushButton)
        assert buttons and all(button.height() >= 40 for button in buttons)


def test_each_document_keeps_its_own_play(window: Window, qtbot: QtBot) -> None:
    first = opened(window, qtbot, played())
    to(window, "view.play", qtbot)
    second = opened(window, qtbot, vae())
    qtbot.waitUntil(lambda: wrong(window) == [])
    assert not window.workspaces.playing
    window.tabs.show_page(first)
    qtbot.waitUntil(lambda: shown(window) == ["scatter", "scatter_1"])
    qtbot.waitUntil(lambda: wrong(window) == [])
    assert window.files.close_tab(first)
    assert wrong(window) == [] and not window.workspaces.playing
    assert window.files.close_tab(second)
    window.show_gallery()
    assert wrong(window) == []


def test_edits_while_one_plays(window: Window, qtbot: QtBot) -> None:
    page = opened(window, qtbot, played())
    document = page.bench.document
    to(window, "view.play", qtbot)
    document.push(edits.remove(document.graph, ["scatter", "encoder"]))
    qtbot.waitUntil(lambda: shown(window) == ["scatter_1"])
    assert document.graph.layout.play.views == ["scatter_1"]
    document.undo()
    qtbot.waitUntil(lambda: shown(window) == ["scatter", "scatter_1"])
    document.push(edits.remove(document.graph, list(document.graph.nodes)))
    qtbot.waitUntil(lambda: shown(window) == [])
    assert wrong(window) == []
    document.undo()
    qtbot.waitUntil(lambda: shown(window) == ["scatter", "scatter_1"])


@pytest.mark.parametrize("key", ["nodes", "inspector", "lesson", "log"])
def test_a_panel_that_is_asked_for_leads_to_build(window: Window, qtbot: QtBot, key: str) -> None:
    opened(window, qtbot, played())
    to(window, "view.play", qtbot)
    window.show_panel(key)
    qtbot.waitUntil(lambda: wrong(window) == [])
    assert not window.workspaces.playing


@pytest.mark.parametrize("before", ["view.build", "view.watch", "view.play"])
def test_a_presentation_gives_the_screen_back(window: Window, qtbot: QtBot, before: str) -> None:
    page = opened(window, qtbot, played())
    run(page, qtbot)
    to(window, before, qtbot)
    use_look(window.settings)
    looks = appearance.choice, appearance.text_scale, window.isFullScreen()
    workspace = window.workspaces.choice.workspace
    to(window, "view.present", qtbot)
    stage = window.workspaces.stage
    assert window.isFullScreen() and not stage.head.isVisible()
    assert appearance.theme.name == "light" and appearance.text_scale >= 1.5
    assert stage.heading.text() == "Two points"
    seen = [shown(window)]
    for _ in range(4):
        QTest.keyClick(stage, Qt.Key.Key_PageDown)
        seen.append(shown(window))
    assert seen[0] == ["scatter", "scatter_1"] and seen[1] == ["scatter", "scatter_0"]
    assert seen[-1] == seen[-2], "after the last picture there is none"
    QTest.keyClick(stage, Qt.Key.Key_Minus)
    QTest.keyClick(stage, Qt.Key.Key_Escape)
    assert window.workspaces.choice.workspace == workspace
    qtbot.waitUntil(lambda: wrong(window) == [])
    assert (appearance.choice, appearance.text_scale, window.isFullScreen()) == looks
    if before == "view.play":
        assert shown(window) == ["scatter", "scatter_1"]


def test_what_is_presented_is_moved_by_larger_knobs(make: Make, qtbot: QtBot) -> None:
    window = make(KNOWN, SILENT)
    path = examples.find("vae-digits")
    assert path is not None
    window.add_document(Document(load(path)))
    stage = window.workspaces.stage
    for action, knob in (("view.play", 22), ("view.present", 32), ("view.play", 22)):
        window.menus.trigger(action)
        qtbot.waitUntil(lambda: bool(stage.controls))
        knobs = lambda: {s.knob for s in stage.beside.findChildren(ValueSlider)}  # noqa: E731
        qtbot.waitUntil(lambda knob=knob, knobs=knobs: knobs() == {knob})
        if action == "view.present":
            QTest.keyClick(stage, Qt.Key.Key_Escape)


def test_a_window_that_closes_on_the_whole_screen_opens_as_before(
    window: Window, qtbot: QtBot
) -> None:
    opened(window, qtbot, played())
    to(window, "view.present", qtbot)
    window.save_state()
    assert window.workspaces.presentation is None and not window.isFullScreen()


Make = Callable[..., Window]


def test_what_must_be_trained_says_so(window: Window, qtbot: QtBot) -> None:
    page = opened(window, qtbot, played())
    to(window, "view.play", qtbot)
    stage = window.workspaces.stage
    assert stage.run.isVisible() and stage.told.text()
    stage.run.click()
    qtbot.waitUntil(lambda: page.bench.live.busy or bool(page.bench.live.figures), timeout=15_000)


def test_what_is_learned_asks_to_be_trained_anew(make: Make, qtbot: QtBot) -> None:
    path = examples.find("drawn-flow")
    assert path is not None
    window = make(KNOWN, SILENT)
    page = window.add_document(Document(load(path)))
    page.bench.live.receive(Weights(trained=True))
    window.menus.trigger("view.play")
    stage = window.workspaces.stage
    qtbot.waitUntil(lambda: len(stage.controls) == 3)
    drawing, _, steps = stage.controls
    steps.put(20)
    assert not stage.run.isVisible(), "steps of the sampler need no training"
    drawing.put([0.0, 0.0, 1.0, 1.0])
    assert stage.run.isVisible() and stage.run.text() == "Train anew"
    page.bench.live.receive(Status(status="running", run="r"))
    qtbot.waitUntil(lambda: not stage.run.isVisible())
    assert page.bench.document.graph.nodes["data"].params["points"] == [0.0, 0.0, 1.0, 1.0]


def test_a_hand_is_not_set_back_to_what_the_document_holds(make: Make, qtbot: QtBot) -> None:
    path = examples.find("drawn-flow")
    assert path is not None
    window = make(KNOWN, SILENT)
    bench = window.add_document(Document(load(path))).bench
    window.menus.trigger("view.play")
    stage = window.workspaces.stage
    qtbot.waitUntil(lambda: len(stage.controls) == 3)
    drawing = stage.controls[0]
    assert isinstance(drawing, Drawn)
    stage.steering._awaited = {"drawing"}  # its picture is on the way
    for count in (1, 2, 3):
        drawing._take([(1.0, 1.0)] * count)
        stage.redraw()
        assert len(drawing.points) == count
    stage.steering.let_go()
    stage.redraw()
    assert bench.document.graph.nodes["data"].params["points"] == [1.0] * 6
    assert len(drawing.points) == 3


def test_a_picture_that_comes_late_says_why(make: Make, qtbot: QtBot) -> None:
    path = examples.find("langevin-mixture")
    assert path is not None
    window = make(KNOWN, SILENT)
    bench = window.add_document(Document(load(path))).bench
    window.menus.trigger("view.play")
    stage = window.workspaces.stage
    qtbot.waitUntil(lambda: stage.steering.bench is bench and len(stage.pictures) == 2)
    qtbot.waitUntil(lambda: bool(stage.foot.text()))
    view, keys = stage.pictures[1].pane.node, stage.foot.text()

    def after(seconds: float) -> str:
        stage.steering._awaited = {view}
        bench.live.figure_came.emit(Figure(node=view, step=1, figure=plane(), seconds=seconds))
        return stage.foot.text()

    assert after(0.02) == keys
    words = "Annealed takes 100 steps: the picture follows after 500 ms."
    assert after(0.51) == f"{words}\n{keys}"


def test_a_hand_reaches_into_groups(window: Window, qtbot: QtBot) -> None:
    """An input in a group is moved by its path, where its value is: in the group, or outside."""
    page = opened(window, qtbot, played())
    bench, document = page.bench, page.bench.document
    graph, steering = document.graph, window.workspaces.stage.steering
    document.push(edits.group(graph, ["encoder", "scatter"], bench.installed))
    (instance,) = [node for node, place in graph.nodes.items() if place.group]
    group, path = graph.nodes[instance].group, f"{instance}/encoder"
    assert path in [one.node for one in play_of(bench.whole, bench.catalogue).inputs]
    to(window, "view.play", qtbot)
    qtbot.waitUntil(lambda: shown(window) == [f"{instance}/scatter", "scatter_1"])
    steering.move(path, "hidden", 33)
    steering.let_go()
    assert graph.groups[group].nodes["encoder"].params["hidden"] == 33
    document.push(edits.show_outside(graph, group, "encoder", "hidden"))
    document.push(edits.set_param(graph, instance, "hidden", 34))
    steering.move(path, "hidden", 35)
    steering.let_go()
    assert graph.nodes[instance].params["hidden"] == 35
    assert graph.groups[group].nodes["encoder"].params["hidden"] == 33
    window.workspaces.stage.begin_again()
    assert graph.nodes[instance].params.get("hidden") != 35
    document.history.go_to(0)
    qtbot.waitUntil(lambda: shown(window) == ["scatter", "scatter_1"])
    qtbot.waitUntil(lambda: wrong(window) == [])
