"""The catalogue of node kinds cached on disk, so that the window need not wait for the engine."""

from __future__ import annotations

from pathlib import Path

import msgspec

from engine.document.catalogue import Catalogue
from engine.document.writing import write_atomically
from nodes.errors import Refusal
from workbench.bench import settings

_decoder = msgspec.msgpack.Decoder(Catalogue)


def file() -> Path:
    return settings.cache() / "catalogue.msgpack"


def load() -> Catalogue:
    """Return the cached catalogue; empty if there is none or it is damaged."""
    try:
        return _decoder.decode(file().read_bytes())
    except (OSError, msgspec.MsgspecError):
        return Catalogue()


def store(catalogue: Catalogue) -> None:
    """Cache a catalogue for the next start. A failure only makes that start slower."""
    try:
        file().parent.mkdir(parents=True, exist_ok=True)
        write_atomically(file(), msgspec.msgpack.encode(catalogue))
    except (OSError, Refusal):
        return
