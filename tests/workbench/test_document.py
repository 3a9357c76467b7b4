"""The document: push, undo, merge, save, and the journal after a crash."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.document.graph import ABSENT, Change, Graph, Place, Put, Wire, dumps, loads
from nodes.errors import Refusal
from tests.workbench.sample import vae
from workbench import edits
from workbench.bench.document import Document, Leftovers, leftovers
from workbench.bench.journal import Journal


def put(label: str, *path: str, value: object) -> Change:
    return Change(label, (Put(path, value),))


def add(name: str) -> Change:
    return put(f"Add {name}", "nodes", name, value=Place(kind="Encoder"))


def move(name: str, x: float) -> Change:
    return put("Move", "layout", "positions", name, value=[x, 0.0])


def test_undo_and_redo_give_the_same_graph_at_every_position() -> None:
    document = Document(Graph())
    texts = [dumps(document.graph)]
    for change in (add("a"), add("b"), put("Wire", "wires", value=[Wire("a", "q", "b", "x")])):
        document.push(change)
        texts.append(dumps(document.graph))
    for position in random.Random(0).choices(range(4), k=30):
        document.history.go_to(position)
        assert dumps(document.graph) == texts[position]


def test_a_drag_is_one_step_of_the_history() -> None:
    document = Document(Graph())
    document.push(move("a", 0))
    for x in range(1, 20):
        document.push(move("a", x), merge=True)
    document.push(move("b", 1), merge=True)
    assert document.history.labels == ["Move", "Move"]
    document.undo()
    document.undo()
    assert document.graph == Graph()


def test_merging_stops_at_the_saved_position(tmp_path: Path) -> None:
    document = Document(Graph())
    document.push(move("a", 1), merge=True)
    document.save(tmp_path / "g.graph.json")
    document.push(move("a", 2), merge=True)
    assert document.dirty
    document.undo()
    assert not document.dirty


def test_a_change_that_changes_nothing_leaves_no_trace() -> None:
    document = Document(Graph())
    document.push(move("a", 1))
    document.push(move("a", 1))
    document.push(Change("Nothing", ()))
    assert document.history.position == 1


def test_a_refused_change_is_taken_back_whole() -> None:
    document = Document(Graph())
    bad = Change("Bad", (*add("a").puts, Put(("nodes", "none", "title"), "t")))
    with pytest.raises(Refusal):
        document.push(bad)
    assert document.graph == Graph() and not document.can_undo


def test_dirty_follows_the_file(tmp_path: Path) -> None:
    document = Document(Graph())
    assert not document.dirty
    document.push(add("a"))
    document.save(tmp_path / "g.graph.json")
    assert not document.dirty and document.name == "g"
    document.undo()
    assert document.dirty
    document.push(add("b"))
    document.undo()
    assert document.dirty


def test_watchers_see_every_change_made() -> None:
    seen: list[tuple[str, object]] = []
    document = Document(Graph())
    document.watchers.append(lambda c: seen.append((c.label, c.puts[0].value)))
    document.push(put("Name", "title", value="t"))
    document.undo()
    document.redo()
    assert seen == [("Name", "t"), ("Name", ""), ("Name", "t")]


def test_saving_where_one_cannot_loses_nothing(tmp_path: Path) -> None:
    document = Document(Graph())
    document.push(add("a"))
    with pytest.raises(Refusal):
        document.save(tmp_path / "no folder" / "g.graph.json")
    with pytest.raises(Refusal):
        document.save()
    assert document.dirty and document.path is None


def test_content_decides_whether_a_file_is_dirty(tmp_path: Path) -> None:
    """A new edit may lead to what is saved, as undo and redo may."""
    document, chance = Document(Graph()), random.Random(5)
    saved = dumps(document.graph)
    for step in range(300):
        way = chance.choice(
            ("push", "push", "undo", "redo", "jump", "save" if step % 9 else "push")
        )
        if way == "push":
            document.push(
                move(chance.choice("ab"), chance.randrange(3)), merge=chance.random() < 0.3
            )
        elif way == "jump":
            document.history.go_to(chance.randrange(len(document.history.edits) + 1))
        elif way == "save":
            document.save(tmp_path / "g.graph.json")
            saved = dumps(document.graph)
        else:
            getattr(document, way)()
        assert document.dirty == (dumps(document.graph) != saved)


def test_a_recovered_document_knows_what_is_saved(tmp_path: Path) -> None:
    document = Document(Graph())
    document.push(move("a", 1))
    document.push(move("a", 2))
    document.save(tmp_path / "g.graph.json")
    document.history.go_to(0)
    document.push(move("a", 1))
    document._journal = Journal(tmp_path / "journals")
    document.push(add("b"))
    document.abandon()
    found = Document.recover(leftovers(tmp_path / "journals").work[0])
    assert found is not None and found.dirty
    found.undo()
    found.push(move("a", 2))
    assert not found.dirty
    found.close()


def crashed(folder: Path) -> Document:
    document = Document(Graph(), name="digits", journals=folder)
    document.push(add("a"))
    document.push(put("Wire", "wires", value=[Wire("a", "q", "a", "x")]))
    document.push(put("Remove", "nodes", "a", value=ABSENT))
    document.push(add("b"))
    document.undo()
    document.undo()
    document.abandon()
    return document


def test_a_crashed_document_comes_back_undo_included(tmp_path: Path) -> None:
    lost = crashed(tmp_path)
    (path,) = leftovers(tmp_path).work
    found = Document.recover(path)
    assert found is not None and found.name == "digits" and found.dirty
    assert found.graph == lost.graph
    assert found.history.labels == lost.history.labels
    assert isinstance(found.graph.wires[0], Wire)
    found.redo()
    found.history.go_to(0)
    assert found.graph == Graph()
    assert leftovers(tmp_path) == Leftovers()  # held by `found` now
    found.close()
    assert list(tmp_path.iterdir()) == []


def test_a_journal_cut_anywhere_gives_what_was_before_the_cut(tmp_path: Path) -> None:
    crashed(tmp_path)
    (path,) = leftovers(tmp_path).work
    data = path.read_bytes()
    for length in range(0, len(data), 7):
        path.write_bytes(data[:length])
        found = Document.recover(path)
        if found is not None:
            found.history.go_to(0)
            assert found.graph == Graph()
            found.abandon()


def test_a_saved_document_is_not_offered(tmp_path: Path) -> None:
    document = Document(Graph(), journals=tmp_path)
    document.push(add("a"))
    document.save(tmp_path / "g.graph.json")
    document.abandon()
    assert leftovers(tmp_path) == Leftovers()


def test_a_recovered_document_crashes_and_comes_back_again(tmp_path: Path) -> None:
    crashed(tmp_path)
    found = Document.recover(leftovers(tmp_path).work[0])
    assert found is not None
    found.push(add("later"))
    found.abandon()
    again = Document.recover(leftovers(tmp_path).work[0])
    assert again is not None and "later" in again.graph.nodes
    again.close()


def test_a_journal_that_cannot_be_written_says_so_and_work_goes_on(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    document = Document(Graph(), journals=tmp_path / "file")
    document.push(add("a"))
    assert "Autosave stopped" in str(document.autosave_fault)
    assert "a" in document.graph.nodes


@contextmanager
def full_disk(limit: int) -> Iterator[None]:
    """Let no file grow beyond `limit` bytes: to a program that is a disk that is full."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_loses_nothing_and_work_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "g.graph.json"
    document = Document(Graph(title="t" * 500), path, journals=tmp_path / "journals")
    document.save()
    before = path.read_bytes()
    with full_disk(300):
        document.push(add("a"))
        assert "Autosave stopped" in str(document.autosave_fault)
        with pytest.raises(Refusal, match="cannot be written"):
            document.save()
    assert path.read_bytes() == before and document.dirty
    assert [p.name for p in tmp_path.iterdir() if p.name != "journals"] == ["g.graph.json"]
    document.save()
    document.push(add("b"))
    assert document.autosave_fault == ""
    document.abandon()
    (left,) = leftovers(tmp_path / "journals").work
    found = Document.recover(left)
    assert found is not None and set(found.graph.nodes) == {"a", "b"}
    found.undo()
    assert not found.dirty
    found.undo()
    assert found.graph.nodes == {}
    found.close()


def test_what_an_edit_leaves_is_read_as_it_is_saved() -> None:
    """Twins beside a far node, long titles: the window keeps to the bounds of a file."""
    document = Document(vae())
    for change in (
        lambda g: edits.move(g, {"digits": (1e6, -1e6), "encoder": (3e9, 1.0)}),
        lambda g: edits.twin(g, ["digits", "encoder"]),
        lambda g: edits.rename(g, "encoder", "x" * 5_000),
        lambda g: edits.set_title(g, "y" * 5_000),
        lambda g: edits.note(g, (1e9, 1e9), text="z" * 200_000),
        lambda g: edits.frame(g, ["digits", "encoder"], title="f" * 900),
        lambda g: edits.reroute(g, g.wires[0], [(5e8, 0.0), (0.0, -5e8)]),
    ):
        document.push(change(document.graph))
        assert loads(dumps(document.graph)) == document.graph
    document.history.go_to(0)
    assert document.graph == vae()
