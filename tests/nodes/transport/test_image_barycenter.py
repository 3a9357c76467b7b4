"""Laws of barycentres of images: Gaussians, copies, ends, mass, symmetry, least cost."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from nodes.errors import InputRefused
from nodes.transport.costs import GroundCost
from nodes.transport.image_barycenter import ImageBarycenter, ImageMorph
from nodes.transport.sinkhorn_solver import sinkhorn
from nodes.types import Frame

SIDE = 24


def last(frames: object) -> Tensor:
    *_, frame = frames  # type: ignore[misc]
    assert isinstance(frame, Frame) and frame.value is not None
    return frame.value


def blob(x: float, y: float, spread: float, mass: float = 5.0) -> Tensor:
    """Return a picture (1, h, w) of a Gaussian."""
    at = torch.arange(SIDE, dtype=torch.float64)
    rows, columns = (torch.exp(-((at - m) ** 2) / (2 * spread**2)) for m in (y, x))
    image = torch.outer(rows, columns)
    return (mass * image / image.sum()).float()[None]


def moments(image: Tensor) -> tuple[float, float, float]:
    """Return mean column, mean row and standard deviation of a picture's ink."""
    law = image.double()[0] / image.double().sum()
    at = torch.arange(SIDE, dtype=torch.float64)
    x, y = (law.sum(0) * at).sum(), (law.sum(1) * at).sum()
    spread = ((law.sum(0) * (at - x) ** 2).sum() + (law.sum(1) * (at - y) ** 2).sum()) / 2
    return x.item(), y.item(), spread.sqrt().item()


def digits(count: int) -> Tensor:
    """Return pictures with strokes: bars at several places."""
    images = torch.zeros(count, 1, SIDE, SIDE)
    for n in range(count):
        images[n, 0, 4 + n : 16 + n, 5 + 2 * n : 8 + 2 * n] = 0.9
    return F.avg_pool2d(F.avg_pool2d(images, 3, 1, 1), 3, 1, 1)  # soft, as of a pen


@pytest.mark.parametrize("blur", [1.0, 2.0])
@pytest.mark.parametrize("t", [0.25, 0.5, 0.75])
def test_between_gaussians_lies_the_gaussian_between(t: float, blur: float) -> None:
    x, y = blob(7, 8, 1.5), blob(15, 13, 2.5)
    path = last(ImageMorph(frames=5, blur=blur, rounds=2000, tolerance=1e-7)(x[None], y[None]))
    found = moments(path[round(4 * t), 0])
    must = (7 + 8 * t, 8 + 5 * t, 1.5 + t)
    assert found == pytest.approx(must, abs=0.06)


def test_what_fades_stays_where_it_is() -> None:
    x, y = blob(7, 8, 1.5), blob(15, 13, 1.5)
    path = last(ImageMorph(frames=3, way="fade")(x[None], y[None]))
    assert torch.allclose(path[1, 0], (x + y) / 2)
    assert (
        moments(path[1, 0])[2]
        > 2.5
        > moments(last(ImageMorph(frames=3)(x[None], y[None]))[1, 0])[2]
    )


@pytest.mark.parametrize("debiased", [True, False])
def test_the_entropys_blur_is_taken_away_where_it_is_asked_for(debiased: bool) -> None:
    images = digits(1).repeat(4, 1, 1, 1)
    found = last(ImageBarycenter(debiased=debiased, rounds=1000, tolerance=1e-6)(images))
    apart = (found[0] - images[0]).abs().sum() / images[0].sum()
    assert apart < 0.1 if debiased else apart > 0.3


@pytest.mark.parametrize("way", ["transport", "fade"])
def test_ends_are_the_images_and_the_mass_goes_evenly(way: str) -> None:
    x, y = digits(2), digits(4)[2:] * 0.5
    path = last(ImageMorph(frames=5, way=way, rounds=1000, tolerance=1e-6)(x, y))
    assert path.shape == (5, 2, 1, SIDE, SIDE)
    assert float((path[0] - x).abs().sum() / x.sum()) < 0.1
    assert float((path[-1] - y).abs().sum() / y.sum()) < 0.1
    mass = path.sum((2, 3, 4))
    even = torch.lerp(mass[0], mass[-1], torch.linspace(0, 1, 5)[:, None])
    assert torch.allclose(mass, even, rtol=0.05)
    assert path.min() >= 0 and path.max() <= 1


def test_the_way_back_is_the_way() -> None:
    x, y = digits(3)[:1], digits(3)[2:]
    there, back = (last(ImageMorph(frames=5)(*pair)) for pair in ((x, y), (y, x)))
    assert torch.allclose(there, back.flip(0), atol=1e-3)


def cost(image: Tensor, images: Tensor) -> float:
    """Return the mean transport cost of a picture's ink to that of others."""
    at = torch.cartesian_prod(*2 * (torch.arange(SIDE, dtype=torch.float64),))
    total = 0.0
    laws = [v.double().flatten().clamp_min(0) / v.double().sum() for v in (image, *images)]
    for law in laws[1:]:
        rows, columns = laws[0] > 1e-6, law > 1e-6
        a, b = laws[0][rows] / laws[0][rows].sum(), law[columns] / law[columns].sum()
        between = GroundCost().between(at[rows], at[columns])
        plan = sinkhorn(between, eps=0.2, relative=False, a=a, b=b).plan
        total += (plan * torch.cdist(at[rows], at[columns]).square()).sum().item()
    return total / len(images)


def test_no_other_picture_tried_costs_less() -> None:
    images = digits(3)
    found = last(ImageBarycenter(rounds=1000, tolerance=1e-6)(images))[0]
    others = [
        images[0],
        images[2],
        images.mean(0),
        torch.roll(found, 1, 2),
        torch.roll(found, 2, 1),
    ]
    least = cost(found, images)
    assert all(cost(other, images) > least for other in others)


def test_each_class_has_its_own_middle() -> None:
    images = torch.cat([digits(2), digits(6)[4:]])
    labels = torch.tensor([3, 3, 1, 1])
    found = last(ImageBarycenter()(images, labels))
    alone = [last(ImageBarycenter()(part))[0] for part in (images[2:], images[:2])]
    assert torch.allclose(found, torch.stack(alone), atol=1e-6)
    assert len(list(ImageBarycenter()(images, labels))) == 2, "a frame for each class"


def test_an_empty_picture_harms_nothing() -> None:
    x = torch.zeros(1, 1, SIDE, SIDE)
    assert last(ImageMorph(frames=3)(x, digits(1))).isfinite().all()
    assert last(ImageBarycenter()(torch.cat([x, digits(1)]))).isfinite().all()


def test_unlike_pictures_are_refused() -> None:
    with pytest.raises(InputRefused, match="must have the shape"):
        list(ImageMorph()(digits(1), torch.zeros(1, 1, 8, 8)))
