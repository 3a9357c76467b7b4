"""The About dialog: the program and the versions it runs with."""

from __future__ import annotations

import platform

from PySide6 import __version__ as qt_version
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from workbench.bench.bench import Bench
from workbench.widgets.base import label


def tr(text: str) -> str:
    return QCoreApplication.translate("about", text)


class About(QDialog):
    """The versions, as text to copy into a bug report."""

    def __init__(self, parent: QWidget, bench: Bench | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("About"))
        self.setMinimumWidth(380)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(8)
        column.addWidget(label("Generative Workbench", "title"))
        words = tr("Build generative models by wiring nodes, and watch them learn.")
        column.addWidget(label(words, "hint", wrap=True))
        versions = label("\n".join(_versions(bench)), "mono")
        versions.setTextInteractionFlags(versions.textInteractionFlags().TextSelectableByMouse)
        column.addWidget(versions)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)


def _versions(bench: Bench | None) -> list[str]:
    welcome = bench.live.welcome if bench else None
    engine = dict(welcome.versions) if welcome else {}
    engine |= {"qt": qt_version, "window python": platform.python_version()}
    return [f"{name} {version}" for name, version in sorted(engine.items())]
