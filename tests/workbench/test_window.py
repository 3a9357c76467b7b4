"""The real window, offscreen, driven as a person drives it; its engine is the puppet."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QLineEdit,
    QMainWindow,
    QMessageBox,
    QPushButton,
)
from pytestqt.qtbot import QtBot

from engine.check import describe
from engine.document.graph import Graph, Place, dumps, load, save
from engine.document.history import RunFile
from engine.document.messages import RunInfo
from engine.record import record
from nodes.library import find
from tests.workbench import design
from tests.workbench.sample import vae
from workbench import edits
from workbench.actions import MENUS, TABLE
from workbench.bench import settings
from workbench.bench.document import Document, Leftovers, leftovers
from workbench.plots.inside import KEY
from workbench.plots.saving import SavePicture
from workbench.shell.tabs import Page
from workbench.shell.window import Window
from workbench.words.quantities import show_measure

ASKS = {
    "file.open",
    "file.open_data",
    "file.save",
    "file.save_as",
    "file.picture",
    "file.quit",
    "file.close",
}
ASKS |= {"run.data", "run.folder", "run.nodes", "help.about"}


@pytest.fixture(autouse=True)
def _home(home: Path) -> None:
    """Nothing here touches the user's own folders."""


@pytest.fixture
def page(window: Window, home: Path, qtbot: QtBot) -> Page:
    save(vae(), home / "vae.graph.json")
    assert window.files.open(home / "vae.graph.json")
    qtbot.waitUntil(lambda: window.bench.live.checked is not None, timeout=15_000)
    current = window.tabs.current
    assert current is not None
    return current


def push(page: Page, seed: int = 5) -> None:
    document = page.bench.document
    document.push(edits.set_setting(document.graph, "seed", seed))


def answer(words: str, seen: list[str]) -> None:
    """Press a button of the question that comes next, while this test's window is there."""
    windows = [w for w in QApplication.topLevelWidgets() if isinstance(w, QMainWindow)]
    asked = next(w for w in windows if w.isVisible())

    def press() -> None:
        box = QApplication.activeModalWidget()
        if not isinstance(box, QMessageBox):
            QTimer.singleShot(10, asked, press)
            return
        seen.append(box.text())
        next(b for b in box.buttons() if b.text().replace("&", "") == words).click()

    QTimer.singleShot(10, asked, press)


def test_press_run_edit_undo_save_reopen(
    window: Window, page: Page, home: Path, qtbot: QtBot
) -> None:
    live = page.bench.live
    qtbot.mouseClick(window.run_bar.primary, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "scatter" in live.figures, timeout=10_000)
    qtbot.waitUntil(lambda: window.run_bar.primary.text() == "Pause")
    before = page.bench.document.graph.settings.seed
    push(page)
    assert window.tabs.bar.tabText(0) == "vae •"
    qtbot.waitUntil(lambda: live.checked.seq == live.seq)
    qtbot.waitUntil(lambda: live.status.status == "done", timeout=20_000)
    values = live.series["elbo.loss"][1]
    assert values[-1] < values[0] / 10
    window.menus.trigger("edit.undo")
    assert page.bench.document.graph.settings.seed == before
    window.menus.trigger("edit.redo")
    window.menus.trigger("file.save")
    assert window.tabs.bar.tabText(0) == "vae" and "Saved" in window.status.saved.text()
    assert load(home / "vae.graph.json") == page.bench.document.graph


def test_a_file_that_is_open_is_not_opened_twice(window: Window, page: Page, home: Path) -> None:
    window.files.new()
    window.files.open(home / "vae.graph.json")
    assert window.tabs.current is page and len(window.tabs.pages) == 2
    assert window.settings.recent == [str(home / "vae.graph.json")]


def test_recent_files_open_again(window: Window, page: Page, home: Path) -> None:
    window.settings.recent.append(str(home / "gone.graph.json"))
    window.files.close_tab()
    window.menus.list_recent()
    assert [a.text() for a in window.menus.recent.actions()] == ["vae"]
    window.menus.recent.actions()[0].trigger()
    assert window.bench.document.path == home / "vae.graph.json"


def test_a_killed_engine_says_so_over_its_canvas(window: Window, page: Page, qtbot: QtBot) -> None:
    push(page)
    os.kill(page.bench.engine.pid, 9)
    key = f"engine {id(page)}"
    qtbot.waitUntil(lambda: key in window.notices.by_key)
    notice = window.notices.by_key[key]
    assert notice.sentence == "The engine stopped. Your graph is safe."
    assert window.status.engine.text() == "Engine stopped"
    qtbot.mouseClick(notice.buttons[0], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.status.engine.text() == "Engine ready", timeout=10_000)
    assert window.notices.by_key == {} and page.bench.document.dirty


def test_whatever_starts_the_engine_again_takes_the_notice_back(
    window: Window, page: Page, qtbot: QtBot
) -> None:
    os.kill(page.bench.engine.pid, 9)
    qtbot.waitUntil(lambda: f"engine {id(page)}" in window.notices.by_key)
    page.bench.step()
    assert window.notices.by_key == {} and window.status.engine.text() == "Engine starts"


def test_what_is_pasted_is_seen_whole(window: Window, page: Page, qtbot: QtBot) -> None:
    window.editing.select_all()
    window.editing.copy()
    for pasted in (page, window.files.new()):
        window.tabs.show_page(pasted)
        window.editing.paste()
        canvas = pasted.canvas
        area = canvas.stage.area_of_all(canvas.selection.things)
        assert not area.isEmpty()
        qtbot.waitUntil(lambda c=canvas, a=area: c.camera.visible_area.contains(a))


def test_a_folder_of_own_nodes_is_chosen_and_read_at_the_engine_s_next_start(
    window: Window, page: Page, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def choose(parent: object, title: str, now: str) -> str:
        asked.append(now)
        return str(home / "mine")

    monkeypatch.setattr(QFileDialog, "getExistingDirectory", choose)
    window.preferences.plugins = home / "more"
    window.menus.trigger("run.nodes")
    assert Path(asked[0]).is_dir() and Path(asked[0]).name == "nodes"
    assert page.bench.engine.plugins == [str(home / "mine"), str(home / "more")]
    assert "folder of nodes" in window.notices.by_key["file"].sentence
    assert settings.load().plugins_folder == str(home / "mine")


def test_a_node_is_pasted_onto_the_wire_that_is_chosen(window: Window, page: Page) -> None:
    window.pages.catalogue = page.bench.catalogue = design.catalogue()
    document, canvas = page.bench.document, page.canvas
    wire = next(w for w in document.graph.wires if w.input == "z")
    flatten = edits.copy_text(Graph(nodes={"flatten": Place(kind="Flatten")}), ["flatten"])
    encoder = edits.copy_text(document.graph, ["encoder"])

    def paste(text: str) -> Graph:
        canvas.stage.select([])
        canvas.selection.set([wire])
        QGuiApplication.clipboard().setText(text)
        window.editing.paste()
        return document.graph

    assert wire not in paste(flatten).wires
    assert [w.source for w in document.graph.wires_into("flatten", "x")] == [wire.source]
    document.undo()
    assert wire in document.graph.wires and "flatten" not in document.graph.nodes
    assert wire in paste(encoder).wires, "what does not fit between is pasted beside it"
    assert "encoder_2" in document.graph.nodes


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("{", "not complete JSON"),
        ("[]", "not a graph"),
        ('{"format": "genworkbench.graph", "version": 99}', "version 99"),
        ('{"format": "genworkbench.graph", "version": 1, "nodes": 3}', "cannot be read"),
        (None, "cannot be read"),
    ],
)
def test_a_broken_file_is_a_sentence_in_place(
    window: Window, home: Path, text: str | None, word: str
) -> None:
    window.show_gallery()
    if text is not None:
        (home / "bad.graph.json").write_text(text)
    assert not window.files.open(home / "bad.graph.json")
    assert word in window.notices.by_key["file"].sentence
    assert len(window.tabs.pages) == 1


def test_saving_where_one_cannot_says_so_and_keeps_all(
    window: Window, page: Page, home: Path
) -> None:
    push(page)
    assert not window.files.save_to(page, home / "none" / "x.graph.json")
    assert "cannot be written" in window.notices.by_key["file"].sentence
    assert page.bench.document.dirty and page.bench.document.path == home / "vae.graph.json"
    assert window.files.save(page)
    assert "file" not in window.notices.by_key


def test_what_is_typed_is_taken_before_a_save_and_a_close(
    window: Window, page: Page, home: Path, qtbot: QtBot
) -> None:
    def typed(text: str) -> None:
        page.canvas.stage.select([])
        inspector: Any = window.show_panel("inspector")
        inspector.redraw_now()
        field = next(f for f in inspector.findChildren(QLineEdit) if f.isVisible())
        field.setFocus()
        qtbot.waitUntil(field.hasFocus)
        field.selectAll()
        QTest.keyClicks(field, text)

    typed("five")
    assert window.files.save() and load(home / "vae.graph.json").title == "five"
    typed("seven")
    seen: list[str] = []
    answer("Cancel", seen)
    assert not window.files.close_tab()
    assert page.bench.document.graph.title == "seven" and len(seen) == 1


def test_closing_what_is_not_saved_asks(window: Window, page: Page, home: Path) -> None:
    seen: list[str] = []
    push(page)
    answer("Cancel", seen)
    assert not window.files.close_tab()
    answer("Save", seen)
    assert window.files.close_tab()
    assert seen == ["vae has changes that are not saved."] * 2
    assert load(home / "vae.graph.json").settings.seed == 5
    assert [p.bench.document.graph for p in window.tabs.pages] == [Graph()]  # the start page


def test_what_another_program_wrote_is_not_replaced_unasked(
    window: Window, page: Page, home: Path, qtbot: QtBot
) -> None:
    seen: list[str] = []
    file = home / "vae.graph.json"
    other = Graph(title="Of another program")
    save(other, file)
    push(page)
    answer("Cancel", seen)
    assert not window.files.save() and load(file) == other and page.bench.document.dirty
    answer("Replace", seen)
    assert window.files.save() and load(file).settings.seed == 5
    push(page, 7)
    assert window.files.save() and load(file).settings.seed == 7
    assert seen == ["The file of vae was changed by another program."] * 2
    file.unlink()
    push(page, 9)
    assert window.files.save() and load(file).settings.seed == 9


def test_closing_without_saving_leaves_the_file(window: Window, page: Page, home: Path) -> None:
    push(page)
    answer("Close without saving", [])
    assert window.files.close_tab()
    assert load(home / "vae.graph.json") == vae()
    assert leftovers(settings.journals()) == Leftovers()


def test_closing_during_a_run_asks_then_stops_it(window: Window, page: Page, qtbot: QtBot) -> None:
    seen: list[str] = []
    page.bench.run()
    qtbot.waitUntil(lambda: page.bench.running)
    answer("Keep running", seen)
    window.close()
    assert window.isVisible() and page.bench.engine.alive
    answer("Stop and quit", seen)
    window.close()
    qtbot.waitUntil(lambda: not window.isVisible())
    assert not page.bench.engine.alive
    assert seen == ["vae is still training."] * 2


def test_quitting_asks_once_for_all_documents(
    window: Window, page: Page, home: Path, qtbot: QtBot
) -> None:
    seen: list[str] = []
    other = window.add_document(Document(vae(), home / "other.graph.json"))
    window.add_document(Document(vae(), home / "clean.graph.json"))
    for changed in (page, other):
        push(changed)
    page.bench.run()
    qtbot.waitUntil(lambda: page.bench.running)
    answer("Cancel", seen)
    window.menus.trigger("file.quit")
    assert window.isVisible() and not window.shutdown.closing and page.bench.running
    assert seen == ["2 graphs are not saved or still training."]
    answer("Save all", seen)
    window.menus.trigger("file.quit")
    qtbot.waitUntil(lambda: not window.isVisible())
    assert [load(home / f"{name}.graph.json").settings.seed for name in ("vae", "other")] == [5, 5]
    assert page.bench.live.status.status == "idle" and len(seen) == 2


def test_a_window_closed_again_during_the_question_asks_no_second_one(
    window: Window, page: Page
) -> None:
    boxes: list[int] = []

    def close_again() -> None:
        window.close()
        boxes.append(sum(isinstance(w, QMessageBox) for w in QApplication.topLevelWidgets()))

    push(page)
    QTimer.singleShot(0, close_again)
    answer("Cancel", [])
    window.close()
    assert boxes == [1] and window.isVisible() and not window.shutdown.closing


def test_a_run_of_another_graph_opens_with_its_own(
    window: Window, page: Page, home: Path, qtbot: QtBot
) -> None:
    folder = home / "runs" / "one"
    folder.mkdir(parents=True)
    save(vae(), folder / "graph.json")
    kinds = {node: place.kind for node, place in vae().nodes.items()}
    run = RunInfo(path=str(folder), name="lost", document="/gone/lost.graph.json", kinds=kinds)
    assert not page.bench.owns(run)
    window.files.open_run(run)
    opened = window.tabs.current
    assert opened is not page and opened.bench.owns(run) and opened.name == "lost"
    window.tabs.show_page(page)
    window.files.open_run(run)
    assert window.tabs.current is opened and len(window.tabs.documents) == 2


def test_a_graph_that_is_opened_from_its_run_finds_the_data_of_the_run(
    window: Window, home: Path, tmp_path: Path
) -> None:
    """Its paths stay relative to the folder of the run's graph, also after a crash and a save."""
    folder, beside = home / "runs" / "one", tmp_path / "course"
    beside.mkdir()
    (beside / "points.csv").write_text("x,y\n1,2\n3,4\n")
    graph = Graph(nodes={"data": Place(kind="ArrayFile", params={"file": "points.csv"})})
    recorder = record.begin(home / "runs", graph, RunFile(home=str(beside), name="mine"))
    recorder.close("done")
    folder = recorder.folder
    window.files.open_run(RunInfo(path=str(folder), name="mine", document="/gone/x.graph.json"))
    page = window.tabs.current
    assert page.bench.document.home == beside
    page.bench.document.push(edits.note(page.bench.document.graph, (0, 0), "text"))
    journal = page.bench.document._journal.path
    page.bench.document.abandon()
    recovered = Document.recover(journal)
    assert recovered is not None and recovered.home == beside
    page.bench.catalogue = describe.catalogue(find())
    window.files.save_to(page, home / "elsewhere.graph.json")
    written = page.bench.document.graph.nodes["data"].params["file"]
    assert (home / written).resolve() == (beside / "points.csv").resolve()


def test_undo_and_another_tab_leave_the_past_as_it_is(
    window: Window, page: Page, home: Path, qtbot: QtBot
) -> None:
    bench, live = page.bench, page.bench.live
    bench.run()
    qtbot.waitUntil(lambda: live.weights.anew, timeout=10_000)
    views = window.docks.views
    live.show_step(200)
    qtbot.waitUntil(lambda: live.figures["scatter"].step == 200 and bool(live.past_metrics))
    graph = bench.document.graph
    bench.document.push(edits.remove(graph, ["scatter", "elbo"]))
    qtbot.waitUntil(lambda: views.order == [])
    bench.document.undo()
    qtbot.waitUntil(lambda: set(views.order) == {"scatter", "elbo"})
    signs = page.canvas.stage.nodes["elbo"].signs
    assert (signs.state, signs.right) == ("past", show_measure(100 / 200))
    other = window.add_document(Document(vae(), home / "other.graph.json"))
    assert window.tabs.current is other and window.status.past.text() == ""
    assert views.slider.live.past is None
    window.tabs.show_page(page)
    assert (live.past, window.docks.views.slider.track.step) == (200, 200)
    assert "200" in window.status.past.text()
    window.navigate("live")
    qtbot.waitUntil(lambda: live.figures["scatter"].step == 400)
    qtbot.waitUntil(lambda: page.canvas.stage.nodes["elbo"].signs.right == show_measure(100 / 400))


def test_weights_that_a_run_begins_anew_are_offered_back(
    window: Window, page: Page, qtbot: QtBot
) -> None:
    page.bench.run()
    qtbot.waitUntil(lambda: page.bench.live.weights.anew, timeout=10_000)
    first = page.bench.live.status.run
    qtbot.waitUntil(lambda: window.run_bar.primary.text() == "Train again")
    page.bench.run()
    notice = window.notices.by_key[f"weights {id(page)}"]
    qtbot.waitUntil(lambda: page.bench.running)
    notice.buttons[0].click()
    qtbot.waitUntil(lambda: page.bench.live.status.run == first, timeout=10_000)
    assert f"weights {id(page)}" not in window.notices.by_key


def test_after_a_crash_the_document_is_offered(
    make: Callable[[], Window], qtbot: QtBot, home: Path
) -> None:
    lost = Document(vae(), name="lost", journals=settings.journals())
    lost.push(edits.set_setting(lost.graph, "seed", 9))
    lost.abandon()
    window = make()
    window.show_gallery()
    qtbot.waitUntil(lambda: "recovery" in window.notices.by_key)
    qtbot.mouseClick(window.notices.by_key["recovery"].buttons[0], Qt.MouseButton.LeftButton)
    assert window.bench.document.graph.settings.seed == 9
    assert window.bench.document.undo_label == "Set the seed"
    assert window.tabs.bar.tabText(0) == "lost •"


def test_what_a_file_says_and_cannot_be_kept_is_told_once(window: Window, home: Path) -> None:
    far = Graph(nodes={"a": Place(kind="TwoMoons")})
    far.layout.positions["a"] = [0.0, 1e12]
    save(far, home / "far.graph.json")
    assert window.files.open(home / "far.graph.json")
    said = [n for key, n in window.notices.by_key.items() if key.startswith("opened")]
    assert len(said) == 1 and "brought nearer" in said[0].sentence
    assert window.bench.document.graph.layout.positions["a"] == [0.0, 1e6]
    save(vae(), home / "near.graph.json")
    assert window.files.open(home / "near.graph.json")
    assert list(window.notices.by_key.values()) == said and not said[0].isVisible()
    window.tabs.show_next(1)
    assert said[0].isVisible()


def test_a_file_dropped_on_the_window_opens(window: Window, home: Path) -> None:
    save(vae(), home / "drop.graph.json")
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(home / "drop.graph.json"))])
    copy, none = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    event = QDropEvent(QPointF(500, 400), copy, mime, Qt.MouseButton.LeftButton, none)
    window.dropEvent(event)
    assert window.bench.document.path == home / "drop.graph.json"


def test_the_history_goes_anywhere(window: Window, page: Page, qtbot: QtBot) -> None:
    for seed in (1, 2, 3):
        push(page, seed)
    panel: Any = window.show_panel("history")
    qtbot.waitUntil(lambda: panel.rows.rowCount() == 4)
    panel._go(panel.rows.index(1))
    assert page.bench.document.graph.settings.seed == 1


@pytest.mark.parametrize("menu", MENUS)
def test_every_action_can_be_taken(window: Window, menu: str) -> None:
    page = window.add_document(Document(vae()))
    window.finish_startup()
    for action in (a.id for a in TABLE if a.menu == menu and a.id not in ASKS):
        window.tabs.show_page(page)
        window.canvas.stage.select(
            [n for n in ("encoder", "decoder") if n in page.bench.document.graph.nodes]
        )
        window.menus.trigger(action)
        window.menus.refresh()
        loose = [w for w in QApplication.topLevelWidgets() if w is not window and w.isVisible()]
        for widget in loose:
            widget.close()


@pytest.mark.parametrize("size", [(1024, 640), (1280, 720), (1366, 768)])
@pytest.mark.parametrize("longer", ["", "Affichage"])
def test_the_words_of_the_top_are_whole(
    window: Window, page: Page, size: tuple[int, int], longer: str, qtbot: QtBot
) -> None:
    for action in window.menus.bar.actions() if longer else []:
        action.setText(longer)
    window.resize(*size)
    qtbot.waitUntil(lambda: window.width() == size[0] and bool(window.top.compact))
    run = window.run_bar
    shown = [b for b in (run.primary, run.problems, run.seed, run.device) if b.isVisible()]
    qtbot.waitUntil(lambda: all(b.width() >= b.sizeHint().width() for b in shown))
    qtbot.waitUntil(lambda: window.menus.bar.width() >= window.menus.bar.sizeHint().width())
    assert len(shown) == 4 and (window.width(), window.height()) == size


@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080)])
def test_words_of_buttons_stand_off_their_icons(
    window: Window, page: Page, size: tuple[int, int], qtbot: QtBot
) -> None:
    window.resize(*size)
    window.show_runs()
    window.tabs.show_page(page)
    window.menus.trigger("view.play")
    qtbot.waitUntil(lambda: window.top.compact is (size[0] < 1600))
    shown = [b for b in window.findChildren(QPushButton) if not b.icon().isNull()]
    gaps = {b.text(): b.iconSize().width() - b.iconSize().height() for b in shown}
    assert len(gaps) > 10
    assert not [words for words, gap in gaps.items() if bool(words) != (gap > 0)]


@pytest.mark.parametrize(("size", "compact"), [((1366, 768), True), ((1920, 1080), False)])
def test_the_canvas_keeps_its_room(
    window: Window, page: Page, size: tuple[int, int], compact: bool, qtbot: QtBot
) -> None:
    window.resize(*size)
    qtbot.waitUntil(lambda: window.top.compact is compact)
    views = window.docks.by_name["views"]
    qtbot.waitUntil(lambda: (views.height() > 100) is not compact)  # names alone in a low window
    assert window.width() == size[0] and window.height() == size[1]
    assert page.canvas.width() >= 480 and page.canvas.height() >= (590 if compact else 320)
    assert window.top.height() == (49 if compact else 84)
    assert window.docks.left_side.folded is compact


def test_tools_take_turns_below_the_inspector(window: Window, page: Page, qtbot: QtBot) -> None:
    window.resize(1366, 768)
    for name in ("log", "history"):
        window.show_panel(name)
    tools = window.docks.tools
    others = {dock.objectName() for dock in window.tabifiedDockWidgets(tools["log"])}
    assert others == {"history"}
    qtbot.waitUntil(lambda: window.height() == 768)
    window.show_panel("log")
    qtbot.waitUntil(lambda: not tools["log"].visibleRegion().isEmpty())
    assert tools["history"].visibleRegion().isEmpty()


def test_an_engine_is_told_where_data_lies(window: Window, home: Path) -> None:
    window.settings.data_folder = str(home)
    assert window._engine().environment == {"GENWORKBENCH_DATA": str(home)}
    window.settings.data_folder = ""
    assert window._engine().environment == {}


def test_folded_the_palette_opens_over_the_canvas(window: Window, page: Page, qtbot: QtBot) -> None:
    window.resize(1366, 768)
    side = window.docks.left_side
    qtbot.waitUntil(lambda: side.folded and page.canvas.width() > 1000)
    width = page.canvas.width()
    qtbot.mouseClick(side.rail.buttons["nodes"], Qt.MouseButton.LeftButton)
    assert side.overlay.isVisible() and page.canvas.width() == width
    qtbot.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_Escape)
    assert not side.overlay.isVisible()


def test_both_themes_and_back(window: Window, page: Page) -> None:
    pictures = []
    for theme in ("light", "dark", "light"):
        window.preferences.use_theme(theme)
        pictures.append(window.grab().toImage().pixelColor(300, 8).name())
    assert pictures[0] == pictures[2] != pictures[1]
    assert settings.load().theme == "light"


def test_a_picture_saved_from_a_view_opens_its_graph(window: Window, home: Path) -> None:
    picture = QImage(8, 8, QImage.Format.Format_RGB32)
    picture.fill(0)
    picture.save(str(home / "bare.png"))
    assert not window.files.open(home / "bare.png")
    assert "holds no graph" in window.notices.by_key["file"].sentence
    picture.setText(KEY, dumps(vae()))
    picture.save(str(home / "view.png"))
    assert window.files.open(home / "view.png")
    assert window.bench.document.graph == vae() and window.bench.document.path is None


def test_a_picture_of_the_whole_graph_opens_it_again(
    window: Window, page: Page, home: Path
) -> None:
    graph = window.bench.document.graph
    window.menus.trigger("file.picture")
    dialog = next(d for d in window.findChildren(SavePicture) if d.isVisible())
    dialog.save([home / "graph.svg"])
    assert not dialog.isVisible()
    assert window.files.open(home / "graph.svg")
    assert window.bench.document.graph == graph


def test_f6_leads_through_every_part_and_back(window: Window, page: Page, qtbot: QtBot) -> None:
    window.finish_startup()
    window.activateWindow()
    page.canvas.setFocus()
    parts = window.docks._parts()
    assert len(parts) == 5
    seen = []
    for _ in parts:
        window.next_panel(1)
        focus = QApplication.focusWidget()
        seen.append(next(i for i, p in enumerate(parts) if p.isAncestorOf(focus) or p is focus))
    assert seen == [1, 2, 3, 4, 0]
    window.next_panel(-1)
    assert parts[4].isAncestorOf(QApplication.focusWidget())


def test_the_window_comes_back_as_it_was(make: Callable[[], Window], home: Path) -> None:
    window = make()
    window.add_document(Document(vae()))
    window.toggle_side("inspector")
    window.save_state()
    kept = settings.load()
    assert not kept.inspector_open and kept.palette_open and kept.geometry


def test_a_low_window_keeps_its_size_whatever_stands_in_it(
    window: Window, page: Page, qtbot: QtBot
) -> None:
    for name in ("history", "log"):
        window.show_panel(name)
    for number in range(5):
        window.notices.say(f"note {number}", "note", f"Note {number}.")
    window.resize(1024, 640)
    qtbot.waitUntil(lambda: window.top.compact and window.docks.left_side.folded)
    qtbot.waitUntil(lambda: page.canvas.isVisible() and page.canvas.width() >= 480)
    assert (window.width(), window.height()) == (1024, 640)


def test_the_newest_notices_stand_and_the_others_wait(window: Window, page: Page) -> None:
    said = [window.notices.say(f"note {n}", "note", f"Note {n}.") for n in range(4)]
    assert [n.isVisible() for n in said] == [False, False, True, True]
    said[3].dismiss()
    assert [n.isVisible() for n in said[:3]] == [False, True, True]


def test_a_graph_without_a_file_that_is_named_names_its_tab_and_window(window: Window) -> None:
    page = window.files.new()
    document = page.bench.document
    document.push(edits.set_title(document.graph, "Rings"))
    assert window.tabs.bar.tabText(window.tabs.bar.currentIndex()) == "Rings •"
    assert window.windowTitle().startswith("Rings")
    document.undo()
    assert window.windowTitle().startswith("Untitled")


def test_a_refresh_of_the_menus_asks_each_condition_once(window: Window, monkeypatch) -> None:
    asked: list[str] = []

    def noted(name: str, tabs: object) -> bool:
        asked.append(name)
        return False

    monkeypatch.setattr("workbench.shell.menus.holds", noted)
    window.menus.refresh()
    assert len(asked) == len({*asked}) > 10
    monkeypatch.undo()
    window.menus.refresh()
