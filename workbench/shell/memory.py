"""The memory of a process: how much it holds, and giving back what it has freed."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import sys
from pathlib import Path


def resident(pid: int) -> int:
    """Return the bytes of memory a process holds, where the system says so; else 0."""
    if not pid or not sys.platform.startswith("linux"):
        return 0
    try:
        pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    except (OSError, IndexError):
        return 0
    return int(pages) * 4096


def release() -> None:
    """Collect circles of objects and return freed memory to the system, where the C library can.

    glibc keeps the pieces that closed documents leave between those still in use.
    """
    gc.collect()
    if sys.platform.startswith("linux"):
        with contextlib.suppress(AttributeError):  # a C library without it
            ctypes.CDLL(None).malloc_trim(0)
