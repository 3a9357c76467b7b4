"""The likelihood of flows and of VAEs, held against what is known exactly."""

import math

import pytest
import torch
from torch import Tensor, nn

from nodes.errors import InputRefused
from nodes.flows.base import Flow, FlowStep, State
from nodes.metrics.log_likelihood import LogLikelihood
from nodes.types import Gaussian, Shape
from tests.nodes.metrics.streams import Draws


class Normal:
    """The law N(0, 1) of each number."""

    def log_prob(self, z: Tensor) -> Tensor:
        return -0.5 * (z.square() + math.log(2 * math.pi))

    def draw(self, *size: int, generator: object, device: object) -> Tensor:
        return torch.randn(size)


class Encoder(nn.Module):
    """q(z|x) of the model x = z + noise, z ~ N(0, 1): N(x/2, 1/2), made wider than it is."""

    def __init__(self, widening: float = 1.0) -> None:
        super().__init__()
        self.widening = widening

    def forward(self, x: Tensor) -> Gaussian:
        return Gaussian(x / 2, torch.full_like(x, math.log(0.5 * self.widening)))


MODEL = LogLikelihood(count=1000, likelihood="Gaussian", sigma=1.0, samples=1)
LAW = torch.distributions.Normal(0.0, math.sqrt(2.0))


def drawn(n: int = 1000) -> Tensor:
    torch.manual_seed(0)
    return LAW.sample((n, 1))


def test_a_flow_is_measured_exactly() -> None:
    x = torch.randn(500, 3)
    flow = Flow(Normal(), Shape((3,)))  # type: ignore[arg-type]
    measured = LogLikelihood(count=500)(Draws(lambda: x), flow)
    expected = Normal().log_prob(x).sum(1).mean().item()
    assert measured.value == pytest.approx(expected, rel=1e-5)
    assert measured.others["bits"] == pytest.approx(-expected / 3 / math.log(2), rel=1e-5)


def test_bits_are_nats_over_dimensions_and_log_two() -> None:
    x, flow = torch.randn(300, 2, 3), Flow(Normal(), Shape((2, 3)))  # type: ignore[arg-type]
    nats, bits = (
        LogLikelihood(unit=u, count=300)(Draws(lambda: x), flow) for u in ("nats", "bits/dim")
    )
    assert bits.value == nats.others["bits"] == bits.others["bits"]
    assert bits.value == pytest.approx(-nats.value / (6 * math.log(2)))
    assert bits.others["error"] == pytest.approx(nats.others["error"] / (6 * math.log(2)))
    assert (nats.unit, bits.unit) == ("nats", "bits/dim")


def test_with_the_true_posterior_one_sample_is_exact() -> None:
    """Every weight is p(x) then, so that the bound does not even vary."""
    x = drawn()
    measured = MODEL(Draws(lambda: x), Encoder(), nn.Identity())
    assert measured.value == pytest.approx(LAW.log_prob(x).mean().item(), abs=1e-4)


def test_the_bound_tightens_with_more_samples() -> None:
    x = drawn(400)
    true = LAW.log_prob(x).mean().item()
    values = []
    for k in (1, 8, 512):
        node = LogLikelihood(count=400, likelihood="Gaussian", samples=k)
        values.append(node(Draws(lambda: x), Encoder(widening=3.0), nn.Identity()).value)
    assert values[0] < values[1] < true + 0.01
    assert values[2] == pytest.approx(true, abs=0.01)


def test_a_flow_can_be_the_prior() -> None:
    x, encoder = drawn(), Encoder()
    flow = Flow(Normal(), Shape((1,)))  # type: ignore[arg-type]
    torch.manual_seed(1)
    plain = MODEL(Draws(lambda: x), encoder, nn.Identity()).value
    torch.manual_seed(1)
    assert MODEL(Draws(lambda: x), encoder, nn.Identity(), flow).value == pytest.approx(plain)


class Affine(FlowStep):
    """x = a z + b of every number, from noise to data."""

    def __init__(self, a: float, b: Tensor) -> None:
        super().__init__()
        self.a, self.b = a, b

    def to_noise(self, state: State) -> State:
        h = (state.h - self.b) / self.a
        return State(h, state.log_det - math.log(self.a) * h[0].numel(), state.parked)

    def to_data(self, state: State) -> State:
        h = self.a * state.h + self.b
        return State(h, state.log_det + math.log(self.a) * h[0].numel(), state.parked)


def test_a_flow_can_bend_the_posterior() -> None:
    """q begins as N((x - 1) / 4, 1/8): twice as wide and moved by 1/2 it is the true one."""

    def narrow(x: Tensor) -> Gaussian:
        return Gaussian((x - 1) / 4, torch.full_like(x, math.log(0.125)))

    x = drawn()
    flow = Flow(Normal(), Shape((1,)), [Affine(2.0, torch.tensor(0.5))])  # type: ignore[arg-type]
    bent = MODEL(Draws(lambda: x), narrow, nn.Identity(), posterior=flow)  # type: ignore[arg-type]
    assert bent.value == pytest.approx(LAW.log_prob(x).mean().item(), abs=1e-4)
    plain = MODEL(Draws(lambda: x), narrow, nn.Identity())  # type: ignore[arg-type]
    assert plain.value < bent.value - 0.1


def test_pixels_keep_their_logits() -> None:
    """A sure and right decoder is not charged for the rounding of its probabilities."""
    from nodes.autoencoders.likelihoods import probabilities

    class Sure(nn.Module):
        def forward(self, z: Tensor) -> Tensor:
            return probabilities(torch.full((len(z), 1, 2, 2), 60.0))

    x = torch.ones(20, 1, 2, 2)
    node = LogLikelihood(count=20, samples=4)
    q = Gaussian(torch.zeros(20, 2), torch.zeros(20, 2))
    measured = node(Draws(lambda: x), lambda _: q, Sure())  # type: ignore[arg-type]
    assert measured.value == pytest.approx(0, abs=1e-6)


def test_half_a_vae_is_refused() -> None:
    with pytest.raises(InputRefused, match="needs its decoder"):
        MODEL.sketch(Draws(drawn), Encoder())
