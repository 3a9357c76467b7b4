"""Networks that are opened as layers: what they consist of, and the way of their weights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from engine.document.messages import Looked
from engine.document.opened import Origin, as_graph, moved
from engine.run.lives import LiveNode
from nodes.base import Node
from nodes.errors import Refusal, told
from nodes.sentences import say

if TYPE_CHECKING:
    from engine.run.session import Session

State = Mapping[str, Tensor]


def layers_of(session: Session, name: str) -> Looked | None:
    """Return the layers of a network of the latest graph, or the reason why there are none.

    Return None where the node no longer exists.
    """
    graph = session.graph
    if name not in graph.nodes:
        return None
    owner = graph.owner(name)
    kind, live = session.library.kinds.get(graph.nodes[owner].kind), session.lives.get(owner)
    if kind is None or not kind.opens():
        return Looked(node=name, sentence=say("It is not known which layers this node is."))
    if live is None or live.node.built is None:
        why = say("The shapes of its inputs are not known yet: wire them, mend what is marked.")
        return Looked(node=name, sentence=why)
    try:
        drawing = live.node.as_layers()
    except Refusal as error:
        return Looked(node=name, sentence=told(error.sentence, error.fix))
    return Looked(node=name, layers=as_graph(drawing, graph.nodes[owner].kind.lower()))


def hand_over(
    former: Mapping[str, LiveNode],
    lives: Mapping[str, LiveNode],
    before: Mapping[str, Origin],
    now: Mapping[str, Origin],
    trained: Iterable[str],
) -> set[str]:
    """Give weights to the layers of networks that an edit opened, and back where it is undone.

    `former` are the nodes before the edit. Return those that got trained weights.
    """
    trained = {*trained}
    got: set[str] = set()
    new = {name for name, live in lives.items() if live is not former.get(name)}
    for name in new & now.keys():
        origin = now[name]
        if origin.node in former and origin.node not in lives:
            held = named(former[origin.node].node)
            if fill(lives[name].node, layer_of(lives[name].node, held, origin)):
                got |= {name} if origin.node in trained else set()
    layers: dict[str, list[str]] = {}
    for name, origin in before.items():
        if origin.node in new and name in former and name not in lives:
            layers.setdefault(origin.node, []).append(name)
    for network, names in layers.items():
        held = _network(lives[network].node, {n: (former[n].node, before[n]) for n in names})
        if fill(lives[network].node, held):
            got |= {network} if trained & {*names} else set()
    return got


def with_origins(
    state: State, nodes: Mapping[str, Node], origins: Mapping[str, Origin]
) -> dict[str, Tensor]:
    """Return a saved state, with what it lacks of layers taken from the networks they were."""
    found = dict(state)
    for name, origin in origins.items():
        known = any(key.startswith(name + "/") for key in state)
        if name in nodes and not known:
            head = origin.node + "/"
            held = {key[len(head) :]: v for key, v in state.items() if key.startswith(head)}
            layer = layer_of(nodes[name], held, origin)
            found |= {f"{name}/{key}": value for key, value in layer.items()}
    return found


def named(node: Node) -> dict[str, Tensor]:
    """Return the tensors of a node by name; one that has two names comes by the first."""
    every = dict(node.named_parameters(remove_duplicate=False)).keys()
    twice = every - dict(node.named_parameters()).keys()
    held = node.state_dict().items()
    return {key: v for key, v in held if isinstance(v, Tensor) and key not in twice}


def layer_of(node: Node, held: State, origin: Origin) -> dict[str, Tensor]:
    """Return the weights of a layer among those of the network that it was."""
    found: dict[str, Tensor] = {}
    for key, value in named(node).items():
        parts = [held[name] for name in moved(key, origin.prefixes) if name in held]
        if parts and sum(part.numel() for part in parts) == value.numel():
            whole = torch.cat([*parts]) if len(parts) > 1 else parts[0]
            found[key] = whole.reshape(value.shape)
    return found


def _network(node: Node, layers: Mapping[str, tuple[Node, Origin]]) -> dict[str, Tensor]:
    """Return the weights of a network from those of its layers."""
    wanted, found = named(node), {}
    for layer, origin in layers.values():
        for key, value in named(layer).items():
            names = [name for name in moved(key, origin.prefixes) if name in wanted]
            sizes = [wanted[name].numel() for name in names]
            if sum(sizes) == value.numel():
                for name, part in zip(names, value.flatten().split(sizes), strict=True):
                    found[name] = part.reshape(wanted[name].shape)
    return found


def fill(node: Node, held: State) -> bool:
    """Copy weights into a node; do nothing and return False unless there are all of them."""
    own = named(node)
    if not own or held.keys() != own.keys():
        return False
    node.load_state_dict({**node.state_dict(), **held})
    return True
