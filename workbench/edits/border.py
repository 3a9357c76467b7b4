"""The border around nodes that become a group: its ports, and the wires on both sides."""

from __future__ import annotations

from engine.document.catalogue import Catalogue
from engine.document.graph import Board, Group, GroupPort, Wire
from engine.document.naming import IN, OUT
from engine.document.wiring import MODEL
from workbench.edits.base import free_name

LAST = ("view", "metric", "trainer")  # roles of what a graph ends in
ENDS = (*LAST, "optimizer")

End = tuple[str, str]
"""A node and its port."""


class Border:
    """The border around the nodes `inside`, of a group that is to be called `instance`.

    Each value that crosses it has a port, named after the port inside. Where nothing leads out, so
    have the outputs of the last nodes and, if nothing in it runs by itself, the required inputs
    without a wire: else a part that is drawn before the rest could not be wired to it. An instance
    whose required input is open sleeps, so what is in use gets no such port.
    """

    def __init__(self, board: Board, inside: set[str], instance: str, catalogue: Catalogue) -> None:
        self.board, self.inside, self.instance = board, inside, instance
        self.kinds = {node: catalogue.of(board.nodes[node]) for node in inside}
        self.inputs: dict[End, str] = {}
        self.outputs: dict[End, str] = {}

    def split(self) -> tuple[Group, list[Wire]]:
        """Return the group with its ports and wires, and the wires that stay outside."""
        within: list[Wire] = []
        outside: dict[Wire, None] = {}
        for wire in self.board.wires:
            source, target = wire.source in self.inside, wire.target in self.inside
            end = wire.source, wire.output
            if source and target:
                within.append(wire)
            elif target:
                port = self._port(self.inputs, end, wire.input)
                within.append(wire._replace(source=IN, output=port))
                outside[wire._replace(target=self.instance, input=port)] = None
            elif source:
                port = self._port(self.outputs, end, _named(*end))
                outside[wire._replace(source=self.instance, output=port)] = None
            else:
                outside[wire] = None
        names = [*self.inputs.values()]
        unused = not self.outputs and not any(k and k.role in ENDS for k in self.kinds.values())
        for end in self._needed() if unused else []:
            names.append(free_name(end[1], {*names}))
            within.append(Wire(IN, names[-1], *end))
        for end in self._last() if not self.outputs else []:
            self._port(self.outputs, end, _named(*end))
        out = [Wire(*end, OUT, name) for end, name in self.outputs.items()]
        ports = [[GroupPort(name=n) for n in found] for found in (names, self.outputs.values())]
        return Group(inputs=ports[0], outputs=ports[1], wires=within + out), list(outside)

    def _port(self, ports: dict[End, str], end: End, name: str) -> str:
        if end not in ports:
            ports[end] = free_name(name, {*ports.values()})
        return ports[end]

    def _needed(self) -> list[End]:
        """Return the required inputs without a wire."""
        fed = {(wire.target, wire.input) for wire in self.board.wires}
        return [
            (node, port.name)
            for node in self._on()
            if (kind := self.kinds[node])
            for port in kind.inputs
            if not port.optional and (node, port.name) not in fed
        ]

    def _last(self) -> list[End]:
        """Return the outputs of the nodes that lead nowhere; not their models beside others."""
        leading = {wire.source for wire in self.board.wires}
        found = []
        for node in self._on():
            kind = self.kinds[node]
            if kind and node not in leading and kind.role not in LAST:
                names = [port.name for port in kind.outputs]
                found += [(node, n) for n in names if n != MODEL or len(names) == 1]
        return found

    def _on(self) -> list[str]:
        nodes = self.board.nodes
        return [n for n in nodes if n in self.inside and nodes[n].mode == "on"]


def _named(node: str, port: str) -> str:
    return f"{node}_{MODEL}" if port == MODEL else port
