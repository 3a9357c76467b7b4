"""The kinds of figures, one row each: painter and preferred sizes."""

from __future__ import annotations

from typing import NamedTuple


class PictureKind(NamedTuple):
    """`painter` is a class of `workbench.plots.MODULE`, imported with its first figure.

    `dock` and `file` are width/height beside other views and in a saved picture; `thumbnail` is
    height/width on a node.
    """

    module: str
    painter: str
    dock: float = 1.9
    file: float = 1.15
    thumbnail: float = 0.86


KINDS: dict[str, PictureKind] = {
    "curve": PictureKind("curve", "Curves", dock=3.2, file=2.4, thumbnail=0.62),
    "images": PictureKind("images", "Images", dock=1.8, thumbnail=1.0),
    "points": PictureKind("points", "Points", dock=1.8, file=1.05),
    "field": PictureKind("field", "Field"),
    "density": PictureKind("density", "Density"),
    "paths": PictureKind("paths", "Paths"),
    "plan": PictureKind("plan", "Plan"),
    "matrix": PictureKind("matrix", "Matrix"),
    "text": PictureKind("text", "Text", dock=2.2, file=1.6, thumbnail=0.7),
    "attention": PictureKind("attention", "Attention"),
    "molecules": PictureKind("molecules", "Molecules", file=1.4),
    "audio": PictureKind("audio", "Audio", dock=2.6, file=2.0, thumbnail=0.45),
    "table": PictureKind("table", "Table", dock=2.2, file=1.6, thumbnail=0.6),
    "blind": PictureKind("blind", "Blind", dock=1.8, thumbnail=1.0),
}
UNKNOWN = PictureKind("", "")


def kind_of(name: str) -> PictureKind:
    """Return the row of a kind; for one that no view draws, the default sizes."""
    return KINDS.get(name, UNKNOWN)
