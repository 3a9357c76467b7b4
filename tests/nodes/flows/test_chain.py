"""The chain as a whole: its parts, its samples, what it refuses."""

import math

import pytest
import torch

from nodes.errors import InputRefused
from nodes.flows.affine_coupling import AffineCoupling
from nodes.flows.base import Flow
from nodes.flows.base_law import BaseLaw
from nodes.flows.glow_step import GlowStep
from nodes.flows.likelihood import Likelihood, LogDensity
from nodes.flows.multiscale import Split, Squeeze
from nodes.flows.push_through import PushThrough
from nodes.flows.sampler import FlowImageSampler, FlowSampler

X = torch.randn(8, 2, generator=torch.Generator().manual_seed(0))


def multiscale() -> Flow:
    """Two levels, half of the numbers leaving between them: z has 4 + 4 + 8 numbers."""
    torch.manual_seed(0)
    flow = BaseLaw(shape=[4, 1, 1])()
    for layer in (GlowStep(), Split(), GlowStep(), Squeeze(), Split(), GlowStep(repeat=2)):
        flow = layer(flow)
    for p in flow.parameters():
        p.data += 0.1 * torch.randn_like(p)
    return flow.double().eval()


def test_a_multiscale_chain_inverts_and_keeps_all_numbers() -> None:
    flow = multiscale()
    assert flow.item == (4, 2, 2)
    z = torch.randn(5, 16, dtype=torch.float64)
    x, log_det = flow.inverse(z)
    again, back = flow(x)
    torch.testing.assert_close(again, z)
    torch.testing.assert_close(back, -log_det)


def test_a_multiscale_chain_has_autograds_log_determinant() -> None:
    flow = multiscale()
    x = torch.randn(4, 2, 2, dtype=torch.float64)
    jacobian = torch.autograd.functional.jacobian(lambda i: flow(i[None])[0][0], x).view(16, 16)
    assert flow(x[None])[1].item() == pytest.approx(torch.linalg.slogdet(jacobian)[1].item())


@pytest.mark.parametrize("law", ["normal", "logistic", "uniform"])
def test_a_bare_base_has_its_own_density(law: str) -> None:
    flow = BaseLaw(law=law)()
    ticks = torch.linspace(-14, 14, 1401)[:-1] + 0.01
    plane = torch.cartesian_prod(ticks, ticks)
    assert flow.log_prob(plane).exp().sum().item() * 0.02**2 == pytest.approx(1, abs=1e-3)
    drawn = flow.sample(20_000)
    assert flow.log_prob(drawn).isfinite().all()
    # a law's samples have its entropy as the mean of -log p
    entropy = {"normal": 1 + math.log(2 * math.pi), "logistic": 4.0, "uniform": 0.0}[law]
    assert -flow.log_prob(drawn).mean().item() == pytest.approx(entropy, abs=0.05)


def test_one_wire_carries_the_weights_of_all_layers() -> None:
    first, second = AffineCoupling(), AffineCoupling(swap=True)
    flow = second(first(BaseLaw()()))
    expected = {id(p) for node in (first, second) for p in node.parameters()}
    assert {id(p) for p in flow.parameters()} == expected


def test_copies_take_turns() -> None:
    """With one coupling a coordinate stays; with two, both move."""
    z = torch.randn(4, 2)
    for repeat, moved in ((1, [False, True]), (2, [True, True])):
        torch.manual_seed(0)
        flow = AffineCoupling(repeat=repeat)(BaseLaw()())
        for p in flow.parameters():
            p.data += 0.5 * torch.randn_like(p)
        x, _ = flow.inverse(z)
        assert [bool((x[:, i] != z[:, i]).any()) for i in (0, 1)] == moved


def test_a_fresh_coupling_changes_nothing() -> None:
    flow = AffineCoupling(repeat=4)(BaseLaw()())
    assert torch.equal(flow.inverse(X)[0], X)


def test_likelihood_counts_nats_and_bits() -> None:
    flow = BaseLaw()()
    loss, bits, nll = Likelihood()(X, flow)
    expected = 0.5 * X.square().sum(1) + math.log(2 * math.pi)
    torch.testing.assert_close(nll, expected)
    torch.testing.assert_close(loss, expected.mean())
    torch.testing.assert_close(bits, expected.mean() / (2 * math.log(2)))
    torch.testing.assert_close(LogDensity()(X, flow), -expected)


def test_samples_follow_seed_and_temperature() -> None:
    flow = BaseLaw(shape=[1, 8, 8])()
    fixed = FlowImageSampler(count=100, seed=1)
    assert torch.equal(fixed(flow), fixed(flow))
    free = FlowSampler(count=100)
    assert not torch.equal(free(flow), free(flow))
    assert fixed(flow).shape == (100, 1, 8, 8)
    assert free(flow).shape == (100, 64)
    cool = FlowSampler(count=100, seed=1, temperature=0.5)(flow)
    torch.testing.assert_close(cool, 0.5 * fixed(flow).flatten(1))


def test_push_through_goes_both_ways() -> None:
    flow = multiscale()
    z = torch.randn(3, 16, dtype=torch.float64)
    x, out = PushThrough()(z, flow)
    again, back = PushThrough(direction="data to noise")(x.view(3, 4, 2, 2), flow)
    torch.testing.assert_close(again, z)
    torch.testing.assert_close(back, -out)


def test_what_does_not_fit_is_refused_with_a_way_out() -> None:
    flow = AffineCoupling()(BaseLaw()())
    for refused in (
        lambda: flow.log_prob(torch.randn(4, 3)),
        lambda: PushThrough()(torch.randn(4, 3), flow),
        lambda: FlowImageSampler().sketch(flow),
        lambda: Squeeze()(BaseLaw(shape=[2, 4, 4])()),
        lambda: Squeeze()(flow),
        lambda: Split()(flow),
        lambda: AffineCoupling()(BaseLaw(shape=[1])()),
        lambda: AffineCoupling(mask="checkerboard")(flow),
        lambda: AffineCoupling(mask="checkerboard")(BaseLaw(shape=[1, 5, 4])()),
        lambda: GlowStep()(BaseLaw(shape=[1, 4, 4])()),
    ):
        with pytest.raises(InputRefused) as error:
            refused()
        assert error.value.fix
