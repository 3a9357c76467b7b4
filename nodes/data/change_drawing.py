"""Change one attribute of a drawing, as the target of an edit of a picture."""

from __future__ import annotations

from typing import Literal

from nodes.base import EVERY, Node, param
from nodes.data.drawing import Drawing, Sorts
from nodes.errors import InputRefused
from nodes.sentences import Part, Word, say


class ChangeDrawing(Node):
    """Change one attribute of each picture's description, and keep the rest.

    Of `drawing` (b, k) a number is added to one column, modulo the count of its values: digits 0 to
    9 become 1 to 9 and 0. The description then differs from the picture in this alone.
    """

    synonyms = (
        "edit, replace, next digit, image to image, swap, modifier, remplacer, changer le dessin"
    )
    title = "Change drawing"
    icon = "pencil"
    returns = "drawing"
    unreached = EVERY

    what: Literal["thing", "size", "place", "colour"] = param(
        default="thing", help="What is changed."
    )
    by: int = param(default=1, low=-1000, high=1000, help="How far it is counted on.")
    first: int = param(default=0, low=0, high=1000, help="The least number there is.")
    count: int = param(default=10, low=1, high=1000, help="How many numbers there are.")

    def forward(self, drawing: Drawing) -> Drawing:
        """Return a drawing (b, k) with one column changed.

        Raise `InputRefused` where the drawing has no such column.
        """
        column = Sorts._fields.index(self.what)
        if drawing.dim() != 2 or drawing.shape[1] <= column:
            raise InputRefused(
                "{drawing} does not tell the {what}.",
                "Wire what is drawn.",
                what=Word(self.what),
            )
        changed = drawing.clone()
        changed[:, column] = (drawing[:, column] - self.first + self.by) % self.count + self.first
        return changed

    def sign(self) -> Part:
        return say("{what} + {n}", what=Word(self.what), n=self.by)
