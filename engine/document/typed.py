"""Convert plain values of a graph to the types at their paths."""

from __future__ import annotations

from typing import Any

import msgspec

from engine.document.graph import ABSENT, Layout, Place, Play, Settings, Wire

_TYPES: dict[tuple[str, ...], Any] = {
    ("wires",): list[Wire],
    ("nodes",): dict[str, Place],
    ("layout",): Layout,
    ("layout", "play"): Play | None,
    ("settings",): Settings,
}


def typed(path: tuple[str, ...], value: Any) -> Any:
    """Convert a plain value to the type at `path` of a graph."""
    if value == {"type": "absent"}:
        return ABSENT
    kind = Place if len(path) == 2 and path[0] == "nodes" else _TYPES.get(path)
    return value if kind is None else msgspec.convert(value, kind)
