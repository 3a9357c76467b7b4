"""Lists of numbers as lines."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from nodes.base import Node, param
from nodes.errors import InputRefused
from nodes.sentences import Text, rounded, say
from nodes.types import Figure, Many, Values


class Profile(Node):
    """Draw lists of numbers as lines, in their order or over a list of places.

    `values`: several lists (b,), of one length; `x` (b,): where each number stands, as the values
    of a setting that was varied. Without it they are numbered from 1: the error of each iteration,
    say. What is no number is left out.
    """

    synonyms = "line plot, chart, array plot, convergence, errors, tracé, graphique"
    title = "Profile"
    icon = "chart-line"
    role = "view"
    figure = "curve"

    names: str = param(
        default="", help="What the lines are called, with commas between, in the order of wires."
    )
    x_name: str = param(default="", title="Below", help="What the places are called.")
    log: bool = param(default=False, title="Logarithmic", help="Draw powers of ten evenly.")
    x_log: bool = param(
        default=False, title="Logarithmic x", help="Draw powers of ten evenly from left to right."
    )

    def forward(self, values: Many[Values], x: Values | None = None) -> Figure:
        """Return a figure `curve`, a line for each list (b,).

        Raise `InputRefused` where lists differ in length.
        """
        _must_be_of_one_length(values, x)
        table = torch.stack([v.detach().float() for v in values])
        table = torch.where(table.isfinite(), table, math.nan)
        places = torch.arange(1, table.shape[1] + 1) if x is None else x.detach().float()
        known = table.isfinite().any(0)
        given: list[Text] = [name.strip() for name in self.names.split(",") if name.strip()]
        names = [*given, *(say("line {k}", k=k + 1) for k in range(len(given), len(table)))]
        arrays = {"x": places[known]} | {f"y:{k}": row[known] for k, row in enumerate(table)}
        facts: dict[str, Any] = {
            "names": {str(k): name for k, name in enumerate(names[: len(table)])},
            "log": self.log,
            "x_log": self.x_log,
            "x_name": self.x_name,
            "subtitle": _ends(names, table[:, known]) or self.x_name,
        }
        return Figure("curve", arrays, facts)

    def sketch(self, values: Many[Tensor], x: Tensor | None = None) -> None:
        """Refuse lists of different lengths."""
        _must_be_of_one_length(values, x)


def _must_be_of_one_length(values: Many[Tensor], x: Tensor | None) -> None:
    counts = {len(v) for v in ([*values] if x is None else [*values, x])}
    if len(counts) > 1:
        raise InputRefused(
            "Lists must be of one length; they are of {found}.",
            "Wire lists that belong together.",
            found=", ".join(map(str, sorted(counts))),
        )


def _ends(names: list[Text], table: Tensor) -> Text:
    """Return what a single line ends at."""
    if table.shape[0] != 1 or not table.shape[1]:
        return ""
    return say("{name} {value}", name=names[0], value=rounded(table[0, -1].item(), 2))
