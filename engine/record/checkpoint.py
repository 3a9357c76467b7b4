"""Checkpoints: named tensors and plain facts in one safetensors file, written atomically.

Reading one never runs code. The facts and a checksum of all tensors are JSON in the header.
"""

from __future__ import annotations

import os
import re
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from engine.document.errors import CheckpointRefused
from engine.document.history import CHECKPOINTS
from nodes.sentences import Text, say

FORMAT = "genworkbench.checkpoint"
VERSION = 1
SUFFIX = ".safetensors"
KEPT = 3  # checkpoints kept of a run

State = dict[str, Tensor]
Facts = dict[str, Any]


@dataclass(frozen=True)
class Checkpoint:
    """The state of a run at a step, to be saved, with facts about it."""

    step: int
    state: Mapping[str, Tensor]
    facts: Mapping[str, Any]


def save(path: Path, tensors: Mapping[str, Tensor], facts: Mapping[str, Any]) -> None:
    """Write a checkpoint atomically. Raise `OSError` where the disk is full or read-only."""
    state = _apart(tensors)
    head = {"format": FORMAT, "version": VERSION, "checksum": _checksum(state), "facts": facts}
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=SUFFIX)
    try:
        os.close(descriptor)
        save_file(state, temporary, metadata={"facts": msgspec.json.encode(head).decode()})
        _flush(temporary)
        os.replace(temporary, path)
    except SafetensorError as error:
        raise _as_system_error(error) from error
    finally:
        Path(temporary).unlink(missing_ok=True)  # also after a second Ctrl-C


def _as_system_error(error: SafetensorError) -> OSError:
    """Return the system error that safetensors reports as text: `... (os error 28)`."""
    found = re.search(r"os error (\d+)", str(error))
    return OSError(int(found[1]), os.strerror(int(found[1]))) if found else OSError(str(error))


def _apart(tensors: Mapping[str, Tensor]) -> State:
    """Return the tensors on the CPU, each with its own memory: the file allows no sharing."""
    state: State = {}
    seen: set[int] = set()
    for name, tensor in sorted(tensors.items()):
        plain = tensor.detach().cpu().contiguous()
        storage = plain.untyped_storage()
        shared = storage.data_ptr() in seen or storage.nbytes() != plain.nbytes
        state[name] = plain.clone() if shared else plain
        seen.add(storage.data_ptr())
    return state


def _checksum(state: State) -> int:
    """Return a checksum of all bytes: safetensors detects a short file but not a flipped bit."""
    total = 0
    for name in sorted(state):
        total = zlib.crc32(name.encode(), total)
        total = zlib.crc32(state[name].reshape(-1).view(torch.uint8).numpy().data, total)
    return total


def _flush(path: str) -> None:
    with open(path, "rb+") as file:
        os.fsync(file.fileno())


def load(path: Path) -> tuple[State, Facts]:
    """Read a checkpoint; raise `CheckpointRefused` with its path where it cannot be used."""
    try:
        with safe_open(path, framework="pt") as file:
            text = (file.metadata() or {}).get("facts", "")
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except FileNotFoundError as error:
        raise _refused(path, "is not there") from error
    except (SafetensorError, OSError, ValueError) as error:
        raise _refused(path, "is damaged or no checkpoint ({error})", error=error) from error
    head = _head(text)
    if head.get("format") != FORMAT:
        raise _refused(path, "is not a checkpoint of this program")
    if head.get("version") != VERSION:
        raise _refused(
            path,
            "has version {version}; this program reads {known}",
            version=repr(head.get("version")),
            known=VERSION,
        )
    if head.get("checksum") != _checksum(state):
        raise _refused(path, "is damaged: its checksum is wrong")
    return state, head.get("facts") or {}


def _head(text: str) -> dict[str, Any]:
    try:
        head = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return {}
    return head if isinstance(head, dict) else {}


def _refused(path: Path, why: str, **parts: Any) -> CheckpointRefused:
    return CheckpointRefused(
        "The checkpoint {path} {why}.",
        "Use an older one, or begin anew.",
        path=path,
        why=say(why, **parts),
    )


def file_of(run: Path, step: int) -> Path:
    """Return the path of a run's checkpoint of a step."""
    return run / CHECKPOINTS / f"{step:09d}{SUFFIX}"


def step_of(path: Path) -> int:
    """Return the step of a checkpoint file."""
    return int(path.stem)


def newest_first(run: Path) -> Iterator[Path]:
    """Yield the checkpoint files of a run, newest first."""
    found = (run / CHECKPOINTS).glob(f"[0-9]*{SUFFIX}")
    yield from sorted((p for p in found if p.stem.isdigit()), key=step_of, reverse=True)


def latest(run: Path) -> Path | None:
    """Return the newest checkpoint file of a run, readable or not; None where there is none."""
    return next(newest_first(run), None)


def load_latest(run: Path) -> tuple[State, Facts, list[Text]]:
    """Read the newest readable checkpoint of a run: its state, facts, and a sentence for each newer
    one that cannot be read.

    Raise `CheckpointRefused` where there is none.
    """
    refusal = CheckpointRefused(
        "{run} has no checkpoint to resume from.", "Run its graph anew.", run=run
    )
    skipped: list[Text] = []
    for path in newest_first(run):
        try:
            return *load(path), skipped
        except CheckpointRefused as error:
            refusal = error
            skipped.append(say("{what} The one before it is taken.", what=error.sentence))
    raise refusal


def prune(run: Path, kept: int = KEPT) -> None:
    """Delete all but the newest `kept` checkpoints of a run."""
    for path in list(newest_first(run))[kept:]:
        path.unlink(missing_ok=True)
