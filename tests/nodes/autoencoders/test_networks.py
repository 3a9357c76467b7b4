"""Encoders and decoders: shapes, architectures, what they refuse."""

import pytest
import torch

from nodes.autoencoders.decoder import Decoder, PointDecoder
from nodes.autoencoders.encoder import Encoder
from nodes.errors import InputRefused, ParamRefused
from nodes.types import SIGNED, UNIT, Range

SHAPES = [(1, 28, 28), (3, 7, 9), (1, 8, 8), (2, 5, 16)]
ARCHITECTURES = ["perceptron", "convolutional"]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("layers", [0, 1, 3])
def test_a_decoder_gives_back_the_shape_its_encoder_took(
    shape: tuple[int, ...], architecture: str, layers: int
) -> None:
    settings = {"architecture": architecture, "layers": layers, "hidden": 8}
    encoder = Encoder(latent=3, **settings)
    decoder = Decoder(shape=list(shape), **settings)
    q = encoder(torch.rand(4, *shape))
    assert q.mean.shape == q.log_var.shape == (4, 3)
    x_hat = decoder(q.mean)
    assert x_hat.shape == (4, *shape)
    assert x_hat.min() >= 0 and x_hat.max() <= 1


def test_the_courses_network_has_its_weights() -> None:
    encoder, decoder = Encoder(hidden=64, latent=2), Decoder(hidden=64)
    decoder(encoder(torch.rand(2, 1, 28, 28)).mean)
    assert encoder.sign() == "784→64→2"
    assert decoder.sign() == "2→64→784"
    assert encoder.weight_count() == 784 * 64 + 64 + 64 * 4 + 4
    assert decoder.weight_count() == 2 * 64 + 64 + 64 * 784 + 784


def test_signs_stay_short() -> None:
    deep = Encoder(layers=3, hidden=32)
    deep(torch.rand(2, 1, 8, 8))
    assert deep.sign() == "64→32×3→2"
    folded = Encoder(architecture="convolutional", layers=2, hidden=32)
    folded(torch.rand(2, 1, 8, 8))
    assert folded.sign() == "64→c16→c32→2"
    assert Encoder().sign() == ""


def test_convolutions_refuse_points() -> None:
    with pytest.raises(InputRefused, match="needs pictures") as refused:
        Encoder(architecture="convolutional")(torch.rand(4, 2))
    assert "perceptron" in refused.value.fix


def test_a_decoder_refuses_codes_of_another_size() -> None:
    decoder = Decoder(shape=[1, 4, 4])
    decoder(torch.randn(3, 2))
    with pytest.raises(InputRefused, match="must have 2 dimensions") as refused:
        decoder(torch.randn(3, 5))
    assert "to 2" in refused.value.fix


def test_an_images_shape_is_three_numbers() -> None:
    decoder = Decoder(shape=[28, 28])
    for _ in range(2):  # a network that could not be built is not taken for built
        with pytest.raises(ParamRefused, match="three numbers") as refused:
            decoder(torch.randn(3, 2))
    assert refused.value.place == "shape"
    assert decoder.sign() == ""


@pytest.mark.parametrize(
    ("output", "range_"),
    [("probabilities", UNIT), ("signed", SIGNED), ("linear", Range(-torch.inf, torch.inf))],
)
def test_the_end_of_a_decoder_keeps_its_range(output: str, range_: Range) -> None:
    decoder = Decoder(shape=[1, 4, 4], output=output)
    assert decoder.ranges()["x_hat"] == range_
    x_hat = decoder(100 * torch.randn(50, 2))
    assert range_.low <= x_hat.min() and x_hat.max() <= range_.high


def test_points_decode_to_points() -> None:
    decoder = PointDecoder(size=3, hidden=16)
    assert decoder(torch.randn(5, 2)).shape == (5, 3)
    assert decoder.sign() == "2→16→16→3"


def test_half_precision_ends_in_full() -> None:
    encoder, decoder = Encoder(hidden=8), Decoder(shape=[1, 4, 4], hidden=8)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        q = encoder(torch.rand(3, 1, 4, 4))
        x_hat = decoder(q.mean)
    assert q.log_var.dtype == x_hat.dtype == torch.float32


FOLDED = {"architecture": "fully convolutional", "layers": 2, "hidden": 8}


@pytest.mark.parametrize(("shape", "places"), [((1, 28, 28), 49), ((3, 7, 9), 6), ((1, 8, 5), 4)])
def test_a_fully_convolutional_code_is_a_small_picture(shape: tuple[int, ...], places: int) -> None:
    encoder = Encoder(latent=3 * places, **FOLDED)
    decoder = Decoder(shape=list(shape), **FOLDED)
    q = encoder(torch.rand(4, *shape))
    assert q.mean.shape == q.log_var.shape == (4, 3 * places)
    assert decoder(q.mean).shape == (4, *shape)


def test_a_fully_convolutional_code_moves_with_its_picture() -> None:
    encoder = Encoder(latent=2 * 100, **FOLDED)
    x = torch.zeros(1, 1, 40, 40)
    x[..., 12:20, 12:20] = torch.rand(8, 8)
    code, moved = (encoder(p).mean.view(2, 10, 10) for p in (x, x.roll((4, 8), (2, 3))))
    torch.testing.assert_close(moved[:, 3:8, 4:8], code[:, 2:7, 2:6])
    assert not torch.allclose(moved, code)


def test_numbers_that_make_no_picture_are_refused() -> None:
    with pytest.raises(InputRefused, match="multiple of 49; it is 20") as refused:
        Encoder(latent=20, **FOLDED)(torch.rand(2, 1, 28, 28))
    assert "196" in str(refused.value.fix)
    with pytest.raises(InputRefused, match="multiple of 49; it is 20"):
        Decoder(**FOLDED)(torch.rand(2, 20))
    with pytest.raises(InputRefused, match="needs pictures"):
        Encoder(**FOLDED)(torch.rand(2, 20))
