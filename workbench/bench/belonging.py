"""Find which recorded runs belong to a document.

A run records its file or example. Old runs, and those of a graph without a file, are recognised by
their name or by the kinds of their nodes. A file saved from an example has the runs made before it
was saved, also after more nodes were added or some removed.
"""

from __future__ import annotations

from engine.document.catalogue import Catalogue
from engine.document.graph import Graph
from engine.document.messages import RunInfo
from engine.document.source import is_example
from workbench.bench.document import UNSAVED, Document
from workbench.bench.views import view_nodes


def owns(document: Document, catalogue: Catalogue, info: RunInfo) -> bool:
    """Return whether a run belongs to this document and has something to show in it."""
    return _is_of(document, info) and shows(document.graph, catalogue, info)


def shows(graph: Graph, catalogue: Catalogue, info: RunInfo) -> bool:
    """Return whether a run recorded a view or a loss that the graph has under the same id."""
    views = view_nodes(graph, catalogue) or list(graph.nodes)
    return any(info.kinds.get(node) == graph.nodes[node].kind for node in views)


def _is_of(document: Document, info: RunInfo) -> bool:
    if info.document in document.sources:
        return True
    if is_example(info.document):
        return document.path is not None and _grew(document.graph, info)
    if info.document and not info.document.startswith(UNSAVED):
        return False
    named = info.name in (document.name, document.graph.title)
    return named or info.kinds == {n: place.kind for n, place in document.graph.nodes.items()}


def _grew(graph: Graph, info: RunInfo) -> bool:
    """Return whether one of the graph and the run's graph is a part of the other."""
    now, then = {n: place.kind for n, place in graph.nodes.items()}.items(), info.kinds.items()
    return bool(info.kinds) and (then <= now or now <= then)
