"""Protect Qt from exceptions: one that leaves a paint method ends the program."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps


def guarded(paint: Callable[..., None]) -> Callable[..., None]:
    """Wrap a paint method: report what it raises and continue."""

    @wraps(paint)
    def painted(*arguments: object) -> None:
        try:
            paint(*arguments)
        except Exception:
            sys.excepthook(*sys.exc_info())

    return painted
