"""A small window of another program: `dragged X Y file PATH` or `dragged X Y text TEXT`.

A file is dragged out of it by the mouse; a text is put on the clipboard.
"""

from __future__ import annotations

import sys

from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDrag, QGuiApplication, QMouseEvent
from PySide6.QtWidgets import QApplication, QLabel


class Source(QLabel):
    """A label whose file is dragged by it."""

    def __init__(self, path: str) -> None:
        super().__init__("file")
        self.path = path

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(self.path)])
        drag = QDrag(self)
        drag.setMimeData(data)
        drag.exec(Qt.DropAction.CopyAction)


def main(x: str, y: str, what: str, words: str) -> int:
    app = QApplication([])
    shown = Source(words)
    shown.setWindowFlags(
        Qt.WindowType.FramelessWindowHint
        | Qt.WindowType.WindowStaysOnTopHint
        | Qt.WindowType.WindowDoesNotAcceptFocus
    )
    shown.setGeometry(int(x), int(y), 80, 40)
    if what == "text":
        QGuiApplication.clipboard().setText(words)
    else:
        shown.show()
        app.processEvents()
        shown.move(QPoint(int(x), int(y)))
    print("ready", flush=True)
    return app.exec()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
