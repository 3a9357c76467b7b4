"""A rule that a text satisfies or not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from nodes.base import EVERY, Node, param
from nodes.errors import InputRefused, ParamRefused
from nodes.language.base import Vocabulary
from nodes.language.writing import generate, token_sampler
from nodes.sentences import Part, shortened
from nodes.types import PortType


@dataclass(frozen=True)
class Rule:
    """What is written, and what it should hold."""

    port: ClassVar[PortType] = PortType(
        "Rule",
        family="object",
        glyph="ring",
        help="How texts begin, how long they are, and what they should hold.",
        words="a rule for texts",
        still=True,
    )
    pattern: re.Pattern[str]
    prompt: str
    length: int

    @torch.no_grad()
    def texts(
        self, model: Any, vocabulary: Vocabulary, count: int, stream: torch.Generator | None
    ) -> Tensor:
        """Write texts with a model, the prompt first: (count, prompt + length) tokens.

        No gradients. Raise `InputRefused` where the prompt is empty.
        """
        begun = vocabulary.encode(self.prompt)
        if not len(begun):
            raise InputRefused("The prompt is empty: a text must begin with something.")
        draw, known = token_sampler(1.0, 0, 1.0, stream), len(vocabulary.pieces)
        begun = begun.to(next(model.parameters()).device).repeat(count, 1)
        *_, texts = generate(model, begun, self.length, lambda logits: draw(logits[:, :known]))
        return texts

    def obeyed(self, texts: Tensor, vocabulary: Vocabulary) -> Tensor:
        """Return which texts (count, t) satisfy the rule behind their prompt, bool (count,)."""
        begun = len(vocabulary.encode(self.prompt))
        said: Sequence[str] = [vocabulary.decode(text[begun:]) for text in texts.cpu()]
        return torch.tensor([bool(self.pattern.search(text)) for text in said])


class TextRule(Node):
    r"""Say what texts should hold, as a judge of which of two is to be preferred.

    Deep Reinforcement Learning from Human Preferences (Christiano et al., 2017), arXiv:1706.03741.

    People judge where there is no rule. A text obeys where the pattern, a regular expression, is
    found in what stands behind the prompt: `\?` for a question mark, `^[^e]*$` for no letter e,
    `!.*!` for two exclamation marks.
    """

    synonyms = "regex, regular expression, judge, preference, reward, règle, expression rationnelle"
    title = "Rule"
    formula = r"r(x) \in \{0, 1\}"
    icon = "regex"
    returns = "rule"
    unreached = EVERY

    pattern: str = param(default=r"\?", help="A regular expression that is looked for in texts.")
    prompt: str = param(default="\n", multiline=True, help="What each text begins with.")
    length: int = param(
        default=48,
        settles="data",
        low=1,
        high=65_536,
        unit="tokens",
        help="Tokens written behind the prompt.",
    )

    def forward(self) -> Rule:
        """Return the rule.

        Raise `ParamRefused` where the pattern is no regular expression.
        """
        try:
            pattern = re.compile(self.pattern, re.DOTALL)
        except re.error as error:
            raise ParamRefused(
                "“{pattern}” is no regular expression: {error}.",
                place="pattern",
                pattern=shortened(self.pattern),
                error=error,
            ) from error
        return Rule(pattern, self.prompt, self.length)

    def sign(self) -> Part:
        return shortened(self.pattern, 20)
