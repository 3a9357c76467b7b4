"""Displacement of points or images from x to y."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from nodes.base import Node, param
from nodes.errors import InputRefused
from nodes.sentences import Part, say
from nodes.transport.base import barycentric, drawn_pairs
from nodes.types import Batch, Figure, Plan
from nodes.views.base import sectors
from nodes.views.moment import images_at, must_be_shown, said


class Morph(Node):
    """Move points or images from x to y: a slider goes through the displacement between them.

    A Convexity Principle for Interacting Gases (McCann, 1997), doi:10.1006/aima.1997.1634.

    With a plan, mass moves along it: as pairs drawn from the plan, which shows where mass is split,
    or each x to its mean target (the barycentric map). Without one the i-th of x moves to the i-th
    of y. For a path of a sampler, use Moment.
    """

    synonyms = "morphing, interpolation, animation, transport, métamorphose"
    formula = r"x_t = (1 - t)\, x + t\, y, \quad (x, y) \sim \pi"
    icon = "move-3d"
    role = "view"
    figure = "paths"

    t: float = param(
        default=0.5,
        low=0.0,
        high=1.0,
        slider=True,
        title="Time t",
        help="Time: 0 shows x, 1 shows y.",
    )
    way: Literal["split", "mean"] = param(
        default="split", help="With a plan: pairs drawn from it, or each x to the mean of its y."
    )
    count: int = param(default=800, low=1, high=20_000, unit="items", help="Most items shown.")
    traces: bool = param(default=False, help="Draw a line from where each point came.")

    def forward(self, x: Batch, y: Batch, plan: Plan | None = None) -> Figure:
        """Return a figure `images` or `paths`: items x (n, ...) moved towards y (m, ...).

        Raise `InputRefused` where items differ in shape, the plan does not fit them, or they are
        neither images nor points in the plane.
        """
        self.sketch(x, y, plan)
        path = torch.stack(self._pairs(x, y, plan))[:, : self.count]
        if path.dim() == 5:
            return images_at(path, self.t)
        arrays = {"paths": path, "labels": sectors(path[0]), "source": x, "target": y}
        facts = {"at": self.t, "traces": self.traces, "equal": True, "subtitle": said(self.t)}
        return Figure("paths", arrays, facts)

    def sketch(self, x: Tensor, y: Tensor, plan: Tensor | None = None) -> None:
        """Refuse what cannot be moved or shown."""
        _must_be_pairs(x, y, plan)
        must_be_shown(x)

    def _pairs(self, x: Tensor, y: Tensor, plan: Tensor | None) -> tuple[Tensor, Tensor]:
        """Return where items start and where each of them ends."""
        if plan is None:
            count = min(len(x), len(y))
            return x[:count], y[:count]
        if self.way == "mean":
            return x, barycentric(plan, y).to(x)
        rows, columns = drawn_pairs(plan, self.count)
        return x[rows], y[columns]

    def sign(self) -> Part:
        return say("t {t}", t=self.t)


def _must_be_pairs(x: Tensor, y: Tensor, plan: Tensor | None) -> None:
    """Raise `InputRefused` where x cannot go to y along the plan."""
    if x.shape[1:] != y.shape[1:]:
        raise InputRefused(
            "{y} must have the shape of {x}, {must}; it has {found}.",
            "Wire items of the same kind to both.",
            must=" ".join(map(str, x.shape[1:])),
            found=" ".join(map(str, y.shape[1:])),
        )
    if plan is not None and tuple(plan.shape) != (len(x), len(y)):
        raise InputRefused(
            "{plan} must be {rows} by {columns}, one for each pair; it is {high} by {wide}.",
            "Wire the points that the plan was made for.",
            rows=len(x),
            columns=len(y),
            high=plan.shape[0],
            wide=plan.shape[1],
        )
