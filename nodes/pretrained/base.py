"""The base of nodes whose weights come from a folder of the user."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor, nn

from nodes.base import Node, param
from nodes.data import memory
from nodes.data.places import file_state
from nodes.errors import DataMissing, InputRefused
from nodes.pretrained.folders import ModelFolder, opened
from nodes.pretrained.loading import faked, freeze, read, sketched
from nodes.sentences import Part, Text, either, say

Precision = Literal["float32", "bfloat16"]
DTYPES: Mapping[str, torch.dtype] = {"float32": torch.float32, "bfloat16": torch.bfloat16}


def folder_param(help: str) -> Any:
    """Declare the folder of a model: `folder: Path | None = folder_param(...)`."""
    return param(default=None, help=help)


class Pretrained(Node, ABC):
    """Hold a network whose weights are read from a folder; subclasses define which.

    Frozen weights are as in the folder: nothing changes them, and no checkpoint contains them.
    """

    pretrained = True
    icon = "package"
    part: ClassVar[str]
    """The sub-folder of a pipeline that holds such a network."""
    stem: ClassVar[str] = "model"
    """What the file of the weights is called before its suffix."""
    ends: ClassVar[tuple[str, ...]]
    """How the names end that libraries give such networks."""

    folder: Path | None = folder_param(
        "A folder with config.json and weights in safetensors, or one of a pipeline.",
    )
    precision: Precision = param(
        default="float32", help="Number format of the weights; bfloat16 takes half the memory."
    )
    frozen: bool = param(
        default=True,
        help="Weights stay as they are in the folder, and checkpoints are without them; off: an "
        "optimiser may train them.",
    )

    def __init__(self, **given: Any) -> None:
        self.found: ModelFolder | None = None
        self.frozen_count = 0
        super().__init__(**given)

    def build(self) -> None:
        found = self.opened()
        if faked():
            key = (type(self), found.path, file_state(found.path))
            net = sketched(found, lambda: self.bare(found), self.dtype, key)
        else:
            memory.room_for(found.name, self._bytes(found), "read", place="folder", fix=_LIGHTER)
            net = read(found, lambda: self.load(found))
        self.frozen_count = freeze(net) if self.frozen else 0
        self.net: Any = net
        self.found = found
        self.train(self.training)

    @abstractmethod
    def bare(self, found: ModelFolder) -> nn.Module:
        """Return the network without reading its weights."""

    @abstractmethod
    def load(self, found: ModelFolder) -> tuple[nn.Module, list[str]]:
        """Return the network with its weights, and the names of the weights that the file lacks."""

    def opened(self) -> ModelFolder:
        """Return what the folder holds, or raise `DataMissing` where it is none of its kind."""
        found = opened(self.folder, self.home, part=self.part, stem=self.stem)
        if found.kind and not found.kind.endswith(self.ends):
            raise DataMissing(
                "{folder} holds {found}; needed here is {wanted}.",
                "Choose another folder, or another node.",
                place="folder",
                folder=found.name,
                found=found.kind,
                wanted=either(self.ends),
            )
        self._must_fit(found)
        return found

    def _must_fit(self, found: ModelFolder) -> None:
        """Raise `DataMissing` where this computer can never hold the weights."""
        if self._bytes(found) > memory.whole():
            raise DataMissing(
                "{what} takes {wanted} of memory; this computer has {most}.",
                _LIGHTER,
                place="folder",
                what=found.name,
                wanted=memory.gigabytes(self._bytes(found)),
                most=memory.gigabytes(memory.whole()),
            )

    def train(self, mode: bool = True) -> Any:
        """Set the mode of training; what is frozen never drops activations."""
        return super().train(mode and not self.frozen)

    @property
    def dtype(self) -> torch.dtype:
        """The number format of the weights."""
        return DTYPES[self.precision]

    @property
    def config(self) -> Any:
        """The configuration of the network in its folder; the network must be built."""
        return self.net.config

    def weight_count(self) -> int:
        """Count the weights, frozen ones too."""
        return super().weight_count() + self.frozen_count

    def files(self) -> list[Path]:
        found = self.found
        return [] if found is None else [found.path / "config.json", *found.weights]

    def notes(self) -> list[Text]:
        """Return what the folder holds, and the memory that it needs."""
        found = self.found or self.opened()
        needed, free = self._bytes(found), memory.free()
        told = [found.kind] if found.kind else []
        if free is None:
            return [*told, say("{size} of memory", size=memory.gigabytes(needed))]
        words = "{size} of memory; {free} are free"
        sizes = {"size": memory.gigabytes(needed), "free": memory.gigabytes(free)}
        return [*told, say(words, **sizes)]

    def sign(self) -> Part:
        return self.found.name if self.found is not None else ""

    def _bytes(self, found: ModelFolder) -> int:
        return found.count * self.dtype.itemsize


def must_know(tokens: Tensor, count: int) -> None:
    """Raise `InputRefused` where one of the tokens (b, t) is not below `count`.

    Checked on the CPU alone, where this takes no time.
    """
    if tokens.device.type == "cpu" and tokens.numel() and int(tokens.max()) >= count:
        raise InputRefused(
            "{tokens} go to {high}; this network knows {count}.",
            "Cut the text by the vocabulary of its own folder.",
            high=int(tokens.max()),
            count=count,
        )


_LIGHTER = say("Set {precision} to bfloat16, close other programs, or choose a smaller model.")
