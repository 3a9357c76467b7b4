import pytest

from engine.document.catalogue import Catalogue
from engine.document.messages import At, History, ListRuns, ReadRun, RunInfo, Welcome
from engine.document.messages import Runs as RunList
from workbench.panels.compare import figure_of, series_in_common
from workbench.panels.runs import Runs


def info(number: int, **more) -> RunInfo:
    return RunInfo(
        path=f"/runs/{number}",
        name="vae-mnist",
        kinds=more.pop("kinds", {"elbo": "ELBO"}),
        status=more.pop("status", "done"),
        started=f"2026-11-22T14:0{number}:00",
        steps=9380,
        seconds=8,
        seed=number,
        metrics={"elbo": 153.71},
        **more,
    )


def history(number: int) -> History:
    return History(
        info=info(number),
        series={"elbo.kl": ([0, 1], [1.0, 2.0]), "elbo.loss": ([0, 1], [9.0, 8.0])},
        steps=[0, 500, 1000],
    )


@pytest.fixture
def asked(bench, monkeypatch: pytest.MonkeyPatch) -> list:
    """Return what an engine would be asked: one is there that never answers."""
    monkeypatch.setattr(bench.engine, "send", lambda request: True)
    found: list = []
    bench.live.requested.connect(found.append)
    return found


@pytest.fixture
def runs(asked, show, bench):
    panel = show(Runs(), width=324)
    bench.live.receive(RunList(runs=[info(2), info(1)]))
    panel.redraw_now()
    return panel


def select(runs, *rows: int) -> None:
    runs.view.clearSelection()
    for row in rows:
        index = runs.rows.index(row)
        runs.view.selectionModel().select(index, runs.view.selectionModel().SelectionFlag.Select)


def test_it_asks_for_the_list_when_it_is_shown(runs, asked) -> None:
    assert isinstance(asked[0], ListRuns)


def test_a_run_says_what_it_was(runs) -> None:
    row = runs.rows.rows[0]
    assert row.detail == "9,380 steps · ELBO 153.7 · seed 2"
    assert row.side == "11-22 14:02"
    assert "done" in row.spoken and row.icon == "circle-check"


def test_the_measure_of_a_node_that_is_not_here_is_said_in_words(runs, bench) -> None:
    other = info(3, kinds={"nats_per_character": "BitsPerCharacter"})
    other.metrics = {"nats_per_character": 1.91, "nats_per_character.per token": 1.92}
    bench.live.receive(RunList(runs=[other]))
    runs.redraw_now()
    row = runs.rows.rows[-1]
    assert row.faint and row.detail == "9,380 steps · nats per character 1.91 · seed 3"
    assert "nats per character per token 1.92" in row.tip


def test_opening_a_run_shows_its_last_views(runs, asked, bench, qtbot) -> None:
    runs.open_run("/runs/1")
    assert asked[-1] == ReadRun(run="/runs/1")
    bench.live.receive(history(1))
    assert bench.live.history.info.path == "/runs/1"
    assert bench.live.past == 1000
    qtbot.waitUntil(lambda: isinstance(asked[-1], At))
    assert (asked[-1].run, asked[-1].step) == ("/runs/1", 1000)


def test_what_is_not_whole_can_be_gone_on_with(runs, bench) -> None:
    select(runs, 0)
    assert not runs.resume_button.isEnabled()
    bench.live.receive(RunList(runs=[info(2, status="interrupted"), info(1, status="stopped")]))
    runs.redraw_now()
    for row in (0, 1):
        select(runs, row)
        assert runs.resume_button.isEnabled()
    select(runs, 0, 1)
    assert not runs.resume_button.isEnabled()


def test_two_runs_are_compared_without_leaving_the_one_shown(runs, asked, bench) -> None:
    select(runs, 0, 1)
    assert [a.run for a in asked if isinstance(a, ReadRun)] == ["/runs/2", "/runs/1"]
    bench.live.receive(history(2))
    bench.live.receive(history(1))
    assert bench.live.history is None
    assert not runs.comparison.isHidden()
    assert runs.comparison.choice.itemText(0) == "ELBO loss"
    assert len(runs.comparison.runs) == 2


def test_curves_of_one_name_are_told_apart() -> None:
    both = [history(1), history(2)]
    assert series_in_common(both) == ["elbo.loss", "elbo.kl"]
    names = {"/runs/1": "Run 1", "/runs/2": "Run 2 · β 4"}
    figure = figure_of(both, names, "elbo.loss")
    assert figure.facts["names"] == names
    assert figure.arrays["y:/runs/1"].numpy().tolist() == [9.0, 8.0]


def test_going_back_to_now_leaves_the_past(runs, bench) -> None:
    runs.open_run("/runs/1")
    bench.live.receive(history(1))
    runs.newest_button.click()
    assert bench.live.past is None and bench.live.history is None


def test_a_run_that_is_done_gives_its_weights_back(runs, bench, asked) -> None:
    bench.live.receive(RunList(runs=[info(2, status="stopped"), info(1)]))
    runs.redraw_now()
    select(runs, 0)
    assert runs.restore_button.isHidden() and runs.resume_button.isEnabled()
    select(runs, 1)
    assert runs.resume_button.isHidden() and not runs.restore_button.isHidden()


def test_runs_of_other_graphs_stand_apart_and_open_theirs(runs, asked, bench, qtbot) -> None:
    foreign = info(3, document="/else/other.graph.json")
    bench.live.receive(RunList(runs=[foreign, info(2), info(1)]))
    runs.redraw_now()
    assert [row.id for row in runs.rows.rows] == ["/runs/2", "/runs/1", "", "/runs/3"]
    select(runs, 2)
    assert runs.chosen() == []
    select(runs, 3)
    assert runs.open_button.text() == "Open its graph"
    assert not runs.resume_button.isEnabled()
    with qtbot.waitSignal(runs.run_graph_requested) as wanted:
        runs.open_button.click()
    assert wanted.args == [foreign]
    assert not any(isinstance(request, ReadRun) for request in asked)
    select(runs, 0)
    assert runs.open_button.text() == "Show in views"


def test_the_selection_survives_a_new_list(runs, bench) -> None:
    select(runs, 1)
    bench.live.receive(RunList(runs=[info(3), info(2), info(1)]))
    runs.redraw_now()
    assert runs.chosen() == ["/runs/1"]


def test_an_empty_list_says_why(bench, runs, qtbot):
    assert runs.empty.text() == "The engine starts; then the runs are listed here."
    bench.live.receive(Welcome(catalogue=Catalogue()))
    bench.live.runs_known = False  # while the engine checks the graph
    runs.redraw()
    assert runs.empty.text() == "The engine is busy; then the runs are listed here."
    bench.live.receive(RunList(runs=[]))
    runs.redraw_now()
    assert runs.empty.text() == "Runs appear here: press Run."
