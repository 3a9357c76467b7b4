"""Laws of long work: views share it at a step, and see it form."""

from __future__ import annotations

import time

import pytest
import torch

from engine.document.messages import Figure
from engine.run.refresh import refresh
from engine.run.views import LOOKS, MOST_SHARE, ViewSchedule, pull_sink
from tests.engine.toy import Listener, fit, graph, session

SLOW = {
    "z": "Normal",
    "slow": "Slow",
    "a": "Show",
    "b": "Show",
    "raw": "Show",
}
WIRES = "z.z>slow.x slow.points>a.points slow.points>b.points z.z>raw.points"


def slow_session():
    s = session()
    s.update(graph(dict(SLOW), WIRES))
    return s


def points(s, name: str, step: int) -> torch.Tensor:
    (event,) = pull_sink(s.program, name, step)
    return torch.from_numpy(event.figure.arrays["points"].numpy().copy())


def test_views_share_what_a_sampler_made_and_what_it_was_made_of():
    s = slow_session()
    calls = []
    s.program.on_frame = lambda name, frame: calls.append(frame.step)
    a, b, raw = (points(s, name, 3) for name in ("a", "b", "raw"))
    assert calls == [1, 2, 3, 4, 5]  # once for both
    assert torch.equal(a, b)
    assert torch.allclose(raw + 5, a)


def test_it_does_not_matter_who_looks_first():
    one, other = slow_session(), slow_session()
    assert torch.allclose(points(one, "raw", 3) + 5, points(one, "a", 3))
    assert torch.equal(points(other, "b", 3), points(one, "a", 3))


MEASURED = {"z": "Normal", "slow": "Slow", "a": "Few", "b": "Few", "show": "Show"}
MEASURES = "z.z>slow.x slow.points>a.points slow.points>b.points slow.points>show.points"


def measured(s, name: str, step: int) -> dict[str, float]:
    (event,) = pull_sink(s.program, name, step)
    return event.values


def test_measures_share_what_a_sampler_makes_pull_after_pull():
    s = session()
    s.update(graph(dict(MEASURED), MEASURES))
    calls = []
    s.program.on_frame = lambda name, frame: calls.append(name)
    a, b = measured(s, "a", 3), measured(s, "b", 3)
    assert a == b and calls.count("slow") == 3 * 5
    assert a[""] != a["first"]  # each pull is another
    assert a["first"] == pytest.approx(
        float(points(s, "show", 3).mean())
    )  # and views see the first
    assert calls.count("slow") == 3 * 5
    assert measured(s, "a", 4) != a
    assert measured(s, "a", 3) == a


def test_a_measure_that_wants_more_goes_on_where_another_ended():
    s, other = session(), session()
    s.update(graph(MEASURED | {"b": ("Few", {"pulls": 5})}, MEASURES))
    other.update(graph(MEASURED | {"b": ("Few", {"pulls": 5})}, MEASURES))
    calls = []
    s.program.on_frame = lambda name, frame: calls.append(name)
    measured(s, "a", 3)
    long = measured(s, "b", 3)
    assert calls.count("slow") == 5 * 5
    assert long == measured(other, "b", 3)


def test_who_takes_the_time_of_samplers_lets_them_work():
    s = session()
    s.update(graph(MEASURED | {"b": ("Few", {"fresh": True})}, MEASURES))
    calls = []
    s.program.on_frame = lambda name, frame: calls.append(name)
    shared, own = measured(s, "a", 3), measured(s, "b", 3)
    assert calls.count("slow") == 2 * 3 * 5
    assert own != shared and measured(s, "a", 3) == shared


def test_samples_that_do_not_fit_are_made_again_and_the_same(monkeypatch):
    s, other = session(), session()
    for each in (s, other):
        each.update(graph(dict(MEASURED), MEASURES))
    both = measured(other, "a", 3)
    monkeypatch.setattr("engine.pull.sharing.MOST", 0)
    assert measured(s, "a", 3) == measured(s, "b", 3) == both


def test_where_data_plays_on_behind_a_sampler_each_measure_hears_it_from_the_first():
    s = session()
    nodes = {"line": ("Line", {"size": 40}), "slow": "Slow", "a": "Few", "b": ("Few", {"pulls": 5})}
    s.update(graph(nodes, "line.points>slow.x slow.points>a.points slow.points>b.points"))
    measured(s, "a", 3)
    every = measured(s, "b", 3)[""]
    assert every == pytest.approx(0.75 + 5)  # the mean of the whole test set, moved by five steps


def test_another_step_or_parameter_makes_it_anew():
    s = slow_session()
    a = points(s, "a", 3)
    assert not torch.equal(points(s, "a", 4), a)
    assert torch.equal(points(s, "a", 3), a)
    s.lives["slow"].node.set("steps", 2)
    assert torch.allclose(points(s, "a", 3), a - 3)


def test_an_edit_elsewhere_makes_no_sampler_work_again():
    s = slow_session()
    a, calls = points(s, "a", 3), []
    s.program.on_frame = lambda name, frame: calls.append(frame.step)
    s.update(graph({"first": "Normal"} | SLOW | {"new": "Show"}, WIRES + " slow.points>new.points"))
    assert torch.equal(points(s, "new", 3), a) and not calls


@pytest.mark.parametrize(
    ("nodes", "wires"),
    [
        (SLOW | {"z": "Normal", "y": "Normal"}, WIRES.replace("z.z>slow.x", "y.z>slow.x")),
        (SLOW | {"slow": ("Slow", {"steps": 2})}, WIRES),
    ],
)
def test_an_edit_of_what_it_is_made_of_does(nodes, wires):
    s = slow_session()
    points(s, "a", 3)
    calls = []
    s.program.on_frame = lambda name, frame: calls.append(frame.step)
    s.update(graph(nodes, wires))
    points(s, "a", 3)
    assert calls


def test_another_run_makes_it_anew():
    s = slow_session()
    points(s, "a", 0)
    s.begin(fresh=True)
    calls = []
    s.program.on_frame = lambda name, frame: calls.append(frame.step)
    points(s, "a", 0)
    assert calls


def test_a_view_sees_what_forms(monkeypatch):
    monkeypatch.setattr("engine.pull.intermediate.SHORTEST", 0.0)
    monkeypatch.setattr("engine.pull.intermediate.SHARE", 1e9)
    s = slow_session()
    early = []
    (whole,) = pull_sink(s.program, "a", 0, early=early.append)
    last = whole.figure.arrays["points"].numpy()
    for name in ("a", "b"):  # all that hang on it, not only the one that waits
        seen = [e.figure.arrays["points"].numpy() for e in early if e.node == name]
        assert [round(float((last - x).mean())) for x in seen] == [4, 3, 2, 1]
    assert all(isinstance(e, Figure) and e.node in ("a", "b") for e in early)


def test_of_many_lists_those_that_are_known_are_seen(monkeypatch):
    monkeypatch.setattr("engine.pull.intermediate.SHORTEST", 0.0)
    monkeypatch.setattr("engine.pull.intermediate.SHARE", 1e9)
    nodes = {"z": "Normal", "one": "Slow", "two": "Slow", "shown": "Heap"}
    s = session()
    s.update(graph(nodes, "z.z>one.x z.z>two.x one.points>shown.many two.points>shown.many"))
    early = []
    pull_sink(s.program, "shown", 0, early=early.append)
    assert [len(e.figure.arrays["points"].numpy()) for e in early] == [8] * 4 + [16] * 4


def test_what_forms_leaves_no_trace(monkeypatch):
    monkeypatch.setattr("engine.pull.intermediate.SHORTEST", 0.0)
    watched, plain = slow_session(), slow_session()
    state = torch.get_rng_state()
    (seen,) = pull_sink(watched.program, "a", 0, early=lambda event: None)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(
        torch.from_numpy(seen.figure.arrays["points"].numpy().copy()), points(plain, "a", 0)
    )


def test_an_idle_engine_shows_it(monkeypatch):
    monkeypatch.setattr("engine.pull.intermediate.SHORTEST", 0.0)
    s = slow_session()
    host = Listener()
    host.hear(refresh(s, host, ["a"]))
    figures = [e for e in host.events if isinstance(e, Figure)]
    assert len(figures) > 1


class Hurried(Listener):
    """A host whose clock runs a second on at each tick."""

    def __init__(self, monkeypatch) -> None:
        self.now = 0.0
        monkeypatch.setattr("time.perf_counter", lambda: self.now)
        super().__init__(lambda host, nested: setattr(host, "now", host.now + 1.0))


def test_a_long_picture_is_given_up_and_given_more_time(monkeypatch):
    s = slow_session()
    host = Hurried(monkeypatch)
    views = ViewSchedule(s.program, share=0.05)

    def tell(name: str, frame: object) -> None:
        host.within()
        views.check_time()

    s.program.on_frame = tell
    sink = next(sink for sink in views.sinks if sink.name == "a")
    took = []
    while not (events := views.pull(sink, len(took), patience=sink.patience)):
        took.append(sink.cost)
        assert sink.due > host.now  # it waits before it is tried again
    assert [type(e) for e in events] == [Figure]
    assert len(took) == 3  # 1, 2 and 4 seconds are not enough for five frames
    assert s.program.pull("a", step=9) is not None  # with no deadline left behind


def test_shares_add_up_and_figures_wait_longer_than_pictures():
    s = session()
    s.update(fit())
    views = ViewSchedule(s.program, share=0.05)
    for sink in views.sinks:
        sink.cost = 0.02
    waits = {}
    for sink in views.sinks:
        views._note(sink, 0.02)
        waits[sink.name] = sink.due - time.perf_counter()
    assert sum(0.02 / wait for wait in waits.values()) == pytest.approx(0.05, rel=0.01)
    assert waits["mean"] == pytest.approx(4 * waits["show"], rel=0.01)


@pytest.mark.parametrize(
    ("cost", "length"), [(1e-4, 60.0), (0.1, 1e5), (0.1, 60.0), (0.1, 10.0), (5.0, 60.0)]
)
def test_in_a_short_run_each_view_is_seen_a_few_times(cost: float, length: float) -> None:
    """As far as all of them stay within a larger share of the time."""
    s = session()
    s.update(fit())
    views = ViewSchedule(s.program, share=0.05)
    for sink in views.sinks:
        sink.cost = cost
    for sink in views.sinks:
        views._note(sink, cost)
    before = {sink.name: sink.due - sink.pulled for sink in views.sinks}
    views.hurry(length)
    for sink in views.sinks:
        wait = sink.due - sink.pulled
        longest = max(length / LOOKS, views._wait(sink, cost, MOST_SHARE))
        assert wait == pytest.approx(min(before[sink.name], longest), abs=1e-6)
    assert sum(cost / (sink.due - sink.pulled) for sink in views.sinks) <= MOST_SHARE * 1.01


def test_what_one_view_has_waited_for_all_see_at_once():
    s = slow_session()
    views, calls = ViewSchedule(s.program, share=0.03), []
    s.program.on_frame = lambda name, frame: calls.append(name)
    sinks = {sink.name: sink for sink in views.sinks}
    assert [event.node for event in views.pull(sinks["a"], 1)] == ["a"]
    others = views.sharing(sinks["a"], 1)
    assert [sink.name for sink in others] == ["b"]  # not "raw", which has nothing to do with it
    assert [event.node for event in views.pull(sinks["b"], 1, beside=sinks["a"])] == ["b"]
    assert calls == ["slow"] * 5
    assert sinks["b"].due >= sinks["a"].due
    assert not views.sharing(sinks["raw"], 2)
