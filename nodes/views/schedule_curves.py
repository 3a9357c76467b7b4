"""The curves of a noise schedule."""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor

from nodes.base import Node, param
from nodes.diffusion.schedules import Schedule
from nodes.sentences import Part, Sentence, Word, rounded, say
from nodes.types import Figure

POINTS = 201


class ScheduleCurves(Node):
    """Draw how much signal is left at each time of a noise schedule, and its log-SNR.

    Variational Diffusion Models (Kingma et al., 2021), arXiv:2107.00630.

    Time runs from data, 0, to noise, 1. Where alpha^2 + sigma^2 = 1 the signal's share is
    alpha-bar. Beside it the log-SNR is drawn from the highest to the lowest that stand at its end;
    alone it has its own numbers.
    """

    synonyms = "noise schedule plot, snr, alpha bar, noise, bruit, rapport signal sur bruit"
    title = "Schedule curves"
    formula = (
        r"\bar\alpha_t = \frac{\alpha_t^2}{\alpha_t^2 + \sigma_t^2}, \quad"
        r" \log\mathrm{SNR}(t) = \log \frac{\alpha_t^2}{\sigma_t^2}"
    )
    icon = "chart-spline"
    role = "view"
    figure = "curve"

    show: Literal["both", "signal", "log-SNR"] = param(
        default="both", help="The share of the signal, the log-SNR, or both in one picture."
    )

    def forward(self, schedule: Schedule) -> Figure:
        """Return a figure `curve` of the schedule at 201 times."""
        t = torch.linspace(0, 1, POINTS)
        log_snr = schedule.log_snr(t.clamp(min=max(schedule.least, 1e-3)))
        signal = schedule.alpha(t).square() / schedule.size(t).square()
        high, low = log_snr[0].item(), log_snr[-1].item()
        first = "ᾱ" if schedule.preserves_variance else Word("signal")
        lines: dict[str, tuple[Tensor, Part]] = {
            "signal": (signal, first),
            "log-SNR": (log_snr, "log-SNR"),
        }
        if self.show == "both":
            level = (log_snr - low) / ((high - low) or 1.0)
            lines["log-SNR"] = (level, say("log-SNR {span}", span=_span(high, low)))
        else:
            lines = {self.show: lines[self.show]}
        arrays: dict[str, Any] = {"x": t} | {f"y:{k}": y for k, (y, _) in lines.items()}
        facts: dict[str, Any] = {
            "names": {k: name for k, (_, name) in lines.items()},
            "x_name": "t",
        }
        least, most = (schedule.sigma(t[[0, -1]]).abs()).tolist()
        facts["subtitle"] = say("σ {span}", span=_span(least, most))
        return Figure("curve", arrays, facts)

    def sketch(self, schedule: Any) -> None:
        """Return nothing: there is nothing to check."""


def _span(first: float, last: float) -> Sentence:
    return say("{first} → {last}", first=rounded(first, 3), last=rounded(last, 3))
