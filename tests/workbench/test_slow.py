"""The log of slow handlers: the innermost one, without the time that the event loop waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QObject, QTimer

from workbench.shell import exceptions, slow
from workbench.shell.slow import KEPT, SlowHandlers


class Clock:
    """A clock that goes on only when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def perf_counter(self) -> float:
        return self.now


class Receiver(QObject):
    """Does what it is told at the next event of a user."""

    def __init__(self, act: Callable[[], None]) -> None:
        super().__init__()
        self.act = act

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.User:
            self.act()
        return True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(slow, "time", made)
    monkeypatch.setattr(exceptions, "time", made)
    return made


@pytest.fixture
def log(qapp: exceptions.Application, tmp_path: Path) -> Iterator[SlowHandlers]:
    qapp.slow.found.clear()
    qapp.slow.file = tmp_path / "state" / "slow.log"
    qapp.slow._rested = qapp.slow._noted = 0.0
    yield qapp.slow
    qapp.slow.file = None
    qapp.slow._rested = qapp.slow._noted = 0.0


def send(act: Callable[[], None]) -> None:
    QCoreApplication.sendEvent(Receiver(act), QEvent(QEvent.Type.User))


def takes(clock: Clock, seconds: float) -> Callable[[], None]:
    def act() -> None:
        clock.now += seconds

    return act


def test_what_takes_longer_than_the_limit_is_written_down(clock: Clock, log: SlowHandlers) -> None:
    send(takes(clock, 0.049))
    send(takes(clock, 0.08))
    assert [str(s) for s in log.found] == ["80 ms: User of Receiver"]
    assert log.file is not None
    assert log.file.read_text().endswith("  80 ms: User of Receiver\n")


def test_of_nested_handlers_the_innermost_is_noted(clock: Clock, log: SlowHandlers) -> None:
    send(lambda: send(takes(clock, 0.3)))
    assert [s.seconds for s in log.found] == [pytest.approx(0.3)]


def test_waiting_in_a_nested_loop_is_not_slow(clock: Clock, log: SlowHandlers) -> None:
    def dialog() -> None:
        clock.now += 0.001
        loop = QEventLoop()
        QTimer.singleShot(20, loop.quit)
        loop.exec()
        clock.now += 9

    send(dialog)
    assert not log.found


def test_the_file_and_the_list_stay_small(clock: Clock, log: SlowHandlers) -> None:
    for _ in range(2 * KEPT):
        send(takes(clock, 1.0))
    assert len(log.found) == KEPT
    assert log.file is not None
    log.file.write_text("x" * (slow.MOST_BYTES + 1))
    send(takes(clock, 1.0))
    assert len(log.file.read_text().splitlines()) == 1


def test_a_file_that_cannot_be_written_is_no_fault(
    clock: Clock, log: SlowHandlers, tmp_path: Path
) -> None:
    (tmp_path / "taken").write_text("")
    log.file = tmp_path / "taken" / "slow.log"
    send(takes(clock, 1.0))
    assert len(log.found) == 1
