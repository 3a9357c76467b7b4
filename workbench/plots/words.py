"""Texts of the plots, in the window's language."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from workbench.plots.axes import number

CONTEXT = "plots"


def tr(text: str) -> str:
    return QCoreApplication.translate(CONTEXT, text)


def many(count: int, one: str, more: str) -> str:
    """Return `one` if `count` is 1, else `more` with {0} replaced by the number."""
    return one if count == 1 else more.format(number(count))
