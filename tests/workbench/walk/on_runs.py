"""Runs and their engine: beside the run bar, the slider, the runs, the views; and accidents."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from random import Random
from typing import Any

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.workbench.walk.table import document, doing
from tests.workbench.walk.world import World

LEFT = Qt.MouseButton.LeftButton


@doing(lambda world: document(world) and world.bench.engine.pid > 0)
def kill_the_engine(world: World, chance: Random) -> None:
    with suppress(ProcessLookupError):
        os.kill(world.bench.engine.pid, signal.SIGKILL)


@doing(lambda world: document(world) and world.bench.unfinished)
def pause_or_go_on(world: World, chance: Random) -> None:
    QTest.mouseClick(world.window.run_bar.primary, LEFT)


@doing(document)
def wait_a_moment(world: World, chance: Random) -> None:
    """Let the engine speak for a while."""
    QTest.qWait(chance.choice((20, 60, 150)))


def _views(world: World) -> bool:
    return document(world) and world.window.docks.views is not None and _dock(world).isVisible()


def _dock(world: World) -> Any:
    return world.window.docks.views


def _panes(world: World) -> list[Any]:
    return [pane for _, pane in _dock(world).made()]


@doing(_views)
def move_the_slider(world: World, chance: Random) -> None:
    """Drag the handle, or press a button beside it."""
    slider = _dock(world).slider
    track = slider.track
    if chance.random() < 0.4:
        buttons = [slider.back, slider.play, slider.on, slider.live_button]
        QTest.mouseClick(chance.choice(buttons), LEFT)
        return
    at = [QPoint(round(track.width() * chance.random()), track.height() // 2) for _ in range(2)]
    QTest.mousePress(track, LEFT, pos=at[0])
    QTest.mouseMove(track, at[1])
    QTest.mouseRelease(track, LEFT, pos=at[1])


@doing(_views)
def choose_a_run(world: World, chance: Random) -> None:
    """Open the list of runs beside the slider."""
    menu = _dock(world).slider.run.menu()
    menu.popup(_dock(world).slider.run.mapToGlobal(QPoint(0, 0)))


@doing(document)
def compare_runs(world: World, chance: Random) -> None:
    """Open the page of runs: choose some, compare, star, note, search; show one, or go back."""
    page = world.window.tabs.current
    runs = world.window.show_runs()
    runs.redraw_now()
    table = runs.table
    for row in range(min(len(runs.rows.rows), chance.randrange(1, 4))):
        at = table.visualRect(runs.rows.index(row, chance.choice((0, 1, 3, 9)))).center()
        QTest.mouseClick(table.viewport(), LEFT, pos=at)
    pills = (runs.this_graph, runs.starred, runs.noted, runs.bin, runs.compare)
    QTest.mouseClick(chance.choice(pills), LEFT)
    runs.search.setText(chance.choice(("", "", "beta > 1", "run", "seed 0")))
    if chance.random() < 0.3 and (menu := runs.menu()) is not None:
        chosen = chance.choice([action for action in menu.actions() if action.text()])
        chosen.trigger()
    if chance.random() < 0.5 and runs.open_button.isEnabled():
        QTest.mouseClick(runs.open_button, LEFT)
    elif chance.random() < 0.8 and page in world.window.tabs.pages:
        world.window.tabs.show_page(page)


def _some_panes(world: World) -> bool:
    return _views(world) and bool(_panes(world))


@doing(_some_panes)
def pin_a_view(world: World, chance: Random) -> None:
    QTest.mouseClick(chance.choice(_panes(world)).pin, LEFT)


@doing(_some_panes)
def detach_or_return_a_view(world: World, chance: Random) -> None:
    QTest.mouseClick(chance.choice(_panes(world)).detach, LEFT)


@doing(lambda world: _views(world) and bool(_dock(world).floating))
def close_a_detached_view(world: World, chance: Random) -> None:
    chance.choice(list(_dock(world).floating.values())).close()


@doing(lambda world: _views(world) and _dock(world).tabs.pills.count() > 0)
def turn_to_a_view(world: World, chance: Random) -> None:
    pills = _dock(world).tabs.pills
    at = pills.tabRect(chance.randrange(pills.count())).center()
    QTest.mouseClick(pills, LEFT, pos=at)


@doing(_some_panes)
def menu_of_a_view(world: World, chance: Random) -> None:
    """Press the right button on a picture; point at it, choose items in it."""
    plot = chance.choice(_panes(world)).plot
    at = QPointF(plot.width() * chance.random(), plot.height() * chance.random()).toPoint()
    QTest.mouseMove(plot, at)
    QTest.mouseClick(plot, LEFT, pos=at)
    mouse = QContextMenuEvent.Reason.Mouse
    QApplication.sendEvent(plot, QContextMenuEvent(mouse, at, plot.mapToGlobal(at)))


@doing(lambda world: bool(world.window.docks.tools))
def detach_or_close_a_tool(world: World, chance: Random) -> None:
    """Float a tool, put it back, or close it."""
    tool = chance.choice(list(world.window.docks.tools.values()))
    chance.choice((tool._float, tool.hide, tool.show))()
