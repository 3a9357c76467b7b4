"""The dialog that saves a group as a kind of the user's own: name, icon, one sentence."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QFormLayout, QLineEdit, QWidget

from engine.document.graph import Group
from workbench.look.theme import icon
from workbench.widgets.base import label

ICONS = (
    "group", "box", "boxes", "layers", "network", "brain", "binary", "activity", "waves", "wind",
    "route", "repeat", "grid-3x3", "hexagon", "zap", "cpu", "puzzle", "package", "star",
)  # fmt: skip


def tr(text: str) -> str:
    return QCoreApplication.translate("kinds dialog", text)


class SaveKind(QDialog):
    """Ask how a kind is called and what it is for. `given` carries name, sentence and icon."""

    given = Signal(str, str, str)

    def __init__(self, parent: QWidget, group: Group) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Save as a kind"))
        self.setMinimumWidth(420)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.name, self.sentence = QLineEdit(group.title), QLineEdit(group.help)
        self.icons = QComboBox()
        for name in ICONS:
            self.icons.addItem(icon(name), name)
        self.icons.setCurrentText(str(group.extra.get("icon") or "group"))
        form = QFormLayout(self)
        form.setContentsMargins(24, 20, 24, 16)
        form.addRow(tr("Name"), self.name)
        form.addRow(tr("One sentence"), self.sentence)
        form.addRow(tr("Icon"), self.icons)
        words = tr("It stands in the palette under Yours; one of the same name is replaced.")
        form.addRow(label(words, "hint", wrap=True))
        both = QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel
        self.buttons = QDialogButtonBox(both)
        self.buttons.accepted.connect(self._give)
        self.buttons.rejected.connect(self.reject)
        form.addRow(self.buttons)
        self.name.textChanged.connect(lambda _: self._allow())
        self._allow()
        self.resize(420, form.heightForWidth(420))

    def _allow(self) -> None:
        save = self.buttons.button(QDialogButtonBox.StandardButton.Save)
        save.setEnabled(bool(self.name.text().strip()))

    def _give(self) -> None:
        self.given.emit(self.name.text(), self.sentence.text(), self.icons.currentText())
        self.accept()
