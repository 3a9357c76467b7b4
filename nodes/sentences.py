"""Sentences that a user reads, as data: a template and its named parts.

The one who makes a sentence names its parts; whoever shows it chooses the language. `str` is the
English text. `{name}` in a template is the part of that name. Where there is none, it is the port
or the parameter of that name, shown as it is painted on the node.

Light: needs msgspec and no torch.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Callable, Iterable
from typing import Any, Literal

from msgspec import Struct

_MARK = re.compile(r"\{([a-z_][a-z0-9_]*)\}")


def spaced(name: str) -> str:
    """Return a kind's name as words: `LatentGrid` as `Latent grid`, and leave `ELBO` as it is."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z0-9]*|\d+", name.rpartition(".")[2])
    return " ".join(w if i == 0 or w.isupper() else w.lower() for i, w in enumerate(words)) or name


class Word(Struct, frozen=True, tag="word"):
    """A word of the catalogue: the title of a kind or a parameter, a choice, a type's words."""

    text: str

    def __str__(self) -> str:
        return self.text


class PortName(Struct, frozen=True, tag="port"):
    """A port or a parameter by its name, shown as it is painted on nodes of its kind."""

    name: str
    kind: str = ""

    def __str__(self) -> str:
        return self.name


class NodeName(Struct, frozen=True, tag="node"):
    """A node: shown by the title that it has been given, else by its kind's."""

    id: str = ""
    title: str = ""
    kind: str = ""

    def __str__(self) -> str:
        return self.title or self.id or spaced(self.kind)


class Listed(Struct, frozen=True, tag="list"):
    """Several parts in a row; the last is joined by a word."""

    parts: tuple[Part, ...]
    by: Literal["and", "or", ""] = "and"

    def __str__(self) -> str:
        return joined([plain(part) for part in self.parts], f" {self.by} " if self.by else ", ")


class Sentence(Struct, frozen=True, eq=False, tag="sentence"):
    """A template with its parts. Equal to another, and to a text, that reads the same."""

    template: str
    parts: dict[str, Part] = {}

    def __str__(self) -> str:
        return filled(self.template, lambda name: plain(self.parts.get(name, name)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, (Sentence, str)) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))

    def __contains__(self, text: str) -> bool:
        return text in str(self)


Part = str | int | float | Word | PortName | NodeName | Listed | Sentence
Text = Sentence | str


def say(template: str, /, **parts: Any) -> Sentence:
    """Make a sentence; a part that is no data is taken as the text it prints."""
    return Sentence(template, {name: part_of(value) for name, value in parts.items()})


def part_of(value: Any) -> Part:
    """Return a value as a part of a sentence."""
    data = isinstance(value, Part) and not isinstance(value, bool)
    return value if data else str(value) or Word("one number")  # the shape of a single one


def either(parts: Iterable[Any]) -> Listed:
    """Return parts of which one is meant: `x, y or z`."""
    return Listed(tuple(part_of(part) for part in parts), "or")


def listed(parts: Iterable[Any]) -> Listed:
    """Return parts in a row: `x, y, z`."""
    return Listed(tuple(part_of(part) for part in parts), "")


def both(parts: Iterable[Any]) -> Listed:
    """Return parts that are all meant: `x, y and z`."""
    return Listed(tuple(part_of(part) for part in parts), "and")


def rounded(value: float, digits: int) -> float:
    """Return a number with so many significant digits: a part of a sentence stays a number.

    As text it would keep its decimal point in a language that writes a comma.
    """
    return float(f"{value:.{digits}g}")


def shortened(text: str, most: int = 40) -> str:
    """Return a user's text as it is quoted: cut behind `most` characters, between words."""
    if len(text) <= most:
        return text
    kept = text[: most - 1]
    words = kept[: kept.rfind(" ")] if " " in kept.strip() else kept
    return f"{words.rstrip()}…"


def marks(template: str) -> list[str]:
    """Return the names of a template's parts, in order."""
    return _MARK.findall(template)


def filled(template: str, shown: Callable[[str], str]) -> str:
    """Return a template with each part as `shown` gives it."""
    return _MARK.sub(lambda found: shown(found[1]), template)


def joined(texts: list[str], last: str) -> str:
    """Join texts by commas, the last by a word of its own."""
    return last.join(t for t in (", ".join(texts[:-1]), *texts[-1:]) if t)


def plain(part: Part) -> str:
    """Return a part in English."""
    if isinstance(part, int):
        return f"{part:,}"
    return f"{part:g}" if isinstance(part, float) else str(part)


_SYSTEM: dict[int, Text] = {
    errno.EACCES: say("you may not open it"),
    errno.EPERM: say("you may not change it"),
    errno.EROFS: say("nothing can be written there"),
    errno.ENOSPC: say("the disk is full"),
    errno.EDQUOT: say("your share of the disk is full"),
    errno.EFBIG: say("the file would be too large"),
    errno.EISDIR: say("it is a folder"),
    errno.ENOTDIR: say("its path leads through a file"),
    errno.ENOENT: say("there is no such file or folder"),
    errno.EEXIST: say("there is one of this name"),
    errno.ENOTEMPTY: say("it is not empty"),
    errno.ENAMETOOLONG: say("its name is too long"),
    errno.EIO: say("the disk has an error"),
    errno.EMFILE: say("too many files are open"),
    errno.ENFILE: say("too many files are open"),
    errno.EBUSY: say("another program uses it"),
    errno.ETXTBSY: say("another program uses it"),
}


def reason(error: Exception) -> Text:
    """Return why the system refused a file, in words; what has none is quoted."""
    number = getattr(error, "errno", None)
    said = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return _SYSTEM.get(number or 0, said.rstrip("."))
