"""A form of parameters: label, mark, field, and the reason of a refusal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QMimeData, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QDrag,
    QEnterEvent,
    QFocusEvent,
    QGuiApplication,
    QIcon,
    QMouseEvent,
)
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.document.catalogue import ParamInfo
from engine.document.setting import as_set
from workbench.edits import fits_node
from workbench.look.theme import set_icon, theme
from workbench.panels.fields import Field, field_for
from workbench.widgets.base import Elided, label, tr
from workbench.widgets.dragging import drag_picture
from workbench.widgets.sections import Picture
from workbench.words.kinds import from_catalogue
from workbench.words.quantities import show_float, show_int

LARGE = 1.4  # text scale from which fields are below their labels
MARK = 13  # px of the mark and the pin before a field
LONGEST = 112  # px of the longest word of a label that is not elided
SPACE = 2  # px between the parts of a row
ROOM = 238  # px of a row in a panel that scrolls
LIVE, REBUILD, RESET = "zap", "refresh-cw", "rotate-ccw"
MISSING = object()


class ParamRow(QWidget):
    """One parameter. Hovered, the mark before its field resets it to the default."""

    edited = Signal(object, bool)
    reset = Signal()
    pinned = Signal(bool)

    def __init__(
        self, param: ParamInfo, *, rebuilds: bool, node: str = "", pins: bool = False
    ) -> None:
        super().__init__()
        self.param = param
        self.node = node
        self.rebuilds = rebuilds
        self.fault = ""
        self.problem = ""
        self.offers: Sequence[tuple[str, Callable[[], object] | None]] = ()
        """Further entries of its menu; grey where they do nothing."""
        self.carried: Callable[[], QMimeData] | None = None
        """What is dragged by its label, where it may be."""
        self._pressed = QPoint()
        self.words = label(param_title(param), wrap=True)
        self.words.setToolTip(self._help())
        self.mark = QToolButton()
        self.mark.setProperty("slim", True)
        self.mark.setIconSize(QSize(MARK, MARK))
        self.mark.clicked.connect(self.reset)
        self.pin = Pin() if pins and fits_node(param) else None
        if self.pin is not None:
            self.pin.clicked.connect(self.pinned)
        self.field: Field = field_for(param)
        self.words.setBuddy(self.field)
        self.field.edited.connect(self.edited)
        self.field.faulted.connect(self._fault)
        self.field.setToolTip(self._help())
        for line in self.field.findChildren(QLineEdit):
            line.installEventFilter(self)
        self.sentence = label("", "error", wrap=True)
        self.sentence.hide()
        self.giver = label("", "hint", wrap=True)
        self.giver.hide()
        self._lay_out()
        self._draw_mark()

    def _lay_out(self) -> None:
        self.words.ensurePolished()
        metrics = self.words.fontMetrics()
        longest = max(map(metrics.horizontalAdvance, self.words.text().split()), default=0)
        self.words.setMinimumWidth(min(longest, LONGEST))
        line = QHBoxLayout()
        line.setSpacing(SPACE)
        line.addWidget(self.words, 6)
        line.addWidget(self.mark)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(line)
        least = self.field.least
        small = [button for button in (self.mark, self.pin) if button is not None]
        for button in small:
            button.ensurePolished()
        beside = sum(button.sizeHint().width() + SPACE for button in small) + SPACE
        narrow = self.words.minimumWidth() + beside + least > ROOM
        if self.field.wide or narrow or theme().text_scale > LARGE:
            column.addWidget(self.field)
        else:
            line.addWidget(self.field, 5)
            self.field.setMinimumWidth(least)
        if self.pin is not None:
            line.insertWidget(2, self.pin)  # after the field for Tab: one comes to set a value
        column.addWidget(self.sentence)
        column.addWidget(self.giver)

    def show_value(self, value: Any, problem: str = "") -> None:
        """Show the document's value, and its problem."""
        self.problem = problem
        self.field.show_value(self.param.default if value is MISSING else value)
        if self.field.draft is None:
            self.fault = ""
        self._say()
        self._draw_mark()

    def show_giver(self, words: str) -> None:
        """Show what sets the parameter in the place of the field, "" where the field does."""
        self.giver.setText(words)
        self.giver.setVisible(bool(words))
        self.field.setEnabled(not words)

    def show_mixed(self) -> None:
        """Show that several nodes have several values."""
        self.problem = ""
        self.field.show_mixed()
        self._say()
        self._draw_mark()

    @property
    def changed(self) -> bool:
        """Whether the value differs from the default."""
        return self.field.value != self.param.default or self.field.draft is not None

    def _fault(self, sentence: str) -> None:
        self.fault = sentence
        self._say()

    def _say(self) -> None:
        sentence = self.fault or self.problem
        self.sentence.setText(sentence)
        self.sentence.setVisible(bool(sentence))
        self.field.mark_bad(bool(sentence))

    def _draw_mark(self, pointed: bool = False) -> None:
        free = self.param.live or not self.rebuilds
        glyph, words = (LIVE, tr("Live: no restart")) if free else (REBUILD, tr("Rebuilds weights"))
        if pointed and self.changed:
            glyph, words = RESET, tr("Reset to {0}").format(default_of(self.param))
        set_icon(self.mark, glyph, "text3", MARK)
        self.mark.setToolTip(words)
        name = tr("Reset {0}").format(param_title(self.param)) if self.changed else words
        self.mark.setAccessibleName(name)
        policy = Qt.FocusPolicy.TabFocus if self.changed else Qt.FocusPolicy.NoFocus
        self.mark.setFocusPolicy(policy)

    def enterEvent(self, event: QEnterEvent) -> None:
        self._point(True)

    def leaveEvent(self, event: QEvent) -> None:
        self._point(False)

    def _point(self, on: bool) -> None:
        self._draw_mark(pointed=on)
        if self.pin is not None:
            self.pin.point(on)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = event.position().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the parameter to where it can be dropped."""
        off = event.position().toPoint() - self._pressed
        if self.carried is None or off.manhattanLength() < QApplication.startDragDistance():
            return
        drag = QDrag(self)
        drag.setMimeData(self.carried())
        drag.setPixmap(drag_picture(param_title(self.param)))
        drag.exec(Qt.DropAction.CopyAction)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu().exec(event.globalPos())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(watched, QLineEdit) or not isinstance(event, QContextMenuEvent):
            return super().eventFilter(watched, event)
        self.menu_on(watched).exec(event.globalPos())
        return True

    def menu_on(self, line: QLineEdit) -> QMenu:
        """Return the menu of the parameter and, below, what edits the text of its value."""
        menu, text = self.menu(), line.createStandardContextMenu()
        text.setParent(menu)
        menu.addSeparator()
        menu.addActions(text.actions())
        return menu

    def menu(self) -> QMenu:
        """Return the menu of the parameter."""
        menu = QMenu(self)
        words = tr("Reset to {0}").format(default_of(self.param))
        action = menu.addAction(words)
        action.setEnabled(self.changed)
        action.triggered.connect(self.reset)
        if self.node:
            words = as_set(self.node, self.param, self.field.value)
            copying = menu.addAction(tr("Copy as {0}").format(words.replace("&", "&&")))
            copying.triggered.connect(lambda: QGuiApplication.clipboard().setText(words))
        if self.pin is not None:
            menu.addAction(self.pin.words).triggered.connect(self.pin.click)
        for title, act in self.offers:
            entry = menu.addAction(title)
            entry.setEnabled(act is not None)
            if act is not None:
                entry.triggered.connect(act)
        return menu

    def _help(self) -> str:
        limits = _limits(self.param)
        parts = (
            from_catalogue(self.param.help),
            *effects(self.param),
            limits,
            tr("Default {0}.").format(default_of(self.param)),
            f"--set {self.node}.{self.param.name}=…" if self.node else "",
        )
        return "\n".join(part for part in parts if part)


class Pin(QToolButton):
    """Shows a parameter on its node, or not; seen while it does, is pointed at, or has the keys."""

    def __init__(self) -> None:
        super().__init__()
        self.setCheckable(True)
        self.setProperty("slim", True)
        self.setIconSize(QSize(MARK, MARK))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._pointed = False
        self._draw()

    @property
    def words(self) -> str:
        return tr("Not on the node") if self.isChecked() else tr("Show on the node")

    def show_state(self, on: bool) -> None:
        self.setChecked(on)
        self._draw()

    def point(self, on: bool) -> None:
        self._pointed = on
        self._draw()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._draw()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._draw()

    def _draw(self) -> None:
        self.setToolTip(self.words)
        self.setAccessibleName(self.words)
        if self.isChecked() or self._pointed or self.hasFocus():
            set_icon(self, "pin", "accent" if self.isChecked() else "text3", MARK)
        else:
            self.setIcon(QIcon())


class ParamForm(QWidget):
    """The parameters of a kind, or those that several nodes share; `node` is the id of one.

    With `pins`, each that fits on a node has a pin.
    """

    edited = Signal(str, object, bool)
    reset = Signal(str)
    pinned = Signal(str, bool)

    def __init__(
        self,
        params: Sequence[ParamInfo],
        *,
        rebuilds: bool = False,
        marked: bool = True,
        node: str = "",
        pins: bool = False,
    ) -> None:
        super().__init__()
        self.rows: dict[str, ParamRow] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for param in params:
            row = ParamRow(param, rebuilds=rebuilds, node=node, pins=pins)
            row.pinned.connect(lambda on, name=param.name: self.pinned.emit(name, on))
            row.edited.connect(lambda v, m, name=param.name: self.edited.emit(name, v, m))
            row.reset.connect(lambda name=param.name: self._reset(name))
            row.mark.setVisible(marked)
            self.rows[param.name] = row
            column.addWidget(row)
        if params and marked:
            column.addWidget(legend(params, rebuilds))

    def show_values(self, values: dict[str, Any], problems: dict[str, str]) -> None:
        for name, row in self.rows.items():
            row.show_value(values.get(name, MISSING), problems.get(name, ""))

    def show_pins(self, names: Iterable[str]) -> None:
        """Show which parameters are on the node."""
        there = set(names)
        for name, row in self.rows.items():
            if row.pin is not None:
                row.pin.show_state(name in there)

    def drafts(self) -> dict[str, str]:
        """Return the refused inputs by parameter."""
        return {name: draft for name, row in self.rows.items() if (draft := row.field.draft)}

    def restore(self, drafts: dict[str, str]) -> None:
        for name, draft in drafts.items():
            if name in self.rows:
                self.rows[name].field.restore(draft)

    def _reset(self, name: str) -> None:
        field = self.rows[name].field
        if field.draft is not None and hasattr(field, "reset"):
            field.reset()
        self.reset.emit(name)


def legend(params: Sequence[ParamInfo], rebuilds: bool) -> QWidget:
    """Return the legend of the marks that occur."""
    marks = {(LIVE if p.live or not rebuilds else REBUILD) for p in params}
    words = {REBUILD: tr("rebuilds weights"), LIVE: tr("live, no restart")}
    widget = QWidget()
    row = QHBoxLayout(widget)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(4)
    for mark in (m for m in words if m in marks):
        row.addWidget(Picture(mark, "text3", MARK))
        row.addWidget(Elided(words[mark], "faint"))
        row.addSpacing(8)
    row.addStretch()
    return widget


def param_title(param: ParamInfo) -> str:
    return from_catalogue(param.title or param.name)


def effects(param: ParamInfo) -> list[str]:
    """Return what a larger and a smaller value do, a line each."""
    larger, smaller = from_catalogue(param.larger), from_catalogue(param.smaller)
    lines = [tr("Larger: {0}.").format(larger)] if larger else []
    return [*lines, tr("Smaller: {0}.").format(smaller)] if smaller else lines


def default_of(param: ParamInfo) -> str:
    value = shown(param.default)
    return from_catalogue(value) if param.choices else value


def shown(value: Any) -> str:
    """Return a value as its field shows it."""
    words = {True: tr("on"), False: tr("off"), None: tr("none"), "": tr("empty")}
    if isinstance(value, list):
        return " ".join(map(shown, value))
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _number(value)
    return words.get(value, str(value))


def _number(value: float) -> str:
    return show_int(int(value)) if float(value).is_integer() else show_float(value)


def _limits(param: ParamInfo) -> str:
    low, high = (None if v is None else _number(v) for v in (param.low, param.high))
    unit = f" {from_catalogue(param.unit)}" if param.unit else ""
    if low and high:
        return tr("From {0} to {1}").format(low, high) + unit + "."
    if low:
        return tr("At least {0}").format(low) + unit + "."
    return tr("At most {0}").format(high) + unit + "." if high else ""
