"""Edits of groups: make one of nodes, dissolve one. No weights are lost by either.

What the nodes were called, for weights and random numbers, goes into `keys`; the order in which
they run, where the wires leave it open, into `sequence`. `within` is the id of the group that is
edited, "" for the document itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from engine.document.catalogue import Catalogue
from engine.document.expand import expand
from engine.document.graph import (
    ABSENT,
    GROUP,
    Board,
    Change,
    Graph,
    Group,
    Layout,
    Place,
    Promoted,
    Put,
    Target,
    Wire,
    apply,
    copy,
)
from engine.document.groups import with_groups
from engine.document.naming import IN, OUT
from engine.document.wiring import MODEL, running_order
from nodes.errors import Refusal
from nodes.sentences import say
from workbench.edits.base import (
    free_name,
    known,
    must_be_node,
    name_of,
    names_of,
    put_wires,
    snapped,
)
from workbench.edits.border import Border
from workbench.edits.dressing import put_on, worn
from workbench.edits.names import across
from workbench.edits.nodes import layout_without
from workbench.edits.shown import Turn, inside, shown_anew, top


def board_of(graph: Graph, within: str) -> Board:
    """Return the document itself, or one of its groups."""
    return graph.groups[within] if within else graph


def group(graph: Graph, ids: Iterable[str], catalogue: Catalogue, within: str = "") -> Change:
    """Put nodes, frames and notes into a new group, with an instance in their place.

    A port of the group is named after the port inside, and each value crosses the border once
    (`Border`).
    """
    board, ids = board_of(graph, within), list(ids)
    nodes = known(board, ids)
    boxes = [i for i in ids if i in board.layout.frames or i in board.layout.notes]
    if not nodes:
        raise Refusal("There are no nodes to group.", "Select some.")
    _must_keep_twins(board, nodes)
    name = free_name("group", graph.groups)
    instance = board.fresh_id("group")
    border = Border(board, {*nodes}, instance, with_groups(catalogue, graph))
    definition, wires = border.split()
    identities = _identities(graph, board, catalogue)
    keys = {path: key for path, key in identities.items() if top(path) in border.inside}
    for node in nodes:
        definition.nodes[node] = replace(copy(board.nodes[node]), keys={})
    definition.layout = _layout_inside(board, nodes, boxes)
    inputs = {f"{node}.{port}": f"{IN}.{name}" for (node, port), name in border.inputs.items()}
    outputs = {f"{n}.{port}": f"{instance}.{name}" for (n, port), name in border.outputs.items()}
    definition.layout.names |= across(board, definition.wires, inputs)
    promotions = _promoted_in(board, definition, {*nodes}, instance)
    puts = [
        *put_wires(board, wires),
        *promotions,
        *layout_without(board, [*nodes, *boxes], {*nodes}, shown=True),
        *(Put(("nodes", node), ABSENT) for node in nodes),
        Put(("nodes", instance), Place(kind=GROUP + name, keys=keys)),
        Put(("layout", "positions", instance), _middle(board, nodes)),
    ]
    puts += [Put(("layout", "names", e), n) for e, n in across(board, wires, outputs).items()]
    return _whole(
        graph,
        say("Group {nodes}", nodes=names_of(board, nodes)),
        [
            Put(("groups", name), definition),
            *_at(within, puts),
            *_shown(graph, within, lambda p: f"{instance}/{p}" if top(p) in border.inside else p),
        ],
        catalogue,
    )


def ungroup(graph: Graph, instance: str, catalogue: Catalogue, within: str = "") -> Change:
    """Put the nodes of a group in the place of one of its instances.

    Its definition goes with the last instance.
    """
    board = board_of(graph, within)
    must_be_node(board, instance)
    place = board.nodes[instance]
    label = say("Dissolve {node}", node=name_of(board, instance))
    definition = graph.groups.get(place.group)
    if definition is None:
        raise Refusal("{node} is no group.", node=name_of(board, instance))
    _must_be_alone(board, instance, place, definition)
    taken = copy(board)
    names: dict[str, str] = {}
    for node in definition.nodes:
        names[node] = node if _is_free(taken, node, instance) else taken.fresh_id(node)
        taken.nodes[names[node]] = definition.nodes[node]
    puts = [
        *put_wires(board, _Led(board, definition, instance, names).wires()),
        *layout_without(board, [instance], {instance}, shown=True),
        Put(("nodes", instance), ABSENT),
    ]
    for node, inner in _taken_out(graph, board, instance, definition, names, catalogue).items():
        puts.append(Put(("nodes", node), inner))
    puts += _promoted_out(board, definition, instance, names)
    puts += _positions(board, definition, instance, names)
    puts += put_on(board.layout, definition.layout, names, {instance})
    led = {(w.source, w.input): w for w in definition.wires if w.target == OUT}
    for (node, port), wire in led.items():
        name = board.layout.names.get(f"{instance}.{port}")
        if name and node in names and f"{node}.{wire.output}" not in definition.layout.names:
            puts.append(Put(("layout", "names", f"{names[node]}.{wire.output}"), name))
    puts = [*_at(within, puts), *_shown(graph, within, _out_of(instance, names))]
    if not _used_elsewhere(graph, place.group, instance, within):
        puts.append(Put(("groups", place.group), ABSENT))
    return _whole(graph, label, puts, catalogue)


def _shown(graph: Graph, group: str, turn: Turn) -> list[Put]:
    """Return the puts after which the document shows the same nodes as before."""
    return shown_anew(graph.layout, lambda path: inside(graph, path, group, turn))


def _out_of(instance: str, names: dict[str, str]) -> Turn:
    """Return the path of a node below an instance once that is dissolved."""

    def turn(path: str) -> str:
        if top(path) != instance:
            return path
        inner = path.partition("/")[2]
        new = names.get(top(inner), "")
        return new + inner.removeprefix(top(inner)) if new else ""

    return turn


def _is_free(board: Board, node: str, but: str) -> bool:
    return node not in board.nodes or node == but


def _identities(graph: Graph, board: Board, catalogue: Catalogue) -> dict[str, str]:
    """Return the identity, within a board, of each path below it."""
    alone = Graph(nodes=board.nodes, wires=board.wires, groups=graph.groups)
    expanded = expand(alone, catalogue)
    return expanded.flat or {node: node for node in board.nodes}


def _must_keep_twins(board: Board, nodes: list[str]) -> None:
    """Refuse to part nodes that share their weights."""
    inside = {*nodes}
    for node, place in board.nodes.items():
        if place.twin in board.nodes and (node in inside) != (place.twin in inside):
            raise Refusal(
                "{node} shares the weights of {other}: one would be in the group, one outside.",
                "Select both.",
                node=name_of(board, node),
                other=name_of(board, place.twin),
            )


def _must_be_alone(board: Board, instance: str, place: Place, definition: Group) -> None:
    """Refuse to dissolve an instance whose copies, twins, model or bypass would be lost."""
    own = any(port.name == MODEL for port in definition.outputs)
    called = any(w.source == instance and w.output == MODEL for w in board.wires)
    twins = place.twin or any(p.twin == instance for p in board.nodes.values())
    node = name_of(board, instance)
    if place.times > 1:
        raise Refusal("{node} repeats its group.", "Set it to one copy first.", node=node)
    if twins:
        raise Refusal(
            "{node} shares its weights with another.", "Remove the twin first.", node=node
        )
    if called and not own:
        raise Refusal(
            "The model of {node} is in use.", "Remove the wires from it first.", node=node
        )
    if place.mode == "bypassed":
        raise Refusal("{node} is bypassed.", "Switch it on first.", node=node)


def _promoted_in(board: Board, definition: Group, inside: set[str], instance: str) -> list[Put]:
    """Promote what the group around sets inside once more; return its new promotions."""
    puts: list[Put] = []
    for name, promoted in board.params.items() if isinstance(board, Group) else ():
        targets: dict[Target, None] = {}
        inner: list[Target] = []
        for target in promoted.to:
            if target.node in inside:
                inner.append(target)
                targets[Target(instance, name)] = None
            else:
                targets[target] = None
        if inner:
            definition.params[name] = Promoted(title=promoted.title, to=inner, help=promoted.help)
            puts.append(Put(("params", name), replace(promoted, to=[*targets])))
    return puts


def _promoted_out(
    board: Board, definition: Group, instance: str, names: dict[str, str]
) -> Iterator[Put]:
    """Let what the group around sets at an instance be set at the nodes themselves."""
    for name, promoted in board.params.items() if isinstance(board, Group) else ():
        targets: dict[Target, None] = {}
        for target in promoted.to:
            inner = definition.params.get(target.param) if target.node == instance else None
            if inner is None:
                targets[target] = None
            else:
                targets |= {
                    t._replace(node=names[t.node]): None for t in inner.to if t.node in names
                }
        if [*targets] != promoted.to:
            yield Put(("params", name), replace(promoted, to=[*targets]))


def _taken_out(
    graph: Graph,
    board: Board,
    instance: str,
    definition: Group,
    names: dict[str, str],
    catalogue: Catalogue,
) -> dict[str, Place]:
    """Return the nodes of an instance as they are outside, with their identities."""
    place = board.nodes[instance]
    below = f"{instance}/"
    found: dict[str, Place] = {}
    for node, inner in definition.nodes.items():
        new = found[names[node]] = replace(copy(inner), keys={})
        new.twin = names.get(inner.twin, inner.twin)
        if place.mode == "muted":
            new.mode = "muted"
    for name, promoted in definition.params.items():
        for target in promoted.to if name in place.params else ():
            if target.node in names:
                owner = found[names[definition.owner(target.node)]]
                owner.params[target.param] = copy(place.params[name])
    for target in _driven_targets(board, definition, instance):
        if target.node in names:
            owner = found[names[target.node]]
            owner.driven = list(dict.fromkeys([*owner.driven, target.param]))
    for path, identity in _identities(graph, board, catalogue).items():
        if path.startswith(below):
            node, rest = _parted(path.removeprefix(below))
            new = names[node]
            if identity != new + (f"/{rest}" if rest and rest[0] != "#" else rest):
                found[new].keys[rest] = identity
    return found


def _driven_targets(board: Board, definition: Group, instance: str) -> dict[Target, list[Wire]]:
    """Return the parameters in an instance that wires to it set, each with these wires."""
    found: dict[Target, list[Wire]] = {}
    for name in board.nodes[instance].driven:
        wires = board.wires_into(instance, name)
        for target in definition.params[name].to if wires and name in definition.params else ():
            owner = definition.owner(target.node) if target.node in definition.nodes else ""
            found[Target(owner, target.param)] = wires
    return found


def _parted(path: str) -> tuple[str, str]:
    """Return the node that a path begins with, and the rest: `conv`, `#2/conv` or ""."""
    node = top(path)
    rest = path.removeprefix(node)
    return node, rest.removeprefix("/")


class _Led:
    """The wires of a board without the border of an instance."""

    def __init__(
        self, board: Board, definition: Group, instance: str, names: dict[str, str]
    ) -> None:
        self.board, self.definition = board, definition
        self.instance, self.names = instance, names

    def wires(self) -> list[Wire]:
        made: dict[Wire, None] = {}
        driven = _driven_targets(self.board, self.definition, self.instance)
        for wire in self.board.wires:
            if wire.target != self.instance:
                for end in self._outside(wire.source, wire.output, frozenset()):
                    made[Wire(*end, wire.target, wire.input)] = None
        for wire in self.definition.wires:
            if wire.target in self.names and Target(wire.target, wire.input) not in driven:
                for end in self._inside(wire.source, wire.output, frozenset()):
                    made[Wire(*end, self.names[wire.target], wire.input)] = None
        for target, wires in driven.items():
            for wire in wires if target.node in self.names else ():
                for end in self._outside(wire.source, wire.output, frozenset()):
                    made[Wire(*end, self.names[target.node], target.param)] = None
        return list(made)

    def _outside(self, source: str, output: str, seen: frozenset[str]) -> Iterator[tuple[str, str]]:
        """Yield the ends that an output on the board stands for."""
        if source != self.instance:
            yield source, output
            return
        for wire in self.definition.wires:
            if wire.target == OUT and wire.input == output:
                yield from self._inside(wire.source, wire.output, seen)

    def _inside(self, source: str, output: str, seen: frozenset[str]) -> Iterator[tuple[str, str]]:
        """Yield the ends that an output in the group stands for; of a circle none."""
        if source in self.names:
            yield self.names[source], output
        elif source == IN and output not in seen:
            for wire in self.board.wires:
                if wire.target == self.instance and wire.input == output:
                    yield from self._outside(wire.source, wire.output, seen | {output})


def _used_elsewhere(graph: Graph, name: str, instance: str, within: str) -> bool:
    """Return whether a group has another instance than this one."""
    boards = [("", graph), *graph.groups.items()]
    return any(
        place.group == name and (board, node) != (within, instance)
        for board, inner in boards
        for node, place in inner.nodes.items()
    )


def _whole(graph: Graph, label: object, puts: list[Put], catalogue: Catalogue) -> Change:
    """Return a change after which all nodes run in the order in which they ran before."""
    before = _runs(graph, catalogue)
    after = copy(graph)
    apply(after, Change("", tuple(puts)))
    plain = replace(after, sequence=[])
    sequence = [] if _runs(plain, catalogue) == before else before
    if sequence != graph.sequence:
        puts.append(Put(("sequence",), sequence))
    return Change(label, tuple(puts))  # type: ignore[arg-type]


def _runs(graph: Graph, catalogue: Catalogue) -> list[str]:
    """Return the order in which the nodes of a document run."""
    expanded = expand(graph, catalogue)
    return running_order(expanded.graph, expanded.acting_wires(), expanded.graph.nodes)


def _at(within: str, puts: Iterable[Put]) -> list[Put]:
    """Return puts of a board as puts of the document."""
    head = ("groups", within) if within else ()
    return [Put((*head, *put.path), put.value) for put in puts]


def _middle(board: Board, nodes: list[str]) -> list[float]:
    spots = [board.layout.positions[n] for n in nodes if n in board.layout.positions] or [
        [0.0, 0.0]
    ]
    return snapped([sum(s[side] for s in spots) / len(spots) for side in (0, 1)])


def _layout_inside(board: Board, nodes: list[str], boxes: list[str]) -> Layout:
    layout = board.layout
    spots = {n: [*board.layout.positions[n]] for n in nodes if n in board.layout.positions}
    if spots:
        lefts, tops = zip(*spots.values(), strict=True)
        top, gap = sum(tops) / len(tops), 240.0
        spots |= {IN: snapped([min(lefts) - gap, top]), OUT: snapped([max(lefts) + gap, top])}
    inside = {str(w) for w in board.wires if w.source in nodes and w.target in nodes}
    return Layout(
        positions=spots,
        frames={i: copy(layout.frames[i]) for i in boxes if i in layout.frames},
        notes={i: copy(layout.notes[i]) for i in boxes if i in layout.notes},
        reroutes={key: copy(way) for key, way in layout.reroutes.items() if key in inside},
        **worn(layout, nodes),
    )


def _positions(
    board: Board, definition: Group, instance: str, names: dict[str, str]
) -> Iterator[Put]:
    """Lay the nodes, frames and notes of a group around the place of its instance."""
    middle = _middle(definition, [*definition.nodes])
    x, y = board.layout.positions.get(instance, [0.0, 0.0])
    dx, dy = x - middle[0], y - middle[1]
    layout = definition.layout
    for node, spot in layout.positions.items():
        if node in names:
            yield Put(("layout", "positions", names[node]), snapped([spot[0] + dx, spot[1] + dy]))
    taken = {*board.nodes, *names.values(), *board.layout.frames, *board.layout.notes}
    for part in ("frames", "notes"):
        for box, fields in getattr(layout, part).items():
            name = free_name(box, taken)
            taken.add(name)
            left, top, *size = fields["rect"]
            moved = {**fields, "rect": [*snapped([left + dx, top + dy]), *size]}
            yield Put(("layout", part, name), moved)
