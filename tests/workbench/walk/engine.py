"""The puppet with the real catalogue: it counts, and answers for any graph what an engine would.

`python -m tests.workbench.walk.engine CATALOGUE`, a file of msgpack.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from engine.document import messages as m
from engine.document.catalogue import Catalogue
from engine.document.graph import Graph
from tests.workbench.puppet import Puppet, say

TOTAL = 60


class Player(Puppet):
    """Runs what is wired to be trained; draws points in every view; remembers each run."""

    def __init__(self, catalogue: Catalogue) -> None:
        super().__init__()
        self.catalogue = catalogue
        self.graph = Graph()
        self.ran: dict[str, m.History] = {}

    def do_hello(self, request: m.Hello) -> None:
        versions = {"torch": "2.9.0"}
        say(
            m.Welcome(catalogue=self.catalogue, versions=versions, devices=["cpu"], pid=os.getpid())
        )

    def do_setgraph(self, request: m.SetGraph) -> None:
        self.graph = graph = request.graph
        wires = [m.WireInfo(node=w.source, port=w.output, shape="b 1 8 8") for w in graph.wires]
        nodes = [m.NodeInfo(node=n, sign="64→2", weights=50_500) for n in graph.nodes]
        problems = self.catalogue.problems(graph)
        say(m.Checked(seq=request.seq, wires=wires, nodes=nodes, problems=problems))

    def do_run(self, request: m.Run) -> None:
        folder = request.runs or "."
        self.run = request.resume or os.path.join(folder, f"run-{len(self.ran) + 1}")
        number = len(self.ran) + 1
        name, started = Path(self.run).name, "2026-01-01T10:00:00"
        info = m.RunInfo(path=self.run, name=name, started=started, number=number)
        self.ran[self.run] = m.History(info=info)
        self.training, self.paused = self.steps(), False
        say(m.Status(status="running", run=self.run))

    def do_resume(self, request: m.Resume) -> None:
        if self.training is not None:
            super().do_resume(request)

    def do_pause(self, request: m.Pause) -> None:
        if self.training is not None:
            super().do_pause(request)

    def do_stop(self, request: m.Stop) -> None:
        if self.training is not None:
            self._end("stopped")
            super().do_stop(request)

    def do_at(self, request: m.At) -> None:
        figures = [self._drawn(node, request.step) for node in self._views()]
        say(m.Past(run=request.run, step=request.step, figures=figures))

    def do_refresh(self, request: m.Refresh) -> None:
        for node in request.nodes or self._views():
            say(self._drawn(node, 0))

    def do_listruns(self, request: m.ListRuns) -> None:
        say(m.Runs(runs=[history.info for history in reversed(self.ran.values())]))

    def do_readrun(self, request: m.ReadRun) -> None:
        if request.run in self.ran:
            say(self.ran[request.run])

    def steps(self) -> Iterator[None]:
        history, trainers, losses = self.ran[self.run], self._of("trainer"), self._losses()
        for node in trainers:
            say(m.NodeState(node=node, state="running"))
        for step in range(1, TOTAL + 1):
            for node in trainers:
                say(m.Progress(node=node, step=step, total=TOTAL, rate=900.0, left=1.0))
            series = {name: ([step], [100 / step]) for name in losses}
            say(m.Scalars(series=series))
            self._remember(history, series)
            if step % 10 == 0:
                history.steps.append(step)
                for node in self._views():
                    say(self._drawn(node, step))
            yield
        for node in trainers:
            say(m.NodeState(node=node, state="done", seconds=0.4))
        self._end("done")
        say(m.Status(status="done", run=self.run))

    def _remember(self, history: m.History, series: dict[str, Any]) -> None:
        for name, (steps, values) in series.items():
            known = history.series.setdefault(name, ([], []))
            known[0].extend(steps)
            known[1].extend(values)

    def _end(self, status: str) -> None:
        self.training = None
        history = self.ran[self.run]
        history.info.status, history.info.steps = status, TOTAL
        history.checkpoints = history.steps[::3]

    def _of(self, role: str) -> list[str]:
        return [
            node
            for node, place in self.graph.nodes.items()
            if self.catalogue.role(place) == role and place.mode == "on"
        ]

    def _views(self) -> list[str]:
        return self._of("view")

    def _losses(self) -> list[str]:
        return [
            f"{node}.{port.name}"
            for node, place in self.graph.nodes.items()
            if (kind := self.catalogue.of(place))
            for port in kind.outputs
            if port.type == "Loss"
        ]

    def _drawn(self, node: str, step: int) -> m.Figure:
        points = np.random.default_rng(step).normal(size=(24, 2)).astype("f4")
        arrays = {"points": m.Array.of(points), "labels": m.Array.of(np.arange(24) % 10)}
        data = m.FigureData(kind="points", arrays=arrays, facts={"title": "Scatter"})
        return m.Figure(node=node, step=step, figure=data)


if __name__ == "__main__":
    known = msgspec.msgpack.decode(Path(sys.argv[1]).read_bytes(), type=Catalogue)
    Player(known).serve()
