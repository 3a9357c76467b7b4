"""A served engine, driven through the protocol from another process, as the window does."""

import os
import shutil
import signal
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.document import history
from engine.document.graph import Graph, Place, copy, load
from engine.document.messages import (
    At,
    Checked,
    Fault,
    Figure,
    Glance,
    Glanced,
    Hello,
    History,
    ListRuns,
    Mended,
    Metric,
    NodeState,
    Note,
    Past,
    Pause,
    Progress,
    Quit,
    ReadRun,
    Refresh,
    Restore,
    Resume,
    Run,
    Runs,
    Scalars,
    SetGraph,
    Status,
    Step,
    Stop,
    Unread,
    Weights,
    Welcome,
    frame,
)

from .client import Client
from .toy import digits, graph, wires_of

LONG = 10**7  # steps


@pytest.fixture(scope="module")
def shared(home: Path) -> Iterator[Client]:
    with Client(home) as made:
        made.send(Hello())
        made.wait(Welcome)
        yield made


@pytest.fixture
def client(shared: Client) -> Client:
    """An engine that other tests have used before, and which must have lived through them."""
    shared.rest()
    return shared


@pytest.fixture
def own(home: Path) -> Iterator[Client]:
    """An engine for a test that ends it."""
    with Client(home) as made:
        made.send(Hello())
        yield made


@pytest.fixture
def plain(home: Path) -> Iterator[Client]:
    """An engine that is started as the window starts it."""
    with Client(home, plain=True) as made:
        made.send(Hello())
        yield made


def run_of(client: Client, tmp_path: Path, graph: Graph) -> str:
    """Start a recorded run and return its folder once it trains."""
    client.send(SetGraph(graph=graph, seq=1), Run(runs=str(tmp_path / "runs")))
    folder = client.wait_status("running").run
    client.wait(Scalars)
    return folder


def saved_at(client: Client, folder: str) -> int:
    """Return the step of the newest checkpoint of a run that is paused: it answers once saved."""
    here = client.mark()
    client.send(ReadRun(run=folder))
    return client.wait(History, after=here).checkpoints[-1]


def losses(client: Client) -> list[int]:
    """Return the steps of the loss's points, in the order in which they came."""
    heard = [e.series for e in client.heard if isinstance(e, Scalars)]
    return [step for series in heard for step in series["elbo.loss"][0]]


def test_a_run_from_hello_to_quit(plain: Client, tmp_path: Path) -> None:
    welcome = plain.wait(Welcome)
    assert {"Encoder", "Trainer"} <= set(welcome.catalogue.kinds)
    assert welcome.devices[0] == "cpu"
    assert welcome.pid == plain.process.pid
    plain.send(SetGraph(graph=digits(steps=300), seq=7))
    checked = plain.wait(Checked)
    assert checked.seq == 7
    assert checked.problems == []
    plain.send(Run(runs=str(tmp_path / "runs"), name="mine", document="/mine.graph.json"))
    folder = Path(plain.wait_status("running").run)
    assert plain.wait_status("done").run == str(folder)
    assert plain.wait(Progress, lambda p: p.step == 300)
    assert plain.wait(Figure).figure.arrays
    assert plain.wait(Metric).values[""] > 0
    assert history.read_file(folder).status == "done"
    plain.send(ListRuns(runs=str(tmp_path / "runs")), ReadRun(run=str(folder)))
    (info,) = plain.wait(Runs).runs
    assert (info.path, info.name, info.document) == (str(folder), "mine", "/mine.graph.json")
    read = plain.wait(History)
    assert read.series["elbo.loss"][0][-1] == 300
    plain.send(At(run=str(folder), step=0))
    past = plain.wait(Past)
    assert (past.run, past.step) == (str(folder), 0)
    assert past.figures and all(figure.step == 0 for figure in past.figures)
    plain.send(Glance(run=str(folder)), Glance(run=str(tmp_path)))
    assert plain.wait(Glanced, lambda g: g.run == str(folder)).figures
    assert not plain.wait(Glanced, lambda g: g.run == str(tmp_path)).figures
    plain.send(Quit())
    assert plain.process.wait(20) == 0


def test_pause_step_resume_stop(client: Client, tmp_path: Path) -> None:
    folder = run_of(client, tmp_path, digits(steps=LONG))
    client.send(Pause())
    client.wait_status("paused")
    saved = saved_at(client, folder)
    here = client.mark()
    client.send(Step())
    client.wait_status("paused", after=here)
    assert saved_at(client, folder) == saved + 1
    here = client.mark()
    client.send(Resume())
    client.wait_status("running", after=here)
    client.wait(Scalars, after=here)
    client.send(Stop())
    client.wait_status("stopped", after=here)
    assert history.read_file(Path(folder)).status == "stopped"


def test_two_steps_that_are_asked_at_once_are_two(client: Client, tmp_path: Path) -> None:
    client.send(SetGraph(graph=digits(steps=LONG)), *[Step(runs=str(tmp_path / "runs"))] * 2)
    folder = client.wait_status("paused").run
    client.wait(Progress, lambda p: p.step == 2)
    assert saved_at(client, folder) == 2
    client.send(Step(), Step(), Step())
    client.wait(Progress, lambda p: p.step == 5)
    assert saved_at(client, folder) == 5


def test_two_steps_of_long_work_are_two(client: Client) -> None:
    client.send(SetGraph(graph=slow()), Step(), Step())
    client.wait(Progress, lambda p: p.step == 1)  # the first frame is where it begins
    here = client.mark()
    client.send(ListRuns())
    client.wait(Runs, after=here)
    assert max(e.step for e in client.heard if isinstance(e, Progress)) == 1


def test_step_begins_a_run(client: Client) -> None:
    client.send(SetGraph(graph=digits(steps=LONG)), Step())
    client.wait_status("paused")
    assert client.wait(Progress).step <= 1
    here = client.mark()
    client.send(Stop())
    client.wait_status("stopped", after=here)


# --- where nothing trains: a run is the long work of solvers and samplers -------------------------


def transport(**more: object) -> Graph:
    """Sinkhorn's iterations between two clouds, seen by two views."""
    nodes = {
        "moons": ("TwoMoons", {"batch": 40}),
        "ring": ("EightGaussians", {"batch": 40}),
        "sinkhorn": ("Sinkhorn", {"way": "by the book", "eps": 0.02, "tolerance": 1e-9}),
        "plan": "PlanView",
        "morph": "Morph",
    }
    wires = """moons.points>sinkhorn.x ring.points>sinkhorn.y sinkhorn.plan>plan.plan
        moons.points>morph.x ring.points>morph.y sinkhorn.plan>morph.plan"""
    return graph(nodes | more, wires)


def stepped(client: Client, *requests: object) -> tuple[int, list[Figure], Progress]:
    """Send and wait until it stands still; return the iteration, what views show, and the word."""
    here = client.mark()
    client.send(*requests)
    client.wait_status("paused", after=here)
    figures = [e for e in client.heard[here:] if isinstance(e, Figure)]
    word = [e for e in client.heard[here:] if isinstance(e, Progress)][-1]
    return word.step, figures, word


def test_an_iteration_is_stepped_seen_and_gone_on_with(client: Client) -> None:
    client.send(SetGraph(graph=transport()))
    first, figures, word = stepped(client, Step())
    assert (first, word.node) == (1, "sinkhorn")
    assert {f.node for f in figures} == {"plan", "morph"}  # all that hang on it
    assert word.numbers.keys() == {"error", "gap"}
    second, figures, next_word = stepped(client, Step())
    assert second == 2 and {f.node for f in figures} == {"plan", "morph"}
    assert next_word.numbers["error"] < word.numbers["error"]
    here = client.mark()
    client.send(Resume())
    client.wait_status("done", after=here)
    states = [e for e in client.heard[here:] if isinstance(e, NodeState)]
    assert [(s.node, s.state) for s in states] == [("sinkhorn", "done")]


def test_steps_lead_to_the_same_plan_as_a_run(client: Client) -> None:
    client.send(SetGraph(graph=transport()))
    stepped(client, Step())
    stepped(client, Step())
    here = client.mark()
    client.send(Resume())
    client.wait_status("done", after=here)
    by_steps = [e for e in client.heard if isinstance(e, Figure) and e.node == "plan"][-1]
    here = client.mark()
    client.send(Run(fresh=True))
    client.wait_status("done", after=here)
    by_run = [e for e in client.heard if isinstance(e, Figure) and e.node == "plan"][-1]
    assert by_run.figure.arrays == by_steps.figure.arrays


def slow() -> Graph:
    """A walk that does not end before someone stops it."""
    nodes = {
        "data": ("RingMixture", {"modes": 2}),
        "score": "ExactScore",
        "walk": ("LangevinSampler", {"count": 100, "steps": 10**6, "eta": 0.01}),
        "paths": "Trajectories",
    }
    wires = "data.points>score.points score.score>walk.model walk.path>paths.path"
    return graph(nodes, wires)


def test_a_walk_is_paused_where_it_is_goes_on_and_is_stopped_at_once(client: Client) -> None:
    client.send(SetGraph(graph=slow()), Run())
    client.wait_status("running")
    client.wait(Progress, lambda p: p.step > 10)
    at, figures, _ = stepped(client, Pause())
    assert figures and at > 10
    assert stepped(client, Step())[0] == at + 1
    here = client.mark()
    client.send(Resume())
    client.wait(Progress, lambda p: p.step > at + 10, after=here)
    client.send(Stop())
    client.wait_status("stopped", after=here)
    client.wait(NodeState, lambda s: s.node == "walk" and s.state == "idle", after=here)


def test_an_edit_ends_a_walk_that_stands_still_but_one_of_a_view_does_not(client: Client) -> None:
    walk = slow()
    client.send(SetGraph(graph=walk), Step())
    client.wait_status("paused")
    view = copy(walk)
    view.nodes["paths"].params["count"] = 7
    here = client.mark()
    client.send(SetGraph(graph=view, seq=2))
    client.wait(Checked, lambda c: c.seq == 2, after=here)
    shown = client.wait(Figure, after=here)
    assert shown.figure.arrays["paths"].shape[1] == 7
    moved = copy(view)
    moved.layout.positions["paths"] = (8.0, 8.0)
    assert stepped(client, SetGraph(graph=moved, seq=3), Step())[0] == 1
    edited = copy(view)
    edited.nodes["walk"].params["steps"] = 3
    here = client.mark()
    client.send(SetGraph(graph=edited, seq=4))
    client.wait_status("stopped", after=here)
    assert client.wait(Checked, lambda c: c.seq == 4, after=here).problems == []


def test_mends_are_tried_between_the_steps_of_a_run(client: Client, tmp_path: Path) -> None:
    graph = digits(steps=LONG)
    run_of(client, tmp_path, graph)
    edited = copy(graph)
    edited.nodes["other"] = Place(kind="Decoder", params={"shape": [1, 28, 28]})
    edited.nodes["more"] = Place(kind="ELBO")  # trains nothing: the run goes on
    ends = "z.z>other.z data.images>more.x encoder.q>more.q other.x_hat>more.x_hat"
    edited.wires += wires_of(ends)
    here = client.mark()
    client.send(SetGraph(graph=edited, seq=2))
    client.wait(Checked, lambda c: c.seq == 2, after=here)
    assert client.wait(Mended, after=here).problem.node == "more"
    client.send(Pause())
    client.wait_status("paused", after=here)


def test_a_run_does_not_wait_for_what_an_idle_engine_shows(client: Client) -> None:
    client.send(SetGraph(graph=slow()))
    client.wait(Figure)
    assert stepped(client, Step())[0] == 0


def test_the_past_can_be_seen_while_it_trains(client: Client, tmp_path: Path) -> None:
    folder = run_of(client, tmp_path, digits(steps=LONG))
    client.send(ReadRun(run=folder))
    assert client.wait(History).info.status == "running"
    client.wait(Figure, lambda f: f.step > 0)
    client.send(At(run=folder, step=0))
    assert {figure.step for figure in client.wait(Past).figures} == {0}


def test_a_run_folder_that_is_gone_is_said_and_is_no_fault_of_the_graph(
    client: Client, tmp_path: Path
) -> None:
    here, paths = client.mark(), [str(tmp_path / name) for name in ("gone", "lost")]
    client.send(At(run=paths[0], step=0), ReadRun(run=paths[1]))
    for path in paths:
        assert path in client.wait(Unread, lambda u, path=path: u.run == path).sentence
    assert not any(isinstance(event, Fault) for event in client.heard[here:])


def test_the_engine_says_what_a_run_would_do_to_trained_weights(
    own: Client, tmp_path: Path
) -> None:
    here = own.mark()
    own.send(SetGraph(graph=digits(steps=20)))
    assert own.wait(Weights, after=here) == Weights()
    here = own.mark()
    own.send(Run(runs=str(tmp_path / "runs")))
    own.wait_status("done", after=here)
    assert own.wait(Weights, after=here) == Weights(trained=True, anew=True)
    wider, here = digits(steps=20), own.mark()
    wider.nodes["encoder"].params["hidden"] = 16
    own.send(SetGraph(graph=wider))
    assert own.wait(Weights, after=here).anew, "the decoder is trained"


def test_weights_that_a_run_replaced_are_put_back(client: Client, tmp_path: Path) -> None:
    graph = digits(steps=20)
    first = whole_run_of(client, tmp_path, graph)
    loss = last_metric(client)
    graph.settings.seed = 1
    second = whole_run_of(client, tmp_path, graph)
    assert second != first and last_metric(client) != loss
    graph.settings.seed, here = 0, client.mark()
    client.send(SetGraph(graph=graph), Restore(run=first))
    assert client.wait_status("done", after=here).run == first
    client.wait(Metric, after=here)
    assert last_metric(client) == loss
    here, wider = client.mark(), digits(steps=20)
    wider.nodes["encoder"].params["hidden"] = 16
    client.send(SetGraph(graph=wider), Restore(run=first))
    assert "does not fit" in client.wait(Fault, after=here).problem.sentence


def whole_run_of(client: Client, tmp_path: Path, graph: Graph) -> str:
    """Run to the end and return the run's folder."""
    here = client.mark()
    client.send(SetGraph(graph=graph), Run(runs=str(tmp_path / "runs")))
    return client.wait_status("done", after=here).run


def last_metric(client: Client) -> dict[str, float]:
    return [e for e in client.heard if isinstance(e, Metric)][-1].values


def test_live_parameters_act_during_a_run(client: Client, tmp_path: Path) -> None:
    graph = digits(steps=LONG)
    run_of(client, tmp_path, graph)
    graph.nodes["adam"].params["rate"] = 1e-2
    here = client.mark()
    client.send(SetGraph(graph=graph, seq=2))
    checked = client.wait(Checked, lambda c: c.seq == 2)
    assert "changed" not in {info.state for info in checked.nodes}
    client.wait(Progress, after=here)
    assert not [e for e in client.heard[here:] if isinstance(e, Status)]


def test_an_edit_after_training_pulls_only_what_hangs_on_it(client: Client) -> None:
    graph = digits(steps=100)
    client.send(SetGraph(graph=graph), Run(fresh=True))
    client.wait_status("done")
    changed = copy(graph)
    changed.nodes["prior"].params["count"] = 9
    here = client.mark()
    client.send(SetGraph(graph=changed, seq=2))
    figure = client.wait(Figure, after=here)
    assert figure.node == "samples"
    assert figure.figure.arrays["images"].shape[0] == 9
    client.send(ListRuns())
    client.wait(Runs)
    assert {e.node for e in client.heard[here:] if isinstance(e, Figure)} == {"samples"}


def test_refresh_pulls_what_it_names(client: Client) -> None:
    client.send(SetGraph(graph=digits()), Refresh(nodes=["samples"]))
    assert client.wait(Figure).node == "samples"


def test_only_the_newest_graph_is_checked(client: Client) -> None:
    client.send(*[SetGraph(graph=digits(), seq=number) for number in range(1, 31)])
    client.wait(Checked, lambda c: c.seq == 30)
    assert len([e for e in client.heard if isinstance(e, Checked)]) < 30


GARBAGE = [b"", b"\xc1\xff\x00hi", b"\x81\xa4type\xa4Nope", b"\x81" * 5000, b"[]", bytes(range(99))]


@pytest.mark.parametrize("body", GARBAGE)
def test_garbage_is_a_fault_and_no_end(client: Client, body: bytes) -> None:
    client.send_bytes(struct.pack(">I", len(body)) + body)
    assert "could not be read" in client.wait(Fault).problem.sentence
    client.send(SetGraph(graph=digits(), seq=4))
    assert client.wait(Checked).seq == 4


def test_requests_that_make_no_sense_are_faults(own: Client, tmp_path: Path) -> None:
    own.send(Run(), Step(), Refresh(), Pause(), Resume(), Stop())
    own.send(At(run=str(tmp_path), step=3), ReadRun(run="/nowhere"))
    own.send(SetGraph(graph=digits(), seq=1))
    own.wait(Checked)
    faults = [e.problem.sentence for e in own.heard if isinstance(e, Fault)]
    assert any("no graph" in text for text in faults)
    unread = [e.sentence for e in own.heard if isinstance(e, Unread)]
    assert any("no run folder" in text for text in unread)


def test_a_graph_that_cannot_run_says_why(client: Client) -> None:
    graph = digits()
    graph.wires = [w for w in graph.wires if w.target != "elbo"]
    client.send(SetGraph(graph=graph), Run())
    assert client.wait_status("failed").sentence
    assert client.wait(Fault).problem.node == "elbo"
    client.send(SetGraph(graph=digits(steps=20), seq=2), Run())
    client.wait_status("done")


def test_a_loss_that_explodes_fails_the_run_alone(client: Client, tmp_path: Path) -> None:
    graph = digits(steps=LONG)
    graph.nodes["adam"].params |= {"algorithm": "SGD", "rate": 10.0}
    client.send(SetGraph(graph=graph), Run(fresh=True, runs=str(tmp_path / "runs")))
    failed = client.wait_status("failed")
    assert "NaN" in failed.sentence
    assert history.read_file(Path(failed.run)).sentence == failed.sentence
    client.send(SetGraph(graph=digits(steps=20), seq=2), Run(fresh=True))
    client.wait_status("done")


def test_the_end_of_stdin_saves_and_ends(own: Client, tmp_path: Path) -> None:
    folder = run_of(own, tmp_path, digits(steps=LONG))
    assert own.process.stdin is not None
    own.process.stdin.close()
    assert own.process.wait(20) == 0
    assert history.read_file(Path(folder)).status == "stopped"
    assert history.read_run(Path(folder)).checkpoints


@pytest.mark.parametrize("data", [b"\x00", frame(Hello())[:-2], b"\xff\xff\xff\xff abc"])
def test_a_truncated_frame_ends_it_cleanly(home: Path, data: bytes) -> None:
    with Client(home) as client:
        client.send_bytes(data)
        assert client.process.stdin is not None
        client.process.stdin.close()
        assert client.process.wait(20) == 0


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_ctrl_c_in_the_terminal_is_the_windows_matter(own: Client, tmp_path: Path) -> None:
    run_of(own, tmp_path, digits(steps=LONG))
    own.process.send_signal(signal.SIGINT)
    here = own.mark()
    own.wait(Scalars, after=here)
    own.process.send_signal(signal.SIGTERM)
    assert own.process.wait(20) == 0


def test_what_nodes_print_goes_to_the_log(home: Path, tmp_path: Path) -> None:
    plugins = tmp_path / "nodes"
    plugins.mkdir()
    (plugins / "loud.py").write_text("import os\nprint('hello')\nos.write(1, b'raw')\n")
    with Client(home) as client:
        client.send(Hello(plugins=[str(plugins)]))
        client.wait(Welcome)
        client.send(SetGraph(graph=digits()))
        client.wait(Checked)
        assert {"hello", "raw"} <= set(client.log.read_text().replace("raw", "raw\n").split())


def test_a_killed_engine_goes_on_where_it_was(home: Path, tmp_path: Path) -> None:
    with Client(home, plain=True) as client:
        client.send(Hello())
        folder = run_of(client, tmp_path, digits(steps=2000))
        client.send(Pause())
        client.wait_status("paused")
        saved = saved_at(client, folder)
    assert history.read_info(Path(folder)).status == "interrupted"
    with Client(home) as client:
        client.send(Hello(), SetGraph(graph=digits(steps=2000)), Run(resume=folder))
        assert client.wait_status("done", seconds=60).run == folder
        assert min(losses(client)) == saved + 1
    read = history.read_run(Path(folder))
    assert read.info.status == "done"
    steps = read.series["elbo.loss"][0]
    assert steps == sorted(set(steps))


def test_a_done_run_trains_longer_in_its_folder(client: Client, tmp_path: Path) -> None:
    client.send(SetGraph(graph=digits(steps=60)), Run(runs=str(tmp_path / "runs"), fresh=True))
    folder = client.wait_status("done", seconds=60).run
    here = client.mark()
    client.send(SetGraph(graph=digits(steps=150), seq=2), Run(resume=folder))
    assert client.wait_status("done", after=here, seconds=60).run == folder
    steps = history.read_run(Path(folder)).series["elbo.loss"][0]
    assert steps == list(range(1, 151))
    facts = history.read_file(Path(folder))
    assert (facts.status, facts.steps) == ("done", 150)
    assert load(Path(folder) / history.GRAPH_FILE).nodes["trainer"].params["steps"] == 150
    here = client.mark()
    client.send(Run(resume=folder))
    client.wait(Note, lambda n: "all its 150 steps" in str(n.text), after=here)
    client.wait_status("done", after=here, seconds=60)


@pytest.mark.skipif(os.name == "nt", reason="open files")
def test_a_run_whose_folder_is_deleted_says_so_once(client: Client, tmp_path: Path) -> None:
    folder = Path(run_of(client, tmp_path, digits(steps=LONG)))
    while folder.exists():
        shutil.rmtree(folder, ignore_errors=True)
    here = client.mark()
    client.send(Pause())
    client.wait(Fault, lambda f: "without being recorded" in str(f.problem.sentence), after=here)
    client.send(Stop())
    client.wait_status("stopped", after=here)
    told = [e for e in client.heard[here:] if isinstance(e, Fault)]
    assert len(told) == 1
    assert not folder.exists()


def test_a_slow_reader_holds_nothing_up(client: Client, tmp_path: Path) -> None:
    folder = Path(run_of(client, tmp_path, digits(steps=1500, count=4000)))
    client.reading.clear()
    deadline = history.read_file(folder)
    while history.read_file(folder).status == "running":
        assert client.process.poll() is None
    assert deadline.status == "running"
    assert history.read_file(folder).status == "done"
    client.reading.set()
    client.wait_status("done")
    assert client.wait(Figure, lambda f: f.node == "samples" and f.step == 1500)
    assert losses(client) == list(range(1, 1501))
