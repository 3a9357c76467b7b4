"""Edits of nodes: add, remove, set, rename, mute, twin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from msgspec.structs import replace

from engine.document import tries
from engine.document.catalogue import Catalogue, Fix
from engine.document.graph import ABSENT, Board, Change, Graph, Place, Put, Wire, copy
from engine.document.library import YOURS, saved
from engine.document.typed import typed
from nodes.errors import Refusal
from nodes.sentences import NodeName, PortName, Text, say
from workbench.edits.base import (
    BORDER,
    Point,
    disconnecting,
    free_id,
    known,
    must_be_node,
    name_of,
    names_of,
    put_wires,
    snapped,
)
from workbench.edits.dressing import take_off
from workbench.edits.joining import joined
from workbench.edits.saved import add_saved
from workbench.edits.shown import shown_anew, top

Mode = Literal["on", "muted", "bypassed"]
_MODE_LABELS: dict[Mode, str] = {
    "on": "Switch on {nodes}",
    "muted": "Mute {nodes}",
    "bypassed": "Bypass {nodes}",
}


def add_node(
    graph: Graph,
    kind: str,
    position: Point,
    *,
    catalogue: Catalogue,
    params: Mapping[str, Any] | None = None,
) -> Change:
    """Add a node of `kind`; its id is the second step of the first put's path.

    Other parameters are not written, so they follow the kind's defaults until set.
    """
    if kind.startswith(YOURS):
        return add_saved(graph, saved(kind), position)
    info = catalogue.kinds.get(kind)
    if info is None:
        raise Refusal(
            "The kind {kind} is not installed.", "Install the plug-in that brings it.", kind=kind
        )
    node = graph.fresh_id(info.title or kind)
    puts = [
        Put(("nodes", node), Place(kind=kind, params=dict(params or {}))),
        Put(("layout", "positions", node), snapped(position)),
    ]
    if info.role == "view":
        puts.append(Put(("layout", "views"), [*graph.layout.views, node]))
    return Change(say("Add {node}", node=NodeName(kind=kind)), tuple(puts))


def remove(
    graph: Graph,
    ids: Iterable[str],
    wires: Iterable[Wire] = (),
    *,
    through: Catalogue | None = None,
) -> Change:
    """Remove nodes with their wires, frames and notes, and the given wires.

    The first twin of a removed owner takes over its weights and parameters. With a catalogue for
    `through`, wires that a bypass would pass on are joined.
    """
    ids, cut = [i for i in ids if i not in BORDER], set(wires) & set(graph.wires)
    gone = set(known(graph, ids))
    puts = _heirs(graph, gone)
    left = [w for w in graph.wires if w not in cut]
    kept, heirs = [w for w in left if not {w.source, w.target} & gone], dict[Wire, Wire]()
    if through is not None:
        kept, heirs = joined(replace(graph, wires=left), gone, through)
    if kept != graph.wires:
        puts += put_wires(graph, kept, heirs)
    puts += [Put(("nodes", node), ABSENT) for node in graph.nodes if node in gone]
    puts += layout_without(graph, ids, gone)
    return Change(_remove_label(graph, ids, cut), tuple(puts))


def _remove_label(graph: Graph, ids: list[str], cut: set[Wire]) -> Text:
    if ids:
        return say("Remove {nodes}", nodes=names_of(graph, ids))
    return disconnecting(len(cut))


def layout_without(
    graph: Board, ids: list[str], gone: set[str], *, shown: bool = False
) -> list[Put]:
    """Return the puts that leave nodes, frames and notes out of a layout.

    With `shown`, the views and inputs among them stay: their paths change.
    """
    layout, puts = graph.layout, []
    for part in ("positions", "frames", "notes"):
        puts += [Put(("layout", part, i), ABSENT) for i in ids if i in getattr(layout, part)]
    puts += take_off(layout, gone)
    return puts if shown else puts + shown_anew(layout, lambda p: "" if top(p) in gone else p)


def _heirs(graph: Graph, gone: set[str]) -> list[Put]:
    """Give the weights of each removed node to its first remaining twin."""
    puts: list[Put] = []
    heirs: dict[str, str] = {}
    for node, place in graph.nodes.items():
        if node in gone or place.twin not in gone:
            continue
        heir = heirs.setdefault(place.twin, node)
        changed = copy(place)
        changed.twin = "" if heir == node else heir
        if heir == node and place.twin in graph.nodes:
            changed.params = copy(graph.nodes[place.twin].params)
            changed.driven = list(graph.nodes[place.twin].driven)
        puts.append(Put(("nodes", node), changed))
    return puts


def set_param(graph: Graph, node: str, name: str, value: Any) -> Change:
    """Set a parameter; a twin's is its owner's. `ABSENT` restores the default."""
    must_be_node(graph, node)
    owner = graph.owner(node)
    param = PortName(name, graph.nodes[owner].kind)
    label = say("Set {param} of {node}", param=param, node=name_of(graph, owner))
    return Change(label, (Put(("nodes", owner, "params", name), value),))


def reset_params(graph: Graph, node: str, names: Iterable[str]) -> Change:
    """Reset a node's parameters to their defaults."""
    set_ones = [name for name in names if name in graph.nodes[node].params]
    puts = tuple(Put(("nodes", node, "params", name), ABSENT) for name in set_ones)
    return Change(say("Reset {node}", node=name_of(graph, node)), puts)


def take_params(graph: Graph, then: Graph, seed: int, run: str) -> Change:
    """Set the parameters and the seed that a run had; nodes and wires stay as they are.

    `then` is the graph of the run, `run` its name. Nodes that it did not have, or had as another
    kind, keep theirs.
    """
    puts: list[Put] = []
    for node, place in graph.nodes.items():
        old = then.nodes.get(node)
        if old is None or old.kind != place.kind or place.twin or old.twin:
            continue
        for name in dict.fromkeys([*place.params, *old.params]):
            value = old.params.get(name, ABSENT)
            if value != place.params.get(name, ABSENT):
                puts.append(Put(("nodes", node, "params", name), value))
    if seed != graph.settings.seed:
        puts.append(Put(("settings", "seed"), seed))
    if not puts:
        raise Refusal("The parameters are those of {run} already.", run=run)
    return Change(say("Take the parameters of {run}", run=run), tuple(puts))


def rename(graph: Graph, node: str, title: str) -> Change:
    """Set the title of a node, a frame or a note; "" restores the kind's title."""
    label = say("Rename {node}", node=name_of(graph, node))
    title = " ".join(title.split())
    for part in ("frames", "notes"):
        if node in getattr(graph.layout, part):
            return Change(label, (Put(("layout", part, node, "title"), title),))
    must_be_node(graph, node)
    return Change(label, (Put(("nodes", node, "title"), title),))


def set_mode(graph: Graph, ids: Iterable[str], mode: Mode) -> Change:
    """Mute, bypass or switch on nodes; if all are in that mode already, switch them on."""
    nodes = known(graph, ids)
    if nodes and all(graph.nodes[n].mode == mode for n in nodes):
        mode = "on"
    puts = tuple(Put(("nodes", n, "mode"), mode) for n in nodes)
    return Change(say(_MODE_LABELS[mode], nodes=names_of(graph, nodes)) if nodes else "", puts)


def twin(graph: Graph, ids: Iterable[str]) -> Change:
    """Add a twin, which shares the weights, beside each node."""
    nodes = known(graph, ids)
    puts: list[Put] = []
    taken = Graph(nodes=dict(graph.nodes))
    for node in nodes:
        place = graph.nodes[node]
        name = free_id(taken, node)
        taken.nodes[name] = place
        second = Place(kind=place.kind, title=place.title, twin=graph.owner(node))
        x, y = graph.layout.positions.get(node, [0.0, 0.0])
        puts.append(Put(("nodes", name), second))
        puts.append(Put(("layout", "positions", name), snapped((x + 48, y + 144))))
    label = say("Twin of {nodes}", nodes=names_of(graph, nodes)) if nodes else ""
    return Change(label, tuple(puts))


def set_setting(graph: Graph, name: str, value: Any) -> Change:
    """Set the graph's seed or device."""
    if name == "seed" and (not isinstance(value, int) or not 0 <= value < 2**63):
        raise Refusal("The seed must be a whole number from 0; it is {value}.", value=repr(value))
    label = say("Set the seed" if name == "seed" else "Set the device")
    return Change(label, (Put(("settings", name), value),))


def set_title(graph: Graph, title: str) -> Change:
    return Change("Name the graph", (Put(("title",), title),))


def apply_fix(graph: Graph, fix: Fix) -> Change:
    """Return the change that applies a problem's fix."""
    new = {path[1]: free_id(graph, path[1]) for path, value in fix.puts if _adds(path, value)}
    puts = []
    for path, value in fix.puts:
        way = tuple(new.get(step, step) for step in path)
        puts.append(Put(way, typed(way, value)))
    wires = tries.joined(graph.wires, _renamed(fix, new))
    if wires != graph.wires:
        puts += put_wires(graph, wires)
    return Change(fix.label, tuple(puts))


def _adds(path: list[str], value: Any) -> bool:
    return len(path) == 2 and path[0] == "nodes" and typed(tuple(path), value) is not ABSENT


def _renamed(fix: Fix, new: dict[str, str]) -> Fix:
    """Return a fix with new ids for the nodes it adds, if theirs are taken."""
    wires = [
        w._replace(source=new.get(w.source, w.source), target=new.get(w.target, w.target))
        for w in fix.wires
    ]
    return replace(fix, wires=wires)
