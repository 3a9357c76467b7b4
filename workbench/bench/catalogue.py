"""The catalogue of node kinds on disk, so that the window starts without waiting for the engine."""

from __future__ import annotations

from pathlib import Path

import msgspec

from engine.document.catalogue import Catalogue
from engine.document.graph import write_atomically
from nodes.errors import Refusal
from workbench.bench import settings

_decoder = msgspec.msgpack.Decoder(Catalogue)


def file() -> Path:
    return settings.cache() / "catalogue.msgpack"


def load() -> Catalogue:
    """Return the catalogue of the last start; empty before the first, or where it is damaged."""
    try:
        return _decoder.decode(file().read_bytes())
    except (OSError, msgspec.MsgspecError):
        return Catalogue()


def store(catalogue: Catalogue) -> None:
    """Keep a catalogue for the next start; where that fails the next start waits, no more."""
    try:
        file().parent.mkdir(parents=True, exist_ok=True)
        write_atomically(file(), msgspec.msgpack.encode(catalogue))
    except (OSError, Refusal):
        return
