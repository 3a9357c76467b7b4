"""Laws of the loss of denoisers."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from nodes.diffusion.base import READINGS, Predictor, Predicts, read_as
from nodes.diffusion.denoiser_mlp import DenoiserMLP
from nodes.diffusion.diffusion_loss import TARGETS, DiffusionLoss, Weight, _noised, averaged, pooled
from nodes.diffusion.schedules import Karras, Schedule, cosine, expand, linear
from nodes.errors import InputRefused
from nodes.types import Batch, Gaussian, Labels, Values

SCHEDULES = {"linear": linear(), "cosine": cosine(), "Karras": Karras()}
WEIGHTS: tuple[Weight, ...] = ("simple", "min-SNR", "likelihood")
each_schedule = pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=SCHEDULES.keys())
each_target = pytest.mark.parametrize("predicts", READINGS)
ONE = torch.tensor([0.7, -1.3], dtype=torch.float64)


class OneItem(Predictor):
    """Know the data, which are all the same item; be wrong by `error` on x_0."""

    def __init__(self, schedule: Schedule, error: float = 0.0, **given: Any) -> None:
        super().__init__(**given)
        self.schedule, self.error = schedule, error
        self.labels: Tensor | None = None
        self.context: Tensor | None = None
        self.beside: Tensor | None = None
        self.times = torch.empty(0)

    def forward(
        self,
        x: Batch,
        t: Values,
        labels: Labels | None = None,
        context: Batch | None = None,
        beside: Batch | None = None,
    ) -> Batch:
        self.labels, self.context, self.beside, self.times = labels, context, beside, t
        alpha, sigma = (
            expand(self.schedule.alpha(t), x),
            expand(self.schedule.sigma(t), x),
        )
        x_t = x * torch.hypot(alpha, sigma)
        known = ONE.expand_as(x) + self.error
        said = read_as("data", known, x_t, alpha, sigma)
        return {"noise": said.eps, "data": known, "v": said.v, "score": said.score}[self.predicts]


def loss_of(model: Predictor, schedule: Schedule, **given: Any) -> float:
    torch.manual_seed(0)
    return float(DiffusionLoss(**given)(ONE.expand(4000, 2), model, schedule))


@each_schedule
@each_target
@pytest.mark.parametrize("weight", WEIGHTS)
def test_a_perfect_prediction_loses_nothing(
    schedule: Schedule, predicts: Predicts, weight: Weight
) -> None:
    model = OneItem(schedule, predicts=predicts)
    assert loss_of(model, schedule, weight=weight) < 1e-5


@each_schedule
@pytest.mark.parametrize("weight", ["min-SNR", "likelihood"])
def test_weights_mean_the_same_whatever_is_predicted(schedule: Schedule, weight: Weight) -> None:
    losses = [
        loss_of(OneItem(schedule, 0.1, predicts=p), schedule, weight=weight)
        for p in ("noise", "data", "v", "score")
    ]
    assert max(losses) == pytest.approx(min(losses), rel=1e-3)


@each_schedule
def test_min_snr_weighs_the_error_of_the_data(schedule: Schedule) -> None:
    t = torch.linspace(schedule.least, 1, 4000, dtype=torch.float64)
    snr = schedule.log_snr(t).exp()
    expected = 0.01 * snr.clamp(max=5).mean().item()
    model = OneItem(schedule, 0.1, predicts="v")
    assert loss_of(model, schedule, weight="min-SNR") == pytest.approx(expected, rel=5e-3)


def test_likelihood_weighs_the_error_by_the_fall_of_the_snr() -> None:
    """The bound's rate is -SNR'(t) / 2 times the squared error of x_0: its integral is known."""
    schedule = Karras(sigma_min=0.5, sigma_max=3.0)
    expected = 0.01 * (0.5**-2 - 3.0**-2) / 2
    model = OneItem(schedule, 0.1, predicts="data")
    assert loss_of(model, schedule, weight="likelihood") == pytest.approx(expected, rel=5e-3)


@pytest.mark.parametrize("axis", ["continuous", "discrete"])
@pytest.mark.parametrize("times", ["uniform", "stratified"])
def test_times_are_spread_over_the_unit_interval(axis: Any, times: Any) -> None:
    model = OneItem(linear(50), predicts="noise")
    loss_of(model, linear(50), axis=axis, times=times)
    t = model.times.sort().values
    assert 0.02 - 1e-6 <= t[0] < 0.05 and 0.95 < t[-1] <= 1
    if axis == "continuous":
        places = torch.linspace(0.02, 1, len(t))
        alone = (t - places).abs().max() > 2 / len(t)
        assert alone == (times == "uniform")
    steps = (t * 50).double()
    assert torch.allclose(steps, steps.round(), atol=1e-4) == (axis == "discrete")


@pytest.mark.parametrize("axis", ["continuous", "discrete"])
def test_logit_normal_times_have_a_normal_logit(axis: Any) -> None:
    """Spread over a batch so evenly that the largest gap to the law is one item."""
    model = OneItem(cosine(), predicts="noise")
    loss_of(model, cosine(), axis=axis, times="logit-normal")
    t = model.times.double().sort().values
    t = (t - cosine().least) / (1 - cosine().least) if axis == "continuous" else t
    law = torch.special.ndtr(torch.logit(t.clamp(1e-9, 1 - 1e-9)))
    gap = (law - torch.linspace(0, 1, len(t), dtype=torch.float64)).abs().max()
    assert gap < (1.5 / len(t) if axis == "continuous" else 2 / cosine().steps)


def test_labels_are_hidden_for_a_share() -> None:
    labels = torch.arange(2000) % 3
    for drop in (0.0, 0.25, 1.0):
        model = OneItem(cosine(), predicts="noise")
        model.classes = 3
        torch.manual_seed(0)
        DiffusionLoss(drop=drop)(ONE.expand(2000, 2), model, cosine(), labels)
        assert model.labels is not None
        hidden = model.labels == 3
        assert hidden.double().mean().item() == pytest.approx(drop, abs=0.03)
        assert torch.equal(model.labels[~hidden], labels[~hidden])


def test_all_that_is_told_is_hidden_together() -> None:
    """Else the network would hardly ever be told nothing, which guidance compares with."""
    model, labels = OneItem(cosine(), predicts="noise"), torch.arange(2000) % 3
    model.classes = 3
    loss = DiffusionLoss(drop=0.25)
    told = {"context": torch.ones(2000, 4, 5), "beside": torch.ones(2000, 1, 2, 2)}
    loss(ONE.expand(2000, 2), model, cosine(), labels, **told)
    assert model.labels is not None and model.context is not None and model.beside is not None
    hidden = model.labels == 3
    assert 0.2 < hidden.double().mean() < 0.3
    for part in (model.context, model.beside):
        assert torch.equal(part.flatten(1).amax(1) == 0, hidden)


def test_a_velocity_is_refused() -> None:
    with pytest.raises(InputRefused, match="predicts velocity"):
        DiffusionLoss()(torch.randn(4, 2), DenoiserMLP(predicts="velocity"), cosine())


def test_a_network_learns_a_gaussian() -> None:
    """The best v of data N(0, I) is 0 in the mean: v is then independent of x_t."""
    torch.manual_seed(0)
    model, loss = DenoiserMLP(hidden=[32, 32], predicts="noise"), DiffusionLoss()
    model(torch.randn(1, 2), torch.rand(1))
    optimizer = torch.optim.Adam(model.parameters(), 1e-2)
    for _ in range(300):
        value = loss(torch.randn(256, 2), model, cosine())
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
    x, t = torch.randn(2000, 2), torch.rand(2000)
    best = expand(cosine().sigma(t), x) * x  # E[eps | x_t]
    assert (model(x, t) - best).square().mean() < 0.02


class TwoItems(Predictor):
    """Know the data, which are +ONE and -ONE, equally often."""

    def __init__(self, schedule: Schedule, **given: Any) -> None:
        super().__init__(**given)
        self.schedule, self.seen = schedule, 0

    def forward(self, x: Batch, t: Values, labels: Labels | None = None) -> Batch:
        self.seen = len(x)
        alpha, sigma = (
            expand(self.schedule.alpha(t), x),
            expand(self.schedule.sigma(t), x),
        )
        x_t = x * torch.hypot(alpha, sigma)
        sign = torch.tanh(alpha * (x_t @ ONE)[:, None] / sigma.square())
        said = read_as("data", sign * ONE, x_t, alpha, sigma)
        return {"noise": said.eps, "data": said.x_0, "v": said.v, "score": said.score}[
            self.predicts
        ]


def two_items(count: int) -> Tensor:
    return torch.where(torch.arange(count)[:, None] % 2 == 0, ONE, -ONE)


@each_schedule
@each_target
def test_the_mean_of_what_may_have_been_loses_nothing_to_a_pooled_target(
    schedule: Schedule, predicts: Predicts
) -> None:
    model, data = TwoItems(schedule, predicts=predicts), two_items(1000)
    assert float(DiffusionLoss(target="pooled")(data, model, schedule)) < 1e-5
    assert float(DiffusionLoss(target="own")(data, model, schedule)) > 1e-2


def test_pooled_targets_keep_to_the_label() -> None:
    data, labels = two_items(1000), torch.arange(1000) % 2
    noised = _noised(data, cosine(), torch.full((1000,), 0.9, dtype=torch.float64))
    assert torch.allclose(pooled(noised, data, labels).x_0, data)
    assert not torch.allclose(pooled(noised, data).x_0, data, atol=0.5)


def test_pooled_targets_have_the_same_mean_and_less_spread() -> None:
    """Given x_t and the batch a pooled target is the mean of own ones: its gain in square."""
    torch.manual_seed(0)
    data = torch.randn(4000, 2, dtype=torch.float64)
    noised = _noised(data, cosine(), torch.full((4000,), 0.3, dtype=torch.float64))
    best = noised.sigma * noised.x_t  # E[eps | x_t] of data N(0, I)
    own, mean = noised.eps - best, pooled(noised, data).eps - best
    assert (mean * noised.x_t).mean().abs() < 0.02
    assert mean.square().mean() < 0.05 * own.square().mean()


def test_a_share_of_the_batch_is_made_noisy() -> None:
    for share, seen in ((1.0, 100), (0.25, 25), (0.0, 1)):
        model = TwoItems(cosine(), predicts="noise")
        DiffusionLoss(target="pooled", share=share)(two_items(100), model, cosine())
        assert model.seen == seen


def test_pooled_targets_refuse_a_context() -> None:
    with pytest.raises(InputRefused, match="know no context"):
        noised = _noised(two_items(4), cosine(), torch.rand(4))
        pooled(noised, two_items(4), context=torch.zeros(4, 3))


DRAWS = 40_000
MEAN, SPREAD = torch.tensor([0.4, -2.0]).double(), torch.tensor([0.2, 1.5]).double()
ITEM = Gaussian(MEAN, 2 * SPREAD.log())


def draws() -> tuple[Tensor, Gaussian]:
    """Draws of one item's Gaussian, (DRAWS, 2), and that Gaussian as often."""
    torch.manual_seed(0)
    q = Gaussian(*(part.expand(DRAWS, 2) for part in ITEM))
    return q.mean + q.std * torch.randn(DRAWS, 2).double(), q


@each_schedule
@each_target
@pytest.mark.parametrize("t", [0.1, 0.5, 0.9])
def test_an_averaged_target_is_the_mean_of_the_own_ones_given_x_t(
    schedule: Schedule, predicts: Predicts, t: float
) -> None:
    """So it is for each range of x_t: means over bins agree within five standard errors."""
    data, q = draws()
    noised = _noised(data, schedule, torch.full((DRAWS,), t, dtype=torch.float64))
    value = TARGETS[predicts].value
    gap = value(noised) - value(averaged(noised, q))
    for one, x in zip(gap.T, noised.x_t.T, strict=True):
        for part in one[x.argsort()].split(DRAWS // 10):
            assert part.mean().abs() <= 5 * part.std() / len(part) ** 0.5 + 1e-12


@each_schedule
def test_an_averaged_target_follows_from_x_t_alone(schedule: Schedule) -> None:
    """No two items with one x_t differ in it, and both parts make that x_t."""
    data, q = draws()
    noised = _noised(data, schedule, torch.full((DRAWS,), 0.5, dtype=torch.float64))
    mean = averaged(noised, q)
    torch.testing.assert_close(mean.x_t, noised.x_t)
    order = noised.x_t[:, 0].argsort()
    steps = mean.x_0[order, 0].diff()
    assert (steps >= 0).all() and steps.max() < 0.1
    assert mean.x_0[:, 1].var() < noised.x_0[:, 1].var()


class Line(Predictor):
    """Say a x + b of each number, whatever the time."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.a = torch.nn.Parameter(torch.full((2,), 0.3, dtype=torch.float64))
        self.b = torch.nn.Parameter(torch.zeros(2, dtype=torch.float64))

    def forward(self, x: Batch, t: Values) -> Batch:
        return self.a * x + self.b


def gradients(q: Gaussian | None, data: Tensor, predicts: Predicts) -> tuple[Tensor, Tensor]:
    """The mean gradient of batches of 100 items, and the standard error of it."""
    torch.manual_seed(1)
    found, model = [], Line(predicts=predicts)
    for start in range(0, len(data), 100):
        part = slice(start, start + 100)
        told = {} if q is None else {"drawn_from": Gaussian(*(each[part] for each in q))}
        loss = DiffusionLoss()(data[part], model, cosine(), **told)
        found.append(torch.cat(torch.autograd.grad(loss, [model.a, model.b])))
    all_of = torch.stack(found)
    return all_of.mean(0), all_of.std(0) / len(found) ** 0.5


@each_target
def test_averaged_targets_have_the_same_gradient_with_less_noise(predicts: Predicts) -> None:
    data, q = draws()
    own, error = gradients(None, data[:20_000], predicts)
    mean, less = gradients(q, data[:20_000], predicts)
    assert ((own - mean).abs() <= 5 * (error + less)).all()
    assert (less < error).all()


def test_items_without_spread_are_their_own_mean() -> None:
    data = two_items(50)
    still = Gaussian(data, torch.full_like(data, -60.0))
    for predicts in READINGS:
        model = TwoItems(cosine(), predicts=predicts)
        torch.manual_seed(3)
        own = DiffusionLoss()(data, model, cosine())
        torch.manual_seed(3)
        torch.testing.assert_close(own, DiffusionLoss()(data, model, cosine(), drawn_from=still))


def test_the_gaussians_of_pictures_are_those_of_their_numbers_in_a_row() -> None:
    q = Gaussian(torch.arange(24.0).view(2, 12), torch.full((2, 12), -60.0))
    model = OneItem(cosine(), predicts="data")
    model.forward = lambda x, t: q.mean[:1].view(1, 3, 2, 2)  # type: ignore[method-assign]
    pictures = torch.zeros(2, 3, 2, 2)
    loss = DiffusionLoss(share=0.5)(pictures, model, cosine(), drawn_from=q)
    assert loss < 1e-6


def test_gaussians_of_other_sizes_are_refused_and_so_are_pooled_ones() -> None:
    data, model = two_items(4).float(), OneItem(cosine(), predicts="noise")
    for sizes in ((4, 3), (3, 2)):
        q = Gaussian(torch.zeros(sizes), torch.zeros(sizes))
        with pytest.raises(InputRefused, match="must be 4 2"):
            DiffusionLoss()(data, model, cosine(), drawn_from=q)
    q = Gaussian(torch.zeros(4, 2), torch.zeros(4, 2))
    with pytest.raises(InputRefused, match="not over their Gaussians"):
        DiffusionLoss(target="pooled")(data, model, cosine(), drawn_from=q)
