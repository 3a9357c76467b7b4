"""Drawing a run without a window, as the command line does it: a process of its own."""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from engine.document.graph import dumps
from engine.document.history import packed
from tests.shipped import catalogue
from tests.workbench import design
from tests.workbench.plots.figures import figure, grid, scatter
from workbench.look.theme import DARK
from workbench.plots.inside import graph_in
from workbench.plots.recorded import Recorded
from workbench.shell.render import file_stem, main

TABLES = """
CREATE TABLE scalars (name TEXT, step INTEGER, value REAL);
CREATE TABLE figures (node TEXT, step INTEGER, body BLOB);
CREATE TABLE metrics (node TEXT, step INTEGER, name TEXT, value REAL);
CREATE TABLE checkpoints (step INTEGER, path TEXT);
CREATE TABLE facts (key TEXT PRIMARY KEY, value TEXT);
"""


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "20261122-140200-vae"
    folder.mkdir()
    facts = {"format": "genworkbench.run", "name": "vae", "metrics": {"fid": 3.0, "fid.floor": 1.0}}
    (folder / "run.json").write_text(json.dumps(facts))
    (folder / "graph.json").write_text(dumps(design.vae()), "utf-8")
    with sqlite3.connect(folder / "history.sqlite") as db:
        db.executescript(TABLES)
        for step in (0, 100):
            rows = [("scatter", step, packed(scatter(50 + step))), ("images", step, packed(grid()))]
            db.executemany("INSERT INTO figures VALUES (?, ?, ?)", rows)
        losses = [("elbo.loss", step, 200.0 - step) for step in range(100)]
        db.executemany("INSERT INTO scalars VALUES (?, ?, ?)", losses)
        db.execute("INSERT INTO metrics VALUES ('fid', 100, '', 3.0), ('fid', 100, 'floor', 1.0)")
    db.close()
    return folder


def rendered(capsys, *words) -> tuple[int, dict, str]:
    status = main([str(word) for word in words])
    said = capsys.readouterr()
    return status, json.loads(said.out or "{}"), said.err


def test_one_picture_a_view_and_one_a_loss(run, capsys, qapp):
    status, drawn, _ = rendered(capsys, run)
    assert status == 0
    assert drawn.keys() == {"scatter", "images", "elbo"}
    for path in drawn.values():
        with Image.open(path) as image:
            assert image.width == round(85 / 25.4 * 300)
            assert "encoder" in image.text["genworkbench.graph"]


def test_what_is_asked_for(run, tmp_path, capsys, qapp):
    out = tmp_path / "pictures" / "here"
    words = (run, "--out", out, "--view", "scatter", "--size", "301x200", "--ground", "dark")
    status, drawn, _ = rendered(capsys, *words)
    assert status == 0 and list(drawn) == ["scatter"]
    with Image.open(out / "scatter.png") as image:
        assert image.size == (301, 200)
        assert image.convert("RGB").getpixel((2, 2)) == DARK.panel.getRgb()[:3]


@pytest.mark.parametrize("size", ["2mm", "85", "9x9", "85x", "85cm", "99999x99999", "8e1mm"])
def test_a_size_that_is_none_is_refused(run, capsys, size):
    with pytest.raises(SystemExit):
        main([str(run), "--size", size] if size != "85" else [str(run), "--size", "a85"])
    assert "must be as 85mm" in capsys.readouterr().err


@pytest.mark.parametrize("size", ["178mm", "85x60mm", "slide", "1280x720", "640"])
@pytest.mark.parametrize("format", ["svg", "pdf"])
def test_vector_files_of_every_size(run, capsys, qapp, size, format):
    words = (run, "--view", "scatter", "--format", format, "--size", size, "--caption", "--title")
    status, drawn, _ = rendered(capsys, *words)
    assert status == 0
    assert "encoder" in graph_in(Path(drawn["scatter"]))


@pytest.mark.parametrize("format", ["gif", "apng"])
@pytest.mark.parametrize("view", ["scatter", "elbo"])
def test_a_film_over_the_steps_kept(run, capsys, qapp, format, view):
    words = (run, "--view", view, "--format", format, "--size", "40mm")
    status, drawn, _ = rendered(capsys, *words)
    assert status == 0
    path = Path(drawn[view])
    with Image.open(path) as image:
        assert image.n_frames == (2 if view == "scatter" else 100)
        assert image.width == round(40 / 25.4 * 200)
    assert "encoder" in graph_in(path)
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_an_earlier_step(run, capsys, qapp):
    figures = [Recorded(run, step).figures["scatter"].figure for step in (0, 100)]
    assert [len(f.arrays["points"].numpy()) for f in figures] == [50, 150]
    losses = Recorded(run, 10).figures["elbo"].figure.arrays["y:loss"].numpy()
    assert len(losses) == 11


def test_what_cannot_be_drawn_is_told_and_the_rest_is_drawn(run, capsys, qapp):
    with sqlite3.connect(run / "history.sqlite") as db:
        broken = packed(figure("points", {}))
        db.execute("INSERT INTO figures VALUES ('broken', 100, ?)", (broken,))
    db.close()
    status, drawn, said = rendered(capsys, run)
    assert status == 1 and "scatter" in drawn and "broken" not in drawn
    assert said.startswith("broken: This figure must have points.")
    status, drawn, said = rendered(capsys, run, "--view", "nothing")
    assert status == 1 and "no picture of nothing" in said


def test_no_run_is_a_sentence(tmp_path, capsys, qapp):
    status, _, said = rendered(capsys, tmp_path)
    assert status == 1 and len(said.strip().splitlines()) == 1


def test_a_process_needs_no_display_and_no_torch(run):
    bare = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "QT_QPA_PLATFORM")}
    code = (
        "import sys; from workbench.shell.render import main; status = main([sys.argv[1]]);"
        "assert not {'torch', 'pyqtgraph'} & set(sys.modules); sys.exit(status)"
    )
    command = [sys.executable, "-c", code, str(run)]
    done = subprocess.run(command, env=bare, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]).keys() == {"scatter", "images", "elbo"}


@pytest.fixture
def kinds(monkeypatch):
    monkeypatch.setattr("workbench.bench.catalogue.load", catalogue)


def test_the_graph_of_a_run_has_its_pictures(run, kinds, capsys, qapp):
    words = (run, "--view", "scatter", "--graph", "--size", "178mm", "--format", "svg")
    status, drawn, _ = rendered(capsys, *words)
    assert status == 0 and list(drawn) == ["scatter", "graph"]
    assert "encoder" in graph_in(Path(drawn["graph"]))


@pytest.mark.parametrize("named", ["vae-digits", "mine.graph.json"])
def test_a_graph_is_drawn_without_a_run(kinds, tmp_path, capsys, qapp, monkeypatch, named):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.graph.json").write_text(dumps(design.vae()), "utf-8")
    status, drawn, _ = rendered(capsys, named, "--format", "pdf")
    assert status == 0
    assert drawn == {"graph": f"{named.removesuffix('.graph.json')}.pdf"}
    assert "encoder" in graph_in(tmp_path / drawn["graph"])


def test_a_graph_is_no_film(kinds, tmp_path, capsys, qapp):
    status, drawn, said = rendered(capsys, "vae-digits", "--out", tmp_path, "--format", "gif")
    assert status == 1 and not drawn and "no film" in said and not list(tmp_path.iterdir())


def test_an_id_cannot_leave_the_folder():
    assert "/" not in file_stem("../../etc/passwd")
    assert not file_stem("..").startswith(".")
    assert file_stem("decoder_2") == "decoder_2"
