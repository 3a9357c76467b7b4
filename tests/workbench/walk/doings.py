"""Every kind of action: the rooms put theirs into the table when they are read."""

from __future__ import annotations

from tests.workbench.walk import (
    on_canvas,
    on_fields,
    on_files,
    on_groups,
    on_history,
    on_menus,
    on_runs,
    on_window,
)
from tests.workbench.walk.table import TABLE

ROOMS = (on_canvas, on_fields, on_groups, on_files, on_history, on_menus, on_runs, on_window)

__all__ = ["ROOMS", "TABLE"]
