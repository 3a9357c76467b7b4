"""What a group of nodes may act as: a network that others call, with a contract.

A role is a class without layers: its parameters, its facts and the arguments of `forward` are what
callers rely on. The engine makes the module that runs the nodes of the group (`pull/models.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from torch import Tensor

from nodes.base import Node
from nodes.errors import InputRefused
from nodes.sentences import Text
from nodes.types import Batch, Shape

SUFFIX = "Role"


class GroupRole(Node):
    """The contract of a model that a group gives; its name in a file is the class's before `Role`.

    Inputs of the group go by the names of the arguments of `forward`, those without a default must
    be there. The answer is the first output of the group that is no model.
    """

    facts: ClassVar[tuple[str, ...]] = ()
    """Attributes that callers read, taken from the node inside that has one which is not 0."""
    methods: ClassVar[tuple[str, ...]] = ()
    """Outputs of the group that callers may ask for by a method of the same name."""
    unheard: ClassVar[frozenset[str]] = frozenset()
    """Arguments that are given always, and that the group may do without."""

    @classmethod
    def is_model(cls) -> bool:
        return True

    @classmethod
    def name(cls) -> str:
        """Return the name by which a group refers to the role."""
        return cls.__name__.removesuffix(SUFFIX)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Return the first output of the group; each role names its inputs."""
        raise NotImplementedError

    def must_answer(self, answer: Any, given: Mapping[str, Any]) -> None:
        """Raise `InputRefused` where an answer is not of the shape that the role promises."""


class NetworkRole(GroupRole):
    """Answer to the inputs of the group, in their order, with its first output."""

    title = "Network"
    icon = "box"

    def forward(self) -> Batch:
        """Return the answer; the inputs are those of the group."""
        raise NotImplementedError


def must_be_shaped(answer: Any, must: tuple[int, ...], words: Text) -> None:
    """Raise `InputRefused` where an answer is no tensor of the shape `must`, the batch first.

    `words` name `must` and `found`, the shapes of an item.
    """
    found = tuple(answer.shape) if isinstance(answer, Tensor) else ()
    if found != must:
        raise InputRefused(words, must=Shape(must[1:]), found=Shape(found[1:]))
