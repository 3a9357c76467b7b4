"""Render sentences, which come as data from the engine and the edits, in the window's language.

A `Sentence` is a template with parts (`nodes.sentences`). resources/i18n/sentences.fr.json holds
the French templates. Parts appear as in the window: a node by its title, a port in letters,
catalogue texts and numbers in the user's language.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from msgspec import ValidationError, convert
from msgspec import field as optional
from msgspec.structs import asdict
from PySide6.QtCore import QCoreApplication

from engine.document.catalogue import Catalogue, Fix, KindInfo, Problem
from engine.document.graph import Graph
from nodes.errors import Refusal
from nodes.sentences import Listed, NodeName, Part, PortName, Sentence, Text, Word, filled, joined
from workbench.words import language
from workbench.words.kinds import kind_title, title_of
from workbench.words.letters import letters
from workbench.words.quantities import show_float, show_int


def tr(text: str) -> str:
    return QCoreApplication.translate("sentences", text)


@dataclass(frozen=True)
class Names:
    """The context of names: a graph, a catalogue, and a node."""

    graph: Graph = field(default_factory=Graph)
    catalogue: Catalogue = field(default_factory=Catalogue)
    node: str = ""

    @property
    def kind(self) -> KindInfo | None:
        """Return the kind of the node a sentence is about."""
        place = self.graph.nodes.get(self.node)
        return self.catalogue.of(place) if place else None


NOWHERE = Names()
_ENDLESS = re.compile(r"([^\s/\\]{24})[^\s/\\]{8,}([^\s/\\]{12})")
"""A word too long for a line of a message, such as a file name."""


def names_at(names: Names, node: str) -> Names:
    """Return the same names for another node."""
    return Names(names.graph, names.catalogue, node)


def translate(text: Text, names: Names = NOWHERE) -> str:
    """Return a sentence or label in the window's language, or unchanged if not translated."""
    own = language.sentences(language.spoken())
    if isinstance(text, str):
        return own.get(text, text)
    words = own.get(text.template, text.template)
    return filled(words, lambda name: part_text(text.parts.get(name, PortName(name)), names))


def row_of(texts: Iterable[Text], names: Names = NOWHERE) -> str:
    """Return several texts in the window's language, with semicolons between them."""
    return tr("; ").join(translate(text, names) for text in texts)


def fact_text(value: Any) -> str:
    """Return a figure's text, which may be a part of a sentence as data."""
    if isinstance(value, dict):
        try:
            value = convert(value, Part)
        except ValidationError:  # a run's file may come from anywhere
            return str(value)
    if value is None or not isinstance(value, Part) or isinstance(value, bool):
        return "" if value is None else str(value)
    return part_text(value)


def part_text(part: Part, names: Names = NOWHERE) -> str:
    """Return a part of a sentence as text."""
    return _SHOWN[type(part)](part, names)


def _word(word: Word, names: Names) -> str:
    return QCoreApplication.translate(language.KINDS, word.text)


def _port(port: PortName, names: Names) -> str:
    """Return a port's letters; for a parameter, its title."""
    kind = names.catalogue.kinds.get(port.kind) or names.kind
    here = kind and (kind.input(port.name) or kind.output(port.name))
    param = None if here or kind is None else kind.param(port.name)
    return _word(Word(param.title), names) if param and param.title else letters(port.name)


def _node(node: NodeName, names: Names) -> str:
    """Return a node's title; for a place, `encoder.x`, title and port.

    A node that is there may be called after others, as an optimizer is after what it trains.
    """
    id, _, port = node.id.partition(".")
    if port and id in names.graph.nodes:
        return f"{_node(NodeName(id), names)}, {letters(port)}"
    kind = names.catalogue.kinds.get(node.kind)
    there = names.graph.nodes.get(node.id)
    if node.title or there is None or node.kind not in ("", there.kind):
        return node.title or (kind_title(kind) if kind else str(node))
    return title_of(names.graph, names.catalogue, node.id)


def _whole(text: str) -> str:
    """Return a text with shapes kept on one line and overlong words cut in the middle."""
    if text.replace(" ", "").isdigit():
        text = text.replace(" ", "\u00a0")
    return _ENDLESS.sub(r"\1…\2", text)


def _decimal(number: float) -> str:
    """Return a number, without decimals if it is an integer."""
    whole = number.is_integer() and abs(number) < 1e6
    return show_int(int(number)) if whole else show_float(number)


def _listed(row: Listed, names: Names) -> str:
    last = f" {_word(Word(row.by), names)} " if row.by else ", "
    return joined([part_text(part, names) for part in row.parts], last)


_SHOWN: dict[type, Callable[[Any, Names], str]] = {
    str: lambda text, _: _whole(text),
    int: lambda number, _: show_int(number),
    float: lambda number, _: _decimal(number),
    Word: _word,
    PortName: _port,
    NodeName: lambda node, names: _whole(_node(node, names)),
    Listed: _listed,
    Sentence: translate,
}


class TranslatedFix(Fix):
    """A fix with its label in the window's language."""

    label: str


class TranslatedProblem(Problem):
    """A problem with its texts in the window's language."""

    sentence: str
    hint: str = ""
    fix: TranslatedFix | None = None
    others: Sequence[TranslatedFix] = optional(default_factory=list)

    @property
    def fixes(self) -> Sequence[TranslatedFix]:
        return [self.fix, *self.others] if self.fix else []


def translate_problem(problem: Problem, names: Names = NOWHERE) -> TranslatedProblem:
    """Return a problem with its texts in the window's language."""
    speak = partial(translate, names=names_at(names, problem.node))
    fixes = [TranslatedFix(**asdict(fix) | {"label": speak(fix.label)}) for fix in problem.fixes]
    words = {"sentence": speak(problem.sentence), "hint": speak(problem.hint)}
    found = {"fix": fixes[0] if fixes else None, "others": fixes[1:]}
    return TranslatedProblem(**asdict(problem) | words | found)


def translate_refusal(refusal: Refusal, names: Names = NOWHERE) -> str:
    """Return a refusal's place, sentence and hint."""
    return translate(refusal.told, names_at(names, refusal.place.partition(".")[0]))
