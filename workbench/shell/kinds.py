"""The dialog that saves a group as a kind of the user's own: name, icon, one sentence."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QFormLayout, QLineEdit, QWidget

from engine.document import library
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

    def __init__(self, parent: QWidget, group: Group, of: str = "") -> None:
        """`of`: the kind that is changed, where it is one already."""
        super().__init__(parent)
        self.of = of
        self.setWindowTitle(tr("Change the kind") if of else tr("Save as a kind"))
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
        self.hint = label(tr("It stands in the palette under Yours."), "hint", wrap=True)
        form.addRow(self.hint)
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
        name = library.file_name(self.name.text())
        taken = library.path_of(name).exists() and library.YOURS + name != self.of
        save.setEnabled(bool(self.name.text().strip()) and not (taken and self.of))
        words = tr("You have a kind of this name: choose another.") if self.of else ""
        words = words or tr("It takes the place of your kind of this name.")
        self.hint.setText(words if taken else tr("It stands in the palette under Yours."))

    def _give(self) -> None:
        self.given.emit(self.name.text(), self.sentence.text(), self.icons.currentText())
        self.accept()
