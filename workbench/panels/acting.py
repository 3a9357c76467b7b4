"""What a group acts as: a choice of roles, what the chosen one is given, and what is amiss."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.document.acting import acting_problems
from engine.document.catalogue import Catalogue, KindInfo
from engine.document.graph import Group
from engine.document.groups import PLAIN_MODEL
from workbench.panels.problems import ProblemCard
from workbench.widgets.base import delete_content, label, tr
from workbench.widgets.editors import Choices
from workbench.words.kinds import kind_title
from workbench.words.sentences import Names, translate_problem


class ActsAs(QWidget):
    """A list of the roles; below it a line on the one chosen, and the problems with it."""

    chosen = Signal(str)
    fix_chosen = Signal(object)

    def __init__(self, names: Names) -> None:
        super().__init__()
        self.names = names
        self._shown: tuple[str, ...] | None = None
        self.field = Choices()
        self.field.setAccessibleName(tr("Acts as"))
        self.field.activated.connect(lambda at: self.chosen.emit(self.field.itemData(at)))
        self.about = label("", "hint", wrap=True)
        self.cards = QVBoxLayout()
        self.cards.setContentsMargins(0, 0, 0, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.field)
        column.addWidget(self.about)
        column.addLayout(self.cards)

    def show_group(self, group: Group, catalogue: Catalogue) -> None:
        """Show the role of a group."""
        role = "" if group.acts_as == PLAIN_MODEL else group.acts_as
        roles = {"" if name == PLAIN_MODEL else name: r for name, r in catalogue.roles.items()}
        names = sorted({*roles, role}, key=lambda name: (name != "", name))
        shown = role, *names
        if shown != self._shown:
            self._shown = shown
            self.field.clear()
            for name in names:
                self.field.addItem(kind_title(roles[name]) if name in roles else name, name)
            self.field.setCurrentIndex(names.index(role))
        self.about.setText(_about(roles.get(role)))
        delete_content(self.cards)
        for problem in acting_problems(group, catalogue):
            card = ProblemCard(translate_problem(problem, self.names), framed=True)
            card.fix_chosen.connect(lambda given: self.fix_chosen.emit(given.fix))
            self.cards.addWidget(card)


def _about(role: KindInfo | None) -> str:
    """Return what a role does, and what it is given."""
    if role is None:
        return ""
    words = QCoreApplication.translate("kinds", role.summary)
    ports = [p.name if not p.optional else tr("{0} (perhaps)").format(p.name) for p in role.inputs]
    given = tr("It is given {0}.").format(", ".join(ports)) if ports else ""
    return " ".join(filter(None, (words, given)))
