"""The bench and the panels' fixture, as beside the panels."""

from tests.workbench.panels.conftest import bench, english, show

__all__ = ["bench", "english", "show"]
