"""The function of a plan: the values of its calls, nothing held too long, errors at their nodes."""

from __future__ import annotations

import gc
import random
import weakref
from typing import Any, ClassVar

import pytest
import torch

from engine.pull.generated import PlanFunction, _compiled
from engine.pull.plan import Call, Source
from nodes.base import Node


class Value:
    """A value that can be watched."""

    alive: ClassVar[weakref.WeakSet[Value]] = weakref.WeakSet()

    def __init__(self, number: int) -> None:
        self.number = number
        Value.alive.add(self)


class Sum(torch.nn.Module):
    """The sum of its inputs and a number of its own; notes how many values live meanwhile."""

    def __init__(self, own: int) -> None:
        super().__init__()
        self.own, self.most, self.fails = own, 0, False

    def forward(self, x: Any = (), more: Any = ()) -> Value:
        self.most = max(self.most, len(Value.alive))
        if self.fails:
            raise ZeroDivisionError("in its forward")
        return Value(self.own + sum(v.number for v in (*x, *more)))


class Frames(Sum):
    """A sum that takes three frames."""

    def forward(self, x: Any = (), more: Any = ()):
        for _ in range(3):
            value = super().forward(x, more)
            yield value


def call(slot: int, *read: int, node: torch.nn.Module | None = None) -> Call:
    half = len(read) // 2
    many = [("x", tuple(map(Source, read[:half]))), ("more", tuple(map(Source, read[half:])))]
    own: Any = node or Sum(slot)
    return Call(slot, f"n{slot}", own, (), tuple(m for m in many if m[1]), ())


def finish(call: Call, frames: Any, names: Any) -> Any:
    *_, last = frames
    return last


def function(plan: list[Call], wanted: set[int] | None) -> PlanFunction:
    return PlanFunction(tuple(plan), wanted, lambda call: {})


def some_plan(dice: random.Random, count: int) -> list[Call]:
    plan: list[Call] = []
    for slot in range(count):
        read = dice.sample(range(slot), min(slot, dice.randrange(4)))
        node = dice.choice([Sum, Frames])(slot)
        plan.append(call(slot, *read, node=node))
    return plan


def plainly_done(plan: list[Call], known: dict[int, Value]) -> dict[int, int]:
    found = {slot: value.number for slot, value in known.items()}
    for c in plan:
        if c.slot not in found:
            found[c.slot] = c.node.own + sum(found[s.slot] for s in c.sources(streams=False))
    return found


@pytest.mark.parametrize("seed", range(20))
def test_it_returns_what_the_calls_one_by_one_return(seed: int) -> None:
    dice = random.Random(seed)
    plan = some_plan(dice, 12)
    wanted = {slot for slot in range(12) if dice.random() < 0.3}
    made = function(plan, wanted if seed % 2 else None)
    for _ in range(3):
        known = {slot: Value(dice.randrange(99)) for slot in range(12) if dice.random() < 0.2}
        right = plainly_done(plan, known)
        found = made(known, finish)
        asked = (wanted if seed % 2 else set(range(12))) - known.keys()
        assert {slot: v.number for slot, v in found.items()} == {s: right[s] for s in asked}


@pytest.mark.parametrize("count", [3, 8, 30])
def test_a_chain_holds_one_value_beside_the_one_it_makes(count: int) -> None:
    gc.collect()
    plan = [call(0), *(call(slot, slot - 1) for slot in range(1, count))]
    function(plan, {count - 1})({}, finish)
    assert max(c.node.most for c in plan) <= 1
    function(plan, None)({}, finish)
    assert max(c.node.most for c in plan) == count - 1


@pytest.mark.parametrize("kind", [Sum, Frames])
@pytest.mark.parametrize("faulty", range(6))
def test_an_error_is_of_its_node_with_its_arguments(faulty: int, kind: type[Sum]) -> None:
    plan = [call(0), *(call(n, n - 1, n // 2, node=kind(n)) for n in range(1, 6))]
    made = function(plan, {5})
    for known in ({}, {0: Value(7)}):
        if faulty in known:
            continue
        plan[faulty].node.fails = True
        with pytest.raises(ZeroDivisionError) as caught:
            made(known, finish)
        failed = made.failed(caught.value)
        assert failed is not None
        assert failed[0] is plan[faulty]
        right = plainly_done(plan, known)
        given = [v.number for many in failed[1].values() for v in many]
        assert given == [right[s.slot] for s in plan[faulty].sources(streams=False)]


def test_an_error_of_something_else_is_of_no_node() -> None:
    made = function([call(0)], None)
    made({}, finish)
    assert made.failed(ValueError("raised elsewhere")) is None


def test_a_hook_of_torch_is_heard_whenever_it_comes() -> None:
    node = Sum(1)
    made = function([call(0, node=node)], None)
    made({}, finish)
    heard: list[Node] = []
    hook = node.register_forward_pre_hook(lambda module, _: heard.append(module))
    made({}, finish)
    hook.remove()
    made({}, finish)
    assert heard == [node]


def test_a_thousand_calls_are_one_function() -> None:
    plan = [call(0), *(call(slot, slot - 1) for slot in range(1, 1000))]
    assert function(plan, {999})({}, finish)[999].number == sum(range(1000))


def test_the_code_of_like_plans_is_compiled_once() -> None:
    _compiled.cache_clear()
    for _ in range(3):
        function([call(0), call(1, 0)], {1})({}, finish)
    assert _compiled.cache_info().misses == 1
