"""The only renderer of figures: one file a kind, on screen, as thumbnails, and in files."""

from workbench.plots.base import picture, thumbnail

__all__ = ["picture", "thumbnail"]
