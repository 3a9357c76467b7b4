"""The French window, walked whole: every example and every faulty graph, no English word."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QLocale
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

import resources
from engine.document import messages as m
from engine.document.graph import SUFFIX, Graph, apply
from engine.run.session import Session
from nodes.sentences import say
from tests.workbench import speech
from tests.workbench.test_window import ASKS as QUESTIONS
from workbench import edits
from workbench.actions import TABLE
from workbench.bench import examples
from workbench.bench.document import Document
from workbench.bench.process import Engine
from workbench.bench.settings import UserSettings
from workbench.look import formula
from workbench.shell.docks import LEFT_PANELS, RIGHT_PANELS, TOOL_PANELS
from workbench.shell.window import Window
from workbench.words import language

ASKS = QUESTIONS | {"view.english", "view.french", "view.system_language"}  # make all anew
FAULTS = Path(__file__).parents[1] / "faults" / "graphs"
STRANGERS: list[QWidget] = []
NAMES = {"generative", "workbench", "ctrl"}  # as this program and a key are called
MUTE = [sys.executable, "-c", "import sys; sys.stdin.buffer.read()"]
PANELS = tuple(LEFT_PANELS | RIGHT_PANELS | TOOL_PANELS)


@pytest.fixture
def french(qapp: QCoreApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = QLocale()
    translators = (language._of_qt("fr"), language.Translator("fr"))
    for translator in translators:
        qapp.installTranslator(translator)
    monkeypatch.setattr(language, "spoken", lambda: "fr")
    QLocale.setDefault(QLocale("fr_FR"))
    yield
    for translator in translators:
        qapp.removeTranslator(translator)
    QLocale.setDefault(before)


@pytest.fixture
def window(
    french: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> Iterator[Window]:
    monkeypatch.setenv("GENWORKBENCH_HOME", str(tmp_path / "home"))
    STRANGERS[:] = QApplication.allWidgets()  # left by other tests, in English
    made = Window(UserSettings(), speech.catalogue(), engines=lambda: Engine(command=MUTE))
    made.resize(1366, 768)
    made.show()
    yield made
    made.shutdown.closing = True
    for page in made.tabs.documents:
        page.bench.document.close()
        page.bench.engine.kill()
    made.close()
    made.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def heard(bench: Any, session: Session) -> None:
    """Tell the window what the engine says of its document."""
    bench._receive(m.Welcome(catalogue=session.catalogue, devices=["cpu"], versions={"torch": "2"}))
    bench._receive(session.update(bench.document.graph, bench.live.seq))


def english_in(texts: set[str], names: set[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for text in texts:
        for word in speech.words(text) & speech.english() - names:
            found.setdefault(word, set()).add(text)
    return found


def all_of(window: Window) -> set[str]:
    """Show every panel and select every node; return all that was said meanwhile."""
    for panel in PANELS:
        window.show_panel(panel)
        QApplication.processEvents()
    window.canvas.stage.select([])
    return whole(window) | of_nodes(window)


def whole(window: Window) -> set[str]:
    QApplication.processEvents()
    window.grab()
    return set(speech.said(window, STRANGERS))


def of_nodes(window: Window) -> set[str]:
    """Select every node; read its inspector, and the whole window at the first one of each role."""
    found: set[str] = set()
    inspector = window.show_panel("inspector")
    roles: set[str] = set()
    for node, place in window.bench.document.graph.nodes.items():
        role = window.catalogue.role(place)
        window.canvas.setUpdatesEnabled(role not in roles)
        window.canvas.stage.select([node])
        QApplication.processEvents()
        found |= set(speech.said_by(inspector)) if role in roles else whole(window)
        roles.add(role)
    window.canvas.setUpdatesEnabled(True)
    return found


FOLDERS = {"example": resources.path("examples"), "fault": FAULTS}
QUICK = ("vae-digits", "gan-ring", "faulty8")  # the others are walked by `make long`


def graphs() -> Iterator[Any]:
    for kind, folder in FOLDERS.items():
        for path in sorted(folder.glob(f"*{SUFFIX}")):
            name = path.name.removesuffix(SUFFIX)
            marks = () if name in QUICK else (pytest.mark.long,)
            yield pytest.param(kind, path, id=name, marks=marks)


@pytest.mark.parametrize(("kind", "path"), graphs())
def test_no_english_word(
    window: Window, kind: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    painted = speech.Painted(monkeypatch)
    files, name = window.files, path.name.removesuffix(SUFFIX)
    opened = files.open_example(name) if kind == "example" else files.open(path)
    assert opened
    heard(window.bench, Session())
    own = speech.words(name if kind == "example" else f"{name} {path.read_text()}")
    window.canvas.navigation.fit_all(animate=False)
    assert_french(all_of(window) | painted.texts, own | NAMES)


def assert_french(texts: set[str], names: set[str] = NAMES) -> None:
    found = english_in(texts, names)
    assert not found, "\n".join(f"{w}: {sorted(t)[:2]}" for w, t in sorted(found.items()))


def test_every_kind_of_node_is_shown_in_french(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    blank = formula.Drawing(b"<svg/>", 80.0, 20.0, 15.0)  # most of the time is that of typesetting
    monkeypatch.setattr(formula, "drawing", lambda latex, size, colour: blank)
    painted = speech.Painted(monkeypatch)
    graph = Graph()
    *most, last = (
        (kind, (280.0 * (place % 12), 240.0 * (place // 12)))
        for place, kind in enumerate(speech.catalogue().kinds)
    )
    for kind, at in most:
        apply(graph, edits.add_node(graph, kind, at, catalogue=speech.catalogue()))
    window.add_document(Document(graph))
    bench = window.bench
    bench._receive(m.Welcome(catalogue=speech.catalogue(), devices=["cpu"]))
    bench.document.push(edits.add_node(graph, *last, catalogue=speech.catalogue()))
    found = of_nodes(window)
    window.menus.trigger("edit.undo")
    window.menus.refresh()
    assert_french(found | whole(window) | painted.texts)


def test_every_action_and_what_it_opens_is_french(
    window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    painted = speech.Painted(monkeypatch)
    page = window.add_document(
        Document(examples.load(resources.path("examples", "gan-ring" + SUFFIX)))
    )
    heard(window.bench, Session())
    found: set[str] = set()
    for action in TABLE:
        if action.id in ASKS or action.id == "settings.french":
            continue
        window.tabs.show_page(page)
        window.canvas.stage.select(sorted(page.bench.document.graph.nodes)[:2])
        print(action.id, flush=True)
        window.menus.trigger(action.id)
        window.menus.refresh()
        QApplication.processEvents()
        found |= set(speech.said(window, STRANGERS))
        for widget in QApplication.topLevelWidgets():
            if widget is not window and widget.isVisible():
                widget.close()
    for state in STATES:
        window.bench.live.receive(state)
        QApplication.processEvents()
        window.grab()
        found |= set(speech.said(window, STRANGERS))
    assert_french(found | painted.texts)


FAILED = say("The run cannot be recorded in {path}: {why}.", path="/a", why="?")
STATES = (
    m.Status(status="starting", run="runs/a"),
    m.Status(status="running", run="runs/a"),
    m.Progress(
        node="trainer", step=40, total=400, epoch=1.5, epochs=4, rate=40.5, left=87,
        numbers={"acceptance": 0.5},
    ),
    m.NodeState(node="critic", state="running"),
    m.Status(status="paused", run="runs/a"),
    m.Status(status="failed", run="runs/a", sentence=FAILED),
    m.Status(status="stopped", run="runs/a"),
    m.NodeState(node="critic", state="error"),
    m.NodeState(node="generator", state="changed"),
    m.Weights(trained=True, anew=True),
    m.Status(status="done", run="runs/a"),
    m.Runs(
        runs=[
            m.RunInfo(path=f"runs/{s}", name="a", status=s, metrics={"fid.largest_share": 0.5})
            for s in ("running", "done", "stopped", "failed", "interrupted")
        ]
    ),
)  # fmt: skip
