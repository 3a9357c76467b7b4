"""The names in groups, as a file has them: paths, wires and fields are made of these.

A path through groups is `unet/block#2/conv`, a port `conv.x`: no name may hold `/`, `#` or `.`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from engine.document.bounds import LONGEST_ID
from engine.document.errors import GraphRefused

Json = Any
IN, OUT = "in", "out"
"""The border of a group: the ends of wires from its inputs, and of those to its outputs."""
_FIX = 'Name it "{other}" in the file.'


def boards(raw: Json) -> Iterator[tuple[str, Json]]:
    """Yield a document and its groups as plain values, each with the group's id, "" for it."""
    yield "", raw
    for name, group in _named(raw, "groups").items():
        if isinstance(group, dict):
            yield name, group


def nodes_of(board: Json) -> dict[str, Json]:
    """Return the nodes of a board as plain values, an empty dict where they cannot be read."""
    return _named(board, "nodes")


def refuse_names(raw: Json, file: str) -> None:
    """Raise `GraphRefused` for the first name in a group that cannot be kept."""
    for name in _named(raw, "groups"):
        _refuse(name, file, name)
    for group, board in boards(raw):
        if not group:
            continue
        for name in (*nodes_of(board), *_named(board, "params")):
            _refuse(name, file, group)
        for border in {IN, OUT} & nodes_of(board).keys():
            raise GraphRefused(
                '{file}: a node of group {group} is called "{name}", as its border is.',
                _FIX,
                file=file,
                group=group,
                name=border,
                other=f"{border}_2",
            )
        for side in ("inputs", "outputs"):
            _refuse_ports(_ports(board, side), file, group)


def _refuse_ports(names: list[str], file: str, group: str) -> None:
    for name, count in Counter(names).items():
        _refuse(name, file, group)
        if count > 1:
            raise GraphRefused(
                '{file}: several ports of group {group} are called "{name}".',
                "Give each a name of its own in the file.",
                file=file,
                group=group,
                name=name,
            )


def _refuse(name: str, file: str, group: str) -> None:
    other = re.sub(r"[^\w -]", "_", name)[:LONGEST_ID] or "name"
    if name != other:
        raise GraphRefused(
            '{file}: the name "{name}" in group {group} cannot be kept: letters, digits, spaces, '
            '"_" and "-" can.',
            _FIX,
            file=file,
            group=group,
            name=name,
            other=other,
        )


def _named(board: Json, part: str) -> dict[str, Json]:
    value = board.get(part)
    return value if isinstance(value, dict) else {}


def _ports(board: Json, side: str) -> list[str]:
    ports = board.get(side)
    rows = ports if isinstance(ports, list) else []
    return [str(port.get("name")) for port in rows if isinstance(port, dict)]
