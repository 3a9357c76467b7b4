import pytest

from workbench.look.markdown import with_pictures
from workbench.panels.lesson import Lesson, path_of
from workbench.panels.markdown import MarkdownPage


@pytest.fixture
def lesson(show):
    return show(Lesson())


def test_formulas_become_pictures_and_code_stays() -> None:
    text, found = with_pictures("A $x^2$ costs $5.\n\n$$\\sum_i x_i$$\n\n`$y$` \\$3")
    assert [latex for latex, _ in found] == ["x^2", "\\sum_i x_i"]
    assert [alone for _, alone in found] == [False, True]
    assert "`$y$`" in text and "$5" in text


def test_a_page_shows_its_formulas_in_place(qtbot) -> None:
    page = MarkdownPage()
    qtbot.addWidget(page)
    page.resize(320, 400)
    page.show_text("Here $q_\\phi(z|x)$ and a broken one $\\frac{$ and $x$.")
    assert page.toPlainText().count("\ufffc") == 2
    assert "\\frac{" in page.toPlainText()


def test_a_text_opens_at_its_heading_and_the_next_at_its_top(qtbot) -> None:
    page = MarkdownPage()
    qtbot.addWidget(page)
    page.resize(320, 200)
    page.show()
    bar = page.verticalScrollBar()
    page.show_text("# A\n\n" + "Words.\n\n" * 40 + "## B\n\n" + "More.\n\n" * 40, "B")
    opened = bar.value()
    assert bar.maximum() > opened > 40 * 16
    page.show_text("# C\n\n" + "Words.\n\n" * 90)
    assert bar.value() == 0
    bar.setValue(99)
    page.resize(300, 200)
    page._set()
    assert bar.value() == 99, "what was scrolled stays"


@pytest.mark.parametrize("name", ["../secrets", "/etc/passwd", "a/b", "", ".hidden", "absent"])
def test_a_lesson_is_looked_for_in_its_room_alone(name: str) -> None:
    assert path_of(name) is None


def test_links_ask_for_what_they_say(lesson, bench, qtbot) -> None:
    with qtbot.waitSignal(lesson.select_requested) as asked:
        lesson.follow("node:encoder")
    assert asked.args == [["encoder"]]
    with qtbot.waitSignal(lesson.action_requested) as asked:
        lesson.follow("action:run.toggle")
    assert asked.args == ["run.toggle"]
    with qtbot.waitSignal(lesson.example_requested) as asked:
        lesson.follow("example:vae-mnist")
    assert asked.args == ["vae-mnist"]
    with qtbot.waitSignal(lesson.add_requested) as asked:
        lesson.follow("kind:Encoder")
    assert asked.args == ["Encoder"]
    lesson.follow("set:elbo.beta=4.0")
    assert bench.document.graph.nodes["elbo"].params["beta"] == 4.0
    lesson.follow("set:encoder.activation=tanh")
    assert bench.document.graph.nodes["encoder"].params["activation"] == "tanh"
    lesson.follow("file:///etc/passwd")  # neither opened nor shown


def test_it_tells_of_the_selected_kind(lesson) -> None:
    lesson.show_selection(["encoder"])
    lesson.redraw_now()
    assert lesson.bar.isVisibleTo(lesson) and lesson.node.text() == "Encoder"
    lesson.show_selected()
    assert "Map data to a Gaussian" in lesson.page.toPlainText()
    assert "Learning-rate scale" in lesson.page.toPlainText()
    lesson.show_lesson("")
    lesson.redraw_now()
    assert "no lesson" in lesson.page.toPlainText()
