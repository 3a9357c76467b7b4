"""Feature networks in files: this program's own, and Inception's weights. Only safetensors.

Numbers and no program: a file from anywhere may be opened. Nothing is unpickled, nothing scripted.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file

from nodes.errors import DataMissing
from nodes.metrics.features import CloseReader, Convolutions, Features, Reader
from nodes.metrics.inception import Inception
from nodes.sentences import Text, say
from nodes.types import Shape

FORMAT = "genworkbench.features"
SUFFIX = ".safetensors"
OF_INCEPTION = "Mixed_7c.branch_pool.conv.weight"
"""A tensor by whose name Inception's weights are known."""
HOW_TO_CONVERT = say(
    "Write the weights anew, where torch and safetensors are: save_file(torch.load(old, "
    "weights_only=True), new)."
)


def save(network: Convolutions, file: Path, facts: dict[str, str]) -> None:
    """Write a network of this program with what is needed to make it again, and `facts`."""
    made = {
        "format": FORMAT,
        "shape": str(network.shape),
        "width": str(network.width),
        "classes": " ".join(map(str, network.groups)),
    }
    if isinstance(network, CloseReader):
        made |= {"spans": " ".join(map(str, network.spans)), "rows": str(network.rows)}
    state = {k: v.contiguous() for k, v in network.state_dict().items()}
    save_file(state, str(file), metadata=facts | made)


def read(file: Path) -> Features:
    """Read a network, or raise `DataMissing` where the file holds none."""
    network = bare(file)
    try:
        network.take(load_file(str(file)))
    except RuntimeError as error:
        raise DataMissing(
            "{path} does not hold the weights it says.", place="file", path=file
        ) from error
    return fixed(network)


def bare(file: Path) -> Convolutions | Inception:
    """Return the network that a file is of, without its weights, or raise `DataMissing`."""
    facts, shapes = opened(file)
    if OF_INCEPTION in shapes:
        return Inception().eval()
    if facts.get("format") != FORMAT:
        raise DataMissing(
            "{path} holds no feature network that this program knows.",
            "Make one by python -m nodes.metrics.train_features, or take Inception-v3's weights "
            "for FID.",
            place="file",
            path=file,
        )
    try:
        return _described(facts, shapes).eval()
    except (KeyError, ValueError) as error:
        raise DataMissing(
            "{path} does not hold the network it says.",
            "Choose another one.",
            place="file",
            path=file,
        ) from error


def _described(facts: dict[str, str], shapes: dict[str, list[int]]) -> Convolutions:
    """Return the network that facts describe, or raise `KeyError` or `ValueError`.

    The facts are checked against the tensors first, so that a header cannot claim a large network.
    """
    shape = Shape(int(n) for n in facts["shape"].split())
    width, groups = int(facts["width"]), [int(n) for n in facts["classes"].split()]
    if shapes["net.0.weight"][:2] != [width, *shape[:1]] or shapes["head.bias"] != [sum(groups)]:
        raise ValueError(facts)
    name = say("{data} features", data=facts["data"])
    if "spans" in facts:
        spans, rows = [int(n) for n in facts["spans"].split()], int(facts["rows"])
        return CloseReader(name, shape, width=width, sorts=groups, spans=spans, rows=rows)
    return network_for(name, shape, groups, width=width)


def network_for(
    name: Text, shape: Shape, groups: Sequence[int], *, width: int = 32
) -> Convolutions:
    """Return a network, without weights, that answers one question or several."""
    if len(groups) == 1:
        return Convolutions(name, shape, width=width, classes=groups[0])
    return Reader(name, shape, width=width, sorts=groups)


def opened(file: Path) -> tuple[dict[str, str], dict[str, list[int]]]:
    """Return a file's metadata, and its tensors' names with their shapes.

    Raise `DataMissing` where it is no safetensors file, is absent, or cannot be read.
    """
    if file.suffix != SUFFIX:
        raise DataMissing(
            "{path} is no {suffix} file; others may hide programs and are not opened.",
            HOW_TO_CONVERT,
            place="file",
            path=file.name,
            suffix=SUFFIX,
        )
    if not file.is_file():
        raise DataMissing(
            "There is no file {file}.", "Choose another one.", place="file", file=file
        )
    try:
        with safe_open(str(file), framework="pt") as opened:
            names = opened.keys()
            shapes = {name: list(opened.get_slice(name).get_shape()) for name in names}
            return dict(opened.metadata() or {}), shapes
    except (SafetensorError, OSError) as error:
        raise DataMissing(
            "{path} cannot be read: {why}.", place="file", path=file, why=error
        ) from error


def fixed(network: Any) -> Any:
    """Return the network in eval mode, needing no gradient."""
    return network.eval().requires_grad_(False)
