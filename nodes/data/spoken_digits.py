"""Spoken digits, by six speakers."""

from __future__ import annotations

import logging
import os
import re
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from torch import Tensor

import resources
from nodes.base import param
from nodes.data.base import Loading, Split
from nodes.data.download import download, download_param, offered
from nodes.data.known_files import SPOKEN_DIGITS, KnownFile, KnownSet
from nodes.data.mnist import data_folder
from nodes.data.places import found_folder
from nodes.data.sounds import SoundSet, together
from nodes.data.wav import Samples, damaged, read_wav
from nodes.errors import DataMissing, Doubt
from nodes.sentences import Text, reason, say
from nodes.types import Audio, Frame, Labels, Range

log = logging.getLogger(__name__)

RATE = 8000
DIGITS = [str(digit) for digit in range(10)]
SPEAKERS = ["george", "jackson", "lucas", "nicolas", "theo", "yweweler"]
NAME = re.compile(rf"(?:.*/)?(\d)_({'|'.join(SPEAKERS)})_(\d+)\.wav")
TESTS = 5
"""The first recordings of each digit by each speaker are tests, as the set's authors have it."""
LARGEST = 1 << 20
"""Bytes of one recording, at most."""
BETWEEN_FRAMES = 64


class SpokenDigit(NamedTuple):
    """Sounds, (b, 1, samples), the digit of each, (b,), and who speaks, (b,)."""

    sounds: Audio
    labels: Labels
    speakers: Labels


class Recording(NamedTuple):
    """One recording: its digit, its speaker's number, its place among theirs, its sound."""

    digit: int
    speaker: int
    place: int
    samples: Samples


class SpokenDigits(SoundSet):
    """Draw spoken digits, 2,700 recordings to train and 300 to test, by six speakers.

    Free Spoken Digit Dataset (Jackson et al., 2016),
    https://github.com/Jakobovski/free-spoken-digit-dataset, CC BY-SA 4.0.

    Sounds (b, 1, samples) of 8,000 samples a second, labels 0 to 9 (b,), speakers 0 to 5 (b,). The
    recordings 0 to 4 of each digit and speaker are tests. They are looked for where
    `GENWORKBENCH_DATA` says, then among what was downloaded; where they are not, 30 recordings are
    used, the node says so and offers the download.
    """

    synonyms = (
        "fsdd, free spoken digit dataset, speech, voice, audio mnist, chiffres parlés, parole, "
        "voix, jeu de données"
    )
    title = "Spoken digits"
    formula = r"x \in [-1, 1]^{1 \times t},\quad y \in \{0, \dots, 9\}"
    folder_name: ClassVar[str] = "fsdd"
    known: ClassVar[KnownSet] = SPOKEN_DIGITS

    folder: Path | None = param(
        default=None,
        help="Folder of the recordings or of their archive; none: GENWORKBENCH_DATA, then the "
        "user's data folder, into which the archive is downloaded.",
    )
    download: bool = download_param()

    def __init__(self, **given: Any) -> None:
        self.few = False
        super().__init__(**given)

    def reading(self) -> Loading:
        """Read all recordings, downloaded where that is allowed, else the 30 that are shipped.

        Raise `DataMissing` where the folder chosen has none, or a recording is damaged.
        """
        try:
            folder = data_folder() / self.folder_name
            yield from download(self.known, self._absent(), folder, allowed=self.download)
        except DataMissing as error:
            if self.folder:
                raise
            log.warning("Spoken digits: 30 recordings stand in for the whole set. %s", error)
        place = self._found()
        self.few, self.classes = place is None, DIGITS
        place = place or resources.path("sounds", "spoken-digits.tar.gz")
        found: list[Recording] = []
        for name, content in recordings(place):
            found.append(self._recording(name, content, place))
            if len(found) % BETWEEN_FRAMES == 0:
                yield Frame(len(found), max(len(found), self.peek() or 0))
        return self._split(found, place)

    def _recording(self, name: re.Match[str], content: bytes, place: Path) -> Recording:
        path = place / name[0]
        sound = read_wav(content, path)
        if sound.rate != RATE:
            raise damaged(path, say("it has {count} samples a second, not 8,000", count=sound.rate))
        speaker = SPEAKERS.index(name[2])
        return Recording(int(name[1]), speaker, int(name[3]), self.fitted(sound, RATE))

    def _split(self, found: list[Recording], place: Path) -> Split:
        found = sorted(found, key=lambda r: r[:3])
        train, test = ([r for r in found if (r.place < TESTS) is tests] for tests in (False, True))
        if not train or not test:
            raise DataMissing(
                "{path} lacks recordings: it has {count} to train and {tests} to test.",
                "Put all recordings there, or remove it.",
                path=place,
                count=len(train),
                tests=len(test),
            )
        parts = (
            together([r.samples for r in p], [_joint(r) for r in p]) for p in (train, in_turn(test))
        )
        (items, labels), (test_items, test_labels) = parts
        return Split(items, labels, test_items, test_labels)

    def pack(self, items: Tensor, labels: Tensor) -> SpokenDigit:
        """Return sounds (b, 1, samples), digits (b,) and speakers (b,)."""
        return SpokenDigit(items, labels % 10, labels // 10)

    def forward(self) -> SpokenDigit:
        """Return the next batch of sounds with their digits and speakers."""
        return self.next_batch()

    def peek(self) -> int | None:
        try:
            return None if self._found() else 20
        except DataMissing:
            return None

    def peek_classes(self) -> list[str]:
        return DIGITS

    def named(self, **_: Sequence[str]) -> Mapping[str, Sequence[str]]:
        return {"labels": DIGITS, "speakers": SPEAKERS}

    def ranges(self, **_: Range | None) -> Mapping[str, Range]:
        return {"labels": Range(0, len(DIGITS) - 1), "speakers": Range(0, len(SPEAKERS) - 1)}

    def notes(self) -> list[Text]:
        return [say("30 recordings only: the rest is not here yet")] if self.few else []

    def reads(self) -> list[Path]:
        return [place] if (place := self._found()) else []

    def outside(self) -> str:
        if self.folder:
            return str(self.folder)
        return self.known.title if self.download and self._absent() else ""

    def doubts(self) -> list[Doubt]:
        absent = () if self.folder else self._absent()
        return offered(self.known, absent, allowed=self.download)

    def item_shape(self) -> tuple[int, ...]:
        """Return (1, samples), or raise `DataMissing` where the folder chosen has no recordings."""
        self._found()
        return super().item_shape()

    def _absent(self) -> Sequence[KnownFile]:
        return () if self._found() else self.known.files

    def _found(self) -> Path | None:
        """Return the folder of recordings, or the archive of them."""
        names = ("recordings", self.known.files[0].name)
        places = [folder / name for folder in self._folders() for name in names]
        found = next((place for place in places if place.exists()), None)
        if self.folder and found is None:
            raise DataMissing(
                "{path} has neither a folder {name} nor {archive}.",
                "Choose the folder that holds them, or none.",
                place="folder",
                path=self.folder,
                name=names[0],
                archive=names[1],
            )
        return found

    def _folders(self) -> list[Path]:
        if self.folder:
            return [found_folder(self.folder, self.home)]
        shared = os.environ.get("GENWORKBENCH_DATA")
        homes = [*([Path(shared)] if shared else []), data_folder()]
        return [home / self.folder_name for home in homes]


def _joint(recording: Recording) -> int:
    """Return digit and speaker in one number, as the set keeps them."""
    return recording.digit + 10 * recording.speaker


def in_turn(found: Sequence[Recording]) -> list[Recording]:
    """Return recordings with the digits one after the other, so that a few show all."""
    digits = ([r for r in found if r.digit == digit] for digit in range(len(DIGITS)))
    return [r for turn in zip_longest(*digits) for r in turn if r is not None]


def recordings(place: Path) -> Iterator[tuple[re.Match[str], bytes]]:
    """Yield name and content of each recording of a folder or an archive; nothing is unpacked.

    Raise `DataMissing` where the place cannot be read.
    """
    try:
        yield from _of_folder(place) if place.is_dir() else _of_archive(place)
    except (OSError, tarfile.TarError, EOFError) as error:
        raise damaged(place, reason(error)) from error


def _of_folder(place: Path) -> Iterator[tuple[re.Match[str], bytes]]:
    for file in sorted(place.iterdir()):
        if (name := NAME.fullmatch(file.name)) and file.stat().st_size <= LARGEST:
            yield name, file.read_bytes()


def _of_archive(place: Path) -> Iterator[tuple[re.Match[str], bytes]]:
    with tarfile.open(place, "r:gz") as archive:
        for member in archive:
            name = NAME.fullmatch(member.name)
            if name and member.isfile() and member.size <= LARGEST:
                file = archive.extractfile(member)
                assert file is not None
                yield name, file.read()
