"""Tables of lessons: no word is broken, none is lost, at the width of a panel."""

from __future__ import annotations

import re
from itertools import pairwise

from PySide6.QtCore import Qt, QUrl
from pytestqt.qtbot import QtBot

import resources
from workbench.panels.markdown import MarkdownPage
from workbench.panels.tables import fitted, least_width, words

WIDE = """Before.

| graph | likelihood | generated samples |
|---|---|---|
| [Variational autoencoder](example:vae-digits) | a lower bound | smooth, *reconstructions* |
| Normalizing flow | exact | |

After."""
PANEL = 280


def test_a_table_that_fits_stands_as_it_is() -> None:
    assert fitted(WIDE, 60, len) != WIDE == fitted(WIDE, 200, len)


def test_a_table_without_room_comes_row_by_row() -> None:
    assert fitted(WIDE, 60, len) == (
        "Before.\n\n**[Variational autoencoder](example:vae-digits)**\n\n"
        "- likelihood: a lower bound\n- generated samples: smooth, *reconstructions*\n\n"
        "**Normalizing flow**\n\n- likelihood: exact\n\nAfter."
    )
    two = fitted("| what | value |\n|---|---|\n| a long name | 0.5 |\n", 5, len)
    assert two == "- a long name: 0.5\n"


def test_a_picture_is_as_wide_as_it_is_drawn() -> None:
    assert words("![formula](formula:3) a-b **c**") == ["", "a-", "b", "c", "![formula](formula:3)"]
    assert least_width([["aa", "b"], ["c", "ddd"]], len) == 2 + 3 + 2 * 12


def test_no_cell_of_a_lesson_is_lost() -> None:
    for path in resources.path("lessons").glob("*.md"):
        text = path.read_text("utf-8")
        narrow, lines = fitted(text, 0, len), text.splitlines()
        below = [line for line in lines if line.startswith("|") and set(line) - set("|-: ")]
        assert not re.search(r"^\|", narrow, re.MULTILINE), path.name
        for line, before in pairwise(below):
            if lines.index(line) - lines.index(before) == 1:  # no head
                assert all(cell.strip() in narrow for cell in line.split("|")), (path.name, line)


def test_a_page_breaks_no_word_and_needs_no_scroll_bar_below(qtbot: QtBot) -> None:
    page = MarkdownPage()
    qtbot.addWidget(page)
    page.resize(PANEL, 400)
    page.show()
    page.show_text(WIDE)
    assert page.horizontalScrollBar().maximum() == 0
    assert "likelihood: a lower" in page.toPlainText()
    page.resize(4 * PANEL, 400)
    qtbot.waitUntil(lambda: "likelihood:" not in page.toPlainText())


def test_a_formula_is_as_wide_without_a_scroll_bar_as_with_one(qtbot: QtBot) -> None:
    page, widths = MarkdownPage(), set()
    qtbot.addWidget(page)
    page.resize(PANEL, 120)
    page.show()
    page.show_text("$$" + " + ".join(["x_k"] * 9) + "$$")
    for policy in (Qt.ScrollBarPolicy.ScrollBarAlwaysOff, Qt.ScrollBarPolicy.ScrollBarAlwaysOn):
        page.setVerticalScrollBarPolicy(policy)
        widths.add(page.loadResource(2, QUrl("formula:0")).width())
    assert len(widths) == 1, "else the picture is scaled where the bar comes in between"
