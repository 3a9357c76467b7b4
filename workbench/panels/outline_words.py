"""What the outline says of a graph and of the groups in it: a sentence a row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import networkx as nx
from msgspec.structs import replace

from engine.document.catalogue import Catalogue, KindInfo
from engine.document.graph import Board, Graph, Place, Wire
from engine.document.naming import IN, OUT
from engine.document.walks import by_source, by_target
from engine.document.wiring import only_called
from workbench.bench.gradients import stops
from workbench.bench.inside import Heard
from workbench.bench.paths import Way, above, board_at, path_of
from workbench.bench.scope import BORDER, border_kinds
from workbench.edits import count_of
from workbench.edits.framing import frame_at
from workbench.panels.problems import ICONS
from workbench.widgets.base import counted, tr
from workbench.widgets.rows import Row
from workbench.words.kinds import kind_title, title_of
from workbench.words.letters import letters
from workbench.words.quantities import show_measure
from workbench.words.sentences import TranslatedProblem

STATES = {"muted": "muted", "bypassed": "bypassed"}


class End(NamedTuple):
    """A port of a node with one of its wires, or with None where it has none."""

    port: str
    output: bool
    wire: Wire | None


def in_order(graph: Board) -> list[str]:
    """Return the nodes in topological order; ties by position in the file."""
    net = nx.DiGraph()
    net.add_nodes_from(graph.nodes)
    nodes = set(graph.nodes)
    net.add_edges_from(
        (w.source, w.target) for w in graph.wires if w.source in nodes and w.target in nodes
    )
    place = {node: number for number, node in enumerate(graph.nodes)}
    try:
        return list(nx.lexicographical_topological_sort(net, key=place.__getitem__))
    except nx.NetworkXUnfeasible:  # the wires form a cycle, which is reported as a problem
        return list(graph.nodes)


def plain(path: str) -> str:
    """Return a path without the numbers of copies."""
    return "/".join(part.partition("#")[0] for part in path.split("/"))


class Problems:
    """Problems by the path of their node, and how many lie below each instance."""

    def __init__(self, problems: Iterable[TranslatedProblem]) -> None:
        self.told = problems
        self.at: dict[str, list[TranslatedProblem]] = {}
        self.below: Counter[str] = Counter()
        for problem in problems:
            self.at.setdefault(plain(problem.node), []).append(problem)
            self.below.update(above(problem.node))


class Speaker:
    """Describes a board in sentences: the document, or the inside of the group at `way`.

    It keeps a copy of the board, because rows are painted once more between an edit and the redraw.
    """

    def __init__(
        self,
        graph: Graph,
        catalogue: Catalogue,
        problems: Iterable[TranslatedProblem],
        live: Heard | None = None,
        *,
        way: Way = (),
        inside: str = "",
    ) -> None:
        self.graph = graph = replace(graph, nodes=dict(graph.nodes), wires=list(graph.wires))
        self.catalogue = catalogue
        self.live = live
        self.way = way
        self.inside = inside  # the group that the board is, "" for the document
        self.hear(Problems(problems))
        self.out, self.into = by_source(graph.wires), by_target(graph.wires)
        self.stops = {} if way else stops(graph, catalogue)
        self.boxes = {**graph.layout.frames, **graph.layout.notes}
        self.frames = {*graph.layout.frames}
        self.spots = dict(graph.layout.positions)
        self.order = [*in_order(graph), *self.boxes]

    def hear(self, problems: Problems) -> None:
        """Take the problems to say from now on."""
        self.problems = problems

    def path(self, node: str) -> str:
        return path_of(self.way, node)

    def kind(self, node: str) -> KindInfo | None:
        place = self.graph.nodes.get(node)
        return self.catalogue.of(place) if place else None

    def title(self, node: str) -> str:
        if node in self.boxes and node not in self.graph.nodes:
            box = self.boxes[node]
            return str(box.get("title") or "") or self._box_kind(node)
        return title_of(self.graph, self.catalogue, node, self.into.get(node, ()))

    def ends(self, node: str) -> list[End]:
        """Return the inputs, then the outputs of a node, each wire of a port by itself."""
        kind = self.kind(node)
        into, out = self.into.get(node, ()), self.out.get(node, ())
        inputs = [port.name for port in kind.inputs] if kind else []
        outputs = [port.name for port in kind.outputs] if kind else []
        found: list[End] = []
        for name in dict.fromkeys([*inputs, *(w.input for w in into)]):
            found += [End(name, False, w) for w in into if w.input == name] or [
                End(name, False, None)
            ]
        for name in dict.fromkeys([*outputs, *(w.output for w in out)]):
            found += [End(name, True, w) for w in out if w.output == name] or [
                End(name, True, None)
            ]
        return found

    def has_ends(self, node: str) -> bool:
        kind = self.kind(node)
        ports = bool(kind and (kind.inputs or kind.outputs))
        return ports or node in self.into or node in self.out

    def sentence(self, node: str, selected: bool = False) -> str:
        """Return `Encoder, selected, q goes to ELBO, no problem`."""
        place = self.graph.nodes[node]
        parts = [self.title(node), tr("selected") if selected else ""]
        parts.append(tr(STATES[place.mode]) if place.mode in STATES else "")
        if place.twin:
            parts.append(tr("shares weights with {0}").format(self.title(place.twin)))
        parts += self._group_words(place)
        layout = self.graph.layout
        spot = layout.positions.get(node) or self.spots.get(node)
        frame = frame_at(self.graph, spot) if spot else ""
        parts.append(tr("in the frame {0}").format(self.title(frame)) if frame else "")
        parts.append(self.told(node))
        parts += [self.wire(w) for w in self.out.get(node, ())]
        path = self.path(node)
        problems = [p.sentence.rstrip(".") for p in self.problems.at.get(path, [])]
        if below := self.problems.below[path]:
            problems.append(counted(below, "%Ln problem inside", "%Ln problems inside"))
        parts += problems or ([] if node in BORDER else [tr("no problem")])
        return ", ".join(part for part in parts if part)

    def _group_words(self, place: Place) -> Iterator[str]:
        """Yield what an instance holds, and how many others an edit in it concerns."""
        definition = self.graph.groups.get(place.group)
        if definition is not None:
            yield counted(len(definition.nodes), "group of %Ln node", "group of %Ln nodes")
            uses = count_of(self.graph, place.group)
            yield counted(uses, "%Ln instance", "%Ln instances") if uses > 1 else ""

    def told(self, node: str) -> str:
        """Return what the engine says of a node: its progress, or its figure."""
        live, path = self.live, self.path(node)
        if live is None:
            return ""
        state, progress = live.states.get(path), live.progress.get(path)
        if state is not None and state.state == "running":
            if progress is not None and progress.total:
                return tr("{0} of {1}").format(progress.step, progress.total)
            return tr("running")
        metric = live.metrics.get(path)
        return show_measure(metric.values[""]) if metric and "" in metric.values else ""

    def wire(self, wire: Wire) -> str:
        """Return `q goes to ELBO`, and whether a gradient flows back."""
        words = tr("{0} goes to {1}").format(letters(wire.output), self.title(wire.target))
        stop = self.stops.get(wire)
        if stop is None:
            return words
        return words + (tr(", frozen there") if stop.frozen else tr(", no gradient comes back"))

    def row(self, node: str, selected: bool = False) -> Row:
        """Return the row of a node, a frame or a note."""
        place = self.graph.nodes.get(node)
        if place is None:
            return self._box_row(node, selected)
        info, path = self.kind(node), self.path(node)
        problems = self.problems.at.get(path, [])
        icon, colour = (info.icon if info else "circle-question-mark"), "text2"
        if problems or self.problems.below[path]:
            icon, colour = ICONS[problems[0].level if problems else "error"]
        kind = kind_title(info) if info else place.kind
        title = self.title(node)
        sides = [
            tr("twin") if place.twin else "",
            tr(STATES.get(place.mode, "")),
            self.told(node),
            kind if title != kind else "",
        ]
        return Row(
            id=path,
            title=title,
            icon=icon,
            colour=colour,
            side=", ".join(s for s in sides if s),
            faint=place.mode != "on",
            spoken=self.sentence(node, selected),
            tip=self.sentence(node),
        )

    def _box_kind(self, box: str) -> str:
        return tr("Frame") if box in self.frames else tr("Note")

    def _box_row(self, box: str, selected: bool) -> Row:
        title, kind = self.title(box), self._box_kind(box)
        words = [title, kind if title != kind else "", tr("selected") if selected else ""]
        return Row(
            id=self.path(box),
            title=title,
            icon="frame" if box in self.frames else "sticky-note",
            side=kind if title != kind else "",
            spoken=", ".join(w for w in words if w),
            tip=str(self.boxes[box].get("text") or ""),
        )

    def end_row(self, node: str, end: End) -> Row:
        """Return the row of a port: where its wire comes from or goes to, or that it has none."""
        name, icon = letters(end.port), "arrow-right" if end.output else "arrow-left"
        side = ""
        if end.wire is None:
            words = tr("{0}, no wire").format(name)
            side = "" if end.output or self._is_optional(node, end.port) else tr("needs one")
        elif end.output:
            words = tr("{0} to {1}").format(name, self.title(end.wire.target))
        else:
            words = tr("{0} from {1}").format(name, self.title(end.wire.source))
        said = tr("output {0}") if end.output else tr("input {0}")
        return Row(
            id=self.path(node),
            title=words,
            icon=icon,
            colour="text3",
            side=side,
            faint=end.wire is None,
            spoken=", ".join(w for w in (said.format(words), side) if w),
        )

    def _is_optional(self, node: str, port: str) -> bool:
        """Return whether a port needs no wire; a network that is only called needs none."""
        kind = self.kind(node)
        info = kind.input(port) if kind else None
        if kind is None or info is None or info.optional:
            return True
        return only_called(kind, [w.output for w in self.out.get(node, ())])


def inner_graph(graph: Graph, group: str) -> Graph:
    """Return the inside of a group as a graph, its border as two nodes more."""
    board = graph.groups[group]
    nodes = {IN: Place(kind=IN), **board.nodes, OUT: Place(kind=OUT)}
    return Graph(
        title=board.title, nodes=nodes, wires=board.wires, layout=board.layout, groups=graph.groups
    )


class Boards:
    """The speakers of a document and of the groups that are unfolded in it.

    It is made anew with every edit of nodes, wires and groups.
    """

    def __init__(
        self,
        graph: Graph,
        catalogue: Catalogue,
        problems: Iterable[TranslatedProblem] = (),
        live: Heard | None = None,
    ) -> None:
        groups = {
            name: replace(group, nodes=dict(group.nodes), wires=list(group.wires))
            for name, group in graph.groups.items()
        }
        self.graph = replace(graph, groups=groups)
        self.catalogue = catalogue
        self.live = live
        self.outer = Speaker(self.graph, catalogue, problems, live)
        self.graph = self.outer.graph
        self._speakers: dict[Way, Speaker] = {(): self.outer}
        self.shape = self._shape()

    def _shape(self) -> tuple[Any, ...]:
        """Return what rows there are, and in which order."""
        return tuple(
            (
                name,
                [(node, place.kind) for node, place in board.nodes.items()],
                list(board.wires),
                [*board.layout.frames, *board.layout.notes],
                self._ports(name),
            )
            for name, board in {"": self.graph, **self.graph.groups}.items()
        )

    def _ports(self, group: str) -> list[list[str]]:
        found = self.graph.groups.get(group)
        sides = (found.inputs, found.outputs) if found else ()
        return [[port.name for port in ports] for ports in sides]

    def hear(self, problems: Iterable[TranslatedProblem]) -> None:
        """Say other problems from now on."""
        heard = Problems(problems)
        for speaker in self._speakers.values():
            speaker.hear(heard)

    def at(self, way: Way) -> Speaker:
        """Return the speaker of what is inside an instance; raise `LookupError` without one."""
        if way not in self._speakers:
            board = board_at(self.graph, way[:-1])
            group = board.nodes[way[-1]].group
            border = border_kinds(self.catalogue, group, self.graph.groups[group])
            known = replace(self.catalogue, kinds={**self.catalogue.kinds, **border})
            inner = inner_graph(self.graph, group)
            made = Speaker(inner, known, (), self.live, way=way, inside=group)
            made.hear(self.outer.problems)
            self._speakers[way] = made
        return self._speakers[way]

    def unfolds(self, way: Way, node: str) -> bool:
        """Return whether an instance shows what is in it: not within itself."""
        place = self.at(way).graph.nodes.get(node)
        if place is None or place.group not in self.graph.groups:
            return False
        return place.group not in {self.at(way[:n]).inside for n in range(len(way) + 1)}
