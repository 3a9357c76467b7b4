"""Notes on what was read, as finished English."""

from __future__ import annotations

from typing import Any

from nodes import sentences


def note(template: str, /, **parts: Any) -> str:
    """Return a note of a template and its named parts."""
    return str(sentences.say(template, **parts))
