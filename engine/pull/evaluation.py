"""Context managers for pulls without side effects: they restore random state and module modes."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import torch
from torch import nn
from torch.nn.modules.module import register_module_forward_pre_hook

BETWEEN_LAYERS = 0.01  # seconds between two calls of `act`


def mix(*parts: object) -> int:
    """Return a 63-bit seed from any parts, the same on every machine."""
    text = "\x1f".join(map(str, parts)).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big") >> 1


@contextmanager
def own_randomness(seed: int) -> Iterator[None]:
    """Seed torch's generators in the block; restore their state on exit."""
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
    """Switch the nodes to eval mode; restore each node's mode on exit."""
    were_training = [n for n in nodes if n.training]
    for node in were_training:
        node.eval()
    try:
        yield
    finally:
        for node in were_training:
            node.train()


@contextmanager
def between_layers(act: Callable[[], None]) -> Iterator[None]:
    """Call `act` before a module's `forward`, at most once per `BETWEEN_LAYERS` seconds.

    An exception raised by `act` ends the pull.
    """
    due = time.perf_counter() + BETWEEN_LAYERS

    def before(*_: object) -> None:
        nonlocal due
        if time.perf_counter() >= due:
            act()
            due = time.perf_counter() + BETWEEN_LAYERS

    hook = register_module_forward_pre_hook(before)
    try:
        yield
    finally:
        hook.remove()
