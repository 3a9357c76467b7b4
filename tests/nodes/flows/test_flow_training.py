"""Flows in a graph: one wire trains all layers, a run resumes, no likelihood beats the entropy."""

from itertools import pairwise
from typing import Any

import pytest
import torch

from engine.document.graph import Graph
from engine.document.messages import Figure, Metric
from engine.run.session import Session
from nodes.autoencoders.elbo import ELBO
from nodes.autoencoders.flow_elbo import FlowELBO
from nodes.autoencoders.reparameterize import Reparameterize
from nodes.errors import InputRefused
from nodes.flows.affine_coupling import AffineCoupling
from nodes.flows.base import Layer
from nodes.flows.base_law import BaseLaw
from nodes.library import find
from nodes.types import Gaussian
from tests.engine.test_compile import same, weights
from tests.engine.toy import Listener, graph
from tests.running import run

ONLY_IMAGES = {"Squeeze", "Split", "Dequantize"}
ONLY_UNIT = {"Logit"}
LAYERS = [n for n, k in find().kinds.items() if issubclass(k, Layer)]
PLANAR = [n for n in LAYERS if n not in ONLY_IMAGES | ONLY_UNIT]
LIGHT = {"Continuous": {"tolerance": 1e-3, "hidden": 8}}


def moons(steps: int, **layers: Any) -> Graph:
    """Return a graph that fits a chain of layers to two moons, with its views."""
    nodes = {
        "data": ("TwoMoons", {"batch": 64, "test_size": 500}),
        "base": "BaseLaw",
        **layers,
        "loss": "Likelihood",
        "adam": ("Optimizer", {"rate": 0.01}),
        "trainer": ("Trainer", {"steps": steps}),
        "gap": "Gap",
        "density": ("Density", {"cells": 20}),
        "warp": ("Warp", {"at": 0.5, "count": 50}),
        "paths": ("Warp", {"show": "paths", "count": 50}),
        "sampler": ("FlowSampler", {"count": 5}),
        "samples": "Scatter",
    }
    chain = ["base", *layers]
    last = chain[-1]
    wires = [f"{a}.flow>{b}.flow" for a, b in pairwise(chain)]
    for to in ("loss.flow", "adam.models", "density.flow", "warp.flow", "paths.flow"):
        wires.append(f"{last}.flow>{to}")
    wires.append("data.points>loss.x data.points>density.points loss.loss>adam.loss")
    wires.append("adam.optimizer>trainer.optimizers loss.nll>gap.nll")
    wires.append(f"{last}.flow>sampler.flow sampler.x>samples.points")
    return graph(nodes, " ".join(wires))


def session_of(g: Graph) -> Session:
    session = Session(seed=1)
    assert not [p.sentence for p in session.update(g).problems]
    return session


def test_one_wire_trains_every_layer_and_the_views_fill() -> None:
    session = session_of(moons(3, norm="ActNorm", bend=("AffineCoupling", {"repeat": 2})))
    before = {name: weights(session, name) for name in ("norm", "bend")}
    host = Listener()
    assert run(session, host) == "done"
    for name, old in before.items():
        assert not same(old, weights(session, name))
    assert {f.node for f in host.of(Figure)} == {"density", "warp", "paths", "samples"}
    assert {m.node for m in host.of(Metric)} == {"gap"}


def test_a_run_goes_on_to_the_same_bits_with_actnorm_begun() -> None:
    g = moons(6, norm="ActNorm", bend=("GlowStep", {"repeat": 2}))
    whole = session_of(g)
    run(whole, Listener(), view_share=0.0)
    half = session_of(moons(3, norm="ActNorm", bend=("GlowStep", {"repeat": 2})))
    run(half, Listener(), view_share=0.0)
    state = {k: v.clone() for k, v in half.state().items()}
    rest = session_of(g)
    run(rest, Listener(), resume=state, view_share=0.0)
    for name in ("norm", "bend"):
        assert same(weights(whole, name), weights(rest, name))


def test_views_before_training_leave_actnorm_unbegun() -> None:
    session = session_of(moons(0, norm="ActNorm"))
    run(session, Listener())
    assert not session.lives["norm"].node.blocks[0].ready  # type: ignore[index, union-attr]


@pytest.mark.parametrize("name", PLANAR)
def test_no_likelihood_beats_the_entropy(name: str) -> None:
    """Fitted to a law that most layers can reach, a flow's gap is small and not below zero."""
    torch.manual_seed(0)
    toy = find().kinds["GaussianPoints"](correlation=0.6, mean=0.5, batch=512, test_size=4000)
    params = {"repeat": 3} | LIGHT.get(name, {})
    flow = find().kinds[name](**params)(BaseLaw()())
    optimizer = torch.optim.Adam(flow.parameters(), lr=0.02)
    first = -flow.eval().log_prob(toy().points).mean().item()
    flow.train()
    for _ in range(60):
        loss = -flow.log_prob(toy().points).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    flow.eval(), toy.eval(), toy.rewind()
    with torch.no_grad():
        x = torch.cat([toy().points for _ in range(7)])
        nll = -flow.log_prob(x)
    # the same points under the true law: noise of the sample cancels
    excess = (nll + toy.log_density(x)).double()
    assert loss.item() < first
    assert excess.mean().item() >= -4 * excess.std().item() / len(x) ** 0.5


@pytest.mark.parametrize("layer", ["Planar", "Autoregressive"])
def test_a_flow_bends_the_posterior_of_a_vae(layer: str) -> None:
    nodes = {
        "data": ("TwoMoons", {"batch": 32, "test_size": 200}),
        "encoder": "Encoder",
        "sample": "Reparameterize",
        "base": "BaseLaw",
        "bend": (layer, {"repeat": 2}),
        "push": "PushThrough",
        "decoder": "PointDecoder",
        "loss": ("FlowELBO", {"likelihood": "Gaussian"}),
        "adam": "Optimizer",
        "trainer": ("Trainer", {"steps": 3}),
        "elbo": "Average",
        "likelihood": ("LogLikelihood", {"likelihood": "Gaussian", "count": 200}),
    }
    wires = """data.points>encoder.x encoder.q>sample.q sample.z>push.x base.flow>bend.flow
        bend.flow>push.flow push.points>decoder.z push.points>loss.z push.log_det>loss.log_det
        data.points>loss.x encoder.q>loss.q decoder.x_hat>loss.x_hat loss.loss>adam.loss
        encoder.model>adam.models decoder.model>adam.models bend.flow>adam.models
        adam.optimizer>trainer.optimizers loss.bound>elbo.values data.points>likelihood.x
        encoder.model>likelihood.model decoder.model>likelihood.decoder
        bend.flow>likelihood.posterior"""
    session = session_of(graph(nodes, wires))
    before = weights(session, "bend")
    host = Listener()
    assert run(session, host) == "done"
    assert not same(before, weights(session, "bend"))
    told = {m.node: m.values for m in host.of(Metric)}
    elbo, likelihood = told["elbo"], told["likelihood"]
    assert likelihood[""] > -elbo[""] - 3 * (elbo["error"] + likelihood["error"])  # a tighter bound


def test_a_twin_is_the_same_layer_in_two_places() -> None:
    layer, base = AffineCoupling(), BaseLaw()()
    for p in layer(base).parameters():
        p.data += 0.1
    twice = layer(layer(base))
    assert twice is layer(layer(base))
    assert len(twice.steps) == 2 and twice.steps[0] is twice.steps[1]
    z = torch.randn(4, 2)
    once = layer(base)
    torch.testing.assert_close(twice.inverse(z)[0], once.inverse(once.inverse(z)[0])[0])


def test_with_flows_the_bound_agrees_with_its_formula() -> None:
    """A prior N(0, I), as it is or given as a flow, changes no mean."""
    torch.manual_seed(0)
    q = Gaussian(torch.randn(1, 2).expand(20_000, -1), torch.randn(1, 2).expand(20_000, -1))
    x = torch.rand(20_000, 3)
    z = Reparameterize()(q)
    exact = ELBO()(x, q, x).kl.item()
    assert FlowELBO()(x, q, z, x).kl.item() == pytest.approx(exact, abs=0.05)
    given = FlowELBO()(x, q, z, x, prior=BaseLaw()())
    assert given.kl.item() == pytest.approx(exact, abs=0.05)


def test_a_bent_posterior_pays_for_what_it_gathers() -> None:
    """Scaled by s, z has the density of q over s^d: the KL is that of the scaled Gaussian."""
    torch.manual_seed(0)
    q = Gaussian(torch.randn(1, 2).expand(20_000, -1), torch.zeros(20_000, 2))
    x, z = torch.rand(20_000, 3), Reparameterize()(q)
    s = torch.tensor(0.3)
    log_det = 2 * s.log().expand(len(x))
    scaled = Gaussian(s * q.mean, q.log_var + 2 * s.log())
    bent = FlowELBO()(x, q, s * z, x, log_det=log_det).kl.item()
    assert bent == pytest.approx(ELBO()(x, scaled, x).kl.item(), abs=0.02)


def test_a_prior_of_another_size_is_refused() -> None:
    q = Gaussian(torch.zeros(4, 2), torch.zeros(4, 2))
    x = torch.rand(4, 3)
    with pytest.raises(InputRefused):
        FlowELBO().sketch(x, q, q.mean, x, prior=BaseLaw(shape=[3])())
