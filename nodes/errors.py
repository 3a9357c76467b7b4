"""Errors that a user can cause, with the sentence they read.

The tree:

    Refusal                     a sentence and what to do about it
     ├─ ParamRefused            a parameter is out of its limits or of the wrong kind
     ├─ InputRefused            a value on a wire has the wrong shape, range or type
     │   └─ Unbuilt             a model has no weights yet: nothing was shown to it
     ├─ DataMissing             a file or folder is absent, truncated or of another format
     └─ (engine.errors)         what the engine adds: graphs, runs, checkpoints
"""

from __future__ import annotations


class Refusal(Exception):
    """Say in one sentence what must be, what is, and in another what to do.

    `place` is filled at the border by the engine: a node id, with `.port` or `.param` behind it.
    """

    def __init__(self, sentence: str, fix: str = "", *, place: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.fix = fix
        self.place = place
        self.blamed = False  # whether `place` begins with the id of a node

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        return f"{where}{self.sentence} {self.fix}".strip()


class ParamRefused(Refusal):
    """A parameter is out of its limits or of the wrong kind."""


class InputRefused(Refusal):
    """A value on a wire has the wrong shape, range or type."""


class Unbuilt(InputRefused):
    """A model has no weights yet: nothing was shown to it. A check asks again later."""


class DataMissing(Refusal):
    """A file or folder is absent, truncated or of another format."""


class Exhausted(Exception):
    """The test data has been seen whole: ends a stream, never shown."""
