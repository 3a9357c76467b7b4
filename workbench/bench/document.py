"""The document: a graph, its file and its undo history. Only `push` edits it.

Free of Qt. Each function in `watchers` is called with every change made, including those of undo
and redo.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from engine.document import bounds
from engine.document import graph as graphs
from engine.document.graph import SUFFIX, Change, Graph, Put, apply, look
from engine.document.source import document_of
from nodes.errors import Refusal
from nodes.sentences import Text
from workbench.bench import journal
from workbench.bench.journal import Began, Edit, Journal, Pushed, Saved, Went

UNSAVED = "unsaved:"  # prefix of the source of a document without a file
Watcher = Callable[[Change], None]


class UndoHistory:
    """The edits of a document; the first `position` of them are applied."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self.edits: list[Edit] = []
        self.position = 0

    @property
    def labels(self) -> list[Text]:
        return [made.change.label for made in self.edits]

    def go_to(self, position: int) -> None:
        """Undo or redo until `position` edits are applied."""
        self._document._go_to(position)

    def take_back(self) -> None:
        """Undo the last edit for good, as Escape does a drag."""
        self._document._go_to(self.position - 1)
        self._document._forget_undone()


class Document:
    """A graph with its file and its undo history.

    `name` is the tab's title. `journals` is the folder of the autosave journal; without it nothing
    is journalled. Until the document has a file, its runs are recorded under `source` and its data
    paths are relative to `home`.
    """

    def __init__(
        self,
        graph: Graph,
        path: Path | None = None,
        *,
        name: str = "",
        journals: Path | None = None,
        source: str = "",
        home: Path | None = None,
    ) -> None:
        self.graph = graph
        self.path = path
        self.remarks: list[Text] = []
        """The parts of its file that could not be read, a sentence each."""
        self.history = UndoHistory(self)
        self.watchers: list[Watcher] = []
        self._given_name = name
        self._home = home
        self._source = source or f"{UNSAVED}{uuid.uuid4().hex}"
        self.sources = {self.source}  # every source its runs may be recorded under
        self._file_hash = b""  # hash of the file as last read or written; empty: unknown
        self._saved: int | None = 0  # history position of the saved file; None: no longer reachable
        self._saved_content = _content(graph)
        self._differs: bool | None = (
            False  # from the saved content; None: edited since it was asked
        )
        self._journal = Journal(journals) if journals else None

    @classmethod
    def open(cls, path: Path, *, journals: Path | None = None) -> Document:
        """Read a graph file. Raise `GraphRefused` if it is not valid."""
        remarks: list[Text] = []
        document = cls(graphs.load(path, remarks.append), path, journals=journals)
        document.remarks = remarks
        document._file_hash = _fingerprint(path)
        return document

    @property
    def name(self) -> str:
        if self.path is not None:
            return self.path.name.removesuffix(SUFFIX)
        return self._given_name or self.graph.title

    @property
    def source(self) -> str:
        """The source its runs are recorded under: see `engine.document.source`."""
        return document_of(self.path) if self.path else self._source

    @property
    def home(self) -> Path | None:
        """The folder that data paths are relative to."""
        return self.path.absolute().parent if self.path else self._home

    @property
    def dirty(self) -> bool:
        """Whether the content differs from the saved one, by whatever way it came about."""
        if self._differs is None:
            there = self.history.position == self._saved
            self._differs = not there and _content(self.graph) != self._saved_content
        return self._differs

    @property
    def autosave_fault(self) -> Text:
        """Why autosave has stopped, as a sentence; empty while it works."""
        return self._journal.fault if self._journal else ""

    @property
    def can_undo(self) -> bool:
        return self.history.position > 0

    @property
    def can_redo(self) -> bool:
        return self.history.position < len(self.history.edits)

    @property
    def undo_label(self) -> Text:
        return self.history.labels[self.history.position - 1] if self.can_undo else ""

    @property
    def redo_label(self) -> Text:
        return self.history.labels[self.history.position] if self.can_redo else ""

    def lay_out(self, change: Change) -> None:
        """Apply a layout to a graph that came without positions; it does not enter the history."""
        apply(self.graph, change)
        self._saved_content = _content(self.graph)
        for watcher in self.watchers:
            watcher(change)

    def push(self, change: Change, *, merge: bool = False) -> None:
        """Apply a change. Raise `GraphRefused` and change nothing if it is not valid.

        With `merge`, join it with the previous change if both have the same label and paths, as the
        moves of one drag do. A change without effect is not recorded. Values beyond the limits of
        the file format are clipped, so that the saved file reads back the same.
        """
        change = _bounded(change)
        if all(look(self.graph, put.path) == put.value for put in change.puts):
            return
        began = self._began()
        inverse = _apply_whole(self.graph, change)
        self._record(Edit(change, inverse), merge)
        self._write_journal(began, Pushed(change, merge))
        self._notify(change)

    def attempt(
        self,
        make: Callable[[], Change],
        refused: Callable[[Refusal], object],
        *,
        merge: bool = False,
    ) -> Change | None:
        """Push the change that `make` returns; pass a refusal to `refused` and return None."""
        try:
            change = make()
            self.push(change, merge=merge)
        except Refusal as refusal:
            refused(refusal)
            return None
        return change

    def undo(self) -> None:
        self._go_to(self.history.position - 1)

    def redo(self) -> None:
        self._go_to(self.history.position + 1)

    @property
    def overwrites(self) -> bool:
        """Whether another program has changed the file since it was read or written here."""
        now = _fingerprint(self.path) if self.path else b""
        return bool(now and self._file_hash) and now != self._file_hash

    def save(self, path: Path | None = None) -> None:
        """Write the graph to `path`, by default its own file.

        Raise `GraphRefused`, leaving the old file intact, if it cannot be written, and `Refusal` if
        there is no file yet.
        """
        path = path or self.path
        if path is None:
            raise Refusal("This graph has no file yet.", "Choose where to save it.")
        graphs.save(self.graph, path)
        self.path, self._file_hash = path, _fingerprint(path)
        self.sources.add(self.source)
        self._mark_saved()
        if self._journal and self._journal.fault:
            self._journal.abandon()
            self._journal = Journal(self._journal.path.parent)
        elif self._journal and self._journal.begun:
            self._journal.write(Saved(str(path)))

    def _mark_saved(self) -> None:
        self._saved, self._saved_content = self.history.position, _content(self.graph)
        self._differs = False

    def close(self) -> None:
        """Delete the journal: the document was saved or is discarded."""
        if self._journal:
            self._journal.close()

    def abandon(self) -> None:
        """Keep the journal, to be offered at the next start."""
        if self._journal:
            self._journal.abandon()

    def _record(self, made: Edit, merge: bool) -> None:
        history = self.history
        before = history.edits[history.position - 1] if history.position else None
        self._forget_undone()
        if merge and before and self._saved != history.position and _joins(before, made):
            before.change = made.change
            return
        history.edits.append(made)
        history.position += 1

    def _forget_undone(self) -> None:
        """Drop the edits that could be redone."""
        history = self.history
        del history.edits[history.position :]
        if self._saved is not None and self._saved > history.position:
            self._saved = None

    def _go_to(self, position: int) -> None:
        history = self.history
        position = max(0, min(position, len(history.edits)))
        if position == history.position:
            return
        began = self._began()
        while history.position != position:
            step = self._undo_one() if history.position > position else self._redo_one()
            self._notify(step)
        self._write_journal(began, Went(position))

    def _undo_one(self) -> Change:
        self.history.position -= 1
        made = self.history.edits[self.history.position]
        apply(self.graph, made.inverse)
        return made.inverse

    def _redo_one(self) -> Change:
        made = self.history.edits[self.history.position]
        apply(self.graph, made.change)
        self.history.position += 1
        return made.change

    def _notify(self, change: Change) -> None:
        self._differs = None
        for watcher in list(self.watchers):
            watcher(change)

    def _began(self) -> bytes:
        """Return the current document as the journal's first entry, or b"" if it is open.

        It is encoded at once, because the graph is edited in place.
        """
        if self._journal is None or self._journal.begun or self._journal.fault:
            return b""
        began = Began(
            graph=self.graph,
            path=str(self.path or ""),
            name=self.name,
            source=self._source,
            home=str(self._home or ""),
            made=self.history.edits,
            position=self.history.position,
            saved=self._saved,
            content=self._saved_content,
        )
        return journal.encoded(began)

    def _write_journal(self, began: bytes, entry: journal.Entry) -> None:
        if self._journal is None:
            return
        if began:
            self._journal.append(began)
        self._journal.write(entry)

    @classmethod
    def recover(cls, path: Path) -> Document | None:
        """Rebuild a document, with its undo history, from a journal left by a crash.

        The document continues in a new journal; the old one is deleted, or renamed if it is
        damaged. Return None if the journal holds no unsaved work or another process has locked it.
        """
        with journal.locked(path) as mine:
            document, damage = _replayed(path) if mine else (None, "")
            if document is None or not document.dirty:
                return None
            document._journal = Journal(path.parent)
            document._write_journal(document._began(), Went(document.history.position))
            if not document._journal.fault:
                journal.rename_damaged(path) if damage else journal.remove(path)
            return document


def _content(graph: Graph) -> bytes:
    """Return a hash of a graph as a file keeps it, in which the order of keys does not count."""
    return hashlib.sha256(msgspec.msgpack.encode(graph, order="sorted")).digest()


def _fingerprint(path: Path) -> bytes:
    """Return a hash of a file's content, empty if it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).digest()
    except OSError:
        return b""


@dataclass
class Leftovers:
    """Journals left by crashes, newest first.

    `work` hold unsaved edits; `damaged` are those of them that end early. `renamed` held nothing to
    recover and could not be read to the end; they were renamed, and are listed by their new names.
    """

    work: list[Path] = field(default_factory=list)
    damaged: list[Path] = field(default_factory=list)
    renamed: list[Path] = field(default_factory=list)


def leftovers(folder: Path) -> Leftovers:
    """Find the journals left by crashes; delete the empty ones and rename the damaged ones."""
    found = Leftovers()
    for path in journal.unlocked(folder):
        document, damage = _replayed(path)
        if document is not None and document.dirty:
            found.work.append(path)
            found.damaged += [path] if damage else []
        elif damage:
            found.renamed.append(journal.rename_damaged(path) or path)
        else:
            journal.remove(path)
    return found


def _replayed(path: Path) -> tuple[Document | None, str]:
    """Return the document as far as a journal can be read, and the damage found there."""
    found = journal.read(path)
    document: Document | None = None
    for number, entry in enumerate(found.entries):
        try:
            document = _after(document, entry)
            if not found.sealed:
                graphs.loads(graphs.dumps(document.graph))
        except Exception as error:  # a damaged file may hold anything
            damage = str(error) or type(error).__name__
            return _built(found.entries[:number]), damage
    return document, found.damage


def _built(entries: list[journal.Entry]) -> Document | None:
    document: Document | None = None
    for entry in entries:
        document = _after(document, entry)
    return document


def _after(document: Document | None, entry: journal.Entry) -> Document:
    """Return the document after applying one entry of its journal."""
    if document is None:
        return _document_of(entry)
    if isinstance(entry, Pushed):
        document.push(entry.change, merge=entry.merge)
    elif isinstance(entry, Went):
        document.history.go_to(entry.position)
    elif isinstance(entry, Saved):
        document.path = Path(entry.path)
        document.sources.add(document.source)
        document._mark_saved()
    return document


def _document_of(began: journal.Entry) -> Document:
    if not isinstance(began, Began):
        raise Refusal("The journal has no beginning.")
    path = Path(began.path) if began.path else None
    home = Path(began.home) if began.home else None
    graph, name, source = graphs.copy(began.graph), began.name, began.source
    document = Document(graph, path, name=name, source=source, home=home)
    document.history.edits = [Edit(made.change, made.inverse) for made in began.made]
    document.history.position = began.position
    document._saved = began.saved
    document._saved_content, document._differs = began.content, None
    return document


def _bounded(change: Change) -> Change:
    puts = (Put(put.path, bounds.within(put.path, put.value)) for put in change.puts)
    return Change(change.label, tuple(puts))


def _apply_whole(graph: Graph, change: Change) -> Change:
    """Apply a change; if one of its puts is refused, undo the others and raise."""
    taken: list[Change] = []
    try:
        for put in change.puts:
            taken.append(apply(graph, Change(change.label, (put,))))
    except Refusal:
        for inverse in reversed(taken):
            apply(graph, inverse)
        raise
    return Change(change.label, tuple(put for inv in reversed(taken) for put in inv.puts))


def _joins(before: Edit, made: Edit) -> bool:
    return before.change.label == made.change.label and before.paths == made.paths
