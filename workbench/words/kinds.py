"""The canvas's words, in the language of the window."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from engine.document.catalogue import KindInfo, PortInfo
from engine.document.messages import WireInfo

NAMED = 12  # classes that a line names


def tr(text: str) -> str:
    return QCoreApplication.translate("canvas", text)


def classes_said(info: WireInfo | None) -> str:
    """Return what the classes of labels on a wire are called, the first of many."""
    names = info.classes if info else []
    if not names:
        return ""
    shown = [*names[:NAMED], "…"] if len(names) > NAMED else names
    return tr("classes {0}").format(", ".join(shown))


def choice_words(value: object) -> str:
    """Return one of a parameter's choices in the user's language."""
    return QCoreApplication.translate("kinds", str(value))


def type_names(port: PortInfo) -> str:
    """Return what a port takes or gives, in the user's language: `Points / Gaussian`."""
    names = port.accepts or [port.type]
    return " / ".join(map(type_name, names))


def shape_said(shape: str) -> str:
    """Return a shape, `b 2`; a single number's in words."""
    return QCoreApplication.translate("kinds", shape) if shape.isalpha() else shape


def type_name(name: str) -> str:
    return QCoreApplication.translate("types", name)


def kind_title(info: KindInfo) -> str:
    """Return a kind's title in the user's language."""
    return QCoreApplication.translate("kinds", info.title or info.kind)
