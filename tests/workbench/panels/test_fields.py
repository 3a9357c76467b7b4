from typing import get_args, get_type_hints

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import QApplication

from engine.document.catalogue import ParamInfo
from tests.shipped import catalogue
from workbench.panels.fields import FIELDS, field_for
from workbench.panels.params import ROOM, ParamRow
from workbench.widgets.editors import Line
from workbench.widgets.sections import Title
from workbench.widgets.spins import NumberSpin

VALUES = {
    "int": 64,
    "float": 2e-4,
    "bool": True,
    "str": "words",
    "choice": "tanh",
    "ints": [1, 28, 28],
    "floats": [0.5, 1.0],
    "path": "/data/mnist",
    "text": "two\nlines",
}


@pytest.fixture
def made(qtbot):
    def make(type: str, **more):
        default = more.pop("default", VALUES[type])
        more.setdefault("choices", ["relu", "tanh"] if type == "choice" else [])
        field = field_for(ParamInfo(name="p", type=type, title="Width", default=default, **more))
        field.asked, field.faults = [], []
        field.edited.connect(lambda value, merge: field.asked.append((value, merge)))
        field.faulted.connect(field.faults.append)
        qtbot.addWidget(field)
        field.show_value(default)
        field.show()
        return field

    return make


def typed(qtbot, field, text: str) -> None:
    field.line.setFocus()
    field.line.selectAll()
    qtbot.keyClicks(field.line, text)
    qtbot.keyClick(field.line, Qt.Key.Key_Return)


def test_every_type_has_an_editor() -> None:
    types = get_args(get_type_hints(ParamInfo)["type"])
    assert set(FIELDS) == set(types) == set(VALUES)


def test_a_number_with_arrows_takes_a_sum(qtbot) -> None:
    spin = NumberSpin()
    qtbot.addWidget(spin)
    spin.setRange(0.0, 300.0)
    spin.setSuffix(" mm")
    spin.selectAll()
    qtbot.keyClicks(spin, "178/2")
    qtbot.keyClick(spin, Qt.Key.Key_Return)
    assert spin.value() == 89 and spin.text().endswith(" mm")
    spin.selectAll()
    qtbot.keyClicks(spin, "much")
    qtbot.keyClick(spin, Qt.Key.Key_Return)
    assert spin.value() == 89


@pytest.mark.parametrize("type", VALUES)
def test_a_field_shows_a_value_and_asks_for_nothing(type: str, made) -> None:
    field = made(type)
    field.show_value(VALUES[type])
    assert field.asked == [] and field.draft is None
    assert "Width" in field.editor.accessibleName()


@pytest.mark.parametrize(
    ("type", "text", "value"),
    [
        ("int", "128", 128),
        ("int", "6 000", 6000),
        ("int", "28*28", 784),
        ("int", "2^6 units", 64),
        ("float", "1/8", 0.125),
        ("float", "16 kHz", 16000.0),
        ("float", "0,5", 0.5),
        ("float", "1.5", 1.5),
        ("float", "3e-4", 3e-4),
        ("ints", "1 x 8 x 8", [1, 8, 8]),
        ("floats", "0,5 -1 2e-3", [0.5, -1.0, 2e-3]),
        ("str", "other", "other"),
        ("path", "~/x.npz", "~/x.npz"),
    ],
)
def test_what_is_typed_is_asked_for_once(type: str, text: str, value, made, qtbot) -> None:
    unit = next((unit for unit in ("units", "Hz") if text.endswith(unit)), "")
    field = made(type, unit=unit)
    typed(qtbot, field, text)
    assert field.asked == [(value, False)]
    assert field.faults[-1] == ""


@pytest.mark.parametrize(
    ("type", "text", "words"),
    [
        ("int", "twelve", "must be a whole number; it is 'twelve'"),
        ("int", "0", "must be at least 1; it is 0"),
        ("float", "abc", "must be a number"),
        ("ints", "1 a", "whole numbers with spaces"),
        ("floats", "1 a", "numbers with spaces"),
        ("floats", "1 0.5", "must be at least 1"),
    ],
)
def test_what_is_refused_stays_with_its_sentence(type, text, words, made, qtbot) -> None:
    field = made(type, low=1.0)
    typed(qtbot, field, text)
    assert field.asked == []
    assert words in field.faults[-1]
    field.show_value(VALUES[type])  # the document changes elsewhere
    assert field.line.text() == text == field.draft


def test_escape_takes_back_what_was_typed(made, qtbot) -> None:
    field = made("int")
    typed(qtbot, field, "twelve")
    qtbot.keyClick(field.line, Qt.Key.Key_Escape)
    assert field.line.text() == "64" and field.faults[-1] == "" and field.draft is None


def test_steps_are_of_one_undo_and_stop_at_the_limit(made, qtbot) -> None:
    field = made("int", low=63.0)
    for _ in range(3):
        qtbot.keyClick(field.line, Qt.Key.Key_Down)
        field.show_value(field.asked[-1][0])
    assert field.asked == [(63, True), (63, True), (63, True)]


def test_a_step_of_a_number_is_a_tenth_of_its_size(made, qtbot) -> None:
    field = made("float", default=1.0)
    values = []
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Up):
        qtbot.keyClick(field.line, key)
        field.show_value(field.asked[-1][0])
        values.append(field.asked[-1][0])
    assert values == [1.1, 1.0, 0.99, 1.0]


def test_a_small_number_steps_without_dust(made, qtbot) -> None:
    field = made("float", default=2e-4)
    qtbot.keyClick(field.line, Qt.Key.Key_Up)
    assert field.asked == [(2.1e-4, True)]
    assert field.line.text() == "2.1e-4"


def test_an_optional_value_is_emptied_to_none(made, qtbot) -> None:
    field = made("int", optional=True)
    typed(qtbot, field, "")
    field.line.clear()
    field.line.setModified(True)
    qtbot.keyClick(field.line, Qt.Key.Key_Return)
    assert field.asked[-1] == (None, False)


def test_a_choice_that_is_no_more_is_shown_and_kept(made) -> None:
    field = made("choice")
    field.show_value("swish")
    assert field.box.currentIndex() == -1
    assert field.box.placeholderText() == "swish"
    assert field.asked == []


def test_a_switch_is_pressed_by_key(made, qtbot) -> None:
    field = made("bool", default=False)
    qtbot.keyClick(field.switch, Qt.Key.Key_Space)
    assert field.asked == [(True, False)]


def test_text_is_given_when_it_is_left(made, qtbot) -> None:
    field = made("text")
    qtbot.keyClicks(field.text, "A")
    qtbot.keyClick(field.text, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert field.asked == [("Atwo\nlines", False)]


def test_a_file_dropped_on_a_path_is_taken(made, qapp) -> None:
    field = made("path")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/data/digits.npz")])
    none = Qt.KeyboardModifier.NoModifier
    for event in (QDragEnterEvent, QDropEvent):
        dropped = event(
            QPoint(4, 4), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, none
        )
        qapp.sendEvent(field.line, dropped)
    assert field.asked == [("/data/digits.npz", False)]


@pytest.fixture
def slider(made):
    return made("float", default=0.5, low=0.0, high=1.0, slider=True, live=True)


def test_a_slider_is_dragged_and_asks_at_each_place(slider, qtbot) -> None:
    slider.resize(260, 30)
    ends = [QPoint(round(x), slider.slide.height() // 2) for x in (10, slider.slide.width() * 0.75)]
    qtbot.mousePress(slider.slide, Qt.MouseButton.LeftButton, pos=ends[0])
    qtbot.mouseMove(slider.slide, ends[1])
    qtbot.mouseRelease(slider.slide, Qt.MouseButton.LeftButton, pos=ends[1])
    assert slider.asked[0] == (0.0, True) and 0.7 < slider.asked[-1][0] < 0.8
    assert slider.line.text() == f"{slider.asked[-1][0]:g}"


def test_a_slider_follows_the_document_and_asks_for_nothing(slider) -> None:
    slider.show_value(0.25)
    assert slider.slide.share == 0.25 and slider.line.text() == "0.25" and not slider.asked


def test_a_slider_goes_by_keys_and_by_typing(slider, qtbot) -> None:
    qtbot.keyClick(slider.slide, Qt.Key.Key_Right)
    assert slider.asked.pop() == (0.51, True)
    typed(qtbot, slider, "0.333")
    assert slider.asked == [(0.333, False)]
    slider.show_value(0.333)  # the document took it
    assert slider.slide.share == 0.33


def test_a_slider_spans_its_limits(made, qtbot) -> None:
    field = made("float", default=2.0, low=-2.0, high=6.0, slider=True)
    assert field.slide.share == 0.5
    field.resize(200, 30)
    assert field.slide.geometry().right() < field.line.x() < field.line.geometry().right() < 200
    qtbot.keyClick(field.slide, Qt.Key.Key_End)
    assert field.asked == [(6.0, True)]


def takes(widget, key: Qt.Key) -> bool:
    """Tell whether a widget keeps Ctrl and a key from the window's shortcuts."""
    event = QKeyEvent(QEvent.Type.ShortcutOverride, key, Qt.KeyboardModifier.ControlModifier)
    event.ignore()
    QApplication.sendEvent(widget, event)
    return event.isAccepted()


@pytest.mark.parametrize("type", VALUES)
def test_an_undo_is_the_document_s_unless_something_is_typed(type: str, made, qtbot) -> None:
    field = made(type)
    editor = getattr(field, "line", None) or getattr(field, "text", None) or field.editor
    assert not takes(editor, Qt.Key.Key_Z)
    if hasattr(editor, "selectAll"):
        editor.setFocus()
        qtbot.keyClicks(editor, "7")
        assert takes(editor, Qt.Key.Key_Z), "it takes back what is typed"
        field.show_value(VALUES[type])
        field.commit()
        editor.selectAll()
        qtbot.keyClick(editor, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        assert not takes(editor, Qt.Key.Key_Z)


def test_an_undo_is_the_document_s_in_a_title_that_was_given(qtbot) -> None:
    title = Title("Title")
    qtbot.addWidget(title)
    title.show_title("Encoder")
    title.show()
    title.setFocus()
    qtbot.keyClicks(title, "My ")
    assert takes(title, Qt.Key.Key_Z)
    qtbot.keyClick(title, Qt.Key.Key_Return)
    assert not takes(title, Qt.Key.Key_Z)


def test_no_choice_is_cut_in_the_inspector(qtbot) -> None:
    """A list beside its label has room for each of its texts; else it is below the label."""
    params = [p for kind in catalogue().kinds.values() for p in kind.params if p.choices]
    lists = {(p.title, tuple(p.choices)): p for p in params if p.type == "choice"}
    assert len(lists) > 30
    for param in lists.values():
        row = ParamRow(param, rebuilds=True, pins=True)
        qtbot.addWidget(row)
        row.resize(ROOM, row.sizeHint().height())
        row.layout().activate()
        assert row.minimumSizeHint().width() <= ROOM, param.title
        assert row.field.box.width() >= row.field.box.widest, param.title


def test_a_tooltip_says_what_larger_and_smaller_do(qtbot) -> None:
    told = [p for kind in catalogue().kinds.values() for p in kind.params if p.larger or p.smaller]
    assert len(told) > 20
    for param in told:
        assert param.larger and param.smaller and param.type in ("int", "float", "ints")
        assert not param.larger.endswith(".") and not param.smaller.endswith(".")
    row = ParamRow(next(p for p in told if p.name == "beta"), rebuilds=False)
    qtbot.addWidget(row)
    assert "\nLarger: codes closer to the prior" in row.field.toolTip()
    assert "\nSmaller: sharper pictures" in row.words.toolTip()


@pytest.mark.parametrize("text", ["", "12345678"])
def test_a_unit_gives_way_to_what_stands_in_the_field(text: str, qtbot) -> None:
    line = Line("points")
    qtbot.addWidget(line)
    line.setPlaceholderText("nonesuch")
    line.setText(text)
    for width in (60, 92, 150, 300):
        line.resize(width, 30)
        line.show()
        words = line.fontMetrics().horizontalAdvance(text or line.placeholderText())
        unit = line.textMargins().right()
        assert unit == 0 or words + unit < width
    assert unit > 0
