"""Random times for a network that takes one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor

from nodes.base import EVERY, Source, param
from nodes.errors import InputRefused
from nodes.sentences import Part, Word, listed, say
from nodes.types import Batch, Labels, Values


class RandomTimes(Source):
    """Draw a time for each item of a batch.

    Variational Diffusion Models (Kingma et al., 2021), arXiv:2107.00630, on even spreads;
    Scaling Rectified Flow Transformers (Esser et al., 2024), arXiv:2403.03206, on logit-normal.

    `t` (b,) lies between `first` and `last`, one for each item of what is wired to `as_many_as`.
    Uniform draws each alone; even spreads those of a batch evenly, each uniform by itself;
    logit-normal draws more from the middle.
    """

    synonyms = "time sampling, t, timestep, uniform, pas de temps, instants"
    title = "Random times"
    formula = r"t_i \sim \mathcal{U}[t_0, t_1]"
    icon = "timer"
    unreached = EVERY
    returns = "t"

    law: Literal["uniform", "even", "logit-normal"] = param(
        default="uniform", help="Each alone, evenly over the batch, or more from the middle."
    )
    first: float = param(default=0.0, low=-1e6, high=1e6, title="From", help="The least time.")
    last: float = param(default=1.0, low=-1e6, high=1e6, title="To", help="The largest time.")

    def forward(self, as_many_as: Batch | Labels) -> Values:
        """Return times (b,) for a batch (b, ...).

        Raise `InputRefused` where the last time is below the first.
        """
        if self.last < self.first:
            raise InputRefused(
                "{last} must be at least {first}, {must}; it is {found}.",
                "Swap both.",
                place="last",
                must=self.first,
                found=self.last,
            )
        share = LAWS[self.law](as_many_as.shape[0], self.device)
        return self.first + (self.last - self.first) * share

    def sign(self) -> Part:
        span = say("{first} to {last}", first=self.first, last=self.last)
        return listed([Word(self.law), span])


def _even(count: int, device: torch.device) -> Tensor:
    """Return a shuffled grid with one shift for all: Kingma et al., appendix I."""
    shift = torch.rand((), device=device)
    return (shift + torch.randperm(count, device=device) / count) % 1


LAWS: dict[str, Callable[[int, torch.device], Tensor]] = {
    "uniform": lambda count, device: torch.rand(count, device=device),
    "even": _even,
    "logit-normal": lambda count, device: torch.sigmoid(torch.randn(count, device=device)),
}
