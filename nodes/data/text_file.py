"""Texts from a file of the user."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from nodes.base import Node, param
from nodes.data.places import FileState, file_state, found_file, unreadable
from nodes.errors import DataMissing
from nodes.sentences import Part, say
from nodes.types import Frame, PortType

LARGEST = 256 << 20
"""Bytes of a text that is read at all."""
BLOCK = 1 << 22


@dataclass(frozen=True)
class Text:
    """A text, in a part to learn from and a part to test on."""

    port: ClassVar[PortType] = PortType(
        "Text",
        family="labels",
        glyph="tag",
        help="A text, in a part to learn from and a part to test on.",
        words="a text",
        still=True,
    )
    train: str = ""
    test: str = ""


def test_part_param() -> Any:
    """Declare which share of a text, from its end, is kept for tests."""
    return param(
        default=0.1,
        low=0.0,
        high=0.9,
        help="Share at the end of the text that is kept for views and measures; 0: they see the "
        "text that is learned.",
    )


Reading = Generator[Frame[None], None, Text]


class TextSource(Node, ABC):
    """Give a text that is read once. Subclasses define its origin."""

    icon = "file-text"
    returns = "text"

    def __init__(self, **given: Any) -> None:
        self._text: Text | None = None
        self._looks: dict[Path, FileState] = {}
        super().__init__(**given)

    @abstractmethod
    def reading(self) -> Reading:
        """Read the text, a frame now and then, or raise `DataMissing`."""

    def reads(self) -> list[Path]:
        """Return the files of the user that reading reads."""
        return []

    def fetch(self) -> Iterator[Frame[None]]:
        if self._text is None:
            self._looks = {path: file_state(path) for path in self.reads()}
            self._text = yield from self.reading()

    def forward(self) -> Text:
        """Return the text, read at the first call."""
        for _ in self.fetch():
            pass
        return self.sketch()

    def sketch(self) -> Text:
        return self._text or Text()

    def changed(self, name: str) -> None:
        self.unload()

    def unload(self) -> None:
        self._text = None

    def files(self) -> list[Path]:
        return list(self._looks) if self._text is not None else []

    def outdated(self) -> bool:
        return any(file_state(path) != look for path, look in self._looks.items())

    def sign(self) -> Part:
        if self._text is None:
            return ""
        return say("{n} characters", n=len(self._text.train) + len(self._text.test))


class TextFile(TextSource):
    """Give the text of a file of the user.

    The file is UTF-8, of at most 256 MB. Its end, `test_share` of all characters, is kept for
    tests: neighbours in a text are alike, so a random split would leak training text into the
    tests.
    """

    synonyms = "text, txt, corpus, own text, book, texte, livre, mon texte"
    title = "Text file"

    file: Path | None = param(default=None, help="Text in UTF-8, as .txt, .md or .py.")
    test_share: float = test_part_param()

    def reading(self) -> Reading:
        """Read the file, and keep the end of the text for tests.

        Raise `DataMissing` where no file is chosen, or it is no text in UTF-8.
        """
        return split((yield from text_of(self._path())), self.test_share)

    def reads(self) -> list[Path]:
        return [self._path()] if self.file else []

    def _path(self) -> Path:
        if not self.file:
            raise DataMissing(say("No file is chosen."), say("Choose a text file."), place="file")
        return found_file(self.file, self.home)


def split(text: str, share: float) -> Text:
    """Keep a share at the end of a text for tests."""
    kept = round(len(text) * share)
    return Text(text[: len(text) - kept], text[len(text) - kept :])


def text_of(path: Path) -> Generator[Frame[None], None, str]:
    """Return the text of a file, or raise `DataMissing` that names the first faulty byte."""
    try:
        content = yield from _bytes_of(path)
    except OSError as error:
        raise unreadable(path, error, "file") from error
    return decoded(content, path)


def _bytes_of(path: Path) -> Generator[Frame[None], None, bytes]:
    """Return what a file holds; raise `DataMissing` where it is more than a text may be."""
    size = path.stat().st_size
    if size > LARGEST:
        raise DataMissing(
            "{file} has {size} MB; texts have at most {most} MB.",
            "Choose a shorter file, or cut this one.",
            place="file",
            file=path.name,
            size=size >> 20,
            most=LARGEST >> 20,
        )
    parts: list[bytes] = []
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            parts.append(block)
            yield Frame(sum(map(len, parts)) >> 10, size >> 10)
    return b"".join(parts)


def decoded(content: bytes, path: Path) -> str:
    """Return bytes as text, without a byte order mark and with plain line ends.

    Raise `DataMissing` where they are no UTF-8, or fewer than two characters. A byte of 0 is no
    text: it comes in programs, archives and in UTF-16.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _no_text(content, path, error.start) from error
    if (at := content.find(0)) >= 0:
        raise _no_text(content, path, at)
    if len(text) < 2:
        raise DataMissing(
            "{file} holds no text.", "Choose another file.", place="file", file=path.name
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _no_text(content: bytes, path: Path, at: int) -> DataMissing:
    """Return the refusal of bytes that are no text from a place on."""
    return DataMissing(
        "{file} is no text in UTF-8: the fault is in line {line}, at byte {byte}.",
        "Save it as UTF-8 in an editor, or choose another file.",
        place="file",
        file=path.name,
        line=content.count(b"\n", 0, at) + 1,
        byte=at,
    )
