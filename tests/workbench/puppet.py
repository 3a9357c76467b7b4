"""A tiny engine that speaks the protocol and trains nothing: what tests of the window start.

`python puppet.py [deaf|die|garbage]`: deaf never answers Quit, die ends at the first Run, garbage
writes what is no frame.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from queue import Empty, Queue
from typing import Any

import numpy as np

from engine.document import messages as m
from engine.document.catalogue import Problem
from engine.document.opened import as_graph
from nodes.drawing import Drawing
from tests.workbench.sample import CATALOGUE

TOTAL = 400
MODE = sys.argv[1] if len(sys.argv) > 1 else ""


def say(event: Any) -> None:
    sys.stdout.buffer.write(m.frame(event))
    sys.stdout.buffer.flush()


def listen(inbox: Queue[Any]) -> None:
    while (body := m.read_frame(sys.stdin.buffer)) is not None:
        inbox.put(m.requests.decode(body))
    os._exit(0)


class Puppet:
    """Answers requests between two steps of a run that only counts."""

    def __init__(self) -> None:
        self.inbox: Queue[Any] = Queue()
        self.training: Iterator[None] | None = None
        self.paused = False
        self.run = ""
        self.total = TOTAL
        self.done = 0  # steps that are made

    def serve(self) -> None:
        threading.Thread(target=listen, args=(self.inbox,), daemon=True).start()
        while True:
            going = self.training is not None and not self.paused
            try:
                request = self.inbox.get(timeout=0.001 if going else None)
            except Empty:
                next(self.training or iter(()), None)
                continue
            if isinstance(request, m.Quit) and MODE != "deaf":
                os._exit(0)  # a plain end would abort: the thread holds stdin
            getattr(self, "do_" + type(request).__name__.lower(), lambda r: None)(request)

    def do_hello(self, request: m.Hello) -> None:
        if MODE == "garbage":
            sys.stdout.buffer.write(b"\0\0\0\4nope")
            sys.stdout.buffer.flush()
        print("puppet says hello", file=sys.stderr, flush=True)
        say(m.Welcome(catalogue=CATALOGUE, devices=["cpu"], threads=2, pid=os.getpid()))

    def do_setgraph(self, request: m.SetGraph) -> None:
        graph = request.graph
        problems = CATALOGUE.problems(graph)
        if graph.settings.seed == 13:
            problems.append(Problem(sentence="The seed brings bad luck."))
        wires = [m.WireInfo(node=w.source, port=w.output, shape="b 1 8 8") for w in graph.wires]
        nodes = [m.NodeInfo(node=n, sign="64→2", weights=50_500) for n in graph.nodes]
        say(m.Checked(seq=request.seq, wires=wires, nodes=nodes, problems=problems))
        trainer = graph.nodes.get("trainer")
        self.total = trainer.params.get("steps", TOTAL) if trainer else TOTAL
        if self.training is None:
            self.tell_weights()

    def do_look(self, request: m.Look) -> None:
        if request.layers and request.node.endswith("encoder"):
            drawing = Drawing()
            end = drawing.add("Encoder", x=drawing.takes("x"), gives="q", hidden=8)
            drawing.gives("q", end)
            say(m.Looked(node=request.node, layers=as_graph(drawing, "encoder")))
        elif request.layers:
            say(m.Looked(node=request.node, sentence="Its shapes are not known."))

    def do_run(self, request: m.Run) -> None:
        if MODE == "die":
            print("RuntimeError: the puppet died", file=sys.stderr, flush=True)
            os._exit(3)
        self.done = self.done if request.resume else 0
        self.run = request.resume or os.path.join(request.runs or ".", f"run-{time.time_ns()}")
        self.training, self.paused = self.steps(), False
        say(m.Status(status="running", run=self.run))

    def do_pause(self, request: m.Pause) -> None:
        self.paused = True
        say(m.Status(status="paused", run=self.run))

    def do_resume(self, request: m.Resume) -> None:
        self.paused = False
        say(m.Status(status="running", run=self.run))

    def do_step(self, request: m.Step) -> None:
        if self.training is None:
            self.do_run(m.Run(runs=request.runs))
        next(self.training or iter(()), None)
        self.do_pause(m.Pause())

    def do_stop(self, request: m.Stop) -> None:
        self.training = None
        say(m.Status(status="stopped", run=self.run))
        self.tell_weights()

    def do_restore(self, request: m.Restore) -> None:
        self.run, self.done = request.run, self.total
        say(m.Status(status="done", run=self.run))
        self.tell_weights()

    def tell_weights(self) -> None:
        say(m.Weights(trained=self.done > 0, anew=self.done > 0))

    def do_at(self, request: m.At) -> None:
        metrics = [m.Metric(node="fid", step=request.step, values={"": float(request.step)})]
        figures = [self.figure(request.step)]
        say(m.Past(run=request.run, step=request.step, figures=figures, metrics=metrics))

    def figure(self, step: int) -> m.Figure:
        points = np.random.default_rng(step).normal(size=(64, 2)).astype("f4")
        arrays = {"points": m.Array.of(points), "labels": m.Array.of(np.arange(64) % 10)}
        data = m.FigureData(kind="points", arrays=arrays, facts={"title": "Scatter"})
        return m.Figure(node="scatter", step=step, figure=data)

    def steps(self) -> Iterator[None]:
        say(m.NodeState(node="trainer", state="running"))
        for step in range(self.done + 1, self.total + 1):
            self.done = step
            say(m.Progress(node="trainer", step=step, total=self.total, rate=900.0, left=1.0))
            say(m.Scalars(series={"elbo.loss": ([step], [100 / step])}))
            if step % 20 == 0:
                say(self.figure(step))
            yield
        say(m.NodeState(node="trainer", state="done", seconds=0.4))
        say(m.Status(status="done", run=self.run))
        self.training = None
        self.tell_weights()


if __name__ == "__main__":
    Puppet().serve()
