"""Parameters of nodes: declared once, checked in one place, sent to the window as data.

Light: needs msgspec and no torch, so that the window checks a field by the same rule as the engine.
"""

from __future__ import annotations

import math
import types
import typing
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct, field

from nodes.sentences import Text, Word, listed, say

ParamType = Literal["int", "float", "bool", "str", "choice", "ints", "floats", "path", "text"]
Settled = Literal["", "data", "run", "sizes"]
"""What a whole number settles for a whole run: which data there are, how long, sizes of values."""


class ParamInfo(Struct, kw_only=True):
    """One parameter. `live` ones change without rebuilding weights.

    `larger` and `smaller`: what a larger and a smaller value do.
    """

    name: str = ""
    type: ParamType = "str"
    default: Any = None
    title: str = ""
    low: float | None = None
    high: float | None = None
    choices: list[str] = field(default_factory=list)
    unit: str = ""
    help: str = ""
    larger: str = ""
    smaller: str = ""
    live: bool = False
    optional: bool = False
    multiline: bool = False
    slider: bool = False
    settles: Settled = ""

    @property
    def drivable(self) -> bool:
        """Whether it may be an input: a number that takes effect between two steps."""
        return not self.undrivable

    @property
    def undrivable(self) -> Text:
        """Return a sentence why it cannot be an input, "" where it can."""
        if self.type in _NO_NUMBER:
            return _NO_NUMBER[self.type]
        return _SETTLED[self.settles] if self.live else _BUILT

    def driven_to(self, value: float) -> float | int:
        """Return the value that a number on a wire sets: of a whole one the nearest."""
        return round(value) if self.type == "int" and math.isfinite(value) else value


_BUILT = say("No input: another value makes new weights.")
_SETTLED: dict[Settled, Text] = {
    "": "",
    "data": say("No input: which data there are is settled before a run."),
    "run": say("No input: how long a run is is settled before it."),
    "sizes": say("No input: the nodes behind are built for the sizes that it sets."),
}
_NO_NUMBER: dict[str, Text] = {
    "bool": say("No input: it is on or off, and a wire gives a number."),
    "choice": say("No input: it is a choice, and a wire gives a number."),
    "str": say("No input: it is a text, and a wire gives a number."),
    "text": say("No input: it is a text, and a wire gives a number."),
    "path": say("No input: it is a file, and a wire gives a number."),
    "ints": say("No input: it is several numbers, and a wire gives one."),
    "floats": say("No input: it is several numbers, and a wire gives one."),
}


def param(
    *,
    default: Any,
    low: float | None = None,
    high: float | None = None,
    unit: str = "",
    help: str = "",
    larger: str = "",
    smaller: str = "",
    title: str = "",
    live: bool = False,
    multiline: bool = False,
    slider: bool = False,
    settles: Settled = "",
) -> Any:
    """Declare a parameter: `hidden: int = param(default=64, low=1, help="Width.")`.

    The type comes from the annotation: int, float, bool, str, `Literal[...]` (a choice),
    `list[int]` or `list[float]` (numbers with spaces between), `Path`, or one of these `| None`.
    `larger` and `smaller` say in a few words what such a value does, for who tries it.
    `low` and `high` are allowed values themselves. A `live` parameter changes without rebuilding
    weights. A float with `slider` is dragged from `low` to `high`: for what one scrubs through.
    `settles`: what a whole number settles for a whole run; no wire may set it.
    """
    return ParamInfo(
        default=default,
        low=low,
        high=high,
        unit=unit,
        help=help,
        larger=larger,
        smaller=smaller,
        title=title,
        live=live,
        multiline=multiline,
        slider=slider,
        settles=settles,
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
    """Complete a declaration with its name and what its annotation says.

    Raise `TypeError` where a slider has no limits, or the annotation is no type of a parameter.
    """
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


def value_fault(info: ParamInfo, value: Any) -> Text:
    """Return a sentence with what `value` must be, an empty one where it is valid."""
    if value is None:
        return "" if info.optional else say("{param} must have a value.", param=Word(info.title))
    return _FAULTS[info.type](info, value)


def _fault(template: str, info: ParamInfo, value: Any, **parts: Any) -> Text:
    return say(template, param=Word(info.title), value=value, **parts)


_REAL = ("float", "floats")


def _limit(info: ParamInfo, value: float) -> float:
    return value if info.type in _REAL else int(value)


def _is_number(value: Any, kind: Any) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)


def _number_fault(info: ParamInfo, value: Any) -> Text:
    if info.type in _REAL and not _is_number(value, (int, float)):
        return _fault("{param} must be a number; it is {value}.", info, repr(value))
    if info.type not in _REAL and not _is_number(value, int):
        return _fault("{param} must be a whole number; it is {value}.", info, repr(value))
    if isinstance(value, int) and abs(value) >= 2**63:
        return say("{param} must be a number of at most 18 digits.", param=Word(info.title))
    if not math.isfinite(value):
        return _fault("{param} must be a finite number; it is {value}.", info, repr(value))
    if info.low is not None and value < info.low:
        return _fault(
            "{param} must be at least {low}; it is {value}.",
            info,
            value,
            low=_limit(info, info.low),
        )
    if info.high is not None and value > info.high:
        return _fault(
            "{param} must be at most {high}; it is {value}.",
            info,
            value,
            high=_limit(info, info.high),
        )
    return ""


def _choice_fault(info: ParamInfo, value: Any) -> Text:
    if value in info.choices:
        return ""
    known = listed(Word(choice) for choice in info.choices)
    return _fault("{param} must be one of {known}; it is {value}.", info, repr(value), known=known)


def _bool_fault(info: ParamInfo, value: Any) -> Text:
    if isinstance(value, bool):
        return ""
    return _fault("{param} must be on or off; it is {value}.", info, repr(value))


def _text_fault(info: ParamInfo, value: Any) -> Text:
    if isinstance(value, str):
        return ""
    return _fault("{param} must be text; it is {value}.", info, repr(value))


def _list_fault(info: ParamInfo, value: Any) -> Text:
    if not isinstance(value, (list, tuple)) or not value:
        return _fault(
            "{param} must be whole numbers with spaces between; it is {value}."
            if info.type == "ints"
            else "{param} must be numbers with spaces between; it is {value}.",
            info,
            repr(value),
        )
    return next((fault for v in value if (fault := _number_fault(info, v))), "")


_FAULTS: dict[str, typing.Callable[[ParamInfo, Any], Text]] = {
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


_YES, _NO = ("true", "on", "yes", "1"), ("false", "off", "no", "0")
_SWITCHED = dict.fromkeys(_YES, True) | dict.fromkeys(_NO, False)


def to_text(value: Any) -> str:
    """Return a value as `from_text` reads it."""
    if isinstance(value, (list, tuple)):
        return " ".join(map(to_text, value))
    text = str(value)
    if value is None or isinstance(value, bool):
        return text.lower()
    return text.removesuffix(".0") if isinstance(value, float) else text


def from_text(info: ParamInfo, text: str) -> Any:
    """Read a value as typed: `64`, `1e-3`, `on`, `1 28 28`; commas count as points or spaces."""
    readers: dict[str, typing.Callable[[str], Any]] = {
        "int": int,
        "float": lambda t: float(t.replace(",", ".")),
        "bool": lambda t: _SWITCHED.get(t.strip().lower(), t),
        "ints": lambda t: [int(n) for n in t.replace(",", " ").replace("x", " ").split()],
        "floats": lambda t: [float(n) for n in t.replace(",", " ").split()],
    }
    if info.optional and text.strip().lower() in ("", "none"):
        return None
    try:
        return readers.get(info.type, str)(text)
    except ValueError:
        return text  # value_fault says what it must be
