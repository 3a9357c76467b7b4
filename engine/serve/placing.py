"""The device and the readable files that a `SetGraph` specifies."""

from __future__ import annotations

from pathlib import Path

import torch

from engine.check.ground import Ground
from engine.document.catalogue import Problem
from engine.document.errors import GraphRefused
from engine.document.messages import SetGraph
from engine.run import devices
from engine.run.session import Session


def ground_of(request: SetGraph) -> Ground:
    """Return the home folder and the permitted files of a request."""
    permitted = None if request.permitted is None else frozenset(request.permitted)
    return Ground(Path(request.home) if request.home else None, permitted)


def device_of(request: SetGraph) -> str:
    """Return the device that a graph requests, or "cpu" where it is not available."""
    return "cpu" if device_problems(request) else _asked(request)


def device_problems(request: SetGraph) -> list[Problem]:
    """Return a problem where the requested device is not available."""
    try:
        _asked(request)
    except GraphRefused as error:
        return [Problem(sentence=error.sentence, hint=error.fix)]
    return []


def is_placed(session: Session, request: SetGraph) -> bool:
    """Return whether a session is on the device that a graph requests."""
    return str(session.device) == device_of(request)


def _asked(request: SetGraph) -> str:
    return str(torch.device(devices.resolve(request.graph.settings.device)))
