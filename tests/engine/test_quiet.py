"""What the engine imports while nobody waits for it."""

from __future__ import annotations

import queue
import sys

import pytest

from engine.document.messages import Hello, Welcome
from engine.serve import quiet
from engine.serve.server import Server


class Ear:
    """An outlet that keeps what it is given."""

    broken = False

    def __init__(self) -> None:
        self.heard: list[object] = []

    def put(self, event: object) -> None:
        self.heard.append(event)


def test_a_request_comes_between_two_imports(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[str] = []
    incoming: queue.SimpleQueue[object] = queue.SimpleQueue()

    def imported(name: str) -> None:
        taken.append(name)
        if len(taken) == 1:
            incoming.put(Hello(plugins=[]))

    monkeypatch.setattr(quiet, "PARTS", ("one", "two"))
    monkeypatch.setattr(quiet.importlib, "import_module", imported)
    ear = Ear()
    server = Server(incoming, ear)  # type: ignore[arg-type]
    server.turn()
    assert taken == ["one"] and not ear.heard
    server._drain()
    monkeypatch.undo()
    server.turn()
    assert isinstance(ear.heard[0], Welcome) and taken == ["one"]


def test_what_is_there_is_not_imported() -> None:
    from engine.check.memory import Memory

    assert Memory().mode and all(name in sys.modules for name in quiet.PARTS)
    assert [*quiet.imports()] == []
