"""What a node kind is to the window: its words, its ports, its parameters, as data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from msgspec import Struct, field
from msgspec.structs import replace

from nodes.names import names_in
from nodes.params import ParamInfo
from nodes.sentences import Word

Family = Literal[
    "images", "points", "labels", "distribution", "molecules", "score", "loss", "model", "object"
]
NUMBER = "Number"
"""The type of a parameter that is an input."""
Role = Literal["node", "optimizer", "trainer", "view", "metric"]


class TypeInfo(Struct, kw_only=True):
    """A type of values on wires. `axes`: names and spaces, `"b c h w"`; "..." is any number.

    `words`: the name of such values for users, such as `pictures`.
    """

    name: str
    parents: list[str] = field(default_factory=list)
    family: Family = "object"
    glyph: str = "ring"
    axes: str | None = None
    words: str = ""
    help: str = ""

    @property
    def said(self) -> Word:
        """Return the type's name for users; the name of the type where a plug-in gives none."""
        return Word(self.words or self.name)


class PortInfo(Struct, kw_only=True):
    """One port. `type` names a `TypeInfo`; `low` and `high` give the range where it matters."""

    name: str
    type: str
    accepts: list[str] = field(default_factory=list)
    axes: str | None = None
    optional: bool = False
    many: bool = False
    stream: bool = False
    low: float | None = None
    high: float | None = None
    help: str = ""


def _number(param: ParamInfo) -> PortInfo:
    """Return the input that a parameter is."""
    return PortInfo(
        name=param.name,
        type=NUMBER,
        optional=True,
        low=param.low,
        high=param.high,
        help=param.help,
    )


class KindInfo(Struct, kw_only=True):
    """One node kind, as the palette, the inspector and the canvas show it."""

    kind: str
    title: str
    category: str
    icon: str = "box"
    summary: str = ""
    doc: str = ""
    formula: str = ""
    written: str = ""
    """The parameter that holds the formula as text."""
    assigned: str = ""
    """The parameter that gives numbers to names in the text."""
    synonyms: str = ""
    paper: str = ""
    paper_url: str = ""
    inputs: list[PortInfo] = field(default_factory=list)
    outputs: list[PortInfo] = field(default_factory=list)
    by_name: PortInfo | None = None
    """What the inputs are like that the text of an object names; `inputs` has the usual ones."""
    params: list[ParamInfo] = field(default_factory=list)
    role: Role = "node"
    figure: str = ""
    unit: str = ""
    better: Literal["", "less", "more"] = ""
    weights: bool = False
    called: bool = False
    """Whether the output `model` is the node itself."""
    opens: bool = False
    """Whether it is a network that can be opened as layers."""
    plain: bool = True
    """Whether one call computes its outputs: it draws no data, and neither loops nor trains."""
    methods: list[str] = field(default_factory=list)
    """Of a role: outputs of a group that its model gives besides the first."""
    unheard: list[str] = field(default_factory=list)
    """Of a role: inputs that a group may do without though they are given."""
    source: str = "built-in"

    def input(self, name: str) -> PortInfo | None:
        """Return the input of this name, or None."""
        return next((p for p in self.inputs if p.name == name), None)

    def output(self, name: str) -> PortInfo | None:
        """Return the output of this name, or None."""
        return next((p for p in self.outputs if p.name == name), None)

    def text(self, params: Mapping[str, Any]) -> str:
        """Return the formula as it is written with these parameters, "" where none is."""
        return self._text_of(self.written, params)

    def names(self, params: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the names in the text that are inputs with these parameters."""
        return names_in(self.text(params), self._text_of(self.assigned, params))

    def of_object(self, params: Mapping[str, Any], driven: Iterable[str]) -> KindInfo:
        """Return the kind with the inputs of an object.

        They are those of the class, one for each name in its text, and the `driven` parameters.
        """
        inputs = self.inputs
        if self.by_name is not None:
            usual = self.names({})
            inputs = [p for p in inputs if p.name not in usual]
            inputs += [replace(self.by_name, name=name) for name in self.names(params)]
        ports = [_number(p) for p in map(self.param, driven) if p and p.drivable]
        taken = {port.name for port in inputs}
        return replace(self, inputs=inputs + [p for p in ports if p.name not in taken])

    def _text_of(self, name: str, params: Mapping[str, Any]) -> str:
        param = self.param(name)
        text = params.get(name, param.default) if param else ""
        return text if isinstance(text, str) else ""

    def param(self, name: str) -> ParamInfo | None:
        """Return the parameter of this name, or None."""
        return next((p for p in self.params if p.name == name), None)
