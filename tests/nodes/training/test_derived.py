"""Models made of others: LoRA counts and merges, and a network begins with what was learned."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from nodes.base import Node
from nodes.diffusion.denoiser_mlp import DenoiserMLP
from nodes.diffusion.unet import UNet
from nodes.errors import DataMissing, InputRefused
from nodes.language.transformer import Transformer
from nodes.networks.perceptron import Perceptron
from nodes.training.begin_from import BeginFrom
from nodes.training.derived import weights_of
from nodes.training.lora import LoRA, owning_copy


def perceptron(**given: object) -> tuple[Node, tuple[Tensor, ...]]:
    return Perceptron(hidden=[16], outputs=3, **given), (torch.randn(8, 5),)


def transformer(**given: object) -> tuple[Node, tuple[Tensor, ...]]:
    sizes = {"preset": "own", "layers": 2, "heads": 2, "width": 16, "vocabulary": 11}
    return Transformer(**sizes, **given), (torch.randint(11, (3, 7)),)


def denoiser() -> tuple[Node, tuple[Tensor, ...]]:
    return DenoiserMLP(), (torch.randn(8, 2), torch.rand(8))


def unet() -> tuple[Node, tuple[Tensor, ...]]:
    return UNet(preset="own", channels=[8, 16], groups=4, patch=1), (
        torch.randn(2, 1, 8, 8),
        torch.rand(2),
    )


NETWORKS = [
    perceptron,
    lambda: perceptron(normalization="batch"),
    transformer,
    lambda: transformer(tied=True),
    lambda: transformer(positions="learned"),
    denoiser,
    unet,
]
each = pytest.mark.parametrize("make", NETWORKS)


def built(make) -> tuple[Node, tuple[Tensor, ...]]:  # type: ignore[no-untyped-def]
    torch.manual_seed(0)
    model, given = make()
    model(*given)
    stir(model)
    return model.eval(), given


@torch.no_grad()
def stir(model: nn.Module) -> None:
    for p in model.parameters():
        p += 0.1 * torch.randn_like(p)


@each
def test_lora_begins_as_the_model_and_merges_to_the_same_outputs(make) -> None:  # type: ignore[no-untyped-def]
    model, given = built(make)
    node = LoRA(rank=4).eval()
    tuned = node(model)
    assert torch.equal(tuned(*given), model(*given))
    stir(node)
    found, merged = tuned(*given), owning_copy(tuned)
    assert (found - model(*given)).abs().max() > 1e-2
    torch.testing.assert_close(merged(*given), found, atol=1e-5, rtol=1e-5)
    assert list(merged.state_dict()) == list(model.state_dict())


@each
def test_lora_owns_its_matrices_and_moves_nothing_else(make) -> None:  # type: ignore[no-untyped-def]
    model, given = built(make)
    node = LoRA(rank=4)
    tuned = node(model)
    node.train()
    layers = [m for m in model.modules() if isinstance(m, nn.Linear)]
    sizes = [(m.in_features, m.out_features) for m in layers]
    assert node.weight_count() == sum(min(4, i, o) * (i + o) for i, o in sizes)
    before = {k: v.clone() for k, v in model.state_dict().items()}
    adam = torch.optim.Adam(node.parameters(), lr=0.01)
    model.requires_grad_(False)
    for _ in range(2):
        tuned(*given).float().square().mean().backward()
        adam.step()
    assert all(torch.equal(v, before[k]) for k, v in model.state_dict().items())
    assert all((p != 0).any() for p in node.parameters())


def test_lora_follows_the_model_that_it_stands_on() -> None:
    model, given = built(perceptron)
    tuned = LoRA()(model)
    stir(model)
    assert torch.equal(tuned(*given), model(*given))
    for p in model.parameters():
        p.data = torch.zeros_like(p)  # as a trainer's average stands in
    assert not tuned(*given).any()


def test_lora_of_lora_follows_the_model_below() -> None:
    model, given = built(perceptron)
    tuned = LoRA()(LoRA()(model))
    stir(model)
    assert torch.equal(tuned(*given), model(*given))
    assert list(owning_copy(tuned).state_dict()) == list(model.state_dict())


def test_alpha_weighs_and_the_rank_divides_it() -> None:
    model, given = built(perceptron)
    node = LoRA(rank=4, alpha=4.0)
    tuned = node(model)
    stir(node)
    layer = next(m for m in tuned.modules() if hasattr(m, "a"))
    plain = layer.layer.weight
    node.set("alpha", 8.0)
    torch.testing.assert_close(layer.weight - plain, 2.0 * layer.b @ layer.a)
    node.set("alpha", 0.0)
    assert torch.equal(tuned(*given), model(*given))


def test_saved_matrices_go_on_in_a_node_that_knows_no_model_yet() -> None:
    model, given = built(transformer)
    node = LoRA()
    tuned = node(model)
    stir(node)
    other = LoRA()
    other.load_state_dict(node.state_dict())
    assert torch.equal(other(model)(*given), tuned(*given))


def test_a_model_without_linear_layers_is_refused() -> None:
    with pytest.raises(InputRefused, match="no linear layers"):
        LoRA()(nn.Conv2d(1, 1, 3))
    with pytest.raises(InputRefused, match="no weights"):
        LoRA()(nn.Identity())
    with pytest.raises(InputRefused, match="not been shown any items"):
        LoRA()(Perceptron())


def test_a_network_follows_another_until_it_is_trained() -> None:
    model, given = built(perceptron)
    node = BeginFrom()
    stir(model)
    begun = node(model)
    assert torch.equal(begun(*given), model(*given))
    begun(*given).sum().backward()
    mine = [p.detach().clone() for p in begun.parameters()]
    stir(model)
    node(model)
    assert all(map(torch.equal, mine, begun.parameters()))
    assert not {id(p) for p in weights_of(model)} & {id(p) for p in weights_of(begun)}


def test_it_begins_with_what_lora_has_learned() -> None:
    model, given = built(transformer)
    lora = LoRA()
    tuned = lora(model)
    stir(lora)
    begun = BeginFrom()(tuned)
    torch.testing.assert_close(begun(*given), tuned(*given), atol=1e-5, rtol=1e-5)
    assert len([*begun.parameters()]) == len([*model.parameters()])


def kept(folder: Path, **networks: Node) -> Path:
    """Return a run's folder with a checkpoint of networks."""
    file = folder / "checkpoints" / "000000007.safetensors"
    file.parent.mkdir(parents=True)
    named = [(f"{n}/{k}", v) for n, net in networks.items() for k, v in net.state_dict().items()]
    state = {name: value.clone() for name, value in named}
    save_file(state | {"trainer/_extra_state/step": torch.tensor(7)}, file)
    return file


def test_it_begins_with_a_run_a_checkpoint_or_a_plain_file(tmp_path: Path) -> None:
    learned, given = built(transformer)
    model, _ = transformer()
    model(*given)
    file = kept(tmp_path / "run", net=learned, other=built(perceptron)[0])
    save_file(learned.state_dict(), tmp_path / "plain.safetensors")
    for path in (tmp_path / "run", file, tmp_path / "plain.safetensors"):
        node = BeginFrom(file=str(path))
        begun = node(model)
        assert torch.equal(begun(*given), learned(*given))
        assert node.files() == [file if path.is_dir() else path]


def test_what_does_not_fit_is_told_with_its_name(tmp_path: Path) -> None:
    learned, given = built(perceptron)
    run = kept(tmp_path / "run", net=learned, twin=learned)
    wide = Perceptron(hidden=[32], outputs=3)
    wide(*given)
    with pytest.raises(InputRefused, match=r"Several networks .* fit: net, twin") as told:
        BeginFrom(file=str(run))(learned)
    assert told.value.place == "network"
    with pytest.raises(InputRefused, match=r"has the shape 16 5 .* it must be 32 5"):
        BeginFrom(file=str(run), network="net")(wide)
    with pytest.raises(InputRefused, match="no network “who”; it has net, twin"):
        BeginFrom(file=str(run), network="who")(learned)
    with pytest.raises(InputRefused, match="has no weight"):
        BeginFrom(file=str(run), network="net")(built(denoiser)[0])


def test_a_file_that_is_none_is_told(tmp_path: Path) -> None:
    model, _ = built(perceptron)
    (tmp_path / "bad.safetensors").write_bytes(b"\x80\x04cos\nsystem\n")
    for path, words in [
        (tmp_path / "bad.safetensors", "no file of weights"),
        (tmp_path / "gone.safetensors", "There is no file"),
        (tmp_path, "holds no checkpoint"),
    ]:
        with pytest.raises(DataMissing, match=words):
            BeginFrom(file=str(path))(model)
