"""The server by itself, where a window in another process cannot look."""

from __future__ import annotations

import io
import queue

import pytest

from engine.messages import ListRuns, Look, Restore, Run, SetGraph, Step
from engine.outlet import Outlet
from engine.server import Server
from engine.session import Session
from tests.engine.toy import fit, toy_library


def test_a_run_is_on_the_device_that_was_chosen_during_the_one_before() -> None:
    server = Server(queue.SimpleQueue(), Outlet(io.BytesIO()))
    server.checking.library = toy_library()
    server._set_graph(SetGraph(graph=fit(10), seq=1))
    server.checking.made = Session(device="meta", library=server.checking.library)
    server.checking.read_on()
    assert str(server.checking.session.device) == "cpu"
    assert server.checking.session.program.of_role("trainer")


def test_nothing_is_said_of_the_table_of_a_node_that_is_gone() -> None:
    server = Server(queue.SimpleQueue(), Outlet(io.BytesIO()))
    said: list[object] = []
    server.checking.emit = said.append
    server.checking.library = toy_library()
    server._set_graph(SetGraph(graph=fit(10), seq=1))
    said.clear()
    server._handle(Look(node="gone"))
    assert said == []


@pytest.mark.parametrize("request_", [Look(node="line"), Restore(run="gone"), Run(), Step()])
def test_what_needs_a_graph_gets_it_though_a_newer_one_waits(request_: object) -> None:
    incoming: queue.SimpleQueue[object] = queue.SimpleQueue()
    server = Server(incoming, Outlet(io.BytesIO()))
    server.checking.library = toy_library()
    incoming.put(request_)
    incoming.put(SetGraph(graph=fit(10), seq=2))
    server._handle(SetGraph(graph=fit(10), seq=1))
    assert server.checking.session is not None


def test_a_look_within_a_pull_waits_for_the_edit_before_it() -> None:
    server = Server(queue.SimpleQueue(), Outlet(io.BytesIO()))
    server.checking.library = toy_library()
    server._set_graph(SetGraph(graph=fit(10), seq=1))
    server.pending.extend([SetGraph(graph=fit(10), seq=2), Look(node="line"), ListRuns()])
    server._handle_nested()
    assert [type(request) for request in server.pending] == [SetGraph, Look]
