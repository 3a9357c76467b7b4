"""Pairs made by a trained flow, from which a second flow learns straighter paths."""

from __future__ import annotations

from typing import Any, NamedTuple

from torch import Tensor

from nodes.base import EVERY, Node, param
from nodes.matching.base import at_one_time, must_predict
from nodes.matching.integrate import RK4, fixed_steps
from nodes.sentences import Part, say
from nodes.types import Batch, Velocity


class FlowPairs(NamedTuple):
    """Where items start and where the flow takes each of them, both (b, ...)."""

    source: Batch
    target: Batch


class Rectify(Node):
    """Pair items with their ends under a trained flow, for a second flow with straighter paths.

    Flow Straight and Fast: Learning to Generate and Transfer Data with Rectified Flow (Liu, Gong &
    Liu, 2023), arXiv:2209.03003.

    Wire both outputs into Flow matching with the coupling "as paired", and a second network: its
    trainer comes `after` the first. Paths of one flow never cross, so straight ways between its
    ends cost less than its own, and hardly cross.
    """

    synonyms = "reflow, rectified flow, straight paths, flot rectifié, trajets droits"
    formula = r"(x_0,\; x_0 + \textstyle\int_0^1 v_\theta(x_t, t)\,dt)"
    icon = "git-compare"
    unreached = EVERY

    steps: int = param(
        default=8, low=1, high=1000, unit="steps", help="Steps of RK4, four evaluations each."
    )

    def forward(self, start: Batch, model: Velocity) -> FlowPairs:
        """Return start (b, ...) and where RK4 carries it from t = 0 to 1, without gradients.

        Raise `InputRefused` where the model does not predict a velocity.
        """
        must_predict(model, "velocity")
        start = start.detach()
        times = [k / self.steps for k in range(self.steps + 1)]
        *_, end = fixed_steps(RK4, at_one_time(model), start, times)
        return FlowPairs(start, end.x)

    def sketch(self, start: Tensor, model: Any) -> FlowPairs:
        must_predict(model, "velocity")
        return FlowPairs(start, at_one_time(model)(start, 0.0))

    def sign(self) -> Part:
        return say("{n} steps", n=self.steps)
