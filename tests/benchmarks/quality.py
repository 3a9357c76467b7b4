"""Measure what the program promises of its models: `python -m tests.benchmarks.quality [NAME...]`.

Each figure is an example, trained by the command line as a user would, with its metric and the
limits of value and time. NAME picks figures whose name contains it. Exits with 1 where one fails.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import resources
from engine.document import graph as graphs
from engine.document.graph import SUFFIX, Graph, Place


@dataclass(frozen=True)
class Promise:
    """One figure: the mean of a metric over seeds, and how long one training may take."""

    name: str
    example: str
    metric: str
    minutes: float
    at_most: float = float("inf")
    at_least: float = float("-inf")
    seeds: tuple[int, ...] = (0,)
    each: bool = False
    """Whether the limits hold for every seed, and not for the mean alone."""
    needs: dict[str, float] = field(default_factory=dict)
    """The least that other metrics must reach with every seed."""
    data: tuple[str, dict[str, Any]] | None = None
    """Another data set in place of the example's node `data`."""
    params: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Other parameters, by node."""


FIVE = 0, 1, 2, 3, 4
SPLINE = "spline-checkerboard"
PROMISES = [
    Promise("RealNVP on moons", "realnvp-moons", "gap", 1.5, at_most=0.03),
    Promise("splines on the checkerboard", SPLINE, "gap", 3, at_most=0.04),
    Promise(
        "splines on moons", SPLINE, "gap", 3, at_most=0.01,
        data=("TwoMoons", {"test_size": 20_000}), params={"coupling": {"bins": 8}},
    ),
    Promise(
        "splines on eight Gaussians", SPLINE, "gap", 3, at_most=0.01,
        data=("EightGaussians", {"test_size": 20_000}), params={"coupling": {"bins": 8}},
    ),
    Promise(
        "splines on two spirals", SPLINE, "gap", 3, at_most=0.04,
        data=("TwoSpirals", {"test_size": 20_000}),
    ),
    Promise("Glow on MNIST", "glow-mnist", "bits", 20, at_most=1.45),
    Promise(
        "GAN on the ring", "gan-ring", "high_quality", 3, at_least=0.95, at_most=0.99,
        seeds=FIVE, each=True, needs={"modes": 8},
    ),
    Promise("GAN on the grid", "gan-grid", "modes", 5, at_least=24.5, seeds=FIVE),
    Promise("collapse", "gan-collapse", "modes", 5, at_most=5, seeds=FIVE, each=True),
    Promise(
        "CycleGAN between digits", "cyclegan-digits", "fid.floors", 3, at_most=5,
        seeds=(0, 1, 2), each=True,
    ),
    Promise(
        "20 real digits a class", "augmentation", "accuracy_plain", 3, at_least=0.8, seeds=FIVE,
    ),
    Promise(
        "20 and generated ones", "augmentation", "accuracy_helped", 3, at_least=0.77, seeds=FIVE,
    ),
    Promise(
        "200 real digits a class", "augmentation", "accuracy_plain", 3, at_least=0.88,
        seeds=FIVE, params={"data": {"per_class": 200}},
    ),
    Promise(
        "200 and generated ones", "augmentation", "accuracy_helped", 3, at_least=0.86,
        seeds=FIVE, params={"data": {"per_class": 200}},
    ),
    Promise("WGAN-GP on MNIST", "wgan-gp-mnist", "fid.floors", 20, at_most=5),
    Promise(  # 20 minutes of training; the rest goes to samples, not to DDPM's
        "DDPM on MNIST", "ddpm-mnist", "fid.floors", 28, at_most=2.5,
        needs={"accuracy": 0.97, "accuracy_guided": 0.99},
        params={"fid": {"count": 10_000}, "accuracy": {"count": 10_000},
                "accuracy_guided": {"count": 2_000}, "ddpm_1000": {"steps": 10}},
    ),
    Promise(
        "flow matching by OT", "ot-cfm-moons", "w2_over_floor", 4, at_most=1.3,
        needs={"npe_independent": 0.2}, params={"w2_over_floor": {"count": 10_000}},
    ),
    Promise("its path energy", "ot-cfm-moons", "npe", 4, at_most=0.05),
    Promise("Schrödinger bridge, d = 5", "schrodinger-bridge", "gap", 4, at_most=0.03),
]  # fmt: skip


def graph_of(promise: Promise) -> Graph:
    """Return the example with the promise's data and parameters."""
    graph = graphs.load(resources.path("examples", promise.example + SUFFIX))
    if promise.data is not None:
        kind, params = promise.data
        graph.nodes["data"] = Place(kind=kind, params=params)
    for node, params in promise.params.items():
        graph.nodes[node].params |= params
    return graph


def measure(promise: Promise, seed: int, folder: Path) -> tuple[dict[str, float], float]:
    """Train once by the command line; return the metrics and the minutes it took.

    On a machine with other work the clock says little: the minutes of CPU time count if they are
    fewer.
    """
    path = folder / f"figure{SUFFIX}"
    graphs.save(graph_of(promise), path)
    words = ["run", str(path), "--seed", str(seed), "--json", "--out", str(folder)]
    before = cpu_seconds()
    done = subprocess.run([sys.executable, "-m", "engine", *words], stdout=subprocess.PIPE)
    told = json.loads(done.stdout.splitlines()[-1])
    if told["status"] != "done":
        raise RuntimeError(f"{promise.name}: {told}")
    seconds = min(told["seconds"], cpu_seconds() - before)
    return told["metrics"], seconds / 60


def cpu_seconds() -> float:
    """Return the CPU time of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def kept(promise: Promise) -> bool:
    """Measure one figure, print its line, and tell whether it is as promised."""
    with tempfile.TemporaryDirectory() as folder:
        runs = [measure(promise, seed, Path(folder)) for seed in promise.seeds]
    values = [metrics[promise.metric] for metrics, _ in runs]
    mean = sum(values) / len(values)
    minutes = max(minutes for _, minutes in runs)
    judged = values if promise.each else [mean]
    well = all(promise.at_least <= value <= promise.at_most for value in judged)
    well = well and minutes <= promise.minutes
    for metrics, _ in runs:
        well = well and all(metrics[name] >= least for name, least in promise.needs.items())
    told = " ".join(f"{value:.4g}" for value in values) if len(values) > 1 else ""
    print(
        f"| {promise.name} | {promise.metric} | {mean:.4f}{told and f' ({told})'} | "
        f"{limits(promise)} | {minutes:.1f} | {promise.minutes:g} | "
        f"{'kept' if well else 'NOT KEPT'} |",
        flush=True,
    )
    return well


def limits(promise: Promise) -> str:
    """Write what was promised: `≥ 0.95, ≤ 0.99, modes ≥ 8 each`."""
    least = [f"≥ {promise.at_least:g}"] if promise.at_least > float("-inf") else []
    most = [f"≤ {promise.at_most:g}"] if promise.at_most < float("inf") else []
    needs = [f"{name} ≥ {least:g}" for name, least in promise.needs.items()]
    return ", ".join(least + most + needs) + (" each" if promise.each else "")


def main(words: list[str]) -> int:
    print("| figure | metric | measured | promised | minutes | of at most | |")
    print("|---|---|---|---|---|---|---|")
    chosen = [p for p in PROMISES if not words or any(w in p.name for w in words)]
    broken = [promise for promise in chosen if not kept(promise)]
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
