"""The world of a walk: the real window in a home of its own, and what went wrong in it."""

from __future__ import annotations

import json
import shutil
import traceback
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any
from weakref import WeakKeyDictionary

from PySide6.QtCore import Qt, QTimer, qInstallMessageHandler
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QFileDialog,
    QLineEdit,
    QMenu,
    QMessageBox,
    QWidget,
)

from engine.document.catalogue import Catalogue
from engine.document.graph import Graph, dumps, save
from tests.workbench.sample import vae
from workbench.bench import examples
from workbench.bench.document import Document
from workbench.bench.process import Engine
from workbench.bench.settings import UserSettings
from workbench.plots.inside import KEY
from workbench.shell.exceptions import ExceptionLog
from workbench.shell.window import Window

GOOD = ("1", "2", "3", "7", "16", "64", "0.5", "0.01", "1 28 28", "words")
BAD = ("0", "-1", "1e400", "9" * 30, "abc", "", "nan", "[1,", "a;b", "1 x 2")
TYPED = GOOD + BAD
ANSWER = 5  # ms between two looks for a question that waits
QUIET = ("propagateSizeHints", "This plugin does not support", "raise()", "no target window")


class World:
    """One window."""

    def __init__(
        self, home: Path, catalogue: Catalogue, engines: Callable[[], Engine], border: ExceptionLog
    ) -> None:
        self.home = home
        self.exceptions = border
        self.warned: list[str] = []  # by Qt
        self.chance = Random(0)  # of the action under way: dialogues are answered by it
        self.staying = False  # whether the question that comes is to be answered by staying
        self.opened: WeakKeyDictionary[Document, str] = WeakKeyDictionary()
        self.size: tuple[int, int] | None = None  # asked for last
        qInstallMessageHandler(self._warn)
        self.files = _files(home / "files")
        self.window: Any = Window(UserSettings(), catalogue, engines)
        self.window.resize(1366, 768)
        self.window.show()
        self.window.activateWindow()
        self._answer_soon()

    def begin(self, example: str) -> None:
        """Open what the walk begins from; "" is the start page."""
        if example:
            self.window.files.open_example(example)
        else:
            self.window.files.new()

    # What is in front

    @property
    def page(self) -> Any:
        return self.window.tabs.current

    @property
    def bench(self) -> Any:
        return self.window.bench

    @property
    def canvas(self) -> Any:
        return self.window.canvas

    @property
    def graph(self) -> Graph:
        """Return what is open: the document, or the inside of a group."""
        return self.page.desk.document.graph

    def note_documents(self) -> None:
        """Remember of each new document how it was opened."""
        for page in self.window.tabs.documents:
            document = page.bench.document
            if document not in self.opened and document.history.position == 0:
                self.opened[document] = dumps(document.graph)

    # What goes wrong

    @property
    def faults(self) -> list[str]:
        """What was raised or warned of: nothing of it is ever forgotten."""
        return [*self.exceptions.faults, *self.warned]

    def _warn(self, kind: Any, context: Any, text: str) -> None:
        if not any(word in text for word in QUIET):
            where = "".join(traceback.format_stack(limit=12)[:-1])
            self.warned.append(f"Qt warns: {text}\n{where}")

    def select(self, things: list[Any]) -> None:
        """Select things on the canvas, and let the menus learn of it as they do before a key."""
        self.canvas.stage.select(things)
        QApplication.processEvents()

    def wake(self) -> None:
        """Give the window the keyboard again, as a window manager does when one is gone."""
        free = QApplication.activeModalWidget() or QApplication.activePopupWidget()
        if QApplication.activeWindow() is None and free is None:
            self.window.activateWindow()

    # Questions

    def _answer_soon(self) -> None:
        QTimer.singleShot(ANSWER, self.window, self._answer)

    def _answer(self) -> None:
        """Answer the question or the menu that waits, if one does, as the chance has it."""
        self._answer_soon()
        popup, box = QApplication.activePopupWidget(), QApplication.activeModalWidget()
        if popup is not None:
            self._choose_in(popup)
        elif isinstance(box, QMessageBox):
            stay = box.escapeButton() if self.staying else None
            (stay or self.chance.choice(box.buttons())).click()
        elif isinstance(box, QFileDialog):
            self._choose_file(box)
        elif isinstance(box, QDialog):
            box.reject()

    def _choose_in(self, popup: QWidget) -> None:
        """Take an entry of a menu, or type into a field that popped up; or leave it."""
        field = popup.findChild(QLineEdit)
        if isinstance(popup, QMenu):
            for _ in range(self.chance.randrange(8)):
                QTest.keyClick(popup, Qt.Key.Key_Down)
            key = self.chance.choice((Qt.Key.Key_Return, Qt.Key.Key_Escape))
            QTest.keyClick(popup, key if popup.activeAction() else Qt.Key.Key_Escape)
        elif field is not None:
            QTest.keyClicks(field, self.chance.choice(TYPED))
            QTest.keyClick(field, Qt.Key.Key_Return)
        if QApplication.activePopupWidget() is popup:
            popup.close()

    def _choose_file(self, dialog: QFileDialog) -> None:
        saving = dialog.acceptMode() == QFileDialog.AcceptMode.AcceptSave
        names = ["new.graph.json", "vae.graph.json"] if saving else sorted(self.files)
        name = self.chance.choice([*names, ""])
        if not name:
            dialog.reject()
            return
        dialog.setDirectory(str(self.home / "files"))
        dialog.selectFile(str(self.home / "files" / name))
        dialog.accept()


def _files(folder: Path) -> dict[str, Path]:
    """Make what a user may have lying about: graphs, pictures, junk, a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    save(vae(), folder / "vae.graph.json")
    save(Graph(title="Nothing"), folder / "empty.graph.json")
    found = examples.find(examples.FIRST)
    assert found is not None
    shutil.copy(found, folder / "digits.graph.json")
    far = json.loads(dumps(vae()))
    far["layout"]["positions"]["digits"] = [1e12, -1e12]
    (folder / "far.graph.json").write_text(json.dumps(far))
    strange = json.loads(dumps(vae()))
    strange["nodes"]["encoder"]["kind"] = "NotInstalled"
    (folder / "strange.graph.json").write_text(json.dumps(strange))
    (folder / "broken.graph.json").write_text('{"format": "genworkbench.graph", "nodes": 3')
    (folder / "notes.txt").write_text("not a graph\n")
    (folder / "folder").mkdir(exist_ok=True)
    picture = QImage(8, 8, QImage.Format.Format_RGB32)
    picture.fill(0)
    picture.save(str(folder / "bare.png"))
    picture.setText(KEY, dumps(vae()))
    picture.save(str(folder / "graph.png"))
    return {path.name: path for path in folder.iterdir()}
