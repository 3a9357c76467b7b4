"""The folder of a graph's file, and the files outside it that the graph may read."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from nodes.base import Node


class Ground(NamedTuple):
    """The folder of a graph's file, and what it may read.

    `permitted`: ids of nodes, and paths or downloads; None permits all. Opening a file reads
    nothing that it names: a node that would read such a path, or download, is held until the user
    runs the graph, edits the node or asks for its data.
    """

    home: Path | None = None
    permitted: frozenset[str] | None = None

    def holds(self, name: str, node: Node) -> bool:
        """Return whether a node may not read anything yet."""
        if self.permitted is None or name in self.permitted:
            return False
        outside = node.outside()
        return bool(outside) and outside not in self.permitted
