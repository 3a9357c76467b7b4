"""The number of modes that a generator covers."""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor

from nodes.base import Node, param
from nodes.data.toys import Mixture
from nodes.errors import InputRefused
from nodes.metrics.by_class import by_class
from nodes.metrics.gathering import rewind, until
from nodes.sentences import Part, Text, Word, say
from nodes.types import Images, Labels, Measured, Points, Stream

WITHIN = 3.0
"""A sample is of high quality within so many standard deviations of a centre (VEEGAN)."""
NEIGHBOURS = 10_000
"""Most real items among which the nearest is looked for."""
PIECE = 1000

Items = Points | Images
First = Literal["modes", "high quality", "reverse KL", "largest share"]


class ModeCoverage(Node):
    """Count the modes of the data that a generator makes, and how evenly.

    VEEGAN: Reducing Mode Collapse in GANs using Implicit Variational Learning (Srivastava et al.,
    2017), arXiv:1705.07761.

    Of a ring or a grid of Gaussians (`real` comes from one): a sample is of high quality within 3
    standard deviations of a centre, as 98.89 % of the data are; a mode is covered where such a
    sample lies. Other data need `labels`: a sample is of the class of the nearest real item (pixel
    by pixel), and all count as of high quality. `reverse_kl` is KL(samples || data) over modes, in
    nats: 0 is as the data, ln K is one mode of K even ones. `largest_share` is how often the data's
    largest mode comes (the first of equal ones), beside it how often it should; of classes with
    names stands the share of each.
    """

    synonyms = "mode collapse, diversity, missing modes, effondrement des modes, diversité"
    title = "Mode coverage"
    formula = (
        r"K_\theta = \#\{k : q_k > 0\}, \qquad"
        r" \mathrm{KL}(q\,\|\,p) = \sum_k q_k \log\frac{q_k}{p_k}"
    )
    icon = "target"
    role = "metric"
    better = "more"

    show: First = param(
        default="modes", help="The number that stands first; the others stand beside it."
    )
    count: int = param(default=2500, low=1, high=1_000_000, unit="items", help="Samples looked at.")
    share: float = param(
        default=0.0,
        low=0.0,
        high=1.0,
        title="Least share",
        help="What makes a mode count, as a share of the data's; 0: a single sample.",
    )

    def forward(
        self, fake: Stream[Items], real: Stream[Items], labels: Stream[Labels] | None = None
    ) -> Measured:
        """Return the number chosen by `show`, with all others beside it.

        Raise `InputRefused` where no labels are wired and `real` does not come from a mixture, or
        where samples differ in shape from real items.
        """
        mode, good, p = (
            self._by_class(fake, real, labels) if labels else self._by_centre(fake, real)
        )
        found = torch.bincount(mode[good], minlength=len(p)) / len(mode)
        q = torch.bincount(mode, minlength=len(p)) / len(mode)
        covered = (found > 0) & (found >= self.share * p)
        numbers = {
            "modes": float(covered.sum()),
            "high_quality": good.double().mean().item(),
            "reverse_kl": torch.special.xlogy(q, q / p).sum().item(),
            "largest_share": q[p.argmax()].item(),
            "of": float(len(p)),
            "share_of_data": p.max().item(),
            "samples": float(len(mode)),
        }
        if labels is not None:
            numbers |= by_class(dict(enumerate(q.tolist())), self.class_names)
        first = self.show.lower().replace(" ", "_")
        return Measured(numbers.pop(first), numbers, _unit(first, p))

    def sketch(
        self, fake: Stream[Tensor], real: Stream[Tensor], labels: Stream[Tensor] | None = None
    ) -> None:
        """Refuse data whose modes nobody knows, and samples of another shape."""
        if labels is None:
            _mixture_behind(real)
        for x, y in zip(real, fake, strict=False):
            _must_be_alike(x, y)

    def _by_centre(self, fake: Stream[Items], real: Stream[Items]) -> tuple[Tensor, Tensor, Tensor]:
        """Return the mode of each sample, whether it lies close, and the data's shares."""
        mixture = _mixture_behind(real)
        samples = self._samples(fake)
        centres = mixture.centres().to(samples)
        distance, mode = torch.cdist(samples, centres).min(1)
        p = mixture.shares().to(samples)
        return mode, distance < WITHIN * mixture.sd, p

    def _by_class(
        self, fake: Stream[Items], real: Stream[Items], labels: Stream[Labels]
    ) -> tuple[Tensor, Tensor, Tensor]:
        items, classes = _known(real, labels)
        samples = self._samples(fake).flatten(1)
        parts = [torch.cdist(part, items).argmin(1) for part in samples.split(PIECE)]
        mode = classes[torch.cat(parts)]
        p = torch.bincount(classes) / len(classes)
        return mode, torch.ones_like(mode, dtype=torch.bool), p

    def _samples(self, fake: Stream[Items]) -> Tensor:
        return torch.cat(list(until(fake, self.count)))[: self.count]

    def sign(self) -> Part:
        return Word(self.show)


def _unit(first: str, p: Tensor) -> Text:
    """Return what stands beside a number: of how many modes, or of what share in the data."""
    units: dict[str, Text] = {
        "modes": say("of {modes}", modes=len(p)),
        "high_quality": say("of the samples"),
        "reverse_kl": "nats",
        "largest_share": say("of {share}", share=p.max().item()),
    }
    return units[first]


def _known(real: Stream[Items], labels: Stream[Labels]) -> tuple[Tensor, Tensor]:
    """Return test items and their classes; a pull gives some of both, and of nothing else."""
    items: list[Tensor] = []
    classes: list[Tensor] = []
    rewind(real, NEIGHBOURS)
    for x, label in zip(real, labels, strict=False):
        items.append(x.flatten(1))
        classes.append(label)
        if sum(map(len, items)) >= NEIGHBOURS:
            break
    return torch.cat(items), torch.cat(classes)


def _mixture_behind(real: Stream[Any]) -> Mixture:
    """Return the data set that `real` comes from, or raise `InputRefused`."""
    mixtures = [m for m in real.modules if isinstance(m, Mixture)]
    if len(mixtures) != 1:
        raise InputRefused(
            "{real} must come from a ring or a grid of Gaussians where no labels are wired.",
            "Wire the labels of the data: each class counts as a mode.",
        )
    return mixtures[0]


def _must_be_alike(x: Tensor, y: Tensor) -> None:
    if x.shape[1:].numel() != y.shape[1:].numel():
        must, found = (" ".join(map(str, v.shape[1:])) for v in (x, y))
        raise InputRefused(
            "{fake} must have the shape of {real}, {must}; it has {found}.",
            "Give the generator the shape of the data.",
            must=must,
            found=found,
        )
