"""Compute a network on parts of a batch at once, one thread each.

torch spreads one operation after the other over the cores; small images make small operations, and
several gradients (that of a kernel in bfloat16) do not spread at all. A network that answers each
item by itself can be asked about halves of a batch at the same time instead, forwards and back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.autograd import forward_ad

from nodes.threads import MOST_TASKS, at_once

Answer = Callable[..., Tensor]
Given = tuple[Tensor | None, ...]

LEAST_ITEMS = 8
"""Items of a part, at least: operations on fewer take little longer than they take to start."""


def in_parts(network: nn.Module, answer: Answer, *batches: Tensor | None) -> Tensor:
    """Return `answer(*batches)`, (b, ...), computed for parts of the batches (b, ...) at once.

    For what answers each item by itself, draws no random numbers, and has no weights but those of
    `network`. Numbers and gradients are those of the whole batch up to the order of sums. On other
    devices than the CPU, with one thread and for few items it is that very call.
    """
    parts = _parts_of(batches)
    if parts == 1:
        return answer(*batches)
    if not torch.is_grad_enabled():
        return torch.cat(at_once([partial(answer, *part) for part in _cut(batches, parts)]))
    weights = [p for p in network.parameters() if p.requires_grad]
    joined: Tensor = _InParts.apply(answer, parts, len(batches), *batches, *weights)
    return joined


def _parts_of(batches: Given) -> int:
    """Return in how many parts to work: one where torch looks at the call itself."""
    threads = torch.get_num_threads()
    if threads == 1 or torch.compiler.is_compiling() or _transformed():
        return 1
    given = [b for b in batches if b is not None]
    if any(type(b) is not Tensor or b.device.type != "cpu" for b in given):
        return 1  # fake tensors among them
    sizes = {len(b) if b.dim() else 0 for b in given}
    return max(1, min(threads, MOST_TASKS, sizes.pop() // LEAST_ITEMS)) if len(sizes) == 1 else 1


def _transformed() -> bool:
    """Return whether torch.func or forward-mode derivatives are active: they allow no threads."""
    return torch._C._are_functorch_transforms_active() or forward_ad._current_level >= 0


def _cut(batches: Given, parts: int) -> list[Given]:
    cut = [[None] * parts if b is None else b.tensor_split(parts) for b in batches]
    return list(zip(*cut, strict=True))


class _Part(NamedTuple):
    """One part with its own autograd graph: gradients of `output` with respect to `leaves`."""

    leaves: list[Tensor]
    output: Tensor

    def gradients(self, wanted: Sequence[Tensor], grad: Tensor) -> Sequence[Tensor | None]:
        return torch.autograd.grad(self.output, [*self.leaves, *wanted], grad, allow_unused=True)


class _InParts(torch.autograd.Function):
    """Join answers to parts; gradients go back through all of them at once."""

    @staticmethod
    def forward(
        ctx: Any, answer: Answer, parts: int, count: int, *tensors: Tensor | None
    ) -> Tensor:
        batches, ctx.answer = tensors[:count], answer
        ctx.parts = at_once([partial(_taped, answer, part) for part in _cut(batches, parts)])
        ctx.given = [t is not None for t in batches]
        ctx.save_for_backward(*(t for t in tensors if t is not None))
        return torch.cat([part.output.detach() for part in ctx.parts])

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Any, ...]:
        saved = iter(ctx.saved_tensors)
        batches = [next(saved) if given else None for given in ctx.given]
        weights = list(saved)
        moving = [b for b in batches if b is not None and b.requires_grad]
        parts, ctx.parts = ctx.parts, None
        if torch.is_grad_enabled() or parts is None:
            found = _of_the_whole(ctx.answer, batches, [*moving, *weights], grad)
        else:
            cut = zip(parts, grad.tensor_split(len(parts)), strict=True)
            found = _joined(
                at_once([partial(p.gradients, weights, g) for p, g in cut]), len(moving)
            )
        answers = iter(found)
        of_batches = [next(answers) if b is not None and b.requires_grad else None for b in batches]
        return None, None, None, *of_batches, *answers


def _taped(answer: Answer, part: Given) -> _Part:
    with torch.enable_grad():
        own = [b if b is None else b.detach().requires_grad_(b.requires_grad) for b in part]
        return _Part([b for b in own if b is not None and b.requires_grad], answer(*own))


def _joined(found: Sequence[Sequence[Tensor | None]], moving: int) -> list[Tensor | None]:
    """Return gradients of batches one after the other, those of weights summed."""
    columns = list(zip(*found, strict=True))
    batches = [_whole(torch.cat, column) for column in columns[:moving]]
    return batches + [_whole(sum, column) for column in columns[moving:]]


def _whole(join: Callable[[Any], Any], column: Sequence[Tensor | None]) -> Tensor | None:
    return None if column[0] is None else join(column)


def _of_the_whole(
    answer: Answer, batches: list[Tensor | None], wanted: list[Tensor], grad: Tensor
) -> Sequence[Tensor | None]:
    """Answer once more for the whole batch, so that gradients themselves have gradients."""
    keep = torch.is_grad_enabled()
    with torch.enable_grad():
        output = answer(*batches)
    return torch.autograd.grad(output, wanted, grad, create_graph=keep, allow_unused=True)
