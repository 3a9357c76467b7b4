"""Deep copies of parts of a document, faster than `copy.deepcopy`."""

from __future__ import annotations

from copy import copy as shallow
from functools import cache
from typing import Any

from msgspec import Struct
from msgspec.structs import fields, force_setattr

_PLAIN = frozenset({str, int, float, bool, type(None)})


def copy(value: Any) -> Any:
    """Return a deep copy; tuples are returned as they are."""
    kind = type(value)
    if kind in _PLAIN or isinstance(value, tuple):
        return value
    if kind is dict:
        return {k: v if type(v) in _PLAIN else copy(v) for k, v in value.items()}
    if kind is list:
        return [v if type(v) in _PLAIN else copy(v) for v in value]
    return _copy_of(value) if isinstance(value, Struct) and value.__struct_fields__ else value


def _copy_of(value: Struct) -> Struct:
    """Return a deep copy of a struct: a shallow one, then what it holds that can change."""
    new = shallow(value)
    for name in _holding(type(value)):
        held = getattr(value, name)
        if type(held) not in _PLAIN:
            force_setattr(new, name, copy(held))
    return new


@cache
def _holding(kind: type[Struct]) -> tuple[str, ...]:
    """Return the fields of a struct that may hold what can change."""
    plain = (str, int, float, bool)
    return tuple(f.name for f in fields(kind) if f.type not in plain)
