"""The score of a model in the plane, and the density that it is the gradient of."""

from __future__ import annotations

import math
from typing import Any, Literal

import torch
from torch import Tensor

from nodes.base import Node, param
from nodes.diffusion.base import predicted
from nodes.diffusion.schedules import Schedule
from nodes.errors import InputRefused
from nodes.sentences import Part, Sentence, Word, say
from nodes.types import Figure, Points, Stream, Velocity
from nodes.views.base import FEW, plane_of
from nodes.views.density import first_of

MARGIN = 0.12
"""Room around the points, as a share of their range."""
REACH = 3.0
"""How far the map goes where no points are wired."""
DIRECT = ("score", "velocity")
"""What a model may predict to be drawn as it is, without a schedule."""


class ScoreField(Node):
    """Show as arrows where a score, or a velocity, points at a time t, over the density it means.

    Generative Modeling by Estimating Gradients of the Data Distribution (Song & Ermon, 2019),
    arXiv:1907.05600.

    With a schedule the arrows are the score of p_t, whatever the model predicts, and points are
    shown with the noise they have at t. Without one they are the output of the model: its velocity,
    or its score. Behind a score lies the density whose gradient is nearest to it over the map, by
    least squares: a learned score that is right shows the data. Its scale is the map's: mass 1.
    """

    synonyms = (
        "vector field, quiver, arrows, gradient, velocity field, score, champ de vecteurs, "
        "flèches, vitesse"
    )
    title = "Score field"
    formula = r"s_\theta(x, t) \approx \nabla_x \log p_t(x)"
    icon = "wind"
    role = "view"
    figure = "field"

    t: float = param(
        default=0.2,
        low=0.0,
        high=1.0,
        slider=True,
        title="Time t",
        help="Of a diffusion 0 is data and 1 noise, of flow matching 0 noise and 1 data.",
    )
    behind: Literal["density", "log-density", "length", "nothing"] = param(
        default="density",
        help="What lies behind the arrows; length is theirs. A velocity has no density.",
    )
    count: int = param(default=400, low=0, high=20_000, unit="points", help="Most points drawn.")
    arrows: int = param(default=24, low=2, high=100, unit="arrows", help="Arrows along one side.")
    cells: int = param(default=96, low=8, high=512, unit="cells", help="Cells along one side.")
    span: float | None = param(
        default=None,
        low=1e-3,
        high=1e4,
        help="The map reaches from -span to span; empty: as far as the points do, "
        "farther where they are few.",
    )

    def forward(
        self,
        model: Velocity,
        schedule: Schedule | None = None,
        points: Stream[Points] | None = None,
    ) -> Figure:
        """Return a figure `field`: arrows (arrows, arrows), a density (cells, cells), and points.

        Raise `InputRefused` where the model is of other items than points in the plane, or has no
        score without a schedule.
        """
        must_be_in_a_plane(model)
        t = self._time(schedule)
        cloud = self._cloud(points, schedule, t)
        low, high = self._extent(cloud)
        at = centres(low, high, self.arrows)
        u, v = self._field(model, schedule, at, t).unbind(-1)
        arrays: dict[str, Any] = {"x": at[0, :, 0], "y": at[:, 0, 1], "u": u, "v": v}
        facts: dict[str, Any] = {"equal": True, "subtitle": self._subtitle(model, schedule, t)}
        if (ground := self._ground(model, schedule, low, high, t)) is not None:
            arrays["density"] = ground
            facts["low"] = ground.max().item() - 12 if self.behind == "log-density" else 0.0
        if cloud is not None:
            arrays["points"] = cloud[: self.count]
        return Figure("field", arrays, facts)

    def sketch(
        self, model: Velocity, schedule: Any = None, points: Stream[Tensor] | None = None
    ) -> None:
        """Refuse what lies in no plane, and a model that needs a schedule."""
        must_be_in_a_plane(model)
        must_have_schedule(model, schedule)
        for batch in points or ():
            if batch.shape[1] != 2:
                raise InputRefused(
                    "{points} must lie in the plane; they have {found} dimensions.",
                    "Look at samples as pictures instead.",
                    found=batch.shape[1],
                )

    def _time(self, schedule: Schedule | None) -> Tensor:
        """Return the time; where no noise at all is left there would be no score."""
        return torch.tensor(max(self.t, schedule.least if schedule else 0.0), device=self.device)

    def _cloud(
        self, points: Stream[Points] | None, schedule: Schedule | None, t: Tensor
    ) -> Tensor | None:
        if points is None:
            return None
        x = first_of(points, max(self.count, FEW))
        return x if schedule is None else schedule.add_noise(x, torch.randn_like(x), t)

    def _extent(self, cloud: Tensor | None) -> tuple[Tensor, Tensor]:
        if self.span is not None or cloud is None:
            reach = torch.full((2,), self.span or REACH, device=self.device)
            return -reach, reach
        return plane_of(cloud, MARGIN)

    def _field(self, model: Velocity, schedule: Schedule | None, at: Tensor, t: Tensor) -> Tensor:
        """Return the arrow at each of (h, w, 2) places."""
        must_have_schedule(model, schedule)
        x = at.reshape(-1, 2)
        if schedule is None:
            return model(x, t.expand(len(x))).view(at.shape)
        return predicted(model, schedule, x, t).score.view(at.shape)

    def _ground(
        self, model: Velocity, schedule: Schedule | None, low: Tensor, high: Tensor, t: Tensor
    ) -> Tensor | None:
        velocity = schedule is None and getattr(model, "predicts", "velocity") == "velocity"
        if self.behind == "nothing" or (velocity and self.behind != "length"):
            return None
        field = self._field(model, schedule, centres(low, high, self.cells), t)
        if self.behind == "length":
            return field.norm(dim=2)
        log_p = log_density(field, ((high - low) / self.cells).tolist())
        return log_p.exp() if self.behind == "density" else log_p

    def _subtitle(self, model: Velocity, schedule: Schedule | None, t: Tensor) -> Sentence:
        time = round(t.item(), 2)
        if schedule is None:
            return say("t = {t}", t=time)
        return say("t = {t}, σ = {sigma}", t=time, sigma=round(schedule.sigma(t).item(), 2))

    def sign(self) -> Part:
        return say("t {t}", t=self.t)


def must_be_in_a_plane(model: Velocity) -> None:
    """Raise `InputRefused` where a network was built for other items than points in the plane."""
    item = (getattr(model, "built", None) or {}).get("x")
    if item is not None and tuple(item) != (2,):
        raise InputRefused(
            "{model} must be of points in the plane, with items of 2 numbers; its items have "
            "{found}.",
            "Show what a sampler makes of it as a film strip.",
            found=item,
        )


def must_have_schedule(model: Velocity, schedule: Any) -> None:
    """Raise `InputRefused` where what a model predicts is no field by itself."""
    predicts = getattr(model, "predicts", "velocity")
    if schedule is None and predicts not in DIRECT:
        raise InputRefused(
            "A model that predicts {found} has a score only with a schedule.",
            "Wire the schedule that it is trained with.",
            found=Word(predicts),
        )


def centres(low: Tensor, high: Tensor, side: int) -> Tensor:
    """Return the middles of side x side cells, the lowest row first, (side, side, 2)."""
    share = (torch.arange(side, device=low.device) + 0.5) / side
    x, y = (low + (high - low) * share[:, None]).unbind(1)
    return torch.stack(torch.meshgrid(x, y, indexing="xy"), 2)


def log_density(score: Tensor, cell: list[float]) -> Tensor:
    """Return the log-density (h, w) whose differences are nearest to a score (h, w, 2), of mass 1.

    Least squares over the differences of neighbours: Poisson's equation with free edges, which
    cosines solve. `cell` is the width and height of a cell.
    """
    u, v = score.double().unbind(-1)
    right = (u[:, 1:] + u[:, :-1]) / 2 * cell[0]  # by how much log p rises to the next cell
    up = (v[1:] + v[:-1]) / 2 * cell[1]
    source = u.new_zeros(u.shape)
    source[:, :-1] += right
    source[:, 1:] -= right
    source[:-1] += up
    source[1:] -= up
    (rows, row_values), (columns, column_values) = (_cosines(n, u) for n in u.shape)
    bends = row_values[:, None] + column_values
    bends[0, 0] = 1.0  # the mean is free
    log_p = rows.T @ (-(rows @ source @ columns.T) / bends) @ columns
    return (log_p - log_p.flatten().logsumexp(0) - math.log(cell[0] * cell[1])).to(score)


def _cosines(n: int, like: Tensor) -> tuple[Tensor, Tensor]:
    """Return the orthonormal cosines (n, n) and minus what second differences make of each."""
    k = torch.arange(n, dtype=like.dtype, device=like.device)
    cosines = torch.cos(math.pi / n * k[:, None] * (k + 0.5)) * math.sqrt(2 / n)
    cosines[0] /= math.sqrt(2)
    return cosines, 2 - 2 * torch.cos(math.pi * k / n)
