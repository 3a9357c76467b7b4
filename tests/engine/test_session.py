"""What an edit keeps and what it makes anew; stages; going on to the same bits."""

from __future__ import annotations

import pytest
import torch

from engine.check.check import check_expanded
from engine.document.errors import CheckpointRefused, GraphRefused, Stopped
from engine.document.graph import Place, Wire, copy
from engine.document.messages import Figure, Metric
from engine.record.checkpoint import Checkpoint
from engine.run.refresh import refresh
from engine.run.run import Run
from tests.engine.test_compile import same, weights
from tests.engine.toy import Listener, fit, gan, session
from tests.running import run


def trained(steps: int = 10, **more):
    s = session()
    s.update(fit(steps, **more))
    run(s, Listener(), view_share=0.0)
    return s


def test_a_new_view_keeps_the_weights():
    s = trained()
    before = weights(s, "map")
    g = copy(s.graph)
    g.nodes["again"] = Place(kind="Show")
    g.wires.append(Wire("twin", "y", "again", "points"))
    s.update(g)
    assert same(before, weights(s, "map"))
    assert s.shown.outdated() == ["again"]


def test_a_live_parameter_keeps_the_weights_and_outdates_the_views_below():
    s = trained()
    before = weights(s, "map")
    g = copy(s.graph)
    g.nodes["map"].params["noise"] = 1.0
    s.update(g)
    assert same(before, weights(s, "map"))
    assert s.lives["map"].node.noise == 1.0
    assert set(s.shown.outdated()) == {"show", "mean"}


def test_a_view_s_live_parameter_is_taken_without_a_check(monkeypatch):
    s = trained()
    Listener().hear(refresh(s, Listener()))
    g = copy(s.graph)
    g.nodes["show"].params["fail"] = True
    monkeypatch.setattr("engine.run.session.check_expanded", None)  # not asked
    checked = s.update(g, 7)
    assert checked.seq == 7 and s.lives["show"].node.fail
    assert s.shown.outdated() == ["show"]
    g.nodes["show"].params.clear()
    s.update(g)
    assert not s.lives["show"].node.fail


@pytest.mark.parametrize(
    "edit",
    [
        lambda g: g.nodes["show"].params.update(fail="perhaps"),
        lambda g: g.nodes["map"].params.update(noise=1.0),
        lambda g: g.nodes.pop("show"),
        lambda g: g.wires.pop(),
        lambda g: setattr(g.settings, "seed", 5),
    ],
)
def test_any_other_edit_is_checked(edit, monkeypatch):
    s = trained()
    g = copy(s.graph)
    edit(g)
    asked = []
    monkeypatch.setattr(
        "engine.run.session.check_expanded",
        lambda *given: asked.append(1) or check_expanded(*given),
    )
    s.update(g)
    assert asked


def test_a_structural_parameter_makes_the_weights_anew():
    s = trained()
    g = copy(s.graph)
    g.nodes["map"].params["width"] = 17
    s.update(g)
    assert weights(s, "map")[0].shape == (17, 2)
    assert "map" not in s.trained


def removed(graph):
    del graph.nodes["map"]
    graph.wires = [w for w in graph.wires if "map" not in (w.source, w.target)]
    graph.nodes["twin"].twin = ""


AWAY = {
    "removed": removed,
    "all removed": lambda g: (g.nodes.clear(), g.wires.clear()),
    "another structure": lambda g: g.nodes["map"].params.update(width=17),
    "a faulty parameter": lambda g: g.nodes["map"].params.update(width=-3),
    "a value of no sense": lambda g: g.nodes["map"].params.update(noise="much"),
    "an unknown kind": lambda g: setattr(g.nodes["map"], "kind", "Nothing"),
    "without its wire": lambda g: g.wires.remove(next(w for w in g.wires if w.target == "map")),
    "muted": lambda g: setattr(g.nodes["line"], "mode", "muted"),
}


@pytest.mark.parametrize("away", AWAY)
def test_an_edit_that_is_undone_leaves_what_training_has_left(away):
    s = trained()
    before, adam = weights(s, "map"), s.lives["adam"].node
    names, first = set(s.trained), copy(s.graph)
    g = copy(first)
    AWAY[away](g)
    s.update(g)
    s.update(g)  # the edit stays for a while
    s.update(first)
    assert same(before, weights(s, "map")) and s.lives["adam"].node is adam
    assert s.trained == names and s.replaces() and not s.aside


def test_a_run_lets_go_of_what_an_edit_took_away():
    s = trained()
    g = copy(s.graph)
    g.nodes["map"].params["width"] = 17
    s.update(g)
    assert "map" in s.aside
    run(s, Listener(), view_share=0.0)
    assert not s.aside


def test_views_of_untrained_weights_are_not_pulled_while_idle():
    s = session()
    s.update(fit())
    assert s.shown.outdated() == []


def test_refreshing_shows_what_is_outdated_once():
    s = trained()
    host = Listener()
    s.shown.clear()
    host.hear(refresh(s, host))
    assert len(host.of(Figure)) == len(host.of(Metric)) == 1
    assert s.shown.outdated() == []


def test_a_run_counts_nothing_as_shown_that_the_run_before_has_shown():
    """A view cut short by a Stop went on only where the next run paused at another step."""
    s = session()
    made = fit(10)
    made.nodes["data"] = Place(kind="Show")
    made.wires.append(Wire("line", "points", "data", "points"))
    s.update(made)
    for _ in range(2):
        s.begin(fresh=True)
        assert s.shown.outdated() == ["data"]
        s.shown.note("data")
        assert s.shown.outdated() == []


def test_running_again_after_the_end_begins_anew_to_the_same_bits():
    s = trained()
    first = weights(s, "map")
    run(s, Listener(), view_share=0.0)
    assert same(first, weights(s, "map"))


def test_a_second_stage_does_not_train_the_first_again():
    s = trained()
    first = weights(s, "map")
    s.update(staged(s.graph))
    before = weights(s, "map_b")
    assert run(s, Listener(), view_share=0.0) == "done"
    assert same(first, weights(s, "map"))
    assert not same(before, weights(s, "map_b"))


def test_a_run_that_is_stopped_in_its_first_stage_goes_on():
    s, later = session(), session()
    for each in (s, later):
        each.update(staged(fit(10)))
    s.begin(fresh=True)
    later.load_state(s.state())
    assert run(later, Listener(), resume=s.state(), view_share=0.0) == "done"


def staged(graph):
    """Return a graph with a second stage behind its only one."""
    g = copy(graph)
    more = fit(5)
    for name in ("map", "distance", "adam", "trainer"):
        g.nodes[f"{name}_b"] = more.nodes[name]
    wires = """map.y>map_b.x line.points>distance_b.x map_b.y>distance_b.y
        distance_b.loss>adam_b.loss map_b.model>adam_b.models
        adam_b.optimizer>trainer_b.optimizers trainer.trained>trainer_b.after"""
    for text in wires.split():
        left, right = text.split(">")
        g.wires.append(Wire(*left.split("."), *right.split(".")))
    return g


def test_an_edit_of_a_view_takes_effect_during_the_run():
    s = session()
    s.update(fit(30))
    seen = []

    def edit(host, nested):
        if s.step == 10 and not seen:
            g = copy(s.graph)
            g.nodes["again"] = Place(kind="Show")
            g.wires.append(Wire("twin", "y", "again", "points"))
            g.nodes["adam"].params["rate"] = 0.02
            seen.append(s.edit(g))

    host = Listener(edit)
    assert run(s, host) == "done"
    assert s.lives["adam"].node.torch.param_groups[0]["lr"] == 0.02
    assert {e.node for e in host.of(Figure)} == {"show", "again"}
    assert s.lives["trainer"].node.step == 30


def test_a_view_added_and_removed_during_the_run_changes_no_bit_of_the_training():
    plain = weights(trained(30), "map")
    s = session()
    s.update(fit(30))

    def edit(host, nested):
        g = copy(s.graph)
        if s.step == 10 and g.nodes.pop("show", None):
            g.wires = [w for w in g.wires if w.target != "show"]
            s.edit(g)

    run(s, Listener(edit))
    assert same(plain, weights(s, "map"))


def test_a_structural_edit_waits_for_the_end_of_the_run():
    s = session()
    s.update(fit(20))
    answers = []

    def edit(host, nested):
        if s.step == 10 and not answers:
            g = copy(s.graph)
            g.nodes["map"].params["width"] = 5
            answers.append(s.edit(g))

    run(s, Listener(edit))
    assert {i.node for i in answers[0].nodes if i.state == "changed"} == {"map"}
    assert weights(s, "map")[0].shape == (16, 2)
    assert s.waiting is not None
    s.settle()
    assert weights(s, "map")[0].shape == (5, 2)


def test_after_a_stop_nobody_waits_for_long_work(monkeypatch):
    monkeypatch.setattr("engine.run.views.PATIENCE", 0.05)
    s = session()
    made = fit(slow=("Slow", {"steps": 10**9}), long="Show")
    made.wires += [Wire("twin", "y", "slow", "x"), Wire("slow", "points", "long", "points")]
    s.update(made)

    def stop(host, nested):
        if s.step == 12 and not nested:
            raise Stopped("enough")

    host = Listener(stop)
    assert run(s, host, last_look=0.2) == "stopped"
    assert [e.node for e in host.of(Figure) if e.step == 12] == ["show"]


def test_a_stop_leaves_what_is_quick_out_of_date_where_there_is_no_time_for_it(monkeypatch):
    monkeypatch.setattr("engine.run.views.PATIENCE", 0.05)
    s = session()
    made = fit(slow=("Slow", {"steps": 10**9}), long="Show")
    made.wires += [Wire("twin", "y", "slow", "x"), Wire("slow", "points", "long", "points")]
    s.update(made)

    def stop(host, nested):
        if s.step == 12 and not nested:
            raise Stopped("enough")

    assert run(s, Listener(stop), last_look=0.0) == "stopped"
    assert s.shown.outdated() == ["mean", "show"]


@pytest.mark.parametrize("make", [fit, gan])
def test_a_saved_state_goes_on_to_the_same_bits(make):
    name = "map" if make is fit else "generator"
    whole = session()
    whole.update(make(steps=30))
    run(whole, Listener())
    half = session()
    half.update(make(steps=30))
    saved = {}

    def stop(host, nested):
        if half.step == 12 and not saved:
            saved.update({k: v.clone() for k, v in half.state().items()})
            raise Stopped("enough")

    assert run(half, Listener(stop)) == "stopped"
    later = session()
    later.update(make(steps=30))
    torch.manual_seed(99)  # whatever the process drew before
    run(later, Listener(), resume=saved)
    assert same(weights(whole, name), weights(later, name))


def test_a_state_of_another_graph_is_refused():
    s = trained()
    state = s.state()
    other = session()
    other.update(fit(map=("Map", {"width": 5})))
    with pytest.raises(CheckpointRefused) as caught:
        run(other, Listener(), resume=state)
    assert caught.value.place == "map"


def test_a_graph_with_a_fault_before_its_trainer_is_refused_with_the_sentence():
    s = session()
    s.update(fit(map=("Map", {"width": 0})))
    with pytest.raises(GraphRefused, match="Width must be at least 1; it is 0"):
        run(s, Listener())


def test_a_fault_in_a_view_stops_nothing():
    s = session()
    s.update(fit(show=("Show", {"fail": True})))
    host = Listener()
    assert run(s, host) == "done"


def test_the_first_checkpoint_does_not_wait_for_the_second(monkeypatch: pytest.MonkeyPatch):
    """A run that is killed early can go on too."""
    monkeypatch.setattr("engine.run.run.FIRST_SAVE", 0.0)
    s = session()
    s.update(fit(50))
    made = Run(s, Listener(), checkpoint_seconds=1e6).events()
    assert [e.step for e in made if isinstance(e, Checkpoint)] == [0, 50]
