"""Join several paths into one."""

from __future__ import annotations

import torch
from torch import Tensor

from nodes.base import Node, param
from nodes.errors import InputRefused
from nodes.types import Many, Path
from nodes.views.base import state_at


class JoinPaths(Node):
    """Join paths of the same items in the order of the wires, each as long in time as the others.

    Each path is shown by `frames` of its states, evenly spaced; between two recorded ones items
    are straight on their way. Where one path ends and the next begins both states stand, so that a
    sampler which begins elsewhere is seen to. Most items of the path that has fewest.
    """

    synonyms = "concatenate, chain, forward and reverse, sequence, enchaîner, concaténer"
    title = "Join paths"
    formula = r"(x_0, \dots, x_K, y_0, \dots, y_L)"
    icon = "route"
    returns = "path"

    frames: int = param(
        default=34, low=2, high=1000, unit="frames", help="States of each of the paths."
    )

    def forward(self, paths: Many[Path]) -> Path:
        """Return paths (s_k, b_k, ...) as one, (frames x paths, b, ...).

        Raise `InputRefused` where paths are of items of several shapes.
        """
        self._must_fit(paths)
        count = min(path.shape[1] for path in paths)
        at = torch.linspace(0, 1, self.frames).tolist()
        return torch.cat([torch.stack([state_at(p[:, :count], t) for t in at]) for p in paths])

    def sketch(self, paths: Many[Tensor]) -> Tensor:
        self._must_fit(paths)
        count = min(path.shape[1] for path in paths)
        return paths[0].new_empty(len(paths) * self.frames, count, *paths[0].shape[2:])

    def _must_fit(self, paths: Many[Tensor]) -> None:
        for path in paths:
            if path.shape[2:] != paths[0].shape[2:]:
                raise InputRefused(
                    "All {paths} must be of items of one shape, {must}; one is of {found}.",
                    "Wire paths of the same items.",
                    must=" ".join(map(str, paths[0].shape[2:])),
                    found=" ".join(map(str, path.shape[2:])),
                )
