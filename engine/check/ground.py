"""The folder of a graph's file, and the files outside it that the graph may read."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from nodes.base import Node


class Ground(NamedTuple):
    """`permitted` are ids of nodes and what they would read; None permits all.

    Opening a file reads nothing that it names: until the user runs it, edits the node or asks for
    its data, a node that would read a path of the file or download something is held.
    """

    home: Path | None = None
    permitted: frozenset[str] | None = None

    def holds(self, name: str, node: Node) -> bool:
        """Tell whether a node must not be asked for anything yet."""
        if self.permitted is None or name in self.permitted:
            return False
        outside = node.outside()
        return bool(outside) and outside not in self.permitted
