"""Lock a file for one process. Needs no torch."""

from __future__ import annotations

import os
from typing import IO


def lock(file: IO[bytes]) -> None:
    """Hold `file` until it is closed, or raise OSError where another process holds it."""
    if os.name == "nt":
        import msvcrt  # type: ignore[unused-ignore]

        file.seek(1 << 40)  # Windows locks bytes for reading too: lock one that is never there
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
