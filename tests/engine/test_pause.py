"""A pause is said first and shows afterwards; what it interrupts leaves no trace in training."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from engine.document.errors import GaveWay
from engine.document.graph import Graph, Wire, copy
from engine.document.messages import (
    Checked,
    Figure,
    Hello,
    Pause,
    Progress,
    Refresh,
    Resume,
    Run,
    Scalars,
    SetGraph,
    Status,
    Step,
    Stop,
    Welcome,
)
from tests.engine.test_compile import same, weights
from tests.running import run

from .client import Client
from .toy import Listener, digits, fit, graph, session

LONG = 10**7  # steps


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with Client(tmp_path_factory.mktemp("home")) as made:
        made.send(Hello())
        made.wait(Welcome)
        yield made


@pytest.fixture
def client(shared: Client) -> Client:
    shared.rest()
    return shared


def endless(steps: int = LONG) -> Graph:
    """A training with a view whose sampler never ends, and one that takes a moment."""
    made = digits(steps=steps)
    slow = graph(
        {
            "ring": ("RingMixture", {"modes": 2}),
            "score": "ExactScore",
            "walk": ("LangevinSampler", {"count": 100, "steps": 10**6, "eta": 0.01}),
            "paths": "Trajectories",
        },
        "ring.points>score.points score.score>walk.model walk.path>paths.path",
    )
    made.nodes |= slow.nodes
    made.wires += slow.wires
    return made


def training(client: Client, made: Graph) -> None:
    client.send(SetGraph(graph=made, seq=1), Run(fresh=True))
    client.wait_status("running", seconds=60)
    client.wait(Scalars, seconds=60)


def walks(client: Client, after: int) -> None:
    """Wait till the view that never ends is being pulled."""
    client.wait(Progress, lambda p: p.within and p.node == "walk", after=after)


def count(figure: Figure) -> int:
    return figure.figure.arrays["images"].shape[0]


def test_a_pause_waits_for_no_view(client: Client) -> None:
    training(client, endless())
    for _ in range(3):
        here = client.mark()
        client.send(Pause())  # is heard although one view never ends
        paused = client.heard.index(client.wait_status("paused", after=here))
        client.wait(
            Figure, lambda f: f.node == "samples", after=paused
        )  # the views come afterwards
        walks(client, after=paused)
        here = client.mark()
        client.send(Resume())
        client.wait_status("running", after=here)
        client.wait(Scalars, after=here)


@pytest.mark.parametrize("paused", [True, False])
def test_a_run_anew_ends_the_run_that_is_under_way(client: Client, paused: bool) -> None:
    training(client, endless())
    if paused:
        here = client.mark()
        client.send(Pause())
        client.wait_status("paused", after=here)
        walks(client, after=here)
    here = client.mark()
    client.send(Run(fresh=True))
    client.wait_status("stopped", after=here)
    client.wait_status("running", after=here)


def test_a_step_and_a_stop_wait_for_no_view(client: Client) -> None:
    training(client, endless())
    here = client.mark()
    client.send(Pause())
    paused = client.wait_status("paused", after=here)
    walks(client, after=client.heard.index(paused))
    here = client.mark()
    client.send(Step())
    client.wait_status("paused", after=here)
    walks(client, after=here)
    client.send(Stop())
    assert client.wait_status("stopped", after=here)


def test_an_edit_waits_for_no_view_of_a_paused_run(client: Client) -> None:
    made = endless()
    training(client, made)
    here = client.mark()
    client.send(Pause())
    paused = client.wait_status("paused", after=here)
    walks(client, after=client.heard.index(paused))
    edited = copy(made)
    edited.nodes["prior"].params["count"] = 9
    here = client.mark()
    client.send(SetGraph(graph=edited, seq=2))
    assert client.wait(Checked, lambda c: c.seq == 2, after=here)
    client.wait(Figure, lambda f: f.node == "samples" and count(f) == 9, after=here)


def test_an_edit_waits_for_no_view_when_the_training_is_done(client: Client) -> None:
    made = endless(steps=50)
    training(client, made)
    client.wait(Progress, lambda p: p.within and p.node == "walk" and p.step > 5000)
    edited = copy(made)
    edited.nodes["prior"].params["count"] = 9
    here = client.mark()
    client.send(SetGraph(graph=edited, seq=2))
    assert client.wait(Checked, lambda c: c.seq == 2, after=here)
    client.send(Stop())
    assert client.wait_status("done", after=here)


def test_the_last_views_of_a_done_training_stand_still_and_go_on(client: Client) -> None:
    training(client, endless(steps=50))
    client.wait(Progress, lambda p: p.within and p.node == "walk" and p.step > 5000)
    here = client.mark()
    client.send(Pause())
    client.wait_status("paused", after=here)
    at = [e for e in client.heard if isinstance(e, Progress) and e.within][-1].step
    here = client.mark()
    client.send(Resume())
    client.wait_status("running", after=here)
    client.wait(Progress, lambda p: p.within and p.step > at, after=here)
    client.send(Stop())
    assert client.wait_status("done", after=here)


def test_a_pause_before_the_first_step_is_no_stop(client: Client) -> None:
    client.send(SetGraph(graph=endless()), Run(fresh=True), Pause())
    client.wait_status("paused", seconds=60)
    assert not [e for e in client.heard if isinstance(e, Status) and e.status == "stopped"]
    here = client.mark()
    client.send(Resume())
    client.wait(Scalars, after=here)


@pytest.mark.parametrize(("request_", "status"), [(Pause(), "paused"), (Stop(), "stopped")])
def test_what_is_asked_of_a_run_is_not_lost_while_a_view_is_shown(
    client: Client, request_: Pause | Stop, status: str
) -> None:
    """The view is pulled where nothing runs yet: what comes with Run is of the run."""
    view = Refresh(nodes=["paths"])  # never ends
    client.send(SetGraph(graph=endless(), seq=1), view, Run(fresh=True), request_)
    client.wait_status(status, seconds=60)


@pytest.mark.parametrize("seed", range(3))
def test_views_that_give_way_leave_the_training_as_it_is(seed: int) -> None:
    """At any frame of any view or metric, and within steps, which end first."""
    made = fit(40, slow=("Slow", {"steps": 20}), long="Show")
    made.wires += [Wire("twin", "y", "slow", "x"), Wire("slow", "points", "long", "points")]
    alone, disturbed = session(), session()
    alone.update(made)
    disturbed.update(made)
    run(alone, Listener(), view_share=0.0)
    dice = random.Random(seed)
    gave = []

    def interrupt(host: Listener, nested: bool) -> None:
        if nested and dice.random() < 0.2:
            gave.append(disturbed.step)
            raise GaveWay("Something else comes first.")

    assert run(disturbed, Listener(interrupt), view_share=1e9) == "done"
    assert len(gave) > 3
    assert same(weights(alone, "map"), weights(disturbed, "map"))
