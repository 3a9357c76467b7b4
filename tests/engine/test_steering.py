"""What a hand changes of a training while it runs stands in the record of the run."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.document.errors import Stopped
from engine.document.graph import copy, load
from engine.document.history import GRAPH_FILE, list_runs, read_file
from engine.document.lineage import Difference, merged
from engine.run.launch import Order
from engine.run.session import Session
from engine.terminal.runs import run_name
from tests.running import launch

from .toy import Listener, digits


def turn(step: int, before: float, after: float, node: str = "elbo") -> Difference:
    return Difference(
        what="value", node=node, kind="ELBO", name="beta", before=before, after=after, step=step
    )


@pytest.mark.parametrize("way", ["tune", "edit"])
def test_a_value_turned_in_a_run_is_told_and_resumed(tmp_path: Path, way: str) -> None:
    session, graph = Session(device="cpu"), digits(steps=8)
    graph.nodes["elbo"].params["beta"] = 0.5
    session.update(graph)
    turned = copy(graph)
    turned.nodes["elbo"].params["beta"] = 7.0
    turned.layout.positions["elbo"] = [5.0, 5.0]

    def between(host: Listener, nested: bool) -> None:
        if not nested and session.step == 3 and session.document != turned:
            assert getattr(session, way)(turned) is not None
        elif not nested and session.step == 5:
            raise Stopped("Stopped.")

    launch(session, Listener(), Order(runs=tmp_path, threads=1, view_share=0.0))
    session.update(graph)
    order = Order(runs=tmp_path, threads=1, view_share=0.0, fresh=True)
    folder = launch(session, Listener(between), order).folder
    assert folder is not None
    (told,) = read_file(folder).steered
    assert (told.node, told.name, told.before, told.after, told.step) == (
        "elbo", "beta", 0.5, 7.0, 3,
    )  # fmt: skip
    assert load(folder / GRAPH_FILE).nodes["elbo"].params["beta"] == 7.0
    newest = list_runs(tmp_path)[0]
    assert run_name(newest) == "Run 2 · beta 7.0 from step 3"

    later = Session(device="cpu")
    again = load(folder / GRAPH_FILE)
    again.nodes["elbo"].params["beta"] = 2.0
    later.update(again)
    launch(later, Listener(), Order(resume=folder, threads=1, view_share=0.0))
    assert [(d.after, d.step) for d in read_file(folder).steered] == [(7.0, 3), (2.0, 5)]


def test_what_only_looks_is_not_told(tmp_path: Path) -> None:
    session, graph = Session(device="cpu"), digits(steps=4)
    session.update(graph)
    seen = copy(graph)
    seen.layout.positions["elbo"] = [5.0, 5.0]
    looks = [n for n, p in graph.nodes.items() if session.catalogue.role(p) == "view"]
    seen.nodes[looks[0]].params["caption"] = "mine"

    def between(host: Listener, nested: bool) -> None:
        if not nested and session.step == 2 and session.document != seen:
            session.edit(seen)

    order = Order(runs=tmp_path, threads=1, view_share=0.0)
    folder = launch(session, Listener(between), order).folder
    assert folder is not None and read_file(folder).steered == []


def test_a_slider_is_one_change_and_its_way_back_none() -> None:
    there: list[Difference] = []
    for step, (before, after) in enumerate([(0.0, 1.0), (1.0, 2.0), (2.0, 3.0)], 5):
        there = merged(there, turn(step, before, after), soon=True)
    assert there == [turn(7, 0.0, 3.0)]
    assert merged(there, turn(8, 3.0, 0.0), soon=True) == []
    assert merged(there, turn(8, 3.0, 0.0), soon=False) == [*there, turn(8, 3.0, 0.0)]
    assert merged(there, turn(7, 3.0, 4.0), soon=False) == [turn(7, 0.0, 4.0)]
    assert len(merged(there, turn(8, 0.0, 3.0, "other"), soon=True)) == 2
