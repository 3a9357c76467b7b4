"""Read and write WAV files by the standard library, others by soundfile. Needs no torch.

Waveform Audio File Format, as in Multimedia Programming Interface and Data Specifications 1.0 (IBM
& Microsoft, 1991) and its extensible form.
"""

from __future__ import annotations

import io
import struct
import wave
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from nodes.errors import DataMissing
from nodes.sentences import Text, say

WAVS = frozenset((".wav", ".wave"))
OTHERS = frozenset((".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".aifc", ".au"))
"""Suffixes of what soundfile reads."""
SOUNDS = WAVS | OTHERS
LARGEST = 1 << 30
"""Bytes of one file, at most."""
INTEGERS, FLOATS, EXTENSIBLE = 1, 3, 0xFFFE
OPEN_ENDED = (0, 0xFFFFFFFF)
"""Lengths that a recorder writes which does not know yet how long it will be."""
FULL = 32768

Samples = np.ndarray[Any, np.dtype[np.float32]]


class Sound(NamedTuple):
    """Samples (channels, n), between -1 and 1, and how many there are a second."""

    samples: Samples
    rate: int


class Form(NamedTuple):
    """What the chunk `fmt ` says: kind of numbers, channels, samples a second, bits."""

    kind: int
    channels: int
    rate: int
    bits: int


def is_sound(path: Path) -> bool:
    """Return whether a file may be a sound, by its name."""
    return path.suffix.lower() in SOUNDS


def read_sound(path: Path) -> Sound:
    """Read a sound of any known kind, or raise `DataMissing` that says where the fault is."""
    if path.suffix.lower() in OTHERS:
        return _by_soundfile(path)
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size <= LARGEST else b""
    except OSError as error:
        raise damaged(path, error.strerror or str(error)) from error
    if size > LARGEST:
        raise damaged(path, "it is longer than 1 GB", LARGEST)
    return read_wav(content, path)


def read_wav(content: bytes, path: Path) -> Sound:
    """Return the sound of a WAV file's content.

    Raise `DataMissing` where it is no WAV file, is cut short, or its samples are no numbers.
    """
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise damaged(path, "it does not begin as a WAV file does")
    form: Form | None = None
    for name, start, length in _chunks(content):
        if name == b"fmt ":
            form = _form(content, start, length, path)
        elif name == b"data":
            if form is None:
                raise damaged(path, "its samples come before their format", start)
            return _sound(content, start, length, form=form, path=path)
    raise damaged(path, "it ends before its samples begin", len(content))


def _chunks(content: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, place and length of each chunk, as the file says."""
    at = 12
    while at + 8 <= len(content):
        name, length = struct.unpack_from("<4sI", content, at)
        yield name, at + 8, length
        at += 8 + length + length % 2


def _form(content: bytes, start: int, length: int, path: Path) -> Form:
    if length < 16 or start + length > len(content):
        raise damaged(path, "its format is cut short", start)
    kind, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", content, start)
    if kind == EXTENSIBLE and length >= 26:
        (kind,) = struct.unpack_from("<H", content, start + 24)
    if not channels or not rate:
        raise damaged(path, "it has no channels, or no samples a second", start)
    return Form(kind, channels, rate, bits)


def _sound(content: bytes, start: int, length: int, *, form: Form, path: Path) -> Sound:
    if (form.kind, form.bits) not in READERS:
        return _by_soundfile(path)
    there = len(content) - start
    if length > there and length not in OPEN_ENDED:
        why = say("it ends after {count} of {all} bytes of samples", count=there, all=length)
        raise damaged(path, why, len(content))
    frame = form.channels * form.bits // 8
    kept = min(length or there, there) // frame * frame
    values = READERS[form.kind, form.bits](content[start : start + kept])
    return _finite(Sound(values.reshape(-1, form.channels).T, form.rate), path, start)


def _finite(sound: Sound, path: Path, start: int) -> Sound:
    if not sound.samples.size:
        raise damaged(path, "it has no samples", start)
    if not np.isfinite(sound.samples).all():
        raise damaged(path, "some of its samples are no numbers", start)
    return sound


def _whole(dtype: str, zero: float, full: float) -> Callable[[bytes], Samples]:
    def read(data: bytes) -> Samples:
        return ((np.frombuffer(data, dtype) - zero) / full).astype(np.float32)

    return read


def _of_24_bits(data: bytes) -> Samples:
    three = np.frombuffer(data, np.uint8).reshape(-1, 3)
    four = np.zeros((len(three), 4), np.uint8)
    four[:, 1:] = three
    return (four.view("<i4")[:, 0] / 2.0**31).astype(np.float32)


READERS: Mapping[tuple[int, int], Callable[[bytes], Samples]] = {
    (INTEGERS, 8): _whole("u1", 128.0, 128.0),
    (INTEGERS, 16): _whole("<i2", 0.0, 2.0**15),
    (INTEGERS, 24): _of_24_bits,
    (INTEGERS, 32): _whole("<i4", 0.0, 2.0**31),
    (FLOATS, 32): _whole("<f4", 0.0, 1.0),
    (FLOATS, 64): _whole("<f8", 0.0, 1.0),
}
"""How samples are read, by kind and bits."""


def _by_soundfile(path: Path) -> Sound:
    try:
        import soundfile  # an extra
    except ImportError as error:
        raise DataMissing(
            "{file} needs the package soundfile, which is not installed.",
            'Install it with "pip install soundfile", or save the sound as a WAV file.',
            place="folder",
            file=path.name,
        ) from error
    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (OSError, RuntimeError) as error:
        raise damaged(path, str(error)) from error
    return _finite(Sound(samples.T, int(rate)), path, 0)


def damaged(path: Path, why: Text, at: int = 0) -> DataMissing:
    """Return the refusal of a sound file that cannot be read."""
    return DataMissing(
        "{file} is damaged at byte {offset}: {why}.",
        "Save it anew as a WAV file, or remove it.",
        place="folder",
        file=path.name,
        offset=at,
        why=why,
    )


def wav_of(samples: Samples, rate: int) -> bytes:
    """Return sound (channels, n) as a WAV file of 16 bits, which every program plays."""
    whole = np.clip(np.round(samples * FULL), -FULL, FULL - 1).astype("<i2")
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(whole.shape[0])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(whole.T.tobytes())
    return written.getvalue()
