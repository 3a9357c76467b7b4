"""What does not fit is cut between words: for any text and any width."""

from __future__ import annotations

import ast
import re
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontMetrics
from pytestqt.qtbot import QtBot

import workbench
from workbench.canvas.lettering import elided
from workbench.look.eliding import ELLIPSIS, elide, elide_to_fit
from workbench.shell.tabs import DocumentBar, Tabs
from workbench.watch.measures import Curves
from workbench.widgets.base import Elided

NUMBER = re.compile(r"\d+(?:[.,\u202f\u00a0]\d+)*")
ALPHABET = "aéZ09.,_-/→·( \u00a0\u202f%"
PHRASES = st.lists(
    st.sampled_from(["reste", "1 min 27 s", "40,5 pas/s", "epoch 3 of 10", "my_data-of.csv", "·"])
).map(" ".join)
TEXTS = st.one_of(st.text(alphabet=ALPHABET, max_size=40), st.text(max_size=30), PHRASES)


def must_be_whole(text: str, shown: str) -> None:
    """Assert that what is shown of a text is whole words and whole numbers of it."""
    if shown in (text, "", ELLIPSIS):
        return
    places = [i for i, sign in enumerate(shown) if sign == ELLIPSIS]
    assert any(
        is_whole(text, shown[:i], shown[i + 1 :]) for i in places if text.startswith(shown[:i])
    ), (text, shown)


def is_whole(text: str, head: str, tail: str) -> bool:
    """Tell whether a text is left and taken up again between two words."""
    left, taken = len(head), len(text) - len(tail)
    numbers = [m.span() for m in NUMBER.finditer(text)]
    return (
        bool(head or tail)
        and text.endswith(tail)
        and left <= taken
        and not (head and text[left - 1].isalnum() and text[left].isalnum())
        and not (tail and text[taken - 1].isalnum() and tail[0].isalnum())
        and not any(a < place < b for a, b in numbers for place in (left, taken))
    )


@given(text=TEXTS, width=st.integers(0, 40), middle=st.booleans())
def test_a_word_and_a_number_are_never_cut(text: str, width: int, middle: bool) -> None:
    shown = elide_to_fit(text, lambda part: len(part) <= width, middle=middle)
    assert len(shown) <= width
    assert shown == text or len(text) > width
    must_be_whole(text, shown)


@given(text=PHRASES, narrow=st.integers(0, 60), more=st.integers(0, 60))
def test_more_room_shows_no_less(text: str, narrow: int, more: int) -> None:
    less = elide_to_fit(text, lambda part: len(part) <= narrow)
    assert len(elide_to_fit(text, lambda part: len(part) <= narrow + more)) >= len(less)


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("reste 1 min 27 s", 12, "reste 1 min…"),
        ("reste 1 min 27 s", 9, "reste…"),
        ("probabilities", 9, "…"),
        ("784→64→2", 7, "784→…"),
        ("my_data-of_may.csv", 12, "my_data-of…"),
        ("perte 0,24   reste 27 s", 16, "perte 0,24…"),
        ("50 % cachés", 4, "…"),
    ],
)
def test_it_is_cut_where_one_would_break_it(text: str, width: int, shown: str) -> None:
    assert elide_to_fit(text, lambda part: len(part) <= width) == shown


def test_the_end_of_a_path_is_kept() -> None:
    path = "/home/ada/graphs/of-may/moons"
    assert elide_to_fit(path, lambda part: len(part) <= 14, middle=True) == "/home…moons"
    run = "20261129-203124-vae-digits"
    assert elide_to_fit(run, lambda part: len(part) <= 14, middle=True) == "…digits"


@pytest.mark.parametrize("width", range(0, 200, 7))
def test_what_the_window_cuts_is_cut_so(qapp: object, width: int) -> None:
    for text in ("reste 1 min 27 s", "Perte du discriminateur, 6 000 pas", "vae-digits copy 12"):
        label = Elided(text)
        label.resize(width, 20)
        must_be_whole(text, label.shown)
        must_be_whole(text, elided(text, float(width), 13))
        assert QFontMetrics(QFont()).horizontalAdvance(
            elide(text, QFontMetrics(QFont()), width)
        ) <= (width)


def test_tabs_of_documents_are_cut_so(qtbot: object) -> None:
    from PySide6.QtWidgets import QStyleOptionTab

    bar = DocumentBar()
    bar.setElideMode(Qt.TextElideMode.ElideMiddle)
    bar.setExpanding(False)
    names = [f"a variational autoencoder && others {n} •" for n in range(12)]
    for name in names:
        bar.addTab(name)
    bar.resize(500, 30)
    bar.show()
    option = QStyleOptionTab()
    for index, name in enumerate(names):
        bar.initStyleOption(option, index)
        must_be_whole(name.replace("&&", "&"), option.text.replace("&&", "&"))
        assert len(option.text) > 8, "a tab without room scrolls"
    bar.close()


def test_many_documents_leave_the_switch_whole(qapp: object) -> None:
    tabs = Tabs()
    for name in ("Build", "Watch", "Play"):
        tabs.switch.addTab(name)
    tabs.switch.show()
    for n in range(20):
        tabs.bar.addTab(f"document {n}")
    tabs.resize(700, 300)
    tabs.show()
    ends = [tabs.switch.tabRect(at).right() for at in range(3)]
    assert max(ends) < tabs.switch.width() and tabs.bar.width() > 300
    tabs.close()


@pytest.mark.parametrize("width", [268, 300])
def test_no_figure_of_a_measure_is_cut(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    panel = Curves()
    panel.resize(width, 500)
    panel.show()
    for unit, columns in (("nats", 2), ("± 0.012 nats", 1), ("not measured yet", 1), ("", 2)):
        told = [("Gap, splines", "1.309", unit), ("Gap, affine", "1.372", unit)]
        monkeypatch.setattr(panel, "_told", partial(list, told))
        panel.redraw_soon()
        qtbot.waitUntil(partial(_measures_are, panel, unit, columns))
    panel.close()


def _measures_are(panel: Curves, unit: str, columns: int) -> bool:
    shown = {measure.unit.shown for measure in panel.measures}
    return shown == {unit} and len({measure.x() for measure in panel.measures}) == columns


def test_nothing_else_cuts_words() -> None:
    """Qt cuts between any two letters: no file of the window lets it."""
    for file in Path(workbench.__file__).parent.rglob("*.py"):
        names = {
            n.attr for n in ast.walk(ast.parse(file.read_text())) if isinstance(n, ast.Attribute)
        }
        assert "elidedText" not in names, file
