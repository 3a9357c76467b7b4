"""Choose the number of threads of a run on a CPU.

It changes the order of summation and so the last bits of the results. It is therefore measured once
for each graph structure and machine and cached on disk: the same graph gives the same bits again.
"""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import torch

from engine.document import homes
from engine.document.catalogue import Catalogue
from engine.document.errors import GraphRefused
from engine.document.graph import Graph
from engine.document.writing import write_atomically

TRIAL_SECONDS = 0.12  # seconds of one timing
ROUNDS = 3  # timings of each number of threads; the fastest counts
GAIN = 0.95  # more threads must take less than this fraction of the time
HOPELESS = 3.0  # slower by this factor: no further timing
MOST_CACHED = 1000
_RATES = ("seed", "steps", "epochs")  # integers without effect on the cost of a step

TimeSteps = Callable[[int], float]
"""Make this many training steps and return the seconds they took."""


def cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def signature(graph: Graph, catalogue: Catalogue) -> str:
    """Return a hash of all that determines the cost of a training step.

    That is: kinds, sizes and wires; views, metrics and float parameters do not count.
    """
    kept = {n for n, p in graph.nodes.items() if catalogue.role(p) not in ("view", "metric")}
    places = [(n, _structure(graph, n)) for n in sorted(kept)]
    wires = [list(w) for w in graph.wires if w.source in kept and w.target in kept]
    return hashlib.sha256(repr((places, wires)).encode()).hexdigest()[:32]


def _structure(graph: Graph, node: str) -> Any:
    place = graph.nodes[node]
    sizes = {k: v for k, v in place.params.items() if k not in _RATES and type(v) is not float}
    return place.kind, place.twin, place.mode, sorted(map(repr, sizes.items()))


def choose_threads(signature: str, time_steps: TimeSteps) -> int:
    """Return the number of threads with which a step is fastest: cached, or measured now."""
    key = f"{signature}:{machine()}"
    known = _read_cache()
    if key not in known:
        known[key] = _quickest(time_steps)
        _write_cache(dict(list(known.items())[-MOST_CACHED:]))
    return known[key]


def machine() -> str:
    """Return a hash of what the speed of a step depends on beside the graph."""
    parts = platform.machine(), _processor(), str(cores()), torch.__version__
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line for line in lines if line.startswith("model name")), platform.processor())


def _quickest(time_steps: TimeSteps) -> int:
    """Double the number of threads for as long as that makes a step faster."""
    best, most = 1, cores()
    with restored_threads():
        while best < most:
            more = min(2 * best, most)
            if not _pays(time_steps, best, more):
                break
            best = more
    return best


def _pays(time_steps: TimeSteps, few: int, many: int) -> bool:
    """Return whether more threads are faster; alternate the timings: other load then hits both."""
    quick = _seconds_a_step(time_steps, few)
    if _seconds_a_step(time_steps, many) > HOPELESS * quick:
        return False
    steps = max(1, round(TRIAL_SECONDS / max(quick, 1e-5)))
    times: dict[int, list[float]] = {few: [], many: []}
    for _ in range(ROUNDS):
        for threads in (few, many):
            torch.set_num_threads(threads)
            times[threads].append(time_steps(steps))
    return min(times[many]) < GAIN * min(times[few])


def _seconds_a_step(time_steps: TimeSteps, threads: int) -> float:
    """Return the seconds per step over four steps, after two steps of warm-up."""
    torch.set_num_threads(threads)
    time_steps(2)
    return time_steps(4) / 4


@contextmanager
def restored_threads():  # type: ignore[no-untyped-def]
    """Restore torch's number of threads on exit."""
    before = torch.get_num_threads()
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _cache_file() -> Path:
    return homes.cache() / "threads.json"


def _read_cache() -> dict[str, int]:
    try:
        return msgspec.json.decode(_cache_file().read_bytes(), type=dict[str, int])
    except (OSError, msgspec.MsgspecError):
        return {}


def _write_cache(known: dict[str, int]) -> None:
    """Write the cache; ignore a folder that cannot be written: the next run measures again."""
    try:
        _cache_file().parent.mkdir(parents=True, exist_ok=True)
        write_atomically(_cache_file(), msgspec.json.encode(known))
    except (OSError, GraphRefused):
        return
