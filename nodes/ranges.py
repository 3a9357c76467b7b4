"""The ranges of values: real and generated items must lie in the same."""

from __future__ import annotations

from math import isfinite

from nodes.errors import InputRefused
from nodes.types import Range


def must_share_range(real: Range | None, fake: Range | None) -> None:
    """Raise `InputRefused` where both ranges are known, bounded and different."""
    if real is None or fake is None or real == fake:
        return
    if all(isfinite(end) for end in (*real, *fake)):
        raise InputRefused(
            "{fake} must lie in {must} as {real}; it lies in {found}.",
            "Set the range of the data, or the output of what generates.",
            must=real,
            found=fake,
        )
