"""The question before runs are deleted."""

from __future__ import annotations

from PySide6.QtWidgets import QMessageBox, QWidget

from workbench.runs.words import tr
from workbench.widgets.base import counted


def confirmed(parent: QWidget, count: int) -> bool:
    """Ask whether the runs in the bin are to be deleted. Enter, Esc and closing keep them."""
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.NoIcon)
    box.setWindowTitle(tr("Empty the bin"))
    box.setText(counted(count, "Delete %Ln run for good?", "Delete %Ln runs for good?"))
    box.setInformativeText(tr("Their curves, pictures and weights cannot be brought back."))
    keep = box.addButton(tr("Keep"), QMessageBox.ButtonRole.RejectRole)
    delete = box.addButton(tr("Delete"), QMessageBox.ButtonRole.DestructiveRole)
    box.setDefaultButton(keep)
    box.setEscapeButton(keep)
    box.exec()
    clicked = box.clickedButton()
    box.deleteLater()
    return clicked is delete
