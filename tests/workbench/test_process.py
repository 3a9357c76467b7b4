"""The engine's process: it starts, answers, dies, starts again, and leaves when asked."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from engine.document.messages import Checked, SetGraph, Welcome
from tests.prepared import command
from tests.workbench.sample import vae
from workbench.bench import process
from workbench.bench.process import Engine


def puppet(*words: str) -> list[str]:
    """Return the command of an engine that trains nothing (see `tests/workbench/puppet.py`)."""
    return command("tests.workbench.puppet", *words)


@pytest.fixture
def engine(qtbot: QtBot) -> Iterator[Engine]:
    made = Engine(command=puppet())
    yield made
    if made.alive:
        with qtbot.waitSignal(made.stopped):
            made.stop()
            made.kill()


def test_it_says_hello_and_checks_a_graph(engine: Engine, qtbot: QtBot) -> None:
    heard: list[object] = []
    engine.received.connect(heard.append)
    with qtbot.waitSignals([engine.ready, engine.log], timeout=10_000):
        engine.start()
    engine.send(SetGraph(graph=vae(), seq=4))
    qtbot.waitUntil(lambda: any(isinstance(e, Checked) for e in heard))
    assert isinstance(heard[0], Welcome)
    assert [e.seq for e in heard if isinstance(e, Checked)] == [4]


def test_it_leaves_when_asked_and_can_start_again(engine: Engine, qtbot: QtBot) -> None:
    for _ in range(2):
        with qtbot.waitSignal(engine.ready, timeout=10_000):
            engine.start()
        with qtbot.assertNotEmitted(engine.lost), qtbot.waitSignal(engine.stopped):
            engine.stop()
        assert not engine.alive and not engine.send(SetGraph(graph=vae()))


def test_killed_from_outside_it_says_so(engine: Engine, qtbot: QtBot) -> None:
    with qtbot.waitSignal(engine.ready, timeout=10_000):
        engine.start()
    with qtbot.waitSignal(engine.lost) as signal:
        os.kill(engine.pid, 9)
    assert "killed" in signal.args[0]
    with qtbot.waitSignal(engine.ready, timeout=10_000):
        engine.start()


def test_what_is_no_message_ends_it(engine: Engine, qtbot: QtBot) -> None:
    engine.command = puppet("garbage")
    with qtbot.waitSignal(engine.lost, timeout=10_000) as signal:
        engine.start()
    assert "no message" in signal.args[0]


def test_a_command_that_is_not_there_is_a_sentence(engine: Engine, qtbot: QtBot) -> None:
    engine.command = ["/no/such/program"]
    with qtbot.waitSignal(engine.lost) as signal:
        engine.start()
    assert "did not start" in signal.args[0]


def test_one_that_does_not_leave_is_killed(
    engine: Engine, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "KILL_AFTER", 50)
    engine.command = puppet("deaf")
    with qtbot.waitSignal(engine.ready, timeout=10_000):
        engine.start()
    with qtbot.waitSignal(engine.stopped):
        engine.stop()
