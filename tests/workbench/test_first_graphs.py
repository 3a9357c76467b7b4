"""A first graph that trains on data just added: sound, of the data's sizes, one step back."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.document.graph import Graph, apply, copy
from engine.run.launch import Order
from engine.run.session import Session
from nodes.data.wav import wav_of
from tests import legible
from tests.engine.toy import Listener
from tests.running import launch
from tests.test_examples import SCREENS, drawn_of
from workbench.bench.datafiles import graph_of
from workbench.bench.first_graphs import can_begin, first_graph


@cache
def session() -> Session:
    return Session(device="cpu")


def points(folder: Path, dims: int, rows: int = 150) -> Path:
    file = folder / "points.csv"
    names = ",".join(f"x{n}" for n in range(dims))
    values = 50 + np.random.default_rng(0).normal(size=(rows, dims))
    np.savetxt(file, values, delimiter=",", header=names, comments="")
    return file


def archive(folder: Path, dims: int) -> Path:
    file = folder / "pictures.npz"
    values = np.random.default_rng(0).integers(0, 256, (60, 3, dims, dims)).astype(np.uint8)
    np.savez(file, x=values, y=np.array(list("abc") * 20))
    return file


def pictures(folder: Path, dims: int) -> Path:
    for name in ("cat", "dog"):
        (folder / name).mkdir()
        for n in range(8):
            Image.new("RGB", (dims, dims), (30 * n, 0, 0)).save(folder / name / f"{n}.png")
    return folder


def sounds(folder: Path, samples: int) -> Path:
    for name in ("hiss", "hum"):
        (folder / "sounds" / name).mkdir(parents=True)
        wav = wav_of(np.zeros((1, samples), np.float32), 8000)
        (folder / "sounds" / name / "0.wav").write_bytes(wav)
    return folder / "sounds"


def begun(path: Path) -> Graph:
    graph = graph_of(path)
    assert can_begin(graph)
    session().update(graph)
    looked = session().look("data")
    assert looked is not None and looked.preview is not None
    before = copy(graph)
    back = apply(graph, first_graph(graph, looked.preview.item, looked.preview.count))
    assert not can_begin(graph)
    undone = copy(graph)
    apply(undone, back)
    assert undone == before
    return graph


@pytest.mark.parametrize(
    ("make", "dims"),
    [(points, 1), (points, 2), (points, 5), (archive, 8), (archive, 40), (pictures, 8)],
)
def test_it_trains_on_the_data(tmp_path: Path, make: object, dims: int) -> None:
    graph = begun(make(tmp_path, dims))  # type: ignore[operator]
    graph.nodes["trainer"].params = {"steps": 2}
    checked = session().update(graph)
    assert [str(p.sentence) for p in checked.problems] == []
    assert launch(session(), Listener(), Order(threads=1, view_share=0.0)).status == "done"
    assert set(graph.layout.positions) == set(graph.nodes)
    assert set(graph.layout.views) <= set(graph.nodes)


@pytest.mark.parametrize(("rows", "steps"), [(40, 300), (700, 700), (4000, 3000)])
def test_few_rows_are_not_learned_by_heart(tmp_path: Path, rows: int, steps: int) -> None:
    graph = begun(points(tmp_path, 2, rows))
    assert graph.nodes["trainer"].params == {"steps": steps}
    fed = {(w.source, w.target) for w in graph.wires if w.target == "held_out"}
    assert fed == {("data", "held_out"), ("maf", "held_out")}


@pytest.mark.parametrize(("make", "dims"), [(points, 2), (points, 5), (archive, 8)])
def test_it_opens_legible(tmp_path: Path, qapp: object, make: object, dims: int) -> None:
    graph = begun(make(tmp_path, dims))  # type: ignore[operator]
    canvas = drawn_of(graph, session().update(graph))
    canvas.show()
    for size in SCREENS:
        canvas.resize(*size)
        canvas.navigation.open()
        assert not legible.faults(canvas)
    canvas.resize(*SCREENS[0])
    canvas.navigation.fit_all(animate=False)
    assert canvas.camera.zoom >= 0.66  # all of it at once
    canvas.close()


def test_what_is_opened_is_shown_as_what_it_is(tmp_path: Path) -> None:
    views = {make(tmp_path, 8): view for make, view in
             ((points, "Scatter"), (archive, "ImageGrid"), (sounds, "AudioView"),
              (pictures, "ImageGrid"))}  # fmt: skip
    for path, view in views.items():
        assert graph_of(path).nodes["view"].kind == view
    (tmp_path / "torn.npz").write_bytes(b"PK")
    assert graph_of(tmp_path / "torn.npz").nodes["view"].kind == "Scatter"


def test_a_graph_of_sounds_is_sound(tmp_path: Path) -> None:
    graph = graph_of(sounds(tmp_path, 800))
    assert not can_begin(graph)
    assert [str(p.sentence) for p in session().update(graph).problems] == []
