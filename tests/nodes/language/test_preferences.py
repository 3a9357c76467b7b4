"""Preferences: the pairs obey, the loss is DPO's, and the divergence is that of the two laws."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from nodes.errors import InputRefused, ParamRefused
from nodes.language.preference_loss import PreferenceLoss, log_likelihood
from nodes.language.preferences import Preferences
from nodes.language.rule import Rule, TextRule
from nodes.language.transformer import Transformer
from nodes.language.vocabularies import characters
from nodes.metrics.rule_rate import RuleRate, divergence
from nodes.training.lora import LoRA
from nodes.types import Shape

SIGNS = characters("ab\n", "", 0)


def model(seed: int = 0, spread: float = 0.5) -> Transformer:
    torch.manual_seed(seed)
    sizes = {"preset": "own", "layers": 1, "heads": 1, "width": 8}
    net = Transformer(vocabulary=len(SIGNS.pieces), **sizes)
    net.build_for({"tokens": Shape((8,))})
    with torch.no_grad():
        for p in net.parameters():
            p += spread * torch.randn_like(p)
    return net.eval()


def rule(pattern: str = "a", length: int = 4) -> Rule:
    return TextRule(pattern=pattern, length=length)()


def by_hand(net: Transformer, text: Tensor) -> Tensor:
    """Return log p of one text behind its first token, sign by sign."""
    total = torch.zeros(())
    for at in range(1, len(text)):
        total = total + F.log_softmax(net(text[None, :at])[0, -1], 0)[text[at]]
    return total


def test_the_loss_and_its_gradient_are_those_of_dpo() -> None:
    net, reference = model(0), model(1)
    chosen, rejected = torch.randint(3, (5, 6)), torch.randint(3, (5, 6))
    said = PreferenceLoss(beta=0.3)(net, reference, chosen, rejected)
    said.loss.backward()
    found = [p.grad.clone() for p in net.parameters()]
    net.zero_grad()
    total, margins = torch.zeros(()), []
    for good, bad in zip(chosen, rejected, strict=True):
        ahead = by_hand(net, good) - by_hand(net, bad)
        known = (by_hand(reference, good) - by_hand(reference, bad)).detach()
        margins.append(0.3 * (ahead - known).item())
        # the gradient that the paper gives: beta times how wrong it is, times that of the odds
        total = total - 0.3 * torch.sigmoid(-0.3 * (ahead - known)).detach() * ahead / len(chosen)
    total.backward()
    for mine, theirs in zip(found, (p.grad for p in net.parameters()), strict=True):
        torch.testing.assert_close(mine, theirs, atol=1e-6, rtol=1e-4)
    wanted = sum(math.log1p(math.exp(-m)) for m in margins) / len(margins)
    assert said.loss.item() == pytest.approx(wanted, rel=1e-5)
    assert said.right.item() == pytest.approx(sum(m > 0 for m in margins) / len(margins))
    assert said.margin.item() == pytest.approx(sum(margins) / len(margins), abs=1e-5)
    assert all(p.grad is None for p in reference.parameters())


def test_a_model_that_is_its_reference_loses_log_2() -> None:
    net = model()
    pairs = torch.randint(3, (4, 6)), torch.randint(3, (4, 6))
    assert PreferenceLoss()(net, net, *pairs).loss.item() == pytest.approx(math.log(2))


def test_the_chosen_obey_and_the_rejected_do_not() -> None:
    node = Preferences(texts=200, batch=50)
    pairs = node(model(), SIGNS, rule())
    assert rule().obeyed(pairs.chosen, SIGNS).all()
    assert not rule().obeyed(pairs.rejected, SIGNS).any()
    assert pairs.chosen.shape == pairs.rejected.shape == (50, 5)


def test_texts_are_written_once_by_the_model_as_it_was() -> None:
    net, node = model(), Preferences(texts=200, batch=50)
    node.eval()
    node(net, SIGNS, rule())
    node.train()
    first = node(net, SIGNS, rule()).chosen
    known = {tuple(t) for t in first.tolist()}
    with torch.no_grad():
        net.read_out.weight.zero_()
    again = {tuple(t) for _ in range(20) for t in node(net, SIGNS, rule()).chosen.tolist()}
    assert known & again
    written = Preferences(texts=200, batch=50)(net, SIGNS, rule()).chosen
    assert {tuple(t) for t in written.tolist()} != known


def test_pairs_go_on_to_the_same_bits() -> None:
    net, node, other = model(), Preferences(texts=100, batch=8), Preferences(texts=100, batch=8)
    for _ in range(3):
        node(net, SIGNS, rule())
    other.load_state_dict(node.state_dict())
    assert torch.equal(node(net, SIGNS, rule()).chosen, other(net, SIGNS, rule()).chosen)
    node.restart()
    fresh = Preferences(texts=100, batch=8)
    assert torch.equal(node(net, SIGNS, rule()).chosen, fresh(net, SIGNS, rule()).chosen)


def test_the_divergence_is_that_of_the_two_laws() -> None:
    """Summed over all texts of three signs, by their likelihoods."""
    net, reference = model(0, 2.0), model(1, 2.0)
    begun = SIGNS.encode("\n").tolist()
    texts = torch.tensor([[*begun, *t] for t in itertools.product(range(3), repeat=3)])
    with torch.no_grad():
        p, q = log_likelihood(net, texts).double(), log_likelihood(reference, texts).double()
    assert p.exp().sum().item() == pytest.approx(1.0, abs=1e-5)
    exact = (p.exp() * (p - q)).sum()
    along = (p.exp() * divergence(net, reference, texts, 3)).sum()
    assert exact > 0.1
    torch.testing.assert_close(along, exact, rtol=1e-4, atol=1e-5)


def test_the_rate_is_the_share_that_obeys_and_a_model_does_not_leave_itself() -> None:
    net = model()
    torch.manual_seed(0)
    found = RuleRate(count=600)(net, net, SIGNS, rule("^a"))
    with torch.no_grad():
        wanted = net(SIGNS.encode("\n")[None])[0, -1].softmax(0)[1].item()
    assert found.value == pytest.approx(wanted, abs=4 * found.others["error"])
    assert found.others["reference"] == pytest.approx(wanted, abs=4 * found.others["error"])
    assert found.others["KL to reference"] == 0
    assert found.others["error"] == pytest.approx(math.sqrt(found.value * (1 - found.value) / 600))


def test_training_by_pairs_raises_the_rate() -> None:
    net, node = model(), LoRA(rank=4)
    tuned = node(net)
    pairs, loss = Preferences(texts=300, batch=32), PreferenceLoss(beta=0.1)
    before = RuleRate(count=300)(tuned, net, SIGNS, rule("aaa"))
    adam = torch.optim.Adam(node.parameters(), lr=0.02)
    for _ in range(60):
        adam.zero_grad()
        loss(tuned, net, *pairs(net, SIGNS, rule("aaa"))).loss.backward()
        adam.step()
    after = RuleRate(count=300)(tuned, net, SIGNS, rule("aaa"))
    assert after.value > before.value + 0.3
    assert 0 < after.others["KL to reference"] < 10


def test_what_cannot_be_preferred_is_refused() -> None:
    with pytest.raises(ParamRefused, match="no regular expression"):
        TextRule(pattern="(")()
    with pytest.raises(InputRefused, match="Of 20 texts 20 obey"):
        Preferences(texts=20)(model(), SIGNS, rule(""))
    with pytest.raises(InputRefused, match="must be a text"):
        PreferenceLoss()(model(), model(), torch.zeros(2, 3).long(), torch.zeros(2, 4).long())
    with pytest.raises(InputRefused, match="prompt is empty"):
        Preferences()(model(), SIGNS, TextRule(prompt="")())
