"""The quick step of Adam is torch's own, bit for bit."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from nodes.training.adam_step import AdamStep, step_of

KINDS = {"Adam": torch.optim.Adam, "AdamW": torch.optim.AdamW}
each_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(5, 7), nn.Tanh(), nn.Linear(7, 3))


def made(kind: type, model: nn.Module, **settings: float) -> torch.optim.Optimizer:
    adam: torch.optim.Optimizer = kind(model.parameters(), lr=0.01, fused=True, **settings)
    return adam


def give_gradients(model: nn.Module, number: int) -> None:
    generator = torch.Generator().manual_seed(number)
    for p in model.parameters():
        p.grad = torch.randn(p.shape, generator=generator)


def bits(model: nn.Module, optimizer: torch.optim.Optimizer) -> list[torch.Tensor]:
    states = [optimizer.state[p] for p in model.parameters()]
    return [*model.parameters(), *(value for state in states for value in state.values())]


def must_be_same(ours: list[torch.Tensor], theirs: list[torch.Tensor]) -> None:
    assert len(ours) == len(theirs) > 0
    assert all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))


@each_kind
def test_weights_and_moments_are_torchs_while_settings_change(kind: type) -> None:
    ours, theirs = network(), network()
    our_adam = made(kind, ours, weight_decay=0.1)
    their_adam = made(kind, theirs, weight_decay=0.1)
    step = step_of(our_adam)
    assert isinstance(step, AdamStep)
    for number in range(20):
        for model, adam in ((ours, our_adam), (theirs, their_adam)):
            give_gradients(model, number)
            rate = {"lr": 0.01 / (1 + number), "betas": (0.9 - 0.02 * number, 0.999)}
            adam.param_groups[0].update(rate)
        step()
        their_adam.step()
        must_be_same(bits(ours, our_adam), bits(theirs, their_adam))


@each_kind
def test_a_parameter_without_gradient_stays_as_it_is(kind: type) -> None:
    ours, theirs = network(), network()
    our_adam, their_adam = made(kind, ours), made(kind, theirs)
    step = step_of(our_adam)
    for number, without in enumerate([0, None, 0, 2, None, None]):
        for model in (ours, theirs):
            give_gradients(model, number)
            if without is not None:
                model[without].weight.grad = None
        step()
        their_adam.step()
        must_be_same(list(ours.parameters()), list(theirs.parameters()))


def test_moments_that_were_there_before_go_on() -> None:
    ours, theirs = network(), network()
    our_adam, their_adam = made(torch.optim.Adam, ours), made(torch.optim.Adam, theirs)
    for number in range(6):
        if number % 3 == 0:
            step = step_of(our_adam)
        for model in (ours, theirs):
            give_gradients(model, number)
        step()
        their_adam.step()
    must_be_same(bits(ours, our_adam), bits(theirs, their_adam))


def test_other_rules_keep_torchs_own_step() -> None:
    sgd = torch.optim.SGD(network().parameters(), lr=0.1)
    assert step_of(sgd) == sgd.step


@each_kind
def test_weights_of_two_types_take_torchs_own_step(kind: type) -> None:
    model = network()
    model[2].double()
    adam = made(kind, model)
    step = step_of(adam)
    assert isinstance(step, AdamStep)
    for _ in range(2):
        for p in model.parameters():
            p.grad = torch.ones_like(p)
        step()
    assert not step.moments
