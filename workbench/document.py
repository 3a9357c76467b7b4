"""The document: a graph, its file, its history. `push` is the only way to change it.

Free of Qt. Whoever shows a document puts a function in `watchers`, which is called with each change
as it is made, undone and redone ones included.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

from engine import graph as graphs
from engine.graph import SUFFIX, Change, Graph, apply, look
from nodes.errors import Refusal
from workbench import journal
from workbench.journal import Began, Journal, Made, Pushed, Saved, Went

Watcher = Callable[[Change], None]


class History:
    """What was done to a document. `position` is how many of the changes are made now."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self.made: list[Made] = []
        self.position = 0

    @property
    def labels(self) -> list[str]:
        return [made.change.label for made in self.made]

    def go(self, position: int) -> None:
        """Undo or redo until `position` changes are made."""
        self._document._go(position)


class Document:
    """A graph with its file and its history.

    `name` is what the tab shows. `journals` is the folder of the autosave journal; without it
    nothing is journalled.
    """

    def __init__(
        self,
        graph: Graph,
        path: Path | None = None,
        *,
        name: str = "",
        journals: Path | None = None,
    ) -> None:
        self.graph = graph
        self.path = path
        self.history = History(self)
        self.watchers: list[Watcher] = []
        self._given_name = name
        self._saved: int | None = 0  # the position of the file; None: not on the way any more
        self._journal = Journal(journals) if journals else None

    @classmethod
    def open(cls, path: Path, *, journals: Path | None = None) -> Document:
        """Read a graph file, or raise `GraphRefused`."""
        return cls(graphs.load(path), path, journals=journals)

    # --- what it is ---

    @property
    def name(self) -> str:
        if self.path is not None:
            return self.path.name.removesuffix(SUFFIX)
        return self._given_name or self.graph.title

    @property
    def dirty(self) -> bool:
        return self.history.position != self._saved

    @property
    def autosave_fault(self) -> str:
        """Why the journal is not written, in a sentence; empty while it is."""
        return self._journal.fault if self._journal else ""

    @property
    def can_undo(self) -> bool:
        return self.history.position > 0

    @property
    def can_redo(self) -> bool:
        return self.history.position < len(self.history.made)

    @property
    def undo_label(self) -> str:
        return self.history.labels[self.history.position - 1] if self.can_undo else ""

    @property
    def redo_label(self) -> str:
        return self.history.labels[self.history.position] if self.can_redo else ""

    # --- changing it ---

    def push(self, change: Change, *, merge: bool = False) -> None:
        """Make a change, or raise `GraphRefused` and leave all as it was.

        With `merge` it joins the change before it where both have the same label and paths, as the
        moves of one drag do. A change that changes nothing leaves no trace.
        """
        if all(look(self.graph, put.path) == put.value for put in change.puts):
            return
        began = self._began()
        inverse = _apply_whole(self.graph, change)
        self._record(Made(change, inverse), merge)
        self._note(began, Pushed(change, merge))
        self._tell(change)

    def undo(self) -> None:
        self._go(self.history.position - 1)

    def redo(self) -> None:
        self._go(self.history.position + 1)

    def save(self, path: Path | None = None) -> None:
        """Write the graph to `path` or its own file, or raise `GraphRefused` and lose nothing."""
        path = path or self.path
        if path is None:
            raise Refusal("This graph has no file yet.", "Choose where to save it.")
        graphs.save(self.graph, path)
        self.path = path
        self._saved = self.history.position
        if self._journal and self._journal.fault:
            self._journal.abandon()
            self._journal = Journal(self._journal.path.parent)
        elif self._journal and self._journal.begun:
            self._journal.write(Saved(str(path)))

    def close(self) -> None:
        """Take the journal away: the document was saved or is not wanted."""
        if self._journal:
            self._journal.close()

    def abandon(self) -> None:
        """Leave the journal behind, to be offered at the next start."""
        if self._journal:
            self._journal.abandon()

    def _record(self, made: Made, merge: bool) -> None:
        history = self.history
        before = history.made[history.position - 1] if history.position else None
        del history.made[history.position :]
        if self._saved is not None and self._saved > history.position:
            self._saved = None
        if merge and before and self._saved != history.position and _joins(before, made):
            before.change = made.change
            return
        history.made.append(made)
        history.position += 1

    def _go(self, position: int) -> None:
        history = self.history
        position = max(0, min(position, len(history.made)))
        if position == history.position:
            return
        began = self._began()
        while history.position != position:
            step = self._back() if history.position > position else self._on()
            self._tell(step)
        self._note(began, Went(position))

    def _back(self) -> Change:
        self.history.position -= 1
        made = self.history.made[self.history.position]
        apply(self.graph, made.inverse)
        return made.inverse

    def _on(self) -> Change:
        made = self.history.made[self.history.position]
        apply(self.graph, made.change)
        self.history.position += 1
        return made.change

    def _tell(self, change: Change) -> None:
        for watcher in list(self.watchers):
            watcher(change)

    # --- the journal ---

    def _began(self) -> Began | None:
        """Return the entry that opens the journal where it is not open yet: the graph as it is."""
        if self._journal is None or self._journal.begun or self._journal.fault:
            return None
        return Began(
            graph=graphs.copy(self.graph),
            path=str(self.path or ""),
            name=self.name,
            made=list(self.history.made),
            position=self.history.position,
            saved=self._saved,
        )

    def _note(self, began: Began | None, entry: journal.Entry) -> None:
        if self._journal is None:
            return
        if began:
            self._journal.write(began)
        self._journal.write(entry)

    @classmethod
    def recover(cls, path: Path) -> Document | None:
        """Rebuild a document from a journal left behind, undo included, and go on in it.

        Return None where the journal holds nothing that was not saved.
        """
        document = _replayed(path)
        if document is not None:
            with path.open("r+b") as file:
                file.truncate(journal.whole_length(path))
            document._journal = Journal(path.parent, path)
            document._journal.write(Went(document.history.position))
        return document


def leftovers(folder: Path) -> list[Path]:
    """Return the journals left behind by a crash that hold unsaved work; drop the others."""
    kept: list[Path] = []
    for path in journal.left_behind(folder):
        if _replayed(path):
            kept.append(path)
        else:
            path.unlink(missing_ok=True)
    return kept


def _replayed(path: Path) -> Document | None:
    entries = journal.read(path)
    if not entries or not isinstance(entries[0], Began):
        return None
    began = entries[0]
    document = Document(began.graph, Path(began.path) if began.path else None, name=began.name)
    document.history.made, document.history.position = began.made, began.position
    document._saved = began.saved
    with contextlib.suppress(Refusal):  # from another version: what can be made again is kept
        for entry in entries[1:]:
            _replay(document, entry)
    return document if document.dirty else None


def _replay(document: Document, entry: journal.Entry) -> None:
    if isinstance(entry, Pushed):
        document.push(entry.change, merge=entry.merge)
    elif isinstance(entry, Went):
        document.history.go(entry.position)
    elif isinstance(entry, Saved):
        document.path = Path(entry.path)
        document._saved = document.history.position


def _apply_whole(graph: Graph, change: Change) -> Change:
    """Apply a change; where one of its puts is refused, take the others back and raise."""
    taken: list[Change] = []
    try:
        for put in change.puts:
            taken.append(apply(graph, Change(change.label, (put,))))
    except Refusal:
        for inverse in reversed(taken):
            apply(graph, inverse)
        raise
    return Change(change.label, tuple(put for inv in reversed(taken) for put in inv.puts))


def _joins(before: Made, made: Made) -> bool:
    return before.change.label == made.change.label and before.paths == made.paths
