"""Notes in Markdown with formulas: set in the note's room, safe with any text."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF

from engine.document.graph import Change, Put
from workbench import edits
from workbench.canvas.hit import target_at
from workbench.canvas.note_text import Sheet, links_of
from workbench.look.markdown import MOST, is_marked
from workbench.look.theme import appearance

TEXT = """# Loss

The **ELBO** of [Kingma](https://arxiv.org/abs/1312.6114) is

- a reconstruction
- and $\\mathrm{KL}(q \\,\\|\\, p)$

$$\\log p(x) \\ge E_q[\\log p(x|z)] - \\mathrm{KL}$$
"""


@pytest.fixture
def note(canvas, document):
    document.push(edits.note(document.graph, (40, 40), TEXT))
    [name] = [n for n in document.graph.layout.notes if n.startswith("note")]
    rect = Put(("layout", "notes", name, "rect"), [40.0, -400.0, 320.0, 260.0])
    document.push(Change("Size", (rect,)))
    return canvas.stage.boxes[name]


def write(document, note, text: str) -> None:
    document.push(edits.edit_note(document.graph, note.box, text=text))


def test_plain_words_need_no_markdown() -> None:
    assert not is_marked(
        "Set Items to 200, run anew: weights 1 0.3, or 1.5.\nThen (see left) - wait."
    )
    for text in ("a *b*", "# a", "- a", "1. a", "$x$", "a\n- b", "[a](b)", "`a`"):
        assert is_marked(text), text


def test_a_note_is_set_in_its_room(canvas, note) -> None:
    sheet = note.sheet(1.0)
    text = sheet.toPlainText()
    assert "ELBO" in text and "**" not in text and "$" not in text and "#" not in text
    assert len(sheet.setting.formulas) == 2
    assert sheet.height <= note.text_area.height()
    assert note.sheet(1.0) is sheet, "set once"


@pytest.mark.parametrize("zoom", [1.0, 0.7, 0.5])
@pytest.mark.parametrize("look", ["dark", "light"])
def test_marks_are_seen_at_every_zoom(canvas, document, note, look, zoom) -> None:
    appearance.use(look)
    canvas.camera.centre_on(note.area.center(), zoom, animate=False)
    seen = canvas.grab().toImage()
    write(document, note, TEXT.replace("**", ""))
    assert canvas.grab().toImage() != seen


HARD = {
    "broken": "$\\frac{$ and $$\\sum_{ $$ **a _b* `c\n| a |\n|-|\n> > > > x\n```",
    "huge": "# a **b** $x_1$\n" * 20_000,
    "deep": "> " * 5000 + "x",
    "long": "$" + "x+" * 5000 + "x$",
    "outside": "![a](file:///etc/hostname) ![b](http://localhost/x.png) ![c](formula:99)",
    "html": "<img src='file:///etc/hostname'><script>alert(1)</script> *a*",
    "empty": "****\n$$$$\n[]()",
    "signs": "\u202e*a*\u0000 \ufffc $\u2211$",
}


@pytest.mark.parametrize("text", HARD.values(), ids=HARD)
def test_any_text_is_safe(canvas, document, note, text) -> None:
    write(document, note, text)
    canvas.camera.centre_on(note.area.center(), 1.0, animate=False)
    canvas.grab()
    sheet = note.sheet(1.0)
    assert len(sheet.toPlainText()) <= MOST + 100
    assert sheet.loadResource(2, "file:///etc/hostname") is None


def test_lines_end_where_they_are_written(qapp) -> None:
    sheet = Sheet("a\nb **c**\n1. one\n2. two\nthen $\\frac{$ and $x_1$\nlast", 300.0, 12.0, 2.0)
    lines = sheet.toPlainText().replace("\u2028", "\n").split("\n")
    assert lines[:4] == ["a", "b c", "one", "two"]
    assert lines[4].startswith("then \\frac{ and ") and lines[5] == "last"
    lists = [b for i in range(sheet.blockCount()) if (b := sheet.findBlockByNumber(i)).textList()]
    assert [block.text() for block in lists] == ["one", "two"]


def test_html_is_shown_as_it_is_written(qapp) -> None:
    sheet = Sheet("<b>a</b> *c*", 200.0, 12.0, 2.0)
    assert sheet.toPlainText() == "<b>a</b> c"


def test_links_open_by_the_menu(canvas, note) -> None:
    assert links_of("[a](file:///b) ![c](http://d) [e](https://f)") == [("e", "https://f")]
    place = note.area.center()
    menu = canvas.menus.menu_for(target_at(canvas.stage, QPointF(place)), place)
    assert "Open Kingma" in [a.text() for a in menu.actions()]
