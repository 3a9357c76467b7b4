"""The document of a run, as recorded: a graph file, or an example by its name."""

from __future__ import annotations

from pathlib import Path

import resources
from engine.document.graph import SUFFIX

EXAMPLE = "example:"


def document_of(path: Path) -> str:
    """Return the recorded document for runs of a graph file: its path, or the example."""
    path = path.resolve()
    if path.parent == resources.path("examples").resolve():
        return example_document(path.name.removesuffix(SUFFIX))
    return str(path)


def example_document(name: str) -> str:
    """Return the recorded document for runs of an example."""
    return f"{EXAMPLE}{name}"


def is_example(document: str) -> bool:
    """Return whether a recorded document is an example."""
    return document.startswith(EXAMPLE)
