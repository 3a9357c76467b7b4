"""The memory of a process: its size, and returning freed memory to the system."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import sys
from pathlib import Path


def resident(pid: int) -> int:
    """Return the resident bytes of a process; 0 if unknown, as outside Linux."""
    if not pid or not sys.platform.startswith("linux"):
        return 0
    try:
        pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    except (OSError, IndexError):
        return 0
    return int(pages) * 4096


def release() -> None:
    """Collect reference cycles and return freed memory to the system, where possible.

    glibc keeps the memory of closed documents if it lies between blocks still in use.
    """
    gc.collect()
    if sys.platform.startswith("linux"):
        with contextlib.suppress(AttributeError):  # a C library without malloc_trim
            ctypes.CDLL(None).malloc_trim(0)
