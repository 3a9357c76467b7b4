"""What lets a pull leave no trace: random streams of its own, and modes that are given back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
from torch import nn


def mix(*parts: object) -> int:
    """Return a seed of 63 bits from any parts, the same on every machine."""
    text = "\x1f".join(map(str, parts)).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big") >> 1


@contextmanager
def own_randomness(seed: int) -> Iterator[None]:
    """Use a random stream of its own; afterwards the global ones go on where they were."""
    cpu = torch.get_rng_state()
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []
    torch.manual_seed(seed)
    try:
        yield
    finally:
        torch.set_rng_state(cpu)
        if cuda:
            torch.cuda.set_rng_state_all(cuda)


@contextmanager
def eval_mode(nodes: Iterable[nn.Module]) -> Iterator[None]:
    """Switch to eval mode, and back to what each was."""
    were_training = [n for n in nodes if n.training]
    for node in were_training:
        node.eval()
    try:
        yield
    finally:
        for node in were_training:
            node.train()
