"""The share of questions that a language model answers right."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import torch
from torch import Tensor

from nodes.base import Node, param
from nodes.data.text_file import Text
from nodes.errors import InputRefused
from nodes.language.base import LanguageModel, Vocabulary
from nodes.language.writing import generate
from nodes.metrics.gathering import count_param
from nodes.sentences import shortened
from nodes.types import Measured

CHUNK = 500
"""Questions that are answered at once."""
Line = tuple[Tensor, Tensor]
"""The tokens of a question and those of its answer."""


class ExactAnswers(Node):
    """Count the lines of the test part that a language model finishes exactly.

    Each line is a question, the separator and an answer, as in `123+456=975`. The model is given
    the line up to the separator and writes as many tokens as the answer has, the likeliest each
    time. `value` is the share of answers that are right in every sign; the error is that of a
    share. Beside it stands the share of right signs.
    """

    title = "Exact answers"
    formula = r"\frac{1}{n} \sum_i 1[\hat{y}_i = y_i]"
    icon = "check"
    role = "metric"
    better = "more"
    synonyms = "accuracy, exact match, right answers, sums, réponses exactes, exactitude"

    separator: str = param(default="=", help="What stands between question and answer.")
    count: int = count_param(1000, help="Lines that are asked, at most.")

    def forward(self, model: LanguageModel, vocabulary: Vocabulary, text: Text) -> Measured:
        """Return the share of answers that are right in every sign, and its standard error.

        Raise `InputRefused` where no line of the test part has the separator.
        """
        pairs = questions(text.test, self.separator)[: self.count]
        if not pairs:
            raise InputRefused(
                "No line of the test part has “{separator}” in it.",
                "Name what stands between question and answer, or keep more of the text for tests.",
                separator=shortened(self.separator),
            )
        right, signs, written_signs = 0, 0, 0
        for lines in alike([(vocabulary.encode(q), vocabulary.encode(a)) for q, a in pairs]):
            hits = self._hits(model, len(vocabulary.pieces), lines)
            right += int(hits.all(1).sum())
            signs, written_signs = signs + int(hits.sum()), written_signs + hits.numel()
        share = right / len(pairs)
        error = math.sqrt(share * (1 - share) / len(pairs))
        others = {"error": error, "signs": signs / written_signs, "items": float(len(pairs))}
        return Measured(share, others)

    def _hits(self, model: Any, known: int, lines: Sequence[Line]) -> Tensor:
        """Return which tokens of the answers are right, (n, t)."""
        asked, answers = (torch.stack(part).to(self.device) for part in zip(*lines, strict=True))
        texts = generate(model, asked, answers.shape[1], lambda logits: logits[:, :known].argmax(1))
        *_, found = texts
        return found[:, asked.shape[1] :] == answers

    def sketch(self, model: Any, vocabulary: Vocabulary, text: Text) -> None:
        """Return nothing: there are no numbers in a check."""


def questions(text: str, separator: str) -> list[tuple[str, str]]:
    """Return each line's question, with the separator, and its answer."""
    lines = (line.partition(separator) for line in text.splitlines())
    return [(question + mark, answer) for question, mark, answer in lines if mark and answer]


def alike(lines: Sequence[Line]) -> Iterator[Sequence[Line]]:
    """Yield lines whose questions and answers have as many tokens each, some at a time."""

    def sizes(line: Line) -> tuple[int, int]:
        return len(line[0]), len(line[1])

    for _, group in groupby(sorted(lines, key=sizes), key=sizes):
        same = list(group)
        yield from (same[at : at + CHUNK] for at in range(0, len(same), CHUNK))
