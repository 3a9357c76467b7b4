"""The words of the trade are explained where they stand, in both languages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.shipped import catalogue
from tests.test_examples import shipped
from workbench.bench import examples
from workbench.panels.state import Fact
from workbench.plots.pane import Pane
from workbench.plots.widget import Plot
from workbench.watch.measures import Measure
from workbench.widgets.explained import Explained
from workbench.words import language
from workbench.words.glossary import entries, explain, told
from workbench.words.kinds import title_of
from workbench.words.language import ENGLISH, FRENCH


@pytest.fixture(params=[ENGLISH, FRENCH])
def spoken(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[str]:
    language.use(request.param)
    yield request.param
    language.use(ENGLISH)


def captions() -> Iterator[str]:
    """Return names, units and captions of what the examples show and measure."""
    known = catalogue()
    for example in examples.listed():
        graph = shipped(example.name)
        for node, place in graph.nodes.items():
            if known.role(place) in ("view", "metric"):
                yield title_of(graph, known, node)
                yield from (str(place.params[p]) for p in ("caption", "unit") if p in place.params)
    yield from (kind.unit for kind in known.kinds.values())


def labels(text: str, qtbot: QtBot) -> Iterator[Explained]:
    """Return the labels in which such a text can stand."""
    measure, pane, fact = Measure(), Pane("view", Plot()), Fact()
    measure.say(text, "1", text)
    pane.name(text)
    pane.show_subtitle(text)
    fact.say(text, "1")
    for widget in (measure, pane, fact):
        qtbot.addWidget(widget)
        widget.grab()
    yield from (measure.name, measure.unit, pane.head.title, pane.head.about, fact.name)


def test_every_word_of_the_table_is_explained_wherever_it_stands(spoken: str, qtbot: QtBot) -> None:
    for word, meaning in entries().items():
        for text in (word, f"2 {word}s", f"x ({word}), y"):
            assert [found.meaning for found in explain(text)] == [meaning], text
    every = " · ".join(entries())
    for shown in labels(every, qtbot):
        assert all(meaning in shown.toolTip() for meaning in entries().values())


def test_captions_of_the_examples_explain_their_words(spoken: str) -> None:
    seen = set()
    for text in captions():
        for found in explain(text):
            seen.add(found.word)
            assert found.meaning in told(text)
            assert text[found.start : found.end].lower().startswith(found.word.lower())
    assert len(seen) >= 10


def test_part_of_a_word_is_no_word(spoken: str) -> None:
    assert explain("floorless OTTER nation W₂₀ priority") == []
