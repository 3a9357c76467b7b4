"""Bring a file from the network once: checked, atomic, its progress in the log."""

from __future__ import annotations

import hashlib
import http.client
import logging
import os
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from nodes.errors import DataMissing

log = logging.getLogger(__name__)

BLOCK = 1 << 16
SILENCE = 20.0
"""Seconds without a byte after which a source is given up."""
BETWEEN_LINES = 1.0
"""Seconds between two lines of progress."""


def download(sources: Sequence[str], name: str, folder: Path, *, md5: str) -> Path:
    """Fetch `name` from the first source that has it into `folder`, or raise `DataMissing`."""
    faults = []
    for source in sources:
        try:
            return _fetch(source + name, folder / name, md5)
        except (OSError, http.client.HTTPException, ValueError) as error:
            faults.append(f"{source.split('/')[2]}: {getattr(error, 'reason', None) or error}")
            log.warning("%s was not downloaded from %s", name, faults[-1])
    raise DataMissing(
        f"{name} is not on this machine and cannot be downloaded ({'; '.join(faults)}).",
        f"Connect to the network, or put the file into {folder}, or choose its folder.",
        place="folder",
    )


def _fetch(url: str, target: Path, md5: str) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as out, urllib.request.urlopen(url, timeout=SILENCE) as reply:
            found = _copy(reply, out, target.name, int(reply.headers.get("Content-Length") or 0))
        if found != md5:
            raise ValueError("what came is damaged, its checksum is not the known one")
        os.replace(part, target)
    finally:
        Path(part).unlink(missing_ok=True)
    return target


def _copy(reply: BinaryIO, out: BinaryIO, name: str, total: int) -> str:
    """Copy to the end; return the MD5 of what came."""
    digest, done, next_line = hashlib.md5(usedforsecurity=False), 0, time.monotonic()
    while block := reply.read(BLOCK):
        out.write(block)
        digest.update(block)
        done += len(block)
        if time.monotonic() >= next_line:
            share = f" ({done / total:.0%})" if total else ""
            log.info("%s: %.1f MB%s", name, done / 1e6, share)
            next_line += BETWEEN_LINES
    log.info("%s: %.1f MB, downloaded", name, done / 1e6)
    return digest.hexdigest()
