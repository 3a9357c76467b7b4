"""Convert plain values of a graph to the types at their paths."""

from __future__ import annotations

from typing import Any

import msgspec

from engine.document.graph import (
    ABSENT,
    Group,
    GroupPort,
    Layout,
    Place,
    Play,
    Promoted,
    Settings,
    Wire,
)

_TYPES: dict[tuple[str, ...], Any] = {
    ("wires",): list[Wire],
    ("nodes",): dict[str, Place],
    ("nodes", "*"): Place,
    ("layout",): Layout,
    ("layout", "play"): Play | None,
    ("settings",): Settings,
    ("groups",): dict[str, Group],
    ("groups", "*"): Group,
    ("inputs",): list[GroupPort],
    ("outputs",): list[GroupPort],
    ("params",): dict[str, Promoted],
    ("params", "*"): Promoted,
}


def typed(path: tuple[str, ...], value: Any) -> Any:
    """Convert a plain value to the type at `path` of a graph."""
    if value == {"type": "absent"}:
        return ABSENT
    if path[0] == "groups" and len(path) > 2:
        return typed(path[2:], value)  # the inside of a group is typed as a document is
    kind = _TYPES.get(path) or _TYPES.get((*path[:-1], "*"))
    return value if kind is None else msgspec.convert(value, kind)
