"""The notation of einops for axes, `b c (h p) -> b h (p c)`, read to a fixed grammar."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from nodes.errors import InputRefused, ParamRefused, TextRefused
from nodes.types import Shape

LONGEST = 200
MOST_AXES = 12
REST = "..."
_SIGNS = re.compile(r"\s*(?:(?P<name>[a-zA-Z][a-zA-Z0-9_]*)|(?P<sign>\.\.\.|->|[()1]))")
_SIZE = re.compile(r"\s*([a-zA-Z][a-zA-Z0-9_]*)\s*=\s*([0-9]{1,9})\s*[, ]?")

Side = tuple[tuple[str, ...], ...]
"""Axes in order, each of one name, of several that are joined, or of none where it is 1."""


class Pattern(NamedTuple):
    """Axes before and after."""

    left: Side
    right: Side

    def spelled(self, side: Side, axes: int) -> Side:
        """Return a side with the axes that `...` stands for in an input of so many axes."""
        count = axes - sum(group != (REST,) for group in self.left)
        rest = tuple((f"{REST}{n}",) for n in range(count))
        return tuple(g for group in side for g in (rest if group == (REST,) else (group,)))


@lru_cache(256)
def pattern_of(text: str) -> Pattern:
    """Read a pattern; raise `ParamRefused` with the place in the text where it is none."""
    if len(text) > LONGEST:
        raise TextRefused(
            "A pattern must have at most {must} signs.",
            text,
            LONGEST,
            param="pattern",
            must=LONGEST,
        )
    words = list(_words(text))
    arrows = [n for n, (word, _) in enumerate(words) if word == "->"]
    if len(arrows) != 1:
        place = words[arrows[1]][1] if arrows else len(text)
        raise TextRefused(
            "A pattern has one arrow, ->, between two sides.", text, place, param="pattern"
        )
    pattern = Pattern(_side(words[: arrows[0]], text), _side(words[arrows[0] + 1 :], text))
    _must_match(pattern, text)
    return pattern


def sizes_of(text: str) -> dict[str, int]:
    """Read sizes, `p=4 q=4`; raise `ParamRefused` where they are none."""
    found: dict[str, int] = {}
    place = 0
    while place < len(text.rstrip()):
        match = _SIZE.match(text, place)
        if match is None or int(match[2]) < 1 or len(found) >= MOST_AXES:
            raise TextRefused(
                "Sizes are written as p=4 q=4: a name, =, a whole number.",
                text,
                place,
                param="sizes",
            )
        found[match[1]] = int(match[2])
        place = match.end()
    return found


def must_have_lengths(pattern: Pattern, given: Mapping[str, int], x: Shape) -> dict[str, int]:
    """Return the length of each axis of x; raise `InputRefused` where x has not these axes."""
    rest = (REST,) in pattern.left
    least = len(pattern.left) - rest
    if len(x) < least or (len(x) > least and not rest):
        raise InputRefused(
            "{x} must have {must} axes, as the pattern says; it has {found}.",
            "Name each axis of {x} once before the arrow.",
            place="x",
            must=least,
            found=len(x),
        )
    lengths: dict[str, int] = {}
    for group, size in zip(pattern.spelled(pattern.left, len(x)), x, strict=True):
        lengths |= _apart(group, size, given)
    return lengths


def _apart(group: tuple[str, ...], size: int, given: Mapping[str, int]) -> dict[str, int]:
    """Return the lengths of the axes that are joined in one of this size."""
    known = {name: given[name] for name in group if name in given}
    open_ = [name for name in group if name not in given]
    product = Shape(known.values()).numel
    if len(open_) > 1:
        raise ParamRefused(
            "Of {names} all sizes but one must be known.",
            "Write them into {sizes}, as {name}=4.",
            place="sizes",
            names=" ".join(group),
            name=open_[-1],
        )
    if size % product or (not open_ and size != product):
        raise InputRefused(
            "The axis {names} of {x} must be a multiple of {must}; it is {found}."
            if open_
            else "The axis {names} of {x} must be {must}; it is {found}.",
            "Change {sizes}, or what is wired.",
            place="x",
            names=" ".join(group) or "1",
            must=product,
            found=size,
        )
    return known | dict.fromkeys(open_, size // product)


def _words(text: str) -> list[tuple[str, int]]:
    """Return the signs and names of a pattern with their places."""
    found: list[tuple[str, int]] = []
    place = 0
    while place < len(text.rstrip()):
        match = _SIGNS.match(text, place)
        if match is None:
            raise TextRefused("This is no name of an axis.", text, place, param="pattern")
        found.append((match["name"] or match["sign"], match.end() - len(match[0].lstrip())))
        place = match.end()
    return found


def _side(words: list[tuple[str, int]], text: str) -> Side:
    """Return the axes of one side."""
    groups: list[tuple[str, ...]] = []
    inside: list[str] | None = None
    for word, place in words:
        if word == "(":
            if inside is not None:
                raise TextRefused("Parentheses cannot hold others.", text, place, param="pattern")
            inside = []
        elif word == ")":
            if inside is None:
                raise TextRefused("This parenthesis was not opened.", text, place, param="pattern")
            groups.append(tuple(inside))
            inside = None
        elif inside is not None:
            if word == REST:
                raise TextRefused(
                    "The dots stand outside of parentheses.", text, place, param="pattern"
                )
            inside += [] if word == "1" else [word]
        else:
            groups.append(() if word == "1" else (word,))
    if inside is not None:
        raise TextRefused(
            "A parenthesis is open at the end of a side.", text, words[-1][1], param="pattern"
        )
    return tuple(groups)


def _must_match(pattern: Pattern, text: str) -> None:
    """Raise `ParamRefused` where the sides have other names, or the batch does not stay first."""
    left, right = ([n for group in side for n in group] for side in pattern)
    for names in (left, right):
        for name in names:
            if names.count(name) > 1:
                raise TextRefused(
                    "An axis stands once on each side.", text, text.find(name), param="pattern"
                )
    if odd := sorted({*left} ^ {*right}):
        raise TextRefused(
            "Both sides must name the same axes.", text, max(0, text.find(odd[0])), param="pattern"
        )
    if len(left) > MOST_AXES:
        raise TextRefused(
            "A pattern must have at most {must} axes.", text, 0, param="pattern", must=MOST_AXES
        )
    first = {side[0] if side else () for side in pattern}
    if len(first) != 1 or len(first & {()}) or any(len(group) != 1 for group in first):
        raise TextRefused(
            "The first axis, the batch, must stay first and alone.", text, 0, param="pattern"
        )
