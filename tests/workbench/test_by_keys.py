"""A graph built from nothing by keys alone, in the outline."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

import resources
from engine.document.graph import Graph, Wire, load
from tests import shipped
from workbench.shell.window import Window
from workbench.words.letters import letters

Key = Qt.Key
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier
PLAIN = Qt.KeyboardModifier.NoModifier


class Person:
    """Somebody with a keyboard and no mouse, who reads the row that is current in the outline."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self.press(Key.Key_O, CONTROL | SHIFT)

    @property
    def outline(self):
        return self.window.docks.left.widgets["outline"]

    @property
    def graph(self) -> Graph:
        return self.window.tabs.current.bench.document.graph

    @property
    def focus(self) -> QWidget:
        return QApplication.focusWidget() or self.window

    @property
    def path(self) -> str:
        tree = self.outline.tree
        return tree.nodes.entry(tree.currentIndex()).path if tree.currentIndex().isValid() else ""

    def press(self, key: Qt.Key, keys: Qt.KeyboardModifier = PLAIN) -> None:
        QTest.keyClick(self.focus, key, keys)
        QApplication.processEvents()

    def type(self, words: str, *, end: Qt.Key | None = Key.Key_Return) -> None:
        for letter in words:
            pressed = QKeyEvent(QEvent.Type.KeyPress, 0, PLAIN, letter)
            QApplication.sendEvent(self.focus, pressed)
        if end is not None:
            self.press(end)

    def go(self, path: str) -> None:
        """Go down the tree to a node, unfolding what holds it."""
        assert self.focus is self.outline.tree, (path, self.focus)
        self.press(Key.Key_Home)
        for depth in range(path.count("/") + 1):
            part = "/".join(path.split("/")[: depth + 1])
            for _ in range(200):
                if self.path == part:
                    break
                self.press(Key.Key_Down)
            assert self.path == part
            if part != path:
                self.press(Key.Key_Right)
                self.press(Key.Key_Right)

    def add(self, words: str) -> str:
        """Add a node beside the current one; return its path."""
        before = set(self.graph.nodes)
        self.press(Key.Key_Insert)
        self.type(words, end=None)
        search = self.window.tabs.current.canvas.overlays.search
        for _ in search.rows.rows:
            if search.rows.rows[search.list.currentIndex().row()].title == words:
                break
            self.press(Key.Key_Down)
        self.press(Key.Key_Return)
        (made,) = set(self.graph.nodes) - before
        assert self.path == made
        return made

    def twin(self, path: str) -> str:
        """Make a twin of a node; return its path."""
        self.go(path)
        before = set(self.graph.nodes)
        self.press(Key.Key_D, ALT)
        (made,) = set(self.graph.nodes) - before
        return made

    def connect(self, wire: Wire) -> None:
        """Choose what an output goes to among what fits the ports of its node."""
        self.go(wire.source)
        self.press(Key.Key_L, CONTROL)
        found = self.window._commands
        title = self.outline.tree.nodes.boards.outer.title(wire.target)
        self.type(title.split()[0], end=None)
        start, end = f"{letters(wire.output)} to ", f", {letters(wire.input)}"
        for _ in found.commands:
            at = found.rows.rows[found.view.currentIndex().row()]
            assert at.id, (wire, self.focus, [c.title for c in found.commands])
            chosen = found.commands[int(at.id)]
            right = chosen.title.startswith(start) and chosen.title.endswith(end)
            if right and chosen.words == wire.target:
                break
            self.press(Key.Key_Down)
        self.press(Key.Key_Return)


@pytest.fixture
def person(make: Callable[..., Window], qtbot) -> Person:
    window = make(shipped.catalogue(), [sys.executable, "-c", "input()"])
    window.finish_startup()
    window.files.new()
    qtbot.waitActive(window)
    QApplication.processEvents()
    return Person(window)


def test_a_node_is_added_grouped_entered_and_taken_out_by_keys(window: Window, qtbot) -> None:
    window.finish_startup()
    window.files.new()
    qtbot.waitActive(window)
    QApplication.processEvents()
    person = Person(window)
    digits = person.add("Digits")
    assert person.focus is person.outline.tree
    person.press(Key.Key_Right)
    person.press(Key.Key_Right)  # its first port
    encoder = person.add("Encoder")
    assert [(w.source, w.target) for w in person.graph.wires] == [(digits, encoder)]
    person.press(Key.Key_G, CONTROL)
    group = person.path
    assert person.graph.nodes[group].group
    person.go(f"{group}/{encoder}")
    assert person.focus is person.outline.tree  # which keeps the keys as the group opens
    assert window.tabs.current.way == (group,)
    person.press(Key.Key_M, CONTROL)
    (definition,) = person.graph.groups.values()
    assert definition.nodes[encoder].mode == "muted"
    person.press(Key.Key_C, CONTROL)
    person.press(Key.Key_V, CONTROL)
    assert len(definition.nodes) == 2
    person.press(Key.Key_Up, CONTROL)
    assert window.tabs.current.way == ()
    assert person.path == group
    person.press(Key.Key_G, CONTROL | SHIFT)
    assert len(person.graph.nodes) == 3
    assert not person.graph.groups


@pytest.mark.long
@pytest.mark.timeout(900)
def test_the_nodes_and_wires_of_vae_digits_are_built_by_keys(person: Person) -> None:
    example = load(resources.path("examples/vae-digits.graph.json"))
    ours: dict[str, str] = {}
    for node, place in example.nodes.items():
        if place.twin:
            ours[node] = person.twin(ours[place.twin])
        else:
            ours[node] = person.add(shipped.catalogue()[place].title)
    for wire in example.wires:
        person.connect(wire._replace(source=ours[wire.source], target=ours[wire.target]))
    assert alike(person.graph, ours) == alike(example, {node: node for node in example.nodes})


def alike(graph: Graph, names: dict[str, str]) -> Any:
    """Return the nodes and the wires of a graph by the names given to them."""
    own = {own: name for name, own in names.items()}
    nodes = {own[n]: (p.kind, own.get(p.twin, "")) for n, p in graph.nodes.items()}
    wires = {(own[w.source], w.output, own[w.target], w.input) for w in graph.wires}
    return nodes, wires
