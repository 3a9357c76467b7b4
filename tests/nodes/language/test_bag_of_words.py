"""Counting words: what is kept of a text, what is lost, what is rare."""

from __future__ import annotations

import pytest
import torch

from nodes.errors import InputRefused
from nodes.language.bag_of_words import BagOfWords
from nodes.types import Shape

TOKENS = torch.tensor([[5, 3, 5, 0, 0], [1, 2, 3, 4, 0]])


def counting() -> BagOfWords:
    """Return a bag that has seen no batch: it counts, and no more."""
    bag = BagOfWords(vocabulary=7)
    bag.build_for({"tokens": Shape((5,))})
    return bag.eval()


def test_words_are_counted() -> None:
    bag = counting()(TOKENS)
    counts = torch.tensor([[0.0, 0, 0, 1, 0, 2, 0], [0, 1, 1, 1, 1, 0, 0]])
    torch.testing.assert_close(bag.pooled, counts, rtol=1e-4, atol=0)
    assert torch.equal(bag.tokens.sum(1), counts)
    assert torch.equal(bag.tokens.argmax(2), TOKENS)
    assert torch.equal(bag.mask, TOKENS > 0)
    assert not bag.tokens[~bag.mask].any()


def test_order_says_nothing() -> None:
    count = counting()
    assert torch.equal(count(TOKENS.flip(1)).pooled, count(TOKENS).pooled)


def test_a_rare_word_weighs_more_and_one_of_all_texts_nothing() -> None:
    """A word of a tenth of all texts has the deviation 0.3, of a half 0.5; all have word 3."""
    tenths = torch.arange(10)
    texts = torch.stack([torch.where(tenths == 0, 1, 4), 5 + tenths % 2, torch.full((10,), 3)], 1)
    bag = BagOfWords(vocabulary=7)
    bag(texts)
    seen = bag.eval()(texts).pooled
    deviations = torch.tensor([0.1, 0.5]).sub(torch.tensor([0.01, 0.25])).mul(10 / 9).sqrt()
    expected = torch.tensor([0.9, -0.5]) / deviations
    torch.testing.assert_close(seen[0, [1, 6]], expected, rtol=1e-3, atol=0)
    assert not seen[:, 3].any()


def test_a_strange_word_is_refused() -> None:
    with pytest.raises(InputRefused, match="vocabulary"):
        BagOfWords(vocabulary=4)(TOKENS)
