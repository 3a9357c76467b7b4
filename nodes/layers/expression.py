"""Formulas as a person types them, read to a fixed grammar: names, numbers, operators, functions.

    sum     = product (("+" | "-") product)*
    product = sign (("*" | "/") sign)*
    sign    = "-" sign | power
    power   = atom ["^" sign]
    atom    = number | name | function "(" sum ("," sum)* ")" | "(" sum ")"

Light: without torch, so that the window reads them too. Nothing else can be written: no attribute,
no call of anything but a function of the table, so that a graph stays data.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from nodes.errors import ParamRefused, TextRefused
from nodes.sentences import listed

LONGEST = 300
DEEPEST = 40
TAKEN = frozenset({"self"})
"""Names that no input can have."""

ONE = (
    *("abs", "exp", "log", "sqrt", "sin", "cos", "tanh", "sigmoid", "relu", "softplus", "sign"),
    *("mean", "sum", "largest", "smallest", "item_mean", "item_sum", "norm"),
    *("batch_mean", "batch_var", "softmax", "logsumexp", "stop"),
)
TWO = ("max", "min", "dot")
ARGUMENTS = dict.fromkeys(ONE, 1) | dict.fromkeys(TWO, 2)
STOPPED = ("stop", "sign")
"""Functions that no gradient goes through."""

_SIGN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>[a-zA-Z_][a-zA-Z0-9_]*)"
    r"|(?P<sign>\*\*|[-+*/^(),·−]))"
)
_SAME = {"**": "^", "·": "*", "−": "-"}
_NUMBER = re.compile(
    r"\s*(?P<name>[a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"
    r"(?P<value>-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(?:[,;\n]|$)?"
)


class Term(NamedTuple):
    """A part of a formula: what it does, to which parts, and where it stands in the text.

    `does` is an operator, a function, `neg`, `name` or `number`; `value` that name or number.
    """

    does: str
    parts: tuple[Term, ...] = ()
    value: str | float = ""
    place: int = 0

    def names(self, *, through: bool = True) -> Iterator[str]:
        """Yield the free names; without `through`, those that a gradient can reach."""
        if self.does == "name":
            yield str(self.value)
        if through or self.does not in STOPPED:
            for part in self.parts:
                yield from part.names(through=through)


class _Word(NamedTuple):
    kind: str
    text: str
    place: int


@lru_cache(256)
def read(text: str) -> Term:
    """Read a formula; raise `ParamRefused` with the place in the text where it is none."""
    if len(text) > LONGEST:
        raise TextRefused(
            "A formula has at most {must} signs.", text, LONGEST, must=LONGEST, param="expression"
        )
    reader = _Reader(text)
    term = reader.sum(0)
    if reader.word.kind != "end":
        raise TextRefused(
            "An operator must stand here: + - * / or ^.",
            text,
            reader.word.place,
            param="expression",
        )
    return term


@lru_cache(256)
def numbers_of(text: str) -> dict[str, float]:
    """Read numbers, `lambda = 0.1, beta = 4`; raise `ParamRefused` where they are none."""
    found: dict[str, float] = {}
    place, end = 0, len(text.rstrip())
    if end > LONGEST:
        raise TextRefused(
            "Numbers have at most {must} signs.", text, 0, param="numbers", must=LONGEST
        )
    while place < end:
        match = _NUMBER.match(text, place)
        if match is None:
            raise TextRefused(
                "Numbers are written as lambda = 0.1, beta = 4: a name, =, a number.",
                text,
                place,
                param="numbers",
            )
        name = match["name"]
        if name in ARGUMENTS:
            raise TextRefused(
                "This name is a function: take another.", text, place, param="numbers"
            )
        found[name] = float(match["value"])
        place = match.end()
    return found


class _Reader:
    """Reads a text from left to right, one word ahead."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.word = self._next()

    def sum(self, depth: int) -> Term:
        left = self.product(depth)
        while self.word.text in ("+", "-"):
            word = self._take()
            left = Term(word.text, (left, self.product(depth)), place=word.place)
        return left

    def product(self, depth: int) -> Term:
        left = self.sign(depth)
        while self.word.text in ("*", "/"):
            word = self._take()
            left = Term(word.text, (left, self.sign(depth)), place=word.place)
        return left

    def sign(self, depth: int) -> Term:
        if self.word.text != "-":
            return self.power(depth)
        self._must_be_shallow(depth)
        word = self._take()
        return Term("neg", (self.sign(depth + 1),), place=word.place)

    def power(self, depth: int) -> Term:
        base = self.atom(depth)
        if self.word.text != "^":
            return base
        self._must_be_shallow(depth)
        word = self._take()
        return Term("^", (base, self.sign(depth + 1)), place=word.place)

    def atom(self, depth: int) -> Term:
        self._must_be_shallow(depth)
        word = self._take()
        if word.kind == "number":
            return Term("number", value=float(word.text), place=word.place)
        if word.kind == "name":
            return self._named(word, depth)
        if word.text != "(":
            raise TextRefused(
                "A name, a number or ( must stand here.", self.text, word.place, param="expression"
            )
        inside = self.sum(depth + 1)
        self._expect(")")
        return inside

    def _named(self, word: _Word, depth: int) -> Term:
        count = ARGUMENTS.get(word.text, 0)
        if self.word.text != "(":
            if count:
                raise TextRefused(
                    "{name} is a function: write {name}(…).",
                    self.text,
                    word.place,
                    name=word.text,
                    param="expression",
                )
            if word.text in TAKEN:
                raise TextRefused(
                    "An input cannot be called {name}: take another name.",
                    self.text,
                    word.place,
                    name=word.text,
                    param="expression",
                )
            return Term("name", value=word.text, place=word.place)
        if not count:
            known = listed(sorted(ARGUMENTS))
            raise TextRefused(
                "{name} is no function. Functions are {known}.",
                self.text,
                word.place,
                name=word.text,
                known=known,
                param="expression",
            )
        self._take()
        parts = [self.sum(depth + 1)]
        while self.word.text == ",":
            self._take()
            parts.append(self.sum(depth + 1))
        self._expect(")")
        if len(parts) != count:
            raise TextRefused(
                "{name} takes {must} values; it is given {found}.",
                self.text,
                word.place,
                name=word.text,
                must=count,
                found=len(parts),
                param="expression",
            )
        return Term(word.text, tuple(parts), place=word.place)

    def _expect(self, sign: str) -> None:
        if self.word.text != sign:
            raise TextRefused(
                "A closing ) must stand here.", self.text, self.word.place, param="expression"
            )
        self._take()

    def _must_be_shallow(self, depth: int) -> None:
        if depth > DEEPEST:
            raise TextRefused(
                "A formula is at most {must} parentheses deep.",
                self.text,
                self.word.place,
                must=DEEPEST,
                param="expression",
            )

    def _take(self) -> _Word:
        taken, self.word = self.word, self._next()
        return taken

    def _next(self) -> _Word:
        rest = self.text[self.at :]
        if not rest.strip():
            return _Word("end", "", len(self.text))
        match = _SIGN.match(self.text, self.at)
        if match is None:
            place = self.at + len(rest) - len(rest.lstrip())
            raise TextRefused(
                "This sign has no meaning in a formula.", self.text, place, param="expression"
            )
        self.at = match.end()
        kind = str(match.lastgroup)
        text = match[kind]
        return _Word(kind, _SAME.get(text, text), match.start(kind))


# --- as it is typeset ---

_GREEK = re.compile(
    "alpha|beta|gamma|delta|epsilon|zeta|eta|theta|kappa|lambda|mu|nu|xi|pi|rho|sigma|tau|phi|chi|"
    "psi|omega"
)
_RANK = {"+": 1, "-": 1, "*": 2, "/": 4, "neg": 2, "^": 3}
_ROUND = {"abs": r"\left|{0}\right|", "sqrt": r"\sqrt{{{0}}}", "norm": r"\|{0}\|"}


def latex(term: Term) -> str:
    """Return the LaTeX of a formula."""
    return _tex(term, 0)


def latex_of(text: str) -> str:
    """Return the LaTeX of a text, "" where it cannot be read."""
    try:
        return latex(read(text))
    except ParamRefused:
        return ""


def _tex(term: Term, rank: int) -> str:
    found = _plain(term)
    low = _RANK.get(term.does, 9) < rank
    return rf"\left({found}\right)" if low else found


def _plain(term: Term) -> str:
    does, parts = term.does, term.parts
    if does == "number":
        return f"{term.value:g}" if isinstance(term.value, float) else str(term.value)
    if does == "name":
        return _name(str(term.value))
    if does == "/":
        return rf"\frac{{{_tex(parts[0], 0)}}}{{{_tex(parts[1], 0)}}}"
    if does == "^":
        return rf"{_tex(parts[0], 5)}^{{{_tex(parts[1], 0)}}}"
    if does == "neg":
        return f"-{_tex(parts[0], 2)}"
    if does in "+-":
        return f"{_tex(parts[0], 1)} {does} {_tex(parts[1], 1 if does == '+' else 2)}"
    if does == "*":
        return rf"{_tex(parts[0], 2)}\, {_tex(parts[1], 3)}"
    inside = ", ".join(_tex(part, 0) for part in parts)
    if does in _ROUND:
        return _ROUND[does].format(inside)
    over, _, stem = does.rpartition("_")
    below = f"_{{{_upright(over)}}}" if over else ""
    return rf"{_upright(stem)}{below}\left({inside}\right)"


def _name(name: str) -> str:
    stem, _, below = name.partition("_")
    if below == "hat":
        return rf"\hat{{{stem}}}"
    sign = rf"\{stem}" if _GREEK.fullmatch(stem) else stem if len(stem) == 1 else _upright(stem)
    return f"{sign}_{{{_upright(below)}}}" if below else sign


def _upright(word: str) -> str:
    return rf"\mathrm{{{word.replace('_', ' ')}}}"
