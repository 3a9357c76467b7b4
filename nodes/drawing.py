"""How a network is drawn as layer nodes: what `Node.as_layers` returns.

Light data, of which the engine makes a group. A layer says where its weights were in the network
(`origin`), so that they stay when the network is opened.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

COLUMN, ROW = 224.0, 168.0
"""How far layers are drawn apart."""
IN, OUT = "in", "out"
PART = "part:"
"""Begins the kind of a layer that is a drawing among `parts`; its name follows."""
COPY = "#"
"""Stands in the origin of a drawing in a drawing for the number of a copy, from 0 on."""


class End(NamedTuple):
    """An output of a layer; of `in` an input of the network."""

    layer: str
    output: str


@dataclass
class Layer:
    """A node of a kind, or of another drawing, with its parameters.

    `origin`: prefixes of its weights' names, and what stood there in the network: {"net":
    "net.1"}. Of a drawing in a drawing it is one prefix for all: {"": "down.0"}, and of `times`
    copies in a row {"": "blocks.#"}. `at`: column and row.
    """

    kind: str
    params: dict[str, Any]
    origin: dict[str, str]
    title: str
    at: tuple[float, float]
    times: int = 1


@dataclass
class Drawing:
    """Layers with their wires, and the ports of the whole. `title` is that of a part.

    `acts_as`: the role that the whole is called in, `given` the values of that role's parameters.
    `params`: names that the whole shows, and the layers' parameters that each sets. `parts`: the
    drawings that it uses several times, by the name that stands as `kind` of their layers.
    """

    title: str = ""
    acts_as: str = ""
    layers: dict[str, Layer] = field(default_factory=dict)
    wires: list[tuple[End, End]] = field(default_factory=list)
    inputs: list[str] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    params: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    given: dict[str, Any] = field(default_factory=dict)
    parts: dict[str, Drawing] = field(default_factory=dict)
    row: float = 0.0
    """The row of the layers that are added next."""

    def takes(self, name: str) -> End:
        """Add an input."""
        self.inputs.append(name)
        return End(IN, name)

    def gives(self, name: str, end: End) -> None:
        """Let an output of a layer leave the network."""
        self.outputs.append(name)
        self.wires.append((end, End(OUT, name)))

    def add(
        self,
        kind: str,
        /,
        *,
        gives: str = "y",
        origin: Mapping[str, str] | str = "",
        title: str = "",
        column: float | None = None,
        times: int = 1,
        **given: Any,
    ) -> End:
        """Add a layer behind those it is wired to, and return its output `gives`.

        What is given by name is a parameter, a wire from the end of another layer, or a list of
        wires. `origin` alone is where torch's layer stood whose weights are the layer's own in
        `net`.
        """
        name = self._free(_snake(kind))
        wired = {port: end for port, end in given.items() if _is_wired(end)}
        params = {key: value for key, value in given.items() if key not in wired}
        ends = [e for end in wired.values() for e in ([end] if isinstance(end, End) else end)]
        before = [self.layers[e.layer].at[0] for e in ends if e.layer in self.layers]
        if column is None:
            column = max(before, default=-1.0) + 1
        moved = ({"net": origin} if origin else {}) if isinstance(origin, str) else {**origin}
        self.layers[name] = Layer(kind, params, moved, title, (column, self.row), times)
        for port, end in wired.items():
            for source in [end] if isinstance(end, End) else end:
                self.wires.append((source, End(name, port)))
        return End(name, gives)

    def shows(self, name: str, layer: End, param: str) -> None:
        """Let a parameter of a layer be set on the whole, under a name."""
        self.params.setdefault(name, []).append((layer.layer, param))

    def _free(self, stem: str) -> str:
        name, number = stem, 2
        while name in self.layers:
            name, number = f"{stem}_{number}", number + 1
        return name

    @property
    def spots(self) -> dict[str, list[float]]:
        """Return the place of each layer and of both sides of the border.

        What comes out stands right of the layer that gives it.
        """
        ats = {name: layer.at for name, layer in self.layers.items()}
        spots = {name: [x * COLUMN, y * ROW] for name, (x, y) in ats.items()}
        last = max((x for x, _ in spots.values()), default=0.0)
        end = next((source.layer for source, target in self.wires if target.layer == OUT), "")
        level = spots[end][1] if end in spots else 0.0
        return spots | {IN: [-COLUMN, 0.0], OUT: [last + COLUMN, level]}


def _is_wired(value: Any) -> bool:
    return isinstance(value, End) or (isinstance(value, list) and isinstance(value[0], End))


def _snake(kind: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind.removeprefix(PART)).lower()
