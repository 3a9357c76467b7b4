"""Paths of images as rows of frames."""

from __future__ import annotations

import torch
from torch import Tensor

from nodes.base import Node, param
from nodes.sentences import rounded
from nodes.types import Figure, Labels, Path
from nodes.views.base import label_names, must_be_of_images, must_match
from nodes.views.image_grid import Scale, limits_of, scale_param, to_bytes


class FilmStrip(Node):
    """Show what becomes of images: a film in each row, from its first state to its last.

    Deep Unsupervised Learning using Nonequilibrium Thermodynamics (Sohl-Dickstein et al., 2015),
    arXiv:1503.03585.

    `path` (s, b, c, h, w) comes from a sampler, from noise to images, or from the forward process,
    from images to noise. Above each column stands how far it is, from 0 to 1. Black and white are
    those of whichever end has the narrower values: noise that leaves them is cut off.
    """

    synonyms = (
        "denoising steps, diffusion steps, frames, animation, étapes du débruitage, images "
        "successives"
    )
    title = "Film strip"
    formula = r"x_{t_0} \to x_{t_1} \to \cdots \to x_{t_K}"
    icon = "gallery-thumbnails"
    role = "view"
    figure = "images"

    count: int = param(default=6, low=1, high=256, unit="films", help="Most images followed.")
    frames: int = param(
        default=10, low=2, high=100, unit="frames", help="States shown, evenly over the way."
    )
    scale: Scale = scale_param()
    caption: str = param(default="", help="Words beside the title; empty says what is shown.")

    def forward(self, path: Path, labels: Labels | None = None) -> Figure:
        """Return a figure `images`: bytes (films x frames, c, h, w), a film in each row.

        Raise `InputRefused` where the path is not of images, or there is not one label for each
        item.
        """
        must_be_of_images(path)
        must_match(labels, path)
        stops = torch.linspace(0, len(path) - 1, min(self.frames, len(path))).round().long()
        films = path[stops][:, : self.count].transpose(0, 1)  # (item, frame, c, h, w)
        limits = min((limits_of(e, self.scale) for e in (path[0], path[-1])), key=_width)
        facts = {
            "columns": len(stops),
            "gap": 2,
            "heads": [rounded(stop / max(len(path) - 1, 1), 2) for stop in stops.tolist()],
            "subtitle": self.caption,
            "films": len(films),
        }
        if labels is not None:
            facts["rows"] = label_names(labels[: self.count], self.class_names)
        return Figure("images", {"images": to_bytes(films.flatten(0, 1), *limits)}, facts)

    def sketch(self, path: Tensor, labels: Tensor | None = None) -> None:
        """Refuse what is no path of images."""
        must_be_of_images(path)
        must_match(labels, path)

    def sign(self) -> str:
        return f"{self.count}×{self.frames}"


def _width(limits: tuple[float, float]) -> float:
    return limits[1] - limits[0]
