"""The document that a plot belongs to: what is written with its picture, and its other views."""

from __future__ import annotations

from pathlib import Path
from typing import Any


class Owner:
    """No document. The plots of the dock have an owner that is one."""

    def graph(self) -> str:
        """Return the graph as JSON."""
        return ""

    def document(self) -> str:
        """Return the document's name, for names of files."""
        return ""

    def run_name(self) -> str:
        """Return the name of the run that is shown."""
        return ""

    def caption(self, step: int) -> str:
        """Return a line with run, step and seed."""
        return ""

    def plots(self) -> list[Any]:
        """Return the plots of all views of the document, in order."""
        return []

    def save_picture(self, plot: Any) -> None:
        """Ask how a plot's picture is to be saved."""

    def record(self, plot: Any) -> tuple[Path, str] | None:
        """Return the folder of the run that a plot shows, and the id of its view."""
        return None
