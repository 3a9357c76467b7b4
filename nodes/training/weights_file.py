"""Read weights from a run's folder, a checkpoint, or any safetensors file.

Reading them never runs code.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from safetensors import SafetensorError, safe_open
from torch import Tensor

from nodes.data.places import found_file, located
from nodes.errors import DataMissing, InputRefused
from nodes.sentences import say
from nodes.types import Shape

CHECKPOINTS = "checkpoints"
SUFFIX = ".safetensors"
EXTRA = "_extra_state"
Shapes = Mapping[str, Shape]


class Found(NamedTuple):
    """A file, and the names in it of the weights that a network asks for, by its own names."""

    file: Path
    names: Mapping[str, str]


def weights_file(path: Path, home: Path | None) -> Path:
    """Return the file of weights that a path means: of a run the newest checkpoint.

    Raise `DataMissing` where there is no such file, or the folder holds no checkpoint.
    """
    there = located(path, home)
    if not there.is_dir():
        return found_file(path, home)
    kept = sorted((there / CHECKPOINTS).glob(f"[0-9]*{SUFFIX}"))
    if not kept:
        raise DataMissing(
            "{path} holds no checkpoint.",
            "Choose the folder of a run that was kept, or a file of weights.",
            place="file",
            path=there,
        )
    return kept[-1]


def found(file: Path, wanted: Shapes, network: str) -> Found:
    """Find the weights that a network needs in a file, or raise a refusal that names one."""
    groups = _groups(_shapes_in(file))
    group = _named(file, groups, network) if network else _only(file, groups, wanted)
    _must_fit(file, wanted, groups[group])
    head = f"{group}/" if group else ""
    return Found(file, {name: head + name for name in wanted})


def read(found: Found) -> dict[str, Tensor]:
    """Read the weights that were found, each by the network's own name and in its shape.

    Raise `DataMissing` where the file cannot be read.
    """
    try:
        with safe_open(found.file, framework="pt") as file:
            return {own: file.get_tensor(name) for own, name in found.names.items()}
    except (SafetensorError, OSError, ValueError) as error:
        raise _damaged(found.file, error) from error


def _shapes_in(path: Path) -> dict[str, Shape]:
    try:
        with safe_open(path, framework="pt") as file:
            names = [name for name in file.keys() if EXTRA not in name]  # noqa: SIM118
            return {name: Shape(file.get_slice(name).get_shape()) for name in names}
    except (SafetensorError, OSError, ValueError) as error:
        raise _damaged(path, error) from error


def _groups(shapes: Shapes) -> dict[str, dict[str, Shape]]:
    """Return the weights of each node of a run; those of a plain file go by no name."""
    groups: dict[str, dict[str, Shape]] = {}
    for name, shape in shapes.items():
        node, _, own = name.rpartition("/")
        groups.setdefault(node, {})[own] = shape
    return groups


def _named(file: Path, groups: Mapping[str, Shapes], network: str) -> str:
    if network in groups:
        return network
    raise InputRefused(
        "{file} has no network “{name}”; it has {known}.",
        place="network",
        file=file.name,
        name=network,
        known=", ".join(sorted(filter(None, groups))) or "—",
    )


def _only(file: Path, groups: Mapping[str, Shapes], wanted: Shapes) -> str:
    """Return the one group that fits, or that fits best where none does."""
    fit = [name for name, known in groups.items() if not list(_misfits(wanted, known))]
    if len(fit) > 1:
        raise InputRefused(
            "Several networks of {file} fit: {known}.",
            "Name one of them.",
            place="network",
            file=file.name,
            known=", ".join(sorted(fit)),
        )
    ranked: Sequence[str] = fit or sorted(groups, key=lambda g: -len(groups[g].keys() & wanted))
    if not ranked:
        raise DataMissing(
            "{file} holds no weights.", "Choose another file.", place="file", file=file.name
        )
    return ranked[0]


def _misfits(wanted: Shapes, known: Shapes) -> Iterator[str]:
    yield from (name for name, shape in wanted.items() if known.get(name) != shape)


def _must_fit(file: Path, wanted: Shapes, known: Shapes) -> None:
    name = next(_misfits(wanted, known), None)
    if name is None:
        return
    if name not in known:
        raise InputRefused(
            "{file} has no weight “{name}”.",
            "Choose a file of a network of this kind.",
            place="file",
            file=file.name,
            name=name,
        )
    raise InputRefused(
        "The weight “{name}” has the shape {found} in {file}; it must be {must}.",
        "Set the network up as the one whose weights these are.",
        place="file",
        file=file.name,
        name=name,
        found=known[name],
        must=wanted[name],
    )


def _damaged(path: Path, error: Exception) -> DataMissing:
    return DataMissing(
        say("{path} is no file of weights in safetensors ({error}).", path=path, error=error),
        say("Choose the folder of a run, or a .safetensors file."),
        place="file",
    )
