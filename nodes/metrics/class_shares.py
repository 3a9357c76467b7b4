"""The share of each class among generated images."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from nodes.base import Node
from nodes.metrics.by_class import by_class
from nodes.metrics.embedding import unit_of
from nodes.metrics.features import Features
from nodes.metrics.gathering import collect, count_param, rewind
from nodes.metrics.inception_score import must_tell_classes, probabilities
from nodes.types import Images, Labels, Measured, Stream


class ClassShares(Node):
    """Measure how often the rarest class of the data comes among generated images.

    A network reads the classes of `images`; `labels` are those of the data. The value is the share
    of the class that is rarest in the data, `of data` its share there, `error` the standard error.
    `no class` is the share of images that are read as a class which the data have not. Beside them
    stands the share of each class, where the classes have names.
    """

    synonyms = (
        "bias, minority, imbalance, fairness, mode collapse, biais, minorité, déséquilibre, équité"
    )
    title = "Class shares"
    formula = r"\frac{1}{n} \sum_i \mathbf{1}\left[\arg\max_k\, p(k|x_i) = \arg\min_k n_k\right]"
    icon = "scale"
    role = "metric"
    better = "more"

    count: int = count_param(2000, help="Images that are classed, at most.")

    def forward(
        self, images: Stream[Images], labels: Stream[Labels], features: Features
    ) -> Measured:
        """Return the share of images (b, c, h, w) of the class that is rarest in labels (b,).

        Raise `InputRefused` where the network takes no such images, or classifies more than one
        attribute.
        """
        data = _shares_of_data(labels)
        read = collect(images, self.count, lambda x: probabilities(x, features)).argmax(1).cpu()
        known = max(len(data), int(read.max()) + 1)
        data = torch.nn.functional.pad(data, (0, known - len(data)))
        found = torch.bincount(read, minlength=known) / len(read)
        rarest = int(torch.where(data > 0, data, math.inf).argmin())
        share = found[rarest].item()
        others = {
            "of data": data[rarest].item(),
            "error": math.sqrt(share * (1 - share) / len(read)),
            "no class": found[data == 0].sum().item(),
            "items": float(len(read)),
        }
        others |= by_class(
            {c: found[c].item() for c in data.nonzero()[:, 0].tolist()}, self.class_names
        )
        return Measured(share, others, unit_of(features))

    def sketch(self, images: Stream[Tensor], labels: Stream[Tensor], features: Features) -> None:
        """Refuse images that the network does not know."""
        for batch in images:
            if features is not None:
                must_tell_classes(batch, features)


def _shares_of_data(labels: Stream[Labels]) -> Tensor:
    """Return how often each class comes in the test part of the data."""
    rewind(labels)
    counts = torch.bincount(torch.cat(list(labels)).cpu())
    return counts / counts.sum()
