"""What a run leaves on disk: bounded, readable while it is written, whole whenever it ends."""

import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import resources
from engine.document import history
from engine.document.errors import RunRefused
from engine.document.graph import Graph, Group, Place, load
from engine.document.history import RunFile
from engine.document.messages import Array, Figure, FigureData, Metric, Progress, Scalars, Status
from engine.document.source import document_of, example_document
from engine.record import record
from engine.record.checkpoint import Checkpoint
from engine.record.record import Recorder
from engine.record.store import MOST_FIGURES, MOST_POINTS, Thinning

from .client import ROOT


def begun(folder: Path, **facts: object) -> Recorder:
    return record.begin(folder, Graph(title="My VAE!"), RunFile(**facts))


def picture(node: str, step: int) -> Figure:
    arrays = {"points": Array.of(np.full((3, 2), step, np.float32))}
    return Figure(node=node, step=step, figure=FigureData(kind="points", arrays=arrays))


def points(name: str, steps: range) -> Scalars:
    return Scalars(series={name: (list(steps), [float(s) for s in steps])})


def test_a_run_reads_back_as_it_was_told(tmp_path: Path) -> None:
    recorder = begun(tmp_path, seed=7, device="cpu", threads=2)
    recorder.take(Status(status="running"))
    recorder.take(points("elbo.loss", range(1, 101)))
    recorder.take(picture("cloud", 0))
    recorder.take(picture("cloud", 60))
    recorder.take(picture("grid", 40))
    recorder.take(Metric(node="fid", step=100, values={"": 3.5, "floor": 1.0, "odd": math.nan}))
    recorder.take(Progress(node="trainer", step=100, total=100))
    recorder.take(Checkpoint(100, {"a/weight": torch.ones(2)}, {}))
    recorder.close("done")
    assert recorder.folder.name.endswith("-my-vae")
    assert load(recorder.folder / history.GRAPH_FILE) == Graph(title="My VAE!")
    read = history.read_run(recorder.folder)
    assert read.series["elbo.loss"] == (list(range(1, 101)), [float(s) for s in range(1, 101)])
    assert read.series["fid.floor"] == ([100], [1.0])
    assert math.isnan(read.series["fid.odd"][1][0])
    assert read.steps == [0, 40, 60]
    assert read.checkpoints == [100]
    info = read.info
    assert (info.name, info.status, info.seed, info.steps) == ("My VAE!", "done", 7, 100)
    assert info.metrics["fid"] == 3.5
    assert info.losses == {"elbo.loss": 100.0}
    assert math.isnan(info.metrics["fid.odd"])


def test_each_view_is_shown_as_it_was_at_a_step(tmp_path: Path) -> None:
    recorder = begun(tmp_path)
    for step in (0, 10, 20):
        recorder.take(picture("a", step))
        recorder.take(picture("b", step + 5))
        recorder.flush()

    def shown(step: int) -> dict[str, int]:
        return {f.node: f.step for f in history.figures_at(recorder.folder, step)}

    assert shown(4) == {"a": 0}
    assert shown(12) == {"a": 10, "b": 5}
    assert shown(99) == {"a": 20, "b": 25}
    (figure, _) = history.last_figures(recorder.folder)
    assert figure.figure.arrays["points"].numpy().tolist() == [[20.0, 20.0]] * 3


def test_the_past_holds_each_metric_as_it_was(tmp_path: Path) -> None:
    recorder = begun(tmp_path)
    for step in (0, 10, 20):
        recorder.take(Metric(node="fid", step=step, values={"": step / 2, "floor": 1.0}))
        recorder.take(Metric(node="odd", step=step + 5, values={"": float("nan")}))
    recorder.flush()

    def measured(step: int) -> dict[str, tuple[int, float]]:
        return {m.node: (m.step, m.values[""]) for m in history.past(recorder.folder, step).metrics}

    assert measured(4) == {"fid": (0, 0.0)}
    assert measured(14)["fid"] == (10, 5.0)
    at, value = measured(99)["odd"]
    assert at == 25 and math.isnan(value)
    assert history.metrics_at(recorder.folder, 99)[0].values == {"": 10.0, "floor": 1.0}


def test_a_run_says_which_graph_it_is_of(tmp_path: Path) -> None:
    graph = Graph(title="t", nodes={"a": Place(kind="Digits")})
    recorder = record.begin(tmp_path, graph, RunFile(document="/x/a.graph.json"))
    info = history.read_info(recorder.folder)
    assert (info.document, info.kinds) == ("/x/a.graph.json", {"a": "Digits"})
    (recorder.folder / history.GRAPH_FILE).write_text("[")
    assert history.read_info(recorder.folder).kinds == {}
    assert document_of(resources.path("examples", "vae-digits.graph.json")) == (
        example_document("vae-digits")
    )
    assert document_of(tmp_path / "a.graph.json") == str(tmp_path / "a.graph.json")


def test_a_long_run_stays_bounded_with_its_first_and_last(tmp_path: Path) -> None:
    recorder = begun(tmp_path)
    recorder.take(points("loss", range(1, 3 * MOST_POINTS)))
    recorder.flush()
    recorder.store.begin()
    for step in range(2000):
        recorder.store.add_figure(picture("cloud", step))
    recorder.store.commit()
    recorder.close("done")
    read = history.read_run(recorder.folder)
    assert MOST_FIGURES / 2 <= len(read.steps) <= MOST_FIGURES + 1
    assert (read.steps[0], read.steps[-1]) == (0, 1999)
    assert len(set(np.diff(read.steps[:-1]))) == 1
    steps = read.series["loss"][0]
    assert MOST_POINTS / 2 <= len(steps) <= MOST_POINTS + 1
    assert (steps[0], steps[-1]) == (1, 3 * MOST_POINTS - 1)


@given(st.lists(st.integers(1, 50), max_size=60), st.integers(2, 20))
def test_thinning_keeps_even_spaces_from_the_first_on(pieces: list[int], most: int) -> None:
    thinning, kept, step = Thinning(most), list[int](), 0
    for size in pieces:
        steps = list(range(step, step + size))
        step += size
        kept += steps[thinning.take(steps)]
        dropped = set(thinning.halve())
        kept = [s for s in kept if s not in dropped]
    assert kept == thinning.kept == list(range(0, step, thinning.stride))
    assert len(kept) <= most


def test_a_resumed_run_forgets_what_came_after_its_checkpoint(tmp_path: Path) -> None:
    recorder = begun(tmp_path)
    recorder.store.begin()
    for step in range(1, 1001):
        recorder.store.add_figure(picture("cloud", step))
    recorder.store.commit()
    recorder.take(points("loss", range(1, 501)))
    recorder.take(Checkpoint(500, {"w": torch.ones(1)}, {}))
    recorder.take(points("loss", range(501, 701)))
    recorder.take(Checkpoint(700, {"w": torch.ones(1)}, {}))
    again = record.resume(recorder.folder, 500, 12.0)
    assert again.facts.steps == 500
    again.take(points("loss", range(501, 801)))
    again.store.begin()
    for step in range(501, 601):
        again.store.add_figure(picture("cloud", step))
    again.store.commit()
    again.close("done")
    read = history.read_run(recorder.folder)
    assert read.series["loss"][0] == list(range(1, 801))
    assert read.checkpoints == [500]
    assert read.steps[-1] == 600
    assert max(np.diff(read.steps)) < 2 * min(np.diff(read.steps[:-1]))
    assert 12.0 <= read.info.seconds < 60.0


def test_runs_are_listed_newest_first_and_damaged_ones_say_so(tmp_path: Path) -> None:
    for name in ("first", "second", "third"):
        record.begin(tmp_path, Graph(), RunFile(name=name)).close("done")
    damaged = next(tmp_path.glob("*-second"))
    (damaged / history.RUN_FILE).write_text('{"name": "sec')
    (tmp_path / "notes").mkdir()
    runs = history.list_runs(tmp_path)
    assert [(run.name, run.status) for run in runs[:2]] == [("third", "done"), ("first", "done")]
    assert runs[2].status == "damaged"
    assert history.list_runs(tmp_path / "nowhere") == []


def test_a_listed_run_whose_process_ends_is_listed_as_interrupted(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        recorder = begun(tmp_path)
        recorder.facts.pid = process.pid
        recorder.take(Status(status="running"))
        assert [run.status for run in history.list_runs(tmp_path)] == ["running"]
        process.kill()
    assert [run.status for run in history.list_runs(tmp_path)] == ["interrupted"]


def test_a_glance_at_a_run_takes_the_views_asked_for_then_those_it_watches(tmp_path: Path) -> None:
    graph = Graph(nodes={name: Place(kind="Show") for name in ("grid", "cloud")})
    graph.layout.watch = [["gone", "grid"], ["cloud"]]
    recorder = record.begin(tmp_path, graph, RunFile())
    for node in ("paths", "cloud", "grid"):
        recorder.take(picture(node, 1))
        recorder.take(picture(node, 2))
    recorder.flush()  # while the run goes on
    seen = history.glance(recorder.folder, ["paths"])
    assert [(figure.node, figure.step) for figure in seen] == [("paths", 2), ("grid", 2)]
    assert [figure.node for figure in history.glance(recorder.folder, [])] == ["grid", "cloud"]
    recorder.close("done")


def test_a_glance_finds_watched_views_in_groups_by_what_they_are_recorded_as(
    tmp_path: Path,
) -> None:
    graph = Graph(groups={"eye": Group(nodes={"grid": Place(kind="Show")})})
    graph.nodes["look"] = Place(kind="group:eye", keys={"grid": "first"})
    graph.nodes["other"] = Place(kind="Show")
    graph.layout.watch = [["look/grid"]]
    recorder = record.begin(tmp_path, graph, RunFile())
    for node in ("other", "first"):
        recorder.take(picture(node, 1))
    recorder.close("done")
    assert [figure.node for figure in history.glance(recorder.folder, [])] == ["first", "other"]


def test_two_runs_in_one_second_have_folders_of_their_own(tmp_path: Path) -> None:
    folders = {begun(tmp_path).folder for _ in range(3)}
    assert len(folders) == 3


@pytest.mark.parametrize("content", [None, "", "{}", '{"format": "other"}', "\x00\x01"])
def test_what_is_no_run_is_refused_with_its_place(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / history.RUN_FILE).write_text(content)
        (tmp_path / history.DATABASE).write_text("not a database, but long enough to be one" * 9)
    with pytest.raises(RunRefused) as refused:
        history.read_run(tmp_path)
    assert str(tmp_path) in refused.value.sentence and not refused.value.place


KILLED = """
import os, signal, sys
from pathlib import Path
from engine.record import record
from engine.document.graph import Graph
from engine.document.history import RunFile
from engine.document.messages import Scalars
record.COMMIT_SECONDS = 0.0
recorder = record.begin(Path(sys.argv[1]), Graph(), RunFile(status="running"))
for step in range(1, 10**9):
    recorder.take(Scalars(series={"loss": ([step], [1.0])}))
    if step == 200:
        print(recorder.folder, flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_killed_at_any_instant_a_run_can_be_read(tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert child.stdout is not None
    folder = Path(child.stdout.readline().strip())
    read = history.read_run(folder)  # while it is written
    assert read.info.status == "running"
    child.kill()
    child.wait()
    child.stdout.close()
    read = history.read_run(folder)
    assert read.info.status == "interrupted"
    steps = read.series["loss"][0]
    assert steps == list(range(1, len(steps) + 1))
    assert len(steps) >= 199


FULL = """
import resource, sys
from pathlib import Path
import torch
from engine.record import record
from engine.record.checkpoint import Checkpoint
from engine.document.graph import Graph
from engine.document.history import RunFile
from engine.document.messages import Scalars, Status
recorder = record.begin(Path(sys.argv[1]), Graph(), RunFile())
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
if sys.argv[2] == "checkpoint":
    recorder.take(Checkpoint(1, {"w": torch.ones(100_000)}, {}))
for step in range(1, 60):
    steps = list(range(1000 * step, 1000 * step + 1000))
    recorder.take(Scalars(series={"loss": (steps, [1.0] * 1000)}))
    recorder.flush()
recorder.take(Checkpoint(2, {"w": torch.ones(3)}, {}))
recorder.close("done")
print(len(recorder.remarks), *recorder.remarks)
"""


@pytest.mark.skipif(os.name == "nt", reason="limits on files")
@pytest.mark.parametrize("what", ["checkpoint", "scalars"])
def test_a_full_disk_ends_the_recording_in_one_sentence(tmp_path: Path, what: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path), what], capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("1 The run goes on without being recorded")
    assert not list(tmp_path.rglob("*.safetensors"))


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunRefused, match="cannot be recorded"):
        begun(tmp_path / "file")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_run_on_a_read_only_disk_can_be_read(tmp_path: Path) -> None:
    recorder = begun(tmp_path)
    recorder.take(points("loss", range(5)))
    recorder.flush()
    recorder.folder.chmod(0o500)
    assert history.read_run(recorder.folder).series["loss"][0] == list(range(5))
    recorder.folder.chmod(0o700)


def test_what_the_user_measured_of_a_view_is_kept_in_a_run_that_has_ended(tmp_path: Path) -> None:
    recorder = begun(tmp_path, seed=3)
    recorder.take(Metric(node="fid", step=100, values={"": 3.5}))
    recorder.take(picture("blind", 100))
    recorder.close("done")
    for share in (0.5, 0.625):
        values = {"": share, "error": 0.1, "count": 24.0}
        record.add_metric(recorder.folder, Metric(node="blind", step=100, values=values))
    info = history.read_info(recorder.folder)
    assert (info.status, info.seed) == ("done", 3)
    assert info.metrics["blind"] == 0.625 and info.metrics["fid"] == 3.5
    found = {metric.node: metric.values for metric in history.metrics_at(recorder.folder, 100)}
    assert found == {"fid": {"": 3.5}, "blind": {"": 0.625, "error": 0.1, "count": 24.0}}
    assert len(history.figures_at(recorder.folder, 100)) == 1


def test_a_run_that_another_window_records_is_left_alone(tmp_path: Path) -> None:
    recorder = begun(tmp_path)
    recorder.take(Status(status="running"))
    with pytest.raises(RunRefused, match="another window"):
        record.add_metric(recorder.folder, Metric(node="blind", step=1, values={"": 1.0}))
    recorder.close("done")
    assert history.metrics_at(recorder.folder, 9) == []
