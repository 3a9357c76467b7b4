"""The step that counts for a node: that of the stage of training on which it acts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from engine.pull.driving import Drive
from engine.pull.plan import Call, Plan, Source
from nodes.base import Node


class Stages:
    """The trainers of a program on which each node acts, in the order in which they run.

    What sets a parameter acts where the node of the parameter does. Trainers of later stages are
    no part of what the earlier ones do.
    """

    def __init__(
        self,
        trainers: Mapping[str, Call],
        drives: Sequence[Drive],
        reach: Callable[[Iterable[Source], set[int]], Iterable[Node]],
        upstream: Callable[[Iterable[Source]], Plan],
    ) -> None:
        """Find them. `reach` and `upstream` are those of the program."""
        self.trainers = trainers
        slots = {call.slot for call in trainers.values()}
        self._of: dict[int, list[str]] = {}
        for name, call in trainers.items():
            for node in reach(call.sources(streams=True), slots):
                self._of.setdefault(id(node), []).append(name)
        for drive in reversed(drives):
            acts = self._of.get(id(drive.call.node), [])
            for call in upstream([drive.source]):
                known = {*self._of.get(id(call.node), []), *acts}
                self._of[id(call.node)] = [name for name in self.trainers if name in known]

    def step_of(self, node: Node, running: str, step: int) -> int:
        """Return the step of the stage that a node acts on.

        Of several stages it is the one that runs, else the last before it. Where none runs it is
        the last that has begun. What acts on none has `step`, counted over all stages.
        """
        names = self._of.get(id(node))
        if not names:
            return step
        order = list(self.trainers)
        if running in order:
            past = [name for name in names if order.index(name) <= order.index(running)]
        else:
            past = [name for name in names if self.trainers[name].node.step]
        return self.trainers[past[-1] if past else names[0]].node.step
