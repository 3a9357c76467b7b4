"""Edits: each gives a change that undoes exactly, and refuses with a sentence."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from itertools import pairwise

import pytest

from engine.check import describe
from engine.document.catalogue import Fix
from engine.document.graph import Change, Graph, Place, Wire, apply, copy, dumps, loads
from nodes import library
from nodes.errors import Refusal
from tests.workbench.sample import CATALOGUE, vae
from workbench import edits
from workbench.edits.base import HEIGHT, WIDTH

EVERY: dict[str, Callable[[Graph], Change]] = {
    "add": lambda g: edits.add_node(g, "Encoder", (3, 5), catalogue=CATALOGUE),
    "add view": lambda g: edits.add_node(g, "Scatter", (3, 5), catalogue=CATALOGUE),
    "remove": lambda g: edits.remove(g, ["encoder", "scatter"]),
    "remove and join": lambda g: edits.remove(g, ["reparameterize"], through=WIDE),
    "pull out": lambda g: edits.pull_out(g, ["encoder", "reparameterize"], WIDE),
    "move wires": lambda g: edits.move_wires(
        _with(g, "extra", "Encoder"), g.wires_from("encoder", "q"), "extra", "q", WIDE, inputs=False
    ),
    "room": lambda g: edits.make_room(_in_the_way(g), "encoder", g.wires[1], {}),
    "connect": lambda g: edits.connect(g, Wire("digits", "images", "decoder", "z"), WIDE),
    "disconnect": lambda g: edits.disconnect(g, g.wires[:2]),
    "insert": lambda g: edits.insert_on_wire(
        _with(g, "extra", "Encoder"), "extra", g.wires[0], WIDE
    ),
    "move": lambda g: edits.move(g, {"encoder": (1.0, 2.0), "decoder": (8.0, 8.0)}),
    "set": lambda g: edits.set_param(g, "encoder", "hidden", 32),
    "bare": lambda g: edits.bare(g, "scatter"),
    "take params": lambda g: edits.take_params(g, _other(), 3, "Run 2"),
    "rename": lambda g: edits.rename(g, "encoder", " My  encoder "),
    "duplicate": lambda g: edits.duplicate(g, ["encoder", "reparameterize"], CATALOGUE),
    "twin": lambda g: edits.twin(g, ["decoder"]),
    "mute": lambda g: edits.set_mode(g, ["encoder"], "muted"),
    "paste": lambda g: edits.paste(g, edits.copy_text(g, list(g.nodes)), (0, 900), CATALOGUE),
    "paste wired": lambda g: edits.paste(
        g, edits.copy_text(g, ["encoder"]), (0, 900), CATALOGUE, outside=True
    ),
    "frame": lambda g: edits.frame(g, ["encoder", "decoder"], "Both"),
    "into a frame": lambda g: edits.into_frame(_cramped(g), ["scatter"], "small"),
    "dress": lambda g: edits.dress(_grouped(g), "group", "Net", "One net.", "box"),
    "note": lambda g: edits.note(g, (10, 10), "Try this"),
    "reroute": lambda g: edits.reroute(g, g.wires[0], [(100, 100)]),
    "bends": lambda g: edits.remove_bends(_bent(g), [(g.wires[0], 1)]),
    "remove wires": lambda g: edits.remove(g, ["scatter"], g.wires[:2]),
    "align": lambda g: edits.align(g, ["encoder", "scatter", "decoder"], "left"),
    "spread": lambda g: edits.align(g, ["encoder", "scatter", "decoder"], "columns"),
    "tidy": lambda g: edits.tidy(g),
    "seed": lambda g: edits.set_setting(g, "seed", 7),
    "title": lambda g: edits.set_title(g, "Other"),
    "views": lambda g: edits.set_views(g, []),
    "collapse": lambda g: edits.collapse(g, ["encoder"]),
    "show field": lambda g: edits.show_field(g, CATALOGUE, ["encoder", "decoder"], "hidden", True),
    "pin": lambda g: edits.pin(g, ["encoder"]),
    "colour": lambda g: edits.colour(_framed(g), ["encoder", "decoder", "frame"], "blue"),
    "no colour": lambda g: edits.colour(_framed(g), ["encoder", "frame"], ""),
}
WIDE = copy(CATALOGUE)
WIDE.types["Images"].parents = ["Batch", "Points"]
WIDE.types["Gaussian"].parents = ["Batch"]


def _in_the_way(graph: Graph) -> Graph:
    """Return a graph in which the ends of a wire lie close, with the encoder on them."""
    graph.layout.frames["frame"] = {"title": "", "rect": [0.0, 0.0, 900.0, 400.0]}
    graph.layout.reroutes[str(graph.wires[0])] = [[420.0, 8.0]]
    places = {graph.wires[1].source: [0.0, 0.0], graph.wires[1].target: [400.0, 0.0]}
    graph.layout.positions |= {**places, "encoder": [200.0, 0.0]}
    return graph


def _framed(graph: Graph) -> Graph:
    graph.layout.colours["encoder"] = "lime"
    graph.layout.frames["frame"] = {"title": "", "rect": [0.0, 0.0, 9.0, 9.0], "colour": "pink"}
    return graph


def _grouped(graph: Graph) -> Graph:
    apply(graph, edits.group(graph, ["encoder"], CATALOGUE))
    return graph


def _cramped(graph: Graph) -> Graph:
    """Return a graph with a frame in which two nodes leave no room for a third."""
    graph.layout.frames["small"] = {"title": "Small", "rect": [0.0, 0.0, 360.0, 200.0]}
    graph.layout.positions |= {"encoder": [24.0, 48.0], "decoder": [192.0, 48.0]}
    graph.layout.positions["scatter"] = [900.0, 0.0]
    return graph


def _bent(graph: Graph) -> Graph:
    graph.layout.reroutes[str(graph.wires[0])] = [[0.0, 0.0], [8.0, 8.0]]
    return graph


def _other() -> Graph:
    """Return a graph as it was run, with a node that is not there any more."""
    graph = vae()
    graph.nodes["encoder"].params["hidden"] = 99
    return _with(graph, "gone", "Encoder")


def _with(graph: Graph, name: str, kind: str) -> Graph:
    graph.nodes[name] = Place(kind=kind)
    return graph


@pytest.mark.parametrize("name", EVERY)
def test_every_edit_changes_and_undoes_exactly(name: str) -> None:
    graph = vae()
    change = EVERY[name](graph)
    before = copy(graph)
    assert change and change.label
    inverse = apply(graph, change)
    assert graph != before
    assert loads(dumps(graph)) == graph
    apply(graph, inverse)
    assert graph == before and dumps(graph) == dumps(before)


def test_pasting_with_wires_draws_those_to_other_nodes_that_have_room() -> None:
    graph = vae()
    text = edits.copy_text(graph, ["encoder", "reparameterize"])
    change = edits.paste(graph, text, (0, 900), CATALOGUE, outside=True)
    before = copy(graph)
    apply(graph, change)
    new = {str(w) for w in graph.wires if w not in before.wires}
    assert "digits.images>encoder_2.x" in new
    assert "encoder_2.model>optimizer.models" in new, "it takes many"
    assert "encoder_2.q>reparameterize_2.q" in new
    assert not any(w.endswith(">decoder.z") for w in new), "it takes one, and has it"
    plain = copy(before)
    apply(plain, edits.paste(plain, text, (0, 900), CATALOGUE))
    assert {str(w) for w in plain.wires if w not in before.wires} == {
        "encoder_2.q>reparameterize_2.q"
    }


@pytest.mark.parametrize("kept", ["x", [1], [["a"] * 5], [["digits", "images", "encoder", "x", 1]]])
def test_what_others_wrote_beside_copied_nodes_does_no_harm(kept: object) -> None:
    graph = vae()
    part = loads(edits.copy_text(graph, ["encoder"]))
    part.extra["outside"] = kept
    change = edits.paste(graph, dumps(part), (0, 900), CATALOGUE, outside=True)
    assert not any(put.path == ("wires",) for put in change.puts)


def test_a_wire_takes_the_place_of_the_one_before() -> None:
    graph = vae()
    graph.nodes["other"] = Place(kind="Digits")
    graph.layout.reroutes[str(graph.wires[0])] = [[1.0, 1.0]]
    apply(graph, edits.connect(graph, Wire("other", "images", "encoder", "x"), CATALOGUE))
    assert graph.wires_into("encoder") == [Wire("other", "images", "encoder", "x")]
    assert graph.wires.index(Wire("other", "images", "encoder", "x")) == 0
    assert graph.layout.reroutes == {}


def test_many_wires_are_kept_in_order() -> None:
    graph = vae()
    graph.nodes["third"] = Place(kind="Decoder")
    apply(graph, edits.connect(graph, Wire("third", "model", "optimizer", "models"), CATALOGUE))
    sources = [w.source for w in graph.wires_into("optimizer", "models")]
    assert sources == ["encoder", "decoder", "third"]


@pytest.mark.parametrize(
    ("wire", "word"),
    [
        (Wire("digits", "labels", "encoder", "x"), "takes Batch"),
        (Wire("reparameterize", "z", "encoder", "x"), "circle"),
        (Wire("gone", "z", "encoder", "x"), "not in this graph"),
    ],
)
def test_a_wrong_wire_is_refused_in_words(wire: Wire, word: str) -> None:
    with pytest.raises(Refusal, match=word):
        edits.connect(vae(), wire, CATALOGUE)


def test_removing_the_owner_hands_its_weights_to_the_twin() -> None:
    graph = vae()
    graph.nodes["encoder"].params = {"hidden": 9}
    apply(graph, edits.twin(graph, ["encoder"]))
    apply(graph, edits.twin(graph, ["encoder_2"]))
    assert graph.nodes["encoder_3"].twin == "encoder"
    apply(graph, edits.remove(graph, ["encoder"]))
    assert graph.nodes["encoder_2"] == Place(kind="Encoder", params={"hidden": 9})
    assert graph.nodes["encoder_3"].twin == "encoder_2"


def test_setting_a_parameter_of_a_twin_sets_its_owner_s() -> None:
    graph = vae()
    apply(graph, edits.twin(graph, ["decoder"]))
    apply(graph, edits.set_param(graph, "decoder_2", "hidden", 5))
    assert graph.nodes["decoder"].params == {"hidden": 5}
    assert graph.nodes["decoder_2"].params == {}


def test_paste_into_another_graph_keeps_wires_and_frees_twins() -> None:
    graph = vae()
    graph.nodes["decoder"].params = {"hidden": 5}
    apply(graph, edits.twin(graph, ["decoder"]))
    text = edits.copy_text(graph, ["decoder_2", "scatter", "reparameterize"])
    other = Graph()
    apply(other, edits.paste(other, text, (80, 80), CATALOGUE))
    assert other.nodes["decoder_2"] == Place(kind="Decoder", params={"hidden": 5})
    assert other.wires == [Wire("reparameterize", "z", "scatter", "points")]
    assert min(other.layout.positions.values()) == [80.0, 80.0]
    assert other.layout.views == ["scatter"]


def test_paste_twice_gives_fresh_names() -> None:
    graph = vae()
    text = edits.copy_text(graph, ["encoder", "reparameterize"])
    for _ in range(2):
        apply(graph, edits.paste(graph, text, None, CATALOGUE))
    assert {"encoder_2", "encoder_3"} <= set(graph.nodes)
    assert Wire("encoder_3", "q", "reparameterize_3", "q") in graph.wires


@pytest.mark.parametrize("text", ["", "hello", "[1, 2]", '{"format": "other"}', dumps(Graph())])
def test_pasting_what_is_no_graph_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match=r"^The clipboard holds no nodes\. Copy"):
        edits.paste(vae(), text, None, CATALOGUE)


@pytest.mark.parametrize("space", [" ", "\u00a0", "\u202f", "\u200b "])
@pytest.mark.parametrize("around", ["{0}", "Copy {{this}}:\n```json\n{0}\n```\nand {{paste}} it."])
def test_a_graph_is_pasted_from_the_text_of_a_page(around: str, space: str) -> None:
    graph = vae()
    graph.nodes["encoder"].title = "q\u202f: x"
    text = edits.copy_text(graph, ["encoder", "reparameterize"])
    page = around.format(text.replace("\n  ", f"\n{space}{space}"))
    apply(graph, edits.paste(graph, page, None, CATALOGUE))
    assert {"encoder_2", "reparameterize_2"} <= set(graph.nodes)
    if space == " ":
        assert graph.nodes["encoder_2"].title == "q\u202f: x", "what is written stays"


def test_duplicate_keeps_what_comes_in() -> None:
    graph = vae()
    apply(graph, edits.duplicate(graph, ["decoder"], CATALOGUE))
    assert Wire("reparameterize", "z", "decoder_2", "z") in graph.wires
    assert len(graph.wires) == 13


def test_mode_asked_again_switches_on() -> None:
    graph = vae()
    apply(graph, edits.set_mode(graph, ["encoder", "decoder"], "muted"))
    apply(graph, edits.set_mode(graph, ["encoder"], "muted"))
    assert (graph.nodes["encoder"].mode, graph.nodes["decoder"].mode) == ("on", "muted")


def test_tidy_leads_every_wire_to_the_right() -> None:
    graph = vae()
    graph.layout.positions = {n: [0.0, 0.0] for n in graph.nodes}
    apply(graph, edits.tidy(graph))
    places = graph.layout.positions
    assert all(places[w.source][0] < places[w.target][0] for w in graph.wires)
    assert len({tuple(p) for p in places.values()}) == len(places)


def test_tidy_takes_circles_and_lone_nodes() -> None:
    graph = Graph(nodes={n: Place(kind="Encoder") for n in "abcd"})
    graph.wires = [Wire("a", "q", "b", "x"), Wire("b", "q", "a", "x"), Wire("c", "q", "c", "x")]
    apply(graph, edits.tidy(graph))
    assert len({tuple(p) for p in graph.layout.positions.values()}) == 4


def test_a_fix_from_the_wire_gets_its_types() -> None:
    graph = vae()
    wires = [list(w) for w in graph.wires[1:]]
    fix = Fix(
        label="Mend",
        puts=[
            (["wires"], wires),
            (["nodes", "new"], {"kind": "Digits"}),
            (["nodes", "scatter"], {"type": "absent"}),
        ],
    )
    apply(graph, edits.apply_fix(graph, fix))
    assert isinstance(graph.wires[0], Wire) and graph.nodes["new"] == Place(kind="Digits")
    assert "scatter" not in graph.nodes


@pytest.mark.parametrize("seed", [-1, "x", 1.5, 2**64])
def test_a_seed_that_is_none_is_refused(seed: object) -> None:
    with pytest.raises(Refusal):
        edits.set_setting(vae(), "seed", seed)


def test_connecting_selected_nodes_in_a_row() -> None:
    graph = vae()
    graph.wires = []
    order = ["digits", "encoder", "reparameterize", "decoder"]
    apply(graph, edits.connect_nodes(graph, order, CATALOGUE))
    assert [(w.source, w.target) for w in graph.wires] == list(pairwise(order))
    with pytest.raises(Refusal, match="fits"):
        edits.connect_nodes(graph, ["trainer", "digits"], CATALOGUE)


def pair(first: str, second: str) -> Graph:
    return Graph(nodes={"a": Place(kind=first), "b": Place(kind=second)})


@pytest.mark.parametrize(
    ("first", "second", "wire"),
    [
        ("Decoder", "ELBO", "x_hat>x_hat"),
        ("Generator", "CriticLoss", "x_hat>fake"),
        ("MNIST", "CriticLoss", "images>real"),
        ("MNIST", "Scatter", "labels>labels"),
    ],
)
def test_connecting_takes_the_port_that_is_meant(first: str, second: str, wire: str) -> None:
    graph = pair(first, second)
    apply(graph, edits.connect_nodes(graph, ["a", "b"], describe.catalogue(library.find())))
    assert [f"{w.output}>{w.input}" for w in graph.wires] == [wire]


def test_a_node_on_a_wire_takes_the_port_that_is_meant() -> None:
    graph = pair("Decoder", "ELBO")
    graph.nodes["mean"] = Place(kind="DisplacementInterpolation")
    old = Wire("a", "x_hat", "b", "x_hat")
    graph.wires = [old]
    apply(graph, edits.insert_on_wire(graph, "mean", old, describe.catalogue(library.find())))
    assert graph.wires == [Wire("a", "x_hat", "mean", "y"), Wire("mean", "x_t", "b", "x_hat")]


def test_connecting_again_never_lays_a_wire_twice() -> None:
    """An input that takes many wires takes each once."""
    graph = vae()
    pairs = [["encoder", "optimizer"], ["decoder", "optimizer"], ["optimizer", "trainer"]]
    for pair in pairs * 2:
        with contextlib.suppress(Refusal):
            apply(graph, edits.connect_nodes(graph, pair, CATALOGUE))
        assert len(set(graph.wires)) == len(graph.wires)


def test_a_node_moved_into_a_frame_lies_in_it_and_on_no_other() -> None:
    graph = _cramped(vae())
    apply(graph, edits.into_frame(graph, ["scatter"], "small"))
    x, y = graph.layout.positions["scatter"]
    left, top, width, height = graph.layout.frames["small"]["rect"]
    assert edits.frame_of(graph, "scatter") == "small"
    assert left <= x and x + WIDTH <= left + width
    assert top <= y and y + HEIGHT <= top + height
    others = [graph.layout.positions[node] for node in ("encoder", "decoder")]
    assert all(abs(x - ox) >= WIDTH or abs(y - oy) >= HEIGHT for ox, oy in others)
    assert not edits.into_frame(graph, ["scatter"], "small").puts
    apply(graph, edits.into_frame(graph, ["scatter", "encoder"], ""))
    assert edits.frame_of(graph, "scatter") == edits.frame_of(graph, "encoder") == ""
