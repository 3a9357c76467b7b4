"""Read IDX, the format of MNIST: a magic number, the sizes, then bytes. Headers are not trusted."""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from nodes.errors import DataMissing
from nodes.sentences import Text, Word, reason, say

UNSIGNED_BYTES = 0x08
INTS = bytes([0, 0, 0x0C, 2])
"""How labels of QMNIST begin: four bytes each, on two axes."""
BEST_DEFLATE = 1032
"""Deflate makes at most so many bytes of one: a header that claims more is false."""


def read_idx(path: Path, *, axes: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Return the bytes of an IDX file, gzipped or not, or raise `DataMissing` naming the file."""
    try:
        with opened(path) as file:
            sizes = _sizes(file, path, axes)
            body = bytearray(_body(file, path, math.prod(sizes)))  # torch asks to be able to write
            return np.frombuffer(body, np.uint8).reshape(sizes)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise damaged(path, say("it cannot be unpacked ({error})", error=error)) from error
    except OSError as error:
        raise damaged(path, reason(error)) from error


def read_labels(path: Path) -> np.ndarray[Any, np.dtype[Any]]:
    """Return labels: bytes (n,), or of QMNIST whole numbers (n, 8) of which the first tells.

    Raise `DataMissing` where the file cannot be read, is cut short or goes on too long.
    """
    try:
        with opened(path) as file:
            head = file.read(4)
            if head != INTS:
                return read_idx(path, axes=1)
            sizes = struct.unpack(">2I", file.read(8))
            body = _body(file, path, 4 * math.prod(sizes))
            return np.frombuffer(body, ">i4").reshape(sizes).astype(np.int64)
    except (EOFError, zlib.error, gzip.BadGzipFile, struct.error) as error:
        raise damaged(path, say("it cannot be unpacked ({error})", error=error)) from error
    except OSError as error:
        raise damaged(path, reason(error)) from error


def read_sizes(path: Path, *, axes: int) -> tuple[int, ...]:
    """Return the sizes that the header of a file claims.

    Raise `DataMissing` where there is no such header.
    """
    try:
        with opened(path) as file:
            return _sizes(file, path, axes)
    except (EOFError, zlib.error, OSError) as error:
        raise damaged(path, reason(error)) from error


def opened(path: Path) -> BinaryIO:
    """Open a file for reading, unpacked where it is gzipped: told by its first bytes."""
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    return gzip.open(path) if packed else path.open("rb")  # type: ignore[return-value]


def _sizes(file: BinaryIO, path: Path, axes: int) -> tuple[int, ...]:
    head = file.read(4 + 4 * axes)
    if head[:4] != bytes([0, 0, UNSIGNED_BYTES, axes]):
        must = "pictures" if axes == 3 else "labels"
        raise damaged(
            path,
            say(
                "it is no IDX file of {kind} (it begins with {hex})",
                kind=Word(must),
                hex=head[:4].hex(" "),
            ),
        )
    if len(head) < 4 + 4 * axes:
        raise damaged(path, "it ends within its header")
    return struct.unpack(f">{axes}I", head[4:])


def _body(file: BinaryIO, path: Path, count: int) -> bytes:
    if count > BEST_DEFLATE * path.stat().st_size:
        raise damaged(
            path, say("its header claims {count} bytes, more than the file can hold", count=count)
        )
    body = file.read(count)
    if len(body) < count:
        raise damaged(
            path, say("it is cut short: {count} of {all} bytes", count=len(body), all=count)
        )
    if file.read(1):
        raise damaged(
            path, say("it goes on after the {count} bytes that its header claims", count=count)
        )
    return body


def damaged(path: Path, why: Text) -> DataMissing:
    """Return the refusal of an IDX file that cannot be used, with the reason."""
    return DataMissing(
        "{path} cannot be used: {why}.",
        "Replace the file, or delete it to download it again.",
        path=path,
        why=why,
    )
