"""Bring a file from the network once: checked, atomic, stoppable, its progress in the log too."""

from __future__ import annotations

import hashlib
import http.client
import logging
import math
import os
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from nodes.errors import DataMissing
from nodes.sentences import both
from nodes.types import Frame

log = logging.getLogger(__name__)

BLOCK = 1 << 16
SILENCE = 20.0
"""Seconds without a byte after which a source is given up."""
BETWEEN_LINES = 1.0
"""Seconds between two lines of progress."""


Fetching = Generator[Frame[None], None, None]


def download(sources: Sequence[str], name: str, folder: Path, *, md5: str) -> Fetching:
    """Fetch `name` from the first source that has it into `folder`, or raise `DataMissing`.

    Frames count kilobytes; who closes the generator before its end leaves nothing behind.
    """
    faults, reached = [], False
    for source in sources:
        try:
            yield from _fetch(source + name, folder / name, md5)
            return
        except (OSError, http.client.HTTPException, ValueError) as error:
            reached = reached or not _out_of_reach(error)
            faults.append(f"{_host(source)}: {getattr(error, 'reason', None) or error}")
            log.warning("%s was not downloaded from %s", name, faults[-1])
    sentence = "{name} is not on this machine and cannot be downloaded ({faults})."
    raise DataMissing(
        sentence if reached else "{name} is not on this machine, and {hosts} cannot be reached.",
        "Connect to the network, or put the file into {folder}, or choose its folder.",
        place="folder",
        name=name,
        faults="; ".join(faults),
        hosts=both(dict.fromkeys(map(_host, sources))),
        folder=folder,
    )


def _host(source: str) -> str:
    return source.split("/")[2]


def _out_of_reach(error: Exception) -> bool:
    """Tell whether nobody answered: no network, no such host, a refused connection, silence."""
    silent = isinstance(error, (TimeoutError, ConnectionError))
    return silent or type(error) is urllib.error.URLError


def _fetch(url: str, target: Path, md5: str) -> Fetching:
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as out, urllib.request.urlopen(url, timeout=SILENCE) as reply:
            found = yield from _copy(reply, out, target.name)
        if found != md5:
            raise ValueError("what came is damaged, its checksum is not the known one")
        os.replace(part, target)
    finally:
        Path(part).unlink(missing_ok=True)


def _copy(reply: Any, out: BinaryIO, name: str) -> Generator[Frame[None], None, str]:
    """Copy to the end, a frame for each block; return the MD5 of what came."""
    total = int(reply.headers.get("Content-Length") or 0)
    digest, done, next_line = hashlib.md5(usedforsecurity=False), 0, time.monotonic()
    while block := reply.read1(BLOCK):
        out.write(block)
        digest.update(block)
        done += len(block)
        yield Frame(math.ceil(done / 1000), math.ceil(total / 1000))
        if time.monotonic() >= next_line:
            share = f" ({done / total:.0%})" if total else ""
            log.info("%s: %.1f MB%s", name, done / 1e6, share)
            next_line += BETWEEN_LINES
    log.info("%s: %.1f MB, downloaded", name, done / 1e6)
    return digest.hexdigest()
