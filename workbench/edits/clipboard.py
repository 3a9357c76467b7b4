"""Copy, paste, duplicate; the clipboard holds the text of a graph file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from json import JSONDecoder

from engine.document.catalogue import Catalogue
from engine.document.graph import (
    FORMAT,
    Change,
    Graph,
    Layout,
    Place,
    Put,
    Wire,
    apply,
    copy,
    dumps,
    loads,
)
from engine.document.groups import held_by
from nodes.errors import Refusal
from nodes.sentences import say
from workbench.edits.base import Point, free_id, known, names_of, snapped
from workbench.edits.dressing import put_on, worn
from workbench.edits.joining import takes_many
from workbench.edits.saved import bring_groups

SPACES = {ord(c): " " for c in "\u00a0\u202f\u2009"} | {ord(c): None for c in "\u200b\ufeff"}
_decoder = JSONDecoder()
OUTSIDE = "outside"  # of a copied part: its wires to other nodes, with the kinds of those


def copy_text(graph: Graph, ids: Iterable[str]) -> str:
    """Return nodes, frames and notes, and the wires between them, as the text of a graph file.

    A twin copied without its owner gets the owner's parameters, and a group gets weights of its
    own. Wires to other nodes are kept beside, each with the kind of that node.
    """
    ids = list(ids)
    nodes = known(graph, ids)
    part = Graph(nodes={n: copy(graph.nodes[n]) for n in nodes})
    for place in part.nodes.values():
        place.keys = {}
        if place.twin in graph.nodes and place.twin not in part.nodes:
            place.params = copy(graph.nodes[place.twin].params)
            place.driven = list(graph.nodes[place.twin].driven)
    part.wires = [w for w in graph.wires if w.source in part.nodes and w.target in part.nodes]
    part.layout = _layout_of(graph, ids, part.wires)
    part.groups = {name: copy(graph.groups[name]) for name in held_by(graph, part)}
    ends = [w for w in graph.wires if (w.source in part.nodes) != (w.target in part.nodes)]
    outside = [w for w in ends if _other(w, part) in graph.nodes]
    if outside:
        part.extra[OUTSIDE] = [[*w, graph.nodes[_other(w, part)].kind] for w in outside]
    return dumps(part)


def _other(wire: Wire, part: Graph) -> str:
    """Return the end of a wire that is not among the copied nodes."""
    return wire.target if wire.source in part.nodes else wire.source


def _layout_of(graph: Graph, ids: list[str], wires: list[Wire]) -> Layout:
    layout, keys = graph.layout, {str(w) for w in wires}
    return Layout(
        positions={i: list(p) for i, p in layout.positions.items() if i in ids},
        frames={i: copy(f) for i, f in layout.frames.items() if i in ids},
        notes={i: copy(n) for i, n in layout.notes.items() if i in ids},
        reroutes={k: copy(r) for k, r in layout.reroutes.items() if k in keys},
        **worn(layout, ids),
    )


def paste(
    graph: Graph,
    text: str,
    at: Point | None,
    catalogue: Catalogue,
    *,
    outside: bool = False,
) -> Change:
    """Add the content of `copy_text` with its top left corner at `at`; None: beside the original.

    Unknown kinds are pasted unchanged. With `outside`, wires to nodes that were not copied are
    drawn again where those are there and have room. Raise `Refusal` for other text.
    """
    part = loads(_in_page(text), "The clipboard") if FORMAT in text else Graph()
    if not part.nodes and not part.layout.frames and not part.layout.notes:
        raise Refusal("The clipboard holds no nodes.", "Copy nodes first.")
    names = _fresh_names(graph, part)
    dx, dy = _shift(part.layout, at)
    puts = bring_groups(graph, part)
    puts += [Put(("nodes", names[i]), _pasted(graph, part, i, names)) for i in part.nodes]
    puts += _layout_puts(part.layout, names, dx, dy)
    puts += put_on(graph.layout, part.layout, names)
    nodes = part.nodes
    wires = [_renamed(w, names) for w in part.wires if w.source in nodes and w.target in nodes]
    if wires:
        puts.append(Put(("wires",), [*graph.wires, *wires]))
        puts += _reroute_puts(part, names, dx, dy)
    views = [names[i] for i, p in part.nodes.items() if _is_view(p, catalogue)]
    if views:
        puts.append(Put(("layout", "views"), [*graph.layout.views, *views]))
    change = Change(say("Paste {nodes}", nodes=names_of(part, part.nodes or names)), tuple(puts))
    if not outside:
        return change
    again = _outside(graph, part, names, change, catalogue)
    return Change(change.label, _with_wires(graph, change, again))


def _in_page(text: str) -> str:
    """Return the graph in a text copied from a page, without what stands around it.

    Pages set spaces that no graph file has; where there is no whole graph, the text comes back.
    """
    for said in (text, text.translate(SPACES)):
        at = said.find("{")
        while 0 <= at < said.find(FORMAT):
            with suppress(ValueError):
                found, end = _decoder.raw_decode(said, at)
                if found.get("format") == FORMAT:
                    return said[at:end]
            at = said.find("{", at + 1)
    return text


def _outside(
    graph: Graph, part: Graph, names: dict[str, str], change: Change, catalogue: Catalogue
) -> list[Wire]:
    """Return the wires of a pasted part to nodes that were not copied, as far as they fit."""
    now, found = copy(graph), []
    apply(now, change)
    for wire, kind in _kept_outside(part):
        other = _other(wire, part)
        if other not in graph.nodes or graph.nodes[other].kind != kind:
            continue
        new = Wire(*(names.get(e, e) if i in (0, 2) else e for i, e in enumerate(wire)))
        into = now.wires_into(new.target, new.input)
        room = not into or takes_many(now, new.target, new.input, catalogue)
        if room and catalogue.refusal(now, new) is None:
            now.wires.append(new)
            found.append(new)
    return found


def _kept_outside(part: Graph) -> Iterator[tuple[Wire, str]]:
    """Yield what `copy_text` kept; a text from elsewhere may hold anything there."""
    kept = part.extra.get(OUTSIDE)
    for row in kept if isinstance(kept, list) else ():
        if isinstance(row, list) and len(row) == 5 and all(isinstance(e, str) for e in row):
            wire = Wire(*row[:4])
            if (wire.source in part.nodes) != (wire.target in part.nodes):
                yield wire, row[4]


def duplicate(graph: Graph, ids: Iterable[str], catalogue: Catalogue) -> Change:
    """Copy nodes beside themselves, with the wires between them and their inputs."""
    ids = list(ids)
    change = paste(graph, copy_text(graph, ids), None, catalogue)
    names = dict(zip(known(graph, ids), _node_ids(change), strict=True))
    incoming = [
        Wire(w.source, w.output, names[w.target], w.input)
        for w in graph.wires
        if w.target in names and w.source not in names
    ]
    return Change(
        say("Duplicate {nodes}", nodes=names_of(graph, ids)), _with_wires(graph, change, incoming)
    )


def _node_ids(change: Change) -> list[str]:
    return [p.path[1] for p in change.puts if len(p.path) == 2 and p.path[0] == "nodes"]


def _with_wires(graph: Graph, change: Change, wires: list[Wire]) -> tuple[Put, ...]:
    if not wires:
        return change.puts
    old = next((p.value for p in change.puts if p.path == ("wires",)), graph.wires)
    others = tuple(p for p in change.puts if p.path != ("wires",))
    return (*others, Put(("wires",), [*old, *wires]))


def _fresh_names(graph: Graph, part: Graph) -> dict[str, str]:
    """Return a free id in `graph` for each id of `part`, the same if possible."""
    layout = graph.layout
    others = dict.fromkeys([*layout.frames, *layout.notes], Place(kind=""))
    taken = Graph(nodes={**others, **graph.nodes})
    names: dict[str, str] = {}
    for old in [*part.nodes, *part.layout.frames, *part.layout.notes]:
        names[old] = free_id(taken, old)
        taken.nodes[names[old]] = Place(kind="")
    return names


def _pasted(graph: Graph, part: Graph, node: str, names: dict[str, str]) -> Place:
    place = copy(part.nodes[node])
    place.keys = {}  # the weights stay with the original
    if not place.twin:
        return place
    if place.twin in part.nodes:
        place.twin = names[place.twin]
        return place
    owner = graph.nodes.get(place.twin)
    if owner is not None and owner.kind == place.kind:
        place.twin, place.params, place.driven = graph.owner(place.twin), {}, []
    else:
        place.twin = ""
    return place


def _renamed(wire: Wire, names: dict[str, str]) -> Wire:
    return Wire(names[wire.source], wire.output, names[wire.target], wire.input)


def _corners(layout: Layout) -> list[list[float]]:
    rects = [*layout.frames.values(), *layout.notes.values()]
    return [*layout.positions.values(), *(r["rect"][:2] for r in rects if "rect" in r)]


def _shift(layout: Layout, at: Point | None) -> Point:
    corners = _corners(layout)
    if at is None or not corners:
        return 24.0, 24.0
    x, y = snapped(at)
    return x - min(c[0] for c in corners), y - min(c[1] for c in corners)


def _layout_puts(layout: Layout, names: dict[str, str], dx: float, dy: float) -> list[Put]:
    puts = [
        Put(("layout", "positions", names[i]), [x + dx, y + dy])
        for i, (x, y) in layout.positions.items()
        if i in names
    ]
    for part in ("frames", "notes"):
        for old, fields in getattr(layout, part).items():
            x, y, *size = fields.get("rect", [0, 0, 240, 120])
            moved = {**fields, "rect": [x + dx, y + dy, *size]}
            puts.append(Put(("layout", part, names[old]), moved))
    return puts


def _reroute_puts(part: Graph, names: dict[str, str], dx: float, dy: float) -> list[Put]:
    return [
        Put(("layout", "reroutes", str(_renamed(w, names))), [[x + dx, y + dy] for x, y in points])
        for w in part.wires
        if (points := part.layout.reroutes.get(str(w)))
    ]


def _is_view(place: Place, catalogue: Catalogue) -> bool:
    kind = catalogue.of(place)
    return kind is not None and kind.role == "view"
