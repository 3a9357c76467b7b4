"""The one question that stops the work: what to do with what is not saved or not finished."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QMessageBox, QPushButton, QWidget

Answer = Literal["save", "leave", "stay"]


def tr(text: str) -> str:
    return QCoreApplication.translate("questions", text)


def leave(parent: QWidget, name: str, *, dirty: bool, running: bool) -> Answer:
    """Ask before a document is closed. Esc and closing the question mean staying."""
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.NoIcon)
    box.setWindowTitle(tr("Close {0}").format(name))
    box.setText(_question(name, dirty, running))
    box.setInformativeText(_consequence(dirty, running))
    buttons: dict[QPushButton, Answer] = {}
    stay = box.addButton(tr("Cancel"), QMessageBox.ButtonRole.RejectRole)
    buttons[stay] = "stay"
    words = tr("Close without saving") if dirty else tr("Stop and close")
    buttons[box.addButton(words, QMessageBox.ButtonRole.DestructiveRole)] = "leave"
    first = stay
    if dirty:
        first = box.addButton(tr("Save"), QMessageBox.ButtonRole.AcceptRole)
        buttons[first] = "save"
        first.setProperty("primary", True)
    box.setDefaultButton(first)
    box.setEscapeButton(stay)
    box.exec()
    clicked = box.clickedButton()
    return next((answer for button, answer in buttons.items() if button is clicked), "stay")


def _question(name: str, dirty: bool, running: bool) -> str:
    if not dirty:
        return tr("{0} is still training.").format(name)
    return tr("{0} has changes that are not saved.").format(name)


def _consequence(dirty: bool, running: bool) -> str:
    if running:
        return tr("Closing stops the run; what it has learnt so far is kept in its folder.")
    return tr("Without saving, the changes are lost.")
