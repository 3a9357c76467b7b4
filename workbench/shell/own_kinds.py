"""The user's own kinds in the palette: removed, named otherwise, taken out of graph files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from engine.document import library
from engine.document.graph import load
from engine.document.library import YOURS, Taken
from nodes.errors import Refusal
from workbench.shell.kinds import SaveKind
from workbench.shell.notices import Notices
from workbench.words.sentences import translate


def tr(text: str) -> str:
    return QCoreApplication.translate("frame", text)


class OwnKinds:
    """What can be done with the files of one's kinds; each is said in a notice."""

    def __init__(self, parent: QWidget, notices: Notices, read: Callable[[], object]) -> None:
        self.parent = parent
        self.notices = notices
        self.read = read  # show the kinds as their files are now

    def _say(self, words: str, *fixes: tuple[str, Callable[[], object]]) -> None:
        self.read()
        self.notices.say("kind", "note", words, *fixes)

    def remove(self, kind: str) -> None:
        """Remove a kind, and offer to put it back."""
        text = library.remove(kind)

        def put_back() -> None:
            library.put_back(kind, text)
            self.read()

        words = tr("{0} was removed from your kinds.").format(kind.removeprefix(YOURS))
        self._say(words, (tr("Put it back"), put_back))

    def edit(self, kind: str) -> None:
        """Ask what a kind is called, what it is for, and its icon."""
        try:
            graph = library.saved(kind)
        except Refusal as refusal:
            self._say(translate(refusal.sentence))
            return
        group = graph.groups[graph.nodes[library.instance_of(graph)].group]
        dialog = SaveKind(self.parent, group, of=kind)
        dialog.given.connect(lambda *words: self._rename(kind, *words))
        dialog.open()

    def _rename(self, kind: str, title: str, help: str, icon: str) -> None:
        try:
            now = library.rename(kind, title, help, icon)
        except (Refusal, OSError) as error:
            said = translate(error.sentence) if isinstance(error, Refusal) else str(error)
            self._say(tr("The kind keeps its name: {0}").format(said))
            return
        names = [name.removeprefix(YOURS) for name in (kind, now)]
        words = tr("{0} is called {1} now.") if names[0] != names[1] else tr("{1} was changed.")
        self._say(words.format(*names))

    def take(self, paths: Sequence[Path]) -> None:
        """Save the groups of graph files as kinds, and say what became of each."""
        said: list[str] = []
        for path in paths:
            try:
                taken = library.take(load(path))
            except (Refusal, OSError) as error:
                words = translate(error.sentence) if isinstance(error, Refusal) else str(error)
                said.append(f"{path.name}: {words}")
                continue
            said += told(taken) or [tr("{0} holds no group.").format(path.name)]
        self._say(" ".join(said))


def told(taken: Sequence[Taken]) -> list[str]:
    """Return what became of the groups of a file, a sentence for each case."""
    new = [one.name for one in taken if one.new and one.name == one.title]
    there = [one.name for one in taken if not one.new]
    said = [tr("Added to your kinds: {0}.").format(", ".join(new))] if new else []
    said += [tr("You have it already: {0}.").format(", ".join(there))] if there else []
    words = tr("{0} was added as {1}: you have another of that name.")
    return said + [words.format(t.title, t.name) for t in taken if t.new and t.name != t.title]
