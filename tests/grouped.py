"""Random graphs of a small catalogue, for laws about groups."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from engine.document.catalogue import Catalogue, KindInfo, PortInfo, TypeInfo
from engine.document.graph import Graph, Place, Wire
from nodes.params import ParamInfo


def _port(name: str, type: str = "Batch", **given: Any) -> PortInfo:
    return PortInfo(name=name, type=type, **given)


def _kind(name: str, inputs: list[PortInfo], outputs: list[PortInfo], **given: Any) -> KindInfo:
    size = ParamInfo(name="size", type="int", title="Size", default=4, low=1, high=99)
    rate = ParamInfo(name="rate", type="float", title="Rate", default=1.0, live=True)
    return KindInfo(
        kind=name,
        title=name,
        category="x",
        inputs=inputs,
        outputs=outputs,
        params=[size, rate],
        **given,
    )


KINDS = [
    _kind("Data", [], [_port("y")]),
    _kind("Net", [_port("x")], [_port("y"), _port("model", "Model")], weights=True, called=True),
    _kind("Two", [_port("a"), _port("b", optional=True)], [_port("y"), _port("z")]),
    _kind("Sum", [_port("xs", many=True, optional=True)], [_port("y")]),
    _kind("Own", [], [_port("y")], plain=False),
    _kind("Give", [], [_port("number", "Number")]),
    _kind("Tune", [_port("models", "Model", many=True), _port("loss")], [], role="optimizer"),
]
SMALL = Catalogue(
    kinds={kind.kind: kind for kind in KINDS},
    types={
        "Batch": TypeInfo(name="Batch"),
        "Number": TypeInfo(name="Number"),
        "Model": TypeInfo(name="Model", family="model"),
        "Network": TypeInfo(name="Network", parents=["Model"], family="model"),
    },
)


@st.composite
def graphs(draw: st.DrawFn, most: int = 8) -> Graph:
    """Return a graph without circles, with its wires in any order; some nodes are twins or off."""
    graph = Graph()
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=most))
    for number, kind in enumerate(kinds):
        graph.nodes[f"n{number}"] = Place(
            kind=kind.kind, mode=draw(st.sampled_from(["on", "on", "on", "muted", "bypassed"]))
        )
        _own(draw, graph, f"n{number}", kind)
        for port in SMALL[graph.nodes[f"n{number}"]].inputs:
            sources = [
                (node, out.name)
                for node in list(graph.nodes)[:-1]
                for out in SMALL[graph.nodes[node]].outputs
                if out.type == port.type
            ]
            most_wires = 3 if port.many else 1
            found = draw(_some(sources, most_wires)) if sources else []
            graph.wires += [Wire(*end, f"n{number}", port.name) for end in found]
    graph.wires = draw(st.permutations(graph.wires))
    return graph


def _own(draw: st.DrawFn, graph: Graph, node: str, kind: KindInfo) -> None:
    """Give a node a size, or make it the twin of an earlier one of its kind."""
    place = graph.nodes[node]
    same = [n for n, p in graph.nodes.items() if p.kind == kind.kind and n != node and not p.twin]
    if same and draw(st.integers(0, 3)) == 0:
        place.twin = draw(st.sampled_from(same))
    elif draw(st.booleans()):
        place.params["size"] = draw(st.integers(1, 9))
        place.driven = ["rate"] if draw(st.booleans()) else []


def _some(among: list[Any], most: int) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(among), unique=True, max_size=most)


def closed(graph: Graph, ids: list[str]) -> list[str]:
    """Return these nodes with all that share weights with them."""
    owners = {graph.owner(node) for node in ids}
    return [node for node in graph.nodes if graph.owner(node) in owners]


def normal(graph: Graph) -> Any:
    """Return what a graph computes: its nodes, and the wires into each port in their order."""
    into: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for wire in graph.wires:
        into.setdefault((wire.target, wire.input), []).append((wire.source, wire.output))
    return graph.nodes, into
