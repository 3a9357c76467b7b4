"""Vocabularies of characters, bytes and byte pairs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nodes.errors import InputRefused, ParamRefused
from nodes.language.base import Numbers, Vocabulary
from nodes.sentences import shortened

BYTES = 256


@dataclass(frozen=True)
class Characters:
    """Tokenise a text by characters. `table` gives a code point's number, or -1."""

    table: Numbers

    def cut(self, text: str) -> Numbers:
        """Return the number of each character, (n,).

        Raise `InputRefused` where a character is not in the table.
        """
        points = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32).astype(np.int64)
        known = np.append(self.table, -1)
        found: Numbers = known[np.minimum(points, len(self.table))]
        if (found < 0).any():
            raise InputRefused(
                "The text has “{sign}”, which is not in the vocabulary.",
                "Leave it out, or cut the text into bytes.",
                sign=chr(int(points[np.argmin(found)])),
            )
        return found


@dataclass(frozen=True)
class LineOf:
    """Tokenise a line by characters; lines longer than the learned ones are refused."""

    characters: Characters
    longest: int

    def cut(self, text: str) -> Numbers:
        """Return the number of each character of a line, (n,).

        Raise `InputRefused` where the line is too long, or has a character that is not known.
        """
        if len(text) > self.longest:
            raise InputRefused(
                "“{line}” has {found} characters; a line may have {must}.",
                "Shorten it, or learn longer lines.",
                line=shortened(text),
                found=len(text),
                must=self.longest,
            )
        return self.characters.cut(text)


class Bytes:
    """Tokenise a text by the bytes of UTF-8."""

    def cut(self, text: str) -> Numbers:
        """Return the bytes of a text, (n,), each from 0 to 255."""
        return np.frombuffer(text.encode(), dtype=np.uint8).astype(np.int64)


@dataclass(frozen=True)
class Pairs:
    """Tokenise a text by merged pairs, the frequent ones first."""

    tokenizer: Any

    def cut(self, text: str) -> Numbers:
        """Return the numbers of the pieces of a text, (n,)."""
        return np.array(self.tokenizer.encode(text).ids, dtype=np.int64)


def characters(text: str, _: str, __: int) -> Vocabulary:
    """Return the characters that a text has, in the order of their code points."""
    signs = sorted(set(text))
    return Vocabulary([sign.encode() for sign in signs], _numbered(signs, 0))


def of_lines(text: str, longest: int) -> Vocabulary:
    """Return the characters that a text has, behind an empty piece that ends and fills up lines."""
    signs = sorted(set(text))
    pieces = [b"", *(sign.encode() for sign in signs)]
    return Vocabulary(pieces, LineOf(_numbered(signs, 1), longest))


def _numbered(signs: list[str], first: int) -> Characters:
    table = np.full(ord(signs[-1]) + 1, -1, dtype=np.int64)
    table[[ord(sign) for sign in signs]] = np.arange(first, first + len(signs))
    return Characters(table)


def of_bytes(_: str, __: str, ___: int) -> Vocabulary:
    """Return the vocabulary of all 256 bytes."""
    return Vocabulary([bytes([number]) for number in range(BYTES)], Bytes())


def byte_pairs(_: str, train: str, size: int) -> Vocabulary:
    """Return pieces merged from bytes by how often they follow each other in a text to learn from.

    Raise `ParamRefused` where the package that does this is not installed.
    """
    try:
        from tokenizers import ByteLevelBPETokenizer  # slow to import, and an extra
        from tokenizers.pre_tokenizers import ByteLevel
    except ImportError as error:
        raise ParamRefused(
            "Byte pairs need the package tokenizers, which is not installed.",
            'Install it with "pip install tokenizers", or cut the text into characters.',
            place="pieces",
        ) from error
    tokenizer = ByteLevelBPETokenizer()
    tokenizer.train_from_iterator([train], vocab_size=size, min_frequency=2, show_progress=False)
    shown = bytes_of(ByteLevel.alphabet())
    pieces = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
    return Vocabulary([bytes(shown[sign] for sign in word) for word, _ in pieces], Pairs(tokenizer))


def bytes_of(signs: list[str]) -> dict[str, int]:
    """Return which byte each sign of GPT-2's alphabet stands for.

    Printable bytes stand for themselves, the others for the signs from U+0100 on, in order.
    """
    plain = {sign: ord(sign) for sign in signs if ord(sign) < BYTES}
    others = sorted(set(range(BYTES)) - set(plain.values()))
    return plain | {chr(BYTES + n): byte for n, byte in enumerate(others)}


Maker = Callable[[str, str, int], Vocabulary]
MAKERS: Mapping[str, Maker] = {
    "characters": characters,
    "bytes": of_bytes,
    "byte pairs": byte_pairs,
}
"""By the name of the pieces: takes the whole text, the part to learn from, and the size."""
