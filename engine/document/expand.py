"""The graph that runs: every instance of a group replaced by the nodes of the group.

Ids of inner nodes are paths, `unet/block#2/conv`. Data wires are led through the borders of groups.
An instance itself is a node only where another node holds its `model`.

A node's *identity* is what its weights, random numbers, curves and checkpoints go by, and the id
that it has in the flat graph. It is the path, unless a place says otherwise: `keys` of a place maps
paths below it to identities in the graph or group that the place lies in. So no edit that moves a
node into a group, out of one or into another loses its weights. Two nodes never share an identity:
keys are heard before paths, and who comes too late is given a number.

A graph without instances and keys is returned as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from engine.document.catalogue import Catalogue, PortInfo, param_problem
from engine.document.drawn import INSIDE, Drawn, drawn
from engine.document.graph import MOST_NODES, Graph, Place, Wire
from engine.document.groups import DEEPEST, Sizes, measured, targets, with_groups
from engine.document.leading import Leading
from engine.document.scopes import Given, Home, Inside, Led, Scope
from engine.document.wiring import MODEL, acting_wires


@dataclass
class Expanded:
    """A document, the flat graph of it, and what is where. `catalogue` has the groups as kinds."""

    document: Graph
    graph: Graph
    catalogue: Catalogue
    homes: dict[str, Home] = field(default_factory=dict)
    """Where each node of the flat graph comes from; empty without instances."""
    instances: dict[str, Home] = field(default_factory=dict)
    """Where each instance comes from, by path."""
    scopes: dict[str, Scope] = field(default_factory=dict)
    """The document, under "", and the copies of instances, by path; empty without instances."""
    flat: dict[str, str] = field(default_factory=dict)
    """The id in the flat graph of each path."""
    leaves: dict[str, list[str]] = field(default_factory=dict)
    """The ids in the flat graph of all nodes below the path of an instance."""
    asleep: set[str] = field(default_factory=set)
    """Nodes of instances that lack a required input: they are only called as models."""
    models: dict[str, Drawn] = field(default_factory=dict)
    """The models of instances that another node holds, by their id in the flat graph."""
    unexpanded: dict[str, str] = field(default_factory=dict)
    """The groups, by path, of instances that could not be expanded."""
    sizes: Sizes | None = None
    too_large: bool = False
    """Whether the groups hold more than can be expanded: none is then."""

    def id_of(self, path: str) -> str:
        """Return the id in the flat graph of a path; of an instance its path."""
        return self.flat.get(path, path)

    def home(self, node: str) -> Home | None:
        """Return where a node of the flat graph, or an instance by its path, comes from."""
        return self.homes.get(node) or self.instances.get(node)

    def acting_wires(self) -> list[Wire]:
        """Return the effective wires of the flat graph, with one from each node of a model to it.

        These carry no value: a model comes behind its nodes, and fails with them.
        """
        wires = acting_wires(self.graph, self.catalogue)
        inside = (
            Wire(leaf, MODEL, name, INSIDE)
            for name, model in self.models.items()
            if self.graph.nodes[name].mode == "on"
            for leaf in model.leaves
        )
        return [*wires, *inside] if self.models else wires


def expand(graph: Graph, catalogue: Catalogue) -> Expanded:
    """Return the flat graph of a document, and what is where in it."""
    if not any(place.group or place.keys for place in graph.nodes.values()):
        return Expanded(graph, graph, catalogue)
    return _Expansion(graph, with_groups(catalogue, graph)).run()


class _Expansion:
    """One expansion: scopes first, then identities, places and wires."""

    def __init__(self, document: Graph, known: Catalogue) -> None:
        self.document, self.known = document, known
        self.sizes = measured(document.groups)
        count, levels = self.sizes.of(document)
        self.whole = count <= MOST_NODES and levels <= DEEPEST
        self.insides = {name: Inside(group, name) for name, group in document.groups.items()}
        flat = replace(document, nodes={}, wires=[], groups={})
        self.found = Expanded(document, flat, known, sizes=self.sizes, too_large=not self.whole)
        self.root = Scope(Inside(document))
        self.scopes = [self.root]
        self.taken: set[str] = set()
        self.called: dict[str, tuple[Scope, str]] = {}
        """The instances whose models another node holds, by their id in the flat graph."""

    def run(self) -> Expanded:
        found, flat = self.found, self.found.graph
        self._open(self.root)
        found.scopes |= {scope.path[:-1]: scope for scope in self.scopes}
        self._name()
        for scope in self.scopes:
            for node, place in scope.board.nodes.items():
                if node not in scope.children:
                    self._lay(scope, node, place)
        leading = Leading(self.known, self.scopes, self._model)
        flat.wires = leading.wires()
        found.too_large = found.too_large or leading.cut
        for name, (scope, node) in self.called.items():
            found.models[name] = drawn(scope, node, flat, self.known)
        self._list_leaves()
        return found

    def _open(self, scope: Scope) -> None:
        """Make the scopes of the instances in a scope, and of those in them."""
        for node, place in scope.board.nodes.items():
            if not place.group:
                continue
            path = scope.path + node
            self.found.instances[path] = Home(path, scope.way_of(node), off=scope.off_of(node))
            inside = self.insides.get(place.group)
            if inside is None or not self.whole or place.group in self.sizes.endless:
                self.found.unexpanded[path] = place.group
                continue
            given, led = self._given(scope, node), self._led(scope, node)
            copies: list[Scope] = []
            for number in range(1, scope.board.nodes[scope.owner_of(node)].times + 1):
                before = copies[-1] if copies else None
                copies.append(Scope(inside, scope, node, place, number, before))
                copies[-1].given, copies[-1].led = given, led
            scope.children[node] = copies
            for child in copies:
                self.scopes.append(child)
                self._open(child)

    def _given(self, scope: Scope, node: str) -> dict[str, dict[str, Given]]:
        """Return what an instance gives to the parameters of its nodes, by node and parameter.

        A value that its own parameter refuses is not given: the problem is told at the instance.
        """
        owner = scope.owner_of(node)
        place, values = scope.board.nodes[owner], dict(scope.given.get(owner, {}))
        kind, group = self.known[place], self.document.groups[place.group]
        for name, value in place.params.items():
            if name not in values and param_problem(kind, owner, name, value) is None:
                values[name] = Given(value, scope.way_of(owner), name)
        given: dict[str, dict[str, Given]] = {}
        for name in values.keys() & group.params.keys():
            for target, _, _ in targets(self.known, group, group.params[name]):
                inner = given.setdefault(group.owner(target.node), {})
                inner[target.param] = values[name]
        return given

    def _led(self, scope: Scope, node: str) -> Led:
        """Return the wires that set parameters of an instance's nodes, by node and parameter.

        A twin's nodes share theirs with the owner's.
        """
        place, led = scope.board.nodes[node], dict(scope.led.get(node, {}))
        for name in place.driven if scope.owner_of(node) == node else ():
            wires = scope.at.get((node, name), ())
            if name not in led and wires:
                led[name] = [(scope, w.source, w.output) for w in wires]
        found: Led = {}
        group = self.document.groups[place.group]
        for name in led.keys() & group.params.keys():
            for target, info, _ in targets(self.known, group, group.params[name]):
                if info.drivable:
                    found.setdefault(group.owner(target.node), {})[target.param] = led[name]
        return found

    def _name(self) -> None:
        """Give each node its identity: first to those that a key names."""
        claims = [
            (*scope.identity(node), scope.path + node, scope, node)
            for scope in self.scopes
            for node in scope.board.nodes
            if node not in scope.children
        ]
        claims.sort(key=lambda claim: (not claim[1], claim[2]))
        for identity, _, path, scope, node in claims:
            scope.flat[node] = self.found.flat[path] = self._free(identity)

    def _free(self, identity: str) -> str:
        """Return an identity that no node has yet, and take it."""
        name, number = identity, 2
        while name in self.taken:
            name, number = f"{identity}~{number}", number + 1
        self.taken.add(name)
        return name

    def _lay(self, scope: Scope, node: str, place: Place) -> None:
        """Put a node into the flat graph."""
        name, path = scope.flat[node], scope.path + node
        given = scope.given.get(node, {})
        home = Home(path, scope.way_of(node), given, scope.off_of(node))
        self.found.homes[name] = home
        if path in self.found.unexpanded:
            self.found.instances[path] = home
        owner, inner = scope.owner(node)
        twin = owner.flat[inner]
        if twin == name:  # of its own; a twin of nothing stays one, so that a problem says so
            twin = scope.flat.get(place.twin, place.twin)
            params = {**place.params, **{key: g.value for key, g in given.items()}}
        else:
            params = {}
        mode = "muted" if scope.off else place.mode
        driven = list(dict.fromkeys([*place.driven, *scope.led.get(node, ())]))
        laid = replace(place, params=params, twin=twin, mode=mode, keys={}, driven=driven)
        self.found.graph.nodes[name] = place if laid == place else laid

    def _model(self, scope: Scope, node: str) -> str:
        """Put an instance whose model is held into the flat graph; return its id there."""
        if node not in scope.flat:
            path, place = scope.path + node, scope.board.nodes[node]
            scope.flat[node] = name = self._free(scope.identity(node)[0])
            self.found.flat[path] = name
            self.found.homes[name] = self.found.instances[path]
            mode = "muted" if scope.off else place.mode
            params = self._role_params(scope, node)
            laid = Place(kind=place.kind, title=place.title, mode=mode, params=params)
            self.found.graph.nodes[name] = laid
            self.called[name] = scope, node
        return scope.flat[node]

    def _role_params(self, scope: Scope, node: str) -> dict[str, Any]:
        """Return the parameters of an instance's role."""
        owner, inner = scope.owner(node)
        role = self.known.roles.get(self.document.groups[scope.board.nodes[node].group].acts_as)
        values = {**owner.board.nodes[inner].params, **owner.given_values(inner)}
        return {i.name: values[i.name] for i in (role.params if role else ()) if i.name in values}

    def _list_leaves(self) -> None:
        """List the nodes below each instance, and those of instances that lack an input."""
        leaves, asleep = self.found.leaves, self.found.asleep
        for scope in reversed(self.scopes):  # those inside come first
            if scope.parent is None:
                continue
            below = leaves.setdefault(scope.parent.path + scope.instance, [])
            for node in scope.board.nodes:
                inner = leaves.get(scope.path + node) if node in scope.children else None
                below += [scope.flat[node]] if inner is None else inner
        for scope in self.scopes:
            for node in scope.children:
                if lacking(scope, node, self.known):
                    asleep.update(leaves[scope.path + node])


def lacking(scope: Scope, node: str, known: Catalogue) -> list[PortInfo]:
    """Return the required inputs of an instance that no wire leads to."""
    kind = known[scope.board.nodes[node]]
    return [p for p in kind.inputs if not p.optional and (node, p.name) not in scope.at]
