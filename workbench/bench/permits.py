"""The files a document's engine may read: none until the user asks for it.

Opening a document reads none of the files it names. A run, an edit of a node or the command Show
data permits it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.document.catalogue import Catalogue
from engine.document.graph import Absent, Change, Graph, Place
from engine.document.messages import NodeInfo
from engine.document.walks import upstream_ids

Infos = Mapping[str, NodeInfo]


class Permits:
    """The nodes that may read, and the paths that may be read; `whole` permits all."""

    def __init__(self) -> None:
        self.given: set[str] = set()
        self.whole = False

    def listed(self) -> list[str] | None:
        """Return the permits as `SetGraph` takes them; None permits all."""
        return None if self.whole else sorted(self.given)

    def note(self, change: Change, catalogue: Catalogue) -> None:
        """Permit a parameter's node and value when it is edited, and a new node without paths."""
        for put in change.puts:
            if put.path[0] != "nodes" or isinstance(put.value, Absent):
                continue
            if len(put.path) == 4 and put.path[2] == "params":
                self.given |= {put.path[1], str(put.value)}
            elif isinstance(put.value, Place) and not _paths(put.value, catalogue):
                self.given.add(put.path[1])


def _paths(place: Place, catalogue: Catalogue) -> list[str]:
    """Return the paths among a node's parameters, as a pasted node may have."""
    kind = catalogue.of(place)
    names = [p.name for p in kind.params if p.type == "path"] if kind else []
    return [str(place.params[name]) for name in names if place.params.get(name)]


def unpermitted_above(graph: Graph, infos: Infos, names: Iterable[str]) -> list[str]:
    """Return the nodes upstream of `names`, these included, that may not read their files yet."""
    held = {name for name, info in infos.items() if info.held}
    if not held:
        return []
    held &= upstream_ids(graph.wires, names)
    return list(dict.fromkeys(graph.owner(n) for n in graph.nodes if n in held))
