"""Cache keys of streams: results for data that never change are kept."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from torch import nn

from nodes.base import Node, Source
from nodes.metrics.gathering import data_behind
from nodes.types import Stream


def cache_key(stream: Stream[Any]) -> Hashable | None:
    """Return a key for streams of data that never change; None where they may.

    Weights on the path may learn, and noise differs at each pull.
    """
    data = data_behind(stream)
    drawn = [m for m in stream.modules if isinstance(m, Source)]
    learns = any(True for m in stream.modules for _ in m.parameters())
    if data is None or learns or drawn != [data]:
        return None
    return stream_key(stream)


def stream_key(stream: Stream[Any]) -> Hashable:
    """Return a key for a stream: its nodes, their settings, and the port."""
    place = getattr(stream, "source", None)
    return place, *(_of_module(m) for m in stream.modules)


def _of_module(module: nn.Module) -> Hashable:
    values = repr(module.param_values()) if isinstance(module, Node) else ""
    return type(module).__qualname__, values, getattr(module, "run_seed", 0)
