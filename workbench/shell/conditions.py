"""When an action is enabled: the conditions that the table of actions names in `needs`."""

from __future__ import annotations

from collections.abc import Callable

from workbench.bench.bench import Bench
from workbench.shell.editing import Editing
from workbench.shell.tabs import DocumentPage, Tabs


def _nodes(tabs: Tabs) -> int:
    if not isinstance(tabs.current, DocumentPage):
        return 0
    nodes = tabs.current.desk.document.graph.nodes
    return sum(thing in nodes for thing in tabs.current.canvas.selection.ids)


def _bench(test: Callable[[Bench], object]) -> Callable[[Tabs], bool]:
    return lambda tabs: tabs.bench is not None and bool(test(tabs.bench))


def _document(test: Callable[[Editing], object]) -> Callable[[Tabs], bool]:
    return lambda tabs: tabs.canvas is not None and bool(test(Editing(tabs)))


CONDITIONS: dict[str, Callable[[Tabs], bool]] = {
    "": lambda tabs: True,
    "document": _document(lambda editing: True),
    "selection": _document(lambda editing: editing.canvas.selection),
    "things": _document(lambda editing: editing.ids),  # not wires
    "nodes": lambda tabs: _nodes(tabs) >= 1,
    "titled": _document(lambda editing: editing.ids or editing.named),
    "coloured": _document(lambda editing: editing.coloured),
    "several": lambda tabs: _nodes(tabs) >= 2,
    "group": _document(lambda editing: editing.instances),
    "network": _document(lambda editing: editing.networks),
    "inside": _document(lambda editing: editing.page.way),
    "held": _document(lambda editing: editing.unpermitted),
    "data": _document(lambda editing: editing.previewed),
    "undo": _bench(lambda bench: bench.document.can_undo),
    "redo": _bench(lambda bench: bench.document.can_redo),
    "done": _bench(lambda bench: bench.extendable is not None),
    "stopped": _bench(lambda bench: bench.can_resume),
    "replaced": _bench(lambda bench: bench.replaced or bench.earlier),
    "unfinished": _bench(lambda bench: bench.unfinished),
}


def holds(name: str, tabs: Tabs) -> bool:
    """Return whether a condition holds for the page in front."""
    return CONDITIONS[name](tabs)
