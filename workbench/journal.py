"""The autosave journal: every change of a document, appended as it is made.

A journal is frames (`engine.messages.frame`) of `Began`, `Pushed`, `Went` and `Saved`. A process
holds a lock on the journal it writes, so what is found unlocked was left behind by a crash. A frame
cut short by the crash is the end of the journal; all before it counts.
"""

from __future__ import annotations

import contextlib
import os
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import msgspec
from msgspec import Struct

from engine.graph import ABSENT, Change, Graph, Layout, Place, Put, Settings, Wire
from engine.messages import Frames, frame

SUFFIX = ".journal"


class Made(Struct):
    """A change that was made, and the one that takes it back."""

    change: Change
    inverse: Change

    @property
    def paths(self) -> list[tuple[str, ...]]:
        return [put.path for put in self.change.puts]


class Began(Struct, tag=True, kw_only=True):
    """The document as it was when the journal was begun, its history included."""

    graph: Graph
    path: str = ""
    name: str = ""
    made: list[Made] = []
    position: int = 0
    saved: int | None = None


class Pushed(Struct, tag=True):
    """A change was made."""

    change: Change
    merge: bool = False


class Went(Struct, tag=True):
    """Undo, redo, or a click in the history: so many changes are made now."""

    position: int


class Saved(Struct, tag=True):
    """The document was written to `path`."""

    path: str


Entry = Began | Pushed | Went | Saved
_entries = msgspec.msgpack.Decoder(Entry)

_TYPES: dict[tuple[str, ...], Any] = {
    ("wires",): list[Wire],
    ("nodes",): dict[str, Place],
    ("layout",): Layout,
    ("settings",): Settings,
}


def typed(path: tuple[str, ...], value: Any) -> Any:
    """Give a value that came as plain data the type that lies at `path` of a graph."""
    if value == {"type": "absent"}:
        return ABSENT
    kind = Place if len(path) == 2 and path[0] == "nodes" else _TYPES.get(path)
    return value if kind is None else msgspec.convert(value, kind)


def _typed_entry(entry: Entry) -> Entry:
    if isinstance(entry, Pushed):
        return Pushed(_typed_change(entry.change), entry.merge)
    if isinstance(entry, Began):
        entry.made = [Made(_typed_change(m.change), _typed_change(m.inverse)) for m in entry.made]
    return entry


def _typed_change(change: Change) -> Change:
    return Change(change.label, tuple(Put(p.path, typed(p.path, p.value)) for p in change.puts))


class Journal:
    """Appends entries to one file of `folder`, made at the first entry.

    A disk that is full must not stop the work: then `fault` holds the sentence to show, and no more
    is written until the next save.
    """

    def __init__(self, folder: Path, path: Path | None = None) -> None:
        self.path = path or folder / f"{time.strftime('%Y%m%d-%H%M%S')}-{uuid.uuid4().hex}{SUFFIX}"
        self.fault = ""
        self._file: IO[bytes] | None = None

    @property
    def begun(self) -> bool:
        return self._file is not None

    def write(self, entry: Entry) -> None:
        """Append an entry and hand it to the system, which keeps it when this process dies."""
        if self.fault:
            return
        try:
            file = self._file or self._open()
            file.write(frame(entry))
            file.flush()
        except OSError as error:
            self.fault = f"Autosave stopped: {error.strerror or error}. Save the graph elsewhere."

    def close(self) -> None:
        """Stop writing and take the file away: the document is safe elsewhere or unwanted."""
        if self._file is not None:
            self._let_go()
            self.path.unlink(missing_ok=True)

    def abandon(self) -> None:
        """Stop writing and leave the file, as a crash does."""
        self._let_go()

    def _let_go(self) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):  # a full disk: the last flush fails again
                self._file.close()
        self._file = None

    def _open(self) -> IO[bytes]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = self.path.open("ab")
        lock(file)
        self._file = file
        return file


def read(path: Path) -> list[Entry]:
    """Return the whole entries of a journal, up to the first that is damaged."""
    found: list[Entry] = []
    with contextlib.suppress(msgspec.MsgspecError, OSError):
        for body in Frames().feed(path.read_bytes()):
            found.append(_typed_entry(_entries.decode(body)))
    return found


def whole_length(path: Path) -> int:
    """Return how many bytes of a journal are whole frames: what follows was cut by the crash."""
    data = path.read_bytes()
    length = 0
    while length + 4 <= len(data):
        size = int.from_bytes(data[length : length + 4], "big")
        if length + 4 + size > len(data):
            break
        length += 4 + size
    return length


def left_behind(folder: Path) -> Iterator[Path]:
    """Find the journals that no living process holds, newest first."""
    for path in sorted(folder.glob(f"*{SUFFIX}"), reverse=True):
        with contextlib.suppress(OSError), path.open("ab") as file:
            lock(file)
            yield path


def lock(file: IO[bytes]) -> None:
    """Hold `file` until it is closed, or raise OSError where another process holds it."""
    if os.name == "nt":
        import msvcrt  # type: ignore[unused-ignore]

        file.seek(1 << 40)  # Windows locks bytes for reading too: lock one that is never there
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
