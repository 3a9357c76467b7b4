"""Laws that every node keeps. A new node is under them the day its file appears."""

from __future__ import annotations

import copy
import math
import os
import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import repeat
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch._guards import detect_fake_mode
from torch._subclasses.fake_tensor import FakeTensorMode

import resources
from engine.check.describe import catalogue
from engine.pull.plan import values_of
from nodes.base import Node, params
from nodes.data.toys import EightGaussians, GaussianPoints
from nodes.errors import ParamRefused
from nodes.flows.base import Flow
from nodes.library import find
from nodes.params import ParamInfo
from nodes.ports import Port, inputs, inputs_of
from nodes.types import Figure, Frame, Gaussian, Measured, Stream
from tests.nodes.stand_ins import ITEMS, Judge, law_behind, made, value_for

LIBRARY = find()
KINDS = LIBRARY.kinds
CATALOGUE = catalogue(LIBRARY)
LONGEST_TITLE = 18  # signs; the node's header holds no more
NO_FORMULA = {"views", "training", "data"}
"""Folders whose nodes may go without: they show, order or read, and compute nothing."""

KEPT_NUMBERS = {"BagOfWords", "EncodedData", "Spectrogram"}
"""Kinds that others call for numbers which no training moves."""


class Tape(EightGaussians):
    """A data set whose law is known, that also counts what a stream has played."""

    played = 0

    def rewind(self, taken: int | None = None) -> None:
        self.played = 0


class Batches(Stream[Any]):
    """A stream of a few values with a data set behind it; rewound, it begins anew."""

    def __init__(self, values: list[Any], law: GaussianPoints | None = None) -> None:
        self.values = values
        self.tape = Tape()
        self.modules = (self.tape, law) if law is not None else (self.tape,)

    def __next__(self) -> Any:
        if self.tape.played >= len(self.values):
            raise StopIteration
        self.tape.played += 1
        return self.values[self.tape.played - 1]


def plays(kind: type[Node]) -> bool:
    """Tell whether a node gives numbers at once: no stage of a training."""
    return kind.role not in ("optimizer", "trainer")


def sample(kind: type[Node], port: Port) -> Any:
    torch.manual_seed(sum(map(ord, port.name)))
    make = partial(value_for, kind, port)
    if port.stream:
        batches = Batches([make(), make()], law_behind(kind, port.name))
        if detect_fake_mode(batches.values) is None:
            batches.tape.ensure_loaded()
        return batches
    return [make(), make()] if port.many else make()


def fed(kind: type[Node]) -> dict[str, Any]:
    """Return arguments for `forward`, optional ones left out."""
    return {p.name: sample(kind, p) for p in inputs_of(kind()) if not p.optional}


def called(node: Node, arguments: dict[str, Any]) -> Any:
    torch.manual_seed(1)
    result = node(**arguments)
    return last_of(result)


def last_of(result: Any) -> Any:
    if not isinstance(result, Iterator):
        return result
    frames = list(result)
    assert all(isinstance(frame, Frame) for frame in frames)
    return frames[-1].value


def tensors(value: Any) -> list[Tensor]:
    """Return the numbers in a value; of a flow, where it carries some noise; what a judge says."""
    if isinstance(value, Tensor):
        return [value]
    line = torch.linspace(-1, 1, ITEMS)[:, None]
    if isinstance(value, Flow):
        return [*value.inverse(line.repeat(1, value.item.numel))]
    if isinstance(value, Judge):
        return [value(line.repeat(1, 2))]
    return [t for part in value for t in tensors(part)] if isinstance(value, tuple) else []


def each(chosen: Callable[[type[Node]], bool] = lambda kind: True) -> Any:
    kinds = [pytest.param(kind, id=name) for name, kind in KINDS.items() if chosen(kind)]
    return pytest.mark.parametrize("kind", kinds)


def test_every_file_imports_and_every_kind_is_described() -> None:
    assert not CATALOGUE.failures
    assert set(CATALOGUE.kinds) == set(KINDS)


@each()
def test_it_describes_itself(kind: type[Node]) -> None:
    info = CATALOGUE.kinds[kind.__name__]
    assert info.summary.endswith("."), "the docstring opens with one sentence"
    assert "\n" not in (kind.__doc__ or "").partition("\n\n")[0].strip(), "on one line"
    assert info.formula or info.category in NO_FORMULA
    assert 0 < len(info.title) <= LONGEST_TITLE
    assert resources.path("icons", f"{info.icon}.svg").exists()
    assert not info.paper or info.paper_url, "a paper has an address"


@each()
def test_its_parameters_say_what_they_are(kind: type[Node]) -> None:
    for name, info in params(kind).items():
        assert info.help.endswith((".", "?")), f"{name}: the tooltip is a sentence"
        assert info.title, name
        assert re.fullmatch(r"[a-z][a-z0-9_]*", info.name)


@each()
def test_its_parameters_refuse_what_is_out_of_range(kind: type[Node]) -> None:
    for name, info in params(kind).items():
        for wrong in wrong_values(info):
            refusal = refusal_of(kind, name, wrong)
            assert refusal, f"{name} takes {wrong!r}"
            assert info.title in refusal.sentence
            assert refusal.place == name


def refusal_of(kind: type[Node], name: str, value: Any) -> ParamRefused | None:
    try:
        kind(**{name: value})
    except ParamRefused as refusal:
        return refusal
    return None


def wrong_values(info: ParamInfo) -> list[Any]:
    lists = info.type in ("ints", "floats")
    found: list[Any] = {"choice": ["nonsense"], "bool": ["on"], "float": [math.nan, math.inf]}.get(
        info.type, []
    )
    found += ["x"] if info.type in ("int", "float", "ints", "floats") else []
    found += [[low] if lists else low for low in [info.low] if low is not None for low in [low - 1]]
    found += [[int(info.high) + 1] if lists else info.high + 1] if info.high is not None else []
    return found if info.optional else [*found, None]


@each(plays)
def test_it_gives_what_its_ports_promise(kind: type[Node]) -> None:
    value = called(made(kind), fed(kind))
    ports = values_of(kind)
    parts = value if len(ports) > 1 else (value,) * len(ports)  # a view has no output
    for port, part in zip(ports, parts, strict=True):
        axes = port.types[0].axes
        if isinstance(part, Tensor) and axes is not None and "..." not in axes:
            assert part.dim() == len(axes.split()), port.name
    expected = {"view": Figure, "metric": Measured}.get(kind.role)
    assert expected is None or isinstance(value, expected)


@each(plays)
def test_its_sketch_is_like_the_real_thing(kind: type[Node]) -> None:
    real = facts(called(made(kind), fed(kind)))
    with FakeTensorMode(allow_non_fake_inputs=True):
        sketched = made(kind).sketch(**fed(kind))
    if kind.role not in ("view", "metric"):
        assert facts(sketched) == real


def facts(value: Any) -> list[Any]:
    return [value.item] if isinstance(value, Flow) else [(t.shape, t.dtype) for t in tensors(value)]


@each(lambda kind: ".data." in kind.__module__ and not inputs(kind))
def test_what_reads_files_reads_them_once(
    kind: type[Node], monkeypatch: pytest.MonkeyPatch
) -> None:
    node = made(kind)
    for _ in node.fetch():
        pass
    called(node, {})
    asked, stat = [], os.stat
    with monkeypatch.context() as patched:
        patched.setattr(os, "stat", lambda *a, **k: asked.append(a) or stat(*a, **k))
        for _ in node.fetch():
            pass
        called(node, {})
    assert not [path for path, *_ in asked if not str(path).endswith(".py")]


@each(plays)
def test_it_saves_and_loads(kind: type[Node]) -> None:
    node, twin = made(kind), made(kind)
    first = called(node, fed(kind))
    if node.built is not None:
        twin.build_for(node.built)
    twin.load_state_dict(copy.deepcopy(node.state_dict()))
    assert list(node.state_dict()) == list(twin.state_dict())
    if not kind.drawn:
        for a, b in zip(tensors(first), tensors(called(twin, fed(kind))), strict=True):
            torch.testing.assert_close(a, b)


@each(lambda kind: plays(kind) and kind.has_weights() and kind.__name__ not in KEPT_NUMBERS)
def test_it_trains_two_steps(kind: type[Node]) -> None:
    node, given = made(kind), fed(kind)
    called(node, given)
    before = [p.detach().clone() for p in node.parameters()]
    optimizer = torch.optim.SGD(node.parameters(), lr=0.01)
    for _ in repeat(None, 2):
        optimizer.zero_grad()
        parts = tensors(called(node, given))
        sum(part.float().square().mean() for part in parts).backward()  # type: ignore[union-attr]
        optimizer.step()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in node.parameters())
    assert any((p != old).any() for p, old in zip(node.parameters(), before, strict=True))
    assert node.weight_count() == sum(p.numel() for p in before)


@each(lambda kind: kind.role == "node" and not any(p.stream for p in inputs(kind)))
def test_gradients_reach_the_inputs_that_it_says(kind: type[Node]) -> None:
    """The check of a graph believes this: an optimiser must not train what no loss depends on."""
    node, given = made(kind), fed(kind)
    called(node, given)
    given = {name: leaf(value) for name, value in given.items()}
    value = called(node, given)
    ports = values_of(kind)
    for port, part in zip(ports, value if len(ports) > 1 else (value,), strict=True):
        moving = [t.double().sum() for t in tensors(part) if t.requires_grad]
        may = {name for name, value in given.items() if leaves(value)}
        said = frozenset() if port.types[0].still else node.reached(port.name)
        found = {name for name in may if moving and reaches(sum(moving), leaves(given[name]))}
        assert found == said & may, port.name
        weights = list(node.parameters())
        if weights and not port.types[0].still:
            assert moving and reaches(sum(moving), weights), port.name


def leaf(value: Any) -> Any:
    """Return a value whose numbers ask for gradients."""
    if isinstance(value, Tensor):
        return value.detach().requires_grad_() if value.is_floating_point() else value
    if isinstance(value, Gaussian):
        return Gaussian(*map(leaf, value))
    return [leaf(part) for part in value] if isinstance(value, list) else value


def leaves(value: Any) -> list[Tensor]:
    """Return the numbers, or weights, that ask for gradients."""
    if isinstance(value, Tensor):
        return [value] if value.requires_grad else []
    if isinstance(value, nn.Module):
        return [p for p in value.parameters() if p.requires_grad]
    parts = value if isinstance(value, (tuple, list)) else ()
    return [t for part in parts for t in leaves(part)]


def reaches(total: Any, ends: list[Tensor]) -> bool:
    """Tell whether a gradient of a number reaches one of these."""
    found = torch.autograd.grad(total, ends, allow_unused=True, retain_graph=True)
    return any(g is not None for g in found)


@each(lambda kind: plays(kind) and kind.drawn and all(p.optional for p in inputs(kind)))
def test_what_it_draws_follows_the_seed(kind: type[Node]) -> None:
    def draw() -> list[Tensor]:
        node = made(kind)
        node.run_seed = 3
        return tensors(called(node, {}))

    for a, b in zip(draw(), draw(), strict=True):
        assert torch.equal(a, b)
