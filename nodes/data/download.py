"""Download known files once, on request: resumable, bounded, checked by hash.

`nodes.data.known_files` is the table of files, and says how a node takes one.
"""

from __future__ import annotations

import hashlib
import http.client
import logging
import math
import os
import shutil
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Generator, Sequence
from io import BufferedRandom
from pathlib import Path
from typing import Any

from nodes.data.known_files import KnownFile, KnownSet
from nodes.errors import DataMissing, Doubt
from nodes.locking import lock
from nodes.params import param
from nodes.sentences import Listed, Sentence, both, listed, rounded, say
from nodes.types import Frame

log = logging.getLogger(__name__)

BLOCK = 1 << 16
SILENCE = 20.0
"""Seconds without a byte after which a source is given up."""
BETWEEN_LINES = 1.0
"""Seconds between two lines of progress."""
SPARE = 50_000_000
"""Bytes that a download leaves free on the disk."""
SHOWN = 12
"""Characters of a hash that a sentence shows."""

Fetching = Generator[Frame[None], None, None]


class Damaged(ValueError):
    """What a source has is not the known file."""


def download_param() -> Any:
    """Declare whether a node may download what is absent."""
    return param(
        default=False,
        help="Whether absent files may be downloaded, once, when the graph runs. The check says "
        "before how large they are, from where they come, their licence and their hash.",
    )


def facts(known: KnownSet, absent: Sequence[KnownFile]) -> Sentence:
    """Return the facts of a download as text: size, source, licence and hash."""
    return say(
        "{size} MB from {hosts}, SHA-256 {hashes}; licence: {licence}",
        size=rounded(sum(file.size for file in absent) / 1e6, 3),
        hosts=_hosts(absent),
        licence=known.licence,
        hashes=listed(f"{file.sha256[:SHOWN]}…" for file in absent),
    )


def offered(known: KnownSet, absent: Sequence[KnownFile], *, allowed: bool) -> list[Doubt]:
    """Offer a download that is not allowed yet, with its facts."""
    if allowed or not absent:
        return []
    words = "{name} is not whole on this machine. To download: {facts}."
    said = say(words, name=known.title, facts=facts(known, absent))
    return [Doubt(said, say("Download it when the graph runs"), "download", True)]


def download(
    known: KnownSet, absent: Sequence[KnownFile], folder: Path, *, allowed: bool
) -> Fetching:
    """Download the absent files of a set into `folder`, or raise `DataMissing`.

    Frames count kilobytes. Who closes the generator before its end leaves a part file; the next
    download goes on from there.
    """
    if absent and not allowed:
        raise DataMissing(
            "{name} is not whole on this machine, and nobody has asked to download it: {facts}.",
            'Switch "Download" on, or put the files into {folder}.',
            place="download",
            name=known.title,
            facts=facts(known, absent),
            folder=folder,
        )
    must_have_room(absent, folder)
    for file in absent:
        yield from _from_any(file, folder)


def must_have_room(absent: Sequence[KnownFile], folder: Path) -> None:
    """Raise `DataMissing` where the disk has no room for what is to come."""
    folder.mkdir(parents=True, exist_ok=True)
    needed = sum(file.size - _downloaded_size(_part(folder, file), file) for file in absent)
    free = shutil.disk_usage(folder).free
    if absent and free < needed + SPARE:
        raise DataMissing(
            "The disk of {folder} has {free} MB free; the download needs {needed} MB.",
            "Make room on it, or set GENWORKBENCH_HOME to a folder of another disk.",
            place="download",
            folder=folder,
            free=free // 1_000_000,
            needed=math.ceil((needed + SPARE) / 1e6),
        )


def _from_any(file: KnownFile, folder: Path) -> Fetching:
    """Download a file from the first address that has it."""
    faults: list[Sentence] = []
    reached = False
    for url in file.urls:
        try:
            yield from _from(url, file, folder)
            return
        except (OSError, http.client.HTTPException, ValueError) as error:
            reached = reached or not _is_unreachable(error)
            faults.append(say("{host}: {error}", host=_host(url), error=_cause(error)))
            log.warning("%s was not downloaded from %s", file.name, faults[-1])
    sentence = "{name} is not on this machine and cannot be downloaded ({faults})."
    raise DataMissing(
        sentence if reached else "{name} is not on this machine, and {hosts} cannot be reached.",
        "Connect to the network and run again: it goes on from where it broke. Or put the file "
        "into {folder}.",
        place="download",
        name=file.name,
        faults=listed(faults),
        hosts=_hosts([file]),
        folder=folder,
    )


def _cause(error: Exception) -> Any:
    """Return the text of an error: our sentence, or the cause of an address that failed."""
    own = next((part for part in error.args if isinstance(part, Sentence)), None)
    return own or getattr(error, "reason", None) or error


def _hosts(files: Sequence[KnownFile]) -> Listed:
    return both(dict.fromkeys(_host(url) for file in files for url in file.urls))


def _host(url: str) -> str:
    return urllib.parse.urlsplit(url).netloc


def _is_unreachable(error: Exception) -> bool:
    """Return whether no host answered: no network, unknown host, refused connection, silence."""
    silent = isinstance(error, (TimeoutError, ConnectionError))
    return silent or type(error) is urllib.error.URLError


def _from(url: str, file: KnownFile, folder: Path) -> Fetching:
    """Download a file from one address; what was begun and turns out wrong is fetched anew."""
    resumed = _part(folder, file).exists()
    try:
        yield from _into_part(url, file, folder)
    except Damaged:
        if not resumed:
            raise
        yield from _into_part(url, file, folder)
    os.replace(_part(folder, file), folder / file.name)
    log.info("%s: %.1f MB, downloaded", file.name, file.size / 1e6)


def _into_part(url: str, file: KnownFile, folder: Path) -> Fetching:
    """Fetch what the part file lacks; one whose bytes are not the known ones is removed."""
    path = _part(folder, file)
    with path.open("a+b") as part:
        _lock(part)
        if part.tell() < file.size:
            with _request(url, part.tell()) as reply:
                yield from _append(reply, part, file)
        right = _sha256(part) == file.sha256
        if not right:
            part.truncate(0)
    if not right:
        path.unlink(missing_ok=True)
        raise Damaged(say("what came is damaged, its checksum is not the known one"))


def _lock(part: BufferedRandom) -> None:
    try:
        lock(part)
    except OSError as error:
        raise OSError(say("another process downloads it at this moment")) from error
    part.seek(0, os.SEEK_END)


def _request(url: str, start: int) -> Any:
    headers = {"Range": f"bytes={start}-"} if start else {}
    return urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=SILENCE)


def _append(reply: Any, part: BufferedRandom, file: KnownFile) -> Fetching:
    """Append a reply to the part file, a frame for each block; never more than the known size."""
    if reply.status != http.client.PARTIAL_CONTENT:  # it does not resume: all comes again
        part.truncate(0)
        part.seek(0)
    done, next_line = part.tell(), time.monotonic()
    _must_fit(file, done + int(reply.headers.get("Content-Length") or file.size - done))
    while block := reply.read1(BLOCK):
        done += len(block)
        if done > file.size:
            _must_fit(file, done)
        part.write(block)
        yield Frame(math.ceil(done / 1000), math.ceil(file.size / 1000))
        if time.monotonic() >= next_line:
            log.info("%s: %.1f MB (%.0f %%)", file.name, done / 1e6, 100 * done / file.size)
            next_line += BETWEEN_LINES
    if done < file.size:
        raise OSError(say("it broke off after {done} of {size} bytes", done=done, size=file.size))


def _must_fit(file: KnownFile, size: int) -> None:
    if size != file.size:
        words = "it has {size} bytes there, the known file has {known}"
        raise Damaged(say(words, size=size, known=file.size))


def _sha256(part: BufferedRandom) -> str:
    part.flush()
    part.seek(0)
    return hashlib.file_digest(part, "sha256").hexdigest()


def _part(folder: Path, file: KnownFile) -> Path:
    return folder / f".{file.name}.part"


def _downloaded_size(part: Path, file: KnownFile) -> int:
    """Return how many bytes of a file have come; a longer part is no part of it."""
    size = part.stat().st_size if part.is_file() else 0
    return size if size <= file.size else 0
