"""What a check keeps for the next one: fake nodes, and what each step of the sketch gave.

A step is one call of one node's `sketch`. All that it depends on is its key: the node as it is
defined and built, the networks that it may call as they are built, and the marks of its inputs. The
outcome of a step with the same key is taken from the check before; any other key runs the node.

A mark is equal for values that no sketch can tell apart. Objects have a mark of their own at each
run, so what follows such a value runs again too. A node that may read files or downloads runs in
each check, and counts as another where it shows anything else.

Marks and the cache of networks leave out what tensors with gradients were computed from. A sketch
that raises what is no refusal runs once more, on values that were computed one from the other.
"""

from __future__ import annotations

import gc
import inspect
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import torch
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode

from engine.check.cache import cache_outputs, likeness
from engine.document.graph import Place
from engine.pull.models import GroupModel
from engine.pull.plan import Call
from nodes.base import Node
from nodes.errors import Doubt, Refusal
from nodes.sentences import Part, Text
from nodes.types import Range, Shape

Key = tuple[Hashable, ...]
Built = tuple[tuple[str, Shape], ...] | None
"""The input shapes that a node is built for; None where it is not built."""

Layers = dict[tuple[tuple[str, Shape], ...], list[dict[str, Any]]]
"""What building a node for these shapes has added to it: attributes, tensors and layers."""

NEW_OBJECTS = 10_000
"""After how many new objects Python's collector looks for circles among them."""

_PLAIN = (bool, int, float, str, bytes, type(None))
_encoder = msgspec.msgpack.Encoder()


class Own:
    """A mark that equals no other."""


class Fake:
    """A node object of a check. It stays while the kind and the parameters of its place do.

    `built` is what the object is built for at this point of the check, `steps` and `calls` are its
    steps so far (those of a twin count too). The object itself may be further than that, left by
    the check before: `bring` takes it back. `version` stands for the node in keys.
    """

    def __init__(self, kind: type[Node], place: Place, home: Path | None) -> None:
        self.kind, self.home = kind, home
        self.definition = _encoder.encode(place.params)
        self.given = {k: v for k, v in place.params.items() if k in kind._declared}
        self.node = kind.__new__(kind)
        self.as_told = True
        self.version = Own()
        self.shown: Hashable = None
        self.said: tuple[Built, list[Key], Said] | None = None
        self.calls: list[Call] = []
        self.layers: Layers = {}
        self._make()
        self.reads = kind.outside is not Node.outside or bool(self.node.outside())
        self.begin()

    def begin(self) -> None:
        """Begin a check: nothing is built, and no step has run."""
        done = self.calls or self.node.built is not None
        self.as_told = self.as_told and not done and not self.reads
        self.built: Built = None
        self.steps: list[Key] = []
        self.calls = []

    def is_for(self, kind: type[Node], place: Place, home: Path | None) -> bool:
        """Return whether a new object for this place would be the same, but for what it reads."""
        return (
            self.kind is kind
            and self.home == home
            and self.definition == _encoder.encode(place.params)
            and not (self.reads and kind.has_weights())
        )

    def show(self, outcome: Outcome) -> None:
        """Note what a node that reads shows after a step; another version where it has changed."""
        ranges = sorted(outcome.ranges.items())
        shown = outcome.marks, ranges, outcome.misfit, repr(outcome.error), said_by(self.node)
        if shown != self.shown:
            self.version, self.shown = Own(), shown

    def skip(self, call: Call) -> None:
        """Count a step whose outcome was known."""
        self.calls.append(call)
        self.as_told = False

    def bring(self, run: Callable[[Call], object]) -> None:
        """Bring the object to where it is told to be, by running its steps so far if needed."""
        if not self.as_told:
            self._make()
            self.bring_weights()
            for call in self.calls:
                with suppress(Exception):
                    run(call)
            self.as_told = True
        self.bring_weights()

    def bring_weights(self) -> None:
        """Bring the weights of the object to where they are told to be."""
        if built_for(self.node) == self.built:
            return
        if self.node.built is not None:
            self._make()
            self.as_told = not self.calls
        if self.built is not None:
            self.node.build_for(dict(self.built))

    def _make(self) -> None:
        """Make the object as new, and the same: others hold it."""
        vars(self.node).clear()
        self.node.__init__(**self.given)  # type: ignore[misc]
        self.node.home = self.home
        self.as_told = True
        if self.kind.has_weights():
            cache_outputs(self.node)
            keep_layers(self.node, self.layers)


class ModelFake:
    """The model of a group in a check: `built` as that of other nodes, and what it was called with.

    `called` is set at its first call in a step. The nodes in it are fakes of their own.
    """

    def __init__(self, model: GroupModel) -> None:
        self.node = model
        self.built: Built = None
        self.called: dict[str, Any] | None = None
        self._own = Own()
        self._watch(model)

    @property
    def version(self) -> Hashable:
        """Return what stands for the model in keys."""
        return self._own, repr(self.node.param_values())

    def begin(self) -> None:
        """Begin a check: nothing is built."""
        self.built, self.called = None, None

    def bring_weights(self) -> None:
        """Bring the model to where it is told to be."""
        if built_for(self.node) != self.built:
            self.node.begin()
            if self.built is not None:
                self.node.build_for(dict(self.built))

    def _watch(self, model: GroupModel) -> None:
        """Look at its calls; a copy of the model keeps the functions, which know this one."""

        def note(_: Any, args: Any, kwargs: Any) -> None:
            if self.called is None:
                given = model.arguments(args, kwargs).items()
                self.called = {name: likeness(value) for name, value in given}

        def compare(_: Any, args: Any, kwargs: Any, answer: Any) -> None:
            try:
                model.must_answer(answer, model.arguments(args, kwargs))
            except Refusal as error:
                error.place, error.blamed = model.inner.name, True
                raise

        model.register_forward_pre_hook(note, with_kwargs=True)
        model.register_forward_hook(compare, with_kwargs=True)


def keep_layers(node: Node, known: Layers) -> None:
    """Let a node built again for the shapes of before take the layers that it had."""
    names = list(inspect.signature(node.build).parameters)

    def build_for(shapes: Mapping[str, Shape]) -> None:
        if node.built is not None:
            return
        wanted = tuple((name, shapes[name]) for name in names if name in shapes)
        if wanted in known:
            node._before_first_call.remove()
            for part, new in zip(_parts(node), known[wanted], strict=True):
                part.update(new)
            return
        before = [dict(part) for part in _parts(node)]
        type(node).build_for(node, shapes)
        known.clear()
        known[wanted] = [
            {k: v for k, v in part.items() if k not in old or old[k] is not v}
            for part, old in zip(_parts(node), before, strict=True)
        ]

    vars(node)["build_for"] = build_for


def _parts(node: Node) -> list[dict[str, Any]]:
    return [vars(node), node._parameters, node._buffers, node._modules]


Held = Fake | ModelFake


class Said(NamedTuple):
    """What a node says of itself after its steps. `weights`: their number, None if not built."""

    sign: Part = ""
    weights: int | None = None
    numbers: int = 0
    nbytes: int = 0
    notes: Sequence[Text] = ()
    doubts: Sequence[Doubt] = ()


def said_by(node: Node) -> Said:
    """Ask a node; what it cannot say, not built or with unreadable data, is left out."""
    built = node.built is not None
    weights = list(node.parameters()) if built else []
    count = sum(p.numel() for p in weights)
    return Said(
        sign=_asked(node.sign, ""),
        weights=node.weight_count() if built and node.has_weights() else None,
        numbers=count,
        nbytes=sum(p.nbytes for p in weights),
        notes=_asked(node.notes, []),
        doubts=_asked(lambda: list(node.doubts()), []),
    )


def _asked(ask: Callable[[], Any], otherwise: Any) -> Any:
    try:
        return ask()
    except Exception:  # not built, or what it reads cannot be read: that is reported already
        return otherwise


class Sent(NamedTuple):
    """The value of an output as a check tells it."""

    port: str
    shape: tuple[int, ...] | None
    dtype: str
    range: Range | None


@dataclass
class Outcome:
    """What a step gave: a value or an error, and the networks that it has built.

    `early`: it ended before the sketch. `marks` are those of the value's parts, `carried` the
    nodes that the value may hold.
    """

    key: Key
    early: bool = False
    error: Refusal | None = None
    misfit: Any = None
    ranges: dict[str, Range] = field(default_factory=dict)
    value: Any = None
    marks: tuple[Hashable, ...] = ()
    carried: tuple[Held, ...] = ()
    sent: list[Sent] = field(default_factory=list)
    batch: int | None = None
    building: list[tuple[Held, Built]] = field(default_factory=list)
    called: list[tuple[ModelFake, dict[str, Any]]] = field(default_factory=list)
    """The models of groups that it called, with the arguments of the first call."""
    inside: str = ""
    """The node in a model of a group that the error comes from."""


class Memory:
    """The fake nodes and the steps of the last check, by node id."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Forget all: the next check is the first."""
        self._mode: FakeTensorMode | None = None
        self.fakes: dict[str, Fake] = {}
        self.models: dict[int, ModelFake] = {}
        """The models of groups, by the `id` of the object."""
        self.steps: dict[str, list[Outcome]] = {}

    def hold(self, models: Iterable[GroupModel]) -> None:
        """Keep the models of groups of a program, and begin a check with them."""
        known = self.models
        self.models = {id(m): known.get(id(m)) or ModelFake(m) for m in models}
        for fake in self.models.values():
            fake.begin()

    @property
    def mode(self) -> FakeTensorMode:
        """Return the mode of all its values; the first one imports much of torch."""
        if self._mode is None:
            self._mode = FakeTensorMode(allow_non_fake_inputs=True)
            spare_the_collector()
        return self._mode


@cache
def spare_the_collector() -> None:
    """Let Python's collector walk less, once: it took a third of a check of 500 nodes.

    What is imported, half a million objects of torch, stays. Checks and steps leave next to nothing
    in circles (`tests/engine/test_collector.py`), so it may wait until there is more to look at.
    """
    import_module("torch._dynamo")  # or the first step of a sketch does
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS)


def built_for(node: Node) -> Built:
    """Return what a node is built for."""
    return None if node.built is None else tuple(sorted(node.built.items()))


def marks_of(value: Any, ports: int) -> tuple[Hashable, ...]:
    """Return the marks of a value's parts: those of a node's outputs where it has several."""
    parts = value if ports > 1 and isinstance(value, tuple) else (value,)
    return tuple(map(_mark_or_own, parts))


def _mark_or_own(value: Any) -> Hashable:
    try:
        return _mark(value)
    except _Unmarked:
        return Own()


class _Unmarked(Exception):
    """A value that is not a number, a text, a tensor or a tuple of them."""


def _mark(value: Any) -> Hashable:
    kind = type(value)
    if kind is FakeTensor:
        return _mark_of_tensor(value)
    if kind in _PLAIN:
        return kind, value
    if isinstance(value, tuple) and (kind is tuple or hasattr(value, "_fields")):
        return kind, *map(_mark, value)
    if is_dataclass(value) and kind.__dataclass_params__.frozen:  # type: ignore[attr-defined]
        return kind, *(_mark(getattr(value, part.name)) for part in fields(value))
    raise _Unmarked


def _mark_of_tensor(value: FakeTensor) -> Hashable:
    if value.constant is not None or value.layout != torch.strided:
        raise _Unmarked
    place = value.stride(), value.storage_offset()
    return FakeTensor, value.shape, place, value.dtype, value.device
