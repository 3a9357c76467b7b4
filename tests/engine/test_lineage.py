"""What tells the runs of a document apart, whoever recorded them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.document import history
from engine.document.graph import Graph, Place, Wire, copy
from engine.document.history import RunFile, list_runs
from engine.document.lineage import LOOKED_BACK, Difference, Known, Sketch, tell_apart, traits_of
from engine.document.marking import MARKS_FILE, mark
from engine.document.messages import RunInfo
from engine.record import record
from engine.terminal.arguments import parser
from engine.terminal.cli import main
from engine.terminal.runs import line_of, run_name
from workbench.bench import settings

VAE = Graph(
    nodes={
        "data": Place(kind="Digits"),
        "encoder": Place(kind="Encoder", params={"hidden": 64}),
        "elbo": Place(kind="ELBO", params={"beta": 0.3}),
    },
    wires=[Wire("data", "images", "encoder", "x"), Wire("encoder", "q", "elbo", "q")],
)


def ran(folder: Path, graph: Graph, document: str = "example:vae", **more: object) -> RunInfo:
    recorder = record.begin(folder, graph, RunFile(document=document, **more))
    recorder.close("done")
    return next(run for run in list_runs(folder) if run.path == str(recorder.folder))


def with_beta(value: float) -> Graph:
    graph = copy(VAE)
    graph.nodes["elbo"].params["beta"] = value
    return graph


def test_a_run_is_named_by_what_changed_since_the_one_nearest_to_it(tmp_path: Path) -> None:
    runs = [ran(tmp_path, graph) for graph in (VAE, with_beta(4), with_beta(1), with_beta(1))]
    runs.append(ran(tmp_path, VAE, seed=1))
    names = ["Run 1", "Run 2 · beta 4", "Run 3 · beta 1", "Run 4 · as run 3", "Run 5 · seed 1"]
    assert [run_name(run) for run in runs] == names
    assert [run.origin for run in runs] == [0, 1, 1, 3, 1]


def test_edits_of_the_graph_are_named_after_the_values(tmp_path: Path) -> None:
    ran(tmp_path, VAE)
    graph = with_beta(2)
    graph.nodes["norm"] = Place(kind="BatchNorm", title="Batch norm")
    graph.nodes["data"].mode = "muted"
    del graph.wires[1]
    run = ran(tmp_path, graph)
    assert [change.what for change in run.changes] == ["value", "mode", "added", "cut"]
    assert run_name(run) == "Run 2 · beta 2, Digits muted, + 2"


def test_numbers_count_within_a_document_and_its_kin(tmp_path: Path) -> None:
    ran(tmp_path, VAE)
    assert ran(tmp_path, VAE, document="/mine.graph.json").number == 1
    ran(tmp_path, VAE)
    recorder = record.begin(tmp_path, VAE, RunFile(document="/copy"), kin=["example:vae"])
    recorder.close("done")
    newest = list_runs(tmp_path)[0]
    assert (newest.number, newest.origin) == (3, 1)


def test_numbers_stay_where_an_earlier_run_is_deleted(tmp_path: Path) -> None:
    first, second = ran(tmp_path, VAE), ran(tmp_path, with_beta(4))
    for file in sorted(Path(first.path).rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()
    Path(first.path).rmdir()
    (left,) = list_runs(tmp_path)
    assert (left.number, left.path) == (2, second.path)
    assert ran(tmp_path, VAE).number == 3


def test_runs_of_an_older_version_are_numbered_in_their_order(tmp_path: Path) -> None:
    for number, beta in enumerate((0.3, 4.0)):
        old = ran(tmp_path, with_beta(beta))
        file = Path(old.path) / history.RUN_FILE
        facts = json.loads(file.read_text())
        del facts["number"], facts["origin"]
        facts["started"] = f"2026-01-0{number + 1}T10:00:00+00:00"
        file.write_text(json.dumps(facts))
    assert [run_name(run) for run in list_runs(tmp_path)] == ["Run 2 · beta 4.0", "Run 1"]


def test_marks_stay_with_a_run_that_is_written_or_damaged(tmp_path: Path) -> None:
    recorder = record.begin(tmp_path, VAE, RunFile())
    mark(recorder.folder, starred=True)
    mark(recorder.folder, note="  the  best\none ")
    recorder.close("done")
    (run,) = list_runs(tmp_path)
    assert (run.starred, run.note, run.binned) == (True, "the best one", False)
    assert line_of(run).startswith("* Run 1") and '"the best one"' in line_of(run)
    (recorder.folder / history.RUN_FILE).write_text("{")
    (run,) = list_runs(tmp_path)
    assert (run.status, run.starred, run.number) == ("damaged", True, 0)
    (recorder.folder / MARKS_FILE).write_text("[")
    assert mark(recorder.folder, binned=True).binned


def test_the_terminal_lists_runs_by_their_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ran(tmp_path, VAE)
    binned = ran(tmp_path, with_beta(4))
    mark(Path(binned.path), binned=True)
    assert main(["runs", "--out", str(tmp_path)]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("  Run 1 · untitled · done · 0 steps")
    assert main(["runs", "vae-mnist", "--out", str(tmp_path), "--bin", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"runs": []}


def test_the_terminal_and_the_window_have_one_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GENWORKBENCH_HOME", str(tmp_path))
    usual = parser().parse_args(["run", "vae"]).out
    assert usual == settings.runs(settings.load())
    settings.UserSettings(runs_folder=str(tmp_path / "mine")).save()
    assert parser().parse_args(["runs"]).out == tmp_path / "mine" != usual


def test_a_list_reads_again_only_what_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [ran(tmp_path, VAE) for _ in range(3)]
    read: list[Path] = []
    whole = history.read_file
    monkeypatch.setattr(history, "read_file", lambda path: read.append(path) or whole(path))
    list_runs(tmp_path)
    assert not read
    mark(Path(runs[1].path), note="again")
    assert list_runs(tmp_path)[1].note == "again"
    assert read == [Path(runs[1].path)]


def test_an_unchanged_list_is_not_told_again(tmp_path: Path) -> None:
    runs = history.run_list(tmp_path)
    (empty,) = runs.since(0)
    assert empty.runs == [] and not runs.since(empty.stamp)
    one = ran(tmp_path, VAE)
    (first,) = runs.since(empty.stamp)
    assert [run.path for run in first.runs] == [one.path] and not runs.since(first.stamp)
    assert runs.since(0) == [first], "another window has none yet"
    mark(Path(one.path), starred=True)
    (marked,) = runs.since(first.stamp)
    assert marked.runs[0].starred and marked.stamp != first.stamp


def known(folder: int, beta: float, seed: int) -> Known:
    sketch = Sketch(nodes={"elbo": Place(kind="ELBO", params={"beta": beta})})  # type: ignore[dict-item]
    return Known(f"{folder:03d}", "d", sketch, seed, traits_of(sketch, seed))


@given(st.lists(st.tuples(st.sampled_from([0.1, 1.0, 4.0]), st.integers(0, 2)), max_size=12))
def test_telling_in_parts_is_telling_at_once(made: list[tuple[float, int]]) -> None:
    runs = [known(place, *values) for place, values in enumerate(made)]
    whole = tell_apart(runs)
    assert tell_apart(runs, whole[: len(runs) // 2]) == whole
    for place, told in enumerate(whole):
        assert told.number == place + 1 and told.origin <= place
        if made[place] in made[:place]:
            assert not told.changes and made[told.origin - 1] == made[place]


def test_a_run_is_compared_with_a_bounded_number_of_others() -> None:
    runs = [known(place, float(place), 0) for place in range(3 * LOOKED_BACK)]
    told = tell_apart(runs)
    assert told[-1].number == len(runs) and len(told[-1].changes) == 1
    assert told[-1].origin in (1, *range(2 * LOOKED_BACK, len(runs)))
    assert isinstance(told[-1].changes[0], Difference)
