"""A node object of a session, and what it was made for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from engine.document.graph import Place, copy
from nodes.base import Node
from nodes.types import Shape

Signature = tuple[str, dict[str, str], Mapping[str, Shape]]
"""A kind, the values of its structural parameters, and the shapes of its inputs."""


@dataclass
class LiveNode:
    """A node object and the signature it was made for; `given`: the parameters it has.

    `driven`: wires have set some of its parameters, so that it may have others than `given`.
    """

    node: Node
    signature: Signature
    given: dict[str, Any] | None = field(default=None)
    driven: bool = False

    def set(self, place: Place) -> None:
        """Set the live parameters to those of a place."""
        if self.given == place.params and not self.driven:
            return
        for name, info in self.node._declared.items():
            value = place.params.get(name, info.default)
            if info.live and getattr(self.node, name) != value:
                self.node.set(name, value)
        self.given = copy(place.params)


def signature_of(kind: Any, place: Place, shapes: Mapping[str, Shape] | None) -> Signature:
    """Return the signature of a place: nodes with the same one keep their weights."""
    usual = _defaults(kind)
    given = {k: repr(v) for k, v in place.params.items() if k in usual}
    return place.kind, usual | given, shapes or {}


@cache
def _defaults(kind: Any) -> dict[str, str]:
    """Return the structural parameters of a class with their defaults."""
    return {name: repr(i.default) for name, i in kind._declared.items() if not i.live}
