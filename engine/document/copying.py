"""Deep copies of parts of a document, faster than `copy.deepcopy`."""

from __future__ import annotations

from copy import copy as shallow
from functools import cache
from typing import Any

from msgspec import Struct
from msgspec.msgpack import Encoder
from msgspec.structs import fields, force_setattr

_PLAIN = frozenset({str, int, float, bool, type(None)})
_bytes = Encoder().encode  # tells 1 from 1.0 and True, which are equal to Python


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


def differ(old: Any, new: Any) -> bool:
    """Return whether two parts of a document are not the same, types of numbers included."""
    return old is not new and _bytes(old) != _bytes(new)


def copy_beside(value: Struct, before: Struct) -> Any:
    """Return a deep copy that shares with `before` the entries of its mappings that are the same.

    Both are of one class, such as a graph and the one before an edit: places that the edit leaves
    are the same objects then. Neither may be changed afterwards.
    """
    new = shallow(value)
    for name in _holding(type(value)):
        held, former = getattr(value, name), getattr(before, name)
        if type(held) is dict:
            force_setattr(new, name, {k: _beside(v, former.get(k)) for k, v in held.items()})
        else:
            force_setattr(new, name, copy(held))
    return new


def _beside(value: Any, former: Any) -> Any:
    same = type(value) is type(former) and not differ(former, value)
    return former if same else copy(value)
