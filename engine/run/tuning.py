"""Edits of parameters alone: what they are, found without expanding the document anew."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from engine.document.expand import Expanded
from engine.document.graph import Graph, Place, copy, differ
from engine.run.structure import structure

if TYPE_CHECKING:
    from engine.run.session import Session


class Tuned(NamedTuple):
    """A document after an edit of parameters, and the ids in its flat graph of what it changed."""

    expanded: Expanded
    names: list[str]


def tuned(old: Expanded, graph: Graph) -> Tuned | None:
    """Return the document after an edit that changes parameters of nodes, and nothing that runs.

    None where anything else differs that a check depends on, and where the parameters are those of
    a group. Title, lesson and layout may differ. Nothing of `graph` is kept.
    """
    before = old.document
    if not _alike(before, graph):
        return None
    changed = [name for name, place in graph.nodes.items() if differ(before.nodes[name], place)]
    places = {name: graph.nodes[name] for name in changed}
    if not all(_only_params(before.nodes[name], place) for name, place in places.items()):
        return None
    return Tuned(_patched(old, graph, places), [old.id_of(name) for name in changed])


def _alike(old: Graph, new: Graph) -> bool:
    """Return whether two documents have the same ids, wires, settings and groups."""
    return (
        [*old.nodes] == [*new.nodes]
        and old.wires == new.wires
        and old.sequence == new.sequence
        and not differ(old.settings, new.settings)
        and not differ(old.groups, new.groups)
    )


def _only_params(old: Place, new: Place) -> bool:
    plain = not (old.group or old.twin)
    return plain and not differ(replace(old, params={}), replace(new, params={}))


def _patched(old: Expanded, graph: Graph, places: dict[str, Place]) -> Expanded:
    """Return an expanded document with other parameters at these places."""
    before, flat = old.document, old.graph
    new = {name: copy(place) for name, place in places.items()}
    document = replace(
        before,
        nodes=before.nodes | new,
        **{name: copy(getattr(graph, name)) for name in ("title", "lesson", "layout", "extra")},
    )
    if flat is before:
        return dataclasses.replace(old, document=document, graph=document)
    laid = dict(_laid(old, new))
    shown = replace(document, nodes=flat.nodes | laid, wires=flat.wires, groups={})
    return dataclasses.replace(old, document=document, graph=shown)


def _laid(old: Expanded, places: dict[str, Place]) -> Iterator[tuple[str, Place]]:
    """Yield the places in the flat graph of these, which lie in no group, by their ids there."""
    for path, place in places.items():
        name = old.id_of(path)
        yield name, replace(old.graph.nodes[name], params=place.params)


def tunable(session: Session, edit: Tuned, *, views: bool) -> bool:
    """Return whether an edit can be taken before a check: live parameters, within their limits.

    Nothing may be wrong yet. `views`: with those of views only.
    """
    if any(problem.level == "error" for problem in session.report.problems):
        return False
    known = session.catalogue
    old, new = session.graph, edit.expanded.graph
    troubled = {problem.node for problem in session.report.problems} | session.report.held
    for name in edit.names:
        live, place = session.lives.get(name), new.nodes[name]
        if live is None or name in troubled or known.node_problems(new, name):
            return False
        if structure(old.nodes[name], known) != structure(place, known):
            return False
        if known.role(place) != "view" and (views or live.node.outside()):
            return False
    return True


def take(session: Session, edit: Tuned) -> bool:
    """Give the live nodes their parameters; return False where one refuses them."""
    graph, nodes = edit.expanded.graph, [session.lives[name].node for name in edit.names]
    try:
        for name in edit.names:
            session.lives[name].set(graph.nodes[name])
    except Exception:  # a node may raise anything: the check reports it
        return False
    session.expanded = edit.expanded
    for info in session.report.infos:
        if graph.owner(info.node) in edit.names:
            info.sign = session.lives[graph.owner(info.node)].node.sign()
    session.renew(nodes)
    return True
