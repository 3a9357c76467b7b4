"""A live parameter changed after training: a picture follows at once, or the inspector says why."""

from __future__ import annotations

import pytest

from engine.document.catalogue import ParamInfo
from engine.document.graph import copy
from engine.run.session import Session
from tests.shipped import catalogue
from tests.test_examples import shipped
from workbench.bench.plays import is_seen, retrains

SIZE = "latent"  # what is above may have no weights, but another size gives new ones to the model


def moved(param: ParamInfo, value: object) -> float | int | None:
    """Return another value of a number; None where there is none."""
    if param.type not in ("int", "float") or isinstance(value, bool) or value is None:
        return None
    number = float(value)  # type: ignore[arg-type]
    tries = (number + 1, number - 1) if param.type == "int" else (number * 1.1, number / 1.1, 0.1)
    low, high = param.low, param.high
    fit = [t for t in tries if (low is None or t >= low) and (high is None or t <= high)]
    other = next((t for t in fit if t != number), None)
    return int(other) if other is not None and param.type == "int" else other


@pytest.mark.parametrize("name", ["vae-digits", "gan-ring", "ot-cfm-moons"])
def test_what_is_said_to_be_seen_puts_a_view_out_of_date(name: str) -> None:
    graph, known = shipped(name), catalogue()
    session = Session()
    session.update(graph)
    shown = session.program.of_role("view", "metric")
    tried = 0
    for node, place in graph.nodes.items():
        kind = known[place]
        others = {
            p.name: other
            for p in kind.params
            if p.live
            and p.name != SIZE
            and (other := moved(p, place.params.get(p.name, p.default))) is not None
        }
        if not others or place.twin:
            continue
        tried += 1
        for view in shown:
            session.shown.note(view)
        edited = copy(graph)
        param, value = next(iter(others.items()))
        edited.nodes[node].params[param] = value
        session.update(edited)
        assert not session.report.problems, (node, param)
        outdated = [view for view in shown if not session.shown.is_now(view)]
        assert bool(outdated) == is_seen(graph, known, node), (node, param)
        assert outdated or retrains(graph, known, node)
        session.update(graph)
    assert tried >= 5
