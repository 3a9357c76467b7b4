"""The views of a graph, their titles and the texts of empty ones."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from engine.document.catalogue import Catalogue, KindInfo
from engine.document.graph import Graph, Wire
from engine.document.walks import upstream_ids
from workbench.words.kinds import title_of
from workbench.words.letters import letters

CODES = ("z", "q")  # outputs that are codes
PLACING = ((), ("views",), ("watch",), ("play",))  # parts of the layout that list views


def tr(text: str) -> str:
    return QCoreApplication.translate("views", text)


def view_nodes(graph: Graph, catalogue: Catalogue) -> list[str]:
    """Return the nodes that have a view: pinned ones first, then losses, then view nodes."""
    losses: list[str] = []
    views: list[str] = []
    learning = _upstream_of_optimizers(graph, catalogue)
    for node, place in graph.nodes.items():
        info = catalogue.of(place)
        if info is None or place.mode != "on":
            continue
        if info.role == "view":
            views.append(node)
        elif not place.twin and _has_loss(info, catalogue) and node in learning:
            losses.append(node)
    found = losses + views
    pinned = [node for node in graph.layout.views if node in found]
    return pinned + [node for node in found if node not in pinned]


def _upstream_of_optimizers(graph: Graph, catalogue: Catalogue) -> set[str]:
    """Return the nodes upstream of optimisers; other losses have no training curve."""
    optimizers = {n for n, p in graph.nodes.items() if catalogue.role(p) == "optimizer"}
    return upstream_ids(graph.wires, [w.source for w in graph.wires if w.target in optimizers])


def _has_loss(info: KindInfo, catalogue: Catalogue) -> bool:
    types = (catalogue.types.get(port.type) for port in info.outputs)
    return any(type_ is not None and type_.family == "loss" for type_ in types)


def is_view(graph: Graph, catalogue: Catalogue, node: str) -> bool:
    """Return whether a node makes figures; other nodes with a view show their curves."""
    kind = catalogue.of(graph.nodes[node])
    return kind is not None and kind.role == "view"


def watch_rows(graph: Graph, catalogue: Catalogue) -> list[list[str]]:
    """Return the rows of views that are watched: the file's, else its picture, else two by two."""
    views = [n for n in view_nodes(graph, catalogue) if is_view(graph, catalogue, n)]
    rows = [[n for n in row if n in views] for row in graph.layout.watch]
    if not any(rows):
        told = graph.extra.get("picture")
        first = [n for n in told if n in views][:2] if isinstance(told, list) else []
        rest = [n for n in views if n not in first]
        rows = [first, *(rest[k : k + 2] for k in range(0, len(rest), 2))]
    return [row for row in rows if row]


def draw_one_plane(graph: Graph, nodes: Sequence[str]) -> bool:
    """Return whether what views draw lies in one space: the codes of a model, or the data."""
    return len({any(w.output in CODES for w in graph.wires_into(node)) for node in nodes}) == 1


def _maker(graph: Graph, wires: list[Wire]) -> str:
    """Return the first source that is upstream of no other: data come before what is made of them.

    Return "" if a port takes several wires, since no single source is shown.
    """
    wires = [wire for wire in wires if wire.source in graph.nodes]
    if len({wire.input for wire in wires}) < len(wires):
        return ""
    if len(wires) == 1:
        return wires[0].source
    made_of = {wire.source: upstream_ids(graph.wires, [wire.source]) for wire in wires}
    return next((s for s in made_of if not any(s in made_of[o] for o in made_of if o != s)), "")


def placeholder(graph: Graph, catalogue: Catalogue, node: str, *, running: bool = False) -> str:
    """Return the text of an empty view: what will appear, and from which node."""
    if not is_view(graph, catalogue, node):
        here = tr("The loss is drawn here.")
        return here if running else tr("Press Run: the loss is drawn here.")
    info = catalogue[graph.nodes[node]]
    wires = graph.wires_into(node)
    wired = {wire.input for wire in wires}
    free = next(
        (port for port in info.inputs if not port.optional and port.name not in wired), None
    )
    if free is not None:
        return tr("Wire {0} here.").format(letters(free.name))
    source = _maker(graph, wires)
    if not source or catalogue.of(graph.nodes[source]) is None:
        later = tr("The picture appears here as soon as there is time for it.")
        return later if running else tr("Press Run: the picture appears here.")
    maker = title_of(graph, catalogue, source)
    if running:
        return tr("What {0} makes is shown here as soon as there is time for it.").format(maker)
    return tr("Press Run: what {0} makes is shown here.").format(maker)


def lists_views(path: tuple[str, ...]) -> bool:
    """Return whether a value here decides which views there are, their places or their names."""
    if path[0] == "nodes":
        return path[2:3] != ("params",)
    return path[0] == "wires" or (path[0] == "layout" and path[1:2] in PLACING)
