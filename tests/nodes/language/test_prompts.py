"""Prompts with slots: every way to fill them, once, in order."""

from __future__ import annotations

import pytest

from nodes.errors import InputRefused
from nodes.language.prompts import Prompts
from nodes.language.text_sampler import TextSampler
from nodes.language.transformer import Transformer
from nodes.language.vocabularies import characters
from nodes.types import Shape


def test_slots_are_filled_in_every_way() -> None:
    assert Prompts(text="a [big|small] [3|5|7]\nplain").lines() == [
        "a big 3",
        "a big 5",
        "a big 7",
        "a small 3",
        "a small 5",
        "a small 7",
        "plain",
    ]


def test_brackets_without_a_choice_are_text() -> None:
    assert Prompts(text="x[0] [a|b").lines() == ["x[0] [a|b"]
    assert Prompts(text="so[|, then]").lines() == ["so", "so, then"]


def test_more_prompts_than_anyone_reads_are_refused() -> None:
    with pytest.raises(InputRefused, match=r"16[^0-9]?384 prompts"):
        Prompts(text="[a|b]" * 14).lines()


def test_a_language_model_goes_on_behind_each() -> None:
    vocabulary = characters("abc: \n", "", 0)
    net = Transformer(preset="own", layers=1, heads=1, width=4, vocabulary=len(vocabulary.pieces))
    net.build_for({"tokens": Shape((8,))})
    prompts = Prompts(text="[a|b|c]:", each=2)(vocabulary)
    (*_, last) = TextSampler(length=3)(net.eval(), vocabulary, prompts)
    assert [vocabulary.decode(t[:2]) for t in last.value] == ["a:", "a:", "b:", "b:", "c:", "c:"]
    with pytest.raises(InputRefused, match="no empty piece"):
        Prompts(text="a\nab")(vocabulary)
