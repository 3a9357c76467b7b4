"""Where a node lies: the document, or one copy of an instance in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from engine.document.graph import Board, Place, Wire

Way = tuple[str, ...]
"""The path of a place in the document: ("nodes", "data"), ("groups", "res", "nodes", "conv")."""


Led = dict[str, dict[str, list[tuple["Scope", str, str]]]]
"""By node and parameter: the scope, the node and the output that each wire comes from."""


class Given(NamedTuple):
    """A value that an instance gives to a parameter of a node in it, and where it is set."""

    value: Any
    way: Way
    param: str


@dataclass
class Home:
    """Where a node of the flat graph, or an instance, comes from.

    `way`: its place in the document, which an edit must change. `given`: those of its parameters
    that an instance sets. `off`: the outermost place that is muted or bypassed, if one is.
    """

    path: str
    way: Way
    given: dict[str, Given] = field(default_factory=dict)
    off: Way = ()


class Inside:
    """A board with its wires by the port that they lead to; the same for all its copies."""

    def __init__(self, board: Board, group: str = "") -> None:
        self.board = board
        self.way: Way = ("groups", group) if group else ()
        self.at: dict[tuple[str, str], list[Wire]] = {}
        for wire in board.wires:
            self.at.setdefault((wire.target, wire.input), []).append(wire)


class Scope:
    """The document, or one copy of an instance. `flat`: the ids of its nodes in the flat graph."""

    def __init__(
        self,
        inside: Inside,
        parent: Scope | None = None,
        instance: str = "",
        place: Place | None = None,
        number: int = 1,
        before: Scope | None = None,
    ) -> None:
        self.board, self.at, self.way = inside.board, inside.at, inside.way
        self.parent, self.instance, self.place, self.number = parent, instance, place, number
        self.before = before
        """The copy before this one."""
        self.name = instance if number == 1 else f"{instance}#{number}"
        self.path: str = f"{parent.path}{self.name}/" if parent else ""
        self.off: Way = parent.off_of(instance) if parent else ()
        self.given: dict[str, dict[str, Given]] = {}
        self.led: Led = {}
        """Where the parameters of its nodes get their values that wires outside set."""
        self.flat: dict[str, str] = {}
        self._original: Scope | None = None
        self.children: dict[str, list[Scope]] = {}
        keys = place.keys if place else {}
        self.keyed: bool = bool(keys) or (parent is not None and parent.keyed)

    def way_of(self, node: str) -> Way:
        """Return the place of one of its nodes in the document."""
        return (*self.way, "nodes", node)

    def off_of(self, node: str) -> Way:
        """Return the outermost muted or bypassed place that one of its nodes lies in, or ()."""
        return self.off or (self.way_of(node) if self.board.nodes[node].mode != "on" else ())

    def given_values(self, node: str) -> dict[str, Any]:
        """Return the values that outer instances give to parameters of one of its nodes."""
        return {name: given.value for name, given in self.given.get(node, {}).items()}

    def owner_of(self, node: str) -> str:
        """Return the node here that owns the weights of another: of the same kind, and no twin."""
        place = self.board.nodes[node]
        other = self.board.nodes.get(place.twin)
        sound = other is not None and other.kind == place.kind and not other.twin
        return place.twin if sound else node

    def owner(self, node: str) -> tuple[Scope, str]:
        """Return the scope and the id of the node that owns the weights of one of its nodes."""
        return self.original(), self.owner_of(node)

    def original(self) -> Scope:
        """Return the scope whose nodes own the weights of the nodes here: through all twins."""
        if self._original is None:
            self._original = self._found_original()
        return self._original

    def _found_original(self) -> Scope:
        if self.parent is None:
            return self
        outer, owner = self.parent.original(), self.parent.owner_of(self.instance)
        copies = outer.children[owner]
        number = 1 if outer.board.nodes[owner].shared else self.number
        return copies[number - 1]

    def identity(self, node: str) -> tuple[str, bool]:
        """Return the identity that a node claims, and whether a key says so."""
        place = self.board.nodes[node]
        if not self.keyed and not place.keys:
            return self.path + node, False
        path = place.keys.get("", node)
        claimed, scope = "" in place.keys, self
        while scope.parent is not None and scope.place is not None:
            key = scope.place.keys.get(path if scope.number == 1 else f"#{scope.number}/{path}")
            claimed = claimed or key is not None
            path = key or f"{scope.name}/{path}"
            scope = scope.parent
        return path, claimed
