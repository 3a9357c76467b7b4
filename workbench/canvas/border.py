"""The border to Qt: an exception that leaves a paint method ends the whole program there."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any


def careful(paint: Callable[..., None]) -> Callable[..., None]:
    """Report what a paint method raises and go on: a picture is missing, nothing is lost."""

    @wraps(paint)
    def painted(*arguments: Any) -> None:
        try:
            paint(*arguments)
        except Exception:
            sys.excepthook(*sys.exc_info())

    return painted
