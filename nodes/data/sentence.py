"""Make a sentence of a template and its named parts."""

from __future__ import annotations

from typing import Any


def say(template: str, /, **parts: Any) -> str:
    """Return the sentence; whole numbers have their thousands apart."""
    shown = {k: f"{v:,}" if isinstance(v, int) else v for k, v in parts.items()}
    return template.format(**shown)
