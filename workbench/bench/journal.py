"""The autosave journal: every change of a document, appended as it is made.

A journal is a sequence of frames (`engine.document.messages.frame`), each holding a `Sealed` entry:
`Began`, `Pushed`, `Went` or `Saved`. A process locks the journal it writes, so an unlocked one was
left by a crash. Reading ends at the first frame that is truncated or has a wrong checksum; the
entries before it count, and the file is renamed, never deleted.
"""

from __future__ import annotations

import contextlib
import os
import time
import uuid
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import msgspec
from msgspec import Struct

from engine.document.graph import Change, Graph, Put
from engine.document.messages import FrameReader, frame
from engine.document.typed import typed
from nodes.locking import lock
from nodes.sentences import Text, reason, say

SUFFIX = ".journal"
DAMAGED = ".damaged"  # appended to the name of a damaged journal


class Edit(Struct):
    """An applied change and its inverse."""

    change: Change
    inverse: Change

    @property
    def paths(self) -> list[tuple[str, ...]]:
        return [put.path for put in self.change.puts]


class Began(Struct, tag=True, kw_only=True):
    """The document when the journal was opened, including its history."""

    graph: Graph
    path: str = ""
    name: str = ""
    source: str = ""
    home: str = ""
    made: list[Edit] = []
    position: int = 0
    saved: int | None = None
    content: bytes = b""  # a hash of what was saved; empty in journals of older versions


class Pushed(Struct, tag=True):
    """A change was pushed."""

    change: Change
    merge: bool = False


class Went(Struct, tag=True):
    """Undo, redo or a jump in the history: the first `position` changes are now applied."""

    position: int


class Saved(Struct, tag=True):
    """The document was written to `path`."""

    path: str


Entry = Began | Pushed | Went | Saved


class Sealed(Struct, tag=True):
    """An encoded entry and the checksum of all entries up to and including it."""

    checksum: int
    entry: bytes


_encoder = msgspec.msgpack.Encoder()
_entries = msgspec.msgpack.Decoder(Entry)
_frames = msgspec.msgpack.Decoder(Entry | Sealed)


def encoded(entry: Entry) -> bytes:
    return _encoder.encode(entry)


def _typed_entry(entry: Entry) -> Entry:
    if isinstance(entry, Pushed):
        return Pushed(_typed_change(entry.change), entry.merge)
    if isinstance(entry, Began):
        entry.made = [Edit(_typed_change(m.change), _typed_change(m.inverse)) for m in entry.made]
    return entry


def _typed_change(change: Change) -> Change:
    return Change(change.label, tuple(Put(p.path, typed(p.path, p.value)) for p in change.puts))


class Journal:
    """Append entries to a new file in `folder`, created at the first entry.

    A full disk must not interrupt the user: `fault` then holds the sentence to show, and nothing
    more is written until the next save.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / f"{time.strftime('%Y%m%d-%H%M%S')}-{uuid.uuid4().hex}{SUFFIX}"
        self.fault: Text = ""
        self._file: IO[bytes] | None = None
        self._checksum = 0

    @property
    def begun(self) -> bool:
        return self._file is not None

    def write(self, entry: Entry) -> None:
        """Append an entry and flush it to the system, so that it survives a crash."""
        if not self.fault:
            self.append(encoded(entry))

    def append(self, body: bytes) -> None:
        """Append an encoded entry."""
        if self.fault:
            return
        self._checksum = zlib.crc32(body, self._checksum)
        try:
            file = self._file or self._open()
            file.write(frame(Sealed(self._checksum, body)))
            file.flush()
        except OSError as error:
            words = "Autosave stopped: {why}. Save the graph elsewhere."
            self.fault = say(words, why=reason(error))

    def close(self) -> None:
        """Stop writing and delete the file: the document is saved or discarded."""
        if self._file is not None:
            self._close_file()
            remove(self.path)

    def abandon(self) -> None:
        """Stop writing and keep the file, as after a crash."""
        self._close_file()

    def _close_file(self) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):  # on a full disk the final flush fails again
                self._file.close()
        self._file = None

    def _open(self) -> IO[bytes]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = self.path.open("ab")
        lock(file)
        self._file = file
        return file


@dataclass
class Content:
    """The content of a journal file; `damage` says why it ends early, and is empty if it is whole.

    Journals of older versions are not `sealed`: their entries are unchecked.
    """

    entries: list[Entry] = field(default_factory=list)
    sealed: bool = True
    damage: str = ""
    checksum: int = 0


def read(path: Path) -> Content:
    """Return the entries of a journal up to the first damaged one. Never raises."""
    found = Content()
    try:
        data = path.read_bytes()
        length = 0
        for body in FrameReader().feed(data):
            _take(found, body)
            length += 4 + len(body)
        found.damage = "cut short" if length < len(data) else ""
    except (OSError, ValueError, TypeError, RecursionError, MemoryError) as error:
        found.damage = str(error) or type(error).__name__  # also msgspec's and UTF-8 errors
    return found


def _take(found: Content, body: bytes) -> None:
    entry = _frames.decode(body)
    if isinstance(entry, Sealed):
        found.checksum = zlib.crc32(entry.entry, found.checksum)
        if found.checksum != entry.checksum:
            raise ValueError("the checksum is wrong")
        entry = _entries.decode(entry.entry)
    else:
        found.sealed = False
    found.entries.append(_typed_entry(entry))


def unlocked(folder: Path) -> Iterator[Path]:
    """Yield the journals that no living process has locked, newest first."""
    for path in sorted(folder.glob(f"*{SUFFIX}"), reverse=True):
        with locked(path) as mine:
            if mine:
                yield path


@contextmanager
def locked(path: Path) -> Iterator[bool]:
    """Lock a journal within the context; yield False if a living process holds the lock.

    Yield True for a path that exists but cannot be opened, such as a folder of that name.
    """
    try:
        file = path.open("rb")
    except OSError:
        yield os.path.lexists(path)
        return
    with file:
        try:
            lock(file)
        except OSError:
            yield False
            return
        yield True


def rename_damaged(path: Path) -> Path | None:
    """Rename a damaged journal and return its new path, or None if that fails."""
    for number in range(1, 1000):
        renamed = path.with_name(path.name + DAMAGED + (f"-{number}" if number > 1 else ""))
        if not renamed.exists():
            with contextlib.suppress(OSError):
                return path.rename(renamed)
            return None
    return None


def remove(path: Path) -> None:
    """Delete a journal. A failure, as in a read-only folder, is ignored."""
    with contextlib.suppress(OSError):
        path.unlink()
