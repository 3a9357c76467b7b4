"""The plots' words, in the language of the window."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from workbench.plots.axes import number

CONTEXT = "plots"


def tr(text: str) -> str:
    return QCoreApplication.translate(CONTEXT, text)


def many(count: int, one: str, more: str) -> str:
    """Return `one` for a single thing, else `more` with {0} the number."""
    return one if count == 1 else more.format(number(count))
