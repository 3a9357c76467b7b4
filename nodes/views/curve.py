"""Curves of numbers over the steps of training, measured on test data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from nodes.base import Node, param
from nodes.sentences import Text, Word, listed, say
from nodes.types import Figure, Many, Measured, Scalar, Values


class Curve(Node):
    """Draw numbers of your choice over the steps of training, measured on test data.

    Every loss has a curve from training batches without this view. Here each number is measured on
    the first test batch each time the view is refreshed, so that a gap between the two shows
    overfitting; of `Values` (b,) the mean is taken, of a measure its value. Several wires give
    several lines.
    """

    synonyms = "plot, loss curve, graph, chart, line, history, courbe de perte, graphique, tracé"
    title = "Curve"
    formula = r"y_k(t) = v_k(x_{\mathrm{test}};\ \theta_t)"
    icon = "chart-line"
    role = "view"
    figure = "curve"

    names: str = param(
        default="", help="What the lines are called, with commas between, in the order of wires."
    )
    unit: str = param(default="", help="What the numbers are counted in, as nats.")
    log: bool = param(default=False, title="Logarithmic", help="Draw powers of ten evenly.")

    def __init__(self, **given: Any) -> None:
        self.restart()
        super().__init__(**given)

    def restart(self) -> None:
        self._steps: list[int] = []
        self._rows: list[Tensor] = []

    def forward(self, values: Many[Scalar | Values | Measured]) -> Figure:
        """Return a figure `curve` with one more row for the present step."""
        row = torch.stack([_number(v) for v in values]).cpu()
        if self._steps and (self.step < self._steps[-1] or len(row) != len(self._rows[-1])):
            self.restart()
        if self._steps and self.step == self._steps[-1]:
            self._steps, self._rows = self._steps[:-1], self._rows[:-1]
        self._steps.append(self.step)
        self._rows.append(row)
        return self._figure(torch.stack(self._rows))

    def get_extra_state(self) -> dict[str, Tensor]:
        """Return the steps (n,) and the numbers (n, lines) so far, for the checkpoint."""
        rows = torch.stack(self._rows) if self._rows else torch.empty(0, 0)
        return {"steps": torch.tensor(self._steps, dtype=torch.int64), "rows": rows}

    def set_extra_state(self, state: Mapping[str, Tensor]) -> None:
        """Restore what `get_extra_state` returned."""
        self._steps, self._rows = state["steps"].tolist(), list(state["rows"])

    def sketch(self, values: Many[Tensor]) -> None:
        """Return nothing: there are no numbers in a check."""

    def _figure(self, table: Tensor) -> Figure:
        given: list[Text] = [name.strip() for name in self.names.split(",") if name.strip()]
        names = [*given, *(say("line {k}", k=k + 1) for k in range(len(given), table.shape[1]))]
        lines = {f"y:{k}": table[:, k] for k in range(table.shape[1])}
        facts = {
            "names": {str(k): name for k, name in enumerate(names[: table.shape[1]])},
            "unit": self.unit,
            "log": self.log,
            "x_name": Word("steps"),
            "subtitle": listed(t for t in (say("on test data"), self.unit) if t),
        }
        return Figure("curve", {"x": torch.tensor(self._steps)} | lines, facts)


def _number(value: Tensor | Measured) -> Tensor:
    if isinstance(value, Measured):
        return torch.tensor(value.value)
    return value.detach().float().mean()
