"""Torch operations of a training step: the count does not vary with the load of a machine."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

import resources
from engine.document.graph import load
from engine.run.session import Session

MOST = {
    "ddpm-moons": 101,
    "ot-cfm-moons": 204,
    "score-moons": 125,
    "realnvp-moons": 612,
    "gan-ring": 377,
}
"""Operations of a step with gradients and optimiser; where one takes fewer, lower its number."""
WARM, STEPS = 3, 4


class Count(TorchDispatchMode):
    """Counts the operations that torch dispatches."""

    count = 0

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        self.count += 1
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("name", MOST)
def test_a_step_takes_no_more_operations(name: str) -> None:
    session = Session(seed=0)
    session.update(load(resources.path("examples", f"{name}.graph.json")))
    session.begin(fresh=True)
    (trainer,) = session.program.of_role("trainer")
    torch.manual_seed(0)
    frames = session.program.frames(trainer)
    for _ in range(WARM):
        next(frames)
    with Count() as found:
        for _ in range(STEPS):
            next(frames)
    assert found.count / STEPS <= MOST[name]
