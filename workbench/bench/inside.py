"""What the engine says, seen from inside a group: by the ids of the nodes there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, TypeVar

from msgspec.structs import replace
from PySide6.QtCore import QObject, Signal, SignalInstance

from engine.document.graph import Graph
from engine.document.messages import Metric, WireInfo
from engine.document.naming import IN
from workbench.bench.curves import Curves
from workbench.bench.live import Live
from workbench.bench.paths import Port, Way, board_at, path_of, source_of
from workbench.words.sentences import TranslatedProblem

Kept = TypeVar("Kept")


class Below(Mapping[str, Kept], Generic[Kept]):
    """Values by path, as values by the ids of one scope."""

    def __init__(self, whole: Callable[[], Mapping[str, Kept]], prefix: str) -> None:
        self._whole = whole
        self._prefix = prefix

    def __getitem__(self, node: str) -> Kept:
        return self._whole()[self._prefix + node]

    def __iter__(self) -> Iterator[str]:
        cut = len(self._prefix)
        return (p[cut:] for p in self._whole() if p.startswith(self._prefix) and "/" not in p[cut:])

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Inside(QObject):
    """The engine's state for the nodes of one scope; what concerns no node is that of `live`."""

    progress_changed = Signal(str)
    state_changed = Signal(str)
    metric_changed = Signal(str)
    figure_changed = Signal(str)

    def __init__(self, live: Live, graph: Graph, way: Way, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.live = live
        self.graph = graph
        self.way = way
        self.prefix = path_of(way, "")
        self.node_infos = Below(lambda: live.node_infos, self.prefix)
        self.states = Below(lambda: live.states, self.prefix)
        self.progress = Below(lambda: live.progress, self.prefix)
        self.figures = Below(lambda: live.figures, self.prefix)
        self.metrics = Below(lambda: live.metrics, self.prefix)
        self._wires: tuple[object, Mapping[Port, WireInfo]] = (None, {})
        for mine, theirs in (
            (self.progress_changed, live.progress_changed),
            (self.state_changed, live.state_changed),
            (self.metric_changed, live.metric_changed),
            (self.figure_changed, live.figure_changed),
        ):
            theirs.connect(self._passing(mine))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.live, name)

    def _passing(self, signal: SignalInstance) -> Callable[[str], None]:
        def passed(path: str) -> None:
            here = path.removeprefix(self.prefix)
            if here != path and "/" not in here:
                signal.emit(here)

        return passed

    @property
    def wire_infos(self) -> Mapping[Port, WireInfo]:
        """The shapes at outputs; at the border those of what comes in."""
        whole = self.live.wire_infos
        if self._wires[0] is not whole:
            self._wires = whole, self._read_wires(whole)
        return self._wires[1]

    def _read_wires(self, whole: Mapping[Port, WireInfo]) -> dict[Port, WireInfo]:
        found: dict[Port, WireInfo] = {}
        try:
            wires = board_at(self.graph, self.way).wires
        except LookupError:
            return found
        for wire in wires:
            source: Port | None = (self.prefix + wire.source, wire.output)
            if wire.source == IN:
                source = source_of(self.graph, self.way, IN, wire.output)
            info = whole.get(source) if source else None
            if info is not None:
                found[wire.source, wire.output] = info
        return found

    @property
    def problems(self) -> list[TranslatedProblem]:
        """The problems in this scope and below it, and those of no node."""
        return [
            replace(problem, node=problem.node.removeprefix(self.prefix))
            for problem in self.live.problems
            if not problem.node or problem.node.startswith(self.prefix)
        ]

    @property
    def series(self) -> Curves:
        return self._own(self.live.series)

    @property
    def shown_curves(self) -> Curves:
        return self._own(self.live.shown_curves)

    def _own(self, whole: Curves) -> Curves:
        cut = len(self.prefix)
        return {name[cut:]: curve for name, curve in whole.items() if name.startswith(self.prefix)}

    def value(self, name: str) -> float | None:
        """Return a curve's value at the step shown."""
        return self.live.value(self.prefix + name)

    def metric(self, node: str) -> Metric | None:
        """Return a metric's last value at the step shown."""
        return self.live.metric(self.prefix + node)

    def notes_of(self, node: str) -> str:
        """Return a node's notes on what it read, in the window's language."""
        return self.live.notes_of(self.prefix + node)


Heard = Live | Inside
"""What the engine says, of a document or of the inside of one of its groups."""
