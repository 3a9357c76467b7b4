"""The user's own kinds: groups that were saved, each in a graph file with one instance of it.

The files lie in a folder of the user's data: to give a kind to somebody is to copy its file. Free
of Qt.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from engine.document import graph as graphs
from engine.document import homes
from engine.document.catalogue import Catalogue, Failure, KindInfo
from engine.document.graph import GROUP, SUFFIX, Graph, Place, copy
from engine.document.groups import held_by, with_groups
from nodes.errors import Refusal

YOURS = "yours:"
"""Begins the kind of a saved group; the name of its file follows."""
CATEGORY = "yours"
MOST_ALIKE = 100  # kinds of one name
Stamp = tuple[tuple[str, int, int], ...]


@dataclass
class _Read:
    """What the files hold. It is stale when a file's name, size or time differs from `stamp`."""

    stamp: Stamp = ()
    folder: str = ""
    graphs: dict[str, Graph] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)


_read = _Read()


def folder() -> Path:
    return homes.data() / "kinds"


def path_of(kind: str) -> Path:
    return folder() / f"{kind.removeprefix(YOURS)}{SUFFIX}"


def stamp() -> Stamp:
    """Return what tells whether a file was added, changed or removed."""
    try:
        found = [(path.name, path.stat()) for path in sorted(folder().glob(f"*{SUFFIX}"))]
    except OSError:
        return ()
    return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in found)


def with_library(catalogue: Catalogue, graph: Graph) -> Catalogue:
    """Return a catalogue with the groups of a document, and with the saved ones as kinds."""
    known, read = with_groups(catalogue, graph), _reading()
    if not read.graphs and not read.failures:
        return known
    kinds = {YOURS + n: _kind(catalogue, YOURS + n, saved) for n, saved in read.graphs.items()}
    failures = [*catalogue.failures, *read.failures]
    return replace(known, kinds=known.kinds | kinds, failures=failures)


def saved(kind: str) -> Graph:
    """Return the graph of a saved kind; raise `Refusal` where its file is gone or broken."""
    if not path_of(kind).exists():
        raise Refusal(
            "{kind} is not among your kinds any more.",
            "Its file was removed or renamed.",
            kind=kind.removeprefix(YOURS),
        )
    graph = graphs.load(path_of(kind))
    instance_of(graph)
    return graph


def instance_of(graph: Graph) -> str:
    """Return the one instance in the file of a saved kind; raise `Refusal` for another graph."""
    if len(graph.nodes) != 1 or next(iter(graph.nodes.values())).group not in graph.groups:
        raise Refusal("The file does not hold one group.", "Save a group as a kind again.")
    return next(iter(graph.nodes))


class Taken(NamedTuple):
    """A group of a file among one's kinds: its title there, the kind's name, whether it is new."""

    title: str
    name: str
    new: bool


def save(graph: Graph, group: str) -> Path:
    """Write a group of a document as a kind; one of the same title is replaced."""
    held = _held(graph, group)
    return _write(held, file_name(held.title))


def take(graph: Graph) -> list[Taken]:
    """Save each group of a document as a kind; where another has its name, under a name beside."""
    return [_taken(_held(graph, group)) for group in graph.groups]


def _taken(held: Graph) -> Taken:
    title = held.title
    group = held.groups[held.nodes["group"].group]
    for number in range(1, MOST_ALIKE):
        held.title = title if number == 1 else f"{title} {number}"
        group.title = held.title
        name = file_name(held.title)
        if not path_of(name).exists():
            _write(held, name)
            return Taken(title, name, new=True)
        if _same(name, held):
            return Taken(title, name, new=False)
    raise Refusal("There are too many kinds named {name}.", name=title)


def _same(name: str, held: Graph) -> bool:
    """Return whether a kind holds the same groups."""
    try:
        return saved(name).groups == held.groups
    except Refusal:
        return False


def rename(kind: str, title: str, help: str, icon: str) -> str:
    """Give a kind another title, sentence and icon; return the kind that it is now.

    Raise `Refusal` where another kind is called so.
    """
    graph, name = saved(kind), file_name(title)
    if path_of(name) != path_of(kind) and path_of(name).exists():
        raise Refusal(
            "You have a kind named {name} already.", "Remove it, or choose another name.", name=name
        )
    group = graph.groups[graph.nodes[instance_of(graph)].group]
    graph.title = group.title = " ".join(title.split())
    group.help = " ".join(help.split())
    group.extra["icon"] = icon
    if _write(graph, name) != path_of(kind):
        path_of(kind).unlink(missing_ok=True)
    return YOURS + name


def file_name(title: str) -> str:
    """Return the name of the file, without its ending, of a kind with this title."""
    return re.sub(r"[^\w -]", "_", " ".join(title.split())).strip() or "kind"


def _held(graph: Graph, group: str) -> Graph:
    """Return a graph of one instance of a group, with the groups that it needs."""
    held = Graph(nodes={"group": Place(kind=GROUP + group)})
    held.groups = {name: copy(graph.groups[name]) for name in held_by(graph, held)}
    for definition in held.groups.values():
        for place in definition.nodes.values():
            place.keys = {}  # the weights stay with the document
    held.title = graph.groups[group].title or group
    return held


def _write(graph: Graph, name: str) -> Path:
    folder().mkdir(parents=True, exist_ok=True)
    graphs.save(graph, path_of(name))
    return path_of(name)


def remove(kind: str) -> str:
    """Remove the file of a saved kind; return its text, to put it back."""
    path = path_of(kind)
    text = path.read_text("utf-8") if path.exists() else ""
    path.unlink(missing_ok=True)
    return text


def put_back(kind: str, text: str) -> None:
    """Write the file of a kind that was removed."""
    path_of(kind).write_text(text, "utf-8")


def _reading() -> _Read:
    """Return what the files hold; those that cannot be read, with a sentence each."""
    global _read
    now, where = stamp(), str(folder())
    if (now, where) == (_read.stamp, _read.folder):
        return _read
    _read = _Read(now, where)
    for name, _, _ in now:
        kind = name.removesuffix(SUFFIX)
        try:
            _read.graphs[kind] = saved(YOURS + kind)
        except Refusal as refusal:
            failure = Failure(file=str(folder() / name), sentence=refusal.sentence)
            _read.failures.append(failure)
    return _read


def _kind(catalogue: Catalogue, kind: str, graph: Graph) -> KindInfo:
    group = graph.nodes[instance_of(graph)].group
    info = with_groups(catalogue, graph).kinds[GROUP + group]
    return replace(info, kind=kind, category=CATEGORY)
