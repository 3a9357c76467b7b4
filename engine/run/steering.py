"""What a hand changes of a training while it runs, for its record."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import UNSET

from engine.document.catalogue import Catalogue
from engine.document.expand import Expanded
from engine.document.graph import Place
from engine.document.lineage import Difference
from engine.document.walks import upstream_ids

LONGEST = 200  # characters of a value that is kept


def steered(before: Expanded, after: Expanded, catalogue: Catalogue, step: int) -> list[Difference]:
    """Return the values of nodes that train which differ, as changed at a step."""
    old, new = before.graph.nodes, after.graph.nodes
    changed = [n for n, p in new.items() if n in old and p is not old[n] and not p.twin]
    changed = [n for n in changed if old[n].kind == new[n].kind and old[n].params != new[n].params]
    if not changed:
        return []
    trainers = [n for n, p in new.items() if catalogue.role(p) == "trainer" and p.mode == "on"]
    train = {after.graph.owner(name) for name in upstream_ids(after.acting_wires(), trainers)}
    return [d for n in changed if n in train for d in _values(n, old[n], new[n], step)]


def _values(node: str, old: Place, new: Place, step: int) -> Iterator[Difference]:
    for name in dict.fromkeys([*old.params, *new.params]):
        was, now = old.params.get(name, UNSET), new.params.get(name, UNSET)
        if was != now:
            yield Difference(
                what="value",
                node=node,
                kind=new.kind,
                title=new.title,
                name=name,
                before=_short(was),
                after=_short(now),
                step=step,
            )


def _short(value: object) -> object:
    """Return a value, or the beginning of its text where that is long, as of drawn points."""
    text = repr(value)
    return value if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
