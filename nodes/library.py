"""Find the node classes: those shipped, those of plug-ins and those in the user's folders.

A class is a node kind by being there, in `x.py` or `family/x.py` of a folder. A file that fails to
import is reported and harms nothing.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.metadata
import importlib.util
import inspect
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import nodes
from nodes.base import Node
from nodes.roles import GroupRole
from nodes.sentences import Text, say

ENTRY_POINTS = "genworkbench.nodes"


@dataclass
class Library:
    """The installed kinds by name, where each came from, and the files that failed."""

    kinds: dict[str, type[Node]] = field(default_factory=dict)
    roles: dict[str, type[GroupRole]] = field(default_factory=dict)
    """What groups may act as."""
    categories: dict[str, str] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    failures: dict[str, Text] = field(default_factory=dict)

    def add(self, kind: type[Node], *, category: str, source: str, prefix: str = "") -> None:
        """Add a class under its name; where the name is taken, note a failure instead."""
        name = f"{prefix}{kind.__name__}"
        if name in self.kinds and self.kinds[name] is not kind:
            self.failures[inspect.getfile(kind)] = say(
                "{file}, line {line}: the kind {kind} exists already, from {other}; rename one.",
                **place_of(kind),
                kind=name,
                other=self.sources[name],
            )
            return
        self.kinds[name] = kind
        self.categories[name] = category
        self.sources[name] = source


def find(*folders: Path | None) -> Library:
    """Return every node kind: shipped, from entry points, and from the files of `folders`."""
    library = Library()
    root = Path(nodes.__path__[0])
    for file in _files(root):
        name = ".".join(("nodes", *file.relative_to(root).with_suffix("").parts))
        module = _tried(library, str(file), partial(importlib.import_module, name))
        for kind in _kinds_of(module) if module else ():
            library.add(kind, category=_category(file, root), source="built-in")
        library.roles |= _roles_of(module) if module else {}
    for point in importlib.metadata.entry_points(group=ENTRY_POINTS):
        module = _tried(library, point.value, point.load)
        _add_plugin(library, module, point.name, point.name)
    for folder in dict.fromkeys(f.resolve() for f in folders if f):
        for file in _files(folder):
            module = _tried(library, str(file), partial(_load_file, file))
            _add_plugin(library, module, file.stem, _category(file, folder))
    return library


def _files(folder: Path) -> list[Path]:
    """Return a folder's node files and those of its families; others begin with `_` or a dot."""
    found = sorted(folder.glob("*.py")) + sorted(folder.glob("*/*.py"))
    return [f for f in found if not any(p[0] in "._" for p in f.relative_to(folder).parts)]


def _category(file: Path, folder: Path) -> str:
    return file.stem if file.parent == folder else file.parent.name


def _tried(library: Library, source: str, load: Callable[[], Any]) -> ModuleType | None:
    try:
        module: ModuleType = load()
    except (Exception, SystemExit) as error:  # a plug-in may raise anything: the border is here
        library.failures[source] = _failure(source, error)
        return None
    return module


def _failure(source: str, error: BaseException) -> Text:
    """Say in which file and line a module could not be imported."""
    frames = traceback.extract_tb(error.__traceback__)
    line = next((f.lineno for f in reversed(frames) if f.filename == source), None)
    words = str(error)
    if isinstance(error, SyntaxError):
        line, words = error.lineno if error.filename == source else line, error.msg
    return say(
        "{file}, line {line}: {error}" if line else "{file}: {error}",
        file=Path(source).name,
        line=line or 0,
        error=": ".join(filter(None, (type(error).__name__, words))),
    )


def place_of(kind: type[Node]) -> dict[str, Any]:
    """Return the file and the line of a class, as parts of a sentence."""
    return {"file": Path(inspect.getfile(kind)).name, "line": inspect.getsourcelines(kind)[1]}


def _add_plugin(library: Library, module: ModuleType | None, name: str, category: str) -> None:
    if module is None:
        return
    source = module.__file__ or name
    kinds, roles = list(_kinds_of(module)), _roles_of(module)
    for kind in kinds:
        library.add(kind, category=category, source=source, prefix=f"{name}.")
    library.roles |= {f"{name}.{role}": kind for role, kind in roles.items()}
    if not (kinds or roles):
        library.failures[source] = say(
            "{file} holds no node: no class in it extends Node.", file=Path(source).name
        )


def _kinds_of(module: ModuleType) -> Iterator[type[Node]]:
    """Yield the classes the module defines; what a family shares stands in its `base.py`."""
    if module.__name__.endswith(".base"):
        return
    for value in vars(module).values():
        here = isinstance(value, type) and value.__module__ == module.__name__
        if not here or not issubclass(value, Node) or inspect.isabstract(value):
            continue
        if not value.__name__.startswith("_") and not issubclass(value, GroupRole):
            yield value


def _roles_of(module: ModuleType) -> dict[str, type[GroupRole]]:
    """Return the roles that a module defines, by name; as of kinds, private ones are bases."""
    found = (v for v in vars(module).values() if isinstance(v, type) and issubclass(v, GroupRole))
    own = (v for v in found if v.__module__ == module.__name__ and v is not GroupRole)
    return {v.name(): v for v in own if not v.__name__.startswith("_")}


def _load_file(file: Path) -> ModuleType:
    name = f"genworkbench_plugin_{hashlib.sha1(str(file).encode()).hexdigest()[:8]}_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file.name} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # typing.get_type_hints looks there
    spec.loader.exec_module(module)
    return module
