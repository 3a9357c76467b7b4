"""What a disk takes away: said once, never claimed to be there, and the rest goes on."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.document import history
from engine.document.graph import save
from engine.document.history import DATABASE, GRAPH_FILE, RUN_FILE, RunFile
from engine.document.messages import Runs, Scalars, frame
from engine.record import checkpoint, record
from engine.terminal.cli import main

from .client import saved, started
from .toy import digits

linux = pytest.mark.skipif(os.name == "nt", reason="limits, mounts, open files")
LOST = "without being recorded"
OFTEN = ("--save-every", "0.1")


@pytest.fixture(autouse=True)
def folder(place: Path) -> Path:
    save(digits(steps=600), "vae.graph.json")
    return place


def ended(child: subprocess.Popen[str]) -> tuple[str, str]:
    """Return what a run said that has lost its record: it failed, and said so once."""
    out, err = child.communicate(timeout=120)
    assert child.returncode == 1, err
    assert err.count(LOST) == 1, err
    assert "Traceback" not in err
    return out, err


@linux
def test_a_folder_that_is_deleted_during_a_run(folder: Path, home: Path) -> None:
    child = started(folder, home, *OFTEN)
    run = saved(child, folder / "runs")
    while run.exists():
        shutil.rmtree(run, ignore_errors=True)
    out, _ = ended(child)
    assert out.startswith("done: 600 steps")
    assert "run:" not in out and "pictures:" not in out and "--resume" not in out


@linux
@pytest.mark.parametrize("words", [[], ["--json"]])
def test_a_full_disk_during_a_run(folder: Path, home: Path, words: list[str]) -> None:
    resource = pytest.importorskip("resource")

    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))

    out, _ = ended(started(folder, home, *OFTEN, *words, before=full))
    (run,) = (folder / "runs").iterdir()
    facts = history.read_file(run)
    assert facts.status == "failed" and LOST in facts.sentence
    assert not list(run.glob("checkpoints/*"))
    if words:
        told = json.loads(out.strip().splitlines()[-1])
        assert LOST in told["error"]
        assert all(Path(file).is_file() for file in told["views"].values())


@contextmanager
def small_disk(at: Path, size: str) -> Iterator[Path]:
    at.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(at)]).returncode:
        pytest.skip("nobody may mount here")
    try:
        yield at
    finally:
        subprocess.run(["umount", "-l", str(at)], check=True)


@linux
@pytest.mark.skipif(shutil.which("mount") is None, reason="no mount")
def test_a_disk_without_room_left(folder: Path, home: Path) -> None:
    """Not a byte is left once the run has begun: `run.json` is written over in its own place."""
    with small_disk(folder / "disk", "2m") as disk:
        child = started(folder, home, *OFTEN, "--out", str(disk))
        run = saved(child, disk)
        with (disk / "rest").open("wb") as rest, pytest.raises(OSError):
            while True:
                os.write(rest.fileno(), bytes(4096))
        ended(child)
        facts = history.read_file(run)
        assert facts.status == "failed" and LOST in facts.sentence
        assert checkpoint.load_latest(run)
        assert [r.status for r in history.list_runs(disk)] == ["failed"]


# --- what is damaged is set aside, and the run goes on ---


def finished(capfd: pytest.CaptureFixture[str], steps: int = 60) -> Path:
    save(digits(steps=steps), "vae.graph.json")
    words = ["--out", "runs", "--threads", "1", "--json", "--save-every", "0.01", "--no-views"]
    assert main(["run", "vae.graph.json", *words]) == 0
    return Path(json.loads(capfd.readouterr().out.strip().splitlines()[-1])["run"])


def garbled(data: bytes) -> bytes:
    return b"garbage " * (len(data) // 8)


def halved(data: bytes) -> bytes:
    return data[: len(data) // 2 + 100]


def holed(data: bytes) -> bytes:
    return data[:1024] + bytes(len(data) - 1024)


@pytest.mark.parametrize("damage", [garbled, halved, holed])
def test_a_damaged_history_is_set_aside_and_the_run_goes_on(
    damage: Callable[[bytes], bytes], capfd: pytest.CaptureFixture[str]
) -> None:
    run = finished(capfd)
    database = run / DATABASE
    database.write_bytes(damage(database.read_bytes()))
    bad = database.read_bytes()
    assert main(["run", "--resume", str(run), "--no-views", "--set", "trainer.steps=90"]) == 0
    assert capfd.readouterr().err.count("was damaged: it is kept as") == 1
    assert (run / f"{DATABASE}.damaged-1").read_bytes() == bad
    read = history.read_run(run)
    assert read.info.status == "done"
    assert read.series["elbo.loss"][0] == list(range(61, 91))


def test_a_history_that_is_damaged_during_a_run(tmp_path: Path) -> None:
    recorder = record.begin(tmp_path, digits(), RunFile())
    for step in range(1, 200, 10):
        steps = list(range(step, step + 10))
        recorder.take(Scalars(series={"loss": (steps, [1.0] * 10)}))
        recorder.flush()
        if step == 101:
            recorder.store.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            recorder.store.db.execute("PRAGMA shrink_memory")
            database = recorder.folder / DATABASE
            with database.open("r+b") as file:
                file.write(b"garbage " * (database.stat().st_size // 8))
    recorder.close("done")
    assert len(recorder.remarks) == 1 and "kept as" in recorder.remarks[0]
    assert history.read_file(recorder.folder).status == "done"
    assert history.read_run(recorder.folder).series["loss"][0][-1] == 200


def test_a_damaged_checkpoint_gives_way_to_the_one_before(
    capfd: pytest.CaptureFixture[str],
) -> None:
    run = finished(capfd, steps=200)
    newest, before, *_ = checkpoint.newest_first(run)
    newest.write_bytes(newest.read_bytes()[:-100])
    (newest.parent / "000000100 (copy).safetensors").write_bytes(b"")
    assert main(["run", "--resume", str(run), "--no-views", "--set", "trainer.steps=250"]) == 0
    assert "The one before it is taken." in capfd.readouterr().err
    steps = history.read_run(run).series["elbo.loss"][0]
    assert steps == list(range(1, 251))
    assert checkpoint.step_of(before) < 200


def test_a_run_without_its_graph_says_so(capfd: pytest.CaptureFixture[str]) -> None:
    run = finished(capfd)
    (run / GRAPH_FILE).unlink()
    assert main(["run", "--resume", str(run)]) == 1
    (line,) = capfd.readouterr().err.strip().splitlines()
    assert line.startswith("error: ") and GRAPH_FILE in line
    assert [r.status for r in history.list_runs(run.parent)] == ["done"]


def test_whatever_run_files_say_the_list_can_be_shown(tmp_path: Path) -> None:
    dice = random.Random(3)
    whole = record.begin(tmp_path, digits(), RunFile(seed=3))
    whole.close("done")
    good = (whole.folder / RUN_FILE).read_bytes()
    facts = json.loads(good)
    for number in range(150):
        changed = dict(facts)
        name = dice.choice(list(facts))
        odd = [None, -1, 10**30, 1e308, "", "\ud800", [], {}, {"a": 10**30}, "2026", True]
        changed[name] = dice.choice(odd)
        bad = bytearray(json.dumps(changed).encode() if number % 2 else good)
        if number % 2 == 0:
            bad[dice.randrange(len(bad))] = dice.randrange(256)
        run = tmp_path / f"{number}"
        run.mkdir()
        (run / RUN_FILE).write_bytes(bad)
    (tmp_path / "folder" / RUN_FILE).mkdir(parents=True)
    runs = history.list_runs(tmp_path)
    assert len(runs) == 152
    assert frame(Runs(runs=runs))
    assert str(whole.folder) in {r.path for r in runs if r.status == "done"}
