"""The optimiser goes on from its saved moments as if it had never stopped."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn

from engine.document.messages import Fault
from engine.run.session import Session
from nodes.data import memory
from nodes.errors import InputRefused
from nodes.networks.blocks import lay_channels_last
from nodes.training.optimizer import Optimizer, refuse_too_large
from nodes.training.trainer import Trainer
from tests.engine.toy import Listener, digits
from tests.running import run


def network() -> nn.Conv2d:
    torch.manual_seed(0)
    net = nn.Conv2d(2, 4, 3)
    lay_channels_last(net)
    return net


def losses(net: nn.Module) -> Iterator[Tensor]:
    x = torch.linspace(-1, 1, 2 * 2 * 25).reshape(2, 2, 5, 5)
    while True:
        yield (net(x) - 1).square().mean()


def prepared(algorithm: str, net: nn.Module) -> Optimizer:
    optimizer = Optimizer(algorithm=algorithm, rate=0.01)
    return optimizer(losses(net), [net])


@pytest.mark.parametrize("algorithm", ["Adam", "AdamW", "Muon", "SGD", "RMSprop"])
def test_moments_keep_their_places_in_kernels_laid_channels_last(algorithm: str) -> None:
    """A file holds numbers in order of the axes; torch's fused steps read them as they lie."""
    net = network()
    first = prepared(algorithm, net)
    first.prepare()
    for _ in range(3):
        first.turn(progress=0.0)
    again = network()
    again.load_state_dict(net.state_dict())
    second = prepared(algorithm, again)
    second.set_extra_state({k: v.contiguous() for k, v in first.get_extra_state().items()})
    second.prepare()
    for optimizer in (first, second):
        optimizer.turn(progress=0.0)
    assert torch.equal(again.weight, net.weight)


@pytest.mark.parametrize("schedule", ["constant", "linear"])
def test_warmup_rises_evenly_and_ends_when_it_says(schedule: str) -> None:
    """A slope of one a step: SGD without momentum goes as far as the rate is."""
    weight = nn.Linear(1, 1, bias=False).requires_grad_()
    slope = torch.ones(1, 1)
    node = Optimizer(algorithm="SGD", rate=0.1, beta1=0.0, warmup=4, schedule=schedule)
    optimizer = node(iter(lambda: weight(slope).sum(), None), [weight])
    optimizer.prepare()
    steps = []
    for turn in range(8):
        before = weight.weight.item()
        optimizer.turn(progress=turn / 8)
        steps.append(before - weight.weight.item())
    falls = [1.0 if schedule == "constant" else 1 - turn / 8 for turn in range(8)]
    rises = [0.25, 0.5, 0.75, *[1.0] * 5]
    wanted = [0.1 * up * down for up, down in zip(rises, falls, strict=True)]
    assert steps == pytest.approx(wanted, rel=1e-4)


def test_small_data_are_seen_often_enough_where_no_length_is_given() -> None:
    trainer = Trainer()
    trainer.epoch_length = 12
    assert trainer.total() == 3000
    trainer.epoch_length = 469
    assert trainer.total() == 4690
    assert Trainer(epochs=2.0).total() == 2000 and Trainer(epochs=2.0, steps=5).total() == 5


@pytest.mark.parametrize(("algorithm", "copies"), [("Adam", 3), ("SGD", 1)])
def test_a_training_that_has_no_room_is_refused_before_it_ends_the_process(
    monkeypatch: pytest.MonkeyPatch, algorithm: str, copies: int
) -> None:
    net, other = network(), network()
    pair = [prepared(algorithm, net), prepared(algorithm, other)]
    for optimizer in pair:
        optimizer.prepare()
    wanted = 2 * copies * 4 * sum(p.numel() for p in net.parameters())
    monkeypatch.setattr(memory, "free", lambda: wanted)
    refuse_too_large(pair)
    monkeypatch.setattr(memory, "free", lambda: wanted - 1)
    with pytest.raises(InputRefused, match="beside its weights"):
        refuse_too_large(pair)
    for optimizer in pair:  # what has begun has its room
        optimizer.turn(progress=0.0)
    if algorithm == "Adam":
        refuse_too_large(pair)


def test_a_run_without_room_fails_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    session, host = Session(device="cpu"), Listener()
    session.update(digits(steps=2))
    monkeypatch.setattr(memory, "free", lambda: 1000)
    assert run(session, host, view_share=0.0) == "failed"
    (fault,) = [e.problem for e in host.of(Fault) if e.problem.level == "error"]
    assert "beside its weights" in str(fault.sentence) and fault.node == "trainer"
