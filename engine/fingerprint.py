"""What a run has read: the user's files and the data that nodes have loaded, by their hashes."""

from __future__ import annotations

import hashlib
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import torch
from torch import Tensor

from engine.catalogue import Problem
from engine.history import FileMark, RunFile
from engine.session import Session
from nodes.base import Node
from nodes.data.places import Look, hash_of, look_of
from nodes.sentences import listed, say


def file_marks(session: Session) -> dict[str, list[FileMark]]:
    """Return what each node has read of the user's files, with a hash of their bytes."""
    found = {name: live.node.files() for name, live in session.lives.items()}
    return {name: [mark_of(path) for path in paths] for name, paths in found.items() if paths}


def mark_of(path: Path) -> FileMark:
    """Return a file's size, time and hash; of a folder those of its listing."""
    look = look_of(path)
    when = datetime.fromtimestamp(look.changed / 1e9).astimezone()
    return FileMark(
        path=str(path),
        size=look.size,
        modified=when.isoformat(timespec="milliseconds"),
        hash=_hash_now(path, look),
    )


@lru_cache(maxsize=256)
def _hash_now(path: Path, look: Look) -> str:
    """Return a file's hash; a large file is read once for each state that it has."""
    return hash_of(path)


def changed_data(session: Session, facts: RunFile) -> list[Problem]:
    """Return a warning for each node whose data are not those of a recorded run, and note them."""
    before, now, files = facts.data, data_hashes(session), file_marks(session)
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
    """Return the buffers of a source that no checkpoint keeps."""
    if not node.drawn:
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
