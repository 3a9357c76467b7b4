"""The state of the nodes of a run as named tensors: `node/key`, and the random streams."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor

from engine.document.errors import CheckpointRefused
from nodes.base import Node
from nodes.sentences import NodeName

RNG = "rng.cpu"
RNG_GPU = "rng.cuda"
EXTRA = "_extra_state"


def state_of(nodes: Mapping[str, Node], device: torch.device) -> dict[str, Tensor]:
    """Return all that a run needs to continue bit for bit, as `node_id/key`."""
    state = {RNG: torch.get_rng_state()}
    if device.type == "cuda":
        state[RNG_GPU] = torch.cuda.get_rng_state(device)
    for name, node in nodes.items():
        for key, value in node.state_dict().items():
            for inner, tensor in _flat(key, value):
                state[f"{name}/{inner}"] = tensor.detach()
    return state


def load(nodes: Mapping[str, Node], state: Mapping[str, Tensor], device: torch.device) -> None:
    """Load a saved state; raise `CheckpointRefused` where it belongs to another graph."""
    shares = _shares(nodes, state)
    for name, node in nodes.items():
        _load_node(name, node, shares[name])
    if RNG in state:
        torch.set_rng_state(state[RNG].cpu())
    if RNG_GPU in state and device.type == "cuda":
        torch.cuda.set_rng_state(state[RNG_GPU].cpu(), device)


def _shares(nodes: Iterable[str], state: Mapping[str, Tensor]) -> dict[str, dict[str, Tensor]]:
    """Return what is in a state for each node: ids are paths, so the longest that fits counts."""
    shares: dict[str, dict[str, Tensor]] = {name: {} for name in nodes}
    for key, value in state.items():
        steps = key.split("/")
        for length in range(len(steps) - 1, 0, -1):
            name = "/".join(steps[:length])
            if name in shares:
                shares[name]["/".join(steps[length:])] = value
                break
    return shares


def _load_node(name: str, node: Node, own: dict[str, Tensor]) -> None:
    nested: dict[str, Any] = {k: v for k, v in own.items() if EXTRA not in k}
    if EXTRA in node.state_dict():
        nested[EXTRA] = {}  # a node that has not started has no extra state
    for key, value in own.items():
        if EXTRA in key:
            head, _, inner = key.partition(EXTRA + "/")
            nested.setdefault(head + EXTRA, {})[inner] = value
    try:
        node.load_state_dict(nested)
    except (RuntimeError, KeyError) as error:
        raise CheckpointRefused(
            "The checkpoint does not fit {node}: {error}",
            "Resume with the graph that made it.",
            place=name,
            node=NodeName(name),
            error=str(error).splitlines()[0],
        ) from error


def _flat(key: str, value: Any) -> Iterable[tuple[str, Tensor]]:
    if isinstance(value, dict):
        return [(f"{key}/{inner}", tensor) for inner, tensor in value.items()]
    return [(key, value)]
