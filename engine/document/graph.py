"""The document: nodes, wires, settings and layout, and its file format.

A graph is data. Reading one never imports, runs or unpickles anything. Unknown kinds and fields
survive a round trip. This module needs only msgspec.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec
from msgspec import Struct, field

from engine.document.bounds import Remarks, bounded, finite
from engine.document.copying import copy as copy
from engine.document.copying import copy_beside as copy_beside
from engine.document.copying import differ as differ
from engine.document.errors import GraphRefused
from engine.document.naming import IN, OUT, boards, nodes_of, refuse_names
from engine.document.upgrade import upgrade
from engine.document.writing import Json, decoded, depth, json_text, unmarked, write_atomically
from nodes.sentences import Text, reason

FORMAT = "genworkbench.graph"
VERSION = 2
SUFFIX = ".graph.json"
LARGEST_FILE = 64 * 1024 * 1024  # bytes
_BEGINNINGS = ("", "{", "[", b"", b"{", b"[")  # of what may be JSON, or was
DEEPEST = 32  # levels of lists and objects
MOST_NODES = 20_000
GROUP = "group:"  # begins the kind of an instance; the id of its group follows

Path_ = tuple[str, ...]
Tell = Callable[[Text], None]


class Wire(NamedTuple):
    """A connection from an output port to an input port."""

    source: str
    output: str
    target: str
    input: str

    def __str__(self) -> str:
        return f"{self.source}.{self.output}>{self.target}.{self.input}"


class Place(Struct, kw_only=True):
    """A node on the canvas: a kind with parameters, or a twin of another node.

    A twin shares the other node's object, weights and parameters; its own `params` are empty. A
    place of kind `group:res` is an instance of the group `res`: `times` copies of it in a row, with
    the same weights if `shared`. `keys` maps paths below the place to the identities that weights
    and random numbers go by (see `engine.document.expand`), `origin` what its weights were called
    in a network that was opened as layers (see `engine.document.opened`). `driven`: the parameters
    that are inputs; one that is wired has the value of its wire, else that of `params`.
    """

    kind: str
    params: dict[str, Json] = field(default_factory=dict)
    title: str = ""
    twin: str = ""
    mode: Literal["on", "muted", "bypassed"] = "on"
    times: int = 1
    shared: bool = False
    keys: dict[str, str] = field(default_factory=dict)
    origin: dict[str, str] = field(default_factory=dict)
    driven: list[str] = field(default_factory=list)
    extra: dict[str, Json] = field(default_factory=dict)

    @property
    def group(self) -> str:
        """Return the id of the group that this is an instance of, or ""."""
        return self.kind[len(GROUP) :] if self.kind.startswith(GROUP) else ""


class Settings(Struct, kw_only=True):
    """The settings of a run besides the nodes."""

    seed: int = 0
    device: str = "auto"
    extra: dict[str, Json] = field(default_factory=dict)


class Input(Struct, kw_only=True):
    """What one moves in Play: a parameter of a node, as a number, a choice, a tick or a text.

    `low` and `high` bound a number closer than the parameter does. `on` is the id of a view in
    whose plane the parameter's points are dragged or drawn.
    """

    node: str
    param: str
    label: str = ""
    low: float | None = None
    high: float | None = None
    on: str = ""
    extra: dict[str, Json] = field(default_factory=dict)


class Play(Struct, kw_only=True):
    """What one plays with: a title, a question, one or two views and up to six inputs."""

    title: str = ""
    question: str = ""
    views: list[str] = field(default_factory=list)
    inputs: list[Input] = field(default_factory=list)
    extra: dict[str, Json] = field(default_factory=dict)


class Layout(Struct, kw_only=True):
    """The layout of the canvas. Nothing here changes what a run computes.

    `positions`: node id to [x, y] of its top left corner. `frames`: id to {"title", "rect": [x, y,
    w, h]}. `notes`: id to {"title", "text", "rect"}. `reroutes`: str(wire) to a list of [x, y].
    `pinned`: ids that Tidy leaves where they are. `colours`: node id to the name of its colour; a
    frame has its own as "colour". `names`: "node.port" of an output, whose wires are drawn as pills
    with this name. `fields`: node id to the parameters shown on it. `views`: ids of the view nodes
    shown in the dock, in order. `bare`: those without their data. `watch`: rows of one or two ids
    of view nodes, whose pictures are shown large; the first row comes first. `play`: what one plays
    with once the graph is trained.
    """

    positions: dict[str, list[float]] = field(default_factory=dict)
    frames: dict[str, dict[str, Json]] = field(default_factory=dict)
    notes: dict[str, dict[str, Json]] = field(default_factory=dict)
    reroutes: dict[str, list[list[float]]] = field(default_factory=dict)
    collapsed: list[str] = field(default_factory=list)
    pinned: list[str] = field(default_factory=list)
    colours: dict[str, str] = field(default_factory=dict)
    fields: dict[str, list[str]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    views: list[str] = field(default_factory=list)
    bare: list[str] = field(default_factory=list)
    watch: list[list[str]] = field(default_factory=list)
    play: Play | None = None
    extra: dict[str, Json] = field(default_factory=dict)


class Board(Struct, kw_only=True):
    """Nodes and wires with a layout: a document, or the inside of a group.

    The order of `wires` matters: a `Many` input receives them in it.
    """

    nodes: dict[str, Place] = field(default_factory=dict)
    wires: list[Wire] = field(default_factory=list)
    layout: Layout = field(default_factory=Layout)

    def owner(self, node: str) -> str:
        """Return the id that holds the weights and parameters of `node`: its own, or its twin's."""
        place = self.nodes[node]
        return place.twin if place.twin in self.nodes else node

    def wires_into(self, node: str, port: str | None = None) -> list[Wire]:
        """Return the wires into a node, or into one of its ports, in order."""
        return [w for w in self.wires if w.target == node and port in (None, w.input)]

    def wires_from(self, node: str, port: str | None = None) -> list[Wire]:
        """Return the wires out of a node, or out of one of its ports, in order."""
        return [w for w in self.wires if w.source == node and port in (None, w.output)]

    def fresh_id(self, stem: str) -> str:
        """Return the first id of `stem`, `stem_2`, `stem_3`... that no node or identity has."""
        stem = "".join(c if c.isalnum() else "_" for c in stem.lower()).strip("_") or "node"
        number, name, claimed = 2, stem, self._claimed()
        while name in self.nodes or name in claimed:
            name, number = f"{stem}_{number}", number + 1
        return name

    def _claimed(self) -> set[str]:
        """Return the ids that a new node may not have besides those of nodes."""
        keys = (place.keys.values() for place in self.nodes.values() if place.keys)
        return {IN, OUT, *(identity.partition("/")[0] for each in keys for identity in each)}


class GroupPort(Struct, kw_only=True):
    """An input or output of a group. Its type is read off the inner ports where `type` is empty."""

    name: str
    type: str = ""
    help: str = ""
    extra: dict[str, Json] = field(default_factory=dict)


class Target(NamedTuple):
    """A parameter of a node inside a group; of an instance, one of its promoted parameters."""

    node: str
    param: str


class Promoted(Struct, kw_only=True):
    """A parameter of a group: it sets all its targets."""

    title: str = ""
    to: list[Target] = field(default_factory=list)
    help: str = ""
    extra: dict[str, Json] = field(default_factory=dict)


class Group(Board, kw_only=True):
    """A group of nodes, defined once for all its instances.

    Wires from `in` and to `out` are those of its ports. `acts_as`: the role it may be called in.
    """

    title: str = ""
    help: str = ""
    acts_as: str = ""
    inputs: list[GroupPort] = field(default_factory=list)
    outputs: list[GroupPort] = field(default_factory=list)
    params: dict[str, Promoted] = field(default_factory=dict)
    extra: dict[str, Json] = field(default_factory=dict)


class Graph(Board, kw_only=True):
    """A whole document.

    `sequence`: ids of nodes in the order in which they run, as far as wires leave it open. Grouping
    writes it where it would change the order otherwise, and with it the random numbers.
    """

    title: str = ""
    lesson: str = ""
    settings: Settings = field(default_factory=Settings)
    groups: dict[str, Group] = field(default_factory=dict)
    sequence: list[str] = field(default_factory=list)
    extra: dict[str, Json] = field(default_factory=dict)


class Absent(Struct, tag="absent", frozen=True):
    """Marks a missing value: putting it removes the key."""


ABSENT = Absent()


class Put(Struct, frozen=True):
    """Set one value of a graph at `path`, such as ("nodes", "encoder", "params", "hidden").

    The last key may be new; `ABSENT` removes it. Whole values are put: a `Place` under ("nodes",
    id), the whole list under ("wires",).
    """

    path: Path_
    value: Any


class Change(Struct, frozen=True):
    """A named, undoable edit: puts, applied in order."""

    label: Text
    puts: tuple[Put, ...]

    def __bool__(self) -> bool:
        return bool(self.puts)


def look(graph: Graph, path: Path_) -> Any:
    """Return the value at `path`, or `ABSENT`."""
    value: Any = graph
    for step in path:
        value = value.get(step, ABSENT) if isinstance(value, dict) else getattr(value, step, ABSENT)
        if value is ABSENT:
            return ABSENT
    return value


def apply(graph: Graph, change: Change) -> Change:
    """Apply the change in place and return the change that undoes it.

    Raise `GraphRefused` where a path does not exist or a value cannot be encoded.
    """
    taken: list[Put] = []
    for put in change.puts:
        old = look(graph, put.path)
        taken.append(Put(put.path, ABSENT if old is ABSENT else copy(old)))
        _put(graph, put)
    return Change(change.label, tuple(reversed(taken)))


def _put(graph: Graph, put: Put) -> None:
    *way, last = put.path
    _must_be_kept(put)
    holder = look(graph, tuple(way))
    if holder is ABSENT:
        raise GraphRefused(
            "There is nothing at {way}.", place=".".join(put.path), way=".".join(way)
        )
    if not isinstance(holder, dict):
        setattr(holder, last, copy(put.value))
    elif put.value is ABSENT or isinstance(put.value, Absent):
        holder.pop(last, None)
    else:
        holder[last] = copy(put.value)


def _must_be_kept(put: Put) -> None:
    """Raise `GraphRefused` for a value that msgpack cannot encode."""
    try:
        msgspec.msgpack.encode(put.value)
    except (OverflowError, TypeError, ValueError, RecursionError) as error:
        raise GraphRefused(
            "{name} cannot be kept: {error}.",
            place=".".join(put.path),
            name=put.path[-1],
            error=error,
        ) from error


def _silent(sentence: Text) -> None:
    """Ignore the sentence."""


def dumps(graph: Graph) -> str:
    """Return the text of the file: sorted keys, two spaces, `format` and `version` first."""
    body = _plain(graph)
    return json_text({"format": FORMAT, "version": VERSION} | dict(sorted(body.items()))) + "\n"


def loads(text: str | bytes, name: str = "The graph", tell: Tell = _silent) -> Graph:
    """Read a graph from text; raise `GraphRefused` with the place of the first error.

    `tell` is called with a sentence for each kind of value that had to be changed.
    """
    if len(text) > LARGEST_FILE:
        raise GraphRefused(
            "{name} is larger than {most} MB.",
            "Is it a graph file?",
            name=name,
            most=LARGEST_FILE >> 20,
        )
    text = unmarked(text)
    try:
        raw = decoded(text)
    except (RecursionError, ValueError) as error:
        if text.strip()[:1] not in _BEGINNINGS:
            raise GraphRefused(
                "{name} holds no graph.",
                "Choose a file that ends in .graph.json. Pictures and sounds are read by their "
                "folder.",
                name=name,
            ) from error
        raise GraphRefused(
            "{name} is not complete JSON: {error}.",
            "Open a copy or an older version of it.",
            name=name,
            error=error,
        ) from error
    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        raise GraphRefused(
            '{name} is not a graph of this program: it must begin with "format": "{format}".',
            "Choose a file that ends in .graph.json.",
            name=name,
            format=FORMAT,
        )
    return from_plain(raw, name, tell)


def from_plain(raw: dict[str, Json], name: str = "The graph", tell: Tell = _silent) -> Graph:
    """Build a graph from plain JSON values and upgrade older versions; raise `GraphRefused`."""
    version = raw.get("version")
    if version is None:
        raise GraphRefused('{name} has no "version"; it must be a whole number from 1.', name=name)
    if not isinstance(version, int) or version < 1:
        raise GraphRefused(
            "{name} has version {version}; it must be a whole number from 1.",
            name=name,
            version=repr(version),
        )
    if version > VERSION:
        raise GraphRefused(
            "{name} has version {version}; this program reads up to {last}.",
            "Update the program to open it.",
            name=name,
            version=version,
            last=VERSION,
        )
    if depth(raw) > DEEPEST:
        raise GraphRefused("{name} is nested deeper than {most} levels.", name=name, most=DEEPEST)
    if sum(len(nodes_of(board)) for _, board in boards(raw)) > MOST_NODES:
        raise GraphRefused("{name} has more than {most} nodes.", name=name, most=MOST_NODES)
    refuse_names(raw, name)
    remarks = Remarks()
    body = bounded({k: v for k, v in raw.items() if k not in ("format", "version")}, remarks)
    split = _split(Graph, body)
    try:
        graph: Graph = msgspec.convert(split, Graph)
    except msgspec.ValidationError as error:
        why = _unreadable(split) or error
        raise GraphRefused("{path} cannot be read: {why}.", path=name, why=why) from error
    remarks.tell(tell)
    for board in (graph, *graph.groups.values()):
        upgrade(board, version)
    return graph


def _unreadable(split: Json) -> str:
    """Return which node cannot be read and why, or ""."""
    for group, board in boards(split):
        for name, place in nodes_of(board).items():
            try:
                msgspec.convert(place, Place)
            except msgspec.ValidationError as error:
                return f"node {group and group + '/'}{name}: {error}"
    return ""


def load(path: str | os.PathLike[str], tell: Tell = _silent) -> Graph:
    """Read a graph file; raise `GraphRefused` where it cannot be read. `tell` as for `loads`."""
    path = Path(path)
    try:
        with path.open("rb") as file:
            data = file.read(
                LARGEST_FILE + 1
            )  # a film of many GB is refused before it fills memory
    except OSError as error:
        raise GraphRefused(
            "{path} cannot be read: {why}.",
            "Check the name and the folder.",
            path=path,
            why=reason(error),
        ) from error
    return loads(data, path.name, tell)


def save(graph: Graph, path: str | os.PathLike[str]) -> None:
    """Write a graph file atomically; raise `GraphRefused` where it cannot be written."""
    write_atomically(Path(path), dumps(graph).encode())


def _plain(value: Any) -> Json:
    """Return plain JSON values without defaults, with unknown fields back in their places."""
    if isinstance(value, Struct):
        plain = value.__struct_defaults__
        names = value.__struct_fields__
        defaults = dict(zip(names[len(names) - len(plain) :], plain, strict=True))
        kept = {f: getattr(value, f) for f in names if f != "extra"}
        kept = {f: _plain(v) for f, v in kept.items() if v not in (defaults.get(f, ABSENT), {}, [])}
        return kept | value.extra  # type: ignore[attr-defined]
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    return finite(value) if isinstance(value, float) else value


def _split(kind: type[Struct], raw: Json) -> Json:
    """Move fields that `kind` does not know into its `extra`, recursively."""
    if not isinstance(raw, dict):
        return raw
    known = {k: v for k, v in raw.items() if k in kind.__struct_fields__ and k != "extra"}
    extra = {k: v for k, v in raw.items() if k not in known}
    for name, part in _PARTS.get(kind, {}).items():
        value = known.get(name)
        if isinstance(value, list):
            known[name] = [_split(part, one) for one in value]
        elif isinstance(value, dict) and name in _NAMED:
            known[name] = {key: _split(part, one) for key, one in value.items()}
        elif name in known:
            known[name] = _split(part, value)
    return known | ({"extra": extra} if extra else {})


_NAMED = ("nodes", "groups", "params")  # objects with a part under each name
_PARTS: dict[type[Struct], dict[str, type[Struct]]] = {
    Graph: {"settings": Settings, "layout": Layout, "nodes": Place, "groups": Group},
    Group: {
        "layout": Layout,
        "nodes": Place,
        "inputs": GroupPort,
        "outputs": GroupPort,
        "params": Promoted,
    },
    Layout: {"play": Play},
    Play: {"inputs": Input},
}
