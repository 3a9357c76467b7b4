"""Groups in the window: made, opened, edited inside, left, dissolved, undone from anywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from engine.document.catalogue import Problem
from engine.document.graph import dumps
from engine.document.messages import Fault, Progress, Status, Weights
from engine.document.naming import IN, OUT
from tests.shipped import catalogue
from tests.workbench.canvas.conftest import Hand
from tests.workbench.sample import vae
from tests.workbench.test_sequences import opened, settled, with_views
from tests.workbench.test_workspaces import SILENT
from workbench import edits
from workbench.bench.views import view_nodes
from workbench.canvas.editor import TitleField
from workbench.canvas.hit import target_at
from workbench.canvas.lettering import SMALLEST
from workbench.shell.tabs import DocumentPage
from workbench.shell.window import Window
from workbench.words.kinds import title_of


def grouped(window: Window, qtbot: QtBot) -> tuple[DocumentPage, str]:
    """Open the VAE and make a group of its encoder and the sample."""
    page: Any = opened(window, qtbot, vae())
    page.canvas.stage.select(["encoder", "reparameterize"])
    window.menus.trigger("graph.group")
    (instance,) = page.canvas.selection.ids
    return page, instance


def test_a_group_stands_for_its_nodes_with_named_ports(window: Window, qtbot: QtBot) -> None:
    page, instance = grouped(window, qtbot)
    graph = page.bench.document.graph
    item = page.canvas.stage.nodes[instance]
    assert not {"encoder", "reparameterize"} & graph.nodes.keys()
    assert graph.nodes[instance].group in graph.groups
    assert item.face.content.title == "Group"
    names = {port.name for port in (*item.face.content.inputs, *item.face.content.folded)}
    assert names == {w.input for w in graph.wires_into(instance)} and names
    assert {w.output for w in graph.wires_from(instance)} <= {
        port.name for port in item.face.content.outputs
    }


def test_dissolved_the_document_is_as_before_but_for_the_layout(
    window: Window, qtbot: QtBot
) -> None:
    page, _ = grouped(window, qtbot)
    window.menus.trigger("graph.ungroup")
    graph, flat = page.bench.document.graph, vae()
    assert {n: p.kind for n, p in graph.nodes.items()} == {n: p.kind for n, p in flat.nodes.items()}
    assert {*graph.wires} == {*flat.wires}
    assert not graph.groups


def test_entered_the_inside_is_edited_and_the_way_leads_back(window: Window, qtbot: QtBot) -> None:
    page, instance = grouped(window, qtbot)
    outer = page.canvas
    window.menus.trigger("graph.enter")
    assert page.way == (instance,)
    assert set(page.canvas.stage.nodes) == {"encoder", "reparameterize", IN, OUT}
    assert not outer.isVisible() and page.canvas.isVisible()
    assert [level.text() for level in page.canvas.overlays.crumbs.levels] == [page.name, "Group"]
    page.canvas.stage.select(["encoder"])
    settled(window, qtbot)
    inspector: Any = window.show_panel("inspector")
    inspector.redraw_now()
    assert inspector.page.node == "encoder"
    page.desk.document.push(edits.set_param(page.desk.document.graph, "encoder", "hidden", 32))
    (group,) = page.bench.document.graph.groups
    assert page.bench.document.graph.groups[group].nodes["encoder"].params["hidden"] == 32
    window.menus.trigger("graph.leave")
    assert page.way == () and page.canvas is outer and outer.isVisible()
    assert page.canvas.selection.ids == [instance]


def test_undo_outside_the_open_group_shows_where_it_was(window: Window, qtbot: QtBot) -> None:
    page, instance = grouped(window, qtbot)
    window.menus.trigger("graph.enter")
    page.desk.document.push(edits.set_param(page.desk.document.graph, "encoder", "hidden", 32))
    window.menus.trigger("graph.leave")
    window.undo()  # made inside
    assert page.way == (instance,)
    window.undo()  # the group itself: what was open is gone
    assert page.way == () and set(page.canvas.stage.nodes) == set(vae().nodes)
    assert dumps(page.bench.document.graph) == dumps(vae())
    window.redo()
    assert instance in page.canvas.stage.nodes


def test_a_double_click_opens_a_group(window: Window, qtbot: QtBot) -> None:
    page, instance = grouped(window, qtbot)
    page.canvas.navigation.fit_all(animate=False)
    area = page.canvas.stage.nodes[instance].area
    at = page.canvas.camera.to_view(QPointF(area.center())).toPoint()
    QTest.mouseDClick(page.canvas.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert page.way == (instance,)


def test_a_large_group_opens_readable_at_its_inputs(
    make: Callable[..., Window], qtbot: QtBot
) -> None:
    window = make(catalogue(), SILENT, (1366, 768))
    assert window.files.open_example("unet-from-layers")
    page: Any = window.tabs.current
    window.pages.scopes.enter(page, "drawer")
    canvas = page.canvas

    def at_its_inputs() -> None:
        assert canvas.camera.zoom >= SMALLEST - 1e-6
        assert canvas.camera.visible_area.contains(canvas.stage.nodes[IN].area)

    qtbot.waitUntil(at_its_inputs)
    crumbs = QRectF(canvas.overlays.crumbs.geometry())
    assert crumbs.width() > sum(level.width() for level in canvas.overlays.crumbs.levels) > 0
    areas = [canvas.viewportTransform().mapRect(i.area) for i in canvas.stage.nodes.values()]
    assert not [area for area in areas if area.intersects(crumbs)]


def test_nodes_are_added_wired_and_removed_inside(window: Window, qtbot: QtBot) -> None:
    page, _ = grouped(window, qtbot)
    window.menus.trigger("graph.enter")
    added = page.canvas.adding.add_in_view("Encoder")
    assert added in page.canvas.stage.nodes
    (group,) = page.bench.document.graph.groups
    assert added in page.bench.document.graph.groups[group].nodes
    window.menus.trigger("edit.all")
    window.menus.trigger("edit.remove")
    assert set(page.canvas.stage.nodes) == {IN, OUT}
    window.undo()
    window.undo()
    assert set(page.canvas.stage.nodes) == {"encoder", "reparameterize", IN, OUT}


def test_an_edit_inside_changes_all_instances(window: Window, qtbot: QtBot) -> None:
    page, instance = grouped(window, qtbot)
    window.menus.trigger("edit.duplicate")
    (second,) = page.canvas.selection.ids
    graph = page.bench.document.graph
    assert second != instance and graph.nodes[second].group == graph.nodes[instance].group
    assert not graph.nodes[second].keys  # a copy has weights of its own
    window.menus.trigger("graph.single")
    assert graph.nodes[second].group != graph.nodes[instance].group
    assert edits.count_of(graph, graph.nodes[instance].group) == 1


def test_groups_within_groups_open_level_by_level(window: Window, qtbot: QtBot) -> None:
    page, instance = grouped(window, qtbot)
    window.menus.trigger("graph.enter")
    page.canvas.stage.select(["encoder"])
    window.menus.trigger("graph.group")
    (inner,) = page.canvas.selection.ids
    window.menus.trigger("graph.enter")
    assert page.way == (instance, inner)
    assert "encoder" in page.canvas.stage.nodes
    assert len(page.canvas.overlays.crumbs.levels) == 3
    page.canvas.overlays.crumbs.levels[0].click()
    assert page.way == ()


def test_a_second_document_has_its_own_open_group(window: Window, qtbot: QtBot) -> None:
    page, instance = grouped(window, qtbot)
    window.menus.trigger("graph.enter")
    other: Any = opened(window, qtbot, vae())
    assert other.way == () and page.way == (instance,)
    window.tabs.show_page(page)
    settled(window, qtbot)
    inspector: Any = window.show_panel("inspector")
    assert inspector.bench is page.desk


def test_a_field_shown_outside_is_set_at_the_instance(window: Window, qtbot: QtBot) -> None:
    page, instance = grouped(window, qtbot)
    window.menus.trigger("graph.enter")
    inspector: Any = window.show_panel("inspector")
    page.canvas.stage.select(["encoder"])
    inspector.redraw_now()
    dict(inspector.page.form.rows["hidden"].offers)["Show outside"]()
    page.canvas.stage.select([])
    inspector.redraw_now()
    assert list(inspector.page.form.rows) == ["hidden"]
    inspector.page.form.edited.emit("hidden", 48, False)
    window.menus.trigger("graph.leave")
    inspector.redraw_now()
    assert inspector.page.form.rows["hidden"].field.value == 48
    assert page.bench.document.graph.nodes[instance].params == {"hidden": 48}


def test_a_ports_name_is_that_of_its_wires(window: Window, qtbot: QtBot) -> None:
    page, instance = grouped(window, qtbot)
    document = page.bench.document
    group = document.graph.nodes[instance].group
    before = dumps(document.graph)
    old = document.graph.groups[group].outputs[0].name
    document.push(edits.rename_port(document.graph, group, old, "code", output=True))
    assert "code" in {w.output for w in document.graph.wires_from(instance)}
    assert "code" in {p.name for p in page.canvas.stage.nodes[instance].face.content.outputs}
    document.push(edits.remove_port(document.graph, group, "code", output=True))
    assert "code" not in {w.output for w in document.graph.wires_from(instance)}
    document.undo()
    document.undo()
    assert dumps(document.graph) == before


def test_an_instance_repeats(window: Window, qtbot: QtBot) -> None:
    page, instance = grouped(window, qtbot)
    inspector: Any = window.show_panel("inspector")
    inspector.redraw_now()
    inspector.page.copies.edited.emit("times", 3, False)
    inspector.page.copies.edited.emit("shared", True, False)
    place = page.bench.document.graph.nodes[instance]
    assert (place.times, place.shared) == (3, True)
    window.undo()
    window.undo()
    assert (place.times, place.shared) == (1, False)


def test_a_problem_leads_to_its_node_wherever_it_lies(window: Window, qtbot: QtBot) -> None:
    page, instance = grouped(window, qtbot)
    window.go_to([f"{instance}/encoder"])
    assert page.way == (instance,) and page.canvas.selection.ids == ["encoder"]
    window.go_to(["decoder"])
    assert page.way == () and page.canvas.selection.ids == ["decoder"]
    graph = page.bench.document.graph
    assert title_of(graph, page.bench.catalogue, f"{instance}/encoder") == "Group › Encoder"


def test_a_wire_dropped_on_the_border_adds_a_port(window: Window, qtbot: QtBot) -> None:
    page, instance = grouped(window, qtbot)
    window.menus.trigger("graph.enter")
    canvas, graph = page.canvas, page.bench.document.graph
    canvas.navigation.fit_all(animate=False)
    group = graph.groups[graph.nodes[instance].group]
    names = [port.name for port in group.outputs]
    stage = canvas.stage
    start, area = stage.nodes["reparameterize"].spot("output", "z"), stage.nodes[OUT].area
    end = QPointF(area.center().x() + 20, area.bottom() - 4)
    Hand(canvas).drag(start.toTuple(), ((start + end) / 2).toTuple(), end.toTuple())
    added = [port.name for port in group.outputs if port.name not in names]
    assert len(added) == 1
    shown = {port.name for port in stage.nodes[OUT].face.content.inputs}
    assert set(added) <= shown
    window.menus.trigger("graph.leave")
    outer = page.canvas.stage.nodes[instance].face.content.outputs
    assert set(added) <= {port.name for port in outer}
    window.undo()
    assert [port.name for port in group.outputs] == names


def test_a_whole_training_in_a_group_runs_and_is_seen(window: Window, qtbot: QtBot) -> None:
    page: Any = opened(window, qtbot, with_views())
    flat = set(view_nodes(page.bench.whole, page.bench.catalogue))
    window.menus.trigger("edit.all")
    window.menus.trigger("graph.group")
    (instance,) = page.canvas.selection.ids
    inner = set(view_nodes(page.bench.whole, page.bench.catalogue))
    assert inner == {f"{instance}/{node}" for node in flat}
    assert not window.pages.beginnings.tell_what_is_missing(page)
    qtbot.waitUntil(lambda: set(window.docks.views.shown) == inner)


def test_frames_and_notes_go_with_what_they_hold(window: Window, qtbot: QtBot) -> None:
    page: Any = opened(window, qtbot, vae())
    document = page.bench.document
    document.push(edits.frame(document.graph, ["encoder"], "Coding"))
    document.push(edits.note(document.graph, (0, 400), "Try this"))
    boxes = [*document.graph.layout.frames, *document.graph.layout.notes]
    page.canvas.stage.select(["encoder", "reparameterize", *boxes])
    window.menus.trigger("graph.group")
    layout = document.graph.layout
    assert not {*layout.frames, *layout.notes} & {*boxes}
    window.menus.trigger("graph.enter")
    assert set(page.canvas.stage.boxes) == {*boxes}
    window.menus.trigger("graph.leave")
    window.menus.trigger("graph.ungroup")
    assert {*document.graph.layout.frames, *document.graph.layout.notes} == {*boxes}


def test_a_group_shows_what_it_holds(window: Window, qtbot: QtBot) -> None:
    page, instance = grouped(window, qtbot)
    stage = page.canvas.stage
    area = stage.nodes[instance].face.thumbnail
    before = stage.draw_thumbnail(instance, 1.0)
    assert area is not None and before is not None
    assert before.size() == area.size().toSize()
    window.menus.trigger("graph.enter")
    page.canvas.adding.add_in_view("Encoder")
    assert stage.nodes[instance].picture is None  # to be drawn anew
    after = stage.draw_thumbnail(instance, 1.0)
    assert after is not None and after != before


def test_what_the_engine_says_of_a_node_in_a_group_outlives_other_edits(
    window: Window, qtbot: QtBot
) -> None:
    page, instance = grouped(window, qtbot)
    live, document = page.bench.live, page.bench.document
    live.receive(Fault(problem=Problem(node=f"{instance}/encoder", sentence="Too wide.")))
    document.push(edits.set_mode(document.graph, ["scatter"], "muted"))
    assert "Too wide." in [problem.sentence for problem in live.problems]


def test_the_nodes_of_a_group_have_what_its_instance_gives_now(
    window: Window, qtbot: QtBot
) -> None:
    page, instance = grouped(window, qtbot)
    document = page.bench.document
    group = document.graph.nodes[instance].group
    document.push(edits.show_outside(document.graph, group, "encoder", "hidden"))
    for value in (48, 64):
        document.push(edits.set_param(document.graph, instance, "hidden", value))
        assert page.bench.whole.nodes[f"{instance}/encoder"].params["hidden"] == value


def test_a_trainer_in_a_group_is_trained_longer(window: Window, qtbot: QtBot) -> None:
    page: Any = opened(window, qtbot, vae())
    bench, document = page.bench, page.bench.document
    document.push(edits.group(document.graph, ["optimizer", "trainer"], bench.installed))
    (instance,) = [node for node, place in document.graph.nodes.items() if place.group]
    for event in (
        Progress(node="trainer", step=40, total=40),
        Weights(trained=True, anew=True),
        Status(status="done", run=""),
    ):
        bench._receive(event)
    assert bench.extendable == (f"{instance}/trainer", 40)
    window.pages.scopes.enter(page, instance)
    assert page.desk.extendable == ("trainer", 40)
    group = document.graph.nodes[instance].group
    document.push(bench.set_param(f"{instance}/trainer", "steps", 80))
    assert document.graph.groups[group].nodes["trainer"].params["steps"] == 80


def drag_a_field(canvas: Any, node: str, name: str, by: float) -> None:
    item = canvas.stage.nodes[node]
    canvas.camera.centre_on(item.area.center(), 1.0, animate=False)
    x, y = (item.pos() + item.face.field_rect(name).center()).toTuple()
    Hand(canvas).drag((x, y), (x + by / 2, y), (x + by, y))


def test_a_field_is_dragged_inside_a_group_and_at_an_instance(window: Window, qtbot: QtBot) -> None:
    page, instance = grouped(window, qtbot)
    document, group = page.bench.document, page.bench.document.graph.nodes[instance].group
    window.menus.trigger("graph.enter")
    inner: Any = page.front
    scope = page.desk.document
    scope.push(edits.show_field(scope.graph, page.desk.catalogue, ["encoder"], "hidden", True))
    before = len(document.history.edits)
    was = inner.fields.value("encoder", "hidden")
    drag_a_field(inner, "encoder", "hidden", 40)
    assert inner.fields.value("encoder", "hidden") == was + 10
    assert document.graph.groups[group].nodes["encoder"].params["hidden"] == was + 10
    assert len(document.history.edits) == before + 1
    document.push(edits.show_outside(document.graph, group, "encoder", "hidden"))
    window.menus.trigger("graph.leave")
    drag_a_field(page.front, instance, "hidden", -40)
    assert document.graph.nodes[instance].params == {"hidden": was}
    document.undo()
    assert not document.graph.nodes[instance].params


def test_a_role_is_chosen_and_its_inputs_added(window: Window, qtbot: QtBot) -> None:
    page, instance = grouped(window, qtbot)
    window.menus.trigger("graph.enter")
    page.canvas.stage.select([])
    settled(window, qtbot)
    inspector: Any = window.show_panel("inspector")
    inspector.redraw_now()
    acting, graph = inspector.page.acting, page.bench.document.graph
    (group,) = graph.groups
    before = [port.name for port in graph.groups[group].inputs]
    assert acting.field.currentData() == "" and acting.cards.count() == 0
    acting.field.activated.emit(acting.field.findData("Denoiser"))
    inspector.redraw_now()
    assert graph.groups[group].acts_as == "Denoiser"
    card: Any = acting.cards.itemAt(0).widget()
    card.fix_chosen.emit(card.problem)
    inspector.redraw_now()
    assert [port.name for port in graph.groups[group].inputs][: len(before)] == before
    assert {"x", "t"} <= {port.name for port in graph.groups[group].inputs}
    window.menus.trigger("graph.leave")
    outputs = {p.name: p.type for p in page.bench.catalogue[graph.nodes[instance]].outputs}
    assert outputs["model"] == "Denoiser"
    for _ in range(2):
        page.bench.document.undo()
    assert graph.groups[group].acts_as == ""
    assert [port.name for port in graph.groups[group].inputs] == before


def test_ports_are_renamed_and_moved_on_the_border(window: Window, qtbot: QtBot) -> None:
    page, instance = grouped(window, qtbot)
    window.menus.trigger("graph.enter")
    (group,) = page.bench.document.graph.groups.values()
    names = [port.name for port in group.outputs]
    canvas: Any = page.canvas

    def entry(name: str, words: str) -> Any:
        """Return an entry of the menu of a port on the border."""
        place = canvas.stage.nodes[OUT].spot("input", name)
        menu = canvas.menus.menu_for(target_at(canvas.stage, place), place)
        return next((a for a in menu.actions() if a.text().startswith(words)), None)

    assert len(names) > 1 and entry(names[0], "Move it up") is None
    entry(names[0], "Move it down").trigger()
    (group,) = page.bench.document.graph.groups.values()
    assert [port.name for port in group.outputs] == [names[1], names[0], *names[2:]]
    assert entry(names[1], "Move it up") is None, "it is the first"
    entry(names[0], "Rename the port").trigger()
    field = next(f for f in canvas.findChildren(TitleField) if f.isVisible())
    QTest.keyClicks(field, "code")
    QTest.keyClick(field, Qt.Key.Key_Return)
    graph = page.bench.document.graph
    assert "code" in {port.name for port in next(iter(graph.groups.values())).outputs}
    assert "code" in {wire.output for wire in graph.wires_from(instance)}
    window.undo()
    window.undo()
    (group,) = page.bench.document.graph.groups.values()
    assert [port.name for port in group.outputs] == names
