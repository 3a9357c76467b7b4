"""Fonts, icons, styles, examples and lessons: data that travels in the wheel."""

import importlib.resources
from pathlib import Path


def path(*parts: str) -> Path:
    """Return the path of a resource, as `path("icons", "play.svg")`; it may not exist."""
    return Path(str(importlib.resources.files(__name__).joinpath(*parts)))
