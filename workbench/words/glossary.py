"""The words of the trade that captions and measures use, each with its meaning."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from PySide6.QtCore import QCoreApplication


def tr(text: str) -> str:
    return QCoreApplication.translate("glossary", text)


class Found(NamedTuple):
    """A word of the table in a text: where it stands, and its meaning."""

    start: int
    end: int
    word: str
    meaning: str


def entries() -> dict[str, str]:
    """Return each word with its meaning, in the language in use."""
    return {
        tr("floor"): tr(
            "The same measure of training items against test items: no model is expected to reach"
            " less."
        ),
        tr("bound"): tr(
            "What is measured stands on one side of the true figure: an upper bound is never less,"
            " a lower one never more."
        ),
        "nat": tr("A unit of information: 1 nat is 1.44 bits."),
        tr("bits/dim"): tr("Bits that the model needs for each number of an item; less is better."),
        "ELBO": tr(
            "Evidence lower bound: how well items come back, less what their codes cost; the"
            " log-likelihood is at least that."
        ),
        "KL": tr("Kullback-Leibler divergence between two laws: 0 where they agree."),
        "FID": tr("Fréchet inception distance between made and real images; less is better."),
        "Fréchet": tr("Distance between two Gaussians that are fitted to features of two sets."),
        "KID": tr("Kernel inception distance between made and real images; less is better."),
        "MMD": tr("Maximum mean discrepancy between two sets of items: 0 for one law."),
        "W₁": tr("Wasserstein distance: the least mean way from one cloud of points to another."),
        "W₂": tr("As W₁, but with squared ways and a root: long ways weigh more."),
        "OT": tr("Optimal transport: the cheapest way to move one cloud of points onto another."),
        "DDPM": tr("A sampler of a diffusion model that adds fresh noise at each step."),
        "DDIM": tr("A sampler of a diffusion model without fresh noise; few steps are enough."),
        "LoRA": tr("Low-rank adaptation: only small additions to the weights are trained."),
        "Langevin": tr("Steps along the score with noise, that end in draws of the law."),
        tr("prior"): tr("The law that codes are drawn from when nothing is known yet."),
        tr("latent"): tr("The few numbers, or codes, that a decoder makes an item from."),
        tr("guidance"): tr("How strongly samples follow what is asked for; 0 is not at all."),
        tr("critic"): tr("The network that scores items high if real and low if made."),
        tr("same axes"): tr("Both pictures show the same ranges, so that sizes compare."),
    }


def explain(text: str) -> list[Found]:
    """Return the words of the table that a text holds, each once, in their order."""
    meanings = entries()
    pattern = _pattern(frozenset(meanings))
    found: dict[str, Found] = {}
    for match in pattern.finditer(text):
        word = match.group(1)
        key = word if word in meanings else word.lower()
        if key in meanings:
            found.setdefault(key, Found(*match.span(), key, meanings[key]))
    return [*found.values()]


def told(text: str) -> str:
    """Return the words of a text with their meanings, a line each."""
    return "\n".join(f"{found.word}: {found.meaning}" for found in explain(text))


@lru_cache(maxsize=4)
def _pattern(words: frozenset[str]) -> re.Pattern[str]:
    """Return what finds one of these words, whole or with an s at its end."""
    either = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
    return re.compile(rf"(?<![\w])({either})s?(?![\w])", re.IGNORECASE)
