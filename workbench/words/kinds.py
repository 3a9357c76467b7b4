"""Titles of node kinds, ports and parameters in the window's language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from PySide6.QtCore import QCoreApplication

from engine.document.catalogue import Catalogue, KindInfo, PortInfo
from engine.document.graph import Board, Graph, Wire
from engine.document.messages import WireInfo
from engine.document.training import model_wires
from workbench.words.letters import letters

NAMED = 12  # classes listed in a line
TRAINED = 2  # networks that the title of an optimizer names
_QUOTED = re.compile(r"`([a-z]\w*)`")


def tr(text: str) -> str:
    return QCoreApplication.translate("canvas", text)


def headed(head: str, text: str) -> str:
    """Return `text` after `head` and the colon of the user's language."""
    return tr("{0}: {1}").format(head, text)


def shown_classes(info: WireInfo | None) -> str:
    """Return the class names of the labels on a wire, the first ones of many."""
    names = info.classes if info else []
    if not names:
        return ""
    shown = [*names[:NAMED], "…"] if len(names) > NAMED else names
    return tr("classes {0}").format(", ".join(shown))


def choice_words(value: object) -> str:
    """Return a parameter's choice in the user's language."""
    return QCoreApplication.translate("kinds", str(value))


def type_names(port: PortInfo) -> str:
    """Return a port's types in the user's language: `Points / Gaussian`."""
    names = port.accepts or [port.type]
    return " / ".join(map(type_name, names))


def shown_shape(shape: str) -> str:
    """Return a shape, `b 2`; that of a single number in words."""
    return QCoreApplication.translate("kinds", shape) if shape.isalpha() else shape


def type_name(name: str) -> str:
    return QCoreApplication.translate("types", name)


def kind_title(info: KindInfo) -> str:
    """Return a kind's title in the user's language."""
    return QCoreApplication.translate("kinds", info.title or info.kind)


def title_of(
    graph: Graph, catalogue: Catalogue, node: str, wires: Iterable[Wire] | None = None
) -> str:
    """Return a node's title as on the canvas. `wires` are those at the node, where known."""
    place = graph.nodes.get(node)
    if place is None:
        return _title_within(graph, catalogue, node)
    return place.title or usual_title(graph, catalogue, node, wires)


def _title_within(graph: Graph, catalogue: Catalogue, path: str) -> str:
    """Return the titles of a node in groups and of what holds it, or the path as it is."""
    board: Board = graph
    titles = []
    for part in path.split("/"):
        place = board.nodes.get(part.partition("#")[0])
        if place is None:
            return path
        info = catalogue.of(place)
        titles.append(place.title or (kind_title(info) if info else place.kind))
        board = graph.groups.get(place.group) or Board()
    return " › ".join(titles)


def usual_title(
    graph: Graph, catalogue: Catalogue, node: str, wires: Iterable[Wire] | None = None
) -> str:
    """Return a node's title where it has none of its own: a twin's is its owner's.

    One of several optimizers is called by what it trains: `Optimizer · Generator`.
    """
    title = _plain_title(graph, catalogue, node)
    if graph.nodes[node].twin or not is_optimizer(graph, catalogue, node):
        return title
    if len(list(islice(_optimizers(graph, catalogue), 2))) < 2:
        return title
    models = [graph.owner(w.source) for w in model_wires(graph, catalogue, node, wires)]
    names = [
        graph.nodes[model].title or _plain_title(graph, catalogue, model)
        for model in dict.fromkeys(models)
    ]
    more = [f"+ {len(names) - TRAINED}"] if len(names) > TRAINED else []
    return f"{title} · {', '.join([*names[:TRAINED], *more])}" if names else title


def _plain_title(graph: Graph, catalogue: Catalogue, node: str) -> str:
    """Return the owner's title, or the kind's."""
    place = graph.nodes[node]
    info = catalogue.of(place)
    own = graph.nodes[graph.owner(node)].title if place.twin else ""
    return own or (kind_title(info) if info else place.kind)


def _optimizers(graph: Graph, catalogue: Catalogue) -> Iterator[str]:
    return (node for node in graph.nodes if is_optimizer(graph, catalogue, node))


def is_optimizer(graph: Graph, catalogue: Catalogue, node: str) -> bool:
    info = catalogue.of(graph.nodes[node]) if node in graph.nodes else None
    return info is not None and info.role == "optimizer"


def value_name(graph: Graph, catalogue: Catalogue, name: str) -> str:
    """Return `ELBO KL` for the curve or measure `elbo.kl`; an id not in the graph as words."""
    node, _, value = name.partition(".")
    known = node in graph.nodes or "/" in node
    title = title_of(graph, catalogue, node) if known else letters(node)
    return f"{title} {letters(value)}" if value else title


def from_catalogue(text: str) -> str:
    """Return a node file's text (title, summary, help) in the user's language."""
    return QCoreApplication.translate("kinds", text) if text else ""


def doc_of(info: KindInfo) -> str:
    """Return a node's documentation, each paragraph in the user's language if translated.

    Ports and parameters are named as in the window.
    """
    parts = (info.doc or info.summary).split("\n\n")
    return _QUOTED.sub(lambda found: f"`{_name(info, found[1])}`", "\n\n".join(map(_told, parts)))


def _told(paragraph: str) -> str:
    text = " ".join(paragraph.split())
    translated = from_catalogue(text)
    return paragraph if translated == text else translated


def _name(info: KindInfo, name: str) -> str:
    if info.input(name) or info.output(name):
        return letters(name)
    param = info.param(name)
    return from_catalogue(param.title) if param else letters(name)
