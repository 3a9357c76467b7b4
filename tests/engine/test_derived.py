"""Models made of others in a run: each stage trains its own weights, and can go on."""

from __future__ import annotations

import pytest
import torch

from engine.document.errors import Stopped
from engine.document.graph import Wire, copy
from tests.engine.test_compile import same, weights
from tests.engine.test_session import trained
from tests.engine.toy import Listener, fit, session
from tests.running import run

KINDS = pytest.mark.parametrize("kind", ["LoRA", "BeginFrom"])
WIRES = """map.model>made.model made.model>call.model line.points>call.x call.y>distance_b.y
    line.points>distance_b.x distance_b.loss>adam_b.loss made.model>adam_b.models
    adam_b.optimizer>trainer_b.optimizers trainer.trained>trainer_b.after"""


def staged(kind: str, first: int = 10, second: int = 12):
    """Return a graph that trains a network, then what is made of it."""
    g, more = fit(first), fit(second)
    for name in ("distance", "adam", "trainer"):
        g.nodes[f"{name}_b"] = more.nodes[name]
    nodes = fit(made=kind, call="CallModel").nodes
    g.nodes |= {name: nodes[name] for name in ("made", "call")}
    for text in WIRES.split():
        left, right = text.split(">")
        g.wires.append(Wire(*left.split("."), *right.split(".")))
    return g


@KINDS
def test_the_second_stage_trains_what_is_made_and_not_what_it_is_made_of(kind):
    first = weights(trained(), "map")
    s = session()
    checked = s.update(staged(kind))
    assert not checked.problems
    (info,) = [i for i in s.report.infos if i.node == "made"]
    assert run(s, Listener(), view_share=0.0) == "done"
    assert same(first, weights(s, "map"))
    assert info.weights == s.lives["made"].node.weight_count() > 0
    x = torch.randn(4, 2)
    model = s.lives["map"].node
    assert (s.lives["made"].node(model)(x) - model(x)).abs().max() > 1e-3


@KINDS
def test_what_is_made_goes_on_to_the_same_bits(kind):
    whole = session()
    whole.update(staged(kind))
    run(whole, Listener(), view_share=0.0)
    for at in (5, 15):
        half, later = session(), session()
        for s in (half, later):
            s.update(staged(kind))
        saved: dict[str, torch.Tensor] = {}

        def stop(host, nested, half=half, saved=saved, at=at):
            if half.step == at and not saved:
                saved.update({k: v.clone() for k, v in half.state().items()})
                raise Stopped("enough")

        assert run(half, Listener(stop), view_share=0.0) == "stopped"
        run(later, Listener(), resume=saved, view_share=0.0)
        for name in ("map", "made"):
            assert same(weights(whole, name), weights(later, name)), (name, at)


@KINDS
def test_views_before_its_stage_change_no_bit(kind):
    plain, shown = session(), session()
    g = staged(kind)
    plain.update(g)
    run(plain, Listener(), view_share=0.0)
    g = copy(g)
    g.nodes["show_b"] = g.nodes["show"]
    g.wires.append(Wire("call", "y", "show_b", "points"))
    shown.update(g)
    run(shown, Listener(), view_share=1.0)
    assert same(weights(plain, "made"), weights(shown, "made"))


def test_a_node_between_models_needs_the_one_it_is_made_of():
    g = staged("LoRA")
    g.wires = [w for w in g.wires if w.target != "made"]
    found = session().update(g).problems
    assert [(p.node, p.port) for p in found if p.level == "error"] == [("made", "model")]
