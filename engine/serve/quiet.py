"""What the engine does while nobody waits for it: import what the first check needs.

Fake tensors need torch's compiler, and that needs sympy: a second and a half of imports.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import suppress

PARTS = (
    "sympy",
    "torch.fx.experimental.symbolic_shapes",
    "torch.distributed.tensor",
    "torch._dynamo",
)
"""In the order in which they need each other."""


def imports() -> Iterator[None]:
    """Import one part after the other, one at each `next`; stop where all are there."""
    for name in PARTS:
        if name not in sys.modules:
            with suppress(ImportError):  # torch may be built without one
                importlib.import_module(name)
            yield
