"""Pairs of texts of which one is preferred."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor

from nodes.base import EVERY, Source, must_be_built, param
from nodes.data.base import generator
from nodes.errors import InputRefused
from nodes.language.base import LanguageModel, Vocabulary
from nodes.language.rule import Rule
from nodes.sentences import Part, say
from nodes.types import Tokens

KIND = 61
"""Of the random streams of this node, among those of all sources."""


class Pairs(NamedTuple):
    """Texts that are preferred and texts that are not, both (b, t)."""

    chosen: Tokens
    rejected: Tokens


class Preferences(Source):
    """Let a language model write, and pair texts that obey a rule with texts that do not.

    Deep Reinforcement Learning from Human Preferences (Christiano et al., 2017), arXiv:1706.03741.

    The texts are written once, when training begins, by `model` as it is then; pairs are drawn from
    them again and again. Both of a pair are (b, t) tokens that begin with the prompt.
    """

    synonyms = (
        "dpo data, pairs, chosen and rejected, human feedback, rlhf, preference dataset, "
        "préférences, paires, retour humain"
    )
    formula = r"x^+ \succ x^-"
    icon = "scale"
    settles = "data"
    unreached = EVERY

    texts: int = param(
        default=1000, low=4, high=1_000_000, unit="texts", help="Texts that are written in all."
    )
    batch: int = param(default=32, low=1, high=65_536, unit="pairs", help="Pairs in a batch.")
    seed: int | None = param(
        default=None, low=0, high=2**32 - 1, help="Seed of texts and pairs; none: the run's seed."
    )

    def __init__(self, **given: Any) -> None:
        self._parts: tuple[Tensor, Tensor] | None = None
        self._drawn = 0
        super().__init__(**given)

    def forward(self, model: LanguageModel, vocabulary: Vocabulary, rule: Rule) -> Pairs:
        """Return pairs of texts (batch, t), the texts being written at the first call.

        Raise `Unbuilt` where the model has no weights yet, `InputRefused` where all texts obey the
        rule or none does.
        """
        must_be_built(model)
        good, bad = self._parts or self._written(model, vocabulary, rule)
        if self.training:
            self._parts = good, bad
            self._drawn += 1
        stream = generator(KIND, self._seed, 1 + self._drawn)
        places = (torch.randint(len(p), (self.batch,), generator=stream) for p in (good, bad))
        return Pairs(*(part[at] for part, at in zip((good, bad), places, strict=True)))

    def _written(self, model: Any, vocabulary: Vocabulary, rule: Rule) -> tuple[Tensor, Tensor]:
        texts = rule.texts(model, vocabulary, self.texts, generator(KIND, self._seed))
        obeyed = rule.obeyed(texts, vocabulary)
        if obeyed.all() or not obeyed.any():
            raise InputRefused(
                "Of {count} texts {found} obey the rule; there must be some of both kinds.",
                "Choose another rule, or write more texts.",
                place="rule",
                count=len(texts),
                found=int(obeyed.sum()),
            )
        return texts[obeyed], texts[~obeyed]

    def sketch(self, model: Any, vocabulary: Any, rule: Rule) -> Pairs:
        must_be_built(model)
        known = vocabulary.coder is not None
        begun = len(vocabulary.encode(rule.prompt)) if known else len(rule.prompt)
        size = self.batch, begun + rule.length
        texts = torch.zeros(size, dtype=torch.int64, device=self.device)
        return Pairs(texts, texts.clone())

    @property
    def _seed(self) -> int:
        return self.run_seed if self.seed is None else self.seed

    def changed(self, name: str) -> None:
        self._parts = None

    def restart(self) -> None:
        self._parts, self._drawn = None, 0

    def sign(self) -> Part:
        return say("{n} texts", n=self.texts)

    def get_extra_state(self) -> dict[str, Tensor]:
        """Return the texts and how many batches were drawn, for the checkpoint."""
        kept = dict(zip(("chosen", "rejected"), self._parts or (), strict=False))
        return {"drawn": torch.tensor(self._drawn), **kept}

    def set_extra_state(self, state: Mapping[str, Tensor]) -> None:
        """Restore what `get_extra_state` returned."""
        self._drawn = int(state["drawn"])
        kept = state.get("chosen"), state.get("rejected")
        self._parts = None if kept[0] is None or kept[1] is None else (kept[0], kept[1])
