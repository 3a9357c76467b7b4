"""The modal questions: about unsaved changes and runs in progress."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QMessageBox, QPushButton, QWidget

from workbench.widgets.base import counted
from workbench.words.kinds import headed

Answer = Literal["save", "leave", "stay"]
Overwrite = Literal["save", "save as", "stay"]
MOST_NAMES = 12


def tr(text: str) -> str:
    return QCoreApplication.translate("questions", text)


class Open(NamedTuple):
    """A document about to be closed, and whether it is unsaved or running."""

    name: str
    dirty: bool
    running: bool


def leave(parent: QWidget, documents: Sequence[Open], *, quitting: bool = False) -> Answer:
    """Ask once before documents are closed. Esc and closing the dialog answer "stay"."""
    dirty = any(document.dirty for document in documents)
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.NoIcon)
    box.setWindowTitle(tr("Quit") if quitting else tr("Close {0}").format(documents[0].name))
    box.setText(_question(documents))
    box.setInformativeText(_consequence(documents))
    buttons: dict[QPushButton, Answer] = {}
    stay = box.addButton(_stay_words(documents), QMessageBox.ButtonRole.RejectRole)
    buttons[stay] = "stay"
    words = _leave_words(dirty, quitting)
    buttons[box.addButton(words, QMessageBox.ButtonRole.DestructiveRole)] = "leave"
    first = stay
    if dirty:
        many = sum(document.dirty for document in documents) > 1
        first = box.addButton(
            tr("Save all") if many else tr("Save"), QMessageBox.ButtonRole.AcceptRole
        )
        buttons[first] = "save"
        first.setProperty("primary", True)
    box.setDefaultButton(first)
    box.setEscapeButton(stay)
    box.exec()
    clicked = box.clickedButton()
    box.deleteLater()
    return next((answer for button, answer in buttons.items() if button is clicked), "stay")


def overwrite(parent: QWidget, name: str) -> Overwrite:
    """Ask before overwriting another program's changes to a document's file."""
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.NoIcon)
    box.setWindowTitle(tr("Save"))
    box.setText(tr("The file of {0} was changed by another program.").format(name))
    box.setInformativeText(tr("Saving here replaces what is in the file now."))
    roles = QMessageBox.ButtonRole
    stay = box.addButton(tr("Cancel"), roles.RejectRole)
    save = box.addButton(tr("Replace"), roles.DestructiveRole)
    elsewhere = box.addButton(tr("Save as…"), roles.AcceptRole)
    elsewhere.setProperty("primary", True)
    box.setDefaultButton(elsewhere)
    box.setEscapeButton(stay)
    box.exec()
    clicked = box.clickedButton()
    box.deleteLater()
    answers: dict[QPushButton, Overwrite] = {save: "save", elsewhere: "save as"}
    return next((answer for button, answer in answers.items() if button is clicked), "stay")


def _stay_words(documents: Sequence[Open]) -> str:
    return tr("Cancel") if any(d.dirty for d in documents) else tr("Keep running")


def _leave_words(dirty: bool, quitting: bool) -> str:
    table = {
        (True, True): tr("Quit without saving"),
        (True, False): tr("Close without saving"),
        (False, True): tr("Stop and quit"),
        (False, False): tr("Stop and close"),
    }
    return table[dirty, quitting]


def _question(documents: Sequence[Open]) -> str:
    if len(documents) == 1:
        name, dirty, _ = documents[0]
        if dirty:
            return tr("{0} has changes that are not saved.").format(name)
        return tr("{0} is still training.").format(name)
    return counted(
        len(documents),
        "%Ln graph is not saved or still training.",
        "%Ln graphs are not saved or still training.",
    )


def _consequence(documents: Sequence[Open]) -> str:
    """List the documents if there are several, and the effects of closing."""
    lines = [_line(document) for document in documents[:MOST_NAMES]] if len(documents) > 1 else []
    lines += ["…"] if len(documents) > MOST_NAMES else []
    if any(document.running for document in documents):
        lines.append(tr("Closing stops the run; what it has learnt so far is kept in its folder."))
    if any(document.dirty for document in documents):
        lines.append(tr("Without saving, the changes are lost."))
    return "\n".join(lines)


def _line(document: Open) -> str:
    states = [tr("not saved")] * document.dirty + [tr("still training")] * document.running
    return f"• {headed(document.name, ', '.join(states))}"
