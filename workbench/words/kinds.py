"""What node kinds, their ports and parameters are called in the language of the window."""

from __future__ import annotations

import re

from PySide6.QtCore import QCoreApplication

from engine.document.catalogue import Catalogue, KindInfo, PortInfo
from engine.document.graph import Graph
from engine.document.messages import WireInfo
from workbench.words.letters import letters

NAMED = 12  # classes that a line names
_QUOTED = re.compile(r"`([a-z]\w*)`")


def tr(text: str) -> str:
    return QCoreApplication.translate("canvas", text)


def headed(head: str, said: str) -> str:
    """Return what is said under a head, with the colon of the user's language."""
    return tr("{0}: {1}").format(head, said)


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


def title_of(graph: Graph, catalogue: Catalogue, node: str) -> str:
    """Return what the canvas calls a node; a twin is called as its owner is."""
    place = graph.nodes.get(node)
    if place is None:
        return node
    info = catalogue.kinds.get(place.kind)
    own = place.title or (graph.nodes[graph.owner(node)].title if place.twin else "")
    return own or (kind_title(info) if info else place.kind)


def from_catalogue(text: str) -> str:
    """Return words of a node (titles, summaries, help) in the user's language."""
    return QCoreApplication.translate("kinds", text) if text else ""


def doc_of(info: KindInfo) -> str:
    """Return what the author of a node wrote, each paragraph in the user's language where known.

    Ports and parameters have the names that they have in the window.
    """
    parts = (info.doc or info.summary).split("\n\n")
    return _QUOTED.sub(lambda found: f"`{_name(info, found[1])}`", "\n\n".join(map(_told, parts)))


def _told(paragraph: str) -> str:
    text = " ".join(paragraph.split())
    told = from_catalogue(text)
    return paragraph if told == text else told


def _name(info: KindInfo, name: str) -> str:
    if info.input(name) or info.output(name):
        return letters(name)
    param = info.param(name)
    return from_catalogue(param.title) if param else letters(name)
