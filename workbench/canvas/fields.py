"""The fields of nodes: which parameters a face shows, and their values."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from engine.document.catalogue import Catalogue, KindInfo
from engine.document.graph import Graph
from nodes.params import ParamInfo
from workbench import edits
from workbench.bench.turns import value_of
from workbench.canvas.layout import NEAR, STEP, Shown
from workbench.canvas.lettering import VALUE, width_at
from workbench.canvas.signs import Reader
from workbench.edits.fields import MOST
from workbench.words import numbers
from workbench.words.kinds import choice_words, from_catalogue, tr

LEAST = "0.000"  # a number has room for this many digits, so that a drag rarely widens its node
SYMBOL = 2  # letters at most
Roomed = tuple[str, float]
"""The name of a parameter, and the width of its value."""


class Value(NamedTuple):
    """What a field shows. `share` is the place between bounds, `on` whether it is ticked."""

    text: str = ""
    share: float | None = None
    on: bool = False
    bad: bool = False


def fields_of(
    graph: Graph, catalogue: Catalogue, node: str, kind: KindInfo | None
) -> tuple[tuple[Roomed, ...], int]:
    """Return the fields of a node's face, and how many more are pinned."""
    if node not in graph.layout.fields and not graph.nodes[node].group:
        return (), 0
    wired = edits.set_by(graph, node)  # their ports stand for these
    params = [p for p in edits.shown_fields(graph, node, kind) if p.name not in wired]
    roomed = [
        (param.name, _room(param, value_of(graph, catalogue, node, param.name)))
        for param in params[:MOST]
    ]
    return tuple(roomed), max(0, len(params) - MOST)


def described(kind: KindInfo | None, fields: Iterable[Roomed]) -> tuple[Shown, ...]:
    """Return the fields with their words."""
    found = [(kind.param(name), room) for name, room in fields] if kind else []
    return tuple(
        Shown(param, title, symbol_of(title), room)
        for param, room in found
        if param is not None
        for title in [from_catalogue(param.title or param.name)]
    )


def symbol_of(title: str) -> str:
    """Return the symbol that a title is, or ends with: `w` of `Guidance scale w`; else ""."""
    last = title.rpartition(" ")[2]
    letters = last.strip("|")
    return last if letters.isalpha() and len(letters) <= SYMBOL else ""


def values_of(reader: Reader, node: str, fields: Iterable[Shown]) -> tuple[Value, ...]:
    """Return what the fields of a node show; a twin shows its owner's values."""
    graph, catalogue = reader.graph, reader.catalogue
    owner = graph.owner(node)
    faulty = {problem.param for problem in reader.problems.get(owner, ())}
    shown = []
    for field in fields:
        param = field.param
        value = value_of(graph, catalogue, node, param.name)
        text = text_of(param, value)
        share = numbers.share(param, value) if param.type in ("int", "float") else None
        shown.append(Value(text, share, value is True, param.name in faulty))
    return tuple(shown)


def text_of(param: ParamInfo, value: Any) -> str:
    """Return a value as its field writes it; that of a tick as it is said."""
    if value is None:
        return tr("none")
    if param.type == "bool":
        return tr("on") if value else tr("off")
    return choice_words(value) if param.choices else numbers.write(param, value)


def _room(param: ParamInfo, value: Any) -> float:
    """Return the width for a value at the least zoom at which fields are written."""
    if param.type == "bool":
        return 0.0
    others = [choice_words(choice) for choice in param.choices] or [LEAST]
    widest = max(width_at(text, VALUE, NEAR) for text in (text_of(param, value), *others))
    return -(-widest // STEP) * STEP
