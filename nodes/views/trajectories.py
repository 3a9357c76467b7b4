"""Moving points with their traces."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from nodes.base import Node, param
from nodes.sentences import Part, say
from nodes.types import Figure, Labels, Path, Points
from nodes.views.base import must_be_of_points, must_match, relative_length, sectors


class Trajectories(Node):
    """Show points moving from where they start to where they end, with a trace behind each.

    Flow Straight and Fast (Liu, Gong & Liu, 2023), arXiv:2209.03003.

    `at` goes through the recorded steps, 0 the first and 1 the last; between two of them points
    move straight. Of more dimensions than two the first two are shown. Beside the title is the
    length of the paths over the straight distance from their starts to their ends: 1 where all are
    straight. Without labels a path is coloured by the direction in which it starts from the middle,
    so that crossings are visible.
    """

    synonyms = (
        "paths, streamlines, particles, flow lines, animation, chemins, particules, lignes de "
        "courant"
    )
    formula = r"\sum_k \|x_{k+1} - x_k\| \;/\; \|x_K - x_0\|"
    icon = "route"
    role = "view"
    figure = "paths"

    at: float = param(
        default=1.0, low=0.0, high=1.0, slider=True, help="How far in time: 0 the start, 1 the end."
    )
    count: int = param(default=200, low=1, high=5_000, unit="paths", help="Most paths shown.")
    rest: bool = param(default=True, title="Ways ahead", help="Draw faintly where points will go.")

    def forward(
        self, path: Path, target: Points | None = None, labels: Labels | None = None
    ) -> Figure:
        """Return a figure `paths`: (s, count, 2), with the target and labels where they are wired.

        Raise `InputRefused` where the path is not of points, or there is not one label for each.
        """
        must_be_of_points(path)
        must_match(labels, path)
        arrays: dict[str, Any] = {"paths": path[:, : self.count, :2]}
        arrays["labels"] = (sectors(path[0]) if labels is None else labels)[: self.count]
        if target is not None:
            arrays["target"] = target[:, :2]
        facts: dict[str, Any] = {
            "at": self.at,
            "rest": self.rest,
            "length": relative_length(path),
            "equal": True,
        }
        if labels is not None:
            facts["classes"] = self.class_names.get("labels", [])
        return Figure("paths", arrays, facts)

    def sketch(
        self, path: Tensor, target: Tensor | None = None, labels: Tensor | None = None
    ) -> None:
        """Refuse what cannot be drawn in a plane."""
        must_be_of_points(path)
        must_match(labels, path)

    def sign(self) -> Part:
        return say("at {at}", at=self.at)
