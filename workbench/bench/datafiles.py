"""Graphs for data files, and data paths relative to the graph's file."""

from __future__ import annotations

import os
from pathlib import Path

from engine.document.catalogue import Catalogue
from engine.document.graph import Change, Graph, Place, Put, Wire
from nodes.data.places import ARRAYS, MOLECULES, TABLES
from nodes.errors import DataMissing

KINDS = dict.fromkeys((*TABLES, *ARRAYS), "ArrayFile") | dict.fromkeys(MOLECULES, "MoleculeFile")
FOLDERS = ("ImageFolder", "AudioFolder")
PREVIEWED = {"ArrayFile", *FOLDERS}
"""Kinds that can be previewed."""

_POINTS = "Scatter", ("points", "labels")
_PICTURES = "ImageGrid", ("images", "labels")
_SHOWN = {
    "MoleculeFile": ("MoleculeView", ("molecules",)),
    "ImageFolder": _PICTURES,
    "AudioFolder": ("AudioView", ("sounds", "labels")),
}
"""The view for each kind of data, and the ports wired to it."""


def data_kind(path: Path) -> str:
    """Return the kind of node that reads a file or a folder, or "" if there is none."""
    if path.is_dir():
        return "AudioFolder" if _holds_sounds(path) else "ImageFolder"
    return KINDS.get(path.suffix.lower(), "")


def data_place(path: Path) -> Place:
    """Return a node that reads a data file or a folder."""
    kind = data_kind(path)
    return Place(kind=kind, params={"folder" if kind in FOLDERS else "file": str(path.resolve())})


def graph_of(path: Path) -> Graph:
    """Return a graph that reads a data file and shows samples of it."""
    data = data_place(path)
    kind = data.kind
    view, ports = _SHOWN.get(kind) or (_PICTURES if _holds_pictures(path) else _POINTS)
    graph = Graph(
        title=path.stem,
        nodes={"data": data, "view": Place(kind=view)},
        wires=[Wire("data", name, "view", name) for name in ports],
    )
    graph.layout.positions = {"data": [0.0, 0.0], "view": [288.0, 0.0]}
    graph.layout.views = ["view"]
    return graph


def _holds_sounds(folder: Path) -> bool:
    """Return whether the first files in or below a folder include sounds and no pictures."""
    from nodes.data.folders import Kind, holds_one  # numpy comes with it: not at the start
    from nodes.data.pictures import SUFFIXES
    from nodes.data.wav import SOUNDS

    try:
        return holds_one(folder, Kind(SOUNDS)) and not holds_one(folder, Kind(SUFFIXES))
    except OSError:
        return False


def _holds_pictures(path: Path) -> bool:
    """Return whether an array file's header declares more than two dimensions."""
    if path.suffix.lower() not in ARRAYS:
        return False
    from nodes.data.arrays import array_shape  # numpy: not before the first picture of the window

    try:
        return len(array_shape(path)) > 2
    except DataMissing:
        return False


def moved_paths(graph: Graph, catalogue: Catalogue, old: Path | None, new: Path) -> Change:
    """Return the change that makes data paths in or below the folder `new` relative to it.

    A relative path that exists below the folder `old` still leads to the same file afterwards.
    """
    puts = []
    for node, place in graph.nodes.items():
        kind = catalogue.of(place)
        for param in kind.params if kind else ():
            given = place.params.get(param.name)
            if param.type == "path" and isinstance(given, str) and given:
                written = _written(given, old, new)
                if written != given:
                    puts.append(Put(("nodes", node, "params", param.name), written))
    return Change("Write paths beside the graph", tuple(puts))


def _written(given: str, old: Path | None, new: Path) -> str:
    path = Path(given)
    if not path.is_absolute():
        if given.startswith("~") or old is None or old == new or not (old / path).exists():
            return given
        path = Path(os.path.normpath(old / path))
    try:
        return path.relative_to(new).as_posix()
    except ValueError:
        return str(path)
