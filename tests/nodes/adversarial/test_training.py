"""Whole adversarial graphs through the engine: they train, each turn moves its own weights."""

from typing import Any

import pytest
import torch

from engine.document.graph import Graph, Place, Wire
from engine.document.messages import Fault, Scalars
from engine.run.session import Session
from nodes.adversarial.games import GAMES
from nodes.adversarial.penalties import PLACES
from tests.engine.toy import Listener
from tests.running import run

WIRES = """data.points>critic_loss.real generator.x_hat>critic_loss.fake
critic.model>critic_loss.critic noise.z>generator.z generator.x_hat>generator_loss.fake
critic.model>generator_loss.critic critic_loss.loss>adam_c.loss critic.model>adam_c.models
generator_loss.loss>adam_g.loss generator.model>adam_g.models adam_c.optimizer>trainer.optimizers
adam_g.optimizer>trainer.optimizers"""
TOLD = """data.labels>generator.labels data.labels>critic_loss.labels
data.labels>generator_loss.labels"""


def gan(wires: str = "", **params: dict[str, Any]) -> Graph:
    """Return a GAN on the ring; `params` by node id."""
    kinds = {
        "data": "RingMixture",
        "noise": "Prior",
        "generator": "PointGenerator",
        "critic": "Discriminator",
        "critic_loss": "CriticLoss",
        "generator_loss": "GeneratorLoss",
        "adam_c": "Optimizer",
        "adam_g": "Optimizer",
        "trainer": "Trainer",
    }
    given: dict[str, dict[str, Any]] = {
        "data": {"batch": 16, "test_size": 40},
        "noise": {"count": 16},
        "generator": {"hidden": 8},
        "critic": {"hidden": 8},
        "trainer": {"steps": 2},
    }
    made = Graph()
    for name, kind in kinds.items():
        made.nodes[name] = Place(kind=kind, params=given.get(name, {}) | params.get(name, {}))
    for word in f"{WIRES} {wires}".split():
        source, target = word.split(">")
        made.wires.append(Wire(*source.split("."), *target.split(".")))
    return made


def trained(graph: Graph) -> tuple[Session, Listener]:
    session, listener = Session(), Listener()
    checked = session.update(graph)
    assert [f"{p.node}: {p.sentence}" for p in checked.problems] == []
    assert run(session, listener, fresh=True) == "done"
    assert not listener.of(Fault)
    return session, listener


def weights(session: Session, name: str) -> list[torch.Tensor]:
    return [p.detach().clone() for p in session.lives[name].node.parameters()]


@pytest.mark.parametrize("variant", GAMES)
@pytest.mark.parametrize("penalty", PLACES)
def test_every_variant_trains_two_steps(variant: str, penalty: str) -> None:
    graph = gan(
        critic_loss={"variant": variant, "penalty": penalty}, generator_loss={"variant": variant}
    )
    session, listener = trained(graph)
    names = {name for event in listener.of(Scalars) for name in event.series}
    told = {f"critic_loss.{n}" for n in ("loss", "penalty", "real_score", "fake_score")}
    assert names == told | {"generator_loss.loss"}
    fresh = Session()
    fresh.update(graph)
    for name in ("generator", "critic"):
        pairs = zip(weights(session, name), weights(fresh, name), strict=True)
        assert any((a != b).any() for a, b in pairs), f"{name} has learnt nothing"


@pytest.mark.parametrize(
    "critic", [{"pack": 2}, {"spectral": True}, {"normalization": "batch"}], ids=str
)
def test_every_kind_of_critic_trains(critic: dict[str, Any]) -> None:
    trained(gan(critic={"hidden": 8} | critic))


def test_a_graph_that_tells_classes_trains() -> None:
    session, _ = trained(gan(TOLD, generator={"hidden": 8, "classes": 8}, critic={"classes": 8}))
    assert session.lives["critic"].node.built["x"] == (2,)  # type: ignore[index]


def test_a_critic_that_is_told_needs_labels_before_run() -> None:
    checked = Session().update(gan(critic={"classes": 8}))
    assert any("labels needs a wire" in p.sentence for p in checked.problems)


def test_weights_are_known_before_run_though_x_is_free() -> None:
    checked = Session().update(gan())
    infos = {info.node: info for info in checked.nodes}
    assert infos["critic"].weights == 2 * 8 + 8 + 8 * 8 + 8 + 8 + 1
    assert infos["critic"].sign == "2→8→8→1"


def test_a_step_moves_what_its_optimiser_owns_alone() -> None:
    """With the critic's rate at 0 it stays to the bit, whatever the generator does; and back."""
    for still, name in (("adam_c", "critic"), ("adam_g", "generator")):
        graph = gan(critic_loss={"penalty": "one-centred"}, **{still: {"rate": 0.0}})
        session, _ = trained(graph)
        fresh = Session()
        fresh.update(graph)
        pairs = zip(weights(session, name), weights(fresh, name), strict=True)
        assert all(torch.equal(a, b) for a, b in pairs)


def test_turns_go_five_to_one() -> None:
    session, _ = trained(gan(adam_c={"every": 5}, trainer={"steps": 3}))
    turns = {n: int(session.lives[n].node.get_extra_state()["turns"]) for n in ("adam_c", "adam_g")}
    assert turns == {"adam_c": 15, "adam_g": 3}


def test_the_weights_of_a_clipped_critic_stay_within_the_limit() -> None:
    graph = gan(
        critic_loss={"variant": "Wasserstein"}, adam_c={"limit": 0.01}, trainer={"steps": 5}
    )
    session, _ = trained(graph)
    assert max(p.abs().max().item() for p in weights(session, "critic")) <= 0.01
    assert max(p.abs().max().item() for p in weights(session, "generator")) > 0.1


def test_the_limit_can_change_while_it_runs() -> None:
    def tick(host: Listener, nested: bool) -> None:
        if host.ticks == 3:
            session.lives["adam_c"].node.set("limit", 0.02)

    session = Session()
    session.update(gan(trainer={"steps": 6}))
    assert run(session, Listener(tick), fresh=True) == "done"
    assert max(p.abs().max().item() for p in weights(session, "critic")) <= 0.02
