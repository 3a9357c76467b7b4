"""Shakespeare's plays, as a text to learn from."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any, ClassVar

import resources
from nodes.data.download import download
from nodes.data.mnist import data_folder
from nodes.data.text_file import Reading, TextSource, last_part, split, text_of
from nodes.errors import DataMissing
from nodes.sentences import Text, say

log = logging.getLogger(__name__)


class Shakespeare(TextSource):
    """Give 40,000 lines of Shakespeare's plays, 1.1 MB.

    The Unreasonable Effectiveness of Recurrent Neural Networks (Karpathy, 2015),
    https://karpathy.github.io/2015/05/21/rnn-effectiveness.

    The text is in the public domain. It is looked for where `GENWORKBENCH_DATA` says, then
    downloaded once; where neither can be had, the first 100 kB stand in, and the node says so.
    """

    synonyms = "tiny shakespeare, text, corpus, plays, texte, théâtre"
    folder_name: ClassVar[str] = "tinyshakespeare"
    sources: ClassVar[tuple[str, ...]] = (
        "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/",
    )
    file_name: ClassVar[str] = "input.txt"
    md5: ClassVar[str] = "6fb458f1232090904fb40fe944165e91"

    test_share: float = last_part()

    def __init__(self, **given: Any) -> None:
        self.short = False
        super().__init__(**given)

    def reading(self) -> Reading:
        path = self._found()
        self.short = False
        if path is None:
            path = data_folder() / self.folder_name / self.file_name
            try:
                yield from download(self.sources, self.file_name, path.parent, md5=self.md5)
            except DataMissing:
                log.warning("Shakespeare: the first 100 kB stand in for the whole text")
                self.short, path = True, resources.path("texts", "shakespeare.txt")
        return split((yield from text_of(path)), self.test_share)

    def outside(self) -> str:
        return "" if self._found() else type(self).__name__

    def notes(self) -> list[Text]:
        return [say("the first 100 kB only: the rest is not here yet")] if self.short else []

    def _found(self) -> Path | None:
        shared = os.environ.get("GENWORKBENCH_DATA")
        places = [Path(shared)] if shared else []
        files = [place / self.folder_name / self.file_name for place in (*places, data_folder())]
        return next((file for file in files if file.is_file()), None)
