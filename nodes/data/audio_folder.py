"""Sounds from a folder of the user; each sub-folder is a class."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from torch import Tensor

from nodes.base import param
from nodes.data import memory
from nodes.data.arrays import Array
from nodes.data.class_folder import ClassFolder, Read
from nodes.data.folders import Kind
from nodes.data.sounds import SoundSet
from nodes.data.wav import SOUNDS, read_sound
from nodes.errors import DataMissing, told
from nodes.sentences import Text, rounded, say
from nodes.types import Audio, Frame, Labels

BETWEEN_FRAMES = 32
"""Sounds between two frames."""


class LabelledSounds(NamedTuple):
    """Sounds, (b, 1, samples), and the class of each, (b,)."""

    sounds: Audio
    labels: Labels


class AudioFolder(ClassFolder, SoundSet):
    """Draw the sounds of a folder; each sub-folder is a class.

    WAV files of 8, 16, 24 or 32 bits and of floats are read as they are; FLAC, OGG, MP3 and AIFF
    need the package soundfile. Several channels are mixed to their mean, other rates are resampled
    to `rate`, what is longer than `samples` is cut at its end. Sub-folders for training and for
    tests are a split of its own; folders that only wrap others are passed through. Files that
    cannot be read are counted and named under the node, with the byte where the first is damaged.

    Sounds (b, 1, samples), labels by the sub-folders' names in their natural order (b,). A folder
    that is absent or holds no sound raises `DataMissing`.
    """

    synonyms = (
        "wav, flac, mp3, own sounds, recordings, speech, music, dataset, directory, mes sons, "
        "enregistrements, répertoire, jeu de données"
    )
    title = "Audio folder"
    formula = r"x \in [-1, 1]^{1 \times t},\quad y \in \{0, \dots, K - 1\}"
    kind = Kind(SOUNDS)

    folder: Path | None = param(default=None, help="A folder of sounds, or of folders of them.")
    rate: int = param(
        default=8000, low=100, high=400_000, unit="Hz", help="Samples a second to bring sounds to."
    )

    def forward(self) -> LabelledSounds:
        """Return the next batch; raise `DataMissing` where there is no sound."""
        return self.next_batch()

    def pack(self, items: Tensor, labels: Tensor) -> LabelledSounds:
        """Return sounds (b, 1, samples) and labels (b,)."""
        return LabelledSounds(items, labels)

    def item_shape(self) -> tuple[int, ...]:
        """Return (1, samples), or raise `DataMissing` where there is no folder."""
        self.root()
        return super().item_shape()

    def __init__(self, **given: Any) -> None:
        self.first_fault: Text | None = None
        super().__init__(**given)

    def counted(self, count: int) -> Text:
        return say("{count} sounds", count=count)

    def nothing_chosen(self) -> DataMissing:
        return DataMissing(
            say("No folder is chosen."), say("Choose one with sounds."), place="folder"
        )

    def nothing_there(self, folder: Path, unread: Text | None) -> DataMissing:
        none = say("{folder} holds no sound that can be read.", folder=folder)
        some = "{folder} holds no sound that can be read. {unread}"
        return DataMissing(
            say(some, folder=folder, unread=unread) if unread else none,
            say("Choose a folder with WAV files."),
            place="folder",
        )

    def said_values(self) -> list[Text]:
        seconds = rounded(self.samples / self.rate, 3)
        return [say("{seconds} s each, {rate} samples a second", seconds=seconds, rate=self.rate)]

    def refuse_too_many(self, count: int) -> None:
        what = say("{count} sounds of {size} samples", count=count, size=self.samples)
        memory.room_for(what, 8 * count * self.samples, self.large, place="samples")

    def read_files(self, files: list[Path]) -> Read:
        """Read all sounds, and note where the first damaged one is damaged."""
        found: list[Array | None] = []
        needed = partial(self.needed, wanted=self.rate)
        self.first_fault = None
        for number, file in enumerate(files):
            try:
                found.append(self.fitted(read_sound(file, needed), self.rate))
            except DataMissing as fault:
                self.first_fault = self.first_fault or told(fault.sentence, fault.fix)
                found.append(None)
            if number % BETWEEN_FRAMES == 0:
                yield Frame(number, len(files))
        return found

    def unread(self) -> Text:
        """Return which files could not be read, and where the first is damaged, as text."""
        names = super().unread()
        fault = self.first_fault
        return say("{names}. {fault}", names=names, fault=fault) if fault else names
