"""Shakespeare's plays, as a training text."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import resources
from nodes.data.download import download, download_param, offered
from nodes.data.known_files import SHAKESPEARE, KnownFile, KnownSet
from nodes.data.mnist import data_folder
from nodes.data.text_file import Reading, TextSource, split, test_part_param, text_of
from nodes.errors import DataMissing, Doubt
from nodes.sentences import Text, say

log = logging.getLogger(__name__)


class Shakespeare(TextSource):
    """Give 40,000 lines of Shakespeare's plays, 1.1 MB.

    The Unreasonable Effectiveness of Recurrent Neural Networks (Karpathy, 2015),
    https://karpathy.github.io/2015/05/21/rnn-effectiveness.

    The text is in the public domain. It is looked for where `GENWORKBENCH_DATA` says, then among
    what was downloaded; where it is not, the first 100 kB are used, the node says so and offers the
    download.
    """

    synonyms = "tiny shakespeare, text, corpus, plays, texte, théâtre"
    folder_name: ClassVar[str] = "tinyshakespeare"
    known: ClassVar[KnownSet] = SHAKESPEARE

    download: bool = download_param()
    test_share: float = test_part_param()

    def __init__(self, **given: Any) -> None:
        self.short = False
        super().__init__(**given)

    def reading(self) -> Reading:
        """Read the whole text, downloaded where allowed, else the 100 kB that are shipped."""
        self.short = False
        try:
            folder = data_folder() / self.folder_name
            yield from download(self.known, self._absent(), folder, allowed=self.download)
        except DataMissing as error:
            log.warning("Shakespeare: the first 100 kB stand in for the whole text. %s", error)
            self.short = True
        path = self._found() or resources.path("texts", "shakespeare.txt")
        return split((yield from text_of(path)), self.test_share)

    def outside(self) -> str:
        return self.known.title if self.download and self._absent() else ""

    def notes(self) -> list[Text]:
        return [say("the first 100 kB only: the rest is not here yet")] if self.short else []

    def doubts(self) -> list[Doubt]:
        return offered(self.known, self._absent(), allowed=self.download)

    def _absent(self) -> Sequence[KnownFile]:
        return () if self._found() else self.known.files

    def _found(self) -> Path | None:
        shared = os.environ.get("GENWORKBENCH_DATA")
        places = [Path(shared)] if shared else []
        (file,) = self.known.files
        paths = [place / self.folder_name / file.name for place in (*places, data_folder())]
        return next((path for path in paths if path.is_file()), None)
