"""FID: known answers, the floor, and that what is known of the data is computed once."""

import math

import pytest
import torch

from nodes.data.toys import EightGaussians
from nodes.errors import InputRefused
from nodes.metrics.fid import FID, frechet_distance, moments
from nodes.types import SIGNED, UNIT, Range
from tests.nodes.metrics.streams import Draws, Fixed, Test

EYE = torch.eye(2, dtype=torch.float64)
ZERO = torch.zeros(2, dtype=torch.float64)


def test_the_distance_of_two_gaussians_is_27() -> None:
    mean = torch.tensor([3.0, 4.0], dtype=torch.float64)
    assert frechet_distance(ZERO, EYE, mean, 4 * EYE) == pytest.approx(27, abs=1e-9)


def test_samples_of_two_gaussians_come_near_27() -> None:
    torch.manual_seed(0)
    shift = torch.tensor([3.0, 4.0])
    real, fake = Draws(lambda: torch.randn(500, 2)), Draws(lambda: shift + 2 * torch.randn(500, 2))
    assert FID(count=50_000)(real, fake).value == pytest.approx(27, rel=0.01)


def test_covariances_that_do_not_commute_and_singular_ones() -> None:
    """The trace of a product's root is that of its eigenvalues' roots, which numpy can find too."""
    torch.manual_seed(0)
    a, b = (torch.randn(5, 3, dtype=torch.float64) for _ in range(2))
    a, b = a @ a.T, b @ b.T  # of rank 3
    zero = torch.zeros(5, dtype=torch.float64)
    roots = torch.linalg.eigvals(a @ b).real.clamp(min=0).sqrt().sum()
    expected = (a.trace() + b.trace() - 2 * roots).item()
    assert frechet_distance(zero, a, zero, b) == pytest.approx(expected, rel=1e-6)
    assert frechet_distance(zero, a, zero, a) == pytest.approx(0, abs=1e-6)


def test_moments_are_those_of_numpy() -> None:
    x = torch.randn(50, 3, dtype=torch.float64)
    mean, cov = moments(x)
    torch.testing.assert_close(mean, x.mean(0))
    torch.testing.assert_close(cov, torch.cov(x.T, correction=1))
    assert moments(x[:, :1])[1].shape == (1, 1)


def test_few_items_are_compared_with_many() -> None:
    """Figures of few items scatter less where the other side is known well."""
    torch.manual_seed(0)

    def spread(**more: int) -> float:
        values = []
        for _ in range(12):
            draws = (Draws(lambda: torch.randn(100, 4)) for _ in range(2))
            values.append(FID(count=100, **more)(*draws))
        assert all(v.others["items"] == 100 for v in values)
        return torch.tensor([v.value for v in values]).std().item()

    assert spread(against=10_000) < 0.8 * spread()
    data = Test(EightGaussians(batch=100, test_size=3000))
    measure = FID(count=100, against=3000)
    reference = measure.reference(data, None)
    assert len(reference.items) == 3000 and len(reference.training) == 100
    assert len(FID(count=200, against=100).reference(data, None).items) == 200  # never fewer


def test_the_floor_is_that_of_training_against_test_items() -> None:
    torch.manual_seed(0)
    data = Fixed(torch.randn(1000, 2), 1 + torch.randn(400, 2))
    fid = FID()
    measured = fid(Test(data), Draws(lambda: torch.randn(100, 2)))
    trained = data.items[data.begin_epoch(data.generator(1)).order[:400]].double()
    expected = frechet_distance(*moments(data.test_items.double()), *moments(trained))
    assert measured.others["floor"] == pytest.approx(expected)
    assert measured.others["floors"] == pytest.approx(measured.value / expected)
    assert measured.others["items"] == 400  # as many as there are real ones
    assert len(data.test_items) == 400  # as it was


def test_some_test_items_are_drawn_from_all() -> None:
    """The first of a set may be easier than the rest, as MNIST's are."""
    ordered = torch.linspace(0, 1, 1000)[:, None]
    fid, data = FID(count=200), Fixed(ordered.flip(0), ordered)
    reference = fid.reference(Test(data), None)
    assert reference.items.mean().item() == pytest.approx(0.5, abs=0.06)
    assert reference.training is not None
    assert reference.training.mean().item() == pytest.approx(0.5, abs=0.06)
    assert torch.equal(data.test_items, ordered)


def test_a_figure_of_too_few_items_says_so() -> None:
    data = Fixed(torch.randn(300, 5), torch.randn(200, 5))
    few, enough = (
        FID(count=count)(Test(data), Draws(lambda: torch.randn(3, 5))) for count in (5, 6)
    )
    assert few.unit == "raw numbers; 5 items are too few for 5 numbers each"
    assert "floors" not in few.others and "floors" in enough.others
    assert enough.unit == "raw numbers"


def test_real_items_are_looked_at_once() -> None:
    data = Fixed(torch.randn(300, 2), torch.randn(200, 2))
    fid, fake = FID(count=200), Draws(lambda: torch.randn(50, 2))
    real = Test(data)
    first = fid(real, fake)
    pulls = real.pulls
    fake.pulls = 0
    second = fid(real, fake)
    assert real.pulls == pulls
    assert fake.pulls == 4
    assert second.others["floor"] == first.others["floor"]
    fid.set("count", 100)
    fid(real, fake)
    assert real.pulls > pulls


def test_data_of_another_setting_are_looked_at_anew() -> None:
    fid, data = FID(count=500), EightGaussians()
    data.eval()
    fake = Draws(lambda: torch.randn(100, 2))
    narrow = fid(Test(data), fake).value
    data.set("sd", 2.0)
    assert fid(Test(data), fake).value != pytest.approx(narrow, rel=0.1)


def test_a_stream_that_learns_is_looked_at_each_time() -> None:
    data = Fixed(torch.randn(300, 2), torch.randn(200, 2))
    real = Test(data)
    real.modules = (data, torch.nn.Linear(2, 2))
    fid, fake = FID(count=200), Draws(lambda: torch.randn(50, 2))
    fid(real, fake)
    pulls = real.pulls
    fid(real, fake)
    assert real.pulls > pulls


def test_without_a_data_set_there_is_no_floor() -> None:
    fid = FID(count=100)
    measured = fid(Draws(lambda: torch.randn(50, 2)), Draws(lambda: torch.randn(50, 2)))
    assert "floor" not in measured.others
    assert math.isfinite(measured.value)
    assert measured.unit == "raw numbers"


def test_too_few_items_are_refused() -> None:
    with pytest.raises(InputRefused, match="two items or more"):
        FID()(Test(Fixed(torch.randn(5, 2), torch.randn(1, 2))), Draws(lambda: torch.randn(5, 2)))


def test_items_that_repeat_are_refused() -> None:
    """A fixed seed gives the same few at each pull: their copies are no law."""
    x = torch.randn(32, 2)
    real, fake = Draws(lambda: torch.randn(50, 2)), Draws(lambda: x)
    with pytest.raises(InputRefused, match="each pull gives the same 32"):
        FID(count=100)(real, fake)
    assert FID(count=32)(real, fake).value >= 0


def test_ranges_that_differ_are_refused() -> None:
    with pytest.raises(InputRefused, match=r"fake must lie in \[0, 1\]"):
        FID().ranges(real=UNIT, fake=SIGNED)
    unbounded = Range(-math.inf, math.inf)
    assert FID().ranges(real=UNIT, fake=unbounded) == {}


def test_shapes_that_differ_are_refused() -> None:
    streams = [iter([torch.zeros(4, 3)]), iter([torch.zeros(4, 2)])]
    with pytest.raises(InputRefused, match="must have the shape of real, 3; it has 2"):
        FID().sketch(*streams)  # type: ignore[arg-type]
