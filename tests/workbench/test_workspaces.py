"""Build and Watch: what each shows, what a switch leaves alone, what a first run does."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.document.graph import Play, Wire, apply, save
from engine.document.messages import NodeState
from tests.shipped import catalogue
from tests.test_examples import shipped
from tests.workbench.plots.figures import figure
from tests.workbench.sample import CATALOGUE, vae
from tests.workbench.test_sequences import close, opened, run, with_views
from workbench import edits
from workbench.bench import examples, settings
from workbench.bench.process import Engine
from workbench.bench.settings import UserSettings
from workbench.bench.views import draw_one_plane, is_view, view_nodes, watch_rows
from workbench.look.theme import appearance
from workbench.shell.window import Window
from workbench.watch.lanes import folded, gathered, lanes, trainers_of
from workbench.widgets.base import UNBOUNDED

Make = Callable[..., Window]
NAMES = [example.name for example in examples.listed()]
KNOWN = catalogue()
SILENT = [
    sys.executable,
    "-c",
    "import sys; sys.stdin.buffer.read()",
]  # an engine that says nothing


def watched(window: Window) -> list[str]:
    return [pane.node for pane in window.workspaces.watch.panes]


def wrong(window: Window) -> list[str]:
    """Return what of the workspace in front is not as it says."""
    spaces, docks, views = window.workspaces, window.docks, window.docks.views
    watching = spaces.watching
    right = {
        "middle": spaces.watch.isVisible() == watching,
        "canvas": window.canvas is None or window.canvas.isVisible() != watching,
        "palette": not watching or not docks.by_name["palette"].isVisible(),
        "folded": views.body.isVisible() != watching,
        "slider": not watching or views.slider.isVisible(),
        "lent": views.lent == (set(watched(window)) | curves(window) if watching else set()),
        "inside": all(spaces.watch.isAncestorOf(pane) for pane in spaces.watch.panes),
        "seen": all(pane.isVisible() for pane in spaces.watch.panes) or not watching,
        "switch": window.tabs.switch.currentIndex() == int(watching),
    }
    return [name for name, holds in right.items() if not holds]


def settled(window: Window, qtbot: QtBot) -> None:
    def nothing_wrong() -> None:
        assert wrong(window) == []

    qtbot.waitUntil(nothing_wrong)


def curves(window: Window) -> set[str]:
    views = window.docks.views
    return {n for n in views.order if views.shown[n].loss is not None and n not in views.floating}


def in_watch(window: Window, qtbot: QtBot) -> None:
    window.menus.trigger("view.watch")
    qtbot.waitUntil(lambda: bool(watched(window)))
    settled(window, qtbot)


def test_watch_has_the_pictures_and_build_gets_them_back(window: Window, qtbot: QtBot) -> None:
    page = opened(window, qtbot)
    run(page, qtbot)
    page.canvas.stage.select(["encoder"])
    figure = page.bench.live.figures["scatter"]
    for _ in range(2):
        in_watch(window, qtbot)
        assert watched(window) == ["scatter", "scatter_0"]
        assert wrong(window) == []
        window.menus.trigger("view.build")
        settled(window, qtbot)
        assert wrong(window) == []
        assert page.canvas.selection.ids == ["encoder"]
        assert page.bench.live.figures["scatter"] is figure


def test_a_picture_fills_the_place_and_gives_it_back(window: Window, qtbot: QtBot) -> None:
    opened(window, qtbot)
    in_watch(window, qtbot)
    head = window.workspaces.watch.panes[1].head
    qtbot.mouseClick(head, Qt.MouseButton.LeftButton)  # selects its node
    assert wrong(window) == []
    qtbot.mouseDClick(head, Qt.MouseButton.LeftButton)
    assert watched(window) == ["scatter_0"]
    window.menus.trigger("view.fill")
    assert watched(window) == ["scatter", "scatter_0"]
    window.show_view(1)
    assert watched(window) == ["scatter_1", "scatter_2"]
    assert wrong(window) == []


def standing(window: Window) -> list[str]:
    """Return the views that stand in the dock, side by side or behind tabs."""
    views = window.docks.views
    row = [views.row.widget(at) for at in range(views.row.count())]
    return [*(p.node for p in row if p is not views.tabs), *views.tabs.nodes]


@pytest.mark.parametrize("width", [1600, 900])
def test_a_view_fills_the_dock_and_gives_it_back(make: Make, qtbot: QtBot, width: int) -> None:
    window = make(size=(width, 1000))
    opened(window, qtbot)
    views = window.docks.views
    before = standing(window)
    for node in before:
        window.show_view(views.order.index(node))
        pane = views.shown[node].pane
        qtbot.mouseDClick(pane.head, Qt.MouseButton.LeftButton)
        assert standing(window) == [node] and pane.isVisible()
        window.menus.trigger("view.fill")
        assert standing(window) == before
    window.workspaces.fill(before[-1])
    window.show_view(0)
    assert standing(window) == before
    window.workspaces.fill(before[0])
    in_watch(window, qtbot)
    window.menus.trigger("view.build")
    assert standing(window) == before[:1]
    document = window.bench.document
    document.push(edits.remove(document.graph, before[:1]))
    qtbot.waitUntil(lambda: standing(window) == before[1:])


def test_in_a_low_window_the_views_open_for_one_that_fills_them(make: Make, qtbot: QtBot) -> None:
    window = make(size=(1366, 768))
    opened(window, qtbot)
    window.menus.trigger("view.fill")
    views = window.docks.views
    qtbot.waitUntil(views.body.isVisible)
    assert standing(window) == views.order[:1]
    window.menus.trigger("view.fill")
    assert standing(window) == views.order


@pytest.mark.parametrize("key", ["nodes", "outline", "problems"])
def test_what_has_no_room_in_watch_leads_to_build(window: Window, qtbot: QtBot, key: str) -> None:
    opened(window, qtbot)
    in_watch(window, qtbot)
    window.show_panel(key)
    settled(window, qtbot)
    assert not window.workspaces.watching
    assert wrong(window) == []


@pytest.mark.parametrize("action", ["graph.add", "view.fit_all", "graph.tidy"])
def test_what_is_seen_in_the_graph_leads_to_build(
    window: Window, qtbot: QtBot, action: str
) -> None:
    opened(window, qtbot)
    in_watch(window, qtbot)
    window.menus.trigger(action)
    settled(window, qtbot)
    assert not window.workspaces.watching


def test_each_document_keeps_its_workspace(window: Window, qtbot: QtBot) -> None:
    first = opened(window, qtbot)
    in_watch(window, qtbot)
    second = opened(window, qtbot, vae())
    settled(window, qtbot)
    assert not window.workspaces.watching
    assert wrong(window) == []
    window.tabs.show_page(first)
    qtbot.waitUntil(lambda: watched(window) == ["scatter", "scatter_0"])
    assert wrong(window) == []
    close(window, first, qtbot)
    assert not window.workspaces.watching
    assert wrong(window) == []
    window.tabs.show_page(second)
    window.show_gallery()
    assert not window.tabs.switch.isVisible()


@pytest.mark.parametrize("workspace", ["build", "watch", "play"])
def test_a_file_opens_in_the_workspace_it_was_closed_in(
    window: Window, home: Path, qtbot: QtBot, workspace: str
) -> None:
    graph = with_views()
    graph.lesson = "vae"
    page, file = opened(window, qtbot, graph), home / "own.graph.json"
    assert window.files.save_to(page, file)
    run(page, qtbot)
    assert window.workspaces.watching  # by itself, which is no choice
    qtbot.waitUntil(lambda: page.bench.live.status.status == "done", timeout=20_000)
    close(window, page, qtbot)
    window.files.open(file)
    assert window.workspaces.choice.workspace == "build"
    for before in ("play", "build", workspace):
        window.menus.trigger(f"view.{before}")
    if workspace == "play":
        window.workspaces.present()
    window.save_state()
    assert settings.load().workspaces == {str(file): workspace}
    close(window, window.tabs.current, qtbot)
    window.files.open(file)
    assert window.workspaces.choice.workspace == workspace


def test_the_program_opens_a_file_where_it_was_left(home: Path, qtbot: QtBot) -> None:
    file = home / "own.graph.json"
    save(with_views(), file)
    for workspace in ("play", "watch", "build"):
        kept = UserSettings(workspaces={str(file): workspace})
        window = Window(kept, CATALOGUE, engines=lambda: Engine(command=SILENT))
        qtbot.addWidget(window)
        window.resize(1366, 768)
        window.files.open(file)
        window.show()
        qtbot.waitUntil(lambda w=window: w.pages.first_painted)  # type: ignore[misc]
        qtbot.waitUntil(lambda w=window: wrong_at(w) == [])  # type: ignore[misc]
        assert window.workspaces.choice.workspace == workspace
        window.shutdown.closing = True
        window.bench.document.close()
        window.bench.engine.kill()
        window.close()


def wrong_at(window: Window) -> list[str]:
    """Return which part of a window is seen, but is not of the workspace; or is missing."""
    chosen, spaces = window.workspaces.choice.workspace, window.workspaces
    parts = {"build": window.canvas, "watch": spaces.watch, "play": spaces.stage}
    wrong = [name for name, part in parts.items() if part.isVisible() != (name == chosen)]
    return [*wrong, *(["pictures"] if chosen == "watch" and not watched(window) else [])]


def test_edits_while_one_watches(window: Window, qtbot: QtBot) -> None:
    page = opened(window, qtbot)
    document = page.bench.document
    in_watch(window, qtbot)
    document.push(edits.remove(document.graph, ["scatter"]))
    qtbot.waitUntil(lambda: watched(window)[:1] == ["scatter_0"])
    document.undo()
    qtbot.waitUntil(lambda: "scatter" in watched(window))
    window.docks.views.toggle_floating("scatter")
    settled(window, qtbot)
    assert "scatter" not in watched(window)
    window.docks.views.toggle_floating("scatter")
    settled(window, qtbot)
    assert "scatter" in watched(window)
    document.push(edits.remove(document.graph, list(document.graph.nodes)))
    qtbot.waitUntil(lambda: not watched(window))
    settled(window, qtbot)
    assert window.workspaces.watch.empty.isVisible()
    document.undo()
    qtbot.waitUntil(lambda: bool(watched(window)))
    assert wrong(window) == []


def test_with_all_pictures_detached_it_says_so(window: Window, qtbot: QtBot) -> None:
    opened(window, qtbot, vae())
    in_watch(window, qtbot)
    window.docks.views.toggle_floating("scatter")
    words = window.workspaces.watch.empty
    assert words.isVisible() and words.text() == "All views have windows of their own."


def test_a_run_and_a_parameter_move_nothing(
    window: Window, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = opened(window, qtbot)
    in_watch(window, qtbot)
    moved: list[str] = []
    monkeypatch.setattr(window.workspaces.strip, "_arrange", lambda: moved.append("chips"))
    window.docks.views.listed.connect(lambda: moved.append("pictures"))
    document, live = page.bench.document, page.bench.live
    live.receive(NodeState(node="decoder", state="running"))
    document.push(edits.set_param(document.graph, "encoder", "hidden", [8]))
    qtbot.waitUntil(lambda: live.checked is not None and live.checked.seq == live.seq)
    assert moved == []
    document.push(edits.rename(document.graph, "encoder", "Other"))
    qtbot.waitUntil(lambda: {"chips", "pictures"} <= set(moved))


def test_the_first_run_with_a_lesson_leads_to_watch_once(window: Window, qtbot: QtBot) -> None:
    graph = with_views()
    graph.lesson = "vae"
    page = opened(window, qtbot, graph)
    run(page, qtbot)
    assert window.workspaces.watching
    settled(window, qtbot)
    assert wrong(window) == []
    key = next(k for k in window.notices.by_key if k.startswith("workspace"))
    window.menus.trigger("view.build")
    assert key not in window.notices.by_key
    qtbot.waitUntil(lambda: page.bench.live.status.status == "done", timeout=20_000)
    run(page, qtbot)
    assert not window.workspaces.watching


def test_an_own_graph_stays_in_build(window: Window, qtbot: QtBot) -> None:
    run(opened(window, qtbot), qtbot)
    assert not window.workspaces.watching


def test_a_chip_leads_to_its_node(window: Window, qtbot: QtBot) -> None:
    page = opened(window, qtbot)
    in_watch(window, qtbot)
    strip = window.workspaces.strip
    chip = next(chip for lane in strip.lanes for chip in lane if chip.node == "decoder")
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=chip.box.center().toPoint())
    assert not window.workspaces.watching
    assert page.canvas.selection.ids == ["decoder"]


def test_a_group_is_one_chip_and_leads_to_its_node(window: Window, qtbot: QtBot) -> None:
    graph = with_views()
    made = edits.group(graph, ["encoder", "reparameterize"], CATALOGUE)
    apply(graph, made)
    (group,) = (name for name, place in graph.nodes.items() if place.group)
    page = opened(window, qtbot, graph)
    in_watch(window, qtbot)
    strip = window.workspaces.strip
    (chip,) = (chip for lane in strip.lanes for chip in lane if chip.node == group)
    assert chip.text and "/" not in chip.text
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=chip.box.center().toPoint())
    assert page.canvas.selection.ids == [group]


def test_a_lane_inside_one_group_is_told_apart() -> None:
    lane = ["a/b/encoder", "a/b/net#2/conv", "a/b/net#3/conv", "a/loss", "a/adam"]
    assert gathered(lane) == ["a/b", "a/loss", "a/adam"]
    assert gathered(lane[:3]) == ["a/b/encoder", "a/b/net"]
    assert gathered([*lane, "trainer"]) == ["a", "trainer"]
    assert gathered(["data", "adam"]) == ["data", "adam"]


def test_a_kind_that_is_not_installed_is_named(window: Window, qtbot: QtBot) -> None:
    graph = with_views()
    graph.nodes["decoder"].kind = graph.nodes["scatter_1"].kind = "NotInstalled"
    opened(window, qtbot, graph)
    in_watch(window, qtbot)
    window.workspaces.strip.grab()
    chips = [chip.text for lane in window.workspaces.strip.lanes for chip in lane]
    assert "NotInstalled" in chips


def test_the_strip_never_leaves_its_room(window: Window, qtbot: QtBot) -> None:
    opened(window, qtbot)
    in_watch(window, qtbot)
    strip = window.workspaces.strip
    for width in (1400, 900, 600, 480):
        strip.resize(width, strip.height())
        strip._arrange()
        boxes = [chip.box for lane in strip.lanes for chip in lane]
        assert boxes and all(box.right() <= width for box in boxes)


def test_a_lane_goes_from_the_data_through_what_it_trains() -> None:
    graph, known = vae(), CATALOGUE
    (lane,) = lanes(graph, known, [])
    assert lane[0] == "digits" and lane[-2:] == ["elbo", "optimizer"]
    assert {"encoder", "decoder"} <= set(lane)
    assert trainers_of(graph, known, lane) == ["trainer"]


def test_the_lanes_of_the_trainer_that_trains_come_first() -> None:
    graph, known = vae(), CATALOGUE
    for kind in ("decoder", "elbo", "optimizer", "trainer"):
        graph.nodes[f"{kind}_2"] = graph.nodes[kind]
    graph.wires += [
        Wire(f"{w.source}_2", w.output, f"{w.target}_2", w.input)
        for w in graph.wires
        if f"{w.source}_2" in graph.nodes and f"{w.target}_2" in graph.nodes
    ]
    for trainer, optimizer in (("trainer", "optimizer"), ("trainer_2", "optimizer_2")):
        first = lanes(graph, known, [], trainer)[0]
        assert first[-1] == optimizer
        assert trainers_of(graph, known, first) == [trainer]


def test_a_lane_of_a_graph_with_a_cycle_ends() -> None:
    graph = vae()
    graph.wires.append(Wire("decoder", "x_hat", "encoder", "x"))
    for lane in lanes(graph, CATALOGUE, ["scatter"]):
        assert len(lane) == len(set(lane))


@pytest.mark.parametrize("count", range(1, 20))
def test_a_long_lane_says_how_many_it_leaves_out(count: int) -> None:
    lane = [f"n{k}" for k in range(count)]
    parts = folded(lane, 8)
    left_out = sum(part for part in parts if isinstance(part, int))
    assert len(parts) <= 8
    assert left_out + sum(isinstance(part, str) for part in parts) == count
    assert parts[0] == lane[0] and parts[-1] == lane[-1]


@pytest.mark.parametrize("name", NAMES)
def test_an_example_says_which_pictures_are_watched(name: str) -> None:
    graph, known = shipped(name), KNOWN
    views = {n for n in view_nodes(graph, known) if is_view(graph, known, n)}
    rows = graph.layout.watch
    assert rows and all(1 <= len(row) <= 2 for row in rows)
    assert {n for row in rows for n in row} == views
    assert watch_rows(graph, known) == rows
    picture = graph.extra.get("picture")
    assert not picture or rows[0][: len(picture)] == picture[:2]
    assert 1 <= len(lanes(graph, known, rows[0])) <= 2


IN_PLANES = {"CriticField", "Density", "Morph", "PlanView", "ScoreField", "Scatter", "Trajectories"}
IN_PLANES |= {"Warp"}


def test_two_planes_beside_each_other_are_one_plane_in_every_example() -> None:
    pairs = 0
    for name in NAMES:
        graph = shipped(name)
        play = graph.layout.play
        for row in [*graph.layout.watch, *([play.views] if play else [])]:
            if len(row) == 2 and {graph.nodes[node].kind for node in row} <= IN_PLANES:
                pairs += 1
                assert draw_one_plane(graph, row), (name, row)
    assert pairs > 20


def test_codes_and_data_are_two_planes() -> None:
    graph = with_views()
    graph.wires = [w for w in graph.wires if w.target not in ("scatter", "scatter_0")]
    graph.wires.append(Wire("sample", "z", "scatter", "points"))
    graph.wires.append(Wire("digits", "points", "scatter_0", "points"))
    assert not draw_one_plane(graph, ["scatter", "scatter_0"])
    assert draw_one_plane(graph, ["scatter"])


@pytest.mark.parametrize("workspace", ["watch", "play"])
def test_pictures_of_one_plane_have_one_range(window: Window, qtbot: QtBot, workspace: str) -> None:
    graph = with_views()
    graph.layout.play = Play(views=["scatter", "scatter_0"])
    opened(window, qtbot, graph)
    window.menus.trigger(f"view.{workspace}")
    plots = [window.docks.views.shown[node].plot for node in ("scatter", "scatter_0")]
    for wide, plot in enumerate(plots, 1):
        cloud = np.random.default_rng(0).normal(size=(50, 2)) * (4 * wide, wide)
        plot.draw(figure("points", points=cloud))
        plot.read()
    assert plots[0].shared and plots[0].axes().x == plots[1].axes().x
    assert plots[0].axes().y == plots[1].axes().y
    for plot in plots:  # the largest square that fits, not a strip of it
        area = plot.axes().area
        assert abs(area.width() - area.height()) < 1
        assert min(plot.width() - area.width(), plot.height() - area.height()) < 100
    window.menus.trigger("view.build")
    assert not any(plot.shared for plot in plots)


@pytest.mark.parametrize("workspace", ["watch", "play"])
def test_wide_pictures_of_one_plane_lie_below_each_other(
    make: Make, qtbot: QtBot, workspace: str
) -> None:
    window = make(size=(1366, 768))
    graph = with_views()
    graph.layout.play = Play(views=["scatter", "scatter_0"])
    opened(window, qtbot, graph)
    window.menus.trigger(f"view.{workspace}")
    plots = [window.docks.views.shown[node].plot for node in ("scatter", "scatter_0")]
    before = [plot.width() for plot in plots]
    for plot in plots:  # a density does not widen its range to a square
        facts = {"extent": [-6.0, 6.0, -1.0, 1.0]}
        plot.draw(figure("density", facts, values=np.ones((4, 24), np.float32)))
        plot.read()

    def lie_below() -> None:
        tops = [plot.mapTo(window, QPoint()).y() for plot in plots]
        assert tops[1] >= tops[0] + plots[0].height()
        assert all(plot.width() > 1.5 * old for plot, old in zip(plots, before, strict=True))

    qtbot.waitUntil(lie_below)


@pytest.fixture
def styled(qapp: QApplication) -> None:
    """Give fonts and sizes as the program's start does; a test before may have done so."""
    appearance.start(qapp)


@pytest.mark.usefixtures("styled")
@pytest.mark.parametrize(
    ("name", "least"),
    [("vae-mnist", 480), ("ddpm-moons", 480), ("gan-ring", 390), ("langevin-mixture", 390)],
)
def test_the_picture_is_large_on_a_laptop(
    make: Callable[..., Window], qtbot: QtBot, name: str, least: int
) -> None:
    window = make(KNOWN, SILENT, (1366, 768))
    assert window.files.open_example(name)
    in_watch(window, qtbot)
    plots = [pane.plot for pane in window.workspaces.watch.panes]
    sizes = [min(plot.width(), plot.height()) for plot in plots]
    assert len(sizes) == 2 and min(sizes) >= least, sizes
    assert not window.status.isVisible()


def test_the_next_row_stands_below_where_pictures_leave_the_room(make: Make, qtbot: QtBot) -> None:
    window = make(KNOWN, SILENT, (1366, 768))
    assert window.files.open_example("realnvp-moons")
    in_watch(window, qtbot)
    watch, first = window.workspaces.watch, ["density", "warp"]
    assert watched(window) == first and not watch.below.isVisible()
    moons = np.random.default_rng(0).uniform(-1, 1, (200, 2)) * (2, 1)
    plots, values = [pane.plot for pane in watch.panes], np.ones((20, 20), np.float32)
    plots[0].draw(figure("density", {"extent": [-2.0, 2.0, -1.0, 1.0]}, values=values))
    plots[1].draw(figure("points", points=moons))
    for plot in plots:
        plot.read()
    four = [*first, "samples", "paths"]
    qtbot.waitUntil(lambda: watched(window) == four)
    settled(window, qtbot)
    heights = [pane.height() for pane in watch.panes]
    assert max(heights) - min(heights) <= 1 and min(heights) > 250
    for node in four:  # each fills the place and gives it back
        window.workspaces.fill(node)
        assert watched(window) == [node]
        window.workspaces.fill()
        qtbot.waitUntil(lambda: watched(window) == four)
    window.show_view(1)
    settled(window, qtbot)
    assert watched(window) == four[2:] and not watch.below.isVisible()
    window.show_view(0)
    qtbot.waitUntil(lambda: watched(window) == four)
    window.menus.trigger("view.build")
    assert watched(window) == [] and window.docks.views.lent == set()


@pytest.mark.usefixtures("styled")
def test_in_a_narrow_window_curves_and_lesson_make_way_for_the_pictures(
    make: Make, qtbot: QtBot
) -> None:
    window = make(KNOWN, SILENT, (1024, 640))
    assert window.files.open_example("gan-ring")
    in_watch(window, qtbot)
    watch, docks = window.workspaces.watch, window.docks
    qtbot.waitUntil(lambda: watch.pills.isVisible() and watch.width() > 1000)
    assert [watch.pills.tabText(at) for at in range(watch.pills.count())] == [
        "Pictures",
        "Curves and lesson",
    ]

    def large() -> None:
        assert min(min(p.plot.width(), p.plot.height()) for p in watch.panes) >= 390

    qtbot.waitUntil(large)
    assert watch.strip.height() == 28 and watch.strip.line.startswith("gan-ring, step 0")
    window.show_panel("lesson")
    assert watch.body.currentWidget() is docks.right and docks.right.isVisible()
    assert docks.right.current == "lesson"
    watch.pills.setCurrentIndex(0)
    settled(window, qtbot)
    watch.setMaximumWidth(700)  # each picture has a tab of its own then
    qtbot.waitUntil(lambda: watch.pills.count() == 3)
    assert [pane.isVisible() for pane in watch.panes] == [True, False]
    watch.setMaximumWidth(UNBOUNDED)
    window.menus.trigger("view.build")
    qtbot.waitUntil(lambda: docks.right.isVisible() and watch.beside is None)
    assert docks.by_name["inspector"].widget() is docks.right
    in_watch(window, qtbot)
    window.resize(1366, 768)
    qtbot.waitUntil(lambda: docks.by_name["inspector"].isVisible() and not watch.pills.isVisible())
    qtbot.waitUntil(lambda: watch.strip.height() > 60)


# --- a low window ---------------------------------------------------------------------------------


def named(window: Window) -> list[bool]:
    """Return whether names stand for the views, and whether the views are seen."""
    views = window.docks.views
    return [views.strip.isVisible(), views.body.isVisible()]


def test_in_a_low_window_names_stand_for_the_views(make: Make, qtbot: QtBot) -> None:
    window = make(size=(1366, 768))
    opened(window, qtbot)
    qtbot.waitUntil(lambda: bool(window.docks.views.strip.buttons))
    assert named(window) == [True, False] and not window.side_open("views")
    words = [button.text() for button in window.docks.views.strip.buttons]
    assert words == [window.docks.views.shown[node].name for node in window.docks.views.order]
    high = window.canvas.height()
    assert high >= 590
    window.docks.views.strip.buttons[1].click()
    qtbot.waitUntil(lambda: window.canvas.height() < high - 100)
    assert named(window) == [False, True] and window.side_open("views")
    window.menus.trigger("view.views")
    assert named(window) == [True, False]
    window.menus.trigger("view.watch")
    assert named(window) == [False, False]
    window.menus.trigger("view.build")
    assert named(window) == [True, False]
    window.resize(1600, 1000)
    qtbot.waitUntil(lambda: named(window) == [False, True])
    assert window.status.isVisible()


def test_a_low_window_says_in_a_notice_what_it_has_no_bar_for(make: Make, qtbot: QtBot) -> None:
    window = make(size=(1366, 768))
    opened(window, qtbot)
    assert not window.status.isVisible()
    window.say("Something is refused.")
    assert window.notices.by_key["said"].sentence == "Something is refused."
    window.resize(1600, 1000)
    window.notices.clear("said")
    qtbot.waitUntil(window.status.isVisible)
    window.say("And again.")
    assert window.status.currentMessage() == "And again." and "said" not in window.notices.by_key
