"""Which runs are of a document: by its file, and old ones by what they are made of."""

from __future__ import annotations

from pathlib import Path

from engine.document.graph import copy, save
from engine.document.messages import RunInfo
from engine.document.source import example_document
from tests.workbench.sample import CATALOGUE, vae
from workbench import edits
from workbench.bench.belonging import owns
from workbench.bench.document import Document


def run_of(document: Document, *, source: str | None = None, name: str = "") -> RunInfo:
    kinds = {node: place.kind for node, place in document.graph.nodes.items()}
    source = document.source if source is None else source
    return RunInfo(path="/r", name=name, document=source, kinds=kinds)


def mine(document: Document, run: RunInfo) -> bool:
    return owns(document, CATALOGUE, run)


def test_a_run_is_of_the_file_and_of_no_other_of_the_same_name(tmp_path: Path) -> None:
    files = [tmp_path / folder / "a.graph.json" for folder in ("one", "two")]
    for file in files:
        file.parent.mkdir()
        save(vae(), file)
    one, two = (Document.open(file) for file in files)
    assert mine(one, run_of(one)) and not mine(two, run_of(one))


def test_a_run_stays_with_a_document_that_is_saved_and_saved_elsewhere(tmp_path: Path) -> None:
    document = Document(vae())
    runs = [run_of(document)]
    for name in ("a", "b"):
        document.save(tmp_path / f"{name}.graph.json")
        runs.append(run_of(document))
    assert all(mine(document, run) for run in runs)
    assert len({run.document for run in runs}) == 3


def test_a_copy_of_an_example_has_the_runs_of_the_example() -> None:
    source = example_document("vae-digits")
    first, second = Document(vae(), source=source), Document(vae(), source=source)
    assert mine(second, run_of(first))
    assert not mine(Document(vae(), source=example_document("gan")), run_of(first))


def test_a_file_saved_from_an_example_has_its_runs_when_opened_again(tmp_path: Path) -> None:
    example = Document(vae(), source=example_document("vae-digits"))
    run = run_of(example)
    example.save(tmp_path / "mine.graph.json")
    mine_again = Document.open(tmp_path / "mine.graph.json")
    assert mine(mine_again, run)
    mine_again.push(edits.remove(mine_again.graph, ["scatter"]))
    assert mine(mine_again, run), "a part of what ran"
    mine_again.push(edits.add_node(mine_again.graph, "Digits", (0, 0), catalogue=CATALOGUE))
    assert not mine(mine_again, run), "neither is a part of the other"


def test_old_runs_are_told_by_their_name_or_by_their_nodes() -> None:
    document = Document(vae(), name="mine")
    assert mine(document, run_of(document, source="", name="mine"))
    assert mine(document, run_of(document, source="", name="untitled"))
    other = Document(vae(), name="other")
    other.push(edits.remove(other.graph, ["decoder"]))
    assert not mine(document, run_of(other, source="", name="other"))


def test_a_run_with_nothing_to_show_here_is_not_listed() -> None:
    document = Document(vae())
    run = run_of(document)
    gone = [node for node in ("elbo", "scatter", "images") if node in document.graph.nodes]
    left = copy(document.graph)
    document.push(edits.remove(document.graph, gone[:1]))
    assert mine(document, run), "a view is left"
    run.kinds = dict.fromkeys(left.nodes, "Other")
    assert not mine(document, run)
