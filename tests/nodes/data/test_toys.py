"""Laws of the toy densities: mass one, entropy as known, draws that follow the density."""

import inspect
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nodes.data import curves, drawn_points, pinwheel, toys
from nodes.data.curves import Circles, Rings, SwissRoll, TwoMoons, TwoSpirals
from nodes.data.drawn_points import DrawnPoints
from nodes.data.pinwheel import Pinwheel
from nodes.data.toys import (
    Checkerboard,
    EightGaussians,
    GaussianPoints,
    GridMixture,
    RingMixture,
    Toy,
)
from nodes.errors import Exhausted, ParamRefused

KINDS = [
    kind
    for module in (toys, curves, pinwheel, drawn_points)
    for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, Toy) and kind.__module__ == module.__name__
    if not inspect.isabstract(kind)
]
ODD = [
    TwoMoons(noise=0.3),
    EightGaussians(radius=1.0, sd=0.5),
    RingMixture(modes=1),
    RingMixture(modes=2, radius=2.0, sd=0.5, weights=[1, 2]),
    RingMixture(modes=5, sd=0.3, weights=[1, 3]),
    GridMixture(side=2, spacing=0.1, sd=0.1),
    GaussianPoints(mean=1.0, sd=0.5, correlation=-0.8),
    SwissRoll(noise=0.5),
    TwoSpirals(noise=0.2),
    TwoSpirals(noise=1.0),
    Checkerboard(pairs=5),
    Pinwheel(arms=3, radial=0.2, tangential=0.2, rate=0.5),
    Pinwheel(arms=12, tangential=0.12),
    Pinwheel(rate=0.0),
    Circles(factor=0.0),
    Rings(count=1, radius=0.5, noise=1.0),
    DrawnPoints(points=[0.0, 0.0, 1.0, 0.5, -1.0, 2.0], sd=0.3),
]
ALL = [kind() for kind in KINDS] + ODD
USUAL = {"batch", "seed", "size", "test_size"}
IDS = [
    " ".join([type(t).__name__, *(f"{v}" for k, v in t.param_values().items() if k not in USUAL)])
    for t in ALL
]
# Of issue 3, drawn at random there. Two spirals are 2.6454 and not 2.638: the density of FFJORD's
# own code, and a histogram of 20 million of its points, say so.
ENTROPIES = [
    (TwoMoons(noise=0.05), 0.290),
    (TwoMoons(noise=0.1), 1.006),
    (TwoMoons(noise=0.2), 1.675),
    (Checkerboard(), math.log(32)),
    (EightGaussians(), 2.831),
    (Pinwheel(), 2.318),
    (TwoSpirals(), 2.6454),
    (RingMixture(), -4.291),
    (GridMixture(), 0.066),
]
every_toy = pytest.mark.parametrize("toy", ALL, ids=IDS)
every_kind = pytest.mark.parametrize("kind", KINDS)


def stream(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_all_twelve_are_there() -> None:
    assert len(KINDS) == 12


def test_modes_come_as_often_as_their_weights_say() -> None:
    toy = RingMixture(modes=3, weights=[1, 2])
    assert toy.shares().tolist() == pytest.approx([0.25, 0.5, 0.25])
    _, mode = toy.draw(8000, stream())
    counts = torch.bincount(mode) / 8000
    torch.testing.assert_close(counts.double(), toy.shares(), atol=0.02, rtol=0)


# --- densities ------------------------------------------------------------------------------------


@every_toy
def test_the_density_has_mass_one(toy: Toy) -> None:
    """By the trapezoid rule, exact to many digits where noise makes the density smooth."""
    points = toy.draw(2000, stream())[0].double()
    low, high, step = points.amin(0) - toy.margin, points.amax(0) + toy.margin, 0.8 * toy.grain
    bounds = zip(low.tolist(), high.tolist(), strict=True)
    axes = [torch.arange(a, b, step, dtype=torch.float64) for a, b in bounds]
    mass = float(toy.log_density(torch.cartesian_prod(*axes)).exp().sum()) * step**2
    assert mass == pytest.approx(1.0, abs=2e-2 if edged(toy) else 1e-5)


def edged(toy: Toy) -> bool:
    """Tell whether the density has edges: cells, or arms bent so much that the plane folds."""
    return isinstance(toy, Checkerboard) or (isinstance(toy, Pinwheel) and toy.rate >= 0.5)


@every_toy
def test_draws_follow_the_density(toy: Toy) -> None:
    """The mean of -log p over draws is the entropy: a cross-entropy is larger for any other."""
    log_p = toy.log_density(toy.draw(4_000, stream(3))[0].double())
    assert torch.isfinite(log_p).all()
    error = 4 * float(log_p.std()) / math.sqrt(len(log_p)) + 1e-4
    assert -float(log_p.mean()) == pytest.approx(toy.entropy(), abs=error)


@pytest.mark.parametrize(("toy", "entropy"), ENTROPIES)
def test_entropies_are_the_known_ones(toy: Toy, entropy: float) -> None:
    assert toy.entropy() == pytest.approx(entropy, abs=0.0031)


def test_a_gaussian_has_its_closed_form() -> None:
    toy = GaussianPoints(dims=3, mean=2.0, sd=1.5, correlation=0.6)
    lags = torch.arange(3)
    covariance = 1.5**2 * 0.6 ** (lags[:, None] - lags).abs().double()
    known = torch.distributions.MultivariateNormal(torch.full((3,), 2.0).double(), covariance)
    x = toy.draw(100, stream())[0].double()
    assert torch.allclose(toy.log_density(x), known.log_prob(x))
    assert toy.entropy() == pytest.approx(float(known.entropy()))
    assert torch.allclose(toy.draw(200_000, stream())[0].T.cov().double(), covariance, atol=0.05)


def test_the_checkerboard_is_zero_on_white() -> None:
    x = torch.tensor([[-3.0, -3.0], [-3.0, -1.0], [1.0, 1.0], [9.0, 9.0]])
    assert Checkerboard().log_density(x).exp().tolist() == pytest.approx([1 / 32, 0, 1 / 32, 0])


@every_toy
def test_single_precision_is_enough(toy: Toy) -> None:
    x = toy.draw(500, stream())[0]
    assert toy.log_density(x).dtype == torch.float32
    assert torch.allclose(
        toy.log_density(x).double(), toy.log_density(x.double()), atol=1e-2 if edged(toy) else 2e-4
    )


@pytest.mark.parametrize("toy", [t for t in ALL if not isinstance(t, (Checkerboard, Pinwheel))])
def test_far_away_the_density_stays_finite(toy: Toy) -> None:
    far = toy.log_density(torch.tensor([[30.0, -20.0], [-30.0, 5.0]], dtype=torch.float64))
    assert torch.isfinite(far).all()
    assert (far < -50).all()


@pytest.mark.parametrize("toy", [t for t in ALL if not isinstance(t, Checkerboard)])
def test_the_gradient_is_the_slope(toy: Toy) -> None:
    """Score views and Langevin sampling differentiate log p."""
    x = toy.draw(20, stream(1))[0].double().requires_grad_()
    (slope,) = torch.autograd.grad(toy.log_density(x).sum(), x)
    step = 1e-5 * toy.grain
    for axis in torch.eye(2, dtype=torch.float64):
        with torch.no_grad():
            up, down = toy.log_density(x + step * axis), toy.log_density(x - step * axis)
        assert torch.allclose(slope @ axis, (up - down) / (2 * step), rtol=1e-3, atol=1e-3)


@given(modes=st.integers(1, 30), radius=st.floats(0, 5), sd=st.floats(0.01, 2))
@settings(max_examples=15, deadline=None)
def test_a_mixture_lies_between_one_mode_and_separate_ones(
    modes: int, radius: float, sd: float
) -> None:
    noise = 1 + math.log(2 * math.pi) + 2 * math.log(sd)
    entropy = RingMixture(modes=modes, radius=radius, sd=sd).entropy()
    assert noise - 1e-5 <= entropy <= noise + math.log(modes) + 1e-5


# --- draws ----------------------------------------------------------------------------------------


@every_kind
def test_shapes_and_labels(kind: type[Toy]) -> None:
    points, labels = kind(batch=300)()
    assert (points.shape, points.dtype) == ((300, 2), torch.float32)
    assert (labels.shape, labels.dtype) == ((300,), torch.int64)
    assert labels.min() >= 0
    assert torch.isfinite(points).all()
    sketch = kind(batch=300).sketch()
    assert [(s.shape, s.dtype) for s in sketch] == [(t.shape, t.dtype) for t in (points, labels)]


@every_kind
def test_points_never_come_again(kind: type[Toy]) -> None:
    node = kind(batch=60_000)
    seen = torch.cat([node().points[:, 0] for _ in range(3)])
    assert node.at.epoch > 0
    assert seen.unique().numel() > 0.9 * len(seen)
    assert node.length is None
    assert node.sign() == "fresh points"


@every_kind
def test_resuming_goes_on_with_the_same_points(kind: type[Toy]) -> None:
    node = kind(batch=30_000, seed=2)
    for _ in range(3):
        node()
    state = node.state_dict()
    expected = [node().points for _ in range(4)]
    resumed = kind(batch=30_000, seed=2)
    resumed.load_state_dict(state)
    assert all(torch.equal(resumed().points, e) for e in expected)


def test_a_fixed_set_comes_again_each_epoch() -> None:
    node = TwoMoons(size=100, batch=50)
    first, second = (torch.cat([node().points, node().points]) for _ in range(2))
    assert not torch.equal(first, second)
    assert torch.equal(first.sort(0).values, second.sort(0).values)
    assert node.length == 2
    assert node.sign() == "train 100"


def test_test_points_are_the_same_in_every_run_and_end() -> None:
    one, other = TwoMoons(test_size=500).eval(), TwoMoons(test_size=500).eval()
    one.run_seed, other.run_seed = 1, 2
    assert [len(one().points), len(one().points)] == [256, 244]
    with pytest.raises(Exhausted):
        one()
    one.rewind()
    assert torch.equal(one().points, other().points)


def test_two_kinds_with_one_seed_share_no_noise() -> None:
    moons, gaussian = TwoMoons(seed=1, noise=1.0)().points, GaussianPoints(seed=1)().points
    assert abs(float(torch.corrcoef(torch.stack([moons[:, 0], gaussian[:, 0]]))[0, 1])) < 0.2


def test_the_global_generator_is_left_alone() -> None:
    before = torch.get_rng_state()
    for kind in KINDS:
        node = kind()
        node(), node.eval()(), node.entropy()
    assert torch.equal(torch.get_rng_state(), before)


def test_a_live_parameter_changes_the_next_batch() -> None:
    node = GaussianPoints(seed=0, batch=2000)
    node()
    node.set("sd", 5.0)
    assert 4.5 < float(node().points.std()) < 5.5
    node.set("dims", 7)
    assert node().points.shape == (2000, 7)
    node.set("batch", 65536)
    assert node().points.shape == (65536, 7)


def test_noise_without_a_density_is_refused() -> None:
    with pytest.raises(ParamRefused, match=r"at least 0\.001"):
        TwoMoons(noise=0.0)
