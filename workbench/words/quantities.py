"""Parse and format numbers, counts and times in the user's language.

Formatted: `6,000`, `1.0`, `2e-4`; in French `6 000` and `1,0`. Parsed: all of these in any
language, comma and dot alike, so that a number copied from a paper is understood.
"""

from __future__ import annotations

import math
import re

from PySide6.QtCore import QLocale

from workbench.words.sums import work_out

_ENGLISH = QLocale(QLocale.Language.English)
_GROUPED = re.compile(r"[-+]?\d{1,3}([,.'’\s]\d{3})+")
_SPACES = re.compile(r"[\s'’_]+")  # thin and no-break spaces are \s as well
_BETWEEN = re.compile(r"[\s,;×x*]+")
MINUTES = 600  # s from which no seconds are told
_POWER = re.compile(r"[×·x*]\s*10\s*\^?")


def _locale() -> QLocale:
    """Return the user's locale; English if the system has none."""
    locale = QLocale()
    return locale if locale.language() != QLocale.Language.C else _ENGLISH


def read_int(text: str) -> int | None:
    """Parse `6000`, `6,000`, `6 000`, `6k`, `1e4` or `28*28`; return None for anything else."""
    text = text.strip().replace("−", "-")
    if _GROUPED.fullmatch(text):
        text = re.sub(r"[^\d+-]", "", text)
    try:
        return int(_SPACES.sub("", text))
    except ValueError:
        value = read_float(text)
    whole = value is not None and math.isfinite(value) and value == int(value)
    return int(value) if whole and value is not None else None


def read_float(text: str) -> float | None:
    """Parse `0.5`, `0,5`, `2e-4`, `2×10^-4`, `1.234,5`, `5k` or a sum; else return None.

    A single comma is a decimal comma: `1,234` is a little more than one.
    """
    value = _read_number(text)
    return work_out(text, _read_number) if value is None else value


def _read_number(text: str) -> float | None:
    text = _POWER.sub("e", text.strip().replace("−", "-"))
    text = _SPACES.sub("", text).lower()
    factor = {"k": 1e3, "m": 1e6}.get(text[-1:], 1.0)
    text = text.removesuffix("k").removesuffix("m") if factor != 1.0 else text
    if "," in text and "." in text:
        thousands = "," if text.rindex(".") > text.rindex(",") else "."
        text = text.replace(thousands, "")
    elif text.count(",") > 1:
        text = text.replace(",", "")
    try:
        return float(text.replace(",", ".")) * factor
    except ValueError:
        return None


def read_ints(text: str) -> list[int] | None:
    """Parse `1 28 28`, `1, 28, 28` or `1x28x28`; return None if a part is no integer."""
    parts = [int(p) if re.fullmatch(r"[-+]?\d+", p) else None for p in _split(text)]
    return None if not parts or None in parts else [p for p in parts if p is not None]


def _split(text: str) -> list[str]:
    return [part for part in _BETWEEN.split(text.strip("[]() \t\n")) if part]


def show_int(value: int) -> str:
    return _locale().toString(value) if abs(value) < 2**63 else str(value)


def show_float(value: float) -> str:
    """Format with all significant digits and no others: `1.0`, `120`, `0.999`, `2e-4`."""
    size = abs(value)
    if not math.isfinite(value):
        return str(value)
    if size and not 1e-3 <= size < 1e6:
        mantissa, exponent = f"{value:.15e}".split("e")
        text = f"{float(mantissa):.10g}e{int(exponent)}"
    else:
        whole = size >= 10 and value == int(value)
        text = str(int(value)) if whole else repr(float(value))
    return text.replace(".", _locale().decimalPoint())


def show_measure(value: float) -> str:
    """Format a measurement with few digits: `0.42`, `153.7`, `12,400`."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "∞" if value > 0 else "−∞"
    size = abs(value)
    if size >= 1e6 or 0 < size < 1e-3:
        return show_float(float(f"{value:.2e}")).replace("-", "−")
    places = 1 - math.floor(math.log10(size)) if 0 < size < 1 else 2 if size < 10 else 1
    places = 0 if size >= 1000 or value == int(value) else places
    return _locale().toString(float(value), "f", places).replace("-", "−")


def show_measured(value: float, error: float) -> tuple[str, str]:
    """Format a measurement and its error, both to the error's second digit: `24.26`, `0.18`."""
    if not (math.isfinite(value) and math.isfinite(error) and error > 0):
        return show_measure(value), "" if math.isnan(error) else show_measure(error)
    places = 1 - math.floor(math.log10(error))
    if not 0 <= places <= 6 or abs(value) >= 1e6:
        return show_measure(value), show_measure(error)
    told = (_locale().toString(float(part), "f", places) for part in (value, error))
    first, second = (part.replace("-", "−") for part in told)
    return first, second


def show_count(value: int) -> str:
    """Format a count briefly: `534`, `50.5k`, `1.2M`."""
    for size, sign in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            text = f"{value / size:.3g}"
            return text.replace(".", _locale().decimalPoint()) + sign
    return str(value)


def show_seconds(seconds: float) -> str:
    """Format a duration: `0.21 ms`, `2 s`, `1 min 47 s`, `34 min`, `3 h 5 min`."""
    if seconds < 1:
        thousandths = seconds * 1e3 if seconds < 0.01 else round(seconds * 1e3)
        return f"{show_measure(thousandths)} ms" if seconds else "0 s"
    if seconds < 10:
        return _locale().toString(float(seconds), "f", 1) + " s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600 and (whole >= MINUTES or whole % 60 == 0):
        return f"{whole // 60} min"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
