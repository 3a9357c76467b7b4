"""Find the node classes: those shipped, those of plug-ins and those in the user's folder.

A class is a node kind by being there. A file that fails to import is reported and harms nothing.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.metadata
import importlib.util
import inspect
import pkgutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import nodes
from nodes.base import Node

ENTRY_POINTS = "genworkbench.nodes"


@dataclass
class Library:
    """The installed kinds by name, where each came from, and the files that failed."""

    kinds: dict[str, type[Node]] = field(default_factory=dict)
    categories: dict[str, str] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)

    def add(self, kind: type[Node], *, category: str, source: str, prefix: str = "") -> None:
        name = f"{prefix}{kind.__name__}"
        if name in self.kinds and self.kinds[name] is not kind:
            other = self.sources[name]
            self.failures[source] = f"The kind {name} exists already, from {other}; rename one."
            return
        self.kinds[name] = kind
        self.categories[name] = category
        self.sources[name] = source


def find(plugins: Path | None = None) -> Library:
    """Return every node kind: shipped, from entry points, and from the files of `plugins`."""
    library = Library()
    for module, category in _shipped(library):
        for kind in _kinds_of(module):
            library.add(kind, category=category, source="built-in")
    for point in importlib.metadata.entry_points(group=ENTRY_POINTS):
        _add_plugin(library, _tried(library, point.value, point.load), point.name)
    for file in sorted(plugins.glob("*.py")) if plugins else []:
        _add_plugin(library, _tried(library, str(file), partial(_load_file, file)), file.stem)
    return library


def _shipped(library: Library) -> Iterator[tuple[ModuleType, str]]:
    for info in pkgutil.walk_packages(nodes.__path__, "nodes."):
        parts = info.name.split(".")
        if info.ispkg or len(parts) < 3:
            continue
        module = _tried(library, info.name, partial(importlib.import_module, info.name))
        if module is not None:
            yield module, parts[1]


def _tried(library: Library, source: str, load: Callable[[], Any]) -> ModuleType | None:
    try:
        module: ModuleType = load()
    except Exception as error:  # a plug-in may raise anything: the border is here
        library.failures[source] = f"{type(error).__name__}: {error}"
        return None
    return module


def _add_plugin(library: Library, module: ModuleType | None, name: str) -> None:
    if module is None:
        return
    for kind in _kinds_of(module):
        library.add(kind, category=name, source=module.__file__ or name, prefix=f"{name}.")


def _kinds_of(module: ModuleType) -> Iterator[type[Node]]:
    """Yield the classes the module defines; what a family shares stands in its `base.py`."""
    if module.__name__.endswith(".base"):
        return
    for value in vars(module).values():
        here = isinstance(value, type) and value.__module__ == module.__name__
        if not here or not issubclass(value, Node) or inspect.isabstract(value):
            continue
        if not value.__name__.startswith("_"):
            yield value


def _load_file(file: Path) -> ModuleType:
    name = f"genworkbench_plugin_{hashlib.sha1(str(file).encode()).hexdigest()[:8]}_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file.name} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # typing.get_type_hints looks there
    spec.loader.exec_module(module)
    return module
