"""The table of all actions: for the menus, the keys and the command palette (Ctrl+K).

`call` takes the window. `needs` names a condition (workbench.shell.conditions); unless it holds,
the action is disabled. A shortcut with `on_canvas` works only there, so that lists, trees and
fields keep their single keys.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QKeySequence

MENUS = {
    "file": "File",
    "edit": "Edit",
    "view": "View",
    "graph": "Graph",
    "run": "Run",
    "lesson": "Lessons",
    "help": "Help",
}
AZERTY = "&é\"'(§è_ç"  # the characters of the digit keys 1 to 9 without Shift


def tr(text: str) -> str:
    return QCoreApplication.translate("actions", text)


def named(keys: str) -> str:
    """Return keys in the system's notation and the user's language."""
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)


@dataclass(frozen=True, slots=True)
class Action:
    """An action. Its menu is the first word of its id; `line` puts a separator above it.

    `keys` are separated by spaces; the first is shown. `ask` is the tooltip if the title is not
    enough.
    """

    id: str
    title: str
    call: Callable[[Any], object]
    keys: str = ""
    icon: str = ""
    needs: str = ""
    on_canvas: bool = False
    line: bool = False
    submenu: str = ""
    ask: str = ""
    checked: Callable[[Any], bool] | None = None
    tint: str = "text2"  # of the icon

    @property
    def menu(self) -> str:
        return self.id.split(".")[0]

    @property
    def shows_graph(self) -> bool:
        """Return whether what it does is seen in the graph: it leads to Build."""
        return self.id.startswith(
            ("graph.", "edit.find", "view.fit", "view.zoom", "view.shapes", "view.map")
        )

    @property
    def shortcuts(self) -> list[QKeySequence]:
        return [QKeySequence(keys) for keys in self.keys.split()]

    @property
    def shown_keys(self) -> str:
        """The first shortcut in the system's notation."""
        return named(self.keys.split()[0]) if self.keys else ""

    @property
    def tip(self) -> str:
        return f"{tr(self.ask or self.title)}  {self.shown_keys}".rstrip()


A = Action
# fmt: off
FILE = (
    A("file.new", "New graph", lambda w: w.files.new(), "Ctrl+N", "file-plus"),
    A("file.open", "Open…", lambda w: w.files.ask_open(), "Ctrl+O", "folder-open"),
    A("file.open_data", "Open data…", lambda w: w.files.ask_open_data(), "", "table-2"),
    A("file.example", "Open an example…", lambda w: w.show_gallery(), "", "layout-grid"),
    A("file.save", "Save", lambda w: w.files.save(), "Ctrl+S", "save", "document", line=True),
    A("file.save_as", "Save as…", lambda w: w.files.save_as(), "Ctrl+Shift+S", "", "document"),
    A("file.picture", "Save a picture of the graph…", lambda w: w.save_picture(), "", "image",
      "document", ask="As PDF, SVG or PNG, in print colours; its views with it"),
    A("file.close", "Close tab", lambda w: w.files.close_tab(), "Ctrl+W", "x", line=True),
    A("file.quit", "Quit", lambda w: w.close(), "Ctrl+Q", "log-out"),
)
EDIT = (
    A("edit.undo", "Undo", lambda w: w.undo(), "Ctrl+Z", "undo-2", "undo"),
    A("edit.redo", "Redo", lambda w: w.redo(), "Ctrl+Shift+Z Ctrl+Y", "redo-2", "redo"),
    A("edit.history", "History", lambda w: w.show_panel("history"), "", "history"),
    A("edit.cut", "Cut", lambda w: w.editing.cut(), "Ctrl+X", "scissors", "things", True, True),
    A("edit.copy", "Copy", lambda w: w.editing.copy(), "Ctrl+C", "copy", "things", True),
    A("edit.paste", "Paste", lambda w: w.editing.paste(), "Ctrl+V", "clipboard-paste", "document",
      True),
    A("edit.paste_wired", "Paste with its wires", lambda w: w.editing.paste(outside=True),
      "Ctrl+Alt+V", "", "document", True, ask="Wires to nodes outside what was copied are kept"),
    A("edit.duplicate", "Duplicate", lambda w: w.editing.duplicate(), "Ctrl+D", "layers-2",
      "things"),
    A("edit.remove", "Remove", lambda w: w.editing.remove(), "Del Backspace", "eraser", "selection",
      True, ask="Wires that ran through the nodes go on without them"),
    A("edit.remove_apart", "Remove without joining", lambda w: w.editing.remove(join=False),
      "Shift+Del Shift+Backspace", "", "selection", True,
      ask="The wires of the nodes go with them"),
    A("edit.all", "Select all", lambda w: w.editing.select_all(), "Ctrl+A", "", "document", True,
      True),
    A("edit.find", "Find in the graph…", lambda w: w.canvas.overlays.find.open(), "Ctrl+F",
      "search", "document", line=True, ask="By title, kind, parameter, value or text of a note"),
    A("edit.find_next", "Find next", lambda w: w.canvas.overlays.find.step(1), "F3", "",
      "document"),
    A("edit.find_previous", "Find previous", lambda w: w.canvas.overlays.find.step(-1), "Shift+F3",
      "", "document"),
)
VIEW = (
    A("view.commands", "Actions and nodes…", lambda w: w.open_commands(), "Ctrl+K", "search"),
    A("view.fit", "Fit selection", lambda w: w.canvas.navigation.fit_selection(), "F", "scan",
      "document", True, True, submenu="Zoom"),
    A("view.fit_all", "Fit all", lambda w: w.canvas.navigation.fit_all(), "Home", "maximize",
      "document", True, submenu="Zoom"),
    A("view.zoom_in", "Zoom in", lambda w: w.canvas.camera.zoom_in(), "Ctrl++ Ctrl+=", "zoom-in",
      "document", submenu="Zoom"),
    A("view.zoom_out", "Zoom out", lambda w: w.canvas.camera.zoom_out(), "Ctrl+-", "zoom-out",
      "document", submenu="Zoom"),
    A("view.shapes", "All shapes", lambda w: w.canvas.overlays.toggle("shapes"), "Shift+S", "hash",
      "document", True, checked=lambda w: w.canvas.stage.shapes),
    A("view.snap", "Snap to the grid", lambda w: w.canvas.overlays.toggle("snap"), "", "magnet",
      "document", checked=lambda w: w.canvas.stage.snap),
    A("view.map", "Map", lambda w: w.canvas.overlays.toggle("map"), "", "map", "document",
      checked=lambda w: w.canvas.overlays.is_on("map")),
    A("view.build", "Build", lambda w: w.workspaces.use("build"), "Alt+1", "workflow", "document",
      line=True, ask="The graph has the room",
      checked=lambda w: w.workspaces.choice.workspace == "build"),
    A("view.watch", "Watch", lambda w: w.workspaces.use("watch"), "Alt+2", "eye", "document",
      ask="The pictures have the room",
      checked=lambda w: w.workspaces.choice.workspace == "watch"),
    A("view.play", "Play", lambda w: w.workspaces.use("play"), "Alt+3", "hand", "document",
      ask="The trained model answers the hand",
      checked=lambda w: w.workspaces.choice.workspace == "play"),
    A("view.present", "Present", lambda w: w.workspaces.present(), "F11", "monitor", "document",
      ask="The pictures on the whole screen",
      checked=lambda w: w.workspaces.presentation is not None),
    A("view.fill", "One picture alone", lambda w: w.workspaces.fill(), "Ctrl+Space", "expand",
      "document", ask="A picture fills the room of all, or gives it back"),
    A("view.palette", "Palette", lambda w: w.toggle_side("palette"), "Ctrl+Shift+P", "panel-left",
      line=True, checked=lambda w: w.side_open("palette")),
    A("view.inspector", "Inspector", lambda w: w.toggle_side("inspector"), "Ctrl+Shift+I",
      "panel-right", checked=lambda w: w.side_open("inspector")),
    A("view.views", "Views", lambda w: w.toggle_side("views"), "Ctrl+Shift+V", "panel-bottom",
      checked=lambda w: w.side_open("views")),
    A("view.outline", "Outline", lambda w: w.show_panel("outline").setFocus(),
      "Ctrl+Shift+O", "list-tree"),
    A("view.problems", "Problems", lambda w: w.show_panel("problems"), "Ctrl+Shift+M",
      "circle-alert"),
    A("view.log", "Log", lambda w: w.show_panel("log"), "Ctrl+Shift+U", "terminal"),
    A("view.runs", "Runs", lambda w: w.show_runs(), "Ctrl+Shift+R", "history"),
    A("view.next_panel", "Next panel", lambda w: w.next_panel(1), "F6", line=True,
      submenu="Panels and tabs"),
    A("view.previous_panel", "Previous panel", lambda w: w.next_panel(-1), "Shift+F6",
      submenu="Panels and tabs"),
    A("view.next_tab", "Next tab", lambda w: w.tabs.show_next(1), "Ctrl+Tab",
      submenu="Panels and tabs"),
    A("view.previous_tab", "Previous tab", lambda w: w.tabs.show_next(-1), "Ctrl+Shift+Tab",
      submenu="Panels and tabs"),
    A("view.system", "As the system", lambda w: w.preferences.use_theme("system"),
      "", "monitor", line=True,
      submenu="Theme", checked=lambda w: w.settings.theme == "system"),
    A("view.dark", "Dark", lambda w: w.preferences.use_theme("dark"), "", "moon", submenu="Theme",
      checked=lambda w: w.settings.theme == "dark"),
    A("view.light", "Light", lambda w: w.preferences.use_theme("light"), "", "sun", submenu="Theme",
      checked=lambda w: w.settings.theme == "light"),
    A("view.contrast", "High contrast", lambda w: w.preferences.toggle("high_contrast"), "", "eye",
      submenu="Theme", checked=lambda w: w.settings.high_contrast),
    A("view.still", "Reduced motion", lambda w: w.preferences.toggle("reduced_motion"),
      "", "snowflake",
      submenu="Theme", checked=lambda w: w.settings.reduced_motion),
    A("view.larger", "Larger text", lambda w: w.preferences.scale_text(1),
      "", "zoom-in", submenu="Theme"),
    A("view.smaller", "Smaller text", lambda w: w.preferences.scale_text(-1),
      "", "zoom-out", submenu="Theme"),
    A("view.system_language", "As the system", lambda w: w.preferences.use_language("system"),
      "", "monitor", submenu="Language", checked=lambda w: w.settings.language == "system"),
    A("view.english", "English", lambda w: w.preferences.use_language("en"),
      submenu="Language", ask="The window in English",
      checked=lambda w: w.settings.language == "en"),
    A("view.french", "Français", lambda w: w.preferences.use_language("fr"),
      submenu="Language", ask="The window in French",
      checked=lambda w: w.settings.language == "fr"),
)
GRAPH = (
    A("graph.add", "Add a node…", lambda w: w.pages.search(), "Tab", "plus", "document",
      True),
    A("graph.twin", "Twin", lambda w: w.editing.twin(), "Alt+D", "link", "nodes",
      ask="A second place for the same weights"),
    A("graph.connect", "Connect selected", lambda w: w.editing.connect(), "Ctrl+L", "spline",
      "several"),
    A("graph.pull_out", "Pull out of the wires", lambda w: w.editing.pull_out(), "Ctrl+Alt+X",
      "unlink", "nodes", ask="Wires that ran through the nodes go on without them"),
    A("graph.rename", "Rename…", lambda w: w.editing.rename(), "F2", "pencil", "titled", True),
    A("graph.show_data", "Show data", lambda w: w.editing.show_data(), "", "eye", "held",
      ask="Let the selected nodes read what they name"),
    A("graph.preview", "Preview of the data…", lambda w: w.editing.preview(), "", "table-2",
      "data"),
    A("graph.group", "Group", lambda w: w.editing.group(), "Ctrl+G", "group", "nodes",
      line=True, ask="Put the selected nodes into a group, which stands for them"),
    A("graph.enter", "Open the group", lambda w: w.enter_group(), "Ctrl+Down", "arrow-down",
      "group", True,
      submenu="Groups"),
    A("graph.leave", "Leave the group", lambda w: w.leave_group(), "Ctrl+Up", "arrow-left",
      "inside", True,
      submenu="Groups"),
    A("graph.ungroup", "Dissolve the group", lambda w: w.editing.ungroup(), "Ctrl+Shift+G",
      "ungroup", "group", ask="Put what it holds in its place",
      submenu="Groups"),
    A("graph.single", "Make the group single", lambda w: w.editing.make_single(), "", "copy",
      "group", ask="Give this instance a definition of its own",
      submenu="Groups"),
    A("graph.layers", "Open as layers", lambda w: w.editing.open_layers(), "", "layers",
      "network", ask="Put the layers that it consists of in its place, with its weights"),
    A("graph.save_kind", "Save as a kind…",
      lambda w: w.editing.save_kind(w, w.pages.read_library, w.say), "", "star", "group",
      ask="Put the group into the palette, for all your graphs"),
    A("graph.frame", "Frame", lambda w: w.editing.frame(), "Ctrl+J", "frame", "document",
      line=True, ask="Draw a frame around the selection"),
    A("graph.into_frame", "Move into a frame…", lambda w: w.choose(*w.editing.frame_choices()),
      "Ctrl+Shift+J", "", "nodes", ask="Move the selected nodes into a frame, or out of all"),
    A("graph.note", "Note", lambda w: w.editing.note(), "Ctrl+Shift+N", "sticky-note", "document"),
    A("graph.collapse", "Collapse", lambda w: w.editing.collapse(), "H", "minimize", "nodes",
      True),
    A("graph.pin", "Pin in place", lambda w: w.editing.pin(), "", "pin", "nodes",
      ask="Tidy leaves the selected nodes where they are"),
    A("graph.mute", "Mute", lambda w: w.editing.mode("muted"), "Ctrl+M", "ban", "nodes",
      line=True),
    A("graph.bypass", "Bypass", lambda w: w.editing.mode("bypassed"), "Ctrl+B", "fast-forward",
      "nodes"),
    A("graph.tidy", "Tidy", lambda w: w.editing.tidy(), "Ctrl+Shift+L", "wand-sparkles",
      "document", line=True, ask="Lay the selection, or all, along the wires; a U-Net as a U"),
    A("graph.problem", "Next problem", lambda w: w.next_problem(), "F8", "circle-alert",
      "document", line=True),
)
RUN = (
    A("run.toggle", "Run or pause", lambda w: w.pages.run(), "Ctrl+Return Ctrl+Enter", "play",
      "document"),
    A("run.step", "Step", lambda w: w.bench.step(), "F9", "step-forward", "document",
      ask="One training step; where nothing trains, one iteration of what takes shape"),
    A("run.stop", "Stop", lambda w: w.bench.stop(), "Ctrl+Shift+Return Ctrl+Shift+Enter", "square",
      "unfinished", ask="End the run and keep it"),
    A("run.go_on", "Train on", lambda w: w.bench.resume(), "", "step-forward", "stopped",
      ask="Train on from where the run was stopped", line=True),
    A("run.longer", "Train longer", lambda w: w.bench.train_longer(), "", "plus", "done",
      ask="Keep the weights and train for as many steps again"),
    A("run.longer_by", "Train longer by…", lambda w: w.run_bar.ask_steps(), "", "plus", "done",
      ask="Keep the weights and train for a number of steps more"),
    A("run.fresh", "Run anew", lambda w: w.bench.run(fresh=True), "", "rotate-ccw", "document",
      ask="Begin again from new weights; the present ones are kept in their run"),
    A("run.restore", "Take back the weights", lambda w: w.bench.restore(), "", "undo-2", "replaced",
      ask="Put back the weights of the earlier run shown, or those that the last run replaced"),
    A("run.refresh", "Refresh the views", lambda w: w.bench.live.refresh(), "F5", "refresh-cw",
      "document", line=True),
    A("run.restart", "Restart the engine", lambda w: w.restart_engine(), "", "power", "document"),
    A("run.back", "A step back", lambda w: w.navigate("back"), "PgUp", "chevron-left", "document",
      True, True),
    A("run.on", "A step on", lambda w: w.navigate("on"), "PgDown", "chevron-right", "document",
      True),
    A("run.mark_back", "A checkpoint back", lambda w: w.navigate("checkpoint_back"), "Ctrl+PgUp",
      "skip-back", "document"),
    A("run.mark_on", "A checkpoint on", lambda w: w.navigate("checkpoint_on"), "Ctrl+PgDown",
      "skip-forward", "document"),
    A("run.live", "Live", lambda w: w.navigate("live"), "End", "circle-dot", "document", True),
    A("run.data", "Data folder…", lambda w: w.preferences.ask_folder("data_folder"), "", "database",
      line=True),
    A("run.nodes", "Folder of your nodes…", lambda w: w.preferences.ask_folder("plugins_folder"),
      "", "boxes"),
    A("run.folder", "Runs folder…", lambda w: w.preferences.ask_folder("runs_folder"),
      "", "folder"),
)
LESSONS = (
    A("lesson.gallery", "Gallery of examples", lambda w: w.show_gallery(), "", "layout-grid"),
    A("lesson.selected", "Lesson of the selected node",
      lambda w: w.show_panel("lesson").show_selected(), "F1", "graduation-cap"),
)
HELP = (
    A("help.keys", "Keys and actions", lambda w: w.open_commands(), "", "keyboard"),
    A("help.about", "About", lambda w: w.show_about(), "", "info"),
)
# fmt: on

_SIDES = {
    "left": ("Left edges", "align-start-vertical", "Shift+Left"),
    "centre": ("Centres", "align-center-horizontal", "Shift+C"),
    "right": ("Right edges", "", "Shift+Right"),
    "top": ("Top edges", "align-start-horizontal", "Shift+Up"),
    "middle": ("Middles", "", "Shift+M"),
    "bottom": ("Bottom edges", "", "Shift+Down"),
    "columns": ("Spread in columns", "align-horizontal-distribute-center", "Shift+H"),
    "rows": ("Spread in rows", "", "Shift+V"),
}


def _align(side: str, title: str, icon: str, keys: str) -> Action:
    call: Callable[[Any], object] = lambda w: w.editing.align(side)  # noqa: E731
    return A(f"graph.{side}", title, call, keys, icon, "several", True, submenu="Align")


_COLOURS = {
    "blue": "Blue",
    "amber": "Amber",
    "green": "Green",
    "yellow": "Yellow",
    "pink": "Pink",
    "coral": "Coral",
    "violet": "Violet",
    "lime": "Lime",
    "": "No colour",
}


def _colour(hue: str, title: str) -> Action:
    id, call = f"graph.colour_{hue or 'none'}", lambda w: w.editing.colour(hue)
    icon, tint = ("circle", hue) if hue else ("ban", "text2")
    return A(id, title, call, "", icon, "coloured", submenu="Colour", tint=tint)


COLOURS = tuple(_colour(*words) for words in _COLOURS.items())


def _show(number: int) -> Action:
    call: Callable[[Any], object] = lambda w: w.show_view(number - 1)  # noqa: E731
    keys = f"Ctrl+{number} Ctrl+{AZERTY[number - 1]}"
    return A(f"view.{number}", f"View {number}", call, keys, "", "document", submenu="Go to a view")


def _detach(number: int) -> Action:
    call: Callable[[Any], object] = lambda w: w.show_view(number - 1, detached=True)  # noqa: E731
    return A(
        f"view.detach_{number}",
        f"Detach view {number}",
        call,
        f"Ctrl+Shift+{number}",
        "",
        "document",
        submenu="Detach a view",
    )


TABLE: tuple[Action, ...] = (
    *FILE,
    *EDIT,
    *VIEW,
    *(_show(number) for number in range(1, 10)),
    *(_detach(number) for number in range(1, 10)),
    *GRAPH,
    *COLOURS,
    *(_align(side, *words) for side, words in _SIDES.items()),
    *RUN,
    *LESSONS,
    *HELP,
)
BY_ID: dict[str, Action] = {action.id: action for action in TABLE}
