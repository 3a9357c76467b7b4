"""The Fréchet distance that a perfect model would have."""

from __future__ import annotations

from torch import Tensor

from nodes.base import Node
from nodes.errors import InputRefused
from nodes.metrics.embedding import unit_of
from nodes.metrics.features import Features
from nodes.metrics.fid import FID
from nodes.metrics.gathering import count_param
from nodes.sentences import Text, say
from nodes.types import Batch, Measured, Stream


class FIDFloor(Node):
    """Measure the Fréchet distance from training to test items: less cannot be hoped for.

    GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash Equilibrium (Heusel et
    al., 2017), arXiv:1706.08500.

    It is the `floor` of FID, as a figure of its own. `real` comes from one data set with test
    items; as many training items are compared with them. It depends on `count`: compare with an FID
    of as many items.
    """

    synonyms = (
        "fréchet floor, lower bound, best fid, reference, plancher, borne inférieure, référence"
    )
    title = "FID floor"
    formula = r"\mathrm{FID}(\mathrm{train}, \mathrm{test})"
    icon = "scale"
    role = "metric"

    count: int = count_param(10_000)

    def forward(self, real: Stream[Batch], features: Features | None = None) -> Measured:
        """Return the Fréchet distance from training to test items.

        Raise `InputRefused` where the data set behind `real` has no test items.
        """
        fid = FID(count=self.count)
        reference = fid.reference(real, features)
        if reference.floor is None:
            raise InputRefused(
                "A floor needs a data set with test items behind {real}.",
                "Wire what comes from the data set alone.",
            )
        found = Measured(reference.floor, {"items": len(reference.items)}, unit_of(features))
        return fid.told(found, reference.items.shape[1])

    def sketch(self, real: Stream[Tensor], features: Features | None = None) -> None:
        """Refuse items that the network does not know."""
        for x in real:
            if features is not None:
                features.must_fit(x)

    def sign(self) -> Text:
        return say("{n} items", n=self.count)
