"""The window around the canvas: sizes, panels, notices, lists, what is shown where."""

from __future__ import annotations

from random import Random
from typing import Any

from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
)

from tests.workbench.walk.table import always, chosen, document, doing, nodes, starting
from tests.workbench.walk.world import TYPED, World
from workbench.shell.cards import Card
from workbench.widgets.switch import Switch

SIZES = ((1024, 640), (1280, 720), (1366, 768), (1600, 1000), (1920, 1080), (2560, 1440))
LEFT = Qt.MouseButton.LeftButton
PLAIN, CONTROL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
OUTLINE_KEYS = (
    (Qt.Key.Key_Return, PLAIN),
    (Qt.Key.Key_F2, PLAIN),
    (Qt.Key.Key_Delete, PLAIN),
    (Qt.Key.Key_Insert, PLAIN),
    (Qt.Key.Key_L, CONTROL),
    (Qt.Key.Key_Asterisk, PLAIN),
    (Qt.Key.Key_Down, CONTROL),
)


@doing()
def size(world: World, chance: Random) -> None:
    world.size = chance.choice(SIZES)
    world.window.resize(*world.size)


@doing()
def escape(world: World, chance: Random) -> None:
    QTest.keyClick(QApplication.focusWidget() or world.window, Qt.Key.Key_Escape)


@doing()
def tab_key(world: World, chance: Random) -> None:
    shift = chance.choice((Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier))
    QTest.keyClick(QApplication.focusWidget() or world.window, Qt.Key.Key_Tab, shift)


@doing()
def enter(world: World, chance: Random) -> None:
    QTest.keyClick(QApplication.focusWidget() or world.window, Qt.Key.Key_Return)


@doing()
def type_letters(world: World, chance: Random) -> None:
    """Type into what has the focus."""
    for letter in chance.choice(("enc", "a", "x 1", "tr")):
        QTest.keyClick(QApplication.focusWidget() or world.window, letter)


@doing(starting)
def search_on_the_start_page(world: World, chance: Random) -> None:
    field = world.page.over.finder.field
    field.setText(chance.choice(("", "enc", "gan", "vae", "zoom", "zzz")))
    for _ in range(chance.randrange(4)):
        QTest.keyClick(field, chance.choice((Qt.Key.Key_Down, Qt.Key.Key_Tab)))
    QTest.keyClick(field, chance.choice((Qt.Key.Key_Return, Qt.Key.Key_Escape)))


@doing(starting)
def press_on_the_start_page(world: World, chance: Random) -> None:
    """Press a card, a line, a link or the button of the course."""
    found = [b for b in world.page.over.findChildren(QAbstractButton) if b.isVisible()]
    QTest.mouseClick(chance.choice(found), LEFT)


def _lists(world: World) -> bool:
    commands = world.window._commands
    return commands is not None and commands.isVisible()


@doing(_lists)
def choose_from_the_list(world: World, chance: Random) -> None:
    """Take one of what Ctrl+K lists, found by some letters."""
    commands = world.window._commands
    commands.search.setText(chance.choice(("add", "@", "+", "zoom", "fit", "panel", "zzz")))
    for _ in range(chance.randrange(5)):
        QTest.keyClick(commands.search, Qt.Key.Key_Down)
    QTest.keyClick(commands.search, Qt.Key.Key_Return)


@doing(document)
def palette(world: World, chance: Random) -> None:
    """Find a node in the palette and take it by Enter."""
    panel = world.window.show_panel("nodes")
    panel.search.setText(chance.choice(("enc", "train", "image", "opt", "zzz", "")))
    QTest.keyClick(panel.search, Qt.Key.Key_Return)


@doing(document)
def press_in_a_panel(world: World, chance: Random) -> None:
    """Press any button that is seen in the sides: fixes of problems, examples, go on, compare."""
    found = [b for p in _panels(world) for b in p.findChildren(QAbstractButton) if _live(b)]
    if found:
        QTest.mouseClick(chance.choice(found), LEFT)


@doing(document)
def choose_in_a_panel(world: World, chance: Random) -> None:
    """Click on a row of a list or a tree that is seen: outline, problems, history, runs."""
    views = [v for p in _panels(world) for v in p.findChildren(QAbstractItemView) if v.isVisible()]
    rows = [(v, i) for v in views for i in _rows(v)]
    if rows:
        view, index = chance.choice(rows)
        view.scrollTo(index)
        at = view.visualRect(index).center()
        keys = chance.choice((Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier))
        QTest.mouseClick(view.viewport(), LEFT, keys, at)
        if chance.random() < 0.5:
            QTest.mouseDClick(view.viewport(), LEFT, keys, at)


def _rows(view: Any) -> list[QModelIndex]:
    model = view.model()
    return [model.index(i, 0) for i in range(min(model.rowCount(), 12))] if model else []


def _panels(world: World) -> list[Any]:
    return [p for p in world.window.docks.panels if p.isVisible()]


def _live(button: QAbstractButton) -> bool:
    return button.isVisible() and button.isEnabled() and not _stops(button)


def _stops(button: QAbstractButton) -> bool:
    """Leave out what opens the browser or the system's files."""
    words = f"{button.text()} {button.toolTip()} {button.accessibleName()}".lower()
    return any(word in words for word in ("browser", "paper", "arxiv", "web"))


@doing(nodes)
def edit_a_parameter(world: World, chance: Random) -> None:
    """Select a node and type good and bad values into a field of the inspector."""
    node = chance.choice(sorted(world.graph.nodes))
    world.select([node])
    inspector = world.window.show_panel("inspector")
    inspector.redraw_now()
    _type_into_a_field(inspector, chance)


@doing(chosen)
def edit_what_is_chosen(world: World, chance: Random) -> None:
    inspector = world.window.show_panel("inspector")
    inspector.redraw_now()
    _type_into_a_field(inspector, chance)


@doing(document)
def edit_the_graph(world: World, chance: Random) -> None:
    """Select nothing and type into a field of the graph: title, seed."""
    world.select([])
    inspector = world.window.show_panel("inspector")
    inspector.redraw_now()
    _type_into_a_field(inspector, chance)


@doing(nodes)
def turn_a_choice(world: World, chance: Random) -> None:
    """Select a node and turn a list of choices, a switch or a slider of the inspector by keys."""
    world.select([chance.choice(sorted(world.graph.nodes))])
    inspector = world.window.show_panel("inspector")
    inspector.redraw_now()
    kinds = (QComboBox, QAbstractSlider, Switch)
    found = [w for kind in kinds for w in inspector.findChildren(kind) if w.isVisible()]
    live = [w for w in found if w.isEnabled() and w.focusPolicy() != Qt.FocusPolicy.NoFocus]
    if live:
        widget = chance.choice(live)
        widget.setFocus()
        QTest.keyClick(widget, chance.choice((Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Space)))


def _type_into_a_field(inspector: Any, chance: Random) -> None:
    fields = [
        f
        for kind in (QLineEdit, QPlainTextEdit)
        for f in inspector.findChildren(kind)
        if f.isVisible() and f.isEnabled() and not f.isReadOnly()
    ]
    if not fields:
        return
    field = chance.choice(fields)
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, chance.choice(TYPED))
    if chance.random() < 0.8:
        QTest.keyClick(field, chance.choice((Qt.Key.Key_Return, Qt.Key.Key_Tab)))


@doing(lambda world: bool(world.window.notices.by_key))
def answer_a_notice(world: World, chance: Random) -> None:
    """Press a button of a notice, the cross included."""
    shown = [n for n in world.window.notices.by_key.values() if n.isVisible()]
    if shown:
        buttons = chance.choice(shown).findChildren(QAbstractButton)
        QTest.mouseClick(chance.choice(buttons), LEFT)


@doing(document)
def press_in_the_bars(world: World, chance: Random) -> None:
    """Press a button of the run bar, of the slider or of a corner of the canvas."""
    parts = [world.window.run_bar, world.window.top, world.canvas, world.window.tabs.plus]
    found = [b for p in parts for b in (p, *p.findChildren(QAbstractButton))]
    live = [b for b in found if isinstance(b, QAbstractButton) and _live(b)]
    if live:  # none while pictures are presented
        QTest.mouseClick(chance.choice(live), LEFT)


@doing(always)
def press_an_example(world: World, chance: Random) -> None:
    """Press a card of the gallery or of an empty canvas, where one is seen."""
    if len(world.window.tabs.pages) < 6:
        cards = [c for c in world.window.tabs.findChildren(Card) if c.isVisible()]
        if cards:
            chance.choice(cards).click()


@doing(document)
def jump_in_history(world: World, chance: Random) -> None:
    panel = world.window.show_panel("history")
    panel.redraw_now()
    indexes = _rows(panel.view)
    if indexes:
        panel.view.scrollTo(chance_index := chance.choice(indexes))
        at = panel.view.visualRect(chance_index).center()
        QTest.mouseClick(panel.view.viewport(), LEFT, pos=at)
        QTest.keyClick(panel.view, Qt.Key.Key_Return)


def _pads(world: World) -> bool:
    return any(pad.isVisible() for pad in _there(world))


def _there(world: World) -> list[Any]:
    pads = [getattr(control, "pad", None) for control in world.window.workspaces.stage.controls]
    return [pad for pad in pads if pad is not None]


@doing(_pads)
def play_with_a_point(world: World, chance: Random) -> None:
    """Drag in a plane of Play, or press a button beside it."""
    pad = chance.choice([pad for pad in _there(world) if pad.isVisible()])
    places = [pad.rect().center() + QPoint(chance.randint(-80, 80), 7) for _ in range(4)]
    QTest.mousePress(pad, LEFT, pos=places[0])
    for place in places[1:]:
        QTest.mouseMove(pad, place)
    QTest.mouseRelease(pad, LEFT, pos=places[-1])
    buttons = [b for b in world.window.workspaces.stage.findChildren(QPushButton) if b.isVisible()]
    if chance.random() < 0.5 and buttons:
        QTest.mouseClick(chance.choice(buttons), LEFT)


@doing(document)
def work_in_the_outline(world: World, chance: Random) -> None:
    """Press some of the outline's keys, and answer what they ask."""
    panel = world.window.show_panel("outline")
    panel.setFocus()
    panel.redraw_now()
    for _ in range(chance.randrange(1, 6)):
        QTest.keyClick(panel.tree, chance.choice((Qt.Key.Key_Down, Qt.Key.Key_Right)))
    key, keys = chance.choice(OUTLINE_KEYS)
    QTest.keyClick(panel.tree, key, keys)
    for end in (chance.choice((Qt.Key.Key_Down, Qt.Key.Key_A)), Qt.Key.Key_Return):
        focus = QApplication.focusWidget()
        if focus is not None and focus is not panel.tree:
            QTest.keyClick(focus, end)
