"""What optimal pairs cost: the share of a step of flow matching that its plan takes.

The example's network and batches of 256, eight Gaussians to two moons. Steps with the optimal plan
and steps with pairs as they come take turns; CPU seconds of this process count.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

import pytest
import torch

from nodes.data.curves import TwoMoons
from nodes.data.toys import EightGaussians
from nodes.diffusion.denoiser_mlp import DenoiserMLP
from nodes.matching.coupling import Coupling, assignment, costs
from nodes.matching.flow_matching import FlowMatchingLoss

pytestmark = [pytest.mark.bench, pytest.mark.timeout(300)]

BATCH, HIDDEN, STEPS, TURNS = 256, [256, 256, 256, 256], 10, 15


def stepper(coupling: Coupling) -> Callable[[], None]:
    """Return what makes one whole step: data, plan, network both ways, Adam, EMA."""
    torch.manual_seed(0)
    source, target = EightGaussians(batch=BATCH), TwoMoons(batch=BATCH)
    model, loss = (
        DenoiserMLP(predicts="velocity", hidden=HIDDEN),
        FlowMatchingLoss(coupling=coupling),
    )
    loss(source().points, target().points, model)
    weights = list(model.parameters())
    adam = torch.optim.Adam(weights, 2e-3, fused=True)
    average = [p.detach().clone() for p in weights]

    def step() -> None:
        adam.zero_grad(set_to_none=True)
        loss(source().points, target().points, model).backward()
        adam.step()
        torch._foreach_lerp_(average, [p.detach() for p in weights], 0.002)

    return step


def seconds(step: Callable[[], None], count: int = STEPS) -> float:
    before = time.process_time()
    for _ in range(count):
        step()
    return (time.process_time() - before) / count


def test_the_plan_takes_less_than_half_of_a_step() -> None:
    torch.set_num_threads(1)
    optimal, plain = stepper("exact OT"), stepper("as paired")
    seconds(optimal), seconds(plain)
    turns = [(seconds(optimal), seconds(plain)) for _ in range(TURNS)]
    whole, rest = (median(times) for times in zip(*turns, strict=True))
    share = median(1 - b / a for a, b in turns)
    print(f"\na step {1e3 * whole:.2f} ms, without the plan {1e3 * rest:.2f} ms: share {share:.2f}")
    assert share < 0.5


def test_the_assignment_is_quicker_than_pot() -> None:
    import ot

    generator = torch.Generator().manual_seed(0)
    x, _ = EightGaussians().draw(BATCH, generator)
    y, _ = TwoMoons().draw(BATCH, generator)
    cost = costs(x, y)
    ours, theirs = (
        median(seconds(run, 5) for _ in range(7))
        for run in (lambda: assignment(cost), lambda: ot.emd([], [], cost.numpy()))
    )
    print(f"\nassignment {1e3 * ours:.2f} ms, POT's emd {1e3 * theirs:.2f} ms")
    assert ours < theirs
