"""Sums are right, none that is asked was learned, and answers count only where they are exact."""

from __future__ import annotations

from typing import ClassVar

import pytest
import torch
from torch import Tensor, nn

from nodes.data.sums import Sums
from nodes.data.text_file import Text
from nodes.errors import InputRefused
from nodes.language.vocabularies import MAKERS, characters
from nodes.metrics.exact_answers import ExactAnswers
from nodes.types import Shape


@pytest.mark.parametrize("reverse", [True, False])
def test_each_line_is_a_right_sum(reverse: bool) -> None:
    text = Sums(digits=2, lines=200, tests=50, reverse=reverse)()
    for line in (text.train + text.test).splitlines():
        question, _, answer = line.partition("=")
        a, b = question.split("+")
        assert int(answer[::-1] if reverse else answer) == int(a) + int(b)
        assert (len(a), len(b), len(answer)) == (2, 2, 3)


def test_no_sum_that_is_asked_was_learned() -> None:
    text = Sums(digits=1, lines=2000, tests=30, seed=5)()
    assert not {*text.train.splitlines()} & {*text.test.splitlines()}
    assert len(text.train.splitlines()) == 2000
    assert Sums(digits=1, lines=10, tests=30, seed=6)().test == text.test, "the same are asked"


class Reckoner(nn.Module):
    """Write right sums but for those whose first number ends in a 7."""

    context = 64
    built: ClassVar = {"tokens": Shape((64,))}

    def __init__(self, vocabulary: object) -> None:
        super().__init__()
        self.vocabulary = vocabulary

    def forward(self, tokens: Tensor) -> Tensor:
        logits = torch.zeros(*tokens.shape, len(self.vocabulary.pieces))  # type: ignore[attr-defined]
        for row, text in enumerate(map(self.vocabulary.decode, tokens)):  # type: ignore[attr-defined]
            question, _, begun = text.partition("=")
            a, b = map(int, question.split("+"))
            answer = f"{a + b + (a % 10 == 7):03d}"
            token = self.vocabulary.encode(answer[len(begun)])[0]  # type: ignore[attr-defined]
            logits[row, -1, token] = 1
        return logits


@pytest.mark.parametrize("pieces", ["characters", "bytes"])
def test_a_share_is_that_of_right_lines(pieces: str) -> None:
    text = Sums(digits=2, lines=10, tests=400, reverse=False)()
    vocabulary = MAKERS[pieces](text.train + text.test, text.train, 0)
    told = ExactAnswers()(Reckoner(vocabulary), vocabulary, text)
    wrong = sum(line[1] == "7" for line in text.test.splitlines())
    assert told.value == pytest.approx(1 - wrong / 400)
    assert told.others["signs"] > told.value
    assert told.others["items"] == 400


def test_lines_of_several_lengths_are_asked_each() -> None:
    text = Text("", "1+1=002\n10+1=011\n3+4=007\n")
    vocabulary = characters("0123456789+=", "", 0)
    assert ExactAnswers()(Reckoner(vocabulary), vocabulary, text).others["items"] == 3


def test_a_text_without_questions_is_refused() -> None:
    vocabulary = characters("ab", "", 0)
    with pytest.raises(InputRefused, match="“=”"):
        ExactAnswers()(Reckoner(vocabulary), vocabulary, Text("ab", "ab\nba"))
