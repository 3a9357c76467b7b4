"""The gallery, the empty canvas, and notices."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.document.graph import save
from tests.workbench.sample import CATALOGUE, vae
from workbench.bench import examples
from workbench.bench.examples import Example
from workbench.look import theme as look
from workbench.look.theme import appearance, font
from workbench.shell import gallery
from workbench.shell.cards import CARD, PICTURE, Card, Cards
from workbench.shell.gallery import Gallery
from workbench.shell.notices import Notices
from workbench.words import language


def example(name: str = "vae") -> Example:
    graph = vae()
    graph.extra = {"summary": "Digits from two numbers.", "time": "15 s"}
    return Example(name=name, path=Path(f"{name}.graph.json"), graph=graph)


def test_a_card_shows_and_says_what_it_opens(qtbot: QtBot) -> None:
    card = Card(example(), CATALOGUE)
    qtbot.addWidget(card)
    card.resize(264, 236)
    picture = card.grab().toImage()
    assert len({picture.pixel(x, 66) for x in range(20, 240)}) > 3  # the graph, drawn small
    assert card.accessibleName() == "A VAE. Digits from two numbers.. 15 s"


def test_a_card_takes_the_picture_that_lies_beside_the_file(qtbot: QtBot, tmp_path: Path) -> None:
    image = QImage(64, 64, QImage.Format.Format_RGB32)
    image.fill(QColor(200, 30, 30))
    image.save(str(tmp_path / "vae.png"))
    made = example()
    made.path = tmp_path / "vae.graph.json"
    card = Card(made, CATALOGUE)
    qtbot.addWidget(card)
    card.resize(264, 236)
    assert card.grab().toImage().pixelColor(132, 60).red() > 150


def test_cards_take_the_columns_there_is_room_for(qtbot: QtBot) -> None:
    cards = Cards([example(str(n)) for n in range(7)], CATALOGUE)
    qtbot.addWidget(cards)
    for width, columns in ((300, 1), (600, 2), (1200, 4)):
        cards.resize(width, 800)
        cards.show()
        assert cards._columns == columns


def test_pressing_a_card_opens_its_example(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gallery, "listed", lambda: [example("one"), example("two")])
    shown = Gallery(CATALOGUE, [])
    qtbot.addWidget(shown)
    shown.resize(900, 600)
    shown.show()
    with qtbot.waitSignal(shown.opened) as opened:
        qtbot.mouseClick(shown.cards[1], Qt.MouseButton.LeftButton)
    assert opened.args == ["two"]


def test_examples_stand_under_the_title_of_their_lesson(qtbot: QtBot) -> None:
    made = {name: example(name) for name in ("vae-one", "gan-one", "vae-two")}
    for name, each in made.items():
        each.graph.lesson = name.partition("-")[0]
    groups = gallery.by_lesson(list(made.values()))
    assert {k: [e.name for e in v] for k, v in groups.items()} == {
        "vae": ["vae-one", "vae-two"],
        "gan": ["gan-one"],
    }
    assert gallery.heading("gan") == "Generative adversarial networks"
    assert gallery.heading("") == "Others"


def test_a_damaged_example_costs_not_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(vae(), tmp_path / "b.graph.json")
    save(vae(), tmp_path / "vae-digits.graph.json")
    (tmp_path / "a.graph.json").write_text("{")
    monkeypatch.setattr("resources.path", lambda *parts: tmp_path.joinpath(*parts[1:]))
    assert [e.name for e in examples.listed()] == ["vae-digits", "b"]
    assert examples.find("b") == tmp_path / "b.graph.json" and examples.find("c") is None


def test_a_notice_gives_way_to_the_next_of_its_key(qtbot: QtBot) -> None:
    done: list[str] = []
    notices = Notices()
    qtbot.addWidget(notices)
    notices.show()
    notices.say("file", "error", "First.")
    second = notices.say("file", "error", "Second.", ("Mend", lambda: done.append("mended")))
    assert list(notices.by_key.values()) == [second]
    qtbot.mouseClick(second.buttons[0], Qt.MouseButton.LeftButton)
    assert done == ["mended"] and notices.by_key == {}


def test_words_leave_the_examples_that_fit(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    made = {name: example(name) for name in ("one", "two", "three")}
    for name, each in made.items():
        each.graph.title, each.graph.extra, each.graph.lesson = name.capitalize(), {}, name
    monkeypatch.setattr(gallery, "listed", lambda: list(made.values()))
    shown = Gallery(CATALOGUE, [])
    qtbot.addWidget(shown)
    shown.resize(900, 600)
    shown.show()
    qtbot.keyClicks(shown.search, "two")
    assert [c.example.name for c in shown.cards if c.isVisible()] == ["two"]
    assert shown.nothing.isHidden()
    with qtbot.waitSignal(shown.opened) as opened:
        qtbot.keyClick(shown.search, Qt.Key.Key_Return)
    assert opened.args == ["two"]
    shown.search.setText("trhee")
    assert [c.example.name for c in shown.cards if c.isVisible()] == ["three"]
    assert shown.nothing.text() == "Nothing found. Spelt alike:"
    shown.search.setText("zzzz")
    assert not any(c.isVisible() for c in shown.cards)
    assert shown.nothing.text() == "Nothing found"
    qtbot.keyClick(shown.search, Qt.Key.Key_Return)
    shown.search.clear()
    assert all(c.isVisible() for c in shown.cards)
    assert shown.nothing.isHidden()


def test_a_summary_is_read_whole(qapp: QApplication) -> None:
    """On the narrowest cards of a window of 1366 x 768, in both languages."""
    appearance.start(qapp)
    french = language.words("fr")[language.EXAMPLES]
    metrics, wrap = QFontMetricsF(font(look.HINT)), int(Qt.TextFlag.TextWordWrap)
    room = QRectF(0, 0, 283, CARD.height() - PICTURE - 58)
    for example in examples.listed():
        for words in {example.summary, french.get(example.summary, "")}:
            assert metrics.boundingRect(room, wrap, words).height() <= room.height(), words
