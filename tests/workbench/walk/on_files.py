"""Documents: opened, dropped, turned to, closed, changed on disk behind the window's back."""

from __future__ import annotations

from pathlib import Path
from random import Random

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication
from PySide6.QtTest import QTest

from tests.workbench.walk.table import document, doing
from tests.workbench.walk.world import World
from workbench.bench import examples

MOST = 6  # documents at once


def _room(world: World) -> bool:
    return len(world.window.tabs.pages) < MOST


@doing(_room)
def open_example(world: World, chance: Random) -> None:
    world.window.files.open_example(chance.choice([e.name for e in examples.listed()]))


@doing(_room)
def open_file(world: World, chance: Random) -> None:
    world.window.files.open(world.files[chance.choice(sorted(world.files))])


@doing(_room)
def open_what_is_not_there(world: World, chance: Random) -> None:
    world.window.files.open(world.home / "files" / "gone.graph.json")


@doing(_room)
def drop_files(world: World, chance: Random) -> None:
    """Let go of one or two files over the canvas."""
    names = chance.sample(sorted(world.files), chance.choice((1, 1, 2)))
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(world.files[name])) for name in names])
    copy, none = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    left = Qt.MouseButton.LeftButton
    world.window.dropEvent(QDropEvent(QPointF(500, 400), copy, mime, left, none))


@doing()
def turn_to_tab(world: World, chance: Random) -> None:
    """Click on a tab."""
    bar = world.window.tabs.bar
    index = chance.randrange(bar.count())
    QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.tabRect(index).center())


@doing()
def close_a_tab(world: World, chance: Random) -> None:
    """Press the cross of any tab."""
    tabs = world.window.tabs
    tabs.close_requested.emit(chance.choice(tabs.pages))


@doing()
def next_tab(world: World, chance: Random) -> None:
    shift = chance.choice((Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier))
    QTest.keyClick(world.window, Qt.Key.Key_Tab, Qt.KeyboardModifier.ControlModifier | shift)


@doing()
def move_a_tab(world: World, chance: Random) -> None:
    bar = world.window.tabs.bar
    bar.moveTab(chance.randrange(bar.count()), chance.randrange(bar.count()))


def _saved(world: World) -> bool:
    return document(world) and world.bench.document.path is not None


@doing(_saved)
def file_changed_by_another(world: World, chance: Random) -> None:
    path: Path = world.bench.document.path
    words = ("{", "", path.read_text() if path.exists() else "", "[]")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(chance.choice(words))


@doing(_saved)
def file_deleted(world: World, chance: Random) -> None:
    world.bench.document.path.unlink(missing_ok=True)


@doing(document)
def put_words_on_the_clipboard(world: World, chance: Random) -> None:
    """Copy something else: what is pasted next is no graph."""
    words = (
        "",
        "hello",
        "{",
        '{"nodes": 3}',
        '{"format": "genworkbench.graph", "version": 1, "nodes": {"a": 1}}',
        '{"format": "genworkbench.graph", "version": 99}',
        '{"format":"genworkbench.graph","version":1,"layout":{"positions":{"a":["x"]}}}',
        "[" * 500,
        "\x00\ud7ff𝔘 1e400",
    )
    QGuiApplication.clipboard().setText(chance.choice(words))
