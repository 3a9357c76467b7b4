"""The renderers of figures, one file per kind: on screen, as thumbnails and in files."""

from workbench.plots.base import picture, thumbnail

__all__ = ["picture", "thumbnail"]
