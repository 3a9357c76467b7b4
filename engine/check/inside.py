"""The nodes in the models of groups, as a check runs them: once, on what the first caller gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from weakref import proxy

from engine.check.cache import like
from engine.check.memory import Held, ModelFake, marks_of
from engine.pull.models import GroupModel, told
from engine.pull.plan import Call, Source
from nodes.base import Node, shape_of

if TYPE_CHECKING:
    from engine.check.sketch import Sketch


class Inside:
    """The models of groups in one check.

    `sleeping`: nodes that run only where a model is called. The others run in pulls as well: they
    are checked there.
    """

    def __init__(self, sketch: Sketch, sleeping: set[str]) -> None:
        self.sketch: Sketch = proxy(sketch)  # no circle: what a check made goes at its end
        self.sleeping = sleeping
        self.models = sketch.memory.models
        self.sound: dict[ModelFake, bool] = {}
        self.names: dict[int, set[str]] = {}
        for name, call in sketch.program.calls.items():
            self.names.setdefault(id(call.node), set()).add(name)
        self.slot = len(sketch.program.order)

    def held(self, node: Node) -> list[Held]:
        """Return the fakes that a caller of a node holds: its own, and those of the nodes in it."""
        if not isinstance(node, GroupModel):
            return [self.sketch.fakes[id(node)]]
        inner = (fake for _, part in node.inner.nodes() for fake in self.held(part))
        return [self.models[id(node)], *inner]

    def look(self, fake: ModelFake, given: Mapping[str, Any]) -> bool:
        """Run the nodes in a model, where they did not run yet; return whether none is broken."""
        if fake not in self.sound:
            self.sound[fake] = True
            inner = fake.node.inner
            if any(call.name in self.sleeping for call in inner.calls):
                self._run(fake, given)
            broken = self.sketch.report.broken
            self.sound[fake] = not any(call.name in broken for call in inner.calls)
            if not self.sound[fake]:
                broken |= self.names[id(fake.node)]
        return self.sound[fake]

    def _run(self, fake: ModelFake, given: Mapping[str, Any]) -> None:
        sketch, inner, first = self.sketch, fake.node.inner, self.slot
        self.slot += len(inner.inputs) + len(inner.calls)
        for number, port in enumerate(inner.inputs):
            if port in given:
                value = like(given[port])
                sketch.values[first + number] = value
                sketch.marks[first + number] = marks_of(value, 1)
                sketch.carried[first + number] = ()
        missing = {n for n, port in enumerate(inner.inputs) if port not in given}
        for call in inner.calls:
            moved = _moved(told(call, missing), first)
            runs = moved.is_fed() and not isinstance(call.node, GroupModel)
            if runs and sketch.filled(moved):
                sketch.run_call(moved)

    def see_pulled(self) -> None:
        """Note what models are built for whose nodes are pulled: for what these are given."""
        for fake in self.models.values():
            if fake.built is None and all(map(_is_built, self.held(fake.node)[1:])):
                inner, found = fake.node.inner, {}
                for slot, port in enumerate(inner.inputs):
                    shape = shape_of(next(self._given(fake, slot), None))
                    if shape is not None:
                        found[port] = shape
                if inner.needed <= found.keys():
                    fake.built = tuple(sorted(found.items()))

    def _given(self, fake: ModelFake, slot: int) -> Iterator[Any]:
        """Yield what a pull gives to an input of a model, at the first node that reads it."""
        sketch = self.sketch
        for call in fake.node.inner.calls:
            for port, source in call.single:
                if source.slot == slot and call.name not in self.sleeping:
                    pulled = dict(sketch.program.calls[call.name].single).get(port)
                    if pulled is not None and pulled.model is None and pulled.slot in sketch.values:
                        yield pulled.read(sketch.values)


def _is_built(fake: Held) -> bool:
    return fake.built is not None or not fake.node.has_weights()


def _moved(call: Call, by: int) -> Call:
    """Return a call with other slots."""

    def there(source: Source) -> Source:
        return replace(source, slot=source.slot + by)

    return replace(
        call,
        slot=call.slot + by,
        single=tuple((name, there(s)) for name, s in call.single),
        many=tuple((name, tuple(map(there, sources))) for name, sources in call.many),
    )
