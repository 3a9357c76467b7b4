"""What distinguishes the runs of a document: a number, the run each came from, and what changed.

A run comes from the earlier run of its document that differs least from it, the first of those. So
one that was repeated with another seed says only `seed 1`, whatever was tried in between.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from msgspec import UNSET, Struct, UnsetType, field
from msgspec.structs import replace

LOOKED_BACK = 20  # earlier runs that a run is compared with, besides the first of its document
SEED = "seed"


class Difference(Struct, kw_only=True, frozen=True):
    """One thing that changed: a parameter, the seed (without a node), a node, its mode, or a wire.

    `before` and `after` are values of a parameter, unset where it follows its kind's default.
    `title` is the node's own. A wire has the id of its target. `step`: since which step of its run
    a value holds that was changed while it ran; 0: since its start.
    """

    what: Literal["value", "added", "removed", "mode", "wired", "cut"]
    node: str = ""
    kind: str = ""
    title: str = ""
    name: str = ""
    before: Any | UnsetType = UNSET
    after: Any | UnsetType = UNSET
    step: int = 0


class Part(Struct, kw_only=True):
    """What a list of runs needs to know of a node."""

    kind: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    title: str = ""
    twin: str = ""
    mode: str = "on"


class Sketch(Struct, kw_only=True):
    """What a list of runs needs to know of a graph; the rest of its file is not read."""

    nodes: dict[str, Part] = field(default_factory=dict)
    wires: list[list[str]] = field(default_factory=list)


class Known(NamedTuple):
    """A run that is told apart. `traits` holds each value of its graph as a pair that compares.

    `number` and `origin`, the name of a folder, are as recorded: 0 and "" in old runs.
    """

    folder: str
    document: str
    sketch: Sketch
    seed: int
    traits: frozenset[tuple[str, ...]]
    number: int = 0
    origin: str = ""


class Told(NamedTuple):
    """What a run is told by. `origin` is the number of the run it came from, 0 for none."""

    number: int = 0
    origin: int = 0
    changes: tuple[Difference, ...] = ()


def traits_of(
    sketch: Sketch, seed: int, steered: Sequence[Difference] = ()
) -> frozenset[tuple[str, ...]]:
    """Return what two runs are compared by: they differ by as many traits as they do not share.

    `steered` is what was changed while it ran.
    """
    turns = ((d.node, d.name, repr(d.after), str(d.step)) for d in steered)
    return frozenset([(SEED, str(seed)), *turns, *_traits(sketch)])


def with_steered(changes: Sequence[Difference], steered: Sequence[Difference]) -> list[Difference]:
    """Return what changed from run to run and, what a hand changed since, in its place."""
    turned = {(d.node, d.name) for d in steered}
    return [*(d for d in changes if (d.node, d.name) not in turned), *steered]


def merged(steered: Sequence[Difference], new: Difference, *, soon: bool) -> list[Difference]:
    """Return what was changed in a run with one change more.

    One of the same value at the same step, or `soon` after, goes on with the last, as a slider
    does; one that leads back is none.
    """
    last = steered[-1] if steered else None
    same = last is not None and (last.node, last.name) == (new.node, new.name)
    if last is None or not same or not (soon or last.step == new.step):
        return [*steered, new]
    both = replace(new, before=last.before)
    return [*steered[:-1], *([] if both.before == both.after else [both])]


def _traits(sketch: Sketch) -> Iterator[tuple[str, ...]]:
    for node, part in sketch.nodes.items():
        yield node, part.kind, part.mode, part.twin
        for name, value in part.params.items():
            yield node, name, repr(value), ""
    yield from (tuple(wire) for wire in sketch.wires)


def tell_apart(runs: Sequence[Known], known: Sequence[Told] = ()) -> list[Told]:
    """Return what each run is told by; `runs` come in the order in which they began.

    `known` is what the first of them are told by. Numbers of a document only grow; a run that has
    none recorded takes the next one.
    """
    groups: dict[str, list[int]] = {}
    told = list(known)
    places = {run.folder: place for place, run in enumerate(runs)}
    for place, run in enumerate(runs):
        group = groups.setdefault(run.document, [])
        if place < len(known):
            group.append(place)
            continue
        last = told[group[-1]].number if group else 0
        origin = places.get(run.origin, -1)
        if not 0 <= origin < place:
            origin = nearest(run.traits, runs, group)
        group.append(place)
        if origin < 0:
            told.append(Told(max(run.number, last + 1)))
            continue
        changes = tuple(differences(runs[origin], run))
        told.append(Told(max(run.number, last + 1), told[origin].number, changes))
    return told


def nearest(traits: frozenset[tuple[str, ...]], runs: Sequence[Known], group: Sequence[int]) -> int:
    """Return which run of a group differs least, the first of those; -1 where there is none."""
    near = [*group[:1], *group[1:][-LOOKED_BACK:]]
    return min(near, key=lambda place: len(traits ^ runs[place].traits), default=-1)


def differences(before: Known, after: Known) -> Iterator[Difference]:
    """Yield what changed from one run to another: values first, then nodes, then wires."""
    yield from _values(before, after)
    yield from _nodes(before.sketch.nodes, after.sketch.nodes)
    there = before.sketch.nodes.keys() & after.sketch.nodes.keys()
    old, new = ({tuple(w) for w in run.sketch.wires} for run in (before, after))
    for wire in sorted(old ^ new):
        if len(wire) == 4 and wire[0] in there and wire[2] in there:
            what: Literal["wired", "cut"] = "wired" if wire in new else "cut"
            yield Difference(what=what, node=wire[2], name=wire[3])


def _values(before: Known, after: Known) -> Iterator[Difference]:
    if before.seed != after.seed:
        yield Difference(what="value", name=SEED, before=before.seed, after=after.seed)
    for node, part in after.sketch.nodes.items():
        old = before.sketch.nodes.get(node)
        if old is None or old.kind != part.kind:
            continue
        for name in dict.fromkeys([*old.params, *part.params]):
            was, now = old.params.get(name, UNSET), part.params.get(name, UNSET)
            if was != now or (type(was) is not type(now) and bool in (type(was), type(now))):
                about: dict[str, Any] = {"node": node, "kind": part.kind, "title": part.title}
                yield Difference(what="value", name=name, before=was, after=now, **about)


def _nodes(before: Mapping[str, Part], after: Mapping[str, Part]) -> Iterator[Difference]:
    for node, part in after.items():
        old = before.get(node)
        about: dict[str, Any] = {"node": node, "kind": part.kind, "title": part.title}
        if old is None or old.kind != part.kind:
            yield Difference(what="added", **about)
        elif old.mode != part.mode:
            yield Difference(what="mode", before=old.mode, after=part.mode, **about)
    for node, part in before.items():
        if node not in after or after[node].kind != part.kind:
            yield Difference(what="removed", node=node, kind=part.kind, title=part.title)
