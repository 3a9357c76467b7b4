"""Settle what the number format `auto` means in a run.

It changes the last bits of the results. It is therefore measured once for each machine and cached
on disk, and a run that is resumed keeps what it began with.
"""

from __future__ import annotations

import msgspec
import torch
from msgspec import Struct, field

from engine.document import homes
from engine.document.errors import GraphRefused
from engine.document.graph import Graph
from engine.document.history import RunFile
from engine.document.writing import write_atomically
from engine.run.threads import machine, restored_threads
from nodes.training.precision import Choice, chosen_now, settle

FILE = "precision.json"


class _Known(Struct):
    short: bool
    times: dict[str, float] = field(default_factory=dict)


def asks(graph: Graph) -> bool:
    """Return whether a node leaves its number format to the device."""
    places = graph.nodes.values()
    return any({"auto", "Muon"} & {v for v in p.params.values() if type(v) is str} for p in places)


def settled(graph: Graph, device: torch.device, resumed: RunFile | None = None) -> Choice | None:
    """Tell the nodes what `auto` is in a run, and return it; None where none of them asks.

    A run from before choices were written down had bfloat16 where a CPU has AMX.
    """
    if not asks(graph):
        return None
    if resumed is None:
        choice = _measured_once(device)
    elif resumed.precision:
        choice = Choice(resumed.precision == "bfloat16", resumed.times)
    elif device.type == "cpu":
        choice = Choice(torch.cpu._is_amx_tile_supported())
    else:
        choice = chosen_now(device)
    settle(device, choice)
    return choice


def _measured_once(device: torch.device) -> Choice:
    """Return what is known of this machine, or measure on one thread now."""
    if device.type != "cpu":
        return chosen_now(device)
    known, key = _read(), machine()
    if key not in known:
        with restored_threads():
            torch.set_num_threads(1)
            choice = chosen_now(device)
        known[key] = _Known(choice.short, dict(choice.times))
        _write(known)
    return Choice(known[key].short, known[key].times)


def _read() -> dict[str, _Known]:
    try:
        content = (homes.cache() / FILE).read_bytes()
        return msgspec.json.decode(content, type=dict[str, _Known])
    except (OSError, msgspec.MsgspecError):
        return {}


def _write(known: dict[str, _Known]) -> None:
    """Write the cache; ignore a folder that cannot be written: the next run measures again."""
    try:
        homes.cache().mkdir(parents=True, exist_ok=True)
        write_atomically(homes.cache() / FILE, msgspec.json.encode(known))
    except (OSError, GraphRefused):
        return
