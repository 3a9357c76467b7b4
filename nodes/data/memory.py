"""The free memory, and errors before it runs out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from nodes.base import param
from nodes.errors import DataMissing
from nodes.sentences import Sentence, Text, say

Large = Literal["ask", "read"]
MOST_FILES = 100_000
_CGROUP = Path("/sys/fs/cgroup")
SMALLER = say("Close other programs, or choose a smaller set.")


def large_param() -> Large:
    """Declare what becomes of data that are large for this machine."""
    value: Large = param(
        default="ask",
        title="Large data",
        help="Ask before reading more than 100,000 files or half of the free memory; or read.",
    )
    return value


def whole() -> int:
    """Return the bytes of memory of this machine, or a common size where it is unknown."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return 16 << 30


def free() -> int | None:
    """Return the bytes that may be taken before the machine slows or ends us; None: not known."""
    found = [value for value in (_of_system(), _of_cgroup()) if value is not None]
    return min(found, default=None)


def _of_system() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        told = dict(line.split(":", 1) for line in lines)
        return int(told["MemAvailable"].split()[0]) << 10
    except (OSError, KeyError, ValueError):
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (AttributeError, ValueError, OSError):
        return None


def _of_cgroup() -> int | None:
    """Return what the limits of a container leave."""
    try:
        most = (_CGROUP / "memory.max").read_text().strip()
        now = (_CGROUP / "memory.current").read_text().strip()
        return int(most) - int(now) if most.isdigit() else None
    except (OSError, ValueError):
        return None


def room_for(
    what: Text, wanted: int, large: Large, *, place: str = "file", fix: Text = SMALLER
) -> None:
    """Raise `DataMissing` where so many bytes do not fit, or take half and are not confirmed."""
    here = free()
    if here is None or wanted <= here / 2:
        return
    parts = {"what": what, "wanted": gigabytes(wanted), "free": gigabytes(here)}
    if wanted > here:
        raise DataMissing(
            say("{what} takes {wanted} of memory; {free} are free.", **parts), fix, place=place
        )
    if large == "ask":
        raise DataMissing(
            say("{what} takes {wanted}, more than half of the free memory, {free}.", **parts),
            say("Set Large data to read, or choose a smaller set."),
            place="large",
        )


def gigabytes(count: int) -> Sentence:
    """Return a number of bytes as text, in GB, or in MB below 100 MB."""
    if count >= 1e8:
        return say("{count} GB", count=round(count / 1e9, 1))
    return say("{count} MB", count=round(count / 1e6, 1))
