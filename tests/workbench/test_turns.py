import pytest
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication

from engine.document.graph import Graph, Place, apply
from tests.workbench import design
from workbench.bench.turns import letters, reordered, turns
from workbench.look import theme
from workbench.panels.turns_view import Lanes, distinct_parts, step_words


@pytest.fixture
def gan() -> Graph:
    wires = """
        critic.model>first.models  generator.model>second.models
        first.optimizer>trainer.optimizers  second.optimizer>trainer.optimizers
    """
    return Graph(
        nodes={
            "critic": Place(kind="Critic"),
            "generator": Place(kind="Decoder", title="Generator"),
            "first": Place(kind="Adam", title="Adam, critic", params={"every": 5, "rate": 2e-4}),
            "second": Place(kind="Adam", title="Adam, generator"),
            "trainer": Place(kind="Trainer"),
        },
        wires=[design.wire(w) for w in wires.split()],
    )


def test_optimisers_have_their_turns_in_wire_order(gan: Graph) -> None:
    first, second = turns(gan, design.catalogue(), "trainer")
    assert (first.title, first.count, first.rate, first.models) == (
        "Adam, critic",
        5,
        2e-4,
        ["critic"],
    )
    assert (second.count, second.rate, second.models_title) == (1, 1e-3, "Generator")


def test_the_order_changes_and_comes_back(gan: Graph) -> None:
    catalogue = design.catalogue()
    wire = turns(gan, catalogue, "trainer")[1].wire
    back = apply(gan, reordered(gan, wire, 0))
    assert [t.optimizer for t in turns(gan, catalogue, "trainer")] == ["second", "first"]
    assert len(gan.wires) == 4
    apply(gan, back)
    assert [t.optimizer for t in turns(gan, catalogue, "trainer")] == ["first", "second"]


def test_titles_are_shown_by_what_tells_them_apart() -> None:
    assert distinct_parts(["Adam, critic", "Adam, generator"]) == ["critic", "generator"]
    assert distinct_parts(["Adam, critic", "Muon, generator"]) == [
        "Adam, critic",
        "Muon, generator",
    ]
    assert (
        distinct_parts(["Adam, critic"]) == ["Adam, critic"]
        and distinct_parts(["Adam", "Adam"]) == ["Adam"] * 2
    )


def test_the_words_of_two_steps_have_room_side_by_side(qapp: QApplication) -> None:
    metrics = QFontMetrics(theme.font(theme.FOOT))
    wide = Lanes().step_width(2)
    assert all(metrics.horizontalAdvance(words) < wide for words in step_words())


def test_a_value_out_of_range_in_a_file_still_makes_a_turn(gan: Graph) -> None:
    gan.nodes["first"].params["every"] = "many"
    assert turns(gan, design.catalogue(), "trainer")[0].count == 1


@pytest.mark.parametrize(
    ("titles", "signs"),
    [
        (("Critic", "Generator"), ["C", "G"]),
        (("Encoder", "Decoder", "Discriminator"), ["En", "De", "Di"]),
        (("Critic", "Critic, large"), ["C1", "C2"]),
        (("Encodeur",), ["E"]),
    ],
)
def test_letters_tell_the_networks_apart(titles: tuple[str, ...], signs: list[str]) -> None:
    names = "abcdefg"[: len(titles)]
    wires = [design.wire(f"{n}.model>o{n}.models") for n in names]
    wires += [design.wire(f"o{n}.optimizer>trainer.optimizers") for n in names]
    nodes = {n: Place(kind="Decoder", title=t) for n, t in zip(names, titles, strict=True)}
    nodes |= {f"o{n}": Place(kind="Adam") for n in names} | {"trainer": Place(kind="Trainer")}
    found = turns(Graph(nodes=nodes, wires=wires), design.catalogue(), "trainer")
    assert letters(found) == signs
