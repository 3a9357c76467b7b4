"""Find, before a run, classes that a network is asked for but never learns."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from engine.document.catalogue import Catalogue, Fix, Problem, setting
from engine.document.graph import Graph
from engine.pull.classes import labels_into, with_classes
from engine.pull.plan import Call, Source, values_of
from engine.pull.program import Program
from nodes.base import Node
from nodes.sentences import PortName, say
from nodes.types import Range

Learned = Mapping[int, Range | None]
"""The classes that a training tells each network, by `id`; None where they are not known."""


@dataclass(frozen=True)
class Classes:
    """The labels of a checked program. `ranges`: of what outputs (node id, port) it is known."""

    graph: Graph
    catalogue: Catalogue
    program: Program
    ranges: Mapping[tuple[str, str], Range]

    def problems(self, broken: Collection[str]) -> Iterator[Problem]:
        """Warn of labels that go beyond all those that a loss tells the same network.

        Where the range of a label in a training is not known, its network is passed over.
        """
        calls = [call for name, call in self.program.calls.items() if name not in broken]
        training = self._training(calls)
        learned = self._learned(call for call in calls if call.slot in training)
        for call in calls:
            if call.slot not in training:
                yield from self._beyond(call, learned)

    def _training(self, calls: list[Call]) -> set[int]:
        """Return the slots of the calls that losses of optimisers pull."""
        optimizers = [call for call in calls if call.node.role == "optimizer"]
        losses = [s for call in optimizers for port, s in call.streams if port == "loss"]
        return {call.slot for call in self.program.upstream(losses)}

    def _learned(self, calls: Iterator[Call]) -> Learned:
        found: dict[int, Range | None] = {}
        for call in calls:
            for _, source in labels_into(call):
                told = self._range(source)
                for network in with_classes(call):
                    found[id(network)] = _joined(found.get(id(network), told), told)
        return found

    def _range(self, source: Source) -> Range | None:
        giver = self._giver(source)
        output = values_of(type(giver.node))[source.field or 0].name
        return self.ranges.get((giver.name, output))

    def _giver(self, source: Source) -> Call:
        return self.program.calls[self.program.order[source.slot]]

    def _beyond(self, call: Call, learned: Learned) -> Iterator[Problem]:
        for port, source in labels_into(call):
            asked = self._range(source)
            for network in with_classes(call):
                told = learned.get(id(network))
                if asked is not None and told is not None and not asked.within(told):
                    yield self._problem(call, port, source, network, asked, told)

    def _problem(
        self, call: Call, port: str, source: Source, network: Node, asked: Range, told: Range
    ) -> Problem:
        name = next(n for n, c in self.program.calls.items() if c.node is network)
        return Problem(
            node=call.name,
            port=port,
            level="warning",
            sentence=say(
                "{labels} go from {low} to {high}, but {node} learns only {least} to {most}.",
                labels=PortName(port),
                low=int(asked.low),
                high=int(asked.high),
                node=self.catalogue.name(self.graph, name),
                least=int(told.low),
                most=int(told.high),
            ),
            hint="Ask for classes that are in the data, or learn from data that have them.",
            fix=self._fewer(self._giver(source), asked, told),
        )

    def _fewer(self, giver: Call, asked: Range, told: Range) -> Fix | None:
        """Return the fix that lets a node give as many classes as are learned."""
        if getattr(giver.node, "classes", None) != asked.high + 1 or told.low or asked.low:
            return None
        owner = self.graph.owner(giver.name)
        param = self.catalogue[self.graph.nodes[owner]].param("classes")
        return None if param is None else setting(owner, param, int(told.high) + 1)


def _joined(one: Range | None, other: Range | None) -> Range | None:
    if one is None or other is None:
        return None
    return Range(min(one.low, other.low), max(one.high, other.high))
