"""Parameters of nodes: declared once, checked in one place, known to the window as data.

Light: needs msgspec and no torch, so that the window checks a field by the same rule as the engine.
"""

from __future__ import annotations

import math
import types
import typing
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct, field

ParamType = Literal["int", "float", "bool", "str", "choice", "ints", "floats", "path", "text"]


class ParamInfo(Struct, kw_only=True):
    """One parameter. `live` ones change without rebuilding weights."""

    name: str = ""
    type: ParamType = "str"
    default: Any = None
    title: str = ""
    low: float | None = None
    high: float | None = None
    choices: list[str] = field(default_factory=list)
    unit: str = ""
    help: str = ""
    live: bool = False
    optional: bool = False
    multiline: bool = False
    slider: bool = False


def param(
    *,
    default: Any,
    low: float | None = None,
    high: float | None = None,
    unit: str = "",
    help: str = "",
    title: str = "",
    live: bool = False,
    multiline: bool = False,
    slider: bool = False,
) -> Any:
    """Declare a parameter: `hidden: int = param(default=64, low=1, help="Width.")`.

    The type comes from the annotation: int, float, bool, str, `Literal[...]` (a choice),
    `list[int]` or `list[float]` (numbers with spaces between), `Path`, or one of these `| None`.
    `low` and `high` are allowed values themselves. A `live` parameter changes without rebuilding
    weights. A float with `slider` is dragged from `low` to `high`: for what one scrubs through.
    """
    return ParamInfo(
        default=default,
        low=low,
        high=high,
        unit=unit,
        help=help,
        title=title,
        live=live,
        multiline=multiline,
        slider=slider,
    )


def seed_param() -> Any:
    """Declare the seed of a sampler's noise: `seed: int | None = seed_param()`."""
    return param(
        default=None,
        low=0,
        high=2**31 - 1,
        help="Fix the noise, so that settings compare; empty draws fresh noise.",
    )


def declared(info: ParamInfo, name: str, annotation: Any) -> ParamInfo:
    """Complete a declaration with its name and what its annotation says."""
    inner, optional = _without_none(annotation)
    info.name = name
    info.title = info.title or name.replace("_", " ").capitalize()
    info.optional = optional
    info.choices = [str(c) for c in typing.get_args(inner)] if _is_literal(inner) else []
    info.type = _type_of(inner, info)
    if info.slider and (info.type != "float" or info.low is None or info.high is None):
        raise TypeError(f"{name}: a slider needs a float with both limits")
    return info


def _type_of(annotation: Any, info: ParamInfo) -> ParamType:
    if _is_literal(annotation):
        return "choice"
    if typing.get_origin(annotation) in (list, tuple):
        return "floats" if typing.get_args(annotation)[:1] == (float,) else "ints"
    names: dict[Any, ParamType] = {
        int: "int",
        float: "float",
        bool: "bool",
        Path: "path",
        str: "text" if info.multiline else "str",
    }
    if annotation not in names:
        raise TypeError(f"{info.name}: a parameter cannot be {annotation!r}")
    return names[annotation]


def _is_literal(annotation: Any) -> bool:
    return typing.get_origin(annotation) is Literal


def _without_none(annotation: Any) -> tuple[Any, bool]:
    if typing.get_origin(annotation) not in (typing.Union, types.UnionType):
        return annotation, False
    rest = [a for a in typing.get_args(annotation) if a is not type(None)]
    return rest[0], len(rest) < len(typing.get_args(annotation))


def value_fault(info: ParamInfo, value: Any) -> str:
    """Say what `value` must be where it is not, else return an empty sentence."""
    if value is None:
        return "" if info.optional else f"{info.title} must have a value."
    return _FAULTS[info.type](info, value)


def _number_fault(info: ParamInfo, value: Any) -> str:
    whole = info.type in ("int", "ints")
    ok = isinstance(value, int) if whole else isinstance(value, (int, float))
    if not ok or isinstance(value, bool):
        return f"{info.title} must be a {'whole ' if whole else ''}number; it is {value!r}."
    if isinstance(value, int) and abs(value) >= 2**63:
        return f"{info.title} must be a number of at most 18 digits."
    if not math.isfinite(value):
        return f"{info.title} must be a finite number; it is {value!r}."
    if info.low is not None and value < info.low:
        return f"{info.title} must be at least {info.low:g}; it is {value:g}."
    if info.high is not None and value > info.high:
        return f"{info.title} must be at most {info.high:g}; it is {value:g}."
    return ""


def _choice_fault(info: ParamInfo, value: Any) -> str:
    if value in info.choices:
        return ""
    return f"{info.title} must be one of {', '.join(info.choices)}; it is {value!r}."


def _bool_fault(info: ParamInfo, value: Any) -> str:
    return "" if isinstance(value, bool) else f"{info.title} must be on or off; it is {value!r}."


def _text_fault(info: ParamInfo, value: Any) -> str:
    return "" if isinstance(value, str) else f"{info.title} must be text; it is {value!r}."


def _list_fault(info: ParamInfo, value: Any) -> str:
    if not isinstance(value, (list, tuple)) or not value:
        kind = "whole numbers" if info.type == "ints" else "numbers"
        return f"{info.title} must be {kind} with spaces between; it is {value!r}."
    return next((fault for v in value if (fault := _number_fault(info, v))), "")


_FAULTS: dict[str, typing.Callable[[ParamInfo, Any], str]] = {
    "int": _number_fault,
    "float": _number_fault,
    "bool": _bool_fault,
    "choice": _choice_fault,
    "str": _text_fault,
    "text": _text_fault,
    "path": _text_fault,
    "ints": _list_fault,
    "floats": _list_fault,
}


def from_text(info: ParamInfo, text: str) -> Any:
    """Read a value as typed: `64`, `1e-3`, `on`, `1 28 28`; commas count as points or spaces."""
    readers: dict[str, typing.Callable[[str], Any]] = {
        "int": int,
        "float": lambda t: float(t.replace(",", ".")),
        "bool": lambda t: {"true": True, "on": True, "1": True}.get(t.lower(), False),
        "ints": lambda t: [int(n) for n in t.replace(",", " ").replace("x", " ").split()],
        "floats": lambda t: [float(n) for n in t.replace(",", " ").split()],
    }
    if info.optional and text.strip().lower() in ("", "none"):
        return None
    try:
        return readers.get(info.type, str)(text)
    except ValueError:
        return text  # value_fault says what it must be
