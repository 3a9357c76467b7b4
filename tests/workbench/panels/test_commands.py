from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLineEdit, QWidget
from shiboken6 import delete

from engine.document.graph import Graph
from workbench.actions import BY_ID
from workbench.bench.examples import Example
from workbench.panels import commands
from workbench.panels.commands import Command, CommandPalette
from workbench.search.finding import find

EXAMPLE = Example(name="vae-mnist", path=Path("gone"), graph=Graph(title="VAE on MNIST"))


@pytest.fixture
def done() -> list:
    return []


@pytest.fixture
def palette(qtbot, bench, done):
    host = QWidget()
    qtbot.addWidget(host)
    host.resize(900, 600)
    host.show()
    made = CommandPalette(host)
    graph = bench.document.graph
    found = [
        Command("Run or pause", lambda: done.append("run"), icon="play", keys="Ctrl+Return"),
        Command("Stop", lambda: done.append("stop"), enabled=False),
        *commands.node_commands(graph, bench.catalogue, done.append),
        *commands.kind_commands(bench.catalogue, done.append),
        *commands.example_commands([EXAMPLE], bench.catalogue, done.append),
    ]
    made.open(found)
    yield made
    host.close()


def titles(palette) -> list[str]:
    return [row.title for row in palette.rows.rows]


def test_actions_and_nodes_come_first_and_letters_find_all(palette, qtbot) -> None:
    assert titles(palette)[0] == "Run or pause" and "Add MNIST" not in titles(palette)
    qtbot.keyClicks(palette.search, "addmn")
    assert titles(palette)[0] == "Add MNIST"


def test_letters_that_fit_nothing_say_so(palette, done, qtbot) -> None:
    qtbot.keyClicks(palette.search, "qqqq")
    assert titles(palette) == ["Nothing found"]
    qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    assert done == [] and palette.isVisible()


def test_enter_does_it_and_goes(palette, done, qtbot) -> None:
    qtbot.keyClicks(palette.search, "run")
    qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    assert done == ["run"] and not palette.isVisible()


def test_a_node_is_gone_to(palette, done, qtbot) -> None:
    qtbot.keyClicks(palette.search, "@elbo")
    qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    assert done == [["elbo"]]


def test_signs_narrow_to_a_part(palette, qtbot) -> None:
    qtbot.keyClicks(palette.search, "/")
    assert titles(palette) == ["VAE on MNIST"]
    palette.search.setText("+enc")
    assert titles(palette)[0] == "Add Encoder"


def test_two_nodes_of_one_title_are_told_apart(palette, qtbot) -> None:
    qtbot.keyClicks(palette.search, "@decoder")
    assert {row.side for row in palette.rows.rows[:2]} == {"decoder", "decoder_2"}


def test_what_cannot_be_done_now_is_faint_and_stays(palette, done, qtbot) -> None:
    qtbot.keyClicks(palette.search, ">stop")
    assert palette.rows.rows[0].faint
    qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    assert done == [] and palette.isVisible()


def test_arrows_walk_and_escape_goes(palette, done, qtbot) -> None:
    qtbot.keyClick(palette.search, Qt.Key.Key_Down)
    assert palette.view.currentIndex().row() == 1
    qtbot.keyClick(palette.search, Qt.Key.Key_Escape)
    assert not palette.isVisible() and done == []


def test_the_last_done_is_first_next_time(palette, qtbot) -> None:
    qtbot.keyClicks(palette.search, "@elbo")
    qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    palette.open(palette.commands)
    assert titles(palette)[0] == "ELBO"


def test_actions_of_the_window_become_commands(qapp) -> None:
    hidden, shown = QAction("Hidden"), QAction("&Save as…")
    hidden.setVisible(False)
    shown.setShortcut("Ctrl+Shift+S")
    (command,) = commands.action_commands([hidden, shown])
    assert (command.title, command.keys) == ("Save as", "Ctrl+Shift+S")


def test_the_focus_goes_back_only_to_what_is_still_there(palette, qtbot) -> None:
    """Another page of the inspector takes the field away that had the focus before."""
    field = QLineEdit(palette.parentWidget())
    field.show()
    palette.close_()
    field.setFocus()
    palette.open([])
    assert palette._before is field
    delete(field)
    palette.close_()
    assert not palette.isVisible()


def test_an_action_of_a_submenu_is_found_by_its_name(qtbot) -> None:
    action = QAction("Dark")
    action.setProperty("submenu", "Theme")
    assert [c.title for c in commands.action_commands([action])] == ["Theme › Dark"]


def test_a_language_is_found_by_its_name_in_another(qapp) -> None:
    english, french = (BY_ID[id] for id in ("view.english", "view.french"))
    assert (english.tip, french.tip) == ("The window in English", "The window in French")
    action = QAction(french.title)
    action.setToolTip(french.tip)
    (command,) = commands.action_commands([action])
    assert [fit.item for fit in find("french", [command.entry(7)])] == [7]
