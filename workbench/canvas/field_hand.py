"""The hand on the fields of nodes: set, type, choose, tick, by mouse and by keys."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QMenu

from engine.document.catalogue import KindInfo
from engine.document.graph import ABSENT
from nodes.params import ParamInfo
from nodes.sentences import Text
from workbench import edits
from workbench.bench.turns import value_of
from workbench.canvas.announce import announce
from workbench.canvas.camera import Camera
from workbench.canvas.commands import CanvasCommands
from workbench.canvas.editor import InPlaceEditor
from workbench.canvas.field_line import FieldLine
from workbench.canvas.fields import text_of
from workbench.canvas.layout import MORE, NEAR
from workbench.canvas.node_item import NodeItem
from workbench.canvas.scene import Scene
from workbench.words import numbers
from workbench.words.kinds import choice_words, from_catalogue, tr
from workbench.words.quantities import show_float, show_int

Key = Qt.Key
STEPS = {int(Key.Key_Left): -1, int(Key.Key_Right): 1}
ROWS = {int(Key.Key_Up): -1, int(Key.Key_Down): 1}
OPENING = (Key.Key_Return, Key.Key_Enter, Key.Key_Space)
COARSE, FINE = 10.0, 0.1
TYPED = "0123456789-.,("
BELOW = 10  # px of a refusal under its field


def pace(keys: Qt.KeyboardModifier) -> float:
    """Return how many steps one is: Ctrl ten, Shift a tenth."""
    if keys & Qt.KeyboardModifier.ControlModifier:
        return COARSE
    return FINE if keys & Qt.KeyboardModifier.ShiftModifier else 1.0


class FieldHand:
    """Set parameters on nodes. `node` and `name`: the field that has the keys, if any."""

    def __init__(
        self, scene: Scene, camera: Camera, commands: CanvasCommands, editor: InPlaceEditor
    ) -> None:
        self.scene = scene
        self.camera = camera
        self.commands = commands
        self.editor = editor
        self.node = self.name = ""

    def kind(self, node: str) -> KindInfo | None:
        place = self.scene.graph.nodes.get(node)
        return self.scene.catalogue.of(place) if place else None

    def param(self, node: str, name: str) -> ParamInfo | None:
        kind = self.kind(node)
        return kind.param(name) if kind else None

    def value(self, node: str, name: str) -> Any:
        return value_of(self.scene.graph, self.scene.catalogue, node, name)

    def set(self, node: str, name: str, value: Any, *, merge: bool = False) -> None:
        graph = self.scene.graph
        self.commands.push(lambda: edits.set_param(graph, node, name, value), merge=merge)

    def reset(self, node: str, name: str) -> None:
        """Restore the default."""
        place = self.scene.graph.nodes.get(self.scene.graph.owner(node))
        if place is not None and name in place.params:
            self.set(node, name, ABSENT)

    def unpin(self, node: str, name: str) -> None:
        scene = self.scene
        self.commands.push(
            lambda: edits.show_field(scene.graph, scene.catalogue, [node], name, False)
        )

    def _item(self, node: str, name: str) -> NodeItem | None:
        """Return the node that shows a field now."""
        item = self.scene.nodes.get(node)
        shown = item is not None and not item.face.field_rect(name).isEmpty()
        return item if shown and self.scene.zoom >= NEAR else None

    def names(self, node: str) -> list[str]:
        """Return the parameters whose fields can be reached on a node."""
        item = self.scene.nodes.get(node)
        if item is None or item.face.content.collapsed or self.scene.zoom < NEAR:
            return []
        return [shown.param.name for shown in item.face.content.fields]

    def enter(self, node: str) -> bool:
        """Go to the first field of a node; return whether it has one."""
        names = self.names(node)
        if names:
            self.focus(node, names[0])
        return bool(names)

    def focus(self, node: str, name: str) -> None:
        """Give the keys to a field, and announce it."""
        self.leave()
        item, param = self._item(node, name), self.param(node, name)
        if item is None or param is None:
            return
        self.node, self.name = node, name
        item.display(field=name)
        self.show_hint(node, name)
        title = from_catalogue(param.title or param.name)
        value = text_of(param, self.value(node, name))
        parts = (title, value, from_catalogue(param.unit), self.scene.faces.title(node))
        announce(self.camera.view, ", ".join(filter(None, parts)))

    def leave(self) -> None:
        """Take the keys from the field."""
        item = self.scene.nodes.get(self.node)
        if item is not None:
            item.display(field="")
        self.scene.unders.hide_hint()
        self.node = self.name = ""

    def follow(self, chosen: list[str]) -> None:
        """Leave the field if its node is not selected any more."""
        if self.node and self.node not in chosen:
            self.leave()

    def show_hint(self, node: str, name: str) -> None:
        """Say under the node when a change takes effect, and the bounds."""
        item, param, kind = self._item(node, name), self.param(node, name), self.kind(node)
        if item is None or param is None or kind is None:
            return
        live = param.live or not kind.weights
        words = [tr("live, no restart") if live else tr("starts again")]
        if param.low is not None and param.high is not None:
            low, high = (_plain(value) for value in (param.low, param.high))
            words.append(tr("from {0} to {1}").format(low, high))
        if param.type in ("int", "float"):
            words.append(tr("Ctrl coarse, Shift fine"))
        self.scene.unders.show_hint(item, "zap" if live else "refresh-cw", " · ".join(words))

    def act(self, node: str, name: str, begin: str = "") -> None:
        """Type into a number, open a list, turn a tick, or show what is not shown."""
        param = self.param(node, name)
        if name == MORE:
            self.editor.fields_requested.emit(node)
        elif param is None:
            return
        elif param.choices:
            self._open_list(node, param)
        elif param.type == "bool":
            self.set(node, name, not self.value(node, name))
        else:
            self._type(node, param, begin)

    def _type(self, node: str, param: ParamInfo, begin: str) -> None:
        item, name = self._item(node, param.name), param.name
        if item is None:
            return
        self.focus(node, name)
        self.camera.ensure_visible(item.area)
        line = FieldLine(
            self.camera.view,
            partial(self._area, node, name),
            param,
            self.value(node, name),
            take=partial(self.set, node, name),
            refuse=partial(self._refuse, node, name),
            reset=partial(self.reset, node, name),
            left=partial(self._go_on, node, name),
        )
        if begin:
            line.begin(begin)
        self.camera.changed.connect(line.follow)

    def _area(self, node: str, name: str) -> QRect:
        """Return where a field is in the view, an empty rectangle for one that is not seen."""
        item = self._item(node, name)
        if item is None:
            return QRect()
        return self.camera.area_to_view(item.face.field_rect(name).translated(item.pos()))

    def _refuse(self, node: str, name: str, fault: Text) -> None:
        at = self._area(node, name).bottomLeft() + QPoint(0, BELOW)
        self.commands.refusals.show_value(fault, at)

    def _go_on(self, node: str, name: str, way: int) -> None:
        names = self.names(node)
        if name in names:
            self.focus(node, names[(names.index(name) + way) % len(names)])
        if not way:  # what was said of it is known by now
            self.scene.unders.hide_hint()

    def _open_list(self, node: str, param: ParamInfo) -> None:
        """Open the choices under the field, the default marked."""
        area = self._area(node, param.name)
        if area.isEmpty():
            return
        menu, now = QMenu(self.camera.view), self.value(node, param.name)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setMinimumWidth(area.width())
        for choice in param.choices:
            mark = f"\t{tr('default')}" if choice == param.default else ""
            entry = menu.addAction(choice_words(choice).replace("&", "&&") + mark)
            entry.setCheckable(True)
            entry.setChecked(choice == now)
            entry.triggered.connect(partial(self._choose, node, param.name, choice))
            if choice == now:
                menu.setActiveAction(entry)
        menu.popup(self.camera.view.viewport().mapToGlobal(area.bottomLeft()))

    def _choose(self, node: str, name: str, choice: str, _checked: bool = False) -> None:
        if choice != self.value(node, name):
            self.set(node, name, choice)

    def key(self, event: QKeyEvent) -> bool:
        """Handle a key of the field; return whether it was used."""
        if not self.node:
            return False
        param = self.param(self.node, self.name)
        if param is None or self._item(self.node, self.name) is None:
            self.leave()
            return False
        key, keys = event.key(), event.modifiers()
        if keys & Qt.KeyboardModifier.AltModifier:
            return False
        if key in STEPS:
            return self._step(param, STEPS[key], keys)
        if keys & Qt.KeyboardModifier.ControlModifier:
            return False
        if key in ROWS:
            self._go_on(self.node, self.name, ROWS[key])
        elif key in OPENING:
            self.act(self.node, self.name)
        elif key == Key.Key_Escape:
            self.leave()
        elif event.text() and event.text() in TYPED and param.type in ("int", "float"):
            self.act(self.node, self.name, event.text())
        else:
            return False
        return True

    def tab(self, way: int) -> bool:
        """Go to the next field, if one has the keys."""
        if not self.node or self._item(self.node, self.name) is None:
            return False
        self._go_on(self.node, self.name, way)
        return True

    def _step(self, param: ParamInfo, way: int, keys: Qt.KeyboardModifier) -> bool:
        """Step a number or a list; successive steps of one field are one undo."""
        node, name = self.node, self.name
        value = self.value(node, name)
        if param.choices:
            at = param.choices.index(value) + way if value in param.choices else 0
            new: Any = param.choices[min(max(at, 0), len(param.choices) - 1)]
        elif param.type == "bool":
            new = way > 0
        else:
            steps = way * pace(keys)
            new = numbers.dragged(param, start_of(param, value), steps)
        if new != value:
            self.set(node, name, new, merge=True)
            self.show_hint(node, name)
            announce(self.camera.view, text_of(param, new))
        return True


def start_of(param: ParamInfo, value: Any) -> float:
    """Return the number that a drag or a step begins at."""
    for start in (value, param.default, param.low):
        if isinstance(start, (int, float)) and not isinstance(start, bool):
            return start
    return 0


def _plain(value: float) -> str:
    """Return a bound without the zero that a value would have: `0`, `1,000`."""
    return show_int(int(value)) if float(value).is_integer() else show_float(value)
