"""All that a window says: the texts of its widgets, of what they list, and of what is painted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, QModelIndex, Qt
from PySide6.QtGui import QAction, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QComboBox,
    QMenu,
    QTabBar,
    QTextEdit,
    QWidget,
)

import resources
from engine.check import describe
from engine.document.catalogue import Catalogue
from nodes import library
from workbench.words import language

PLAIN = (
    "text", "toolTip", "placeholderText", "accessibleName", "accessibleDescription",
    "windowTitle", "statusTip", "whatsThis", "title", "informativeText",
)  # fmt: skip
ROLES = (
    Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.UserRole,
    Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.AccessibleDescriptionRole,
)  # fmt: skip
KEYS = ("id", "icon", "colour", "ink", "kind")  # fields of a row that nobody reads
WORD = re.compile(r"[^\W\d_]{2,}")
SOURCE = re.compile(r"^- [^*]*\*([^*]+)\*", re.MULTILINE)
TAG = re.compile(
    r"^[^,]*(?:, [^,]*)?, (?:19|20)\d\d$|--set \S+|<[^>]*>|\\mathrm\{\w*\}|\\[a-z]+|_\{\w+\}|https?://\S+|\S+\.(json|npz|npy|csv|py|png|db|io)\b"
)


class Painted:
    """The texts that have been painted since, by whatever paints."""

    def __init__(self, monkeypatch: Any) -> None:
        self.texts: set[str] = set()
        paint = QPainter.drawText

        def noted(painter: QPainter, *arguments: Any) -> Any:
            self.texts |= {a for a in arguments if isinstance(a, str)}
            return paint(painter, *arguments)

        monkeypatch.setattr(QPainter, "drawText", noted)


def said(window: QWidget, strangers: Iterable[QWidget] = ()) -> Iterator[str]:
    """Yield the texts of all widgets there are, seen and unseen, but for those of strangers."""
    others = set(map(id, strangers))
    yield from _all(w for w in QApplication.allWidgets() if id(w) not in others)
    for action in window.findChildren(QAction):
        yield from (action.text(), action.toolTip())


def said_by(part: QWidget) -> Iterator[str]:
    """Yield the texts of a part of a window and of all that it holds."""
    yield from _all([part, *part.findChildren(QWidget)])


def _all(widgets: Iterable[QWidget]) -> Iterator[str]:
    for widget in widgets:
        yield from _own(widget)
        if isinstance(widget, QAbstractItemView) and widget.model():
            yield from listed(widget.model())


def _own(widget: QWidget) -> Iterator[str]:
    for name in PLAIN:
        told = getattr(widget, name, None)
        if callable(told) and not isinstance(widget, QMenu | QTextEdit):
            yield str(told() or "")
    if isinstance(widget, QTextEdit):
        yield widget.toPlainText()
    if isinstance(widget, QComboBox):
        yield from (widget.itemText(i) for i in range(widget.count()))
    if isinstance(widget, QTabBar):
        yield from (widget.tabText(i) for i in range(widget.count()))
        yield from (widget.tabToolTip(i) for i in range(widget.count()))


def listed(model: QAbstractItemModel, parent: QModelIndex | None = None) -> Iterator[str]:
    """Yield what a model shows, in all its rows and columns."""
    parent = parent or QModelIndex()
    for row in range(model.rowCount(parent)):
        columns = 1 if isinstance(model, QAbstractListModel) else model.columnCount(parent)
        for column in range(columns):
            index = model.index(row, column, parent)
            for role in ROLES:
                value = index.data(role)
                if role != Qt.ItemDataRole.UserRole or is_dataclass(value):
                    yield from _texts(value)
            if not isinstance(model, QAbstractListModel):
                yield from listed(model, index)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            if field.name not in KEYS:
                yield from _texts(getattr(value, field.name))


def words(text: str) -> set[str]:
    """Return the words of a text in small letters, without those of papers' titles."""
    blocks = (" ".join(block.split()) for block in re.split(r"\n\n|\n(?=[-•])", text))
    kept = " ".join(block for block in blocks if not any(title in block for title in titles()))
    return {word.lower() for word in WORD.findall(TAG.sub(" ", kept))}


@cache
def catalogue() -> Catalogue:
    return describe.catalogue(library.find())


@cache
def lessons() -> dict[str, str]:
    folder = resources.path("lessons")
    return {file.name: file.read_text("utf-8") for file in folder.iterdir()}


@cache
def titles() -> tuple[str, ...]:
    """Return the beginnings of the titles of papers: they are names in any language."""
    cited = (
        t for text in lessons().values() for t in re.findall(r"^- [^*]*\*([^*]+)\*", text, re.M)
    )
    papers = (k.paper.partition(" (")[0] for k in catalogue().kinds.values() if k.paper)
    return tuple({" ".join(title.split())[:40] for title in (*cited, *papers)})


@cache
def english() -> frozenset[str]:
    """Return the words of our English texts that are in no French one."""
    tables = [*language.words("fr").values(), language.sentences("fr")]
    pairs = [pair for table in tables for pair in table.items()]
    theirs = [english for english, _ in pairs] + [k.doc for k in catalogue().kinds.values()]
    ours = [french for _, french in pairs]
    for name, text in lessons().items():
        (ours if ".fr" in name else theirs).append(text)
    return frozenset(set().union(*map(words, theirs)) - set().union(*map(words, ours)))
