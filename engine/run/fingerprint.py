"""What a run has read: the user's files and the data that nodes have loaded, by their hashes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import torch
from torch import Tensor

from engine.document.catalogue import Problem
from engine.document.history import FileMark, RunFile
from engine.run.session import Session
from nodes.base import Node
from nodes.data.places import Look, entries, look_of
from nodes.sentences import listed, say

BLOCK = 1 << 20  # bytes of a file between which a host is asked
MOST_KNOWN = 256  # states of files

_known: dict[tuple[Path, Look], str] = {}


def file_marks(session: Session, between: Callable[[], None]) -> dict[str, list[FileMark]]:
    """Return what each node has read of the user's files, with a hash of their bytes.

    `between` is called again and again while a file is read; what it raises ends the reading.
    """
    found = {name: live.node.files() for name, live in session.lives.items()}
    return {
        name: [mark_of(path, between) for path in paths] for name, paths in found.items() if paths
    }


def mark_of(path: Path, between: Callable[[], None] = lambda: None) -> FileMark:
    """Return a file's size, time and hash; of a folder those of its listing.

    A large file is read once for each state that it has.
    """
    look = look_of(path)
    if (path, look) not in _known:
        digest = _hash_of(path, between)
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


def _hash_of(path: Path, between: Callable[[], None]) -> str:
    """Return a hash of a file's bytes, of a folder that of names, sizes and times below it."""
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
                between()
    except OSError:
        return ""
    return digest.hexdigest()


def changed_data(session: Session, facts: RunFile, between: Callable[[], None]) -> list[Problem]:
    """Return a warning for each node whose data are not those of a recorded run, and note them."""
    before, now, files = facts.data, data_hashes(session), file_marks(session, between)
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
    """Return a hash of what each node has loaded: its buffers that no checkpoint keeps."""
    found = {name: loaded(live.node) for name, live in session.lives.items()}
    return {name: _hash(arrays) for name, arrays in found.items() if arrays}


def loaded(node: Node) -> dict[str, Tensor]:
    """Return the buffers that a node has read from outside and no checkpoint keeps."""
    if not (node.drawn or node.pretrained):
        return {}
    saved = node.state_dict()
    kept = {*saved, *_PASSING}
    return {name: value for name, value in node.named_buffers() if name not in kept}


_PASSING = {"order"}  # of the items in an epoch: says nothing of what they are


def _hash(arrays: dict[str, Tensor]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for name, value in sorted(arrays.items()):
        plain = value.detach().cpu().contiguous()
        digest.update(f"{name} {plain.dtype} {tuple(plain.shape)}".encode())
        digest.update(plain.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()
