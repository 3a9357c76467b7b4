"""Run a graph in a terminal: progress, Ctrl-C, pictures at the end, `--json`."""

from __future__ import annotations

import argparse
import importlib.util
import json
import math
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import engine
from engine.check.ground import Ground
from engine.document.errors import GraphRefused, Stopped
from engine.document.graph import Graph, load
from engine.document.history import GRAPH_FILE, RUN_FILE, read_file
from engine.document.messages import Event, Fault, Note, Progress, Scalars, Told
from engine.document.setting import set_param
from engine.document.source import document_of
from engine.record import checkpoint
from engine.run import devices
from engine.run.launch import Launch, Order
from engine.run.outcome import Outcome
from engine.run.run import VIEW_SHARE
from engine.run.session import Session
from engine.terminal.cli import (
    INTERRUPTED,
    graph_path,
    library_of,
    name_of,
    print_json,
    remark,
    warn_of_failures,
)
from nodes.errors import told
from nodes.sentences import Text, say

STOPPING = b"\nStopping: the step ends and is saved. Ctrl-C once more ends at once.\n"
BETWEEN_LINES = 10.0  # seconds between progress lines where stderr is not a terminal


def run(args: argparse.Namespace) -> int:
    """Run a graph as the arguments specify and return the exit code."""
    session, order = _prepared(args)
    terminal = Terminal(session.graph)
    with _interruptible(terminal):
        outcome = _driven(Launch(session, terminal, order), terminal)
    terminal.end_line()
    outcome.folder = _kept(outcome.folder)
    pictures = {} if terminal.stop_asked and not args.figures else _pictures(outcome)
    for problem in outcome.faults:
        print(f"error: {told(problem.sentence, problem.hint, problem.node)}", file=sys.stderr)
    if outcome.status == "failed" and not (args.strict and outcome.faults):
        print(f"error: {outcome.sentence}", file=sys.stderr)
    if args.json:
        print_json(_summary(outcome, pictures))
    else:
        print_outcome(outcome, pictures)
    return INTERRUPTED if terminal.stop_asked else int(bool(_fault(outcome)))


def _driven(launch: Launch, terminal: Terminal) -> Outcome:
    """Run to the end, or to the second Ctrl-C, which leaves the last checkpoint."""
    events = launch.events()
    try:
        for event in events:
            if event is not None:
                terminal.emit(event)
            elif terminal.stops():
                launch.stop()
    except KeyboardInterrupt:
        pass
    finally:
        events.close()
    return launch.outcome


def _fault(outcome: Outcome) -> Text:
    return outcome.sentence if outcome.status == "failed" else outcome.lost


def _kept(folder: Path | None) -> Path | None:
    """Return the run folder, or None where it has been deleted meanwhile."""
    return folder if folder is not None and (folder / RUN_FILE).is_file() else None


def _prepared(args: argparse.Namespace) -> tuple[Session, Order]:
    """Return the session and the order for a new run or a resumed one."""
    order = Order(
        threads=args.threads,
        view_share=0.0 if args.no_views else VIEW_SHARE,
        checkpoint_seconds=args.save_every,
        strict=args.strict,
        last_look=math.inf if args.figures else 0.0,
    )
    if args.resume is not None:
        if args.graph or args.seed is not None:
            raise GraphRefused("--resume goes on with the run's own graph and seed.")
        before = read_file(args.resume)
        graph, seed, device = load(args.resume / GRAPH_FILE), before.seed, before.device
        home = Path(before.home) if before.home else None
        order.resume = args.resume
    elif args.graph:
        path = graph_path(args.graph)
        graph, seed = load(path, remark), args.seed
        device, home = graph.settings.device, path.absolute().parent
        order.name, order.runs = name_of(graph, path), args.out
        order.document = document_of(path)
    else:
        raise GraphRefused("run needs a graph.", "Name a file or an example, or use --resume RUN.")
    session = Session(
        device=devices.resolve(args.device or device), seed=seed, library=library_of(args)
    )
    warn_of_failures(session.catalogue)
    session.ground = Ground(home)
    for text in args.sets:
        set_param(graph, session.catalogue, text, live=args.resume is not None)
    session.update(graph)
    return session, order


class Terminal:
    """The host of a run in a terminal: show its progress on stderr and stop it on Ctrl-C."""

    def __init__(self, graph: Graph) -> None:
        self.stop_asked = 0
        self._losses = _losses(graph)
        self._values: dict[str, float] = {}
        self._live = sys.stderr.isatty()
        self._shown = time.monotonic()
        self._open = False
        self._stopped = 0

    def emit(self, event: Event) -> None:
        """Print progress, notes and warnings."""
        if isinstance(event, Scalars):
            self._values |= {k: values[-1] for k, (_, values) in event.series.items() if values}
        elif isinstance(event, Progress):
            self._show(event)
        elif isinstance(event, Note):
            self._say(event.text)
        elif isinstance(event, Told):
            self._say(" · ".join([f"{event.node}: {event.notes[0]}", *map(str, event.notes[1:])]))
        elif isinstance(event, Fault) and event.problem.level == "warning":
            problem = event.problem
            self._say(
                say("warning: {what}", what=told(problem.sentence, problem.hint, problem.node))
            )

    def _say(self, text: Text) -> None:
        self.end_line()
        print(text, file=sys.stderr)

    def stops(self) -> bool:
        """Return True once for each requested stop."""
        before, self._stopped = self._stopped, self.stop_asked
        return self.stop_asked > before

    def within(self) -> None:
        """Raise `Stopped` once for each requested stop."""
        if self.stops():
            raise Stopped("Stopped.")

    def _show(self, progress: Progress) -> None:
        now = time.monotonic()
        if self._live:
            width = shutil.get_terminal_size().columns - 1
            sys.stderr.write("\r\x1b[K" + self._line(progress)[:width])
            sys.stderr.flush()
            self._open = True
        elif now - self._shown > BETWEEN_LINES:
            self._shown = now
            print(self._line(progress), file=sys.stderr, flush=True)

    def _line(self, progress: Progress) -> str:
        total = f" of {progress.total:,}" if progress.total else ""
        parts = [f"{progress.node}: step {progress.step:,}{total}"]
        parts += [f"{name} {self._values[k]:.4g}" for k, name in self._losses if k in self._values]
        if progress.rate:
            parts.append(f"{progress.rate:,.0f} steps/s")
        if progress.left is not None:
            parts.append(f"{clock(progress.left)} left")
        return " · ".join(parts)

    def end_line(self) -> None:
        """End the progress line."""
        if self._open:
            sys.stderr.write("\n")
            self._open = False


def _losses(graph: Graph) -> list[tuple[str, str]]:
    """Return the curves of the losses that optimisers minimise, each with a label."""
    wires = [w for w in graph.wires if w.input == "loss" and graph.nodes[w.target].kind]
    keys = list(dict.fromkeys(f"{w.source}.{w.output}" for w in wires))
    return [(key, "loss" if len(keys) == 1 else key.partition(".")[0]) for key in keys]


def clock(seconds: float) -> str:
    """Return seconds as `0:07`, `12:30` or `1:02:03`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


@contextmanager
def _interruptible(terminal: Terminal) -> Iterator[None]:
    """Let the first Ctrl-C stop the run at the end of its step and the second at once."""

    def ask(number: int, frame: FrameType | None) -> None:
        terminal.stop_asked += 1
        if terminal.stop_asked > 1:
            raise KeyboardInterrupt
        os.write(2, STOPPING)  # `print` is not safe in a signal handler

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _summary(outcome: Outcome, pictures: dict[str, str]) -> dict[str, Any]:
    summary = {
        "status": outcome.status,
        "run": str(outcome.folder or ""),
        "steps": outcome.steps,
        "seconds": round(outcome.seconds, 3),
        "steps_per_second": round(outcome.steps / outcome.training, 2) if outcome.training else 0.0,
        "metrics": outcome.metrics,
        "views": pictures,
        "faults": [
            {"node": p.node, "sentence": str(p.sentence), "hint": str(p.hint)}
            for p in outcome.faults
        ],
    }
    fault = _fault(outcome)
    return summary | ({"error": str(fault)} if fault else {})


def print_outcome(outcome: Outcome, pictures: dict[str, str]) -> None:
    """Print how a run has ended: its steps, metrics, folder and pictures."""
    rate = f", {outcome.steps / outcome.training:,.0f} steps/s" if outcome.training else ""
    print(f"{outcome.status}: {outcome.steps:,} steps in {clock(outcome.seconds)}{rate}")
    for name, value in outcome.metrics.items():
        step = outcome.measured_at[name]
        print(f"{name} {value:.6g}" + (f" (at step {step:,})" if step != outcome.steps else ""))
    if outcome.folder is None:
        return
    print(f"run: {outcome.folder}")
    if pictures:
        print(f"pictures: {Path(next(iter(pictures.values()))).parent}")
    if outcome.status == "stopped" and checkpoint.latest(outcome.folder) is not None:
        print(f"go on with: python -m engine run --resume {outcome.folder}")


def _pictures(outcome: Outcome) -> dict[str, str]:
    """Draw the last views into the run folder with the window's package, where it is installed."""
    if outcome.folder is None:
        return {}
    if importlib.util.find_spec("workbench") is None or importlib.util.find_spec("PySide6") is None:
        print("No pictures were drawn: the window's package is not installed.", file=sys.stderr)
        return {}
    done = subprocess.run(
        [sys.executable, "-P", "-m", "workbench", "render", str(outcome.folder)],
        env=_environment(),
        capture_output=True,
        text=True,
    )
    if done.returncode:
        why = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        print(f"Not all pictures were drawn: {why}", file=sys.stderr)
    return _drawn(done.stdout)


def _drawn(text: str) -> dict[str, str]:
    """Return the picture files by view, from the last line that the other process printed."""
    try:
        told = json.loads((text.strip().splitlines() or ["{}"])[-1])
    except ValueError:
        return {}
    return {view: file for view, file in dict(told).items() if Path(file).is_file()}


def _environment() -> dict[str, str]:
    ours = str(Path(engine.__path__[0]).parent)
    path = os.pathsep.join(filter(None, [ours, os.environ.get("PYTHONPATH", "")]))
    return os.environ | {"PYTHONPATH": path, "QT_QPA_PLATFORM": "offscreen"}
