"""Encoded data: unit spread, encoded once, drawn as from any data set, and the way back."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from engine.document.errors import Stopped
from engine.document.graph import Graph
from engine.run.session import Session
from nodes.autoencoders.encoded_data import EncodedData, FromUnitSpread
from nodes.data import memory
from nodes.errors import DataMissing, Exhausted, InputRefused
from nodes.library import find
from nodes.types import Gaussian, Stream
from tests.engine.toy import Listener, graph
from tests.nodes.metrics.streams import Fixed
from tests.running import run

SHAPE = [2, 3, 2]
SIZE = 12


class Coder(nn.Module):
    """A linear encoder that counts how often it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.linspace(0.5, 3.0, SIZE))
        self.asked = 0

    def forward(self, x: Tensor) -> Gaussian:
        self.asked += 1
        return Gaussian(self.weight * x + 5, torch.full_like(x, -1.0))


class Codes(Stream[Gaussian]):
    """Codes and labels of a data set, pulled together as the engine does."""

    def __init__(self, data: Fixed, coder: Coder) -> None:
        self.data, self.coder, self.modules = data, coder, (data, coder)
        self.labels, self.drawing = Labels(self), Drawings(self)
        self.number: Tensor

    def __next__(self) -> Gaussian:
        try:
            x, _ = self.data()
        except Exhausted:
            raise StopIteration from None
        self.number = x[:, 0].round().long()
        return self.coder(x)


class Labels(Stream[Tensor]):
    def __init__(self, codes: Codes) -> None:
        self.codes, self.modules = codes, codes.modules

    def __next__(self) -> Tensor:
        return self.codes.number


class Drawings(Labels):
    """Of an item number n: n, n + 1, n + 2."""

    def __next__(self) -> Tensor:
        return self.codes.number[:, None] + torch.arange(3)


def codes(count: int = 300) -> Codes:
    torch.manual_seed(0)
    return Codes(Fixed(torch.randn(count, SIZE) * 2, torch.randn(20, SIZE)), Coder())


def pulled(node: EncodedData, q: Codes) -> Any:
    return [*node(q, q.labels)][-1].value


def test_each_channel_has_unit_spread_over_the_data_set() -> None:
    node, q = EncodedData(shape=SHAPE, batch=300), codes()
    drawn = torch.cat([pulled(node, q).latents for _ in range(60)])
    assert drawn.shape == (18_000, *SHAPE)
    assert drawn.mean([0, 2, 3]).abs().max() < 0.02
    assert (drawn.var([0, 2, 3]) - 1).abs().max() < 0.02


def test_back_to_codes_undoes_the_scale() -> None:
    node, q = EncodedData(shape=SHAPE, batch=50), codes()
    latents, labels, *_ = pulled(node, q)
    z = FromUnitSpread()(latents, node)
    assert z.shape == (50, SIZE)
    # z = mean + exp(-1/2) eps, and the label is the rounded first number of its x
    x = (z - 5) / q.coder.weight
    assert (x[:, 0] - labels).abs().mean() < 1.5
    again = (z.view(-1, *SHAPE) - node.centre) / node.spread
    torch.testing.assert_close(again, latents)


def test_each_code_is_a_draw_of_the_gaussian_that_is_told_of_it() -> None:
    node, q = EncodedData(shape=SHAPE, batch=300), codes()
    drawn = [pulled(node, q) for _ in range(40)]
    off = torch.cat([(d.latents.flatten(1) - d.drawn_from.mean) / d.drawn_from.std for d in drawn])
    assert off.shape == (12_000, SIZE)
    assert off.mean(0).abs().max() < 5 / 12_000**0.5
    assert (off.var(0) - 1).abs().max() < 5 * (2 / 12_000) ** 0.5


def test_all_is_encoded_once_and_each_epoch_has_every_item() -> None:
    node, q = EncodedData(shape=SHAPE, batch=50), codes()
    first = pulled(node, q)
    asked = q.coder.asked
    assert asked == 3  # 300 items in batches of 100
    assert node.length == 6
    labels = torch.cat([first.labels, *(pulled(node, q).labels for _ in range(11))])
    assert q.coder.asked == asked
    for epoch in labels.split(300):
        assert torch.equal(epoch.sort().values, q.data.items[:, 0].round().long().sort().values)
    assert not torch.equal(labels[:300], labels[300:])


def test_what_is_drawn_goes_with_each_code_through_epochs_and_views() -> None:
    node, q = EncodedData(shape=SHAPE, batch=50), codes()

    def told() -> tuple[Tensor, Tensor]:
        seen = [*node(q, q.labels, q.drawing)][-1].value
        assert torch.equal(seen.drawing, seen.labels[:, None] + torch.arange(3))
        return seen.labels, (FromUnitSpread()(seen.latents, node) - 5) / q.coder.weight

    def must_belong(batches: list[tuple[Tensor, Tensor]]) -> None:
        labels, x = (torch.cat(part) for part in zip(*batches, strict=True))
        assert (x[:, 0] - labels).abs().mean() < 1.5

    must_belong([told() for _ in range(9)])
    node.eval()
    node.rewind()
    must_belong([told() for _ in range(6)])
    assert pulled(EncodedData(shape=SHAPE, batch=50), codes()).drawing.shape == (50, 0)


def test_codes_are_drawn_anew_and_no_gradient_reaches_the_encoder() -> None:
    node, q = EncodedData(shape=SHAPE, batch=300), codes()
    one, two = pulled(node, q).latents, pulled(node, q).latents
    assert not one.requires_grad
    assert not torch.isclose(one.flatten().sort().values, two.flatten().sort().values).all()


def test_another_encoder_is_asked_at_the_next_epoch() -> None:
    node, q = EncodedData(shape=SHAPE, batch=150), codes()
    pulled(node, q)
    with torch.no_grad():
        q.coder.weight.mul_(2)
    pulled(node, q)
    assert q.coder.asked == 3
    before = node.spread.clone()
    pulled(node, q)
    assert q.coder.asked == 6
    assert (node.spread > 1.5 * before).all()


def test_the_data_set_goes_on_where_it_was() -> None:
    node, q = EncodedData(shape=SHAPE, batch=50), codes()
    q.data()
    at = (q.data.at.epoch, q.data.at.place)
    pulled(node, q)
    assert (q.data.at.epoch, q.data.at.place) == at
    assert q.data.training


def test_a_view_is_given_all_training_items_once() -> None:
    node, q = EncodedData(shape=SHAPE, batch=120), codes()
    node.eval()
    node.rewind()
    sizes = [len(pulled(node, q).labels) for _ in range(3)]
    assert sizes == [120, 120, 60]
    with pytest.raises(Exhausted):
        pulled(node, q)


def test_codes_that_do_not_fit_into_memory_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    needed = 4 * 4 * SIZE * 300
    monkeypatch.setattr(memory, "free", lambda: needed)
    pulled(EncodedData(shape=SHAPE), codes())
    monkeypatch.setattr(memory, "free", lambda: needed - 1)
    with pytest.raises(DataMissing, match="the codes of 300 items takes"):
        pulled(EncodedData(shape=SHAPE), codes())


def test_what_does_not_fit_is_refused() -> None:
    q = codes()
    with pytest.raises(InputRefused, match="12"):
        pulled(EncodedData(shape=[1, 2, 2]), q)
    q.modules = (q.coder,)
    with pytest.raises(InputRefused, match="one data set"):
        pulled(EncodedData(shape=SHAPE), q)
    node = EncodedData(shape=SHAPE)
    pulled(node, codes())
    with pytest.raises(InputRefused, match="2 3 2"):
        FromUnitSpread()(torch.zeros(4, 2, 2, 3), node)


def two_stages() -> Graph:
    """A small autoencoder of digits, then a diffusion on its codes."""
    folded = {"architecture": "fully convolutional", "layers": 1, "hidden": 4}
    return graph(
        {
            "data": ("Digits", {"batch": 200}),
            "encoder": ("Encoder", {**folded, "latent": 32}),
            "z": "Reparameterize",
            "decoder": ("Decoder", {**folded, "shape": [1, 8, 8]}),
            "elbo": "ELBO",
            "adam": "Optimizer",
            "one": ("Trainer", {"steps": 3, "ema": 0.5}),
            "encoded": ("EncodedData", {"shape": [2, 4, 4], "batch": 16}),
            "schedule": "NoiseSchedule",
            "unet": ("UNet", {"preset": "own", "channels": [4], "groups": 2, "classes": 10}),
            "loss": "DiffusionLoss",
            "muon": "Optimizer",
            "two": ("Trainer", {"steps": 9}),
            "sampler": ("DiffusionSampler", {"steps": 2, "count": 5}),
            "back": "FromUnitSpread",
            "drawn": ("twin", "decoder"),
            "show": "ImageGrid",
        },
        "data.images>encoder.x data.images>elbo.x encoder.q>z.q encoder.q>elbo.q z.z>decoder.z "
        "decoder.x_hat>elbo.x_hat elbo.loss>adam.loss encoder.model>adam.models "
        "decoder.model>adam.models adam.optimizer>one.optimizers one.trained>two.after "
        "encoder.q>encoded.q data.labels>encoded.labels encoded.latents>loss.data "
        "encoded.labels>loss.labels unet.model>loss.model schedule.schedule>loss.schedule "
        "loss.loss>muon.loss unet.model>muon.models muon.optimizer>two.optimizers "
        "unet.model>sampler.model schedule.schedule>sampler.schedule sampler.samples>back.latents "
        "encoded.model>back.scale back.z>drawn.z drawn.x_hat>show.images",
    )


def session() -> Session:
    made = Session(seed=0, library=find())
    made.update(two_stages())
    assert not made.report.problems
    return made


def state_of(made: Session) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in made.state().items()}


def test_a_second_stage_resumed_in_its_middle_ends_with_the_same_bits() -> None:
    whole, half, saved = session(), session(), dict[str, Tensor]()
    run(whole, Listener())

    def stop(host: Any, nested: bool) -> None:
        if half.step == 7 and not saved:
            saved.update(state_of(half))
            raise Stopped("enough")

    assert run(half, Listener(stop)) == "stopped"
    later = session()
    torch.manual_seed(99)
    run(later, Listener(), resume=saved)
    one, other = state_of(whole), state_of(later)
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert any("encoded" in name and "spread" in name for name in one)


def test_views_change_no_bit_of_the_second_stage() -> None:
    seen, unseen = session(), session()
    run(seen, Listener(), view_share=0.9)
    run(unseen, Listener(), view_share=0)
    one, other = state_of(seen), state_of(unseen)
    assert all(torch.equal(one[name], other[name]) for name in one)
