"""The source of Python's standard library, as a training text."""

from __future__ import annotations

import sysconfig
import zlib
from collections.abc import Iterator
from pathlib import Path

from nodes.base import param
from nodes.data.text_file import Reading, TextSource, split, test_part_param
from nodes.errors import DataMissing
from nodes.sentences import say
from nodes.types import Frame

SKIPPED = {"site-packages", "dist-packages", "test", "tests", "idlelib", "encodings", "__pycache__"}
"""Folders that are no library, or tables rather than programs."""


class PythonSource(TextSource):
    """Give the Python source of the standard library that is installed here.

    The source is under the licence of the Python Software Foundation (PSF),
    https://docs.python.org/3/license.html.

    Whole modules come one after another, in an order that mixes their names, up to `size`. Those
    with signs beyond ASCII are left out, so that all characters are among its 128. Other
    versions of Python have other source: figures differ a little.
    """

    synonyms = "code, program, python, standard library, source code, programme, code source"
    title = "Python source"
    icon = "file-code"

    size: int = param(default=1000, low=10, high=20_000, unit="kB", help="Text in all, at most.")
    test_share: float = test_part_param()

    def reading(self) -> Reading:
        """Read modules up to `size`, and keep the end of the text for tests.

        Raise `DataMissing` where this Python has no source.
        """
        parts: list[str] = []
        total = 0
        for path in self.reads():
            parts.append(path.read_text("ascii").rstrip() + "\n\n\n")
            total += len(parts[-1])
            yield Frame(total, self.size * 1000)
        return split("".join(parts)[: self.size * 1000], self.test_share)

    def reads(self) -> list[Path]:
        """Return the modules that fill the size, or raise `DataMissing` where there are none."""
        chosen: list[Path] = []
        left = self.size * 1000
        for path in sorted(modules(), key=_mixed):
            if left <= 0:
                break
            if path.read_bytes().isascii():
                chosen.append(path)
                left -= path.stat().st_size
        if not chosen:
            raise DataMissing(
                say("This Python has no source of its standard library."),
                say("Choose a program of yours as a text file instead."),
            )
        return chosen


def modules() -> Iterator[Path]:
    """Yield the modules of the standard library."""
    root = Path(sysconfig.get_paths()["stdlib"])
    for path in root.rglob("*.py"):
        if not SKIPPED & set(path.relative_to(root).parts):
            yield path


def _mixed(path: Path) -> tuple[int, str]:
    root = Path(sysconfig.get_paths()["stdlib"])
    name = path.relative_to(root).as_posix()
    return zlib.crc32(name.encode()), name
