"""The items of a path at one time."""

from __future__ import annotations

from torch import Tensor

from nodes.base import Node, param
from nodes.errors import InputRefused
from nodes.sentences import Part, Sentence, say
from nodes.types import Figure, Labels, Path
from nodes.views.base import must_match, state_at
from nodes.views.image_grid import limits_of, to_bytes

MOST_IMAGES = 64


class Moment(Node):
    """Show the images or points of a path at one moment: a slider goes through its time.

    Between two recorded states items move straight. Black and white are those of the ends, so that
    the moments of one path compare.
    """

    synonyms = "animation, time slider, snapshot, path at t, curseur, instantané"
    formula = r"x_t"
    icon = "clock"
    role = "view"
    figure = "images"

    at: float = param(
        default=1.0,
        low=0.0,
        high=1.0,
        slider=True,
        help="How far in time: 0 the start, 1 the end.",
    )
    count: int = param(default=64, low=1, high=20_000, unit="items", help="Most items shown.")

    def forward(self, path: Path, labels: Labels | None = None) -> Figure:
        """Return a figure `images` or `points` of a path (s, b, ...) at the time `at`.

        Raise `InputRefused` where items are neither images nor points in the plane, or there is not
        one label for each.
        """
        self.sketch(path, labels)
        path = path[:, : self.count]
        if path.dim() == 5:
            return images_at(path, self.at)
        arrays = {"points": state_at(path, self.at)}
        arrays |= {} if labels is None else {"labels": labels[: self.count]}
        names = self.class_names.get("labels", [])
        facts = {"equal": True, "subtitle": said(self.at), "classes": names}
        return Figure("points", arrays, facts)

    def sketch(self, path: Tensor, labels: Tensor | None = None) -> None:
        """Refuse what cannot be shown."""
        must_match(labels, path)
        must_be_shown(path[0])

    def sign(self) -> Part:
        return say("at {at}", at=self.at)


def images_at(path: Tensor, at: float) -> Figure:
    """Return the images of a path (s, b, c, h, w) at a share of its time, as a figure.

    Black and white are those of the ends.
    """
    limits = limits_of(path[[0, -1]], "automatic")
    shown = to_bytes(state_at(path, at)[:MOST_IMAGES], *limits)
    return Figure("images", {"images": shown}, {"subtitle": said(at)})


def must_be_shown(items: Tensor) -> None:
    """Raise `InputRefused` where items (b, ...) are neither images nor points in the plane."""
    item = tuple(items.shape[1:])
    if len(item) != 3 and item != (2,):
        raise InputRefused(
            "Items must be pictures or points in the plane; they have the shape {found}.",
            "Wire pictures, or points of two numbers.",
            found=item,
        )


def said(t: float) -> Sentence:
    """Return a time as text, for the title of a view: `t = 0.5`."""
    return say("t = {t}", t=round(t, 2))
