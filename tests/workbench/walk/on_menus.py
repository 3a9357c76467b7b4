"""Actions of the window's own table: by the menu, or by the key."""

from __future__ import annotations

from random import Random

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.workbench.walk.table import TABLE, Can, Do, Doing, always, document, nodes
from tests.workbench.walk.world import World
from workbench.actions import BY_ID, COLOURS
from workbench.shell.conditions import holds

SIDES = ("left", "centre", "right", "top", "middle", "bottom", "columns", "rows")

# a name: one or several of the window's actions that are of a kind
KINDS: dict[str, tuple[str, ...]] = {
    "new": ("file.new",),
    "ask_to_open": ("file.open", "file.open_data"),
    "gallery": ("file.example", "lesson.gallery"),
    "save": ("file.save",),
    "save_as": ("file.save_as",),
    "save_picture": ("file.picture",),
    "close_tab": ("file.close",),
    "undo": ("edit.undo",),
    "redo": ("edit.redo",),
    "history": ("edit.history",),
    "cut": ("edit.cut",),
    "copy": ("edit.copy",),
    "paste": ("edit.paste", "edit.paste_wired"),
    "duplicate": ("edit.duplicate",),
    "remove": ("edit.remove", "edit.remove_apart"),
    "pull_out": ("graph.pull_out",),
    "select_all": ("edit.all",),
    "find": ("edit.find", "edit.find_next", "edit.find_previous"),
    "list_actions": ("view.commands", "help.keys"),
    "fit": ("view.fit", "view.fit_all"),
    "zoom": ("view.zoom_in", "view.zoom_out"),
    "canvas_marks": ("view.shapes", "view.snap", "view.map"),
    "workspace": ("view.build", "view.watch", "view.play"),
    "present": ("view.present",),
    "fill": ("view.fill",),
    "sides": ("view.palette", "view.inspector", "view.views"),
    "panels": ("view.outline", "view.problems", "view.log", "view.runs"),
    "next_panel": ("view.next_panel", "view.previous_panel"),
    "theme": ("view.system", "view.dark", "view.light", "view.contrast", "view.still"),
    "text_size": ("view.larger", "view.smaller"),
    "language": ("view.system_language", "view.english", "view.french"),
    "go_to_view": tuple(f"view.{n}" for n in range(1, 10)),
    "detach_view": tuple(f"view.detach_{n}" for n in range(1, 10)),
    "search": ("graph.add",),
    "twin": ("graph.twin",),
    "connect_chosen": ("graph.connect",),
    "rename": ("graph.rename",),
    "group": ("graph.group",),
    "through_groups": ("graph.enter", "graph.leave"),
    "save_kind": ("graph.save_kind",),
    "part_group": ("graph.ungroup", "graph.single", "graph.layers"),
    "frame": ("graph.frame", "graph.into_frame"),
    "note": ("graph.note",),
    "collapse": ("graph.collapse",),
    "pin": ("graph.pin",),
    "colour": tuple(action.id for action in COLOURS),
    "mute": ("graph.mute",),
    "bypass": ("graph.bypass",),
    "tidy": ("graph.tidy",),
    "next_problem": ("graph.problem",),
    "align": tuple(f"graph.{side}" for side in SIDES),
    "turn_tabs": ("view.next_tab", "view.previous_tab"),
    "train_on": ("run.go_on", "run.longer", "run.longer_by", "run.restore"),
    "ask_for_data": ("graph.show_data", "graph.preview"),
    "run": ("run.toggle",),
    "step": ("run.step",),
    "stop": ("run.stop",),
    "run_anew": ("run.fresh",),
    "refresh": ("run.refresh",),
    "restart_engine": ("run.restart",),
    "slide": ("run.back", "run.on", "run.mark_back", "run.mark_on", "run.live"),
    "ask_for_folder": ("run.data", "run.folder", "run.nodes"),
    "lesson": ("lesson.selected",),
    "about": ("help.about",),
}


OF_NODES = ("selection", "things", "nodes", "several", "coloured", "titled")


def _can(ids: tuple[str, ...]) -> Can:
    needs = {BY_ID[id].needs for id in ids}
    if needs & {*OF_NODES}:
        return nodes
    return lambda world: any(holds(need, world.window.tabs) for need in needs)


def _do(ids: tuple[str, ...]) -> Do:
    def do(world: World, chance: Random) -> None:
        if BY_ID[ids[0]].needs in OF_NODES and chance.random() < 0.8:
            _choose(world, chance)
        there = [id for id in ids if holds(BY_ID[id].needs, world.window.tabs)]
        if there:
            act(world, chance, chance.choice(there))

    return do


def _choose(world: World, chance: Random) -> None:
    """Select some nodes, as the actions that follow want them; frames and wires at times."""
    there = sorted(world.canvas.stage.nodes)
    some = chance.sample(there, min(len(there), chance.choice((1, 1, 2, 3, 5))))
    others = chance.sample(world.canvas.stage.all_things(), 1) if chance.random() < 0.2 else []
    world.select([*some, *others])


def act(world: World, chance: Random, id: str) -> None:
    """Do an action of the window: where it has a key, by the key at every second chance."""
    action = BY_ID[id]
    if action.keys and chance.random() < 0.5:
        if action.on_canvas and world.canvas is not None:
            world.canvas.setFocus()
        focus = QApplication.focusWidget() or world.window
        QTest.keySequence(focus, action.shortcuts[0])
    else:
        world.window.menus.trigger(id)


TABLE.update({name: Doing(_do(ids), _can(ids)) for name, ids in KINDS.items()})


def open_a_menu(world: World, chance: Random) -> None:
    """Open a menu of the bar, look, and leave it or take what is marked."""
    menu = chance.choice(list(world.window.menus.menus.values()))
    menu.popup(world.window.mapToGlobal(world.window.rect().center()))
    for _ in range(chance.randrange(4)):
        QTest.keyClick(menu, Qt.Key.Key_Down)
    QTest.keyClick(menu, Qt.Key.Key_Escape)
    menu.close()


TABLE["open_a_menu"] = Doing(open_a_menu, always)


def copy_and_paste(world: World, chance: Random) -> None:
    """Select some nodes, copy or cut them, and paste them; in another document at times."""
    _choose(world, chance)
    act(world, chance, chance.choice(("edit.copy", "edit.copy", "edit.cut")))
    if chance.random() < 0.3:
        world.window.tabs.show_page(chance.choice(world.window.tabs.documents))
    act(world, chance, chance.choice(("edit.paste", "edit.paste_wired")))


TABLE["copy_and_paste"] = Doing(copy_and_paste, nodes)


def rename_in_place(world: World, chance: Random) -> None:
    """Press F2 on a node or a frame, type, and end it in some way."""
    world.select([chance.choice([*world.canvas.stage.nodes, *world.canvas.stage.boxes])])
    world.canvas.setFocus()
    QTest.keyClick(world.canvas, Qt.Key.Key_F2)
    focus = QApplication.focusWidget() or world.canvas
    QTest.keyClicks(focus, chance.choice(("A title", "", "x" * 60)))
    ends = (Qt.Key.Key_Return, Qt.Key.Key_Return, Qt.Key.Key_Escape, Qt.Key.Key_Tab)
    QTest.keyClick(focus, chance.choice(ends))


TABLE["rename_in_place"] = Doing(rename_in_place, nodes)


def quit_and_stay(world: World, chance: Random) -> None:
    """Ask to quit where something is asked first, and stay."""
    world.staying = True
    world.window.menus.trigger("file.quit")
    world.staying = False


def _asks(world: World) -> bool:
    pages = world.window.tabs.documents
    return any(page.bench.document.dirty or page.bench.unfinished for page in pages)


TABLE["quit_and_stay"] = Doing(quit_and_stay, lambda world: document(world) and _asks(world))
