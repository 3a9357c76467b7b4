"""The protocol as a law: what an engine may send, and in which order.

Every message that an engine sends in a test is held to it: by the window's own reader
(tests/conftest.py) and by that of the tests of the engine (tests/engine/client.py).
"""

from __future__ import annotations

from math import prod
from typing import Any

import msgspec
import numpy as np

from engine.document import messages as m

AFTER: dict[str, set[str]] = {
    "idle": {"starting", "done", "stopped"},
    "starting": {"starting", "running", "paused", "stopped", "failed"},
    "running": {"paused", "done", "stopped", "failed"},
    "paused": {"running", "done", "stopped", "failed"},
}
AFTER |= {end: {"starting", "done", "stopped"} for end in ("done", "stopped", "failed")}
"""What may follow a status; `done` and `stopped` follow an end where weights are put back."""


def decoded(body: bytes) -> Any:
    """Return the event of a frame: it says nothing that the protocol does not know."""
    event = m.events.decode(body)
    said, known = msgspec.msgpack.decode(body), msgspec.msgpack.decode(m.frame(event)[4:])
    assert _same(said, known), f"{type(event).__name__} says what no field takes"
    for figure in _figures(event):
        for name, array in figure.figure.arrays.items():
            size = prod(array.shape) * np.dtype(array.dtype).itemsize
            assert size == len(array.data), f"{figure.node}: {name} is not of its shape"
    if isinstance(event, m.Scalars):
        for name, (steps, values) in event.series.items():
            assert len(steps) == len(values) and steps == sorted(steps), name
    if isinstance(event, m.Progress):
        assert event.step >= 0 and (not event.total or event.step <= event.total), event
    return event


def _same(said: Any, known: Any) -> bool:
    """Tell whether two plain values have the same parts."""
    if isinstance(said, dict) and isinstance(known, dict):
        return said.keys() == known.keys() and all(_same(said[k], known[k]) for k in said)
    if isinstance(said, list) and isinstance(known, list):
        return len(said) == len(known) and all(map(_same, said, known))
    return not isinstance(said, (dict, list))


def _figures(event: Any) -> list[m.Figure]:
    return (
        event.figures
        if isinstance(event, m.Past | m.Glanced)
        else [event] * isinstance(event, m.Figure)
    )


class Order:
    """Holds the events of one engine to their order."""

    def __init__(self) -> None:
        self.welcomed = False
        self.status = "idle"
        self.seq = -1

    def take(self, event: Any) -> None:
        assert self.welcomed or isinstance(event, (m.Welcome, m.Fault, m.Note)), event
        self.welcomed |= isinstance(event, m.Welcome)
        if isinstance(event, m.Status):
            assert event.status in AFTER[self.status], f"{event.status} after {self.status}"
            self.status = event.status
        elif isinstance(event, m.Checked):
            self.seq = event.seq
        elif isinstance(event, m.Mended):
            assert event.seq == self.seq and event.problem.fix is not None, event
