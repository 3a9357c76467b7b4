"""The page of runs: what it lists, says, keeps and compares."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QFontMetricsF
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from engine.document.catalogue import Catalogue
from engine.document.errors import RunRefused
from engine.document.graph import Graph, Place, save
from engine.document.history import GRAPH_FILE
from engine.document.lineage import Difference
from engine.document.marking import Marking, delete, read_marking
from engine.document.messages import Figure as ViewFigure
from engine.document.messages import (
    Glance,
    Glanced,
    History,
    ListRuns,
    ReadRun,
    RunInfo,
    Unread,
    Welcome,
)
from engine.document.messages import Runs as RunList
from tests.workbench.plots.figures import scatter
from tests.workbench.test_language import french  # noqa: F401
from workbench.look import theme as look
from workbench.runs import page
from workbench.runs.compare import figure_of, series_in_common
from workbench.runs.page import Runs
from workbench.runs.painter import BESIDE, below_number
from workbench.runs.rows import Column
from workbench.runs.table import WIDTHS


def changed(beta: float) -> list[Difference]:
    return [Difference(what="value", node="elbo", kind="ELBO", name="beta", before=0.3, after=beta)]


@pytest.fixture
def infos(tmp_path: Path) -> list[RunInfo]:
    """Return three runs of the graph in front, newest first; their folders are there."""
    made = []
    for number, beta in ((3, 1.0), (2, 4.0), (1, 0.3)):
        folder = tmp_path / str(number)
        folder.mkdir()
        made.append(
            RunInfo(
                path=str(folder),
                name="vae-mnist",
                kinds={"elbo": "ELBO"},
                params={"elbo": {"beta": beta}},
                status="done",
                started=f"2026-11-22T14:0{number}:00+00:00",
                steps=9380,
                seconds=8,
                seed=number,
                metrics={"test": 24.0 + beta, "test.error": 0.2},
                number=number,
                origin=int(number > 1),
                changes=changed(beta) if number > 1 else [],
            )
        )
    return made


def history(info: RunInfo) -> History:
    series = {"elbo.kl": ([0, 1], [1.0, 2.0]), "elbo.loss": ([0, 1], [9.0, 8.0])}
    return History(info=info, series=series, steps=[0, 500, 1000])


@pytest.fixture
def asked(bench, monkeypatch: pytest.MonkeyPatch) -> list:
    """Return what an engine would be asked: one is there that never answers."""
    monkeypatch.setattr(bench.engine, "send", lambda request: True)
    found: list = []
    bench.live.requested.connect(found.append)
    return found


@pytest.fixture
def runs(asked, show, bench, infos):
    page = show(Runs(), width=1366)
    bench.live.receive(RunList(runs=infos))
    page.redraw_now()
    return page


def names(page: Runs) -> list[str]:
    return [row.name for row in page.rows.rows]


def centre(page: Runs, row: int, column: Column) -> QPoint:
    return page.table.visualRect(page.rows.index(row, column)).center()


def click(page: Runs, row: int, column: Column) -> None:
    QTest.mouseClick(
        page.table.viewport(), Qt.MouseButton.LeftButton, pos=centre(page, row, column)
    )


def test_it_asks_for_the_list_when_it_is_shown(runs, asked) -> None:
    assert isinstance(asked[0], ListRuns)


def test_it_asks_for_a_list_that_is_newer_than_its_own(runs, bench, asked, infos) -> None:
    def known() -> int:
        runs.ask()
        return [request for request in asked if isinstance(request, ListRuns)][-1].known

    bench.live.receive(RunList(runs=infos, stamp=7))
    assert known() == 7
    bench.live.receive(Unread(run=infos[0].path, sentence="gone"))
    assert known() != 7, "it is forgotten here, so the list must be told again"


def test_runs_are_told_by_what_changed(runs) -> None:
    assert names(runs) == ["Run 3 · β 1", "Run 2 · β 4", "Run 1"]
    first, last = runs.rows.rows[0], runs.rows.rows[-1]
    assert [tuple(told) for told in first.changed] == [("β", "0.3", "1")]
    assert last.changed_words == "nothing: first of its graph"
    assert runs.rows.index(0, Column.FIGURE).data() == "25.00 ± 0.20"
    assert "Runs of vae-mnist: 3 of 3 shown." in runs.foot.text()


def test_a_figure_sorts_and_runs_without_one_come_last(runs, bench, infos) -> None:
    infos[0].metrics = {}
    bench.live.receive(RunList(runs=infos))
    runs.redraw_now()
    head = runs.table.horizontalHeader()
    for order, found in (
        (Qt.SortOrder.AscendingOrder, [1, 2, 3]),
        (Qt.SortOrder.DescendingOrder, [2, 1, 3]),
    ):
        head.setSortIndicator(Column.FIGURE, order)
        assert [row.run.number for row in runs.rows.rows] == found
    head.setSortIndicator(Column.NOTE, Qt.SortOrder.AscendingOrder)  # has no order
    assert head.sortIndicatorSection() == Column.FIGURE


def test_a_star_a_note_and_the_bin_are_kept_in_the_folder(runs, infos) -> None:
    click(runs, 1, Column.STAR)
    assert read_marking(Path(infos[1].path)).starred
    runs.rows.setData(runs.rows.index(1, Column.NOTE), "the best")
    assert read_marking(Path(infos[1].path)) == Marking(starred=True, note="the best")
    runs.redraw_now()
    runs.starred.click()
    runs.redraw_now()
    assert names(runs) == ["Run 2 · β 4"]
    runs.starred.click()
    runs.noted.click()
    runs.redraw_now()
    assert names(runs) == ["Run 2 · β 4"]


def test_a_note_is_typed_where_it_stands(runs, infos) -> None:
    asked: list[object] = []
    for signal in (runs.table.opened, runs.table.binned):
        signal.connect(lambda *given: asked.append(given))
    click(runs, 0, Column.NOTE)
    (field,) = runs.table.findChildren(QLineEdit)
    QTest.keyClick(field, Qt.Key.Key_Backspace)
    QTest.keyClicks(field, "again")
    QTest.keyClick(field, Qt.Key.Key_Return)
    QApplication.processEvents()
    assert read_marking(Path(infos[0].path)).note == "again"
    assert not asked, "a key of the note did something else as well"


def test_what_is_deleted_lies_in_the_bin_and_comes_back(runs, infos) -> None:
    runs.table.choose([infos[0].path, infos[2].path])
    QTest.keyClick(runs.table, Qt.Key.Key_Delete)
    runs.redraw_now()
    assert names(runs) == ["Run 2 · β 4"]
    runs.bin.click()
    runs.redraw_now()
    assert names(runs) == ["Run 3 · β 1", "Run 1"]
    runs.table.choose([infos[0].path])
    next(a for a in runs.menu().actions() if a.text() == "Put back").trigger()
    runs.bin.click()
    runs.redraw_now()
    assert names(runs) == ["Run 3 · β 1", "Run 2 · β 4"]


@pytest.mark.parametrize("yes", [False, True])
def test_the_bin_is_emptied_after_a_question(runs, infos, monkeypatch, yes: bool) -> None:
    asked: list[int] = []
    monkeypatch.setattr(page, "confirmed", lambda parent, count: asked.append(count) or yes)
    assert not runs.emptying.isVisible()
    runs.table.choose([infos[0].path, infos[2].path])
    QTest.keyClick(runs.table, Qt.Key.Key_Delete)
    runs.bin.click()
    runs.redraw_now()
    runs.emptying.click()
    assert asked == [2]
    assert [Path(info.path).exists() for info in infos] == [not yes, True, not yes]


def test_what_is_not_in_the_bin_is_not_deleted(infos) -> None:
    with pytest.raises(RunRefused, match="not in the bin"):
        delete(Path(infos[0].path))


@pytest.mark.parametrize(("better", "first"), [("more", 28.0), ("less", 24.3), ("", 24.3)])
def test_a_figure_sorts_the_best_first(runs, bench, infos, better: str, first: float) -> None:
    known = runs.catalogue.kinds["ELBO"]
    runs.catalogue.kinds["Test"] = replace(known, kind="Test", better=better)
    for info in infos:
        info.kinds["test"] = "Test"
    bench.live.receive(RunList(runs=infos))
    runs.redraw_now()
    head = runs.table.horizontalHeader()
    place = QPoint(head.sectionViewportPosition(Column.FIGURE) + 20, head.height() // 2)
    QTest.mouseClick(head.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert runs.rows.rows[0].figure == first


def test_without_a_measure_the_last_loss_is_shown_and_said(runs, bench, infos) -> None:
    for info in infos:
        info.metrics, info.losses = {}, {"elbo.loss": 30.0 + info.number}
    bench.live.receive(RunList(runs=infos))
    runs.redraw_now()
    assert [row.figure for row in runs.rows.rows] == [33.0, 32.0, 31.0]
    assert runs.rows.titles()[Column.FIGURE] == "ELBO, at the end"


def test_a_folder_that_cannot_be_written_says_so(runs, infos, qtbot) -> None:
    Path(infos[0].path).rmdir()
    with qtbot.waitSignal(runs.refused):
        click(runs, 0, Column.STAR)
    assert not infos[0].starred


def test_ticks_choose_up_to_three_curves_with_these_names(runs, bench, asked, infos) -> None:
    click(runs, 0, Column.TICK)
    assert not runs.compare.isEnabled()
    click(runs, 1, Column.TICK)
    runs.compare.click()
    assert [a.run for a in asked if isinstance(a, ReadRun)] == [infos[0].path, infos[1].path]
    for info in infos[:2]:
        bench.live.receive(history(info))
    runs.redraw_now()
    assert not runs.comparison.isHidden() and bench.live.history is None
    drawn = runs.comparison.plot._picture.figure.facts["names"]
    assert list(drawn.values()) == ["Run 3 · β 1", "Run 2 · β 4"]
    click(runs, 0, Column.TICK)
    assert runs.comparison.isHidden() and len(runs.chosen()) == 1
    assert runs.count.text() == "1 run chosen"


def test_curves_have_the_names_of_their_runs(infos) -> None:
    both = [history(info) for info in infos[:2]]
    assert series_in_common(both) == ["elbo.loss", "elbo.kl"]
    told = {infos[0].path: "Run 3 · β 1", infos[1].path: "Run 2 · β 4"}
    figure = figure_of(both, told, "elbo.loss")
    assert figure.facts["names"] == told
    assert figure.arrays[f"y:{infos[0].path}"].numpy().tolist() == [9.0, 8.0]


def test_a_run_is_shown_by_enter_and_a_double_click(runs, qtbot, infos) -> None:
    with qtbot.waitSignal(runs.run_requested) as asked_for:
        QTest.mouseDClick(
            runs.table.viewport(), Qt.MouseButton.LeftButton, pos=centre(runs, 1, Column.RUN)
        )
    assert asked_for.args == [infos[1]]
    runs.table.setCurrentIndex(runs.rows.index(2, 0))
    with qtbot.waitSignal(runs.run_requested) as asked_for:
        QTest.keyClick(runs.table, Qt.Key.Key_Return)
    assert asked_for.args == [infos[2]]


def test_the_parameters_of_a_run_come_back_and_can_be_taken_back(runs, bench, infos) -> None:
    document = bench.document
    before = document.graph.nodes["elbo"].params.get("beta")
    kind = document.graph.nodes["elbo"].kind
    then = Graph(nodes={"elbo": Place(kind=kind, params={"beta": 4.0}), "gone": Place(kind="X")})
    save(then, Path(infos[1].path) / GRAPH_FILE)
    runs.restore_params(infos[1])
    assert document.graph.nodes["elbo"].params["beta"] == 4.0
    assert document.graph.settings.seed == infos[1].seed and "gone" not in document.graph.nodes
    document.undo()
    assert document.graph.nodes["elbo"].params.get("beta") == before


def test_runs_of_other_graphs_are_named_with_theirs(runs, bench, infos) -> None:
    infos[0].document, infos[0].name = "/else/other.graph.json", "other"
    bench.live.receive(RunList(runs=infos))
    runs.redraw_now()
    assert names(runs) == ["Run 2 · β 4", "Run 1"]
    runs.this_graph.click()
    runs.redraw_now()
    assert names(runs)[0] == "other, Run 3 · β 1"
    runs.table.choose([infos[0].path])
    assert runs.open_button.text().strip() == "Open its graph"


def test_a_damaged_folder_is_listed_and_kept_out_of_the_way(runs, bench, tmp_path) -> None:
    folder = tmp_path / "broken"
    folder.mkdir()
    bench.live.receive(RunList(runs=[RunInfo(path=str(folder), name="broken", status="damaged")]))
    runs.this_graph.click()
    runs.redraw_now()
    assert names(runs) == ["broken"]
    assert runs.rows.rows[0].changed_words == "its folder is damaged"
    runs.table.choose([str(folder)])
    assert not runs.open_button.isEnabled()
    QTest.keyClick(runs.table, Qt.Key.Key_Delete)
    assert read_marking(folder).binned


def test_thumbnails_are_asked_for_rows_in_sight_alone(runs, bench, asked, infos, qtbot) -> None:
    many = [
        RunInfo(path=f"/r/{n}", name="vae-mnist", kinds={"elbo": "ELBO"}, number=n, status="done")
        for n in range(1_000, 0, -1)
    ]
    bench.live.receive(RunList(runs=many))
    runs.redraw_now()
    asked.clear()
    runs.pictures.forget()
    runs.table.viewport().repaint()
    found = [request.run for request in asked if isinstance(request, Glance)]
    assert 0 < len(found) < 12
    figure = ViewFigure(node="scatter", step=1, figure=scatter(20))
    for request in asked:
        if isinstance(request, Glance):  # each answer brings the next request
            bench.live.receive(Glanced(run=request.run, figures=[figure]))
    qtbot.waitUntil(lambda: not runs.pictures._came)
    assert all(len(runs.pictures.of(row.run)) == 1 for row in runs.rows.rows[:3])


def test_what_has_no_room_is_folded_and_never_the_change_or_the_note(runs) -> None:
    seen = []
    for width in (1366, 1100, 1000, 900, 760):
        runs.resize(width, 640)
        QApplication.processEvents()
        hidden = {c for c in Column if runs.table.isColumnHidden(c)}
        assert not hidden & {Column.CHANGED, Column.FIGURE, Column.NOTE, Column.RUN}
        assert runs.table.horizontalHeader().length() <= runs.table.viewport().width()
        seen.append((hidden, set(runs.table.painter.folded)))
    assert seen[0] == (set(), set())
    assert seen[-1][0] == {Column.STEPS, Column.SEED, Column.TOOK}
    assert all(a[1] <= b[1] for a, b in pairwise(seen))


@pytest.mark.parametrize("language", ["en", "fr"])
def test_how_a_run_ended_and_when_is_never_cut(qtbot, request, language: str) -> None:
    if language == "fr":
        request.getfixturevalue("french")
    room = WIDTHS[Column.RUN] - BESIDE
    metrics = QFontMetricsF(look.font(look.BODY))
    for status in ("done", "stopped", "interrupted", "failed"):
        for started in (datetime.now(UTC).isoformat(), "2020-12-28T23:58:00+00:00"):
            told = below_number(RunInfo(path="r", name="r", status=status, started=started), room)
            assert ":" in told and metrics.horizontalAdvance(told) <= room, told


def test_an_empty_list_says_why(bench, runs) -> None:
    bench.live.receive(RunList(runs=[]))
    runs.redraw_now()
    assert runs.empty.text() == "The engine starts; then the runs are listed here."
    bench.live.receive(Welcome(catalogue=Catalogue()))
    bench.live.runs_known = 0  # while the engine checks the graph
    runs.redraw()
    assert runs.empty.text() == "The engine is busy; then the runs are listed here."
    bench.live.receive(RunList(runs=[]))
    runs.redraw_now()
    assert runs.empty.text() == "Runs appear here: press Run."
    runs.show_bench(None)
    runs.redraw_now()
    assert runs.empty.text() == "Open a graph: its runs are listed here."
