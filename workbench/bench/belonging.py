"""Find which recorded runs belong to a document.

A run records its file or example. Old runs, and those of a graph without a file, are recognised by
their name or by the kinds of their nodes. A file saved from an example has the runs made before it
was saved, also after more nodes were added or some removed.
"""

from __future__ import annotations

from collections.abc import Iterable

from engine.document.catalogue import Catalogue
from engine.document.graph import Graph
from engine.document.messages import RunInfo
from engine.document.source import is_example
from workbench.bench.document import UNSAVED, Document
from workbench.bench.views import view_nodes


def owns(document: Document, catalogue: Catalogue, info: RunInfo) -> bool:
    """Return whether a run belongs to this document and has something to show in it."""
    return bool(owned(document, catalogue, [info]))


def owned(document: Document, catalogue: Catalogue, runs: Iterable[RunInfo]) -> list[RunInfo]:
    """Return the runs that belong to this document and have something to show in it.

    A run has that if it recorded a view or a loss that the graph has under the same id.
    """
    graph = document.graph
    views = view_nodes(graph, catalogue) or list(graph.nodes)
    own = (info for info in runs if _is_of(document, info))
    return [i for i in own if any(i.kinds.get(n) == graph.nodes[n].kind for n in views)]


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
