"""Data wires led through the borders of groups: from the node that gives to the node that takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from engine.document.catalogue import Catalogue
from engine.document.graph import Group, Wire
from engine.document.naming import IN, OUT
from engine.document.scopes import Scope
from engine.document.wiring import MODEL

End = tuple[str, str]
"""A node of the flat graph and one of its outputs."""
At = tuple[Scope, str, str]
"""A node in a scope and one of its outputs; of the node `in`, an input of the scope."""
MOST_WIRES = 200_000


class Leading:
    """The wires of the flat graph. `model` makes an instance a node of it, and returns its id.

    Those `within` one instance, the node of a scope, lead from its border: from the node `in`.
    """

    def __init__(
        self,
        known: Catalogue,
        scopes: Iterable[Scope],
        model: Callable[[Scope, str], str],
        within: tuple[Scope, str] | None = None,
    ) -> None:
        self.known, self.scopes, self.model = known, scopes, model
        self.within = within
        self.found: dict[At, list[End]] = {}
        self.ways: dict[At, list[At]] = {}
        self.cut = False
        """Whether there were too many wires: then there are none."""

    def wires(self) -> list[Wire]:
        """Return the wires into each node, in the order that they have in its graph or group."""
        made: dict[Wire, None] = {}
        for scope in self.scopes:
            for wire in scope.board.wires:
                inner = scope.parent is not None and wire.target == OUT
                if inner or wire.target in scope.children:
                    continue
                if wire.input in scope.led.get(wire.target, ()):
                    continue  # a wire outside sets it
                target = scope.flat.get(wire.target, scope.path + wire.target)
                for source, output in self.ends((scope, wire.source, wire.output)):
                    made[Wire(source, output, target, wire.input)] = None
                if len(made) > MOST_WIRES:
                    self.cut = True
                    return []
            for wire in self._led(scope):
                made[wire] = None
        return list(made)

    def _led(self, scope: Scope) -> Iterator[Wire]:
        """Yield the wires from outside that set parameters of nodes in a scope."""
        for node, led in scope.led.items():
            if node not in scope.children:
                target = scope.flat.get(node, scope.path + node)
                for name, ways in led.items():
                    for end in (end for way in ways for end in self.ends(way)):
                        yield Wire(*end, target, name)

    def ends(self, start: At) -> list[End]:
        """Return the outputs of nodes that a wire from here leads from; of a circle none.

        It walks without recursion: any number of groups may only pass on.
        """
        todo = [start]
        while todo:
            at = todo[-1]
            if at in self.found:
                todo.pop()
            elif at in self.ways:
                ends = (end for way in self.ways.pop(at) for end in self.found.get(way, ()))
                self.found[at] = list(dict.fromkeys(ends))
            else:
                self._step(at)
                todo += [
                    w for w in self.ways.get(at, ()) if w not in self.found and w not in self.ways
                ]
        return self.found[start]

    def _step(self, at: At) -> None:
        """Find the end that a wire from here leads from, or the ways that lead on."""
        scope, node, output = at
        if node == IN and scope.parent is not None:
            ways = self._fed(scope, scope.parent, output)
            if ways is None:
                self.found[at] = [(IN, output)]
            else:
                self.ways[at] = ways
        elif node not in scope.children:
            self.found[at] = [(scope.flat.get(node, scope.path + node), output)]
        elif output == MODEL and not _gives(scope.children[node][0].board, MODEL):
            self.found[at] = [(self.model(scope, node), MODEL)]
        elif scope.board.nodes[node].mode == "bypassed":
            self.ways[at] = self._passed(scope, node, output)
        else:
            self.ways[at] = _given(scope.children[node][-1], output)

    def _fed(self, scope: Scope, outer: Scope, name: str) -> list[At] | None:
        """Return what an input of a scope is fed from: the copy before, or what is outside.

        Return None where that is the border of the instance that the wires are within.
        """
        if scope.before is not None and (output := chained(scope.board, name)):
            return _given(scope.before, output)
        if self.within == (outer, scope.instance):
            return None
        wires = outer.at.get((scope.instance, name), ())
        return [(outer, w.source, w.output) for w in wires]

    def _passed(self, scope: Scope, node: str, output: str) -> list[At]:
        """Return what a bypassed instance gives: its first wired input of the type."""
        kind = self.known[scope.board.nodes[node]]
        given = kind.output(output)
        for port in kind.inputs if given is not None else ():
            wires = scope.at.get((node, port.name), ())
            if wires and given is not None and self.known.fits(port, given):
                return [(scope, w.source, w.output) for w in wires[:1]]
        return []


def _given(scope: Scope, output: str) -> list[At]:
    return [(scope, w.source, w.output) for w in scope.at.get((OUT, output), ())]


def _gives(board: object, output: str) -> bool:
    return isinstance(board, Group) and any(port.name == output for port in board.outputs)


def chained(board: object, name: str) -> str:
    """Return the output of a copy that feeds this input of the next: of its name, or the only one.

    The only output feeds the first input. All other inputs are fed from outside.
    """
    assert isinstance(board, Group)
    outputs, inputs = [p.name for p in board.outputs], [p.name for p in board.inputs]
    if name in outputs:
        return name
    only = len(outputs) == 1 and outputs[0] not in inputs and [name] == inputs[:1]
    return outputs[0] if only else ""
