"""Attribute an error to a node, and find the first node with a NaN or an infinity."""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from engine.document.errors import NodeFailed, NotFinite
from engine.pull.generated import failed_inside
from engine.pull.plan import Call, Plan
from nodes.errors import Exhausted, Refusal
from nodes.sentences import NodeName, PortName


def blame(call: Call, error: Exception, arguments: Mapping[str, Any]) -> Exception:
    """Return the error to raise for an exception from a node, with the node as its place.

    A `Refusal` keeps its sentence; NaN or infinity in `arguments` gives `NotFinite`; anything else
    gives `NodeFailed`. Where the node has called the model of a group, the place is inside it.
    """
    if isinstance(error, Exhausted):
        return error
    call, arguments = failed_inside(error) or (call, arguments)
    if isinstance(error, Refusal):
        if not error.blamed:  # its place is empty or a parameter's name
            error.place = f"{call.name}.{error.place}".rstrip(".")
            error.blamed = True
        return error
    bad = [name for name, value in arguments.items() if not _all_finite(value)]
    if bad:
        return NotFinite(
            "{node} was given NaN or infinite numbers in {port}.",
            "Lower the learning rate or clip the gradient, then run again.",
            place=call.name,
            node=NodeName(call.name),
            port=PortName(bad[0]),
        )
    return NodeFailed(
        "{node} failed: {error}",
        place=call.name,
        trace=traceback.format_exc(),
        node=NodeName(call.name),
        error=error,
    )


@contextmanager
def blamed(call: Call) -> Iterator[None]:
    """Attribute exceptions raised in the block to a node."""
    try:
        yield
    except (GeneratorExit, KeyboardInterrupt):
        raise
    except Exception as error:
        raise blame(call, error, {}) from error


def not_finite(plan: Plan, values: Mapping[int, Any]) -> NotFinite:
    """Return a `NotFinite` that names the first call whose output or weights are not finite."""
    for call in plan:
        if not _all_finite(values.get(call.slot)):
            weights = all(bool(torch.isfinite(p).all()) for p in call.node.parameters())
            return NotFinite(
                "{node} made a NaN or an infinite number."
                if weights
                else "{node} made a NaN or an infinite number because its weights are not "
                "finite any more.",
                "Lower the learning rate or clip the gradient, then run again.",
                place=call.name,
                node=NodeName(call.name),
            )
    return NotFinite("The loss is not finite.", "Lower the learning rate.", place=plan[-1].name)


def _finite(value: Tensor) -> bool:
    return bool(torch.isfinite(value).all())


def _all_finite(value: Any) -> bool:
    if isinstance(value, Tensor):
        return not value.is_floating_point() or _finite(value)
    if isinstance(value, tuple):
        return all(_all_finite(v) for v in value)
    return True
