"""Rank the ports that a wire fits: one rule for the canvas and for fixes.

Prefer free inputs, then equal names, then names of the same role, then nearer types, then required
inputs. Without torch: the window and the engine choose alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from engine.document.catalogue import Catalogue, KindInfo, PortInfo
from engine.document.graph import Graph, Wire
from engine.document.wiring import MODEL

SAME, ALIKE, OPEN, OTHER = range(4)  # names: equal, of the same role, of no role, of another role

# input names by role: data, model output, base samples
GIVEN = frozenset({"real", "data", "x", "x_0", "target", "start"})
MADE = frozenset({"fake", "x_hat", "samples", "y"})
DRAWN = frozenset({"source", "start", "noise", "z"})
PARTS = (GIVEN, MADE, DRAWN)


class Closeness(NamedTuple):
    """The rank of a wire from an output to an input, compared field by field; less is better."""

    taken: bool
    name: int
    far: int
    optional: bool

    @property
    def score(self) -> float:
        """Return the score of a kind by its best port, from about 0 to 1.3."""
        return 1 / (1 + self.far) + 0.1 * (OTHER - self.name) - 0.2 * self.optional


def closeness(
    catalogue: Catalogue,
    output: PortInfo,
    input: PortInfo,
    *,
    giver: KindInfo | None = None,
    taken: bool = False,
) -> Closeness:
    """Return the rank of two ports that fit; `giver` is the kind of the output's node."""
    name = _names(output, input, giver)
    far = ancestor_distance(catalogue, output.type, input)[0]
    if output.name == MODEL and name == OPEN and giver and _chained(catalogue, giver, input):
        name = OTHER
    return Closeness(taken, name, far, input.optional)


def _chained(catalogue: Catalogue, giver: KindInfo, input: PortInfo) -> bool:
    """Return whether a node also outputs a chain of models, ending with itself, that fits."""
    others = (out for out in giver.outputs if out.name != MODEL)
    return any(catalogue.fits(out, input) for out in others)


def _names(output: PortInfo, input: PortInfo, giver: KindInfo | None) -> int:
    """Compare names; an output `model` also matches by the name of its kind."""
    own = output.name
    if own == MODEL and giver is not None:
        own = giver.kind.rpartition(".")[2].lower()
    if input.name in (own, output.name):
        return SAME if input.name == own else ALIKE
    asked = [part for part in PARTS if input.name in part]
    if output.name == MODEL or not asked:
        return OPEN
    return ALIKE if _part_of(output, giver) in asked else OTHER


def _part_of(output: PortInfo, giver: KindInfo | None) -> frozenset[str]:
    """Return the role of an output: data where its node needs no input, else model output."""
    if output.name in DRAWN:
        return DRAWN
    fed = giver is None or any(not port.optional for port in giver.inputs)
    return MADE if fed else GIVEN


def best(
    graph: Graph, catalogue: Catalogue, wires: Iterable[Wire], leaving: Wire | None = None
) -> Wire | None:
    """Return the best of the wires that fit, or None; of equally good ones the first.

    `leaving`: a wire that will be removed.
    """
    ranked = [
        (rank, wire)
        for wire in wires
        if (rank := _rank(graph, catalogue, wire, leaving)) is not None
    ]
    return min(ranked, key=lambda pair: pair[0], default=(None, None))[1]


def _rank(graph: Graph, catalogue: Catalogue, wire: Wire, leaving: Wire | None) -> Closeness | None:
    ends = catalogue.ends(graph, wire)
    if ends is None or not catalogue.fits(*ends):
        return None
    output, input = ends
    here = [w for w in graph.wires_into(wire.target, wire.input) if w != leaving]
    return closeness(
        catalogue,
        output,
        input,
        giver=catalogue.of(graph.nodes[wire.source]),
        taken=wire in here or (bool(here) and not input.many),
    )


def ancestor_distance(catalogue: Catalogue, output: str, input: PortInfo) -> tuple[int, bool]:
    """Return the steps from a type to an ancestor that a port accepts, and whether there is one."""
    wanted = set(input.accepts or [input.type])
    level, distance = {output}, 0
    while level and not level & wanted:
        level = {p for t in level if t in catalogue.types for p in catalogue.types[t].parents}
        distance += 1
    return distance, bool(level)
