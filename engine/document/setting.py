"""Set a parameter from `node.param=value`: `--set` of the command line.

A node is given by its id or else its title, a parameter by its name or else its title. `unet/d1` is
the node d1 in the instance unet of a group, `res:conv` the node conv of the group res everywhere.
"""

from __future__ import annotations

import re
import shlex
import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from engine.document.catalogue import Catalogue, KindInfo, param_problem
from engine.document.expand import expand
from engine.document.graph import Board, Graph, Group, Place, Target
from engine.document.groups import with_groups
from nodes.errors import ParamRefused
from nodes.params import ParamInfo, from_text, to_text
from nodes.sentences import NodeName, Text, Word, either, listed, say

FEW = 3  # names suggested for an unknown one
_ORDER = re.compile(r"\s*(.+?)\s*\.\s*([^.=]+?)\s*=(.*)", re.DOTALL)


def set_param(graph: Graph, catalogue: Catalogue, text: str, *, live: bool = False) -> None:
    """Set a parameter from `node.param=value`; raise `ParamRefused` where that is not possible.

    `live`: accept only parameters that keep trained weights.
    """
    order = _ORDER.fullmatch(text)
    if order is None:
        raise ParamRefused("--set takes node.param=value; it was given {text}.", text=text)
    node, name, value = order.groups()
    place = f"{node}.{name}"
    catalogue = with_groups(catalogue, graph)
    owner, kind, info = _found(graph, catalogue, node, name, place)
    if live and not info.live:
        raise ParamRefused(
            "{name} counts where a network is built: a run that goes on keeps it.",
            "Leave it out, or run the graph anew.",
            place=place,
            name=Word(info.title or info.name),
        )
    owner.params[info.name] = from_text(info, value)
    problem = param_problem(kind, node, info.name, owner.params[info.name])
    if problem is not None:
        raise ParamRefused(problem.sentence, problem.hint, place=place)


def _found(
    graph: Graph, catalogue: Catalogue, node: str, name: str, place: str
) -> tuple[Place, KindInfo, ParamInfo]:
    """Return the place that holds a parameter of a named node, its kind and the parameter.

    A parameter of a node in an instance is set where the instance promotes it. Where it does not,
    the definition is edited, unless it has other instances: their nodes would change too.
    """
    group, colon, rest = node.partition(":")
    if colon and group in graph.groups and node not in graph.nodes:
        board: Board = graph.groups[group]
        return _held(
            board, catalogue, board.nodes[_node(board, catalogue, rest, place)], name, place
        )
    way = _way(graph, catalogue, node, place)
    held, at = way.pop()
    owner, kind, info = _held(held, catalogue, held.nodes[at], name, place)
    while way and isinstance(held, Group):
        promoted = (key for key, p in held.params.items() if Target(at, info.name) in p.to)
        if (key := next(promoted, None)) is None:
            _must_be_only(graph, catalogue, held, node, place)
            break
        held, at = way.pop()
        owner, kind, info = _held(held, catalogue, held.nodes[at], key, place)
    return owner, kind, info


def _held(
    board: Board, catalogue: Catalogue, owner: Place, name: str, place: str
) -> tuple[Place, KindInfo, ParamInfo]:
    kind = catalogue.of(owner)
    if kind is None:
        raise ParamRefused("The kind {kind} is not installed.", place=place, kind=owner.kind)
    return owner, kind, _param(kind, name, place)


def _way(graph: Graph, catalogue: Catalogue, node: str, place: str) -> list[tuple[Board, str]]:
    """Return the boards that a path leads through, each with the node of the path on it."""
    if not _is_path(graph, catalogue, node):
        return [(graph, _node(graph, catalogue, node, place))]
    way: list[tuple[Board, str]] = []
    board: Board = graph
    for step in node.split("/"):
        if way and not isinstance(board, Group):
            break
        at = _node(board, catalogue, step.partition("#")[0], place)
        way.append((board, at))
        board = graph.groups.get(board.nodes[at].group, graph)
    if len(way) <= node.count("/"):
        _, last = way[-1]
        raise ParamRefused("{node} is no group.", place=place, node=last)
    return way


def _is_path(graph: Graph, catalogue: Catalogue, name: str) -> bool:
    """Return whether a name leads into an instance: titles may have a slash as well."""
    top, slash, _ = name.partition("/")
    top = top.partition("#")[0]
    return bool(slash) and any(
        top == node or _plain(top) in titles(graph, catalogue, node)
        for node, place in graph.nodes.items()
        if place.group
    )


def _must_be_only(graph: Graph, catalogue: Catalogue, held: Group, node: str, place: str) -> None:
    """Refuse to set in one instance what would change in others."""
    scopes = expand(graph, catalogue).scopes.values()
    count = sum(scope.board is held for scope in scopes)
    if count > 1:
        name = next(name for name, group in graph.groups.items() if group is held)
        raise ParamRefused(
            "{node} is in {count} places, and its group sets no such parameter for each.",
            "Set it in all: --set {group}:{inner}.",
            place=place,
            node=node,
            count=count,
            group=name,
            inner=node.rpartition("/")[2],
        )


def as_set(node: str, info: ParamInfo, value: Any) -> str:
    """Return the command line option that sets a parameter."""
    return "--set " + shlex.quote(f"{node}.{info.name}={to_text(value)}")


def _node(graph: Board, catalogue: Catalogue, name: str, place: str) -> str:
    """Return the id of a named node, of a twin its owner's; raise `ParamRefused`."""
    if name in graph.nodes:
        return graph.owner(name)
    called = {id: titles(graph, catalogue, id) for id in graph.nodes}
    found = {graph.owner(id) for id, names in called.items() if _plain(name) in names}
    if len(found) == 1:
        return found.pop()
    if found:
        raise ParamRefused(
            "Several nodes are called {name}.",
            "Name one by its id: {known}.",
            place=place,
            name=name,
            known=either(sorted(found)),
        )
    names = {word: id for id, words in called.items() for word in (_plain(id), *words)}
    near = [names[word] for word in _near(name, names)]
    raise ParamRefused(
        "There is no node {node}.", _offer(near, graph.nodes), place=place, node=name
    )


def titles(graph: Board, catalogue: Catalogue, node: str) -> set[str]:
    """Return the names of a node besides its id: its title or its owner's, and its kind."""
    own = graph.nodes[graph.owner(node)]
    kind = catalogue.of(own)
    names = [graph.nodes[node].title or own.title, kind.title if kind else "", own.kind]
    return {_plain(text) for text in names if text}


def _param(kind: KindInfo, name: str, place: str) -> ParamInfo:
    info = kind.param(name) or next(
        (p for p in kind.params if _plain(p.title) == _plain(name)), None
    )
    if info is not None:
        return info
    names = {_plain(word): p.name for p in kind.params for word in (p.title, p.name)}
    near = [names[word] for word in _near(name, names)]
    raise ParamRefused(
        "{kind} has no parameter {name}.",
        _offer(near, [p.name for p in kind.params]),
        place=place,
        kind=NodeName(kind=kind.kind),
        name=name,
    )


def _near(name: str, words: Iterable[str]) -> list[str]:
    return get_close_matches(_plain(name), list(words), FEW)


def _offer(near: list[str], known: Iterable[str]) -> Text:
    """Return a sentence with the most similar names, or all names."""
    if near:
        return say("Nearest: {near}.", near=either(dict.fromkeys(near)))
    return say("There are {known}.", known=listed(known)) if list(known) else ""


def _plain(text: str) -> str:
    """Return a name for comparison: without accents or case, with an ASCII minus."""
    apart = unicodedata.normalize("NFKD", text.replace("−", "-"))
    return "".join(c for c in apart if not unicodedata.combining(c)).casefold().strip()
