"""Let exceptions in overrides of Qt methods reach the border as objects.

Before Python 3.12, an exception raised by the interpreter, such as `None + 1` or `int("x")`, is
only made an object when a handler catches it. PySide reads the object and aborts if there is none.
So every override is wrapped in a handler that raises the exception again.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import wraps
from types import FunctionType
from typing import Any

from PySide6.QtCore import QObject

NEEDED = sys.version_info < (3, 12)
ROOT: Any = QObject.__mro__[-2]  # base class of all classes that Qt calls, graphics items included
MADE = "made whole"


def guard_overrides() -> None:
    """Wrap the overrides of all existing classes and of classes defined later."""
    if NEEDED and "__init_subclass__" not in vars(ROOT):
        for cls in list(_below(ROOT)):
            _handle(cls)
        ROOT.__init_subclass__ = classmethod(lambda cls, **_: _handle(cls))


def _below(cls: type) -> Iterator[type]:
    subs: list[type] = type.__subclasses__(cls)
    for sub in subs:
        yield sub
        yield from _below(sub)


def _of_qt(cls: type) -> bool:
    return cls.__module__.partition(".")[0] in ("PySide6", "Shiboken", "shiboken6", "builtins")


def _handle(cls: type) -> None:
    """Wrap the methods of a class that Qt may call, including those of a mixin."""
    own = [base for base in cls.__mro__ if not _of_qt(base)]
    known = {name for base in cls.__mro__ if _of_qt(base) for name in vars(base)}
    for name in {name for base in own for name in vars(base)} & known:
        method = getattr(cls, name)
        if isinstance(method, FunctionType) and not name.startswith("__"):
            setattr(cls, name, _handled(method))


def _handled(method: Callable[..., Any]) -> Callable[..., Any]:
    if MADE in vars(method):
        return method

    @wraps(method)
    def call(*args: Any, **more: Any) -> Any:
        try:
            return method(*args, **more)
        except Exception:  # catching it makes it an object
            raise

    vars(call)[MADE] = True
    return call
