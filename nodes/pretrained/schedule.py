"""The noise schedule of a pipeline of the user."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from nodes.base import Node
from nodes.diffusion.schedules import LARGEST_BETA, Discrete, Schedule, cosine
from nodes.errors import DataMissing
from nodes.pretrained.base import folder_param
from nodes.pretrained.folders import described, read_config
from nodes.sentences import Part, Text, say

FILE = "scheduler_config.json"
STEPS = 1000


class PretrainedSchedule(Node):
    """Give the noise schedule that a pipeline of yours was trained with.

    Denoising Diffusion Probabilistic Models (Ho, Jain & Abbeel, 2020), arXiv:2006.11239.

    The betas are read from scheduler_config.json; the sampler sets how the reverse process is
    solved.
    """

    synonyms = (
        "scheduler, betas, stable diffusion, diffusers, noise schedule, pretrained, échéancier, "
        "programme de bruit, préentraîné"
    )
    formula = r"\bar\alpha_t = \prod_{s \leq t} (1 - \beta_s)"
    title = "Model schedule"
    icon = "audio-waveform"
    returns = "schedule"

    folder: Path | None = folder_param("The folder of a pipeline, or of its scheduler.")

    def __init__(self, **given: Any) -> None:
        self._file: Path | None = None
        self._steps = 0
        super().__init__(**given)

    def forward(self) -> Schedule:
        """Return the schedule of the betas in scheduler_config.json.

        Raise `DataMissing` where there is no such file, or it has no betas that are known.
        """
        found = described(self.folder, self.home, part="scheduler", config=FILE)
        self._file = found.path / FILE
        told = read_config(self._file, found.name)
        betas = betas_of(told, found.name)
        self._steps = len(betas)
        if told.get("rescale_betas_zero_snr"):
            betas = without_signal_at_last(betas)
        return Discrete(betas.clamp(max=LARGEST_BETA)).on(self.device)

    def files(self) -> list[Path]:
        return [] if self._file is None else [self._file]

    def notes(self) -> list[Text]:
        """Return the name of the schedule in the file."""
        if self._file is None:
            return []
        return [str(read_config(self._file, "").get("_class_name", FILE))]

    def sign(self) -> Part:
        return say("{n} steps", n=self._steps) if self._steps else ""


def betas_of(told: Mapping[str, Any], name: str) -> Tensor:
    """Return the betas of a description, (T,) in float64, or raise `DataMissing`."""
    try:
        if (given := told.get("trained_betas")) is not None:
            return torch.tensor(given, dtype=torch.float64)
        kind = str(told.get("beta_schedule", "of another kind"))
        return KINDS[kind](told, int(told.get("num_train_timesteps", STEPS)))
    except (KeyError, TypeError, ValueError) as error:
        raise DataMissing(
            "The schedule of {folder}, {kind}, has no betas that this program knows.",
            "Choose a pipeline of diffusion, as Stable Diffusion 1 or 2, or set a Noise schedule.",
            place="folder",
            folder=name,
            kind=told.get("_class_name", "") or FILE,
        ) from error


def _ends(told: Mapping[str, Any]) -> tuple[float, float]:
    return float(told.get("beta_start", 1e-4)), float(told.get("beta_end", 0.02))


def _linear(told: Mapping[str, Any], steps: int) -> Tensor:
    return torch.linspace(*_ends(told), steps, dtype=torch.float64)


def _scaled(told: Mapping[str, Any], steps: int) -> Tensor:
    low, high = _ends(told)
    return torch.linspace(low**0.5, high**0.5, steps, dtype=torch.float64).square()


def _cosine(told: Mapping[str, Any], steps: int) -> Tensor:
    schedule = cosine(steps)
    assert isinstance(schedule, Discrete)
    return schedule.betas


KINDS: dict[str, Callable[[Mapping[str, Any], int], Tensor]] = {
    "linear": _linear,
    "scaled_linear": _scaled,
    "squaredcos_cap_v2": _cosine,
}
"""By what the library calls them: takes the description and T."""


def without_signal_at_last(betas: Tensor) -> Tensor:
    """Return betas moved so that no signal is left at the last step.

    Common Diffusion Noise Schedules and Sample Steps are Flawed (Lin et al., 2024),
    arXiv:2305.08891, algorithm 1.
    """
    roots = (1 - betas).cumprod(0).sqrt()
    roots = (roots - roots[-1]) * roots[0] / (roots[0] - roots[-1])
    kept = roots.square()
    return 1 - torch.cat([kept[:1], kept[1:] / kept[:-1]])
