"""Figures agree with those of torchmetrics, on features that need no download."""

import pytest
import torch
from torch import Tensor, nn

from nodes.metrics.fid import frechet_distance, moments
from nodes.metrics.inception_score import inception_score
from nodes.metrics.kernels import cubic_kernels, mmd2

pytestmark = pytest.mark.filterwarnings("ignore")


class Flat(nn.Module):
    """Features that are the numbers themselves."""

    num_features = 6

    def forward(self, x: Tensor) -> Tensor:
        return x.flatten(1)


@pytest.fixture(scope="module")
def both() -> tuple[Tensor, Tensor]:
    torch.manual_seed(0)
    x, y = torch.rand(2, 200, 1, 2, 3, dtype=torch.float64)
    return x, y.square()


def test_fid(both: tuple[Tensor, Tensor]) -> None:
    module = pytest.importorskip("torchmetrics.image.fid")
    theirs = module.FrechetInceptionDistance(feature=Flat(), input_img_size=(1, 2, 3))
    theirs.set_dtype(torch.float64)
    x, y = both
    theirs.update(x, real=True)
    theirs.update(y, real=False)
    ours = frechet_distance(*moments(x.flatten(1)), *moments(y.flatten(1)))
    assert ours == pytest.approx(theirs.compute().item(), rel=1e-9)


def test_kid(both: tuple[Tensor, Tensor]) -> None:
    module = pytest.importorskip("torchmetrics.image.kid")
    theirs = module.KernelInceptionDistance(feature=Flat(), subsets=1, subset_size=200)
    x, y = both
    theirs.update(x, real=True)
    theirs.update(y, real=False)
    ours = mmd2(*cubic_kernels(x.flatten(1), y.flatten(1)))
    assert ours == pytest.approx(theirs.compute()[0].item(), rel=1e-9)


def test_inception_score(both: tuple[Tensor, Tensor]) -> None:
    module = pytest.importorskip("torchmetrics.image.inception")
    theirs = module.InceptionScore(feature=Flat(), splits=1)
    logits = 5 * both[0]
    theirs.update(logits)
    ours = inception_score(torch.softmax(logits.flatten(1), 1))
    assert ours == pytest.approx(theirs.compute()[0].item(), rel=1e-9)
