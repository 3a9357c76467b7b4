"""Published model folders: a description, and weights in safetensors.

Light: reads descriptions and headers, no weights, and needs neither torch nor another library.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from nodes.data.places import found_folder
from nodes.errors import DataMissing
from nodes.sentences import Text, listed, say

NO_FOLDER = say("No folder of a model is chosen.")
SUFFIX = ".safetensors"
VARIANTS = ("", "fp16", "bf16")
"""What a file of weights may have in its name for its number format; none first."""
UNSAFE = (".bin", ".ckpt", ".pt", ".pth", ".h5", ".msgpack", ".gguf", ".onnx")
"""Ends of files that hold weights too, and are not read: some may hide programs."""
POINTER = b"version https://git-lfs"
LARGEST_HEADER = 100 << 20
LARGEST_CONFIG = 16 << 20
MOST_NAMED = 3
HOW_TO_CONVERT = say(
    "Write them anew where you trust them: load the folder with transformers or diffusers and call "
    "save_pretrained, which writes safetensors."
)


@dataclass(frozen=True)
class ModelFolder:
    """A folder with a description and weights; `name` is how its user calls it."""

    name: str
    path: Path
    config: Mapping[str, Any]
    weights: tuple[Path, ...] = ()
    variant: str = ""
    shapes: tuple[tuple[int, ...], ...] = ()

    @property
    def count(self) -> int:
        """Return how many numbers the weights are."""
        return sum(map(prod, self.shapes))

    @property
    def kind(self) -> str:
        """Return what the library calls the network: `GPT2LMHeadModel`."""
        named = self.config.get("_class_name") or (self.config.get("architectures") or [""])[0]
        return str(named)


def opened(folder: str | Path | None, home: Path | None, *, part: str, stem: str) -> ModelFolder:
    """Return what a folder holds, or raise `DataMissing`.

    Of the folder of a pipeline the sub-folder `part` is read. The weights lie in `stem`.safetensors
    or in the files that its index names.
    """
    root = described(folder, home, part=part)
    weights, variant = _weights(root, stem)
    shapes = tuple(shape for file in weights for shape in header(file))
    config = read_config(root.path / "config.json", root.name)
    return ModelFolder(root.name, root.path, config, tuple(weights), variant, shapes)


def described(
    folder: str | Path | None, home: Path | None, *, part: str, config: str = "config.json"
) -> ModelFolder:
    """Return the folder that holds a description of a part, without reading any weights.

    Raise `DataMissing` where no folder is chosen, or it has no such description.
    """
    if not folder:
        raise DataMissing(
            NO_FOLDER,
            say("Choose one that you have: with {file} and weights in safetensors.", file=config),
            place="folder",
        )
    given = found_folder(folder, home)
    name = given.name.removeprefix("models--").replace("--", "/")
    root = _snapshot(given)
    for path in (root / part, root):
        if part and (path / config).is_file():
            return ModelFolder(name, path, {})
    raise DataMissing(
        _undescribed(root, name, part, config), say("Choose another."), place="folder"
    )


def _undescribed(root: Path, name: str, part: str, config: str) -> Text:
    if (root / "model_index.json").is_file():
        return say("{folder} is a pipeline without the part {part}.", folder=name, part=part)
    words = "{folder} is no folder of a model: it has no {file}."
    return say(words, folder=name, file=config)


def _snapshot(root: Path) -> Path:
    """Return the version in use of a model in the cache of huggingface_hub, else the folder."""
    versions = root / "snapshots"
    if not versions.is_dir():
        return root
    named = root / "refs" / "main"
    chosen = versions / named.read_text().strip() if named.is_file() else versions
    if chosen != versions and chosen.is_dir():
        return chosen
    return max((p for p in versions.iterdir() if p.is_dir()), key=lambda p: p.name, default=root)


def read_config(file: Path, name: str) -> Mapping[str, Any]:
    """Return the content of a description, or raise `DataMissing`."""
    try:
        if file.stat().st_size > LARGEST_CONFIG:
            raise ValueError("it is too large")
        content = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise _unreadable(file, name, error) from error
    if not isinstance(content, dict):
        raise _unreadable(file, name, "it holds no names with values")
    return content


def _unreadable(file: Path, name: str, why: object) -> DataMissing:
    return DataMissing(
        "{file} in {folder} cannot be read: {why}.",
        "Copy the folder anew.",
        place="folder",
        file=file.name,
        folder=name,
        why=str(why).rstrip("."),
    )


# the weights


def _weights(root: ModelFolder, stem: str) -> tuple[list[Path], str]:
    """Return the files of the weights, and the number format in their names."""
    for variant in VARIANTS:
        dotted = f".{variant}" if variant else ""
        if (file := root.path / f"{stem}{dotted}{SUFFIX}").is_file():
            return [file], variant
        if (index := root.path / f"{stem}{SUFFIX}.index{dotted}.json").is_file():
            return _shards(root, index), variant
    raise _without_weights(root, stem)


def _shards(root: ModelFolder, index: Path) -> list[Path]:
    """Return the files that an index names; all must be there."""
    named = read_config(index, root.name).get("weight_map")
    names = sorted({str(n) for n in named.values()}) if isinstance(named, dict) else []
    if not names or any(Path(n).name != n or not n.endswith(SUFFIX) for n in names):
        raise _unreadable(index, root.name, "it names no files of weights")
    absent = [n for n in names if not (root.path / n).is_file()]
    if absent:
        raise DataMissing(
            "{folder} holds only a part of its weights: of {count} files {files} are not there.",
            "Copy the rest into the folder.",
            place="folder",
            folder=root.name,
            count=len(names),
            files=listed(absent[:MOST_NAMED] + ["…"] * (len(absent) > MOST_NAMED)),
        )
    return [root.path / n for n in names]


def _without_weights(root: ModelFolder, stem: str) -> DataMissing:
    wanted = stem + SUFFIX
    unsafe = sorted(p.name for p in root.path.iterdir() if p.suffix.lower() in UNSAFE)
    if unsafe:
        return DataMissing(
            "{folder} holds its weights as {file}, which may hide a program and is not read; "
            "{wanted} is needed.",
            HOW_TO_CONVERT,
            place="folder",
            folder=root.name,
            file=unsafe[0],
            wanted=wanted,
        )
    return DataMissing(
        "{folder} has no weights: {wanted} is not there.",
        "Copy the file into the folder, or choose another.",
        place="folder",
        folder=root.name,
        wanted=wanted,
    )


def header(file: Path) -> Iterator[tuple[int, ...]]:
    """Yield the shapes of a file's tensors, or raise `DataMissing` where it is not whole."""
    size = file.stat().st_size
    with file.open("rb") as stream:
        start = stream.read(8)
        if (start + stream.read(len(POINTER) - 8)).startswith(POINTER):
            raise _pointer(file)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
        if not 0 < length <= min(size - 8, LARGEST_HEADER):
            raise _damaged(file)
        stream.seek(8)
        yield from _shapes(file, stream.read(length), size - 8 - length)


def _shapes(file: Path, head: bytes, room: int) -> Iterator[tuple[int, ...]]:
    try:
        told = json.loads(head)
        tensors = [value for name, value in told.items() if name != "__metadata__"]
        needed = max((int(t["data_offsets"][1]) for t in tensors), default=0)
        shapes = [tuple(int(n) for n in t["shape"]) for t in tensors]
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError):
        raise _damaged(file) from None
    if needed > room:
        raise DataMissing(
            "{file} ends too early: {found} of {wanted} MB are there.",
            "Copy or download it anew.",
            place="folder",
            file=file.name,
            found=room >> 20,
            wanted=needed >> 20,
        )
    yield from shapes


def _damaged(file: Path) -> DataMissing:
    return DataMissing(
        "{file} is damaged: it does not begin as safetensors do.",
        "Copy or download it anew.",
        place="folder",
        file=file.name,
    )


def _pointer(file: Path) -> DataMissing:
    return DataMissing(
        "{file} is only a pointer of Git LFS: the weights themselves are not there.",
        'Run "git lfs pull" in the folder, or download the file.',
        place="folder",
        file=file.name,
    )
