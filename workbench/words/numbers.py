"""The numbers of parameters in their fields: read, written, stepped, dragged."""

from __future__ import annotations

import math
from typing import Any

from nodes.params import ParamInfo
from workbench.words.kinds import from_catalogue
from workbench.words.quantities import read_float, read_int, show_float, show_int

WIDE = 100  # times its unit, from which a range is drawn logarithmic
SLIDER = 100  # steps from end to end


def read(param: ParamInfo, text: str) -> int | float | None:
    """Return the number that a text says, with or without the unit; None if it says none."""
    text = text.strip()
    for unit in filter(None, (param.unit, from_catalogue(param.unit))):
        text = text.removesuffix(unit)
    return read_int(text) if param.type == "int" else read_float(text)


def write(param: ParamInfo, value: Any) -> str:
    """Return a value as its field shows it."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    whole = param.type == "int" and isinstance(value, int)
    return show_int(int(value)) if whole else show_float(value)


def limited(param: ParamInfo, value: float) -> int | float:
    """Clip a stepped value to the limits; a step is never refused."""
    low, high = param.low, param.high
    held = value if low is None else max(value, low)
    held = held if high is None else min(held, high)
    return int(held) if param.type == "int" else float(held)


def stepped(param: ParamInfo, value: float, steps: int) -> int | float:
    """Return a value after some steps.

    An integer's step is 1; another's a tenth of its magnitude, so that 2e-4 and 100 step alike.
    """
    if param.type == "int":
        return int(value) + steps
    size = _size(value)
    if value and steps * value < 0 and abs(value) < 1.001 * 10**size:
        size -= 1  # down from 1.0 is 0.99, not 0.9, as up from 0.99 is 1.0
    return round(float(value) + steps * 10.0 ** (size - 1), 12 - size)


def dragged(param: ParamInfo, start: float, steps: float) -> int | float:
    """Return the value that lies a number of steps, whole or not, from where a drag began.

    The steps are as large as at the start, so that 0 can be reached; where the parameter is
    logarithmic they grow with the value.
    """
    if param.type != "int" and logarithmic(param) and param.low and start > 0:
        value = float(start)
        for _ in range(math.floor(abs(steps))):
            value = float(stepped(param, value, 1 if steps > 0 else -1))
            if limited(param, value) != value:
                break
        return limited(param, value)
    step = step_of(param, start)
    value = start + steps * step
    if param.type == "int":
        return limited(param, round(value / step) * step if abs(steps) >= 1 else round(value))
    places = 1 - math.floor(math.log10(step)) if step else 12
    return limited(param, round(value, max(places, 0)))


def step_of(param: ParamInfo, start: float) -> int | float:
    """Return the step of a drag that begins at a value."""
    if param.type == "int":
        return int(max(1, 10 ** (_size(start) - 2)))
    if param.slider and param.low is not None and param.high is not None:
        return (param.high - param.low) / SLIDER
    default = param.default if isinstance(param.default, (int, float)) else 0.0
    return 10.0 ** (_size(start or default) - 1)


def _size(value: float) -> int:
    """Return the power of ten of a value, 0 for nothing."""
    return math.floor(math.log10(abs(value))) if value else 0


def logarithmic(param: ParamInfo) -> bool:
    """Return whether a parameter ranges over magnitudes: 1 to 65,536, 0 to 1,000 around 1."""
    low, high = param.low, param.high
    return low is not None and high is not None and low >= 0 and high - low > WIDE * _unit(param)


def _unit(param: ParamInfo) -> float:
    default = param.default if isinstance(param.default, (int, float)) else 0.0
    return float(param.low or abs(default) or 1.0)


def share(param: ParamInfo, value: Any) -> float | None:
    """Return the place of a value between its bounds, 0 to 1; None without bounds or a value."""
    low, high = param.low, param.high
    if low is None or high is None or high <= low or isinstance(value, bool):
        return None
    if not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    place = (min(max(value, low), high) - low) / (high - low)
    if not logarithmic(param):
        return place
    unit = _unit(param)
    return math.log1p(place * (high - low) / unit) / math.log1p((high - low) / unit)
