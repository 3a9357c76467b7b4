"""Which wires teach nobody, on graphs small enough to see it."""

import pytest

import resources
from engine.check import describe
from engine.document.catalogue import Catalogue
from engine.document.graph import Graph, Place, Wire, load
from nodes import library
from workbench.bench.gradients import stops, updated_networks


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return describe.catalogue(library.find())


def graph(nodes: str, wires: str) -> Graph:
    """Make a graph of `id=Kind` and `from.port>to.port`."""
    places = {n: Place(kind=k) for n, k in (part.split("=") for part in nodes.split())}
    made = Graph(nodes=places)
    for part in wires.split():
        (source, output), (target, input_) = (end.split(".") for end in part.split(">"))
        made.wires.append(Wire(source, output, target, input_))
    return made


GAN = (
    "data=TwoMoons noise=Prior critic=Discriminator generator=PointGenerator "
    "critic_loss=CriticLoss generator_loss=GeneratorLoss c=Optimizer g=Optimizer",
    "data.points>critic_loss.real noise.z>generator.z generator.x_hat>critic_loss.fake "
    "generator.x_hat>generator_loss.fake critic.model>critic_loss.critic "
    "critic.model>generator_loss.critic critic_loss.loss>c.loss generator_loss.loss>g.loss "
    "critic.model>c.models generator.model>g.models",
)


def said(found) -> dict[str, tuple[bool, tuple[str, ...], tuple[str, ...]]]:
    return {str(w): (s.frozen, s.optimizers, s.networks) for w, s in found.items()}


def test_a_gan_cuts_its_fakes_and_freezes_its_critic(catalogue: Catalogue) -> None:
    assert said(stops(graph(*GAN), catalogue)) == {
        "generator.x_hat>critic_loss.fake": (False, ("c",), ("generator",)),
        "critic.model>generator_loss.critic": (True, ("g",), ("critic",)),
    }


def test_who_is_given_both_networks_cuts_nothing(catalogue: Catalogue) -> None:
    both = graph(GAN[0], GAN[1] + " generator.model>c.models critic.model>g.models")
    assert stops(both, catalogue) == {}


def test_data_and_what_nobody_pulls_are_never_cut(catalogue: Catalogue) -> None:
    wires = stops(graph(*GAN), catalogue)
    assert not [w for w in wires if w.source in ("data", "noise")]
    alone = graph(GAN[0] + " view=Scatter", GAN[1] + " generator.x_hat>view.points")
    assert stops(alone, catalogue).keys() == wires.keys()


def test_a_twin_is_its_owner(catalogue: Catalogue) -> None:
    twins = graph(*GAN)
    twins.nodes["again"] = Place(kind="Discriminator", twin="critic")
    twins.wires = [
        Wire("again", w.output, w.target, w.input)
        if w.target == "generator_loss" and w.input == "critic"
        else w
        for w in twins.wires
    ]
    (stop,) = (s for s in stops(twins, catalogue).values() if s.frozen)
    assert stop.networks == ("critic",)


def test_a_second_stage_learns_on_what_the_first_has_made(catalogue: Catalogue) -> None:
    two = graph(
        "data=MNIST encoder=Encoder draw=Reparameterize decoder=Decoder elbo=ELBO first=Optimizer "
        "net=DenoiserMLP loss=FlowMatchingLoss noise=Prior second=Optimizer",
        "data.images>encoder.x encoder.q>draw.q draw.z>decoder.z decoder.x_hat>elbo.x_hat "
        "encoder.q>elbo.q data.images>elbo.x elbo.loss>first.loss encoder.model>first.models "
        "decoder.model>first.models draw.z>loss.target noise.z>loss.source net.model>loss.model "
        "loss.loss>second.loss net.model>second.models",
    )
    assert said(stops(two, catalogue)) == {"draw.z>loss.target": (False, ("second",), ("encoder",))}


def test_a_chain_of_layers_is_owned_whole(catalogue: Catalogue) -> None:
    flow = graph(
        "data=TwoMoons base=BaseLaw one=AffineCoupling two=ActNorm loss=Likelihood adam=Optimizer",
        "base.flow>one.flow one.flow>two.flow two.flow>loss.flow data.points>loss.x "
        "loss.loss>adam.loss two.flow>adam.models",
    )
    assert set(updated_networks(flow, catalogue)["adam"]) == {"one", "two"}
    assert stops(flow, catalogue) == {}


def test_an_optimiser_that_owns_nothing_its_loss_depends_on_stops_at_once(
    catalogue: Catalogue,
) -> None:
    wrong = graph(*GAN)
    wrong.wires = [w for w in wrong.wires if str(w) != "generator.model>g.models"]
    wrong.wires.append(Wire("generator", "model", "c", "models"))
    assert said(stops(wrong, catalogue)).keys() == {"generator_loss.loss>g.loss"}


def test_a_gradient_stops_once_where_it_comes_from_the_loss(catalogue: Catalogue) -> None:
    longer = graph(
        GAN[0] + " odd=Reshape",
        GAN[1].replace(
            "generator.x_hat>critic_loss.fake", "generator.x_hat>odd.x odd.x>critic_loss.fake"
        ),
    )
    cut = [str(w) for w, s in stops(longer, catalogue).items() if not s.frozen]
    assert cut == ["odd.x>critic_loss.fake"]


def test_a_circle_and_an_unknown_kind_stop_nothing(catalogue: Catalogue) -> None:
    odd = graph(GAN[0] + " odd=Nowhere", GAN[1] + " odd.x>critic_loss.real")
    assert len(stops(odd, catalogue)) == 2
    odd.wires.append(Wire("critic_loss", "loss", "odd", "y"))
    assert stops(odd, catalogue) == {}


@pytest.mark.parametrize("name", ["vae-mnist", "realnvp-moons"])
def test_a_graph_with_one_optimiser_that_owns_all_has_no_stops(
    name: str, catalogue: Catalogue
) -> None:
    assert stops(load(resources.path("examples", f"{name}.graph.json")), catalogue) == {}
