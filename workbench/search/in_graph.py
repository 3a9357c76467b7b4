"""Find nodes, frames and notes of a graph by title, kind, parameter, value or text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from engine.document.catalogue import Catalogue, ParamInfo
from engine.document.graph import Board, Graph, Place
from workbench.bench.paths import Way, board_at
from workbench.search.comparing import OPERATORS, Part, parts_of
from workbench.search.fuzzy import fold
from workbench.words.kinds import from_catalogue, kind_title, tr
from workbench.words.language import KINDS, everywhere
from workbench.words.letters import letters
from workbench.words.quantities import read_float

ROW = 96.0  # px: things whose tops lie in one row are read from left to right


class Hit(NamedTuple):
    """A node, frame or note that is found, and the words that tell why; its title if empty.

    `way` leads through instances to what it lies in.
    """

    thing: str
    words: str = ""
    way: Way = ()


class _Text(NamedTuple):
    """A text of a thing: what is shown of it, and what is searched, folded."""

    shown: str
    searched: str


_NONE: list[_Text] = []


def all_hits(pattern: str, graph: Graph, catalogue: Catalogue, here: Way = ()) -> list[Hit]:
    """Return what a search finds in a document and in its groups, in each once.

    A group that is open at `here` is searched as what it is there.
    """
    found: list[Hit] = []
    for way, board in _boards(graph, here):
        found += [hit._replace(way=way) for hit in hits(pattern, board, catalogue)]
    return found


def _boards(graph: Graph, here: Way) -> Iterator[tuple[Way, Board]]:
    """Yield the document and each group that it holds, from outside inwards."""
    todo: list[Way] = [()]
    seen: set[str] = set()
    for way in todo:
        board = board_at(graph, way)
        yield way, board
        first = here[len(way)] if here[: len(way)] == way and len(here) > len(way) else ""
        for node in sorted(board.nodes, key=lambda node: node != first):
            group = board.nodes[node].group
            if group in graph.groups and group not in seen:
                seen.add(group)
                todo.append((*way, node))


def hits(pattern: str, graph: Board, catalogue: Catalogue) -> list[Hit]:
    """Return what a search finds in the document or a group, in reading order.

    Parts are separated by commas, all must fit: words, or a comparison such as `hidden > 64`.
    """
    parts = list(parts_of(pattern))
    if not parts:
        return []
    search = _Search(graph, catalogue)
    found = [hit for thing in _things(graph) if (hit := search.hit(thing, parts))]
    return sorted(found, key=lambda hit: _place(graph, hit.thing))


def _things(graph: Board) -> list[str]:
    return [*graph.nodes, *graph.layout.frames, *graph.layout.notes]


def _place(graph: Board, thing: str) -> tuple[float, float]:
    layout = graph.layout
    box = layout.frames.get(thing) or layout.notes.get(thing) or {}
    x, y = layout.positions.get(thing) or box.get("rect", (0.0, 0.0))[:2]
    return y // ROW, x


class _Search:
    """One search of a graph. Nodes of one kind with the same parameters share their texts."""

    def __init__(self, graph: Board, catalogue: Catalogue) -> None:
        self.graph, self.catalogue = graph, catalogue
        self.names: dict[str, list[_Text]] = {}
        for end, name in graph.layout.names.items():
            text = _Text(tr("wires {0}").format(name), fold(name))
            self.names.setdefault(end.partition(".")[0], []).append(text)
        self._known: dict[tuple[str, str, bool], tuple[str, list[_Text]]] = {}
        self._every: dict[int, str] = {}
        self._named: dict[tuple[str, str], list[str]] = {}

    def hit(self, thing: str, parts: list[Part | str]) -> Hit | None:
        """Return a thing that all parts of a pattern fit."""
        said = []
        for part in parts:
            words = self._compared(part, thing)
            if words is None:
                words = self._worded(part, thing)
            if words is None:
                return None
            said.append(words)
        return Hit(thing, next((words for words in said if words), ""))

    def _worded(self, part: Part | str, thing: str) -> str | None:
        """Return the text that has the words of a part, None where one of them is in none."""
        if isinstance(part, Part) and part.sign:
            return None
        words = fold(part if isinstance(part, str) else f"{part.name} {part.value}").split()
        own, shared = self._texts(thing)
        every = self._joined(shared)
        if not all(word in every or any(word in t.searched for t in own) for word in words):
            return None
        texts = [*own[:1], *shared[:1], *own[1:], *shared[1:]]
        return max(texts, key=lambda text: sum(word in text.searched for word in words)).shown

    def _joined(self, texts: list[_Text]) -> str:
        """Return what is searched in texts that nodes share."""
        if id(texts) not in self._every:
            self._every[id(texts)] = " ".join(text.searched for text in texts)
        return self._every[id(texts)]

    def _texts(self, thing: str) -> tuple[list[_Text], list[_Text]]:
        """Return the texts of a thing, its title first, which needs no telling; those it shares."""
        graph, place = self.graph, self.graph.nodes.get(thing)
        if place is None:
            fields = graph.layout.frames.get(thing) or graph.layout.notes[thing]
            own = [str(fields.get(name) or "") for name in ("title", "subtitle", "text")]
            told = [_Text(_line(text) if n else "", fold(text)) for n, text in enumerate(own)]
            return told, _NONE
        owner = graph.nodes[graph.owner(thing)]
        title = place.title or owner.title
        key = place.kind, repr(owner.params), bool(title)
        if key not in self._known:
            self._known[key] = self._of_kind(place, thing, titled=bool(title))
        kind, shared = self._known[key]
        heading = _Text("", fold(f"{title or kind} {thing}"))
        return [heading, *self.names.get(thing, ())], shared

    def _of_kind(self, place: Place, thing: str, *, titled: bool) -> tuple[str, list[_Text]]:
        """Return the title of a node's kind, and the texts that it has of its kind and values."""
        kind = self.catalogue.of(place)
        title = kind_title(kind) if kind else ""
        names = [place.kind, *(everywhere(KINDS, kind.title) if kind else ())]
        texts = [_Text(title if kind and titled else "", fold(" ".join(names)))]
        for param, value in _params(thing, self.graph, self.catalogue):
            searched = f"{' '.join(_names(param))} {value}"
            texts.append(_Text(_shown(param, value), fold(searched)))
        return title, texts

    def _compared(self, part: Part | str, thing: str) -> str | None:
        """Return the parameter for which a comparison is true, or None."""
        if isinstance(part, str) or thing not in self.graph.nodes:
            return None
        sign, wanted = OPERATORS[part.sign or "="], read_float(part.value)
        for param, value in _params(thing, self.graph, self.catalogue):
            if fold(part.name) not in self._names_of(param):
                continue
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if number and wanted is not None and sign(value, wanted):
                return _shown(param, value)
            if not number and sign(fold(str(value)), fold(part.value)):
                return _shown(param, value)
        return None

    def _names_of(self, param: ParamInfo) -> list[str]:
        key = param.name, param.title
        if key not in self._named:
            self._named[key] = _names(param)
        return self._named[key]


def _names(param: ParamInfo) -> list[str]:
    title = param.title
    return [fold(n) for n in (param.name, letters(param.name), title, from_catalogue(title))]


def _shown(param: ParamInfo, value: Any) -> str:
    return f"{from_catalogue(param.title) or param.name} = {value}"


def _line(text: str) -> str:
    return next(iter(text.strip().splitlines()), "")


def _params(node: str, graph: Board, catalogue: Catalogue) -> Iterator[tuple[ParamInfo, Any]]:
    """Yield the parameters of a node with their values, set or not; a twin's are its owner's."""
    place = graph.nodes[graph.owner(node)]
    kind = catalogue.of(place)
    for param in kind.params if kind else ():
        yield param, place.params.get(param.name, param.default)
