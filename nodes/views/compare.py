"""Models side by side: their figures in a table, their samples in rows."""

from __future__ import annotations

import math
from fnmatch import fnmatchcase

import torch
from torch import Tensor

from nodes.base import Node, param
from nodes.errors import InputRefused
from nodes.sentences import Part, PortName, listed, say
from nodes.types import Figure, Images, Many, Measured


def names_param() -> str:
    """Declare the names of rows."""
    return param(
        default="", help="Names of the rows, with commas between, in the order of the wires."
    )


class Compare(Node):
    """Show the figures of several models in one table, a model in each row.

    Every wire brings one measure, as a scorecard: its figures are the columns. Where a model has no
    value of a figure, the cell is empty. A floor that all share is shown beside the title. What is
    `said` of the models is shown in columns before the figures.
    """

    synonyms = "table, comparison, results, models, leaderboard, tableau, comparaison, résultats"
    title = "Compare"
    icon = "table"
    role = "view"
    figure = "table"

    names: str = names_param()
    left_out: str = param(
        default="items, floor",
        help="Figures that need no column, with commas between; class * is all that begin so.",
    )
    said: str = param(
        default="",
        help="Columns of words, to hold the figures against: stability: high, low; quality: ...",
    )
    digits: int = param(default=3, low=1, high=12, help="Significant digits of a figure.")
    caption: str = param(default="", help="Words beside the title.")

    def forward(self, measures: Many[Measured]) -> Figure:
        """Return a figure `table`, a row for each measure."""
        hidden = _listed(self.left_out)
        figures = [_figures(measured) for measured in measures]
        known = dict.fromkeys(name for f in figures for name in f)
        columns = [n for n in known if not any(fnmatchcase(n, pattern) for pattern in hidden)]
        names = named(self.names, len(figures))
        said = columns_said(self.said, len(figures))
        rows = [
            [name, *words, *(self._cell(f.get(column)) for column in columns)]
            for name, f, *words in zip(names, figures, *said.values(), strict=True)
        ]
        heads = ["", *said, *map(PortName, columns)]
        return Figure(
            "table", {}, {"columns": heads, "rows": rows, "subtitle": self._subtitle(measures)}
        )

    def _cell(self, value: float | None) -> float | str:
        if value is None or not math.isfinite(value):
            return ""
        return float(f"{value:.{self.digits}g}")

    def _subtitle(self, measures: Many[Measured]) -> Part:
        """Return what all have in common: the floor, the unit."""
        floors = {self._cell(m.others.get("floor")) for m in measures} - {""}
        units = list(dict.fromkeys(m.unit for m in measures if m.unit))
        found = [say("floor {floor}", floor=f) for f in floors] if len(floors) == 1 else []
        return self.caption or listed([*found, *units])

    def sketch(self, measures: Many[Measured]) -> None:
        """There is nothing to show before the figures are known."""


class CompareImages(Node):
    """Show samples of several models, those of one model in a row.

    Each wire brings `images` (b, c, h, w) of the same size; of each the first `count` are shown.
    """

    synonyms = "samples side by side, comparison, rows, grid, comparaison, côte à côte"
    title = "Compare images"
    icon = "gallery-vertical-end"
    role = "view"
    figure = "images"

    names: str = names_param()
    count: int = param(default=10, low=1, high=256, unit="images", help="Images in each row.")
    caption: str = param(default="", help="Words beside the title.")

    def forward(self, images: Many[Images]) -> Figure:
        """Return a figure `images`: bytes (rows x columns, c, h, w), a row for each wire.

        Raise `InputRefused` where images differ in shape.
        """
        self.sketch(images)
        shown = [as_bytes(part[: self.count]) for part in images]
        columns = min(len(part) for part in shown)
        stack = torch.cat([part[:columns] for part in shown])
        facts = {"columns": columns, "low": 0, "high": 255, "subtitle": self.caption}
        return Figure("images", {"images": stack}, facts | {"rows": named(self.names, len(shown))})

    def sketch(self, images: Many[Images]) -> None:
        """Refuse shapes that differ."""
        for part in images:
            if part.shape[1:] != images[0].shape[1:]:
                must, found = (" ".join(map(str, v.shape[1:])) for v in (images[0], part))
                raise InputRefused(
                    "All pictures must have the shape of the first, {must}; some have {found}.",
                    "Compare models of the same data.",
                    must=must,
                    found=found,
                )


def as_bytes(images: Tensor) -> Tensor:
    """Return images (b, c, h, w) as uint8; those below -0.25 are taken to lie in [-1, 1]."""
    signed = images.min() < -0.25
    fractions = (images.float() + 1) / 2 if signed else images.float()
    return fractions.clamp(0, 1).mul(255).round().to(torch.uint8)


def _figures(measured: Measured) -> dict[str, float]:
    """Return all figures of a measure; where its value has a name beside it, once."""
    others = dict(measured.others)
    return others if measured.value in others.values() else {"value": measured.value} | others


def named(names: str, count: int) -> list[str]:
    """Return a name for each row, numbers where none is given."""
    given = _listed(names)[:count]
    return given + [str(n + 1) for n in range(len(given), count)]


def columns_said(text: str, count: int) -> dict[str, list[str]]:
    """Return columns of words by their heads, each with a word a row, empty where none is given."""
    parts = [part.partition(":") for part in text.split(";") if part.strip()]
    return {head.strip(): (_listed(words) + [""] * count)[:count] for head, _, words in parts}


def _listed(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]
