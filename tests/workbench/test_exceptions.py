"""What an override, a slot or a timer raises: the program lives, it is logged and said once."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QObject, QRectF, QSize, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QApplication,
    QGraphicsObject,
    QGraphicsScene,
    QGraphicsView,
    QHBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from tests.workbench.startup import ROOT
from workbench.shell import exceptions as borders
from workbench.shell.exceptions import NOTICE, ExceptionLog
from workbench.shell.notices import Notices


class Broken(Exception):
    pass


def fail(*_: object) -> Any:
    raise Broken("as asked")


class Raises(QWidget):
    """A widget of which one override raises."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def sizeHint(self) -> QSize:
        return fail() if self.name == "sizeHint" else QSize(40, 40)

    def showEvent(self, event: Any) -> None:
        fail() if self.name == "showEvent" else None

    def paintEvent(self, event: Any) -> None:
        fail() if self.name == "paintEvent" else None

    def resizeEvent(self, event: Any) -> None:
        fail() if self.name == "resizeEvent" else None

    def keyPressEvent(self, event: Any) -> None:
        fail() if self.name == "keyPressEvent" else None


class Item(QGraphicsObject):
    def boundingRect(self) -> QRectF:
        return QRectF(0, 0, 20, 20)

    def paint(self, *_: Any) -> None:
        fail()


class Filter(QObject):
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        return fail() if event.type() == QEvent.Type.User else False


class Sender(QObject):
    sent = Signal()


def shown(qtbot: QtBot, name: str) -> None:
    inside = Raises(name)
    holder = QWidget()
    QHBoxLayout(holder).addWidget(inside)
    qtbot.addWidget(holder)
    holder.show()
    holder.resize(200, 200)
    qtbot.waitExposed(holder)
    inside.setFocus()
    qtbot.keyClick(inside, "a")
    QApplication.processEvents()


def painted(qtbot: QtBot) -> None:
    scene = QGraphicsScene()
    scene.addItem(Item())
    view = QGraphicsView(scene)
    qtbot.addWidget(view)
    view.show()
    qtbot.waitExposed(view)
    view.viewport().repaint()
    QApplication.processEvents()


def filtered(qtbot: QtBot) -> None:
    watched, seeing = QObject(), Filter()
    watched.installEventFilter(seeing)
    QApplication.sendEvent(watched, QEvent(QEvent.Type.User))


def slotted(qtbot: QtBot) -> None:
    sender = Sender()
    sender.sent.connect(fail)
    sender.sent.emit()


def timed(qtbot: QtBot) -> None:
    QTimer.singleShot(0, fail)
    QApplication.processEvents()


OVERRIDES = ("sizeHint", "showEvent", "paintEvent", "resizeEvent", "keyPressEvent")
PLACES: dict[str, Callable[[QtBot], None]] = {
    **{name: lambda qtbot, name=name: shown(qtbot, name) for name in OVERRIDES},
    "an item's paint": painted,
    "eventFilter": filtered,
    "slot": slotted,
    "timer": timed,
}


@pytest.fixture
def border(qapp: Any, tmp_path: Path) -> ExceptionLog:
    qapp.exceptions.file = tmp_path / "logs" / "faults.log"
    return qapp.exceptions


@pytest.mark.parametrize("place", PLACES)
def test_what_is_raised_anywhere_is_written_down_and_the_program_lives(
    border: ExceptionLog, place: str, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(border.failed):
        PLACES[place](qtbot)
    assert "Broken" in border.faults[0] and "as asked" in border.faults[0]
    assert border.file is not None and "Traceback" in border.file.read_text()
    assert "PySide" in border.file.read_text()
    border.faults.clear()


@pytest.mark.parametrize("place", PLACES)
def test_what_the_interpreter_raises_is_no_other(
    border: ExceptionLog, place: str, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(globals(), "fail", lambda *_: len(None))  # type: ignore[arg-type]
    with qtbot.waitSignal(border.failed):
        PLACES[place](qtbot)
    assert "NoneType" in border.faults[0] and "Traceback" in border.faults[0]
    border.faults.clear()


def test_an_override_of_a_mixin_is_no_other(border: ExceptionLog, qtbot: QtBot) -> None:
    class Mixin:
        def showEvent(self, event: Any) -> None:
            int("none")

    class Mixed(Mixin, QWidget):
        pass

    widget = Mixed()
    qtbot.addWidget(widget)
    widget.show()
    assert "invalid literal" in border.faults[0]
    border.faults.clear()


def test_a_notice_says_it_once_and_offers_the_report(border: ExceptionLog, qtbot: QtBot) -> None:
    notices = border.notices = Notices()
    qtbot.addWidget(notices)
    notices.show()
    for _ in range(100):
        slotted(qtbot)
    qtbot.waitUntil(lambda: NOTICE in notices.by_key)
    notice = notices.by_key[NOTICE]
    timed(qtbot)
    assert notices.by_key == {NOTICE: notice} and "safe" in notice.sentence
    notice.buttons[0].click()
    report = QGuiApplication.clipboard().text()
    assert "as asked" in report and "PySide" in report and "101" in report
    slotted(qtbot)
    QApplication.processEvents()
    assert notices.by_key == {}, "said once"
    border.faults.clear()


def test_a_fault_of_each_picture_does_not_fill_the_disk(border: ExceptionLog) -> None:
    for _ in range(10_000):
        borders_take(border)
    assert border.file is not None and border.count == 10_000
    assert border.file.stat().st_size < 50_000 and len(border.faults) <= borders.KEPT
    border.faults.clear()


def borders_take(border: ExceptionLog) -> None:
    try:
        fail()
    except Broken as error:
        border.log_exception(error)


def test_a_long_log_makes_room(border: ExceptionLog) -> None:
    assert border.file is not None
    border.file.parent.mkdir()
    border.file.write_text("x" * (borders.MOST_BYTES + 1))
    borders_take(border)
    assert border.file.stat().st_size < 10_000
    assert len(list(border.file.parent.iterdir())) == 2
    border.faults.clear()


class Nasty(Exception):
    """An exception that cannot even be written."""

    def __str__(self) -> str:
        raise RuntimeError("no words")


def test_the_border_itself_never_raises(border: ExceptionLog, tmp_path: Path) -> None:
    border.file = tmp_path  # a folder
    borders_take(border)
    border.file = None
    border.log_exception(Nasty())
    border.log_exception(RecursionError())
    border.failed.connect(lambda: border.log_exception(Broken("from within")))
    border.log_exception(KeyError(1))
    assert border.count >= 4
    border.faults.clear()


def test_what_threads_raise_is_told_in_the_window(border: ExceptionLog, qtbot: QtBot) -> None:
    notices = border.notices = Notices()
    qtbot.addWidget(notices)
    thread = threading.Thread(target=lambda: borders_take(border))
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: NOTICE in notices.by_key)
    border.faults.clear()


PROGRAM = """
import sys
from PySide6.QtCore import QTimer
from workbench import __main__ as program
from workbench.shell.tabs import Tabs
from workbench.canvas.view import Canvas
from workbench.shell.window import Window

def fail(self, *_):
    raise RuntimeError("as asked")

begin = Window.__init__

def begin_and_close(self, *given, **named):
    begin(self, *given, **named)
    QTimer.singleShot(3000, self, lambda: (print("notices", *self.notices.by_key), self.close()))

Window.__init__ = begin_and_close
Tabs.resizeEvent = Canvas.paintEvent = Canvas.showEvent = Canvas.resizeEvent = fail
sys.exit(program.main(["vae-digits"]))
"""


def test_the_program_lives_where_overrides_raise(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "GENWORKBENCH_HOME": str(tmp_path),
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "notices" in done.stdout and NOTICE in done.stdout
    log = (tmp_path / "state" / "faults.log").read_text()
    assert log.count("RuntimeError: ") >= 3 and log.count("as asked") >= 3
