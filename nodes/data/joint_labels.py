"""Two labels of an item combined into one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nodes.base import EVERY, Node, param
from nodes.errors import InputRefused
from nodes.labels import must_name_classes
from nodes.sentences import Part, say
from nodes.types import Labels, Range


class JointLabels(Node):
    """Write two labels of an item as one, so that a network is conditioned on both.

    `joint` (b,) is `first` times the number of classes of `second`, plus `second`: of 10 digits and
    6 speakers there are 60. The network's classes are as many.
    """

    synonyms = (
        "combine labels, product of classes, two conditions, étiquettes jointes, deux conditions, "
        "produit de classes"
    )
    title = "Joint labels"
    formula = r"y = K_2\, y_1 + y_2"
    icon = "tags"
    unreached = EVERY
    returns = "joint"

    classes: int = param(
        default=6,
        settles="sizes",
        low=1,
        high=100_000,
        unit="classes",
        title="Second classes",
        help="How many classes the second label has, K₂.",
    )

    def forward(self, first: Labels, second: Labels) -> Labels:
        """Return first x classes + second, (b,), for labels (b,).

        Raise `InputRefused` where both differ in number, or a second one is none of its classes.
        """
        if first.shape[0] != second.shape[0]:
            raise InputRefused(
                "{second} must be as many as {first}, {must}; they are {found}.",
                "Wire both labels of the same batch.",
                must=first.shape[0],
                found=second.shape[0],
            )
        must_name_classes(second, self.classes)
        return first * self.classes + second

    def ranges(
        self, first: Range | None = None, second: Range | None = None, **_: Range | None
    ) -> Mapping[str, Range]:
        if first is None:
            return {}
        low, high = (second.low, second.high) if second else (0, self.classes - 1)
        return {"joint": Range(first.low * self.classes + low, first.high * self.classes + high)}

    def named(self, **names: Sequence[str]) -> Mapping[str, Sequence[str]]:
        first, second = names.get("first", ()), names.get("second", ())
        if len(second) != self.classes:
            return {}
        return {"joint": [f"{a} {b}" for a in first for b in second]}

    def sign(self) -> Part:
        return say("× {n} classes", n=self.classes)
