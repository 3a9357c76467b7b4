"""A formula that a person types, as a node."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from nodes.base import Node, param
from nodes.errors import InputRefused, ParamRefused, TextRefused, seen_at
from nodes.layers.expression import Term, numbers_of, read
from nodes.sentences import Part, PortName, shortened
from nodes.types import Batch, Loss, Number, Scalar, Shape


class Value(NamedTuple):
    """What a formula gives, and its mean."""

    value: Batch
    loss: Loss


class Formula(Node):
    """Compute what you write: a loss, a prior, an energy or a force of your own.

    Each name in it is an input: `x_hat`, `y_1`, `lambda`. A name that `numbers` sets is that
    number: λ in `mean((x - y)^2) + lambda * mean(abs(z))` with `lambda = 0.1`.

    Functions: abs exp log sqrt sin cos tanh sigmoid relu softplus sign, number by number;
    max min of two; mean sum largest smallest of all; item_mean item_sum norm dot of each item,
    (b,); batch_mean batch_var over the items; softmax logsumexp over the last axis; stop holds
    gradients back.

    `value` is what is written, `loss` its mean. Values of one number an item, (b,), and of
    channels, (b, c), go with all that begins so.
    """

    synonyms = (
        "expression, equation, custom loss, own loss, calculator, math, lambda, penalty, prior, "
        "perte personnalisée, équation, calcul, pénalité"
    )
    formula = r"f(x, y, \dots; \lambda)"
    icon = "square-function"
    written = "expression"
    assigned = "numbers"

    expression: str = param(
        default="mean(x^2)",
        title="Formula",
        multiline=True,
        help="What is computed, as mean((x - y)^2).",
    )
    numbers: str = param(default="", help="Numbers that the formula names: lambda = 0.1, beta = 4.")

    def forward(self, /, **values: Batch | Scalar | Number) -> Value:
        """Return the formula's value, and its mean over all that is left.

        Raise `ParamRefused` where the text cannot be read, `InputRefused` where an input that it
        names has no wire, or shapes do not go together.
        """
        term = read(self.expression)
        named = self._named(term, values)
        value = Evaluation(self.expression, named).of(term)
        return Value(value, value.mean())

    def _named(self, term: Term, given: Mapping[str, Tensor | float]) -> dict[str, Tensor]:
        """Return what each name of the formula stands for."""
        numbers = {"pi": math.pi} | numbers_of(self.numbers)
        wired = [name for name in dict.fromkeys(term.names()) if name not in numbers]
        if not wired:
            raise TextRefused(
                "A formula must name an input.", self.expression, 0, param="expression"
            )
        values = {name: must_be_wired(name, given.get(name)) for name in wired}
        devices = (v.device for v in values.values() if isinstance(v, Tensor))
        device = next(devices, self.device)
        return {n: torch.as_tensor(v, device=device) for n, v in (numbers | values).items()}

    def reached(self, output: str) -> frozenset[str]:
        try:
            names = frozenset(read(self.expression).names(through=False))
        except ParamRefused:  # the sketch says so
            return frozenset(self.input_names())
        return names.intersection(self.input_names())

    def sign(self) -> Part:
        return shortened(self.expression, 24)


class Evaluation:
    """Computes a formula for values of its names."""

    def __init__(self, text: str, named: Mapping[str, Tensor]) -> None:
        self.text, self.named = text, named

    def of(self, term: Term) -> Tensor:
        """Return the value of a part of the formula."""
        if term.does == "name":
            return self.named[str(term.value)]
        if term.does == "number":
            return torch.as_tensor(term.value)
        first = self.of(term.parts[0])
        if term.does in ALONE:
            return ALONE[term.does](first)
        if term.does in OF_ITEMS:
            least, function = OF_ITEMS[term.does]
            self._must_have_axes(term, first, least)
            return function(first)
        if term.does == "^" and term.parts[1].does == "number":
            return torch.pow(first, float(term.parts[1].value))
        first, second = self._beside(term, first, self.of(term.parts[1]))
        if term.does == "dot":
            self._must_have_axes(term, first, 2)
            return (first * second).flatten(1).sum(1)
        return PAIRS[term.does](first, second)

    def _beside(self, term: Term, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
        """Return both with as many axes, so that what has fewer begins as the other does."""
        if a.dim() and b.dim() and a.dim() != b.dim():
            more = max(a.dim(), b.dim())
            a, b = (v.reshape(*v.shape, *[1] * (more - v.dim())) for v in (a, b))
        pairs = zip(a.shape, b.shape, strict=False)
        if any(m != n and 1 not in (m, n) for m, n in pairs):
            raise InputRefused(
                "In the formula {left} does not go with {right}: sizes must be equal, or 1.",
                "Here: {seen}",
                place="x",
                left=Shape(a.shape),
                right=Shape(b.shape),
                seen=self._seen(term),
            )
        return a, b

    def _must_have_axes(self, term: Term, value: Tensor, least: int) -> None:
        if value.dim() < least:
            raise InputRefused(
                "{name} takes rows of numbers, one row an item."
                if least == 2
                else "{name} takes a value for each item; it is given one number.",
                "Here: {seen}",
                place="x",
                name=term.does,
                seen=self._seen(term),
            )

    def _seen(self, term: Term) -> str:
        return seen_at(self.text, term.place)


def must_be_wired(name: str, value: Tensor | float | None) -> Tensor | float:
    """Return an input's value as real numbers; raise `InputRefused` where it has no wire."""
    if value is None:
        raise InputRefused(
            "{name} needs a wire: the formula names it.",
            "Wire it, or take it out of the formula.",
            place=name,
            name=PortName(name),
        )
    return value.float() if isinstance(value, Tensor) and not value.is_floating_point() else value


ALONE: dict[str, Callable[[Tensor], Tensor]] = {
    "neg": torch.neg,
    "abs": torch.abs,
    "exp": torch.exp,
    "log": torch.log,
    "sqrt": torch.sqrt,
    "sin": torch.sin,
    "cos": torch.cos,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "relu": torch.relu,
    "softplus": F.softplus,
    "sign": torch.sign,
    "mean": torch.mean,
    "sum": torch.sum,
    "largest": torch.amax,
    "smallest": torch.amin,
    "stop": torch.detach,
}
"""Functions of one value of any shape."""
OF_ITEMS: dict[str, tuple[int, Callable[[Tensor], Tensor]]] = {
    "item_mean": (1, lambda x: x.reshape(x.shape[0], -1).mean(1)),
    "item_sum": (1, lambda x: x.reshape(x.shape[0], -1).sum(1)),
    "norm": (1, lambda x: torch.linalg.vector_norm(x.reshape(x.shape[0], -1), dim=1)),
    "batch_mean": (1, lambda x: x.mean(0, keepdim=True)),
    "batch_var": (1, lambda x: x.var(0, keepdim=True, unbiased=False)),
    "softmax": (2, lambda x: torch.softmax(x, -1)),
    "logsumexp": (2, lambda x: torch.logsumexp(x, -1)),
}
"""Functions of values that have an axis of items, and how many axes they ask for."""
PAIRS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "+": torch.add,
    "-": torch.sub,
    "*": torch.mul,
    "/": torch.div,
    "^": torch.pow,
    "max": torch.maximum,
    "min": torch.minimum,
}
