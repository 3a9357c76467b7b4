"""When an action is enabled: the conditions that the table of actions names in `needs`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def _nodes(window: Any) -> int:
    if window.canvas is None:
        return 0
    nodes = window.bench.document.graph.nodes
    return sum(thing in nodes for thing in window.canvas.selection.ids)


def _held(window: Any) -> bool:
    """Return whether a selected node may not read its files yet."""
    return window.canvas is not None and bool(window.editing.held)


def _of_data(window: Any) -> bool:
    return window.canvas is not None and bool(window.editing.previewed)


CONDITIONS: dict[str, Callable[[Any], bool]] = {
    "": lambda w: True,
    "document": lambda w: w.canvas is not None,
    "selection": lambda w: w.canvas is not None and bool(w.canvas.selection),
    "things": lambda w: w.canvas is not None and bool(w.canvas.selection.ids),  # not wires
    "nodes": lambda w: _nodes(w) >= 1,
    "several": lambda w: _nodes(w) >= 2,
    "held": _held,
    "data": _of_data,
    "undo": lambda w: w.bench is not None and w.bench.document.can_undo,
    "redo": lambda w: w.bench is not None and w.bench.document.can_redo,
    "done": lambda w: w.bench is not None and w.bench.lengthens is not None,
    "stopped": lambda w: w.bench is not None and w.bench.can_go_on,
    "replaced": lambda w: w.bench is not None and bool(w.bench.replaced),
    "unfinished": lambda w: w.bench is not None and w.bench.unfinished,
}


def holds(name: str, window: Any) -> bool:
    return CONDITIONS[name](window)
