"""Open a network as layers: a group of layer nodes takes its place, with the same weights."""

from __future__ import annotations

from msgspec.structs import replace

from engine.document.catalogue import Catalogue
from engine.document.expand import Expanded, expand
from engine.document.graph import GROUP, Board, Change, Graph, Group, Place, Put, apply, copy
from engine.document.opened import ROOT
from engine.document.wiring import acting_wires, running_order
from nodes.errors import Refusal
from nodes.sentences import say
from workbench.edits.base import free_name, must_be_node, name_of
from workbench.edits.groups import board_of
from workbench.edits.saved import bring_groups


def open_as_layers(
    graph: Graph, node: str, layers: Graph, catalogue: Catalogue, title: str = "", within: str = ""
) -> Change:
    """Put an instance of the group in `layers` in the place of a network and of its twins.

    `layers` is what the engine says of the network. Identities stay, and with them what the places
    in the group tell of their weights' origin. `title` is that of the group.
    """
    board = board_of(graph, within)
    must_be_node(board, node)
    owner = board.owner(node)
    _must_be_set_here(board, owner, node)
    part = copy(layers)
    inside = part.groups.pop(part.nodes[ROOT].group)
    puts = bring_groups(graph, Graph(nodes=inside.nodes, groups=part.groups))
    name = free_name(layers.nodes[ROOT].group, {*graph.groups, *part.groups})
    inside.title = title or inside.title
    head = ("groups", within) if within else ()
    puts.append(Put(("groups", name), inside))
    opened = [owner, *(n for n, p in board.nodes.items() if p.twin == owner)]
    for each in opened:
        place = replace(copy(board.nodes[each]), kind=GROUP + name, params={})
        if each == owner:
            place.params = copy(layers.nodes[ROOT].params)
        puts.append(Put((*head, "nodes", each), place))
    label = say("Open {node} as layers", node=name_of(board, node))
    return _in_order(graph, Change(label, tuple(puts)), catalogue)


def _must_be_set_here(board: Board, owner: str, node: str) -> None:
    """Refuse where the group around sets a parameter of the network, which would be gone."""
    for name, promoted in board.params.items() if isinstance(board, Group) else ():
        if any(target.node == owner for target in promoted.to):
            raise Refusal(
                "The group sets a parameter of {node}: {param}.",
                "Take it back from outside first.",
                node=name_of(board, node),
                param=promoted.title or name,
            )


def _in_order(graph: Graph, change: Change, catalogue: Catalogue) -> Change:
    """Return the change with the order in which nodes run kept: random numbers are drawn in it."""
    before, after = expand(graph, catalogue), copy(graph)
    apply(after, change)
    plain = expand(replace(after, sequence=[]), catalogue)
    was = _runs(before)
    wanted: list[str] = []
    of: dict[str, str] = {}
    for name in was:
        home = before.home(name)
        path = home.path if home else name
        below = plain.leaves.get(path) or [plain.flat.get(path, name)]
        wanted += below
        of |= dict.fromkeys(below, name)
    found = list(dict.fromkeys(of.get(name, name) for name in _runs(plain)))
    sequence = [] if found == was else wanted
    if sequence == graph.sequence:
        return change
    return Change(change.label, (*change.puts, Put(("sequence",), sequence)))


def _runs(expanded: Expanded) -> list[str]:
    wires = acting_wires(expanded.graph, expanded.catalogue)
    return running_order(expanded.graph, wires, expanded.graph.nodes)


def is_network(place: Place, catalogue: Catalogue) -> bool:
    """Return whether a place can be opened as layers."""
    kind = catalogue.of(place)
    return kind is not None and kind.opens
