"""What a pull costs beside its nodes: CPU time and memory of chains, against `nn.Sequential`.

Chains of `Linear` nodes of a plan take turns with the same modules in one `nn.Sequential`; CPU
seconds of this process count. Memory: the most that 20,000 items through 8 nodes hold at once.
"""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable
from statistics import median
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from engine.pull.generated import PlanFunction
from engine.pull.plan import Call, Source

pytestmark = [pytest.mark.bench, pytest.mark.timeout(300)]

PAIRS = 9


class Layer(nn.Linear):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x).relu()


class Data(nn.Module):
    def __init__(self, x: Tensor) -> None:
        super().__init__()
        self.x = x

    def forward(self) -> Tensor:
        return self.x


def chain(x: Tensor, count: int) -> tuple[PlanFunction, nn.Sequential]:
    nodes: list[Any] = [Data(x), *(Layer(x.shape[1], x.shape[1]) for _ in range(count))]
    plan = [Call(0, "data", nodes[0], (), (), ())]
    for slot in range(1, count + 1):
        plan.append(Call(slot, f"n{slot}", nodes[slot], (("x", Source(slot - 1)),), (), ()))
    return PlanFunction(tuple(plan), {count}, lambda call: {}), nn.Sequential(*nodes[1:])


def seconds(run: Callable[[], object], count: int) -> float:
    before = time.process_time()
    for _ in range(count):
        run()
    return (time.process_time() - before) / count


@pytest.mark.parametrize("width", [16, 64, 256])
def test_a_chain_of_nodes_beside_a_sequential(width: int) -> None:
    torch.set_num_threads(1)
    x = torch.randn(256, width)
    pull, whole = chain(x, 8)

    def ours() -> Tensor:
        return pull({}, lambda *_: None)[8]

    assert torch.equal(ours(), whole(x))
    seconds(ours, 20), seconds(lambda: whole(x), 20)
    pairs = [(seconds(ours, 200), seconds(lambda: whole(x), 200)) for _ in range(PAIRS)]
    ratio = median(a / b for a, b in pairs)
    print(f"\nwidth {width}: {1e6 * median(a for a, _ in pairs):.0f} us, a pull takes {ratio:.2f}")
    assert ratio < 1.1


class Most(TorchDispatchMode):
    """The most bytes that living results of operations hold at once."""

    def __init__(self) -> None:
        super().__init__()
        self.now = self.most = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **(kwargs or {}))
        if isinstance(made, Tensor) and not any(made is a for a in args):
            size = made.untyped_storage().nbytes()
            if made._base is None and made.storage_offset() == 0:
                self.now += size
                self.most = max(self.most, self.now)
                weakref.finalize(made, self._gone, size)
        return made

    def _gone(self, size: int) -> None:
        self.now -= size


def test_the_memory_of_20_000_items_through_8_nodes() -> None:
    x = torch.randn(20_000, 1000)
    pull, whole = chain(x, 8)
    found = {}
    with torch.no_grad():
        for name, run in {
            "pull": lambda: pull({}, lambda *_: None),
            "whole": lambda: whole(x),
        }.items():
            with Most() as most:
                run()
            found[name] = most.most / 2**20
    print(f"\nMB beside the input: a pull {found['pull']:.0f}, nn.Sequential {found['whole']:.0f}")
    assert found["pull"] <= found["whole"] * 1.01
