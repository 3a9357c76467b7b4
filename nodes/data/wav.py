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
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from nodes.errors import DataMissing
from nodes.sentences import Text, reason, say

WAVS = frozenset((".wav", ".wave"))
OTHERS = frozenset((".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".aifc", ".au"))
"""Suffixes of what soundfile reads."""
SOUNDS = WAVS | OTHERS
INTEGERS, FLOATS, EXTENSIBLE = 1, 3, 0xFFFE
HEADS = (b"RIFF", b"RF64", b"BW64")
"""The last two are those of more than 4 GB, EBU Tech 3306 and ITU-R BS.2088."""
FORMAT = 40
"""Bytes of a format that mean something."""
OPEN_ENDED = (0, 0xFFFFFFFF)
"""Lengths that a recorder writes which does not know yet how long it will be."""
FULL = 32768
FASTEST = 400_000
"""Samples a second, at most: more is no sound, and would decide how much memory is taken."""

Samples = np.ndarray[Any, np.dtype[np.float32]]
Most = Callable[[int], int]
"""How many samples of each channel are wanted, by how many there are a second."""


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


class Part(NamedTuple):
    """Where the samples begin, and how many bytes of them are said to be there, and are."""

    start: int
    said: int
    there: int


def is_sound(path: Path) -> bool:
    """Return whether a file may be a sound, by its name."""
    return path.suffix.lower() in SOUNDS


def read_sound(path: Path, most: Most | None = None) -> Sound:
    """Read a sound of any known kind, or its beginning: `most(rate)` samples of each channel.

    Raise `DataMissing` that says where the fault is.
    """
    if path.suffix.lower() in OTHERS:
        return _by_soundfile(path, most)
    try:
        with path.open("rb") as file:
            return _read(file, path, most)
    except OSError as error:
        raise damaged(path, reason(error)) from error


def read_wav(content: bytes, path: Path) -> Sound:
    """Return the sound of a WAV file's content.

    Raise `DataMissing` where it is no WAV file, is cut short, or its samples are no numbers.
    """
    return _read(io.BytesIO(content), path, None)


def _read(file: BinaryIO, path: Path, most: Most | None) -> Sound:
    size = file.seek(0, io.SEEK_END)
    if not size:
        raise damaged(path, "it is empty")
    file.seek(0)
    head = file.read(12)
    if head[:4] not in HEADS or head[8:] != b"WAVE":
        raise damaged(path, "it does not begin as a WAV file does")
    form: Form | None = None
    wide = OPEN_ENDED[1]
    for name, start, length in _chunks(file):
        if name == b"ds64":
            wide = int.from_bytes(file.read(16)[8:], "little")
        elif name == b"fmt ":
            form = _form(file.read(min(length, FORMAT)), start, path)
        elif name == b"data":
            if form is None:
                raise damaged(path, "its samples come before their format", start)
            part = Part(start, wide if length == OPEN_ENDED[1] else length, size - start)
            return _sound(file, part, form=form, path=path, most=most)
    raise damaged(path, "it ends before its samples begin", size)


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, place and length of each chunk, as the file says, which is read up to there."""
    at = 12
    while len(head := file.read(8)) == 8:
        name, length = struct.unpack("<4sI", head)
        yield name, at + 8, length
        at += 8 + length + length % 2
        file.seek(at)


def _form(content: bytes, start: int, path: Path) -> Form:
    if len(content) < 16:
        raise damaged(path, "its format is cut short", start)
    kind, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", content)
    if kind == EXTENSIBLE and len(content) >= 26:
        (kind,) = struct.unpack_from("<H", content, 24)
    if not channels or not rate:
        raise damaged(path, "it has no channels, or no samples a second", start)
    if rate > FASTEST:
        raise damaged(path, say("it claims {count} samples a second", count=rate), start)
    return Form(kind, channels, rate, bits)


def _sound(file: BinaryIO, part: Part, *, form: Form, path: Path, most: Most | None) -> Sound:
    if (form.kind, form.bits) not in READERS:
        return _by_soundfile(path, most)
    start, said, there = part
    if said > there and said not in OPEN_ENDED:
        why = say("it ends after {count} of {all} bytes of samples", count=there, all=said)
        raise damaged(path, why, start + there)
    frame = form.channels * form.bits // 8
    frames = min(said or there, there) // frame
    if most is not None:
        frames = min(frames, most(form.rate))
    values = READERS[form.kind, form.bits](file.read(frames * frame))
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


def _by_soundfile(path: Path, most: Most | None) -> Sound:
    try:
        import soundfile  # an extra
    except ImportError as error:
        raise DataMissing(
            "{file} needs the package soundfile, which is not installed.",
            'Install it with "pip install soundfile", or save the sound as a WAV file of 16 bits.',
            place="folder",
            file=path.name,
        ) from error
    try:
        with soundfile.SoundFile(path) as file:
            rate = int(file.samplerate)
            frames = -1 if most is None else most(rate)
            samples = file.read(frames, dtype="float32", always_2d=True)
    except (OSError, RuntimeError) as error:
        raise damaged(path, reason(error)) from error
    return _finite(Sound(samples.T, rate), path, 0)


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
