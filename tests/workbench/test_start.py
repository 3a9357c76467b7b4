"""The start page: what it finds, where it stands, and how it is left."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QMimeData, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QDropEvent, QFontMetricsF
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from engine.document.expand import expand
from engine.document.faults import problems_of
from engine.document.graph import Graph, apply, copy
from tests.shipped import catalogue
from tests.workbench.sample import CATALOGUE
from workbench import edits
from workbench.bench import examples, first_graphs
from workbench.bench.datafiles import KINDS as DATA_FILES
from workbench.look import theme as look
from workbench.look.theme import appearance, font
from workbench.panels.lesson import path_of
from workbench.search.things import Thing
from workbench.shell.cards import SMALL, Card
from workbench.shell.finder import FIRST, MOST, Finder
from workbench.shell.start import COURSE, DATA, SIX, HowToBegin, Start
from workbench.shell.tabs import DocumentPage
from workbench.shell.window import Window
from workbench.widgets.dragging import mime_of
from workbench.words import language

Key = Qt.Key


@pytest.fixture
def finder(qapp: QApplication) -> Iterator[Finder]:
    host = QWidget()
    yield Finder(catalogue(), examples.listed(), host)
    host.deleteLater()


def found(finder: Finder, words: str) -> list[Thing]:
    finder.field.setText(words)
    return [thing for thing in finder._shown if thing is not None]


@pytest.fixture
def page(window: Window, qtbot: QtBot) -> DocumentPage:
    window.resize(1366, 768)
    window.activateWindow()
    made = window.files.new()
    assert isinstance(made, DocumentPage)
    qtbot.waitUntil(lambda: made.width() > 1200)
    return made


def start(page: DocumentPage) -> Start:
    assert isinstance(page.over, Start)
    return page.over


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("autoencod", {"Encoder", "Decoder"}),
        ("digits", {"Digits"}),
        ("gan", {"Discriminator", "Generator", "GeneratorLoss", "CriticLoss"}),
        ("loss", {"ELBO", "LossSum", "RegressionLoss", "GeneratorLoss", "CriticLoss"}),
    ],
)
def test_a_word_finds_nodes_an_example_and_a_lesson(
    finder: Finder, words: str, first: set[str]
) -> None:
    things = found(finder, words)
    assert things[0].name in first and len(things) == MOST
    assert [t.part for t in things].count("node") >= 2
    if words in ("gan", "autoencod"):
        assert {t.part for t in things} >= {"node", "example", "lesson"}


def test_before_a_word_it_names_data_to_begin_with(finder: Finder) -> None:
    assert tuple(thing.name for thing in found(finder, "")) == FIRST
    assert found(finder, "dgiits")  # spelt alike
    assert not found(finder, "zzzzzz") and finder.rows.rows[0].title == "Nothing found"


def test_every_row_has_a_sentence_and_its_kind(finder: Finder) -> None:
    for words in ("", "gan", "digits", "save", "encoder"):
        found(finder, words)
        assert all(row.detail or row.id.startswith("action") for row in finder.rows.rows)
        assert all(row.side for row in finder.rows.rows)
    assert finder.list.height() >= MOST * finder.list.sizeHintForRow(0)


def test_tab_goes_to_the_next_part_then_on(finder: Finder, qtbot: QtBot) -> None:
    things = found(finder, "gan")
    parts = [thing.part for thing in things]
    QTest.keyClick(finder.field, Key.Key_Tab)
    assert finder.list.currentIndex().row() == parts.index("example")
    with qtbot.waitSignal(finder.chosen) as chosen:
        QTest.keyClick(finder.field, Key.Key_Return)
    assert chosen.args[0] == "example"


def test_what_the_page_names_is_there() -> None:
    known = {example.name: example for example in examples.listed()}
    assert set(FIRST) <= catalogue().kinds.keys() and set(SIX) <= known.keys()
    assert {f".{suffix}" for suffix in DATA} <= DATA_FILES.keys()
    for lesson, (_, example) in COURSE.items():
        assert path_of(lesson) is not None and known[example].graph.lesson == lesson


def test_a_short_sentence_is_read_whole_on_its_card(qapp: QApplication) -> None:
    appearance.start(qapp)
    french = language.words("fr")[language.EXAMPLES]
    metrics, wrap = QFontMetricsF(font(look.HINT)), int(Qt.TextFlag.TextWordWrap)
    room = QRectF(0, 0, SMALL.least - 26, SMALL.card.height() - SMALL.picture - 38)
    for example in examples.listed():
        for words in {example.short, french.get(example.short, "")} if example.name in SIX else ():
            assert words and words != example.summary
            assert metrics.boundingRect(room, wrap, words).height() <= room.height(), words


@pytest.mark.parametrize(("width", "columns"), [(1366, 2), (1090, 1), (1920, 2)])
def test_nothing_on_it_overlaps(
    window: Window, page: DocumentPage, width: int, columns: int, qtbot: QtBot
) -> None:
    window.resize(width, 768)
    qtbot.waitUntil(lambda: window.width() == width and page.over.width() == page.width())
    shown = start(page)
    qtbot.waitUntil(lambda: shown._columns == columns)
    QApplication.processEvents()
    places = [_place(part, shown.inside) for part in (shown.begin, shown.learn)]
    assert not places[0].intersects(places[1])
    assert (places[0].right() < places[1].left()) == (columns == 2)
    cards = [_place(card, shown.inside) for card in shown.findChildren(Card)]
    assert len(cards) == len(SIX)
    assert not any(a.intersects(b) for i, a in enumerate(cards) for b in cards[:i])
    assert all(shown.inside.rect().contains(card) for card in cards)
    assert not shown.horizontalScrollBar().maximum()
    qtbot.waitUntil(lambda: columns == 1 or not shown.verticalScrollBar().maximum())


def _place(part: QWidget, over: QWidget) -> QRect:
    return QRect(part.mapTo(over, part.rect().topLeft()), part.size())


def test_it_has_the_room_of_the_docks_and_the_keys(window: Window, page: DocumentPage) -> None:
    docks = window.docks.by_name
    assert not docks["inspector"].isVisible() and not docks["views"].isVisible()
    assert not page.canvas.isVisible() and page.front is page.over
    assert QApplication.focusWidget() is start(page).finder.field


def test_a_node_that_is_chosen_stands_on_the_canvas(
    window: Window, page: DocumentPage, qtbot: QtBot
) -> None:
    field = start(page).finder.field
    QTest.keyClicks(field, "encod")
    QTest.keyClick(field, Key.Key_Return)
    assert [place.kind for place in page.bench.document.graph.nodes.values()] == ["Encoder"]
    assert page.canvas.isVisible() and page.over is None
    assert window.docks.by_name["inspector"].isVisible()
    assert QApplication.focusWidget() is page.canvas
    qtbot.waitUntil(lambda: page.canvas.camera.visible_area.contains(page.canvas.stage.content()))


def leave_by_esc(window: Window, page: DocumentPage) -> None:
    QTest.keyClick(start(page).finder.field, Key.Key_Escape)


def leave_by_drop(window: Window, page: DocumentPage) -> None:
    data: QMimeData = mime_of("Encoder")
    none = Qt.KeyboardModifier.NoModifier
    drop = QDropEvent(
        QPointF(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, none
    )
    start(page).dropEvent(drop)


def leave_by_search(window: Window, page: DocumentPage) -> None:
    window.menus.trigger("graph.add")
    assert page.canvas.overlays.search.isVisible()
    page.canvas.overlays.search.close_search()


@pytest.mark.parametrize("leave", [leave_by_esc, leave_by_drop, leave_by_search])
def test_it_is_left_for_the_canvas_and_comes_back_when_asked(
    window: Window, page: DocumentPage, leave: Callable[[Window, DocumentPage], None]
) -> None:
    leave(window, page)
    document = page.bench.document
    if document.graph.nodes:
        assert page.over is None
        document.undo()
    assert document.graph == Graph() and page.canvas.isVisible()
    assert isinstance(page.over, HowToBegin)
    page.canvas.adding.open()
    assert page.over is None  # the list of nodes has the canvas to itself
    page.canvas.overlays.search.close_search()
    assert isinstance(page.over, HowToBegin)
    page.over.start_requested.emit()
    assert page.front is start(page) and not window.docks.by_name["views"].isVisible()
    document.push(edits.add_node(document.graph, "Encoder", (0, 0), catalogue=CATALOGUE))
    assert page.over is None


def test_what_is_opened_takes_the_place_of_an_untouched_page(
    window: Window, page: DocumentPage
) -> None:
    start(page).lesson_chosen.emit("gan", "gan-ring")
    assert [p.name for p in window.tabs.pages] == ["gan-ring"]
    assert window.docks.right.current == "lesson"
    window.files.new()
    window.show_gallery()
    assert len(window.tabs.pages) == 2


@pytest.mark.parametrize("kind", ["Digits", "RingMixture", "MNIST", "TwoMoons", "Shakespeare"])
def test_data_offer_what_learns_from_them(kind: str) -> None:
    graph = Graph()
    graph_of_one(graph, kind)
    found = first_graphs.learners(graph, catalogue(), examples.listed())
    assert found and len({example.graph.lesson for example in found}) == len(found)
    for example in found:
        made = copy(graph)
        back = apply(made, first_graphs.learn_from(made, catalogue(), example))
        assert made.wires == example.graph.wires and made.lesson == example.graph.lesson
        assert made.layout.watch == example.graph.layout.watch
        assert [p.kind for p in made.nodes.values()].count(kind) == 1
        (data,) = (place for place in made.nodes.values() if place.kind == kind)
        assert data.params == {"batch": 7}
        faults = problems_of(expand(made, catalogue()))
        assert not [p for p in faults if p.level == "error"]
        apply(made, back)
        assert made == graph


def graph_of_one(graph: Graph, kind: str) -> None:
    apply(graph, edits.add_node(graph, kind, (0, 0), catalogue=catalogue()))
    (node,) = graph.nodes
    graph.nodes[node].params = {"batch": 7}


def test_run_on_nothing_says_what_is_missing(window: Window, page: DocumentPage) -> None:
    window.menus.trigger("run.toggle")
    (notice,) = window.notices.by_key.values()
    assert "empty" in notice.sentence and page.bench.live.status.status == "idle"
    document = page.bench.document
    document.push(edits.add_node(document.graph, "Encoder", (0, 0), catalogue=CATALOGUE))
    assert not window.notices.by_key
    window.menus.trigger("run.toggle")
    (notice,) = window.notices.by_key.values()
    notice.buttons[0].click()
    assert "Trainer" in {place.kind for place in document.graph.nodes.values()}
    assert not window.notices.by_key
