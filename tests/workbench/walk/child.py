"""The process of a walk: it does what it is told on stdin and says on stdout what came of it.

A line in is `action number`; the number chooses what the action chooses among. A line out is JSON:
what is wrong then, and whether the action could be done.
"""

from __future__ import annotations

import faulthandler
import json
import os
import sys
import time
import traceback
from pathlib import Path
from random import Random

import msgspec
from PySide6.QtCore import QSocketNotifier, QTimer
from PySide6.QtWidgets import QApplication

from engine.document.catalogue import Catalogue
from tests.workbench.walk import laws
from tests.workbench.walk.doings import TABLE
from tests.workbench.walk.on_purpose import FAULTS
from tests.workbench.walk.world import World
from workbench.bench.process import Engine
from workbench.bench.settings import UserSettings
from workbench.look.theme import appearance
from workbench.shell.exceptions import Application
from workbench.shell.preferences import use_look
from workbench.words import language

REST = 2  # turns of the event loop before the first look
PATIENCE = 3.0  # s in which what is wrong may come right: the engine and its news take time
AGAIN = 15  # ms between two looks


class Child:
    """Reads an action, does it within the event loop, and answers when the window rests."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.mouth = os.dup(1)
        os.dup2(2, 1)  # what anybody prints is no answer
        self.lines = b""
        self.notifier = QSocketNotifier(0, QSocketNotifier.Type.Read, world.window)
        self.notifier.activated.connect(self._read)
        self.did = True
        self.until = 0.0

    def _read(self) -> None:
        data = os.read(0, 65536)
        if not data:
            os._exit(0)
        self.lines += data
        if b"\n" in self.lines:
            line, _, self.lines = self.lines.partition(b"\n")
            self.notifier.setEnabled(False)
            QTimer.singleShot(0, self.world.window, lambda: self._act(line.decode()))

    def _act(self, line: str) -> None:
        name, _, number = line.partition(" ")
        self.world.chance = Random(line)
        doing = (TABLE | FAULTS)[name]
        self.until = time.monotonic() + PATIENCE
        self.world.wake()
        try:
            self.did = doing.can(self.world)
            if self.did:
                doing.do(self.world, Random(f"{number} {name}"))
        except Exception:  # the border of the walk: what an action raises is what it found
            self.world.warned.append(traceback.format_exc())
        self._rest(REST if self.did else 0)

    def _rest(self, turns: int) -> None:
        if turns:
            QTimer.singleShot(0, self.world.window, lambda: self._rest(turns - 1))
            return
        wrong = self._wrong()
        if wrong and not self.world.faults and time.monotonic() < self.until:
            QTimer.singleShot(AGAIN, self.world.window, lambda: self._rest(0))
            return
        said = {"wrong": self.world.faults + wrong, "did": self.did}
        os.write(self.mouth, json.dumps(said).encode() + b"\n")
        self.notifier.setEnabled(True)

    def _wrong(self) -> list[str]:
        if QApplication.activePopupWidget() or QApplication.activeModalWidget():
            return ["a question stays open"]
        try:
            self.world.note_documents()
            return laws.broken(self.world)
        except Exception:  # a law that cannot even be asked does not hold
            return [traceback.format_exc()]


def main(example: str, home: Path, catalogue_file: Path, player: str) -> None:
    """Open the window on an example and serve until stdin ends.

    `player`: the command of the engine, as JSON; empty for the real one.
    """
    faulthandler.enable((home / "crash.txt").open("w"))
    os.environ["GENWORKBENCH_HOME"] = str(home / "home")
    app = Application(sys.argv[:1])
    app.exceptions.file = home / "faults.log"
    app.exceptions.install()
    app.setQuitOnLastWindowClosed(False)
    appearance.start(app)
    use_look(UserSettings())
    language.use("en")
    known = msgspec.msgpack.decode(catalogue_file.read_bytes(), type=Catalogue)
    engines = (lambda: Engine(command=json.loads(player))) if player else Engine
    world = World(home, known, engines, app.exceptions)
    log, shown = app.exceptions, world.window
    log.notices = shown.notices
    shown.remade.connect(lambda: setattr(log, "notices", shown.notices))
    world.begin(example)
    child = Child(world)
    QTimer.singleShot(0, world.window, lambda: child._rest(REST))
    child.until = time.monotonic() + 10 * PATIENCE
    child.notifier.setEnabled(False)
    app.exec()
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4])
