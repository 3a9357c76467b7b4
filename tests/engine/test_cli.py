"""The command line: what tools call, what people read, and what survives a kill."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from engine.document import history, homes
from engine.document.graph import Graph, Place, Wire, load, save
from engine.document.messages import Metric, Told
from engine.record import checkpoint
from engine.run.fingerprint import mark_of
from engine.run.outcome import Outcome
from engine.terminal.cli import main
from engine.terminal.run import Terminal, clock, print_outcome
from tests.running import returned

from .client import ROOT, ended, engine_command, environment, saved, started
from .toy import digits, graph, wires_of


@pytest.fixture(autouse=True)
def folder(place: Path) -> Path:
    save(digits(steps=60), "vae.graph.json")
    return place


def last_object(text: str) -> dict:  # type: ignore[type-arg]
    return json.loads(text.strip().splitlines()[-1])


# --- run ------------------------------------------------------------------------------------------


def test_run_ends_with_the_object_that_tools_read(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "vae.graph.json", "--json", "--out", "here", "--threads", "1"]) == 0
    told = last_object(capfd.readouterr().out)
    assert set(told) == {
        *("status", "run", "steps", "seconds", "steps_per_second", "metrics", "faults", "views")
    }
    assert told["status"] == "done"
    assert told["steps"] == 60
    assert told["seconds"] > 0
    assert told["steps_per_second"] > 0
    assert set(told["metrics"]) == {"test_loss", "test_loss.error", "test_loss.items"}
    assert told["metrics"]["test_loss.items"] == 180
    run = Path(told["run"])
    assert run.parent == Path("here")
    assert history.read_file(run).threads == 1
    assert history.read_file(run).data.keys() == {"data"}
    assert {"samples", "cloud"} <= set(told["views"])
    assert all(Path(picture).is_file() for picture in told["views"].values())


def test_run_tells_people_what_came_out(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "vae.graph.json"]) == 0
    out = capfd.readouterr().out
    assert out.startswith("done: 60 steps in 0:0")
    assert "\ntest_loss " in out
    assert f"run: {homes.runs_as_set()}{os.sep}" in out


def test_set_seed_and_threads_act_and_are_recorded(capfd: pytest.CaptureFixture[str]) -> None:
    told = []
    for words in (["--seed", "5"], ["--seed", "5"], ["--seed", "6"], ["--set", "elbo.beta=0"]):
        command = ["run", "vae.graph.json", "--json", "--set", "adam.rate=1e-2", "--no-views"]
        assert main([*command, "--threads", "1", *words]) == 0
        told.append(last_object(capfd.readouterr().out))
    losses = [t["metrics"]["test_loss"] for t in told]
    assert losses[0] == losses[1]
    assert len(set(losses)) == 3
    assert history.read_file(Path(told[2]["run"])).seed == 6
    as_run = load(Path(told[3]["run"]) / history.GRAPH_FILE)
    assert as_run.nodes["elbo"].params["beta"] == 0.0
    assert as_run.nodes["adam"].params["rate"] == 0.01


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["run", "absent.graph.json"], "no example named absent"),
        (["check", "vae-digit"], "Nearest: vae-digits"),
        (["check", "qqqq"], "The command examples lists all"),
        (["run"], "needs a graph"),
        (["run", "vae.graph.json", "--set", "elbo.beta"], "node.param=value"),
        (["run", "vae.graph.json", "--set", "nobody.beta=1"], "There is no node nobody"),
        (["run", "vae.graph.json", "--set", "elbo.batter=1"], "no parameter batter"),
        (["run", "vae.graph.json", "--set", "elbo.beta=nan"], "finite"),
        (["run", "vae.graph.json", "--set", "encoder.hidden=many"], "whole number"),
        (["run", "vae.graph.json", "--set", "encoder.hidden=0"], "at least 1"),
        (["run", "vae.graph.json", "--device", "toaster"], "no device toaster"),
        (["run", "--resume", "absent"], "no run folder"),
        (["run", "vae.graph.json", "--resume", "absent"], "own graph"),
        (["check", "half.graph.json"], "not complete JSON"),
        (["run", "other.graph.json"], "not a graph of this program"),
        (["run", "unwired.graph.json"], "needs a wire"),
        (["run", "unknown.graph.json"], "not installed"),
        (["run", "vae.graph.json", "--out", "vae.graph.json"], "cannot be recorded"),
    ],
)
def test_a_fault_is_one_sentence(
    words: list[str], sentence: str, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    Path("half.graph.json").write_text(Path("vae.graph.json").read_text()[:99])
    Path("other.graph.json").write_text("{}")
    save(graph({"elbo": "ELBO"}, ""), "unwired.graph.json")
    save(graph({"nodes": "Nonsense"}, ""), "unknown.graph.json")
    assert main([*words, "--threads", "1"] if words[0] == "run" else words) == 1
    heard = capfd.readouterr()
    (line,) = heard.err.strip().splitlines()
    assert line.startswith("error: ")
    assert sentence in line
    assert heard.out == ""


def test_with_json_a_fault_is_an_object_too(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "absent", "--json"]) == 1
    told = last_object(capfd.readouterr().out)
    assert told["status"] == "failed"
    assert "absent" in told["error"]


def test_what_a_node_has_read_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """A window shows under the node which files could not be read; a terminal says it once."""
    Terminal(digits(steps=1)).emit(Told(node="mine", notes=["4 sounds", "1 cannot be read: a.wav"]))
    assert capsys.readouterr().err == "mine: 4 sounds · 1 cannot be read: a.wav\n"


def test_a_run_that_fails_says_where_and_at_which_step(capfd: pytest.CaptureFixture[str]) -> None:
    words = ["run", "vae.graph.json", "--json", "--threads", "1"]
    assert main([*words, "--set", "adam.algorithm=SGD", "--set", "adam.rate=10"]) == 1
    heard = capfd.readouterr()
    told = last_object(heard.out)
    assert told["status"] == "failed"
    assert "NaN" in told["error"]
    assert "at step" in told["error"]
    assert history.read_file(Path(told["run"])).status == "failed"


def test_trace_shows_where(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "absent", "--trace"]) == 1
    assert "Traceback" in capfd.readouterr().err


# --- stop, kill, go on ----------------------------------------------------------------------------


@pytest.mark.skipif(os.name == "nt", reason="signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_stops_saves_and_says_where(folder: Path, home: Path, number: int) -> None:
    words = ("--set", "trainer.steps=10000000", "--save-every", "0.1", "--json")
    child = started(folder, home, *words, plain=number == signal.SIGINT)
    saved(child, folder / "runs")
    child.send_signal(number)
    out, err = child.communicate(timeout=60)
    assert child.returncode == 130
    assert "Ctrl-C once more" in err
    told = last_object(out)
    assert told["status"] == "stopped"
    assert told["views"] == {}  # nobody asked for them
    run = folder / told["run"]
    assert history.read_file(run).status == "stopped"
    latest = checkpoint.latest(run)
    assert latest is not None
    assert checkpoint.step_of(latest) == told["steps"]
    assert checkpoint.load(latest)


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_ctrl_c_says_how_to_go_on_and_a_second_one_ends_at_once(folder: Path, home: Path) -> None:
    """The figures that are asked for never end here: the second one must do it."""
    made = digits(steps=10**7)
    walk = graph(
        {
            "ring": ("RingMixture", {"modes": 2}),
            "score": "ExactScore",
            "walk": ("LangevinSampler", {"count": 100, "steps": 10**6, "eta": 0.01}),
            "paths": "Trajectories",
        },
        "ring.points>score.points score.score>walk.model walk.path>paths.path",
    )
    made.nodes |= walk.nodes
    made.wires += walk.wires
    save(made, folder / "vae.graph.json")
    child = started(folder, home, "--save-every", "0.1", "--figures", "--no-views")
    run = saved(child, folder / "runs")
    child.send_signal(signal.SIGINT)
    deadline = time.monotonic() + 60
    while history.read_run(run).steps == []:  # the pictures are being made
        assert not ended(child) and time.monotonic() < deadline
    child.send_signal(signal.SIGINT)
    out, _ = child.communicate(timeout=30)
    assert child.returncode == 130
    assert history.read_file(run).status == "stopped"
    assert f"go on with: python -m engine run --resume {run.relative_to(folder)}" in out


@pytest.mark.parametrize(
    ("name", "param"), [("points.csv", "file"), ("caffeine.sdf", "file"), ("pets", "folder")]
)
def test_data_in_the_place_of_a_graph_are_told_what_to_do(
    folder: Path, name: str, param: str, capfd: pytest.CaptureFixture[str]
) -> None:
    if param == "folder":
        (folder / name).mkdir()
    else:
        (folder / name).write_text("x,y\n1,2\n")
    for command in ("run", "check"):
        assert main([command, name]) == 1
        assert capfd.readouterr().err == (
            f"error: {name} holds data, not a graph. Make a graph of it in the window (workbench "
            f"{name}), or name it in a data node: --set data.{param}={name}.\n"
        )


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_killed_and_resumed_it_ends_with_the_same_bits(
    folder: Path, home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    save(digits(steps=1200), folder / "vae.graph.json")
    child = started(folder, home, "--save-every", "0.2", plain=True)
    run = saved(child, folder / "runs", 2)
    child.kill()
    child.communicate()
    assert history.read_info(run).status == "interrupted"
    killed_at = checkpoint.load_latest(run)[1]["step"]
    assert 0 < killed_at < 1200
    assert main(["run", "--resume", str(run), "--no-views", "--json"]) == 0
    resumed = last_object(capfd.readouterr().out)
    assert resumed["run"] == str(run)
    assert main(["run", "vae.graph.json", "--threads", "1", "--no-views", "--json"]) == 0
    whole = last_object(capfd.readouterr().out)
    first, second = (checkpoint.load_latest(Path(told["run"]))[0] for told in (resumed, whole))
    assert set(first) == set(second)
    assert [name for name in first if not torch.equal(first[name], second[name])] == []
    assert resumed["metrics"] == whole["metrics"]
    curves = [history.read_run(Path(told["run"])).series["elbo.loss"] for told in (resumed, whole)]
    assert curves[0] == curves[1]


# --- longer ---------------------------------------------------------------------------------------


def told_by(capfd: pytest.CaptureFixture[str], *words: str) -> tuple[dict[str, Any], str]:
    assert main(["run", *words, "--threads", "1", "--json", "--no-views"]) == 0
    heard = capfd.readouterr()
    return last_object(heard.out), heard.err


def test_a_run_that_is_lengthened_ends_with_the_bits_of_a_long_one(
    capfd: pytest.CaptureFixture[str],
) -> None:
    short, _ = told_by(capfd, "vae.graph.json")
    words = ("--set", "trainer.steps=150", "--set", "elbo.beta=1")
    longer, said = told_by(capfd, "--resume", short["run"], *words)
    assert "schedule" not in said
    whole, _ = told_by(capfd, "vae.graph.json", *words)
    assert (longer["run"], longer["steps"]) == (short["run"], 150)
    first, second = (checkpoint.load_latest(Path(t["run"]))[0] for t in (longer, whole))
    assert set(first) == set(second)
    assert [name for name in first if not torch.equal(first[name], second[name])] == []
    assert longer["metrics"] == whole["metrics"]
    curves = [history.read_run(Path(t["run"])).series["elbo.loss"] for t in (longer, whole)]
    assert curves[0] == curves[1]
    file = history.read_file(Path(longer["run"]))
    assert (file.status, file.steps) == ("done", 150)
    as_run = load(Path(longer["run"]) / history.GRAPH_FILE)
    assert as_run.nodes["trainer"].params["steps"] == 150


def test_a_run_that_goes_on_with_other_data_says_so(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = folder / "pictures.npz"
    pictures = np.random.default_rng(0).random((40, 1, 8, 8), np.float32)
    np.savez(file, x=pictures)
    on_file = load("vae.graph.json")
    on_file.nodes["data"] = Place(kind="ArrayFile", params={"file": file.name, "batch": 8})
    save(on_file, "file.graph.json")
    first, _ = told_by(capfd, "file.graph.json")
    longer = ("--resume", first["run"], "--set")
    _, said = told_by(capfd, *longer, "trainer.steps=80")
    assert "has changed" not in said
    np.savez(file, x=1 - pictures)
    _, said = told_by(capfd, *longer, "trainer.steps=100")
    words = "pictures.npz has changed since this run began: it goes on with other data."
    assert f"warning: data: {words} Run it anew to train on these data alone." in said
    noted = history.read_file(Path(first["run"]))
    assert [words in remark for remark in noted.remarks] == [True]
    assert noted.files["data"] == [returned(mark_of(Path(noted.files["data"][0].path)))]
    _, said = told_by(capfd, *longer, "trainer.steps=120")
    assert "has changed" not in said


def test_where_the_rate_follows_the_length_it_is_said(capfd: pytest.CaptureFixture[str]) -> None:
    short, _ = told_by(capfd, "vae.graph.json", "--set", "adam.schedule=cosine")
    _, said = told_by(capfd, "--resume", short["run"], "--set", "trainer.steps=80")
    assert "follows a schedule over all steps" in said and "80 steps" in said


def test_a_run_that_has_all_its_steps_says_so(capfd: pytest.CaptureFixture[str]) -> None:
    short, _ = told_by(capfd, "vae.graph.json")
    again, said = told_by(capfd, "--resume", short["run"])
    assert "has made all its 60 steps" in said
    assert again["steps"] == 60


def test_what_decides_the_weights_is_kept(capfd: pytest.CaptureFixture[str]) -> None:
    short, _ = told_by(capfd, "vae.graph.json")
    assert main(["run", "--resume", short["run"], "--set", "encoder.hidden=7"]) == 1
    assert "counts where a network is built" in capfd.readouterr().err
    assert history.read_file(Path(short["run"])).status == "done"


def test_only_the_last_stage_is_lengthened(capfd: pytest.CaptureFixture[str]) -> None:
    made = digits(steps=20)
    made.nodes |= {
        "second": Place(kind="Trainer", params={"steps": 10}),
        "adam_2": Place(kind="Optimizer"),
    }
    made.wires += [
        Wire("elbo", "loss", "adam_2", "loss"),
        Wire("decoder", "model", "adam_2", "models"),
        Wire("adam_2", "optimizer", "second", "optimizers"),
        Wire("trainer", "trained", "second", "after"),
    ]
    save(made, "vae.graph.json")
    short, _ = told_by(capfd, "vae.graph.json")
    assert main(["run", "--resume", short["run"], "--set", "trainer.steps=40"]) == 1
    assert "Only the last stage" in capfd.readouterr().err
    assert history.read_file(Path(short["run"])).status == "done"
    longer, _ = told_by(capfd, "--resume", short["run"], "--set", "second.steps=30")
    assert longer["steps"] == 50


# --- the rest -------------------------------------------------------------------------------------


def test_check_says_what_is_wrong(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "vae.graph.json"]) == 0
    assert "no problems" in capfd.readouterr().out
    made = digits()
    made.nodes["decoder"].params["shape"] = [1, 9, 9]
    save(made, "bad.graph.json")
    assert main(["check", "bad.graph.json", "--json"]) == 1
    told = json.loads(capfd.readouterr().out)
    assert {problem["node"] for problem in told["problems"]}
    assert told["wires"]


def test_catalogue_lists_every_kind(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["catalogue"]) == 0
    assert {"Encoder", "ELBO", "Trainer"} <= set(capfd.readouterr().out.split())
    assert main(["catalogue", "--json"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert told["kinds"]["Encoder"]["params"]


RESIDUAL = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)[0]


def with_residual() -> Graph:
    """Return a graph in which the README's node stands between encoder and decoder."""
    made = digits(steps=5)
    made.nodes["residual"] = Place(kind="residual.Residual", params={"hidden": 8})
    old = next(w for w in made.wires if w.input == "z" and w.target == "decoder")
    made.wires[made.wires.index(old)] = Wire("residual", "y", old.target, old.input)
    made.wires += [
        Wire(old.source, old.output, "residual", "x"),
        Wire("residual", "model", "adam", "models"),
    ]
    return made


@pytest.mark.parametrize("where", ["data/nodes", "elsewhere"])
def test_the_nodes_of_the_user_are_read(
    where: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """In the window's own folder, and in the one that its settings name."""
    monkeypatch.setenv("GENWORKBENCH_HOME", str(folder))
    plugins = folder / where
    plugins.mkdir(parents=True)
    (folder / "config").mkdir()
    chosen = {"plugins_folder": str(plugins) if where == "elsewhere" else ""}
    (folder / "config" / "settings.json").write_text(json.dumps(chosen))
    (plugins / "residual.py").write_text(RESIDUAL)
    save(with_residual(), "own.graph.json")
    assert main(["check", "own.graph.json"]) == 0
    assert main(["catalogue"]) == 0
    assert "residual.Residual" in capfd.readouterr().out
    assert main(["run", "own.graph.json", "--json", "--threads", "1", "--no-views"]) == 0
    assert last_object(capfd.readouterr().out)["steps"] == 5


@pytest.mark.parametrize(
    "words", [["catalogue"], ["check", "vae.graph.json"], ["run", "vae.graph.json", "--no-views"]]
)
def test_a_faulty_node_file_is_said_and_harms_nothing(
    words: list[str], folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    plugins = folder / "mine"
    plugins.mkdir()
    (plugins / "broken.py").write_text("import nothing_of_this_name")
    assert main([*words, "--plugins", str(plugins)]) == 0
    err = capfd.readouterr().err
    assert err.count("broken.py, line 1: ModuleNotFoundError") == 1


def test_plugins_that_are_no_folder_are_refused(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["catalogue", "--plugins", "vae.graph.json"]) == 1
    assert capfd.readouterr().err == "error: vae.graph.json is not a folder.\n"


@pytest.mark.parametrize("words", [["--help"], ["run", "--help"], ["examples"]])
def test_what_needs_no_torch_loads_none(words: list[str], folder: Path) -> None:
    code = (
        "import sys; from engine.terminal.cli import main\n"
        f"try: main({words!r})\nexcept SystemExit: pass\n"
        "print('torch' in sys.modules, 'numpy' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split()[-2:] == ["False", "False"]


def test_threads_wait_without_spinning(folder: Path, home: Path) -> None:
    """`OMP_WAIT_POLICY` is read when torch loads: it must stand in the environment before."""
    unset = environment(home) | {"OMP_DISPLAY_ENV": "true"}
    del unset["OMP_WAIT_POLICY"]
    done = subprocess.run(
        engine_command("check", "vae.graph.json"),
        cwd=folder,
        env=unset,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0
    if "OMP_WAIT_POLICY" in done.stderr:  # as GNU's OpenMP writes it
        assert "OMP_WAIT_POLICY = 'PASSIVE'" in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="pipes")
def test_a_reader_that_leaves_early_is_no_fault(folder: Path, home: Path) -> None:
    command = " ".join(engine_command("catalogue", "--json")) + " | head -c 10"
    done = subprocess.run(
        command, shell=True, cwd=folder, env=environment(home), capture_output=True, text=True
    )
    assert done.stderr == ""


def test_clock() -> None:
    assert [clock(s) for s in (0.2, 7, 750, 3723)] == ["0:00", "0:07", "12:30", "1:02:03"]


def faulty() -> Graph:
    """Digits with a metric that fails when it is pulled, and a view that is wired wrongly."""
    made = digits(steps=4)
    made.nodes["accuracy"] = Place(kind="ClassifierAccuracy")
    made.nodes["flat"] = Place(kind="LatentGrid", params={"steps": 3})
    made.nodes["lost"] = Place(kind="ImageGrid")
    made.wires += wires_of("flat.z>accuracy.x data.labels>accuracy.labels")
    return made


@pytest.mark.parametrize("strict", [False, True])
def test_a_metric_or_view_that_fails_is_said_everywhere(strict, tmp_path, capsys):
    save(faulty(), tmp_path / "faulty.graph.json")
    words = ["run", str(tmp_path / "faulty.graph.json"), "--json", "--threads", "1"]
    code = main([*words, "--out", str(tmp_path / "runs"), *(["--strict"] if strict else [])])
    out, err = capsys.readouterr()
    said = last_object(out)
    assert code == int(strict)
    assert said["status"] == ("failed" if strict else "done")
    assert {f["node"] for f in said["faults"]} == {"accuracy", "lost"}
    assert all(f"error: {f['node']}" in err for f in said["faults"])
    kept = json.loads((Path(said["run"]) / "run.json").read_text())
    assert set(kept["faults"]) == {"accuracy", "lost"}
    assert kept["status"] == said["status"]


def test_a_measure_older_than_the_run_says_its_step(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = Outcome(status="stopped", steps=90)
    outcome.take(Metric(node="fid", step=14, values={"": 2.5}))
    outcome.take(Metric(node="read_back", step=90, values={"": 0.5}))
    print_outcome(outcome, {})
    assert capsys.readouterr().out.splitlines()[1:] == ["fid 2.5 (at step 14)", "read_back 0.5"]
