"""The node: a small torch module whose annotations declare parameters and ports.

Fields are parameters, `build` makes weights once shapes are known, the arguments of `forward` are
input ports and what it returns output ports. From this come the form, the checks, the docs, the
file, the command line and the export; nothing is registered.
"""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal, dataclass_transform

import torch
from torch import nn

from nodes.drawing import Drawing
from nodes.errors import Doubt, ParamRefused, Unbuilt
from nodes.names import names_in
from nodes.params import ParamInfo, Settled, declared, param, value_fault
from nodes.ports import MODEL, hint_of, inputs_of
from nodes.sentences import NodeName, Part, Text
from nodes.types import Frame, Range, Shape

__all__ = [
    "EVERY",
    "Node",
    "Source",
    "must_be_built",
    "param",
    "params",
]

EVERY = frozenset({"*"})

Role = Literal["node", "optimizer", "trainer", "view", "metric"]
Better = Literal["", "less", "more"]


@dataclass_transform(field_specifiers=(param,), kw_only_default=True)
class Node(nn.Module):
    """Compute outputs from inputs, with parameters and perhaps weights.

    Make one with its parameters as keywords, `Encoder(hidden=64)`, and call it with its inputs; the
    weights are built at the first call from the shapes that come in. A value out of its limits
    raises `ParamRefused`.
    """

    formula: ClassVar[str] = ""
    synonyms: ClassVar[str] = ""
    """What else it is searched by, in English and in French, with commas between."""
    title: ClassVar[str] = ""
    icon: ClassVar[str] = "box"
    returns: ClassVar[str] = ""
    """Name of the output port where there is one; several are the fields of a NamedTuple."""
    handle: ClassVar[Any] = None
    """Port type of the `model` output; None: `Network`."""
    role: ClassVar[Role] = "node"
    figure: ClassVar[str] = ""
    """The kind of figure a view makes, as `images`: its node keeps room for it."""
    measured_in: ClassVar[str] = ""
    """What a loss is counted in, as nats per item: its curve says so."""
    written: ClassVar[str] = ""
    """The parameter that holds the formula as text: it is typeset.

    Where `forward` takes `**values`, the names in the text are inputs of the object.
    """
    assigned: ClassVar[str] = ""
    """The parameter that gives numbers to names in the text, `beta = 4`: they are no inputs."""
    better: ClassVar[Better] = ""
    """Which values of a metric are the better ones; "" where neither are."""
    drawn: ClassVar[bool] = False
    """True for what draws data or random numbers: never taken for constant."""

    settles: ClassVar[Settled] = ""
    """What the whole numbers of the class settle for a whole run."""

    stepped: ClassVar[bool] = False
    """True for what depends on the step of training."""

    pretrained: ClassVar[bool] = False
    """True where weights are read and not drawn: worth a look before any training."""

    unreached: ClassVar[frozenset[str]] = frozenset()
    """Inputs that no gradient of an output reaches; `EVERY` for what gives none at all."""

    step: int = 0
    """The step of training at which a view or a metric is pulled; the engine sets it.

    Of what is `stepped`, the step that comes next.
    """

    home: Path | None = None
    """The folder of the graph's file, in which relative paths are looked up first; the engine's."""

    class_names: Mapping[str, list[str]] = types.MappingProxyType({})
    """What the classes of labels are called, by the input that gets them; the engine sets it."""

    autocast: torch.dtype | None = None
    """What samplers cast forward passes of this network to (None: nothing); its trainer sets it."""

    _declared: ClassVar[dict[str, ParamInfo]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        own = {k: v for k, v in vars(cls).items() if isinstance(v, ParamInfo)}
        hints = typing.get_type_hints(cls) if own else {}
        infos = {k: declared(v, k, hint_of(hints, k)) for k, v in own.items()}
        kept = [vars(base).get("_declared", {}) for base in reversed(cls.__mro__)]
        cls._declared = {name: info for part in (*kept, infos) for name, info in part.items()}
        for name, info in infos.items():
            info.live = info.live or cls.build is Node.build
            if info.type == "int":
                info.settles = info.settles or cls.settles
            setattr(cls, name, info.default)

    def __init__(self, **given: Any) -> None:
        super().__init__()
        self.built: dict[str, Shape] | None = None
        self.run_seed: int = 0
        self.device = torch.device("cpu")
        for name in given:
            if name not in self._declared:
                raise ParamRefused(
                    "{kind} has no parameter {name}.",
                    place=name,
                    kind=NodeName(kind=type(self).__name__),
                    name=name,
                )
        for name, info in self._declared.items():
            self.set(name, given.get(name, info.default))
        if self.has_weights():
            self._before_first_call = self.register_forward_pre_hook(
                _build_at_first_call, with_kwargs=True
            )

    def set(self, name: str, value: Any) -> None:
        """Give a parameter another value, then call `changed`.

        Raise `ParamRefused` where the value is out of limits or of another type.
        """
        info = self._declared[name]
        fault = value_fault(info, value)
        if fault:
            raise ParamRefused(fault, place=name)
        if value is not None and info.type in ("float", "floats"):
            value = float(value) if info.type == "float" else [float(v) for v in value]
        setattr(self, name, value)
        self.changed(name)

    def changed(self, name: str) -> None:
        """React to a parameter's new value. Override to drop what was computed from the old one."""

    def build(self, *_: Any, **__: Any) -> None:
        """Make the weights, once. Override with the inputs whose shapes are needed as arguments.

        `def build(self, x: Shape) -> None` receives the sizes of one item of input `x`.
        """

    def build_for(self, shapes: Mapping[str, Shape]) -> None:
        """Build the weights for these shapes of the inputs; a second call does nothing."""
        if self.built is not None:
            return
        wanted = list(inspect.signature(self.build).parameters)
        built = {name: shapes[name] for name in wanted if name in shapes}
        self.build(**built)
        self._before_first_call.remove()
        self.built = built

    def move(self, device: torch.device) -> None:
        """Move the weights to a device. Tensors that `forward` creates belong on `self.device`."""
        self.device = device
        self.to(device)

    def sketch(self, *args: Any, **kwargs: Any) -> Any:
        """Return what `forward` would, on fake tensors. Override where forward loads or loops."""
        result = self(*args, **kwargs)
        return next(iter(result)).value if isinstance(result, Generator) else result

    def ranges(self, **ranges: Range | None) -> Mapping[str, Range]:
        """Return the ranges of outputs from those of inputs; refuse wrong ones (`InputRefused`)."""
        return {}

    def named(self, **names: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """Return what the classes of labels it gives are called, from those of labels it gets."""
        return {}

    def reached(self, output: str) -> frozenset[str]:
        """Return the inputs that a gradient of this output reaches, for the check of optimisers.

        Override where that depends on parameters or differs between outputs. What no gradient
        leaves is of a type that is `still`; the node's own weights are reached by all others.
        """
        if "*" in self.unreached:
            return frozenset()
        return frozenset(port.name for port in inputs_of(self)) - self.unreached

    def input_names(self) -> tuple[str, ...]:
        """Return the names in its text that are inputs where `forward` takes `**values`."""
        return names_in(getattr(self, self.written), getattr(self, self.assigned, ""))

    def sign(self) -> Part:
        """Return a few characters that sum up the node, shown at its foot: `784→64→2`."""
        return ""

    def notes(self) -> list[Text]:
        """Return what the node has read or chosen by itself, in short parts of one line."""
        return []

    def doubts(self) -> list[Doubt]:
        """Return assumptions that may be wrong: warnings, each with a value that changes it."""
        return []

    def preview(self) -> Any:
        """Return what will come out as a `nodes.data.preview.Preview`, before loading, or None."""
        return None

    def outside(self) -> str:
        """Return what the node would read from outside the graph: a path, a download; else ""."""
        paths = (getattr(self, n) for n, info in self._declared.items() if info.type == "path")
        return next((str(path) for path in paths if path), "")

    def files(self) -> list[Path]:
        """Return the user's files and folders that the node has read."""
        return []

    def outdated(self) -> bool:
        """Return whether a file that the node has read has changed since."""
        return False

    def unload(self) -> None:
        """Drop the data that the node has read."""
        return None

    def fetch(self) -> Iterator[Frame[None]]:
        """Fetch what `forward` needs from outside, as downloads: long work that can be stopped.

        Override as a generator of frames. The engine runs it before it pulls; `forward` must do
        without.
        """
        return iter(())

    def rewind(self) -> None:
        """Start again with the first test batch; the engine calls it before evaluations."""

    def restart(self) -> None:
        """Drop the state of a run, as the position in the data, and keep what was loaded."""

    def as_layers(self) -> Drawing:
        """Return the layers that the network, once built, consists of, with their origin.

        Override it for what can be drawn as layer nodes; raise `InputRefused` where its parameters
        or shapes make it something that they are not.
        """
        raise NotImplementedError

    @classmethod
    def opens(cls) -> bool:
        """Return whether the class overrides `as_layers`."""
        return cls.as_layers is not Node.as_layers

    @classmethod
    def has_weights(cls) -> bool:
        """Return whether the class overrides `build`."""
        return cls.build is not Node.build

    @classmethod
    def is_model(cls) -> bool:
        """Return whether the node itself is its output `model`, which other nodes call.

        A node that makes a model from another has an output `model` of its own.
        """
        return cls.has_weights() and cls.returns != MODEL

    def parts(self) -> list[Node]:
        """Return the nodes that are trained, frozen and saved where this one is called as a model.

        It is itself, but where a group of nodes is called: then they are these.
        """
        return [self]

    def weight_count(self) -> int:
        """Count the numbers in all weights."""
        return sum(p.numel() for p in self.parameters())

    def param_values(self) -> dict[str, Any]:
        """Return the value of each parameter by its name."""
        return {name: getattr(self, name) for name in self._declared}


class Source(Node):
    """Draw data or random numbers: a fresh value at each pull.

    `training` (torch's attribute) selects the next training batch, or else the test batches from
    the first on after `rewind`.
    """

    drawn = True


def count(node: Node, name: str) -> None:
    """Add one to a node's counter; torch's own `__setattr__` takes longer than a small layer."""
    object.__setattr__(node, name, getattr(node, name) + 1)


def _build_at_first_call(node: Node, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    names = list(inspect.signature(node.forward).parameters)
    given = dict(zip(names, args, strict=False)) | kwargs
    shapes = {name: s for name, value in given.items() if (s := shape_of(value)) is not None}
    node.build_for(shapes)


def must_be_built(model: Any) -> None:
    """Raise `Unbuilt` where a model has no weights yet: no data have reached it."""
    if model.built is None:
        raise Unbuilt(
            "The network has not been shown any items yet, so the shape of samples is not known.",
            "Wire the network's model into a loss that is given data.",
        )


def shape_of(value: Any) -> Shape | None:
    """Return the sizes of one item of a batch, None for what is no batch."""
    shape = getattr(value, "shape", None)
    return Shape(shape[1:]) if isinstance(shape, (torch.Size, tuple)) and len(shape) else None


def params(kind: type[Node]) -> dict[str, ParamInfo]:
    """Return the parameters of a node class in the order of declaration."""
    return dict(kind._declared)
