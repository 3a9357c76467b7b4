"""The foundation, whole: the real window, the real engine, the example that opens first."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.document import history
from engine.document.graph import load, save
from engine.record import checkpoint
from engine.terminal.cli import main
from tests.prepared import command
from tests.workbench.test_window import answer
from workbench import edits
from workbench.bench.catalogue import load as cached_catalogue
from workbench.bench.process import Engine
from workbench.bench.settings import UserSettings
from workbench.shell.window import Window
from workbench.words.quantities import show_measure

EXAMPLE = "vae-digits"
STEPS = 1000


plainly = pytest.mark.parametrize("start", [None], ids=["plainly"])
"""The engine is started as the window does it; by default it is forked (`tests/prepared.py`)."""


@pytest.fixture
def start() -> list[str]:
    return command("tests.engine.ready", "serve")


@pytest.fixture
def window(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: list[str] | None
) -> Iterator[Window]:
    monkeypatch.setenv("GENWORKBENCH_HOME", str(tmp_path / "home"))
    made = Window(UserSettings(), engines=start and (lambda: Engine(command=start)))
    made.resize(1600, 1000)
    made.files.open(EXAMPLE)
    made.show()
    yield made
    if not made.shutdown.closing:
        made.shutdown.closing = True
        made.bench.document.close()
        with qtbot.waitSignal(made.bench.stopped, timeout=30_000):
            made.bench.close()
        made.close()
    made.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def loss(live: Any) -> list[float]:
    return live.series.get("loss.loss", ([], [1.0]))[1]


@plainly
def test_a_vae_trains_and_shows_itself_while_it_is_edited(
    window: Window, qtbot: QtBot, tmp_path: Path
) -> None:
    bench = window.bench
    live, document = bench.live, bench.document
    qtbot.waitUntil(lambda: live.checked is not None, timeout=60_000)
    assert cached_catalogue() == window.catalogue  # the next start waits for nothing
    assert [p.sentence for p in live.problems] == []
    assert live.wire_infos and any(i.weights for i in live.node_infos.values())

    qtbot.mouseClick(window.run_bar.primary, Qt.MouseButton.LeftButton)
    role = window.catalogue.role
    views = [n for n, p in document.graph.nodes.items() if role(p) == "view"]
    assert len(views) == 4
    qtbot.waitUntil(lambda: set(views) <= set(live.figures), timeout=60_000)
    qtbot.waitUntil(lambda: loss(live)[-1] < 0.8 * loss(live)[0], timeout=60_000)
    assert window.run_bar.primary.text() == "Pause"

    run, steps = live.status.run, len(loss(live))
    before = document.graph.nodes["loss"].params.get("beta")
    document.push(edits.set_param(document.graph, "loss", "beta", 4.0))
    document.push(edits.move(document.graph, {"loss": (900.0, 0.0)}))
    qtbot.waitUntil(lambda: live.checked.seq == live.seq, timeout=60_000)
    qtbot.waitUntil(lambda: len(loss(live)) > steps, timeout=60_000)
    assert live.status.run == run and live.busy  # a live parameter restarts nothing

    document.undo()
    document.undo()
    assert document.graph.nodes["loss"].params.get("beta") == before
    assert window.files.save_to(window.tabs.current, tmp_path / "mine.graph.json")
    assert load(tmp_path / "mine.graph.json") == document.graph
    assert not document.dirty

    window.menus.trigger("run.stop")
    qtbot.waitUntil(lambda: not bench.unfinished, timeout=60_000)
    assert live.status.status == "stopped"
    assert (Path(run) / "history.sqlite").exists()


def test_a_single_step_starts_a_run_that_is_recorded(window: Window, qtbot: QtBot) -> None:
    live = window.bench.live
    qtbot.waitUntil(lambda: live.checked is not None, timeout=60_000)
    for step in (1, 2):
        window.menus.trigger("run.step")
        qtbot.waitUntil(lambda s=step: _step(live) == s, timeout=60_000)  # type: ignore[misc]
        qtbot.waitUntil(lambda: live.status.status == "paused", timeout=60_000)
    assert (Path(live.status.run) / "run.json").exists()


def _step(live: Any) -> int:
    return next((p.step for p in live.progress.values()), 0)


def test_a_run_goes_on_while_its_nodes_are_put_into_a_group(window: Window, qtbot: QtBot) -> None:
    live, page = window.bench.live, window.tabs.current
    window.menus.trigger("run.toggle")
    qtbot.waitUntil(lambda: len(loss(live)) > 20, timeout=60_000)
    run, before = live.status.run, len(loss(live))
    page.canvas.stage.select(["encoder", "sample"])
    window.menus.trigger("graph.group")
    (instance,) = page.canvas.selection.ids
    qtbot.waitUntil(lambda: f"{instance}/encoder" in live.node_infos, timeout=60_000)
    qtbot.waitUntil(lambda: len(loss(live)) > before + 20, timeout=60_000)
    assert live.status.run == run and live.busy
    assert loss(live)[-1] < loss(live)[0]
    inner = live.node_infos[f"{instance}/encoder"]
    assert inner.weights and live.node_infos[instance].weights == inner.weights
    window.menus.trigger("graph.enter")
    assert page.desk.live.node_infos["encoder"] == inner
    assert page.desk.live.wire_infos["in", "x"].shape == "b 1 8 8"


def test_closing_during_a_run_keeps_what_it_has_learnt(window: Window, qtbot: QtBot) -> None:
    bench = window.bench
    live = bench.live
    window.menus.trigger("run.toggle")
    qtbot.waitUntil(lambda: len(loss(live)) > 20, timeout=60_000)
    run, seen = Path(live.status.run), []
    answer("Stop and quit", seen)
    window.close()
    qtbot.waitUntil(lambda: not bench.engine.alive, timeout=60_000)
    assert seen == ["vae-digits is still training."]
    assert json.loads((run / "run.json").read_text())["status"] == "stopped"
    assert any((run / "checkpoints").iterdir())


def test_killed_and_gone_on_with_from_the_list_a_run_ends_with_the_same_bits(
    window: Window, qtbot: QtBot, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    page = window.tabs.current
    bench, live = window.bench, window.bench.live
    bench.document.push(edits.set_param(bench.document.graph, "trainer", "steps", STEPS))
    qtbot.waitUntil(lambda: live.checked is not None, timeout=60_000)
    window.menus.trigger("run.toggle")
    qtbot.waitUntil(lambda: len(loss(live)) > 20, timeout=60_000)
    window.menus.trigger("run.toggle")  # a pause saves the run
    qtbot.waitUntil(lambda: live.status.status == "paused", timeout=60_000)
    run = Path(live.status.run)
    saved = len(loss(live))
    window.menus.trigger("run.toggle")
    qtbot.waitUntil(lambda: len(loss(live)) > saved, timeout=60_000)
    graph = bench.document.graph
    with qtbot.waitSignal(bench.engine_lost, timeout=60_000):
        os.kill(bench.engine.pid, 9)

    notice = window.notices.by_key[f"engine {id(page)}"]
    assert notice.sentence == "The engine stopped. Your graph is safe."
    assert bench.document.graph == graph
    assert saved <= checkpoint.load_latest(run)[1]["step"] < STEPS
    qtbot.mouseClick(notice.buttons[0], Qt.MouseButton.LeftButton)  # Restart
    qtbot.waitUntil(lambda: live.checked.seq == live.seq, timeout=60_000)

    runs = window.show_runs()
    listed = [(str(run), "interrupted")]
    shown = lambda: [(row.path, row.run.status) for row in runs.rows.rows]  # noqa: E731
    qtbot.waitUntil(lambda: shown() == listed, timeout=60_000)
    runs.table.choose([str(run)])
    next(a for a in runs.menu().actions() if a.text() == "Go on").trigger()
    qtbot.waitUntil(lambda: live.status.status == "done", timeout=120_000)
    assert live.status.run == str(run)
    qtbot.waitUntil(lambda: runs.rows.rows[0].run.status == "done", timeout=60_000)
    window.tabs.show_page(page)

    save(graph, tmp_path / "whole.graph.json")
    words = ["--threads", str(history.read_file(run).threads), "--no-views", "--json"]
    out = ["--out", str(tmp_path / "whole")]
    assert main(["run", str(tmp_path / "whole.graph.json"), *words, *out]) == 0
    whole = Path(json.loads(capfd.readouterr().out.splitlines()[-1])["run"])
    first, second = (checkpoint.load_latest(folder)[0] for folder in (run, whole))
    assert set(first) == set(second)
    assert [name for name in first if not torch.equal(first[name], second[name])] == []
    curves = [history.read_run(folder).series["loss.loss"] for folder in (run, whole)]
    assert curves[0] == curves[1]


def test_the_past_is_what_was_recorded_and_a_done_run_trains_longer(
    window: Window, qtbot: QtBot
) -> None:
    bench, live = window.bench, window.bench.live
    bench.document.push(edits.set_param(bench.document.graph, "trainer", "steps", 200))
    window.menus.trigger("run.toggle")
    qtbot.waitUntil(lambda: live.weights.anew, timeout=60_000)
    run = Path(live.status.run)
    now = signs(window)
    qtbot.waitUntil(lambda: 200 in live.checkpoints, timeout=60_000)

    live.show_step(100)
    recorded = history.read_run(run).series["loss.loss"]
    qtbot.waitUntil(lambda: bool(live.past_metrics), timeout=60_000)
    assert live.value("loss.loss") == dict(zip(*recorded, strict=True))[100]
    assert signs(window) == show_measure(live.value("loss.loss")) != now
    assert window.canvas.stage.nodes["loss"].signs.state == "past"
    assert "100" in window.status.past.text() and "100" in window.run_bar.details.text()
    live.show_newest()
    assert signs(window) == now and window.status.past.text() == ""

    window.menus.trigger("run.longer")
    assert bench.document.graph.nodes["trainer"].params["steps"] == 400
    qtbot.waitUntil(lambda: live.last_step == 400 and not bench.unfinished, timeout=60_000)
    assert live.status.run == str(run) and history.read_file(run).steps == 400
    assert live.series["loss.loss"][0] == list(range(1, 401))

    window.menus.trigger("run.toggle")
    qtbot.waitUntil(lambda: live.status.run != str(run) and live.busy, timeout=60_000)
    assert bench.replaced == str(run)
    window.menus.trigger("run.restore")
    qtbot.waitUntil(lambda: live.status.run == str(run), timeout=60_000)
    qtbot.waitUntil(lambda: live.last_step == 400 and live.weights.trained, timeout=60_000)
    bench.document.undo()
    assert bench.document.graph.nodes["trainer"].params["steps"] == 200


def signs(window: Window) -> str:
    """Return the figure at the foot of the loss."""
    return window.canvas.stage.nodes["loss"].signs.right
