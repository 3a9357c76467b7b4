"""Errors that a user can cause, with the sentence they read.

The tree:

    Refusal                     a sentence and what to do about it
     ├─ ParamRefused            a parameter is out of its limits or of the wrong kind
     │   └─ TextRefused         the text of a parameter cannot be read
     ├─ InputRefused            a value on a wire has the wrong shape, range or type
     │   └─ Unbuilt             a model has no weights yet: nothing was shown to it
     ├─ DataMissing             a file or folder is absent, truncated or of another format
     └─ (engine.errors)         what the engine adds: graphs, runs, checkpoints
"""

from __future__ import annotations

from typing import Any, NamedTuple

from nodes.sentences import NodeName, Text, marks, say


class Refusal(Exception):
    """An error for the user: one sentence with what is required and found, another with the remedy.

    Both are templates with `parts`, as in `nodes.sentences`. The parts `must` and `found` are the
    required and the present value: the engine looks for a parameter that leads from one to the
    other. The engine fills `place` at the border: a node id, with `.port` or `.param` behind it.
    """

    def __init__(self, sentence: Text, fix: Text = "", *, place: str = "", **parts: Any) -> None:
        self.sentence = _with(sentence, parts)
        self.fix = _with(fix, parts)
        self.place = place
        self.blamed = False  # whether `place` begins with the id of a node
        super().__init__(str(self.sentence))

    @property
    def told(self) -> Text:
        """Return the whole text: place, sentence and remedy."""
        return told(self.sentence, self.fix, self.place)

    def __str__(self) -> str:
        return str(self.told)


class Doubt(NamedTuple):
    """An assumption of a node that may be wrong, and a parameter value that changes it.

    `fix` describes the effect of setting the parameter `param` to `value`.
    """

    sentence: Text
    fix: Text
    param: str
    value: Any


def told(sentence: Text, fix: Text = "", place: str = "") -> Text:
    """Return a sentence with its place before it and its remedy behind it."""
    text = say("{what} {fix}", what=sentence, fix=fix) if fix else sentence
    return say("{place}: {what}", place=NodeName(place), what=text) if place else text


def _with(text: Text, parts: dict[str, Any]) -> Text:
    """Give a template those of the parts that it names."""
    if not isinstance(text, str) or not marks(text):
        return text
    return say(text, **{name: parts[name] for name in marks(text) if name in parts})


def seen_at(text: str, at: int) -> str:
    """Return the part of a text around a place, with a mark there."""
    return f"{text[:at][-20:]}▸{text[at:][:20]}"


class ParamRefused(Refusal):
    """A parameter is out of its limits or of the wrong kind."""


class TextRefused(ParamRefused):
    """The text of a parameter cannot be read; the remedy shows where in the text."""

    def __init__(self, sentence: str, text: str, at: int, *, param: str, **parts: Any) -> None:
        super().__init__(sentence, "Here: {seen}", place=param, seen=seen_at(text, at), **parts)


class InputRefused(Refusal):
    """A value on a wire has the wrong shape, range or type."""


class Unbuilt(InputRefused):
    """A model has no weights yet: no data have reached it. A check tries again later."""


class DataMissing(Refusal):
    """A file or folder is absent, truncated or of another format."""


class Exhausted(Exception):
    """The test data are used up: ends a stream, never shown."""
