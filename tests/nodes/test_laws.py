"""Laws that every node keeps. A new node is under them the day its file appears."""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Callable, Iterator
from itertools import repeat
from typing import Any

import pytest
import torch
import ziamath
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode

import resources
from engine.describe import catalogue
from nodes.base import Node, Port, inputs, outputs, params
from nodes.data.toys import EightGaussians
from nodes.errors import ParamRefused
from nodes.library import find
from nodes.params import ParamInfo
from nodes.types import Figure, Frame, Gaussian, Measured, Stream

LIBRARY = find()
KINDS = LIBRARY.kinds
CATALOGUE = catalogue(LIBRARY)
ITEMS = 6
LONGEST_TITLE = 18  # signs; the node's header holds no more
NO_FORMULA = {"views", "training", "data"}
"""Folders whose nodes may go without: they show, order or read, and compute nothing."""

SAMPLES: dict[str, Callable[[], Any]] = {
    "Batch": lambda: torch.rand(ITEMS, 1, 28, 28),
    "Images": lambda: torch.rand(ITEMS, 1, 28, 28),
    "Points": lambda: torch.randn(ITEMS, 2),
    "Labels": lambda: torch.arange(ITEMS) % 3,
    "Tokens": lambda: torch.randint(0, 5, (ITEMS, 7)),
    "Audio": lambda: torch.randn(ITEMS, 1, 64),
    "Values": lambda: torch.randn(ITEMS),
    "Loss": lambda: torch.rand(()),
    "Scalar": lambda: torch.rand(()),
    "Plan": lambda: torch.rand(ITEMS, ITEMS),
    "Gaussian": lambda: Gaussian(torch.randn(ITEMS, 2), torch.randn(ITEMS, 2)),
}


class Tape(EightGaussians):
    """A data set whose law is known, that also counts what a stream has played."""

    played = 0

    def rewind(self) -> None:
        self.played = 0


class Batches(Stream[Any]):
    """A stream of a few values with a data set behind it; rewound, it begins anew."""

    def __init__(self, values: list[Any]) -> None:
        self.values = values
        self.tape = Tape()
        self.modules = (self.tape,)

    def __next__(self) -> Any:
        if self.tape.played >= len(self.values):
            raise StopIteration
        self.tape.played += 1
        return self.values[self.tape.played - 1]


def feedable(kind: type[Node]) -> bool:
    """Tell whether a node can be called with what is in `SAMPLES`, and without any file."""
    from_files = any(info.type == "path" for info in params(kind).values())
    plain = kind.role not in ("optimizer", "trainer") and not from_files
    return plain and all(p.types[0].name in SAMPLES or p.optional for p in inputs(kind))


def sample(port: Port) -> Any:
    torch.manual_seed(0)
    make = SAMPLES[port.types[0].name]
    if port.stream:
        batches = Batches([make(), make()])
        batches.tape.ensure_loaded()
        return batches
    return [make(), make()] if port.many else make()


def fed(kind: type[Node]) -> dict[str, Any]:
    """Return arguments for `forward`, optional ones left out."""
    return {p.name: sample(p) for p in inputs(kind) if not p.optional}


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
    if isinstance(value, Tensor):
        return [value]
    return [t for part in value for t in tensors(part)] if isinstance(value, tuple) else []


def each(chosen: Callable[[type[Node]], bool] = lambda kind: True) -> Any:
    kinds = [pytest.param(kind, id=name) for name, kind in KINDS.items() if chosen(kind)]
    return pytest.mark.parametrize("kind", kinds)


def each_numeric() -> Any:
    cases = [
        pytest.param(kind, info, id=f"{name}.{info.name}")
        for name, kind in KINDS.items()
        for info in params(kind).values()
    ]
    return pytest.mark.parametrize(("kind", "info"), cases)


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


@each(lambda kind: bool(kind.formula))
def test_its_formula_can_be_typeset(kind: type[Node]) -> None:
    assert ziamath.Latex(kind.formula).getsize()[0] > 0


@each_numeric()
def test_its_parameters_say_what_they_are(kind: type[Node], info: ParamInfo) -> None:
    assert info.help.endswith((".", "?")), "the tooltip is a sentence"
    assert info.title
    assert re.fullmatch(r"[a-z][a-z0-9_]*", info.name)


@each_numeric()
def test_it_refuses_what_is_out_of_range(kind: type[Node], info: ParamInfo) -> None:
    for wrong in wrong_values(info):
        with pytest.raises(ParamRefused) as refused:
            kind(**{info.name: wrong})
        assert info.title in refused.value.sentence
        assert refused.value.place == info.name


def wrong_values(info: ParamInfo) -> list[Any]:
    lists = info.type == "ints"
    found: list[Any] = {"choice": ["nonsense"], "bool": ["on"], "float": [math.nan, math.inf]}.get(
        info.type, []
    )
    found += ["x"] if info.type in ("int", "float", "ints") else []
    found += [[low] if lists else low for low in [info.low] if low is not None for low in [low - 1]]
    found += [[int(info.high) + 1] if lists else info.high + 1] if info.high is not None else []
    return found if info.optional else [*found, None]


@each(feedable)
def test_it_gives_what_its_ports_promise(kind: type[Node]) -> None:
    value = called(kind(), fed(kind))
    ports = [port for port in outputs(kind) if port.name != "model"]
    parts = value if len(ports) > 1 else (value,) * len(ports)  # a view has no output
    for port, part in zip(ports, parts, strict=True):
        axes = port.types[0].axes
        if isinstance(part, Tensor) and axes is not None and "..." not in axes:
            assert part.dim() == len(axes.split()), port.name
    expected = {"view": Figure, "metric": Measured}.get(kind.role)
    assert expected is None or isinstance(value, expected)


@each(feedable)
def test_its_sketch_is_like_the_real_thing(kind: type[Node]) -> None:
    real = [(t.shape, t.dtype) for t in tensors(called(kind(), fed(kind)))]
    arguments = fed(kind)
    with FakeTensorMode(allow_non_fake_inputs=True) as mode:
        node = kind()
        fakes = {name: faked(mode, value) for name, value in arguments.items()}
        sketched = node.sketch(**fakes)
    if kind.role not in ("view", "metric"):
        assert [(t.shape, t.dtype) for t in tensors(sketched)] == real


def faked(mode: FakeTensorMode, value: Any) -> Any:
    if isinstance(value, Tensor):
        return mode.from_tensor(value)
    if isinstance(value, Batches):
        return Batches([faked(mode, next(value))])
    if isinstance(value, list):
        return [faked(mode, part) for part in value]
    return type(value)(*(faked(mode, part) for part in value))


@each(feedable)
def test_it_saves_and_loads(kind: type[Node]) -> None:
    node, twin = kind(), kind()
    first = called(node, fed(kind))
    if node.built is not None:
        twin.build_for(node.built)
    twin.load_state_dict(copy.deepcopy(node.state_dict()))
    assert list(node.state_dict()) == list(twin.state_dict())
    if not kind.drawn:
        for a, b in zip(tensors(first), tensors(called(twin, fed(kind))), strict=True):
            torch.testing.assert_close(a, b)


@each(lambda kind: feedable(kind) and kind.has_weights())
def test_it_trains_two_steps(kind: type[Node]) -> None:
    node = kind()
    called(node, fed(kind))
    before = [p.detach().clone() for p in node.parameters()]
    optimizer = torch.optim.SGD(node.parameters(), lr=0.01)
    for _ in repeat(None, 2):
        optimizer.zero_grad()
        parts = tensors(called(node, fed(kind)))
        sum(part.float().square().mean() for part in parts).backward()  # type: ignore[union-attr]
        optimizer.step()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in node.parameters())
    assert any((p != old).any() for p, old in zip(node.parameters(), before, strict=True))
    assert node.weight_count() == sum(p.numel() for p in before)


@each(lambda kind: feedable(kind) and kind.drawn and not inputs(kind))
def test_what_it_draws_follows_the_seed(kind: type[Node]) -> None:
    def draw() -> list[Tensor]:
        node = kind()
        node.run_seed = 3
        return tensors(called(node, {}))

    for a, b in zip(draw(), draw(), strict=True):
        assert torch.equal(a, b)
