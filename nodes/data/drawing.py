"""Pictures drawn by code, described by whole numbers; some combinations can be held out.

A drawing is a row of whole numbers, one for each of `Column`: what, how large, where, in which
colour. Captions say it in words, and a measure asks whether it can be read from a picture.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from nodes.base import param
from nodes.data.base import Dataset, Epoch, Split
from nodes.data.pixels import RANGES, PixelRange, pixel_range_param
from nodes.types import Images, Labels, PortType, Range

SIDE = 28
"""Rows and columns of a picture."""
SPANS = (10, 16)
"""Pixels that a small and a large thing take."""
ROWS = 3
"""Places from top to bottom, and as many from left to right."""
ONE_IN = 5
"""Of so many combinations one is held out."""
TESTS = 2
"""Beside the run's seed, so that test items are drawn by another stream than training items."""

Which = Literal["all", "learned", "held out"]

Drawing = Annotated[
    Tensor,
    PortType(
        "Drawing",
        (),
        "labels",
        "tag",
        "b k",
        "What is drawn: thing, size, place, colour, a whole number each.",
        "what is drawn",
        True,
    ),
]


class Drawn(NamedTuple):
    """Pictures, (b, c, h, w), the class of each, (b,), and what is drawn, (b, 4)."""

    images: Images
    labels: Labels
    drawing: Drawing


def naming(drawing: Tensor, things: range | None) -> Tensor:
    """Return a drawing (b, k) that knows which things its data may hold, None: not known."""
    drawing.things = things  # type: ignore[attr-defined]
    return drawing


def things_of(drawing: Tensor) -> range | None:
    """Return the numbers of the things that the data of a drawing (b, k) may hold, if known."""
    things: range | None = getattr(drawing, "things", None)
    return things


class Sorts(NamedTuple):
    """How many things, sizes, places and colours there are."""

    thing: int
    size: int = len(SPANS)
    place: int = ROWS * ROWS
    colour: int = 1


class DrawnSet(Dataset):
    """Draw pictures of things of two sizes at nine places; each epoch they are drawn anew.

    Of the combinations of thing, size, place and colour, or of some of these, a fifth, spread
    evenly, can be held out.
    """

    names: ClassVar[Sequence[str]]
    """What the things are called."""
    first: ClassVar[int] = 0
    """The number of the first thing in a drawing; labels count from 0 on."""
    sorts: ClassVar[Sorts]
    paired: ClassVar[Sequence[str]] = Sorts._fields
    """What makes a combination that can be held out; all else comes with each of them."""

    range: PixelRange = pixel_range_param()
    combinations: Which = param(
        default="all",
        help="All of thing, size, place and colour; only the four fifths that are to be learned; "
        "or only the fifth that is held out.",
    )

    @abstractmethod
    def painted(self, items: Tensor, drawing: Tensor) -> Tensor:
        """Return pictures (b, c, h, w) in [0, 1] of items (b, ...) and drawings (b, k)."""

    def compose(self, things: Tensor, stream: torch.Generator) -> Tensor:
        """Return drawings (n, k) of these things (n,), the rest drawn among what is allowed."""
        rows = torch.cartesian_prod(*(torch.arange(count) for count in self.sorts[1:]))
        each = torch.arange(self.sorts.thing).repeat_interleave(len(rows)) + self.first
        every = torch.cat([each[:, None], rows.repeat(self.sorts.thing, 1)], 1)
        weights = self._allowed(every).double().view(self.sorts.thing, -1)
        chosen = torch.empty(len(things), dtype=torch.int64)
        for thing in range(self.sorts.thing):
            where = (things == thing).nonzero().flatten()
            if len(where):
                chosen[where] = torch.multinomial(
                    weights[thing], len(where), True, generator=stream
                )
        return torch.cat([things[:, None] + self.first, rows[chosen]], 1)

    def _allowed(self, drawing: Tensor) -> Tensor:
        held = self.held_out(drawing)
        return {"all": torch.ones_like(held), "learned": ~held, "held out": held}[self.combinations]

    @classmethod
    def held_out(cls, drawing: Tensor) -> Tensor:
        """Return which of drawings (n, k) are held out; each thing occurs in other combinations."""
        columns = [Sorts._fields.index(name) for name in cls.paired]
        return drawing[:, columns].sum(1) % ONE_IN == 0

    def begin_epoch(self, stream: torch.Generator) -> Epoch:
        """Draw anew where, how large and in which colour each thing is, and shuffle."""
        drawing = self.compose(self.labels.cpu()[:, 0] - self.first, stream)
        order = torch.randperm(len(self.items), generator=stream)
        return Epoch(self.items, drawing.to(self.items.device), order.to(self.items.device))

    def split(self, items: Tensor, things: Tensor, tests: Tensor, of_tests: Tensor) -> Split:
        """Return the set with a drawing (n, k) for each item, those of the test items for good.

        `things` and `of_tests` (n,) are the numbers of what each item is.
        """
        stream = self.generator(TESTS)
        drawings = self.compose(things, stream), self.compose(of_tests, stream)
        return Split(items, drawings[0], tests, drawings[1])

    def pack(self, items: Tensor, labels: Tensor) -> Drawn:
        """Return pictures (b, c, h, w) in `range`, classes (b,) from 0 on, and drawings (b, k)."""
        images = self.painted(items, labels)
        images = images if self.range == "[0, 1]" else 2 * images - 1
        return Drawn(images, labels[:, 0] - self.first, self._named(labels))

    def _named(self, drawing: Tensor) -> Tensor:
        return naming(drawing, range(self.first, self.first + self.sorts.thing))

    def forward(self) -> Drawn:
        """Return the next batch of pictures with their classes and drawings."""
        return self.next_batch()

    def sketch(self) -> Drawn:
        labels = torch.empty(self.batch, dtype=torch.int64, device=self.device)
        drawing = self._named(labels.new_empty(self.batch, len(self.sorts)))
        return Drawn(
            torch.empty(self.batch, *self.item_shape(), device=self.device), labels, drawing
        )

    def peek_classes(self) -> list[str]:
        return list(self.names)

    def ranges(self, **_: Range | None) -> dict[str, Any]:
        return {"images": RANGES[self.range]} | dict(super().ranges())


def corners(span: int) -> list[int]:
    """Return the first row, or column, of a thing of so many pixels at each third of a picture."""
    return [third * (SIDE - span) // (ROWS - 1) for third in range(ROWS)]


def placing(box: int) -> Tensor:
    """Return matrices (sizes, thirds, 28, box) that shrink rows of a box and put them in place."""
    table = torch.zeros(len(SPANS), ROWS, SIDE, box)
    one = torch.eye(box)[None, None]
    for size, span in enumerate(SPANS):
        shrunk = F.interpolate(one, size=(span, box), mode="bilinear", antialias=True)[0, 0]
        for third, at in enumerate(corners(span)):
            table[size, third, at : at + span] = shrunk
    return table
