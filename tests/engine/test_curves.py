"""Curves that go astray: told once at the node, in words that say what to do."""

from __future__ import annotations

import math

import pytest

from engine.document.messages import Fault
from engine.run.curves import CurveBuffer
from tests.engine.toy import Listener, fit, session
from tests.running import run


def grown(values: list[float], *, pieces: int = 7) -> list[int]:
    """Return the steps at which a curve is found astray, read a few values at a time."""
    curves = CurveBuffer()
    steps = list(range(len(values)))
    found = []
    for start in range(0, len(values), pieces):
        part = slice(start, start + pieces)
        found += [g.step for g in curves.grown({"loss.loss": (steps[part], values[part])})]
    return found


@pytest.mark.parametrize("pieces", [1, 7, 1000])
def test_a_millionfold_growth_is_told_once_wherever_it_begins(pieces: int) -> None:
    quiet = [1.0 + 0.1 * math.sin(n) for n in range(60)]
    assert grown([*quiet, *(1.5**n for n in range(80))], pieces=pieces) == [60 + 35]
    assert len(grown([1.0, -30.0, 1e3, -1e5, 1e9, 1e12], pieces=pieces)) == 1
    fallen = [1e5] * 40 + [1e-1] * 40 + [2e5] * 5
    assert grown(fallen, pieces=pieces) == [80]


@pytest.mark.parametrize(
    "values",
    [
        [1.0] * 100 + [9e5],
        [2.0 ** (n / 20) for n in range(200)],
        [1e-9 * n for n in range(50)] + [40.0] * 50,  # a critic's difference begins at nought
        [1e8] * 100,
        [],
    ],
)
def test_what_a_training_does_is_no_warning(values: list[float]) -> None:
    assert grown(values) == []


def test_a_run_warns_at_the_loss_and_names_the_optimizer() -> None:
    s = session()
    made = fit(400)
    (adam,) = [w.target for w in made.wires if w.input == "loss"]
    made.nodes[adam].title = "Descent"
    made.nodes[adam].params |= {"algorithm": "SGD", "rate": 1.5, "beta1": 0.0}
    s.update(made)
    host = Listener()
    run(s, host, view_share=0.0)
    warnings = [e.problem for e in host.of(Fault) if e.problem.level == "warning"]
    assert [p.node for p in warnings] == ["distance"]
    assert "millionfold" in warnings[0].sentence
    assert "learning rate of Descent" in warnings[0].hint
