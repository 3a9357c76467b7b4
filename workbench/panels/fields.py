"""Parameter editors, one per type, built from the parameter's declaration.

A field shows the document's value and requests another by `edited`; it stores none itself. A
refused input stays in the field, with the reason below, until it is corrected or reset with Escape.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QSizePolicy,
    QWidget,
)

from engine.document.catalogue import ParamInfo, value_fault
from workbench.look.theme import theme
from workbench.widgets.base import icon_button, tr
from workbench.widgets.editors import Choices, Line, TextBox
from workbench.widgets.switch import Switch
from workbench.widgets.value_slider import ValueSlider
from workbench.words import numbers
from workbench.words import quantities as say
from workbench.words.kinds import from_catalogue
from workbench.words.sentences import translate

NUMBER = 64  # px of the number beside a slider
LEAST = 92  # px of a number with its unit


class Field(QWidget):
    """An editor of one parameter. `wide` ones are below their label and span the width."""

    edited = Signal(object, bool)  # the value; whether to merge with the previous edit in one undo
    faulted = Signal(str)  # why the input is refused; empty if it is not
    wide: ClassVar[bool] = False

    def __init__(self, param: ParamInfo, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.param = param
        self.value: Any = param.default
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(4)
        self.editor = self.build()
        words = (from_catalogue(text) for text in (param.title or param.name, param.unit))
        self.editor.setAccessibleName(" ".join(words).strip())
        self.editor.setAccessibleDescription(from_catalogue(param.help))
        self.row.addWidget(self.editor)
        self.setFocusProxy(self.editor)

    @property
    def least(self) -> int:
        """The width beside a label, in px, in which a value is not cut."""
        return LEAST

    def build(self) -> QWidget:
        """Create the editing widget."""
        raise NotImplementedError

    def show_value(self, value: Any) -> None:
        """Show the document's value, unless the user has uncommitted input."""
        self.value = value
        self.display(value)

    def display(self, value: Any) -> None:
        raise NotImplementedError

    def show_mixed(self) -> None:
        """Show that the nodes edited together have different values."""
        self.show_value(None)
        if hasattr(self.editor, "setPlaceholderText"):
            self.editor.setPlaceholderText(tr("mixed"))

    @property
    def draft(self) -> str | None:
        """The uncommitted input; None if the field shows the document's value."""
        return None

    def restore(self, draft: str) -> None:
        """Show an input that was refused before."""

    def mark_bad(self, bad: bool) -> None:
        """Mark the field's edge as refused, or not."""
        if bool(self.editor.property("bad")) != bad:
            self.editor.setProperty("bad", bad)
            self.editor.style().unpolish(self.editor)
            self.editor.style().polish(self.editor)

    def request(self, value: Any, *, merge: bool = False) -> None:
        """Request a value, or emit why it is refused."""
        fault = value_fault(self.param, value)
        self.faulted.emit(translate(fault))
        if not fault:
            self.edited.emit(value, merge)


class LineField(Field):
    """A text field: Enter or losing the focus commits, Escape resets."""

    def build(self) -> QWidget:
        self.line = Line(from_catalogue(self.param.unit))
        self.line.setPlaceholderText(tr("none") if self.param.optional else "")
        self.line.editingFinished.connect(self.commit)
        self.line.left.connect(self.reset)
        self.line.textEdited.connect(lambda _: self.mark_bad(False))
        return self.line

    def read(self, text: str) -> Any:
        """Return the value of a text, or the text itself if it has none; it is then refused."""
        return text

    def write(self, value: Any) -> str:
        return str(value)

    def display(self, value: Any) -> None:
        if self.draft is None:
            self._put("" if value is None else self.write(value))

    @property
    def draft(self) -> str | None:
        return self.line.text() if self.line.isModified() else None

    def restore(self, draft: str) -> None:
        self.line.setText(draft)
        self.line.setModified(True)
        self.faulted.emit(translate(value_fault(self.param, self._typed())))

    def commit(self) -> None:
        if not self.line.isModified():
            return
        value = self._typed()
        if not value_fault(self.param, value):
            self._put("" if value is None else self.write(value))
        self.request(value)

    def reset(self) -> None:
        self.line.setModified(False)
        self.display(self.value)
        self.faulted.emit("")

    def _typed(self) -> Any:
        text = self.line.text()
        return None if self.param.optional and not text.strip() else self.read(text)

    def _put(self, text: str) -> None:
        if text != self.line.text():
            at = self.line.cursorPosition()
            self.line.setText(text)
            self.line.setCursorPosition(min(at, len(text)) if self.line.hasFocus() else 0)
        self.line.setModified(False)


class NumberField(LineField):
    """A number: keys, wheel and Page Up or Down step it; successive steps are one undo."""

    def build(self) -> QWidget:
        editor = super().build()
        self.line.stepped.connect(self.step)
        return editor

    def read(self, text: str) -> Any:
        value = numbers.read(self.param, text)
        return text.strip() if value is None else value

    def write(self, value: Any) -> str:
        return numbers.write(self.param, value)

    def step(self, steps: int) -> None:
        typed = self._typed()
        start = self.value if value_fault(self.param, typed) or typed is None else typed
        if isinstance(start, bool) or not isinstance(start, (int, float)):
            start = self.param.default or 0
        value = numbers.limited(self.param, numbers.stepped(self.param, start, steps))
        self._put(self.write(value))
        self.request(value, merge=True)


class SliderField(NumberField):
    """A bounded number with a slider; a drag is one undo."""

    wide = True

    def build(self) -> QWidget:
        editor = super().build()
        editor.setFixedWidth(round(NUMBER * min(theme().text_scale, 1.5)))
        editor.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.slide = ValueSlider()
        self.slide.setAccessibleName(from_catalogue(self.param.title or self.param.name))
        self.slide.valueChanged.connect(lambda _: self._slid())
        self.row.addWidget(self.slide, 1)
        return editor

    @property
    def _span(self) -> tuple[float, float]:
        return self.param.low or 0.0, 1.0 if self.param.high is None else self.param.high

    def display(self, value: Any) -> None:
        super().display(value)
        low, high = self._span
        if isinstance(value, (int, float)):
            self.slide.show_share((value - low) / ((high - low) or 1.0))

    def _slid(self) -> None:
        low, high = self._span
        value = round(low + self.slide.share * (high - low), 6)
        self._put(self.write(value))
        self.request(value, merge=True)


class TextLineField(LineField):
    """A short text."""


class IntsField(LineField):
    """Integers separated by spaces, such as `1 28 28`."""

    def read(self, text: str) -> Any:
        value = say.read_ints(text)
        return text.strip() if value is None else value

    def write(self, value: Any) -> str:
        return " ".join(map(str, value)) if isinstance(value, list) else str(value)


class FloatsField(LineField):
    """Numbers separated by spaces, such as `0.5 1 2`."""

    def read(self, text: str) -> Any:
        parts = [say.read_float(part) for part in text.replace(";", " ").split()]
        return text.strip() if not parts or None in parts else parts

    def write(self, value: Any) -> str:
        return " ".join(map(say.show_float, value)) if isinstance(value, list) else str(value)


class PathField(LineField):
    """A file or folder: typed, dropped on the field, or browsed."""

    wide = True

    def build(self) -> QWidget:
        editor = super().build()
        self.line.setPlaceholderText(tr("a file or folder"))
        self.line.installEventFilter(self)
        return editor

    def __init__(self, param: ParamInfo, parent: QWidget | None = None) -> None:
        super().__init__(param, parent)
        self.row.addWidget(icon_button("file", tr("Browse for a file"), self.browse_file))
        self.row.addWidget(icon_button("folder-open", tr("Browse for a folder"), self.browse))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take a dropped file as its path, not as its URL."""
        drops = (QEvent.Type.DragEnter, QEvent.Type.Drop)
        if event.type() not in drops or not event.mimeData().hasUrls():  # type: ignore[attr-defined]
            return super().eventFilter(watched, event)
        event.acceptProposedAction()  # type: ignore[attr-defined]
        if event.type() == QEvent.Type.Drop:
            self.take(event.mimeData().urls()[0].toLocalFile())  # type: ignore[attr-defined]
        return True

    def browse_file(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self, from_catalogue(self.param.title), self._folder()
        )
        self.take(path)

    def browse(self) -> None:
        self.take(
            QFileDialog.getExistingDirectory(self, from_catalogue(self.param.title), self._folder())
        )

    def take(self, path: str) -> None:
        if path:
            self._put(path)
            self.request(path)

    def _folder(self) -> str:
        path = Path(str(self.value or "")).expanduser()
        return str(path if path.is_dir() else path.parent) if self.value else ""


class ChoiceField(Field):
    """One of a few choices. An unknown value, from a file, is shown and kept."""

    def build(self) -> QWidget:
        self.box = Choices()
        for choice in self.param.choices:
            self.box.addItem(from_catalogue(choice), choice)
        self.box.activated.connect(lambda at: self.request(self.box.itemData(at)))
        return self.box

    @property
    def least(self) -> int:
        self.box.ensurePolished()
        return max(LEAST, self.box.widest)

    def display(self, value: Any) -> None:
        text = "" if value is None else str(value)
        at = self.box.findData(text)
        if at < 0:
            self.box.setPlaceholderText(text)
        self.box.setCurrentIndex(at)


class SwitchField(Field):
    """On or off."""

    def build(self) -> QWidget:
        self.switch = Switch()
        self.switch.clicked.connect(lambda on: self.request(on))
        self.row.addStretch()
        return self.switch

    def display(self, value: Any) -> None:
        self.switch.setChecked(bool(value))


class TextField(Field):
    """Text of several lines: Ctrl+Enter or losing the focus commits."""

    wide = True

    def build(self) -> QWidget:
        self.text = TextBox()
        self.text.given.connect(self.commit)
        return self.text

    def display(self, value: Any) -> None:
        text = "" if value is None else str(value)
        if not self.text.document().isModified() and text != self.text.toPlainText():
            self.text.setPlainText(text)
            self.text.document().setModified(False)

    def commit(self) -> None:
        if self.text.document().isModified():
            self.text.document().setModified(False)
            self.request(self.text.toPlainText())


FIELDS: dict[str, type[Field]] = {
    "int": NumberField,
    "float": NumberField,
    "bool": SwitchField,
    "str": TextLineField,
    "choice": ChoiceField,
    "ints": IntsField,
    "floats": FloatsField,
    "path": PathField,
    "text": TextField,
}


def field_for(param: ParamInfo) -> Field:
    """Return the editor for a parameter's type; unknown types are edited as text."""
    kind = SliderField if param.slider else FIELDS.get(param.type, TextLineField)
    return kind(param)
