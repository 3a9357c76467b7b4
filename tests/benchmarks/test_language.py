"""How fast a language model writes, and what reading anew at each token would cost."""

from __future__ import annotations

import time
from statistics import median

import pytest
import torch

from nodes.language.transformer import Transformer
from nodes.language.writing import generate, token_sampler
from nodes.types import Shape

pytestmark = pytest.mark.bench

LENGTH, TURNS = 300, 5
LEAST = 300.0
"""Tokens a second of one thread, for 0.8 M weights."""


def test_tokens_a_second() -> None:
    torch.set_num_threads(1)
    model = Transformer(vocabulary=65)
    model.build_for({"tokens": Shape((65,))})
    model.eval()
    rates: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(TURNS):
        for cached, found in rates.items():
            found.append(_rate(model, cached=cached))
    kept, anew = median(rates[True]), median(rates[False])
    print(f"\n{kept:.0f} tokens a CPU second, without cache {anew:.0f}: {kept / anew:.2f} times")
    assert kept >= LEAST


@torch.no_grad()
def _rate(model: Transformer, *, cached: bool) -> float:
    begun = torch.zeros(1, 1, dtype=torch.int64)
    start = time.process_time()
    for _ in generate(model, begun, LENGTH, token_sampler(1.0, 0, 1.0, None), cached=cached):
        pass
    return LENGTH / (time.process_time() - start)
