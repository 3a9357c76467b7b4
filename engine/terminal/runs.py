"""List recorded runs in a terminal, by the names that the window gives them."""

from __future__ import annotations

import argparse
from pathlib import Path

from msgspec import UNSET

from engine.document.history import list_runs
from engine.document.lineage import Difference
from engine.document.messages import RunInfo
from engine.document.source import document_of

NAMED = 2  # changes that a name has room for
LONGEST = 24  # characters of a value
SIGNS = {"added": "+ {0}", "removed": "- {0}", "wired": "+ wire", "cut": "- wire"}


def told_runs(args: argparse.Namespace, graph: Path | None) -> list[RunInfo]:
    """Return the runs that are asked for, newest first; those in the bin only on request."""
    document = document_of(graph) if graph else ""
    return [
        run
        for run in list_runs(args.out)
        if document in ("", run.document) and (args.bin or not run.binned)
    ]


def line_of(run: RunInfo) -> str:
    """Return a line: name, graph, state, steps, time, seed, measures, start, folder, note."""
    facts = [
        run_name(run),
        run.name if run.number else "",
        "cut off" if run.status == "interrupted" else run.status,
        f"{run.steps:,} steps",
        f"{run.seconds:.1f} s",
        f"seed {run.seed}",
        *_measures(run.metrics),
        run.started[:16].replace("T", " "),
        run.path,
        f'"{run.note}"' if run.note else "",
    ]
    return ("* " if run.starred else "  ") + " · ".join(fact for fact in facts if fact)


def _measures(metrics: dict[str, float]) -> list[str]:
    found = []
    for name, value in metrics.items():
        if "." not in name:
            error = metrics.get(f"{name}.error")
            found.append(f"{name} {value:.4g}" + (f" ± {error:.2g}" if error is not None else ""))
    return found


def run_name(run: RunInfo) -> str:
    """Return the name of a run: `Run 3 · beta 1`; of a damaged one that of its folder."""
    if not run.number:
        return run.name
    told = list(dict.fromkeys(map(_told, run.changes)))
    if not told and run.origin:
        told = [f"as run {run.origin}"]
    more = [f"+ {len(told) - NAMED}"] if len(told) > NAMED else []
    return " · ".join(filter(None, (f"Run {run.number}", ", ".join([*told[:NAMED], *more]))))


def _value(value: object) -> str:
    text = "default" if value is UNSET else str(value)
    text = text.rpartition("/")[2]
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"


def _told(change: Difference) -> str:
    title = change.title or change.kind
    if change.what == "value":
        since = f" from step {change.step:,}" if change.step else ""
        return f"{change.name} {_value(change.after)}{since}"
    if change.what == "mode":
        return f"{title} {change.after}"
    return SIGNS[change.what].format(title)
