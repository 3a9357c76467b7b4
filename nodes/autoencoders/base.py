"""A check that the decoders share."""

from __future__ import annotations

from nodes.errors import InputRefused
from nodes.types import Shape


def must_fit(z: Shape, built: Shape) -> None:
    """Raise `InputRefused` where codes are of another size than those a decoder was built for."""
    if z != built:
        raise InputRefused(
            "{z} must have {must} dimensions, as where the decoder learns; it has {found}.",
            "Set the latent size of what makes {z} to {must}.",
            must=built,
            found=z,
        )
