"""Read one picture of any format, detected by its content. Needs no torch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

SUFFIXES = frozenset(
    f".{name}"
    for name in [
        "png",
        "jpg",
        "jpeg",
        "jpe",
        "jfif",
        "bmp",
        "gif",
        "webp",
        "tif",
        "tiff",
        "ppm",
        "pgm",
        "pbm",
        "pnm",
        "avif",
    ]
)
MAGIC = (
    b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*",
    *(b"P%d" % n for n in range(1, 7)),
)  # fmt: skip
SCALES = (1, 255, 1023, 4095, 16383, 65535)
"""The largest values of pictures with fractions, 8, 10, 12, 14 and 16 bits."""
Bytes = np.ndarray[Any, np.dtype[np.uint8]]


class Picture(NamedTuple):
    """Pixels (c, size, size): bytes, or numbers up to `most` that wait for the set's scale."""

    pixels: np.ndarray[Any, Any]
    most: float = 0.0


def is_picture(file: Path) -> bool:
    """Return whether a file is a picture, by its first bytes."""
    try:
        with file.open("rb") as opened:
            head = opened.read(12)
    except OSError:
        return False
    return head.startswith(MAGIC) or (head[:4] == b"RIFF" and head[8:] == b"WEBP")


def read_picture(file: Path, *, size: int, mode: str) -> Picture | None:
    """Return a picture cut to a square around its middle, None where it cannot be read."""
    from PIL import Image, ImageOps

    try:
        with Image.open(file) as opened:
            opened.draft("RGB", (2 * size, 2 * size))  # a JPEG is then decoded small
            whole = ImageOps.exif_transpose(opened)
            deep = whole.mode[:1] in "IF"
            flat = Image.fromarray(np.asarray(whole, np.float32)) if deep else _opaque(whole)
            most = float(np.nanmax(np.asarray(flat))) if deep else 0.0
            square = ImageOps.fit(flat, (size, size), Image.Resampling.LANCZOS)
            if deep:
                grey = np.nan_to_num(np.asarray(square))[None]
                return Picture(np.repeat(grey, len(Image.new(mode, (1, 1)).getbands()), 0), most)
            pixels = np.asarray(square.convert(mode))
    except Exception:  # a damaged file raises anything, from SyntaxError to struct.error
        return None
    return Picture(pixels[None] if pixels.ndim == 2 else np.moveaxis(pixels, 2, 0))


def scaled(pictures: Sequence[Picture | None]) -> list[Bytes | None]:
    """Return all as bytes: those of more than 8 bits by one scale, which holds all of them."""
    most = max((p.most for p in pictures if p is not None), default=0.0)
    scale = next((s for s in SCALES if most <= s), most) / 255
    return [None if p is None else _bytes(p, scale) for p in pictures]


def _bytes(picture: Picture, scale: float) -> Bytes:
    if picture.pixels.dtype == np.uint8:
        return picture.pixels
    values: Bytes = (picture.pixels / scale).clip(0, 255).round().astype(np.uint8)
    return values


def _opaque(image: Any) -> Any:
    """Return the picture with 8 bits a channel, laid on white where it is transparent."""
    from PIL import Image

    if "A" in image.getbands() or "transparency" in image.info:
        rgba = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")
    return image.convert("L" if image.mode in ("1", "L") else "RGB")
