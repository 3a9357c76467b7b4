"""What a GPU does with each family of examples: `make gpu`, less than eight minutes.

Each example takes 100 steps on the device, in which nothing may wait for it, beside its figures on
the CPU. Then come ratios: the engine over loops by hand, bfloat16, compilation and CUDA graphs.
Where there is no device, it says so and does nothing. The exit code is 1 where an example failed
or a step waited that is not known to.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any, NamedTuple

import torch
from torch import Tensor

import resources
from engine.document.graph import Graph, load
from engine.run.devices import available
from engine.run.session import Session
from nodes.errors import Refusal
from tests.benchmarks.test_small_speed import CASES, plain

WARM, STEPS = 5, 100
SECONDS, PATIENCE = 450.0, 12.0
"""Of all of it, and of an example on the CPU, which may make fewer steps."""
EXAMPLES = (
    "vae-mnist",
    "gan-ring",
    "wgan-gp-mnist",
    "wavegan-digits",
    "realnvp-moons",
    "maf-pinwheel",
    "spline-checkerboard",
    "glow-mnist",
    "ffjord-spirals",
    "ddpm-moons",
    "ddpm-mnist",
    "latent-diffusion-mnist",
    "score-moons",
    "reflow-moons",
    "ot-cfm-moons",
    "schrodinger-bridge",
    "molecule-diffusion",
    "gpt-shakespeare",
    "spoken-digits-vae",
    "text-to-mnist",
)
WAITS = {
    "ot-cfm-moons": "an optimal assignment is made on the CPU",
    "schrodinger-bridge": "Sinkhorn's iterations look at their error",
    "text-to-mnist": "captions are written on the CPU",
}
"""Examples whose steps must wait for the device, and why."""


class Trained(NamedTuple):
    """A first stage of training: its losses, seconds a step, peak bytes, and what went wrong."""

    losses: list[float]
    seconds: float = math.nan
    peak: int = 0
    fault: str = ""

    @property
    def level(self) -> float:
        """The mean of the last half of the losses."""
        late = self.losses[len(self.losses) // 2 :]
        return sum(late) / len(late) if late else math.nan


@contextmanager
def waiting_refused(device: str, *, refused: bool = True) -> Iterator[None]:
    """Raise where something waits for the device in this context."""
    if not (refused and device.startswith("cuda")):
        yield
        return
    torch.cuda.set_sync_debug_mode("error")
    try:
        yield
    finally:
        torch.cuda.set_sync_debug_mode("default")


def finish(device: str) -> None:
    """Wait for what a device was given to do."""
    if device.startswith("cuda"):
        torch.cuda.synchronize()


def graph_of(example: str, **trainer: Any) -> Graph:
    """Return an example with other settings of its trainers."""
    graph = load(resources.path("examples", f"{example}.graph.json"))
    for place in graph.nodes.values():
        if place.kind == "Trainer" and not place.twin:
            place.params |= {"steps": 10**6, **trainer}
    return graph


def stepper(graph: Graph, device: str) -> tuple[Session, Iterator[Any]]:
    """Return a session on a device and the frames of its first trainer, all data fetched."""
    session = Session(device=device, seed=0)
    session.update(graph)
    session.refuse_faults()
    session.begin(fresh=True)
    trainer = session.program.of_role("trainer")[0]
    for _ in session.program.fetching([trainer]):
        pass
    return session, session.program.frames(trainer)


def trained(
    graph: Graph, device: str, *, steps: int = STEPS, patience: float = math.inf, free: bool = False
) -> Trained:
    """Train after a few steps of warm-up; read the losses at the end only. `free`: it may wait."""
    kept: list[Tensor | float] = []
    try:
        session, frames = stepper(graph, device)
        for _ in islice(frames, 1 + WARM):  # the first frame comes before the first step
            pass
        finish(device)
        if device.startswith("cuda"):
            torch.cuda.reset_peak_memory_stats()
        begun = time.perf_counter()
        with waiting_refused(device, refused=not free):
            for _ in islice(frames, steps):
                kept.append(loss_of(session))
                if time.perf_counter() - begun > patience:
                    break
        finish(device)
        seconds = (time.perf_counter() - begun) / max(1, len(kept))
        peak = torch.cuda.max_memory_allocated() if device.startswith("cuda") else 0
        return Trained([float(loss) for loss in kept], seconds, peak)
    except (Refusal, RuntimeError) as error:
        return Trained([float(loss) for loss in kept], fault=" ".join(str(error).split())[:160])


def loss_of(session: Session) -> Tensor | float:
    """Return the first loss that the last step recorded, unread where it lies on a device."""
    scalars = session.program.scalars
    return next(iter(scalars.values()), math.nan)


def beside_the_cpu(example: str, device: str) -> tuple[str, bool]:
    """Return the line of an example, and whether all was well."""
    found = trained(graph_of(example), device, free=example in WAITS)
    waits = WAITS.get(example, "")
    well = not found.fault and all(map(math.isfinite, found.losses))
    if found.fault:  # once more, to know whether it was the waiting alone
        waits, found = found.fault, trained(graph_of(example), device, free=True)
    cpu = trained(graph_of(example), "cpu", patience=PATIENCE)
    count = min(len(found.losses), len(cpu.losses))
    levels = [t._replace(losses=t.losses[:count]).level for t in (found, cpu)]
    figures = (
        f"{1e3 * found.seconds:8.2f} ms {1e3 * cpu.seconds:9.2f} ms "
        f"{cpu.seconds / found.seconds:6.1f} {levels[0]:10.4g} {levels[1]:10.4g} "
        f"{found.peak / 2**20:8.0f} MiB"
    )
    return f"{example:24s} {found.fault or figures}  {waits}", well


def over_by_hand(name: str, device: str, *, turns: int = 9, length: int = 50) -> float:
    """Return our steps a second over those of a loop by hand, the median of turns in turn."""
    example, prepare, _, _ = CASES[name]
    graph = plain(load(resources.path("examples", f"{example}.graph.json")))
    by_hand = prepare(graph, torch.device(device))
    _, ours = stepper(graph, device)
    ratios = []
    for _ in range(1 + turns):  # the first warms up
        mine, theirs = (_seconds(loop, length, device) for loop in (ours, by_hand))
        ratios.append(theirs / mine)
    return sorted(ratios[1:])[turns // 2]


def _seconds(loop: Iterator[Any], length: int, device: str) -> float:
    finish(device)
    begun = time.perf_counter()
    for _ in islice(loop, length):
        pass
    finish(device)
    return time.perf_counter() - begun


def quicker(example: str, device: str, **trainer: Any) -> float:
    """Return how many times as fast an example steps with other settings of its trainer."""
    base = {"precision": "float32", "compilation": "off"}
    before = trained(graph_of(example, **base), device, free=True)
    after = trained(graph_of(example, **base | trainer), device, free=True)
    return before.seconds / after.seconds


RATIOS: dict[str, Callable[[str], float]] = {
    **{
        f"engine / by hand, {name}": lambda device, name=name: over_by_hand(name, device)  # type: ignore[misc]
        for name in CASES
    },
    "bfloat16 / float32, ddpm-mnist": lambda d: quicker("ddpm-mnist", d, precision="bfloat16"),
    "compiled, vae-mnist": lambda d: quicker("vae-mnist", d, compilation="default"),
    "CUDA graphs, vae-mnist": lambda d: quicker("vae-mnist", d, compilation="reduce-overhead"),
    "CUDA graphs, ddpm-moons": lambda d: quicker("ddpm-moons", d, compilation="reduce-overhead"),
}


def main() -> int:
    """Run all of it on the first GPU and return the exit code."""
    begun = time.perf_counter()
    device = next((name for name in available() if name.startswith("cuda")), "")
    if not device:
        print("There is no CUDA device here: nothing was run.")
        return 0
    print(f"{torch.cuda.get_device_name()}, torch {torch.__version__}\n")
    print(f"{'example':24s} {'GPU step':>11s} {'CPU step':>12s} {'times':>6s} {'GPU loss':>10s} "
          f"{'CPU loss':>10s} {'peak':>12s}  waits")  # fmt: skip
    bad = 0
    for example in EXAMPLES:
        if time.perf_counter() - begun > SECONDS - 120:
            print(f"{example:24s} not run: time is up")
            continue
        line, well = beside_the_cpu(example, device)
        bad += not well
        print(line, flush=True)
    print()
    for name, measure in RATIOS.items():
        if time.perf_counter() - begun > SECONDS:
            print(f"{name:34s} not run: time is up")
            continue
        try:
            print(f"{name:34s} {measure(device):.2f}", flush=True)
        except (Refusal, RuntimeError) as error:
            bad += 1
            print(f"{name:34s} failed: {error}", flush=True)
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
