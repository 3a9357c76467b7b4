"""Laws of formulas: any text is answered, what is computed is torch's, what is typeset means it."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
import ziamath
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode

from nodes.errors import InputRefused, ParamRefused
from nodes.layers.expression import (
    ARGUMENTS,
    LONGEST,
    Term,
    latex,
    latex_of,
    numbers_of,
    read,
)
from nodes.layers.formula import ALONE, OF_ITEMS, PAIRS, Formula
from nodes.names import names_in
from nodes.ports import inputs_of

FAKE = FakeTensorMode()


def value(text: str, **given: Tensor) -> Tensor:
    return Formula(expression=text)(**({"x": torch.zeros(())} | given)).value


def ports(text: str, numbers: str = "") -> list[str]:
    node = Formula(expression=text, numbers=numbers)
    return [port.name for port in inputs_of(node)]


# --- any text is answered ---

WORDS = [
    "x",
    "y_1",
    "x_hat",
    "lambda",
    "pi",
    *ARGUMENTS,
    "1",
    "2.5",
    "1e-3",
    "+",
    "-",
    "*",
    "/",
    "^",
    "(",
    ")",
    ",",
    "q",
    "é",
]


@settings(max_examples=300)
@given(st.text(max_size=60) | st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join))
def test_any_text_is_a_formula_or_is_answered(text: str) -> None:
    try:
        term = read(text)
    except ParamRefused as refusal:
        assert "▸" in refusal.fix and refusal.place == "expression"
        assert not latex_of(text) and names_in(text) is not None
    else:
        assert latex(term) and [*names_in(text)] == [
            n for n in dict.fromkeys(term.names()) if n != "pi"
        ]


@pytest.mark.parametrize(
    "text",
    [
        "(" * 10**6,
        "-" * (LONGEST - 1) + "x",
        "(" * 140 + "x" + ")" * 140,
        "abs(" * 60 + "x" + ")" * 60,
        "x^" * 140 + "x",
        "x" + "+x" * 10**6,
    ],
)
def test_what_is_too_deep_or_long_is_refused_at_once(text: str) -> None:
    with pytest.raises(ParamRefused, match="at most"):
        read(text)


def test_the_longest_chain_is_computed_and_typeset() -> None:
    text = "x" + "+x" * (LONGEST // 2 - 1)
    assert value(text, x=torch.ones(())) == LONGEST // 2
    assert latex_of(text)


@pytest.mark.parametrize(
    ("text", "sentence", "seen"),
    [
        ("", "must stand here", "▸"),
        ("x +", "A name, a number or", "x +▸"),
        ("x y", "An operator must stand here", "x ▸y"),
        ("(x + y", "closing", "(x + y▸"),
        ("x.shape", "no meaning", "x▸.shape"),
        ("x[0]", "no meaning", "x▸[0]"),
        ("__import__('os')", "no function", "▸__import__('os')"),
        ("eval(x)", "no function", "▸eval(x)"),
        ("mean", "is a function", "▸mean"),
        ("mean(x, y)", "takes 1 values; it is given 2", "▸mean(x, y)"),
        ("x; y", "no meaning", "x▸; y"),
    ],
)
def test_a_bad_text_is_told_with_its_place(text: str, sentence: str, seen: str) -> None:
    with pytest.raises(ParamRefused, match=sentence) as refused:
        read(text)
    assert str(refused.value.fix) == f"Here: {seen}"


@settings(max_examples=100)
@given(st.text(max_size=40) | st.text("abx=1. ,-e", max_size=30))
def test_any_numbers_are_read_or_answered(text: str) -> None:
    try:
        found = numbers_of(text)
    except ParamRefused as refusal:
        assert refusal.place == "numbers"
    else:
        assert all(isinstance(number, float) for number in found.values())


def test_numbers_have_names_of_their_own() -> None:
    assert numbers_of("lambda = 0.1, beta=-4e1\ngamma = .5") == {
        "lambda": 0.1,
        "beta": -40.0,
        "gamma": 0.5,
    }
    with pytest.raises(ParamRefused, match="a function"):
        numbers_of("mean = 2")


# --- what is computed ---


def test_a_formula_is_torchs_bit_for_bit() -> None:
    x, y, z = (torch.randn(6, 3, 4, requires_grad=n == 0) for n in range(3))
    node = Formula(expression="mean((x - y)^2) + lambda * mean(abs(z))", numbers="lambda = 0.25")
    made = node(x=x, y=y, z=z)
    wanted = ((x - y) ** 2).mean() + 0.25 * z.abs().mean()
    assert torch.equal(made.value, wanted) and torch.equal(made.loss, wanted)
    (found,) = torch.autograd.grad(made.loss, x, retain_graph=True)
    assert torch.equal(found, torch.autograd.grad(wanted, x)[0])


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1 + 2 * 3^2 - 4 / 2 + 0 * x", 17.0),
        ("-2^2 + 0*x", -4.0),
        ("2^-1 + 0*x", 0.5),
        ("2^3^2 + 0*x", 512.0),
        ("8 / 4 / 2 + 0*x", 1.0),
        ("8 - 4 - 2 + 0*x", 2.0),
        ("2 * (3 + x)", 6.0),
        ("cos(pi) + 0*x", -1.0),
        ("2 − 3 · 1 + 0**1 * x", -1.0),
        ("max(2, 3) - min(2, 3) + x", 1.0),
    ],
)
def test_operators_bind_as_in_algebra(text: str, number: float) -> None:
    torch.testing.assert_close(float(value(text)), number)


def test_functions_of_items_leave_one_number_each() -> None:
    x, y = torch.randn(5, 3, 2), torch.randn(5, 3, 2)
    torch.testing.assert_close(value("item_sum(x*x)", x=x), x.square().flatten(1).sum(1))
    torch.testing.assert_close(value("norm(x)^2", x=x), x.square().flatten(1).sum(1))
    torch.testing.assert_close(value("dot(x, y)", x=x, y=y), (x * y).flatten(1).sum(1))
    torch.testing.assert_close(value("batch_mean(x)", x=x), x.mean(0, keepdim=True))
    torch.testing.assert_close(value("mean(batch_var(x))", x=x), x.var(0, correction=0).mean())
    torch.testing.assert_close(value("item_sum(softmax(x))", x=x), torch.full((5,), 3.0))
    assert value("logsumexp(x)", x=x).shape == (5, 3)


def test_a_number_an_item_goes_with_all_of_the_item() -> None:
    x, y = torch.randn(5, 3, 2), torch.randn(5)
    assert torch.equal(value("y * x", x=x, y=y), y[:, None, None] * x)
    torch.testing.assert_close(value("norm(x / norm(x))", x=x), torch.ones(5))


def test_the_loss_is_the_mean_of_the_value() -> None:
    x = torch.randn(5, 3)
    made = Formula(expression="x^2")(x=x)
    assert torch.equal(made.value, x**2) and torch.equal(made.loss, (x**2).mean())


def test_whole_numbers_are_taken_as_real_ones() -> None:
    assert value("mean(x)", x=torch.arange(4)) == 1.5


@pytest.mark.parametrize(
    ("text", "given", "place", "sentence"),
    [
        ("x + y", {}, "y", "y needs a wire"),
        ("x + y", {"y": torch.zeros(5, 4)}, "x", "5 3 does not go with 5 4"),
        ("item_mean(sum(x))", {}, "x", "item_mean takes a value for each item"),
        ("softmax(norm(x))", {}, "x", "softmax takes rows of numbers"),
        ("x + kappa", {}, "kappa", "kappa needs a wire"),
        ("self + x", {}, "expression", "cannot be called self"),
        ("1 + 2", {}, "expression", "must name an input"),
    ],
)
def test_what_cannot_be_computed_is_told(
    text: str, given: dict[str, Any], place: str, sentence: str
) -> None:
    for mode in (FAKE, torch.enable_grad()):
        with (
            mode,
            pytest.raises((InputRefused, ParamRefused), match=sentence) as refused,
        ):
            made = {name: torch.zeros(v.shape) for name, v in given.items()}
            value(text, **({"x": torch.zeros(5, 3)} | made))
        assert refused.value.place == place


@pytest.mark.parametrize("text", ["mean(x * stop(y))", "mean(x + sign(y))"])
def test_what_is_stopped_is_not_trained(text: str) -> None:
    node = Formula(expression=text)
    x, y = (torch.randn(4, requires_grad=True) for _ in range(2))
    found = torch.autograd.grad(
        node(x=x, y=y).loss, [x, y], allow_unused=True, materialize_grads=True
    )
    assert node.reached("loss") == {"x"}
    assert found[0].any() and not found[1].any()


def test_its_inputs_are_the_names_of_the_text_whether_it_can_be_read_or_not() -> None:
    text = "mean((x - x_hat)^2) + lambda * norm(y_1) + pi"
    assert ports(text) == ["x", "x_hat", "lambda", "y_1"]
    assert ports(text, "lambda = 0.1, q = 2") == ["x", "x_hat", "y_1"]
    assert ports("mean((x + y") == ["x", "y"]
    assert ports("") == ports("2e3 + 1.5") == []
    given = {name: torch.full((3,), 2.0) for name in ports(text)}
    assert float(Formula(expression=text)(**given).loss) == pytest.approx(4 + math.pi)


def test_functions_are_those_of_the_grammar() -> None:
    assert {*ALONE, *OF_ITEMS, *PAIRS, "dot"} - {"neg", *"+-*/^"} == set(ARGUMENTS)
    assert math.isclose(float(value("pi + 0*x")), math.pi, rel_tol=1e-6)


# --- how it is typeset ---

terms = st.recursive(
    st.sampled_from(["x", "y_1", "x_hat", "lambda", "2", "0.5"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/^"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        inner.map(lambda t: f"-({t})"),
        inner.map(lambda t: f"sqrt({t})"),
        inner.map(lambda t: f"item_mean({t})"),
    ),
    max_leaves=8,
)


@settings(max_examples=40)
@given(terms)
def test_every_formula_can_be_typeset(text: str) -> None:
    assert ziamath.Latex(latex_of(text)).getsize()[0] > 0


@pytest.mark.parametrize(
    ("text", "tex"),
    [
        ("(x - y)^2", r"\left(x - y\right)^{2}"),
        ("x - (y - z)", r"x - \left(y - z\right)"),
        ("x - y - z", "x - y - z"),
        ("lambda * (x + y)", r"\lambda\, \left(x + y\right)"),
        ("x * -y", r"x\, \left(-y\right)"),
        ("(x / y)^2", r"\left(\frac{x}{y}\right)^{2}"),
        ("abs(x_hat) + norm(z)", r"\left|\hat{x}\right| + \|z\|"),
        ("item_mean(x)", r"\mathrm{mean}_{\mathrm{item}}\left(x\right)"),
    ],
)
def test_typeset_it_means_the_same(text: str, tex: str) -> None:
    assert latex_of(text) == tex


def test_a_term_knows_its_names() -> None:
    term = read("mean(x * stop(y)) + lambda")
    assert isinstance(term, Term)
    assert list(term.names()) == ["x", "y", "lambda"]
    assert list(term.names(through=False)) == ["x", "lambda"]
