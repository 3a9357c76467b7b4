"""A VAE of lines: each line once, a law that sums to 1, and codes that tell or do not."""

from __future__ import annotations

import math
from itertools import product
from typing import Any

import pytest
import torch
from torch import Tensor

from nodes.autoencoders.likelihoods import categorical_nll, counting
from nodes.data.text_file import Text
from nodes.errors import Exhausted, InputRefused
from nodes.language.line_writer import LineWriter
from nodes.language.lines import TextLines, cut
from nodes.language.prompts import Prompts
from nodes.language.text_decoder import TextDecoder
from nodes.language.text_encoder import TextEncoder
from nodes.language.text_posterior import TextPosterior
from nodes.metrics.text_loss import TextLoss
from nodes.metrics.text_reconstruction import TextReconstruction
from nodes.types import Gaussian, Stream
from nodes.views.texts import TextView

TEXT = Text(
    "so it is as it was\nno\n  and so on and on and on\nso it is as it was\nwas it so\n",
    "was it so\nas it is\n",
)


def lines(**given: Any) -> TextLines:
    return TextLines(**({"shortest": 4, "longest": 12, "batch": 2} | given))


def read(data: TextLines, tokens: Tensor, text: Text = TEXT) -> list[str]:
    vocabulary = data.sketch(text).vocabulary
    return [vocabulary.decode(row) for row in tokens]


# --- the lines ------------------------------------------------------------------------------------


def test_each_line_comes_once_and_none_that_is_kept_for_tests() -> None:
    data = lines(batch=1)
    data.train()
    seen = [row for _ in range(4) for row in read(data, data(TEXT).tokens)]
    assert sorted(seen) == sorted(2 * ["so it is as", "and so on"])
    data.eval()
    tests = [row for _ in range(2) for row in read(data, data(TEXT).tokens)]
    assert tests == ["was it so", "as it is"]
    with pytest.raises(Exhausted):
        data(TEXT)


def test_a_line_ends_and_is_filled_up_with_nothing() -> None:
    data = lines()
    tokens = data(TEXT).tokens
    assert tokens.shape == (2, 13)
    assert counting(tokens).sum(1).tolist() == [len(row) + 1 for row in read(data, tokens)]


def test_a_line_is_cut_behind_a_word() -> None:
    assert cut("so it is as it was", 12) == "so it is as"
    assert cut("so it is as it was", 11) == "so it is as"
    assert cut("so it is", 8) == "so it is"
    assert cut("unbroken", 5) == ""


def test_a_text_without_such_lines_is_refused() -> None:
    with pytest.raises(InputRefused, match="no line of 4 to 12 characters"):
        lines()(Text("a\nb\n", ""))


def test_a_line_of_one_s_own_must_not_be_too_long() -> None:
    _, vocabulary = lines()(TEXT)
    assert Prompts(text="as it was\nso it is so")(vocabulary).shape == (2, 11)
    with pytest.raises(InputRefused, match="13 characters; a line may have 12"):
        Prompts(text="so it is as i")(vocabulary)
    with pytest.raises(InputRefused, match="“x”"):
        Prompts(text="so x")(vocabulary)


def test_another_text_is_read_anew() -> None:
    data = lines(batch=1)
    data(TEXT)
    other = Text("quite another\n", "")
    assert read(data, data(other).tokens, other) == ["quite"]


# --- the law of a line ----------------------------------------------------------------------------


def decoder(places: int = 3, **given: Any) -> TextDecoder:
    """Return a decoder of three signs whose last layer says something already."""
    torch.manual_seed(0)
    net = TextDecoder(vocabulary=3, width=8, heads=2, layers=1, **given)
    net(torch.randn(1, 2), torch.zeros(1, places, dtype=torch.int64))
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    return net.eval()


def test_the_probabilities_of_all_lines_sum_to_1() -> None:
    net, z = decoder(), torch.randn(1, 2)
    every = torch.tensor([*product(range(3), repeat=3)])
    different = every[(every * counting(every) == every).all(1)]  # nothing behind the end
    p = torch.exp(-categorical_nll(different, net(z.expand(len(different), 2), different)))
    assert p.sum().item() == pytest.approx(1, abs=1e-5)


def test_a_place_knows_what_is_before_it_and_nothing_else() -> None:
    net, z = decoder(), torch.randn(1, 2)
    one, other = torch.tensor([[1, 2, 1]]), torch.tensor([[1, 1, 1]])
    first, second = net(z, one), net(z, other)
    torch.testing.assert_close(first[:, :2], second[:, :2])
    assert not torch.allclose(first[:, 2], second[:, 2])
    assert not torch.allclose(first[:, 0], net(z + 1, one)[:, 0])


def test_where_all_tokens_are_hidden_the_code_alone_tells() -> None:
    net, z = decoder(hidden=1.0), torch.randn(1, 2)
    one, other = torch.tensor([[1, 2, 1]]), torch.tensor([[2, 1, 2]])
    assert not torch.allclose(net(z, one), net(z, other))
    net.train()
    torch.testing.assert_close(net(z, one), net(z, other))


def test_the_writer_takes_the_likeliest_and_stops_at_the_end() -> None:
    net, z = decoder(6), torch.randn(40, 2)
    written = LineWriter()(net, z)
    counts = counting(written)
    assert not written[~counts].any() and not counts.all()
    assert torch.equal(net(z, written).argmax(2)[counts], written[counts])


def test_equal_codes_and_seeds_write_equal_lines() -> None:
    net, z = decoder(6), torch.zeros(20, 2)
    assert len(LineWriter()(net, z).unique(dim=0)) == 1
    drawn = [LineWriter(temperature=1.0, seed=3)(net, z) for _ in range(2)]
    assert torch.equal(*drawn) and len(drawn[0].unique(dim=0)) > 1


def test_one_line_for_each_code() -> None:
    with pytest.raises(InputRefused, match="a line for each"):
        decoder()(torch.randn(2, 2), torch.ones(3, 3, dtype=torch.int64))


def test_a_text_has_the_same_posterior_however_far_it_is_filled_up() -> None:
    torch.manual_seed(0)
    encoder, head = TextEncoder(vocabulary=3, width=8, heads=2), TextPosterior(latent=2)
    short = head(encoder(torch.tensor([[1, 2]])))
    long = head(encoder(torch.tensor([[1, 2, 0, 0]])))
    torch.testing.assert_close(long.mean, short.mean)
    torch.testing.assert_close(long.log_var, short.log_var)


# --- measures -------------------------------------------------------------------------------------


class Batches(Stream[Any]):
    """Give some values, one after another."""

    def __init__(self, *values: Any) -> None:
        self.left = list(values)

    def __next__(self) -> Any:
        if not self.left:
            raise StopIteration
        return self.left.pop(0)


class Copyist:
    """Write the line whose number the code is; of others the last one."""

    def __init__(self, known: Tensor) -> None:
        self.known = known

    def write(self, z: Tensor, choose: object) -> Tensor:
        return self.known[z[:, 0].long()]


def measured(known: Tensor, lines_: Tensor) -> tuple[float, dict[str, float]]:
    codes = torch.arange(len(lines_))[:, None].float()
    q = Gaussian(codes, torch.zeros_like(codes))
    found = TextReconstruction()(Copyist(known), Batches(q), Batches(lines_))  # type: ignore[arg-type]
    return found.value, dict(found.others)


LINES = torch.tensor([[1, 2, 1, 0], [2, 2, 0, 0], [2, 1, 0, 0]])


def test_what_comes_back_whole_is_right() -> None:
    value, others = measured(LINES, LINES)
    assert (value, others["whole lines"]) == (1.0, 1.0)
    assert others["commonest"] == pytest.approx(4 / 7)
    assert others["from another line"] == pytest.approx(2 / 7)
    assert others["KL"] == pytest.approx((0 + 1 + 4) / 2 / 3)


def test_a_longer_line_is_not_right_in_whole() -> None:
    longer = LINES.clone()
    longer[1, 2] = 1
    value, others = measured(longer, LINES)
    assert value == 1.0 and others["whole lines"] == pytest.approx(2 / 3)


def test_a_bound_counts_for_a_whole_line_and_its_end() -> None:
    data = lines()
    tokens, vocabulary = data(TEXT)
    known = len(vocabulary.pieces)
    nats = counting(tokens).sum(1) * math.log(known)
    found = TextLoss()(Batches(nats), Batches(tokens), vocabulary)  # type: ignore[arg-type]
    assert found.value == pytest.approx(math.log(known))
    assert found.others["characters"] == counting(tokens).sum().item()


def test_a_view_shows_what_was_made_below() -> None:
    tokens, vocabulary = lines()(TEXT)
    figure = TextView()(tokens, vocabulary, below=tokens.flip(0))
    first, second = (vocabulary.decode(row) for row in tokens)
    assert figure.facts["texts"] == [f"{first}\n{second}", f"{second}\n{first}"]
