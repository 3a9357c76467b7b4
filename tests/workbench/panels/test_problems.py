from itertools import pairwise

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from engine.document.catalogue import Fix, Problem
from engine.document.messages import Checked, Fault
from tests.workbench import design
from workbench import edits
from workbench.bench.bench import Bench
from workbench.bench.document import Document
from workbench.look.theme import appearance
from workbench.panels.problems import FixButton, ProblemCard, Problems
from workbench.widgets.sections import Picture

FIX = Fix(label="Use 3", puts=[(["nodes", "encoder", "params", "latent"], 3)])
FAULTS = [
    Problem(node="encoder", port="x", sentence="x must be b d. It is b 1 28 28.", fix=FIX),
    Problem(node="elbo", param="beta", level="warning", sentence="β is large."),
    Problem(sentence="No trainer."),
]


@pytest.fixture
def problems(show, bench):
    for fault in FAULTS:
        bench.live.receive(Fault(problem=fault))
    return show(Problems())


def cards(panel) -> list[ProblemCard]:
    return panel.findChildren(ProblemCard)


def test_each_problem_says_where_and_what(problems) -> None:
    assert [c.problem.sentence for c in cards(problems)] == [
        "x must be b d. It is b 1 28 28.",
        "No trainer.",
        "β is large.",
    ]
    assert cards(problems)[0].accessibleName().startswith("Encoder, x")
    assert problems.count_words(problems.problems) == "2 problems, 1 warning"


def test_a_press_goes_to_the_node(problems, qtbot) -> None:
    with qtbot.waitSignal(problems.select_requested) as asked:
        qtbot.mouseClick(cards(problems)[0], Qt.MouseButton.LeftButton)
    assert asked.args == [["encoder"]]
    with qtbot.waitSignal(problems.select_requested) as asked:
        qtbot.keyClick(cards(problems)[2], Qt.Key.Key_Return)
    assert asked.args == [["elbo"]]


def test_the_button_mends_and_undo_takes_it_back(problems, bench, qtbot) -> None:
    button = cards(problems)[0].findChild(QPushButton)
    assert button.text() == "Use 3"
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert bench.document.graph.nodes["encoder"].params["latent"] == 3
    problems.redraw_now()
    assert len(cards(problems)) == 1  # what was said of the node and of the whole is void now
    bench.document.undo()
    assert bench.document.graph.nodes["encoder"].params["latent"] == 2


def test_the_next_goes_round(problems, qtbot) -> None:
    seen = []
    problems.select_requested.connect(seen.append)
    for _ in range(4):
        problems.go_next()
    problems.go_next(-1)
    assert seen == [["encoder"], ["elbo"], ["encoder"], ["elbo"]]  # the graph's own has no node


def test_a_new_title_is_said(problems, bench) -> None:
    bench.document.push(edits.rename(bench.document.graph, "elbo", "My loss"))
    bench.live.receive(Fault(problem=FAULTS[1]))
    problems.redraw_now()
    assert "My loss, β" in " ".join(c.accessibleName() for c in cards(problems))


def test_none_is_said_too(show) -> None:
    panel = show(Problems())
    assert not cards(panel)
    assert panel.count_words([]) == "No problems"


def test_no_problems_is_said_once_the_engine_has_answered(show, qtbot) -> None:
    """Until then it is checking, or nobody does; an answer that comes soon is waited for."""
    bench = Bench(Document(design.vae()), design.catalogue())
    panel, live = show(Problems(), on=bench), bench.live
    said = []

    def now() -> str:
        panel.redraw_now()
        (words,) = (w.text() for w in panel.cards.findChildren(QLabel))
        return words

    said.append(now())
    live.sent(answered=True)
    said.append(now())
    live.receive(Checked(seq=live.seq))
    said.append(now())
    live.sent(answered=True)
    said.append(now())
    qtbot.waitUntil(lambda: now() == "Checking…")
    live.engine_lost("gone")
    said.append(now())
    assert said == ["Not checked", "Checking…", "No problems", "No problems", "Not checked"]


def test_an_answer_to_an_older_graph_says_nothing_of_this_one(show) -> None:
    bench = Bench(Document(design.vae()), design.catalogue())
    panel, live = show(Problems(), on=bench), bench.live
    live.seq = 2
    live.sent(answered=True)
    live.receive(Checked(seq=1))
    assert panel.count_words([]) == "Checking…"
    live.receive(Checked(seq=2))
    assert panel.count_words([]) == "No problems"


def test_a_mend_s_words_are_whole_in_a_narrow_panel(problems, bench, qtbot) -> None:
    words = "Wire model of Decoder, Encoder and Another network to models"
    fix = Fix(label=words, puts=[])
    bench.live.receive(Fault(problem=Problem(node="encoder", sentence="Wide.", fix=fix)))
    qtbot.waitUntil(lambda: any(b.words == words for b in problems.findChildren(FixButton)))
    button = next(b for b in problems.findChildren(FixButton) if b.words == words)
    problems.resize(260, 600)
    qtbot.waitUntil(lambda: "\n" in button.text())
    assert " ".join(button.text().split()) == words
    lines = button.text().split("\n")
    assert max(map(button.fontMetrics().horizontalAdvance, lines)) <= button.width()


@pytest.mark.parametrize("width", [230, 280, 324, 500])
@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_all_that_a_card_says_has_room_and_lies_apart(show, bench, qtbot, width, scale) -> None:
    many = "Wire model of Decoder, Encoder, Another network and one more to models"
    for node, words in (("encoder", "Use 3"), ("decoder", "Wire z of Prior to z"), ("elbo", many)):
        problem = Problem(node=node, sentence=many, hint=many, fix=Fix(label=words))
        bench.live.receive(Fault(problem=problem))
    appearance.use(text_scale=scale)
    try:
        panel = show(Problems(), width=width)
        for card in cards(panel):
            shown = [w for w in card.findChildren(QWidget) if w.isVisible()]
            qtbot.waitUntil(lambda shown=shown: all(w.height() >= needed(w) for w in shown))
            assert all(card.rect().contains(w.geometry()) for w in shown)
            below = [w.geometry() for w in shown if not isinstance(w, Picture)]
            assert all(a.bottom() < b.top() for a, b in pairwise(below)), below
    finally:
        appearance.use(text_scale=1.0)


def needed(widget: QWidget) -> int:
    """Return the height that a widget's words take in the width it has."""
    if isinstance(widget, FixButton):
        return (widget.text().count("\n") + 1) * widget.fontMetrics().lineSpacing()
    return widget.heightForWidth(widget.width()) if widget.hasHeightForWidth() else 0
