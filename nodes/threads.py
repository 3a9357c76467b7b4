"""Run several tasks at once, with equal shares of torch's threads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache
from typing import NamedTuple, TypeVar

import torch

T = TypeVar("T")

MOST_TASKS = 4
"""Tasks at most: Python starts their operations in turn. Threads beyond share out operations."""


def at_once(tasks: Sequence[Callable[[], T]]) -> list[T]:
    """Run the first task here and the others beside it, and return what they return, in order.

    They run under the grad mode and the autocast of the caller. None may draw random numbers: the
    order in which they would is not the same twice. An error of one is raised once all are done.
    """
    if len(tasks) == 1:
        return [tasks[0]()]
    whole = torch.get_num_threads()
    each = max(1, whole // len(tasks))
    here = _Surroundings.now(each)
    torch.set_num_threads(each)
    others = [_pool().submit(here.run, task) for task in tasks[1:]]
    try:
        first = tasks[0]()
    finally:
        wait(others)
        torch.set_num_threads(whole)
    return [first, *(other.result() for other in others)]


@cache
def _pool() -> ThreadPoolExecutor:
    """Return the threads beside the one that asks, kept: torch sets each one up at its first use.

    They flush small numbers to zero if the first to ask does.
    """
    return ThreadPoolExecutor(MOST_TASKS - 1, thread_name_prefix="task")


class _Surroundings(NamedTuple):
    """What torch keeps for each thread apart."""

    threads: int
    grad: bool
    inference: bool
    autocast: bool
    dtype: torch.dtype

    @classmethod
    def now(cls, threads: int) -> _Surroundings:
        autocast = torch.is_autocast_enabled("cpu"), torch.get_autocast_dtype("cpu")
        return cls(threads, torch.is_grad_enabled(), torch.is_inference_mode_enabled(), *autocast)

    def run(self, task: Callable[[], T]) -> T:
        torch.set_num_threads(self.threads)
        with (
            torch.inference_mode(self.inference),
            torch.set_grad_enabled(self.grad),
            torch.autocast("cpu", dtype=self.dtype, enabled=self.autocast),
        ):
            return task()
