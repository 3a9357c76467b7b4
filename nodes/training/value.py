"""A number, to set parameters of several nodes."""

from __future__ import annotations

from collections.abc import Mapping

from nodes.base import Node, param
from nodes.types import Number, Range


class Value(Node):
    """Give a number, to set a parameter of several nodes in one place.

    Make the parameter an input by the menu of its field, and wire the number into it.
    """

    synonyms = (
        "constant, number, float, scalar, slider, input, parameter, constante, nombre, curseur, "
        "valeur, paramètre"
    )
    formula = r"v"
    icon = "hash"
    returns = "number"

    value: float = param(default=1.0, help="The number.")

    def forward(self) -> Number:
        """Return the number."""
        return self.value

    def ranges(self, **ranges: Range | None) -> Mapping[str, Range]:
        return {"number": Range(self.value, self.value)}

    def sign(self) -> str:
        return f"{self.value:g}"
