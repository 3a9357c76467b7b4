"""The current signs of a node: its state, both ends of its footer, its problem.

No sign relies on colour alone: each state has an icon.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from msgspec.structs import replace
from PySide6.QtCore import QLocale

from engine.document.catalogue import Catalogue, KindInfo
from engine.document.graph import Graph, Place
from engine.document.messages import Progress
from nodes.params import to_text
from nodes.sentences import Listed, Part, Sentence, Word
from workbench import edits
from workbench.bench.training import is_late
from workbench.bench.turns import value_of
from workbench.edits.base import BORDER
from workbench.words.kinds import choice_words, from_catalogue, tr
from workbench.words.quantities import show_float, show_int, show_measure, show_seconds
from workbench.words.sentences import TranslatedProblem, part_text, translate

if TYPE_CHECKING:
    from workbench.bench.inside import Heard

State = Literal[
    "idle", "running", "done", "changed", "past", "muted", "bypassed", "warning", "error", "unknown"
]


class StateSign(NamedTuple):
    """How a state is shown in the header; `solid` ones have a badge when zoomed out."""

    icon: str
    colour: str
    solid: bool = False


STATES: dict[State, StateSign] = {
    "idle": StateSign("", "text2"),
    "running": StateSign("", "accent"),
    "done": StateSign("circle-check", "ok", solid=True),
    "changed": StateSign("circle-dashed", "text2"),
    "past": StateSign("history", "accent"),
    "muted": StateSign("ban", "text2"),
    "bypassed": StateSign("route", "text2"),
    "warning": StateSign("triangle-alert", "warning"),
    "error": StateSign("circle-alert", "error", solid=True),
    "unknown": StateSign("circle-question-mark", "warning"),
}


@dataclass(slots=True, frozen=True)
class Signs:
    """The signs of a node; while equal, no repaint is needed."""

    state: State = "idle"
    left: str = ""
    right: str = ""
    figure: str = ""  # a metric's value, shown at any zoom
    unit: str = ""
    share: float | None = None
    free: frozenset[str] = frozenset()  # required inputs without a wire
    problem_text: str = ""
    problem_hint: str = ""
    fix: str = ""
    more: int = 0  # number of further problems
    note: str = ""  # on its data, shown under the node


def unsaid(sign: Part, shown: Sequence[Any]) -> Part:
    """Return a summary without what says only what the fields of the node show."""
    if isinstance(sign, Listed):
        left = [part for part in sign.parts if unsaid(part, shown) != ""]
        return replace(sign, parts=tuple(left)) if left else ""
    if isinstance(sign, Sentence):
        said = [str(part) if isinstance(part, Word) else part for part in sign.parts.values()]
        return "" if said and all(value in shown for value in said) else sign
    text = str(sign)
    told = any(text in (value, to_text(value)) for value in shown if value not in (None, ""))
    return "" if told else sign


class Reader:
    """Compute the signs of nodes from the document, the catalogue and the engine's messages."""

    def __init__(self, graph: Graph, live: Heard, catalogue: Catalogue) -> None:
        self.graph = graph
        self.live = live
        self.catalogue = catalogue
        self.problems: dict[str, list[TranslatedProblem]] = {}

    def sort_problems(self) -> set[str]:
        """Update the problems; return the nodes whose problems changed."""
        before, self.problems = self.problems, {}
        for problem in self.live.problems:
            outermost, inner, _ = problem.node.partition("/")
            if inner:  # it lies in a group that stands here
                node = outermost.partition("#")[0]
                problem = replace(problem, node=node, port="", param="", fix=None, others=())
            if problem.node:
                self.problems.setdefault(problem.node, []).append(problem)
        return {
            node
            for node in before.keys() | self.problems.keys()
            if before.get(node) != self.problems.get(node)
        }

    def faults(self, node: str, free: Iterable[str]) -> list[TranslatedProblem]:
        """Return a node's problems, except those of ports that only need a wire."""
        free = set(free)
        return [p for p in self.problems.get(node, ()) if not (p.port and p.port in free)]

    def signs(self, node: str, needed_free: frozenset[str]) -> Signs:
        """Return the signs of a node; its summary may be longer than what its face was made for."""
        place = self.graph.nodes[node]
        faults = self.faults(node, needed_free)
        state = self._state(node, place, faults)
        left, right = self._foot(node, place, state, self.sign(node))
        first = faults[0] if faults and faults[0].level == "error" else None
        return Signs(
            state=state,
            left=left,
            right=right,
            figure=self._figure(node, place),
            unit=self._unit(node),
            share=self._share(node) if state == "running" else None,
            free=needed_free if place.mode == "on" else frozenset(),
            problem_text=first.sentence if first and state == "error" else "",
            problem_hint=first.hint if first else "",
            fix=first.fix.label if first and first.fix else "",
            note=self._note(node, place),
            more=sum(p.level == "error" for p in faults) - 1 if first else 0,
        )

    def _note(self, node: str, place: Place) -> str:
        """Return the notes on a node's data, or that it may not read them yet."""
        info = self.live.node_infos.get(node)
        if info is None or place.twin:
            return ""
        return tr("Not read yet.") if info.held else self.live.notes_of(node)

    def problem(self, node: str, free: Iterable[str]) -> TranslatedProblem | None:
        """Return the problem shown under the node."""
        return next((p for p in self.faults(node, free) if p.level == "error"), None)

    def _state(self, node: str, place: Place, faults: list[TranslatedProblem]) -> State:
        if self.catalogue.of(place) is None:  # before the engine starts no kind is known
            return "unknown" if self.catalogue.kinds else "idle"
        if place.mode != "on":
            return place.mode
        known = self.live.states.get(node)
        levels = {p.level for p in faults}
        if self.live.past is not None and "error" not in levels:
            return "past" if self._has_past(node, place) else "idle"
        if "error" in levels or (known and known.state == "error" and levels):
            return "error"
        if (known and known.state == "running") or node in self.live.progress:
            return "running"
        if "warning" in levels:
            return "warning"
        info = self.live.node_infos.get(node)
        if (known and known.state == "changed") or (info and info.state == "changed"):
            return "changed"
        return "done" if known and known.state == "done" else "idle"

    def _has_past(self, node: str, place: Place) -> bool:
        """Return whether a node has recorded values at the step shown."""
        trains = self.catalogue.role(place) == "trainer"
        return trains or node in self.live.figures or bool(self._measure(node))

    def _share(self, node: str) -> float | None:
        progress = self.live.progress.get(node)
        if progress is None or not progress.total:
            return None
        return min(max(progress.step / progress.total, 0.0), 1.0)

    def _foot(self, node: str, place: Place, state: State, left: str) -> tuple[str, str]:
        if state == "unknown":
            return tr("not installed"), ""
        right = self._measure(node)
        past = self.live.past if state == "past" else None
        if past is not None and self.catalogue.role(place) == "trainer":
            return left, tr("step {0}").format(show_int(past))
        progress = self.live.progress.get(node) if state == "running" else None
        if progress is not None:
            return self._count(progress, left), self._percent(progress)
        known = self.live.states.get(node)
        if state == "done" and known and known.seconds is not None and not right:
            right = show_seconds(known.seconds)
        return left, right

    def sign(self, node: str) -> str:
        """Return a node's short summary: the engine's, else its parameters.

        Of a group's border, that it takes further ports. None before the first check: what comes
        then may be shorter, and nodes stand as close as that lets them.
        """
        place = self.graph.nodes[node]
        if node in BORDER:
            return tr("+ add")
        if place.twin:
            return tr("shares weights")
        info = self.live.node_infos.get(node)
        if not self.live.node_infos:
            return ""
        fields = self.graph.layout.fields.get(node, ())
        driven = edits.set_by(self.graph, node)
        if info is not None and info.sign:
            shown = [self._value(node, name) for name in fields if name not in driven]
            return part_text(unsaid(info.sign, shown))
        kind = self.catalogue.of(place)
        return self._params(node, kind, {*fields, *driven}) if kind else ""

    def _value(self, node: str, param: str) -> Any:
        return value_of(self.graph, self.catalogue, node, param)

    def _params(self, node: str, kind: KindInfo, shown: Container[str]) -> str:
        words = []
        for param in (p for p in kind.params[:2] if p.name not in shown):
            value = self._value(node, param.name)
            if value not in (None, ""):
                words.append(_short(choice_words(value) if param.choices else value))
                unit = from_catalogue(param.unit) if value != 1 else ""
        return f"{words[0]} {unit}".rstrip() if len(words) == 1 else "  ".join(words)

    def _figure(self, node: str, place: Place) -> str:
        """Return a metric's value; other measurements are shown as curves."""
        kind = self.catalogue.of(place)
        return self._measure(node) if kind is not None and kind.role == "metric" else ""

    def _unit(self, node: str) -> str:
        metric = self.live.metric(node)
        if metric is not None and is_late(self.live, metric):
            return tr("step {0}").format(show_int(metric.step))
        return translate(metric.unit) if metric is not None and metric.unit else ""

    def _measure(self, node: str) -> str:
        """Return a metric's or a loss's value at the step shown."""
        metric = self.live.metric(node)
        if metric is not None and metric.values:
            return show_measure(next(iter(metric.values.values())))
        kind = self.catalogue.of(self.graph.nodes[node])
        for port in kind.outputs if kind else ():
            value = self.live.value(f"{node}.{port.name}")
            if value is not None:
                return show_measure(value)
        return ""

    def _count(self, progress: Progress, sign: str) -> str:
        if not progress.total:
            return show_int(progress.step)
        return f"{show_int(progress.step)} / {show_int(progress.total)}"

    def _percent(self, progress: Progress) -> str:
        """Return the progress: the first reported number, else the percentage."""
        for name, value in progress.numbers.items():
            return f"{name} {show_measure(value)}"
        if not progress.total:
            return ""
        share = QLocale().toString(int(100 * progress.step / progress.total))
        return f"{share} %"


def _short(value: Any) -> str:
    if isinstance(value, bool):
        return tr("on") if value else tr("off")
    if isinstance(value, int):
        return show_int(value)
    if isinstance(value, float):
        return show_int(int(value)) if value.is_integer() and value >= 1000 else show_float(value)
    if isinstance(value, list):
        return "→".join(str(v) for v in value)
    text = str(value)
    return text if len(text) <= 12 else f"{text[:11]}…"
