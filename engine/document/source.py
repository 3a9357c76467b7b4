"""What a run is recorded as being of: a graph file, or an example by its name."""

from __future__ import annotations

from pathlib import Path

import resources
from engine.document.graph import SUFFIX


def document_of(path: Path) -> str:
    """Return what runs of a graph file are recorded as being of: the file, or the example."""
    path = path.resolve()
    if path.parent == resources.path("examples").resolve():
        return example_document(path.name.removesuffix(SUFFIX))
    return str(path)


def example_document(name: str) -> str:
    """Return what runs of an example are recorded as being of."""
    return f"example:{name}"
