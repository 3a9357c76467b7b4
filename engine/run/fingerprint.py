"""Hash the data of a run: the user's files and the buffers that nodes have loaded."""

from __future__ import annotations

import hashlib
from collections.abc import Generator
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor

from engine.document.catalogue import Problem
from engine.document.history import FileMark, RunFile
from engine.run.session import Session
from nodes.base import Node
from nodes.data.places import FileState, entries, file_state
from nodes.sentences import listed, say

BLOCK = 1 << 20  # bytes read at once
MOST_KNOWN = 256  # cached hashes of files

T = TypeVar("T")
Reading = Generator[None, None, T]

_known: dict[tuple[Path, FileState], str] = {}


def file_marks(session: Session) -> Reading[dict[str, list[FileMark]]]:
    """Return for each node the user's files it has read, with a hash of their bytes.

    Yield after each block that is read.
    """
    found: dict[str, list[FileMark]] = {}
    for name, live in session.lives.items():
        for path in live.node.files():
            found.setdefault(name, []).append((yield from mark_of(path)))
    return found


def mark_of(path: Path) -> Reading[FileMark]:
    """Return the size, modification time and hash of a file, or of the listing of a folder.

    The hash is cached by path, size and modification time, so an unchanged file is read once.
    Yield after each block that is read.
    """
    look = file_state(path)
    if (path, look) not in _known:
        digest = yield from _hash_of(path)
        while len(_known) >= MOST_KNOWN:
            del _known[next(iter(_known))]
        _known[path, look] = digest
    when = datetime.fromtimestamp(look.changed / 1e9).astimezone()
    return FileMark(
        path=str(path),
        size=look.size,
        modified=when.isoformat(timespec="milliseconds"),
        hash=_known[path, look],
    )


def _hash_of(path: Path) -> Reading[str]:
    """Return the hash of a file's bytes, or of the paths, sizes and times in a folder.

    Return "" where it cannot be read.
    """
    digest = hashlib.blake2b(digest_size=16)
    try:
        if path.is_dir():
            for entry in sorted(entries(path), key=lambda e: e.path):
                found = entry.stat()
                digest.update(f"{entry.path} {found.st_size} {found.st_mtime_ns}".encode())
            return digest.hexdigest()
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                digest.update(block)
                yield
    except OSError:
        return ""
    return digest.hexdigest()


def changed_data(session: Session, facts: RunFile) -> Reading[list[Problem]]:
    """Return a warning for each node whose data differ from the recorded run; update `facts`.

    Yield after each block of a file that is read.
    """
    before, now = facts.data, data_hashes(session)
    files = yield from file_marks(session)
    changed = [name for name in now if before.get(name, now[name]) != now[name]]
    found = [_changed(session, name, facts.files.get(name, []), files) for name in changed]
    facts.data, facts.files = before | now, facts.files | files
    return found


def _changed(
    session: Session, name: str, before: list[FileMark], files: dict[str, list[FileMark]]
) -> Problem:
    old = {mark.path: mark.hash for mark in before}
    others = [Path(m.path).name for m in files.get(name, ()) if old.get(m.path) != m.hash]
    node = session.catalogue.name(session.graph, name)
    sentence = say("The data of {node} are not those that this run began with.", node=node)
    if others:
        words = "{files} has changed since this run began: it goes on with other data."
        sentence = say(words, files=listed(others))
    hint = say("Run it anew to train on these data alone.")
    return Problem(node=name, sentence=sentence, hint=hint, level="warning")


def data_hashes(session: Session) -> dict[str, str]:
    """Return for each node a hash of the data it has loaded."""
    found = {name: loaded(live.node) for name, live in session.lives.items()}
    return {name: _hash(arrays) for name, arrays in found.items() if arrays}


def loaded(node: Node) -> dict[str, Tensor]:
    """Return the buffers that a node has read from outside and that no checkpoint contains."""
    if not (node.drawn or node.pretrained):
        return {}
    saved = node.state_dict()
    kept = {*saved, *_PASSING}
    return {name: value for name, value in node.named_buffers() if name not in kept}


_PASSING = {"order"}  # order of the items in an epoch: not part of the data


def _hash(arrays: dict[str, Tensor]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for name, value in sorted(arrays.items()):
        plain = value.detach().cpu().contiguous()
        digest.update(f"{name} {plain.dtype} {tuple(plain.shape)}".encode())
        digest.update(plain.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()
