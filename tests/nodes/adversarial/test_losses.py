"""The games against their closed forms, and against what the best critic is known to reach."""

import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from nodes.adversarial.critic_loss import CriticLoss
from nodes.adversarial.games import GAMES
from nodes.adversarial.generator_loss import GeneratorLoss
from nodes.errors import InputRefused

VARIANTS = list(GAMES)
CLASSIC = ["minimax", "non-saturating"]
each = pytest.mark.parametrize("variant", VARIANTS)


class Scores(nn.Module):
    """A critic that says what it is given: the score of an item is its first number."""

    def forward(self, x: Tensor) -> Tensor:
        return x[:, 0]


def critic_loss(real: Tensor, fake: Tensor, **given: Any) -> float:
    return CriticLoss(**{"penalty": "none", **given})(
        real[:, None], fake[:, None], Scores()
    ).loss.item()


def generator_loss(fake: Tensor, variant: str) -> float:
    return GeneratorLoss(variant=variant)(fake[:, None], Scores()).item()


REAL, FAKE = torch.tensor([0.3, -1.2, 2.0]), torch.tensor([-0.7, 0.1, 1.5])
CRITIC_FORMULAS = {
    "minimax": lambda r, f: -(r.sigmoid().log().mean() + (1 - f.sigmoid()).log().mean()),
    "non-saturating": lambda r, f: -(r.sigmoid().log().mean() + (1 - f.sigmoid()).log().mean()),
    "least squares": lambda r, f: ((r - 1) ** 2).mean() / 2 + (f**2).mean() / 2,
    "hinge": lambda r, f: (1 - r).clamp(min=0).mean() + (1 + f).clamp(min=0).mean(),
    "Wasserstein": lambda r, f: f.mean() - r.mean(),
}
GENERATOR_FORMULAS = {
    "minimax": lambda f: (1 - f.sigmoid()).log().mean(),
    "non-saturating": lambda f: -f.sigmoid().log().mean(),
    "least squares": lambda f: ((f - 1) ** 2).mean() / 2,
    "hinge": lambda f: -f.mean(),
    "Wasserstein": lambda f: -f.mean(),
}


@each
def test_it_is_the_papers_formula(variant: str) -> None:
    expected = CRITIC_FORMULAS[variant](REAL, FAKE).item()
    assert critic_loss(REAL, FAKE, variant=variant) == pytest.approx(expected, rel=1e-5)
    expected = GENERATOR_FORMULAS[variant](FAKE).item()
    assert generator_loss(FAKE, variant) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("variant", CLASSIC)
def test_a_critic_that_cannot_tell_loses_log_4(variant: str) -> None:
    undecided = torch.zeros(5)  # D = 1/2
    assert critic_loss(undecided, undecided, variant=variant) == pytest.approx(math.log(4))


def test_the_generator_at_the_equilibrium() -> None:
    undecided = torch.zeros(5)
    assert generator_loss(undecided, "minimax") == pytest.approx(-math.log(2))
    assert generator_loss(undecided, "non-saturating") == pytest.approx(math.log(2))


@pytest.mark.parametrize("variant", CLASSIC)
def test_the_best_critic_measures_jensen_shannon(variant: str) -> None:
    """At D* = p / (p + q), the loss is log 4 - 2 JS(p, q); here the laws are discrete."""
    p, q = torch.tensor([0.5, 0.3, 0.2]), torch.tensor([0.1, 0.3, 0.6])
    score = (p / q).log()
    counts = [(1000 * law).round().long() for law in (p, q)]
    real, fake = (score.repeat_interleave(count) for count in counts)
    m = (p + q) / 2
    js = ((p * (p / m).log()).sum() + (q * (q / m).log()).sum()).item() / 2
    assert critic_loss(real, fake, variant=variant) == pytest.approx(math.log(4) - 2 * js, rel=1e-5)


def test_the_best_least_squares_critic_measures_pearson() -> None:
    """At D* = p / (p + q), with targets 1 and 0: sum of p q / (p + q) / 2 (Mao et al., 2017)."""
    p, q = torch.tensor([0.5, 0.3, 0.2]), torch.tensor([0.1, 0.3, 0.6])
    best = p / (p + q)
    real, fake = (best.repeat_interleave((1000 * law).round().long()) for law in (p, q))
    expected = (p * q / (p + q)).sum().item() / 2
    assert critic_loss(real, fake, variant="least squares") == pytest.approx(expected, rel=1e-4)


def test_a_linear_critic_measures_the_shift() -> None:
    """W1 of a law and the same law moved by d is d; f(x) = x attains it."""
    real = torch.randn(100)
    assert critic_loss(real, real - 3.0, variant="Wasserstein") == pytest.approx(-3.0, rel=1e-4)


@pytest.mark.parametrize("variant", CLASSIC)
def test_smoothing_moves_the_best_score_of_real_items(variant: str) -> None:
    """With target 0.9 and as many fakes elsewhere, the best D of a real item is 0.9."""
    score = torch.tensor([0.0], requires_grad=True)
    loss = CriticLoss(penalty="none", variant=variant, smoothing=0.1)
    fake = torch.full((1, 1), -50.0)
    best = torch.logit(torch.tensor([0.9]))
    for value, sign in ((best - 0.5, -1), (best + 0.5, 1)):
        score = value.clone().requires_grad_()
        loss(score[:, None], fake, Scores()).loss.backward()
        assert torch.sign(score.grad).item() == sign  # type: ignore[arg-type]
    target = best.clone().requires_grad_()
    loss(target[:, None], fake, Scores()).loss.backward()
    assert target.grad.abs().item() < 1e-6  # type: ignore[union-attr]


def test_smoothing_of_least_squares_is_its_target() -> None:
    real = torch.full((4,), 0.8)
    given = {"variant": "least squares", "smoothing": 0.2}
    assert critic_loss(real, torch.zeros(4), **given) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("variant", ["hinge", "Wasserstein"])
def test_what_has_no_labels_cannot_be_smoothed(variant: str) -> None:
    x = torch.zeros(4, 2)
    with pytest.raises(InputRefused, match="no labels to smooth"):
        CriticLoss(penalty="none", variant=variant, smoothing=0.1).sketch(x, x, Scores())


@each
def test_the_mean_scores_stand_beside(variant: str) -> None:
    verdict = CriticLoss(penalty="none", variant=variant)(REAL[:, None], FAKE[:, None], Scores())
    assert verdict.real_score.item() == pytest.approx(REAL.mean().item())
    assert verdict.fake_score.item() == pytest.approx(FAKE.mean().item())
    assert verdict.penalty.item() == 0


@each
def test_the_generators_gain_is_a_better_score(variant: str) -> None:
    fake = torch.tensor([[-1.0], [0.5]], requires_grad=True)
    GeneratorLoss(variant=variant)(fake, Scores()).backward()
    assert (fake.grad < 0).all()  # type: ignore[operator]


def test_minimax_saturates_where_non_saturating_does_not() -> None:
    """Where the critic is sure (D = 1e-4), the slope is D in the one and 1 - D in the other."""
    slopes = {}
    for variant in CLASSIC:
        fake = torch.logit(torch.tensor([[1e-4]])).requires_grad_()
        GeneratorLoss(variant=variant)(fake, Scores()).backward()
        slopes[variant] = fake.grad.abs().item()  # type: ignore[union-attr]
    assert slopes["minimax"] == pytest.approx(1e-4, rel=1e-3)
    assert slopes["non-saturating"] == pytest.approx(1 - 1e-4, rel=1e-3)


# --- mismatched pairs -----------------------------------------------------------------------------


class Pairs(nn.Module):
    """A critic of pairs: an item's number, and where it heeds them, minus how far its text is."""

    def __init__(self, heed: float | Tensor = 1.0) -> None:
        super().__init__()
        self.heed = heed

    def forward(self, x: Tensor, labels: Tensor) -> Tensor:
        return x[:, 0] - self.heed * (x[:, 1] - labels).abs()


def of_pairs(critic: nn.Module, variant: str, **given: Any) -> float:
    """Return the loss at real pairs of score REAL and fake ones of score FAKE."""
    labels = torch.tensor([0, 1, 4])
    real, fake = (torch.stack([score, labels.float()], 1) for score in (REAL, FAKE))
    return CriticLoss(penalty="none", variant=variant, **given)(
        real, fake, critic, labels
    ).loss.item()


@each
def test_mismatched_pairs_are_false_too(variant: str) -> None:
    """Each real item meets the label before it: 4, 0 and 1 in place of 0, 1 and 4."""
    of_fakes, of_neighbours = (
        CRITIC_FORMULAS[variant](REAL, false).item()
        for false in (FAKE, REAL - torch.tensor([4.0, 1.0, 3.0]))
    )
    found = of_pairs(Pairs(), variant, mismatch=0.25)
    assert found == pytest.approx(0.75 * of_fakes + 0.25 * of_neighbours, rel=1e-5)
    assert of_pairs(Pairs(), variant) == pytest.approx(of_fakes, rel=1e-5)


@each
@pytest.mark.parametrize("mismatch", [0.0, 0.5])
def test_it_pays_to_heed_a_text_only_where_pairs_are_mismatched(
    variant: str, mismatch: float
) -> None:
    """Where fakes are perfect and the critic is undecided, nothing else tells right from wrong."""
    labels = torch.tensor([0, 1, 4])
    x = torch.stack([torch.full((3,), 0.5), labels.float()], 1)
    heed = torch.zeros((), requires_grad=True)
    CriticLoss(penalty="none", variant=variant, mismatch=mismatch)(
        x, x, Pairs(heed), labels
    ).loss.backward()
    assert (heed.grad < 0) == (mismatch > 0)  # type: ignore[operator]


def test_nothing_told_can_belong_to_another() -> None:
    x = torch.zeros(4, 2)
    with pytest.raises(InputRefused, match="told nothing that could belong to another item"):
        CriticLoss(penalty="none", mismatch=0.5).sketch(x, x, Scores())


def test_items_of_different_shapes_are_refused() -> None:
    with pytest.raises(InputRefused, match="must have the shape of real, 2; it has 3"):
        CriticLoss()(torch.zeros(4, 2), torch.zeros(4, 3), Scores())
