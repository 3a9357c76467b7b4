"""Set a parameter from `node.param=value`: `--set` of the command line.

A node is given by its id or else its title, a parameter by its name or else its title.
"""

from __future__ import annotations

import re
import shlex
import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from engine.document.catalogue import Catalogue, KindInfo, param_problem
from engine.document.graph import Graph
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
    owner = graph.nodes[_node(graph, catalogue, node, place)]
    kind = catalogue.kinds.get(owner.kind)
    if kind is None:
        raise ParamRefused("The kind {kind} is not installed.", place=place, kind=owner.kind)
    info = _param(kind, name, place)
    if live and not info.live:
        raise ParamRefused(
            "{name} decides which weights there are: a run that goes on keeps it.",
            "Leave it out, or run the graph anew.",
            place=place,
            name=Word(info.title or info.name),
        )
    owner.params[info.name] = from_text(info, value)
    problem = param_problem(kind, node, info.name, owner.params[info.name])
    if problem is not None:
        raise ParamRefused(problem.sentence, problem.hint, place=place)


def as_set(node: str, info: ParamInfo, value: Any) -> str:
    """Return the command line option that sets a parameter."""
    return "--set " + shlex.quote(f"{node}.{info.name}={to_text(value)}")


def _node(graph: Graph, catalogue: Catalogue, name: str, place: str) -> str:
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


def titles(graph: Graph, catalogue: Catalogue, node: str) -> set[str]:
    """Return the names of a node besides its id: its title or its owner's, and its kind."""
    own = graph.nodes[graph.owner(node)]
    kind = catalogue.kinds.get(own.kind)
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
