"""The canvas's words, in the language of the window."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from engine.catalogue import KindInfo


def tr(text: str) -> str:
    return QCoreApplication.translate("canvas", text)


def choice_words(value: object) -> str:
    """Return one of a parameter's choices in the user's language."""
    return QCoreApplication.translate("kinds", str(value))


def kind_title(info: KindInfo) -> str:
    """Return a kind's title in the user's language."""
    return QCoreApplication.translate("kinds", info.title or info.kind)
