"""Law: after any edits, undone and redone ones too, items are those of a canvas made anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.document.catalogue import Fix, Problem
from engine.document.graph import Graph, Wire
from engine.document.messages import Checked, NodeState, Status
from nodes.errors import Refusal
from tests.workbench import design
from workbench import edits
from workbench.bench.document import Document
from workbench.canvas.scene import Scene

CATALOGUE = design.catalogue()
Draw = Callable[[st.SearchStrategy[Any]], Any]


def some(graph: Graph, draw: Draw) -> list[str]:
    things = sorted([*graph.nodes, *graph.layout.frames, *graph.layout.notes])
    return draw(st.lists(st.sampled_from(things), max_size=4, unique=True)) if things else []


def one(choices: Any, draw: Draw) -> Any:
    choices = sorted(choices, key=str)
    return draw(st.sampled_from(choices)) if choices else None


def _reroute(graph: Graph, draw: Draw) -> Any:
    wire = one(graph.wires, draw)
    points = draw(st.lists(st.tuples(st.integers(0, 900), st.integers(0, 900)), max_size=3))
    return edits.reroute(graph, wire, points) if wire else None


def _connect(graph: Graph, draw: Draw) -> Any:
    nodes = list(graph.nodes)
    return edits.connect_nodes(graph, [one(nodes, draw), one(nodes, draw)], CATALOGUE)


EDITS: dict[str, Callable[[Graph, Draw], Any]] = {
    "add": lambda g, d: edits.add_node(
        g, one(CATALOGUE.kinds, d), (d(st.integers(0, 900)), 0), catalogue=CATALOGUE
    ),
    "remove": lambda g, d: edits.remove(g, some(g, d), g.wires[: d(st.integers(0, 2))]),
    "remove all": lambda g, d: edits.remove(g, [*g.nodes, *g.layout.frames, *g.layout.notes]),
    "connect": _connect,
    "disconnect": lambda g, d: edits.disconnect(g, [w for w in [one(g.wires, d)] if w]),
    "move": lambda g, d: edits.move(g, {i: (d(st.integers(0, 900)), 8) for i in some(g, d)}),
    "rename": lambda g, d: edits.rename(g, one(g.nodes, d) or "", d(st.sampled_from(["", "Me"]))),
    "mute": lambda g, d: edits.set_mode(g, some(g, d), "muted"),
    "bypass": lambda g, d: edits.set_mode(g, some(g, d), "bypassed"),
    "collapse": lambda g, d: edits.collapse(g, some(g, d)),
    "twin": lambda g, d: edits.twin(g, some(g, d)),
    "duplicate": lambda g, d: edits.duplicate(g, some(g, d), CATALOGUE),
    "frame": lambda g, d: edits.frame(g, some(g, d)),
    "note": lambda g, d: edits.note(g, (d(st.integers(0, 900)), 0)),
    "reroute": _reroute,
    "tidy": lambda g, d: edits.tidy(g, None, {}),
}


def shown(scene: Scene) -> dict[str, Any]:
    """Return all that the items show."""
    nodes = {
        n: (i.face.content, i.pos().toTuple(), i.wired, i.twin, i.turns, i.signs)
        for n, i in scene.nodes.items()
    }
    wires = {
        w: ([p.toTuple() for p in i.points], i.family, i.shape_text, i.stopped, i.muted, i.broken)
        for w, i in scene.wires.items()
    }
    boxes = {b: (type(i), i.pos().toTuple(), i.size, i.title) for b, i in scene.boxes.items()}
    return {"nodes": nodes, "wires": wires, "boxes": boxes}


def differences(scene: Scene, anew: Scene) -> list[Any]:
    found = []
    for part, now in shown(scene).items():
        then = shown(anew)[part]
        if isinstance(now, set):
            found += [(part, now ^ then)] if now != then else []
            continue
        for name in now.keys() | then.keys():
            pairs = zip(now.get(name, ()), then.get(name, ()), strict=False)
            if now.get(name) != then.get(name):
                found.append((part, name, [pair for pair in pairs if pair[0] != pair[1]]))
    return found


def in_turn(document: Document, name: str, draw: Draw) -> None:
    try:
        change = EDITS[name](document.graph, draw)
        if change:
            document.push(change)
    except Refusal:
        pass


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_items_are_those_of_a_canvas_made_anew(canvas, live, document, data: st.DataObject) -> None:
    document.history.go_to(0)
    document.history.edits.clear()
    graph = document.graph
    live.receive(Status(status="running", run="/run"))
    for node in list(graph.nodes)[:3]:
        live.receive(NodeState(node=node, state="done"))
    live.receive(
        Checked(
            seq=live.seq,
            wires=[],
            nodes=[],
            problems=[
                Problem(sentence="No.", node=n, fix=Fix(label="Mend", puts=[]))
                for n in list(graph.nodes)
            ],
        )
    )
    live._emit()
    for _ in range(data.draw(st.integers(1, 8))):
        name = data.draw(st.sampled_from([*EDITS, "go"]))
        if name == "go":
            document.history.go_to(data.draw(st.integers(0, len(document.history.edits))))
        else:
            in_turn(document, name, data.draw)
        live.set_own_problems([], graph)
        assert differences(canvas.stage, Scene(document, live, canvas.stage.catalogue)) == []
    document.history.go_to(0)
    assert graph == design.vae()


def test_the_hand_lets_go_of_what_an_edit_removes(canvas, document, hand) -> None:
    for node in ("encoder", "decoder"):
        x, y = canvas.stage.nodes[node].area.center().toTuple()
        hand.press((x, y))
        hand.move((x + 40, y + 40))
        assert canvas.mouse.gesture is not None
        document.push(edits.remove(document.graph, [node]))
        assert canvas.mouse.gesture is None
        hand.move((x + 80, y + 80))
        hand.release((x + 80, y + 80))
        document.undo()
        assert canvas.stage.nodes[node].pos().toTuple() == tuple(
            document.graph.layout.positions[node]
        )


@pytest.mark.parametrize("removed", ["encoder", "decoder"])
def test_a_wire_in_the_hand_goes_with_its_node(canvas, document, hand, removed: str) -> None:
    wire = next(w for w in document.graph.wires if removed in (w.source, w.target))
    assert isinstance(wire, Wire)
    start = canvas.stage.nodes[wire.source].spot("output", wire.output).toTuple()
    hand.press(start)
    hand.move((start[0] + 60, start[1] + 90))
    document.push(edits.remove(document.graph, [removed]))
    hand.move((start[0] + 90, start[1] + 90))
    hand.release((start[0] + 90, start[1] + 90))
    assert canvas.mouse.gesture is None
    assert not any(item.faded for item in canvas.stage.nodes.values())
