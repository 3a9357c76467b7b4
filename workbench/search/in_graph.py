"""Find nodes, frames and notes of a graph by title, kind, parameter, value or text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from engine.document.catalogue import Catalogue, ParamInfo
from engine.document.graph import Board, Graph
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
    found = [hit for thing in _things(graph) if (hit := _hit(thing, parts, graph, catalogue))]
    return sorted(found, key=lambda hit: _place(graph, hit.thing))


def _things(graph: Board) -> list[str]:
    return [*graph.nodes, *graph.layout.frames, *graph.layout.notes]


def _place(graph: Board, thing: str) -> tuple[float, float]:
    layout = graph.layout
    box = layout.frames.get(thing) or layout.notes.get(thing) or {}
    x, y = layout.positions.get(thing) or box.get("rect", (0.0, 0.0))[:2]
    return y // ROW, x


def _hit(thing: str, parts: list[Part | str], graph: Board, catalogue: Catalogue) -> Hit | None:
    texts = list(_texts(thing, graph, catalogue))
    said = []
    for part in parts:
        words = _compared(part, thing, graph, catalogue) or _worded(part, texts)
        if words is None:
            return None
        said.append(words)
    return Hit(thing, next((words for words in said if words), ""))


def _worded(part: Part | str, texts: list[_Text]) -> str | None:
    """Return the text that has the words of a part, None where one of them is in none."""
    if isinstance(part, Part) and part.sign:
        return None
    words = fold(part if isinstance(part, str) else f"{part.name} {part.value}").split()
    every = " ".join(text.searched for text in texts)
    if not all(word in every for word in words):
        return None
    return max(texts, key=lambda text: sum(word in text.searched for word in words)).shown


def _compared(part: Part | str, thing: str, graph: Board, catalogue: Catalogue) -> str | None:
    """Return the parameter for which a comparison is true, or None."""
    if isinstance(part, str) or thing not in graph.nodes:
        return None
    sign, wanted = OPERATORS[part.sign or "="], read_float(part.value)
    for param, value in _params(thing, graph, catalogue):
        if fold(part.name) not in _names(param):
            continue
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if number and wanted is not None and sign(value, wanted):
            return _shown(param, value)
        if not number and sign(fold(str(value)), fold(part.value)):
            return _shown(param, value)
    return None


def _names(param: ParamInfo) -> list[str]:
    title = param.title
    return [fold(n) for n in (param.name, letters(param.name), title, from_catalogue(title))]


def _shown(param: ParamInfo, value: Any) -> str:
    return f"{from_catalogue(param.title) or param.name} = {value}"


def _texts(thing: str, graph: Board, catalogue: Catalogue) -> Iterator[_Text]:
    """Yield the texts of a thing, its title first, which needs no telling."""
    place = graph.nodes.get(thing)
    if place is None:
        fields = graph.layout.frames.get(thing) or graph.layout.notes[thing]
        for name in ("title", "subtitle", "text"):
            text = str(fields.get(name) or "")
            yield _Text("" if name == "title" else _line(text), fold(text))
        return
    kind = catalogue.of(place)
    title = place.title or graph.nodes[graph.owner(thing)].title
    yield _Text("", fold(f"{title or (kind_title(kind) if kind else '')} {thing}"))
    names = [place.kind, *(everywhere(KINDS, kind.title) if kind else ())]
    yield _Text(kind_title(kind) if kind and title else "", fold(" ".join(names)))
    for end, name in graph.layout.names.items():
        if end.partition(".")[0] == thing:
            yield _Text(tr("wires {0}").format(name), fold(name))
    for param, value in _params(thing, graph, catalogue):
        searched = f"{' '.join(_names(param))} {value}"
        yield _Text(_shown(param, value), fold(searched))


def _line(text: str) -> str:
    return next(iter(text.strip().splitlines()), "")


def _params(node: str, graph: Board, catalogue: Catalogue) -> Iterator[tuple[ParamInfo, Any]]:
    """Yield the parameters of a node with their values, set or not; a twin's are its owner's."""
    place = graph.nodes[graph.owner(node)]
    kind = catalogue.of(place)
    for param in kind.params if kind else ():
        yield param, place.params.get(param.name, param.default)
