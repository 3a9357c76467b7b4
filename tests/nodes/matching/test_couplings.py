"""Couplings of a batch, and the loss on their pairs."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode

from nodes.diffusion.denoiser_mlp import DenoiserMLP
from nodes.errors import InputRefused
from nodes.matching.base import as_many, logit_normal_times, paired, stratified_times
from nodes.matching.coupling import Coupling, assignment, costs, entropic_plan, partners
from nodes.matching.flow_matching import FlowMatchingLoss
from tests.nodes.matching.exact import Known, between_gaussians, independent_gaussians, seeded

BATCH = 64
PERMUTING = ["independent", "as paired", "exact OT"]


def batch(seed: int, shift: float = 1.0) -> tuple[Tensor, Tensor]:
    return seeded(seed, BATCH, 2), shift + 2 * seeded(seed + 100, BATCH, 2)


def mean_cost(x_0: Tensor, x_1: Tensor, rows: Tensor) -> float:
    return float((x_0 - x_1[rows]).square().sum(1).mean())


@pytest.mark.parametrize("coupling", PERMUTING)
def test_it_is_a_permutation_so_marginals_stay(coupling: str) -> None:
    rows = partners(*batch(0), coupling, 0.1)
    assert sorted(rows.tolist()) == list(range(BATCH))


@pytest.mark.parametrize("seed", range(5))
def test_the_optimal_plan_never_costs_more(seed: int) -> None:
    x_0, x_1 = batch(seed)
    best = mean_cost(x_0, x_1, partners(x_0, x_1, "exact OT", 0.1))
    for coupling in ("independent", "as paired"):
        assert best <= mean_cost(x_0, x_1, partners(x_0, x_1, coupling, 0.1))


@pytest.mark.parametrize("size", [1, 2, 17, 200])
@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_the_assignment_is_the_exact_one(size: int, scale: float) -> None:
    import ot

    x, y = scale * seeded(size, size, 3), scale * (5 + seeded(size + 1, size, 3))
    cost = costs(x, y)
    found = cost[torch.arange(size), assignment(cost)].mean()
    assert float(found) == pytest.approx(float(ot.emd2([], [], cost.numpy())), rel=1e-9)


def test_points_that_coincide_can_be_assigned() -> None:
    cost = costs(torch.zeros(5, 2), torch.zeros(5, 2))
    assert sorted(assignment(cost).tolist()) == list(range(5))


def test_the_entropic_plan_is_that_of_pot() -> None:
    import ot

    cost = costs(*batch(3))
    plan = entropic_plan(cost, 2.0)
    weights = torch.full((BATCH,), 1 / BATCH, dtype=cost.dtype)
    theirs = ot.bregman.sinkhorn_log(weights, weights, cost, 2.0, stopThr=1e-12)
    assert float((plan - theirs).abs().sum()) < 0.01


def test_entropic_pairs_follow_the_plan() -> None:
    x_0, x_1 = (part[:6] for part in batch(4))
    torch.manual_seed(0)
    plan = entropic_plan(costs(x_0, x_1), 1.0)
    found = torch.zeros_like(plan)
    for _ in range(400):
        found[torch.arange(6), partners(x_0, x_1, "Sinkhorn", 1.0)] += 1
    assert float((found / found.sum() - plan).abs().max()) < 0.02


def test_times_are_uniform_and_even() -> None:
    torch.manual_seed(0)
    x = torch.zeros(100, 2)
    t = torch.stack([stratified_times(x) for _ in range(200)])
    assert t.min() >= 0
    assert t.max() < 1
    assert float(t[:, 0].mean()) == pytest.approx(0.5, abs=0.06)
    assert float(t.sort(1).values.diff(dim=1).max()) == pytest.approx(0.01, abs=1e-5)


def test_times_of_the_middle_have_a_normal_logit() -> None:
    torch.manual_seed(0)
    logits = torch.logit(logit_normal_times(torch.zeros(4000, 2)))
    assert float(logits.mean()) == pytest.approx(0, abs=0.01)
    assert float(logits.std()) == pytest.approx(1, abs=0.01)


# --- the loss ---


def loss_of(model: torch.nn.Module, coupling: str, count: int = 20_000) -> float:
    """The mean over many batches of two Gaussians, N(-1, 1.5^2) and N(2, 0.5^2)."""
    torch.manual_seed(1)
    node = FlowMatchingLoss(coupling=coupling)
    return float(node(-1 + 1.5 * seeded(1, count, 1), 2 + 0.5 * seeded(2, count, 1), model))


def test_the_exact_velocity_of_independent_pairs_has_the_least_loss() -> None:
    """E Var(x_1 - x_0 | x_t) is known: s_0^2 + s_1^2 less what x_t explains."""
    model = independent_gaussians(-1.0, 1.5, 2.0, 0.5)
    t = torch.linspace(0, 1, 2001, dtype=torch.float64)
    explained = (t * 0.5**2 - (1 - t) * 1.5**2) ** 2 / ((t * 0.5) ** 2 + ((1 - t) * 1.5) ** 2)
    least = 1.5**2 + 0.5**2 - float(explained.mean())
    assert loss_of(model, "independent") == pytest.approx(least, rel=0.05)
    worse = Known(lambda x, t: 1.1 * model.function(x, t), "velocity")
    assert loss_of(worse, "independent") > loss_of(model, "independent")


def test_pairs_of_the_optimal_plan_leave_nothing_to_guess() -> None:
    model = between_gaussians(-1.0, 1.5, 2.0, 0.5)
    assert loss_of(model, "exact OT", 1000) < 0.01


def test_the_gradient_is_unbiased() -> None:
    """The mean gradient over batches is that of the regression on E[x_1 - x_0 | x_t]."""
    exact = independent_gaussians(-1.0, 1.5, 2.0, 0.5)
    weight = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
    model = Known(lambda x, t: weight * x, "velocity")
    torch.manual_seed(2)
    x_0, x_1 = -1 + 1.5 * seeded(3, 200_000, 1), 2 + 0.5 * seeded(4, 200_000, 1)
    FlowMatchingLoss(coupling="independent")(x_0, x_1, model).backward()
    t = torch.rand(200_000, 1, dtype=torch.float64)
    x_t = torch.lerp(x_0, x_1, t)
    expected = (2 * x_t * (0.7 * x_t - exact.function(x_t, t))).mean()
    assert weight.grad is not None
    assert float(weight.grad) == pytest.approx(float(expected), rel=0.03)


def test_noise_around_the_path_widens_it() -> None:
    seen: list[Tensor] = []
    model = Known(lambda x, t: seen.append(x) or torch.zeros_like(x), "velocity")
    x = torch.zeros(20_000, 1)
    FlowMatchingLoss(sigma=0.3)(x[:500], x[:500], model)
    assert float(seen[-1].std()) == pytest.approx(0.3, rel=0.15)


def test_labels_go_with_their_targets() -> None:
    x_0 = seeded(5, 9, 2)
    seen: dict[str, Tensor] = {}

    class Told(torch.nn.Module):
        predicts = "velocity"

        def forward(self, x: Tensor, t: Tensor, labels: Tensor) -> Tensor:
            seen["labels"] = labels
            return torch.zeros_like(x)

    labels = torch.randperm(9)
    x_1 = x_0[labels.argsort()]  # the target of row i is where its label is i
    FlowMatchingLoss()(x_0, x_1, Told(), labels=torch.arange(9)[labels.argsort()])
    assert seen["labels"].tolist() == list(range(9))


@pytest.mark.parametrize("drop", [0.0, 0.3, 1.0])
def test_what_is_told_is_hidden_for_a_share_of_the_items(drop: float) -> None:
    seen: dict[str, Tensor] = {}

    class Told(torch.nn.Module):
        predicts, classes = "velocity", 7

        def forward(self, x: Tensor, t: Tensor, **told: Tensor) -> Tensor:
            seen.update(told)
            return torch.zeros_like(x)

    torch.manual_seed(0)
    x, context = torch.zeros(2000, 1), torch.ones(2000, 3, 2)
    labels = torch.arange(2000) % 7
    FlowMatchingLoss(coupling="as paired", drop=drop)(x, x, Told(), labels, context)
    hidden = seen["labels"] == 7
    assert float(hidden.double().mean()) == pytest.approx(drop, abs=0.03)
    assert torch.equal(seen["labels"][~hidden], labels[~hidden])
    assert torch.equal(seen["context"], context * ~hidden[:, None, None])


def test_it_trains_a_network_and_sketches_alike() -> None:
    model = DenoiserMLP(predicts="velocity", hidden=[32, 32])
    loss = FlowMatchingLoss()(torch.randn(16, 2), torch.randn(16, 2), model)
    loss.backward()
    assert all(p.grad is not None for p in model.parameters())
    with FakeTensorMode(allow_non_fake_inputs=True):
        fake = DenoiserMLP(predicts="velocity", hidden=[32, 32])
        sketched = FlowMatchingLoss().sketch(torch.empty(16, 2), torch.empty(16, 2), fake)
    assert sketched.shape == loss.shape
    assert fake.weight_count() == model.weight_count()


def test_what_predicts_noise_is_refused() -> None:
    model = DenoiserMLP(predicts="noise")
    with pytest.raises(InputRefused, match="velocity") as refused:
        FlowMatchingLoss()(torch.randn(4, 2), torch.randn(4, 2), model)
    assert "velocity" in refused.value.fix


def test_other_shapes_are_refused() -> None:
    with pytest.raises(InputRefused, match="shape of source"):
        FlowMatchingLoss()(torch.randn(4, 2), torch.randn(4, 3), DenoiserMLP(predicts="velocity"))


@pytest.mark.parametrize("count", [4, 6])
@pytest.mark.parametrize("coupling", ["as paired", "independent", "exact OT", "Sinkhorn"])
def test_gradients_reach_what_is_told_and_not_what_is_paired(
    coupling: Coupling, count: int
) -> None:
    """A text encoder learns by the loss; what makes the sources does not."""
    source, target, context = (torch.randn(n, 2, requires_grad=True) for n in (count, 6, 6))
    pairs = paired(as_many(source, target, {"context": context}), coupling, 0.5)
    assert not pairs.x_0.requires_grad and not pairs.x_1.requires_grad
    pairs.told["context"].sum().backward()
    assert context.grad is not None and context.grad.sum() == 2 * count
